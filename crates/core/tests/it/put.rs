//! PUT (RFC 7644 §3.5.1).

use enroll_schema::ErrorKind::{InvalidSyntax, InvalidValue, Mutability, NotFound, Uniqueness};
use serde_json::json;

use crate::{
    bench::{BADGE, BASE, Bench, ENTERPRISE, GROUP, USER},
    row::{check, row},
};
use enroll_core::Call;

#[test]
fn a_user_is_replaced() {
    let absent = json!({"$absent": true});
    check(vec![
        row("7644-3.5-01 7644-3.5.1-01 7644-3.5.1-09 7643-3.1-18", "PUT /Users/r1")
            .body(json!({"schemas": [USER, ENTERPRISE], "userName": "ada", "active": false, "nickName": "A"}))
            .is(200, json!({
                "id": "r1", "userName": "ada", "active": false, "nickName": "A", "title": absent,
                "emails": absent, "externalId": absent, ENTERPRISE: absent, "schemas": [USER],
                "groups": [{"value": "r4"}],
                "meta": {"version": "W/\"2\"", "location": format!("{BASE}/Users/r1")},
            }))
            .header("etag", "W/\"2\"")
            .header("location", "https://scim.example/scim/int_1/v2/Users/r1"),
        row("7644-3.5.1-02 decision-28 OL-U-03", "PUT /Users/r3")
            .body(json!({"schemas": [USER], "userName": "cid"}))
            .is(200, json!({"active": false, "externalId": absent})),
        row("decision-28", "PUT /Users/r3")
            .body(json!({"schemas": [USER], "userName": "cid", "active": null}))
            .is(200, json!({"active": false})),
        row("7644-3.5.1-03", "PUT /Users/r1")
            .body(json!({"schemas": [USER], "userName": "ada"}))
            .is(200, json!({ENTERPRISE: {"department": "Engines"}, "schemas": [USER, ENTERPRISE]})),
        row("7644-3.5.1-04 7643-2.5-02", "PUT /Users/r1")
            .body(json!({"schemas": [USER], "userName": "ada", "title": null, "emails": [], ENTERPRISE: {"department": "X"}}))
            .is(200, json!({"title": absent, "emails": absent, ENTERPRISE: {"department": "X", "manager": absent}})),
        row("7644-3.5.1-07 A2 decision-54", "PUT /Users/r1")
            .body(json!({
                "schemas": [USER], "id": "r2", "userName": "ada", "groups": [],
                "meta": {"version": "W/\"99\"", "created": "1999-01-01T00:00:00Z"},
            }))
            .is(200, json!({"id": "r1", "groups": [{"value": "r4"}], "meta": {"version": "W/\"2\""}}))
            .then("/Users/r2", 200, json!({"userName": "bob@x.example"})),
        row("7644-3.5.1-08", "PUT /Users/r1").body(json!({"schemas": [USER]})).fails(InvalidValue),
        row("7644-3.5.1-10", "PUT /Users/r1")
            .body(json!({"schemas": [USER], "userName": "BOB@x.example"}))
            .fails(Uniqueness),
        row("7644-3.5.1-10", "PUT /Users/r1")
            .body(json!({"schemas": [USER], "userName": "ADA@x.example"}))
            .is(200, json!({"userName": "ADA@x.example"})),
        row("7644-3.2-02 OKTA-13", "PUT /Users/nobody")
            .body(json!({"schemas": [USER], "userName": "new"}))
            .fails(NotFound)
            .then("/Users", 200, json!({"totalResults": 3})),
        row("OKTA-13", "PUT /Users/nobody")
            .body(json!({"schemas": [USER], "userName": "new", "active": true, ENTERPRISE: {"department": "d"}}))
            .fails(NotFound),
        row("7644-3.5.1-08", "PUT /Users/r1").raw("").fails(InvalidSyntax),
        row("7644-3.9-05", "PUT /Users/r1?attributes=active")
            .body(json!({"schemas": [USER], "userName": "ada"}))
            .is(200, json!({"id": "r1", "active": true, "userName": absent})),
    ]);
}

#[test]
fn a_group_is_replaced() {
    check(vec![
        row("OKTA-19 S-09", "PUT /Groups/r4")
            .body(json!({"schemas": [GROUP], "displayName": "Crew", "members": [{"value": "r3"}]}))
            .is(200, json!({"members": [{"value": "r3"}]}))
            .then("/Users/r1", 200, json!({"groups": {"$absent": true}})),
        row("decision-28", "PUT /Groups/r4")
            .body(json!({"schemas": [GROUP], "displayName": "Crew"}))
            .is(200, json!({"members": {"$len": 0}})),
        row("KC-03", "PUT /Groups/r4")
            .body(json!({"schemas": [GROUP], "displayName": "Crew", "members": [{"value": "r2", "$ref": "Users/r2"}]}))
            .is(200, json!({"members": [{"value": "r2"}]})),
        row("7644-3.5.1-08", "PUT /Groups/r4").body(json!({"schemas": [GROUP]})).fails(InvalidValue),
    ]);
}

/// 7643-7-09, 7644-3.5.1-05, 7644-3.5.1-06: on an extension's attribute that is written once.
#[test]
fn what_is_written_once_stays() {
    let bench = Bench::filled();
    let put = |badge: serde_json::Value| {
        let body = json!({"schemas": [USER, BADGE], "userName": "ada", BADGE: badge});
        bench.json(Call::new("PUT", "/Users/r1").body(body.to_string()))
    };
    assert_eq!(put(json!({"serial": "1"}))[BADGE]["serial"], "1");
    assert_eq!(put(json!({"serial": "1", "door": "2"}))[BADGE]["door"], "2");
    assert_eq!(
        put(json!({"serial": "2"}))["scimType"],
        Mutability.scim_type().unwrap()
    );
    assert_eq!(
        put(json!({"door": "3"}))[BADGE],
        json!({"serial": "1", "door": "3"})
    );
    let bare = put(json!(null));
    assert_eq!(
        (&bare[BADGE], &bare["schemas"]),
        (&json!({"serial": "1"}), &json!([USER, ENTERPRISE, BADGE]))
    );
}
