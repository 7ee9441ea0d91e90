//! What the job writes down: one method for each transaction, named for what happened.

mod alarms;
mod feed;
mod memory;
mod plans;
mod reports;
mod rows;
mod rulings;
mod settlement;
mod snapshots;

use std::{fmt, future::Future};

use enroll_schema::Timestamp;
use enroll_store::{DirectoryId, Revision, TenantId};

pub use alarms::{Alarms, CONCERNS_MAX};
pub use feed::{
    CONSUMERS_MAX, Consumer, Feed, MirrorGroup, MirrorKey, MirrorObject, Mirrored, item_applied,
};
pub use memory::MemoryLedger;
pub use plans::{
    Archive, DEEDS_MAX, Deed, PLAN_ITEMS_MAX, PLAN_MILLIS_KEPT, PLANNER_VERSION, PLANS_MAX,
    PlanCounts, Planned, StoredPlan,
};
pub use reports::{
    Collision, Drift, FieldRule, FieldRuling, Link, REPORTED_KEYS, Report, Reported, Reports, Seen,
};
pub use rows::{
    Answer, CAUSES_MAX, Context, Counts, Decision, Due, Effect, Happened, Hint, Intake,
    Integration, Known, Next, Picked, Recorded, Settled, Step, Verdict, Why, Window,
};
pub use rulings::{
    Approval, BrakeQuery, Exception, Guarding, Holding, OpenFilter, Removal, Rule, Ruling,
};
pub use settlement::{Prior, Settlement, backoff, settlement};
pub use snapshots::{Snapshot, SnapshotError, SnapshotState};

use crate::{
    AccessGroup, AccessGroupId, Account, AccountId, Capabilities, Fence, Holder, Item, Policy,
    Shadow, Subject,
};

/// The result of a ledger call.
pub(crate) type Result<T, E = LedgerError> = std::result::Result<T, E>;

