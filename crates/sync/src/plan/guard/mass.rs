//! Checks that count: too many at once, and the last one of a kind.

use std::collections::{BTreeMap, BTreeSet};

use enroll_store::RequestId;

use super::{
    HOUR_MILLIS, Holds, Scope,
    alone::{name, privileged},
    before, granting, hold,
};
use crate::{AccessGroupId, Code, Gate, Item, Limit, Removal, Subject};

impl Scope<'_> {
    /// Returns the removals a brake holds, those aside that are being decided now.
    fn held(&self, items: &[&Item]) -> Vec<&Removal> {
        let now: BTreeSet<&Subject> = items.iter().map(|item| &item.subject).collect();
        let held = self.counts.held.iter();
        held.filter(|removal| !now.contains(&removal.subject))
            .collect()
    }

    /// Returns the removals done within the last hour.
    fn hour(&self) -> impl Iterator<Item = &Removal> {
        let since = before(self.now, HOUR_MILLIS);
        self.counts
            .done
            .iter()
            .filter(move |removal| removal.at > since)
    }

    /// Returns a limit, raised by what was announced; the share is that of the accounts at the
    /// beginning of the window, so that it does not shrink with each removal.
    fn limit(&self, limit: Limit) -> u64 {
        let accounts = self.counts.active + count(self.counts.done.iter());
        let announced = self.context.policy.guards.announced.as_ref();
        let announced = announced.filter(|announced| self.now < announced.until);
        let most = announced.map_or(0, |announced| u64::from(announced.removals));
        limit.of(accounts).max(most)
    }

    fn is_off(&self) -> bool {
        self.context.policy.guards.mass_removal == Gate::Apply
    }
}

fn removals<'a>(items: &[&'a Item]) -> Vec<&'a Item> {
    items
        .iter()
        .copied()
        .filter(|item| item.takes_access())
        .collect()
}

fn count<T>(of: impl Iterator<Item = T>) -> u64 {
    u64::try_from(of.count()).unwrap_or(u64::MAX)
}

/// Holds every removal when removals of a rolling day pass the limit (E-23).
pub(super) fn limited(scope: Scope<'_>, items: &[&Item]) -> Holds {
    let limit = scope.limit(scope.context.policy.guards.removals);
    let done = count(scope.counts.done.iter());
    over(scope, items, (Code::HeldMass, "24 h"), done, limit)
}

/// Holds every removal when removals of an hour pass the smaller limit (E-23).
pub(super) fn burst(scope: Scope<'_>, items: &[&Item]) -> Holds {
    let limit = scope.limit(scope.context.policy.guards.burst);
    over(
        scope,
        items,
        (Code::HeldBurst, "an hour"),
        count(scope.hour()),
        limit,
    )
}

/// Holds every removal of a plan that would pass a limit: none of them is applied (E-23).
fn over(
    scope: Scope<'_>,
    items: &[&Item],
    (code, window): (Code, &str),
    done: u64,
    limit: u64,
) -> Holds {
    let wanted = removals(items);
    let sum = done + count(scope.held(items).iter()) + count(wanted.iter());
    if scope.is_off() || wanted.is_empty() || sum <= limit {
        return Holds::new();
    }
    let accounts = scope.counts.active + count(scope.counts.done.iter());
    let detail = format!("{sum} of {accounts} in {window}; limit {limit}");
    wanted
        .iter()
        .map(|item| hold(item, code, detail.as_str()))
        .collect()
}

