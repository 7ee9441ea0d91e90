//! The values of one attribute among themselves: sameness, merging, the primary one
//! (patch-semantics §5).

use enroll_schema::{Mutability, Result};
use serde_json::{Map, Value};

use super::place::Place;
use crate::values;

/// Adds values, or merges each into the one that is the same; the primary one is the last that says
/// so.
pub(super) fn append(place: Place<'_>, list: &mut Vec<Value>, values: &[Value]) -> Result<()> {
    // Folded once: a hundred long values against a hundred would be ten thousand foldings.
    let key = |value: &Value| folded(place, value, is_identity);
    let mut keys: Vec<Value> = list.iter().map(key).collect();
    for value in values {
        let key = key(value);
        let mut known = list.iter().zip(&keys);
        let at = known.position(|(known, known_key)| same((known, known_key), (value, &key)));
        let at = at.unwrap_or(list.len());
        match (list.get_mut(at), value) {
            (None, value) => {
                list.push(value.clone());
                keys.push(key);
            }
            (Some(Value::Object(known)), Value::Object(fields)) => merge(place, known, fields)?,
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
pub(super) fn withdraw(place: Place<'_>, list: &mut Vec<Value>, listed: &[Value]) {
    let whole = |value: &Value| folded(place, value, |_| true);
    let listed: Vec<Value> = listed.iter().map(whole).collect();
    list.retain(|known| {
        let known = whole(known);
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
        (one, other) => one == other && left.get("type") == right.get("type"),
    }
}

fn is_listed(known: &Value, listed: &Value) -> bool {
    let (Value::Object(known), Value::Object(listed)) = (known, listed) else {
        return known == listed;
    };
    let identity = listed.contains_key("value");
    let counts = |name: &str| !identity || is_identity(name);
    let mut given = listed.iter().filter(|(name, _)| counts(name)).peekable();
    given.peek().is_some() && given.all(|(name, value)| known.get(name) == Some(value))
}

/// Tells whether a sub-attribute is part of what makes two values the same.
fn is_identity(name: &str) -> bool {
    matches!(name, "value" | "type")
}

/// Returns the value, of a complex one the parts that count, with every text as its comparison key.
fn folded(place: Place<'_>, value: &Value, counts: fn(&str) -> bool) -> Value {
    let text = |place: Place<'_>, value: &Value| match value.as_str() {
        Some(text) => values::key(place.kind, place.id, text).into(),
        None => value.clone(),
    };
    let Value::Object(members) = value else {
        return text(place, value);
    };
    let counting = members.iter().filter(|(name, _)| counts(name));
    let each = counting.map(|(name, value)| match place.sub(name) {
        Some(sub) => (name.clone(), text(sub, value)),
        None => (name.clone(), value.clone()),
    });
    Value::Object(each.collect())
}

/// Sets the sub-attributes in `fields`, and unsets those that are `null`.
pub(super) fn merge(
    place: Place<'_>,
    known: &mut Map<String, Value>,
    fields: &Map<String, Value>,
) -> Result<()> {
    for (name, value) in fields {
        if known.get(name).is_some_and(|before| before != value) {
            fixed(place, name, Mutability::Immutable)?;
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
    place: Place<'_>,
    before: &Map<String, Value>,
    fields: &Map<String, Value>,
) -> Result<Map<String, Value>> {
    let set = fields.iter().filter(|(_, value)| !value.is_null());
    let mut after: Map<_, _> = set
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect();
    let stays = |name: &str| {
        let stays = [Mutability::Immutable, Mutability::ReadOnly];
        place
            .sub(name)
            .is_some_and(|sub| stays.contains(&sub.attribute.mutability))
    };
    for (name, value) in before.iter().filter(|(name, _)| stays(name)) {
        if after.get(name).is_some_and(|new| new != value) {
            fixed(place, name, Mutability::Immutable)?;
        }
        after.insert(name.clone(), value.clone());
    }
    Ok(after)
}

fn fixed(place: Place<'_>, name: &str, mutability: Mutability) -> Result<()> {
    match place.sub(name).filter(|sub| sub.is(mutability)) {
        Some(sub) => Err(sub.is_fixed("immutable")),
        None => Ok(()),
    }
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

/// Tells whether a value, once set, is the primary one.
pub(super) fn is_primary(value: &Value) -> bool {
    value.as_object().is_some_and(makes_primary)
}

/// Tells whether sub-attributes, once set, make a value the primary one.
pub(super) fn makes_primary(fields: &Map<String, Value>) -> bool {
    fields.get("primary") == Some(&Value::Bool(true))
}

/// Drops the later of equal values.
pub(super) fn distinct(list: Vec<Value>) -> Vec<Value> {
    let mut kept: Vec<Value> = Vec::with_capacity(list.len());
    for value in list {
        if !kept.contains(&value) {
            kept.push(value);
        }
    }
    kept
}
