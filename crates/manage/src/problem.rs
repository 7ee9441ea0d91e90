//! Refusals, as RFC 9457 spells them.

use std::{error, fmt};

use axum::response::{IntoResponse, Response};
use enroll_store::StoreError;
use enroll_sync::{LedgerError, LinkError, SnapshotError, SyncError};
use enroll_tenants::TenantsError;
use http::{HeaderValue, StatusCode, header};
use serde_json::{Map, Value};

/// What kind of refusal; it alone decides status, code and title.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ProblemKind {
    /// The body is not JSON, or not an object.
    InvalidJson,
    /// The body names a key that the call does not know.
    UnknownKey,
    /// A value does not fit its key.
    InvalidValue,
    /// The query names a parameter that the call does not know.
    UnknownParameter,
    /// A value does not fit its parameter.
    InvalidParameter,
    /// The cursor is none that this list gave.
    InvalidCursor,
    /// No valid management key (threats B1, B8).
    Unauthorized,
    /// The key's scopes do not open this.
    Forbidden,
    /// Nothing here, or nothing the path's tenant owns (threat B4).
    NotFound,
    /// The path does not know this method.
    MethodNotAllowed,
    /// The body did not arrive in time.
    Timeout,
    /// What was read before changed meanwhile.
    Changed,
    /// The id is taken.
    Exists,
    /// The integration has as many live tokens as it may (E-21).
    TooManyTokens,
    /// There are as many of them as there may be.
    TooMany,
    /// What came after a place in a feed is not kept any more.
    Gone,
    /// There are as many live management keys as there may be.
    TooManyKeys,
    /// It does not fit what is there: a snapshot that shrank, an account that is somebody's.
    Refused,
    /// Changes wait that nobody has seen (E-20).
    Unseen,
    /// The body is longer than the limit.
    TooLarge,
    /// The body's media type is not JSON.
    UnsupportedMediaType,
    /// The log keeps too little of a request to play it again.
    NotReplayable,
    /// A fault of ours.
    Internal,
    /// Too busy.
    Unavailable,
    /// The disk is full.
    StorageFull,
}

impl ProblemKind {
    /// Returns the HTTP status.
    pub fn status(self) -> u16 {
        self.row().0
    }

    /// Returns the word that programs compare (`code` in the body).
    pub fn code(self) -> &'static str {
        self.row().1
    }

    /// Returns the sentence that is the same for every refusal of the kind (`title` in the body).
    pub fn title(self) -> &'static str {
        self.row().2
    }

    fn row(self) -> (u16, &'static str, &'static str) {
        match self {
            Self::InvalidJson => (400, "invalid_json", "The body is not a JSON object"),
            Self::UnknownKey => (
                400,
                "unknown_key",
                "The body has a key that is not known here",
            ),
            Self::InvalidValue => (400, "invalid_value", "A value does not fit its key"),
            Self::UnknownParameter => (
                400,
                "unknown_parameter",
                "The query has a parameter that is not known here",
            ),
            Self::InvalidParameter => (
                400,
                "invalid_parameter",
                "A value does not fit its parameter",
            ),
            Self::InvalidCursor => (400, "invalid_cursor", "The cursor is not one of this list"),
            Self::Unauthorized => (401, "unauthorized", "A management key is needed"),
            Self::Forbidden => (403, "forbidden", "The key does not open this"),
            Self::NotFound => (404, "not_found", "There is no such thing"),
            Self::MethodNotAllowed => (
                405,
                "method_not_allowed",
                "The path does not know this method",
            ),
            Self::Timeout => (408, "timeout", "The body did not arrive in time"),
            Self::Changed => (409, "changed", "It changed meanwhile"),
            Self::Exists => (409, "exists", "It exists already"),
            Self::TooManyTokens => (
                409,
                "too_many_tokens",
                "The integration has too many tokens",
            ),
            Self::TooManyKeys => (409, "too_many_keys", "There are too many keys"),
            Self::TooMany => (409, "too_many", "There are too many"),
            Self::Gone => (410, "gone", "The place is not kept any more"),
            Self::Refused => (409, "refused", "It does not fit what is there"),
            Self::Unseen => (409, "unseen", "Changes wait that nobody has seen"),
            Self::TooLarge => (413, "too_large", "The body is too long"),
            Self::UnsupportedMediaType => (
                415,
                "unsupported_media_type",
                "The body is not marked as JSON",
            ),
            Self::NotReplayable => (422, "not_replayable", "The request cannot be played again"),
            Self::Internal => (500, "internal", "The server failed"),
            Self::Unavailable => (503, "unavailable", "The server is busy"),
            Self::StorageFull => (507, "storage_full", "The server's disk is full"),
        }
    }
}