/// Why a ledger call had no effect.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LedgerError {
    /// Another job took over this tenant.
    #[error("another job took over")]
    Fenced,
    /// The policy or the bookmark moved meanwhile; read again.
    #[error("it changed meanwhile; read it again")]
    Moved,
    /// A snapshot was refused.
    #[error(transparent)]
    Snapshot(#[from] SnapshotError),
    /// The queue of writes is full.
    #[error("too many writes are waiting; try again")]
    Busy,
    /// What was read is not what was written.
    #[error("stored data is damaged: {0}")]
    Damaged(String),
    /// The backend failed.
    #[error("the ledger failed")]
    Backend(#[source] Box<dyn std::error::Error + Send + Sync>),
}

/// The job's memory: rules, selections, queue, decisions, and what was applied.
///
/// Every method is one transaction. [`MemoryLedger`] defines what each of them does; other ledgers
/// pass the same tests.
pub trait Ledger:
    Alarms + Feed + Archive + Reports + fmt::Debug + Clone + Send + Sync + 'static
{
    /// Ties an integration to a tenant, or changes its name or order.
    ///
    /// `initial` becomes the policy of a tenant that has none yet.
    fn attach(
        &self,
        tenant: &TenantId,
        integration: Integration,
        initial: Policy,
    ) -> impl Future<Output = Result<()>> + Send;

    /// Lists every integration with its tenant, by tenant and order.
    fn integrations(&self) -> impl Future<Output = Result<Vec<(TenantId, Integration)>>> + Send;

    /// Reads everything small about a tenant; one that is unknown has the default policy and
    /// nothing else.
    fn context(&self, tenant: &TenantId) -> impl Future<Output = Result<Context>> + Send;

    /// Reads a tenant's rules alone; a backend that keeps them apart reads less than
    /// [`Ledger::context`].
    fn policy(&self, tenant: &TenantId) -> impl Future<Output = Result<Policy>> + Send {
        async { Ok(self.context(tenant).await?.policy) }
    }

    /// Changes the rules and makes everybody due; `expected` is the version that was read.
    fn set_policy(
        &self,
        tenant: &TenantId,
        expected: u64,
        policy: Policy,
        now: Timestamp,
    ) -> impl Future<Output = Result<()>> + Send;

    /// Changes which access groups there can be, and makes everybody due if that is news.
    fn set_capabilities(
        &self,
        tenant: &TenantId,
        capabilities: Capabilities,
        now: Timestamp,
    ) -> impl Future<Output = Result<()>> + Send;

    /// Replaces the selections of one integration and makes everybody due; `expected` is the
    /// version that was read.
    fn select(
        &self,
        tenant: &TenantId,
        expected: u64,
        picked: Picked,
        now: Timestamp,
    ) -> impl Future<Output = Result<()>> + Send;

    /// Takes the tenant over: writes with an older fence are refused from now on.
    fn lease(&self, tenant: &TenantId) -> impl Future<Output = Result<Fence>> + Send;

    /// Returns how far a directory's feed was read.
    fn bookmark(
        &self,
        tenant: &TenantId,
        integration: &DirectoryId,
    ) -> impl Future<Output = Result<Revision>> + Send;

    /// Writes hints down and moves the bookmark.
    fn intake(&self, tenant: &TenantId, intake: Intake) -> impl Future<Output = Result<()>> + Send;

    /// Makes every known subject due now.
    fn mark_all(
        &self,
        tenant: &TenantId,
        now: Timestamp,
    ) -> impl Future<Output = Result<()>> + Send;

    /// Returns the tenants with due subjects, and the next instant at which some tenant has one.
    fn agenda(
        &self,
        now: Timestamp,
    ) -> impl Future<Output = Result<(Vec<TenantId>, Option<Timestamp>)>> + Send;

    /// Lists due subjects: leavers first, then groups, then people, each by instant and subject.
    fn due(
        &self,
        tenant: &TenantId,
        now: Timestamp,
        most: u32,
    ) -> impl Future<Output = Result<Vec<Due>>> + Send;

    /// Reads what is written down about subjects, in their order.
    fn known(
        &self,
        tenant: &TenantId,
        subjects: Vec<Subject>,
    ) -> impl Future<Output = Result<Vec<Known>>> + Send;

    /// Lists who holds these folded names, by key, role and account.
    fn holders(
        &self,
        tenant: &TenantId,
        keys: Vec<String>,
    ) -> impl Future<Output = Result<Vec<Holder>>> + Send;

    /// Lists shadows of deleted people with one of these externalIds or folded userNames, by
    /// subject (E-27).
    fn heirs(
        &self,
        tenant: &TenantId,
        integration: &DirectoryId,
        external_ids: Vec<String>,
        user_names: Vec<String>,
    ) -> impl Future<Output = Result<Vec<Shadow>>> + Send;

    /// Returns those of `groups` that an active account is in.
    fn occupied(
        &self,
        tenant: &TenantId,
        groups: Vec<AccessGroupId>,
    ) -> impl Future<Output = Result<Vec<AccessGroupId>>> + Send;

    /// Writes decisions down.
    fn decide(
        &self,
        tenant: &TenantId,
        fence: Fence,
        steps: Vec<Step>,
    ) -> impl Future<Output = Result<()>> + Send;

    /// Writes down what the application answered: outcome, base, number, queue, in one transaction.
    fn settle(
        &self,
        tenant: &TenantId,
        fence: Fence,
        claim: Claim,
        answer: Answer,
    ) -> impl Future<Output = Result<Settled>> + Send;

    /// Lists at most `most` applied changes after number `after`, in order: what gives and takes
    /// access is kept whole from the first one on (sync §8b).
    fn happened(
        &self,
        tenant: &TenantId,
        after: u64,
        most: u32,
    ) -> impl Future<Output = Result<Vec<Happened>>> + Send;

    /// Writes down what somebody decided about subjects, and makes them due now.
    fn rule(
        &self,
        tenant: &TenantId,
        rules: Vec<(Subject, Rule)>,
        now: Timestamp,
    ) -> impl Future<Output = Result<()>> + Send;

    /// Lists decisions that stand open, by subject: at most `most`, after `after`.
    fn open_decisions(
        &self,
        tenant: &TenantId,
        filter: OpenFilter,
        after: Option<Subject>,
        most: u32,
    ) -> impl Future<Output = Result<Vec<Decision>>> + Send;

    /// Counts what the brakes need (sync §4).
    fn guarding(
        &self,
        tenant: &TenantId,
        query: BrakeQuery,
    ) -> impl Future<Output = Result<Guarding>> + Send;

    /// Counts what there is to do.
    fn counts(&self, tenant: &TenantId) -> impl Future<Output = Result<Counts>> + Send;

    /// Finds people by id, userName, address or externalId, letter case ignored; by subject.
    fn find(
        &self,
        tenant: &TenantId,
        text: &str,
    ) -> impl Future<Output = Result<Vec<Subject>>> + Send;
}

/// An item about to be applied, with its place in the queue.
#[derive(Clone, Debug, PartialEq)]
pub struct Claim {
    /// The item.
    pub item: Item,
    /// The place in the queue.
    pub stamp: u64,
    /// When the call is made.
    pub now: Timestamp,
    /// Whether it repeats a call whose answer was lost, so that the subject is planned afresh
    /// afterwards.
    pub again: bool,
}

/// A ledger that shares its transaction with the application's own tables: the effect happens
/// exactly once.
pub trait Joined: Ledger {
    /// Applies the item to the accounts and access groups beside this ledger, and settles it, in
    /// one transaction.
    fn apply_and_settle(
        &self,
        tenant: &TenantId,
        fence: Fence,
        claim: Claim,
    ) -> impl Future<Output = Result<Settled>> + Send;
}

/// Which accounts to list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AccountFilter {
    /// Only active, or only inactive ones.
    pub active: Option<bool>,
    /// Only after this one.
    pub after: Option<AccountId>,
    /// At most this many.
    pub most: u32,
}

/// The application's accounts: what the built-in sink holds, else what was last applied.
pub trait Accounts: Clone + Send + Sync + 'static {
    /// Lists accounts in order of their ids.
    fn accounts(
        &self,
        tenant: &TenantId,
        filter: AccountFilter,
    ) -> impl Future<Output = Result<Vec<Account>>> + Send;

    /// Finds one account.
    fn account(
        &self,
        tenant: &TenantId,
        id: &AccountId,
    ) -> impl Future<Output = Result<Option<Account>>> + Send;

    /// Lists every access group in order of their ids.
    fn access_groups(
        &self,
        tenant: &TenantId,
    ) -> impl Future<Output = Result<Vec<AccessGroup>>> + Send;

    /// Puts accounts and access groups there that nobody manages, as an application in use has them
    /// (S-33).
    fn seed(
        &self,
        tenant: &TenantId,
        accounts: Vec<Account>,
        groups: Vec<AccessGroup>,
    ) -> impl Future<Output = Result<()>> + Send;
}
