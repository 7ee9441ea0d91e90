//! What goes wrong below every contract of this crate.

use std::sync::Arc;

use enroll_store::StoreError;
use rusqlite::ErrorCode;

/// A failure of the database or of the way to it.
#[derive(Clone, Debug, thiserror::Error)]
pub(crate) enum Fault {
    /// The queue is full, or another process holds the file.
    #[error("too many writes are waiting; try again")]
    Busy,
    /// The disk is full.
    #[error("no space is left")]
    Full,
    /// What was read is not what was written.
    #[error("stored data is damaged: {0}")]
    Damaged(String),
    /// The write was given up: the database closes, or its code panicked.
    #[error("the write was given up")]
    Lost,
    /// Anything else that SQLite says.
    #[error("SQLite failed: {0}")]
    Sqlite(Arc<rusqlite::Error>),
}

/// Why a job has no result: the contract refuses in its own words `R`, or the database failed.
#[derive(Debug)]
pub(crate) enum Failure<R> {
    /// The contract's own refusal.
    Refused(R),
    /// The database failed.
    Fault(Fault),
}

impl From<Failure<StoreError>> for Failure<Fault> {
    fn from(failure: Failure<StoreError>) -> Self {
        match failure {
            Failure::Fault(fault) => Self::Fault(fault),
            // Refusals are answers of single writes; none is left where this is asked.
            Failure::Refused(_) => Self::Fault(Fault::Lost),
        }
    }
}

impl<R: From<Fault>> Failure<R> {
    /// Says it in the contract's words.
    pub(crate) fn into_refusal(self) -> R {
        match self {
            Self::Refused(refusal) => refusal,
            Self::Fault(fault) => fault.into(),
        }
    }
}

impl From<rusqlite::Error> for Fault {
    fn from(error: rusqlite::Error) -> Self {
        match error.sqlite_error_code() {
            Some(ErrorCode::DiskFull) => Self::Full,
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Self::Busy,
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => {
                Self::Damaged(error.to_string())
            }
            _ => Self::Sqlite(Arc::new(error)),
        }
    }
}

impl<R> From<rusqlite::Error> for Failure<R> {
    fn from(error: rusqlite::Error) -> Self {
        Self::Fault(error.into())
    }
}

impl<R> From<Fault> for Failure<R> {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

impl From<StoreError> for Failure<StoreError> {
    fn from(error: StoreError) -> Self {
        Self::Refused(error)
    }
}

impl From<Fault> for StoreError {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::Busy => Self::Busy,
            Fault::Full => Self::Full,
            Fault::Damaged(what) => Self::Damaged(what),
            other @ (Fault::Lost | Fault::Sqlite(_)) => Self::Backend(Box::new(other)),
        }
    }
}