/// A refusal: what kind, where, what to change, and, for the log alone, what broke.
#[derive(Debug)]
pub struct Problem {
    kind: ProblemKind,
    detail: String,
    at: Option<String>,
    resync: Option<String>,
    source: Option<Box<dyn error::Error + Send + Sync>>,
}

impl Problem {
    /// Makes a refusal whose `detail` goes to the caller: say what to change.
    pub fn new(kind: ProblemKind, detail: impl Into<String>) -> Self {
        Self {
            kind,
            detail: detail.into(),
            at: None,
            resync: None,
            source: None,
        }
    }

    /// Names the key or parameter it is about, such as `selections[2].access_group`.
    pub fn at(mut self, place: impl Into<String>) -> Self {
        self.at = Some(place.into());
        self
    }

    /// Says where the whole is read anew (`resync` in the body).
    pub(crate) fn resync(mut self, path: String) -> Self {
        self.resync = Some(path);
        self
    }

    /// Adds what broke, for the log; it never reaches the wire.
    pub fn because(mut self, source: impl Into<Box<dyn error::Error + Send + Sync>>) -> Self {
        self.source = Some(source.into());
        self
    }

    /// Returns the kind.
    pub fn kind(&self) -> ProblemKind {
        self.kind
    }

    /// Returns the text for the caller.
    pub fn detail(&self) -> &str {
        &self.detail
    }

    /// Returns the key or parameter it is about.
    pub fn place(&self) -> Option<&str> {
        self.at.as_deref()
    }

    pub(crate) fn not_found(detail: impl Into<String>) -> Self {
        Self::new(ProblemKind::NotFound, detail)
    }

    /// Makes the refusal of a value; the detail begins with the key.
    pub(crate) fn value(key: &str, expected: impl fmt::Display) -> Self {
        Self::new(ProblemKind::InvalidValue, format!("{key}: {expected}")).at(key)
    }

    fn internal(source: impl Into<Box<dyn error::Error + Send + Sync>>) -> Self {
        Self::new(ProblemKind::Internal, "the server failed; try again").because(source)
    }

    fn busy(source: impl Into<Box<dyn error::Error + Send + Sync>>) -> Self {
        Self::new(
            ProblemKind::Unavailable,
            "too many writes are waiting; try again",
        )
        .because(source)
    }

    fn body(&self) -> Value {
        let mut body = Map::new();
        let mut put = |key: &str, value: Value| body.insert(key.to_owned(), value);
        put(
            "type",
            format!("urn:enroll:problem:{}", self.kind.code()).into(),
        );
        put("title", self.kind.title().into());
        put("status", self.kind.status().into());
        put("code", self.kind.code().into());
        put("detail", self.detail.as_str().into());
        if let Some(at) = &self.at {
            put("at", at.as_str().into());
        }
        if let Some(path) = &self.resync {
            put("resync", path.as_str().into());
        }
        Value::Object(body)
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.detail)
    }
}

impl error::Error for Problem {
    fn source(&self) -> Option<&(dyn error::Error + 'static)> {
        self.source.as_deref().map(|source| source as _)
    }
}

/// What broke, on its way from a handler to the log.
#[derive(Clone, Debug)]
pub(crate) struct Broken(pub(crate) String);

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.kind.status());
        let mut response = self.body().to_string().into_response();
        *response.status_mut() = status.unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let headers = response.headers_mut();
        let mut set = |name, text| headers.insert(name, HeaderValue::from_static(text));
        set(header::CONTENT_TYPE, "application/problem+json");
        match self.kind {
            ProblemKind::Unauthorized => set(header::WWW_AUTHENTICATE, "Bearer"),
            ProblemKind::Unavailable => set(header::RETRY_AFTER, "1"),
            _ => None,
        };
        if let Some(source) = self.source {
            response.extensions_mut().insert(Broken(source.to_string()));
        }
        response
    }
}

