//! The rule of three for each value of an account: what was applied, what is, what the provider
//! wants (E-12).

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::{AccessGroupId, Kind, Profile};

/// The values of an account by name; `null` for none.
pub(crate) type Flat = BTreeMap<String, Value>;

/// What becomes of an account's values.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Merged {
    /// Every value as it shall be.
    pub(super) target: Flat,
    /// Names of what changes.
    pub(super) changed: Vec<String>,
    /// Names of local changes that stay.
    pub(super) kept: Vec<String>,
    /// Names of local changes that the provider's newer value replaces.
    pub(super) overridden: Vec<String>,
}

/// Merges value by value; a name missing in `want` is left alone.
///
/// | want | | |
/// |---|---|---|
/// | = now | nothing | |
/// | ≠ now, = base | somebody changed it in the application | it stays |
/// | ≠ now, ≠ base | the provider changed it | the provider's value |
pub(super) fn merge(base: &Flat, now: &Flat, want: &Flat) -> Merged {
    let mut merged = Merged {
        target: now.clone(),
        ..Merged::default()
    };
    let names: BTreeSet<&String> = want.keys().collect();
    for name in names {
        let value = |of: &Flat| of.get(name).cloned().unwrap_or(Value::Null);
        let (base, now, want) = (value(base), value(now), value(want));
        if want == now {
            continue;
        }
        if want == base {
            merged.kept.push(name.clone());
            continue;
        }
        if now != base {
            merged.overridden.push(name.clone());
        }
        merged.changed.push(name.clone());
        merged.target.insert(name.clone(), want);
    }
    merged
}

impl Profile {
    /// Takes the account apart, value by value; fields beyond the standard ones are `fields.…`.
    pub(crate) fn to_flat(&self) -> Flat {
        let text = |value: &Option<String>| value.as_deref().map_or(Value::Null, Value::from);
        let groups = self
            .access_groups
            .iter()
            .map(|group| Value::from(group.as_str()));
        let own = self
            .fields
            .iter()
            .map(|(name, value)| (format!("fields.{name}"), value.clone()));
        let standard = [
            ("email", text(&self.email)),
            ("first_name", text(&self.first_name)),
            ("last_name", text(&self.last_name)),
            ("time_zone", text(&self.time_zone)),
            ("login", text(&self.login)),
            ("kind", kind_value(self.kind)),
            ("active", Value::Bool(self.active)),
            ("access_groups", Value::Array(groups.collect())),
        ];
        standard
            .into_iter()
            .map(|(name, value)| (name.to_owned(), value))
            .chain(own)
            .collect()
    }

    /// Puts the account together again.
    pub(crate) fn from_flat(flat: &Flat) -> Self {
        let text = |name: &str| flat.get(name).and_then(Value::as_str).map(str::to_owned);
        let groups = flat.get("access_groups").and_then(Value::as_array);
        let own = flat.iter().filter_map(|(name, value)| {
            let name = name.strip_prefix("fields.")?;
            (!value.is_null()).then(|| (name.to_owned(), value.clone()))
        });
        Self {
            email: text("email"),
            first_name: text("first_name"),
            last_name: text("last_name"),
            time_zone: text("time_zone"),
            login: text("login"),
            kind: match flat.get("kind").and_then(Value::as_str) {
                Some("external") => Kind::External,
                _ => Kind::Internal,
            },
            active: flat.get("active").and_then(Value::as_bool).unwrap_or(false),
            access_groups: groups
                .into_iter()
                .flatten()
                .filter_map(Value::as_str)
                .map(AccessGroupId::new)
                .collect(),
            fields: own.collect(),
        }
    }
}

/// Returns a kind as JSON has it.
pub(super) fn kind_value(kind: Kind) -> Value {
    Value::from(match kind {
        Kind::Internal => "internal",
        Kind::External => "external",
    })
}

/// Returns what was applied once `item`'s values are: kept values keep their old base.
pub(crate) fn base_after(before: Option<&Profile>, applied: &Profile, kept: &[String]) -> Profile {
    let Some(before) = before else {
        return applied.clone();
    };
    let before = before.to_flat();
    let mut after = applied.to_flat();
    for name in kept {
        match before.get(name) {
            Some(value) => after.insert(name.clone(), value.clone()),
            None => after.remove(name),
        };
    }
    Profile::from_flat(&after)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn flat(value: &Value) -> Flat {
        value.as_object().unwrap().clone().into_iter().collect()
    }

    #[track_caller]
    fn check(base: &Value, now: &Value, want: &Value, target: &Value, notes: [&[&str]; 3]) {
        let merged = merge(
            &flat(&json!({"a": base})),
            &flat(&json!({"a": now})),
            &flat(&json!({"a": want})),
        );
        assert_eq!(merged.target["a"], *target);
        assert_eq!(
            [
                &merged.changed[..],
                &merged.kept[..],
                &merged.overridden[..]
            ],
            notes
        );
    }

    #[test]
    fn the_rule_of_three_e_12() {
        let (x, y, z) = (json!("x"), json!("y"), json!("z"));
        check(&x, &x, &x, &x, [&[], &[], &[]]);
        check(&x, &x, &y, &y, [&["a"], &[], &[]]);
        check(&x, &y, &x, &y, [&[], &["a"], &[]]);
        check(&x, &y, &z, &z, [&["a"], &[], &["a"]]);
        check(&x, &y, &y, &y, [&[], &[], &[]]);
    }

    #[test]
    fn what_is_not_wanted_is_left_alone() {
        let merged = merge(
            &flat(&json!({"a": 1})),
            &flat(&json!({"a": 2})),
            &Flat::new(),
        );
        assert_eq!(merged.target, flat(&json!({"a": 2})));
        assert!(merged.changed.is_empty() && merged.kept.is_empty());
    }

    #[test]
    fn an_account_is_taken_apart_and_put_together() {
        let profile = Profile {
            email: Some("a@x.example".into()),
            kind: Kind::External,
            active: true,
            access_groups: vec![AccessGroupId::new("g_1")],
            fields: BTreeMap::from([("department".to_owned(), json!(["a", 1]))]),
            ..Profile::default()
        };
        assert_eq!(Profile::from_flat(&profile.to_flat()), profile);
        assert_eq!(
            Profile::from_flat(&Profile::default().to_flat()),
            Profile::default()
        );
    }

    #[test]
    fn a_kept_value_keeps_its_base_e_12() {
        let named = |name: &str| Profile {
            first_name: Some(name.into()),
            ..Profile::default()
        };
        let after = base_after(
            Some(&named("Ada")),
            &named("Adele"),
            &["first_name".to_owned()],
        );
        assert_eq!(after, named("Ada"));
        assert_eq!(base_after(None, &named("Adele"), &[]), named("Adele"));
    }
}
