//! The canonical form of a resource: checked against its type, in the schema's spelling.

mod links;
mod list;
mod place;
mod read;
mod schemas;
mod simple;
mod strict;
mod view;

use serde_json::{Map, Value};

use crate::{AttrId, Error, ErrorKind, ResourceType, Result, Urn};
use place::Place;
use read::Reader;
pub(crate) use view::{from_view, view};

/// A resource's own attributes in canonical form.
///
/// It holds `schemas`, `externalId` and whatever the client wrote, in the schema's spelling and with
/// every value of its attribute's type; it never holds `id` and `meta` (they belong to the record),
/// nor `members` and `groups` (they are rows). Empty values are absent: no `null`, no `[]`, no `{}`.
/// `schemas` is first and lists exactly the base and the extensions with data.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct Document(pub(crate) Map<String, Value>);

/// How tolerant reading is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Unknown attributes are ignored and named in [`Incoming::ignored`], unknown `schemas` are
    /// ignored; of two primaries the first counts (decisions 30, 52).
    Lenient,
    /// Unknown attributes and two primaries are refused as in [`Mode::Strict`], formats and unknown
    /// `schemas` are not looked at: what a PATCH demands of its values.
    Known,
    /// Unknown attributes are `invalidSyntax`; unknown `schemas`, two primaries, and a country, locale
    /// or certificate that is not in the RFC's format are `invalidValue` (decision 46).
    Strict,
}

/// What a POST or PUT body said.
#[derive(Clone, Debug, PartialEq)]
pub struct Incoming {
    /// The attributes that are kept in the document.
    pub document: Document,
    /// `members[].value` as sent, in order, without repeats; `None` when the attribute was not in the
    /// body.
    pub links: Option<Vec<String>>,
    /// The extensions that `schemas` named, with data or without (RFC 7644 §3.5.1: a PUT clears what
    /// its client knows of).
    pub extensions: Vec<Urn>,
    /// Names of attributes that were not understood or may not be written, as sent.
    pub ignored: Vec<String>,
}

/// A value in canonical form, and what was left out of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Canonical {
    /// The value; `None` when it was empty.
    pub value: Option<Value>,
    /// Names that were not understood or may not be written, as sent.
    pub ignored: Vec<String>,
}

impl ResourceType {
    /// Checks a value of attribute or sub-attribute `id` as [`Document::read`] does.
    ///
    /// A multi-valued attribute wants a list; one element of it goes through
    /// [`ResourceType::canonical_element`]. Mutability is not looked at, but inside the value
    /// readOnly sub-attributes are ignored.
    ///
    /// # Errors
    /// `invalidValue`; but in [`Mode::Lenient`] also `invalidSyntax` for unknown sub-attributes.
    pub fn canonical(&self, id: AttrId, value: Value, mode: Mode) -> Result<Canonical> {
        let path = self.path(id);
        let mut reader = Reader::new(self, mode);
        let value = reader.attribute(Place::top(None, &path), id, value)?;
        Ok(Canonical {
            value,
            ignored: reader.into_ignored(),
        })
    }

    /// Checks one element of multi-valued attribute `id`, as [`ResourceType::canonical`] does a list.
    ///
    /// # Errors
    /// As [`ResourceType::canonical`].
    pub fn canonical_element(&self, id: AttrId, value: Value, mode: Mode) -> Result<Canonical> {
        let path = self.path(id);
        let mut reader = Reader::new(self, mode);
        let value = reader.single(Place::top(None, &path), id, value)?;
        Ok(Canonical {
            value,
            ignored: reader.into_ignored(),
        })
    }
}

impl Document {
    /// Reads the body of a POST or PUT: spelling, types, limits, required attributes, primary.
    ///
    /// `id`, `meta` and other readOnly attributes are ignored, whatever they hold (RFC 7644 §3.3);
    /// `password` and whatever else is never read is checked and dropped (decision 55). Texts are
    /// kept as sent, byte by byte.
    ///
    /// # Errors
    /// `invalidSyntax` when `body` is no object, its `schemas` are absent, empty, no list of texts or
    /// name a message, and when it names an attribute twice; `invalidValue` when `schemas` do not name
    /// the type, a value does not fit its attribute, or a required one is absent;
    /// `PayloadTooLarge` for too many members.
    pub fn read(kind: &ResourceType, body: Value, mode: Mode) -> Result<Incoming> {
        Reader::new(kind, mode).body(body)
    }

    /// Takes a map that already is canonical, for instance one that a store kept.
    pub fn from_canonical(map: Map<String, Value>) -> Self {
        Self(map)
    }

    /// Returns the attributes.
    pub fn as_map(&self) -> &Map<String, Value> {
        &self.0
    }

    /// Returns the attributes for changing; the caller keeps them canonical (the PATCH engine does).
    pub fn as_map_mut(&mut self) -> &mut Map<String, Value> {
        &mut self.0
    }

    /// Gives the attributes away.
    pub fn into_map(self) -> Map<String, Value> {
        self.0
    }

    /// Writes the compact JSON that stores keep: `{"schemas":[…],…}`.
    ///
    /// `schemas` is first, the other members are in map order, so equal documents give equal bytes.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(512);
        let schemas = self.0.get_key_value("schemas");
        let others = self.0.iter().filter(|(name, _)| *name != "schemas");
        bytes.push(b'{');
        for (name, value) in schemas.into_iter().chain(others) {
            if bytes.len() > 1 {
                bytes.push(b',');
            }
            write(&mut bytes, name);
            bytes.push(b':');
            write(&mut bytes, value);
        }
        bytes.push(b'}');
        bytes
    }

    /// Reads what [`Document::to_bytes`] wrote.
    ///
    /// # Errors
    /// `Internal` when the bytes are not a JSON object.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self> {
        serde_json::from_slice(bytes).map(Self).map_err(|broken| {
            Error::new(ErrorKind::Internal, "a stored document cannot be read").because(broken)
        })
    }
}

fn write(bytes: &mut Vec<u8>, value: &(impl serde::Serialize + ?Sized)) {
    // Writing JSON values to memory has no way to fail.
    let _ = serde_json::to_writer(bytes, value);
}
