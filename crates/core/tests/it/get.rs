//! GET of one resource, and what is returned of it (RFC 7644 §3.4.1, §3.9).

use enroll_schema::ErrorKind::{InvalidValue, NotFound};
use serde_json::json;

use crate::{
    bench::{BADGE, BASE, ENTERPRISE, USER},
    row::{check, row},
};
use enroll_quirks::Dialect;

#[test]
fn a_resource_is_shown_whole() {
    check(vec![
        row("7644-3.4.1-01 7644-3.4-01 7643-3.1-02 7643-3-05", "GET /Users/r1")
            .is(200, json!({
                "id": "r1", "schemas": [USER, ENTERPRISE], "userName": "Ada@x.example",
                "externalId": "AbC", "active": true, "emails": {"$len": 2},
                ENTERPRISE: {"department": "Engines"},
                "groups": [{
                    "value": "r4", "$ref": format!("{BASE}/Groups/r4"),
                    "display": "Crew", "type": "direct",
                }],
                "meta": {
                    "resourceType": "User", "location": format!("{BASE}/Users/r1"),
                    "version": "W/\"1\"",
                },
            }))
            .header("etag", "W/\"1\"")
            .header("location", "https://scim.example/scim/int_1/v2/Users/r1"),
        row("7643-4.1.2-10", "GET /Users/r3").is(200, json!({"groups": {"$absent": true}})),
        row("7643-4.3-02 decision-40", "GET /Users/r1").is(200, json!({ENTERPRISE: {"manager": {
            "value": "r2", "$ref": format!("{BASE}/Users/r2"), "displayName": "Bob",
        }}})),
        row("7644-3.9-01 decision-40", &format!("GET /Users/r1?attributes={ENTERPRISE}:manager.displayName"))
            .is(200, json!({"userName": {"$absent": true}, ENTERPRISE: {"manager": {
                "value": {"$absent": true}, "$ref": {"$absent": true}, "displayName": "Bob",
            }}})),
        row("7644-3.9-01 decision-40", "GET /Users/r1?attributes=manager.$ref").is(200, json!({
            ENTERPRISE: {"manager": {
                "value": {"$absent": true}, "$ref": format!("{BASE}/Users/r2"),
                "displayName": {"$absent": true},
            }},
        })),
        row("ENTRA-63", "GET /Users/r1")
            .with(|call| call.dialect(Dialect::Entra))
            .is(200, json!({ENTERPRISE: {"manager": {
                "value": "r2", "$ref": {"$absent": true}, "displayName": {"$absent": true},
            }}})),
        row("7643-4.2-04", "GET /Groups/r4").is(200, json!({"members": [
            {"value": "r1", "$ref": format!("{BASE}/Users/r1"), "type": "User", "display": "Ada L."},
            {"value": "r2", "type": "User", "display": "Bob"},
        ]})),
        row("AK-05", "GET /Groups/r5").is(200, json!({"members": {"$len": 0}})),
        row("7643-2.1-02", "GET /Users/r1?ATTRIBUTES=USERNAME")
            .is(200, json!({"userName": {"$any": true}, "name": {"$absent": true}})),
    ]);
}

#[test]
fn what_is_not_there_is_not_found() {
    check(vec![
        row("7644-3.4.1-03 ENTRA-11 OKTA-03", "GET /Users/nobody").fails(NotFound),
        row("7644-3.4.1-02", "GET /Users/Ada@x.example").fails(NotFound),
        row("7643-3.1-07 decision-32", "GET /Users/R1").fails(NotFound),
        row("7644-3.4.1-03", "GET /Users/r4").fails(NotFound),
        row("7644-3.4.1-03", "GET /Groups/r1").fails(NotFound),
        row("A2", "GET /Users/r1%20").fails(NotFound),
    ]);
}

#[test]
fn media_types() {
    let accept = |value: &'static str| {
        move |mut call: enroll_core::Call| {
            call.headers.accept = Some(value.to_owned());
            call
        }
    };
    let scim = "application/scim+json";
    check(vec![
        row("7644-3.8-04 7644-3.2-03", "GET /Users/r1").header("content-type", scim),
        row("7644-3.8-02", "GET /Users/r1")
            .with(accept(scim))
            .header("content-type", scim),
        row("7644-3.8-03 decision-48", "GET /Users/r1")
            .with(accept("application/json"))
            .header("content-type", "application/json"),
        row("7644-3.8-05", "GET /Users/r1")
            .with(accept("text/html"))
            .header("content-type", scim),
        row("decision-48", "GET /Users/nobody")
            .with(accept("application/json"))
            .fails(NotFound)
            .header("content-type", "application/json"),
    ]);
}

