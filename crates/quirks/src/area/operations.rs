//! PATCH operations.

use enroll_filter::{Path, Profile};
use enroll_schema::{Mutability, ResourceType, Schemas};
use serde_json::Value;

use crate::{
    Incoming,
    notation::{Named, Notation, named, schema},
    rule::{Members, Place, Target, key_of, member, member_mut, take},
};

/// `operations`: the members of the message in another letter case.
pub(crate) fn message_names(_: &Schemas, request: &mut Incoming) -> bool {
    let body = request.body.as_mut().and_then(Value::as_object_mut);
    match body.filter(|_| request.method == "PATCH") {
        Some(body) => respell(body, &["schemas", "Operations"]),
        None => false,
    }
}

/// `OP`, `Path`: the members of an operation in another letter case.
pub(crate) fn member_names(_: &ResourceType, operation: &mut Members) -> bool {
    respell(operation, &["op", "path", "value"])
}

fn respell(members: &mut Members, names: &[&str]) -> bool {
    // What is spelled as it should be is looked up first: most always are.
    let asked = names.iter().filter(|name| !members.contains_key(**name));
    let other = |name: &&str| Some((key_of(members, name)?.to_owned(), (*name).to_owned()));
    let other: Vec<_> = asked.filter_map(other).collect();
    for (key, name) in &other {
        if let Some(value) = members.remove(key) {
            members.insert(name.clone(), value);
        }
    }
    !other.is_empty()
}

/// `Replace`: the verb in another letter case.
pub(crate) fn verb(_: &ResourceType, operation: &mut Members) -> bool {
    // The rule for names has looked first: it is spelled so, or not there.
    let Some(Value::String(verb)) = operation.get_mut("op") else {
        return false;
    };
    if VERBS.contains(&verb.as_str()) {
        return false;
    }
    let meant = VERBS.iter().find(|known| known.eq_ignore_ascii_case(verb));
    let Some(meant) = meant else { return false };
    (*meant).clone_into(verb);
    true
}

/// `remove` with a value.
pub(crate) fn remove_with_value(_: &ResourceType, operation: &Members) -> bool {
    is_op(operation, "remove")
        && path(operation).is_some()
        && member(operation, "value").is_some_and(|value| !value.is_null())
}

/// A key that is a path, where there is no path.
pub(crate) fn path_as_key(kind: &ResourceType, operation: &Members) -> bool {
    if !is_pathless(operation) || is_op(operation, "remove") {
        return false;
    }
    let members = member(operation, "value").and_then(Value::as_object);
    let is_path = |key: &String| {
        key.contains(['.', ':', '['])
            && kind.find(None, key).is_none()
            && matches!(
                named(kind, key, Place::Operation),
                Some(Named::Attribute(_))
            )
    };
    members.is_some_and(|members| members.keys().any(is_path))
}

/// `{"path": "members", "value": {"members": […]}}`: the value repeats the path.
pub(crate) fn value_repeats_path(kind: &ResourceType, operation: &mut Members) -> bool {
    let lone = |value: &Value| value.as_object().is_some_and(|value| value.len() == 1);
    if !member(operation, "value").is_some_and(lone) {
        return false;
    }
    let Some(target) = target(kind, operation) else {
        return false;
    };
    let name = target.attribute.name.as_str();
    let Some(value) = member_mut(operation, "value") else {
        return false;
    };
    let mut changed = false;
    while let Value::Object(members) = &mut *value {
        if members.len() != 1 || key_of(members, name).is_none() || target.has(name) {
            break;
        }
        *value = take(members, name).unwrap_or_default();
        changed = true;
    }
    changed
}

/// Attributes that only the server writes, among the members of an operation without a path.
pub(crate) fn read_only_keys(kind: &ResourceType, operation: &mut Members) -> bool {
    if !is_pathless(operation) || is_op(operation, "remove") {
        return false;
    }
    let Some(Value::Object(members)) = member_mut(operation, "value") else {
        return false;
    };
    let count = members.len();
    members.retain(|key, _| {
        let attribute = kind.find(None, key).and_then(|id| kind.attribute(id));
        attribute.is_none_or(|attribute| attribute.mutability != Mutability::ReadOnly)
    });
    members.len() != count
}

