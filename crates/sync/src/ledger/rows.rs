//! What a ledger keeps and gives.

use enroll_schema::{ResourceId, Timestamp};
use enroll_store::{DirectoryId, Lane, RequestId, Revision, TenantId};
use serde::{Deserialize, Serialize};

use super::{Rule, Ruling};
use crate::{
    AccessGroup, Capabilities, GroupOutcome, GroupShadow, Item, Outcome, Person, Policy, Selection,
    Shadow, SourceGroup, Span, Subject, WaitKey, wire,
};

/// One provider connection of a tenant; its directory has the same id.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Integration {
    /// The integration.
    pub id: DirectoryId,
    /// What people call it (E-30).
    pub name: String,
    /// Its place among the tenant's integrations (E-22).
    pub order: u32,
}

/// Everything about a tenant that is small, read at once.
#[derive(Clone, Debug, PartialEq)]
pub struct Context {
    /// The tenant.
    pub tenant: TenantId,
    /// The rules.
    pub policy: Policy,
    /// The version of the rules; every change of policy, catalogue or selections raises it.
    pub version: u64,
    /// Which access groups there can be.
    pub capabilities: Capabilities,
    /// The number of the last applied change.
    pub seq: u64,
    /// In order.
    pub integrations: Vec<Integration>,
    /// By integration and group.
    pub selections: Vec<Selection>,
    /// The providers' groups, by integration and id.
    pub groups: Vec<SourceGroup>,
    /// Which access group belongs to which group, by subject.
    pub bindings: Vec<GroupShadow>,
    /// What the application has, as far as is known, by id.
    pub access_groups: Vec<AccessGroup>,
}

/// A subject to be planned.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Due {
    /// Whom.
    pub subject: Subject,
    /// How soon.
    pub lane: Lane,
    /// What for.
    pub why: Why,
    /// When the first hint came.
    #[serde(with = "wire::instant")]
    pub first_at: Timestamp,
    /// Not before this.
    #[serde(with = "wire::instant")]
    pub not_before: Timestamp,
    /// Rises with each hint, so that one that comes while planning is not lost.
    pub stamp: u64,
    /// The requests behind it, oldest first.
    pub cause: Vec<RequestId>,
}

/// What a subject is due for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Why {
    /// Something changed: the job is not idle while such work waits.
    Change,
    /// A call is to be repeated; not idle either.
    Retry,
    /// A held item's clock; the job is idle meanwhile.
    Clock,
}

/// Most requests remembered behind one due subject.
pub const CAUSES_MAX: usize = 16;

/// News about one subject.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hint {
    /// Whom.
    pub subject: Subject,
    /// How soon.
    pub lane: Lane,
    /// When it happened.
    pub at: Timestamp,
    /// The request, if one did it.
    pub cause: Option<RequestId>,
}

/// How long to wait for quiet (E-02).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    /// After each hint.
    pub settle: Span,
    /// After the first one at most.
    pub most: Span,
}

impl Due {
    /// Returns what becomes of a subject's place in the queue when `hint` comes.
    ///
    /// A leaver is due at once; others wait until they were quiet for `window.settle`, at most
    /// `window.most`.
    pub fn hinted(before: Option<Self>, hint: &Hint, window: Window) -> Self {
        let fresh = |stamp, cause| Self {
            subject: hint.subject.clone(),
            lane: hint.lane,
            why: Why::Change,
            first_at: hint.at,
            not_before: match hint.lane {
                Lane::Now => hint.at,
                Lane::Settle => window.settle.after(hint.at),
            },
            stamp,
            cause,
        };
        let Some(before) = before else {
            return fresh(1, hint.cause.iter().cloned().collect());
        };
        let mut cause = before.cause;
        if let Some(request) = &hint.cause
            && !cause.contains(request)
        {
            cause.push(request.clone());
            let surplus = cause.len().saturating_sub(CAUSES_MAX);
            cause.drain(..surplus);
        }
        let mut due = fresh(before.stamp + 1, cause);
        if before.why == Why::Change {
            due.lane = before.lane.min(hint.lane);
            due.first_at = before.first_at;
            due.not_before = match (before.lane, hint.lane) {
                (Lane::Now, _) => before.not_before.min(hint.at),
                (_, Lane::Now) => hint.at,
                _ => due.not_before.min(window.most.after(before.first_at)),
            };
        }
        due
    }
}

/// The selections of one integration, as somebody picked them.
#[derive(Clone, Debug, PartialEq)]
pub struct Picked {
    /// The integration.
    pub integration: DirectoryId,
    /// All its selections.
    pub selections: Vec<Selection>,
    /// The groups that were there to pick from: what was left out does not select itself later.
    pub seen: Vec<SourceGroup>,
}

/// A stretch of a directory's feed, ready to be written down.
#[derive(Clone, Debug, PartialEq)]
pub struct Intake {
    /// The directory.
    pub integration: DirectoryId,
    /// Where the bookmark must be.
    pub from: Revision,
    /// Where it goes.
    pub upto: Revision,
    /// News about subjects.
    pub hints: Vec<Hint>,
    /// News about everybody who is known to be in these groups.
    pub members_of: Vec<(ResourceId, Timestamp, Option<RequestId>)>,
    /// How long to wait for quiet.
    pub window: Window,
}

