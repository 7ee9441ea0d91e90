//! POST and PUT bodies become canonical documents or refusals.

use enroll_schema::{Document, ErrorKind, Incoming, Mode, Schemas, urns};
use serde_json::{Value, json};

pub(crate) fn read(kind: &str, body: Value, mode: Mode) -> enroll_schema::Result<Incoming> {
    let schemas = crate::schemas::with_hr();
    Document::read(schemas.named(kind).unwrap(), body, mode)
}

/// A user body with `members` beside what is required.
pub(crate) fn user(members: Value) -> Value {
    let mut body = json!({ "schemas": [urns::USER], "userName": "ada" });
    let Value::Object(members) = members else {
        panic!("members of an object")
    };
    body.as_object_mut().unwrap().extend(members);
    body
}

/// Both modes keep `members` as `wanted`.
#[track_caller]
pub(crate) fn kept(members: &Value, wanted: &Value) {
    for mode in [Mode::Lenient, Mode::Strict] {
        let document = read("User", user(members.clone()), mode).unwrap().document;
        assert_eq!(
            Value::Object(document.into_map()),
            user(wanted.clone()),
            "{members} {mode:?}"
        );
    }
}

#[track_caller]
pub(crate) fn refused(body: Value, kind: ErrorKind, detail: &str) {
    refused_as("User", body, Mode::Lenient, kind, detail);
}

#[track_caller]
pub(crate) fn refused_as(name: &str, body: Value, mode: Mode, kind: ErrorKind, detail: &str) {
    let shown = body.to_string();
    let shown = shown.chars().take(200).collect::<String>();
    let error = read(name, body, mode).expect_err(&shown);
    assert_eq!((error.kind(), error.detail()), (kind, detail), "{shown}");
}

/// 7643-2.1-02, 7643-3-05, 7643-3.3-02, 7643-4.3-01: any letter case in, the schema's spelling out.
#[test]
fn names_get_the_spelling_of_the_schema() {
    kept(
        &json!({ "DISPLAYNAME": "Ada", "NAME": { "GivenName": "Ada" }, "EMails": [{ "VALUE": "a@x", "TYPE": "work" }] }),
        &json!({ "displayName": "Ada", "name": { "givenName": "Ada" }, "emails": [{ "value": "a@x", "type": "work" }] }),
    );
    let upper = urns::ENTERPRISE.to_ascii_uppercase();
    kept(
        &json!({ upper: { "DEPARTMENT": "Locks" } }),
        &json!({
            "schemas": [urns::USER, urns::ENTERPRISE], urns::ENTERPRISE: { "department": "Locks" },
        }),
    );
    let body = json!({ "SCHEMAS": [urns::USER.to_ascii_uppercase()], "USERNAME": "ada" });
    let document = read("User", body, Mode::Strict).unwrap().document;
    assert_eq!(Value::Object(document.into_map()), user(json!({})));
}

/// 7643-7-06, 7643-7-07, 7643-4.1.2-03, -05: what was written is what is read.
#[test]
fn values_are_kept_as_sent() {
    for text in [
        "Straße",
        " padded ",
        "e\u{301}",
        "ＡＤＡ",
        "a\nb",
        "<b>",
        "",
        "tel:+1-201-555-0123",
    ] {
        kept(&json!({ "title": text }), &json!({ "title": text }));
    }
    for value in [json!("Ada@EXAMPLE.com"), json!(" Foo Bar ")] {
        let sent = json!({ "emails": [{ "value": value, "type": "Work" }] });
        kept(&sent, &sent);
    }
    let label = json!({ "addresses": [{ "type": "alias" }] });
    kept(&label, &label); // 7643-4.1.2-07, 7643-4.1.2-13, 7643-2.3.1-01
    let user_name = json!({ "userName": "Ada Kern#EXT#@x.example" });
    kept(&user_name, &user_name);
}

/// 7643-2.5-01, 7643-2.5-02, 7643-2.5-03, 7643-3.1-08: null, `[]` and `{}` are no value.
#[test]
fn empty_values_are_absent() {
    for empty in [
        json!({ "title": null }),
        json!({ "emails": null, "roles": [] }),
        json!({ "emails": [{}] }),
        json!({ "emails": [{ "value": null }] }),
        json!({ "name": {} }),
        json!({ "name": { "givenName": null } }),
        json!({ "name": null }),
        json!({ urns::ENTERPRISE: null }),
        json!({ urns::ENTERPRISE: {} }),
        json!({ urns::ENTERPRISE: { "department": null, "manager": {} } }),
        json!({ "externalId": null, "active": null, "password": null }),
    ] {
        kept(&empty, &json!({}));
    }
    kept(
        &json!({ "addresses": [{ "country": null, "formatted": "Rue 1" }] }),
        &json!({ "addresses": [{ "formatted": "Rue 1" }] }),
    );
}

