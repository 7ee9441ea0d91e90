//! The canonical form of a resource: checked against its type, in the schema's spelling.

use serde_json::{Map, Value};

use crate::{ResourceType, Result};

/// A resource's own attributes in canonical form.
///
/// It holds `schemas`, `externalId` and whatever the client wrote, in the schema's spelling and with every value of its
/// attribute's type; it never holds `id` and `meta` (they belong to the record), nor `members` and `groups` (they are rows).
/// Empty values are absent: no `null`, no `[]`, no `{}`. `schemas` is first and lists exactly the base and the extensions with data.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct Document(pub(crate) Map<String, Value>);

/// How tolerant reading is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Unknown attributes are ignored and named in [`Incoming::ignored`]; of two primaries the first counts (decisions 30, 52).
    Lenient,
    /// Unknown attributes are `invalidSyntax`, two primaries `invalidValue`.
    Strict,
}

/// What a POST or PUT body said.
#[derive(Clone, Debug, PartialEq)]
pub struct Incoming {
    /// The attributes that are kept in the document.
    pub document: Document,
    /// `members[].value` as sent, in order, without repeats; `None` when the attribute was not in the body.
    pub links: Option<Vec<String>>,
    /// Names of attributes that were not understood or may not be written, as sent.
    pub ignored: Vec<String>,
}

impl Document {
    /// Reads the body of a POST or PUT: spelling, types, limits, required attributes, canonical primary.
    ///
    /// `id`, `meta` and other readOnly attributes are ignored (RFC 7644 §3.3); `password` is accepted and dropped (decision 55).
    ///
    /// # Errors
    /// `invalidSyntax` when `body` is no object or its `schemas` do not name the type; `invalidValue` when a value does not fit
    /// or a required attribute is absent.
    pub fn read(kind: &ResourceType, body: Value, mode: Mode) -> Result<Incoming> {
        let _ = (kind, body, mode);
        todo!("owner: schema")
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

    /// Writes the compact JSON that stores keep: `{"schemas":[…],…}` with `schemas` first, other members in map order.
    pub fn to_bytes(&self) -> Vec<u8> {
        todo!("owner: schema")
    }

    /// Reads what [`Document::to_bytes`] wrote.
    ///
    /// # Errors
    /// `Internal` when the bytes are not a JSON object.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self> {
        let _ = bytes;
        todo!("owner: schema")
    }
}