/// What is written down about one subject.
#[derive(Clone, Debug, PartialEq)]
pub struct Known {
    /// Whom.
    pub subject: Subject,
    /// The job's last reading of the person.
    pub person: Option<Person>,
    /// The account tied to the person.
    pub shadow: Option<Shadow>,
    /// The last decision.
    pub decision: Option<Decision>,
    /// Its place in the queue.
    pub due: Option<Due>,
    /// What somebody decided about it.
    pub ruling: Ruling,
}

/// The last decision about a subject and what became of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Decision {
    /// What was decided.
    pub item: Item,
    /// When.
    #[serde(with = "wire::instant")]
    pub at: Timestamp,
    /// Whether the application may have been called and its answer is not known.
    pub in_flight: bool,
    /// Whether it waits for automatic sync (E-19).
    pub waiting: bool,
    /// What the last call said.
    pub recorded: Option<Recorded>,
}

/// What a call to the application said.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Recorded {
    /// The outcome in one word.
    pub outcome: Verdict,
    /// When.
    #[serde(with = "wire::instant")]
    pub at: Timestamp,
    /// The key of the call.
    pub key: String,
    /// The application's own words, if any.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub text: String,
    /// Calls without a definite answer so far.
    pub attempts: u32,
    /// When the first of them was.
    #[serde(with = "wire::instant")]
    pub first_at: Timestamp,
    /// When the next one is.
    #[serde(with = "wire::maybe_instant")]
    pub next_at: Option<Timestamp>,
}

/// The outcome of a call in one word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// It is as it shall be.
    Applied,
    /// It was so already.
    Unchanged,
    /// Another account has the address or login.
    Exists,
    /// The application will not do it.
    Rejected,
    /// The account was not what the job thought; it is planned again.
    Conflict,
    /// It is tried again.
    Retrying,
    /// It was tried for seven days.
    Failed,
}

impl Recorded {
    /// Tells whether the same call would get the same answer.
    pub fn is_refusal(&self) -> bool {
        matches!(
            self.outcome,
            Verdict::Exists | Verdict::Rejected | Verdict::Failed
        )
    }
}

/// What the application answered about a person or a group.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Answer {
    /// About an account.
    Account(Outcome),
    /// About an access group.
    Group(GroupOutcome),
}

/// One subject's share of a transaction.
#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    /// Whom.
    pub subject: Subject,
    /// The place in the queue that this answers; `None` leaves the queue alone.
    pub stamp: Option<u64>,
    /// What else is written.
    pub effects: Vec<Effect>,
    /// The decision, if it is news.
    pub decision: Option<Decision>,
    /// What becomes of the place in the queue, unless a newer hint came.
    pub next: Next,
    /// Whoever waits for these is planned again.
    pub wake: Vec<WaitKey>,
    /// Everybody known to be in these groups is planned again.
    pub members_of: Vec<ResourceId>,
    /// When.
    pub at: Timestamp,
}

/// What becomes of a subject's place in the queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// It is done.
    Clear,
    /// It stays, because the application is about to be called.
    Keep,
    /// It comes again.
    At(Timestamp, Why),
}

/// One row to be written.
#[derive(Clone, Debug, PartialEq)]
pub enum Effect {
    /// The job's reading of a person.
    Person(Box<Person>),
    /// A person who is gone and never had an account.
    ForgetPerson(Subject),
    /// The job's reading of a group.
    Source(SourceGroup),
    /// A selection that made itself.
    Select(Selection),
    /// A deleted group came back under another id: its selection, access group and members' ties go
    /// there, the rest is forgotten, and those members are planned again (E-11).
    Rebound {
        /// The deleted group.
        from: Subject,
        /// The new one.
        to: ResourceId,
    },
    /// An account tied to a person.
    Shadow(Box<Shadow>),
    /// The tie of a person whose account went to another.
    ForgetShadow(Subject),
    /// An access group tied to a group.
    Binding(GroupShadow),
    /// What was decided about a subject has served.
    Rule(Subject, Rule),
    /// A change that needs no call gets a number, and is told to listeners (E-04).
    Count(Box<Item>),
}

/// What a settled call came to.
#[derive(Clone, Debug, PartialEq)]
pub struct Settled {
    /// What the application answered.
    pub answer: Answer,
    /// The number of the change, if there was one.
    pub seq: Option<u64>,
}

/// One change that was applied, kept with what was before and what is after it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Happened {
    /// Its number: 1, 2, 3 … without gaps for each tenant.
    pub seq: u64,
    /// When.
    #[serde(with = "wire::instant")]
    pub at: Timestamp,
    /// What was done, why, and by whose request.
    pub item: Item,
}

/// How much there is to do.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Subjects due for a change or a repeat.
    pub due: u64,
    /// Ready items that wait for automatic sync.
    pub waiting: u64,
    /// Items that wait for a clock or somebody's yes.
    pub held: u64,
    /// Items that wait until something is fixed.
    pub blocked: u64,
    /// The number of the last applied change.
    pub seq: u64,
}
