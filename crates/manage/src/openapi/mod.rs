//! The API as an `OpenAPI` 3.1 document: made of the table of routes and of three tables of words.
//!
//! `operations.json` says what each route takes and answers, `schemas.json` of what the answers are
//! made, `parameters.json` what stands in paths and queries. A row of them is written short ([`shape`]):
//! `text`, `text?` (or null), `text[]` (a list), `a|b` (one of), the name of a schema; a key that ends
//! in `~` may be absent, and `*` allows keys that are not named.

mod shape;

use serde_json::{Map, Value, json};

use crate::routes::{ROUTES, Route, Takes};
use shape::{object, put, shape};

/// Makes the document.
///
/// # Errors
/// Only when a table of words is no JSON, which a test excludes.
pub fn document() -> serde_json::Result<Value> {
    let words = Words::read()?;
    let mut paths = Map::new();
    for route in ROUTES {
        let item = paths.entry(route.path).or_insert_with(|| json!({}));
        if let Value::Object(item) = item {
            item.insert(route.method.to_lowercase(), words.operation(route));
        }
    }
    let schemas: Map<String, Value> = words
        .schemas
        .iter()
        .map(|(name, row)| (name.clone(), object(row)))
        .collect();
    Ok(json!({
        "openapi": "3.1.0",
        "info": {
            "title": "enroll",
            "version": env!("CARGO_PKG_VERSION"),
            "summary": "The operator's side of a SCIM 2.0 server",
            "description": "Every refusal is application/problem+json (RFC 9457) with a `code` for programs.",
        },
        "security": [{"key": []}],
        "paths": paths,
        "components": {
            "schemas": schemas,
            "responses": {"Refused": {
                "description": "Refused: `code` says why to programs, `detail` what to change.",
                "headers": {"x-request-id": {"schema": {"type": "string"}, "description": "What the log knows it by."}},
                "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
            }},
            "securitySchemes": {"key": {
                "type": "http", "scheme": "bearer",
                "description": "A management key; each operation names the scope it needs: read < operate < admin < staff; app alone, or admin.",
            }},
        },
    }))
}

/// The tables of words.
struct Words {
    operations: Map<String, Value>,
    schemas: Map<String, Value>,
    parameters: Map<String, Value>,
}

impl Words {
    fn read() -> serde_json::Result<Self> {
        Ok(Self {
            operations: serde_json::from_str(include_str!("operations.json"))?,
            schemas: serde_json::from_str(include_str!("schemas.json"))?,
            parameters: serde_json::from_str(include_str!("parameters.json"))?,
        })
    }

    fn operation(&self, route: &Route) -> Value {
        let name = format!("{} {}", route.method, route.path);
        let row = self.operations.get(&name).unwrap_or(&Value::Null);
        let mut made = json!({
            "operationId": row["id"],
            "summary": row["says"],
            "parameters": self.parameters(route),
            "responses": responses(&row["answers"]),
        });
        let scopes = route.scope.map(|scope| json!({"key": [scope.name()]}));
        put(&mut made, "security", scopes.into_iter().collect());
        if let Some(body) = body(route, &row["takes"]) {
            put(&mut made, "requestBody", body);
        }
        made
    }

    fn parameters(&self, route: &Route) -> Vec<Value> {
        let in_path = route.path.split(['{', '}']).skip(1).step_by(2);
        let in_path = in_path.map(|name| (name, "path"));
        let in_query = route.query.iter().map(|name| (*name, "query"));
        let all = in_path.chain(in_query).map(|(name, place)| {
            let row = self.parameters.get(name).unwrap_or(&Value::Null);
            let schema = match (place, shape(&row["is"])) {
                // An empty parameter counts as not sent.
                ("query", schema) => json!({"anyOf": [schema, {"const": ""}]}),
                (_, schema) => schema,
            };
            json!({
                "name": name, "in": place, "required": place == "path",
                "description": row["says"], "schema": schema,
            })
        });
        all.collect()
    }
}

/// Says what a route takes, from its row and the words about it.
fn body(route: &Route, takes: &Value) -> Option<Value> {
    let (kind, schema) = match route.body {
        Takes::Nothing => return None,
        Takes::Lines => ("application/x-ndjson", json!({"type": "string"})),
        Takes::Policy => ("application/json", shape(takes)),
        Takes::Keys(_) => ("application/json", closed(takes)),
    };
    // An empty body is an empty object.
    let required = schema.get("required").and_then(Value::as_array);
    let required = required.is_some_and(|keys| !keys.is_empty());
    Some(json!({"required": required, "content": {kind: {"schema": schema}}}))
}

