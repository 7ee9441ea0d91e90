//! SQLite behind the storage, tenants and ledger contracts
