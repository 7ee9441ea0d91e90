//! The item of a person: the one place that decides about accounts.

use enroll_schema::{ResourceId, Timestamp};
use serde_json::Value;

use super::{
    Current,
    heir::{self, Heir},
    link::{self, Match, Proposal},
    merge::{Flat, Merged, kind_value, merge},
    names::Names,
    wish::wish,
};
use crate::{
    Access, Code, Context, Exception, FieldRule, Gate, Grant, Item, Kind, OnDeselect, Op, Profile,
    Reason, Ruling, Selection, Shadow, Stage, State, Subject, WaitKey, WantedPerson,
};

/// What all people of one plan share.
pub(super) struct Scope<'a> {
    pub(super) context: &'a Context,
    pub(super) current: &'a Current,
    pub(super) now: Timestamp,
}

/// Decides what happens to one person.
pub(super) fn decide(wanted: &WantedPerson, scope: &Scope<'_>, names: &mut Names<'_>) -> Item {
    let shadow = scope.current.shadows.get(&wanted.person.subject());
    let quiet = |code, detail: String| scope.quiet(wanted, shadow, vec![Reason::new(code, detail)]);
    if let Some(kept) = scope.exception(wanted) {
        return scope.kept(wanted, kept, shadow, names);
    }
    match &wanted.access {
        Access::Gone => scope.leaver(wanted, shadow, Code::IdpDeleted),
        Access::Inactive => scope.leaver(wanted, shadow, Code::IdpInactive),
        Access::NoGroup(groups) => scope.groupless(wanted, shadow, groups),
        Access::Paused(group) => quiet(Code::Paused, group.clone()),
        Access::NeedsTarget(groups) => scope.targetless(wanted, shadow, groups),
        Access::Granted(grant) if grant.access_group.is_none() && has_left(wanted, shadow) => {
            scope.stranded(wanted, grant, shadow)
        }
        Access::Granted(grant) => scope.granted(wanted, grant, shadow, names),
    }
}

/// Tells whether somebody who has access left the group that granted it.
fn has_left(wanted: &WantedPerson, shadow: Option<&Shadow>) -> bool {
    shadow.is_some_and(|shadow| {
        let via = shadow.via.as_ref();
        shadow.managed
            && shadow.now().active
            && via.is_some_and(|via| !wanted.person.groups.contains(via))
    })
}

