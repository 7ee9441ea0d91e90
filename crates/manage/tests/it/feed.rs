//! The feed, the whole, and named listeners: sync §6.3.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use enroll_store::TenantId;
use enroll_sync::Feed as _;
use serde_json::{Value, json};
use tokio::time::Instant;

use crate::world::{Reply, World, refused};

const AT: &str = "/v1/tenants/acme/events";
const DESIRED: &str = "/v1/tenants/acme/desired";

/// A tenant whose people have accounts as soon as the job ran; returns its group.
async fn selected(world: &World, names: &[&str]) -> (String, String) {
    let id = world.okta().await;
    let mut people = Vec::new();
    for name in names {
        people.push(world.person(&id, name).await);
    }
    let members: Vec<&str> = people.iter().map(String::as_str).collect();
    let group = world.group(&id, "Sales", &members).await;
    let path = format!("/v1/tenants/acme/integrations/{id}/selections");
    let body = json!({"selections": [{"group_id": group}]});
    world.check("PUT", &path, body, 200, json!({})).await;
    let change = json!({"auto_sync": true});
    world
        .check("PATCH", "/v1/tenants/acme/policy", change, 200, json!({}))
        .await;
    (id, group)
}

async fn synced(world: &World, names: &[&str]) -> String {
    let (id, _) = selected(world, names).await;
    world.settle().await;
    id
}

fn list<'a>(reply: &'a Reply, key: &str) -> Vec<&'a Value> {
    let items = reply.body["items"].as_array().unwrap();
    items.iter().map(|item| &item[key]).collect()
}

