//! Whether the process lives, is ready, and which one it is.

use std::future::{Ready, ready};

use enroll_store::Directories;
use enroll_sync::{Accounts, Ledger};
use enroll_tenants::Tenants;
use serde_json::json;

use crate::{
    Manage, Problem, ProblemKind,
    answer::{Answer, document, ok},
    asked::{Asked, nowhere},
};

pub(crate) fn healthz(_: Asked) -> Ready<Answer> {
    ready(ok(&json!({"status": "ok"})))
}

pub(crate) fn version(_: Asked) -> Ready<Answer> {
    let version = env!("CARGO_PKG_VERSION");
    ready(ok(&json!({"name": "enroll", "version": version})))
}

pub(crate) fn openapi(_: Asked) -> Ready<Answer> {
    let document = crate::openapi::document().map_err(|error| {
        Problem::new(ProblemKind::Internal, "the server failed; try again").because(error)
    });
    ready(document.and_then(|document| ok(&document)))
}

impl<T: Tenants, D: Directories, L: Ledger + Accounts> Manage<T, D, L> {
    pub(crate) fn show_sink_schema(self, _: Asked) -> Ready<Answer> {
        let schema = self.options().sink_schema;
        ready(schema.map(document).ok_or_else(nowhere))
    }

    pub(crate) async fn readyz(self, _: Asked) -> Answer {
        let read = self.tenants().tenants(None, 1).await;
        read.map_err(|error| {
            let detail = "the database does not answer";
            Problem::new(ProblemKind::Unavailable, detail).because(error)
        })?;
        ok(&json!({"status": "ready"}))
    }
}
