//! The face of enroll-filter against the tables of `tests/data` and against its own laws.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "tests may fail loudly"
)]

mod depth;
mod filter_tables;
mod kinds;
mod paths;
