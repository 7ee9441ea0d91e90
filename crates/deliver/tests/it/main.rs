//! The face of the crate: an application behind a real socket.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "tests may fail loudly"
)]

mod application;
mod checked;
mod circuit;
mod message;
mod reach;
mod receiver;
mod replies;
mod schema;
mod sign;
mod suite;
