//! The request log of an integration: what its provider sent, and what became of it.

mod reading;

use std::collections::BTreeMap;

use enroll_schema::{ResourceId, Timestamp};
use enroll_store::{Directories, Journal, Note, NoteFilter, NoteKey, RequestId};
use enroll_sync::{Accounts, Ledger};
use enroll_tenants::Tenants;
use serde::Serialize;
use serde_json::{
    Value, json,
    value::{RawValue, to_raw_value},
};

use reading::{Line, Read};

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
const OWN: &[&str] = &["id", "at", "subject", "status", "operations"];

/// A line of the log as it is shown.
#[derive(Serialize)]
struct Shown {
    id: RequestId,
    at: Timestamp,
    subject: Option<String>,
    status: u16,
    #[serde(flatten)]
    line: BTreeMap<String, Box<RawValue>>,
    /// Of a PATCH, what each operation was read as, and what became of it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    operations: Vec<Read>,
}

impl Shown {
    /// Shows a note; a line that is no JSON object shows the note alone.
    fn of(note: &Note) -> Self {
        let mut line: BTreeMap<String, Box<RawValue>> =
            serde_json::from_slice(&note.body).unwrap_or_default();
        line.retain(|name, _| !OWN.contains(&name.as_str()));
        Self {
            id: note.id.clone(),
            at: note.at,
            subject: note.subject.as_ref().map(ToString::to_string),
            status: note.status,
            line,
            operations: Vec::new(),
        }
    }

    /// Leaves out what can be long: bodies, and what each quirk changed.
    fn short(mut self) -> Self {
        self.line.retain(|name, _| !LONG.contains(&name.as_str()));
        if let Some(Value::Array(mut quirks)) = self.value("quirks") {
            for quirk in &mut quirks {
                if let Some(id) = quirk.get("id") {
                    *quirk = json!({"id": id});
                }
            }
            if let Ok(quirks) = to_raw_value(&quirks) {
                self.line.insert("quirks".to_owned(), quirks);
            }
        }
        self
    }

    /// Adds what each operation of a PATCH was read as.
    fn read(mut self) -> Self {
        let method = self.value("method");
        if method.as_ref().and_then(Value::as_str) != Some("PATCH") {
            return self;
        }
        let value = |name: &str| self.value(name);
        let (read_as, sent) = (value("read_as"), value("sent"));
        let (error, revision) = (value("error"), value("revision"));
        self.operations = Line {
            status: self.status,
            read_as: read_as.as_ref(),
            sent: sent.as_ref(),
            error: error.as_ref(),
            revision: revision.as_ref(),
        }
        .operations();
        self
    }

    fn value(&self, name: &str) -> Option<Value> {
        let told = self.line.get(name)?;
        serde_json::from_str(told.get()).ok()
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
            .map(|(key, note)| (*key, Shown::of(note).short()))
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
        ok(&Shown::of(note).read())
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
