//! All directories of one database.

use std::{fmt, future::Future};

use crate::{DirectoryId, Feed, Journal, Rehearse, Result};

/// Opens directories, and says which have news for the job.
pub trait Directories: fmt::Debug + Clone + Send + Sync + 'static {
    /// What a directory is.
    type Store: Feed + Journal + Rehearse;

    /// Opens a directory, making it if it is new. Nothing above this call handles a directory id.
    fn open(&self, id: &DirectoryId) -> impl Future<Output = Result<Self::Store>> + Send;

    /// Resolves when some directory has changes that nobody took yet, and names those; at the start, all directories.
    fn stirred(&self) -> impl Future<Output = Result<Vec<DirectoryId>>> + Send;
}
