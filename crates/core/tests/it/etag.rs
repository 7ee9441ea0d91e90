//! Entity tags (RFC 7644 §3.14).

use enroll_schema::ErrorKind::{InvalidValue, NotFound, PreconditionFailed};
use serde_json::json;

use crate::{
    bench::{Bench, GROUP, PATCH, USER},
    row::{check, row},
};
use enroll_core::Call;

fn title() -> serde_json::Value {
    json!([{"op": "replace", "path": "title", "value": "Dr"}])
}

#[test]
fn writes_may_have_a_condition() {
    let put = json!({"schemas": [USER], "userName": "ada", "active": true});
    let on = |tags: &'static str| move |call: Call| call.if_match(tags);
    check(vec![
        row("7644-3.14-05", "PATCH /Users/r1")
            .with(on("W/\"1\""))
            .patch(title())
            .header("etag", "W/\"2\""),
        row("decision-1", "PATCH /Users/r1")
            .with(on("\"1\""))
            .patch(title()),
        row("decision-1", "PATCH /Users/r1")
            .with(on("W/\"9\", W/\"1\""))
            .patch(title()),
        row("decision-1", "PATCH /Users/r1")
            .with(on("*"))
            .patch(title()),
        row("7644-3.14-05 7644-3.12-12 decision-2", "PATCH /Users/r1")
            .with(on("W/\"2\""))
            .patch(title())
            .fails(PreconditionFailed),
        row("7644-3.14-05", "PUT /Users/r1")
            .with(on("W/\"1\""))
            .body(put.clone())
            .header("etag", "W/\"2\""),
        row("7644-3.14-05", "PUT /Users/r1")
            .with(on("W/\"7\""))
            .body(put.clone())
            .fails(PreconditionFailed),
        row("7644-3.14-05", "PUT /Groups/r4")
            .with(on("W/\"7\""))
            .body(json!({"schemas": [GROUP], "displayName": "Crew"}))
            .fails(PreconditionFailed),
        row("7644-3.14-05", "DELETE /Users/r1")
            .with(on("W/\"7\""))
            .fails(PreconditionFailed),
        row("7644-3.14-05", "DELETE /Users/r1")
            .with(on("W/\"1\""))
            .is(204, json!({})),
        row("decision-1", "DELETE /Users/r1")
            .with(on("\"of another server\""))
            .fails(InvalidValue),
        row("decision-1", "DELETE /Users/r1")
            .with(on("\"other\""))
            .fails(PreconditionFailed),
        row("decision-1", "DELETE /Users/r1")
            .with(on("1"))
            .fails(InvalidValue),
        // 404 comes before 412.
        row("7644-3.14-05", "PATCH /Users/none")
            .with(on("W/\"1\""))
            .patch(title())
            .fails(NotFound),
        row("7644-3.14-05", "PUT /Users/none")
            .with(on("*"))
            .body(put)
            .fails(NotFound),
    ]);
}

#[test]
fn reads_may_have_one() {
    let has = |tags: &'static str| move |call: Call| call.if_none_match(tags);
    check(vec![
        row("7644-3.14-04", "GET /Groups/r4")
            .with(has("W/\"1\""))
            .is(304, json!({}))
            .header("etag", "W/\"1\""),
        row("7644-3.14-04", "GET /Groups/r4")
            .with(has("*"))
            .is(304, json!({})),
        row("7644-3.14-04", "GET /Groups/r4")
            .with(has("W/\"2\""))
            .is(200, json!({"id": "r4"})),
        row("7644-3.14-04", "GET /Groups/r4")
            .with(has("1"))
            .is(200, json!({"id": "r4"})),
        row("7644-3.14-04", "GET /Users/r1?excludedAttributes=groups")
            .with(has("W/\"1\""))
            .is(304, json!({})),
        row("7644-3.14-04", "GET /Users/r1?attributes=userName")
            .with(has("W/\"1\""))
            .is(304, json!({})),
        row("decision-56", "GET /Users/r1")
            .with(has("W/\"1\""))
            .is(200, json!({"groups": {"$len": 1}})),
        row("decision-56", "GET /Users/r3")
            .with(has("W/\"1\""))
            .is(200, json!({"id": "r3"})),
    ]);
}

/// 7644-3.5.2.1-08, 7643-3.1-16, decision 41: what changes nothing moves nothing.
#[test]
fn versions_rise_with_changes_only() {
    let bench = Bench::filled();
    let meta = |path: &str| bench.json(Call::new("GET", path))["meta"].clone();
    let patch = |path: &str, operations: serde_json::Value| {
        let body = json!({"schemas": [PATCH], "Operations": operations});
        bench
            .send(Call::new("PATCH", path).body(body.to_string()))
            .status
    };
    let (user, group) = (meta("/Users/r1"), meta("/Groups/r4"));
    assert_eq!(user["created"], user["lastModified"]);
    assert_eq!(
        patch(
            "/Users/r1",
            json!([{"op": "add", "path": "title", "value": "Countess"}])
        ),
        200
    );
    assert_eq!(
        patch(
            "/Groups/r4",
            json!([{"op": "add", "path": "members", "value": [{"value": "r1"}]}])
        ),
        204
    );
    assert_eq!(
        (meta("/Users/r1"), meta("/Groups/r4")),
        (user.clone(), group.clone())
    );
    assert_eq!(
        patch(
            "/Groups/r4",
            json!([{"op": "add", "path": "members", "value": [{"value": "r3"}]}])
        ),
        204
    );
    assert_eq!(meta("/Users/r3")["version"], "W/\"1\"");
    let after = meta("/Groups/r4");
    assert_eq!(after["version"], "W/\"2\"");
    assert!(after["lastModified"].as_str() > group["lastModified"].as_str());
    assert_eq!(after["created"], group["created"]);
}