/// 7643-3.1-05, 7643-3.1-12, 7643-4.1.2-09, 7643-4.3-03, decision 29: not even the type is looked at.
#[test]
fn what_only_the_server_writes_is_ignored() {
    let members = json!({
        "id": 7, "meta": "now", "groups": [null],
        urns::ENTERPRISE: { "manager": { "displayName": 5, "value": "m" } },
    });
    for mode in [Mode::Lenient, Mode::Strict] {
        let incoming = read("User", user(members.clone()), mode).unwrap();
        let manager = &incoming.document.as_map()[urns::ENTERPRISE]["manager"];
        assert_eq!(manager, &json!({ "value": "m" }));
        assert_eq!(incoming.document.as_map().len(), 3);
        let display_name = format!("{}:manager.displayName", urns::ENTERPRISE);
        let mut ignored = incoming.ignored;
        ignored.sort();
        assert_eq!(ignored, ["groups", "id", "meta", &display_name]);
    }
}

/// 7643-4.1.1-19, decision 55.
#[test]
fn a_password_is_checked_and_dropped() {
    let incoming = read("User", user(json!({ "password": "secret" })), Mode::Strict).unwrap();
    assert_eq!(Value::Object(incoming.document.into_map()), user(json!({})));
    assert_eq!(incoming.ignored, Vec::<String>::new());
    let wrong = user(json!({ "password": ["secret"] }));
    refused(wrong, ErrorKind::InvalidValue, "password expects a text");
}

#[test]
fn what_follows_an_unknown_attribute_is_read() {
    let members = json!({
        "aaa": 1, "title": "t", "name": { "aaa": 1, "givenName": "g" },
        urns::ENTERPRISE: { "aaa": 1, "department": "d" },
    });
    let map = read("User", user(members), Mode::Lenient)
        .unwrap()
        .document
        .into_map();
    assert_eq!(
        (&map["title"], &map["name"]),
        (&json!("t"), &json!({ "givenName": "g" }))
    );
    assert_eq!(map[urns::ENTERPRISE], json!({ "department": "d" }));
}

/// Decision 30, 7643-4.3-01.
#[test]
fn unknown_attributes_are_ignored_or_refused() {
    for (members, name) in [
        (json!({ "favouriteColour": "red" }), "favouriteColour"),
        (json!({ "department": "Locks" }), "department"),
        (json!({ "name.givenName": "Ada" }), "name.givenName"),
        (json!({ "name": { "nick": "A" } }), "name.nick"),
        (
            json!({ "emails": [{ "kind": 1 }, { "kind": 2 }] }),
            "emails.kind",
        ),
        (json!({ "urn:x:y": { "a": 1 } }), "urn:x:y"),
        (
            json!({ "urn:ietf:params:scim:schemas:core:2.0:User:title": "x" }),
            "urn:ietf:params:scim:schemas:core:2.0:User:title",
        ),
        (
            json!({ urns::ENTERPRISE: { "title": "x" } }),
            "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:title",
        ),
    ] {
        let incoming = read("User", user(members.clone()), Mode::Lenient).unwrap();
        assert_eq!(incoming.ignored, [name]);
        assert_eq!(Value::Object(incoming.document.into_map()), user(json!({})));
        let error = read("User", user(members), Mode::Strict).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidSyntax);
        let shown = name.chars().take(64).collect::<String>();
        assert!(error.detail().contains(&shown), "{error}");
    }
}

/// 7643-4.1.1-01, 7643-4.2-01.
#[test]
fn required_attributes_must_have_a_value() {
    for missing in [json!(null), json!("")] {
        let detail = if missing.is_null() {
            "userName is required"
        } else {
            "userName is required and must not be blank"
        };
        refused(
            user(json!({ "userName": missing })),
            ErrorKind::InvalidValue,
            detail,
        );
    }
    let blank = "userName is required and must not be blank";
    refused(
        user(json!({ "userName": " \u{3000}" })),
        ErrorKind::InvalidValue,
        blank,
    );
    refused(
        json!({ "schemas": [urns::USER] }),
        ErrorKind::InvalidValue,
        "userName is required",
    );
    let group = |members: Value| {
        let mut body = json!({ "schemas": [urns::GROUP] });
        body.as_object_mut()
            .unwrap()
            .extend(members.as_object().unwrap().clone());
        body
    };
    for mode in [Mode::Lenient, Mode::Strict] {
        let invalid = ErrorKind::InvalidValue;
        refused_as(
            "Group",
            group(json!({})),
            mode,
            invalid,
            "displayName is required",
        );
        let blank = "displayName is required and must not be blank";
        refused_as(
            "Group",
            group(json!({ "displayName": "\t" })),
            mode,
            invalid,
            blank,
        );
        assert!(read("Group", group(json!({ "displayName": "Crew" })), mode).is_ok());
    }
}

