//! Deciding whether a resource matches (filter-grammar §6).

use enroll_schema::{Relation, ResourceType};
use serde_json::{Map, Value};

use crate::Predicate;

/// What a predicate may look at.
pub trait Facts {
    /// Returns the document with `id`, `meta` and `schemas`, without relations.
    fn document(&self) -> &Map<String, Value>;

    /// Tells whether the resource is linked to `id`.
    fn linked(&self, relation: Relation, id: &str) -> bool;

    /// Returns the elements of a relation as JSON objects (`value`, `type`, `display`, …); asked only if [`Predicate::relations`] names it.
    fn links(&self, relation: Relation) -> Vec<Map<String, Value>>;
}

/// A whole JSON resource, relations included as arrays: what tests and embedders filter.
impl Facts for Map<String, Value> {
    fn document(&self) -> &Map<String, Value> {
        self
    }

    fn linked(&self, relation: Relation, id: &str) -> bool {
        self.links(relation).iter().any(|link| link.get("value").and_then(Value::as_str) == Some(id))
    }

    fn links(&self, relation: Relation) -> Vec<Map<String, Value>> {
        let name = match relation {
            Relation::Members => "members",
            Relation::Groups => "groups",
        };
        let values = self.get(name).and_then(Value::as_array);
        values.into_iter().flatten().filter_map(Value::as_object).cloned().collect()
    }
}

impl Predicate {
    /// Tells whether the resource matches.
    pub fn matches(&self, kind: &ResourceType, facts: &impl Facts) -> bool {
        let _ = (kind, facts);
        todo!("owner: filter")
    }
}
