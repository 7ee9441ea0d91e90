//! Finding the values of an attribute in JSON, and comparing them.

use enroll_schema::{AttrId, Attribute, Kind, ResourceType, fold};
use serde_json::{Map, Value};

/// Returns the member called `name`; `null` is as good as none (RFC 7643 §2.5).
///
/// The schema's spelling is found at once; any other one too, for resources that nobody checked.
pub(crate) fn member<'a>(object: &'a Map<String, Value>, name: &str) -> Option<&'a Value> {
    let other = || {
        object
            .iter()
            .find(|(key, _)| key.eq_ignore_ascii_case(name))
            .map(|(_, v)| v)
    };
    object
        .get(name)
        .or_else(other)
        .filter(|value| !value.is_null())
}

/// Returns the sub-attribute called `name` of a complex value.
pub(crate) fn sub<'a>(value: &'a Value, name: &str) -> Option<&'a Value> {
    member(value.as_object()?, name)
}

/// Returns the JSON of a top-level attribute: a list, or the single value.
pub(crate) fn whole<'a>(
    kind: &ResourceType,
    id: AttrId,
    resource: &'a Map<String, Value>,
) -> Option<&'a Value> {
    let container = match kind.extension(id) {
        Some(extension) => member(resource, extension.urn.as_str())?.as_object()?,
        None => resource,
    };
    member(container, kind.attribute(id)?.name.as_str())
}

/// Returns the values of a top-level attribute, one by one.
pub(crate) fn elements<'a>(
    kind: &ResourceType,
    id: AttrId,
    resource: &'a Map<String, Value>,
) -> &'a [Value] {
    match whole(kind, id, resource) {
        None => &[],
        Some(Value::Array(list)) => list,
        Some(single) => std::slice::from_ref(single),
    }
}

/// Returns the values of an attribute or sub-attribute that are there.
pub(crate) fn of<'a>(
    kind: &ResourceType,
    id: AttrId,
    resource: &'a Map<String, Value>,
) -> Vec<&'a Value> {
    let Some(parent) = kind.parent(id) else {
        return elements(kind, id, resource).iter().collect();
    };
    let name = kind.attribute(id).map_or("", |a| a.name.as_str());
    elements(kind, parent, resource)
        .iter()
        .filter_map(|value| sub(value, name))
        .collect()
}

/// Tells whether a value is present: neither `null` nor `""`, nor a list or object of such.
///
/// Looks one level into each level of JSON, which the door for JSON limits to 16.
pub(crate) fn present(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::Bool(_) | Value::Number(_) => true,
        Value::String(text) => !text.is_empty(),
        Value::Array(list) => list.iter().any(present),
        Value::Object(object) => object.values().any(present),
    }
}

/// Returns the text that decides whether two strings of the attribute are equal.
///
/// [`fold::key`], but for two kinds of attribute: the `value` of a relation is an id and compares
/// by bytes, and references to resources compare as `Users/1` (RFC 7643 §2.4: neither the base URI
/// nor the API version counts).
pub(crate) fn key(kind: &ResourceType, id: AttrId, text: &str) -> String {
    if is_link(kind, id) {
        return text.to_owned();
    }
    match kind.attribute(id) {
        Some(attribute) if names_resource(attribute) => resource_named(text).to_owned(),
        _ => fold::key(kind, id, text),
    }
}

/// Tells whether `id` is the `value` of a relation.
pub(crate) fn is_link(kind: &ResourceType, id: AttrId) -> bool {
    let related = kind
        .parent(id)
        .and_then(|parent| kind.attribute(parent))
        .is_some_and(|a| a.relation.is_some());
    related && kind.attribute(id).is_some_and(|a| a.name.is("value"))
}

/// Tells whether the attribute's values are URIs of resources of this directory.
pub(crate) fn names_resource(attribute: &Attribute) -> bool {
    attribute.kind == Kind::Reference
        && attribute
            .reference_types
            .iter()
            .any(|t| !matches!(t.as_str(), "external" | "uri"))
}

/// Cuts `https://x.example/scim/v2/Users/1` to `Users/1`; leaves what has no two segments.
pub(crate) fn resource_named(text: &str) -> &str {
    let path = text
        .split(['?', '#'])
        .next()
        .unwrap_or_default()
        .trim_end_matches('/');
    let id = path.rfind('/');
    let endpoint = id
        .and_then(|id| path.get(..id))
        .and_then(|before| before.rfind('/'));
    endpoint.and_then(|at| path.get(at + 1..)).unwrap_or(path)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn references_name_a_resource_wherever_it_is() {
        for text in [
            "https://x.example/v2/Users/1",
            "../Users/1",
            "/Users/1",
            "Users/1",
            "/v1/Users/1/?a=/b",
        ] {
            assert_eq!(resource_named(text), "Users/1", "{text}");
        }
        assert_eq!(resource_named("1"), "1");
        assert_eq!(resource_named(""), "");
    }

    #[test]
    fn a_spelling_of_its_own_is_found() {
        let object = json!({"USERNAME": "x", "title": null});
        let object = object.as_object().unwrap();
        assert_eq!(member(object, "userName"), Some(&json!("x")));
        assert_eq!(member(object, "title"), None);
    }

    #[test]
    fn nothing_inside_is_nothing() {
        for absent in [
            json!(null),
            json!(""),
            json!([]),
            json!({}),
            json!([{"a": null}, ""]),
        ] {
            assert!(!present(&absent), "{absent}");
        }
        for there in [json!(false), json!(0), json!([{"a": "b"}])] {
            assert!(present(&there), "{there}");
        }
    }
}
