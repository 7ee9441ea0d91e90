//! The face of the crate: the contract of stores, durability, concurrency, and sameness with the
//! reference.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "tests may fail loudly"
)]

mod store {
    use enroll_store::{Directories as _, DirectoryId};
    use enroll_store_sqlite::{Sqlite, SqliteStore};

    async fn empty() -> SqliteStore {
        let database = Sqlite::temporary().unwrap();
        database.open(&DirectoryId::new("int_1")).await.unwrap()
    }

    enroll_conformance::store_suite!(empty().await);
    enroll_conformance::feed_suite!(empty().await);
}

mod tenants {
    use enroll_store_sqlite::Sqlite;

    enroll_conformance::tenants_suite!(Sqlite::temporary().unwrap());
}

mod concurrency;
mod differential;
mod directories;
mod file;
mod job;
mod ledger;
