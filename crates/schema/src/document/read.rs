//! Reading a POST or PUT body (RFC 7644 §3.3, §3.5.1).

use serde_json::{Map, Value};

use super::{Document, Incoming, Mode, list, place::Place, simple, strict};
use crate::{
    AttrId, Attribute, Error, ErrorKind, Kind, Mutability, Relation, ResourceType, Result,
    limits::VALUES_MAX, shown::shown,
};

/// Most names in [`Incoming::ignored`]; the rest adds nothing to a log.
const IGNORED_MAX: usize = 100;

pub(super) struct Reader<'a> {
    pub(super) kind: &'a ResourceType,
    pub(super) mode: Mode,
    ignored: Vec<String>,
}

/// What the members of a body add up to.
#[derive(Default)]
struct Body {
    base: Map<String, Value>,
    /// One container per extension, in the type's order.
    containers: Vec<Map<String, Value>>,
    schemas: Option<Value>,
    links: Option<Vec<String>>,
}

impl<'a> Reader<'a> {
    pub(super) fn new(kind: &'a ResourceType, mode: Mode) -> Self {
        Self {
            kind,
            mode,
            ignored: Vec::new(),
        }
    }

    pub(super) fn into_ignored(self) -> Vec<String> {
        self.ignored
    }

    pub(super) fn body(mut self, body: Value) -> Result<Incoming> {
        let Value::Object(members) = body else {
            let detail = format!("the body must be a {} as a JSON object", self.kind.name());
            return Err(Error::new(ErrorKind::InvalidSyntax, detail));
        };
        let mut parts = Body {
            containers: vec![Map::new(); self.kind.extensions().len()],
            ..Body::default()
        };
        for (name, value) in members {
            match self.kind.container(&name) {
                Some(at) => self.container(&mut parts, at, value)?,
                None => self.member(&mut parts, &name, value)?,
            }
        }
        let extensions = self.schemas(parts.schemas.take())?;
        self.required(&parts)?;
        let links = parts.links.take();
        let document = assemble(self.kind, parts);
        Ok(Incoming {
            document,
            links,
            extensions,
            ignored: self.ignored,
        })
    }

    fn member(&mut self, parts: &mut Body, name: &str, value: Value) -> Result<()> {
        let Some((id, attribute)) = self.lookup(None, name) else {
            return self.unknown(Place::top(None, name));
        };
        let place = Place::top(None, attribute.name.as_str());
        let again = if attribute.name.is("schemas") {
            parts.schemas.replace(value).is_some()
        } else if attribute.mutability == Mutability::ReadOnly {
            self.ignore(Place::top(None, name));
            false
        } else if attribute.relation == Some(Relation::Members) {
            let links = self.links(place, id, value)?;
            parts.links.replace(links).is_some()
        } else {
            self.keep(&mut parts.base, place, id, value)?
        };
        if again { Err(twice(place)) } else { Ok(()) }
    }

    fn container(&mut self, parts: &mut Body, at: usize, value: Value) -> Result<()> {
        let (Some(urn), Some(container)) = (
            self.kind.extensions().get(at).map(|e| e.urn.as_str()),
            parts.containers.get_mut(at),
        ) else {
            return Ok(());
        };
        let members = match value {
            Value::Null => return Ok(()),
            Value::Object(members) => members,
            other => {
                return Err(Place::top(None, urn).expects("an object", &other));
            }
        };
        if !container.is_empty() {
            return Err(twice(Place::top(None, urn)));
        }
        for (name, value) in members {
            let Some((id, attribute)) = self.lookup(Some(urn), &name) else {
                self.unknown(Place::top(Some(urn), &name))?;
                continue;
            };
            let place = Place::top(Some(urn), attribute.name.as_str());
            if attribute.mutability == Mutability::ReadOnly {
                self.ignore(Place::top(Some(urn), &name));
            } else if self.keep(container, place, id, value)? {
                return Err(twice(place));
            }
        }
        Ok(())
    }

    /// Keeps the canonical value; tells whether there was one already.
    ///
    /// What is never read is checked and dropped ([`Attribute::is_kept`]).
    fn keep(
        &mut self,
        map: &mut Map<String, Value>,
        place: Place<'_>,
        id: AttrId,
        value: Value,
    ) -> Result<bool> {
        let is_kept = self.kind.attribute(id).is_some_and(Attribute::is_kept);
        Ok(match self.attribute(place, id, value)? {
            Some(value) if is_kept => {
                let name = place.sub.unwrap_or(place.name);
                map.insert(name.to_owned(), value).is_some()
            }
            _ => false,
        })
    }

    /// Returns the canonical form of an attribute's value, or nothing when it is empty.
    pub(super) fn attribute(
        &mut self,
        place: Place<'_>,
        id: AttrId,
        value: Value,
    ) -> Result<Option<Value>> {
        match (self.kind.attribute(id).is_some_and(|a| a.multi), value) {
            (_, Value::Null) => Ok(None),
            (true, Value::Array(list)) => self.list(place, id, list),
            (true, other) => Err(place.expects("a list", &other)),
            (false, value) => self.single(place, id, value),
        }
    }

