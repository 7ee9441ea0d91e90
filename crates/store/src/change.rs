//! The transactional outbox: what changed, in order, without gaps.

use std::{collections::BTreeSet, future::Future};

use enroll_schema::{Document, ResourceId, Timestamp};
use serde_json::Value;

use crate::{RequestId, Result, Revision, Store};

/// One change of a directory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// Its number.
    pub revision: Revision,
    /// The resource type name.
    pub kind: String,
    /// The resource.
    pub id: ResourceId,
    /// What happened.
    pub what: What,
    /// Whose memberships changed with it.
    pub touched: Touched,
    /// The request that caused it.
    pub request: RequestId,
    /// When.
    pub at: Timestamp,
    /// How soon the job should look.
    pub lane: Lane,
}

/// What happened to a resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum What {
    /// It was created.
    Created,
    /// Its document or its links changed.
    Updated,
    /// It was deleted.
    Deleted,
}

/// The members whose membership in the changed group moved.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Touched {
    /// None.
    None,
    /// These, by id.
    Members(Vec<String>),
    /// The members were replaced and most did not stay, or the group was deleted: all it had, and
    /// all it has.
    All,
}

impl Touched {
    /// Tells whether replacing `before` by `after` is [`Touched::All`] rather than a list of those
    /// who moved: half of them or fewer stay.
    ///
    /// A provider that sends the whole list for every change of one member makes one person due, not
    /// everybody.
    pub fn is_all<T: Ord>(before: &BTreeSet<T>, after: &BTreeSet<T>) -> bool {
        let stay = before.intersection(after).count();
        stay < before.len() && stay * 2 <= before.len().max(after.len())
    }
}

/// How soon the job should look at a change.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize,
)]
#[serde(rename_all = "snake_case")]
pub enum Lane {
    /// At once: a User became inactive or was deleted (S-06).
    Now,
    /// After the settle window.
    Settle,
}

impl Lane {
    /// Decides the lane of a change by the document before it, if any, and after it.
    pub fn of(kind: &str, before: Option<&Document>, after: Option<&Document>) -> Self {
        let inactive =
            |document: &Document| document.as_map().get("active") == Some(&Value::Bool(false));
        let became_inactive = match (before, after) {
            (_, None) => true,
            (Some(before), Some(after)) => inactive(after) && !inactive(before),
            (None, Some(_)) => false,
        };
        if kind == "User" && became_inactive {
            Self::Now
        } else {
            Self::Settle
        }
    }
}

/// A page of changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Changes {
    /// In order of revision.
    pub changes: Vec<Change>,
    /// The newest revision of the directory.
    pub head: Revision,
}

/// A store whose changes can be read in order.
pub trait Feed: Store {
    /// Reads at most `most` changes after `after`.
    fn changes(&self, after: Revision, most: u32) -> impl Future<Output = Result<Changes>> + Send;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(before: u32, after: std::ops::Range<u32>, wanted: bool) {
        let (before, after) = ((0..before).collect(), after.collect());
        assert_eq!(Touched::is_all(&before, &after), wanted);
    }

    #[test]
    fn a_whole_list_with_few_changes_is_no_replacement() {
        check(10, 0..10, false);
        check(10, 0..900, false);
        check(10, 4..10, false);
        check(10, 5..10, true);
        check(10, 1..20, true);
        check(10, 0..0, true);
        check(0, 0..5, false);
    }
}
