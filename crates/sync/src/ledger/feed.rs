//! What listeners are told: every applied change in order, and what all of them together come to.

use std::{fmt, future::Future};

use enroll_schema::Timestamp;
use enroll_store::TenantId;
use serde::{Deserialize, Serialize};

use super::{Answer, Happened, Result};
use crate::{AccessGroupId, Account, GroupOutcome, Item, Op, Outcome, Subject, SubjectKind, wire};

/// One account or access group as the changes so far leave it.
///
/// A listener that hears every change from the first one on, and keeps for each
/// [`Mirrored::key`] what [`Mirrored::after`] gives, has exactly these rows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Mirrored {
    /// The number of the change that left it so.
    pub seq: u64,
    /// The person or group it belongs to.
    pub subject: Subject,
    /// The provider's own id of that.
    pub external_id: Option<String>,
    /// Whether it is changed here any further; `false` after a release (E-04).
    pub managed: bool,
    /// The object itself.
    #[serde(flatten)]
    pub object: MirrorObject,
}

/// What a row is a copy of.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MirrorObject {
    /// A whole account.
    Account(Account),
    /// An access group.
    AccessGroup(MirrorGroup),
}

/// An access group as far as changes say.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MirrorGroup {
    /// The application's id.
    #[serde(rename = "ref")]
    pub group_ref: AccessGroupId,
    /// The name.
    pub name: String,
    /// Whether it grants nothing any more.
    pub archived: bool,
}

/// What a row is kept and ordered by: access groups before accounts, then by id.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct MirrorKey(pub SubjectKind, pub String);

impl Mirrored {
    /// Returns the row that a change leaves; `None` for one that names no object.
    pub fn after(happened: &Happened) -> Option<Self> {
        let item = &happened.item;
        let object = match item.subject.kind {
            SubjectKind::Person => MirrorObject::Account(Account {
                app_ref: item.app_ref.clone()?,
                profile: item.account.clone()?,
            }),
            SubjectKind::Group => {
                let wish = item.group.as_ref()?;
                MirrorObject::AccessGroup(MirrorGroup {
                    group_ref: wish.group_ref.clone()?,
                    name: wish.name.clone(),
                    archived: wish.archived,
                })
            }
        };
        Some(Self {
            seq: happened.seq,
            subject: item.subject.clone(),
            external_id: item.external_id.clone(),
            managed: item.op != Op::Release,
            object,
        })
    }

    /// Returns what the row is kept by.
    pub fn key(&self) -> MirrorKey {
        match &self.object {
            MirrorObject::Account(account) => {
                MirrorKey(SubjectKind::Person, account.app_ref.to_string())
            }
            MirrorObject::AccessGroup(group) => {
                MirrorKey(SubjectKind::Group, group.group_ref.to_string())
            }
        }
    }
}

/// Returns the item as it is kept once it was applied: what it made has its id.
pub fn item_applied(item: &Item, answer: &Answer) -> Item {
    let mut item = item.clone();
    match answer {
        Answer::Account(Outcome::Applied { app_ref, .. }) => item.app_ref = Some(app_ref.clone()),
        Answer::Group(GroupOutcome::Applied { group_ref }) => {
            if let Some(wish) = &mut item.group {
                wish.group_ref = Some(group_ref.clone());
            }
        }
        _ => {}
    }
    item
}

/// How far one named listener says it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Consumer {
    /// What it calls itself.
    pub name: String,
    /// The number of the last change it has.
    pub seq: u64,
    /// When it said so.
    #[serde(with = "wire::instant")]
    pub at: Timestamp,
}

/// Most named listeners of one tenant.
pub const CONSUMERS_MAX: u32 = 100;

/// What a ledger keeps for listeners, beside [`Ledger::happened`](super::Ledger::happened).
pub trait Feed: fmt::Debug + Clone + Send + Sync + 'static {
    /// Lists what all changes together come to, by key: at most `most` rows after `after`.
    fn mirrored(
        &self,
        tenant: &TenantId,
        after: Option<MirrorKey>,
        most: u32,
    ) -> impl Future<Output = Result<Vec<Mirrored>>> + Send;

    /// Forgets changes up to number `upto`; what they came to stays. Returns how many went.
    fn forget_happened(
        &self,
        tenant: &TenantId,
        upto: u64,
    ) -> impl Future<Output = Result<u64>> + Send;

    /// Writes down how far a listener is, and returns what stands; a number below the one that
    /// stands is taken only when the listener says that it goes back. `None` when there are
    /// [`CONSUMERS_MAX`] others.
    fn put_consumer(
        &self,
        tenant: &TenantId,
        consumer: Consumer,
        back: bool,
    ) -> impl Future<Output = Result<Option<Consumer>>> + Send;

    /// Lists the named listeners, by name.
    fn consumers(&self, tenant: &TenantId) -> impl Future<Output = Result<Vec<Consumer>>> + Send;
}

impl Consumer {
    /// Returns what stands when this is said after `before`.
    pub fn said_after(self, before: Option<Self>, back: bool) -> Self {
        match before {
            Some(before) if before.seq > self.seq && !back => before,
            _ => self,
        }
    }
}
