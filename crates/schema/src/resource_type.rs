//! A resource type: its schema, its extensions, and one flat table of all their attributes.

use std::{fmt, sync::Arc};

use crate::{AttrName, Attribute, Error, ErrorKind, Relation, Result, Urn, standard};

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

/// What a resource type is made of.
#[derive(Clone, Debug)]
pub(crate) struct Parts {
    pub(crate) name: String,
    pub(crate) endpoint: String,
    pub(crate) description: String,
    pub(crate) schema: Urn,
    pub(crate) attributes: Vec<Attribute>,
    pub(crate) extensions: Vec<(Extension, Vec<Attribute>)>,
}

#[derive(Debug)]
struct Entry {
    attribute: Attribute,
    parent: Option<AttrId>,
    extension: Option<usize>,
    subs: Vec<AttrId>,
}

/// The names of one level of a document, sorted, so that looking one up allocates nothing.
type Index = Vec<(AttrName, AttrId)>;

#[derive(Debug)]
struct Inner {
    parts: Parts,
    extensions: Vec<Extension>,
    entries: Vec<Entry>,
    base: Index,
    containers: Vec<Index>,
    required: Vec<AttrId>,
    members: Option<AttrId>,
    groups: Option<AttrId>,
}

/// A cheap handle to a resource type (RFC 7643 §6).
#[derive(Clone)]
pub struct ResourceType(Arc<Inner>);

impl ResourceType {
    /// Returns the name, for instance `User`.
    pub fn name(&self) -> &str {
        &self.0.parts.name
    }

    /// Returns the endpoint, for instance `/Users`.
    pub fn endpoint(&self) -> &str {
        &self.0.parts.endpoint
    }

    /// Returns what the type is, for `/ResourceTypes`.
    pub fn description(&self) -> &str {
        &self.0.parts.description
    }

    /// Returns the URN of the base schema.
    pub fn schema(&self) -> &Urn {
        &self.0.parts.schema
    }

    /// Returns the schema extensions.
    pub fn extensions(&self) -> &[Extension] {
        &self.0.extensions
    }

    /// Finds an attribute by name: common and base attributes when `urn` is `None` or the base
    /// schema, else those of that extension.
    pub fn find(&self, urn: Option<&str>, name: &str) -> Option<AttrId> {
        let index = match urn {
            None => &self.0.base,
            Some(urn) if self.schema().is(urn) => &self.0.base,
            Some(urn) => self.0.containers.get(self.container(urn)?)?,
        };
        let at = index
            .binary_search_by(|(known, _)| known.cmp_str(name))
            .ok()?;
        index.get(at).map(|(_, id)| *id)
    }

    /// Finds the place of an extension among [`ResourceType::extensions`]; letter case is ignored.
    pub(crate) fn container(&self, urn: &str) -> Option<usize> {
        self.0
            .extensions
            .iter()
            .position(|extension| extension.urn.is(urn))
    }

    /// Tells whether `urn` is the base schema or one of the extensions.
    pub(crate) fn has_schema(&self, urn: &Urn) -> bool {
        self.schema() == urn || self.container(urn.as_str()).is_some()
    }

    /// Returns the top-level attributes that every resource must have, in any container.
    pub(crate) fn required(&self) -> &[AttrId] {
        &self.0.required
    }

    /// Finds a sub-attribute of `parent` by name.
    pub fn find_sub(&self, parent: AttrId, name: &str) -> Option<AttrId> {
        self.subs(parent)
            .iter()
            .copied()
            .find(|id| self.attribute(*id).is_some_and(|a| a.name.is(name)))
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
        self.entry(id)
            .and_then(|entry| entry.extension)
            .and_then(|at| self.0.extensions.get(at))
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
        match relation {
            Relation::Members => self.0.members,
            Relation::Groups => self.0.groups,
        }
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
        let parent = self
            .parent(id)
            .and_then(|p| self.attribute(p))
            .map(|a| a.name.clone());
        let own = self.attribute(id).map(|a| a.name.clone());
        extension.into_iter().chain(parent).chain(own).collect()
    }

    fn entry(&self, id: AttrId) -> Option<&Entry> {
        self.0.entries.get(id.index())
    }
}

impl ResourceType {
    /// Lays the attributes out in one table: common, base, then each extension.
    pub(crate) fn build(parts: Parts) -> Self {
        let mut entries = Vec::new();
        let mut base = lay(&mut entries, standard::common(), None);
        base.extend(lay(&mut entries, parts.attributes.clone(), None));
        base.sort();
        let containers = parts
            .extensions
            .iter()
            .enumerate()
            .map(|(at, (_, attributes))| {
                let mut index = lay(&mut entries, attributes.clone(), Some(at));
                index.sort();
                index
            });
        let containers: Vec<_> = containers.collect();
        let ids = || (0..entries.len()).filter_map(place).zip(&entries);
        let related = |relation| {
            ids()
                .find(|(_, entry)| entry.attribute.relation == Some(relation))
                .map(|(id, _)| id)
        };
        let (members, groups) = (related(Relation::Members), related(Relation::Groups));
        let required = ids()
            .filter(|(_, entry)| entry.parent.is_none() && entry.attribute.required)
            .map(|(id, _)| id)
            .collect();
        let extensions = parts
            .extensions
            .iter()
            .map(|(extension, _)| extension.clone())
            .collect();
        Self(Arc::new(Inner {
            parts,
            extensions,
            entries,
            base,
            containers,
            required,
            members,
            groups,
        }))
    }

    /// Returns the type with one more extension; ids that were given out keep their meaning.
    pub(crate) fn extended(
        &self,
        extension: Extension,
        attributes: Vec<Attribute>,
    ) -> Result<Self> {
        let mut parts = self.0.parts.clone();
        parts.extensions.push((extension, attributes));
        let count = |list: &[Attribute]| list.iter().map(|a| 1 + a.sub.len()).sum::<usize>();
        let total: usize = parts.extensions.iter().map(|(_, list)| count(list)).sum();
        if total + count(&parts.attributes) > ATTRIBUTES_MAX {
            let detail = format!("a resource type has at most {ATTRIBUTES_MAX} attributes");
            return Err(Error::new(ErrorKind::InvalidValue, detail));
        }
        Ok(Self::build(parts))
    }
}

/// Far below what [`AttrId`] can number, far above what anybody has.
const ATTRIBUTES_MAX: usize = 4_096;

fn place(index: usize) -> Option<AttrId> {
    u16::try_from(index).ok().map(AttrId)
}

fn lay(entries: &mut Vec<Entry>, list: Vec<Attribute>, extension: Option<usize>) -> Index {
    let mut index = Index::new();
    for attribute in list {
        let Some(id) = place(entries.len()) else {
            break;
        };
        let subs = (1..=attribute.sub.len())
            .filter_map(|n| place(id.index() + n))
            .collect();
        let parts = attribute.sub.clone();
        index.push((attribute.name.clone(), id));
        entries.push(Entry {
            attribute,
            parent: None,
            extension,
            subs,
        });
        entries.extend(parts.into_iter().map(|attribute| Entry {
            attribute,
            parent: Some(id),
            extension,
            subs: Vec::new(),
        }));
    }
    index
}

impl PartialEq for ResourceType {
    fn eq(&self, other: &Self) -> bool {
        self.0.parts.name == other.0.parts.name
    }
}

impl Eq for ResourceType {}

impl fmt::Debug for ResourceType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ResourceType({})", self.name())
    }
}
