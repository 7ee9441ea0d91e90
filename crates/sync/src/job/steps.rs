//! From a plan to what is written down: pure.

use enroll_schema::Timestamp;

use super::think::Thought;
use crate::{
    Code, Decision, Due, Effect, FieldRule, Item, Known, Next, Op, Person, Rule, Shadow, State,
    Step, SubjectKind, Why, base_after,
};

/// What a job may do with items that are ready.
#[derive(Clone, Copy, Debug)]
pub(super) struct Mode {
    /// Ready items are applied by themselves.
    pub(super) auto: bool,
    /// The effect shares the ledger's transaction.
    pub(super) joined: bool,
}

impl Mode {
    /// Tells whether an item may be applied: by itself, or because somebody said yes to it.
    pub(super) fn lets(self, item: &Item) -> bool {
        self.auto || item.has(Code::Approved)
    }
}

/// Returns what is to be written about one due subject.
pub(super) fn step(due: &Due, thought: &Thought, mode: Mode, now: Timestamp) -> Step {
    let subject = &due.subject;
    let blank = blank(due, now);
    let known = thought.known.get(subject);
    let (Some(item), Some(known)) = (thought.plan.of(subject), known) else {
        return blank;
    };
    let mut step = Step {
        next: next(item, mode),
        decision: news(item, known, mode, now),
        effects: match subject.kind {
            SubjectKind::Person => person_effects(item, known, thought, mode, now),
            SubjectKind::Group => Vec::new(),
        },
        ..blank
    };
    if subject.kind == SubjectKind::Group {
        group_effects(&mut step, thought);
    }
    if let Some(Effect::ForgetPerson(_)) = step.effects.first() {
        step.decision = None;
    }
    step
}

/// Ready items stay in the queue while they are applied; clocks come again.
fn next(item: &Item, mode: Mode) -> Next {
    match (item.state, item.until) {
        (State::Ready, _) if mode.lets(item) && item.op.is_sent() => Next::Keep,
        (_, Some(until)) => Next::At(until, Why::Clock),
        _ => Next::Clear,
    }
}

/// Returns the item; one that changes nothing and that no request asked for keeps the requests
/// behind what stands, so that an explanation can still name them.
fn with_cause(item: &Item, last: Option<&Decision>) -> Item {
    let mut item = item.clone();
    if item.op == Op::Nothing
        && item.cause.is_empty()
        && let Some(last) = last
    {
        item.cause.clone_from(&last.item.cause);
    }
    item
}

/// Returns the decision if it says anything new.
fn news(item: &Item, known: &Known, mode: Mode, now: Timestamp) -> Option<Decision> {
    let applies = item.is_ready() && mode.lets(item);
    let last = known.decision.as_ref();
    let decision = Decision {
        item: with_cause(item, last),
        at: now,
        in_flight: applies && item.is_repeated_whole() && !mode.joined,
        waiting: item.is_ready() && !applies,
        recorded: last.and_then(|last| last.recorded.clone()),
    };
    let same = last.is_some_and(|last| {
        last.item.agrees_with(item)
            && last.waiting == decision.waiting
            && last.in_flight == decision.in_flight
    });
    // An item that is about to be sent is written down even if it is the same: the number it
    // carries is new.
    (!same || (applies && item.op.is_sent())).then_some(decision)
}

fn person_effects(
    item: &Item,
    known: &Known,
    thought: &Thought,
    mode: Mode,
    now: Timestamp,
) -> Vec<Effect> {
    let Some(person) = thought.people.get(&item.subject) else {
        return Vec::new();
    };
    if person.gone_at.is_some() && known.shadow.is_none() {
        return vec![Effect::ForgetPerson(item.subject.clone())];
    }
    let fresh = known.person.as_ref() != Some(person);
    let mut effects = Vec::new();
    let is_over = known.ruling.exception.is_some() && !item.has(Code::ExceptionUntil);
    effects.extend(is_over.then(|| Effect::Rule(item.subject.clone(), Rule::Unkeep)));
    effects.extend(served(item, known));
    effects.extend(fresh.then(|| Effect::Person(Box::new(person.clone()))));
    if let Some(shadow) = &known.shadow {
        let kept = keep_books(shadow, person, item, mode, now);
        effects.extend(handed_over(item, shadow, &kept));
        effects.extend((kept != *shadow).then_some(Effect::Shadow(Box::new(kept))));
    }
    effects
}

