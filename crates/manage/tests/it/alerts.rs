//! `GET …/alerts` and the trial: what somebody must know, and whether anybody is told.

use std::sync::Arc;

use enroll_manage::Options;
use enroll_store::TenantId;
use enroll_sync::{Alarms as _, AlertLevel, Finding, settled_alerts, whole_server};
use serde_json::{Value, json};

use crate::world::World;

const AT: &str = "/v1/tenants/acme/alerts";

async fn raise(world: &World, tenant: &TenantId, cause: &str) {
    let finding = Finding {
        cause: cause.to_owned(),
        level: AlertLevel::ActNow,
        code: cause.to_owned(),
        integration: None,
        count: 2,
        leavers: 1,
        newest_at: world.now(),
        text: "2 are held.".to_owned(),
        sample: vec!["ada".to_owned()],
        repeats: true,
    };
    let changes = settled_alerts(tenant, Vec::new(), vec![finding], world.now());
    world.ledger.put_alerts(tenant, changes).await.unwrap();
}

#[tokio::test]
async fn alerts_are_listed_with_what_was_told_and_that_nobody_is() {
    let world = World::new().await;
    let nothing = json!({"items": [], "channels": []});
    let told = world.check("GET", AT, Value::Null, 200, nothing).await;
    assert!(
        told.body["warning"]
            .as_str()
            .unwrap()
            .starts_with("no channel is set")
    );
    let acme = TenantId::new("acme");
    raise(&world, &acme, "H_BURST").await;
    raise(&world, &whole_server(), "SINK_DOWN").await;
    let posted = world.ledger.alerts(&acme).await.unwrap().remove(0);
    let sent = posted.told("webhook", Err("no route".to_owned()), world.now());
    let cause = &posted.alert.cause;
    world
        .ledger
        .put_sent(&acme, cause, "webhook", sent)
        .await
        .unwrap();
    let body = world.get(AT).await.body;
    let items = body["items"].as_array().unwrap();
    let codes: Vec<_> = items
        .iter()
        .map(|one| one["code"].as_str().unwrap())
        .collect();
    assert_eq!(codes, ["H_BURST", "SINK_DOWN"]);
    assert_eq!(items[0]["sent"]["webhook"]["error"], "no route");
    let other = world.get("/v1/tenants/globex/alerts").await.body;
    assert_eq!(
        other["items"].as_array().unwrap().len(),
        1,
        "the whole server's"
    );
    // Over: it is listed when asked for.
    let kept = vec![posted.alert];
    let changes = settled_alerts(&acme, kept, Vec::new(), world.now());
    world.ledger.put_alerts(&acme, changes).await.unwrap();
    assert_eq!(
        world.get(AT).await.body["items"].as_array().unwrap().len(),
        1
    );
    let all = world.get(&format!("{AT}?resolved=true")).await.body;
    assert!(all["items"][0]["resolved_at"].is_string(), "{all}");
}

#[tokio::test]
async fn a_trial_says_what_became_of_each_channel() {
    let options = Options {
        channels: vec!["webhook".to_owned(), "smtp".to_owned()],
        trial: Arc::new(|tenant| {
            assert_eq!(tenant.as_str(), "acme");
            let told = vec![
                ("webhook".to_owned(), Ok(())),
                ("smtp".to_owned(), Err("no route".to_owned())),
            ];
            Box::pin(async { Ok(told) })
        }),
        ..Options::default()
    };
    let world = World::with(options).await;
    let wanted = json!({"items": [
        {"channel": "webhook", "arrived": true},
        {"channel": "smtp", "arrived": false, "error": "no route"},
    ], "warning": null});
    let path = format!("{AT}/test");
    let told = world.check("POST", &path, json!({}), 200, json!({})).await;
    assert_eq!(told.body, wanted);
    let listed = json!({"channels": ["webhook", "smtp"]});
    let told = world.check("GET", AT, Value::Null, 200, listed).await;
    assert!(told.body.get("warning").is_none());
}
