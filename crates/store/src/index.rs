//! Which attributes every store looks up by key, and the keys of a document.
//!
//! A store that keeps these keys in an index answers what identity providers ask (`userName eq`,
//! `externalId eq`, `emails[type eq "work" and value eq …]`) without reading other resources, and
//! decides uniqueness by the same keys (decision 33).

use enroll_schema::{AttrId, Kind, ResourceType, Uniqueness, fold, urns};
use serde_json::{Map, Value};

/// Indexed in every type that has them: common or base attribute, and sub-attribute.
const ALWAYS: &[(&str, Option<&str>)] = &[
    ("userName", None),
    ("externalId", None),
    ("displayName", None),
    ("emails", Some("value")),
];

/// Returns the indexed attributes of a type: `userName`, `externalId`, `displayName`,
/// `emails.value`, and each text whose values the schema calls unique.
pub fn attributes(kind: &ResourceType) -> Vec<AttrId> {
    kind.ids().filter(|id| has(kind, *id)).collect()
}

/// Tells whether an attribute is indexed.
pub fn has(kind: &ResourceType, attribute: AttrId) -> bool {
    is_always(kind, attribute) || is_unique_text(kind, attribute)
}

/// Returns the keys of `attribute` in a document, without repeats; texts only.
pub fn keys(kind: &ResourceType, attribute: AttrId, document: &Map<String, Value>) -> Vec<String> {
    let mut keys: Vec<_> = texts(kind, attribute, document)
        .map(|text| fold::key(kind, attribute, text))
        .collect();
    keys.sort_unstable();
    keys.dedup();
    keys
}

/// Returns what the enterprise attribute `manager.value` says (RFC 7643 §4.3).
pub fn manager(document: &Map<String, Value>) -> Option<&str> {
    document
        .get(urns::ENTERPRISE)?
        .get("manager")?
        .get("value")?
        .as_str()
}

/// Returns the name a resource is shown by as a member: `displayName`, else `userName`.
pub fn display(document: &Map<String, Value>) -> Option<&str> {
    let text = |name| document.get(name).and_then(Value::as_str);
    text("displayName").or_else(|| text("userName"))
}

fn is_always(kind: &ResourceType, id: AttrId) -> bool {
    let is = |id: AttrId, name: &str| kind.attribute(id).is_some_and(|a| a.name.is(name));
    let named = |(top, sub): &(&str, Option<&str>)| match (kind.parent(id), sub) {
        (None, None) => is(id, top),
        (Some(parent), Some(sub)) => is(parent, top) && is(id, sub),
        _ => false,
    };
    kind.extension(id).is_none() && ALWAYS.iter().any(named)
}

fn is_unique_text(kind: &ResourceType, id: AttrId) -> bool {
    kind.attribute(id).is_some_and(|attribute| {
        let own = !attribute.name.is("id");
        own && attribute.kind == Kind::String && attribute.uniqueness != Uniqueness::None
    })
}

fn texts<'a>(
    kind: &ResourceType,
    attribute: AttrId,
    document: &'a Map<String, Value>,
) -> impl Iterator<Item = &'a str> {
    values(kind, attribute, document)
        .into_iter()
        .filter_map(Value::as_str)
}

/// Returns the values of an attribute in document order, each element of a list by itself.
pub(crate) fn values<'a>(
    kind: &ResourceType,
    attribute: AttrId,
    document: &'a Map<String, Value>,
) -> Vec<&'a Value> {
    let names = kind.keys(attribute);
    let Some((first, rest)) = names.split_first() else {
        return Vec::new();
    };
    let mut found: Vec<&Value> = document.get(first.as_str()).into_iter().collect();
    for name in rest {
        found = each(found)
            .filter_map(|value| value.get(name.as_str()))
            .collect();
    }
    each(found).collect()
}

fn each(values: Vec<&Value>) -> impl Iterator<Item = &Value> {
    values.into_iter().flat_map(|value| match value {
        Value::Array(list) => list.as_slice(),
        single => std::slice::from_ref(single),
    })
}

#[cfg(test)]
mod tests {
    use enroll_schema::Schemas;
    use serde_json::json;

    use super::*;

    #[test]
    fn users_are_found_by_what_providers_ask_for() {
        let schemas = Schemas::standard();
        let user = schemas.named("User").unwrap();
        let paths: Vec<_> = attributes(user)
            .into_iter()
            .map(|id| user.path(id))
            .collect();
        assert_eq!(
            paths,
            ["externalId", "userName", "displayName", "emails.value"]
        );
        let group = schemas.named("Group").unwrap();
        let paths: Vec<_> = attributes(group)
            .into_iter()
            .map(|id| group.path(id))
            .collect();
        assert_eq!(paths, ["externalId", "displayName"]);
    }

    #[test]
    fn keys_are_folded_and_without_repeats() {
        let schemas = Schemas::standard();
        let user = schemas.named("User").unwrap();
        let document = json!({"emails": [{"value": "B@x"}, {"value": "b@X"}, {"type": "work"}, {"value": "a@x"}]});
        let emails = user
            .find(None, "emails")
            .and_then(|id| user.find_sub(id, "value"))
            .unwrap();
        assert_eq!(
            keys(user, emails, document.as_object().unwrap()),
            ["a@x", "b@x"]
        );
    }

    #[test]
    fn a_manager_is_named_by_the_enterprise_extension_only() {
        let document =
            json!({urns::ENTERPRISE: {"manager": {"value": "7"}}, "manager": {"value": "8"}});
        assert_eq!(manager(document.as_object().unwrap()), Some("7"));
        assert_eq!(manager(&Map::new()), None);
    }
}
