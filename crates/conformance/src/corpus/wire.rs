//! What the runner needs of its caller, and what it hands back.

use std::fmt;
use std::future::Future;

use super::pattern::Difference;

/// The way to one fresh, empty tenant of the server under test.
pub trait Wire: Sync {
    /// Sends one request and waits for the whole answer.
    fn send(&self, exchange: Exchange) -> impl Future<Output = Answer> + Send;

    /// Returns the bearer token to send along, if the way in asks for one.
    fn token(&self) -> Option<&str> {
        None
    }

    /// Returns the quirks that the server noted for the last request, if its log can be read.
    fn quirks(&self) -> impl Future<Output = Option<Vec<String>>> + Send {
        async { None }
    }
}

/// One request; its path starts below the base URL.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exchange {
    /// The method.
    pub method: String,
    /// The path below the base URL, for instance `/Users/7`.
    pub path: String,
    /// The raw query: `None` is no `?` at all, `Some("")` a bare one.
    pub query: Option<String>,
    /// Header fields. Nothing else that names a client may be added.
    pub headers: Vec<(String, String)>,
    /// The body; empty is none.
    pub body: Vec<u8>,
}

/// What the server answered.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// Header fields, names in any case.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
}

/// Tells which case failed, at which step, and what differed first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mismatch {
    /// The case.
    pub case: String,
    /// What was being checked, for instance `body` or `after[0]`.
    pub step: String,
    /// What differed; for a status, [`Difference::found`] holds the body too.
    pub difference: Difference,
}

impl fmt::Display for Mismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}: {}", self.case, self.step, self.difference)
    }
}

impl std::error::Error for Mismatch {}
