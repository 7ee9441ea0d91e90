//! The storage contract of a directory, and the in-memory store that defines it.
//!
//! A [`Store`] value *is* one directory: what one identity provider said about one customer's people.
//! No method takes a tenant, so none can forget it (threat B4); [`Directories`] opens them.
//!
//! | trait | what it keeps | required methods |
//! |---|---|---|
//! | [`Store`] | users, groups, membership | `get` `find` `create` `replace` `delete` |
//! | [`Feed`] | what changed, numbered without gaps | `changes` |
//! | [`Journal`] | the request log | `append` `notes` `forget` |
//! | [`Rehearse`] | nothing: it says what a write would do | `rehearse` |
//! | [`Directories`] | all directories of a database | `open` `stirred` |
//!
//! Every write is one transaction: document, unique keys, links, version, change and note, all or
//! none. A write that changes nothing has no version and no change.
//!
//! # Writing and finding
//!
//! Ids, time and the attributes that must be unique come with each write: a store has no clock and no
//! randomness.
//!
//! ```
//! use enroll_filter::{Filter, LinkPlan};
//! use enroll_schema::{Document, Mode, ResourceId, Schemas, Timestamp};
//! use enroll_store::{Cause, Draft, Memory, Query, RequestId, Store, StoreError, Want, Window};
//! use serde_json::json;
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let schemas = Schemas::standard();
//! let user = schemas.named("User").unwrap();
//! let store = Memory::new();
//!
//! let draft = |id: &str| -> Result<Draft, enroll_schema::Error> {
//!     let body = json!({"schemas": [user.schema().as_str()], "userName": "Ada@x.example"});
//!     let document = Document::read(user, body, Mode::Strict)?.document;
//!     Ok(Draft { id: ResourceId::new(id)?, document, links: LinkPlan::default() })
//! };
//! let cause = Cause {
//!     request: RequestId::new("req_1"),
//!     at: Timestamp::from_millis(0),
//!     unique: user.find(None, "userName").into_iter().collect(),
//!     want: Want::UpTo(100),
//!     note: None,
//! };
//! let written = store.create(user.clone(), draft("u1")?, cause.clone()).await?;
//! assert_eq!(written.record.unwrap().version.etag(), r#"W/"1""#);
//!
//! // The same name again, however it is spelled, is refused inside the write.
//! let again = store.create(user.clone(), draft("u2")?, cause).await;
//! assert!(matches!(again, Err(StoreError::Taken { .. })));
//!
//! let filter: Filter = r#"userName eq "ADA@X.example""#.parse()?;
//! let page = store
//!     .find(Query {
//!         branches: vec![(user.clone(), Some(filter.bind(user)?))],
//!         sort: None,
//!         window: Window::Index(1),
//!         count: 10,
//!         want: Want::Omit,
//!         total: true,
//!     })
//!     .await?;
//! assert_eq!((page.records.len(), page.total), (1, Some(1)));
//! # Ok(())
//! # }
//! ```
//!
//! # Members that come first
//!
//! Providers send members before their users. A value that is no id here waits, unseen, and becomes a
//! member when a resource with that id or that externalId appears (E-18); steps in any order end in
//! the same membership (S-41).
//!
//! ```
//! # use enroll_filter::LinkPlan;
//! # use enroll_schema::{Document, Mode, ResourceId, Schemas, Timestamp};
//! # use enroll_store::{Cause, Draft, Links, Memory, RequestId, Store, Target, Want};
//! # use serde_json::json;
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let (schemas, store) = (Schemas::standard(), Memory::new());
//! # let (user, group) = (schemas.named("User").unwrap(), schemas.named("Group").unwrap());
//! # let cause = || Cause { request: RequestId::new("r"), at: Timestamp::from_millis(0), unique: vec![], want: Want::UpTo(9), note: None };
//! # let staff = Document::read(group, json!({"schemas": [group.schema().as_str()], "displayName": "Staff"}), Mode::Strict)?.document;
//! # let ada = Document::read(user, json!({"schemas": [user.schema().as_str()], "userName": "ada", "externalId": "00u7"}), Mode::Strict)?.document;
//! let links = LinkPlan { link: vec!["00u7".to_owned()], ..LinkPlan::default() };
//! let draft = Draft { id: ResourceId::new("g1")?, document: staff, links };
//! let written = store.create(group.clone(), draft, cause()).await?;
//! assert_eq!(written.pending, ["00u7"]);
//!
//! // Ada's externalId is 00u7.
//! let draft = Draft { id: ResourceId::new("u1")?, document: ada, links: LinkPlan::default() };
//! store.create(user.clone(), draft, cause()).await?;
//!
//! let target = Target { kind: group.clone(), id: ResourceId::new("g1")? };
//! let staff = store.get(target, Want::UpTo(9)).await?.unwrap();
//! assert!(matches!(staff.links, Links::All(links) if links[0].id.as_str() == "u1"));
//! # Ok(())
//! # }
//! ```
//!
//! # A store of your own
//!
//! Five methods; [`Store::patch`], [`Store::links`] and [`Store::batch`] come with them. What every
//! store computes alike is here: [`Places::page`] does a whole search over records you hand it and lets
//! `startIndex` readers go on undisturbed, [`Query::pinned`] names the one index look-up that most
//! searches are, [`mod@index`] says which keys to keep. `store_suite!` of `enroll-conformance` tells
//! whether it is right. [`AnyStore`] is for those who choose a store at run time.
//!
//! ```
//! use enroll_store::{Page, Places, Query, Record, Result};
//!
//! /// The search of a store that keeps its users in a list, with an index of their names beside it.
//! fn find(
//!     query: &Query,
//!     places: &Places,
//!     users: &[Record],
//!     named: impl Fn(&str) -> Option<usize>,
//! ) -> Result<Page> {
//!     let all = (1..).zip(users.iter().cloned());
//!     match query.pinned() {
//!         Some((kind, attribute, key)) if kind.path(attribute) == "userName" => {
//!             places.page(query, all.skip(named(key).unwrap_or(users.len())).take(1))
//!         }
//!         _ => places.page(query, all),
//!     }
//! }
//! ```
//!
//! # Limits and errors
//!
//! A store limits nothing by itself but the time a reference may wait ([`Pending::MILLIS_MAX`]); sizes
//! are checked before it. [`StoreError`] says why a call had no effect and becomes the protocol's
//! error: `Taken` is 409, `Moved` 412, `Busy` 503, `Full` 507. [`Memory`] holds everything in memory and
//! reads all of it for what it has no index for.

mod any;
mod change;
mod directories;
mod error;
mod ids;
pub mod index;
mod journal;
mod memory;
mod page;
mod places;
mod provided;
mod query;
mod record;
mod rehearse;
mod sort;
mod store;
mod view;
mod write;

pub use any::AnyStore;
pub use change::{Change, Changes, Feed, Lane, Touched, What};
pub use directories::Directories;
pub use error::{Result, StoreError};
pub use ids::{DirectoryId, RequestId, Revision, TenantId};
pub use journal::{Journal, Note, NoteFilter, NoteKey};
pub use memory::{Memory, MemoryDirectories};
pub use places::Places;
pub use query::{Key, Order, Page, Query, Sort, Window};
pub use record::{Link, LinkKey, LinkPage, Links, Manager, Pending, Record, Want};
pub use rehearse::{Rehearse, Rehearsed};
pub use store::Store;
pub use view::Seen;
pub use write::{Cause, Dated, Draft, Expected, Target, Write, Written};
