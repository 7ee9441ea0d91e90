//! Refusals: every one is a SCIM error, nothing is changed, nothing is given away (RFC 7644 §3.12).

use enroll_schema::ErrorKind::{
    InvalidSyntax, InvalidValue, InvalidVersion, MethodNotAllowed, NotFound, PayloadTooLarge,
    UnsupportedMediaType,
};
use proptest::{prelude::*, test_runner::TestRunner};
use serde_json::{Value, json};

use crate::{
    bench::{Bench, GROUP, PATCH, USER},
    row::{agree, check, row},
};
use enroll_core::Call;
use enroll_quirks::Dialect;

#[test]
fn paths_that_are_none() {
    let paths = [
        "/Nope",
        "/users/r1/x",
        "/Users/r1/title",
        "/Users/",
        "/Users//r1",
        "//Users",
        "/Users/.",
        "/Users/..",
        "/Users/../Groups",
        "/Users/%2e%2e",
        "/Users/r1%2Fx",
        "/Users/r1%2fx",
        "/%55sers%2Fr1",
        "/Users/%00",
        "/Users/r1%00",
        "/Users/r1%0d%0aSet-Cookie:x=1",
        "/Users/%",
        "/Users/%zz",
        "/Users/%c3%28",
        "/Users/r1;x=1",
        "/Users/r1\\x",
        "/Users/<script>",
        "/v2/Users",
        "/.searching",
        "/Users/r1/.search",
        "/Schemas/a/b",
        "/ServiceProviderConfig/x",
        "/Groups/r4/members",
        "",
        "Users",
        "/Users/*",
        "/Users/' OR 1=1 --",
        "/Users/${jndi:ldap:x}",
        "/Bulk/x",
    ];
    check(
        paths
            .into_iter()
            .map(|path| row("B1 C4 7644-3.12-10", &format!("GET {path}")).fails(NotFound))
            .collect(),
    );
    check(vec![
        row("B1", "GET /Users/%72%31").is(200, json!({"id": "r1"})),
        row("B1", "GET /%55sers/r1").is(200, json!({"id": "r1"})),
        row("B1", "GET /Users/%2572%2531").fails(NotFound),
        row("7644-3.12-24 7644-3.13-03", "GET /v1/Users").fails(InvalidVersion),
        row("7644-3.12-24", "GET /v3/Users").fails(InvalidVersion),
        row("MSVAL-09", "GET /users").is(200, json!({"totalResults": 3})),
    ]);
}

#[test]
fn methods_that_are_not_answered() {
    let refused = |call: &str| {
        row("7644-3.12-01", call)
            .body(json!({}))
            .fails(MethodNotAllowed)
    };
    check(vec![
        refused("PUT /Users").header("allow", "GET, HEAD, POST"),
        refused("DELETE /Users"),
        refused("PATCH /Groups"),
        refused("POST /Users/r1").header("allow", "GET, HEAD, PUT, PATCH, DELETE"),
        refused("OPTIONS /Users/r1"),
        refused("TRACE /Users"),
        refused("get /Users"),
        refused("PROPFIND /Users/r1"),
        refused("DELETE /"),
        row("7644-3.4.1-01", "HEAD /Users/r1").is(200, json!({"id": "r1"})),
    ]);
}

#[test]
fn bodies_that_are_none() {
    let user = |body: &'static str| row("7644-3.12-07 C2 C9 C10", "POST /Users").raw(body);
    let kind = |value: &'static str| {
        row("decision-49", "POST /Users")
            .raw("{}")
            .with(move |mut call| {
                call.headers.content_type = Some(value.to_owned());
                call
            })
    };
    check(vec![
        user("{").fails(InvalidSyntax),
        user("nonsense").fails(InvalidSyntax),
        user("{} {}").fails(InvalidSyntax),
        user("null").fails(InvalidSyntax),
        user("\u{feff}{}").fails(InvalidSyntax),
        user("{\"userName\":\"\\ud800\"}").fails(InvalidSyntax),
        user("{\"a\":1,\"a\":2}").fails(InvalidSyntax),
        user("{\"a\":1e999}").fails(InvalidValue),
        user("{\"a\":\"\\u0000\"}").fails(InvalidValue),
        kind("text/plain").fails(UnsupportedMediaType),
        kind("application/xml").fails(UnsupportedMediaType),
        kind("application/x-www-form-urlencoded").fails(UnsupportedMediaType),
        kind("multipart/form-data; boundary=x").fails(UnsupportedMediaType),
        kind("application/json; charset=utf-8").fails(InvalidSyntax),
        // The endpoint comes before the body's type, the type before the body.
        row("7644-3.12-10", "POST /Nope").raw("{").fails(NotFound),
    ]);
    let bench = Bench::filled();
    let post = |path: &str, body: Vec<u8>| {
        let reply = bench.send(Call::new("POST", path).body(body));
        agree(&reply).unwrap();
        reply.log.error.map(|error| error.kind())
    };
    assert_eq!(
        post("/Users", b"{\"userName\":\"\xff\"}".to_vec()),
        Some(InvalidSyntax)
    );
    assert_eq!(
        post(
            "/Users",
            [b"[".repeat(20_000), b"]".repeat(20_000)].concat()
        ),
        Some(InvalidSyntax)
    );
    assert_eq!(post("/Users", b"{\"a\":".repeat(17)), Some(InvalidSyntax));
    assert_eq!(
        post("/Users", vec![b' '; (1 << 20) + 1]),
        Some(PayloadTooLarge)
    );
    assert_eq!(
        post("/Groups", vec![b' '; (1 << 20) + 1]),
        Some(InvalidSyntax)
    );
    assert_eq!(
        post("/Groups", vec![b' '; (8 << 20) + 1]),
        Some(PayloadTooLarge)
    );
    let long = json!({"schemas": [USER], "userName": "a".repeat(257)});
    assert_eq!(post("/Users", long.to_string().into()), Some(InvalidValue));
    let members: Vec<_> = (0..50_001)
        .map(|n| json!({"value": n.to_string()}))
        .collect();
    let group = json!({"schemas": [GROUP], "displayName": "g", "members": members});
    assert_eq!(
        post("/Groups", group.to_string().into()),
        Some(PayloadTooLarge)
    );
}