/// Tells listeners that an account belongs to the application from now on, or to the provider again
/// (E-04).
fn handed_over(item: &Item, before: &Shadow, after: &Shadow) -> Option<Effect> {
    let op = match (before.managed, after.managed) {
        (true, false) => Op::Release,
        (false, true) => Op::Link,
        _ => return None,
    };
    let told = Item {
        op,
        app_ref: Some(after.app_ref.clone()),
        account: Some(after.now().clone()),
        ..item.clone()
    };
    Some(Effect::Count(Box::new(told)))
}

/// Takes back what was said about a tie or a value once it is so.
fn served(item: &Item, known: &Known) -> Vec<Effect> {
    let ruling = &known.ruling;
    let tied = known.shadow.is_some() && (ruling.link.is_some() || ruling.collision.is_some());
    let mut rules: Vec<_> = tied.then_some(Rule::Loose).into_iter().collect();
    if item.op == Op::Nothing && item.has(Code::Unchanged) {
        let reverted = ruling
            .fields
            .iter()
            .filter(|(_, said)| said.what == FieldRule::Revert);
        rules.extend(reverted.map(|(name, _)| Rule::Unfield(name.clone())));
    }
    let effect = |rule| Effect::Rule(item.subject.clone(), rule);
    rules.into_iter().map(effect).collect()
}

/// Returns the shadow with everything that needs no call: who it is, clocks, ties, and what already
/// agrees.
fn keep_books(shadow: &Shadow, person: &Person, item: &Item, mode: Mode, now: Timestamp) -> Shadow {
    let mut kept = shadow.clone();
    kept.external_id.clone_from(&person.external_id);
    kept.user_name.clone_from(&person.user_name);
    kept.gone_at = person.gone_at;
    kept.ungrouped_since = if item.has(Code::HeldRegroupGrace) {
        Some(shadow.ungrouped_since.unwrap_or(now))
    } else {
        shadow
            .ungrouped_since
            .filter(|_| item.has(Code::LostLastGroup))
    };
    if item.op == Op::Nothing && item.has(Code::Unchanged) {
        kept.via.clone_from(&item.via);
        kept.managed = shadow.managed || mode.auto;
        if let Some(account) = &item.account {
            kept.base = base_after(Some(&shadow.base), account, &item.kept);
            kept.observed = kept.observed.filter(|observed| *observed != kept.base);
        }
    }
    let is_out = item.has(Code::IdpInactive) || item.has(Code::IdpDeleted);
    if item.op == Op::Nothing && is_out && kept.managed && !shadow.now().active {
        // Switched off in the application before the provider said so: both agree now (E-13).
        kept.base.active = false;
        kept.base.access_groups.clear();
    }
    if item.op == Op::Release && mode.lets(item) {
        kept.managed = false;
    }
    if item.is_ready() && item.op.is_sent() && mode.lets(item) && !mode.joined {
        // Until the application has answered, it may be either.
        kept.doubt = shadow.called(item);
    }
    kept
}

/// A group's fresh reading, its selection, and everybody in it when either is news.
fn group_effects(step: &mut Step, thought: &Thought) {
    let subject = &step.subject;
    if let Some(source) = thought
        .sources
        .get(subject)
        .filter(|_| thought.news.contains(subject))
    {
        step.effects.push(Effect::Source(source.clone()));
        if source.gone {
            step.members_of.push(subject.id.clone());
        }
    }
    for (_, effect) in thought.selected.iter().filter(|(of, _)| of == subject) {
        step.effects.push(effect.clone());
        step.members_of.push(subject.id.clone());
        if let Effect::Rebound { from, .. } = effect {
            step.members_of.push(from.id.clone());
        }
    }
}

/// Takes a subject out of the queue and writes nothing else; a call in flight stays in flight until
/// automatic sync is on again.
pub(super) fn blank(due: &Due, now: Timestamp) -> Step {
    Step {
        subject: due.subject.clone(),
        stamp: Some(due.stamp),
        effects: Vec::new(),
        decision: None,
        next: Next::Clear,
        wake: Vec::new(),
        members_of: Vec::new(),
        at: now,
    }
}
