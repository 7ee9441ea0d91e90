//! The façade as an application uses it, over a real SQLite file.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "tests may fail loudly"
)]

mod corpus;
mod delivery;
mod doctor;
mod embed;
mod exported;
mod scim;
mod simulated;
