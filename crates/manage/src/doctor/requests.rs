//! What the request log says of a provider.

use std::collections::BTreeMap;

use enroll_schema::Timestamp;
use enroll_store::{Journal, Note, NoteFilter, NoteKey, RequestId};
use serde::Deserialize;

/// Most lines of the log that are read, the newest.
pub const REQUESTS_READ_MAX: u64 = 2_000;
/// Most bytes of lines that are read.
const BYTES_MAX: usize = 16 << 20;
/// Lines read at once.
const PAGE: u32 = 100;
/// How old a refusal may be to count.
const DAY: i64 = 86_400_000;

/// The newest lines of a request log, counted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Requests {
    /// How many lines were read.
    pub read: u64,
    /// Whether that was the whole log.
    pub is_whole: bool,
    /// The oldest and the newest request whose token was right.
    pub accepted: Option<(Timestamp, Timestamp)>,
    /// Reads that were let in.
    pub reads: u64,
    /// Writes that were let in and not refused.
    pub writes: u64,
    /// Calls of the last day without a right token.
    pub turned: Option<Turned>,
    /// What was refused in the last day, by status and `scimType`.
    pub refused: BTreeMap<(u16, String), Refusals>,
}

/// Calls that were turned away for their token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Turned {
    /// How many.
    pub count: u64,
    /// When the newest came.
    pub last: Timestamp,
    /// What was wrong with the newest one's token, as [`enroll_tenants::TokenFault`] words it.
    pub is: String,
    /// Which of the integration's own tokens it was.
    pub token: Option<String>,
}

/// Requests that were refused for one reason.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusals {
    /// How many.
    pub count: u64,
    /// The newest.
    pub request: RequestId,
    /// What it was told.
    pub detail: String,
}

/// The members of a line that are looked at.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Line {
    method: String,
    path: String,
    error: Told,
    token: Fault,
    unlisted_reads: u64,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Told {
    #[serde(rename = "scimType")]
    kind: String,
    detail: String,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Fault {
    is: String,
    id: Option<String>,
}

impl Requests {
    /// Reads the newest lines of a log.
    ///
    /// # Errors
    /// When the store fails.
    pub(crate) async fn read<S: Journal>(store: &S, now: Timestamp) -> enroll_store::Result<Self> {
        let (mut seen, mut bytes) = (Self::default(), 0);
        let mut before: Option<NoteKey> = None;
        while seen.read < REQUESTS_READ_MAX && bytes < BYTES_MAX {
            let notes = store.notes(NoteFilter::default(), before, PAGE).await?;
            let Some((oldest, _)) = notes.last() else {
                seen.is_whole = true;
                break;
            };
            before = Some(*oldest);
            for (_, note) in &notes {
                bytes += note.body.len();
                seen.add(note, now);
            }
        }
        Ok(seen)
    }

    /// Counts one line; the newest comes first.
    fn add(&mut self, note: &Note, now: Timestamp) {
        self.read += 1;
        let line: Line = serde_json::from_slice(&note.body).unwrap_or_default();
        let is_recent = now.as_millis().saturating_sub(note.at.as_millis()) < DAY;
        if note.status == 401 {
            if is_recent {
                self.turn_away(note, line.token);
            }
            return;
        }
        let newest = self.accepted.map_or(note.at, |(_, newest)| newest);
        self.accepted = Some((note.at, newest));
        let is_read =
            matches!(line.method.as_str(), "GET" | "HEAD" | "") || line.path.ends_with("/.search");
        match (is_read, note.status) {
            // A line that only counts reads is none itself.
            (true, _) => self.reads += u64::from(!line.method.is_empty()) + line.unlisted_reads,
            (false, ..400) => self.writes += 1,
            _ => {}
        }
        // A look-up that finds nothing is how providers ask whether somebody is there.
        let is_answer = is_read && note.status == 404;
        if note.status >= 400 && !is_answer && is_recent {
            self.refuse(note, line.error);
        }
    }

    fn turn_away(&mut self, note: &Note, fault: Fault) {
        let turned = self.turned.get_or_insert(Turned {
            count: 0,
            last: note.at,
            is: fault.is,
            token: fault.id,
        });
        turned.count += 1;
    }

    fn refuse(&mut self, note: &Note, told: Told) {
        let why = (note.status, told.kind);
        let refusals = self.refused.entry(why).or_insert_with(|| Refusals {
            count: 0,
            request: note.id.clone(),
            detail: told.detail,
        });
        refusals.count += 1;
    }
}
