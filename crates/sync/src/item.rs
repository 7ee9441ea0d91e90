//! One decision: what shall happen to one person or group, why, and in which state it is.

use std::collections::BTreeMap;

use enroll_schema::{ResourceId, Timestamp};
use enroll_store::{RequestId, TenantId};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{AccessGroup, AccessGroupId, AccountId, Code, Profile, Reason, Subject, wire};

/// What shall happen to one subject.
///
/// A sink that upserts [`Item::account`] by [`Item::app_ref`] and ignores [`Item::op`] is correct.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Item {
    /// The customer.
    pub tenant: TenantId,
    /// The idempotency key: the same on every repeat of this item, another for every other item.
    pub key: String,
    /// Whom it is about.
    pub subject: Subject,
    /// What shall happen.
    pub op: Op,
    /// Whether it may happen now.
    pub state: State,
    /// Its place among the others.
    pub lane: Stage,
    /// The application's account; `None` for a create.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub app_ref: Option<AccountId>,
    /// The whole account as it shall be, for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account: Option<Profile>,
    /// The access group as it shall be, for groups.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group: Option<GroupWish>,
    /// The provider's own id of the resource.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub external_id: Option<String>,
    /// The userName, or the group's name.
    pub name: String,
    /// The values of [`Item::changed`] before, kept whole for giving back.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub from: BTreeMap<String, Value>,
    /// The values of [`Item::changed`] after.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub to: BTreeMap<String, Value>,
    /// Names of what changes, in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub changed: Vec<String>,
    /// Names of what stays as it is although the provider says otherwise: local changes, names that
    /// are taken.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub kept: Vec<String>,
    /// Why; never empty.
    pub reasons: Vec<Reason>,
    /// The requests that led to it, oldest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub cause: Vec<RequestId>,
    /// Which group of the provider grants the access.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        with = "wire::maybe_resource_id"
    )]
    pub via: Option<ResourceId>,
    /// When it is decided again by itself: a held item's clock, the end of an exception.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        with = "wire::maybe_instant"
    )]
    pub until: Option<Timestamp>,
    /// What a blocked item or field waits for.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub waits: Vec<WaitKey>,
    /// The deleted resource whose account this one takes over (E-27).
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        with = "wire::maybe_resource_id"
    )]
    pub heir_of: Option<ResourceId>,
    /// The number of the last change this account saw: two equal changes at different times are two
    /// items.
    pub after: u64,
    /// The number this item's message carries; never goes down for one account.
    pub revision: u64,
}

/// The access group a group item wants.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GroupWish {
    /// The application's id; `None` for one to be made.
    pub group_ref: Option<AccessGroupId>,
    /// The name.
    pub name: String,
    /// Whether it shall be archived.
    pub archived: bool,
}

/// What an item does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Op {
    /// Makes an access group (S-07).
    CreateGroup,
    /// Gives an access group the group's new name (E-10).
    RenameGroup,
    /// Archives the access group of a deleted group (E-11).
    ArchiveGroup,
    /// Ties a person to an account that is there already (E-16).
    Link,
    /// Makes an account (S-05).
    Create,
    /// Changes an account, a move between groups included (S-10).
    Update,
    /// Lets a person in again (E-13).
    Reactivate,
    /// Makes an account internal or external (E-14, E-15).
    ConvertKind,
    /// Ends access (S-06).
    Deactivate,
    /// Leaves an account or access group to the application (E-04).
    Release,
    /// Nothing; the reasons say why.
    Nothing,
}

impl Op {
    /// Tells whether the application is called for it.
    pub const fn is_sent(self) -> bool {
        !matches!(self, Self::Release | Self::Nothing)
    }

    /// Tells whether anything is to be done at all, here or in the application.
    pub const fn is_done(self) -> bool {
        !matches!(self, Self::Nothing)
    }

    /// Tells whether it makes something that has no id yet, so that it must be repeated as it was
    /// until its end is known.
    pub const fn makes(self) -> bool {
        matches!(self, Self::Create | Self::CreateGroup)
    }

