//! Documents as structs and back.

use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Map, Value};

use super::Document;
use crate::{Error, ErrorKind, Result};

/// Looks at a document whose base schema is `base` as a struct.
pub(crate) fn view<T: DeserializeOwned>(document: &Document, base: &str) -> Result<T> {
    let first = document
        .0
        .get("schemas")
        .and_then(|schemas| schemas.get(0))
        .and_then(Value::as_str);
    if !first.is_some_and(|urn| urn.eq_ignore_ascii_case(base)) {
        return Err(Error::new(
            ErrorKind::InvalidValue,
            format!("the document is no {base}"),
        ));
    }
    T::deserialize(Value::Object(document.0.clone())).map_err(|broken| {
        let detail = format!("the document does not fit {base}");
        Error::new(ErrorKind::InvalidValue, detail).because(broken)
    })
}

/// Writes a struct as a document: empty values gone, `schemas` computed.
pub(crate) fn from_view(view: &impl Serialize, base: &str, extensions: &[&str]) -> Document {
    // Structs of options, lists and texts have no way not to be JSON.
    let mut map = match serde_json::to_value(view) {
        Ok(Value::Object(map)) => map,
        _ => Map::new(),
    };
    map.retain(|_, value| {
        prune(value);
        !is_empty(value)
    });
    let present = extensions.iter().filter(|urn| map.contains_key(**urn));
    let schemas = std::iter::once(base)
        .chain(present.copied())
        .map(Value::from)
        .collect();
    map.insert("schemas".to_owned(), Value::Array(schemas));
    Document(map)
}

/// Drops empty values inside `value`; a struct nests three levels: container, complex, text.
fn prune(value: &mut Value) {
    match value {
        Value::Object(map) => map.retain(|_, inner| {
            prune(inner);
            !is_empty(inner)
        }),
        Value::Array(list) => list.retain_mut(|inner| {
            prune(inner);
            !is_empty(inner)
        }),
        _ => {}
    }
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Array(list) => list.is_empty(),
        Value::Object(map) => map.is_empty(),
        _ => false,
    }
}
