//! PATCH as it is answered (RFC 7644 §3.5.2); the operations themselves are tested where they are applied.

use enroll_schema::ErrorKind::{
    InvalidFilter, InvalidPath, InvalidSyntax, InvalidValue, Mutability, NoTarget, NotFound,
    PayloadTooLarge, Uniqueness,
};
use serde_json::{Value, json};

use crate::{
    bench::{BADGE, ENTERPRISE, GROUP, USER},
    row::{Row, check, row},
};

fn replace(path: &str, value: impl Into<Value>) -> Value {
    json!([{"op": "replace", "path": path, "value": value.into()}])
}

#[test]
fn a_user_is_answered() {
    let absent = json!({"$absent": true});
    check(vec![
        row("7644-3.5.2-16 7644-3.5-02", "PATCH /Users/r1")
            .patch(replace("title", "Dr"))
            .is(200, json!({"id": "r1", "title": "Dr", "groups": [{"value": "r4"}], "meta": {"version": "W/\"2\""}}))
            .header("etag", "W/\"2\"")
            .header("location", "https://scim.example/scim/int_1/v2/Users/r1"),
        row("7644-3.5.2-17 7644-3.9-05", "PATCH /Users/r1?attributes=userName")
            .patch(replace("title", "Dr"))
            .is(200, json!({"id": "r1", "userName": {"$any": true}, "title": absent, "meta": absent})),
        row("7644-3.5.2-12 MSVAL-07", "PATCH /Users/r1")
            .patch(json!([
                {"op": "replace", "path": "title", "value": "one"},
                {"op": "replace", "path": "title", "value": "two"},
                {"op": "remove", "path": "displayName"},
            ]))
            .is(200, json!({"title": "two", "displayName": absent})),
        row("7644-3.5.2-13", "PATCH /Users/r1")
            .patch(json!([{"op": "replace", "path": "emails[type eq \"home\"].primary", "value": true}]))
            .is(200, json!({"emails": [
                {"type": "home", "primary": true}, {"type": "work", "primary": {"$not": true}},
            ]})),
        row("7644-3.5.2-11", "PATCH /Users/r2")
            .patch(replace(&format!("{ENTERPRISE}:department"), "Ops"))
            .is(200, json!({"schemas": [USER, ENTERPRISE], ENTERPRISE: {"department": "Ops"}})),
        row("decision-55 OKTA-11", "PATCH /Users/r1")
            .patch(json!([{"op": "replace", "value": {"password": "hunter2"}}]))
            .is(200, json!({"password": absent, "meta": {"version": "W/\"1\""}})),
        row("MSVAL-04 decision-52", "PATCH /Users/r1")
            .patch(json!([]))
            .is(200, json!({"meta": {"version": "W/\"1\""}})),
        row("7643-7-14", "PATCH /Users/r1")
            .patch(replace(&format!("{BADGE}:secret"), "s"))
            .is(200, json!({BADGE: {"secret": "s"}}))
            .then("/Users/r1", 200, json!({BADGE: absent})),
        row("7643-7-14", "PATCH /Users/r1")
            .patch(json!([{"op": "add", "value": {BADGE: {"secret": "s", "door": "d"}}}]))
            .is(200, json!({BADGE: {"secret": "s", "door": "d"}})),
    ]);
}

