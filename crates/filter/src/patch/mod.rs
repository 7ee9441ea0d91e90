//! PATCH: a message compiled to edits of the document and a set-based plan for the links
//! (RFC 7644 §3.5.2, decided where it is silent by patch-semantics).
//!
//! Three steps, each a plain value: [`Patch::read`] takes the message apart, [`Plan::compile`]
//! checks every operation against the resource type before anything is touched, [`Plan::apply`]
//! edits a copy. A store runs the last one, and the [`LinkPlan`], inside its own transaction.
//!
//! ```
//! use enroll_filter::{Patch, Plan, patch::Leniency};
//! use enroll_schema::{Document, Mode, Schemas, urns};
//! use serde_json::json;
//!
//! let schemas = Schemas::standard();
//! let user = schemas.named("User").unwrap();
//! let ada = json!({"schemas": [urns::USER], "userName": "ada", "title": "VP"});
//! let before = Document::read(user, ada, Mode::Strict)?.document;
//!
//! let message = json!({"schemas": [urns::PATCH_OP], "Operations": [
//!     {"op": "add", "path": "emails[type eq \"work\"].value", "value": "ada@x.example"},
//!     {"op": "remove", "path": "title"},
//! ]});
//! let plan = Plan::compile(user, &Patch::read(message, false)?, Leniency::default())?;
//! let after = plan.apply(user, "u1", &before)?;
//! assert_eq!(after.as_map()["emails"], json!([{"type": "work", "value": "ada@x.example"}]));
//! assert!(!after.as_map().contains_key("title"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Members are no part of a document, so that one member of a million costs one row:
//!
//! ```
//! use enroll_filter::{Patch, Plan, patch::Leniency};
//! use enroll_schema::{Schemas, urns};
//! use serde_json::json;
//!
//! let schemas = Schemas::standard();
//! let group = schemas.named("Group").unwrap();
//! let message = json!({"schemas": [urns::PATCH_OP], "Operations": [
//!     {"op": "remove", "path": "members", "value": [{"value": "a"}, {"value": "b"}]},
//!     {"op": "add", "path": "members", "value": [{"value": "c"}, {"value": "b"}]},
//! ]});
//! let plan = Plan::compile(group, &Patch::read(message, false)?, Leniency::default())?;
//! assert!(plan.only_links());
//! assert_eq!((plan.links().unlink.join(" "), plan.links().link.join(" ")), ("a".into(), "c b".into()));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod action;
mod apply;
mod attribute;
mod choose;
mod compile;
mod links;
mod list;
mod membership;
mod operation;
mod place;
mod value;

use enroll_schema::{AttrId, ErrorKind, Urn};
use serde_json::{Map, Value};

use crate::Predicate;
pub(crate) use operation::{Operation, Verb};

/// A PATCH message that was checked as a message, not yet against a type.
#[derive(Clone, Debug, PartialEq)]
pub struct Patch {
    pub(crate) operations: Vec<Operation>,
}

/// How forgiving compiling and applying are; the quirk layer decides (decision 51).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is one independent leave, all off by default"
)]
pub struct Leniency {
    /// `replace attr[filter]` without match creates the value from the filter (ENTRA-32:
    /// decision 6).
    pub replace_creates: bool,
    /// Unknown attributes, in a path, as a key of a pathless value or inside a value, are ignored
    /// instead of refused (ENTRA-42); and of two primary values the first counts (decision 52).
    pub ignore_unknown: bool,
    /// Country codes, locales and certificates may be in another format than the RFC's, as in a
    /// create (decision 46).
    pub any_format: bool,
    /// Refuse links that name nothing here instead of keeping them pending.
    pub refuse_unknown_links: bool,
}

/// A PATCH compiled against a type: pure data, applied by any store inside its own transaction.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    pub(crate) edits: Vec<Edit>,
    pub(crate) links: LinkPlan,
}

/// One edit of a document, with the position of the operation it comes from.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Edit {
    pub(crate) index: usize,
    pub(crate) step: Step,
}

