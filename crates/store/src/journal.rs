//! The request log (data §5).

use std::future::Future;

use bytes::Bytes;
use enroll_schema::{ResourceId, Timestamp};

use crate::{RequestId, Result, Revision, Store};

/// One request's line; to stores the body is opaque, but for [`Note::committed`].
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

impl Note {
    /// Returns the note as it is kept with a write that made the change `revision`.
    ///
    /// Its line was written before the number was known, so it gets it here, as one more member
    /// `revision` at the end. Stores keep this in the transaction of the change. A body that is no
    /// JSON object stays as it is.
    ///
    /// ```
    /// use enroll_schema::Timestamp;
    /// use enroll_store::{Note, RequestId, Revision};
    ///
    /// let note = Note {
    ///     id: RequestId::new("req_1"),
    ///     at: Timestamp::from_millis(0),
    ///     subject: None,
    ///     status: 201,
    ///     body: r#"{"method":"POST"}"#.into(),
    /// };
    /// assert_eq!(note.committed(Revision(7)).body, r#"{"method":"POST","revision":7}"#);
    /// ```
    #[must_use]
    pub fn committed(&self, revision: Revision) -> Self {
        let Some(open) = self.body.strip_suffix(b"}") else {
            return self.clone();
        };
        let comma = if open == b"{" { "" } else { "," };
        let last = format!("{comma}\"revision\":{}}}", revision.0);
        Self {
            body: [open, last.as_bytes()].concat().into(),
            ..self.clone()
        }
    }
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