#[test]
fn a_group_is_answered() {
    let add = json!([{"op": "add", "path": "members", "value": [{"value": "r3"}]}]);
    check(vec![
        row("7644-3.5.2-16 ENTRA-46", "PATCH /Groups/r4")
            .patch(add.clone())
            .is(204, json!({}))
            .header("etag", "W/\"2\"")
            .then("/Groups/r4", 200, json!({"members": {"$len": 3}})),
        row("7644-3.5.2-17", "PATCH /Groups/r4?attributes=displayName")
            .patch(add.clone())
            .is(
                200,
                json!({"displayName": "Crew", "members": {"$absent": true}}),
            ),
        row(
            "7644-3.5.2-17",
            "PATCH /Groups/r4?excludedAttributes=externalId",
        )
        .patch(add)
        .is(200, json!({"members": {"$len": 3}})),
        row("decision-9 D2", "PATCH /Groups/r4")
            .patch(json!([{"op": "remove", "path": "members", "value": [{"value": "r1"}]}]))
            .is(204, json!({}))
            .then("/Groups/r4", 200, json!({"members": [{"value": "r2"}]})),
        row("7644-3.5.2.2-04", "PATCH /Groups/r4")
            .patch(json!([{"op": "remove", "path": "members[value eq \"r1\"]"}]))
            .is(204, json!({}))
            .then("/Groups/r4", 200, json!({"members": [{"value": "r2"}]})),
        row("7644-3.5.2.2-07 decision-5", "PATCH /Groups/r4")
            .patch(json!([{"op": "remove", "path": "members[value eq \"r3\"]"}]))
            .is(204, json!({}))
            .then(
                "/Groups/r4",
                200,
                json!({"members": {"$len": 2}, "meta": {"version": "W/\"1\""}}),
            ),
        row("OKTA-16", "PATCH /Groups/r4")
            .patch(json!([{"op": "replace", "value": {"id": "r4", "displayName": "Pilots"}}]))
            .is(204, json!({}))
            .then(
                "/Groups/r4",
                200,
                json!({"displayName": "Pilots", "members": {"$len": 2}}),
            ),
    ]);
}

#[test]
fn refusals() {
    let user = |operations: Value| -> Row {
        row(
            "7644-3.5.2-15 7644-3.5.2-14 7644-3.12-19 7644-3.12-21 7644-3.12-22",
            "PATCH /Users/r1",
        )
        .patch(operations)
    };
    check(vec![
        user(replace("id", "r2")).fails(Mutability),
        user(replace("groups", json!([]))).strict().fails(Mutability),
        user(replace("meta.created", "2020-01-01T00:00:00Z")).fails(Mutability),
        user(json!([{"op": "remove", "path": "userName"}])).fails(Mutability),
        user(json!([{"op": "remove"}])).fails(NoTarget),
        user(replace("emails[type eq \"fax\"].value", "f@x.example")).fails(NoTarget),
        user(replace("emails[type regex \"x\"].value", "f@x.example")).fails(InvalidFilter),
        user(replace("title..x", "x")).fails(InvalidPath),
        user(replace("title", json!(7))).fails(InvalidValue),
        user(replace("userName", "bob@x.example")).fails(Uniqueness),
        user(json!([{"op": "move", "path": "title", "value": "x"}])).fails(InvalidSyntax),
        user(json!([{"op": "replace", "path": "title"}])).fails(InvalidSyntax),
        user(json!([
            {"op": "replace", "path": "title", "value": "Dr"},
            {"op": "replace", "path": "userName", "value": null},
        ]))
        .fails(Mutability),
        row("7644-3.5.2-04", "PATCH /Users/r1").strict().patch(json!([])).fails(InvalidSyntax),
        row("7644-3.5.2-03", "PATCH /Users/r1").body(json!({"schemas": [USER], "Operations": [
            {"op": "remove", "path": "title"},
        ]})).fails(InvalidSyntax),
        row("OL-13", "PATCH /Groups/r4").body(json!({
            "schemas": ["urn:scim:schemas:core:1.0"], "members": [{"value": "r2", "operation": "add"}],
        })).fails(InvalidSyntax),
        row("7644-3.6-02 ENTRA-41", "PATCH /Users/nobody").patch(replace("title", "x")).fails(NotFound),
        // 400 of message and paths comes before 404 of the resource.
        row("7644-3.5.2-15", "PATCH /Users/nobody").patch(replace("title..x", "x")).fails(InvalidPath),
        row("C11", "PATCH /Users/r1")
            .patch(vec![json!({"op": "remove", "path": "title"}); 1_001].into())
            .fails(PayloadTooLarge),
        row("7643-7-09", "PATCH /Groups/r4")
            .patch(replace("members[value eq \"r1\"].value", "r3"))
            .fails(Mutability),
        row("E-30", "PATCH /Groups/r5")
            .with(|call| call.dialect(enroll_quirks::Dialect::Entra))
            .patch(replace("displayName", "crew"))
            .fails(Uniqueness),
        row("E-30", "PATCH /Groups/r5").patch(replace("displayName", "crew")).is(204, json!({})),
        row("7643-4.2-01", "PATCH /Groups/r5")
            .patch(replace("displayName", ""))
            .fails(Mutability)
            .then("/Groups/r5", 200, json!({"schemas": [GROUP], "displayName": "Guests"})),
    ]);
}
