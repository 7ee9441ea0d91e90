//! Answers: JSON, and pages of it.

use axum::response::{IntoResponse, Response};
use http::{HeaderValue, StatusCode, header};
use serde::Serialize;

use crate::{Problem, ProblemKind, cursor::List};

/// What a handler returns.
pub(crate) type Answer = Result<Response, Problem>;

/// Answers 200 with `value`.
pub(crate) fn ok(value: &impl Serialize) -> Answer {
    json(StatusCode::OK, value)
}

/// Answers `status` with `value`.
pub(crate) fn json(status: StatusCode, value: &impl Serialize) -> Answer {
    let text = serde_json::to_string(value).map_err(|error| {
        Problem::new(ProblemKind::Internal, "the server failed; try again").because(error)
    })?;
    let kind = HeaderValue::from_static("application/json");
    Ok((status, [(header::CONTENT_TYPE, kind)], text).into_response())
}

/// Answers 200 with a document that is JSON already.
pub(crate) fn document(text: &'static str) -> Response {
    let kind = HeaderValue::from_static("application/json");
    ([(header::CONTENT_TYPE, kind)], text).into_response()
}

/// Answers 204.
pub(crate) fn nothing() -> Response {
    StatusCode::NO_CONTENT.into_response()
}

/// One page of a list, and where it goes on.
#[derive(Debug, Serialize)]
pub(crate) struct Page<V> {
    items: Vec<V>,
    next: Option<String>,
}

impl<V> Page<V> {
    /// Makes the only page of a list.
    pub(crate) fn whole(items: Vec<V>) -> Self {
        Self { items, next: None }
    }

    /// Makes a page that goes on at `next`.
    pub(crate) fn open(items: Vec<V>, next: Option<String>) -> Self {
        Self { items, next }
    }

    /// Cuts a page out of rows of which one more than `limit` was asked for.
    pub(crate) fn cut(
        list: List,
        mut items: Vec<V>,
        limit: usize,
        key: impl Fn(&V) -> String,
    ) -> Self {
        let more = items.len() > limit;
        items.truncate(limit);
        let last = items.last().filter(|_| more);
        let next = last.map(|item| list.after(&key(item)));
        Self { items, next }
    }

    /// Shows each entry otherwise.
    pub(crate) fn map<W>(self, show: impl FnMut(V) -> W) -> Page<W> {
        Page {
            items: self.items.into_iter().map(show).collect(),
            next: self.next,
        }
    }
}

/// Returns `limit` and one more, to learn whether there is a next page.
pub(crate) fn one_more(limit: usize) -> u32 {
    u32::try_from(limit).unwrap_or(u32::MAX).saturating_add(1)
}
