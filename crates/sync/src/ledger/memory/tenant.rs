//! One tenant's rows.

use std::collections::{BTreeMap, BTreeSet};

use enroll_schema::{ResourceId, Timestamp};
use enroll_store::{DirectoryId, Revision, TenantId};

use super::{
    super::{
        Answer, Claim, Consumer, Context, Counts, Decision, Due, Effect, Happened, Hint, Intake,
        Integration, Known, LedgerError, MirrorKey, Mirrored, Next, Picked, Prior, Report,
        Reported, Result, Rule, Ruling, Settled, Snapshot, Step, Why, Window, item_applied,
        settlement,
    },
    AT_ONCE,
    accounts::loose_names,
    hint,
};
use crate::{
    AccessGroup, AccessGroupId, AccountId, Capabilities, Fence, GroupShadow, Holder, Person,
    Policy, Profile, Selection, Shadow, SourceGroup, State, Subject, WaitKey, name_key,
};

#[derive(Debug, Default)]
pub(super) struct Tenant {
    pub(super) policy: Option<Policy>,
    pub(super) capabilities: Capabilities,
    pub(super) fence: Fence,
    pub(super) dues: BTreeMap<Subject, Due>,
    pub(super) shadows: BTreeMap<Subject, Shadow>,
    pub(super) happened: Vec<Happened>,
    version: u64,
    pub(super) seq: u64,
    pub(super) mirror: BTreeMap<MirrorKey, Mirrored>,
    pub(super) consumers: BTreeMap<String, Consumer>,
    /// Accounts and access groups that got a number so far.
    pub(super) made: [u64; 2],
    integrations: BTreeMap<DirectoryId, Integration>,
    bookmarks: BTreeMap<DirectoryId, Revision>,
    selections: BTreeMap<(DirectoryId, ResourceId), Selection>,
    sources: BTreeMap<Subject, SourceGroup>,
    pub(super) bindings: BTreeMap<Subject, GroupShadow>,
    people: BTreeMap<Subject, Person>,
    pub(super) decisions: BTreeMap<Subject, Decision>,
    rulings: BTreeMap<Subject, Ruling>,
    pub(super) accounts: BTreeMap<AccountId, Profile>,
    pub(super) reported: BTreeMap<AccountId, Reported>,
    pub(super) snapshot: Option<Snapshot>,
    pub(super) staged: BTreeMap<AccountId, Report>,
    pub(super) groups: BTreeMap<AccessGroupId, AccessGroup>,
    pub(super) plans: super::plans::Plans,
    pub(super) outbox: super::alarms::Outbox,
}

impl Tenant {
    pub(super) fn attach(&mut self, integration: Integration, initial: Policy) {
        self.policy.get_or_insert(initial);
        self.integrations
            .insert(integration.id.clone(), integration);
    }

    /// By order, then id.
    pub(super) fn integrations(&self) -> Vec<Integration> {
        let mut all: Vec<_> = self.integrations.values().cloned().collect();
        all.sort_by(|a, b| (a.order, &a.id).cmp(&(b.order, &b.id)));
        all
    }

    pub(super) fn context(&self, tenant: &TenantId) -> Context {
        Context {
            tenant: tenant.clone(),
            policy: self.policy.clone().unwrap_or_default(),
            version: self.version,
            capabilities: self.capabilities.clone(),
            seq: self.seq,
            integrations: self.integrations(),
            selections: self.selections.values().cloned().collect(),
            groups: self.sources.values().cloned().collect(),
            bindings: self.bindings.values().cloned().collect(),
            access_groups: self.access_groups(),
        }
    }

    pub(super) fn expect(&self, version: u64) -> Result<()> {
        if self.version == version {
            Ok(())
        } else {
            Err(LedgerError::Moved)
        }
    }

    /// A rule changed: everybody is due.
    pub(super) fn changed(&mut self, now: Timestamp) {
        self.version += 1;
        self.mark_all(now);
    }

    pub(super) fn select(&mut self, picked: Picked) {
        self.selections
            .retain(|(owner, _), _| *owner != picked.integration);
        for selection in picked.selections {
            let key = (selection.integration.clone(), selection.group.clone());
            self.selections.insert(key, selection);
        }
        for group in picked.seen {
            self.sources.entry(group.subject()).or_insert(group);
        }
    }

    pub(super) fn mark_all(&mut self, now: Timestamp) {
        let known: Vec<_> = self
            .sources
            .keys()
            .chain(self.people.keys())
            .cloned()
            .collect();
        for subject in known {
            self.hint(&hint(subject, now), AT_ONCE);
        }
    }

