//! The crate's face: rows of what is sent and what it is read as, the corpus, and the laws.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "tests may fail loudly"
)]

mod corpus;
mod coverage;
mod laws;
mod mutation;
mod row;
mod rows;
mod table;
