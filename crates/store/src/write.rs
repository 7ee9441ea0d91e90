//! Writes: what is asked, under which condition, and what became of it.

use std::sync::Arc;

use enroll_filter::{LinkPlan, Plan};
use enroll_schema::{AttrId, Document, ResourceId, ResourceType, Timestamp, Version};

use serde_json::{Map, Value};

use crate::{Note, Record, RequestId, Result, Revision, StoreError, Want, index};

/// One resource.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// The type.
    pub kind: ResourceType,
    /// The id.
    pub id: ResourceId,
}

/// The dates of a resource that was brought from elsewhere.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dated {
    /// The resource.
    pub target: Target,
    /// When it was created.
    pub created: Timestamp,
    /// When it last changed.
    pub modified: Timestamp,
}

/// A whole resource as it shall be.
#[derive(Clone, Debug)]
pub struct Draft {
    /// The id it shall have if it is created (ids come from the caller: no randomness in a store).
    pub id: ResourceId,
    /// The document.
    pub document: Document,
    /// The links; for a PUT the core sets `clear`.
    pub links: LinkPlan,
}

/// Why a write happens, and what its answer must hold.
#[derive(Clone, Debug)]
pub struct Cause {
    /// The request.
    pub request: RequestId,
    /// The instant that `created` and `lastModified` say.
    pub at: Timestamp,
    /// Attributes whose value no other resource of the type may have; asked only when the write changes the key.
    pub unique: Vec<AttrId>,
    /// How many links the answered record should hold.
    pub want: Want,
    /// The request's line for the log, committed with the write.
    pub note: Option<Note>,
}

/// The condition of a write (`If-Match`, RFC 7644 §3.14).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Expected {
    /// None.
    Any,
    /// It must be at one of these versions.
    OneOf(Vec<Version>),
}

/// One write of a batch.
#[derive(Clone, Debug)]
pub enum Write {
    /// POST.
    Create(ResourceType, Draft, Cause),
    /// PUT.
    Replace(Target, Expected, Draft, Cause),
    /// PATCH.
    Patch(Target, Expected, Arc<Plan>, Cause),
    /// DELETE.
    Delete(Target, Expected, Cause),
}

/// What a write did.
#[derive(Clone, Debug, PartialEq)]
pub struct Written {
    /// The resource afterwards; `None` after a delete.
    pub record: Option<Record>,
    /// Whether anything changed; if not, no version, no change row.
    pub changed: bool,
    /// The number of the change, if there was one.
    pub revision: Option<Revision>,
    /// Link values of the plan that were there before.
    pub before: Vec<String>,
    /// Link values that are pending now.
    pub pending: Vec<String>,
}

impl Written {
    /// Makes the answer of a store that keeps neither changes nor links; `record` has all its links.
    pub fn plain(record: Option<Record>, changed: bool, cause: &Cause) -> Self {
        Self {
            record: record.map(|record| record.limited(cause.want)),
            changed,
            revision: None,
            before: Vec::new(),
            pending: Vec::new(),
        }
    }
}

impl Cause {
    /// Refuses a draft that brings in a key which must be unique and belongs to another resource.
    ///
    /// `owners` reads whom a key may belong to, more than those if need be: what [`crate::Query::pinned`]
    /// is answered with.
    ///
    /// # Errors
    /// [`StoreError::Taken`], and whatever `owners` fails with.
    pub fn check_unique(
        &self,
        kind: &ResourceType,
        draft: &Draft,
        owners: impl Fn(AttrId, &str) -> Result<Vec<(i64, Record)>>,
    ) -> Result<()> {
        for attribute in &self.unique {
            let keys = |of: &Map<String, Value>| index::keys(kind, *attribute, of);
            for key in keys(draft.document.as_map()) {
                let mut own = false;
                let mut others = false;
                for (_, owner) in owners(*attribute, &key)? {
                    if owner.kind == *kind && keys(&owner.resource()?).contains(&key) {
                        own |= owner.id == draft.id;
                        others |= owner.id != draft.id;
                    }
                }
                if others && !own {
                    let (kind, attribute) = (kind.name().to_owned(), kind.path(*attribute));
                    return Err(StoreError::Taken { kind, attribute });
                }
            }
        }
        Ok(())
    }
}
