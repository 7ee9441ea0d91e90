//! Why a presented token does not open an integration: told to its operator, never to the caller.

use enroll_schema::Timestamp;
use enroll_store::DirectoryId;

use crate::{Digest, Gate, Lookup, Result, Secret, Tenants, Token};

/// What is wrong with a token; the secret itself is neither kept nor told (threat B3).
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum TokenFault {
    /// None was presented, or not as `Authorization: Bearer …`.
    Missing,
    /// It is meant as one of ours, but its check digits disagree.
    Mistyped,
    /// It is this token of the integration, and too old.
    Expired(String),
    /// It is this token of the integration, and was revoked.
    Revoked(String),
    /// It is another integration's; which one is not told (threat B4).
    Elsewhere,
    /// It is no token at all.
    Unknown,
}

impl TokenFault {
    /// Returns the word of it for logs and programs.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Missing => "missing",
            Self::Mistyped => "mistyped",
            Self::Expired(_) => "expired",
            Self::Revoked(_) => "revoked",
            Self::Elsewhere => "elsewhere",
            Self::Unknown => "unknown",
        }
    }

    /// Returns the id of the integration's own token that it is.
    pub fn token(&self) -> Option<&str> {
        match self {
            Self::Expired(id) | Self::Revoked(id) => Some(id),
            _ => None,
        }
    }
}

impl<T: Tenants> Gate<T> {
    /// Says why `token`, which was refused at `integration`, does not open it.
    ///
    /// # Errors
    /// Only when the rows cannot be read.
    pub async fn fault(
        &self,
        token: Option<&str>,
        integration: &DirectoryId,
        now: Timestamp,
    ) -> Result<TokenFault> {
        let Some(token) = token else {
            return Ok(TokenFault::Missing);
        };
        if Secret::mistyped(token) {
            return Ok(TokenFault::Mistyped);
        }
        let digest = Digest::of(token);
        let rows = self.tenants().find_tokens(Lookup::of(&digest)).await?;
        let row = rows.into_iter().find(|row| row.digest == digest);
        Ok(row.map_or(TokenFault::Unknown, |row| fault_of(row, integration, now)))
    }
}

fn fault_of(row: Token, integration: &DirectoryId, now: Timestamp) -> TokenFault {
    if row.integration != *integration {
        TokenFault::Elsewhere
    } else if row.revoked.is_some() {
        TokenFault::Revoked(row.id)
    } else if row.is_live(now) {
        // It was refused a moment ago, and somebody renewed it since.
        TokenFault::Unknown
    } else {
        TokenFault::Expired(row.id)
    }
}
