//! Requests whose head cannot be read: hyper refuses them itself and without a body; the answer that
//! goes out is a SCIM error all the same (RFC 7644 §3.12).

use enroll_schema::urns;

/// What is told for which status; hyper has no others of its own.
const DETAILS: &[(&str, &str)] = &[
    (
        "400",
        "this is no HTTP request; in a URL a blank is %20 and a quote is %22",
    ),
    ("414", "the URL is too long; send a long query to /.search"),
    ("431", "the header fields are too large or too many"),
];

/// How the head of hyper's own refusals goes on behind the status line; no answer of a service begins so.
const BARE: &str = "connection: close\r\ncontent-length: 0\r\n";

/// Returns what is written instead of `head`, if that is a bare refusal of hyper's own.
pub(super) fn instead_of(head: &[u8]) -> Option<Vec<u8>> {
    let (line, rest) = std::str::from_utf8(head).ok()?.split_once("\r\n")?;
    let rest = rest.strip_prefix(BARE)?;
    let status = line.strip_prefix("HTTP/1.")?.get(2..5)?;
    let (_, detail) = DETAILS.iter().find(|(known, _)| *known == status)?;
    let body = format!(
        "{{\"schemas\":[\"{}\"],\"status\":\"{status}\",\"detail\":\"{detail}\"}}",
        urns::ERROR
    );
    let length = body.len();
    let answer = format!(
        "{line}\r\nconnection: close\r\ncontent-type: application/scim+json\r\n\
         content-length: {length}\r\ncache-control: no-store\r\n\
         x-content-type-options: nosniff\r\n{rest}{body}"
    );
    Some(answer.into_bytes())
}
