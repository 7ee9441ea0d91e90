//! What becomes of one attribute's values: pure functions of what was there and the action
//! (patch-semantics §3, §5).

use enroll_schema::{AttrId, Error, ErrorKind, Result, limits::VALUES_MAX};
use serde_json::{Map, Value};

use super::{
    Action, Choice, Deed, Otherwise, list,
    place::{Place, object_of},
};

/// Returns what becomes of an attribute's JSON; `None` is none at all, never an empty list.
pub(super) fn act(
    place: Place<'_>,
    before: Option<Value>,
    action: &Action,
) -> Result<Option<Value>> {
    match action {
        Action::Set(value) => Ok(Some(value.clone())),
        Action::Unassign => Ok(None),
        Action::Same(sub, value) => same(place, *sub, before, value),
        Action::Merge(fields) => merged(place, before, fields),
        Action::SetSub(sub, value) => {
            let name = place
                .kind
                .attribute(*sub)
                .map_or("", |sub| sub.name.as_str());
            let fields = object_of(name, value.clone());
            if place.attribute.multi {
                set_in_all(place, elements(before), &fields)
            } else {
                merged(place, before, &fields)
            }
        }
        Action::Append(values) => appended(place, elements(before), values),
        Action::Assign(values) => appended(place, Vec::new(), values),
        Action::Withdraw(listed) => {
            let mut list = elements(before);
            list::withdraw(place, &mut list, listed);
            Ok(as_values(list))
        }
        Action::Choose(choice) => {
            let list = chosen(place, elements(before), choice)?;
            let one = |list: Vec<Value>| list.into_iter().find(|value| !is_empty(value));
            Ok(if place.attribute.multi {
                as_values(list)
            } else {
                one(list)
            })
        }
    }
}

fn same(
    place: Place<'_>,
    sub: Option<AttrId>,
    before: Option<Value>,
    value: &Value,
) -> Result<Option<Value>> {
    let sub = sub.and_then(|sub| Place::of(place.kind, sub));
    let is_value = |known: Option<&Value>| known.unwrap_or(&Value::Null) == value;
    let equal = match sub {
        None => is_value(before.as_ref()),
        Some(sub) => {
            let list = elements(before.clone());
            let all = list.iter().all(|element| is_value(element.get(sub.name())));
            all && (value.is_null() || !list.is_empty())
        }
    };
    if equal {
        Ok(before)
    } else {
        Err(sub.unwrap_or(place).is_fixed("readOnly"))
    }
}

fn merged(
    place: Place<'_>,
    before: Option<Value>,
    fields: &Map<String, Value>,
) -> Result<Option<Value>> {
    let mut known = match before {
        Some(Value::Object(known)) => known,
        _ => Map::new(),
    };
    list::merge(place, &mut known, fields)?;
    Ok((!known.is_empty()).then_some(Value::Object(known)))
}

/// K5: the sub-attribute of every value; of none, a value that holds it.
fn set_in_all(
    place: Place<'_>,
    mut list: Vec<Value>,
    fields: &Map<String, Value>,
) -> Result<Option<Value>> {
    if list.is_empty() {
        list.push(Value::Object(Map::new()));
    }
    if list::makes_primary(fields) && list.len() > 1 {
        return Err(place.two_primaries());
    }
    for element in &mut list {
        merge_into(place, element, fields)?;
    }
    Ok(as_values(list))
}

fn appended(place: Place<'_>, mut list: Vec<Value>, values: &[Value]) -> Result<Option<Value>> {
    list::append(place, &mut list, values)?;
    if list.len() > VALUES_MAX {
        return Err(place.too_many());
    }
    Ok(as_values(list))
}

/// K6, K7.
fn chosen(place: Place<'_>, mut list: Vec<Value>, choice: &Choice) -> Result<Vec<Value>> {
    let matches = |value: &Value| choice.filter.selects(place.kind, place.id, value);
    let matching: Vec<usize> = list
        .iter()
        .enumerate()
        .filter(|(_, value)| matches(value))
        .map(|(at, _)| at)
        .collect();
    if matching.is_empty() {
        return unmatched(place, list, &choice.otherwise);
    }
    let primary = match &choice.deed {
        Deed::Remove => false,
        Deed::Merge(fields) => list::makes_primary(fields),
        Deed::Become(value) => list::is_primary(value),
    };
    if primary && matching.len() > 1 {
        return Err(place.two_primaries());
    }
    for at in &matching {
        if let Some(element) = list.get_mut(*at) {
            do_to(place, element, &choice.deed)?;
        }
        if primary {
            list::only_primary(&mut list, *at);
        }
    }
    let many_alike = matching.len() > 1 && matches!(choice.deed, Deed::Become(_));
    list.retain(|value| !is_empty(value));
    Ok(if many_alike {
        list::distinct(list)
    } else {
        list
    })
}

fn unmatched(place: Place<'_>, mut list: Vec<Value>, otherwise: &Otherwise) -> Result<Vec<Value>> {
    match otherwise {
        Otherwise::Nothing => Ok(list),
        Otherwise::Create(value) if place.attribute.multi || list.is_empty() => {
            list::append(place, &mut list, std::slice::from_ref(value))?;
            if list.len() > VALUES_MAX {
                Err(place.too_many())
            } else {
                Ok(list)
            }
        }
        Otherwise::Create(_) | Otherwise::Refuse => {
            let detail = format!("no value of {} matches", place.kind.path(place.id));
            Err(Error::new(ErrorKind::NoTarget, detail))
        }
    }
}

fn do_to(place: Place<'_>, element: &mut Value, deed: &Deed) -> Result<()> {
    match (deed, &mut *element) {
        (Deed::Become(Value::Object(fields)), Value::Object(known)) => {
            *known = list::replaced(place, known, fields)?;
        }
        (Deed::Become(value), _) => *element = value.clone(),
        (Deed::Merge(fields), _) => merge_into(place, element, fields)?,
        (Deed::Remove, _) => *element = Value::Null,
    }
    Ok(())
}

fn merge_into(place: Place<'_>, element: &mut Value, fields: &Map<String, Value>) -> Result<()> {
    if let Value::Object(known) = element {
        return list::merge(place, known, fields);
    }
    *element = Value::Object(fields.clone());
    Ok(())
}

fn elements(json: Option<Value>) -> Vec<Value> {
    match json {
        None | Some(Value::Null) => Vec::new(),
        Some(Value::Array(list)) => list,
        Some(single) => vec![single],
    }
}

fn as_values(mut list: Vec<Value>) -> Option<Value> {
    list.retain(|value| !is_empty(value));
    (!list.is_empty()).then_some(Value::Array(list))
}

fn is_empty(value: &Value) -> bool {
    value.is_null() || value.as_object().is_some_and(Map::is_empty)
}
