//! Queries in a URL: filter, sort, pages (RFC 7644 §3.4.2).

use enroll_schema::ErrorKind::{InvalidFilter, InvalidValue};
use serde_json::{Value, json};

use crate::{
    bench::{Bench, ENTERPRISE, LIST, USER},
    row::{Row, check, row},
};
use enroll_core::Call;

/// A query that finds exactly these, in this order of ids.
fn finds(ids: &'static str, query: &str, wanted: &[&str]) -> Row {
    let resources: Vec<Value> = wanted.iter().map(|id| json!({"id": id})).collect();
    row(ids, &format!("GET /Users?{query}")).is(
        200,
        json!({"schemas": [LIST], "totalResults": wanted.len(), "Resources": resources}),
    )
}

#[test]
fn filters_select() {
    let all = ["r1", "r2", "r3"];
    check(vec![
        finds("7644-3.4.2-03 7644-3.4.2-04 7644-3.4.2-05", "", &all),
        finds("7644-3.4.2.2-02 7644-3.4.2.2-06 7643-4.1.1-03", "filter=userName eq \"ADA@x.example\"", &["r1"]),
        finds("ENTRA-06", "filter=userName+eq+%22ada%40x.example%22", &["r1"]),
        finds("7644-3.4.2.2-03 7643-2.1-02", "filter=USERNAME EQ \"ada@x.example\"", &["r1"]),
        finds("7644-3.10-03", &format!("filter={USER}:userName eq \"ada@x.example\""), &["r1"]),
        finds("7644-3.10-01", &format!("filter={ENTERPRISE}:department sw \"Eng\""), &["r1"]),
        finds("7643-7-05 7643-3.1-10 7644-3.4.2.2-28", "filter=externalId eq \"abc\"", &["r3"]),
        finds("7643-7-05", "filter=externalId eq \"ABC\"", &[]),
        finds("7644-3.4.2.2-07", "filter=userName ne \"ada@x.example\"", &["r2", "r3"]),
        finds("7644-3.4.2.2-08", "filter=userName co \"ID@\"", &["r3"]),
        finds("7644-3.4.2.2-09", "filter=userName sw \"bob@x.example\"", &["r2"]),
        finds("7644-3.4.2.2-10", "filter=userName ew \".EXAMPLE\"", &all),
        finds("7644-3.4.2.2-11 7643-2.5-01", "filter=title pr", &["r1"]),
        finds("7644-3.4.2.2-12", "filter=userName gt \"ada@x.example\"", &["r2", "r3"]),
        finds("7644-3.4.2.2-13", "filter=meta.created ge \"2023-11-14T22:13:22Z\"", &["r2", "r3"]),
        finds("7644-3.4.2.2-14", "filter=meta.lastModified lt \"2023-11-14T22:13:22Z\"", &["r1"]),
        finds("7644-3.4.2.2-15", "filter=userName le \"bob@x.example\"", &["r1", "r2"]),
        finds("7644-3.4.2.2-17 7644-3.4.2.2-22", "filter=title pr or active eq true and userName sw \"b\"", &["r1", "r2"]),
        finds("7644-3.4.2.2-05", "filter=(title pr or active eq true) and userName sw \"b\"", &["r2"]),
        finds("7644-3.4.2.2-17", "filter=not (title pr)", &["r2", "r3"]),
        finds("7644-3.4.2.2-19", "filter=emails[type eq \"work\" and value co \"home\"]", &[]),
        finds("7644-3.4.2.2-18", "filter=emails[type eq \"home\" and value co \"home\"]", &["r1"]),
        finds("7644-3.4.2.2-23 PING-02", "filter=emails eq \"bob@x.example\"", &["r2"]),
        finds("ENTRA-05", "filter=emails[type eq \"work\"].value eq \"bob@x.example\"", &["r2"]),
        finds("7644-3.4.2.2-29", &format!("filter=schemas eq \"{ENTERPRISE}\""), &["r1"]),
        finds("7643-4.1.2-10", "filter=groups.value eq \"r4\"", &["r1", "r2"]),
        finds("7643-3-04", "filter=id eq \"r2\"", &["r2"]),
        finds("7643-2.3.6-03", "filter=x509Certificates.value eq \"aaecawq=\"", &[]),
        finds("7643-2.3.6-03", "filter=x509Certificates.value eq \"AAECAwQ=\"", &["r1"]),
        finds("7644-3.4.2-08 OKTA-03 ENTRA-01", "filter=userName eq \"nobody\"", &[]),
        finds("7644-3.4.2-02 ENTRA-13", "aadOptscim062020&foo=bar&filter=title pr&", &["r1"]),
        finds("C6", "filter=userName co \"%25\"", &[]),
        row("7643-4.2-04", "GET /Groups?filter=members.value eq \"r1\"").is(200, json!({"totalResults": 1})),
        row("7643-2.3.7-05", "GET /Groups?filter=members.value eq \"R1\"").is(200, json!({"totalResults": 0})),
        row("7644-3.4.2-10 decision-20", "GET /Users?attributes=userName")
            .is(200, json!({"Resources": {"$contains": [{"schemas": [USER], "id": "r2", "title": {"$absent": true}}]}})),
        row("ENTRA-10", "GET /Groups?excludedAttributes=members&filter=displayName eq \"CREW\"")
            .is(200, json!({"totalResults": 1, "Resources": [{"id": "r4", "members": {"$absent": true}}]})),
        row("7644-3.4.2-05", "GET /Groups").is(200, json!({"Resources": [
            {"id": "r4", "members": {"$len": 2}}, {"id": "r5", "members": {"$len": 0}},
        ]})),
    ]);
}

