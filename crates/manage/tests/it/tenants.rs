//! Tenants under the operator's own ids.

use std::sync::atomic::Ordering;

use enroll_manage::Options;
use enroll_store::TenantId;
use enroll_sync::{Policy, Preset};
use enroll_tenants::Tenants;
use serde_json::{Value, json};

use crate::world::{World, refused};

#[tokio::test]
async fn put_is_idempotent_and_renames() {
    let world = World::new().await;
    let at = "/v1/tenants/org-7~x";
    let new = json!({"id": "org-7~x", "name": "Initech", "created": "1970-01-01T00:16:40.000Z"});
    world
        .check("PUT", at, json!({"name": " Initech "}), 201, new.clone())
        .await;
    world.later(1_000);
    world
        .check("PUT", at, json!({"name": "Initech"}), 200, new.clone())
        .await;
    world.check("PUT", at, Value::Null, 200, new.clone()).await;
    world
        .check("PUT", at, json!({"name": null}), 200, new.clone())
        .await;
    world.check("GET", at, Value::Null, 200, new).await;
    world
        .check(
            "PUT",
            at,
            json!({"name": "Chotchkie's"}),
            200,
            json!({"name": "Chotchkie's"}),
        )
        .await;
    world
        .check(
            "PUT",
            "/v1/tenants/nameless",
            json!({}),
            201,
            json!({"name": "nameless"}),
        )
        .await;
}

#[tokio::test]
async fn ids_are_1_to_128_unreserved_characters() {
    let world = World::new().await;
    let bad = refused(
        "invalid_value",
        "a tenant's id is 1 to 128 letters, digits or - . _ ~",
    );
    let longest = "x".repeat(128);
    world
        .check(
            "PUT",
            &format!("/v1/tenants/{longest}"),
            Value::Null,
            201,
            json!({}),
        )
        .await;
    for id in ["a%20b", "a:b", "a@b", "%C3%A9", &"x".repeat(129)] {
        let path = format!("/v1/tenants/{id}");
        world
            .check("PUT", &path, Value::Null, 400, bad.clone())
            .await;
        world
            .check("GET", &path, Value::Null, 404, json!({"code": "not_found"}))
            .await;
    }
    let count = world.tenants.tenants(None, 100).await.unwrap().len();
    assert_eq!(count, 3);
}

#[tokio::test]
async fn what_is_not_there_is_404_on_every_path_below() {
    let world = World::new().await;
    let gone = refused(
        "not_found",
        "there is no tenant \"nobody\"; PUT /v1/tenants/{t} makes one",
    );
    for below in [
        "",
        "/policy",
        "/integrations",
        "/accounts",
        "/access-groups",
        "/sync",
        "/people/a/explain",
    ] {
        let path = format!("/v1/tenants/nobody{below}");
        world
            .check("GET", &path, Value::Null, 404, gone.clone())
            .await;
    }
    world
        .check(
            "PATCH",
            "/v1/tenants/nobody/policy",
            json!({"auto_sync": true}),
            404,
            gone.clone(),
        )
        .await;
    world
        .check(
            "POST",
            "/v1/tenants/nobody/integrations",
            json!({"idp": "okta"}),
            404,
            gone,
        )
        .await;
}

#[tokio::test]
async fn lists_are_paged_by_an_opaque_cursor() {
    let world = World::new().await;
    for n in 0..5 {
        world
            .check(
                "PUT",
                &format!("/v1/tenants/t{n}"),
                Value::Null,
                201,
                json!({}),
            )
            .await;
    }
    let (mut seen, mut next) = (Vec::new(), String::new());
    loop {
        let page = world
            .get(&format!("/v1/tenants?limit=3&after={next}"))
            .await
            .body;
        let items = page["items"].as_array().unwrap();
        assert!(items.len() <= 3);
        seen.extend(
            items
                .iter()
                .map(|tenant| tenant["id"].as_str().unwrap().to_owned()),
        );
        match page["next"].as_str() {
            Some(cursor) => next = cursor.to_owned(),
            None => break,
        }
    }
    assert_eq!(seen, ["acme", "globex", "t0", "t1", "t2", "t3", "t4"]);
    let whole = world.get("/v1/tenants?limit=7").await.body;
    assert_eq!(
        (whole["items"].as_array().unwrap().len(), &whole["next"]),
        (7, &Value::Null)
    );
}

#[tokio::test]
async fn a_new_tenant_has_the_configured_policy_before_its_first_integration() {
    let policy = Policy::preset(Preset::HandsOff);
    let world = World::with(Options {
        policy,
        ..Options::default()
    })
    .await;
    let at = "/v1/tenants/acme/policy";
    world
        .check("GET", at, Value::Null, 200, json!({"preset": "hands_off"}))
        .await;
    world
        .check(
            "PATCH",
            at,
            json!({"upn_login": false}),
            200,
            json!({"preset": "hands_off"}),
        )
        .await;
    world
        .check("PUT", "/v1/tenants/acme", Value::Null, 200, json!({}))
        .await;
    world.okta().await;
    let kept = json!({"preset": "hands_off", "upn_login": false, "differs": ["upn_login"]});
    world.check("GET", at, Value::Null, 200, kept).await;
}

#[tokio::test]
async fn a_policy_that_somebody_has_is_not_replaced_by_a_new_default() {
    let world = World::new().await;
    world.okta().await;
    let hands_off = Options {
        policy: Policy::preset(Preset::HandsOff),
        ..Options::default()
    };
    let desk = enroll_sync::Desk::new(
        world.directories.clone(),
        world.ledger.clone(),
        &enroll_schema::Schemas::standard(),
    );
    let gate = enroll_tenants::Gate::new(world.tenants.clone());
    let again =
        enroll_manage::Manage::new(gate, world.directories.clone(), desk.unwrap(), hands_off);
    assert_eq!(again.attach_all().await.unwrap(), 1);
    again
        .put_tenant(&TenantId::new("acme"), None)
        .await
        .unwrap();
    let at = "/v1/tenants/acme/policy";
    world
        .check("GET", at, Value::Null, 200, json!({"preset": "careful"}))
        .await;
    assert!(world.wakes.load(Ordering::SeqCst) > 0);
}
