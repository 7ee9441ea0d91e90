//! The storage contract of a directory, and the in-memory store that defines it.

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
mod sort;
mod store;
mod view;
mod write;

pub use change::{Change, Changes, Feed, Lane, Touched, What};
pub use directories::Directories;
pub use error::{Result, StoreError};
pub use ids::{DirectoryId, RequestId, Revision, TenantId};
pub use journal::{Journal, Note, NoteFilter, NoteKey};
pub use memory::{Memory, MemoryDirectories};
pub use places::Places;
pub use query::{Key, Order, Page, Query, Sort, Window};
pub use record::{Link, LinkKey, LinkPage, Links, Manager, Pending, Record, Want};
pub use store::Store;
pub use view::Seen;
pub use write::{Cause, Draft, Expected, Target, Write, Written};