/// Keys that name nothing the schemas know, where attributes are given without a path to one.
pub(crate) fn unknown_keys(kind: &ResourceType, operation: &mut Members) -> bool {
    if is_op(operation, "remove") {
        return false;
    }
    let whole = match path(operation) {
        None if is_pathless(operation) => None,
        None => return false,
        Some(path) => match schema(kind, path) {
            Some(urn) => Some(urn),
            None => return false,
        },
    };
    let Some(Value::Object(members)) = member_mut(operation, "value") else {
        return false;
    };
    match whole {
        Some(urn) => keep_known(kind, urn, members),
        None => keep_named(kind, members),
    }
}

/// Keeps the keys that are paths in the type, and inside an extension the names it defines.
fn keep_named(kind: &ResourceType, members: &mut Members) -> bool {
    let count = members.len();
    let mut inside = false;
    members.retain(|key, value| match named(kind, key, Place::Operation) {
        Some(Named::Schema(urn)) => {
            inside |= value
                .as_object_mut()
                .is_some_and(|members| keep_known(kind, urn, members));
            true
        }
        Some(Named::Attribute(_)) => true,
        None => false,
    });
    inside || members.len() != count
}

fn keep_known(kind: &ResourceType, urn: &str, members: &mut Members) -> bool {
    let count = members.len();
    let known = |key: &str| {
        let notation = Notation::split(key).filter(|notation| notation.urn.is_none());
        notation.is_some_and(|notation| {
            Notation {
                urn: Some(urn),
                ..notation
            }
            .find(kind)
            .is_some()
        })
    };
    members.retain(|key, _| known(key));
    members.len() != count
}

/// A write to a part that only the server writes, such as `manager.displayName`.
pub(crate) fn read_only_part(kind: &ResourceType, operation: &mut Members) -> bool {
    let known = is_op(operation, "add") || is_op(operation, "replace");
    let read_only = |target: &Target<'_>| {
        let whole = kind
            .parent(target.id)
            .and_then(|parent| kind.attribute(parent));
        target.attribute.mutability == Mutability::ReadOnly
            && whole.is_some_and(|whole| whole.mutability != Mutability::ReadOnly)
    };
    known && target(kind, operation).is_some_and(|target| read_only(&target)) && silence(operation)
}

/// An operation on an attribute that the schemas do not know.
pub(crate) fn unknown_attribute(kind: &ResourceType, operation: &mut Members) -> bool {
    let Some(path) = path(operation) else {
        return false;
    };
    let unknown = schema(kind, path).is_none()
        && Notation::split(path).is_some_and(|notation| notation.find(kind).is_none());
    let known = |op: &&str| is_op(operation, op);
    unknown
        && VERBS.iter().any(known)
        && Path::parse(path, Profile::Lenient).is_ok()
        && silence(operation)
}

/// Turns an operation that emptied its value into a removal: a single value becomes unassigned.
pub(crate) fn emptied(operation: &mut Members) {
    take(operation, "value");
    set(operation, "op", Value::from("remove"));
}

/// Tells whether the operation's verb is `op`, in any letter case.
pub(crate) fn is_op(operation: &Members, op: &str) -> bool {
    let verb = member(operation, "op").and_then(Value::as_str);
    verb.is_some_and(|verb| verb.eq_ignore_ascii_case(op))
}

/// Returns the operation's path as sent.
pub(crate) fn path(operation: &Members) -> Option<&str> {
    member(operation, "path").and_then(Value::as_str)
}

/// Tells whether the operation has no path; `null` is none (RFC 7643 §2.5).
fn is_pathless(operation: &Members) -> bool {
    member(operation, "path").is_none_or(Value::is_null)
}

/// Replaces the member called `name`, in whatever letter case it was sent.
pub(crate) fn set(operation: &mut Members, name: &str, value: Value) -> bool {
    match member_mut(operation, name) {
        Some(there) => *there = value,
        None => {
            operation.insert(name.to_owned(), value);
        }
    }
    true
}

/// Leaves an operation that does nothing, so that the others keep their index in error messages.
fn silence(operation: &mut Members) -> bool {
    take(operation, "path");
    set(operation, "op", Value::from("add"));
    set(operation, "value", Value::Object(Members::new()))
}

/// The verbs of RFC 7644 §3.5.2.
const VERBS: [&str; 3] = ["add", "remove", "replace"];

fn target<'a>(kind: &'a ResourceType, operation: &Members) -> Option<Target<'a>> {
    match named(kind, path(operation)?, Place::Operation)? {
        Named::Attribute(target) => Some(target),
        Named::Schema(_) => None,
    }
}
