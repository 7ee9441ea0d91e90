//! What predicates and sorts see of a record.

use enroll_filter::Facts;
use enroll_schema::{Document, Relation, urns};
use serde_json::{Map, Value, json};

use crate::{Link, Links, Manager, Record, Result, StoreError, Want};

/// A record as a predicate sees it; its links must have been read if the predicate asks for them.
#[derive(Clone, Debug)]
pub struct Seen<'a> {
    resource: Map<String, Value>,
    links: &'a Links,
}

impl Record {
    /// Returns the document with what is derived: `id`, `meta` without location, and the manager's
    /// displayName.
    ///
    /// # Errors
    /// [`StoreError::Damaged`] when the bytes are no document.
    pub fn resource(&self) -> Result<Map<String, Value>> {
        let damaged = |_| StoreError::Damaged(format!("{} {}", self.kind.name(), self.id));
        let mut map = Document::from_bytes(&self.document)
            .map_err(damaged)?
            .into_map();
        map.insert("id".to_owned(), self.id.as_str().into());
        map.insert("meta".to_owned(), self.meta());
        if let Some(name) = self
            .manager
            .as_ref()
            .and_then(|m| m.display_name.as_deref())
        {
            set_manager(&mut map, name);
        }
        Ok(map)
    }

    /// Returns the record as a predicate sees it.
    ///
    /// # Errors
    /// [`StoreError::Damaged`] when the bytes are no document.
    pub fn seen(&self) -> Result<Seen<'_>> {
        Ok(Seen {
            resource: self.resource()?,
            links: &self.links,
        })
    }

    fn meta(&self) -> Value {
        json!({
            "resourceType": self.kind.name(),
            "created": self.created.to_string(),
            "lastModified": self.modified.to_string(),
            "version": self.version.etag(),
        })
    }
}

fn set_manager(resource: &mut Map<String, Value>, name: &str) {
    let extension = resource.get_mut(urns::ENTERPRISE);
    if let Some(Value::Object(manager)) = extension.and_then(|e| e.get_mut("manager")) {
        manager.insert("displayName".to_owned(), name.into());
    }
}

impl Seen<'_> {
    /// Returns the document with what is derived.
    pub fn resource(&self) -> &Map<String, Value> {
        &self.resource
    }
}

impl Facts for Seen<'_> {
    fn document(&self) -> &Map<String, Value> {
        &self.resource
    }

    fn linked(&self, _relation: Relation, id: &str) -> bool {
        self.links
            .as_slice()
            .iter()
            .any(|link| link.id.as_str() == id)
    }

    fn links(&self, relation: Relation) -> Vec<Map<String, Value>> {
        self.links
            .as_slice()
            .iter()
            .map(|link| link.element(relation))
            .collect()
    }
}

impl Link {
    /// Returns the link as an element of `members` or `groups`, as far as a store knows it.
    pub fn element(&self, relation: Relation) -> Map<String, Value> {
        let kind = match (relation, self.direct) {
            (Relation::Members, _) => self.kind.as_str(),
            (Relation::Groups, true) => "direct",
            (Relation::Groups, false) => "indirect",
        };
        let mut element = Map::new();
        element.insert("value".to_owned(), self.id.as_str().into());
        element.insert(
            "$ref".to_owned(),
            format!("{}s/{}", self.kind, self.id).into(),
        );
        element.insert("type".to_owned(), kind.into());
        if let Some(display) = &self.display {
            element.insert("display".to_owned(), display.as_str().into());
        }
        element
    }
}

impl Links {
    /// Returns the links that were read.
    pub fn as_slice(&self) -> &[Link] {
        match self {
            Self::All(links) => links,
            Self::Omitted | Self::More(_) => &[],
        }
    }

    /// Keeps as much of all links as `want` asks for.
    pub fn wanted(self, want: Want) -> Self {
        match (self, want) {
            (Self::Omitted, _) | (_, Want::Omit) => Self::Omitted,
            (Self::All(links), Want::UpTo(most)) if links.len() > most as usize => {
                Self::More(links.len() as u64)
            }
            (links, Want::UpTo(_)) => links,
        }
    }
}

impl Manager {
    /// Reads what is derived of the manager from its document.
    pub fn of(document: &Map<String, Value>) -> Self {
        let display_name = document.get("displayName").and_then(Value::as_str);
        Self {
            display_name: display_name.map(str::to_owned),
        }
    }
}