#[test]
fn bad_filters_are_refused() {
    let filters = [
        ("7644-3.4.2.2-04", ""),
        ("GEN-F-01 7644-3.4.3-05", "userName eq"),
        ("7644-3.4.2.2-27 7644-3.12-16", "userName regex \"x\""),
        ("GEN-F-02", "externalId eq jyoung"),
        ("decision-16", "shoeSize eq 44"),
        ("7644-3.4.2.2-16", "active gt false"),
        ("7644-3.4.2.2-16", "x509Certificates.value gt \"AA==\""),
        ("7644-3.4.2.2-24", "name eq \"x\""),
        ("7644-3.4.2.2-20", "emails[nothing eq \"x\"]"),
        ("7644-3.4.2.2-21", "userName eq \"a\" and"),
        ("7644-3.4.2.2-21", "(userName eq \"a\""),
        ("7643-4.1.1-18 B6", "password eq \"hunter2\""),
        ("B6", "urn:example:badge:2.0:User:pin pr"),
        ("7643-2.3.2-01", "active eq 1"),
    ];
    let row = |(ids, filter): (&'static str, &str)| {
        row(ids, &format!("GET /Users?filter={filter}"))
            .strict()
            .fails(InvalidFilter)
    };
    check(filters.into_iter().map(row).collect());
    let rows = |filter: String| {
        crate::row::row("C1", &format!("GET /Users?filter={filter}")).fails(InvalidFilter)
    };
    check(vec![
        rows("(".repeat(8_000)),
        rows(format!(
            "{}userName pr{}",
            "not (".repeat(1_000),
            ")".repeat(1_000)
        )),
        rows(format!("userName eq \"{}\"", "a".repeat(9_000))),
        rows(vec!["title pr"; 500].join(" or ")),
    ]);
}

#[test]
fn results_are_sorted() {
    check(vec![
        finds(
            "7644-3.4.2.3-02 7644-3.4.2.3-07",
            "sortBy=userName",
            &["r1", "r2", "r3"],
        ),
        finds(
            "7644-3.4.2.3-06",
            "sortBy=userName&sortOrder=DESCENDING",
            &["r3", "r2", "r1"],
        ),
        finds("7644-3.4.2.3-05", "sortBy=title", &["r1", "r2", "r3"]),
        finds(
            "7644-3.4.2.3-05",
            "sortBy=displayName&sortOrder=descending",
            &["r3", "r2", "r1"],
        ),
        finds("7644-3.4.2.3-07", "sortBy=externalId", &["r1", "r3", "r2"]),
        finds(
            "7644-3.4.2.3-03 decision-39",
            "sortBy=emails",
            &["r2", "r1", "r3"],
        ),
        finds(
            "7644-3.4.2.3-03",
            "sortBy=emails.value",
            &["r2", "r1", "r3"],
        ),
        finds(
            "7644-3.4.2.3-04",
            "sortBy=name.givenName",
            &["r1", "r2", "r3"],
        ),
        finds(
            "7644-3.4.2.3-08",
            "sortBy=meta.created&sortOrder=descending",
            &["r3", "r2", "r1"],
        ),
        finds(
            "7644-3.10-01",
            &format!("sortBy={ENTERPRISE}:department"),
            &["r1", "r2", "r3"],
        ),
        finds("7644-3.4.2.3-02", "sortBy=", &["r1", "r2", "r3"]),
    ]);
    let bad = |query: &str| {
        row(
            "7644-3.4.2.3-04 decision-38",
            &format!("GET /Users?{query}"),
        )
        .fails(InvalidValue)
    };
    check(vec![
        bad("sortBy=name"),
        bad("sortBy=shoeSize"),
        bad("sortBy=password"),
        bad("sortBy=groups.value"),
        bad("sortBy=meta"),
        bad("sortBy=urn:example:badge:2.0:User:pin"),
        bad("sortOrder=up"),
    ]);
}

