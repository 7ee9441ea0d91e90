//! One verb of RFC 7644 §3 per file.

mod create;
mod delete;
mod get;
mod patch;
mod replace;
mod search;

pub(crate) use create::create;
pub(crate) use delete::delete;
pub(crate) use get::get;
pub(crate) use patch::patch;
pub(crate) use replace::replace;
pub(crate) use search::{list, search};

use enroll_filter::Unknown;
use enroll_quirks::Policy;
use enroll_schema::{Error, ErrorKind, ResourceId};
use enroll_store::Target;

use crate::served::Served;

fn target(served: &Served, id: ResourceId) -> Target {
    Target {
        kind: served.kind.clone(),
        id,
    }
}

/// Says what to do with members that are no resource here (E-18).
fn unknown(policy: &Policy) -> Unknown {
    if policy.leniency.refuse_unknown_links {
        Unknown::Refuse
    } else {
        Unknown::Keep
    }
}

fn missing(served: &Served) -> Error {
    Error::new(
        ErrorKind::NotFound,
        format!("there is no such {}", served.kind.name()),
    )
}
