//! `attr[filter]` and `attr[filter].sub`: what happens to the values chosen, and what if there are
//! none (patch-semantics §3, K6 and K7).

use enroll_schema::{AttrId, Kind, Mutability, ResourceType, Result, Timestamp};
use serde_json::{Map, Value};

use super::{Choice, Deed, Otherwise, Verb, compile::object_of, value::Values};
use crate::{Bound, Expr, Op, Operand, Predicate};

/// Turns an operation on chosen values into a choice; nothing for what changes nothing.
///
/// `creates`: without a match, the value is made from the filter, if it says enough.
pub(super) fn choice(
    values: Values<'_>,
    id: AttrId,
    filter: Predicate,
    sub: Option<AttrId>,
    (op, creates): (Verb, bool),
    value: Option<&Value>,
) -> Result<Option<Choice>> {
    let missing = if op == Verb::Replace && !creates {
        Otherwise::Refuse
    } else {
        Otherwise::Nothing
    };
    let value = value.filter(|value| op != Verb::Remove && !value.is_null());
    let (deed, otherwise) = match (value, sub.and_then(|sub| values.kind.attribute(sub))) {
        (None, _) if op == Verb::Add => return Ok(None),
        (None, None) => (Deed::Remove, missing),
        (None, Some(sub)) => (
            Deed::Merge(object_of(sub.name.as_str(), Value::Null)),
            missing,
        ),
        (Some(value), Some(definition)) => {
            let value = values.whole(sub.unwrap_or(id), value)?;
            let fields = object_of(definition.name.as_str(), value);
            let otherwise = made(
                values.kind,
                id,
                &filter,
                creates,
                &Value::Object(fields.clone()),
            );
            (Deed::Merge(fields), otherwise)
        }
        (Some(value), None)
            if values
                .kind
                .attribute(id)
                .is_some_and(|a| a.kind == Kind::Complex) =>
        {
            let fields = values.fields(id, value)?;
            let otherwise = made(
                values.kind,
                id,
                &filter,
                creates,
                &Value::Object(fields.clone()),
            );
            let deed = if op == Verb::Add {
                Deed::Merge(fields)
            } else {
                Deed::Become(Value::Object(fields))
            };
            (deed, otherwise)
        }
        (Some(value), None) => {
            // One of several simple values is one, not a list of them.
            let value = values.element(id, value)?;
            let otherwise = made(values.kind, id, &filter, creates, &value);
            (Deed::Become(value), otherwise)
        }
    };
    Ok(Some(Choice {
        filter,
        deed,
        otherwise,
    }))
}

/// Returns the value that an operation without match adds: what the filter says, and `value` over it
/// (errata 8097).
fn made(
    kind: &ResourceType,
    id: AttrId,
    filter: &Predicate,
    creates: bool,
    value: &Value,
) -> Otherwise {
    let Some(mut seed) = seed(kind, id, filter).filter(|_| creates) else {
        return Otherwise::Refuse;
    };
    let Value::Object(fields) = value else {
        return Otherwise::Create(value.clone());
    };
    seed.extend(fields.clone());
    seed.retain(|_, value| !value.is_null());
    Otherwise::Create(Value::Object(seed))
}

/// Returns the sub-attributes that `sub eq literal and …` gives; nothing for any other filter.
fn seed(kind: &ResourceType, id: AttrId, filter: &Predicate) -> Option<Map<String, Value>> {
    let (mut waiting, mut seed) = (vec![filter], Map::new());
    while let Some(next) = waiting.pop() {
        let (attribute, operand) = match next {
            Expr::All(all) => {
                waiting.extend(all);
                continue;
            }
            Expr::Test(Bound::Compare {
                attribute,
                op: Op::Eq,
                operand,
            }) => (*attribute, operand),
            _ => return None,
        };
        if attribute == id {
            continue;
        }
        let definition = kind
            .attribute(attribute)
            .filter(|a| a.mutability != Mutability::ReadOnly)?;
        let value = literal(operand);
        let again = seed.insert(definition.name.as_str().to_owned(), value.clone());
        if again.is_some_and(|other| other != value) {
            return None;
        }
    }
    Some(seed)
}

fn literal(operand: &Operand) -> Value {
    match operand {
        Operand::Text { raw: text, .. } | Operand::Binary(text) => text.as_str().into(),
        Operand::Number(number) => number.clone().into(),
        Operand::Bool(flag) => (*flag).into(),
        Operand::Instant(millis) => Timestamp::from_millis(*millis).to_string().into(),
        Operand::Null => Value::Null,
    }
}
