//! SQLite behind the storage, tenants and ledger contracts: one file, nothing to run.
//!
//! [`Sqlite`] is the file; opened as [`Directories`](enroll_store::Directories) it gives one
//! [`SqliteStore`] per directory.
//!
//! ```
//! use enroll_filter::LinkPlan;
//! use enroll_schema::{Document, Mode, ResourceId, Schemas, Timestamp};
//! use enroll_store::{Cause, Directories, DirectoryId, Draft, Feed, RequestId, Revision, Store, Target, Want};
//! use enroll_store_sqlite::Sqlite;
//! use serde_json::json;
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let folder = tempfile::tempdir()?;
//! # let path = folder.path().join("enroll.db");
//! let database = Sqlite::open(&path)?;
//! let store = database.open(&DirectoryId::new("int_1")).await?;
//!
//! let schemas = Schemas::standard();
//! let user = schemas.named("User").unwrap();
//! let body = json!({"schemas": [user.schema().as_str()], "userName": "ada"});
//! let document = Document::read(user, body, Mode::Strict)?.document;
//! let draft = Draft { id: ResourceId::new("u1")?, document, links: LinkPlan::default() };
//! let cause = Cause {
//!     request: RequestId::new("req_1"),
//!     at: Timestamp::from_millis(0),
//!     unique: user.find(None, "userName").into_iter().collect(),
//!     want: Want::Omit,
//!     note: None,
//! };
//! store.create(user.clone(), draft, cause).await?;
//!
//! // Acknowledged is durable: another start finds it, and the change that tells of it.
//! database.close();
//! let store = Sqlite::open(&path)?.open(&DirectoryId::new("int_1")).await?;
//! let target = Target { kind: user.clone(), id: ResourceId::new("u1")? };
//! assert!(store.get(target, Want::Omit).await?.is_some());
//! assert_eq!(store.changes(Revision(0), 10).await?.head, Revision(1));
//! # Ok(())
//! # }
//! ```
//!
//! The same file keeps tenants and tokens ([`Tenants`](enroll_tenants::Tenants)), and the job's ledger with its accounts
//! ([`Ledger`](enroll_sync::Ledger), [`Accounts`](enroll_sync::Accounts)):
//!
//! ```
//! use enroll_schema::Timestamp;
//! use enroll_store::TenantId;
//! use enroll_store_sqlite::Sqlite;
//! use enroll_sync::{AccountFilter, Accounts};
//! use enroll_tenants::Tenants;
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let database = Sqlite::temporary()?;
//! let acme = TenantId::new("acme");
//! let (tenant, new) = database.put_tenant(&acme, "Acme", Timestamp::from_millis(0)).await?;
//! assert!(new && tenant.name == "Acme");
//!
//! let first = AccountFilter { most: 10, ..AccountFilter::default() };
//! assert!(database.accounts(&acme, first).await?.is_empty());
//! # Ok(())
//! # }
//! ```
//!
//! # How it works
//!
//! *One writer.* Writes queue to one thread, fairly between directories. It takes what waits into one
//! transaction, each write in a savepoint of its own, and answers after the commit, so that many clients
//! share one `fsync`. The file is in WAL mode with `synchronous=FULL`.
//!
//! *Many readers.* Each read sees one snapshot. A look-up runs on the caller's thread, where it costs
//! less than a change of threads; a search or a long list runs on a reading thread.
//!
//! *Membership is rows.* Adding or removing one member of a million touches one row. Clearing or
//! deleting a group ends its generation: all rows die at once and are removed when nothing else waits.
//!
//! *Filters are pushed down* where an index decides or narrows them: `id`, `userName`, `externalId`,
//! `displayName`, `emails.value` (`eq`, also inside `emails[…]`; `sw`), `members` and `groups` by id,
//! `meta.lastModified`. Everything else reads all resources of the type. Sorting reads all matches.
//! How SQLite runs each statement is held as text by a test.
//!
//! *A checksum* of each document is verified when it is read (promise P16).
//!
//! # Limits and errors
//!
//! 1,000 writes of a directory may wait, then [`StoreError::Busy`](enroll_store::StoreError); a full disk
//! is `Full`, a document that is not what was written `Damaged`. A file of another layout or folding, or
//! of another application, is not opened ([`OpenError`]). One process writes at a time; another that
//! holds the file is waited for five seconds.

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
