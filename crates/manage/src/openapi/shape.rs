//! Short words for JSON Schema.

use serde_json::{Map, Value, json};

/// Makes the schema that a word stands for; what is no word is a schema already.
pub(crate) fn shape(word: &Value) -> Value {
    match word {
        Value::String(word) => named(word),
        Value::Null => json!({}),
        schema => schema.clone(),
    }
}

fn named(word: &str) -> Value {
    if let Some(inner) = word.strip_suffix('?') {
        let inner = named(inner);
        return json!({"anyOf": [inner, {"type": "null"}]});
    }
    if let Some(inner) = word.strip_suffix("[]") {
        return json!({"type": "array", "items": named(inner)});
    }
    if let Some(inner) = word.strip_prefix("page of ") {
        let items = json!({"type": "array", "items": named(inner)});
        let next = json!({"type": ["string", "null"], "description": "Send it as after."});
        return json!({
            "type": "object", "required": ["items", "next"],
            "properties": {"items": items, "next": next},
        });
    }
    if word.contains('|') {
        return json!({"type": "string", "enum": word.split('|').collect::<Vec<_>>()});
    }
    match word {
        "any" => json!({}),
        "text" => json!({"type": "string"}),
        "flag" => json!({"type": "boolean"}),
        "number" => json!({"type": "integer", "minimum": 0}),
        "u32" => json!({"type": "integer", "minimum": 0, "maximum": u32::MAX}),
        "object" => json!({"type": "object"}),
        "instant" => json!({"type": "string", "format": "date-time"}),
        "name" => {
            json!({"type": "string", "minLength": 1, "maxLength": 200, "pattern": "^[^\\x00-\\x1f\\x7f-\\x9f]+$"})
        }
        "scope" => json!({"type": "string", "enum": ["read", "operate", "admin", "staff", "app"]}),
        "sha256" => json!({"type": "string", "pattern": "^[0-9a-fA-F]{64}$"}),
        "tenantId" => json!({"type": "string", "pattern": "^[A-Za-z0-9._~-]{1,128}$"}),
        schema => json!({"$ref": format!("#/components/schemas/{schema}")}),
    }
}

/// Makes an object of its keys and their words.
pub(crate) fn object(row: &Value) -> Value {
    let Some(keys) = row.as_object().filter(|keys| !keys.contains_key("anyOf")) else {
        return shape(row);
    };
    let mut properties = Map::new();
    let mut required = Vec::new();
    for (key, word) in keys.iter().filter(|(key, _)| *key != "*") {
        let name = key.trim_end_matches('~');
        if name == key {
            required.push(name);
        }
        properties.insert(name.to_owned(), shape(word));
    }
    let open = keys.contains_key("*");
    let mut schema = json!({"type": "object", "required": required, "properties": properties});
    if open {
        put(&mut schema, "additionalProperties", json!(true));
    }
    schema
}

/// Adds a member to an object.
pub(crate) fn put(object: &mut Value, name: &str, value: Value) {
    if let Value::Object(members) = object {
        members.insert(name.to_owned(), value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words() {
        for (word, wanted) in [
            (json!("flag"), json!({"type": "boolean"})),
            (json!("a|b"), json!({"type": "string", "enum": ["a", "b"]})),
            (json!("Key"), json!({"$ref": "#/components/schemas/Key"})),
            (
                json!("flag[]?"),
                json!({"anyOf": [{"type": "array", "items": {"type": "boolean"}}, {"type": "null"}]}),
            ),
            (json!({"type": "null"}), json!({"type": "null"})),
        ] {
            assert_eq!(shape(&word), wanted, "{word}");
        }
        let made = object(&json!({"a": "any", "b~": "any", "*": "any"}));
        assert_eq!(
            (&made["required"], &made["additionalProperties"]),
            (&json!(["a"]), &json!(true))
        );
        assert!(made["properties"]["b"].is_object());
    }
}