/// What an edit is about.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Step {
    /// A top-level attribute, alone or in an extension's container.
    Attribute(AttrId, Action),
    /// The container of an extension goes.
    Clear(Urn),
    /// The containers of extensions not named here go (`replace schemas`).
    Keep(Vec<Urn>),
    /// The containers of extensions that match go (`remove schemas[…]`).
    Drop(Predicate),
    /// The resource's id must be this (an echo of what the server knows).
    Id(Value),
}

/// What happens to an attribute; the verbs of RFC 7644 are already taken apart.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Action {
    /// It becomes this one simple value.
    Set(Value),
    /// It loses its value or values.
    Unassign,
    /// Sub-attributes of the single value are set, those that are `null` unset.
    Merge(Map<String, Value>),
    /// Values are added; the same ones are merged.
    Append(Vec<Value>),
    /// The values become these.
    Assign(Vec<Value>),
    /// The values listed go, no others.
    Withdraw(Vec<Value>),
    /// A sub-attribute is set in every value, or unset if `null`.
    SetSub(AttrId, Value),
    /// Something happens to the values that match.
    Choose(Choice),
    /// It is readOnly and must have this value already, in all values of the sub-attribute if one
    /// is named.
    Same(Option<AttrId>, Value),
}

/// `attr[filter]` and what happens to the values it selects.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Choice {
    pub(crate) filter: Predicate,
    pub(crate) deed: Deed,
    pub(crate) otherwise: Otherwise,
}

/// What happens to a value that was chosen.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Deed {
    /// Sub-attributes are set, those that are `null` unset.
    Merge(Map<String, Value>),
    /// The value as a whole becomes this; sub-attributes not named are gone.
    Become(Value),
    /// It goes.
    Remove,
}

/// What happens when nothing matches.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Otherwise {
    /// That is fine.
    Nothing,
    /// `noTarget`.
    Refuse,
    /// This value is added.
    Create(Value),
}

/// What to do with the rows of a relation, in this order: check `require`, `clear`, `unlink`,
/// `unlink_where`, `link`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LinkPlan {
    /// Links that must be there before, else `noTarget`.
    pub require: Vec<String>,
    /// Drop every link first, pending ones too.
    pub clear: bool,
    /// Drop these, pending ones too; absent ones are no fault.
    pub unlink: Vec<String>,
    /// Drop those whose element matches; leaves name sub-attributes of `members`, so
    /// [`Predicate::selects`] decides.
    pub unlink_where: Option<Predicate>,
    /// Add these, in order; present ones stay.
    pub link: Vec<String>,
    /// What to do with values that are no resource here.
    pub unknown: Unknown,
}

/// What to do with a link whose value is no id here (E-18).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Unknown {
    /// Keep it as a pending reference.
    #[default]
    Keep,
    /// Refuse the request with `invalidValue`.
    Refuse,
}

impl LinkPlan {
    /// Tells whether nothing is asked of the links.
    pub fn is_empty(&self) -> bool {
        let untouched = self.require.is_empty() && !self.clear && self.unlink_where.is_none();
        untouched && self.unlink.is_empty() && self.link.is_empty()
    }
}

impl Plan {
    /// Returns the link plan.
    pub fn links(&self) -> &LinkPlan {
        &self.links
    }

    /// Tells whether only links are touched, so that the document need not be read.
    pub fn only_links(&self) -> bool {
        self.edits.is_empty()
    }
}

/// Why a PATCH is refused; converts up into [`enroll_schema::Error`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("Operations[{index}]: {detail}")]
pub struct PatchError {
    /// The position of the operation, from 0.
    pub index: usize,
    /// The kind of refusal.
    pub kind: ErrorKind,
    /// What to change.
    pub detail: String,
}

impl PatchError {
    pub(crate) fn at(index: usize, error: &enroll_schema::Error) -> Self {
        Self {
            index,
            kind: error.kind(),
            detail: error.detail().to_owned(),
        }
    }
}

impl From<PatchError> for enroll_schema::Error {
    fn from(error: PatchError) -> Self {
        Self::new(error.kind, error.to_string())
    }
}