impl Scope<'_> {
    /// An item that does nothing.
    fn quiet(&self, wanted: &WantedPerson, shadow: Option<&Shadow>, reasons: Vec<Reason>) -> Item {
        let person = &wanted.person;
        Item {
            app_ref: shadow.map(|shadow| shadow.app_ref.clone()),
            account: shadow.map(|shadow| shadow.now().clone()),
            external_id: person.external_id.clone(),
            via: shadow.and_then(|shadow| shadow.via.clone()),
            after: shadow.map_or(0, |shadow| shadow.seq),
            ..Item::quiet(
                &self.context.tenant,
                person.subject(),
                &person.user_name,
                reasons,
            )
        }
    }

    /// Returns the access that is kept although the directory does not give it (sync §8b).
    fn exception(&self, wanted: &WantedPerson) -> Option<&Exception> {
        let kept = self.current.exceptions.get(&wanted.person.subject())?;
        let agrees = matches!(wanted.access, Access::Granted(_));
        (!agrees && self.now < kept.until).then_some(kept)
    }

    /// Access that was given back: as the directory would grant it, until the exception runs out.
    fn kept(
        &self,
        wanted: &WantedPerson,
        kept: &Exception,
        shadow: Option<&Shadow>,
        names: &mut Names<'_>,
    ) -> Item {
        let subject = Subject::group(&wanted.person.integration, &kept.via);
        let source = self
            .context
            .groups
            .iter()
            .find(|one| one.subject() == subject);
        let name = source.map_or_else(|| kept.via.to_string(), |one| one.display_name.clone());
        let grant = Grant {
            via: kept.via.clone(),
            name,
            access_group: Some(kept.access_group.clone()),
            candidates: Vec::new(),
        };
        let mut item = self.granted(wanted, &grant, shadow, names);
        let detail = format!("{}, given back by {}: {}", kept.until, kept.by, kept.reason);
        item.reasons
            .insert(0, Reason::new(Code::ExceptionUntil, detail));
        let left = match wanted.access {
            Access::Gone => Some(Code::IdpDeleted),
            Access::Inactive => Some(Code::IdpInactive),
            _ => None,
        };
        item.reasons.extend(left.map(Reason::plain));
        item.until = Some(kept.until);
        item
    }

    /// The provider said that somebody must leave: at once, never in a window (S-06).
    fn leaver(&self, wanted: &WantedPerson, shadow: Option<&Shadow>, code: Code) -> Item {
        let reasons = vec![Reason::plain(code)];
        match shadow {
            Some(shadow) if !shadow.managed => {
                let reasons = vec![Reason::plain(Code::Released), Reason::plain(code)];
                self.quiet(wanted, Some(shadow), reasons)
            }
            Some(shadow) if shadow.now().active => {
                self.deactivate(wanted, shadow, Stage::Leavers, reasons)
            }
            shadow => self.quiet(wanted, shadow, reasons),
        }
    }

    /// Somebody is in no selected group (E-02, E-03, E-04, E-11).
    fn groupless(&self, wanted: &WantedPerson, shadow: Option<&Shadow>, groups: &[String]) -> Item {
        let detail = match groups {
            [] => "in no group at all".to_owned(),
            groups => format!("in {}", groups.join(", ")),
        };
        let Some(shadow) = shadow.filter(|shadow| shadow.managed && shadow.now().active) else {
            let released = shadow.is_some_and(|shadow| !shadow.managed);
            let code = if released {
                Code::Released
            } else {
                Code::NotInSelectedGroup
            };
            return self.quiet(wanted, shadow, vec![Reason::new(code, detail)]);
        };
        if let Some(group) = self.paused(wanted, shadow) {
            let reason = Reason::new(Code::Paused, group.as_str());
            return self.quiet(wanted, Some(shadow), vec![reason]);
        }
        if self.is_released(wanted, shadow) {
            return Item {
                op: Op::Release,
                ..self.quiet(wanted, Some(shadow), vec![Reason::plain(Code::Released)])
            };
        }
        let lost = vec![Reason::new(Code::LostLastGroup, detail)];
        let item = self.deactivate(wanted, shadow, Stage::Losers, lost);
        if self.is_orphan(wanted, shadow) && self.context.policy.on_group_deleted == Gate::Hold {
            return held(item, Reason::plain(Code::HeldGroupDeleted), None);
        }
        let since = shadow.ungrouped_since.unwrap_or(self.now);
        let until = self.context.policy.regroup_grace.after(since);
        if self.now < until {
            let clock = Reason::new(Code::HeldRegroupGrace, format!("until {until}"));
            return held(item, clock, Some(until));
        }
        item
    }

    /// Somebody is only in selected groups that feed nothing (S-35b): who has no access waits, who
    /// left the group that granted it does not keep its rights (E-03).
    fn targetless(
        &self,
        wanted: &WantedPerson,
        shadow: Option<&Shadow>,
        groups: &[String],
    ) -> Item {
        let why = Reason::new(Code::NeedsTarget, groups.join(", "));
        if has_left(wanted, shadow) {
            let mut item = self.groupless(wanted, shadow, groups);
            item.reasons.push(why);
            return item;
        }
        Item {
            state: State::Blocked,
            ..self.quiet(wanted, shadow, vec![why])
        }
    }

    /// Somebody left the group that granted access for one whose access group is not there: the old
    /// rights end with the grace window, however long the new group takes or whoever refuses it
    /// (E-02, E-03).
    fn stranded(&self, wanted: &WantedPerson, grant: &Grant, shadow: Option<&Shadow>) -> Item {
        let mut item = self.groupless(wanted, shadow, &grant.candidates);
        let why = Reason::new(Code::GroupNotReady, &grant.name);
        item.reasons.push(why);
        let group = Subject::group(&wanted.person.integration, &grant.via);
        item.waits.push(WaitKey::Group(group));
        item
    }

    /// Returns the group that granted access if its selection is paused: what happens in it does
    /// not count (E-04).
    fn paused<'s>(&self, wanted: &WantedPerson, shadow: &'s Shadow) -> Option<&'s ResourceId> {
        let integration = &wanted.person.integration;
        shadow.via.as_ref().filter(|via| {
            let of = |s: &&Selection| s.integration == *integration && s.group == **via;
            self.context
                .selections
                .iter()
                .find(of)
                .is_some_and(|selection| selection.paused)
        })
    }

    /// Tells whether the group that granted access was deselected, not left (E-04).
    fn is_released(&self, wanted: &WantedPerson, shadow: &Shadow) -> bool {
        let Some(via) = &shadow.via else { return false };
        let integration = &wanted.person.integration;
        let selected = |s: &Selection| s.integration == *integration && s.group == *via;
        let deselected = !self.context.selections.iter().any(selected);
        let stayed = wanted.person.groups.contains(via) || self.is_gone(wanted, via);
        self.context.policy.on_deselect == OnDeselect::Release && deselected && stayed
    }

    /// Tells whether the group that granted access was deleted while selected (E-11).
    fn is_orphan(&self, wanted: &WantedPerson, shadow: &Shadow) -> bool {
        shadow
            .via
            .as_ref()
            .is_some_and(|via| self.is_gone(wanted, via))
    }

    fn is_gone(&self, wanted: &WantedPerson, group: &ResourceId) -> bool {
        let subject = Subject::group(&wanted.person.integration, group);
        self.context
            .groups
            .iter()
            .any(|source| source.gone && source.subject() == subject)
    }

    /// Ends access; everything but that stays as it is.
    fn deactivate(
        &self,
        wanted: &WantedPerson,
        shadow: &Shadow,
        lane: Stage,
        reasons: Vec<Reason>,
    ) -> Item {
        let want = Flat::from([
            ("active".to_owned(), Value::Bool(false)),
            ("access_groups".to_owned(), Value::Array(Vec::new())),
        ]);
        let now = shadow.now().to_flat();
        // Ending access is no matter of whose change it was: the account becomes inactive whatever
        // the application did.
        let merged = merge(&now, &now, &want);
        Item {
            op: Op::Deactivate,
            lane,
            ..changes(self.quiet(wanted, Some(shadow), reasons), &now, merged)
        }
    }

    /// Somebody may enter.
    fn granted(
        &self,
        wanted: &WantedPerson,
        grant: &Grant,
        shadow: Option<&Shadow>,
        names: &mut Names<'_>,
    ) -> Item {
        let heir = match shadow {
            Some(_) => Heir::None,
            None => names.inherit(heir::find(&wanted.person, &self.current.heirs, self.now)),
        };
        let own = shadow.or(heir.shadow());
        if own.is_none() && heir == Heir::None {
            match link::find(&wanted.person, self) {
                Match::None => {}
                Match::Stuck(reason) => return self.unmatched(wanted, reason),
                Match::One(proposal) => return self.linked(wanted, grant, &proposal, names),
            }
        }
        let mut wish = wish(wanted, grant, own, self, names);
        if let Heir::Other(other) = &heir {
            let detail = format!("account {} of another person", other.app_ref);
            wish.stop(Reason::new(Code::LoginReused, detail));
        }
        let mut before = own.map(|own| own.base.to_flat()).unwrap_or_default();
        let now = own.map(|own| own.now().to_flat()).unwrap_or_default();
        let mut repaired = Vec::new();
        if let Some(ruling) = self.current.rulings.get(&wanted.person.subject()) {
            repaired = rule_fields(ruling, &mut before, &now, &mut wish.want);
        }
        let merged = merge(&before, &now, &wish.want);
        let (op, cause) = operation(own, &heir, &merged);
        let mut reasons = cause.into_iter().map(Reason::plain).collect::<Vec<_>>();
        reasons.extend(remarks(wanted, grant, &merged, &now));
        if !repaired.is_empty() {
            let names = repaired.join(", ");
            reasons.push(Reason::new(Code::LocalChangeRepaired, names));
        }
        reasons.extend(wish.reasons);
        reasons.extend(wanted.person.notes.iter().cloned());
        let mut item = Item {
            op,
            lane: stage(op),
            heir_of: heir.shadow().map(|heir| heir.subject.id.clone()),
            via: Some(grant.via.clone()),
            waits: wish.waits,
            ..changes(self.quiet(wanted, own, reasons), &now, merged)
        };
        item.kept.extend(wish.kept);
        if wish.stopped {
            item.state = State::Blocked;
        } else if let Heir::Perhaps(shadow) = &heir {
            let detail = format!("account {}", shadow.app_ref);
            item = held(item, Reason::new(Code::HeldResurrect, detail), None);
        } else if item.becomes_external() && self.context.policy.to_external == Gate::Hold {
            item = held(item, Reason::plain(Code::HeldToExternal), None);
        }
        item
    }
}

