//! The expression tree: one shape, two kinds of leaf.

use std::str::FromStr;

use enroll_schema::{AttrId, AttrName, ResourceType, Urn, limits};

use crate::{Numeral, ParseError, grammar};

/// A logical expression over leaves `L`.
///
/// A parsed one has at most [`limits::FILTER_DEPTH_MAX`] levels of brackets by construction, so
/// nothing that walks it (printing, binding, evaluating, dropping) can exhaust a stack.
#[derive(Clone, Debug, PartialEq)]
pub enum Expr<L> {
    /// Every one holds (`and`).
    All(Vec<Expr<L>>),
    /// At least one holds (`or`).
    Any(Vec<Expr<L>>),
    /// It does not hold (`not`).
    Not(Box<Expr<L>>),
    /// A leaf.
    Test(L),
}

/// A filter as written (RFC 7644 §3.4.2.2).
///
/// `FromStr` reads the lenient [`Profile`], `Display` writes the strict one; what was read prints
/// to a text that reads the same again.
///
/// ```
/// use enroll_filter::Filter;
///
/// let filter: Filter = r#"title pr  AND (userName sw"b" or nickName eq null)"#.parse()?;
/// assert_eq!(filter.to_string(), r#"title pr and (userName sw "b" or nickName eq null)"#);
/// # Ok::<(), enroll_filter::ParseError>(())
/// ```
pub type Filter = Expr<Written>;

/// A comparison operator (RFC 7644 table 3).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Op {
    /// Equal.
    Eq,
    /// Not equal.
    Ne,
    /// Contains.
    Co,
    /// Starts with.
    Sw,
    /// Ends with.
    Ew,
    /// Greater than.
    Gt,
    /// Greater than or equal.
    Ge,
    /// Less than.
    Lt,
    /// Less than or equal.
    Le,
}

impl Op {
    /// Returns the operator's word, `eq` for instance.
    pub fn as_str(self) -> &'static str {
        OPERATORS
            .iter()
            .find(|(_, op)| *op == self)
            .map_or("", |(word, _)| word)
    }
}

/// The words of the operators (RFC 7644 table 3); `pr` takes no value and is none of them.
pub(crate) const OPERATORS: [(&str, Op); 9] = [
    ("eq", Op::Eq),
    ("ne", Op::Ne),
    ("co", Op::Co),
    ("sw", Op::Sw),
    ("ew", Op::Ew),
    ("gt", Op::Gt),
    ("ge", Op::Ge),
    ("lt", Op::Lt),
    ("le", Op::Le),
];

/// A literal as written.
#[derive(Clone, Debug, PartialEq)]
pub enum Literal {
    /// A JSON string, unescaped.
    String(String),
    /// A JSON number.
    Number(Numeral),
    /// `true` or `false`.
    Bool(bool),
    /// `null`.
    Null,
}

/// An attribute as named: `[urn:]name[.sub]`, in the spelling of the input.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct AttrPath {
    /// The schema URN before the last colon.
    pub urn: Option<Urn>,
    /// The attribute.
    pub name: AttrName,
    /// The sub-attribute.
    pub sub: Option<AttrName>,
}

impl AttrPath {
    /// Names an attribute or, inside `[…]`, a sub-attribute.
    pub fn bare(name: impl Into<AttrName>) -> Self {
        Self {
            urn: None,
            name: name.into(),
            sub: None,
        }
    }

    /// Finds the attribute or sub-attribute in `kind`; letter case is ignored.
    ///
    /// An attribute of an extension is found under its URN only (filter-reject R133).
    pub fn find(&self, kind: &ResourceType) -> Option<AttrId> {
        let attribute = kind.find(self.urn.as_ref().map(Urn::as_str), self.name.as_str())?;
        match &self.sub {
            Some(sub) => kind.find_sub(attribute, sub.as_str()),
            None => Some(attribute),
        }
    }
}

impl FromStr for AttrPath {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Self, ParseError> {
        grammar::attr_path(text)
    }
}

/// A leaf as written.
#[derive(Clone, Debug, PartialEq)]
pub enum Written {
    /// `path pr`.
    Present(AttrPath),
    /// `path op literal`.
    Compare(AttrPath, Op, Literal),
    /// `path[filter]`.
    Element(AttrPath, Box<Filter>),
}

/// How closely the text must follow the grammar.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Profile {
    /// RFC 7644 figure 1 to the letter.
    Strict,
    /// Also runs of blanks, blanks at the ends and inside brackets, no blank before a string, any
    /// letter case of `true`, `false`, `null`, and `attr[…].sub op value` (filter-accept A154–A166).
    Lenient,
}

impl Filter {
    /// Reads a filter of at most [`limits::FILTER_BYTES_MAX`] bytes; `FromStr` is the lenient
    /// profile.
    ///
    /// # Errors
    /// The position and what was expected there; also when a limit is passed.
    pub fn parse(text: &str, profile: Profile) -> Result<Self, ParseError> {
        Self::parse_within(text, profile, limits::FILTER_BYTES_MAX)
    }

    /// Reads a filter of at most `bytes_max` bytes, for instance [`SEARCH_FILTER_BYTES_MAX`].
    ///
    /// # Errors
    /// As [`Filter::parse`].
    pub fn parse_within(
        text: &str,
        profile: Profile,
        bytes_max: usize,
    ) -> Result<Self, ParseError> {
        grammar::filter(text, profile, bytes_max)
    }
}

/// Most bytes of a filter in the body of `.search`, which no URL limit holds back.
pub const SEARCH_FILTER_BYTES_MAX: usize = 2 * limits::FILTER_BYTES_MAX;

impl FromStr for Filter {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Self, ParseError> {
        Self::parse(text, Profile::Lenient)
    }
}
