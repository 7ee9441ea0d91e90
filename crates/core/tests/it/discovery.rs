//! What the service provider says about itself (RFC 7644 §4; RFC 7643 §5–§7).

use std::collections::BTreeSet;

use enroll_schema::ErrorKind::{Forbidden, MethodNotAllowed, NotFound, NotImplemented};
use serde_json::{Value, json};

use crate::{
    bench::{BADGE, BASE, Bench, ENTERPRISE, GROUP, LIST, PATCH, USER},
    row::{check, row},
};
use enroll_core::Call;

#[test]
fn documents() {
    let flag = json!({"$bool": true});
    check(vec![
        row("7644-4-01 7643-5-02 7643-5-03 7643-5-04 7643-5-05 7643-5-06 7643-5-07 7643-5-08 7643-5-09 \
             7643-5-10 7643-5-11 7643-5-12", "GET /ServiceProviderConfig")
            .is(200, json!({
                "schemas": ["urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig"],
                "id": {"$absent": true},
                "patch": {"supported": flag},
                "bulk": {"supported": flag, "maxOperations": {"$int": true}, "maxPayloadSize": {"$int": true}},
                "filter": {"supported": flag, "maxResults": {"$int": true}},
                "changePassword": {"supported": flag}, "sort": {"supported": flag}, "etag": {"supported": flag},
                "authenticationSchemes": [{
                    "type": "oauthbearertoken", "name": {"$re": "."}, "description": {"$re": "."},
                }],
                "meta": {"resourceType": "ServiceProviderConfig", "location": format!("{BASE}/ServiceProviderConfig")},
            }))
            .header("content-type", "application/scim+json"),
        row("7644-4-04 7643-6-02 7643-6-04 OKTA-22", "GET /ResourceTypes").is(200, json!({
            "schemas": [LIST], "totalResults": 2, "Resources": [
                {"id": "User", "name": "User", "endpoint": "/Users", "schema": USER, "schemaExtensions": [
                    {"schema": ENTERPRISE, "required": false}, {"schema": BADGE, "required": false},
                 ], "meta": {"location": format!("{BASE}/ResourceTypes/User"), "resourceType": "ResourceType"}},
                {"id": "Group", "name": "Group", "endpoint": "/Groups", "schema": GROUP},
            ],
        })),
        row("7644-4-04", "GET /ResourceTypes/User").is(200, json!({"id": "User", "schemas": [
            "urn:ietf:params:scim:schemas:core:2.0:ResourceType",
        ]})),
        row("7643-6-07", "GET /ResourceTypes/user").fails(NotFound),
        row("7644-4-02 ENTRA-03", "GET /Schemas").is(200, json!({
            "schemas": [LIST], "totalResults": 7, "itemsPerPage": 7, "startIndex": 1, "Resources": {"$len": 7},
        })),
        row("7644-4-03", &format!("GET /Schemas/{USER}")).is(200, json!({
            "id": USER, "name": "User", "attributes": {"$any": true},
            "meta": {"resourceType": "Schema", "location": format!("{BASE}/Schemas/{USER}")},
        })),
        row("7643-2.1-02", &format!("GET /Schemas/{}", GROUP.to_uppercase())).is(200, json!({"id": GROUP})),
        row("7644-4-03", "GET /Schemas/urn:none").fails(NotFound),
        row("7644-3.1-02", &format!("GET /Schemas/{PATCH}")).fails(NotFound),
        row("7644-4-05", "GET /Schemas?count=1&startIndex=3&sortBy=name").is(200, json!({"Resources": {"$len": 7}})),
        row("7644-4-06 decision-17", "GET /Schemas?filter=id pr").fails(Forbidden),
        row("7644-4-06", "GET /ResourceTypes?FILTER=id pr").fails(Forbidden),
        row("7644-4-06", "GET /ServiceProviderConfig?filter=").fails(Forbidden),
        row("decision-43", "GET /ServiceProviderConfigs").fails(NotFound),
    ]);
}

#[test]
fn documents_are_not_written() {
    let mut rows = Vec::new();
    for path in [
        "/ServiceProviderConfig",
        "/ResourceTypes/User",
        "/ResourceTypes",
        "/Schemas",
        "/Schemas/x",
    ] {
        for method in ["POST", "PUT", "PATCH", "DELETE"] {
            let call = format!("{method} {path}");
            let refused = row("7643-5-01 7643-6-01 7643-7-02", &call).body(json!({}));
            rows.push(refused.fails(MethodNotAllowed).header("allow", "GET, HEAD"));
        }
    }
    check(rows);
}

