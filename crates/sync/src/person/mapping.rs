//! The table of fields, compiled: which path of a User feeds which value of an account (S-55).

use std::collections::BTreeMap;

use enroll_filter::{Path, Profile, Selection};
use enroll_schema::{ResourceType, urns};
use serde_json::{Map, Value};

use super::{cut, email, names, text};
use crate::{Code, FIELD_DEFAULTS, Policy, PolicyError, Reason};

/// The policy's `fields`, with every path checked against the schema of User.
#[derive(Clone, Debug)]
pub struct Mapping {
    user: ResourceType,
    email: Rule,
    first_name: Rule,
    last_name: Rule,
    time_zone: Rule,
    own: BTreeMap<String, Selection>,
    references: BTreeMap<String, Selection>,
    notes: Vec<Reason>,
}

/// Where one of the four values comes from.
#[derive(Clone, Debug)]
enum Rule {
    /// The default with its fallbacks.
    Standard,
    /// This path and nothing else.
    Path(Selection),
}

impl Mapping {
    /// Compiles the fields of a policy against the User type.
    ///
    /// # Errors
    /// The first path that is no path, or names nothing the schema knows, with its place.
    pub fn compile(policy: &Policy, user: &ResourceType) -> Result<Self, PolicyError> {
        let (mapping, mut faults) = Self::compile_all(policy, user);
        match faults.pop() {
            Some(fault) => Err(fault),
            None => Ok(mapping),
        }
    }

    /// Compiles what can be compiled; what cannot is a note of every person (the schema changed
    /// after the policy was saved).
    pub fn lenient(policy: &Policy, user: &ResourceType) -> Self {
        let (mut mapping, faults) = Self::compile_all(policy, user);
        let note = |fault: &PolicyError| Reason::new(Code::FieldUnreadable, fault.to_string());
        mapping.notes = faults.iter().map(note).collect();
        mapping
    }

    fn compile_all(policy: &Policy, user: &ResourceType) -> (Self, Vec<PolicyError>) {
        let mut mapping = Self {
            user: user.clone(),
            email: Rule::Standard,
            first_name: Rule::Standard,
            last_name: Rule::Standard,
            time_zone: Rule::Standard,
            own: BTreeMap::new(),
            references: BTreeMap::new(),
            notes: Vec::new(),
        };
        let mut faults = Vec::new();
        let standard = |name: &str, path: &str| FIELD_DEFAULTS.contains(&(name, path));
        for (name, path) in policy
            .fields
            .iter()
            .filter(|(name, path)| !standard(name, path))
        {
            match select(user, path) {
                Ok(selection) => mapping.place(name, selection),
                Err(detail) => faults.push(PolicyError::new(format!("fields.{name}"), detail)),
            }
        }
        faults.reverse();
        (mapping, faults)
    }

    fn place(&mut self, name: &str, selection: Selection) {
        match name {
            "email" => self.email = Rule::Path(selection),
            "first_name" => self.first_name = Rule::Path(selection),
            "last_name" => self.last_name = Rule::Path(selection),
            "time_zone" => self.time_zone = Rule::Path(selection),
            _ if self.is_reference(&selection) => {
                self.references.insert(name.to_owned(), selection);
            }
            _ => {
                self.own.insert(name.to_owned(), selection);
            }
        }
    }

    /// Tells whether a selection names another person: the manager, whole or by value.
    fn is_reference(&self, selection: &Selection) -> bool {
        let Selection::Attribute(id) = selection else {
            return false;
        };
        let path = self.user.path(*id);
        let manager = format!("{}:manager", urns::ENTERPRISE);
        path.eq_ignore_ascii_case(&manager)
            || path.eq_ignore_ascii_case(&format!("{manager}.value"))
    }

    pub(super) fn notes(&self) -> &[Reason] {
        &self.notes
    }

    /// Returns the address and notes where it came from (S-17).
    pub(super) fn email(
        &self,
        document: &Map<String, Value>,
        user_name: &str,
        notes: &mut Vec<Reason>,
    ) -> Option<String> {
        match &self.email {
            Rule::Path(path) => {
                let sent = self.first_text(path, document)?;
                email::as_address(&sent).map(str::to_owned)
            }
            Rule::Standard => {
                let (address, source) = email::address(document, user_name)?;
                if source == email::Source::UserName {
                    notes.push(Reason::new(Code::EmailFromUsername, cut(&address)));
                }
                Some(address)
            }
        }
    }

