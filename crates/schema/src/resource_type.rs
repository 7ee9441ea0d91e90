//! A resource type: its schema, its extensions, and one flat table of all their attributes.

use std::{fmt, sync::Arc};

use crate::{AttrName, Attribute, Relation, Urn};

/// The place of an attribute in the table of one [`ResourceType`]; meaningful with that type only.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AttrId(pub(crate) u16);

impl AttrId {
    /// Returns the place as a number, stable for one resource type of one build.
    pub fn index(self) -> usize {
        usize::from(self.0)
    }
}

/// A schema extension of a resource type (RFC 7643 §3.3).
#[derive(Clone, Debug, PartialEq)]
pub struct Extension {
    /// The extension's URN, which is also the key of its container.
    pub urn: Urn,
    /// Whether every resource must carry it.
    pub required: bool,
}

#[derive(Debug)]
pub(crate) struct Entry {
    pub(crate) attribute: Attribute,
    pub(crate) parent: Option<AttrId>,
    pub(crate) extension: Option<usize>,
    pub(crate) subs: Vec<AttrId>,
}

#[derive(Debug)]
pub(crate) struct Inner {
    pub(crate) name: String,
    pub(crate) endpoint: String,
    pub(crate) description: String,
    pub(crate) schema: Urn,
    pub(crate) extensions: Vec<Extension>,
    pub(crate) entries: Vec<Entry>,
}

/// A cheap handle to a resource type (RFC 7643 §6).
#[derive(Clone)]
pub struct ResourceType(pub(crate) Arc<Inner>);

impl ResourceType {
    /// Returns the name, for instance `User`.
    pub fn name(&self) -> &str {
        &self.0.name
    }

    /// Returns the endpoint, for instance `/Users`.
    pub fn endpoint(&self) -> &str {
        &self.0.endpoint
    }

    /// Returns what the type is, for `/ResourceTypes`.
    pub fn description(&self) -> &str {
        &self.0.description
    }

    /// Returns the URN of the base schema.
    pub fn schema(&self) -> &Urn {
        &self.0.schema
    }

    /// Returns the schema extensions.
    pub fn extensions(&self) -> &[Extension] {
        &self.0.extensions
    }

    /// Finds an attribute by name: common and base attributes when `urn` is `None` or the base schema, else those of that extension.
    pub fn find(&self, urn: Option<&str>, name: &str) -> Option<AttrId> {
        let wanted = match urn {
            None => None,
            Some(urn) if self.0.schema.is(urn) => None,
            Some(urn) => Some(self.0.extensions.iter().position(|e| e.urn.is(urn))?),
        };
        self.ids().find(|id| {
            self.entry(*id).is_some_and(|entry| {
                entry.parent.is_none() && entry.extension == wanted && entry.attribute.name.is(name)
            })
        })
    }

    /// Finds a sub-attribute of `parent` by name.
    pub fn find_sub(&self, parent: AttrId, name: &str) -> Option<AttrId> {
        self.subs(parent).iter().copied().find(|id| self.attribute(*id).is_some_and(|a| a.name.is(name)))
    }

    /// Returns the definition; `None` only for an id of another type.
    pub fn attribute(&self, id: AttrId) -> Option<&Attribute> {
        self.entry(id).map(|entry| &entry.attribute)
    }

    /// Returns the complex attribute that `id` is a sub-attribute of.
    pub fn parent(&self, id: AttrId) -> Option<AttrId> {
        self.entry(id).and_then(|entry| entry.parent)
    }

    /// Returns the extension whose container holds `id`; `None` for common and base attributes.
    pub fn extension(&self, id: AttrId) -> Option<&Extension> {
        self.entry(id).and_then(|entry| entry.extension).and_then(|at| self.0.extensions.get(at))
    }

    /// Returns the sub-attributes of `id`.
    pub fn subs(&self, id: AttrId) -> &[AttrId] {
        self.entry(id).map_or(&[], |entry| &entry.subs)
    }

    /// Returns every attribute and sub-attribute.
    pub fn ids(&self) -> impl Iterator<Item = AttrId> + use<> {
        let count = u16::try_from(self.0.entries.len()).unwrap_or(u16::MAX);
        (0..count).map(AttrId)
    }

    /// Returns the attribute whose values are rows of `relation`, if the type has one.
    pub fn related(&self, relation: Relation) -> Option<AttrId> {
        self.ids().find(|id| self.attribute(*id).is_some_and(|a| a.relation == Some(relation)))
    }

    /// Returns the full path in PATCH notation: `name.givenName`, `urn:…:User:department`.
    pub fn path(&self, id: AttrId) -> String {
        let name = |id| self.attribute(id).map_or("", |a| a.name.as_str());
        let own = match self.parent(id) {
            Some(parent) => format!("{}.{}", name(parent), name(id)),
            None => name(id).to_owned(),
        };
        match self.extension(id) {
            Some(extension) => format!("{}:{own}", extension.urn),
            None => own,
        }
    }

    /// Returns the names of the JSON members that lead to `id` in a document.
    pub fn keys(&self, id: AttrId) -> Vec<AttrName> {
        let extension = self.extension(id).map(|e| AttrName::new(e.urn.as_str()));
        let parent = self.parent(id).and_then(|p| self.attribute(p)).map(|a| a.name.clone());
        let own = self.attribute(id).map(|a| a.name.clone());
        extension.into_iter().chain(parent).chain(own).collect()
    }

    fn entry(&self, id: AttrId) -> Option<&Entry> {
        self.0.entries.get(id.index())
    }
}

impl PartialEq for ResourceType {
    fn eq(&self, other: &Self) -> bool {
        self.0.name == other.0.name
    }
}

impl Eq for ResourceType {}

impl fmt::Debug for ResourceType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ResourceType({})", self.0.name)
    }
}
