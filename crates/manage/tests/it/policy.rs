//! The policy: shown whole, changed key by key.

use std::sync::atomic::Ordering;

use serde_json::{Value, json};

use crate::world::{World, refused};

const AT: &str = "/v1/tenants/acme/policy";

#[tokio::test]
async fn it_is_shown_whole_with_what_differs() {
    let world = World::new().await;
    let careful = json!({"preset": "careful", "auto_sync": false, "settle": "5s", "differs": []});
    world.check("GET", AT, Value::Null, 200, careful).await;
    let before = world.wakes.load(Ordering::SeqCst);
    let changed = json!({
        "preset": "careful", "auto_sync": true, "settle": "2s", "differs": ["auto_sync", "settle"],
    });
    world
        .check(
            "PATCH",
            AT,
            json!({"auto_sync": true, "settle": "2s"}),
            200,
            changed.clone(),
        )
        .await;
    assert_eq!(
        world.wakes.load(Ordering::SeqCst),
        before + 1,
        "the job is told"
    );
    let shown = world
        .check("GET", AT, Value::Null, 200, changed.clone())
        .await;
    // What was shown may be sent back whole.
    world
        .check("PATCH", AT, shown.body, 200, changed.clone())
        .await;
    world.check("PATCH", AT, json!({}), 200, changed).await;
    let other = json!({"auto_sync": false, "differs": []});
    world
        .check("GET", "/v1/tenants/globex/policy", Value::Null, 200, other)
        .await;
}

#[tokio::test]
async fn refusals_name_the_key_and_change_nothing() {
    let world = World::new().await;
    let slip = refused(
        "unknown_key",
        "there is no key \"auto_synk\"; did you mean auto_sync?",
    );
    world
        .check(
            "PATCH",
            AT,
            json!({"settle": "1s", "auto_synk": true}),
            400,
            slip,
        )
        .await;
    for (change, at) in [
        (json!({"auto_sync": "yes"}), "auto_sync"),
        (json!({"settle": 5}), "settle"),
        (json!({"settle": "10m"}), "settle"),
        (json!({"preset": "wild"}), "preset"),
        (json!({"time_zone": "Sydney"}), "time_zone"),
        (json!({"fields": {"dept": "no such path ["}}), "fields.dept"),
        (json!({"fields": {"kind": "userType"}}), "fields.kind"),
    ] {
        let wanted = json!({"code": "invalid_value", "at": at});
        let reply = world.check("PATCH", AT, change, 400, wanted).await;
        assert!(
            reply.body["detail"].as_str().unwrap().starts_with(at),
            "{}",
            reply.body
        );
    }
    world
        .check(
            "GET",
            AT,
            Value::Null,
            200,
            json!({"settle": "5s", "differs": []}),
        )
        .await;
}
