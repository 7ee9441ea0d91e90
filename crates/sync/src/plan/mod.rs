//! What should happen: pure functions, without clock, randomness or I/O.

mod desired;
mod group;
mod guard;
mod heir;
mod key;
mod link;
mod merge;
mod names;
mod person;
mod wish;

use std::collections::{BTreeMap, BTreeSet};

use enroll_schema::Timestamp;
use enroll_store::RequestId;

pub use desired::{Access, Desired, Grant, WantedGroup, WantedPerson, desired};
pub(crate) use guard::brake_query;
pub use guard::guard;
pub(crate) use merge::base_after;

use crate::{
    AccessGroupId, AccountId, Context, Decision, Exception, Holder, Item, Plan, Reason, Recorded,
    Ruling, Seen, Shadow, State, Subject, mute,
};
use names::{GroupNames, Names};
use person::Scope;

/// What is, as far as the subjects of a plan are concerned.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Current {
    /// The accounts tied to people.
    pub shadows: BTreeMap<Subject, Shadow>,
    /// Accounts of deleted people that somebody new may take over (E-27).
    pub heirs: Vec<Shadow>,
    /// Who holds the names in question.
    pub holders: Vec<Holder>,
    /// Access groups that an active account is in.
    pub occupied: BTreeSet<AccessGroupId>,
    /// The accounts of people that others refer to (S-55: manager).
    pub refs: BTreeMap<Subject, AccountId>,
    /// What people decided about single subjects.
    pub rulings: BTreeMap<Subject, Ruling>,
    /// Accounts that somebody without one may be tied to (E-16).
    pub seen: BTreeMap<AccountId, Seen>,
    /// The last decisions.
    pub last: BTreeMap<Subject, Decision>,
    /// Access that was given back for a while (sync §8b).
    pub exceptions: BTreeMap<Subject, Exception>,
    /// The requests behind this plan.
    pub causes: BTreeMap<Subject, Vec<RequestId>>,
}

/// How long after a refusal the same call may be made again, so that a repair in the application is
/// found: one hour.
pub const REFUSAL_MILLIS: i64 = 3_600_000;

/// Returns what must happen for `current` to become `desired`, in the order of doing it.
///
/// The same arguments give the same plan, byte for byte; the order of people and groups in them
/// does not matter. Nothing is sent twice: a plan made after its own outcome is empty.
///
/// What a call without an answer may have changed is said again, one way or the other: a change that
/// was taken back before its answer came is taken back in the application too.
pub fn plan(desired: &Desired, current: &Current, context: &Context, now: Timestamp) -> Plan {
    let first = planned(desired, current, context, now);
    let doubted = first.items.iter().filter_map(|item| {
        let shadow = current.shadows.get(&item.subject)?.doubted(item)?;
        Some((item.subject.clone(), shadow))
    });
    let doubted: BTreeMap<Subject, Shadow> = doubted.collect();
    if doubted.is_empty() {
        return first;
    }
    let mut current = current.clone();
    current.shadows.extend(doubted);
    planned(desired, &current, context, now)
}

/// Plans by what `current` says.
fn planned(desired: &Desired, current: &Current, context: &Context, now: Timestamp) -> Plan {
    let scope = Scope {
        context,
        current,
        now,
    };
    let mut group_names = GroupNames::new(&context.access_groups);
    let mut names = Names::new(&current.holders, now);
    let groups = desired
        .groups
        .iter()
        .map(|wanted| group::decide(wanted, context, current, &mut group_names))
        .collect::<Vec<_>>();
    let people = desired
        .people
        .iter()
        .map(|wanted| person::decide(wanted, &scope, &mut names));
    let mut items: Vec<Item> = groups
        .into_iter()
        .chain(people)
        .map(|item| finish(item, current, context, now))
        .collect();
    items.sort_by(|a, b| (a.lane, &a.subject).cmp(&(b.lane, &b.subject)));
    Plan { items }
}

/// Returns the key of an item: that of the call whose answer is not known if it is the same call.
fn keyed(item: &Item, current: &Current, context: &Context) -> String {
    let key = |over| key::key(&context.tenant, item, over);
    let shadow = current.shadows.get(&item.subject);
    let Some(doubt) = shadow.and_then(|shadow| shadow.doubt.as_ref()) else {
        return key(None);
    };
    let same = key(doubt.over.as_deref());
    if same == doubt.key {
        same
    } else {
        key(Some(&doubt.key))
    }
}

/// Gives an item its key, number and causes, and keeps it back if the application refused the very
/// same a moment ago.
fn finish(item: Item, current: &Current, context: &Context, now: Timestamp) -> Item {
    let cause = current
        .causes
        .get(&item.subject)
        .cloned()
        .unwrap_or_default();
    let mut item = Item { cause, ..item };
    // What does nothing is never sent, approved or refused: it needs no key.
    if item.op.is_done() || item.state != State::Ready {
        item.key = keyed(&item, current, context);
    }
    item.revision = context.seq + 1;
    mute::undo(&mut item);
    let Some(last) = current.last.get(&item.subject) else {
        return item;
    };
    let same = |recorded: &&Recorded| recorded.is_refusal() && recorded.key == item.key;
    let Some(refused) = last.recorded.as_ref().filter(same) else {
        return item;
    };
    let again = refused.at.as_millis().saturating_add(REFUSAL_MILLIS);
    if item.is_ready() && now.as_millis() < again {
        item.state = State::Blocked;
        let known: Vec<Reason> = last
            .item
            .reasons
            .iter()
            .filter(|r| !item.reasons.contains(r))
            .cloned()
            .collect();
        item.reasons.extend(known);
        item.waits.clone_from(&last.item.waits);
    }
    mute::undo(&mut item);
    item
}
