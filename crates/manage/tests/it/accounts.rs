//! S-05, S-06, S-11, S-37: accounts and access groups as the job left them.

use serde_json::{Value, json};

use crate::world::{World, refused};

const AT: &str = "/v1/tenants/acme/accounts";

/// A tenant whose provider's people have their accounts.
async fn synced(world: &World, names: &[&str]) -> String {
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
    world
        .check(
            "PATCH",
            "/v1/tenants/acme/policy",
            json!({"auto_sync": true}),
            200,
            json!({}),
        )
        .await;
    world.settle().await;
    id
}

#[tokio::test]
async fn an_account_shows_everything_and_a_leaver_stays_listed() {
    let world = World::new().await;
    let id = synced(&world, &["ana", "ben"]).await;
    let groups = json!({
        "items": [{"ref": "…", "name": "Sales", "origin": "scim", "state": "needs_setup"}],
        "next": null,
    });
    let groups = world
        .check(
            "GET",
            "/v1/tenants/acme/access-groups",
            Value::Null,
            200,
            groups,
        )
        .await;
    let group = &groups.body["items"][0]["ref"];
    let page = world.get(&format!("{AT}?active=true")).await.body;
    let ana = page["items"]
        .as_array()
        .unwrap()
        .iter()
        .find(|a| a["first_name"] == "ana")
        .unwrap();
    let mut ana = ana.clone();
    ana["ref"] = json!("…");
    assert_eq!(
        ana,
        json!({
            "ref": "…", "email": "ana@acme.com", "first_name": "ana", "last_name": "Ruiz",
            "time_zone": "Europe/London", "login": null, "kind": "internal", "active": true,
            "access_groups": [group], "fields": {},
        })
    );

    world.leave(&id, &format!("u-{id}-ben")).await;
    world.settle().await;
    let left = json!({"items": [{"email": "ben@acme.com", "active": false, "access_groups": []}]});
    world
        .check("GET", &format!("{AT}?active=false"), Value::Null, 200, left)
        .await;
    let here = json!({"items": [{"email": "ana@acme.com"}], "next": null});
    world
        .check("GET", &format!("{AT}?active=true"), Value::Null, 200, here)
        .await;
    assert_eq!(
        world.get(AT).await.body["items"].as_array().unwrap().len(),
        2
    );
    let none = json!({"items": [], "next": null});
    world
        .check(
            "GET",
            "/v1/tenants/globex/accounts",
            Value::Null,
            200,
            none.clone(),
        )
        .await;
    world
        .check(
            "GET",
            "/v1/tenants/globex/access-groups",
            Value::Null,
            200,
            none,
        )
        .await;
}

#[tokio::test]
async fn pages_hold_everybody_once() {
    let world = World::new().await;
    synced(&world, &["a", "b", "c", "d", "e"]).await;
    for limit in [1, 2, 4, 5, 6] {
        let (mut seen, mut next) = (Vec::new(), String::new());
        loop {
            let page = world
                .get(&format!("{AT}?limit={limit}&after={next}&active="))
                .await
                .body;
            let items = page["items"].as_array().unwrap();
            assert!(!items.is_empty() && items.len() <= limit, "{limit}: {page}");
            seen.extend(
                items
                    .iter()
                    .map(|account| account["email"].as_str().unwrap().to_owned()),
            );
            match page["next"].as_str() {
                Some(cursor) => next = cursor.to_owned(),
                None => break,
            }
        }
        seen.sort();
        let all: Vec<_> = ["a", "b", "c", "d", "e"]
            .map(|name| format!("{name}@acme.com"))
            .into();
        assert_eq!(seen, all, "limit {limit}");
    }
}

#[tokio::test]
async fn parameters_are_checked() {
    let world = World::new().await;
    let cursor = refused(
        "invalid_cursor",
        "after: send the `next` of the page before, unchanged",
    );
    for after in ["nonsense", "a", "0", "a00ff", "t", "%00", "a%2F"] {
        for list in ["accounts", "access-groups"] {
            let path = format!("/v1/tenants/acme/{list}?after={after}");
            world
                .check("GET", &path, Value::Null, 400, cursor.clone())
                .await;
        }
    }
    let flag = refused("invalid_parameter", "active: expected true or false");
    for value in ["yes", "1", "TRUE", "null"] {
        world
            .check(
                "GET",
                &format!("{AT}?active={value}"),
                Value::Null,
                400,
                flag.clone(),
            )
            .await;
    }
    let limit = refused(
        "invalid_parameter",
        "limit: expected a whole number from 1 to 1000",
    );
    for value in [
        "0",
        "1001",
        "-1",
        "+1",
        "1.5",
        "ten",
        "99999999999999999999999",
    ] {
        world
            .check(
                "GET",
                &format!("{AT}?limit={value}"),
                Value::Null,
                400,
                limit.clone(),
            )
            .await;
    }
}

#[tokio::test]
async fn a_cursor_of_one_list_is_none_of_another() {
    let world = World::new().await;
    let page = world.get("/v1/tenants?limit=1").await.body;
    let cursor = page["next"].as_str().unwrap();
    world
        .check(
            "GET",
            &format!("{AT}?after={cursor}"),
            Value::Null,
            400,
            json!({"code": "invalid_cursor"}),
        )
        .await;
}
