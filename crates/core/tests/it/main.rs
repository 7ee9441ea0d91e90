//! The face of `enroll-core`: calls go in, replies come out, over `Memory`.
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

mod bench;
mod coverage;
mod create;
mod delete;
mod discovery;
mod errors;
mod etag;
mod export;
mod get;
mod log;
mod meddling;
mod members;
mod patch;
mod put;
mod query;
mod replay;
mod row;
mod search;
mod typed;