#[test]
fn results_come_in_pages() {
    let page = |ids: &'static str, query: &str, start: u32, found: &[&str]| {
        let resources: Vec<Value> = found.iter().map(|id| json!({"id": id})).collect();
        row(ids, &format!("GET /Users?{query}")).is(200, json!({
            "totalResults": 3, "startIndex": start, "itemsPerPage": found.len(), "Resources": resources,
        }))
    };
    let all = ["r1", "r2", "r3"];
    check(vec![
        page("7644-3.4.2.4-02", "", 1, &all),
        page("7644-3.4.2.4-01 GEN-P-01", "startIndex=0", 1, &all),
        page("7644-3.4.2.4-01", "startIndex=-5&count=1", 1, &["r1"]),
        page("7644-3.4.2.4-03 GEN-P-03", "count=-1", 1, &[]),
        page("7644-3.4.2.4-04 decision-19", "count=0", 1, &[]),
        page(
            "7644-3.4.2.4-05 7644-3.4.2.4-08 7644-3.4.2-06 7644-3.4.2-07",
            "count=2",
            1,
            &["r1", "r2"],
        ),
        page("7644-3.4.2.4-09", "startIndex=3&count=10", 3, &["r3"]),
        page(
            "7644-3.4.2.4-06 C11 decision-18 7644-3.4.2.1-03",
            "count=1000000",
            1,
            &all,
        ),
        page("C11", "count=99999999999999999999999", 1, &all),
        page("OKTA-05", "startIndex=101&count=100", 101, &[]),
        page("GEN-P-05", "startIndex=99999999999999999999", u32::MAX, &[]),
        row("GEN-P-07", "GET /Users?count=abc").fails(InvalidValue),
        row("GEN-P-07", "GET /Users?count=1.5").fails(InvalidValue),
        row("GEN-P-07", "GET /Users?startIndex=").fails(InvalidValue),
        row("GEN-P-07", "GET /Users?count=1&count=2").fails(InvalidValue),
        row("C6", "GET /Users?filter=title pr&filter=active eq true").fails(InvalidFilter),
    ]);
}

/// 7644-3.4.2.4-06, 7644-3.4.2.4-07, D10: at most a thousand a page, a hundred unless asked, each once.
#[test]
fn pages_have_a_default_and_a_maximum() {
    let bench = Bench::empty();
    for number in 0..1_005 {
        let user = json!({"schemas": [USER], "userName": format!("u{number}")});
        assert_eq!(
            bench
                .send(Call::new("POST", "/Users").body(user.to_string()))
                .status,
            201
        );
    }
    let page = |query: &str| bench.json(Call::new("GET", "/Users").query(query));
    let sizes = |page: &Value| (page["totalResults"].clone(), page["itemsPerPage"].clone());
    assert_eq!(sizes(&page("")), (json!(1_005), json!(100)));
    assert_eq!(sizes(&page("count=5000")), (json!(1_005), json!(1_000)));
    let names = |page: Value| -> Vec<String> {
        page["Resources"]
            .as_array()
            .unwrap()
            .iter()
            .map(|r| r["id"].to_string())
            .collect()
    };
    let mut seen: Vec<_> = (0..11)
        .flat_map(|n| names(page(&format!("startIndex={}", 1 + n * 100))))
        .collect();
    assert_eq!(seen.len(), 1_005);
    seen.sort();
    seen.dedup();
    assert_eq!(seen.len(), 1_005);
}
