//! Attributes and their characteristics (RFC 7643 §2.2, §7).

mod json;

use crate::AttrName;

/// The data type of an attribute (RFC 7643 §2.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Kind {
    /// Unicode text (§2.3.1).
    String,
    /// `true` or `false` (§2.3.2).
    Boolean,
    /// A real number (§2.3.3).
    Decimal,
    /// A whole number (§2.3.4).
    Integer,
    /// An `xsd:dateTime` (§2.3.5).
    DateTime,
    /// Base64 text (§2.3.6).
    Binary,
    /// A URI (§2.3.7).
    Reference,
    /// Sub-attributes (§2.3.8).
    Complex,
}

/// When a client may write an attribute (RFC 7643 §7).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Mutability {
    /// Only the server writes it.
    ReadOnly,
    /// Client and server write it.
    ReadWrite,
    /// Written once.
    Immutable,
    /// Written, never read.
    WriteOnly,
}

/// When an attribute is in an answer (RFC 7643 §7).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Returned {
    /// Whatever is asked for.
    Always,
    /// Never.
    Never,
    /// Unless excluded.
    Default,
    /// Only if asked for.
    Request,
}

/// Where values of an attribute differ from each other (RFC 7643 §7).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Uniqueness {
    /// They need not.
    None,
    /// Within the directory.
    Server,
    /// Everywhere.
    Global,
}

/// A multi-valued attribute that is kept as rows between resources, never inside a document.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Relation {
    /// `Group.members`: the group's rows, written by clients.
    Members,
    /// `User.groups`: the same rows seen from the member, read only.
    Groups,
}

/// One attribute definition; plain data, a row of the schema table.
#[derive(Clone, Debug, PartialEq)]
pub struct Attribute {
    /// The schema's spelling.
    pub name: AttrName,
    /// The data type.
    pub kind: Kind,
    /// Whether it holds several values.
    pub multi: bool,
    /// Whether it must be there.
    pub required: bool,
    /// Whether strings compare by bytes; otherwise by [`crate::fold`].
    pub case_exact: bool,
    /// When it may be written.
    pub mutability: Mutability,
    /// When it is returned.
    pub returned: Returned,
    /// Where it is unique.
    pub uniqueness: Uniqueness,
    /// What a reference may name: resource type names, `external`, `uri`.
    pub reference_types: Vec<String>,
    /// Suggested values; others are accepted.
    pub canonical_values: Vec<String>,
    /// What it means, for `/Schemas`.
    pub description: String,
    /// Sub-attributes of a complex attribute.
    pub sub: Vec<Attribute>,
    /// Set if the values are rows between resources.
    pub relation: Option<Relation>,
}

impl Attribute {
    /// Makes an attribute with the characteristics RFC 7643 §2.2 gives to one that states none.
    ///
    /// Single-valued, optional, `readWrite`, returned by default, unique nowhere; strings compare
    /// without case, while references and base64 compare by bytes (§2.3.6, §2.3.7).
    pub fn new(name: &str, kind: Kind) -> Self {
        Self {
            name: AttrName::from(name),
            kind,
            multi: false,
            required: false,
            case_exact: matches!(kind, Kind::Reference | Kind::Binary),
            mutability: Mutability::ReadWrite,
            returned: Returned::Default,
            uniqueness: Uniqueness::None,
            reference_types: Vec::new(),
            canonical_values: Vec::new(),
            description: String::new(),
            sub: Vec::new(),
            relation: None,
        }
    }

    /// Tells whether values are kept.
    ///
    /// What can be written and never read is checked and dropped: nobody could use it (decision 55).
    pub fn is_kept(&self) -> bool {
        self.mutability != Mutability::WriteOnly && self.returned != Returned::Never
    }
}
