//! POST (RFC 7644 §3.3).

use enroll_schema::ErrorKind;
use serde_json::json;

use crate::{
    bench::{BADGE, BASE, Bench, ENTERPRISE, GROUP, SEARCH, USER, read, schemas},
    row::{check, row},
};
use enroll_core::{Call, Core};
use enroll_quirks::Dialect;

#[test]
fn a_resource_is_made() {
    let dan = json!({"schemas": [USER], "userName": "dan"});
    check(vec![
        row("7644-3.3-01 7644-3.3-06 7644-3.3-08 7643-3.1-18 7644-3.14-02 7643-3.1-19", "POST /Users")
            .body(dan.clone())
            .is(201, json!({
                "id": "r6", "schemas": [USER], "userName": "dan",
                "meta": {
                    "resourceType": "User", "location": format!("{BASE}/Users/r6"),
                    "version": "W/\"1\"", "created": {"$re": "^2023-11-1.T..:..:......Z$"},
                },
            }))
            .header("location", "https://scim.example/scim/int_1/v2/Users/r6")
            .header("etag", "W/\"1\"")
            .header("content-type", "application/scim+json")
            .then("/Users/r6", 200, json!({"userName": "dan", "active": true})),
        row("7644-3.3-02 7644-3.3.1-01 7643-3.1-05 7643-3.1-12", "POST /Users")
            .body(json!({
                "schemas": [USER], "userName": "dan", "id": "mine", "groups": [{"value": "r4"}],
                "meta": {"resourceType": "Group", "created": "1999-01-01T00:00:00Z", "version": "9"},
            }))
            .is(201, json!({
                "id": "r6", "groups": {"$absent": true},
                "meta": {"resourceType": "User", "created": {"$re": "^2023"}, "version": "W/\"1\""},
            })),
        // Decision 28: a user nobody calls inactive is active, be it omitted or null.
        row("7644-3.3-05", "POST /Users")
            .body(json!({"schemas": [USER], "userName": "dan", "active": null, "title": null}))
            .is(201, json!({"active": true, "title": {"$absent": true}})),
        row("7644-3.4.2.2-25", "POST /Users")
            .body(dan)
            .is(201, json!({"active": true}))
            .then("/Users?filter=active eq true and userName eq \"dan\"", 200, json!({"totalResults": 1})),
        row("7643-9.2-01 decision-55", "POST /Users")
            .body(json!({"schemas": [USER], "userName": "dan", "password": "hunter2"}))
            .is(201, json!({"password": {"$absent": true}}))
            .then("/Users/r6?attributes=password", 200, json!({"password": {"$absent": true}})),
        row("7643-4.2-02 7643-4.2-04", "POST /Groups")
            .body(json!({"schemas": [GROUP], "displayName": "New", "members": [
                {"value": "r3", "display": "ignored"}, {"value": "r4"}, {"value": "r3"},
            ]}))
            .is(201, json!({"members": [
                {"value": "r3", "$ref": format!("{BASE}/Users/r3"), "type": "User", "display": "Cid@x.example"},
                {"value": "r4", "$ref": format!("{BASE}/Groups/r4"), "type": "Group", "display": "Crew"},
            ]})),
        row("E-18", "POST /Groups")
            .body(json!({"schemas": [GROUP], "displayName": "New", "members": [{"value": "later"}]}))
            .is(201, json!({"members": {"$absent": true}})),
        row("AK-05 OKTA-14", "POST /Groups")
            .body(json!({"schemas": [GROUP], "displayName": "New", "members": []}))
            .is(201, json!({"members": {"$len": 0}})),
        row("7644-3.9-05 7644-3.4.2.5-01", "POST /Users?attributes=userName")
            .body(json!({"schemas": [USER], "userName": "dan", "title": "Dr"}))
            .is(201, json!({"id": "r6", "userName": "dan", "title": {"$absent": true}, "meta": {"$absent": true}}))
            .header("location", "https://scim.example/scim/int_1/v2/Users/r6"),
        row("7643-7-14", "POST /Users")
            .body(json!({"schemas": [USER], "userName": "dan", BADGE: {"secret": "s", "door": "1"}}))
            .is(201, json!({BADGE: {"secret": "s", "door": "1"}}))
            .then("/Users/r6", 200, json!({BADGE: {"secret": {"$absent": true}, "door": "1"}}))
            .then("/Users/r6?attributes=userName", 200, json!({BADGE: {"$absent": true}})),
    ]);
}

