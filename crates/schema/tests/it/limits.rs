//! Every limit of a value, at it and one past it.

use enroll_schema::{Attribute, ErrorKind, Kind, Mode, Schemas, Urn, limits, urns};
use serde_json::{Value, json};

use crate::document::{read, refused_as, user};

/// `make(most)` is taken, `make(most + 1)` is refused with `detail`.
#[track_caller]
fn check(most: usize, make: impl Fn(usize) -> Value, detail: &str) {
    read("User", user(make(most)), Mode::Strict).unwrap();
    refused_as(
        "User",
        user(make(most + 1)),
        Mode::Lenient,
        ErrorKind::InvalidValue,
        detail,
    );
}

#[test]
fn values_have_limits() {
    let text = |length: usize| "a".repeat(length);
    check(
        limits::USER_NAME_CHARS_MAX,
        |n| json!({ "userName": "ä".repeat(n) }),
        "userName holds at most 256 characters",
    );
    check(
        limits::STRING_BYTES_MAX,
        |n| json!({ "title": text(n) }),
        "title holds at most 4096 bytes",
    );
    check(
        limits::STRING_BYTES_MAX,
        |n| json!({ "name": { "familyName": text(n) } }),
        "name.familyName holds at most 4096 bytes",
    );
    check(
        limits::STRING_BYTES_MAX,
        |n| json!({ urns::ENTERPRISE: { "manager": { "value": text(n) } } }),
        "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager.value holds at most 4096 bytes",
    );
    check(
        limits::REFERENCE_BYTES_MAX,
        |n| json!({ "profileUrl": text(n) }),
        "profileUrl holds at most 8192 bytes",
    );
    check(
        limits::VALUES_MAX,
        |n| json!({ "emails": (0..n).map(|n| json!({ "value": n.to_string() })).collect::<Value>() }),
        "emails holds at most 100 values",
    );
    let certificate = |n: usize| user(json!({ "x509Certificates": [{ "value": text(n) }] }));
    read("User", certificate(limits::BINARY_BYTES_MAX), Mode::Lenient).unwrap();
    let detail = "x509Certificates[0].value holds at most 65536 bytes";
    let longer = certificate(limits::BINARY_BYTES_MAX + 4);
    refused_as(
        "User",
        longer,
        Mode::Lenient,
        ErrorKind::InvalidValue,
        detail,
    );
}

#[test]
fn a_date_and_time_has_a_limit() {
    let created = Attribute::new("created", Kind::DateTime);
    let schemas = Schemas::standard()
        .with_extension("User", Urn::from("urn:example:x"), false, vec![created])
        .unwrap();
    let kind = schemas.named("User").unwrap();
    let created = kind.find(Some("urn:example:x"), "created").unwrap();
    let read = |length: usize| {
        let text = format!("2011-05-13T04:42:34.{:0<1$}", "", length - 20);
        kind.canonical(created, text.into(), Mode::Lenient)
    };
    read(limits::STRING_BYTES_MAX).unwrap();
    assert_eq!(
        read(limits::STRING_BYTES_MAX + 1).unwrap_err().detail(),
        "urn:example:x:created holds at most 4096 bytes"
    );
}

/// Threat C10.
#[test]
fn identifiers_hold_no_control_characters() {
    for control in ["\n", "\r", "\t", "\u{1b}", "\u{7f}", "\u{85}"] {
        for name in ["userName", "externalId"] {
            let detail = format!("{name} must not hold control characters");
            let body = user(json!({ name: format!("a{control}b") }));
            refused_as(
                "User",
                body,
                Mode::Lenient,
                ErrorKind::InvalidValue,
                &detail,
            );
        }
    }
    for name in ["userName", "title", "profileUrl"] {
        let body = user(json!({ name: "a\0b" }));
        assert_eq!(
            read("User", body, Mode::Lenient).unwrap_err().kind(),
            ErrorKind::InvalidValue
        );
    }
}

#[test]
fn a_refusal_repeats_little_of_the_input() {
    let long = "x".repeat(4_000);
    for members in [
        json!({ "active": long }),
        json!({ "emails": [{ "primary": long }] }),
        json!({ "schemas": [urns::USER, long] }),
        json!({ long.as_str(): 1 }),
        json!({ "name": { long.as_str(): 1 } }),
        json!({ "profileUrl": format!("{long} {long}") }),
    ] {
        let error = read("User", user(members), Mode::Strict).unwrap_err();
        assert!(error.detail().len() < 250, "{error}");
    }
}

#[test]
fn what_was_ignored_is_named_up_to_a_limit() {
    let members: serde_json::Map<_, _> = (0..1_000).map(|n| (format!("x{n}"), json!(n))).collect();
    let incoming = read("User", user(Value::Object(members)), Mode::Lenient).unwrap();
    assert_eq!(incoming.ignored.len(), 100);
}
