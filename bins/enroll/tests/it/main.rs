//! The binary as its users meet it: processes, sockets, signals, files.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "tests may fail loudly"
)]

mod command_line;
mod crash;
mod delivery;
mod harness;
mod main_job;
mod moving;
mod receivers;
mod replayed;
mod simulated;
mod webhooks;
