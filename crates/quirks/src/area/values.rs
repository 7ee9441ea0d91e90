//! Values of another JSON type than their attribute's, with one obvious reading.

use enroll_filter::{Literal, Written};
use enroll_schema::{AttrId, Kind, ResourceType, json};
use serde_json::Value;

use crate::rule::{Holds, Members, Place, Target};

/// `["Igor"]` where one value belongs.
pub(crate) fn list_of_one(target: &Target<'_>, value: &mut Value) -> bool {
    let mut changed = false;
    while let (Holds::Single | Holds::Selected, Value::Array(items)) = (target.holds, &mut *value) {
        let [only] = items.as_mut_slice() else { break };
        *value = only.take();
        changed = true;
    }
    changed
}

/// `{"$ref":null,"value":"Nes"}` where plain text, a number or a flag belongs.
pub(crate) fn boxed(target: &Target<'_>, value: &mut Value) -> bool {
    let Value::Object(members) = &*value else {
        return false;
    };
    if target.attribute.kind == Kind::Complex || target.holds == Holds::List {
        return false;
    }
    let beside = |(key, value): (&String, &Value)| {
        value.is_null()
            || ["value", "$ref"]
                .iter()
                .any(|known| key.eq_ignore_ascii_case(known))
    };
    let inner = crate::rule::member(members, "value");
    match inner {
        Some(Value::String(_) | Value::Number(_) | Value::Bool(_))
            if members.iter().all(beside) =>
        {
            let inner = inner.cloned();
            *value = inner.unwrap_or_default();
            true
        }
        _ => false,
    }
}

/// One value where a list belongs, in a POST or PUT (a PATCH may send one value, RFC 7644 §3.5.2.1).
pub(crate) fn one_for_list(target: &Target<'_>, value: &mut Value) -> bool {
    if target.holds != Holds::List || target.place != Place::Body {
        return false;
    }
    let complex = target.attribute.kind == Kind::Complex;
    let one = match value {
        Value::Object(_) => complex,
        Value::String(text) => !complex && !text.is_empty(),
        Value::Bool(_) | Value::Number(_) => !complex,
        Value::Null | Value::Array(_) => false,
    };
    if one {
        *value = Value::Array(vec![value.take()]);
    }
    one
}

/// `"manager": "id"` for `"manager": {"value": "id"}`.
pub(crate) fn bare_reference(target: &Target<'_>, value: &mut Value) -> bool {
    let fits = target.holds == Holds::Single && takes_value(target);
    let text = match value {
        Value::String(text) if fits && !text.is_empty() => std::mem::take(text),
        _ => return false,
    };
    *value = with_value(text);
    true
}

/// `["id"]` for `[{"value": "id"}]`, also for a single element.
pub(crate) fn bare_element(target: &Target<'_>, value: &mut Value) -> bool {
    let fits = matches!(target.holds, Holds::Element | Holds::List) && takes_value(target);
    let text = match value {
        Value::String(text) if fits && !text.is_empty() => std::mem::take(text),
        _ => return false,
    };
    let element = with_value(text);
    *value = match target.holds {
        Holds::List => Value::Array(vec![element]),
        _ => element,
    };
    true
}

/// `"True"` for `true`.
pub(crate) fn text_boolean(target: &Target<'_>, value: &mut Value) -> bool {
    let flag = value
        .as_str()
        .filter(|_| scalar(target, Kind::Boolean))
        .and_then(flag);
    if let Some(flag) = flag {
        *value = Value::Bool(flag);
    }
    flag.is_some()
}

/// `primary eq "True"` for `primary eq true`.
pub(crate) fn text_boolean_in_filter(
    kind: &ResourceType,
    within: Option<AttrId>,
    leaf: &mut Written,
) -> bool {
    let Written::Compare(path, _, literal) = leaf else {
        return false;
    };
    let attribute = match within {
        Some(parent) => kind.find_sub(parent, path.name.as_str()),
        None => path.find(kind),
    };
    let boolean = attribute
        .and_then(|id| kind.attribute(id))
        .is_some_and(|a| a.kind == Kind::Boolean);
    let Literal::String(text) = &*literal else {
        return false;
    };
    let meant = flag(text).filter(|_| boolean);
    if let Some(meant) = meant {
        *literal = Literal::Bool(meant);
    }
    meant.is_some()
}

/// `"42"` for `42`, in the JSON grammar for numbers.
pub(crate) fn text_number(target: &Target<'_>, value: &mut Value) -> bool {
    let Value::String(text) = &*value else {
        return false;
    };
    let (whole, decimal) = (scalar(target, Kind::Integer), scalar(target, Kind::Decimal));
    if !(whole || decimal) || text.contains(char::is_whitespace) {
        return false;
    }
    // The door for JSON, since a text must not bring in a number that a body could not.
    let fits = |number: &Value| number.is_i64() || decimal && number.is_number();
    let number = json::parse(text.as_bytes()).ok().filter(fits);
    let found = number.is_some();
    *value = number.unwrap_or_else(|| value.take());
    found
}

/// Reads `true` and `false` in any letter case, and nothing else (ENTRA-29).
pub(crate) fn flag(text: &str) -> Option<bool> {
    if text.eq_ignore_ascii_case("true") {
        Some(true)
    } else if text.eq_ignore_ascii_case("false") {
        Some(false)
    } else {
        None
    }
}

fn scalar(target: &Target<'_>, kind: Kind) -> bool {
    target.attribute.kind == kind && target.holds != Holds::List
}

fn takes_value(target: &Target<'_>) -> bool {
    target.attribute.kind == Kind::Complex && target.has("value")
}

fn with_value(text: String) -> Value {
    Value::Object(Members::from_iter([(
        "value".to_owned(),
        Value::String(text),
    )]))
}
