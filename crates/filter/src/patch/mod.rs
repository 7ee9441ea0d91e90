//! PATCH: a message compiled to edits of the document and a set-based plan for the links (patch-semantics).

use enroll_schema::{Document, ErrorKind, ResourceType};
use serde_json::Value;

use crate::Predicate;

/// A PATCH message that was checked as a message, not yet against a type.
#[derive(Clone, Debug, PartialEq)]
pub struct Patch {
    pub(crate) operations: Vec<Operation>,
}

/// One operation as sent.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Operation {
    pub(crate) op: Verb,
    pub(crate) path: Option<String>,
    pub(crate) value: Option<Value>,
}

/// What an operation does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verb {
    Add,
    Remove,
    Replace,
}

impl Patch {
    /// Reads the message: `schemas`, `Operations`, and the form of each operation (patch-semantics §1).
    ///
    /// `lenient`: an empty `Operations` is a no-op (decision 52).
    ///
    /// # Errors
    /// `invalidSyntax` with the operation's index.
    pub fn read(body: Value, lenient: bool) -> enroll_schema::Result<Self> {
        let _ = (body, lenient);
        todo!("owner: filter")
    }
}

/// How forgiving compiling and applying are; the quirk layer decides (decision 51).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Leniency {
    /// `replace attr[filter]` without match creates the value from the filter (ENTRA: decision 6).
    pub replace_creates: bool,
    /// Unknown attributes of a pathless value are ignored instead of refused.
    pub ignore_unknown: bool,
    /// Refuse links that name nothing here instead of keeping them pending.
    pub refuse_unknown_links: bool,
}

/// A PATCH compiled against a type: pure data, applied by any store inside its own transaction.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    pub(crate) edits: Vec<Edit>,
    pub(crate) links: LinkPlan,
    pub(crate) leniency: Leniency,
}

/// One edit of a document; the owner of this crate gives it its shape.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Edit {
    pub(crate) index: usize,
}

/// What to do with the rows of a relation, in this order: check `require`, `clear`, `unlink`, `unlink_where`, `link`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LinkPlan {
    /// Links that must be there before, else `noTarget`.
    pub require: Vec<String>,
    /// Drop every link first, pending ones too.
    pub clear: bool,
    /// Drop these, pending ones too; absent ones are no fault.
    pub unlink: Vec<String>,
    /// Drop those whose element matches; leaves name sub-attributes of `members`.
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
        self.require.is_empty()
            && !self.clear
            && self.unlink.is_empty()
            && self.unlink_where.is_none()
            && self.link.is_empty()
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

impl From<PatchError> for enroll_schema::Error {
    fn from(error: PatchError) -> Self {
        Self::new(error.kind, error.to_string())
    }
}

impl Plan {
    /// Compiles every operation before anything is touched: paths, values, mutability as far as it needs no document.
    ///
    /// # Errors
    /// The first refusal with the index of its operation.
    pub fn compile(
        kind: &ResourceType,
        patch: &Patch,
        leniency: Leniency,
    ) -> Result<Self, PatchError> {
        let _ = (kind, patch, leniency);
        todo!("owner: filter")
    }

    /// Returns the link plan.
    pub fn links(&self) -> &LinkPlan {
        &self.links
    }

    /// Tells whether only links are touched, so that the document need not be read.
    pub fn only_links(&self) -> bool {
        self.edits.is_empty()
    }

    /// Applies all edits in order to a copy of `before`; the id is needed for `replace id` no-ops.
    ///
    /// The result is canonical: empty values gone, one primary, `schemas` recomputed, required attributes present.
    /// Equal to `before` means nothing changed.
    ///
    /// # Errors
    /// The first refusal; nothing is changed then.
    pub fn apply(
        &self,
        kind: &ResourceType,
        id: &str,
        before: &Document,
    ) -> Result<Document, PatchError> {
        let _ = (kind, id, before);
        todo!("owner: filter")
    }
}
