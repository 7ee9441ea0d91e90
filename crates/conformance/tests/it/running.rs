//! The runner: what it sends, and that it sees each fault of a server.

use enroll_conformance::corpus::{self, Case, Exchange};

use crate::toy::{Fault, Toy, block_on};

fn case(id: &str) -> Case {
    corpus::cases()
        .find(|case| case.id == id)
        .unwrap_or_else(|| panic!("no case {id}"))
}

/// Runs a case against a server with one fault; `wanted` is how the report starts, or empty.
#[track_caller]
fn check(id: &str, fault: Fault, wanted: &str) {
    let outcome = block_on(corpus::run(&case(id), &Toy::new(fault)));
    match outcome {
        Ok(()) => assert_eq!(wanted, "", "{id} passed with {fault:?}"),
        Err(mismatch) => {
            let text = mismatch.to_string();
            assert!(
                !wanted.is_empty() && text.starts_with(wanted),
                "{fault:?}: {text}"
            );
        }
    }
}

#[test]
fn a_server_without_faults_passes() {
    let ids = [
        "ENTRA-C-08",
        "ENTRA-G-06",
        "ENTRA-G-08",
        "ENTRA-G-09",
        "ENTRA-G-10",
        "ENTRA-G-13",
        "ENTRA-M-14",
        "ENTRA-U-06",
        "GEN-E-02",
        "MSVAL-09",
        "OKTA-G-06",
        "OKTA-G-07",
        "OL-D-01",
        "OL-G-03",
        "OL-G-05",
    ];
    for id in ids {
        check(id, Fault::None, "");
    }
}

#[test]
fn each_fault_is_seen_and_named() {
    let rows = [
        (
            "ENTRA-G-09",
            Fault::EmptiesGroups,
            r#"ENTRA-G-09: after[0]: at /members: wanted [{"value":"toy-2"}], found []"#,
        ),
        (
            "ENTRA-U-06",
            Fault::RefusesRepeats,
            "ENTRA-U-06: the same request again: wanted a status of 2xx, found status 409 {",
        ),
        (
            "ENTRA-G-06",
            Fault::DoublesMembers,
            "ENTRA-G-06: after[0] when the request came a second time: at /members: ",
        ),
        (
            "ENTRA-G-08",
            Fault::DoublesMembers,
            "ENTRA-G-08: after[0]: at /members: wanted ",
        ),
        (
            "OL-D-01",
            Fault::KeepsDeleted,
            "OL-D-01: gone toy-1: wanted status 404, found status 200 {",
        ),
        (
            "OL-D-01",
            Fault::TalksOnDelete,
            r#"OL-D-01: body: wanted no body, found "bye""#,
        ),
        (
            "ENTRA-C-08",
            Fault::AllowsDuplicates,
            "ENTRA-C-08: status: wanted status 409, found status 201 {",
        ),
        (
            "GEN-E-02",
            Fault::StoresRefused,
            "GEN-E-02: count of User: at /totalResults: wanted 0, found 1",
        ),
        (
            "ENTRA-M-14",
            Fault::PlainErrors,
            "ENTRA-M-14: body: wanted JSON (",
        ),
        (
            "MSVAL-09",
            Fault::PlainJson,
            r#"MSVAL-09: header content-type: wanted {"$re":"^application/scim\\+json"}, found "application/json""#,
        ),
        (
            "OL-G-01",
            Fault::HidesId,
            "OL-G-01: given Group 0984a5c6-a96b-5940-95a2-10c44edb15b7: at /id: wanted a string, found null",
        ),
        (
            "OL-G-01",
            Fault::RefusesCreates,
            "OL-G-01: given Group 0984a5c6-a96b-5940-95a2-10c44edb15b7: wanted status 201, found status 400 {",
        ),
    ];
    for (id, fault, wanted) in rows {
        check(id, fault, wanted);
    }
}

