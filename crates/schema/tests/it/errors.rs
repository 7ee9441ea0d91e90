//! Kinds, statuses and keywords (RFC 7644 §3.12, tables 8 and 9), and the body they become.

use enroll_schema::{Error, ErrorKind, ErrorResponse, error_body, urns};
use serde_json::{Value, json};

/// Every kind with what the tables, HTTP and our decisions say of it.
const KINDS: &[(ErrorKind, u16, Option<&str>)] = &[
    (ErrorKind::InvalidFilter, 400, Some("invalidFilter")), // 7644-3.12-16
    (ErrorKind::TooMany, 400, Some("tooMany")),             // 7644-3.12-17
    (ErrorKind::Uniqueness, 409, Some("uniqueness")),       // 7644-3.12-18, decision 3
    (ErrorKind::Mutability, 400, Some("mutability")),       // 7644-3.12-19
    (ErrorKind::InvalidSyntax, 400, Some("invalidSyntax")), // 7644-3.12-20
    (ErrorKind::InvalidPath, 400, Some("invalidPath")),     // 7644-3.12-21
    (ErrorKind::NoTarget, 400, Some("noTarget")),           // 7644-3.12-22
    (ErrorKind::InvalidValue, 400, Some("invalidValue")),   // 7644-3.12-23
    (ErrorKind::InvalidVersion, 400, Some("invalidVers")),  // 7644-3.12-24
    (ErrorKind::Unauthorized, 401, None),                   // 7644-3.12-08
    (ErrorKind::Forbidden, 403, None),                      // 7644-3.12-09
    (ErrorKind::NotFound, 404, None),                       // 7644-3.12-10
    (ErrorKind::MethodNotAllowed, 405, None),
    (ErrorKind::RequestTimeout, 408, None),
    (ErrorKind::PreconditionFailed, 412, None), // 7644-3.12-12, decision 2
    (ErrorKind::PayloadTooLarge, 413, None),    // 7644-3.12-13
    (ErrorKind::UnsupportedMediaType, 415, None),
    (ErrorKind::TooManyRequests, 429, None),
    (ErrorKind::Internal, 500, None),       // 7644-3.12-14
    (ErrorKind::NotImplemented, 501, None), // 7644-3.12-15
    (ErrorKind::Unavailable, 503, None),
    (ErrorKind::InsufficientStorage, 507, None),
];

#[test]
fn a_kind_decides_status_and_keyword() {
    for (kind, status, keyword) in KINDS {
        let error = Error::new(*kind, "because");
        assert_eq!(
            (error.status(), error.scim_type()),
            (*status, *keyword),
            "{kind:?}"
        );
        // Table 9 is for 400 alone; we add 409 (decision 3).
        assert_eq!(keyword.is_some(), matches!(status, 400 | 409), "{kind:?}");
    }
}

/// 7644-3.12-01, 7644-3.12-02, 7644-3.12-04.
#[test]
fn the_body_is_an_error_message() {
    for (kind, status, keyword) in KINDS {
        let body = error_body(&Error::new(*kind, "say \"why\"\n"), None);
        let body: Value = serde_json::from_slice(&body).unwrap();
        let mut wanted = json!({
            "schemas": [urns::ERROR], "status": status.to_string(), "detail": "say \"why\"\n",
        });
        if let Some(keyword) = keyword {
            wanted["scimType"] = json!(keyword);
        }
        assert_eq!(body, wanted);
        let read: ErrorResponse = serde_json::from_value(body).unwrap();
        assert_eq!(read.status, status.to_string());
    }
}

#[test]
fn the_cause_never_reaches_the_wire() {
    let error = Error::new(ErrorKind::Internal, "try again").because("disk /var/secret");
    let body = String::from_utf8(error_body(&error, Some("r-1"))).unwrap();
    assert!(body.contains("try again (request r-1)"), "{body}");
    assert!(!body.contains("secret"), "{body}");
    let cause = std::error::Error::source(&error).map(ToString::to_string);
    assert_eq!(cause.as_deref(), Some("disk /var/secret"));
    assert_eq!(error.to_string(), "try again");
}
