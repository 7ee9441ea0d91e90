//! S-34, S-35, E-18, E-30: the picker and what is chosen in it.

use serde_json::{Value, json};

use crate::world::{World, refused};

/// A tenant whose provider sent two people and three groups.
async fn picker(world: &World) -> (String, [String; 3]) {
    let id = world.okta().await;
    let (ana, ben) = (
        world.person(&id, "ana").await,
        world.person(&id, "ben").await,
    );
    let sales = world.group(&id, "Sales", &[&ana, &ben]).await;
    let hr = world.group(&id, "HR", &[&ben, "not-here-yet"]).await;
    let twin = world.group(&id, "hr", &[]).await;
    (
        format!("/v1/tenants/acme/integrations/{id}"),
        [sales, hr, twin],
    )
}

#[tokio::test]
async fn s34_groups_are_listed_live_with_counts() {
    let world = World::new().await;
    let (at, [sales, hr, twin]) = picker(&world).await;
    let reply = world.get(&format!("{at}/groups")).await;
    let items = reply.body["items"].as_array().unwrap();
    let row = |id: &str| items.iter().find(|row| row["id"] == *id).unwrap().clone();
    assert_eq!(items.len(), 3);
    assert_eq!(
        row(&sales),
        json!({
            "id": sales, "display_name": "Sales", "external_id": null, "members": 2,
            "pending_members": [], "name_repeats": false, "state": "not_selected",
            "selected": false, "selection": null,
        })
    );
    assert_eq!(row(&hr)["pending_members"], json!(["not-here-yet"]), "E-18");
    assert!(
        row(&hr)["name_repeats"] == true && row(&twin)["name_repeats"] == true,
        "E-30"
    );
}

#[tokio::test]
async fn s35_selections_are_replaced_as_a_whole_and_keep_their_order() {
    let world = World::new().await;
    let (at, [sales, hr, twin]) = picker(&world).await;
    let path = format!("{at}/selections");
    world
        .check("GET", &path, Value::Null, 200, json!({"selections": []}))
        .await;
    let body = json!({"selections": [
        {"group_id": hr, "kind": "external"}, {"group_id": sales, "sync_name": true},
    ]});
    let wanted = json!({"selections": [
        {
            "group_id": hr, "kind": "external", "access_group": null, "priority": 0,
            "sync_name": null, "paused": false,
        },
        {
            "group_id": sales, "kind": "internal", "access_group": null, "priority": 1,
            "sync_name": true, "paused": false,
        },
    ]});
    world.check("PUT", &path, body, 200, wanted.clone()).await;
    let shown = world
        .check("GET", &path, Value::Null, 200, wanted.clone())
        .await;
    world.check("PUT", &path, shown.body, 200, wanted).await;

    let first = json!({"selections": [
        {"group_id": hr}, {"group_id": twin, "priority": 9}, {"group_id": sales, "priority": 1},
    ]});
    let placed = json!({"selections": [{"group_id": sales}, {"group_id": twin}, {"group_id": hr}]});
    world.check("PUT", &path, first, 200, placed).await;
    let rows = world.get(&format!("{at}/groups")).await.body;
    let ids: Vec<_> = rows["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| row["id"].clone())
        .collect();
    assert_eq!(
        ids,
        [json!(sales), json!(twin), json!(hr)],
        "the picker shows that order"
    );
    assert_eq!(
        rows["items"][0]["selection"],
        json!({"access_group": null, "kind": "internal", "priority": 0})
    );

    world
        .check(
            "PUT",
            &path,
            json!({"selections": []}),
            200,
            json!({"selections": []}),
        )
        .await;
    world
        .check("GET", &path, Value::Null, 200, json!({"selections": []}))
        .await;
}

#[tokio::test]
async fn refusals_name_the_entry_as_it_was_sent() {
    let world = World::new().await;
    let (at, [sales, hr, _]) = picker(&world).await;
    let path = format!("{at}/selections");
    let rows = [
        (
            json!({}),
            "selections: send the list of all selected groups",
        ),
        (
            json!({"selections": {}}),
            "selections: expected a list: […]",
        ),
        (
            json!({"selections": [7]}),
            "selections[0]: expected an object: {…}",
        ),
        (
            json!({"selections": [{}]}),
            "selections[0].group_id: send the id of a group that …/groups lists",
        ),
        (
            json!({"selections": [
                {"group_id": sales, "priority": 5}, {"group_id": "nope", "priority": 1},
            ]}),
            "selections[1].group_id: this directory has no group nope; …/groups lists them",
        ),
        (
            json!({"selections": [{"group_id": hr}, {"group_id": sales}, {"group_id": hr}]}),
            "selections[2].group_id: g-INT-HR is in the list twice; send it once",
        ),
        (
            json!({"selections": [{"group_id": hr, "access_group": "ag_9"}]}),
            "selections[0].access_group: the application has no access group ag_9; it has none",
        ),
        (
            json!({"selections": [{"group_id": hr, "kind": "contractor"}]}),
            "selections[0].kind: expected \"internal\" or \"external\"",
        ),
        (
            json!({"selections": [{"group_id": hr, "paused": "no"}]}),
            "selections[0].paused: expected true or false",
        ),
        (
            json!({"selections": [{"group_id": hr, "priority": -1}]}),
            "selections[0].priority: expected a whole number from 0 to 4294967295",
        ),
    ];
    let integration = at.rsplit('/').next().unwrap();
    for (body, detail) in rows {
        let detail = detail.replace("INT", integration);
        world
            .check("PUT", &path, body, 400, refused("invalid_value", &detail))
            .await;
    }
    let slip = "selections[0]: there is no key \"group\"; known here: group_id, access_group, \
                kind, priority, sync_name, paused";
    let body = json!({"selections": [{"group": hr}]});
    world
        .check("PUT", &path, body, 400, refused("unknown_key", slip))
        .await;
    world
        .check("GET", &path, Value::Null, 200, json!({"selections": []}))
        .await;
}

#[tokio::test]
async fn more_than_the_limit_is_refused() {
    let world = World::new().await;
    let (at, [sales, ..]) = picker(&world).await;
    let many: Vec<_> = (0..1_001).map(|_| json!({"group_id": sales})).collect();
    let wanted = refused(
        "invalid_value",
        "selections: at most 1000 groups can be selected",
    );
    world
        .check(
            "PUT",
            &format!("{at}/selections"),
            json!({"selections": many}),
            400,
            wanted,
        )
        .await;
}
