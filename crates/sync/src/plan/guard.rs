//! What may go on by itself, and what waits for somebody's yes (sync §4): pure.

mod alone;
mod mass;
mod seats;

use std::collections::{BTreeMap, BTreeSet};

use enroll_schema::Timestamp;

pub(super) use alone::privileged;

use crate::{
    AccessGroupId, Approval, BrakeQuery, Code, Context, Guarding, Item, Plan, Reason, State,
    Subject, mute,
};

/// What all checks of one plan share.
#[derive(Clone, Copy)]
struct Scope<'a> {
    context: &'a Context,
    counts: &'a Guarding,
    now: Timestamp,
}

/// Which items a check holds, and what it says about each.
type Holds = BTreeMap<Subject, Reason>;

/// A rolling day, the window of the limit on removals.
pub(crate) const DAY_MILLIS: i64 = 86_400_000;
/// An hour, the window of a burst.
const HOUR_MILLIS: i64 = 3_600_000;

/// Returns the plan with the brakes applied: items that must wait are held with the reason, and
/// those that somebody approved go on.
///
/// A yes binds to the very item ([`Item::key`]); it lifts whatever holds it, a clock included. The
/// same arguments give the same plan; raising a limit never holds more.
pub fn guard(
    plan: Plan,
    counts: &Guarding,
    verdicts: &BTreeMap<Subject, Approval>,
    context: &Context,
    now: Timestamp,
) -> Plan {
    let scope = Scope {
        context,
        counts,
        now,
    };
    let mut items = plan.items;
    for item in &mut items {
        if let Some(verdict) = verdict_on(item, verdicts) {
            rule(item, verdict);
        }
    }
    for check in CHECKS {
        let open: Vec<&Item> = items.iter().filter(|item| is_open(item)).collect();
        let mut holds = check(scope, &open);
        for item in &mut items {
            if let Some(reason) = holds.remove(&item.subject) {
                item.state = State::Held;
                item.until = None;
                item.reasons.insert(0, reason);
            }
        }
    }
    seats::fill(scope, &mut items);
    items.iter_mut().for_each(mute::undo);
    Plan { items }
}

/// The checks, in the order in which they hold: an item that one of them holds is no longer counted
/// by the next.
const CHECKS: [fn(Scope<'_>, &[&Item]) -> Holds; 9] = [
    alone::frozen,
    alone::protected,
    alone::foreign,
    alone::gains,
    mass::drained,
    mass::limited,
    mass::burst,
    mass::from_one_cause,
    mass::last_holder,
];

/// Returns what somebody said about this very item.
fn verdict_on<'a>(item: &Item, verdicts: &'a BTreeMap<Subject, Approval>) -> Option<&'a Approval> {
    let verdict = verdicts.get(&item.subject)?;
    (item.op.is_done() && item.state != State::Blocked && verdict.key == item.key)
        .then_some(verdict)
}

/// Lets an item go on, or keeps it, because somebody said so.
fn rule(item: &mut Item, verdict: &Approval) {
    let words = [verdict.by.as_str(), verdict.reason.as_str()];
    let said = words.iter().filter(|word| !word.is_empty()).copied();
    let said = said.collect::<Vec<_>>().join(": ");
    if verdict.approved {
        item.state = State::Ready;
        item.until = None;
        item.reasons.push(Reason::new(Code::Approved, said));
    } else {
        item.state = State::Held;
        item.until = None;
        item.reasons.insert(0, Reason::new(Code::Declined, said));
    }
}

/// Tells whether an item would go on by itself.
fn is_open(item: &Item) -> bool {
    item.is_ready() && item.op.is_done() && !item.has(Code::Approved)
}

/// Returns what the ledger must count before these items may go on; `None` when nothing counts.
pub(crate) fn brake_query(items: &[Item], context: &Context, now: Timestamp) -> Option<BrakeQuery> {
    let open = || items.iter().filter(|item| is_open(item));
    let touched =
        open().flat_map(|item| item.groups_before().into_iter().chain(item.groups_after()));
    let touched: BTreeSet<AccessGroupId> = touched.collect();
    let mut privileged = alone::privileged(context);
    privileged.retain(|group| touched.contains(group));
    let seats = context.capabilities.seats.is_some();
    let enters = |item: &Item| seats && item.is_ready() && seats::takes_one(item);
    let removing: Vec<_> = open().filter(|item| item.takes_access()).collect();
    if removing.is_empty() && privileged.is_empty() && !items.iter().any(enters) {
        return None;
    }
    let mut groups: Vec<_> = removing.iter().filter_map(|item| granting(item)).collect();
    groups.sort_unstable();
    groups.dedup();
    Some(BrakeQuery {
        since: before(now, DAY_MILLIS),
        most: COUNTED_MAX,
        privileged,
        groups,
    })
}

/// Most removals of a day that are counted one by one; no limit is as high.
const COUNTED_MAX: u32 = 100_000;

fn before(now: Timestamp, millis: i64) -> Timestamp {
    Timestamp::from_millis(now.as_millis().saturating_sub(millis))
}

/// Returns the provider's group through which an item's account was in.
fn granting(item: &Item) -> Option<Subject> {
    let via = item.via.as_ref()?;
    Some(Subject::group(&item.subject.integration, via))
}

fn hold(item: &Item, code: Code, detail: impl Into<String>) -> (Subject, Reason) {
    (item.subject.clone(), Reason::new(code, detail))
}

impl Item {
    /// Tells whether the item takes access away: it ends, it becomes external, or an access group
    /// is lost without another.
    pub fn takes_access(&self) -> bool {
        let (had, has) = (self.groups_before(), self.groups_after());
        let loses = had.len() > has.len() && had.iter().any(|group| !has.contains(group));
        self.op == crate::Op::Deactivate || self.becomes_external() || (self.op.is_done() && loses)
    }

    /// Returns the access groups which the item changes, as they were.
    pub(crate) fn groups_before(&self) -> Vec<AccessGroupId> {
        groups(self.from.get("access_groups"))
    }

    /// Returns the access groups which the item changes, as they shall be.
    pub(crate) fn groups_after(&self) -> Vec<AccessGroupId> {
        groups(self.to.get("access_groups"))
    }
}

fn groups(value: Option<&serde_json::Value>) -> Vec<AccessGroupId> {
    let list = value
        .and_then(serde_json::Value::as_array)
        .into_iter()
        .flatten();
    list.filter_map(|group| group.as_str().map(AccessGroupId::new))
        .collect()
}
