//! `GET …/sync?wait=`: answered when the job rests, not by asking again and again.

use std::{sync::Arc, time::Duration};

use serde_json::{Value, json};
use tokio::time::Instant;

use crate::world::{World, refused};

const AT: &str = "/v1/tenants/acme/sync";

/// A tenant that has something to do.
async fn busy(world: &World, auto_sync: bool) {
    let id = world.okta().await;
    let ana = world.person(&id, "ana").await;
    let group = world.group(&id, "Sales", &[&ana]).await;
    let body = json!({"selections": [{"group_id": group}]});
    let path = format!("/v1/tenants/acme/integrations/{id}/selections");
    world.check("PUT", &path, body, 200, json!({})).await;
    let change = json!({"auto_sync": auto_sync});
    world
        .check("PATCH", "/v1/tenants/acme/policy", change, 200, json!({}))
        .await;
}

#[tokio::test]
async fn the_state_is_said_at_once_without_wait() {
    let world = World::new().await;
    let none = json!({"state": "paused", "pending": 0, "held": 0, "blocked": 0, "seq": 0});
    assert_eq!(
        world
            .check("GET", AT, Value::Null, 200, none.clone())
            .await
            .body,
        none
    );
    busy(&world, true).await;
    let running = json!({"state": "running", "pending": "…", "seq": 0});
    world
        .check("GET", AT, Value::Null, 200, running.clone())
        .await;
    world
        .check("GET", &format!("{AT}?wait=0"), Value::Null, 200, running)
        .await;
    world.settle().await;
    let idle = json!({"state": "idle", "pending": 0, "held": 0, "blocked": 0, "seq": 2});
    world
        .check("GET", &format!("{AT}?wait=25"), Value::Null, 200, idle)
        .await;
}

#[tokio::test(start_paused = true)]
async fn a_waiting_call_is_answered_when_the_bell_rings() {
    let world = Arc::new(World::new().await);
    busy(&world, true).await;
    let (waiting, began) = (Arc::clone(&world), Instant::now());
    let call = tokio::spawn(async move { waiting.get(&format!("{AT}?wait=25")).await });
    tokio::task::yield_now().await;
    world.bell.ring();
    tokio::task::yield_now().await;
    assert!(
        !call.is_finished(),
        "a ring alone does not end it: it still runs"
    );
    world.settle().await;
    let reply = call.await.unwrap();
    assert_eq!(reply.body["state"], "idle");
    assert_eq!(
        began.elapsed(),
        Duration::ZERO,
        "no time went by: nobody polled"
    );
}

#[tokio::test(start_paused = true)]
async fn a_waiting_call_ends_after_its_time_if_the_job_goes_on() {
    let world = World::new().await;
    busy(&world, true).await;
    let began = Instant::now();
    world
        .check(
            "GET",
            &format!("{AT}?wait=25"),
            Value::Null,
            200,
            json!({"state": "running"}),
        )
        .await;
    assert!(
        began.elapsed() >= Duration::from_secs(25) && began.elapsed() < Duration::from_secs(26)
    );
}

#[tokio::test]
async fn e19_with_automatic_sync_off_everything_planned_is_paused() {
    let world = World::new().await;
    busy(&world, false).await;
    world.settle().await;
    let paused = json!({"state": "paused", "pending": "…", "seq": 0});
    let reply = world
        .check("GET", &format!("{AT}?wait=25"), Value::Null, 200, paused)
        .await;
    assert!(reply.body["pending"].as_u64().unwrap() > 0);
    let none = json!({"items": [], "next": null});
    world
        .check("GET", "/v1/tenants/acme/accounts", Value::Null, 200, none)
        .await;
}

#[tokio::test]
async fn post_compares_everything_again() {
    let world = World::new().await;
    busy(&world, true).await;
    world.settle().await;
    world
        .check("GET", AT, Value::Null, 200, json!({"state": "idle"}))
        .await;
    world
        .check("POST", AT, Value::Null, 202, json!({"state": "running"}))
        .await;
    world.settle().await;
    world
        .check(
            "GET",
            AT,
            Value::Null,
            200,
            json!({"state": "idle", "seq": 2}),
        )
        .await;
}

#[tokio::test]
async fn wait_has_a_limit() {
    let world = World::new().await;
    let wanted = refused(
        "invalid_parameter",
        "wait: expected a whole number from 0 to 60",
    );
    for wait in ["61", "-1", "1s", "1.5"] {
        world
            .check(
                "GET",
                &format!("{AT}?wait={wait}"),
                Value::Null,
                400,
                wanted.clone(),
            )
            .await;
    }
}
