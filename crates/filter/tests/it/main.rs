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
mod harness;
mod kinds;
mod laws;
mod patch_cases;
mod patch_documents;
mod patch_links;
mod paths;
mod relations;
mod tables;