    pub(super) fn bookmark(&self, integration: &DirectoryId) -> Revision {
        self.bookmarks.get(integration).copied().unwrap_or_default()
    }

    pub(super) fn intake(&mut self, intake: Intake) -> Result<()> {
        if self.bookmark(&intake.integration) != intake.from {
            return Err(LedgerError::Moved);
        }
        for hint in &intake.hints {
            self.hint(hint, intake.window);
        }
        for (group, at, cause) in &intake.members_of {
            for subject in self.members(&intake.integration, group) {
                let news = Hint {
                    cause: cause.clone(),
                    ..hint(subject, *at)
                };
                self.hint(&news, intake.window);
            }
        }
        self.bookmarks.insert(intake.integration, intake.upto);
        Ok(())
    }

    pub(super) fn hint(&mut self, hint: &Hint, window: Window) {
        let due = Due::hinted(self.dues.remove(&hint.subject), hint, window);
        self.dues.insert(hint.subject.clone(), due);
    }

    fn members(&self, integration: &DirectoryId, group: &ResourceId) -> Vec<Subject> {
        let inside =
            |person: &&Person| person.integration == *integration && person.groups.contains(group);
        self.people
            .values()
            .filter(inside)
            .map(Person::subject)
            .collect()
    }

    pub(super) fn due(&self, now: Timestamp, most: u32) -> Vec<Due> {
        let mut due: Vec<_> = self
            .dues
            .values()
            .filter(|due| due.not_before <= now)
            .collect();
        due.sort_by_key(|due| (due.lane, due.subject.kind, due.not_before, &due.subject));
        due.into_iter()
            .take(usize::try_from(most).unwrap_or(usize::MAX))
            .cloned()
            .collect()
    }

    pub(super) fn known(&self, subject: Subject) -> Known {
        Known {
            person: self.people.get(&subject).cloned(),
            shadow: self.shadows.get(&subject).cloned(),
            decision: self.decisions.get(&subject).cloned(),
            due: self.dues.get(&subject).cloned(),
            ruling: self.rulings.get(&subject).cloned().unwrap_or_default(),
            subject,
        }
    }

    /// Writes rulings down; their subjects are due.
    pub(super) fn rule(&mut self, rules: Vec<(Subject, Rule)>, now: Timestamp) {
        for (subject, rule) in rules {
            self.hint(&hint(subject.clone(), now), AT_ONCE);
            self.change_ruling(subject, rule);
        }
    }

    pub(super) fn change_ruling(&mut self, subject: Subject, rule: Rule) {
        let before = self.rulings.remove(&subject).unwrap_or_default();
        let after = rule.applied_to(before);
        if !after.is_empty() {
            self.rulings.insert(subject, after);
        }
    }

    pub(super) fn holders(&self, keys: &[String]) -> Vec<Holder> {
        let tied = self.shadows.values().flat_map(Shadow::names);
        let ties: BTreeSet<&AccountId> = self.shadows.values().map(|s| &s.app_ref).collect();
        let loose = self
            .accounts
            .iter()
            .filter(|(app_ref, _)| !ties.contains(app_ref));
        let loose = loose.flat_map(|(app_ref, profile)| loose_names(app_ref, profile));
        let loose = loose.chain(self.reported_names());
        let asked = |holder: &Holder| keys.contains(&holder.key);
        let mut found: Vec<_> = tied.chain(loose).filter(asked).collect();
        found.sort_unstable();
        found
    }

    pub(super) fn write(&mut self, step: Step) {
        for effect in step.effects {
            self.effect(effect, step.at);
        }
        if let Some(decision) = step.decision {
            self.decisions.insert(step.subject.clone(), decision);
        }
        if let Some(stamp) = step.stamp {
            self.answer_due(&step.subject, stamp, step.next);
        }
        for subject in self.waiting(&step.wake, &step.subject) {
            self.hint(&hint(subject, step.at), AT_ONCE);
        }
        for group in &step.members_of {
            for subject in self.members(&step.subject.integration, group) {
                self.hint(&hint(subject, step.at), AT_ONCE);
            }
        }
    }

    /// A hint that came meanwhile has another stamp and stays.
    fn answer_due(&mut self, subject: &Subject, stamp: u64, next: Next) {
        let Some(due) = self.dues.get_mut(subject).filter(|due| due.stamp == stamp) else {
            return;
        };
        match next {
            Next::Keep => {}
            Next::Clear => {
                self.dues.remove(subject);
            }
            Next::At(at, why) => {
                due.why = why;
                due.first_at = at;
                due.not_before = at;
            }
        }
    }

