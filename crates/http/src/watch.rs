//! What each answered request tells: to whoever counts, and to the process log.

use std::{fmt, sync::Arc, time::Duration};

use enroll_core::Reply;
use enroll_quirks::Dialect;
use enroll_store::{DirectoryId, RequestId};

/// One request that was answered: no body, no name, no token (threat C14).
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Answered {
    /// The request's id, as `x-request-id` has it.
    pub request: RequestId,
    /// The integration that was let in.
    pub integration: Option<DirectoryId>,
    /// The method.
    pub method: http::Method,
    /// What the path is about, as a word of ours: `Users`, `Groups`, another endpoint, or `other`.
    pub resource: &'static str,
    /// The status of the answer.
    pub status: u16,
    /// How long it took.
    pub took: Duration,
    /// The dialect it was read as.
    pub dialect: Dialect,
    /// The codes of what was read otherwise than it was written.
    pub quirks: Vec<&'static str>,
    /// The server-made id of the resource it was about.
    pub subject: Option<String>,
    /// The number of the change it made.
    pub revision: Option<u64>,
    /// Why nobody was let in.
    pub refused: Option<&'static str>,
}

/// Hears of every answered request; it must return quickly.
#[derive(Clone)]
pub struct Watch(Arc<dyn Fn(&Answered) + Send + Sync>);

impl Watch {
    /// Makes it of what it calls.
    pub fn new(hear: impl Fn(&Answered) + Send + Sync + 'static) -> Self {
        Self(Arc::new(hear))
    }

    pub(crate) fn hear(&self, answered: &Answered) {
        (self.0)(answered);
    }
}

impl Default for Watch {
    fn default() -> Self {
        Self::new(|_| ())
    }
}

impl fmt::Debug for Watch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Watch(…)")
    }
}

/// Who a request turned out to be of.
#[derive(Debug)]
pub(crate) struct Caller {
    pub(crate) integration: Option<DirectoryId>,
    pub(crate) dialect: Dialect,
    pub(crate) refused: Option<&'static str>,
}

impl Default for Caller {
    fn default() -> Self {
        Self {
            integration: None,
            dialect: Dialect::Auto,
            refused: None,
        }
    }
}

impl Answered {
    pub(crate) fn new(
        request: &RequestId,
        (method, resource): (http::Method, &'static str),
        (reply, took): (&Reply, Duration),
        caller: Caller,
    ) -> Self {
        Self {
            request: request.clone(),
            integration: caller.integration,
            method,
            resource,
            status: reply.status,
            took,
            dialect: caller.dialect,
            quirks: reply.log.quirks.iter().map(|quirk| quirk.id).collect(),
            subject: reply.log.subject.as_ref().map(ToString::to_string),
            revision: reply.log.revision.as_ref().map(|at| at.0),
            refused: caller.refused,
        }
    }

    /// Writes one line of the process log.
    pub(crate) fn log(&self) {
        let quirks = self.quirks.join(",");
        tracing::info!(
            request_id = %self.request,
            integration = self.integration.as_ref().map(DirectoryId::as_str),
            method = %self.method,
            resource = self.resource,
            status = self.status,
            ms = u64::try_from(self.took.as_millis()).unwrap_or(u64::MAX),
            idp = self.dialect.name(),
            normalisations = (!quirks.is_empty()).then_some(quirks),
            subject = self.subject,
            revision = self.revision,
            refused = self.refused,
            "answered"
        );
    }
}

/// Names what a path below the base URL is about; what the caller wrote is never repeated.
pub(crate) fn resource(rest: &str) -> &'static str {
    let first = rest
        .trim_start_matches('/')
        .split('/')
        .next()
        .unwrap_or_default();
    let known = RESOURCES
        .iter()
        .find(|known| known.eq_ignore_ascii_case(first));
    known.copied().unwrap_or("other")
}

const RESOURCES: &[&str] = &[
    "Users",
    "Groups",
    "Me",
    "Bulk",
    "Schemas",
    "ResourceTypes",
    "ServiceProviderConfig",
    ".search",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn c14_a_path_is_a_word_of_ours() {
        for (rest, wanted) in [
            ("/Users", "Users"),
            ("/users/2819c223", "Users"),
            ("/Groups/g-1", "Groups"),
            ("/Users%0d%0aX: 1", "other"),
            ("/\u{1b}[2J", "other"),
            ("", "other"),
        ] {
            assert_eq!(resource(rest), wanted, "{rest:?}");
        }
    }
}
