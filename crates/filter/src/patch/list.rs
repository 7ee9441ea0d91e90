//! The values of one attribute among themselves: sameness, merging, the primary one
//! (patch-semantics §5).

use enroll_schema::{AttrId, Mutability, ResourceType, Result};
use serde_json::{Map, Value};

use super::compile::mutability;
use crate::values;

/// Adds values, or merges each into the one that is the same; the primary one is the last that says
/// so.
pub(super) fn append(
    kind: &ResourceType,
    id: AttrId,
    list: &mut Vec<Value>,
    values: &[Value],
) -> Result<()> {
    // Folded once: a hundred long values against a hundred would be ten thousand foldings.
    let mut keys: Vec<Value> = list.iter().map(|known| folded(kind, id, known)).collect();
    for value in values {
        let key = folded(kind, id, value);
        let mut known = list.iter().zip(&keys);
        let at = known.position(|(known, known_key)| same((known, known_key), (value, &key)));
        let at = at.unwrap_or(list.len());
        match (list.get_mut(at), value) {
            (None, value) => {
                list.push(value.clone());
                keys.push(key);
            }
            (Some(Value::Object(known)), Value::Object(fields)) => merge(kind, id, known, fields)?,
            (Some(known), value) => *known = value.clone(),
        }
        if is_primary(value) {
            only_primary(list, at);
        }
    }
    Ok(())
}

/// Drops the values that are listed.
///
/// A complex value is listed by `value`, and by `type` if it is given; by all that is given when
/// `value` is not. Nothing given lists nothing.
pub(super) fn withdraw(kind: &ResourceType, id: AttrId, list: &mut Vec<Value>, listed: &[Value]) {
    let listed: Vec<Value> = listed.iter().map(|value| folded(kind, id, value)).collect();
    list.retain(|known| {
        let known = folded(kind, id, known);
        !listed.iter().any(|listed| is_listed(&known, listed))
    });
}

/// Two complex values are the same when `value` and `type` are, as their caseExact says; without
/// `value`, when all is.
fn same((one, one_key): (&Value, &Value), (other, other_key): (&Value, &Value)) -> bool {
    let (Value::Object(left), Value::Object(right)) = (one_key, other_key) else {
        return one_key == other_key;
    };
    match (left.get("value"), right.get("value")) {
        (None, None) => one == other,
        (left_value, right_value) => {
            left_value == right_value && left.get("type") == right.get("type")
        }
    }
}

fn is_listed(known: &Value, listed: &Value) -> bool {
    let (Value::Object(known), Value::Object(listed)) = (known, listed) else {
        return known == listed;
    };
    let identity = listed.contains_key("value");
    let counts = |name: &str| !identity || matches!(name, "value" | "type");
    let mut given = listed.iter().filter(|(name, _)| counts(name)).peekable();
    given.peek().is_some() && given.all(|(name, value)| known.get(name) == Some(value))
}

/// Returns the value with every text as its comparison key.
fn folded(kind: &ResourceType, id: AttrId, value: &Value) -> Value {
    match value {
        Value::String(text) => values::key(kind, id, text).into(),
        Value::Object(members) => {
            let each = members
                .iter()
                .map(|(name, value)| match kind.find_sub(id, name) {
                    Some(sub) => (name.clone(), folded_text(kind, sub, value)),
                    None => (name.clone(), value.clone()),
                });
            Value::Object(each.collect())
        }
        other => other.clone(),
    }
}

fn folded_text(kind: &ResourceType, id: AttrId, value: &Value) -> Value {
    match value.as_str() {
        Some(text) => values::key(kind, id, text).into(),
        None => value.clone(),
    }
}

/// Sets the sub-attributes in `fields`, and unsets those that are `null`.
pub(super) fn merge(
    kind: &ResourceType,
    id: AttrId,
    known: &mut Map<String, Value>,
    fields: &Map<String, Value>,
) -> Result<()> {
    for (name, value) in fields {
        let before = known.get(name);
        let fixed = before.is_some_and(|before| before != value) && immutable(kind, id, name);
        if fixed {
            return Err(fixed_sub(kind, id, name));
        }
        if value.is_null() {
            known.remove(name);
        } else {
            known.insert(name.clone(), value.clone());
        }
    }
    Ok(())
}

/// Returns `fields` in the place of `before`: immutable sub-attributes stay or are refused, and
/// what only the server writes stays.
pub(super) fn replaced(
    kind: &ResourceType,
    id: AttrId,
    before: &Map<String, Value>,
    mut fields: Map<String, Value>,
) -> Result<Map<String, Value>> {
    fields.retain(|_, value| !value.is_null());
    for (name, value) in before {
        let kept = match mutability_of(kind, id, name) {
            Some(Mutability::Immutable) => fields.get(name).is_none_or(|new| new == value),
            Some(Mutability::ReadOnly) => true,
            _ => continue,
        };
        if !kept {
            return Err(fixed_sub(kind, id, name));
        }
        fields.insert(name.clone(), value.clone());
    }
    Ok(fields)
}

/// Setting one value primary makes all others not primary (RFC 7644 §3.5.2).
pub(super) fn only_primary(list: &mut [Value], at: usize) {
    let others = list
        .iter_mut()
        .enumerate()
        .filter(|(index, _)| *index != at);
    for primary in others.filter_map(|(_, value)| value.get_mut("primary")) {
        if *primary == Value::Bool(true) {
            *primary = Value::Bool(false);
        }
    }
}

/// Tells whether `fields` make a value the primary one.
pub(super) fn is_primary(fields: &Value) -> bool {
    fields.get("primary") == Some(&Value::Bool(true))
}

fn immutable(kind: &ResourceType, id: AttrId, name: &str) -> bool {
    mutability_of(kind, id, name) == Some(Mutability::Immutable)
}

fn mutability_of(kind: &ResourceType, id: AttrId, name: &str) -> Option<Mutability> {
    kind.find_sub(id, name)
        .and_then(|sub| kind.attribute(sub))
        .map(|sub| sub.mutability)
}

fn fixed_sub(kind: &ResourceType, id: AttrId, name: &str) -> enroll_schema::Error {
    mutability(&format!("{}.{name} is immutable", kind.path(id)))
}
