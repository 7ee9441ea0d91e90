//! Keys of bodies: attributes that stand in the wrong place, or are named as paths.

use enroll_filter::{Expr, Filter, Literal, Op, Profile, Written};
use enroll_schema::{AttrId, ResourceType, limits::VALUES_MAX};
use serde_json::Value;

use crate::{
    notation::{Notation, schema},
    rule::{Members, key_of, member, member_mut},
};

/// `department` for `urn:…:enterprise:2.0:User:department`, when one extension alone defines it.
pub(crate) fn unqualified(kind: &ResourceType, text: &str) -> Option<String> {
    let head = text.split('[').next().unwrap_or_default();
    let name = head.split('.').next().unwrap_or_default();
    if head.contains(':') || kind.find(None, name).is_some() {
        return None;
    }
    let defines = |urn: &&str| kind.find(Some(urn), name).is_some();
    let mut urns = kind
        .extensions()
        .iter()
        .map(|extension| extension.urn.as_str())
        .filter(defines);
    let urn = urns.next().filter(|_| urns.next().is_none())?;
    Some(format!("{urn}:{text}"))
}

/// A key that is a path: `name.givenName`, `urn:…:User:department`, `emails[type eq "work"].value`.
pub(crate) fn compound(kind: &ResourceType, body: &mut Members, key: &str) -> bool {
    relocate(kind, body, key, key)
}

/// Moves the member `key` to the place that `notation` names.
///
/// Does nothing, and says so, when the type does not know the place or something is there already:
/// of two values that were sent none is dropped in favour of the other here.
pub(crate) fn relocate(kind: &ResourceType, body: &mut Members, key: &str, notation: &str) -> bool {
    let Some(value) = body.remove(key) else {
        return false;
    };
    match settle(kind, body, notation, value) {
        Ok(()) => true,
        Err(value) => {
            body.insert(key.to_owned(), value);
            false
        }
    }
}

/// Puts `value` where `text` says, or gives it back.
fn settle(kind: &ResourceType, body: &mut Members, text: &str, value: Value) -> Result<(), Value> {
    if let Some(urn) = schema(kind, text) {
        return merge(body, urn, value);
    }
    let Some(notation) = Notation::split(text) else {
        return Err(value);
    };
    let Some(id) = kind.find(notation.urn, notation.name) else {
        return Err(value);
    };
    let Some(extension) = kind.extension(id) else {
        return place(kind, body, id, &notation, value);
    };
    let urn = extension.urn.as_str();
    match member_mut(body, urn) {
        Some(Value::Object(container)) => place(kind, container, id, &notation, value),
        None | Some(Value::Null) => {
            let mut container = Members::new();
            place(kind, &mut container, id, &notation, value)?;
            *make(body, urn, Value::Null) = Value::Object(container);
            Ok(())
        }
        Some(_) => Err(value),
    }
}

/// Adds the members of an extension to those that are there, if they do not contradict.
fn merge(body: &mut Members, urn: &str, value: Value) -> Result<(), Value> {
    match (member_mut(body, urn), value) {
        (None, value) => {
            body.insert(urn.to_owned(), value);
        }
        (Some(there), value) if there.is_null() => *there = value,
        (Some(Value::Object(there)), Value::Object(more)) => {
            if more.keys().any(|key| key_of(there, key).is_some()) {
                return Err(Value::Object(more));
            }
            there.extend(more);
        }
        (_, value) => return Err(value),
    }
    Ok(())
}

fn place(
    kind: &ResourceType,
    members: &mut Members,
    id: AttrId,
    notation: &Notation<'_>,
    value: Value,
) -> Result<(), Value> {
    let Some(attribute) = kind.attribute(id) else {
        return Err(value);
    };
    let name = attribute.name.as_str();
    let sub = notation
        .sub
        .map(|sub| kind.find_sub(id, sub).and_then(|id| kind.attribute(id)));
    match (notation.filter, sub) {
        (_, Some(None)) => Err(value),
        (None, None) => absent(members, name, value),
        (None, Some(Some(_))) if attribute.multi => Err(value),
        (None, Some(Some(sub))) => match object(members, name) {
            Some(parts) => absent(parts, sub.name.as_str(), value),
            None => Err(value),
        },
        (Some(filter), sub) if attribute.multi => select(
            members,
            name,
            filter,
            sub.flatten().map(|sub| sub.name.as_str()),
            value,
        ),
        (Some(_), _) => Err(value),
    }
}

