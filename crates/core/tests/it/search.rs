//! POST to `.search`, and queries over all types (RFC 7644 §3.4.2.1, §3.4.3).

use enroll_schema::ErrorKind::{
    InvalidFilter, InvalidSyntax, InvalidValue, MethodNotAllowed, NotFound,
};
use serde_json::{Value, json};

use crate::{
    bench::{Bench, LIST, SEARCH, USER},
    row::{Row, check, row},
};
use enroll_core::Call;

fn search(ids: &'static str, path: &str, mut message: Value) -> Row {
    message["schemas"] = json!([SEARCH]);
    row(ids, &format!("POST {path}")).body(message)
}

fn found(ids: &[&str]) -> Value {
    let resources: Vec<Value> = ids.iter().map(|id| json!({"id": id})).collect();
    json!({"schemas": [LIST], "totalResults": ids.len(), "Resources": resources})
}

#[test]
fn messages_are_queries() {
    check(vec![
        search("7644-3.4.3-01", "/Users/.search", json!({}))
            .is(200, found(&["r1", "r2", "r3"]))
            .then("/Users", 200, json!({"totalResults": 3})),
        search("7644-3.4.3-02", "/Users/.search", json!({
            "filter": "userName pr", "sortBy": "userName", "sortOrder": "descending",
            "startIndex": 2, "count": 1,
        }))
        .is(200, json!({"totalResults": 3, "startIndex": 2, "itemsPerPage": 1, "Resources": [{"id": "r2"}]})),
        search("7644-3.4.3-04", "/Users/.search", json!({"attributes": ["userName", "name.givenName"]}))
            .is(200, json!({"Resources": {"$contains": [
                {"id": "r1", "userName": {"$any": true}, "name": {"givenName": "Ada"}, "title": {"$absent": true}},
            ]}})),
        search("7644-3.4.3-04", "/Users/.search", json!({"excludedAttributes": "userName"}))
            .is(200, json!({"Resources": {"$contains": [{"id": "r2", "userName": {"$absent": true}}]}})),
        search("7643-2.1-02", "/Users/.search", json!({"FILTER": "title pr", "Count": null}))
            .is(200, found(&["r1"])),
        search("7644-3.4.3-05", "/Users/.search", json!({"filter": "userName eq"})).fails(InvalidFilter),
        search("7644-3.4.3-04", "/Users/.search", json!({"attributes": [1]})).fails(InvalidValue),
        search("7644-3.4.3-02", "/Users/.search", json!({"count": "many"})).fails(InvalidValue),
        search("7644-3.4.3-02", "/Users/.search", json!({"filter": 7})).fails(InvalidFilter),
        search("7644-3.9-03", "/Users/.search", json!({"attributes": ["id"], "excludedAttributes": ["id"]}))
            .fails(InvalidValue),
        row("7644-3.4.3-03", "POST /Users/.search").body(json!({})).fails(InvalidSyntax),
        row("7644-3.4.3-03", "POST /Users/.search").body(json!({"schemas": [USER]})).fails(InvalidSyntax),
        row("7644-3.4.3-03", "POST /Users/.search").body(json!([])).fails(InvalidSyntax),
        row("7644-3.4.3-03", "POST /Users/.search").raw("").fails(InvalidSyntax),
        row("7644-3.4.3-01", "GET /Users/.search").fails(MethodNotAllowed).header("allow", "POST"),
        row("7644-3.4.3-01", "POST /Users/.search/x").fails(NotFound),
    ]);
}

/// 7644-3.4.3-06: the same answer as for GET, byte for byte.
#[test]
fn a_message_answers_as_a_url() {
    let bench = Bench::filled();
    let url = bench.json(Call::new("GET", "/Users").query("filter=title pr&count=5"));
    let message = json!({"schemas": [SEARCH], "filter": "title pr", "count": 5});
    let posted = bench.json(Call::new("POST", "/Users/.search").body(message.to_string()));
    assert_eq!(url, posted);
}

/// C1, C3: a filter in a message may be longer than one in a URL, and no longer than 16 KiB.
#[test]
fn long_filters() {
    let long = |bytes: usize| format!("userName eq \"{}\"", "a".repeat(bytes));
    check(vec![
        search("C1", "/Users/.search", json!({"filter": long(12_000)})).is(200, found(&[])),
        search("C1 C3", "/Users/.search", json!({"filter": long(300_000)})).fails(InvalidFilter),
        search(
            "C1",
            "/Users/.search",
            json!({"filter": "not (".repeat(3_000)}),
        )
        .fails(InvalidFilter),
    ]);
}

#[test]
fn the_root_finds_every_type() {
    let root = |ids: &'static str, filter: &str, wanted: &[&str]| {
        vec![
            row(ids, &format!("GET /?filter={filter}")).is(200, found(wanted)),
            search(ids, "/.search", json!({"filter": filter})).is(200, found(wanted)),
        ]
    };
    check(
        [
            root(
                "7644-3.4.2.1-01 7644-3.4.3-07",
                "id pr",
                &["r1", "r2", "r3", "r4", "r5"],
            ),
            root(
                "7644-3.4.2.1-02",
                "meta.resourceType eq \"Group\"",
                &["r4", "r5"],
            ),
            root(
                "7644-3.4.2.1-04 7644-3.4.2.1-05",
                "userName pr",
                &["r1", "r2", "r3"],
            ),
            root(
                "7644-3.4.2.1-05",
                "userName eq \"bob@x.example\" or members.value eq \"r1\"",
                &["r2", "r4"],
            ),
            root(
                "7644-3.4.2.1-05",
                "not (userName sw \"a\")",
                &["r2", "r3", "r4", "r5"],
            ),
            root(
                "decision-15",
                "userName ne \"bob@x.example\"",
                &["r1", "r3", "r4", "r5"],
            ),
            root("decision-15", "userName eq null", &["r4", "r5"]),
            root(
                "7644-3.4.2.1-05",
                "displayName sw \"B\" and userName pr",
                &["r2"],
            ),
            root("decision-16", "shoeSize pr", &[]),
            root("7644-3.4.2.1-05", "members[value eq \"r2\"]", &["r4"]),
        ]
        .into_iter()
        .flatten()
        .chain([
            row("7644-3.4.2.1-01", "GET /").is(200, json!({"totalResults": 5})),
            row(
                "7644-3.4.2.1-01",
                "GET /?sortBy=meta.created&sortOrder=descending&count=2",
            )
            .is(
                200,
                json!({"totalResults": 5, "Resources": [{"id": "r5"}, {"id": "r4"}]}),
            ),
            row("7644-3.4.2.1-03", "GET /?sortBy=userName").fails(InvalidValue),
            row("7644-3.4.2.2-21", "GET /?filter=userName eq").fails(InvalidFilter),
            row("7644-3.4.2.1-01", "GET /?attributes=displayName").is(
                200,
                json!({"Resources": {"$contains": [
                    {"id": "r4", "displayName": "Crew", "members": {"$absent": true}},
                    {"id": "r1", "displayName": "Ada L.", "userName": {"$absent": true}},
                ]}}),
            ),
            row("7644-3.4.2.1-01", "POST /")
                .body(json!({}))
                .fails(MethodNotAllowed),
        ])
        .collect(),
    );
}