/// Runs a case and returns what was sent.
fn sent(case: &Case) -> Vec<Exchange> {
    let toy = Toy::new(Fault::None);
    // Some of these cases are beyond the toy; what was sent until then is what the test looks at.
    let _ = block_on(corpus::run(case, &toy));
    toy.seen()
}

fn header<'a>(exchange: &'a Exchange, name: &str) -> Option<&'a str> {
    let found = exchange.headers.iter().find(|(found, _)| found == name);
    found.map(|(_, value)| value.as_str())
}

#[test]
fn ids_the_server_made_take_the_place_of_the_written_ones() {
    let sent = sent(&case("OKTA-G-06"));
    let text = |exchange: &Exchange| String::from_utf8(exchange.body.clone()).unwrap();
    assert!(text(&sent[0]).contains("sven.aalto") && text(&sent[1]).contains("noor.haddad"));
    assert!(
        !text(&sent[0]).contains("ac4120c3"),
        "a create does not choose its id"
    );
    assert!(text(&sent[2]).contains(r#""members":[{"type":"User","value":"toy-2"}]"#));
    let patch = &sent[3];
    assert_eq!(
        (patch.method.as_str(), patch.path.as_str()),
        ("PATCH", "/Groups/toy-3")
    );
    assert!(
        text(patch).contains(r#"members[value eq \"toy-2\"]"#),
        "{}",
        text(patch)
    );
    assert!(
        text(patch).contains(r#""value":"toy-1""#),
        "{}",
        text(patch)
    );
    let methods: Vec<&str> = sent[3..]
        .iter()
        .map(|exchange| exchange.method.as_str())
        .collect();
    assert_eq!(
        methods,
        ["PATCH", "GET", "PATCH", "GET"],
        "sent twice, looked at twice"
    );
}

#[test]
fn what_is_referred_to_is_created_first() {
    let sent = sent(&case("ENTRA-M-08"));
    let first = String::from_utf8(sent[0].body.clone()).unwrap();
    let second = String::from_utf8(sent[1].body.clone()).unwrap();
    assert!(first.contains("lars.holm") && second.contains("ines.okafor"));
    assert!(
        second.contains(r#""manager":{"value":"toy-1"}"#),
        "{second}"
    );
    let query = "filter=id+eq+%22toy-2%22+and+manager+eq+%22toy-1%22&attributes=id";
    assert_eq!(sent[2].query.as_deref(), Some(query));
}

#[test]
fn an_error_is_not_repeated_and_a_read_is_not() {
    let requests = |id: &str| {
        let case = case(id);
        sent(&case)
            .iter()
            .filter(|exchange| exchange.method == case.request.method)
            .count()
    };
    assert_eq!(requests("ENTRA-U-35"), 1, "not tagged, and 404");
    assert_eq!(requests("ENTRA-U-06"), 2);
    assert_eq!(
        requests("ENTRA-C-10"),
        2,
        "one given, one POST: a POST is never repeated"
    );
    assert_eq!(requests("ENTRA-M-07"), 1, "tagged `active`, but only a GET");
}

#[test]
fn header_fields_are_sent_as_the_case_has_them() {
    let onelogin = sent(&case("OL-M-02"));
    let get = onelogin.last().unwrap();
    assert_eq!(get.query.as_deref(), Some(""), "a bare `?`");
    assert_eq!(header(get, "User-Agent"), None, "empty: none is sent");
    assert_eq!(header(get, "Authorization"), Some("Bearer secret"));
    let okta = sent(&case("OKTA-M-01"));
    let get = okta.last().unwrap();
    assert_eq!(header(get, "User-Agent"), Some("Okta SCIM Client 1.0.0"));
    assert_eq!(header(get, "Accept-Charset"), Some("utf-8"));
}

/// Completes a case from its `given`, `request` and `expect`.
fn written(rest: &str) -> Case {
    let head = r#"{"id": "T-1", "idp": "generic", "catalogue": ["T"], "note": "n", "source": ["s"],
        "confidence": "inferred", "rfc": {"verdict": "silent"}, "tags": [], "#;
    format!("{head}{rest}}}")
        .parse()
        .unwrap_or_else(|error| panic!("{rest}: {error}"))
}

#[test]
fn a_case_with_its_own_authorization_gets_no_token() {
    let case = written(
        r#""given": [], "expect": {"status": 401}, "request": {"method": "GET", "path": "/Users",
            "query": null, "headers": {"authorization": "Bearer wrong"}, "rawBody": "{"}"#,
    );
    let sent = sent(&case);
    assert_eq!(
        sent[0].headers,
        [("authorization".to_owned(), "Bearer wrong".to_owned())]
    );
    assert_eq!(sent[0].body, b"{");
    assert_eq!(sent[0].query, None);
}

/// Users a to e exist; the toy shows two a page.
fn with_find(find: &str) -> Case {
    let user = |name| {
        format!(
            r#"{{"resourceType": "User", "resource": {{"id": "id-{name}", "userName": "{name}@x"}}}}"#
        )
    };
    let given = ["aa1", "bb2", "cc3", "dd4", "ee5"].map(user).join(",");
    written(&format!(
        r#""given": [{given}], "request": {{"method": "GET", "path": "/Users", "query": null, "headers": {{}}}},
           "expect": {{"status": 200, "statusAlso": [204], "count": {{"User": 5, "Group": 0}},
             "after": [{{"resourceType": "User", "find": {find}, "match": {{"userName": "ee5@x"}}}}]}}"#
    ))
}

#[test]
fn a_resource_is_found_on_any_page_and_must_be_the_only_one() {
    let run = |find: &str| {
        let outcome = block_on(corpus::run(&with_find(find), &Toy::new(Fault::None)));
        outcome.map_err(|mismatch| mismatch.to_string())
    };
    assert_eq!(run(r#"{"id": "toy-5"}"#), Ok(()));
    let several = run(r#"{"userName": {"$re": "[de]"}}"#).unwrap_err();
    assert!(
        several.starts_with("T-1: after[0]: at /Resources: wanted one resource with an id"),
        "{several}"
    );
    let none = run(r#"{"userName": "ff6@x"}"#).unwrap_err();
    assert!(none.ends_with(", found []"), "{none}");
    let other = run(r#"{"id": "toy-4"}"#).unwrap_err();
    assert_eq!(
        other,
        r#"T-1: after[0]: at /userName: wanted "ee5@x", found "dd4@x""#
    );
}

#[test]
fn a_case_with_a_field_nobody_knows_is_refused() {
    let rows = [
        (
            r#""extra": 1, "given": [], "request": R, "expect": {"status": 200}"#,
            "unknown field `extra`",
        ),
        (
            r#""given": [], "request": R, "expect": {"status": 200, "stauts": 1}"#,
            "unknown field `stauts`",
        ),
        (
            r#""given": [], "request": R, "expect": {}"#,
            "missing field `status`",
        ),
        (
            r#""given": [], "request": R, "expect": {"status": 200, "body": {"$some": 1}}"#,
            "$some does not take 1",
        ),
        (
            r#""given": [], "request": R,
               "expect": {"status": 200, "after": [{"resourceType": "User", "match": {}}]}"#,
            "either `id` or `find`",
        ),
        (
            r#""given": [{"resourceType": "Device", "resource": {}}], "request": R, "expect": {"status": 200}"#,
            "unknown variant `Device`",
        ),
    ];
    for (rest, wanted) in rows {
        let request = r#"{"method": "GET", "path": "/Users", "query": null, "headers": {}}"#;
        let head = r#"{"id": "T", "idp": "okta", "catalogue": [], "note": "", "source": [],
            "confidence": "fixture", "rfc": {"verdict": "conforms", "ref": "x"}, "tags": [], "#;
        let text = format!("{head}{}}}", rest.replace(": R", &format!(": {request}")));
        let error = text.parse::<Case>().unwrap_err();
        assert!(error.to_string().contains(wanted), "{rest}: {error}");
    }
}