    fn waiting(&self, keys: &[WaitKey], but: &Subject) -> Vec<Subject> {
        let waits = |decision: &Decision| decision.item.waits.iter().any(|key| keys.contains(key));
        let all = self.decisions.iter().filter(|(subject, _)| *subject != but);
        all.filter(|(_, decision)| waits(decision))
            .map(|(subject, _)| subject.clone())
            .collect()
    }

    fn effect(&mut self, effect: Effect, at: Timestamp) {
        match effect {
            Effect::Person(person) => {
                self.people.insert(person.subject(), *person);
            }
            Effect::ForgetPerson(subject) => {
                self.people.remove(&subject);
                self.decisions.remove(&subject);
                self.rulings.remove(&subject);
            }
            Effect::Source(group) => {
                self.sources.insert(group.subject(), group);
            }
            Effect::Select(selection) => {
                let key = (selection.integration.clone(), selection.group.clone());
                self.selections.insert(key, selection);
                self.version += 1;
            }
            Effect::Rebound { from, to } => self.rebind(from, to, at),
            Effect::Shadow(shadow) => {
                self.shadows.insert(shadow.subject.clone(), *shadow);
            }
            Effect::ForgetShadow(subject) => {
                self.shadows.remove(&subject);
            }
            Effect::Binding(binding) => {
                self.bindings.insert(binding.subject.clone(), binding);
            }
            Effect::Rule(subject, rule) => self.change_ruling(subject, rule),
            Effect::Count(item) => self.count(*item, at),
        }
    }

    fn rebind(&mut self, from: Subject, to: ResourceId, at: Timestamp) {
        self.sources.remove(&from);
        self.decisions.remove(&from);
        self.rulings.remove(&from);
        self.dues.remove(&from);
        let mut moved = Vec::new();
        for shadow in self.shadows.values_mut() {
            if shadow.subject.integration == from.integration
                && shadow.via.as_ref() == Some(&from.id)
            {
                shadow.via = Some(to.clone());
                moved.push(shadow.subject.clone());
            }
        }
        for subject in moved {
            self.hint(&hint(subject, at), AT_ONCE);
        }
        if let Some(binding) = self.bindings.remove(&from) {
            let moved = Subject {
                id: to.clone(),
                ..from.clone()
            };
            self.bindings.insert(
                moved.clone(),
                GroupShadow {
                    subject: moved,
                    ..binding
                },
            );
        }
        let key = (from.integration.clone(), from.id);
        if let Some(selection) = self.selections.remove(&key) {
            let selection = Selection {
                group: to.clone(),
                ..selection
            };
            self.selections.insert((from.integration, to), selection);
            self.version += 1;
        }
    }

    pub(super) fn settle(&mut self, claim: &Claim, answer: Answer) -> Settled {
        let item = &claim.item;
        let heir = item.heir_of.as_ref();
        let heir = heir.map(|id| Subject::person(&item.subject.integration, id));
        let prior = Prior {
            shadow: self.shadows.get(&item.subject).cloned(),
            heir: heir.and_then(|heir| self.shadows.get(&heir).cloned()),
            binding: self.bindings.get(&item.subject).cloned(),
            recorded: self
                .decisions
                .get(&item.subject)
                .and_then(|last| last.recorded.clone()),
        };
        let settled = settlement(claim, &answer, &prior, self.seq + 1);
        if settled.counted {
            self.count(item_applied(item, &answer), claim.now);
        }
        self.write(settled.step);
        Settled {
            answer,
            seq: settled.counted.then_some(self.seq),
        }
    }

    pub(super) fn counts(&self) -> Counts {
        let count = |wanted: &dyn Fn(&Decision) -> bool| {
            let found = self
                .decisions
                .values()
                .filter(|decision| wanted(decision))
                .count();
            u64::try_from(found).unwrap_or(u64::MAX)
        };
        let due = self
            .dues
            .values()
            .filter(|due| due.why != Why::Clock)
            .count();
        Counts {
            due: u64::try_from(due).unwrap_or(u64::MAX),
            waiting: count(&|decision| decision.waiting),
            held: count(&|decision| decision.item.state == State::Held),
            blocked: count(&|decision| decision.item.state == State::Blocked),
            seq: self.seq,
        }
    }

    pub(super) fn find(&self, text: &str) -> Vec<Subject> {
        let key = name_key(text);
        let named = |name: Option<&String>| name.is_some_and(|name| name_key(name) == key);
        let fits = |person: &&Person| {
            person.id.as_str() == text
                || person.external_id.as_deref() == Some(text)
                || named(Some(&person.user_name))
                || named(person.email.as_ref())
        };
        self.people
            .values()
            .filter(fits)
            .map(Person::subject)
            .collect()
    }
}
