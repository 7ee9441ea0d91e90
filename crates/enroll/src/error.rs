//! What can stop an application that embeds us.

use std::path::PathBuf;

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
    /// The address that identity providers reach us by is none.
    #[error("{0:?} is no public URL; write scheme and host, for instance https://scim.example.com")]
    PublicUrl(String),
    /// The database cannot be opened.
    #[error("the database {} cannot be opened", path.display())]
    Open {
        /// Its file.
        path: PathBuf,
        /// Why not.
        source: OpenError,
    },
    /// Another process serves this database.
    #[error("the database {} is in use by another server; stop that one, or choose another database", .0.display())]
    InUse(PathBuf),
    /// The operator's side refused or failed.
    #[error(transparent)]
    Manage(#[from] enroll_manage::Problem),
    /// The provider's name is unknown.
    #[error("there is no provider {0:?}")]
    Provider(String),
    /// Tenants, tokens or keys could not be read or written.
    #[error(transparent)]
    Tenants(#[from] TenantsError),
    /// The job or its ledger failed.
    #[error(transparent)]
    Sync(#[from] SyncError),
    /// A key of the default policy was refused.
    #[error(transparent)]
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
