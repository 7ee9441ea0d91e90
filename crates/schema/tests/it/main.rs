//! The crate's face, table by table.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "tests may fail loudly"
)]

mod document;
mod errors;
mod fold;
mod json;
mod limits;
mod links;
mod names;
mod properties;
mod schemas;
mod standard;
mod types;
mod views;