impl From<TenantsError> for Problem {
    fn from(error: TenantsError) -> Self {
        let kind = match &error {
            TenantsError::NoTenant(_)
            | TenantsError::NoIntegration(_)
            | TenantsError::NoToken(_)
            | TenantsError::NoKey(_) => ProblemKind::NotFound,
            TenantsError::Exists(_) => ProblemKind::Exists,
            TenantsError::TooManyTokens => ProblemKind::TooManyTokens,
            TenantsError::TooManyKeys => ProblemKind::TooManyKeys,
            TenantsError::NotAToken => ProblemKind::InvalidValue,
            _ => return Self::internal(error),
        };
        Self::new(kind, error.to_string())
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Busy => Self::busy(error),
            StoreError::Full => {
                Self::new(ProblemKind::StorageFull, "no space is left on the server").because(error)
            }
            _ => Self::internal(error),
        }
    }
}

impl From<LedgerError> for Problem {
    fn from(error: LedgerError) -> Self {
        match error {
            LedgerError::Moved | LedgerError::Fenced => Self::new(
                ProblemKind::Changed,
                "it changed meanwhile; read it again and repeat",
            ),
            LedgerError::Snapshot(SnapshotError::Unknown) => Self::not_found(error.to_string()),
            LedgerError::Snapshot(_) => Self::new(ProblemKind::Refused, error.to_string()),
            LedgerError::Busy => Self::busy(error),
            _ => Self::internal(error),
        }
    }
}

impl From<SyncError> for Problem {
    fn from(error: SyncError) -> Self {
        match error {
            SyncError::Ledger(ledger) => ledger.into(),
            SyncError::Store(store) => store.into(),
            SyncError::Policy(policy) => Self::value(&policy.key, &policy.detail),
            SyncError::Choice(_) => Self::new(ProblemKind::InvalidValue, error.to_string()),
            SyncError::Link(LinkError::UnknownPerson(_) | LinkError::UnknownAccount(_))
            | SyncError::Drift(_)
            | SyncError::UnknownIntegration(_) => Self::not_found(error.to_string()),
            SyncError::Link(_) => Self::new(ProblemKind::Refused, error.to_string()),
            _ => Self::internal(error),
        }
    }
}

/// Returns `text` quoted, control characters escaped, cut after 64 characters (threat C5).
pub(crate) fn quoted(text: &str) -> String {
    match text.char_indices().nth(QUOTED_CHARS_MAX) {
        Some((end, _)) => format!("{:?}…", text.get(..end).unwrap_or_default()),
        None => format!("{text:?}"),
    }
}

const QUOTED_CHARS_MAX: usize = 64;

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(problem: impl Into<Problem>, status: u16, code: &str, detail: &str) {
        let problem = problem.into();
        let found = (
            problem.kind().status(),
            problem.kind().code(),
            problem.detail(),
        );
        assert_eq!(found, (status, code, detail));
    }

    #[test]
    fn faults_below_become_the_callers_words_and_never_show_their_cause() {
        check(
            TenantsError::TooManyTokens,
            409,
            "too_many_tokens",
            "the integration has 5 live tokens; revoke one first",
        );
        let secret = || Box::new(std::io::Error::other("password of the database"));
        let failed = "the server failed; try again";
        check(TenantsError::Backend(secret()), 500, "internal", failed);
        check(StoreError::Backend(secret()), 500, "internal", failed);
        check(LedgerError::Backend(secret()), 500, "internal", failed);
        check(
            StoreError::Busy,
            503,
            "unavailable",
            "too many writes are waiting; try again",
        );
        check(
            LedgerError::Busy,
            503,
            "unavailable",
            "too many writes are waiting; try again",
        );
        check(
            StoreError::Full,
            507,
            "storage_full",
            "no space is left on the server",
        );
        check(
            SyncError::Ledger(LedgerError::Moved),
            409,
            "changed",
            "it changed meanwhile; read it again and repeat",
        );
    }

    #[test]
    fn c5_what_was_sent_is_repeated_short_and_escaped() {
        assert_eq!(quoted("a\r\nb\u{1b}"), r#""a\r\nb\u{1b}""#);
        assert_eq!(quoted(&"x".repeat(65)), format!("\"{}\"…", "x".repeat(64)));
    }
}
