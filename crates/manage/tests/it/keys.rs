//! Management keys: every route with every scope, one tenant's key among two tenants, and who may
//! make which (threats B4, B8; S-27).

use enroll_manage::{ROUTES, Route};
use enroll_store::TenantId;
use enroll_tenants::{Key, Scope, Scopes, Secret, SecretKind, Tenants};
use serde_json::{Value, json};

use crate::{
    auth::{body, filled},
    world::{Reply, World},
};

/// Makes a key and returns its `Authorization` header.
async fn key(world: &World, scopes: &[Scope], tenant: Option<&str>) -> String {
    let secret = Secret::generate(SecretKind::Key).unwrap();
    let id = format!(
        "key_{}_{}",
        world.tenants.keys().await.unwrap().len(),
        scopes.len()
    );
    let row = Key::new(&id, &secret, world.now())
        .scoped(scopes.iter().copied().collect::<Scopes>())
        .bound(tenant.map(TenantId::new));
    world.tenants.add_key(row).await.unwrap();
    format!("Bearer {}", secret.expose())
}

async fn call(world: &World, header: &str, method: &str, path: &str, body: Value) -> Reply {
    let kind = if path.ends_with("/import") {
        "application/x-ndjson"
    } else {
        "application/json"
    };
    let headers = [("authorization", header), ("content-type", kind)];
    world.send(method, path, &headers, body.to_string()).await
}

/// One world where every row of the table answers something.
async fn furnished() -> (World, String, String) {
    let world = World::new().await;
    let made = world
        .manage
        .connect(&TenantId::new("acme"), "Okta", "okta", None)
        .await
        .unwrap();
    let id = made.integration.id.to_string();
    let line = r#"{"method":"GET","path":"/ServiceProviderConfig","dialect":"okta"}"#;
    world.note(&id, "req_1", 200, line).await;
    world.person(&id, "ana").await;
    (world, id, made.token_id)
}

fn named(row: &Route, scope: Scope) -> String {
    format!("{} {} with {scope}", row.method, row.path)
}

#[tokio::test]
async fn every_route_opens_to_its_scope_and_no_lesser() {
    for scope in Scope::ALL {
        let (world, id, token) = furnished().await;
        let header = key(&world, &[scope], None).await;
        for row in ROUTES {
            let path = filled(row, "acme", &id, &token);
            // Nothing is asked for that only staff may give away.
            let mut body = body(row);
            if row.path == "/v1/keys" {
                body = json!({"name": "lesser", "scopes": [scope.name()]});
            }
            if row.path.ends_with("{key}") {
                let own = world.tenants.keys().await.unwrap();
                let id = &own.last().unwrap().id;
                let reply = call(
                    &world,
                    &header,
                    row.method,
                    &path.replace("key_2", id),
                    body,
                )
                .await;
                let wanted = if scope.opens(Scope::Admin) { 204 } else { 403 };
                assert_eq!(reply.status, wanted, "{}", named(row, scope));
                continue;
            }
            let reply = call(&world, &header, row.method, &path, body).await;
            let opens = row.scope.is_none_or(|needed| scope.opens(needed));
            if opens {
                // Whether there is such a thing is for other tests.
                let is_in = ![401, 403].contains(&reply.status.as_u16());
                assert!(is_in, "{}: {reply:?}", named(row, scope));
            } else {
                assert_eq!(reply.status, 403, "{}: {reply:?}", named(row, scope));
                assert_eq!(reply.body["code"], "forbidden", "{}", named(row, scope));
            }
        }
    }
}

