//! What people decided about single subjects, and what the brakes count.

use std::collections::BTreeMap;

use enroll_schema::{ResourceId, Timestamp};
use enroll_store::RequestId;
use serde::{Deserialize, Serialize};

use super::{Collision, Decision, FieldRuling, Link};
use crate::{AccessGroupId, Code, Item, State, Subject, wire};

/// What somebody decided about one subject; it outlives plans.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ruling {
    /// Somebody's yes or no to one item.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub verdict: Option<Approval>,
    /// Access that is kept although the directory says otherwise (sync §8b).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exception: Option<Exception>,
    /// The account that somebody tied the person to (E-16).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub link: Option<Link>,
    /// The account that the application has already (E-16).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub collision: Option<Collision>,
    /// What was decided about values that were changed in the application, by name (E-12).
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub fields: BTreeMap<String, FieldRuling>,
}

impl Ruling {
    /// Tells whether nothing was decided.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// Somebody's yes or no to exactly one item: it binds to the item's content, and falls with it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Approval {
    /// The item, by [`Item::key`].
    pub key: String,
    /// Yes or no.
    pub approved: bool,
    /// Who said so.
    pub by: String,
    /// Why; may be empty where the plan was reviewed as a whole.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub reason: String,
    /// When.
    #[serde(with = "wire::instant")]
    pub at: Timestamp,
}

/// Access that somebody gave back: it outranks the directory until it runs out, or until the
/// directory agrees.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Exception {
    /// The access group that is kept.
    pub access_group: AccessGroupId,
    /// The provider's group that granted it.
    #[serde(with = "wire::resource_id")]
    pub via: ResourceId,
    /// Until when.
    #[serde(with = "wire::instant")]
    pub until: Timestamp,
    /// Who gave it back.
    pub by: String,
    /// Why.
    pub reason: String,
}

/// One change of a ruling.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Rule {
    /// Somebody says yes or no to an item.
    Decide(Approval),
    /// What was said is taken back.
    Undecide,
    /// Access is kept.
    Keep(Exception),
    /// It is not kept any longer.
    Unkeep,
    /// The person is tied to an account.
    Link(Link),
    /// The application has an account with the person's names.
    Collide(Collision),
    /// Neither counts any longer.
    Loose,
    /// A value that was changed in the application.
    Field(String, FieldRuling),
    /// What was said about a value is taken back.
    Unfield(String),
}

impl Rule {
    /// Returns the ruling with this change.
    pub fn applied_to(self, mut ruling: Ruling) -> Ruling {
        match self {
            Self::Decide(approval) => ruling.verdict = Some(approval),
            Self::Undecide => ruling.verdict = None,
            Self::Keep(exception) => ruling.exception = Some(exception),
            Self::Unkeep => ruling.exception = None,
            Self::Link(link) => ruling.link = Some(link),
            Self::Collide(collision) => ruling.collision = Some(collision),
            Self::Loose => (ruling.link, ruling.collision) = (None, None),
            Self::Field(name, said) => _ = ruling.fields.insert(name, said),
            Self::Unfield(name) => _ = ruling.fields.remove(&name),
        }
        ruling
    }
}

/// Which open decisions to list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OpenFilter {
    /// Ready ones that wait for automatic sync, or for somebody's yes while it is off.
    pub waiting: bool,
    /// Those that wait for a clock or somebody's yes.
    pub held: bool,
    /// Those that wait until something is fixed.
    pub blocked: bool,
}

impl OpenFilter {
    /// Everything that stands open.
    pub const ALL: Self = Self {
        waiting: true,
        held: true,
        blocked: true,
    };

    /// Tells whether a decision is one of those.
    pub fn wants(self, decision: &Decision) -> bool {
        (self.waiting && decision.waiting)
            || (self.held && decision.item.state == State::Held)
            || (self.blocked && decision.item.state == State::Blocked)
    }
}

/// What a ledger is asked for before removals and privileges are let through.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BrakeQuery {
    /// Removals since this instant.
    pub since: Timestamp,
    /// At most this many of those done, the newest, and of those held.
    pub most: u32,
    /// Privileged access groups.
    pub privileged: Vec<AccessGroupId>,
    /// Groups of providers that may be falling to nobody.
    pub groups: Vec<Subject>,
}

/// What the brakes count (sync §4).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Guarding {
    /// Accounts that are managed and active.
    pub active: u64,
    /// Removals done without anybody's yes since the instant asked for, oldest first.
    pub done: Vec<Removal>,
    /// Removals that a brake holds now, by subject.
    pub held: Vec<Removal>,
    /// Who is in the privileged access groups asked for, by access group and granting group; active
    /// accounts that nobody manages count under `None`.
    pub holdings: Vec<Holding>,
    /// Managed active accounts of each group asked for; groups without one are left out.
    pub granted: Vec<(Subject, u64)>,
}

/// One removal of access.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Removal {
    /// Whose.
    pub subject: Subject,
    /// When it was done, or decided.
    #[serde(with = "wire::instant")]
    pub at: Timestamp,
    /// The request that led to it; `None` for a change of rules.
    pub cause: Option<RequestId>,
    /// The group that granted the access.
    #[serde(with = "wire::maybe_resource_id")]
    pub via: Option<ResourceId>,
    /// Whether the provider said that the person is not active, or gone.
    pub left: bool,
}

/// Active accounts in one privileged access group, through one granting group.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Holding {
    /// The access group.
    pub access_group: AccessGroupId,
    /// The provider's group; `None` for accounts nobody manages here.
    pub via: Option<Subject>,
    /// How many.
    pub active: u64,
}

impl Removal {
    /// Returns what an item removes; `None` if it takes nothing away.
    pub fn of(item: &Item, at: Timestamp) -> Option<Self> {
        item.takes_access().then(|| Self {
            subject: item.subject.clone(),
            at,
            cause: item.cause.last().cloned(),
            via: item.via.clone(),
            left: item.has(Code::IdpInactive) || item.has(Code::IdpDeleted),
        })
    }

    /// Returns the removal that a settled item counts as: none where somebody said yes to it.
    pub fn unseen(item: &Item, at: Timestamp) -> Option<Self> {
        Self::of(item, at).filter(|_| !item.has(Code::Approved))
    }

    /// Returns the removal that a brake keeps an item from.
    pub fn braked(item: &Item, at: Timestamp) -> Option<Self> {
        let is_braked = item.state == State::Held && BRAKES.iter().any(|code| item.has(*code));
        Self::of(item, at).filter(|_| is_braked)
    }
}

/// The brakes that count removals: what they hold counts as much as what was done.
const BRAKES: [Code; 3] = [Code::HeldMass, Code::HeldBurst, Code::HeldEmptySource];
