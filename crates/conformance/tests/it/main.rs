//! The face of the crate: the match language, and the runner against servers that are wrong.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "tests may fail loudly"
)]

mod matching;
mod running;
mod toy;
