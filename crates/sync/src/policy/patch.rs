//! Changing a policy: key by key, with errors that say what to change.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::{
    CONTACTS_MAX, FIELD_DEFAULTS, FIELD_NAMES_KEPT, FIELDS_MAX, Guards, Policy, Preset, Span,
    USER_TYPES_MAX, preset::keys,
};
use crate::{near::nearest, zone};

/// Why a change of a policy was refused; nothing was changed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{key}: {detail}")]
pub struct PolicyError {
    /// The key, for instance `settle` or `fields.department`.
    pub key: String,
    /// What to change.
    pub detail: String,
}

impl PolicyError {
    pub(crate) fn new(key: impl Into<String>, detail: impl Into<String>) -> Self {
        Self {
            key: key.into(),
            detail: detail.into(),
        }
    }
}

impl Policy {
    /// Returns the policy with the keys of `change` replaced.
    ///
    /// `preset` brings the whole table of that preset, and other keys of the same change override
    /// it. In `fields` names are added or replaced one by one; `null` removes one, or restores a
    /// default. Paths are checked when they are compiled.
    ///
    /// # Errors
    /// The first key that is unknown, of the wrong type, or out of bounds.
    pub fn patched(&self, change: &Value) -> Result<Self, PolicyError> {
        let Value::Object(change) = change else {
            return Err(PolicyError::new(
                "policy",
                "expected an object of keys and values",
            ));
        };
        let mut merged = keys(&self.rebased(change)?);
        for (key, value) in change {
            let Some(slot) = merged.get_mut(key) else {
                return Err(unknown(key, merged.keys()));
            };
            *slot = match (key.as_str(), value) {
                ("fields", Value::Object(names)) => Value::Object(fields(&self.fields, names)),
                ("guards", Value::Object(change)) => Guards::merged(slot, change),
                _ => value.clone(),
            };
            reads(key, slot)?;
        }
        let whole = Value::Object(merged.into_iter().collect());
        let policy: Self =
            serde_json::from_value(whole).map_err(|e| PolicyError::new("policy", e.to_string()))?;
        policy.checked()
    }

    /// Returns the policy to start from: this one, or the preset's table with this one's fields.
    fn rebased(&self, change: &Map<String, Value>) -> Result<Self, PolicyError> {
        let Some(name) = change.get("preset") else {
            return Ok(self.clone());
        };
        let preset: Preset = serde_json::from_value(name.clone())
            .map_err(|_| PolicyError::new("preset", "expected \"careful\" or \"hands_off\""))?;
        Ok(Self {
            fields: self.fields.clone(),
            time_zone: self.time_zone.clone(),
            external_user_types: self.external_user_types.clone(),
            contacts: self.contacts.clone(),
            guards: Guards {
                protected: self.guards.protected.clone(),
                domains: self.guards.domains.clone(),
                freeze: self.guards.freeze,
                announced: self.guards.announced.clone(),
                ..Self::preset(preset).guards
            },
            ..Self::preset(preset)
        })
    }

    /// Checks what types alone cannot say.
    fn checked(mut self) -> Result<Self, PolicyError> {
        if self.settle > self.settle_max {
            return Err(PolicyError::new("settle", "expected at most settle_max"));
        }
        if self.reconcile < RECONCILE_MIN {
            return Err(PolicyError::new("reconcile", "expected at least 1m"));
        }
        if self.external_user_types.len() > USER_TYPES_MAX {
            return Err(PolicyError::new(
                "external_user_types",
                "expected at most 50 values",
            ));
        }
        let is_address = |text: &String| {
            let parts = text.split_once('@');
            let whole = text.len() <= 254 && !text.contains(char::is_whitespace);
            whole && parts.is_some_and(|(name, host)| !name.is_empty() && !host.is_empty())
        };
        if self.contacts.len() > CONTACTS_MAX || !self.contacts.iter().all(is_address) {
            let detail = "expected at most 20 mail addresses";
            return Err(PolicyError::new("contacts", detail));
        }
        if self.fields.len() > FIELDS_MAX {
            return Err(PolicyError::new("fields", "expected at most 50 names"));
        }
        if let Some(name) = &self.time_zone {
            let canonical = zone::canonical(name).ok_or_else(|| {
                PolicyError::new("time_zone", "expected an IANA name such as Europe/London")
            })?;
            self.time_zone = Some(canonical.to_owned());
        }
        self.guards.checked()?;
        match self.fields.keys().find(|name| !is_field_name(name)) {
            Some(name) => Err(PolicyError::new(
                format!("fields.{}", name.chars().take(64).collect::<String>()),
                "expected 1 to 64 letters, digits, - or _, and no name an account has by itself",
            )),
            None => Ok(self),
        }
    }
}

/// Comparing everything more often than this would be all that is done.
const RECONCILE_MIN: Span = Span::from_secs(60);

