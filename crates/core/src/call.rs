//! What comes in: a request without its transport.

use std::sync::Arc;

use bytes::Bytes;
use enroll_quirks::Dialect;
use enroll_store::RequestId;

/// One request as the core sees it: plain data, already authenticated.
///
/// ```
/// use enroll_core::Call;
///
/// let call = Call::new("POST", "/Users").body(r#"{"userName":"ada"}"#).query("attributes=id");
/// assert_eq!((call.method.as_str(), call.query.as_deref()), ("POST", Some("attributes=id")));
/// ```
#[derive(Clone, Debug)]
pub struct Call {
    /// The request's id, which its change and its line in the log carry.
    pub request: RequestId,
    /// The method, in upper case.
    pub method: String,
    /// The path below the base URL as sent, percent-encoding included: `/Users/2819`.
    pub path: String,
    /// The query as sent, without `?`.
    pub query: Option<String>,
    /// The headers that decide anything.
    pub headers: Headers,
    /// The body.
    pub body: Bytes,
    /// Who speaks.
    pub dialect: Dialect,
    /// What `meta.location` and `$ref` start with, without a slash at the end.
    pub base_url: Arc<str>,
    /// Whether a line for the log is wanted even if nothing is changed or refused.
    pub noted: bool,
}

/// The headers of a request that decide anything (RFC 7644 §3.8, §3.14).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Headers {
    /// `Content-Type`.
    pub content_type: Option<String>,
    /// `Accept`.
    pub accept: Option<String>,
    /// `If-Match`, several lines joined with commas.
    pub if_match: Option<String>,
    /// `If-None-Match`, several lines joined with commas.
    pub if_none_match: Option<String>,
    /// `User-Agent`.
    pub user_agent: Option<String>,
}

impl Call {
    /// Makes a call of an unknown client (`auto`) without query, headers and body.
    pub fn new(method: &str, path: &str) -> Self {
        Self {
            request: RequestId::new("req_0"),
            method: method.to_owned(),
            path: path.to_owned(),
            query: None,
            headers: Headers::default(),
            body: Bytes::new(),
            dialect: Dialect::Auto,
            base_url: Arc::from(""),
            noted: false,
        }
    }

    /// Sets the query.
    pub fn query(self, query: &str) -> Self {
        Self {
            query: Some(query.to_owned()),
            ..self
        }
    }

    /// Sets the body.
    pub fn body(self, body: impl Into<Bytes>) -> Self {
        Self {
            body: body.into(),
            ..self
        }
    }

    /// Sets who speaks.
    pub fn dialect(self, dialect: Dialect) -> Self {
        Self { dialect, ..self }
    }

    /// Sets what locations start with.
    pub fn base_url(self, base_url: &str) -> Self {
        Self {
            base_url: Arc::from(base_url),
            ..self
        }
    }

    /// Sets `If-Match`.
    pub fn if_match(mut self, tags: &str) -> Self {
        self.headers.if_match = Some(tags.to_owned());
        self
    }

    /// Sets `If-None-Match`.
    pub fn if_none_match(mut self, tags: &str) -> Self {
        self.headers.if_none_match = Some(tags.to_owned());
        self
    }
}