/// 7643-2.1-01, 7643-3-01, 7643-3-02, 7643-3-03, 7643-3.3-01, decision 37, ENTRA-15, ENTRA-44.
#[test]
fn schemas_must_name_the_type() {
    let with = |schemas: Value| json!({ "schemas": schemas, "userName": "ada" });
    let absent = "the body must have \"schemas\": [\"urn:ietf:params:scim:schemas:core:2.0:User\"]";
    let only = "schemas must name urn:ietf:params:scim:schemas:core:2.0:User";
    refused(
        json!({ "userName": "ada" }),
        ErrorKind::InvalidSyntax,
        absent,
    );
    refused(with(json!(null)), ErrorKind::InvalidSyntax, absent);
    refused(with(json!([])), ErrorKind::InvalidSyntax, absent);
    refused(
        with(json!(urns::USER)),
        ErrorKind::InvalidSyntax,
        "schemas must be a list of URIs",
    );
    refused(
        with(json!([5])),
        ErrorKind::InvalidSyntax,
        "schemas must be a list of URIs, as texts",
    );
    refused(
        with(json!([urns::ENTERPRISE])),
        ErrorKind::InvalidValue,
        only,
    );
    refused(with(json!([urns::GROUP])), ErrorKind::InvalidValue, only);
    for message in [
        urns::SEARCH_REQUEST.to_owned(),
        urns::PATCH_OP.to_ascii_uppercase(),
    ] {
        let error = read("User", with(json!([urns::USER, message])), Mode::Lenient).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidSyntax);
    }

    let unknown = with(json!(["urn:x:y", urns::USER]));
    let document = read("User", unknown.clone(), Mode::Lenient)
        .unwrap()
        .document;
    assert_eq!(document.as_map()["schemas"], json!([urns::USER]));
    let strict = "schemas names \"urn:x:y\", no schema of this type";
    refused_as(
        "User",
        unknown,
        Mode::Strict,
        ErrorKind::InvalidValue,
        strict,
    );
    for same in [
        json!([urns::USER, urns::USER]),
        json!([urns::ENTERPRISE, urns::USER]),
        json!([
            urns::USER.to_ascii_lowercase(),
            urns::ENTERPRISE.to_ascii_uppercase()
        ]),
    ] {
        let document = read("User", with(same), Mode::Strict).unwrap().document;
        assert_eq!(document.as_map()["schemas"], json!([urns::USER]));
    }
}

/// 7644-3.5.1-03: what a PUT's client knows of is told apart from what it sent.
#[test]
fn named_extensions_are_told() {
    let body = user(json!({ "schemas": [urns::ENTERPRISE.to_ascii_uppercase(), urns::USER] }));
    let incoming = read("User", body, Mode::Lenient).unwrap();
    assert_eq!(
        incoming.extensions,
        [enroll_schema::Urn::from(urns::ENTERPRISE)]
    );
    assert!(
        read("User", user(json!({})), Mode::Lenient)
            .unwrap()
            .extensions
            .is_empty()
    );
}

/// Threat C9, where the body did not come through `json::parse`.
#[test]
fn an_attribute_is_named_once() {
    let syntax = ErrorKind::InvalidSyntax;
    for (members, place) in [
        (json!({ "title": "a", "Title": "b" }), "title"),
        (
            json!({ "name": { "givenName": "a", "GIVENNAME": "b" } }),
            "name.givenName",
        ),
        (json!({ "SCHEMAS": [urns::USER] }), "schemas"),
    ] {
        let detail = format!("the body names {place} twice; name it once");
        refused(user(members), syntax, &detail);
    }
    let upper = urns::ENTERPRISE.to_ascii_uppercase();
    let body = user(json!({ urns::ENTERPRISE: { "division": "a" }, upper: { "division": "b" } }));
    let detail = format!("the body names {} twice; name it once", urns::ENTERPRISE);
    refused(body, syntax, &detail);
}

/// 7643-2.4-02, decision 52.
#[test]
fn there_is_one_primary() {
    let two = json!({ "emails": [
        { "value": "a", "primary": true }, { "value": "b", "primary": true }, { "value": "c" },
    ] });
    let document = read("User", user(two.clone()), Mode::Lenient)
        .unwrap()
        .document;
    assert_eq!(
        document.as_map()["emails"],
        json!([{ "value": "a", "primary": true }, { "value": "b", "primary": false }, { "value": "c" }]),
    );
    let detail = "emails has more than one primary value";
    refused_as(
        "User",
        user(two),
        Mode::Strict,
        ErrorKind::InvalidValue,
        detail,
    );
}

