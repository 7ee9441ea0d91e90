//! The values of one attribute among themselves: sameness, merging, the primary one
//! (patch-semantics §5).

use enroll_schema::{AttrId, Mutability, ResourceType, Result};
use serde_json::{Map, Value};

use super::compile::mutability;
use crate::values;

/// Adds `value`, or merges it into the one that is the same; returns where it is.
pub(super) fn append(
    kind: &ResourceType,
    id: AttrId,
    list: &mut Vec<Value>,
    value: Value,
) -> Result<usize> {
    let Some(at) = list.iter().position(|known| same(kind, id, known, &value)) else {
        list.push(value);
        return Ok(list.len() - 1);
    };
    match (list.get_mut(at), value) {
        (Some(Value::Object(known)), Value::Object(fields)) => merge(kind, id, known, fields)?,
        (Some(known), value) => *known = value,
        (None, _) => {}
    }
    Ok(at)
}

/// Two complex values are the same when `value` and `type` are; without `value`, when all is.
pub(super) fn same(kind: &ResourceType, id: AttrId, one: &Value, other: &Value) -> bool {
    let (Value::Object(left), Value::Object(right)) = (one, other) else {
        return equal(kind, id, one, other);
    };
    match (left.get("value"), right.get("value")) {
        (None, None) => left == right,
        (Some(_), Some(_)) => ["value", "type"]
            .into_iter()
            .all(|name| same_sub(kind, id, left, right, name)),
        _ => false,
    }
}

/// Tells whether `remove` with a value means `known` by `listed`: by `value`, and by `type` if it
/// is given; by all that is given otherwise. Nothing given means nothing.
pub(super) fn is_listed(kind: &ResourceType, id: AttrId, known: &Value, listed: &Value) -> bool {
    let (Value::Object(known), Value::Object(listed)) = (known, listed) else {
        return equal(kind, id, known, listed);
    };
    let identity = listed.contains_key("value");
    let counts = |name: &str| !identity || matches!(name, "value" | "type");
    let mut names = listed
        .keys()
        .map(String::as_str)
        .filter(|name| counts(name))
        .peekable();
    names.peek().is_some() && names.all(|name| same_sub(kind, id, known, listed, name))
}

fn same_sub(
    kind: &ResourceType,
    id: AttrId,
    left: &Map<String, Value>,
    right: &Map<String, Value>,
    name: &str,
) -> bool {
    match (left.get(name), right.get(name), kind.find_sub(id, name)) {
        (Some(left), Some(right), Some(sub)) => equal(kind, sub, left, right),
        (left, right, _) => left == right,
    }
}

/// Equal as the attribute's caseExact says.
fn equal(kind: &ResourceType, id: AttrId, left: &Value, right: &Value) -> bool {
    match (left.as_str(), right.as_str()) {
        (Some(one), Some(other)) => {
            one == other || values::key(kind, id, one) == values::key(kind, id, other)
        }
        _ => left == right,
    }
}

/// Sets the sub-attributes in `fields`, and unsets those that are `null`.
pub(super) fn merge(
    kind: &ResourceType,
    id: AttrId,
    known: &mut Map<String, Value>,
    fields: Map<String, Value>,
) -> Result<()> {
    for (name, value) in fields {
        let before = known.get(&name);
        let fixed = before.is_some_and(|before| *before != value) && immutable(kind, id, &name);
        if fixed {
            return Err(fixed_sub(kind, id, &name));
        }
        if value.is_null() {
            known.remove(&name);
        } else {
            known.insert(name, value);
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