/// Inserts `value` unless something other than `null` is there.
fn absent(members: &mut Members, name: &str, value: Value) -> Result<(), Value> {
    match member_mut(members, name) {
        None => {
            members.insert(name.to_owned(), value);
        }
        Some(there) if there.is_null() => *there = value,
        Some(_) => return Err(value),
    }
    Ok(())
}

/// Returns the object called `name`, made when it is absent; `None` when something else is there.
fn object<'a>(members: &'a mut Members, name: &str) -> Option<&'a mut Members> {
    make(members, name, Value::Object(Members::new())).as_object_mut()
}

fn make<'a>(members: &'a mut Members, name: &str, empty: Value) -> &'a mut Value {
    let key = key_of(members, name).unwrap_or(name).to_owned();
    let there = members.entry(key).or_insert(Value::Null);
    if there.is_null() {
        *there = empty;
    }
    there
}

/// Puts `value` into the element that equals what `filter` asks for, made when it is absent.
fn select(
    members: &mut Members,
    name: &str,
    filter: &str,
    sub: Option<&str>,
    value: Value,
) -> Result<(), Value> {
    let listed = matches!(
        member(members, name),
        None | Some(Value::Null | Value::Array(_))
    );
    let wanted = if listed {
        equalities(name, filter)
    } else {
        None
    };
    let Some(wanted) = wanted else {
        return Err(value);
    };
    let parts = match (sub, value) {
        (Some(sub), value) => Members::from_iter([(sub.to_owned(), value)]),
        (None, Value::Object(parts)) => parts,
        (None, value) => return Err(value),
    };
    let Some(Value::Array(list)) = member_mut(members, name) else {
        let element = join(wanted, parts, sub)?;
        *make(members, name, Value::Null) = Value::Array(vec![Value::Object(element)]);
        return Ok(());
    };
    let fits = |element: &&mut Value| {
        let given = element.as_object();
        given.is_some_and(|given| wanted.iter().all(|(key, v)| member(given, key) == Some(v)))
    };
    if let Some(element) = list.iter_mut().find(fits) {
        let there = element.as_object().cloned().unwrap_or_default();
        *element = Value::Object(join(there, parts, sub)?);
    } else if list.len() < VALUES_MAX {
        list.push(Value::Object(join(wanted, parts, sub)?));
    } else {
        return Err(back(parts, sub));
    }
    Ok(())
}

/// Adds `parts` to `there`, or gives the value they were made of back if one is there already.
fn join(mut there: Members, parts: Members, sub: Option<&str>) -> Result<Members, Value> {
    if parts.keys().any(|key| key_of(&there, key).is_some()) {
        return Err(back(parts, sub));
    }
    there.extend(parts);
    Ok(there)
}

fn back(mut parts: Members, sub: Option<&str>) -> Value {
    match sub {
        Some(sub) => parts.remove(sub).unwrap_or_default(),
        None => Value::Object(parts),
    }
}

/// Reads a filter that is only `sub eq literal`, joined by `and`.
fn equalities(name: &str, filter: &str) -> Option<Members> {
    let whole = Filter::parse(&format!("{name}[{filter}]"), Profile::Lenient).ok()?;
    let Expr::Test(Written::Element(_, inner)) = whole else {
        return None;
    };
    let tests = match *inner {
        Expr::All(tests) => tests,
        test => vec![test],
    };
    tests.into_iter().map(equality).collect()
}

fn equality(test: Filter) -> Option<(String, Value)> {
    match test {
        Expr::Test(Written::Compare(path, Op::Eq, literal)) => {
            let value = match literal {
                Literal::String(text) => Value::String(text),
                Literal::Bool(flag) => Value::Bool(flag),
                _ => return None,
            };
            Some((path.name.as_str().to_owned(), value))
        }
        _ => None,
    }
}