#[test]
fn attributes_choose() {
    let absent = json!({"$absent": true});
    check(vec![
        row("7644-3.9-01 7643-7-11 GEN-A-01 decision-21", "GET /Users/r1?attributes=userName")
            .is(200, json!({
                "id": "r1", "schemas": [USER, ENTERPRISE], "userName": "Ada@x.example",
                "meta": absent, "name": absent, "groups": absent, ENTERPRISE: absent,
            }))
            .header("etag", "W/\"1\""),
        row("7644-3.9-04", "GET /Users/r1?attributes=userName, name.givenName ,,")
            .is(200, json!({
                "userName": "Ada@x.example", "name": {"givenName": "Ada", "familyName": absent},
            })),
        row("7644-3.4.2.5-03 7644-3.10-01 7644-3.10-02", "GET /Users/r1?attributes=URN:ietf:params:scim:schemas:core:2.0:user:NAME.GIVENNAME")
            .is(200, json!({"name": {"givenName": "Ada", "familyName": absent}, "userName": absent})),
        row("7644-3.4.2.5-04", "GET /Users/r1?attributes=emails.value")
            .is(200, json!({"emails": [{"value": "home@x.example", "type": absent},
                                       {"value": "work@x.example", "primary": absent}]})),
        row("7644-3.10-01", &format!("GET /Users/r1?attributes={ENTERPRISE}:department"))
            .is(200, json!({ENTERPRISE: {"department": "Engines", "manager": absent}})),
        row("7644-3.10-01", &format!("GET /Users/r1?attributes={ENTERPRISE}"))
            .is(200, json!({ENTERPRISE: {"department": "Engines", "manager": {"displayName": "Bob"}}})),
        row("decision-40", &format!("GET /Users/r1?attributes={ENTERPRISE}:manager.value"))
            .is(200, json!({ENTERPRISE: {"manager": {"value": "r2", "$ref": absent, "displayName": absent}}})),
        row("ENTRA-08", "GET /Users/r1?attributes=department")
            .is(200, json!({ENTERPRISE: {"department": "Engines", "manager": absent}})),
        row("7643-3.1-13", "GET /Users/r1?attributes=meta.location")
            .is(200, json!({"meta": {"location": {"$any": true}, "version": absent, "created": absent}})),
        row("7643-7-12", "GET /Users/r1?attributes=password,urn:example:badge:2.0:User:pin")
            .is(200, json!({"id": "r1", "password": absent, BADGE: absent, "userName": absent})),
        row("7643-7-13", "GET /Users/r1?attributes=nothing")
            .is(200, json!({"id": "r1", "userName": absent})),
        row("GEN-A-02", "GET /Users/r1?attributes=emails[type eq \"work\"]")
            .is(200, json!({"id": "r1", "userName": absent})),
        row("7644-3.9-01", "GET /Users/r1?attributes=groups.display")
            .is(200, json!({"groups": [{"display": "Crew", "value": absent, "$ref": absent, "type": absent}]})),
        row("7644-3.9-01", "GET /Groups/r4?attributes=members.value")
            .is(200, json!({"members": [{"value": "r1", "display": absent}, {"value": "r2"}], "displayName": absent})),
        row("7644-3.9-01", "GET /Groups/r4?attributes=displayName")
            .is(200, json!({"members": absent, "displayName": "Crew"})),
        row("7644-3.9-01", "GET /Users/r1?attributes=")
            .is(200, json!({"userName": "Ada@x.example", "meta": {"$any": true}})),
    ]);
}

#[test]
fn excluded_attributes_leave_out() {
    let absent = json!({"$absent": true});
    check(vec![
        row("7644-3.9-02 7644-3.4.2.5-02", "GET /Users/r1?excludedAttributes=id,schemas,userName,emails.type")
            .is(200, json!({
                "id": "r1", "schemas": {"$len": 2}, "userName": absent, "title": "Countess",
                "emails": [{"type": absent, "value": "home@x.example"}, {"type": absent}],
                ENTERPRISE: {"manager": {"displayName": "Bob"}},
            })),
        row("7643-3.1-13", "GET /Users/r1?excludedAttributes=meta").is(200, json!({"meta": absent})),
        row("7643-3.1-13", "GET /Users/r1?excludedAttributes=meta.version")
            .is(200, json!({"meta": {"version": absent, "location": {"$any": true}}})),
        row("ENTRA-10", "GET /Groups/r4?excludedAttributes=members")
            .is(200, json!({"members": absent, "displayName": "Crew"})),
        row("7644-3.9-02", "GET /Groups/r4?excludedAttributes=members.display,members.$ref")
            .is(200, json!({"members": [{"value": "r1", "type": "User", "display": absent, "$ref": absent},
                                        {"value": "r2"}]})),
        row("7644-3.9-02", "GET /Users/r1?excludedAttributes=groups").is(200, json!({"groups": absent})),
        row("7644-3.9-02", &format!("GET /Users/r1?excludedAttributes={ENTERPRISE}"))
            .is(200, json!({ENTERPRISE: absent, "userName": {"$any": true}})),
        row("7644-3.9-02", &format!("GET /Users/r1?excludedAttributes={ENTERPRISE}:manager.displayName"))
            .is(200, json!({ENTERPRISE: {"manager": {"value": "r2", "displayName": absent, "$ref": {"$any": true}}}})),
        row("7644-3.9-03 decision-22", "GET /Users/r1?attributes=userName&excludedAttributes=name")
            .fails(InvalidValue),
        row("7644-3.9-03", "GET /Users/r1?attributes=userName&attributes=name").fails(InvalidValue),
    ]);
}
