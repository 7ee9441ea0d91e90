//! Every answer of every test here is what `/v1/openapi.json` says it is.

use std::sync::OnceLock;

use enroll_manage::ROUTES;
use http::HeaderMap;
use serde_json::{Value, json};

use crate::world::World;

fn document() -> &'static Value {
    static DOCUMENT: OnceLock<Value> = OnceLock::new();
    DOCUMENT.get_or_init(|| enroll_manage::openapi().unwrap())
}

/// Checks one answer against the document; paths that are no route answer problems only.
pub(crate) fn check(method: &str, path: &str, status: u16, headers: &HeaderMap, body: &Value) {
    let path = path.split('?').next().unwrap_or_default();
    let method = if method == "HEAD" { "GET" } else { method };
    let row = ROUTES
        .iter()
        .find(|row| row.method == method && fits(row.path, path));
    let kind = headers
        .get("content-type")
        .map(|kind| kind.to_str().unwrap());
    let place = format!("{method} {path} {status}");
    assert!(headers.contains_key("x-request-id"), "{place}");
    if status >= 400 {
        assert_eq!(kind, Some("application/problem+json"), "{place}");
        let problem = json!({"$ref": "#/components/schemas/Problem"});
        return validate(&place, &problem, body);
    }
    let row = row.unwrap_or_else(|| panic!("{place} answers, and is in no row"));
    let operation = &document()["paths"][row.path][method.to_lowercase()];
    let answer = &operation["responses"][status.to_string()];
    assert!(
        answer.is_object(),
        "{place}: the document knows no such answer"
    );
    let Some(content) = answer["content"].as_object() else {
        return assert_eq!((kind, body), (None, &Value::Null), "{place}");
    };
    let (wanted, media) = content.iter().next().unwrap();
    let essence = kind.and_then(|kind| kind.split(';').next());
    assert_eq!(essence, Some(wanted.as_str()), "{place}");
    if wanted == "application/json" {
        validate(&place, &media["schema"], body);
    }
}

fn fits(row: &str, path: &str) -> bool {
    let (row, path): (Vec<_>, Vec<_>) = (row.split('/').collect(), path.split('/').collect());
    row.len() == path.len()
        && row
            .iter()
            .zip(&path)
            .all(|(row, path)| row.starts_with('{') || row == path)
}

/// Checks a value against the part of JSON Schema that the document uses. An object has no member
/// that its schema does not name, unless it says so: else a new one would stay undescribed.
fn validate(place: &str, schema: &Value, value: &Value) {
    if let Err(why) = conforms(schema, value, "$") {
        panic!("{place}: {why}\nin {value:#}");
    }
}

fn conforms(schema: &Value, value: &Value, at: &str) -> Result<(), String> {
    if let Some(name) = schema["$ref"].as_str() {
        let name = name.strip_prefix('#').unwrap();
        return conforms(document().pointer(name).unwrap(), value, at);
    }
    if let Some(any) = schema["anyOf"].as_array() {
        let faults: Vec<_> = any.iter().map(|one| conforms(one, value, at)).collect();
        let fits = faults.iter().any(Result::is_ok);
        return fits
            .then_some(())
            .ok_or(format!("{at} fits none: {faults:?}"));
    }
    let types: Vec<&str> = match &schema["type"] {
        Value::String(one) => vec![one],
        Value::Array(several) => several.iter().filter_map(Value::as_str).collect(),
        _ => return Ok(()),
    };
    if !types.iter().any(|kind| is(kind, value)) {
        return Err(format!("{at} is no {types:?}: {value}"));
    }
    if let Some(known) = schema["enum"].as_array()
        && !known.contains(value)
    {
        return Err(format!("{at} is none of {known:?}: {value}"));
    }
    match value {
        Value::Array(items) => items
            .iter()
            .enumerate()
            .try_for_each(|(n, item)| conforms(&schema["items"], item, &format!("{at}[{n}]"))),
        Value::Object(members) => {
            let required = schema["required"].as_array().into_iter().flatten();
            for name in required.filter_map(Value::as_str) {
                members.get(name).ok_or(format!("{at}.{name} is missing"))?;
            }
            let Some(properties) = schema["properties"].as_object() else {
                return Ok(());
            };
            members.iter().try_for_each(|(name, member)| {
                let at = format!("{at}.{name}");
                match properties.get(name) {
                    Some(schema) => conforms(schema, member, &at),
                    None if schema["additionalProperties"] == true => Ok(()),
                    None => Err(format!("{at} is not in the document")),
                }
            })
        }
        _ => Ok(()),
    }
}

fn is(kind: &str, value: &Value) -> bool {
    match kind {
        "string" => value.is_string(),
        "boolean" => value.is_boolean(),
        "integer" => value.is_i64() || value.is_u64(),
        "object" => value.is_object(),
        "array" => value.is_array(),
        "null" => value.is_null(),
        other => panic!("{other} is no type that the document uses"),
    }
}

#[tokio::test]
async fn the_document_is_served_and_names_every_route_its_scope_and_its_refusals() {
    let world = World::new().await;
    let served = world.get("/v1/openapi.json").await;
    assert_eq!(&served.body, document());
    assert_eq!(served.body["openapi"], "3.1.0");
    for row in ROUTES {
        let operation = &served.body["paths"][row.path][row.method.to_lowercase()];
        let wanted = row
            .scope
            .map_or(json!([]), |scope| json!([{"key": [scope.name()]}]));
        assert_eq!(operation["security"], wanted, "{} {}", row.method, row.path);
        assert!(operation["responses"]["4XX"].is_object(), "{}", row.path);
    }
    let paths = served.body["paths"].as_object().unwrap();
    let operations: usize = paths
        .values()
        .map(|item| item.as_object().unwrap().len())
        .sum();
    assert_eq!(operations, ROUTES.len());
}

#[test]
fn the_check_bites() {
    let tenant = json!({"$ref": "#/components/schemas/Tenant"});
    let good = json!({"id": "acme", "name": "Acme", "created": "2026-01-01T00:00:00Z"});
    assert_eq!(conforms(&tenant, &good, "$"), Ok(()));
    for (name, value) in [("id", json!(7)), ("name", Value::Null), ("new", json!(1))] {
        let mut bad = good.clone();
        bad[name] = value;
        assert!(conforms(&tenant, &bad, "$").is_err(), "{name}");
    }
    let short = json!({"id": "acme", "name": "Acme"});
    assert_eq!(
        conforms(&tenant, &short, "$"),
        Err("$.created is missing".to_owned())
    );
    let state = json!({"state": "odd", "pending": 0, "held": 0, "blocked": 0, "seq": 0});
    let sync = json!({"$ref": "#/components/schemas/Sync"});
    assert!(
        conforms(&sync, &state, "$")
            .unwrap_err()
            .contains("none of")
    );
}