    /// Returns given and family name and notes which were derived (S-18, S-19).
    pub(super) fn names(
        &self,
        document: &Map<String, Value>,
        notes: &mut Vec<Reason>,
    ) -> (Option<String>, Option<String>) {
        let name = document.get("name").and_then(Value::as_object);
        let part = |key| name.and_then(|name| text(name, key));
        let whole = part("formatted").or_else(|| text(document, "displayName"));
        let (given, family) = whole.as_deref().map(names::split).unwrap_or_default();
        let mut resolve = |rule: &Rule, key, derived: Option<String>, field| match rule {
            Rule::Path(path) => self.first_text(path, document),
            Rule::Standard => part(key).or_else(|| {
                let derived = derived?;
                notes.push(Reason::new(
                    Code::NameDerived,
                    format!("{field} {}", cut(&derived)),
                ));
                Some(derived)
            }),
        };
        let first = resolve(&self.first_name, "givenName", given, "first_name");
        let last = resolve(&self.last_name, "familyName", family, "last_name");
        (first, last)
    }

    /// Returns the time zone as sent.
    pub(super) fn time_zone(&self, document: &Map<String, Value>) -> Option<String> {
        match &self.time_zone {
            Rule::Path(path) => self.first_text(path, document),
            Rule::Standard => document
                .get("timezone")
                .and_then(Value::as_str)
                .map(str::to_owned),
        }
    }

    /// Returns the values of all other fields, and the ids that references name.
    pub(super) fn fields(
        &self,
        document: &Map<String, Value>,
    ) -> (BTreeMap<String, Value>, BTreeMap<String, String>) {
        let own = self
            .own
            .iter()
            .filter_map(|(name, selection)| Some((name.clone(), self.value(selection, document)?)));
        let named = self.references.iter().filter_map(|(name, selection)| {
            let found = selection.read(&self.user, document).into_iter().next()?;
            let id = found.as_str().or_else(|| found["value"].as_str())?;
            Some((name.clone(), id.to_owned()))
        });
        (own.collect(), named.collect())
    }

    /// Returns what a path selects: every value of a multi-valued attribute named without a filter,
    /// else the first.
    fn value(&self, selection: &Selection, document: &Map<String, Value>) -> Option<Value> {
        let found = selection.read(&self.user, document);
        let many = match selection {
            Selection::Attribute(id) => self.is_multi(*id),
            _ => false,
        };
        if !many {
            return found.into_iter().next().cloned();
        }
        let flat = found.into_iter().flat_map(|value| match value {
            Value::Array(values) => values.iter().collect(),
            one => vec![one],
        });
        let values: Vec<Value> = flat.cloned().collect();
        (!values.is_empty()).then_some(Value::Array(values))
    }

    fn is_multi(&self, id: enroll_schema::AttrId) -> bool {
        let multi = |id| {
            self.user
                .attribute(id)
                .is_some_and(|attribute| attribute.multi)
        };
        multi(id) || self.user.parent(id).is_some_and(multi)
    }

    fn first_text(&self, selection: &Selection, document: &Map<String, Value>) -> Option<String> {
        let found = selection.read(&self.user, document);
        let texts = found.into_iter().filter_map(Value::as_str).map(str::trim);
        texts
            .into_iter()
            .find(|text| !text.is_empty())
            .map(str::to_owned)
    }
}

fn select(user: &ResourceType, path: &str) -> Result<Selection, String> {
    let parsed = Path::parse_for(user, path, Profile::Lenient)
        .map_err(|error| format!("{error}\n{}", error.caret(path)))?;
    let selection = parsed.bind(user).map_err(|e| e.detail().to_owned())?;
    match selection {
        Selection::Base | Selection::Extension(_) => {
            Err("expected an attribute, not a schema".to_owned())
        }
        Selection::Attribute(id) if never_returned(user, id) => {
            Err("expected an attribute that is returned".to_owned())
        }
        selection => Ok(selection),
    }
}

/// What is never returned is never handed on (threat B6).
fn never_returned(user: &ResourceType, id: enroll_schema::AttrId) -> bool {
    user.attribute(id)
        .is_some_and(|a| a.returned == enroll_schema::Returned::Never)
}