/// Makes an object that takes no other keys than its own.
fn closed(takes: &Value) -> Value {
    let mut schema = object(takes);
    put(&mut schema, "additionalProperties", json!(false));
    schema
}

fn responses(answers: &Value) -> Value {
    let mut responses = Map::new();
    for (status, what) in answers.as_object().into_iter().flatten() {
        let mut answer = json!({
            "description": "Done.",
            "headers": {"x-request-id": {"schema": {"type": "string"}, "description": "What the log knows it by."}},
        });
        let text = || json!({"type": "string"});
        let content = match what.as_str() {
            Some("nothing") => None,
            Some("plain") => Some(("text/plain", text())),
            Some("lines") => Some(("application/x-ndjson", text())),
            _ => Some(("application/json", shape(what))),
        };
        if let Some((kind, schema)) = content {
            put(&mut answer, "content", json!({kind: {"schema": schema}}));
        }
        responses.insert(status.clone(), answer);
    }
    for status in ["4XX", "5XX"] {
        responses.insert(
            status.to_owned(),
            json!({"$ref": "#/components/responses/Refused"}),
        );
    }
    Value::Object(responses)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_route_is_described_and_nothing_else() {
        let words = Words::read().unwrap();
        let routes: BTreeSet<String> = ROUTES
            .iter()
            .map(|row| format!("{} {}", row.method, row.path))
            .collect();
        let described: BTreeSet<String> = words.operations.keys().cloned().collect();
        let missing: Vec<_> = routes.difference(&described).collect();
        assert!(
            missing.is_empty(),
            "describe in openapi/operations.json: {missing:#?}"
        );
        let surplus: Vec<_> = described.difference(&routes).collect();
        assert!(surplus.is_empty(), "no such route: {surplus:?}");
        let ids: BTreeSet<_> = words
            .operations
            .values()
            .map(|row| row["id"].as_str())
            .collect();
        assert_eq!(
            ids.len(),
            words.operations.len(),
            "an operation's id is its own"
        );
        for (name, row) in &words.operations {
            let says = row["says"].as_str().unwrap_or_default();
            assert!(
                says.ends_with('.') && !row["answers"].as_object().unwrap().is_empty(),
                "{name}"
            );
        }
    }

    #[test]
    fn bodies_name_the_keys_that_the_route_takes() {
        let words = Words::read().unwrap();
        for row in ROUTES {
            let name = format!("{} {}", row.method, row.path);
            let takes = &words.operations[&name]["takes"];
            let Takes::Keys(keys) = row.body else {
                assert_eq!(takes.is_null(), row.body != Takes::Policy, "{name}");
                continue;
            };
            for (key, word) in takes.as_object().into_iter().flatten() {
                // Absent and null are the same to every handler.
                let word = word.as_str().unwrap_or("any");
                let is_fit = !key.ends_with('~') || word == "any" || word.ends_with('?');
                assert!(is_fit, "{name}: {key} may be null too");
            }
            let described: BTreeSet<&str> = takes
                .as_object()
                .unwrap_or_else(|| panic!("say in openapi/operations.json what {name} takes"))
                .keys()
                .map(|key| key.trim_end_matches('~'))
                .collect();
            assert_eq!(described, keys.iter().copied().collect(), "{name}");
        }
    }

    #[test]
    fn every_parameter_and_every_schema_named_is_there() {
        let words = Words::read().unwrap();
        for row in ROUTES {
            let in_path = row.path.split(['{', '}']).skip(1).step_by(2);
            for name in in_path.chain(row.query.iter().copied()) {
                assert!(
                    words.parameters.contains_key(name),
                    "describe {name} in openapi/parameters.json"
                );
            }
        }
        let text = document().unwrap().to_string();
        let named = text.split("#/components/schemas/").skip(1);
        for name in named.filter_map(|rest| rest.split('"').next()) {
            assert!(
                words.schemas.contains_key(name),
                "openapi/schemas.json has no {name}"
            );
        }
    }
}
