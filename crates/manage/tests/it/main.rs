//! The management API as its callers see it, over the reference stores.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "tests may fail loudly"
)]

mod accounts;
mod alerts;
mod auth;
mod broken;
mod doctor;
mod edges;
mod feed;
mod groups;
mod integrations;
mod keys;
mod login;
mod metrics;
mod openapi;
mod people;
mod plans;
mod policy;
mod replay;
mod reports;
mod requests;
mod sync;
mod tenants;
mod tokens;
mod transfer;
mod world;
