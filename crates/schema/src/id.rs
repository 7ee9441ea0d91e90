//! Three kinds of identifier that never turn into each other (threat A1).

use std::{fmt, sync::Arc};

use crate::{Error, ErrorKind};

/// The server's id of a resource: opaque text of 1–255 unreserved characters (RFC 7643 §3.1).
///
/// Ours are UUIDv7; imports and embedders keep theirs. Compared by bytes.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ResourceId(Arc<str>);

impl ResourceId {
    /// Checks and keeps `text`.
    ///
    /// # Errors
    /// `invalidValue` unless `text` is 1–255 characters of `A-Z a-z 0-9 - . _ ~`.
    pub fn new(text: &str) -> Result<Self, Error> {
        let unreserved = |b: u8| b.is_ascii_alphanumeric() || b"-._~".contains(&b);
        if (1..=255).contains(&text.len()) && text.bytes().all(unreserved) {
            return Ok(Self(text.into()));
        }
        Err(Error::new(
            ErrorKind::InvalidValue,
            "an id is 1 to 255 letters, digits or - . _ ~",
        ))
    }

    /// Returns the id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The provider's own id of a resource (`externalId`): any text, compared by bytes, never an identity of ours.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ExternalId(Arc<str>);

impl ExternalId {
    /// Keeps `text` as sent.
    pub fn new(text: &str) -> Self {
        Self(text.into())
    }

    /// Returns the id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The version of a resource: starts at 1 and rises by one with every change (RFC 7644 §3.14).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Version(pub u64);

impl Version {
    /// Returns the weak entity tag, as `meta.version` and `ETag` spell it: `W/"7"`.
    pub fn etag(self) -> String {
        format!("W/\"{}\"", self.0)
    }
}

macro_rules! shown_as_text {
    ($($name:ident),*) => {$(
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}", self.0)
            }
        }
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{:?}", self.0)
            }
        }
    )*};
}
shown_as_text!(ResourceId, ExternalId, Version);
