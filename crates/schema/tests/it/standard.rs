//! The standard tables against the catalogue (RFC 7643 §8.7, errata applied).

use std::collections::BTreeMap;

use enroll_schema::{Attribute, Kind, Relation, ResourceType, Schemas, urns};
use serde_json::Value;

const SCHEMAS: &str = include_str!("../data/schemas-corrected.json");
const ATTRIBUTES: &str = include_str!("../data/attributes.tsv");

#[test]
fn schema_resources_are_those_of_the_catalogue() {
    let mut wanted: Vec<Value> = serde_json::from_str(SCHEMAS).unwrap();
    for schema in &mut wanted {
        schema.as_object_mut().unwrap().remove("meta");
    }
    let shown = Schemas::standard().schema_resources();
    assert_eq!(shown.len(), wanted.len());
    for (shown, wanted) in shown.iter().zip(&wanted) {
        assert_eq!(sorted(shown), sorted(wanted), "{}", wanted["id"]);
    }
}

/// Sorts attributes by name: `/Schemas` promises no order.
fn sorted(schema: &Value) -> BTreeMap<String, Value> {
    let mut all = BTreeMap::new();
    for attribute in schema["attributes"].as_array().unwrap() {
        let name = attribute["name"].as_str().unwrap().to_owned();
        assert!(all.insert(name, attribute.clone()).is_none());
    }
    let mut head = schema.clone();
    head.as_object_mut().unwrap().remove("attributes");
    all.insert("(head)".to_owned(), head);
    all
}
