//! Complex values: parts under other names, parts that say nothing, parts inside text.

use enroll_schema::{Kind, json};
use serde_json::Value;

use crate::rule::{Holds, Members, Place, Target, key_of, member, member_mut, take};

/// `{"value": "{\"value\":\"25\",…}"}`: an app role as JSON inside a string.
pub(crate) fn json_in_value(target: &Target<'_>, value: &mut Value) -> bool {
    if !target.attribute.multi || target.attribute.relation.is_some() {
        return false;
    }
    let Some(outer) = complex(target, value) else {
        return false;
    };
    let Some(text) = member(outer, "value").and_then(Value::as_str) else {
        return false;
    };
    if !text.trim_start().starts_with('{') {
        return false;
    }
    let Ok(Value::Object(inner)) = json::parse(text.as_bytes()) else {
        return false;
    };
    // A second layer of text would be read by a second look at what this one left.
    let plain = |text: &str| !text.trim_start().starts_with('{');
    if !member(&inner, "value")
        .and_then(Value::as_str)
        .is_some_and(plain)
    {
        return false;
    }
    let known = |key: &str| target.has(key) || key.eq_ignore_ascii_case("displayName");
    take(outer, "value");
    for (key, part) in inner.into_iter().filter(|(key, _)| known(key)) {
        if key_of(outer, &key).is_none() {
            outer.insert(key, part);
        }
    }
    true
}

/// `{"managerId": "boss"}` for `{"value": "boss"}`, as SCIM 1.1 had it.
pub(crate) fn scim1_reference(target: &Target<'_>, value: &mut Value) -> bool {
    let fits = target.holds == Holds::Single && target.has("value");
    let Some(members) = complex(target, value).filter(|_| fits) else {
        return false;
    };
    let old = format!("{}Id", target.attribute.name.as_str());
    if target.has(&old) {
        return false;
    }
    if member(members, "value").is_some_and(|value| !value.is_null()) {
        return false;
    }
    if !member(members, &old).is_some_and(Value::is_string) {
        return false;
    }
    take(members, "value");
    if let Some(id) = take(members, &old) {
        members.insert("value".to_owned(), id);
    }
    true
}

/// `{"displayName": "Lars"}` for `{"display": "Lars"}`.
pub(crate) fn display_name(target: &Target<'_>, value: &mut Value) -> bool {
    let Some(members) = complex(target, value) else {
        return false;
    };
    if key_of(members, "displayName").is_none()
        || !target.has("display")
        || target.has("displayName")
    {
        return false;
    }
    if let (Some(text), None) = (take(members, "displayName"), key_of(members, "display")) {
        members.insert("display".to_owned(), text);
    }
    true
}

/// Parts of a complex value that the schema does not know.
pub(crate) fn unknown_parts(target: &Target<'_>, value: &mut Value) -> bool {
    let Some(members) = complex(target, value) else {
        return false;
    };
    // SCIM 1.1 says beside a member's id what is to become of the member: not to be overlooked.
    let spoken = target.attribute.relation.is_some() && key_of(members, "operation").is_some();
    if target.place != Place::Operation || spoken {
        return false;
    }
    let count = members.len();
    let known = members.keys().filter(|key| target.has(key)).count();
    // Of a value that would hold nothing, nothing was understood.
    if known == 0 || known == count {
        return false;
    }
    members.retain(|key, _| target.has(key));
    true
}

/// `""` for an externalId, and for a single reference: nothing, not a value.
pub(crate) fn empty_value(target: &Target<'_>, value: &mut Value) -> bool {
    if target.holds != Holds::Single {
        return false;
    }
    let reference = target.attribute.kind == Kind::Complex && target.has("value");
    let empty = match value {
        Value::String(text) => {
            text.is_empty() && (reference || target.attribute.name.is("externalId"))
        }
        Value::Object(members) => {
            reference && member(members, "value").and_then(Value::as_str) == Some("")
        }
        _ => false,
    };
    if empty {
        *value = Value::Null;
    }
    empty
}

/// `{"value": "", "type": "work"}` in a list: an element that holds nothing.
pub(crate) fn empty_elements(target: &Target<'_>, values: &mut Vec<Value>) -> bool {
    // Who is a member is never guessed: a member without an id is the core's to refuse.
    if target.attribute.kind != Kind::Complex || target.attribute.relation.is_some() {
        return false;
    }
    let count = values.len();
    values.retain(|value| {
        !value
            .as_object()
            .is_some_and(|members| says_nothing(target, members))
    });
    values.len() != count
}

fn says_nothing(target: &Target<'_>, members: &Members) -> bool {
    let blank = |value: &Value| value.as_str().is_some_and(str::is_empty);
    if target.has("value") {
        return member(members, "value").is_some_and(blank);
    }
    let label = |key: &str| key.eq_ignore_ascii_case("type") || key.eq_ignore_ascii_case("primary");
    let nothing = |(key, value): (&String, &Value)| value.is_null() || blank(value) || label(key);
    members.values().any(blank) && members.iter().all(nothing)
}

/// Two elements with `"primary": true`: the first one is.
#[expect(clippy::ptr_arg, reason = "all rules for lists have one type")]
pub(crate) fn two_primaries(target: &Target<'_>, values: &mut Vec<Value>) -> bool {
    if !target.has("primary") {
        return false;
    }
    let mut found = false;
    let mut changed = false;
    for members in values.iter_mut().filter_map(Value::as_object_mut) {
        let Some(primary) = member_mut(members, "primary") else {
            continue;
        };
        if *primary == Value::Bool(true) {
            if found {
                *primary = Value::Bool(false);
                changed = true;
            }
            found = true;
        }
    }
    changed
}

fn complex<'a>(target: &Target<'_>, value: &'a mut Value) -> Option<&'a mut Members> {
    let complex = target.attribute.kind == Kind::Complex;
    value.as_object_mut().filter(|_| complex)
}
