//! Paths.

use enroll_schema::Schemas;

use crate::Incoming;

/// Endpoints that are no resource type (RFC 7644 §3.2).
const ENDPOINTS: &[&str] = &[
    "ServiceProviderConfig",
    "ResourceTypes",
    "Schemas",
    "Bulk",
    "Me",
    ".search",
];

/// `?flag/Users?filter=…`: the client glued its path onto a base URL that ends in a query.
pub(crate) fn path_in_query(schemas: &Schemas, request: &mut Incoming) -> bool {
    if !matches!(request.path.as_str(), "" | "/") {
        return false;
    }
    let Some((flag, rest)) = request
        .query
        .as_deref()
        .and_then(|query| query.split_once('/'))
    else {
        return false;
    };
    let (path, query) = match rest.split_once('?') {
        Some((path, query)) => (path, Some(query)),
        None => (rest, None),
    };
    let plain = flag.bytes().all(|b| b.is_ascii_alphanumeric());
    let first = path.split('/').next().unwrap_or_default();
    if !plain || endpoint(schemas, first).is_none() || !path.split('/').all(is_clear) {
        return false;
    }
    let (path, query) = (format!("/{path}"), query.map(str::to_owned));
    (request.path, request.query) = (path, query);
    true
}

/// Tells whether a segment reads one way only: an endpoint or an id, nothing encoded, no dots.
fn is_clear(segment: &str) -> bool {
    let unreserved = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.' | b'_' | b'~');
    let dots = segment.bytes().all(|b| b == b'.');
    !dots && segment.bytes().all(unreserved)
}

/// `/users`: endpoints in another letter case.
pub(crate) fn letter_case(schemas: &Schemas, request: &mut Incoming) -> bool {
    let Some(path) = request.path.strip_prefix('/') else {
        return false;
    };
    let (first, rest) = match path.split_once('/') {
        Some((first, rest)) => (first, Some(rest)),
        None => (path, None),
    };
    let Some(known) = endpoint(schemas, first).filter(|known| *known != first) else {
        return false;
    };
    request.path = match rest {
        Some(rest) => format!("/{known}/{rest}"),
        None => format!("/{known}"),
    };
    true
}

fn endpoint<'a>(schemas: &'a Schemas, segment: &str) -> Option<&'a str> {
    let types = schemas
        .types()
        .iter()
        .filter_map(|kind| kind.endpoint().strip_prefix('/'));
    types
        .chain(ENDPOINTS.iter().copied())
        .find(|known| known.eq_ignore_ascii_case(segment))
}