fn unknown<'a>(key: &str, known: impl Iterator<Item = &'a String>) -> PolicyError {
    let key: String = key.chars().take(64).collect();
    let detail = match nearest(&key, known.map(String::as_str)) {
        Some(near) => format!("no such key; did you mean {near}?"),
        None => "no such key".to_owned(),
    };
    PolicyError::new(key, detail)
}

/// Merges `fields`: `null` removes a name, or restores its default.
fn fields(now: &BTreeMap<String, String>, change: &Map<String, Value>) -> Map<String, Value> {
    let mut merged: Map<_, _> = now
        .iter()
        .map(|(name, path)| (name.clone(), Value::from(path.as_str())))
        .collect();
    for (name, path) in change {
        let standard = FIELD_DEFAULTS.iter().find(|(own, _)| own == name);
        match (path, standard) {
            (Value::Null, Some((_, path))) => merged.insert(name.clone(), Value::from(*path)),
            (Value::Null, None) => merged.remove(name),
            (path, _) => merged.insert(name.clone(), path.clone()),
        };
    }
    merged
}

/// Checks one key's value by itself, so that an error names the key.
fn reads(key: &str, value: &Value) -> Result<(), PolicyError> {
    let one = Value::Object(Map::from_iter([(key.to_owned(), value.clone())]));
    match serde_json::from_value::<Policy>(one) {
        Ok(_) => Ok(()),
        Err(error) => Err(PolicyError::new(key, error.to_string())),
    }
}

fn is_field_name(name: &str) -> bool {
    let plain = name
        .bytes()
        .all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-');
    plain && (1..=64).contains(&name.len()) && !FIELD_NAMES_KEPT.contains(&name)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[track_caller]
    fn check(change: &Value, wanted: Result<Vec<&str>, &str>) {
        let changed = Policy::default()
            .patched(change)
            .map(|policy| policy.differs());
        let found = changed.as_ref().map_err(ToString::to_string);
        match (&found, wanted) {
            (Ok(keys), Ok(wanted)) => assert_eq!(**keys, wanted),
            (Err(text), Err(wanted)) => assert_eq!(text, wanted),
            _ => panic!("{change}: {found:?}"),
        }
    }

    #[test]
    fn keys_are_replaced_one_by_one() {
        check(&json!({}), Ok(vec![]));
        check(&json!({"auto_sync": true}), Ok(vec!["auto_sync"]));
        check(
            &json!({"time_zone": "europe/london"}),
            Ok(vec!["time_zone"]),
        );
        check(&json!({"contacts": ["it@x.example"]}), Ok(vec!["contacts"]));
        let wrong = "contacts: expected at most 20 mail addresses";
        check(&json!({"contacts": ["nobody"]}), Err(wrong));
        check(&json!({"contacts": vec!["it@x.example"; 21]}), Err(wrong));
        check(
            &json!({"fields": {"phone": "phoneNumbers[type eq \"mobile\"].value"}}),
            Ok(vec!["fields"]),
        );
        check(
            &json!({"preset": "hands_off", "settle": "2s"}),
            Ok(vec!["settle"]),
        );
    }

    #[test]
    fn refusals_name_the_key() {
        check(
            &json!([]),
            Err("policy: expected an object of keys and values"),
        );
        check(
            &json!({"auto_synk": true}),
            Err("auto_synk: no such key; did you mean auto_sync?"),
        );
        check(&json!({"colour": true}), Err("colour: no such key"));
        check(
            &json!({"preset": "wild"}),
            Err("preset: expected \"careful\" or \"hands_off\""),
        );
        check(
            &json!({"settle": "2m"}),
            Err("settle: expected at most settle_max"),
        );
        check(
            &json!({"reconcile": "1s"}),
            Err("reconcile: expected at least 1m"),
        );
        check(
            &json!({"time_zone": "Sydney"}),
            Err("time_zone: expected an IANA name such as Europe/London"),
        );
        let name = "expected 1 to 64 letters, digits, - or _, and no name an account has by itself";
        check(
            &json!({"fields": {"kind": "userType"}}),
            Err(&format!("fields.kind: {name}")),
        );
        check(
            &json!({"fields": {"": "userType"}}),
            Err(&format!("fields.: {name}")),
        );
        for (change, key) in [
            (json!({"auto_sync": "yes"}), "auto_sync"),
            (json!({"settle": 5}), "settle"),
            (json!({"access_groups": "multiple"}), "access_groups"),
            (json!({"fields": {"phone": 7}}), "fields"),
        ] {
            assert_eq!(Policy::default().patched(&change).unwrap_err().key, key);
        }
    }

    #[test]
    fn null_removes_a_field_or_restores_its_default() {
        let own = Policy::default()
            .patched(&json!({"fields": {"dept": "userType", "email": "userName"}}))
            .unwrap();
        assert_eq!(own.fields["email"], "userName");
        let back = own
            .patched(&json!({"fields": {"dept": null, "email": null}}))
            .unwrap();
        assert_eq!(back, Policy::default());
    }
}
