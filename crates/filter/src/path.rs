//! PATCH paths (RFC 7644 figure 7), as written and as found in a resource type.

use std::str::FromStr;

use enroll_schema::{
    AttrId, AttrName, Error, ErrorKind, Kind, ResourceType, Result, Urn, limits::FILTER_BYTES_MAX,
};
use serde_json::{Map, Value};

use crate::{
    AttrPath, Filter, ParseError, Predicate, Profile, bind, grammar, shown::shown, values,
};

/// A PATCH path as written; also what names a value anywhere else, for instance in a mapping table.
///
/// ```
/// use enroll_filter::Path;
/// use enroll_schema::Schemas;
/// use serde_json::json;
///
/// let schemas = Schemas::standard();
/// let user = schemas.named("User").unwrap();
/// let resource = json!({"phoneNumbers": [
///     {"type": "work", "value": "+44 20 7946 0000"},
///     {"type": "mobile", "value": "+44 7700 900123"},
/// ]});
///
/// let path: Path = r#"phoneNumbers[type eq "mobile"].value"#.parse()?;
/// let found = path.read(user, resource.as_object().unwrap())?;
/// assert_eq!(found, ["+44 7700 900123"]);
///
/// let unknown: Path = "shoeSize".parse()?;
/// assert_eq!(unknown.bind(user).unwrap_err().scim_type(), Some("invalidPath"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub enum Path {
    /// `[urn:]name[.sub]`.
    Attribute(AttrPath),
    /// `[urn:]name[filter][.sub]`.
    Selected(AttrPath, Box<Filter>, Option<AttrName>),
    /// A bare schema URN (kind K8); only [`Path::parse_for`] knows one, [`Path::parse`] reads it as
    /// `Attribute`. [`Path::bind`] takes both.
    Schema(Urn),
}

impl Path {
    /// Reads a path.
    ///
    /// # Errors
    /// The position and what was expected there.
    pub fn parse(text: &str, profile: Profile) -> Result<Self, ParseError> {
        grammar::path(text, profile, FILTER_BYTES_MAX)
    }

    /// Reads a path, recognising the URNs of `kind`'s base schema and extensions as
    /// [`Path::Schema`].
    ///
    /// # Errors
    /// The position and what was expected there.
    pub fn parse_for(
        kind: &ResourceType,
        text: &str,
        profile: Profile,
    ) -> Result<Self, ParseError> {
        match schema_named(kind, text.trim_matches([' ', '\t'])) {
            Some(urn) => Ok(Self::Schema(urn.clone())),
            None => Self::parse(text, profile),
        }
    }

    /// Finds what the path names in `kind`.
    ///
    /// # Errors
    /// `invalidPath` for what the schemas do not know and for `[…]` where there are no values to
    /// choose from; `invalidFilter` for faults inside the brackets.
    pub fn bind(&self, kind: &ResourceType) -> Result<Selection> {
        let lost = || {
            Error::new(
                ErrorKind::InvalidPath,
                format!("{} has no attribute {}", kind.name(), shown(self)),
            )
        };
        match self {
            Self::Schema(urn) => schema(kind, urn.as_str()).ok_or_else(lost),
            Self::Attribute(path) => {
                let whole = path
                    .urn
                    .is_some()
                    .then(|| schema(kind, &path.to_string()))
                    .flatten();
                whole
                    .or_else(|| path.find(kind).map(Selection::Attribute))
                    .ok_or_else(lost)
            }
            Self::Selected(path, filter, sub) => selected(kind, path, filter, sub.as_ref(), &lost),
        }
    }

    /// Returns the values that the path selects in a document or a whole resource.
    ///
    /// One that is looked at often is bound once; [`Selection::read`] does the rest.
    ///
    /// # Errors
    /// As [`Path::bind`].
    pub fn read<'a>(
        &self,
        kind: &ResourceType,
        resource: &'a Map<String, Value>,
    ) -> Result<Vec<&'a Value>> {
        Ok(self.bind(kind)?.read(kind, resource))
    }
}

impl FromStr for Path {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Self, ParseError> {
        Self::parse(text, Profile::Lenient)
    }
}

/// A path with its attributes found and its filter bound: what it selects.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Selection {
    /// The base schema: the resource itself.
    Base,
    /// An extension's container, by its URN.
    Extension(Urn),
    /// An attribute, or a sub-attribute in every value of its parent.
    Attribute(AttrId),
    /// The values that match, or a sub-attribute in each of them.
    Chosen {
        /// The attribute whose values are chosen from.
        attribute: AttrId,
        /// The choice; leaves name sub-attributes of `attribute`.
        filter: Predicate,
        /// The sub-attribute.
        sub: Option<AttrId>,
    },
}

impl Selection {
    /// Returns the selected values in `resource`; none for [`Selection::Base`].
    pub fn read<'a>(
        &self,
        kind: &ResourceType,
        resource: &'a Map<String, Value>,
    ) -> Vec<&'a Value> {
        match self {
            Self::Base => Vec::new(),
            Self::Extension(urn) => values::member(resource, urn.as_str()).into_iter().collect(),
            Self::Attribute(id) => values::of(kind, *id, resource),
            Self::Chosen {
                attribute,
                filter,
                sub,
            } => {
                let chosen = values::of(kind, *attribute, resource);
                let chosen = chosen
                    .into_iter()
                    .filter(|value| filter.selects(kind, *attribute, value));
                let name = sub
                    .and_then(|sub| kind.attribute(sub))
                    .map(|sub| sub.name.as_str());
                match name {
                    Some(name) => chosen
                        .filter_map(|value| values::sub(value, name))
                        .collect(),
                    None => chosen.collect(),
                }
            }
        }
    }
}

fn selected(
    kind: &ResourceType,
    path: &AttrPath,
    filter: &Filter,
    sub: Option<&AttrName>,
    lost: &dyn Fn() -> Error,
) -> Result<Selection> {
    let refused = |why: &str| Error::new(ErrorKind::InvalidPath, format!("{}: {why}", shown(path)));
    if path.sub.is_some() {
        return Err(refused("`[` follows an attribute, not a sub-attribute"));
    }
    let attribute = path.find(kind).ok_or_else(lost)?;
    if !kind
        .attribute(attribute)
        .is_some_and(|a| a.multi || a.kind == Kind::Complex)
    {
        return Err(refused("there are no values to choose from"));
    }
    let filter = bind::inside(kind, attribute, filter)?;
    let sub = match sub {
        Some(name) => Some(kind.find_sub(attribute, name.as_str()).ok_or_else(lost)?),
        None => None,
    };
    Ok(Selection::Chosen {
        attribute,
        filter,
        sub,
    })
}

fn schema(kind: &ResourceType, urn: &str) -> Option<Selection> {
    let known = schema_named(kind, urn)?;
    Some(if known == kind.schema() {
        Selection::Base
    } else {
        Selection::Extension(known.clone())
    })
}

/// Finds a schema of the type by its URN, in the schema's spelling.
pub(crate) fn schema_named<'a>(kind: &'a ResourceType, urn: &str) -> Option<&'a Urn> {
    let extensions = kind.extensions().iter().map(|extension| &extension.urn);
    std::iter::once(kind.schema())
        .chain(extensions)
        .find(|known| known.is(urn))
}
