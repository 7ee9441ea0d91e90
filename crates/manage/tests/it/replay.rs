//! Replaying and exporting a request of the log over the API.

use serde_json::{Value, json};

use crate::world::{World, refused};

const DETAIL: &str = "the log of this integration has no request \"req_9\"";

fn line(method: &str, path: &str, body: &Value) -> String {
    json!({"method": method, "path": path, "dialect": "okta", "status": 201, "ms": 1, "sent": body})
        .to_string()
}

fn user(name: &str) -> Value {
    let schemas = ["urn:ietf:params:scim:schemas:core:2.0:User"];
    json!({"schemas": schemas, "userName": name, "active": true})
}

#[tokio::test]
async fn a_replay_says_what_would_be_and_does_nothing() {
    let world = World::new().await;
    let id = world.okta().await;
    let at = format!("/v1/tenants/acme/integrations/{id}/requests");
    world
        .note(
            &id,
            "req_1",
            201,
            &line("POST", "/Users", &user("ada@acme.com")),
        )
        .await;
    let wanted = json!({
        "id": "req_1", "method": "POST", "path": "/Users", "different": true, "differs": [],
        "then": {"status": 201, "dialect": "okta"}, "now": {"status": 201, "dialect": "okta"},
        "would": {"what": "create", "resourceType": "User", "changed": true},
    });
    for _ in 0..2 {
        let path = format!("{at}/req_1/replay");
        world
            .check("POST", &path, Value::Null, 200, wanted.clone())
            .await;
    }
    let lines = json!({"items": [{"id": "req_1"}]});
    world.check("GET", &at, Value::Null, 200, lines).await;

    world.person(&id, "ada").await;
    let wanted = json!({
        "differs": ["status", "scimType", "detail"], "would": null, "caveats": [],
        "now": {"status": 409, "scimType": "uniqueness"},
    });
    let path = format!("{at}/req_1/replay");
    world.check("POST", &path, json!({}), 200, wanted).await;
    let unknown = format!("{at}/req_9/replay");
    world
        .check(
            "POST",
            &unknown,
            Value::Null,
            404,
            refused("not_found", DETAIL),
        )
        .await;
}

#[tokio::test]
async fn an_export_is_a_case_without_anybody_in_it() {
    let world = World::new().await;
    let id = world.okta().await;
    let at = format!("/v1/tenants/acme/integrations/{id}/requests");
    world
        .note(
            &id,
            "req_1",
            201,
            &line("POST", "/Users", &user("ada@acme.com")),
        )
        .await;
    let wanted = json!({
        "idp": "okta", "given": [], "request": {"method": "POST", "path": "/Users"},
        "expect": {"status": 201},
    });
    let path = format!("{at}/req_1/export");
    let reply = world.check("GET", &path, Value::Null, 200, wanted).await;
    assert!(!reply.body.to_string().contains("acme"), "{}", reply.body);
    let unknown = format!("{at}/req_9/export");
    world
        .check(
            "GET",
            &unknown,
            Value::Null,
            404,
            refused("not_found", DETAIL),
        )
        .await;
}

#[tokio::test]
async fn what_the_log_does_not_keep_is_refused_in_words() {
    let world = World::new().await;
    let id = world.okta().await;
    let at = format!("/v1/tenants/acme/integrations/{id}/requests");
    let hashed = json!({"method": "PUT", "path": "/Users/x", "pii": "hash", "sent": {}});
    world.note(&id, "req_1", 200, &hashed.to_string()).await;
    world
        .note(&id, "req_2", 200, r#"{"unlisted_reads":7}"#)
        .await;
    for request in ["req_1", "req_2"] {
        for (method, verb) in [("POST", "replay"), ("GET", "export")] {
            let path = format!("{at}/{request}/{verb}");
            let wanted = json!({"code": "not_replayable"});
            let reply = world.check(method, &path, Value::Null, 422, wanted).await;
            let detail = reply.body["detail"].as_str().unwrap().to_owned();
            assert_eq!(
                detail.contains("pii = hash"),
                request == "req_1",
                "{detail}"
            );
        }
    }
}

#[tokio::test]
async fn b4_another_tenants_line_is_unknown() {
    let world = World::new().await;
    let (mine, theirs) = (world.okta().await, world.connect("globex", "Theirs").await);
    world
        .note(
            &theirs,
            "req_1",
            201,
            &line("POST", "/Users", &user("ada@acme.com")),
        )
        .await;
    for (method, verb) in [("POST", "replay"), ("GET", "export")] {
        for integration in [&mine, &theirs] {
            let path = format!("/v1/tenants/acme/integrations/{integration}/requests/req_1/{verb}");
            world
                .check(method, &path, Value::Null, 404, json!({}))
                .await;
        }
    }
}
