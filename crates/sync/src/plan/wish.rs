//! What the provider wants for one account, and what stands against it.

use enroll_schema::ResourceId;
use serde_json::Value;

use super::{
    merge::{Flat, kind_value},
    names::Names,
    person::Scope,
};
use crate::{
    Code, FIELD_DEFAULTS, Grant, NameRole, Reason, Shadow, Subject, WaitKey, WantedPerson, name_key,
};

/// What the provider wants for one account.
#[derive(Debug, Default)]
pub(super) struct Wish {
    pub(super) want: Flat,
    pub(super) reasons: Vec<Reason>,
    pub(super) waits: Vec<WaitKey>,
    pub(super) kept: Vec<String>,
    /// Nothing can go on.
    pub(super) stopped: bool,
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
            .extend(text.map(|text| WaitKey::Name(name_key(text))));
        self.stopped |= self.fresh;
        self.kept.push(field.to_owned());
    }

    pub(super) fn stop(&mut self, reason: Reason) {
        self.reasons.push(reason);
        self.stopped = true;
    }
}

/// Collects what the provider wants; `own` is the account the person has, or takes over.
pub(super) fn wish(
    wanted: &WantedPerson,
    grant: &Grant,
    own: Option<&Shadow>,
    scope: &Scope<'_>,
    names: &mut Names<'_>,
) -> Wish {
    let person = &wanted.person;
    let policy = &scope.context.policy;
    let mut wish = Wish {
        fresh: own.is_none(),
        ..Wish::default()
    };
    wish.value("first_name", person.first_name.as_deref());
    wish.value("last_name", person.last_name.as_deref());
    let standard = policy.time_zone.as_deref().filter(|_| wish.fresh);
    wish.value("time_zone", person.time_zone.as_deref().or(standard));
    wish.want.insert("kind".to_owned(), kind_value(wanted.kind));
    wish.want.insert("active".to_owned(), Value::Bool(true));
    if let Some(group) = &grant.access_group {
        let groups = Value::Array(vec![Value::from(group.as_str())]);
        wish.want.insert("access_groups".to_owned(), groups);
    } else {
        wish.stop(Reason::new(Code::GroupNotReady, &grant.name));
        let group = Subject::group(&person.integration, &grant.via);
        wish.waits.push(WaitKey::Group(group));
    }
    wish.names(wanted, policy.upn_login, own, names);
    wish.fields(wanted, scope);
    wish
}

impl Wish {
    /// Address and login: only if no other account has them (E-09, E-17, E-26, S-27).
    fn names(
        &mut self,
        wanted: &WantedPerson,
        upn_login: bool,
        own: Option<&Shadow>,
        names: &mut Names<'_>,
    ) {
        let person = &wanted.person;
        let login = Some(person.user_name.as_str()).filter(|name| upn_login && !name.is_empty());
        let asked = [
            ("email", person.email.as_deref(), NameRole::Email),
            ("login", login, NameRole::Login),
        ];
        if person.email.is_none() {
            self.refuse("email", Reason::plain(Code::EmailMissing), None);
        }
        let subject = person.subject();
        let app_ref = own.map(|own| &own.app_ref);
        for (field, text, role) in asked {
            let Some(text) = text else { continue };
            match names.refuse(text, role, &subject, app_ref) {
                Some(reason) => self.refuse(field, reason, Some(text)),
                None => self.value(field, Some(text)),
            }
        }
        if !self.stopped {
            for text in asked.iter().filter_map(|(_, text, _)| *text) {
                names.give(text, &subject);
            }
        }
    }

    /// The attributes beyond the standard ones (S-55); another person is named by that person's
    /// account.
    fn fields(&mut self, wanted: &WantedPerson, scope: &Scope<'_>) {
        let person = &wanted.person;
        let standard = |name: &&String| FIELD_DEFAULTS.iter().any(|(own, _)| own == name);
        for name in scope
            .context
            .policy
            .fields
            .keys()
            .filter(|name| !standard(name))
        {
            let key = format!("fields.{name}");
            let Some(named) = person.references.get(name) else {
                let value = person.fields.get(name).cloned().unwrap_or(Value::Null);
                self.want.insert(key, value);
                continue;
            };
            let Ok(id) = ResourceId::new(named) else {
                continue;
            };
            let other = Subject::person(&person.integration, &id);
            match scope.current.refs.get(&other) {
                Some(account) => {
                    self.want.insert(key, Value::from(account.as_str()));
                }
                None => self.waits.push(WaitKey::Account(other)),
            }
        }
    }
}
