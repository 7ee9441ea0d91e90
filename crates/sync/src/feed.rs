//! Events: what a listener is told of each applied change.

use std::collections::BTreeMap;

use enroll_schema::Timestamp;
use enroll_store::{RequestId, TenantId};
use serde::{Serialize, Serializer};
use serde_json::Value;

use crate::{Happened, MirrorObject, Mirrored, Op, Reason, Subject, wire};

/// What an event is about, in one word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum EventKind {
    /// An account was made (S-05).
    AccountCreated,
    /// An account changed, a move between groups included (S-10).
    AccountUpdated,
    /// Access ended (S-06).
    AccountDeactivated,
    /// A person was let in again (E-13).
    AccountReactivated,
    /// An account that was there belongs to a person from now on (E-16).
    AccountLinked,
    /// An account belongs to the application from now on (E-04).
    AccountReleased,
    /// An account became internal or external (E-14, E-15).
    AccountConverted,
    /// An access group was made (S-07).
    AccessGroupCreated,
    /// An access group has another name (E-10).
    AccessGroupRenamed,
    /// An access group grants nothing any more (E-11).
    AccessGroupArchived,
}

/// Each kind with what was done and its word.
const KINDS: &[(Op, EventKind, &str)] = &[
    (Op::Create, EventKind::AccountCreated, "account.created"),
    (Op::Update, EventKind::AccountUpdated, "account.updated"),
    (
        Op::Deactivate,
        EventKind::AccountDeactivated,
        "account.deactivated",
    ),
    (
        Op::Reactivate,
        EventKind::AccountReactivated,
        "account.reactivated",
    ),
    (Op::Link, EventKind::AccountLinked, "account.linked"),
    (Op::Release, EventKind::AccountReleased, "account.released"),
    (
        Op::ConvertKind,
        EventKind::AccountConverted,
        "account.converted",
    ),
    (
        Op::CreateGroup,
        EventKind::AccessGroupCreated,
        "access_group.created",
    ),
    (
        Op::RenameGroup,
        EventKind::AccessGroupRenamed,
        "access_group.renamed",
    ),
    (
        Op::ArchiveGroup,
        EventKind::AccessGroupArchived,
        "access_group.archived",
    ),
];

impl EventKind {
    /// Returns the word of messages (`type`).
    pub fn as_str(self) -> &'static str {
        let row = KINDS.iter().find(|(_, kind, _)| *kind == self);
        row.map_or("", |(_, _, word)| word)
    }

    /// Finds a kind by its word.
    pub fn parse(word: &str) -> Option<Self> {
        let row = KINDS.iter().find(|(_, _, known)| *known == word);
        row.map(|(_, kind, _)| *kind)
    }

    /// Lists every word.
    pub fn words() -> impl Iterator<Item = &'static str> {
        KINDS.iter().map(|(_, _, word)| *word)
    }

    fn of(op: Op) -> Option<Self> {
        let row = KINDS.iter().find(|(known, _, _)| *known == op);
        row.map(|(_, kind, _)| *kind)
    }
}

impl Serialize for EventKind {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(self.as_str())
    }
}

/// One event of a tenant's feed.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct FeedEvent {
    /// Its number: 1, 2, 3 … without gaps for each tenant.
    pub seq: u64,
    /// When.
    #[serde(with = "wire::instant")]
    pub at: Timestamp,
    /// The customer.
    pub tenant: TenantId,
    /// What it is about.
    #[serde(rename = "type")]
    pub kind: EventKind,
    /// Whom or which group.
    pub subject: Subject,
    /// The provider's own id of that.
    pub external_id: Option<String>,
    /// Whether the object is changed here any further.
    pub managed: bool,
    /// The whole account or access group afterwards.
    #[serde(flatten)]
    pub object: MirrorObject,
    /// Names of what changed.
    pub changed: Vec<String>,
    /// What that was before.
    pub from: BTreeMap<String, Value>,
    /// What it is now.
    pub to: BTreeMap<String, Value>,
    /// Why.
    pub reasons: Vec<Reason>,
    /// The requests behind it, oldest first.
    pub cause: Vec<RequestId>,
}

impl FeedEvent {
    /// Makes the event of a change; `None` for one that names no object.
    pub fn of(happened: Happened) -> Option<Self> {
        let row = Mirrored::after(&happened)?;
        let item = happened.item;
        Some(Self {
            seq: happened.seq,
            at: happened.at,
            kind: EventKind::of(item.op)?,
            tenant: item.tenant,
            subject: row.subject,
            external_id: row.external_id,
            managed: row.managed,
            object: row.object,
            changed: item.changed,
            from: item.from,
            to: item.to,
            reasons: item.reasons,
            cause: item.cause,
        })
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_kind_has_one_word_and_one_op() {
        let words: BTreeSet<_> = EventKind::words().collect();
        assert_eq!(words.len(), KINDS.len());
        for (op, kind, word) in KINDS {
            assert_eq!(EventKind::of(*op), Some(*kind));
            assert_eq!(EventKind::parse(word), Some(*kind));
            assert_eq!(kind.as_str(), *word);
        }
        assert_eq!(EventKind::of(Op::Nothing), None);
        assert_eq!(EventKind::parse("account.erased"), None);
    }
}
