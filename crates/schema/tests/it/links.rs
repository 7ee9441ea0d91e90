//! `members` become links, never part of the document.

use enroll_schema::{ErrorKind, Mode, limits::LINKS_PER_REQUEST_MAX, urns};
use serde_json::{Value, json};

use crate::document::{read, refused_as};

fn group(members: &Value) -> Value {
    json!({ "schemas": [urns::GROUP], "displayName": "Crew", "members": members })
}

#[track_caller]
fn check(members: &Value, wanted: Option<&[&str]>) {
    let incoming = read("Group", group(members), Mode::Lenient).unwrap();
    assert_eq!(incoming.document.as_map().get("members"), None);
    let links = incoming.links.unwrap();
    assert_eq!(
        Some(links.iter().map(String::as_str).collect::<Vec<_>>()),
        wanted.map(<[_]>::to_vec)
    );
}

#[track_caller]
fn refused(members: &Value, detail: &str) {
    refused_as(
        "Group",
        group(members),
        Mode::Lenient,
        ErrorKind::InvalidValue,
        detail,
    );
}

#[test]
fn links_are_values_in_order_without_repeats() {
    check(&json!([]), Some(&[]));
    check(&json!(null), Some(&[]));
    check(
        &json!([{ "value": "b" }, { "value": "a" }, { "value": "b" }]),
        Some(&["b", "a"]),
    );
    check(
        &json!([{ "VALUE": "a", "Type": "User", "$REF": "../Users/a", "display": 5 }]),
        Some(&["a"]),
    );
    // Ids are case exact (7643-3.1-07); a value may name what is not here yet (E-18).
    check(
        &json!([{ "value": "a" }, { "value": "A" }, { "value": "no id" }]),
        Some(&["a", "A", "no id"]),
    );
    let absent = json!({ "schemas": [urns::GROUP], "displayName": "Crew" });
    assert_eq!(read("Group", absent, Mode::Lenient).unwrap().links, None);
    let user = json!({ "schemas": [urns::USER], "userName": "a", "members": [{ "value": "b" }] });
    let incoming = read("User", user, Mode::Lenient).unwrap();
    assert_eq!(
        (incoming.links, incoming.ignored),
        (None, vec!["members".to_owned()])
    );
}

/// Decision 13, 7643-4.2-04.
#[test]
fn a_reference_agrees_with_the_value() {
    for same in [
        "https://x.example/scim/v2/Users/a",
        "https://x.example/scim/v2/Users/a/",
        "https://x.example/scim/v2/Users/a?x=1#y",
        "Users/a",
        "a",
        "",
    ] {
        check(&json!([{ "value": "a", "$ref": same }]), Some(&["a"]));
    }
    check(&json!([{ "value": "a", "$ref": null }]), Some(&["a"]));
    for other in [
        "https://x.example/scim/v2/Users/b",
        "Users/A",
        "b",
        "https://x.example/Users/a/b",
    ] {
        let detail = "members[0].$ref names another resource than value; leave it out";
        refused(&json!([{ "value": "a", "$ref": other }]), detail);
    }
}

/// 7643-4.2-05.
#[test]
fn a_member_is_an_object_with_a_value() {
    refused(&json!("a"), "members expects a list, found the text \"a\"");
    refused(
        &json!({ "value": "a" }),
        "members expects a list, found an object",
    );
    refused(
        &json!(["a"]),
        "members[0] expects an object with a value, found the text \"a\"",
    );
    refused(
        &json!([null]),
        "members[0] expects an object with a value, found null",
    );
    let wanted = "members[1] expects a value: the id of the member";
    for empty in [
        json!({}),
        json!({ "value": null }),
        json!({ "value": "" }),
        json!({ "value": " " }),
    ] {
        refused(&json!([{ "value": "a" }, empty]), wanted);
    }
    refused(
        &json!([{ "value": 7 }]),
        "members[0].value expects a text, found the number 7",
    );
    refused(
        &json!([{ "value": ["a"] }]),
        "members[0].value expects a text, found a list",
    );
    refused(
        &json!([{ "value": "a", "$ref": 7 }]),
        "members[0].$ref expects a URI, as a text, found the number 7",
    );
    refused(
        &json!([{ "value": "a", "type": 7 }]),
        "members[0].type expects a text, found the number 7",
    );
    refused(&json!([{ "value": "a\nb" }]), "members[0].value is no id");
    refused(
        &json!([{ "value": "a".repeat(256) }]),
        "members[0].value is no id",
    );
    check(
        &json!([{ "value": "a".repeat(255) }]),
        Some(&[&"a".repeat(255)]),
    );
}

#[test]
fn unknown_parts_of_members_are_named_once() {
    let list =
        json!([{ "value": "a", "colour": 1 }, { "value": "b", "colour": 2, "display": "B" }]);
    let incoming = read("Group", group(&list), Mode::Lenient).unwrap();
    assert_eq!(incoming.ignored, ["members.colour", "members.display"]);
    let detail = "there is no attribute \"members.colour\"";
    refused_as(
        "Group",
        group(&list),
        Mode::Strict,
        ErrorKind::InvalidSyntax,
        detail,
    );
}

#[test]
fn a_request_names_so_many_members() {
    let list = |count: usize| -> Value {
        (0..count)
            .map(|n| json!({ "value": n.to_string() }))
            .collect()
    };
    let incoming = read("Group", group(&list(LINKS_PER_REQUEST_MAX)), Mode::Lenient).unwrap();
    assert_eq!(incoming.links.unwrap().len(), LINKS_PER_REQUEST_MAX);
    let detail = "a request names at most 50000 members; send several";
    let more = group(&list(LINKS_PER_REQUEST_MAX + 1));
    refused_as(
        "Group",
        more,
        Mode::Lenient,
        ErrorKind::PayloadTooLarge,
        detail,
    );
}