impl Scope<'_> {
    /// Nobody can tell which account is the person's (E-16).
    fn unmatched(&self, wanted: &WantedPerson, reason: Reason) -> Item {
        Item {
            state: State::Blocked,
            waits: link::waits(&wanted.person),
            ..self.quiet(wanted, None, vec![reason])
        }
    }

    /// An account that nobody manages fits: tying it waits for somebody's yes, and writes the
    /// access group only; address and login follow (E-16).
    fn linked(
        &self,
        wanted: &WantedPerson,
        grant: &Grant,
        proposal: &Proposal<'_>,
        names: &mut Names<'_>,
    ) -> Item {
        let (person, app_ref) = (&wanted.person, proposal.app_ref);
        if let Some(first) = names.link(app_ref, &person.subject()) {
            let detail = format!("account {app_ref} fits {first} too");
            return self.unmatched(wanted, Reason::new(Code::AmbiguousMatch, detail));
        }
        let unknown = || Profile {
            kind: wanted.kind,
            active: true,
            ..Profile::default()
        };
        let profile = proposal.seen.and_then(|seen| seen.profile.clone());
        let now = profile.unwrap_or_else(unknown).to_flat();
        let group = grant.access_group.as_ref();
        let want = group.map(|group| Value::Array(vec![Value::from(group.as_str())]));
        let want = want.map(|groups| ("access_groups".to_owned(), groups));
        let want: Flat = want.into_iter().collect();
        let merged = merge(&now, &now, &want);
        let mut reasons: Vec<_> = remarks(wanted, grant, &merged, &now);
        reasons.extend(person.notes.iter().cloned());
        let mut item = Item {
            op: Op::Link,
            lane: stage(Op::Link),
            app_ref: Some(app_ref.clone()),
            via: Some(grant.via.clone()),
            ..changes(self.quiet(wanted, None, reasons), &now, merged)
        };
        let detail = format!("account {app_ref}, {}", proposal.how);
        match (proposal.said, link::risk(proposal, self)) {
            (Some(said), _) => {
                let words = [said.by.as_str(), said.reason.as_str()];
                let words: Vec<_> = words.into_iter().filter(|word| !word.is_empty()).collect();
                item.reasons.insert(0, Reason::new(Code::Linked, detail));
                let approved = Reason::new(Code::Approved, words.join(": "));
                item.reasons.push(approved);
            }
            (None, Some(risk)) => {
                let detail = format!("{detail}; {risk}");
                item = held(item, Reason::new(Code::HeldLinksAdmin, detail), None);
            }
            (None, None) => item = held(item, Reason::new(Code::HeldLink, detail), None),
        }
        if group.is_none() {
            item.state = State::Blocked;
            item.reasons
                .insert(0, Reason::new(Code::GroupNotReady, &grant.name));
            let group = Subject::group(&person.integration, &grant.via);
            item.waits.push(WaitKey::Group(group));
        }
        item
    }
}

