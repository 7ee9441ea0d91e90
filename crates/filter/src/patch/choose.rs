//! `attr[filter]` and `attr[filter].sub`: what happens to the values chosen, and what if there are
//! none (patch-semantics §3, K6 and K7).

use enroll_schema::{Kind, Mutability, Result, Timestamp};
use serde_json::{Map, Value};

use super::{
    Choice, Deed, Otherwise, Verb,
    compile::Change,
    place::{Place, object_of},
    value::Values,
};
use crate::{Bound, Expr, Op, Operand, Predicate};

/// Turns an operation on chosen values into a choice; nothing for what changes nothing.
///
/// `creates`: without a match, the value is made from the filter, if it says enough.
pub(super) fn choice(
    values: Values<'_>,
    (place, sub): (Place<'_>, Option<Place<'_>>),
    (filter, creates): (Predicate, bool),
    change: Change<'_>,
) -> Result<Option<Choice>> {
    let Some(value) = change.given() else {
        let must_match = change.op == Verb::Replace && !creates;
        let otherwise = if must_match {
            Otherwise::Refuse
        } else {
            Otherwise::Nothing
        };
        let deed = match sub {
            Some(sub) => Deed::Merge(object_of(sub.name(), Value::Null)),
            None => Deed::Remove,
        };
        let none = change.op == Verb::Add;
        return Ok((!none).then_some(Choice {
            filter,
            deed,
            otherwise,
        }));
    };
    let (value, merges) = match sub {
        Some(sub) => {
            let value = values.whole(sub.id, value)?;
            (Value::Object(object_of(sub.name(), value)), true)
        }
        None if place.attribute.kind == Kind::Complex => (
            Value::Object(values.fields(place, value)?),
            change.op == Verb::Add,
        ),
        // One of several simple values is one, not a list of them.
        None => (values.element(place.id, value)?, false),
    };
    let otherwise = if creates {
        made(values, place, &filter, &value)
    } else {
        Otherwise::Refuse
    };
    let deed = match value {
        Value::Object(fields) if merges => Deed::Merge(fields),
        value => Deed::Become(value),
    };
    Ok(Some(Choice {
        filter,
        deed,
        otherwise,
    }))
}

/// Returns the value that an operation without match adds: what the filter says, and `value` over it
/// (errata 8097).
fn made(values: Values<'_>, place: Place<'_>, filter: &Predicate, value: &Value) -> Otherwise {
    let Some(mut seed) = seed(values, place, filter) else {
        return Otherwise::Refuse;
    };
    let Value::Object(fields) = value else {
        return Otherwise::Create(value.clone());
    };
    seed.extend(fields.clone());
    seed.retain(|_, value| !value.is_null());
    Otherwise::Create(Value::Object(seed))
}

/// Returns the sub-attributes that `sub eq literal and …` gives; nothing for any other filter, nor
/// for a literal that could be compared but not kept.
fn seed(values: Values<'_>, place: Place<'_>, filter: &Predicate) -> Option<Map<String, Value>> {
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
        if attribute == place.id {
            continue;
        }
        let sub = Place::of(place.kind, attribute).filter(|sub| !sub.is(Mutability::ReadOnly))?;
        let value = values.whole(attribute, &literal(operand)).ok()?;
        let again = seed.insert(sub.name().to_owned(), value.clone());
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
