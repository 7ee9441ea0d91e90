//! What can stop an application that embeds us.

use enroll_store_sqlite::OpenError;
use enroll_sync::{LedgerError, PolicyError, SyncError};
use enroll_tenants::TenantsError;

/// The result of the façade's calls.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why a call of the façade failed; `Display` says what to change, `source` what broke.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The database URL is none.
    #[error("{0:?} is no database; write sqlite: and a path, for instance sqlite:enroll.db")]
    Url(String),
    /// The database cannot be opened.
    #[error("the database cannot be opened")]
    Open(#[from] OpenError),
    /// The operator's side refused or failed.
    #[error("{0}")]
    Manage(#[from] enroll_manage::Problem),
    /// The provider's name is unknown.
    #[error("there is no provider {0:?}")]
    Provider(String),
    /// Tenants, tokens or keys could not be read or written.
    #[error("{0}")]
    Tenants(#[from] TenantsError),
    /// The job or its ledger failed.
    #[error("{0}")]
    Sync(#[from] SyncError),
    /// A key of the default policy was refused.
    #[error("{0}")]
    Policy(#[from] PolicyError),
    /// A directory could not be opened.
    #[error("the directory cannot be opened")]
    Store(#[from] enroll_store::StoreError),
    /// The schemas have no User or no Group, and the job needs both.
    #[error("the schemas must have the resource types User and Group")]
    Schemas,
    /// The system gave no random bytes.
    #[error("the system gave no random bytes: {0}")]
    Random(String),
    /// Listening failed.
    #[error("listening failed")]
    Serve(#[from] std::io::Error),
}

impl From<LedgerError> for Error {
    fn from(error: LedgerError) -> Self {
        Self::Sync(error.into())
    }
}
