//! Why the job, or the desk, could not do something.

use enroll_schema::ResourceId;
use enroll_store::StoreError;

use crate::{AccessGroupId, AccountId, LedgerError, PolicyError};

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
    /// A person cannot be tied to an account; nothing was changed.
    #[error(transparent)]
    Link(#[from] LinkError),
    /// No such value has drifted.
    #[error(transparent)]
    Drift(#[from] DriftError),
    /// The tenant has no such integration.
    #[error("this tenant has no integration {0}")]
    UnknownIntegration(String),
}

/// Why a person was not tied to an account, or not untied (E-16).
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum LinkError {
    /// No provider sent such a person.
    #[error("nobody is known as {0}")]
    UnknownPerson(String),
    /// The application never reported it.
    #[error("no account {0} is known; report it first")]
    UnknownAccount(AccountId),
    /// Somebody has it.
    #[error("account {0} is tied to a person already; cut that tie first")]
    Tied(AccountId),
    /// The person has another one.
    #[error("the person has account {0} already; cut that tie first")]
    HasAccount(AccountId),
    /// There is no tie to cut.
    #[error("the person has no account")]
    NoAccount,
}

/// A value that has not drifted, or about which somebody decided already (E-12).
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no such value of this account differs from what was applied")]
pub struct DriftError;

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