/// Applies what was decided about values that were changed in the application (E-12): one that the
/// application owns is not written; for one to be reverted the local value counts as applied, so
/// that the provider's is news. Returns the names of those that are written back.
fn rule_fields(ruling: &Ruling, before: &mut Flat, now: &Flat, want: &mut Flat) -> Vec<String> {
    let mut repaired = Vec::new();
    for (name, said) in &ruling.fields {
        match said.what {
            FieldRule::Adopt => _ = want.remove(name),
            FieldRule::Revert => {
                let local = now.get(name).cloned().unwrap_or(Value::Null);
                if want.get(name).is_some_and(|want| *want != local) {
                    repaired.push(name.clone());
                }
                before.insert(name.clone(), local);
            }
            FieldRule::Ignore(_) => {}
        }
    }
    repaired
}

/// Says what is worth saying about a change.
fn remarks(wanted: &WantedPerson, grant: &Grant, merged: &Merged, now: &Flat) -> Vec<Reason> {
    let mut found = Vec::new();
    let changed = |name: &str| merged.changed.iter().any(|changed| changed == name);
    if grant.candidates.len() > 1 {
        let others = grant
            .candidates
            .iter()
            .skip(1)
            .cloned()
            .collect::<Vec<_>>()
            .join(", ");
        let detail = format!("{} before {others}, by the order of selections", grant.name);
        found.push(Reason::new(Code::MultipleGroups, detail));
    }
    if let Some(because) = &wanted.kind_because {
        found.push(Reason::new(Code::KindDecided, because));
    }
    if changed("kind") && !now.is_empty() {
        found.push(Reason::plain(Code::KindChanged));
    }
    if let Some(old) = now
        .get("login")
        .and_then(Value::as_str)
        .filter(|_| changed("login"))
    {
        found.push(Reason::new(Code::LoginChanged, old));
    }
    let drift = [
        (Code::LocalChangeKept, &merged.kept),
        (Code::LocalChangeOverridden, &merged.overridden),
    ];
    let drifted = drift.into_iter().filter(|(_, names)| !names.is_empty());
    found.extend(drifted.map(|(code, names)| Reason::new(code, names.join(", "))));
    found
}

