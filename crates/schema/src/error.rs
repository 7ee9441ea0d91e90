//! One value decides status and scimType together (RFC 7644 §3.12), so they never contradict.

use std::{error, fmt};

/// The result of anything that may be refused in the protocol's words.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What went wrong, as RFC 7644 §3.12 tables 8 and 9 name it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The filter, or the filter inside a PATCH path, is not valid.
    InvalidFilter,
    /// The answer would hold too many results.
    TooMany,
    /// A value that must be unique is taken.
    Uniqueness,
    /// The attribute may not be changed so.
    Mutability,
    /// The body is not the message it should be.
    InvalidSyntax,
    /// The PATCH path is not valid or names nothing the schemas know.
    InvalidPath,
    /// The PATCH path selects no value.
    NoTarget,
    /// A value does not fit its attribute.
    InvalidValue,
    /// The protocol version is not spoken here.
    InvalidVersion,
    /// No valid token.
    Unauthorized,
    /// A valid token that may not do this.
    Forbidden,
    /// No such resource or endpoint.
    NotFound,
    /// The endpoint does not know this method.
    MethodNotAllowed,
    /// `If-Match` names another version.
    PreconditionFailed,
    /// The body did not arrive in time.
    RequestTimeout,
    /// The body is longer than the limit.
    PayloadTooLarge,
    /// The body's media type is not JSON.
    UnsupportedMediaType,
    /// More requests than allowed.
    TooManyRequests,
    /// A fault of ours.
    Internal,
    /// A part of the protocol that is not offered.
    NotImplemented,
    /// Too busy, or shutting down.
    Unavailable,
    /// The disk is full.
    InsufficientStorage,
}

impl ErrorKind {
    /// Returns the HTTP status.
    pub fn status(self) -> u16 {
        match self {
            Self::InvalidFilter
            | Self::TooMany
            | Self::Mutability
            | Self::InvalidSyntax
            | Self::InvalidPath
            | Self::NoTarget
            | Self::InvalidValue
            | Self::InvalidVersion => 400,
            Self::Unauthorized => 401,
            Self::Forbidden => 403,
            Self::NotFound => 404,
            Self::MethodNotAllowed => 405,
            Self::RequestTimeout => 408,
            Self::Uniqueness => 409,
            Self::PreconditionFailed => 412,
            Self::PayloadTooLarge => 413,
            Self::UnsupportedMediaType => 415,
            Self::TooManyRequests => 429,
            Self::Internal => 500,
            Self::NotImplemented => 501,
            Self::Unavailable => 503,
            Self::InsufficientStorage => 507,
        }
    }

    /// Returns the `scimType`, for the kinds RFC 7644 table 9 gives one.
    pub fn scim_type(self) -> Option<&'static str> {
        Some(match self {
            Self::InvalidFilter => "invalidFilter",
            Self::TooMany => "tooMany",
            Self::Uniqueness => "uniqueness",
            Self::Mutability => "mutability",
            Self::InvalidSyntax => "invalidSyntax",
            Self::InvalidPath => "invalidPath",
            Self::NoTarget => "noTarget",
            Self::InvalidValue => "invalidValue",
            Self::InvalidVersion => "invalidVers",
            _ => return None,
        })
    }
}

/// A refusal: what kind, what the client should change, and, for the log alone, what broke.
#[derive(Debug)]
pub struct Error {
    kind: ErrorKind,
    detail: String,
    source: Option<Box<dyn error::Error + Send + Sync>>,
}

impl Error {
    /// Makes an error whose `detail` goes to the client: say what to change.
    pub fn new(kind: ErrorKind, detail: impl Into<String>) -> Self {
        Self {
            kind,
            detail: detail.into(),
            source: None,
        }
    }

    /// Adds what broke, for the log; it never reaches the wire.
    pub fn because(mut self, source: impl Into<Box<dyn error::Error + Send + Sync>>) -> Self {
        self.source = Some(source.into());
        self
    }

    /// Returns the kind, which alone decides status and scimType.
    pub fn kind(&self) -> ErrorKind {
        self.kind
    }

    /// Returns the HTTP status.
    pub fn status(&self) -> u16 {
        self.kind.status()
    }

    /// Returns the scimType, if the kind has one.
    pub fn scim_type(&self) -> Option<&'static str> {
        self.kind.scim_type()
    }

    /// Returns the text for the client.
    pub fn detail(&self) -> &str {
        &self.detail
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.detail)
    }
}

impl error::Error for Error {
    fn source(&self) -> Option<&(dyn error::Error + 'static)> {
        self.source.as_deref().map(|source| source as _)
    }
}
