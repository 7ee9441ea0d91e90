//! Why a file cannot be opened.

use crate::fault::Fault;

/// Why a database was not opened.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// The file was written by another release with another layout.
    #[error(
        "the file has layout {found}, this build knows layout {known}; use the release that wrote it or a newer one"
    )]
    Layout {
        /// The file's layout.
        found: i64,
        /// This build's layout.
        known: i64,
    },
    /// The keys in the file were folded by other rules (decision 33).
    #[error("the file's names were folded by rules {found}, this build has rules {known}")]
    Folding {
        /// The file's rules.
        found: i64,
        /// This build's rules.
        known: i64,
    },
    /// The file belongs to something else.
    #[error("the file is a database of another application")]
    Foreign,
    /// The file system refuses what durability needs.
    #[error("this file cannot be used with {setting}: SQLite answered {answer:?}")]
    Setting {
        /// What was asked for.
        setting: &'static str,
        /// What it is instead.
        answer: String,
    },
    /// The operating system refused.
    #[error(transparent)]
    Io(#[from] std::io::Error),
    /// SQLite refused.
    #[error("the file could not be opened: {0}")]
    Sqlite(#[source] Box<dyn std::error::Error + Send + Sync>),
}

impl From<Fault> for OpenError {
    fn from(fault: Fault) -> Self {
        Self::Sqlite(Box::new(fault))
    }
}
