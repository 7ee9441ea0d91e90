//! PATCH: read, compile, apply.

use std::collections::BTreeSet;

use enroll_filter::patch::{Leniency, Patch, Plan};
use enroll_schema::{Document, Mode, ResourceType, Schemas};
use serde_json::{Map, Value};

use crate::samples;

/// Reading, compiling and applying never panic; attributes that the message does not name stay as
/// they were; a plan touches members only when the message names them.
///
/// # Panics
/// When a law is broken.
pub fn patch(bytes: &[u8]) {
    let Ok(body) = enroll_schema::json::parse(bytes) else {
        return;
    };
    let named = names(&body);
    for lenient in [false, true] {
        let Ok(patch) = Patch::read(body.clone(), lenient) else {
            continue;
        };
        for (kind, resource) in samples(&Schemas::standard()) {
            let document = Document::read(kind, resource, Mode::Strict);
            let before = document.expect("because the sample is canonical").document;
            apply(kind, &patch, leniency(lenient), &before, &named);
        }
    }
}

fn apply(
    kind: &ResourceType,
    patch: &Patch,
    leniency: Leniency,
    before: &Document,
    named: &BTreeSet<String>,
) {
    let Ok(plan) = Plan::compile(kind, patch, leniency) else {
        return;
    };
    assert!(
        plan.links().is_empty() || named.contains("members"),
        "members were never named"
    );
    let Ok(after) = plan.apply(kind, ID, before) else {
        return;
    };
    for (name, value) in before.as_map() {
        let kept = after.as_map().get(name) == Some(value);
        assert!(
            kept || is_named(name, value, named),
            "{name} was never named, but changed"
        );
    }
    let again = plan.apply(kind, ID, before);
    assert_eq!(
        again.as_ref(),
        Ok(&after),
        "a plan is data: it gives the same twice"
    );
}

/// An extension is named by its URN; `schemas` follows from what has data.
fn is_named(name: &str, value: &Value, named: &BTreeSet<String>) -> bool {
    let inside = value.as_object().into_iter().flat_map(Map::keys);
    let extension = name.starts_with("urn:");
    name == "schemas"
        || named.contains(&name.to_lowercase())
        || extension
            && inside
                .chain([&"User".to_owned()])
                .any(|name| named.contains(&name.to_lowercase()))
}

/// Lists every word of every string and member name of the message, in lower case.
fn names(body: &Value) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    let mut open = vec![body];
    let mut add = |text: &str| {
        let words = text.split(|letter: char| !letter.is_ascii_alphanumeric());
        names.extend(words.map(str::to_lowercase));
    };
    while let Some(value) = open.pop() {
        match value {
            Value::String(text) => add(text),
            Value::Array(elements) => open.extend(elements),
            Value::Object(members) => {
                members.keys().for_each(|name| add(name));
                open.extend(members.values());
            }
            _ => {}
        }
    }
    names
}

fn leniency(lenient: bool) -> Leniency {
    Leniency {
        replace_creates: lenient,
        ignore_unknown: lenient,
        any_format: lenient,
        refuse_unknown_links: !lenient,
    }
}

const ID: &str = "2819c223-7f76-453a-919d-413861904646";

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_message_names_what_it_spells_anywhere() {
        let body = json!({"Operations": [
            {"op": "replace", "value": {"name.givenName": "x"}},
            {"op": "add", "path": "urn:x:2.0:User:department", "value": "y"}
        ]});
        let named = names(&body);
        let is = |name: &str, value: Value| is_named(name, &value, &named);
        assert!(is("name", json!({"givenName": "a"})));
        assert!(
            is("schemas", json!(["urn:x"])),
            "it follows from what has data"
        );
        assert!(is("urn:x:2.0:User", json!({"department": "a"})));
        assert!(!is("title", json!("a")));
        assert!(
            !is("displayName", json!("a")),
            "a part of a word is not the word"
        );
    }
}
