//! SQLite behind the storage, tenants and ledger contracts.

mod database;
mod directory;
mod error;
mod fault;
mod layout;
mod ledger;
mod queue;
mod readers;
mod tenants;
mod writer;

pub use database::Sqlite;
pub use directory::SqliteStore;
pub use error::OpenError;
