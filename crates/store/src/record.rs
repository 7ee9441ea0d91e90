//! A stored resource, with as many of its links as were wanted.

use bytes::Bytes;
use enroll_schema::{ResourceId, ResourceType, Timestamp, Version};

/// A resource as a store gives it: the canonical document's bytes and, beside it, what is derived.
#[derive(Clone, Debug, PartialEq)]
pub struct Record {
    /// The resource type.
    pub kind: ResourceType,
    /// The id.
    pub id: ResourceId,
    /// The version, which rises by one with every change, a group's membership included.
    pub version: Version,
    /// When it was created.
    pub created: Timestamp,
    /// When it last changed.
    pub modified: Timestamp,
    /// What [`enroll_schema::Document::to_bytes`] wrote.
    pub document: Bytes,
    /// A group's members, or a user's groups (indirect ones included).
    pub links: Links,
    /// What the enterprise `manager.value` names, if that User is here (decision 40).
    pub manager: Option<Manager>,
}

/// The derived part of `manager`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Manager {
    /// The manager's displayName.
    pub display_name: Option<String>,
}

/// How many links an answer should hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Want {
    /// None; they are not read.
    Omit,
    /// All, if they are at most this many; else only their number.
    UpTo(u32),
}

/// The links of a record.
#[derive(Clone, Debug, PartialEq)]
pub enum Links {
    /// Not asked for, or the type has none.
    Omitted,
    /// All of them, ordered by key.
    All(Vec<Link>),
    /// More than wanted; read them with [`crate::Store::links`].
    More(u64),
}

/// The place of a link in its resource's order: the order in which the linked resources were created, so that
/// who stays a member keeps the place. Start with `LinkKey(0)`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LinkKey(pub i64);

/// One row of a relation, seen from the resource that was asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    /// Its place.
    pub key: LinkKey,
    /// The other end.
    pub id: ResourceId,
    /// The other end's resource type name: `User` or `Group`.
    pub kind: String,
    /// The other end's `displayName` (for a User without one, its userName).
    pub display: Option<String>,
    /// Whether the row itself is there; `false` for a group that holds the user through another group.
    pub direct: bool,
}

/// A page of links in key order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LinkPage {
    /// At most as many as asked for.
    pub links: Vec<Link>,
    /// Where to go on; `None` after the last.
    pub next: Option<LinkKey>,
}

/// A member that is no resource here yet (E-18).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pending {
    /// The group.
    pub group: ResourceId,
    /// The value as sent.
    pub value: String,
    /// Since when.
    pub since: Timestamp,
}

impl Pending {
    /// How long a reference waits for its resource: 30 days.
    pub const MILLIS_MAX: i64 = 30 * 24 * 60 * 60 * 1_000;

    /// Tells whether a reference that waits since `since` is given up at `now`.
    pub fn is_over(since: Timestamp, now: Timestamp) -> bool {
        now.as_millis().saturating_sub(since.as_millis()) > Self::MILLIS_MAX
    }
}
