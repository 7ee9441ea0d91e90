//! S-16, S-26, S-27, O-4: what the application's SAML side asks.

use serde_json::{Value, json};

use crate::world::{World, refused};

const POLICY: &str = "/v1/tenants/acme/policy";
const JIT: &str = "/v1/tenants/acme/jit";

async fn synced(world: &World) -> String {
    let id = world.okta().await;
    let ana = world.person(&id, "ana").await;
    let group = world.group(&id, "Sales", &[&ana]).await;
    let path = format!("/v1/tenants/acme/integrations/{id}/selections");
    let body = json!({"selections": [{"group_id": group}]});
    world.check("PUT", &path, body, 200, json!({})).await;
    let change = json!({"auto_sync": true});
    world.check("PATCH", POLICY, change, 200, json!({})).await;
    world.settle().await;
    id
}

async fn check(world: &World, name: &str, wanted: Value) {
    let path = format!("/v1/tenants/acme/login/{name}");
    let reply = world.check("GET", &path, Value::Null, 200, wanted).await;
    assert!(reply.body["meaning"].is_string(), "{name}");
}

#[tokio::test]
async fn s_26_a_name_id_is_answered_with_the_account_or_a_reason() {
    let world = World::new().await;
    let id = synced(&world).await;
    let account = world.get("/v1/tenants/acme/accounts").await.body["items"][0]["ref"].clone();
    let by = |by: &str| json!({"allowed": true, "app_ref": account, "matched_by": by, "reason": "LOGIN_OK"});
    check(&world, "ANA%40acme.com", by("email")).await;
    check(&world, "ext-ana", by("external_id")).await;
    let nobody = json!({
        "allowed": false, "app_ref": null, "matched_by": null, "reason": "LOGIN_UNKNOWN",
    });
    check(&world, "eve%40acme.com", nobody.clone()).await;
    // Another tenant's people are nobody here (threat B4).
    let path = "/v1/tenants/globex/login/ana%40acme.com";
    world.check("GET", path, Value::Null, 200, nobody).await;
    // The directory says that she left; the job did not run yet.
    world.leave(&id, &format!("u-{id}-ana")).await;
    let left = json!({"allowed": false, "app_ref": account, "reason": "LOGIN_DELETED"});
    check(&world, "ana%40acme.com", left).await;
}

#[tokio::test]
async fn s_16_o_4_signing_in_makes_nobody_unless_the_policy_says_so() {
    let world = World::new().await;
    let id = synced(&world).await;
    let body = |name: &str| {
        json!({
            "name_id": name, "groups": ["Admins"],
            "attributes": {"email": ["ceo@acme.com"], "role": ["admin"]},
        })
    };
    let allow = json!({"decision": "allow", "app_ref": "…", "account": null, "reason": "LOGIN_OK"});
    world
        .check("POST", JIT, body("ana@acme.com"), 200, allow)
        .await;
    let off = json!({"decision": "deny", "app_ref": null, "account": null, "reason": "JIT_OFF"});
    world
        .check("POST", JIT, body("ben@acme.com"), 200, off)
        .await;
    let change = json!({"jit": "if_in_directory"});
    world
        .check("PATCH", POLICY, change.clone(), 200, change)
        .await;
    let stranger = json!({"decision": "deny", "reason": "JIT_NOT_IN_DIRECTORY"});
    world
        .check("POST", JIT, body("ben@acme.com"), 200, stranger)
        .await;
    let ben = world.person(&id, "ben").await;
    world.group(&id, "Crew", &[&ben]).await;
    let outside = json!({"decision": "deny", "reason": "JIT_NOT_ENTITLED"});
    world
        .check("POST", JIT, body("ben@acme.com"), 200, outside)
        .await;
    for (body, wanted) in [
        (
            json!({}),
            refused("invalid_value", "name_id: expected a text"),
        ),
        (
            json!({"name_id": "a", "groups": "x"}),
            refused("invalid_value", "groups: expected a list: […]"),
        ),
        (
            json!({"name_id": "a", "attributes": []}),
            refused("invalid_value", "attributes: expected an object: {…}"),
        ),
        (json!({"name": "a"}), json!({"code": "unknown_key"})),
    ] {
        world.check("POST", JIT, body, 400, wanted).await;
    }
    let wrong = json!({"code": "invalid_value", "at": "jit"});
    world
        .check("PATCH", POLICY, json!({"jit": "create"}), 400, wrong)
        .await;
}
