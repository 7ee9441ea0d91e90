//! What a store refuses or fails at; converts up into the protocol's error.

use enroll_filter::PatchError;
use enroll_schema::{Error, ErrorKind, Version};

/// The result of a store call.
pub type Result<T, E = StoreError> = std::result::Result<T, E>;

/// Why a store call had no effect.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// No such resource.
    #[error("no such resource")]
    NotFound,
    /// `If-Match` names another version than the current one.
    #[error("the resource is at version {}", current.0)]
    Moved {
        /// The version it is at.
        current: Version,
    },
    /// A unique value belongs to another resource.
    #[error("another {kind} has this {attribute}")]
    Taken {
        /// The resource type.
        kind: String,
        /// The attribute's path.
        attribute: String,
    },
    /// An id was used before (ids never return, threat A5).
    #[error("this id was used before")]
    IdTaken,
    /// Links that name nothing here, where the plan refuses them.
    #[error("{} is no resource here", shown(values))]
    UnknownLinks {
        /// The values as sent.
        values: Vec<String>,
    },
    /// A link the plan requires is not there.
    #[error("{value} is not linked")]
    NotLinked {
        /// The value as sent.
        value: String,
    },
    /// Undone, because another write of its unit failed (RFC 7644 §3.7.1).
    #[error("undone, because another operation of its circle failed")]
    Undone,
    /// The PATCH does not fit the document.
    #[error(transparent)]
    Patch(#[from] PatchError),
    /// The queue of writes is full.
    #[error("too many writes are waiting; try again")]
    Busy,
    /// The disk is full.
    #[error("no space is left")]
    Full,
    /// What was read is not what was written.
    #[error("stored data is damaged: {0}")]
    Damaged(String),
    /// The backend failed.
    #[error("the store failed")]
    Backend(#[source] Box<dyn std::error::Error + Send + Sync>),
}

fn shown(values: &[String]) -> String {
    let first: Vec<_> = values
        .iter()
        .take(3)
        .map(|v| v.chars().take(64).collect::<String>())
        .collect();
    let more = values.len().saturating_sub(first.len());
    let tail = if more > 0 {
        format!(" and {more} more")
    } else {
        String::new()
    };
    format!("{:?}{tail}", first.join(", "))
}

/// A [`StoreError`] that went through a helper of its store comes out as it was; all else is
/// [`StoreError::Backend`].
impl From<Box<dyn std::error::Error + Send + Sync>> for StoreError {
    fn from(error: Box<dyn std::error::Error + Send + Sync>) -> Self {
        error.downcast().map_or_else(Self::Backend, |own| *own)
    }
}

impl From<StoreError> for Error {
    fn from(error: StoreError) -> Self {
        let kind = match &error {
            StoreError::NotFound => ErrorKind::NotFound,
            StoreError::Moved { .. } => ErrorKind::PreconditionFailed,
            StoreError::Taken { .. } | StoreError::IdTaken | StoreError::Undone => {
                ErrorKind::Uniqueness
            }
            StoreError::UnknownLinks { .. } => ErrorKind::InvalidValue,
            StoreError::NotLinked { .. } => ErrorKind::NoTarget,
            StoreError::Patch(patch) => return patch.clone().into(),
            StoreError::Busy | StoreError::Damaged(_) => ErrorKind::Unavailable,
            StoreError::Full => ErrorKind::InsufficientStorage,
            StoreError::Backend(_) => ErrorKind::Internal,
        };
        let detail = match &error {
            StoreError::Damaged(_) => "stored data is damaged; the operator was told".to_owned(),
            StoreError::Backend(_) => "the server failed; try again".to_owned(),
            other => other.to_string(),
        };
        Error::new(kind, detail).because(error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    type Boxed = Box<dyn std::error::Error + Send + Sync>;

    #[test]
    fn an_error_of_the_store_survives_its_helpers() {
        let own: Boxed = StoreError::IdTaken.into();
        assert!(matches!(StoreError::from(own), StoreError::IdTaken));
        let foreign: Boxed = "the disk is gone".into();
        assert!(
            matches!(StoreError::from(foreign), StoreError::Backend(why) if why.to_string() == "the disk is gone")
        );
    }
}