#[tokio::test]
async fn b4_a_key_of_one_tenant_sees_no_other() {
    let (world, _, _) = furnished().await;
    let theirs = world.connect("globex", "Okta").await;
    let header = key(&world, &[Scope::Staff], Some("acme")).await;
    for row in ROUTES.iter().filter(|row| row.path.contains("{t}")) {
        let foreign = filled(row, "globex", &theirs, "tok_1");
        let nobodys = filled(row, "nobody", &theirs, "tok_1");
        let foreign = call(&world, &header, row.method, &foreign, body(row)).await;
        assert_eq!(foreign.status, 404, "{} {}", row.method, row.path);
        let nobodys = call(&world, &header, row.method, &nobodys, body(row)).await;
        assert_eq!(
            foreign.body.to_string().replace("globex", "nobody"),
            nobodys.body.to_string(),
            "{} {}",
            row.method,
            row.path
        );
    }
    let tenants = world.get("/v1/tenants").await.body;
    assert_eq!(
        tenants["items"].as_array().unwrap().len(),
        2,
        "none was made"
    );
    let own = call(&world, &header, "GET", "/v1/tenants", Value::Null).await;
    assert_eq!(own.body["items"].as_array().unwrap().len(), 1);
    assert_eq!(own.body["items"][0]["id"], "acme");
    let encoded = call(
        &world,
        &header,
        "GET",
        "/v1/tenants/%67lobex/sync",
        Value::Null,
    )
    .await;
    assert_eq!(encoded.status, 404, "decoded before it is compared");
}

#[tokio::test]
async fn b4_without_a_tenant_in_the_path_a_bound_key_opens_what_is_its_own_or_everybodys() {
    let (world, _, _) = furnished().await;
    let header = key(&world, &[Scope::Staff], Some("acme")).await;
    let open = [
        "/version",
        "/v1/sink.schema.json",
        "/v1/tenants",
        "/v1/keys",
        "/v1/openapi.json",
        "/v1/events",
        "/v1/consumers/{c}/cursor",
        "/v1/audit",
    ];
    for row in ROUTES
        .iter()
        .filter(|row| !row.path.contains("{t}") && row.scope.is_some())
    {
        let path = filled(row, "acme", "int_1", "tok_1");
        let reply = call(&world, &header, row.method, &path, body(row)).await;
        if open.contains(&row.path) {
            assert!(reply.status.is_success(), "{} {}", row.method, row.path);
        } else {
            assert_eq!(
                reply.status, 404,
                "{} {}: key_2 is nobody's",
                row.method, row.path
            );
        }
    }
    let alive = world.tenants.keys().await.unwrap();
    assert!(alive.iter().all(Key::is_live), "no foreign key was revoked");
    for tenant in ["acme", "globex"] {
        let path = format!("/v1/tenants/{tenant}/policy");
        let change = world.call("PATCH", &path, json!({"settle": "1s"})).await;
        assert!(change.status.is_success());
    }
    let audit = call(&world, &header, "GET", "/v1/audit", Value::Null).await;
    let deeds = audit.body["items"].as_array().unwrap();
    assert!(!deeds.is_empty() && deeds.iter().all(|deed| deed["tenant"] == "acme"));
    let path = "/v1/audit?tenant=globex";
    assert_eq!(
        call(&world, &header, "GET", path, Value::Null).await.status,
        404
    );
}

#[tokio::test]
async fn b8_a_key_is_made_shown_once_listed_and_revoked() {
    let (world, _, _) = furnished().await;
    let wanted = json!({
        "name": "Grafana", "scopes": ["read", "app"], "tenant": "acme", "live": true, "revoked": null,
    });
    let body = json!({"name": " Grafana ", "scopes": ["app", "read"], "tenant": "acme"});
    let made = world
        .check("POST", "/v1/keys", body, 201, wanted.clone())
        .await;
    let (id, secret) = (
        made.body["id"].as_str().unwrap(),
        made.body["key"].as_str().unwrap(),
    );
    assert_eq!(made.headers["location"], format!("keys/{id}"));
    let header = format!("Bearer {secret}");
    let seen = call(&world, &header, "GET", "/v1/tenants/acme/sync", Value::Null).await;
    assert_eq!(seen.status, 200);
    let list = world.get("/v1/keys").await.body;
    let row = list["items"].as_array().unwrap().last().unwrap().clone();
    assert_eq!(
        (&row["id"], &row["name"]),
        (&made.body["id"], &wanted["name"])
    );
    assert!(row.get("key").is_none() && !list.to_string().contains(secret));
    let path = format!("/v1/keys/{id}");
    world
        .check("DELETE", &path, Value::Null, 204, Value::Null)
        .await;
    let seen = call(&world, &header, "GET", "/v1/tenants/acme/sync", Value::Null).await;
    assert_eq!(seen.status, 401, "on the next request");
    let list = world.get("/v1/keys").await.body;
    assert_eq!(
        list["items"].as_array().unwrap().last().unwrap()["live"],
        false
    );
}

