//! The item of a person: the one place that decides about accounts.

use enroll_schema::{ResourceId, Timestamp};
use serde_json::Value;

use super::{
    Current,
    heir::{self, Heir},
    merge::{Flat, Merged, kind_value, merge},
    names::Names,
};
use crate::{
    Access, Code, Context, Gate, Grant, Item, Kind, NameRole, OnDeselect, Op, Profile, Reason,
    Selection, Shadow, Stage, State, Subject, WaitKey, WantedPerson,
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
    match &wanted.access {
        Access::Gone => scope.leaver(wanted, shadow, Code::IdpDeleted),
        Access::Inactive => scope.leaver(wanted, shadow, Code::IdpInactive),
        Access::NoGroup(groups) => scope.groupless(wanted, shadow, groups),
        Access::Paused(group) => quiet(Code::Paused, group.clone()),
        Access::NeedsTarget(groups) => Item {
            state: State::Blocked,
            ..quiet(Code::NeedsTarget, groups.join(", "))
        },
        Access::Granted(grant) => scope.granted(wanted, grant, shadow, names),
    }
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

    /// The provider said that somebody must leave: at once, never in a window (S-06).
    fn leaver(&self, wanted: &WantedPerson, shadow: Option<&Shadow>, code: Code) -> Item {
        let reasons = vec![Reason::plain(code)];
        match shadow {
            Some(shadow) if !shadow.managed => {
                self.quiet(wanted, Some(shadow), vec![Reason::plain(Code::Released)])
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

    /// Returns the group that granted access if its selection is paused: what happens in it does not count (E-04).
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
        // Ending access is no matter of whose change it was: the account becomes inactive whatever the application did.
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
            None => heir::find(&wanted.person, &self.current.heirs, self.now),
        };
        let own = shadow.or(heir.shadow());
        let mut wish = self.wish(wanted, grant, own, names);
        if let Heir::Other(other) = &heir {
            let detail = format!("account {} of another person", other.app_ref);
            wish.stop(Reason::new(Code::LoginReused, detail));
        }
        let before = own.map(|own| own.base.to_flat()).unwrap_or_default();
        let now = own.map(|own| own.now().to_flat()).unwrap_or_default();
        let merged = merge(&before, &now, &wish.want);
        let (op, cause) = operation(own, &heir, &merged);
        let mut reasons = cause.into_iter().map(Reason::plain).collect::<Vec<_>>();
        reasons.extend(self.remarks(wanted, grant, &merged, &now));
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
        } else if becomes_external(&item) && self.context.policy.to_external == Gate::Hold {
            item = held(item, Reason::plain(Code::HeldToExternal), None);
        }
        item
    }

    /// Collects what the provider wants for an account, and what stands against it.
    fn wish(
        &self,
        wanted: &WantedPerson,
        grant: &Grant,
        own: Option<&Shadow>,
        names: &mut Names<'_>,
    ) -> Wish {
        let person = &wanted.person;
        let mut wish = Wish {
            fresh: own.is_none(),
            ..Wish::default()
        };
        wish.value("first_name", person.first_name.as_deref());
        wish.value("last_name", person.last_name.as_deref());
        let standard = self
            .context
            .policy
            .time_zone
            .as_deref()
            .filter(|_| wish.fresh);
        wish.value("time_zone", person.time_zone.as_deref().or(standard));
        wish.want.insert("kind".to_owned(), kind_value(wanted.kind));
        wish.want.insert("active".to_owned(), Value::Bool(true));
        match &grant.access_group {
            Some(group) => {
                let groups = Value::Array(vec![Value::from(group.as_str())]);
                wish.want.insert("access_groups".to_owned(), groups);
            }
            None => {
                wish.stop(Reason::new(Code::GroupNotReady, &grant.name));
                wish.waits.push(WaitKey::Group(Subject::group(
                    &person.integration,
                    &grant.via,
                )));
            }
        }
        self.wish_names(wanted, own, names, &mut wish);
        self.wish_fields(wanted, &mut wish);
        wish
    }

    /// Address and login: only if no other account has them.
    fn wish_names(
        &self,
        wanted: &WantedPerson,
        own: Option<&Shadow>,
        names: &mut Names<'_>,
        wish: &mut Wish,
    ) {
        let person = &wanted.person;
        let login = self
            .context
            .policy
            .upn_login
            .then_some(person.user_name.as_str());
        let login = login.filter(|login| !login.is_empty());
        let asked = [
            ("email", person.email.as_deref(), NameRole::Email),
            ("login", login, NameRole::Login),
        ];
        if person.email.is_none() {
            wish.refuse("email", Reason::plain(Code::EmailMissing), None);
        }
        let subject = person.subject();
        for (field, text, role) in asked {
            let Some(text) = text else { continue };
            match names.refuse(text, role, &subject, own.map(|own| &own.app_ref)) {
                Some(reason) => wish.refuse(field, reason, Some(text)),
                None => wish.value(field, Some(text)),
            }
        }
        if !wish.stopped {
            for (_, text, _) in asked {
                text.into_iter().for_each(|text| names.give(text, &subject));
            }
        }
    }

    /// The attributes beyond the standard ones (S-55); the manager is the manager's account.
    fn wish_fields(&self, wanted: &WantedPerson, wish: &mut Wish) {
        let person = &wanted.person;
        let standard = |name: &&String| !crate::FIELD_DEFAULTS.iter().any(|(own, _)| own == name);
        for name in self.context.policy.fields.keys().filter(standard) {
            let key = format!("fields.{name}");
            if let Some(named) = person.references.get(name) {
                let other =
                    ResourceId::new(named).map(|id| Subject::person(&person.integration, &id));
                let linked = other
                    .as_ref()
                    .ok()
                    .and_then(|other| self.current.refs.get(other));
                match (linked, other) {
                    (Some(account), _) => {
                        wish.want.insert(key, Value::from(account.as_str()));
                    }
                    (None, Ok(other)) => wish.waits.push(WaitKey::Account(other)),
                    (None, Err(_)) => {}
                }
            } else {
                let value = person.fields.get(name).cloned().unwrap_or(Value::Null);
                wish.want.insert(key, value);
            }
        }
    }

    /// Says what is worth saying about a change.
    fn remarks(
        &self,
        wanted: &WantedPerson,
        grant: &Grant,
        merged: &Merged,
        now: &Flat,
    ) -> Vec<Reason> {
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
}

/// What the provider wants for one account.
#[derive(Debug, Default)]
struct Wish {
    want: Flat,
    reasons: Vec<Reason>,
    waits: Vec<WaitKey>,
    kept: Vec<String>,
    stopped: bool,
    /// There is no account yet, so what is refused stops everything.
    fresh: bool,
}

impl Wish {
    fn value(&mut self, name: &str, value: Option<&str>) {
        if let Some(value) = value {
            self.want.insert(name.to_owned(), Value::from(value));
        }
    }

    /// Leaves one value as it is; without an account yet, nothing goes on (E-09).
    fn refuse(&mut self, field: &str, reason: Reason, text: Option<&str>) {
        self.reasons.push(reason);
        self.waits
            .extend(text.map(|text| WaitKey::Name(crate::name_key(text))));
        self.stopped |= self.fresh;
        self.kept.push(field.to_owned());
    }

    fn stop(&mut self, reason: Reason) {
        self.reasons.push(reason);
        self.stopped = true;
    }
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

fn becomes_external(item: &Item) -> bool {
    let external = kind_value(Kind::External);
    item.op != Op::Create && item.to.get("kind") == Some(&external)
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
