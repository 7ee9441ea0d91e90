//! The face of `enroll-http`: a service over `Memory`, spoken to in HTTP.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "tests may fail loudly"
)]
#![allow(
    clippy::needless_pass_by_value,
    reason = "rows read better when json! needs no borrow"
)]

mod auth;
mod corpus;
mod learn;
mod limits;
mod log;
mod support;
mod transport;
mod wire;
