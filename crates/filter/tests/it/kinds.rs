//! The resource types the tables are written for.

use enroll_schema::{Attribute, ResourceType, Schemas, Urn};
use serde_json::{Value, json};

pub(crate) const HR: &str = "urn:example:params:scim:schemas:extension:hr:2.0:User";
pub(crate) const LOCK: &str = "urn:example:params:scim:schemas:extension:lock:2.0:User";

/// User with the enterprise extension and the tables' own `hr` extension.
pub(crate) fn user() -> ResourceType {
    let attributes = json!([
        { "name": "level", "type": "integer" },
        { "name": "score", "type": "decimal" },
        { "name": "badges", "multiValued": true, "caseExact": true },
        { "name": "tag", "caseExact": true },
        { "name": "startDate", "type": "dateTime" },
    ]);
    extended(HR, false, &attributes)
}

pub(crate) fn group() -> ResourceType {
    Schemas::standard().named("Group").unwrap().clone()
}

/// User with a required extension that has the characteristics no standard attribute has.
pub(crate) fn locked() -> ResourceType {
    let attributes = json!([
        { "name": "owner", "required": true },
        { "name": "serial", "mutability": "immutable" },
        { "name": "stamp", "mutability": "readOnly" },
        { "name": "keys", "type": "complex", "multiValued": true, "subAttributes": [
            { "name": "value", "required": true },
            { "name": "serial", "mutability": "immutable" },
            { "name": "stamp", "mutability": "readOnly" },
            { "name": "note" },
            { "name": "tags", "multiValued": true },
        ]},
        { "name": "box", "type": "complex", "subAttributes": [
            { "name": "primary", "type": "boolean" },
            { "name": "value" },
        ]},
        { "name": "secret", "type": "complex", "returned": "never", "subAttributes": [
            { "name": "value" },
        ]},
    ]);
    extended(LOCK, true, &attributes)
}

/// User with a required extension of which no attribute is required.
pub(crate) fn marked() -> ResourceType {
    let attributes = json!([
        { "name": "note" },
        { "name": "more" },
        { "name": "schemas", "multiValued": true },
        { "name": "id" },
    ]);
    extended(LOCK, true, &attributes)
}

fn extended(urn: &str, required: bool, attributes: &Value) -> ResourceType {
    let list = attributes.as_array().unwrap();
    let attributes = list
        .iter()
        .map(|a| Attribute::from_json(a).unwrap())
        .collect();
    let schemas = Schemas::standard();
    let schemas = schemas
        .with_extension("User", Urn::from(urn), required, attributes)
        .unwrap();
    schemas.named("User").unwrap().clone()
}
