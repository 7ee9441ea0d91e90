//! The values of a multi-valued attribute among themselves (RFC 7643 §2.4).

use serde_json::{Map, Value};

use crate::{AttrId, ResourceType, fold};

/// Leaves the first primary alone; tells whether there was at most one.
pub(super) fn one_primary(values: &mut [Value]) -> bool {
    let mut primaries = 0;
    for primary in values
        .iter_mut()
        .filter_map(|value| value.get_mut("primary"))
    {
        if *primary == Value::Bool(true) {
            primaries += 1;
            *primary = Value::Bool(primaries == 1);
        }
    }
    primaries <= 1
}

/// Merges values that are the same: equal `value` and `type`, or, without `value`, equal in all.
///
/// The first one stays where it is and gets what only the later ones say.
pub(super) fn distinct(kind: &ResourceType, id: AttrId, values: Vec<Value>) -> Vec<Value> {
    let mut kept: Vec<(Identity, Value)> = Vec::with_capacity(values.len());
    for value in values {
        let identity = identity(kind, id, &value);
        match kept.iter_mut().find(|(known, _)| *known == identity) {
            Some((_, first)) => merge(first, value),
            None => kept.push((identity, value)),
        }
    }
    kept.into_iter().map(|(_, value)| value).collect()
}

#[derive(PartialEq)]
enum Identity {
    Whole(Value),
    Typed(Value, Option<Value>),
}

fn identity(kind: &ResourceType, id: AttrId, value: &Value) -> Identity {
    let Some(element) = value.as_object() else {
        return Identity::Whole(folded(kind, id, value));
    };
    let part = |name| sub(kind, id, element, name);
    match part("value") {
        Some(value) => Identity::Typed(value, part("type")),
        None => Identity::Whole(value.clone()),
    }
}

fn sub(kind: &ResourceType, id: AttrId, element: &Map<String, Value>, name: &str) -> Option<Value> {
    let sub = kind.find_sub(id, name)?;
    Some(folded(kind, sub, element.get(name)?))
}

fn folded(kind: &ResourceType, id: AttrId, value: &Value) -> Value {
    match value {
        Value::String(text) => Value::String(fold::key(kind, id, text)),
        other => other.clone(),
    }
}

fn merge(first: &mut Value, later: Value) {
    let (Value::Object(first), Value::Object(later)) = (first, later) else {
        return;
    };
    for (name, value) in later {
        let is_primary = name == "primary" && value == Value::Bool(true);
        if is_primary || !first.contains_key(&name) {
            first.insert(name, value);
        }
    }
}