#[test]
fn what_is_taken_is_a_conflict() {
    check(vec![
        row(
            "7644-3.3-09 7643-4.1.1-02 7643-4.1.1-03 7644-3.12-18 A7",
            "POST /Users",
        )
        .body(json!({"schemas": [USER], "userName": "ADA@X.example"}))
        .fails(ErrorKind::Uniqueness),
        row("ENTRA-20", "POST /Users")
            .body(json!({"schemas": [USER], "userName": "cid@x.example"}))
            .fails(ErrorKind::Uniqueness),
        row("7643-3.1-11", "POST /Users")
            .body(json!({"schemas": [USER], "userName": "dan", "externalId": "AbC"}))
            .is(201, json!({"externalId": "AbC"})),
        row("E-30", "POST /Groups")
            .body(json!({"schemas": [GROUP], "displayName": "CREW"}))
            .is(201, json!({})),
        row("E-30 ENTRA-45", "POST /Groups")
            .with(|call| call.dialect(Dialect::Entra))
            .body(json!({"schemas": [GROUP], "displayName": "CREW"}))
            .fails(ErrorKind::Uniqueness),
    ]);
    let bench = Bench::filled();
    let with_door = |name: &str| {
        let body = json!({"schemas": [USER], "userName": name, BADGE: {"door": "12"}});
        bench
            .send(Call::new("POST", "/Users").body(body.to_string()))
            .status
    };
    // 7643-7-16: uniqueness "server" of an extension's own attribute.
    assert_eq!((with_door("dan"), with_door("eve")), (201, 409));
}

#[test]
fn bad_bodies_are_refused() {
    use ErrorKind::{InvalidSyntax, InvalidValue};
    check(vec![
        row("7644-3.12-20", "POST /Users")
            .body(json!([]))
            .fails(InvalidSyntax),
        row("7644-3.12-20", "POST /Users")
            .body(json!("x"))
            .fails(InvalidSyntax),
        row("GEN-E-01", "POST /Users")
            .raw("{\"userName\":")
            .fails(InvalidSyntax),
        row("7644-3.12-20", "POST /Users")
            .raw("")
            .fails(InvalidSyntax),
        row("C9", "POST /Users")
            .raw("{\"userName\":\"a\",\"UserName\":\"b\"}")
            .fails(InvalidSyntax),
        row("decision-37", "POST /Users")
            .body(json!({"schemas": [SEARCH]}))
            .fails(InvalidSyntax),
        row("GEN-E-02 7644-3.12-23", "POST /Users")
            .body(json!({"schemas": [USER]}))
            .fails(InvalidValue),
        row("7644-3.12-23", "POST /Users")
            .body(json!({"schemas": [USER], "userName": 5}))
            .fails(InvalidValue),
        row("7643-4.2-01", "POST /Groups")
            .body(json!({"schemas": [GROUP]}))
            .fails(InvalidValue),
        row("A1", "POST /Users")
            .body(json!({"schemas": [USER], "userName": "dan", "externalId": 1}))
            .fails(InvalidValue),
        row("7643-2.3.2-01", "POST /Users")
            .strict()
            .body(json!({"schemas": [USER], "userName": "dan", "active": "true"}))
            .fails(InvalidValue),
        row("decision-30", "POST /Users")
            .strict()
            .body(json!({"schemas": [USER], "userName": "dan", "shoeSize": 44}))
            .fails(InvalidSyntax),
        row("decision-30", "POST /Users")
            .body(json!({"schemas": [USER], "userName": "dan", "shoeSize": 44}))
            .is(201, json!({"shoeSize": {"$absent": true}})),
        row("E-18", "POST /Groups")
            .strict()
            .body(json!({"schemas": [GROUP], "displayName": "N", "members": [{"value": "nobody"}]}))
            .fails(InvalidValue),
        row("decision-13", "POST /Groups")
            .body(json!({"schemas": [GROUP], "displayName": "N", "members": [
                {"value": "r1", "$ref": format!("{BASE}/Users/r2")},
            ]}))
            .fails(InvalidValue),
    ]);
}

#[test]
fn a_required_extension_must_be_there() {
    let badge = vec![enroll_schema::Attribute {
        required: true,
        ..enroll_schema::Attribute::new("colour", enroll_schema::Kind::String)
    }];
    let urn = enroll_schema::Urn::from("urn:example:colour:2.0:User");
    let schemas = schemas().with_extension("User", urn, true, badge).unwrap();
    let options = Bench::empty().directory.core().options().clone();
    let core = Core::new(schemas.into(), options);
    let directory = core.directory(enroll_store::Memory::new());
    let post = |body: serde_json::Value| {
        let call = Call::new("POST", "/Users").body(body.to_string());
        read(crate::bench::wait(directory.handle(&call)))
    };
    // 7643-6-05.
    let bare = post(json!({"schemas": [USER, ENTERPRISE], "userName": "dan"}));
    assert_eq!(
        (&bare["status"], &bare["scimType"]),
        (&json!("400"), &json!("invalidValue"))
    );
    let with = json!({"schemas": [USER], "userName": "dan", "urn:example:colour:2.0:User": {"colour": "red"}});
    assert_eq!(post(with)["userName"], "dan");
}