#[tokio::test]
async fn b8_nobody_makes_or_ends_a_key_that_opens_more_than_the_own_one() {
    let (world, _, _) = furnished().await;
    let admin = key(&world, &[Scope::Admin], None).await;
    let bound = key(&world, &[Scope::Admin], Some("acme")).await;
    let make = json!({"name": "x", "scopes": ["app", "staff"]});
    let reply = call(&world, &admin, "POST", "/v1/keys", make).await;
    assert_eq!(
        (reply.status.as_u16(), &reply.body["code"]),
        (403, &json!("forbidden"))
    );
    let reply = call(&world, &admin, "DELETE", "/v1/keys/key_1", Value::Null).await;
    assert_eq!(reply.status, 403, "key_1 is staff's");
    let make = json!({"name": "x", "scopes": ["read"], "tenant": "globex"});
    let reply = call(&world, &bound, "POST", "/v1/keys", make).await;
    assert_eq!(reply.status, 404);
    let make = json!({"name": "x", "scopes": ["read"]});
    let reply = call(&world, &bound, "POST", "/v1/keys", make).await;
    assert_eq!(reply.body["tenant"], "acme", "bound as its maker is");
    let list = call(&world, &bound, "GET", "/v1/keys", Value::Null).await;
    let ours = list.body["items"].as_array().unwrap().clone();
    assert_eq!(ours.len(), 2);
    assert!(ours.iter().all(|key| key["tenant"] == "acme"));
    let reply = call(&world, &bound, "DELETE", "/v1/keys/key_1", Value::Null).await;
    assert_eq!(reply.status, 404, "as unknown as any");
}

#[tokio::test]
async fn what_a_new_key_lacks_is_said() {
    let world = World::new().await;
    for (body, at, detail) in [
        (
            json!({"scopes": ["read"]}),
            "name",
            "name: say what the key is for",
        ),
        (
            json!({"name": "x"}),
            "scopes",
            "scopes: expected at least one of read, operate, admin, staff, app",
        ),
        (
            json!({"name": "x", "scopes": ["read", "oparate"]}),
            "scopes[1]",
            "scopes[1]: \"oparate\" is no scope; did you mean operate?",
        ),
        (
            json!({"name": "x", "scopes": ["zzzzzz"]}),
            "scopes[0]",
            "scopes[0]: \"zzzzzz\" is no scope; known are read, operate, admin, staff, app",
        ),
        (
            json!({"name": "x", "scopes": [{}]}),
            "scopes[0]",
            "scopes[0]: expected a text",
        ),
    ] {
        let wanted = json!({"code": "invalid_value", "at": at, "detail": detail});
        world.check("POST", "/v1/keys", body, 400, wanted).await;
    }
    let body = json!({"name": "x", "scopes": ["read"], "tenant": "ghost"});
    world
        .check("POST", "/v1/keys", body, 404, json!({"code": "not_found"}))
        .await;
}

#[tokio::test]
async fn s27_login_by_upn_is_changed_by_staff_only() {
    let (world, _, _) = furnished().await;
    let admin = key(&world, &[Scope::Admin], Some("acme")).await;
    let staff = key(&world, &[Scope::Staff], Some("acme")).await;
    let path = "/v1/tenants/acme/policy";
    let before = world.get(path).await.body;
    assert_eq!(before["upn_login"], false);
    for change in [json!({"upn_login": true}), json!({"preset": "hands_off"})] {
        let reply = call(&world, &admin, "PATCH", path, change.clone()).await;
        assert_eq!(reply.status, 403, "{change}");
        assert_eq!(world.get(path).await.body, before, "{change}");
    }
    let whole = call(
        &world,
        &admin,
        "PATCH",
        path,
        json!({"upn_login": false, "auto_sync": true}),
    )
    .await;
    assert_eq!(
        (whole.status.as_u16(), &whole.body["auto_sync"]),
        (200, &json!(true))
    );
    let reply = call(&world, &staff, "PATCH", path, json!({"upn_login": true})).await;
    assert_eq!(
        (reply.status.as_u16(), &reply.body["upn_login"]),
        (200, &json!(true))
    );
}
