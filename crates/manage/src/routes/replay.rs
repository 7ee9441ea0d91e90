//! A request of the log once more: what it would be answered today, and as a case for the corpus.

use std::sync::Arc;

use enroll_core::{Core, Directory, Recorded, Replay, Unexportable};
use enroll_quirks::Dialect;
use enroll_schema::ResourceId;
use enroll_store::{Directories, Journal, Note, NoteFilter, NoteKey, RequestId};
use enroll_sync::{Accounts, Ledger};
use enroll_tenants::{Integration, Tenants};
use serde::Serialize;

use crate::{
    Manage, Problem, ProblemKind,
    answer::{Answer, ok},
    asked::Asked,
    problem::quoted,
};

/// What came of a replay.
#[derive(Serialize)]
struct Shown {
    id: RequestId,
    method: String,
    path: String,
    /// Whether it would be answered, read or end in any other way than it was.
    different: bool,
    #[serde(flatten)]
    replay: Replay,
}

impl<T: Tenants, D: Directories, L: Ledger + Accounts> Manage<T, D, L> {
    pub(crate) async fn replay_request(self, asked: Asked) -> Answer {
        let (integration, directory, _, note) = self.recorded(&asked).await?;
        let mut recorded = Recorded::read(&note).map_err(|why| unfit(&why.to_string()))?;
        let base_url = self.base_url(&integration.id, Some(&asked.origin));
        recorded.call = recorded.call.base_url(&base_url);
        let dialect = Dialect::named(&integration.idp).unwrap_or(Dialect::Auto);
        let replay = directory.replay(&recorded, dialect).await;
        ok(&Shown {
            id: note.id,
            method: recorded.call.method,
            path: recorded.call.path,
            different: replay.is_different(),
            replay,
        })
    }

    pub(crate) async fn export_request(self, asked: Asked) -> Answer {
        let (_, directory, key, note) = self.recorded(&asked).await?;
        match directory.export(key, &note).await {
            Ok(case) => ok(&case),
            Err(Unexportable::Store(error)) => Err(error.into()),
            Err(why) => Err(unfit(&why.to_string())),
        }
    }

    /// Finds the line that the path names, and opens the directory it is about.
    async fn recorded(
        &self,
        asked: &Asked,
    ) -> Result<(Integration, Directory<D::Store>, NoteKey, Note), Problem> {
        let (integration, id) = (self.integration_of(asked).await?, asked.named("r"));
        let filter = NoteFilter {
            id: Some(RequestId::new(id)),
            ..NoteFilter::default()
        };
        let store = self.directories().open(&integration.id).await?;
        let notes = store.notes(filter, None, 1).await?;
        let (key, note) = notes.into_iter().next().ok_or_else(|| {
            let detail = format!("the log of this integration has no request {}", quoted(id));
            Problem::not_found(detail)
        })?;
        Ok((integration, self.rules()?.directory(store), key, note))
    }

    /// Returns the rules that requests are answered by; the one id they make is never kept.
    fn rules(&self) -> Result<Core, Problem> {
        let id = (self.options().ids)("new");
        let id = ResourceId::new(&id).map_err(|error| {
            let detail = "the server failed; try again";
            Problem::new(ProblemKind::Internal, detail).because(error)
        })?;
        let clock = Arc::clone(&self.options().clock);
        let options = enroll_core::Options::new(move || clock(), move || id.clone());
        Ok(Core::new(Arc::clone(&self.options().schemas), options))
    }
}

fn unfit(why: &str) -> Problem {
    Problem::new(ProblemKind::NotReplayable, why)
}
