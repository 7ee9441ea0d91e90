//! The attribute that an operation is about, and what may be said of it.

use enroll_schema::{
    AttrId, Attribute, Error, ErrorKind, Mutability, ResourceType, limits::VALUES_MAX,
};
use serde_json::{Map, Value};

/// An attribute or sub-attribute in its resource type.
#[derive(Clone, Copy)]
pub(super) struct Place<'a> {
    pub(super) kind: &'a ResourceType,
    pub(super) id: AttrId,
    pub(super) attribute: &'a Attribute,
}

impl<'a> Place<'a> {
    /// Finds the definition; `None` only for an id of another type.
    pub(super) fn of(kind: &'a ResourceType, id: AttrId) -> Option<Self> {
        kind.attribute(id).map(|attribute| Self {
            kind,
            id,
            attribute,
        })
    }

    /// Returns the sub-attribute called `name`.
    pub(super) fn sub(self, name: &str) -> Option<Self> {
        self.kind
            .find_sub(self.id, name)
            .and_then(|id| Self::of(self.kind, id))
    }

    /// Returns the sub-attributes.
    pub(super) fn subs(self) -> impl Iterator<Item = Self> {
        self.kind
            .subs(self.id)
            .iter()
            .filter_map(move |id| Self::of(self.kind, *id))
    }

    pub(super) fn name(self) -> &'a str {
        self.attribute.name.as_str()
    }

    pub(super) fn is(self, mutability: Mutability) -> bool {
        self.attribute.mutability == mutability
    }

    /// Tells whether clients must give it a value that is kept.
    pub(super) fn is_needed(self) -> bool {
        self.attribute.required && self.attribute.is_kept() && !self.is(Mutability::ReadOnly)
    }

    /// Tells whether this is the common attribute called `name`.
    pub(super) fn is_common(self, name: &str) -> bool {
        self.kind.find(None, name) == Some(self.id)
    }

    /// Refuses because of what the attribute is: `readOnly`, `immutable`, `required`.
    pub(super) fn is_fixed(self, how: &str) -> Error {
        mutability(&format!("{} is {how}", self.kind.path(self.id)))
    }

    /// Refuses a value of the attribute.
    pub(super) fn refuse(self, why: &str) -> Error {
        Error::new(
            ErrorKind::InvalidValue,
            format!("{} {why}", self.kind.path(self.id)),
        )
    }

    pub(super) fn two_primaries(self) -> Error {
        self.refuse("can have one primary value only")
    }

    pub(super) fn too_many(self) -> Error {
        self.refuse(&format!("holds at most {VALUES_MAX} values"))
    }
}

pub(super) fn mutability(detail: &str) -> Error {
    Error::new(ErrorKind::Mutability, detail)
}

/// `schemas` names the base schema, whatever else is in it (RFC 7643 §3).
pub(super) fn keeps_base(kind: &ResourceType) -> Error {
    let detail = format!("schemas must keep {}", kind.schema());
    Error::new(ErrorKind::InvalidValue, detail)
}

/// An object with one member.
pub(super) fn object_of(name: &str, value: Value) -> Map<String, Value> {
    std::iter::once((name.to_owned(), value)).collect()
}
