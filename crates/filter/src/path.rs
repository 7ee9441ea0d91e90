//! PATCH paths (RFC 7644 figure 7).

use enroll_schema::{AttrName, ResourceType};

use crate::{AttrPath, Filter, ParseError, Profile};

/// A PATCH path as written.
#[derive(Clone, Debug, PartialEq)]
pub enum Path {
    /// `[urn:]name[.sub]`.
    Attribute(AttrPath),
    /// `[urn:]name[filter][.sub]`.
    Selected(AttrPath, Box<Filter>, Option<AttrName>),
    /// A bare schema URN (kind K8); only known after [`Path::bind`]ing, so parsing alone yields `Attribute`.
    Schema(enroll_schema::Urn),
}

impl Path {
    /// Reads a path.
    ///
    /// # Errors
    /// The position and what was expected there.
    pub fn parse(text: &str, profile: Profile) -> Result<Self, ParseError> {
        let _ = (text, profile);
        todo!("owner: filter")
    }

    /// Reads a path, recognising the URNs of `kind`'s base schema and extensions as [`Path::Schema`].
    ///
    /// # Errors
    /// The position and what was expected there.
    pub fn parse_for(kind: &ResourceType, text: &str, profile: Profile) -> Result<Self, ParseError> {
        let _ = (kind, text, profile);
        todo!("owner: filter")
    }
}