/// Holds the removals that one request, or one change of rules, leads to when they are too many.
pub(super) fn from_one_cause(scope: Scope<'_>, items: &[&Item]) -> Holds {
    let limit = scope.limit(scope.context.policy.guards.burst);
    let wanted = removals(items);
    let mut sums: BTreeMap<Option<&RequestId>, u64> = BTreeMap::new();
    let held = scope.held(items);
    let before = scope.counts.done.iter().chain(held);
    let causes = before.map(|removal| removal.cause.as_ref());
    for cause in causes.chain(wanted.iter().map(|item| item.cause.last())) {
        *sums.entry(cause).or_default() += 1;
    }
    let too_many = |item: &&Item| {
        let cause = item.cause.last();
        let sum = sums.get(&cause).copied().unwrap_or_default();
        let by = cause.map_or_else(|| "a change of rules".to_owned(), ToString::to_string);
        let detail = format!("{sum} by {by}; limit {limit}");
        (!scope.is_off() && sum > limit).then(|| hold(item, Code::HeldBurst, detail))
    };
    wanted.iter().filter_map(too_many).collect()
}

/// Holds every removal when the source seems to have lost its people: a selected group falls to
/// nobody, or half of the active people leave within an hour (sync §4).
pub(super) fn drained(scope: Scope<'_>, items: &[&Item]) -> Holds {
    let wanted = removals(items);
    if scope.context.policy.guards.empty_source == Gate::Apply || wanted.is_empty() {
        return Holds::new();
    }
    let detail = emptied(scope, items, &wanted).or_else(|| halved(scope, items, &wanted));
    let Some(detail) = detail else {
        return Holds::new();
    };
    wanted
        .iter()
        .map(|item| hold(item, Code::HeldEmptySource, detail.as_str()))
        .collect()
}

/// Names a group that falls from more than [`FEW`] to nobody; one that was deleted is another
/// matter (E-11).
fn emptied(scope: Scope<'_>, items: &[&Item], wanted: &[&Item]) -> Option<String> {
    let mut losses: BTreeMap<Subject, u64> = BTreeMap::new();
    let held = scope.held(items);
    let held = held.iter().filter_map(|removal| {
        let via = removal.via.as_ref()?;
        Some(Subject::group(&removal.subject.integration, via))
    });
    for group in held.chain(wanted.iter().filter_map(|item| granting(item))) {
        *losses.entry(group).or_default() += 1;
    }
    let source = |subject: &Subject| {
        let sources = &scope.context.groups;
        sources
            .iter()
            .find(|source| source.subject() == *subject && !source.gone)
    };
    scope.counts.granted.iter().find_map(|(subject, there)| {
        let lost = losses.get(subject).copied().unwrap_or_default();
        let source = source(subject).filter(|_| lost > FEW && lost >= *there)?;
        Some(format!(
            "{} falls from {there} to nobody",
            source.display_name
        ))
    })
}

fn halved(scope: Scope<'_>, items: &[&Item], wanted: &[&Item]) -> Option<String> {
    let held = scope.held(items);
    let gone = scope.hour().chain(held).filter(|removal| removal.left);
    let going = wanted
        .iter()
        .filter(|item| item.has(Code::IdpInactive) || item.has(Code::IdpDeleted));
    let there = scope.counts.active + count(scope.hour());
    let sum = count(gone) + count(going);
    (sum > FEW && sum.saturating_mul(2) > there)
        .then(|| format!("{sum} of {there} people are not active any more within an hour"))
}

/// So few may all go without looking like a broken source.
const FEW: u64 = 5;

/// Holds whoever would be the last to leave a privileged access group (E-24).
pub(super) fn last_holder(scope: Scope<'_>, items: &[&Item]) -> Holds {
    let mut held = Holds::new();
    for group in privileged(scope.context) {
        let holdings = scope.counts.holdings.iter();
        let own = holdings.filter(|holding| holding.access_group == group);
        let there: u64 = own.map(|holding| holding.active).sum();
        let leaving: Vec<_> = items.iter().filter(|item| leaves(item, &group)).collect();
        if there > 0 && count(leaving.iter()) >= there {
            let name = name(scope.context, &group);
            held.extend(
                leaving
                    .last()
                    .map(|item| hold(item, Code::HeldLastAdmin, name)),
            );
        }
    }
    held
}

fn leaves(item: &Item, group: &AccessGroupId) -> bool {
    item.groups_before().contains(group) && !item.groups_after().contains(group)
}
