//! Stored plans: what stood open at one instant, kept so that exactly that can be reviewed and
//! applied (sync §3); and who did what at the desk.

use std::{collections::BTreeMap, future::Future};

use enroll_schema::Timestamp;
use enroll_store::{DirectoryId, Revision, TenantId};
use serde::{Deserialize, Serialize};

use super::Result;
use crate::{Code, Decision, Item, State, wire};

/// A snapshot of everything that stood open, apart from its items.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredPlan {
    /// Its number: 1, 2, 3 … for each tenant.
    pub id: u64,
    /// When it was made.
    #[serde(with = "wire::instant")]
    pub at: Timestamp,
    /// Who made it.
    pub by: String,
    /// How far each directory's feed was read.
    pub base: BTreeMap<DirectoryId, Revision>,
    /// The version of policy, catalogue and selections.
    pub version: u64,
    /// The version of the planner, [`PLANNER_VERSION`].
    pub planner: String,
    /// How much is in it.
    pub counts: PlanCounts,
    /// Whether there was news that is not in it: make another one soon.
    pub pending: bool,
    /// Whether more stood open than is kept: the first [`PLAN_ITEMS_MAX`] items are.
    pub more: bool,
    /// Whether it is whole; one whose making was cut off is not shown.
    pub complete: bool,
}

/// How much is in a plan.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlanCounts {
    /// All items.
    pub items: u64,
    /// Items by what they do.
    pub ops: BTreeMap<String, u64>,
    /// Items by whether they may happen.
    pub states: BTreeMap<String, u64>,
    /// Held and blocked items by the reason that leads.
    pub codes: BTreeMap<String, u64>,
}

impl PlanCounts {
    /// Counts one more item.
    pub fn add(&mut self, item: &Item) {
        self.items += 1;
        *self.ops.entry(item.op.as_str().to_owned()).or_default() += 1;
        let state = item.state.as_str().to_owned();
        *self.states.entry(state).or_default() += 1;
        if item.state != State::Ready
            && let Some(code) = item.stopping().next()
        {
            *self.codes.entry(code.as_str().to_owned()).or_default() += 1;
        }
    }
}

/// One item of a stored plan.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Planned {
    /// Its place: 1, 2, 3 …
    pub place: u64,
    /// Since when it stands so.
    #[serde(with = "wire::instant")]
    pub at: Timestamp,
    /// The item, as it is to be reviewed.
    pub item: Item,
}

impl Planned {
    /// Makes the item of a decision that stands open.
    pub fn of(place: u64, decision: Decision) -> Self {
        Self {
            place,
            at: decision.at,
            item: decision.item,
        }
    }
}

impl State {
    /// Returns the word of messages.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Ready => "ready",
            Self::Held => "held",
            Self::Blocked => "blocked",
        }
    }
}

impl Item {
    /// Lists the codes that hold or block the item, the leading one first.
    pub fn stopping(&self) -> impl Iterator<Item = Code> + '_ {
        let codes = self.reasons.iter().map(|reason| reason.code);
        let stops = |code: &Code| {
            let class = code.class();
            matches!(class, crate::Class::Held | crate::Class::Blocked)
        };
        codes.filter(stops)
    }
}

/// The version of the planner: it rises when the same directory, rules and accounts lead to other
/// items than before.
pub const PLANNER_VERSION: &str = "1";

/// How long a plan is kept: 90 days.
pub const PLAN_MILLIS_KEPT: i64 = 90 * 86_400_000;
/// Most plans kept for a tenant; the oldest goes first.
pub const PLANS_MAX: u64 = 200;
/// Most items of one plan.
pub const PLAN_ITEMS_MAX: u64 = 100_000;

/// Something that somebody did at the desk, for the record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Deed {
    /// Its number; it rises over all tenants.
    #[serde(default)]
    pub id: u64,
    /// When.
    #[serde(with = "wire::instant")]
    pub at: Timestamp,
    /// The tenant.
    pub tenant: TenantId,
    /// The management key that was used, or who called.
    pub actor: String,
    /// Who was named as deciding, if anybody.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub by: String,
    /// What was done, for instance `plan.approve`.
    pub action: String,
    /// To what, and how much of it.
    pub target: String,
    /// Why, as far as it was said.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub reason: String,
}

/// Most deeds kept in memory or in the database, over all tenants: the oldest go first.
pub const DEEDS_MAX: u64 = 1_000_000;

/// The part of a ledger that keeps plans, and the audit log.
pub trait Archive {
    /// Writes a plan without its items down and returns its number; number 0 gets the next one.
    ///
    /// A new plan drives out those that are older than [`PLAN_MILLIS_KEPT`], and the oldest beyond
    /// [`PLANS_MAX`].
    fn put_plan(
        &self,
        tenant: &TenantId,
        plan: StoredPlan,
    ) -> impl Future<Output = Result<u64>> + Send;

    /// Adds items to a plan.
    fn add_planned(
        &self,
        tenant: &TenantId,
        plan: u64,
        items: Vec<Planned>,
    ) -> impl Future<Output = Result<()>> + Send;

    /// Lists whole plans, newest first: those with a number below `before`, at most `most`.
    fn stored_plans(
        &self,
        tenant: &TenantId,
        before: Option<u64>,
        most: u32,
    ) -> impl Future<Output = Result<Vec<StoredPlan>>> + Send;

    /// Lists items of a plan by their place, at most `most` after place `after`.
    fn planned(
        &self,
        tenant: &TenantId,
        plan: u64,
        after: u64,
        most: u32,
    ) -> impl Future<Output = Result<Vec<Planned>>> + Send;

    /// Writes down what somebody did; its number is given.
    fn record(&self, deed: Deed) -> impl Future<Output = Result<()>> + Send;

    /// Lists what was done, newest first: for one tenant or all, with a number below `before`, at
    /// most `most`.
    fn deeds(
        &self,
        tenant: Option<&TenantId>,
        before: Option<u64>,
        most: u32,
    ) -> impl Future<Output = Result<Vec<Deed>>> + Send;
}