    /// Returns the word of messages.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::CreateGroup => "create_group",
            Self::RenameGroup => "rename_group",
            Self::ArchiveGroup => "archive_group",
            Self::Link => "link",
            Self::Create => "create",
            Self::Update => "update",
            Self::Reactivate => "reactivate",
            Self::ConvertKind => "convert_kind",
            Self::Deactivate => "deactivate",
            Self::Release => "release",
            Self::Nothing => "nothing",
        }
    }
}

/// Whether an item may happen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// Now.
    Ready,
    /// After a clock, or somebody's yes.
    Held,
    /// After something was fixed.
    Blocked,
}

/// The order of applying: removals first, and a group before its members (sync §5).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// L0: the provider said somebody must leave.
    Leavers,
    /// L1: access groups are made and renamed.
    Groups,
    /// L2: people are let in.
    Joiners,
    /// L3: people change.
    Changes,
    /// L4: people who lost their last group leave.
    Losers,
    /// L5: access groups are archived.
    Archives,
    /// Nothing is sent.
    Quiet,
}

/// Something a blocked item waits for; when it happens, the item is planned again at once.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WaitKey {
    /// An address or login name, folded, becomes free.
    Name(String),
    /// This group of the provider gets its access group.
    Group(Subject),
    /// This person gets an account (S-55: manager).
    Account(Subject),
    /// Nobody is in this access group any more.
    Empty(AccessGroupId),
    /// An active account fewer (E-25).
    Seat,
}

impl Item {
    /// Makes an item that does nothing.
    pub(crate) fn quiet(
        tenant: &TenantId,
        subject: Subject,
        name: &str,
        reasons: Vec<Reason>,
    ) -> Self {
        Self {
            tenant: tenant.clone(),
            key: String::new(),
            subject,
            op: Op::Nothing,
            state: State::Ready,
            lane: Stage::Quiet,
            app_ref: None,
            account: None,
            group: None,
            external_id: None,
            name: name.to_owned(),
            from: BTreeMap::new(),
            to: BTreeMap::new(),
            changed: Vec::new(),
            kept: Vec::new(),
            reasons,
            cause: Vec::new(),
            via: None,
            until: None,
            waits: Vec::new(),
            heir_of: None,
            after: 0,
            revision: 0,
        }
    }

    /// Tells whether the reasons have this code.
    pub fn has(&self, code: Code) -> bool {
        self.reasons.iter().any(|reason| reason.code == code)
    }

    /// Tells whether the call must be repeated as it was until its end is known: it makes something,
    /// or takes over an account that is not the person's yet.
    pub(crate) fn is_repeated_whole(&self) -> bool {
        self.op.makes() || self.heir_of.is_some()
    }

    /// Tells whether it is to be applied now.
    pub fn is_ready(&self) -> bool {
        self.state == State::Ready && self.op != Op::Nothing
    }

    /// Tells whether it decides the same as `other`, its number and causes aside.
    pub fn agrees_with(&self, other: &Self) -> bool {
        let bare = |item: &Self| Self {
            cause: Vec::new(),
            revision: 0,
            ..item.clone()
        };
        bare(self) == bare(other)
    }
}

/// Everything that shall happen, in order of application.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Plan {
    /// By stage, then by subject; one item for each subject.
    pub items: Vec<Item>,
}

impl Plan {
    /// Tells whether nothing would be sent or stored.
    pub fn is_empty(&self) -> bool {
        self.items.iter().all(|item| item.op == Op::Nothing)
    }

    /// Finds the item of a subject.
    pub fn of(&self, subject: &Subject) -> Option<&Item> {
        self.items.iter().find(|item| item.subject == *subject)
    }
}

/// An access group as an outcome reports it.
impl GroupWish {
    /// Shows the wish as the access group it is once it has an id.
    pub fn as_made(&self, group_ref: AccessGroupId) -> AccessGroup {
        let state = if self.archived {
            crate::GroupState::Archived
        } else {
            crate::GroupState::NeedsSetup
        };
        AccessGroup {
            group_ref,
            name: self.name.clone(),
            origin: crate::Origin::Scim,
            state,
            privileged: false,
        }
    }
}