    fn list(&mut self, place: Place<'_>, id: AttrId, list: Vec<Value>) -> Result<Option<Value>> {
        if list.len() > VALUES_MAX {
            return Err(place.refuse(format!("holds at most {VALUES_MAX} values")));
        }
        let mut values = Vec::with_capacity(list.len());
        for (index, element) in list.into_iter().enumerate() {
            values.extend(self.single(place.nth(index), id, element)?);
        }
        if !list::one_primary(&mut values) && self.mode != Mode::Lenient {
            return Err(place.refuse("has more than one primary value"));
        }
        let values = list::distinct(self.kind, id, values);
        Ok((!values.is_empty()).then_some(Value::Array(values)))
    }

    /// Returns the canonical form of one value, be the attribute multi-valued or not.
    pub(super) fn single(
        &mut self,
        place: Place<'_>,
        id: AttrId,
        value: Value,
    ) -> Result<Option<Value>> {
        let Some(attribute) = self.kind.attribute(id) else {
            return Ok(None);
        };
        match value {
            Value::Object(members) if attribute.kind == Kind::Complex => {
                self.complex(place, id, members)
            }
            value => {
                simple::check(place, attribute, &value)?;
                let text = value.as_str().filter(|_| self.mode == Mode::Strict);
                match text.and_then(|text| strict::unmet(self.kind, id, text)) {
                    Some(wanted) => Err(place.expects(wanted, &value)),
                    None => Ok(Some(value)),
                }
            }
        }
    }

    fn complex(
        &mut self,
        place: Place<'_>,
        id: AttrId,
        members: Map<String, Value>,
    ) -> Result<Option<Value>> {
        let mut map = Map::new();
        for (name, value) in members {
            let Some(sub) = self.kind.find_sub(id, &name) else {
                self.unknown(place.sub(&name))?;
                continue;
            };
            let Some(definition) = self.kind.attribute(sub) else {
                continue;
            };
            let here = place.sub(definition.name.as_str());
            if definition.mutability == Mutability::ReadOnly {
                self.ignore(place.sub(&name));
            } else if self.keep(&mut map, here, sub, value)? {
                return Err(twice(here));
            }
        }
        if map.is_empty() {
            return Ok(None);
        }
        let subs = self
            .kind
            .subs(id)
            .iter()
            .filter_map(|sub| self.kind.attribute(*sub));
        match subs
            .filter(|sub| is_missing(sub, &map))
            .map(|sub| sub.name.as_str())
            .next()
        {
            Some(name) => Err(place.sub(name).refuse("is required")),
            None => Ok(Some(Value::Object(map))),
        }
    }

    fn required(&self, parts: &Body) -> Result<()> {
        for (extension, container) in self.kind.extensions().iter().zip(&parts.containers) {
            if extension.required && container.is_empty() {
                return Err(Place::top(None, extension.urn.as_str()).refuse("is required"));
            }
        }
        for id in self.kind.required() {
            let Some(attribute) = self.kind.attribute(*id) else {
                continue;
            };
            let extension = self.kind.extension(*id);
            let at = extension.and_then(|extension| self.kind.container(extension.urn.as_str()));
            let map = match at.map(|at| parts.containers.get(at)) {
                None => &parts.base,
                Some(Some(container)) if !container.is_empty() => container,
                Some(_) => continue,
            };
            if !attribute.name.is("schemas") && is_missing(attribute, map) {
                let urn = extension.map(|extension| extension.urn.as_str());
                return Err(Place::top(urn, attribute.name.as_str()).refuse("is required"));
            }
        }
        Ok(())
    }

    fn lookup(&self, urn: Option<&str>, name: &str) -> Option<(AttrId, &'a Attribute)> {
        let id = self.kind.find(urn, name)?;
        self.kind.attribute(id).map(|attribute| (id, attribute))
    }

    pub(super) fn unknown(&mut self, place: Place<'_>) -> Result<()> {
        if self.mode != Mode::Lenient {
            let detail = format!("there is no attribute {}", shown(&place.attribute()));
            return Err(Error::new(ErrorKind::InvalidSyntax, detail));
        }
        self.ignore(place);
        Ok(())
    }

    pub(super) fn ignore(&mut self, place: Place<'_>) {
        if self.ignored.len() < IGNORED_MAX {
            let name = place.attribute();
            if !self.ignored.contains(&name) {
                self.ignored.push(name);
            }
        }
    }
}

fn is_missing(attribute: &Attribute, map: &Map<String, Value>) -> bool {
    let is_written = attribute.mutability != Mutability::ReadOnly && attribute.is_kept();
    attribute.required && is_written && !map.contains_key(attribute.name.as_str())
}

fn twice(place: Place<'_>) -> Error {
    let detail = format!("the body names {place} twice; name it once");
    Error::new(ErrorKind::InvalidSyntax, detail)
}

fn assemble(kind: &ResourceType, parts: Body) -> Document {
    let mut map = parts.base;
    let mut schemas = vec![Value::from(kind.schema().as_str())];
    for (extension, container) in kind.extensions().iter().zip(parts.containers) {
        if !container.is_empty() {
            let urn = extension.urn.as_str();
            schemas.push(Value::from(urn));
            map.insert(urn.to_owned(), Value::Object(container));
        }
    }
    map.insert("schemas".to_owned(), Value::Array(schemas));
    Document(map)
}
