//! Why the job, or the desk, could not do something.

use enroll_schema::ResourceId;
use enroll_store::StoreError;

use crate::{AccessGroupId, LedgerError, PolicyError};

/// What the job and the desk fail with.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SyncError {
    /// The ledger failed or refused.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// A directory failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A directory holds a document that is none.
    #[error(transparent)]
    Document(#[from] enroll_schema::Error),
    /// A change of the policy was refused; nothing was changed.
    #[error(transparent)]
    Policy(#[from] PolicyError),
    /// A list of selections was refused; nothing was changed.
    #[error(transparent)]
    Choice(#[from] ChoiceError),
    /// The tenant has no such integration.
    #[error("this tenant has no integration {0}")]
    UnknownIntegration(String),
}

/// Why a list of selections was refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ChoiceError {
    /// No such group.
    #[error("selections[{index}].group: this directory has no group {group}")]
    UnknownGroup {
        /// The place in the list.
        index: usize,
        /// The group named.
        group: ResourceId,
    },
    /// The same group twice.
    #[error("selections[{index}].group: {group} is in the list twice")]
    Twice {
        /// The place in the list.
        index: usize,
        /// The group named.
        group: ResourceId,
    },
    /// No such access group.
    #[error(
        "selections[{index}].access_group: the application has no access group {access_group}; \
         it has {known}"
    )]
    UnknownTarget {
        /// The place in the list.
        index: usize,
        /// The access group named.
        access_group: AccessGroupId,
        /// Some that are there.
        known: String,
    },
    /// More than the limit.
    #[error("at most {0} groups can be selected")]
    TooMany(usize),
}