/// Returns the operation and the reason that leads.
fn operation(own: Option<&Shadow>, heir: &Heir<'_>, merged: &Merged) -> (Op, Option<Code>) {
    let changed = |name: &str| merged.changed.iter().any(|changed| changed == name);
    let inherits = matches!(heir, Heir::Same(_) | Heir::Perhaps(_));
    match own {
        None => (Op::Create, Some(Code::NewInGroup)),
        Some(_) if inherits && changed("active") => (Op::Reactivate, Some(Code::Resurrected)),
        Some(_) if inherits => (Op::Update, Some(Code::Resurrected)),
        Some(_) if merged.changed.is_empty() => (Op::Nothing, Some(Code::Unchanged)),
        Some(_) if changed("active") => (Op::Reactivate, Some(Code::Reactivated)),
        Some(_) if changed("kind") => (Op::ConvertKind, Some(Code::IdpChanged)),
        Some(_) => (Op::Update, Some(Code::IdpChanged)),
    }
}

fn stage(op: Op) -> Stage {
    match op {
        Op::Create | Op::Reactivate | Op::Link => Stage::Joiners,
        Op::Nothing => Stage::Quiet,
        _ => Stage::Changes,
    }
}

impl Item {
    /// Tells whether somebody who was internal becomes external (E-15).
    pub(crate) fn becomes_external(&self) -> bool {
        let external = kind_value(Kind::External);
        self.op != Op::Create && self.to.get("kind") == Some(&external)
    }
}

fn held(mut item: Item, reason: Reason, until: Option<Timestamp>) -> Item {
    item.state = State::Held;
    item.until = until;
    item.reasons.insert(0, reason);
    item
}

/// Puts a merge into an item: the whole account, and what changes from what to what.
fn changes(item: Item, now: &Flat, merged: Merged) -> Item {
    let value = |of: &Flat, name: &String| of.get(name).cloned().unwrap_or(Value::Null);
    let pick = |of: &Flat| {
        merged
            .changed
            .iter()
            .map(|name| (name.clone(), value(of, name)))
            .collect()
    };
    Item {
        from: pick(now),
        to: pick(&merged.target),
        account: Some(Profile::from_flat(&merged.target)),
        changed: merged.changed,
        kept: merged.kept,
        ..item
    }
}

impl Shadow {
    /// Returns what the account is, as far as is known.
    pub fn now(&self) -> &Profile {
        self.observed.as_ref().unwrap_or(&self.base)
    }
}
