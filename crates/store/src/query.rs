//! Queries and their pages.

use enroll_filter::Predicate;
use enroll_schema::{AttrId, ResourceType};

use crate::{Record, Want};

/// A search over one or more resource types.
#[derive(Clone, Debug)]
pub struct Query {
    /// Each type with its own bound predicate; `None` matches all. Results of all branches form one list.
    pub branches: Vec<(ResourceType, Option<Predicate>)>,
    /// The order; without one it is the order of creation.
    pub sort: Option<Sort>,
    /// Where the page starts.
    pub window: Window,
    /// Most records of the page.
    pub count: u32,
    /// How many links each record should hold.
    pub want: Want,
    /// Whether the total is asked for.
    pub total: bool,
}

impl Query {
    /// Returns the single index look-up that decides it, if it has one: type, attribute and key.
    pub fn pinned(&self) -> Option<(&ResourceType, AttrId, &str)> {
        let [(kind, Some(predicate))] = self.branches.as_slice() else {
            return None;
        };
        predicate
            .pinned()
            .map(|(attribute, key)| (kind, attribute, key))
    }
}

/// A sort order (RFC 7644 §3.4.2.3): ties and absent values keep the order of creation, absent values last when ascending.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sort {
    /// The attribute, already the sub-attribute; of several values the primary, else the first counts.
    pub attribute: AttrId,
    /// The direction.
    pub order: Order,
}

/// A direction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// Smallest first.
    Ascending,
    /// Largest first.
    Descending,
}

/// Where a page starts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Window {
    /// At this 1-based position.
    Index(u32),
    /// Right after the record with this key.
    After(Key),
    /// Right before the record with this key.
    Before(Key),
}

/// The place of a record in a list: opaque, stable while others write.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key {
    /// The folded sort value; empty without a sort.
    pub sort: Option<String>,
    /// The row, which rises with creation.
    pub row: i64,
}

/// One page.
#[derive(Clone, Debug, PartialEq)]
pub struct Page {
    /// The records, in order.
    pub records: Vec<Record>,
    /// The key of each record.
    pub keys: Vec<Key>,
    /// How many match in all, if asked for.
    pub total: Option<u64>,
}
