//! The request log (data §5).

use std::future::Future;

use bytes::Bytes;
use enroll_schema::{ResourceId, Timestamp};

use crate::{RequestId, Result, Store};

/// One request's line; the body is the log's own JSON and opaque to stores.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    /// The request.
    pub id: RequestId,
    /// When it was answered.
    pub at: Timestamp,
    /// The resource it was about.
    pub subject: Option<ResourceId>,
    /// The status answered.
    pub status: u16,
    /// The line as JSON.
    pub body: Bytes,
}

/// Which notes to list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NoteFilter {
    /// Only this request.
    pub id: Option<RequestId>,
    /// Only requests about this resource.
    pub subject: Option<ResourceId>,
    /// Only refusals (status 400 and above).
    pub refused: bool,
}

/// The place of a note; lists go from newest to oldest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct NoteKey(pub i64);

/// A store that keeps the request log of its directory.
pub trait Journal: Store {
    /// Adds notes of requests that changed nothing.
    fn append(&self, notes: Vec<Note>) -> impl Future<Output = Result<()>> + Send;

    /// Lists notes, newest first, older than `before` if given.
    fn notes(
        &self,
        filter: NoteFilter,
        before: Option<NoteKey>,
        most: u32,
    ) -> impl Future<Output = Result<Vec<(NoteKey, Note)>>> + Send;

    /// Drops notes older than `before`, and the oldest until at most `bytes_max` remain; returns how many went.
    fn forget(&self, before: Timestamp, bytes_max: u64)
    -> impl Future<Output = Result<u64>> + Send;
}