/// 7643-6-03, 7643-6-04, 7643-7-01, 7643-7-03, 7643-7-19, 7644-3.1-02, 7644-4-07, 7643-2.1-03.
#[test]
fn documents_fit_together() {
    let bench = Bench::filled();
    let get = |path: &str| bench.json(Call::new("GET", path));
    let schemas = get("/Schemas");
    let schemas = schemas["Resources"].as_array().unwrap();
    let known: BTreeSet<_> = schemas
        .iter()
        .map(|schema| schema["id"].as_str().unwrap())
        .collect();
    assert!(known.iter().all(|urn| !urn.contains(":api:")));
    let types = get("/ResourceTypes");
    let (mut named, mut endpoints) = (BTreeSet::new(), BTreeSet::new());
    for kind in types["Resources"].as_array().unwrap() {
        named.insert(kind["schema"].as_str().unwrap());
        let extensions = kind["schemaExtensions"].as_array().into_iter().flatten();
        named.extend(extensions.map(|extension| extension["schema"].as_str().unwrap()));
        assert!(endpoints.insert(kind["endpoint"].to_string()));
        assert_eq!(
            bench
                .send(Call::new("GET", kind["endpoint"].as_str().unwrap()))
                .status,
            200
        );
    }
    assert!(named.is_subset(&known));
    for path in [
        "/Users/r1",
        "/Groups/r4",
        "/ServiceProviderConfig",
        "/ResourceTypes/User",
        "/Schemas/urn:ietf:params:scim:schemas:core:2.0:Schema",
    ] {
        for urn in get(path)["schemas"].as_array().unwrap() {
            assert!(known.contains(urn.as_str().unwrap()), "{path}: {urn}");
        }
    }
    for schema in schemas {
        attributes(&schema["attributes"], 0);
    }
}

fn attributes(list: &Value, depth: usize) {
    const TYPES: &[&str] = &[
        "string",
        "boolean",
        "decimal",
        "integer",
        "dateTime",
        "reference",
        "complex",
        "binary",
    ];
    for attribute in list.as_array().expect("a list") {
        let text = |name: &str| {
            attribute[name]
                .as_str()
                .unwrap_or_else(|| panic!("{name} of {attribute}"))
        };
        assert!(text("name").starts_with(|c: char| c.is_ascii_alphabetic() || c == '$'));
        assert!(TYPES.contains(&text("type")));
        assert!(attribute["multiValued"].is_boolean() && attribute["required"].is_boolean());
        assert!(["readOnly", "readWrite", "immutable", "writeOnly"].contains(&text("mutability")));
        assert!(["always", "never", "default", "request"].contains(&text("returned")));
        text("description");
        if text("type") == "complex" {
            attributes(&attribute["subAttributes"], depth + 1);
        }
    }
    assert!(depth <= 2);
}

/// 7643-5-14: every flag that is up is kept, every one that is down is refused.
#[test]
fn what_is_said_is_true() {
    let bench = Bench::filled();
    let config = bench.json(Call::new("GET", "/ServiceProviderConfig"));
    let status = |call: Call| bench.send(call).status;
    let patch = json!({"schemas": [PATCH], "Operations": [{"op": "remove", "path": "title"}]});
    for (flag, offered, call) in [
        (
            "patch",
            200,
            Call::new("PATCH", "/Users/r1").body(patch.to_string()),
        ),
        (
            "filter",
            200,
            Call::new("GET", "/Users").query("filter=title pr"),
        ),
        (
            "sort",
            200,
            Call::new("GET", "/Users").query("sortBy=title"),
        ),
        (
            "etag",
            412,
            Call::new("DELETE", "/Users/r1").if_match("\"9\""),
        ),
        ("bulk", 200, Call::new("POST", "/Bulk").body("{}")),
    ] {
        let wanted = if config[flag]["supported"] == true {
            offered
        } else {
            501
        };
        assert_eq!(status(call), wanted, "{flag}");
    }
    let page = bench.json(Call::new("GET", "/Users").query("count=100000"));
    assert!(page["itemsPerPage"].as_u64() <= config["filter"]["maxResults"].as_u64());
}

#[test]
fn parts_that_are_not_offered() {
    check(vec![
        row("7644-3.11-01 decision-35", "GET /Me").fails(NotImplemented),
        row("7644-3.11-05", "POST /Me")
            .body(json!({}))
            .fails(NotImplemented),
        row("7644-3.11-01", "PATCH /Me/x")
            .body(json!({}))
            .fails(NotImplemented),
        row("7644-3.12-15", "POST /Bulk")
            .body(json!({}))
            .fails(NotImplemented),
        row("7644-3.8-06 decision-36", "GET /Users.scim").fails(NotFound),
    ]);
}