fn next(reply: &Reply) -> String {
    reply.body["next"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn an_event_says_everything_and_its_id_is_where_to_go_on() {
    let world = World::new().await;
    let id = synced(&world, &["ana"]).await;
    let all = world.get(AT).await;
    assert_eq!(
        list(&all, "type"),
        ["access_group.created", "account.created"]
    );
    let mut created = all.body["items"][1].clone();
    let group = all.body["items"][0]["access_group"]["ref"].clone();
    assert!(created["at"].is_string() && created["reasons"][0]["code"].is_string());
    for gone in ["at", "reasons", "from", "to", "changed"] {
        created.as_object_mut().unwrap().remove(gone).unwrap();
    }
    assert_eq!(
        created,
        json!({
            "id": next(&all), "seq": 2, "tenant": "acme", "type": "account.created",
            "subject": {"kind": "person", "integration": id, "id": format!("u-{id}-ana")},
            "app_ref": created["account"]["ref"], "external_id": "ext-ana", "managed": true,
            "account": {
                "ref": created["account"]["ref"], "email": "ana@acme.com", "first_name": "ana",
                "last_name": "Ruiz", "time_zone": "Europe/London", "login": null,
                "kind": "internal", "active": true, "access_groups": [group], "fields": {},
            },
            "cause": ["req_1"],
        })
    );
    let first = all.body["items"][0]["id"].as_str().unwrap();
    let rest = world.get(&format!("{AT}?after={first}")).await;
    assert_eq!(list(&rest, "seq"), [2]);
    let end = world.get(&format!("{AT}?after={}", next(&rest))).await;
    assert_eq!(
        end.body,
        json!({"items": [], "next": next(&rest), "more": false})
    );
}

#[tokio::test]
async fn the_feed_is_cut_and_kinds_are_chosen() {
    let world = World::new().await;
    synced(&world, &["ana", "ben", "cal"]).await;
    let (mut seen, mut after) = (Vec::new(), String::new());
    loop {
        let page = world.get(&format!("{AT}?limit=2&after={after}")).await;
        seen.extend(list(&page, "seq").iter().map(|seq| seq.as_u64().unwrap()));
        after = next(&page);
        if page.body["more"] == false {
            break;
        }
    }
    assert_eq!(seen, [1, 2, 3, 4]);
    let groups = format!("{AT}?types=access_group.created,access_group.archived");
    let found = world.get(&groups).await;
    assert_eq!(list(&found, "seq"), [1]);
    assert_eq!(next(&found), after, "what was not wanted is passed over");
    let wrong = "types: there is no event \"account.create\"; did you mean account.created?";
    let wrong = refused("invalid_parameter", wrong);
    let path = format!("{AT}?types=account.create");
    world.check("GET", &path, Value::Null, 400, wrong).await;
}

/// `/v1/events` finds the tenant by itself, when it can.
#[tokio::test]
async fn the_tenant_is_the_cursors_the_querys_or_the_only_one() {
    let world = World::new().await;
    synced(&world, &["ana"]).await;
    let several = refused("invalid_parameter", "tenant: there are several; say which");
    world
        .check("GET", "/v1/events", Value::Null, 400, several)
        .await;
    let all = world.get("/v1/events?tenant=acme").await;
    assert_eq!(all.body, world.get(AT).await.body);
    let first = all.body["items"][0]["id"].as_str().unwrap();
    let rest = world.get(&format!("/v1/events?after={first}")).await;
    assert_eq!(list(&rest, "seq"), [2]);
    let other = format!("/v1/tenants/globex/events?after={first}");
    let wrong = refused(
        "invalid_cursor",
        "after: this is a cursor of another tenant",
    );
    world.check("GET", &other, Value::Null, 400, wrong).await;
    let none = json!({"items": [], "more": false});
    world
        .check("GET", "/v1/tenants/globex/events", Value::Null, 200, none)
        .await;
    let unknown = json!({"code": "not_found"});
    world
        .check("GET", "/v1/events?tenant=nobody", Value::Null, 404, unknown)
        .await;
    for cursor in ["nonsense", "v", "v00", "t6163"] {
        let path = format!("{AT}?after={cursor}");
        let wrong = json!({"code": "invalid_cursor", "at": "after"});
        world.check("GET", &path, Value::Null, 400, wrong).await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_waiting_call_is_answered_by_the_first_event() {
    let world = Arc::new(World::new().await);
    let (id, group) = selected(&world, &["ana"]).await;
    world.settle().await;
    let after = next(&world.get(AT).await);
    let (waiting, began) = (Arc::clone(&world), Instant::now());
    let path = format!("{AT}?wait=25&after={after}&types=account.deactivated");
    let call = tokio::spawn(async move { waiting.get(&path).await });
    tokio::task::yield_now().await;
    world.bell.ring();
    // What is not wanted ends no call.
    let crew = world.group(&id, "Crew", &[]).await;
    let path = format!("/v1/tenants/acme/integrations/{id}/selections");
    let body = json!({"selections": [{"group_id": group}, {"group_id": crew}]});
    world.check("PUT", &path, body, 200, json!({})).await;
    world.settle().await;
    tokio::task::yield_now().await;
    assert_eq!(list(&world.get(AT).await, "seq").len(), 3);
    assert!(!call.is_finished());
    world.leave(&id, &format!("u-{id}-ana")).await;
    world.settle().await;
    let reply = call.await.unwrap();
    assert_eq!(list(&reply, "type"), ["account.deactivated"]);
    assert_eq!(
        began.elapsed(),
        Duration::ZERO,
        "no time went by: nobody polled"
    );
    let nothing = world
        .get(&format!("{AT}?wait=25&after={}", next(&reply)))
        .await;
    assert_eq!(nothing.body["items"], json!([]));
    assert_eq!(began.elapsed(), Duration::from_secs(25));
}

/// The whole, then the events after it: what two calls tell is what the application holds.
#[tokio::test]
async fn the_whole_and_the_events_after_it_are_everything() {
    let world = World::new().await;
    let id = synced(&world, &["ana", "ben", "cal"]).await;
    let first = world.get(&format!("{DESIRED}?limit=2")).await;
    assert_eq!(first.body["seq"], 4);
    assert_eq!(first.body["items"][0]["access_group"]["name"], "Sales");
    assert_eq!(first.body["items"][0]["access_group"]["archived"], false);
    // Somebody leaves between two pages.
    world.leave(&id, &format!("u-{id}-ana")).await;
    world.settle().await;
    let mut rows = BTreeMap::new();
    let mut keep = |item: &Value| {
        let account = item["account"].as_object();
        rows.extend(account.map(|account| (account["ref"].to_string(), item.clone())));
    };
    let mut page = first.clone();
    loop {
        assert_eq!(page.body["seq"], 4, "every page is stamped as the first");
        assert_eq!(page.body["events_after"], first.body["events_after"]);
        page.body["items"]
            .as_array()
            .unwrap()
            .iter()
            .for_each(&mut keep);
        let Some(after) = page.body["next"].as_str().map(str::to_owned) else {
            break;
        };
        page = world.get(&format!("{DESIRED}?limit=2&after={after}")).await;
    }
    let after = first.body["events_after"].as_str().unwrap();
    let later = world.get(&format!("{AT}?after={after}")).await;
    assert_eq!(list(&later, "type"), ["account.deactivated"]);
    later.body["items"]
        .as_array()
        .unwrap()
        .iter()
        .for_each(&mut keep);
    let told: Vec<_> = rows
        .into_values()
        .map(|row| row["account"].clone())
        .collect();
    let accounts = world.get("/v1/tenants/acme/accounts").await;
    assert_eq!(json!(told), accounts.body["items"]);
}

#[tokio::test]
async fn what_is_forgotten_is_410_and_says_where_to_start_anew() {
    let world = World::new().await;
    synced(&world, &["ana", "ben"]).await;
    let first = world.get(AT).await.body["items"][0]["id"].clone();
    let first = first.as_str().unwrap();
    let tenant = TenantId::new("acme");
    world.ledger.forget_happened(&tenant, 2).await.unwrap();
    let gone = json!({"code": "gone", "status": 410, "resync": DESIRED});
    for path in [
        AT.to_owned(),
        format!("{AT}?after={first}"),
        format!("{AT}?after={first}&wait=25"),
        format!("{DESIRED}?at=1"),
        // A number that never was: the database was restored from an older copy.
        format!("{DESIRED}?at=99"),
    ] {
        world
            .check("GET", &path, Value::Null, 410, gone.clone())
            .await;
    }
    let whole = world.get(DESIRED).await;
    assert_eq!(
        (&whole.body["seq"], list(&whole, "seq").len()),
        (&json!(3), 3)
    );
    world
        .check(
            "GET",
            &format!("{DESIRED}?at=2"),
            Value::Null,
            200,
            json!({"seq": 2}),
        )
        .await;
}

#[tokio::test]
async fn a_listener_says_how_far_it_is_and_its_lag_is_seen() {
    let world = World::new().await;
    synced(&world, &["ana", "ben"]).await;
    let all = world.get(AT).await;
    let ids: Vec<_> = list(&all, "id").into_iter().cloned().collect();
    let path = "/v1/consumers/crm/cursor";
    for (body, seq, lag) in [
        (json!({"cursor": ids[1]}), 2, 1),
        (json!({"cursor": ids[2]}), 3, 0),
        (json!({"cursor": ids[0]}), 3, 0),
        (json!({"cursor": ids[0], "back": true}), 1, 2),
    ] {
        let wanted = json!({"name": "crm", "seq": seq, "lag": lag, "at": "…", "cursor": "…"});
        world.check("PUT", path, body, 200, wanted).await;
    }
    let shown = json!({"name": "crm", "seq": 1, "lag": 2, "cursor": ids[0]});
    let named = format!("{path}?tenant=acme");
    world
        .check("GET", &named, Value::Null, 200, shown.clone())
        .await;
    let all = json!({"items": [shown], "next": null});
    world
        .check("GET", "/v1/tenants/acme/consumers", Value::Null, 200, all)
        .await;
    let none = refused("not_found", "nobody named \"erp\" said how far it is");
    let erp = "/v1/consumers/erp/cursor?tenant=acme";
    world.check("GET", erp, Value::Null, 404, none).await;
    let wrong = json!({"code": "invalid_cursor", "at": "cursor"});
    world
        .check("PUT", path, json!({"cursor": "x"}), 400, wrong)
        .await;
    let wrong = refused("invalid_value", "cursor: expected a cursor");
    world.check("PUT", path, json!({}), 400, wrong).await;
    let name = "/v1/consumers/a%20b/cursor";
    let wrong = json!({"code": "invalid_value"});
    world
        .check("PUT", name, json!({"cursor": ids[0]}), 400, wrong)
        .await;
}
