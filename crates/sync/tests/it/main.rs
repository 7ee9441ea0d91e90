//! The face of the job: what providers do, and what the application's accounts become.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "tests may fail loudly"
)]

mod crash;
mod desk;
mod feed;
mod fields;
mod groups;
mod guards;
mod impact;
mod laws;
mod leavers;
mod login;
mod moody;
mod names;
mod people;
mod plans;
mod reports;
mod simulation;
mod sinks;
mod survey;
mod theorem;
mod world;