/// C5, C7: a wrong type is refused in words that neither break the body nor repeat a whole input.
#[test]
fn wrong_types_and_odd_words() {
    let values = [
        json!(7),
        json!([]),
        json!({}),
        json!(true),
        json!([["x"]]),
        json!({"a": 1}),
    ];
    let mut rows = Vec::new();
    for attribute in ["displayName", "title", "locale"] {
        for value in values
            .iter()
            .filter(|value| **value != json!([]) && **value != json!({}))
        {
            let body = json!({"schemas": [USER], "userName": "dan", attribute: value});
            rows.push(
                row("C7", "POST /Users")
                    .strict()
                    .body(body)
                    .fails(InvalidValue),
            );
        }
    }
    check(rows);
    let bench = Bench::filled();
    let odd = [
        "${7*7}",
        "{{7*7}}",
        "<script>alert(1)</script>",
        "%s%n",
        "\r\nSet-Cookie: a=b",
        "'; DROP TABLE users; --",
    ];
    for word in odd.iter().map(|word| word.repeat(200)) {
        let body = json!({"schemas": [PATCH], "Operations": [{"op": "replace", "path": word, "value": word}]});
        let reply = bench.send(Call::new("PATCH", "/Users/r1").body(body.to_string()));
        agree(&reply).unwrap();
        let said = reply.log.error.expect("a refusal").detail().to_owned();
        assert!(said.len() < 400 && !said.contains('\n'), "{said}");
        let stored = json!({"schemas": [USER], "userName": "odd", "title": word.get(..100)});
        let stored = bench.json(Call::new("POST", "/Users").body(stored.to_string()));
        assert!(
            stored["title"] == word[..100] || stored["status"] == "400",
            "{stored}"
        );
        bench.send(Call::new(
            "DELETE",
            &format!("/Users/{}", stored["id"].as_str().unwrap_or("x")),
        ));
    }
}

/// Whatever comes, the answer is no server error, and a refusal agrees with itself.
#[test]
fn nothing_breaks_it() {
    let text = prop_oneof![
        Just("userName".to_owned()),
        Just("members".to_owned()),
        Just("emails[type eq \"work\"].value".to_owned()),
        Just("active".to_owned()),
        Just("id".to_owned()),
        Just("schemas".to_owned()),
        Just(USER.to_owned()),
        Just(GROUP.to_owned()),
        Just(PATCH.to_owned()),
        Just("Operations".to_owned()),
        Just("op".to_owned()),
        Just("replace".to_owned()),
        Just("add".to_owned()),
        Just("remove".to_owned()),
        Just("path".to_owned()),
        Just("value".to_owned()),
        ".{0,12}",
    ];
    let leaf = prop_oneof![
        text.clone().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<bool>().prop_map(Value::from),
        Just(Value::Null),
    ];
    let body = leaf.prop_recursive(4, 24, 4, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::hash_map(text.clone(), inner, 0..5)
                .prop_map(|map| map.into_iter().collect()),
        ]
    });
    let method = prop::sample::select(vec!["GET", "POST", "PUT", "PATCH", "DELETE"]);
    let path = prop_oneof![
        prop::sample::select(vec![
            "/Users",
            "/Users/r1",
            "/Groups/r4",
            "/Groups",
            "/.search",
            "/Users/.search",
            "/"
        ])
        .prop_map(str::to_owned),
        "/[A-Za-z0-9%./]{0,12}",
    ];
    let query = prop_oneof![
        "(filter|sortBy|attributes|count|startIndex|excludedAttributes)=[a-zA-Z0-9 \"%+.,()\\[\\]-]{0,20}",
        "[ -~]{0,20}",
    ];
    let dialect = prop::sample::select(Dialect::ALL.to_vec());
    let bench = Bench::filled();
    let mut runner = TestRunner::new_with_rng(
        ProptestConfig {
            failure_persistence: None,
            ..ProptestConfig::with_cases(2_000)
        },
        TestRunner::deterministic().rng().clone(),
    );
    runner
        .run(
            &(method, path, query, body, dialect),
            |(method, path, query, body, dialect)| {
                let call = Call::new(method, &path)
                    .query(&query)
                    .body(body.to_string())
                    .dialect(dialect);
                let reply = bench.send(call);
                prop_assert!(
                    reply.status < 500 || reply.status == 501,
                    "{}",
                    reply.status
                );
                agree(&reply).map_err(TestCaseError::fail)
            },
        )
        .unwrap();
}