/// 7643-2.4-07, 7643-2.4-08, patch-semantics §5.
#[test]
fn the_same_value_is_kept_once() {
    let hr = crate::schemas::HR;
    kept(
        &json!({ "emails": [
            { "value": "a@x", "type": "work" },
            { "value": "A@X", "type": "Work", "display": "A", "primary": true },
            { "value": "a@x", "type": "home" },
            { "value": "a@x" },
        ] }),
        &json!({ "emails": [
            { "value": "a@x", "type": "work", "display": "A", "primary": true },
            { "value": "a@x", "type": "home" },
            { "value": "a@x" },
        ] }),
    );
    // Whichever of them is primary, what is kept of them is.
    for (first, later) in [(true, false), (false, true)] {
        kept(
            &json!({ "roles": [{ "value": "a", "primary": first }, { "value": "a", "primary": later }] }),
            &json!({ "roles": [{ "value": "a", "primary": true }] }),
        );
    }
    kept(
        &json!({ "addresses": [{ "locality": "Y" }, { "locality": "Y" }, { "locality": "y" }] }),
        &json!({ "addresses": [{ "locality": "Y" }, { "locality": "y" }] }),
    );
    kept(
        &json!({ hr: { "badges": ["a", "A", "b", "a"] } }),
        &json!({ "schemas": [urns::USER, hr], hr: { "badges": ["a", "b"] } }),
    );
    kept(
        &json!({ "photos": [{ "value": "http://x/A" }, { "value": "http://x/a" }] }),
        &json!({ "photos": [{ "value": "http://x/A" }, { "value": "http://x/a" }] }),
    );
}

/// 7643-2.3.8-01: the order of members means nothing.
#[test]
fn order_means_nothing() {
    let one =
        r#"{"userName":"ada","name":{"givenName":"A","familyName":"K"},"schemas":["{user}"]}"#;
    let other =
        r#"{"schemas":["{user}"],"name":{"familyName":"K","givenName":"A"},"userName":"ada"}"#;
    let bytes = |text: &str| {
        let body =
            enroll_schema::json::parse(text.replace("{user}", urns::USER).as_bytes()).unwrap();
        read("User", body, Mode::Strict)
            .unwrap()
            .document
            .to_bytes()
    };
    assert_eq!(bytes(one), bytes(other));
}

#[test]
fn a_body_is_an_object() {
    for body in [
        json!([]),
        json!(null),
        json!("ada"),
        json!(5),
        json!([{ "userName": "ada" }]),
    ] {
        refused(
            body,
            ErrorKind::InvalidSyntax,
            "the body must be a User as a JSON object",
        );
    }
}

#[test]
fn bytes_start_with_schemas_and_read_back() {
    let members = json!({ "active": true, "emails": [{ "value": "a" }], urns::ENTERPRISE: { "division": "x" } });
    let document = read("User", user(members), Mode::Lenient).unwrap().document;
    let bytes = document.to_bytes();
    assert!(
        bytes.starts_with(br#"{"schemas":["urn:"#),
        "{}",
        String::from_utf8_lossy(&bytes)
    );
    assert_eq!(Document::from_bytes(&bytes).unwrap(), document);
    assert_eq!(Document::default().to_bytes(), b"{}");
    for broken in [&b""[..], b"[]", b"{", b"null"] {
        assert_eq!(
            Document::from_bytes(broken).unwrap_err().kind(),
            ErrorKind::Internal
        );
    }
}

/// The PATCH engine checks single values by the same rules.
#[test]
fn one_value_is_checked_like_a_body() {
    let schemas = Schemas::standard();
    let kind = schemas.named("User").unwrap();
    let emails = kind.find(None, "emails").unwrap();
    let canonical = |value: Value| kind.canonical(emails, value, Mode::Lenient);
    let read = canonical(json!([{ "VALUE": "a", "colour": 1 }])).unwrap();
    assert_eq!(
        (read.value, read.ignored),
        (
            Some(json!([{ "value": "a" }])),
            vec!["emails.colour".to_owned()]
        )
    );
    assert_eq!(canonical(json!([])).unwrap().value, None);
    assert_eq!(
        canonical(json!({})).unwrap_err().kind(),
        ErrorKind::InvalidValue
    );
    let element = kind
        .canonical_element(emails, json!({ "Type": "work" }), Mode::Strict)
        .unwrap();
    assert_eq!(element.value, Some(json!({ "type": "work" })));
    let unknown = kind.canonical(emails, json!([{ "colour": 1 }]), Mode::Known);
    assert_eq!(unknown.unwrap_err().kind(), ErrorKind::InvalidSyntax);
    let given = kind
        .find(None, "name")
        .and_then(|name| kind.find_sub(name, "givenName"))
        .unwrap();
    let error = kind.canonical(given, json!(5), Mode::Lenient).unwrap_err();
    assert_eq!(
        error.detail(),
        "name.givenName expects a text, found the number 5"
    );
}
