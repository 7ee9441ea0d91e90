//! The binary as its users meet it: processes, sockets, signals, files.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "tests may fail loudly"
)]

mod alerts;
mod applied;
mod command_line;
mod crash;
mod delivery;
mod harness;
mod in_use;
mod kill9;
mod listening;
mod logs;
mod main_job;
mod mortal;
mod moving;
mod planned;
mod receivers;
mod replayed;
mod simulated;
mod webhooks;
