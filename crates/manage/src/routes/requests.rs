//! The request log of an integration: what its provider sent, and what became of it.

use std::collections::BTreeMap;

use enroll_schema::{ResourceId, Timestamp};
use enroll_store::{Directories, Journal, Note, NoteFilter, NoteKey, RequestId};
use enroll_sync::{Accounts, Ledger};
use enroll_tenants::Tenants;
use serde::Serialize;
use serde_json::value::RawValue;

use crate::{
    Manage, Problem, ProblemKind,
    answer::{Answer, Page, ok, one_more},
    asked::Asked,
    cursor::List,
    problem::quoted,
};

/// Members of a line that can be long; only the request's own page has them.
const LONG: &[&str] = &["sent", "read_as"];

/// Members that the note itself says.
const OWN: &[&str] = &["id", "at", "subject", "status"];

/// A line of the log as it is shown.
#[derive(Serialize)]
struct Shown {
    id: RequestId,
    at: Timestamp,
    subject: Option<String>,
    status: u16,
    #[serde(flatten)]
    line: BTreeMap<String, Box<RawValue>>,
}

impl Shown {
    /// Shows a note; a line that is no JSON object shows the note alone.
    fn of(note: &Note, left_out: &[&str]) -> Self {
        let mut line: BTreeMap<String, Box<RawValue>> =
            serde_json::from_slice(&note.body).unwrap_or_default();
        line.retain(|name, _| !left_out.contains(&name.as_str()) && !OWN.contains(&name.as_str()));
        Self {
            id: note.id.clone(),
            at: note.at,
            subject: note.subject.as_ref().map(ToString::to_string),
            status: note.status,
            line,
        }
    }
}

impl<T: Tenants, D: Directories, L: Ledger + Accounts> Manage<T, D, L> {
    pub(crate) async fn list_requests(self, asked: Asked) -> Answer {
        let (integration, limit) = (self.integration_of(&asked).await?, asked.limit()?);
        let before = asked
            .after(List::Requests)?
            .map(|key| place(&key))
            .transpose()?;
        let filter = NoteFilter {
            id: None,
            subject: asked.parameter("subject").map(subject).transpose()?,
            refused: asked.flag("refused")?.unwrap_or(false),
        };
        let journal = self.directories().open(&integration.id).await?;
        let notes = journal.notes(filter, before, one_more(limit)).await?;
        let shown = notes
            .iter()
            .map(|(key, note)| (*key, Shown::of(note, LONG)))
            .collect();
        let page = Page::cut(
            List::Requests,
            shown,
            limit,
            |(NoteKey(key), _): &(_, Shown)| key.to_string(),
        );
        ok(&page.map(|(_, line)| line))
    }

    pub(crate) async fn show_request(self, asked: Asked) -> Answer {
        let (integration, id) = (self.integration_of(&asked).await?, asked.named("r"));
        let filter = NoteFilter {
            id: Some(RequestId::new(id)),
            ..NoteFilter::default()
        };
        let journal = self.directories().open(&integration.id).await?;
        let notes = journal.notes(filter, None, 1).await?;
        let unknown = || {
            let detail = format!("the log of this integration has no request {}", quoted(id));
            Problem::not_found(detail)
        };
        let (_, note) = notes.first().ok_or_else(unknown)?;
        ok(&Shown::of(note, &[]))
    }
}

fn place(key: &str) -> Result<NoteKey, Problem> {
    let refused =
        |_| Problem::new(ProblemKind::InvalidCursor, "after: this is no cursor").at("after");
    key.parse().map(NoteKey).map_err(refused)
}

fn subject(text: &str) -> Result<ResourceId, Problem> {
    ResourceId::new(text).map_err(|error| {
        let detail = format!("subject: {}", error.detail());
        Problem::new(ProblemKind::InvalidParameter, detail).at("subject")
    })
}
