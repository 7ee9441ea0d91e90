//! Schema URNs in spellings of old drafts, and URNs nobody here knows.

use std::collections::BTreeSet;

use enroll_schema::{ResourceType, Schemas, urns};
use serde_json::Value;

use crate::{
    Incoming,
    notation::schema,
    rule::{Place, Target, key_of, member_mut},
};

/// The same URN with and without the part that was added between draft and RFC.
const REGISTERED: &str = "ietf:params:";

/// An attribute or schema named with a draft's spelling of the schema URN.
pub(crate) fn draft_in_name(kind: &ResourceType, text: &str) -> Option<String> {
    if is_registered(text) {
        return None;
    }
    in_name(kind, text)
}

/// An attribute or schema named with its schema URN, but for a colon.
pub(crate) fn colon_in_name(kind: &ResourceType, text: &str) -> Option<String> {
    if !is_registered(text) {
        return None;
    }
    in_name(kind, text)
}

fn in_name(kind: &ResourceType, text: &str) -> Option<String> {
    if !is_urn(text) || schema(kind, text).is_some() {
        return None;
    }
    if let Some(urn) = meant(kind, text) {
        return Some(urn.to_owned());
    }
    let (head, tail) = text.split_at(text.find('[').unwrap_or(text.len()));
    let (urn, local) = head.rsplit_once(':')?;
    if schema(kind, urn).is_some() {
        return None;
    }
    Some(format!("{}:{local}{tail}", meant(kind, urn)?))
}

/// The list `schemas` with a draft's spelling, or with one URN twice after that is put right.
pub(crate) fn draft_in_schemas(target: &Target<'_>, values: &mut Vec<Value>) -> bool {
    in_schemas(target, values, |text| !is_registered(text))
}

/// The same with a registered URN, but for a colon.
pub(crate) fn colon_in_schemas(target: &Target<'_>, values: &mut Vec<Value>) -> bool {
    in_schemas(target, values, is_registered)
}

fn in_schemas(
    target: &Target<'_>,
    values: &mut Vec<Value>,
    is_asked: impl Fn(&str) -> bool,
) -> bool {
    if !target.attribute.name.is("schemas") {
        return false;
    }
    let mut changed = false;
    for value in values.iter_mut() {
        let text = value
            .as_str()
            .filter(|text| is_asked(text) && schema(target.kind, text).is_none());
        if let Some(urn) = text.and_then(|text| meant(target.kind, text)) {
            *value = Value::from(urn);
            changed = true;
        }
    }
    if changed {
        let mut seen = BTreeSet::new();
        values.retain(|value| {
            value
                .as_str()
                .is_none_or(|text| seen.insert(text.to_owned()))
        });
    }
    changed
}

/// A PATCH or search message whose own URN has a draft's spelling.
pub(crate) fn in_message(_: &Schemas, request: &mut Incoming) -> bool {
    let Some(Value::Object(body)) = &mut request.body else {
        return false;
    };
    let Some(Value::Array(list)) = member_mut(body, "schemas") else {
        return false;
    };
    let [Value::String(urn)] = list.as_mut_slice() else {
        return false;
    };
    if !is_urn(urn) {
        return false;
    }
    let known = [urns::PATCH_OP, urns::SEARCH_REQUEST];
    let Some(meant) = known.into_iter().find(|known| same(known, urn)) else {
        return false;
    };
    let changed = !meant.eq_ignore_ascii_case(urn);
    if changed {
        meant.clone_into(urn);
    }
    changed
}

/// A PATCH message that does not say which message it is.
pub(crate) fn missing_in_patch(_: &Schemas, request: &mut Incoming) -> bool {
    let Some(Value::Object(body)) = &mut request.body else {
        return false;
    };
    let patch = request.method == "PATCH" && key_of(body, "Operations").is_some();
    if !patch || key_of(body, "schemas").is_some() {
        return false;
    }
    body.insert("schemas".to_owned(), Value::from(vec![urns::PATCH_OP]));
    true
}

/// URNs in `schemas` that belong to no schema of the type.
pub(crate) fn unknown(target: &Target<'_>, values: &mut Vec<Value>) -> bool {
    if !target.attribute.name.is("schemas") || target.place != Place::Body {
        return false;
    }
    let known = |value: &Value| {
        value
            .as_str()
            .is_some_and(|text| schema(target.kind, text).is_some())
    };
    let strings = values.iter().all(Value::is_string);
    if !strings || !values.iter().any(known) || values.iter().all(known) {
        return false;
    }
    values.retain(known);
    true
}

fn is_urn(text: &str) -> bool {
    text.get(..4)
        .is_some_and(|start| start.eq_ignore_ascii_case("urn:"))
}

/// Tells whether the URN has the part that registration added.
fn is_registered(text: &str) -> bool {
    let rest = text.get(4..).unwrap_or_default();
    let start = rest.get(..REGISTERED.len());
    start.is_some_and(|start| start.eq_ignore_ascii_case(REGISTERED))
}

/// Returns the one schema of the type that `text` can mean.
fn meant<'a>(kind: &'a ResourceType, text: &str) -> Option<&'a str> {
    if !is_urn(text) {
        return None;
    }
    let extensions = kind
        .extensions()
        .iter()
        .map(|extension| extension.urn.as_str());
    let fits = |known: &&str| {
        let short = known.rsplit_once(':').map(|(short, _)| short);
        same(known, text) || short.is_some_and(|short| same(short, text))
    };
    let mut fitting = extensions.chain([kind.schema().as_str()]).filter(fits);
    fitting.next().filter(|_| fitting.next().is_none())
}

/// Compares two URNs without letter case, colons, and the part that only registration added.
fn same(known: &str, text: &str) -> bool {
    bare(known).eq(bare(text))
}

fn bare(urn: &str) -> impl Iterator<Item = u8> + '_ {
    let rest = urn.get(4..).unwrap_or_default();
    let prefix = rest
        .get(..REGISTERED.len())
        .filter(|start| start.eq_ignore_ascii_case(REGISTERED));
    let rest = prefix.map_or(rest, |start| rest.get(start.len()..).unwrap_or_default());
    rest.bytes()
        .filter(|b| *b != b':')
        .map(|b| b.to_ascii_lowercase())
}
