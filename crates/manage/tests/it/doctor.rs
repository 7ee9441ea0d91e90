//! The connection doctor over the API; what it says is tried with requests of providers, where the
//! façade is.

use enroll_manage::doctor::CHECKS;
use serde_json::{Value, json};

use crate::world::{World, refused};

#[tokio::test]
async fn s_46_nobody_called_yet() {
    let world = World::new().await;
    let id = world.okta().await;
    let at = format!("/v1/tenants/acme/integrations/{id}/doctor");
    let reply = world
        .check(
            "GET",
            &at,
            Value::Null,
            200,
            json!({"idp": "okta", "level": "ok", "at": "…"}),
        )
        .await;
    let first = json!({"code": "reached", "level": "ok", "text": "waiting for the first request"});
    assert_eq!(reply.body["hints"][0], first, "nothing to do, so no fix");
    world.later(600_000);
    let reply = world
        .check("GET", &at, Value::Null, 200, json!({"level": "fail"}))
        .await;
    let fix = reply.body["hints"][0]["fix"].as_str().unwrap();
    assert!(
        fix.contains(&format!("https://scim.example.com/scim/{id}/v2")),
        "{fix}"
    );
}

#[tokio::test]
async fn hints_come_in_the_order_of_the_table_with_what_they_were_concluded_from() {
    let world = World::new().await;
    let id = world.okta().await;
    let at = format!("/v1/tenants/acme/integrations/{id}/doctor");
    let ana = world.person(&id, "ana").await;
    world.group(&id, "Staff", &[&ana]).await;
    for n in 0..3 {
        world
            .note(
                &id,
                &format!("req_{n}"),
                200,
                r#"{"method":"POST","path":"/Users"}"#,
            )
            .await;
    }
    let seen = json!({"seen": {
        "requests": 3, "whole_log": true, "people": 1, "people_read": 1, "active": 1,
        "groups": 1, "groups_read": 1, "memberships": 1,
    }});
    let reply = world.check("GET", &at, Value::Null, 200, seen).await;
    let codes: Vec<_> = reply.body["hints"]
        .as_array()
        .unwrap()
        .iter()
        .map(|hint| hint["code"].as_str().unwrap())
        .collect();
    let place = |code: &&str| CHECKS.iter().position(|check| check.code == *code).unwrap();
    assert!(
        codes.is_sorted_by_key(place) && codes.len() > 10,
        "{codes:?}"
    );
}

/// Lines that are no JSON, or not of this version, are counted and no more.
#[tokio::test]
async fn a_strange_log_is_no_obstacle() {
    let world = World::new().await;
    let id = world.okta().await;
    for (n, line) in ["", "7", "[]", r#"{"method": 7}"#, "\u{0}"]
        .iter()
        .enumerate()
    {
        world.note(&id, &format!("req_{n}"), 503, line).await;
    }
    let at = format!("/v1/tenants/acme/integrations/{id}/doctor");
    let wanted = json!({"level": "fail", "seen": {"requests": 5}});
    world.check("GET", &at, Value::Null, 200, wanted).await;
}

#[tokio::test]
async fn only_a_page_of_a_long_log_is_read() {
    let world = World::new().await;
    let id = world.okta().await;
    for n in 0..2_100 {
        world
            .note(&id, &format!("req_{n}"), 200, r#"{"method":"GET"}"#)
            .await;
    }
    let at = format!("/v1/tenants/acme/integrations/{id}/doctor");
    let wanted = json!({"seen": {"requests": 2_000, "whole_log": false}});
    world.check("GET", &at, Value::Null, 200, wanted).await;
}

#[tokio::test]
async fn what_is_asked_wrongly_is_refused() {
    let world = World::new().await;
    let (mine, theirs) = (world.okta().await, world.connect("globex", "Theirs").await);
    let at = format!("/v1/tenants/acme/integrations/{mine}/doctor");
    for asked in ["assigned=many", "assigned=-1"] {
        world
            .check(
                "GET",
                &format!("{at}?{asked}"),
                Value::Null,
                400,
                json!({"at": "assigned"}),
            )
            .await;
    }
    let detail = format!("tenant acme has no integration {theirs:?}");
    let at = format!("/v1/tenants/acme/integrations/{theirs}/doctor");
    world
        .check("GET", &at, Value::Null, 404, refused("not_found", &detail))
        .await;
}
