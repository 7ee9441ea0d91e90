//! Moving a directory in and out as lines (`enroll-transfer` has the format).

use std::collections::BTreeMap;

use axum::response::IntoResponse as _;
use enroll_store::{Directories, Journal as _, Note, RequestId};
use enroll_sync::{Accounts, Ledger};
use enroll_tenants::Tenants;
use enroll_transfer::{Became, Export, Take, Taken, take_in};
use http::{HeaderName, HeaderValue, StatusCode, header};
use serde::Serialize;
use serde_json::json;

use crate::{
    Manage, Problem, ProblemKind,
    answer::{Answer, ok},
    asked::Asked,
    cursor::List,
};

/// What became of the lines of one call.
#[derive(Serialize)]
struct Shown {
    /// What the changes of these lines are remembered under, also in the request log.
    request: RequestId,
    items: Vec<Taken>,
}

impl<T: Tenants, D: Directories, L: Ledger + Accounts> Manage<T, D, L> {
    pub(crate) async fn import(self, asked: Asked) -> Answer {
        let integration = self.integration_of(&asked).await?;
        let lines = asked.lines();
        if lines.split(|byte| *byte == b'\n').count() > LINES_MAX + 1 {
            let detail = format!("send at most {LINES_MAX} lines at once");
            return Err(Problem::new(ProblemKind::TooLarge, detail));
        }
        let store = self.directories().open(&integration.id).await?;
        let (request, now) = (RequestId::new((self.options().ids)("req")), self.now());
        let take = Take {
            schemas: &self.options().schemas,
            request: request.clone(),
            now,
        };
        let items = take_in(&store, &take, lines).await?;
        let ms = self.now().as_millis() - now.as_millis();
        let note = Note {
            id: request.clone(),
            at: now,
            subject: None,
            status: 200,
            body: line(&items, ms).to_string().into(),
        };
        store.append(vec![note]).await?;
        self.wake();
        ok(&Shown { request, items })
    }

    pub(crate) async fn export(self, asked: Asked) -> Answer {
        let integration = self.integration_of(&asked).await?;
        let at = match asked.after(List::Export)? {
            None => Export::start(),
            Some(place) => Export::at(&place).ok_or_else(no_cursor)?,
        };
        let store = self.directories().open(&integration.id).await?;
        let page = at.page(&store, &self.options().schemas).await?;
        let kind = HeaderValue::from_static("application/x-ndjson");
        let mut response =
            (StatusCode::OK, [(header::CONTENT_TYPE, kind)], page.lines).into_response();
        let next = page.next.map(|next| List::Export.after(&next.place()));
        if let Some(next) = next.and_then(|next| HeaderValue::from_str(&next).ok()) {
            response.headers_mut().insert(NEXT, next);
        }
        Ok(response)
    }
}

fn no_cursor() -> Problem {
    Problem::new(ProblemKind::InvalidCursor, "after: this is no cursor").at("after")
}

/// One line of the request log for all lines of the call: how many became what, no personal data.
fn line(items: &[Taken], ms: i64) -> serde_json::Value {
    let mut counts: BTreeMap<&str, u64> = BTreeMap::new();
    for item in items {
        *counts.entry(word(item.became)).or_default() += 1;
    }
    json!({"method": "POST", "path": "/import", "dialect": "import", "ms": ms, "imported": counts})
}

fn word(became: Became) -> &'static str {
    match became {
        Became::Created => "created",
        Became::Updated => "updated",
        Became::Same => "same",
        Became::Kept => "kept",
        _ => "refused",
    }
}

/// Carries the `after` of the page after; absent on the last.
const NEXT: HeaderName = HeaderName::from_static("x-next");
/// Most lines of one call.
const LINES_MAX: usize = 1_000;
