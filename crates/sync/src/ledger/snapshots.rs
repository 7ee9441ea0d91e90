//! Every account of the application at once: staged page by page, taken in whole or not at all.

use enroll_schema::Timestamp;
use serde::{Deserialize, Serialize};

use crate::wire;

/// A list of every account of the application, on its way in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Snapshot {
    /// Its number; 1, 2, 3 … for each tenant.
    pub id: u64,
    /// How far it is.
    pub state: SnapshotState,
    /// Entries received so far; where the next page begins.
    pub received: u64,
    /// Accounts in it; an account that came twice counts once.
    pub accounts: u64,
    /// Accounts of the snapshot taken in before it; `None` for the first.
    pub before: Option<u64>,
    /// When it was begun.
    #[serde(with = "wire::instant")]
    pub at: Timestamp,
}

/// How far a snapshot is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SnapshotState {
    /// Pages are coming; nothing of it counts.
    Open,
    /// It was committed and is being taken in.
    Committed,
    /// It counts as a whole.
    TakenIn,
}

/// Why a snapshot was refused; nothing was changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SnapshotError {
    /// There is none with this number, or a newer one was begun.
    #[error("there is no such snapshot; a newer one may have replaced it")]
    Unknown,
    /// Pages come one after another.
    #[error("the next page begins at entry {0}")]
    Elsewhere(u64),
    /// It was committed already.
    #[error("the snapshot was committed; begin a new one")]
    Closed,
    /// A broken export must not read as "everyone vanished" (sync §7).
    #[error("{accounts} accounts are fewer than half of the last snapshot's {before}")]
    Shrunken {
        /// Accounts in this one.
        accounts: u64,
        /// Accounts in the last one.
        before: u64,
    },
}

impl Snapshot {
    /// Starts one.
    pub fn begun(id: u64, before: Option<u64>, at: Timestamp) -> Self {
        Self {
            id,
            state: SnapshotState::Open,
            received: 0,
            accounts: 0,
            before,
            at,
        }
    }

    /// Checks that a page which begins at entry `from` is the next one.
    ///
    /// # Errors
    /// [`SnapshotError::Closed`] or [`SnapshotError::Elsewhere`].
    pub fn takes(&self, from: u64) -> Result<(), SnapshotError> {
        match self.state {
            SnapshotState::Open if self.received == from => Ok(()),
            SnapshotState::Open => Err(SnapshotError::Elsewhere(self.received)),
            _ => Err(SnapshotError::Closed),
        }
    }

    /// Returns it committed; committing twice is committing once.
    ///
    /// # Errors
    /// [`SnapshotError::Shrunken`].
    pub fn committed(self) -> Result<Self, SnapshotError> {
        let (accounts, before) = (self.accounts, self.before.unwrap_or(0));
        if self.state == SnapshotState::Open && accounts.saturating_mul(2) < before {
            return Err(SnapshotError::Shrunken { accounts, before });
        }
        let state = match self.state {
            SnapshotState::Open => SnapshotState::Committed,
            later => later,
        };
        Ok(Self { state, ..self })
    }
}

impl Snapshot {
    /// Returns what the next snapshot is compared with: how many accounts the last one had that
    /// was committed.
    pub fn counted(&self) -> Option<u64> {
        match self.state {
            SnapshotState::Open => self.before,
            SnapshotState::Committed | SnapshotState::TakenIn => Some(self.accounts),
        }
    }
}
