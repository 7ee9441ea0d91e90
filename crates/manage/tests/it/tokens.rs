//! E-21, B3: tokens are made, listed, revoked; five live ones at most.

use enroll_store::TenantId;
use enroll_tenants::Gate;
use serde_json::{Value, json};

use crate::world::{World, refused};

#[tokio::test]
async fn e21_rotation() {
    let world = World::new().await;
    let gate = Gate::new(world.tenants.clone());
    let old = world
        .manage
        .connect(&TenantId::new("acme"), "Okta", "okta", None)
        .await
        .unwrap();
    let all = format!(
        "/v1/tenants/acme/integrations/{}/tokens",
        old.integration.id
    );

    let wanted = json!({"id": "…", "token": "…", "live": true, "revoked": null, "last_used": null});
    let new = world.check("POST", &all, Value::Null, 201, wanted).await;
    assert_eq!(
        new.headers["location"],
        format!("tokens/{}", new.body["id"].as_str().unwrap())
    );
    let new_secret = new.body["token"].as_str().unwrap();
    for secret in [old.token.expose(), new_secret] {
        assert!(
            gate.admit(secret, world.now()).await.unwrap().is_some(),
            "both live"
        );
    }

    let one = format!("{all}/{}", old.token_id);
    world
        .check("DELETE", &one, Value::Null, 204, Value::Null)
        .await;
    world
        .check("DELETE", &one, Value::Null, 204, Value::Null)
        .await;
    assert!(
        gate.admit(old.token.expose(), world.now())
            .await
            .unwrap()
            .is_none(),
        "on the next request"
    );
    assert!(gate.admit(new_secret, world.now()).await.unwrap().is_some());
    let listed = json!({"next": null, "items": [
        {
            "id": old.token_id, "live": false, "revoked": "…", "created": "…",
            "expires": "1971-01-01T00:16:40.000Z",
        },
        {"id": new.body["id"], "live": true, "revoked": null, "last_used": "…"},
    ]});
    let shown = world.check("GET", &all, Value::Null, 200, listed).await;
    assert!(
        shown.body["items"]
            .as_array()
            .unwrap()
            .iter()
            .all(|token| token.get("token").is_none())
    );
}

#[tokio::test]
async fn e21_the_sixth_live_token_is_refused_until_one_is_revoked() {
    let world = World::new().await;
    let all = format!(
        "/v1/tenants/acme/integrations/{}/tokens",
        world.okta().await
    );
    for _ in 0..4 {
        world.check("POST", &all, json!({}), 201, json!({})).await;
    }
    let full = refused(
        "too_many_tokens",
        "the integration has 5 live tokens; revoke one first",
    );
    world.check("POST", &all, json!({}), 409, full).await;
    let first = world.get(&all).await.body["items"][0]["id"]
        .as_str()
        .unwrap()
        .to_owned();
    world
        .check(
            "DELETE",
            &format!("{all}/{first}"),
            Value::Null,
            204,
            Value::Null,
        )
        .await;
    world.check("POST", &all, json!({}), 201, json!({})).await;
}

#[tokio::test]
async fn an_unknown_token_is_404() {
    let world = World::new().await;
    let all = format!(
        "/v1/tenants/acme/integrations/{}/tokens",
        world.okta().await
    );
    let gone = refused("not_found", "there is no token \"tok_x\"");
    world
        .check("DELETE", &format!("{all}/tok_x"), Value::Null, 404, gone)
        .await;
}
