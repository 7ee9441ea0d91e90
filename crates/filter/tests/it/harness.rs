//! A store in miniature: whole resources in and out, documents and members kept apart inside.

use enroll_filter::{LinkPlan, Patch, Plan, patch::Leniency};
use enroll_schema::{Document, ErrorKind, Relation, ResourceType, Result, urns};
use serde_json::{Map, Value, json};

use crate::kinds;

/// A PATCH of a whole resource: what `after` would be, or why not.
pub(crate) fn patch(
    kind: &ResourceType,
    before: &Value,
    operations: &Value,
    leniency: Leniency,
) -> Result<Value> {
    let message = json!({ "schemas": [urns::PATCH_OP], "Operations": operations });
    let plan = Plan::compile(kind, &Patch::read(message, false)?, leniency)?;
    let (id, document, members) = apart(before);
    let after = plan.apply(kind, &id, &document)?;
    assert!(!plan.only_links() || after == document);
    let members = linked(kind, plan.links(), members)?;
    Ok(together(&id, after, &members))
}

/// What a store does with the rows, over a list of ids.
pub(crate) fn linked(
    kind: &ResourceType,
    plan: &LinkPlan,
    mut rows: Vec<String>,
) -> Result<Vec<String>> {
    if let Some(id) = plan.require.iter().find(|id| !rows.contains(id)) {
        return Err(enroll_schema::Error::new(
            ErrorKind::NoTarget,
            format!("{id} is no member"),
        ));
    }
    if plan.clear {
        rows.clear();
    }
    let matches = |id: &String| {
        let attribute = kind.related(Relation::Members).unwrap();
        plan.unlink_where
            .as_ref()
            .is_some_and(|p| p.selects(kind, attribute, &element(id)))
    };
    rows.retain(|id| !plan.unlink.contains(id) && !matches(id));
    for id in &plan.link {
        if !rows.contains(id) {
            rows.push(id.clone());
        }
    }
    Ok(rows)
}

/// A member as the store shows it: what starts with `g` is a group.
pub(crate) fn element(id: &str) -> Value {
    json!({ "value": id, "type": if id.starts_with('g') { "Group" } else { "User" } })
}

pub(crate) fn kind_of(resource: &Value) -> ResourceType {
    let base = resource["schemas"][0].as_str().unwrap();
    if base == urns::GROUP {
        kinds::group()
    } else {
        kinds::user()
    }
}

fn apart(resource: &Value) -> (String, Document, Vec<String>) {
    let mut map = resource.as_object().unwrap().clone();
    let id = map
        .remove("id")
        .map_or(String::new(), |id| id.as_str().unwrap().to_owned());
    let members = map.remove("members").unwrap_or(json!([]));
    let members = members
        .as_array()
        .unwrap()
        .iter()
        .map(|m| m["value"].as_str().unwrap().to_owned());
    (id, Document::from_canonical(map), members.collect())
}

fn together(id: &str, document: Document, members: &[String]) -> Value {
    let mut map: Map<String, Value> = document.into_map();
    map.insert("id".to_owned(), id.into());
    if !members.is_empty() {
        map.insert(
            "members".to_owned(),
            members.iter().map(|id| json!({ "value": id })).collect(),
        );
    }
    Value::Object(map)
}
