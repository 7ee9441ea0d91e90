//! S-03: why somebody has, or has not, an account.

use serde_json::{Value, json};

use crate::world::{World, refused};

fn at(who: &str) -> String {
    format!("/v1/tenants/acme/people/{who}/explain")
}

#[tokio::test]
async fn a_person_is_found_by_id_address_or_external_id() {
    let world = World::new().await;
    let id = world.okta().await;
    let ana = world.person(&id, "ana").await;
    world.group(&id, "Sales", &[&ana]).await;
    let wanted = json!({
        "status": "not_provisioned", "entitled": false, "access_group": null, "account": null,
        "person": {
            "integration": id, "id": ana, "external_id": "ext-ana", "user_name": "ana@acme.com",
        },
        "idp": {"active": true, "groups": [{"name": "…", "selected": false}]},
        "next": {"op": "nothing"},
    });
    for settled in [false, true] {
        if settled {
            world.settle().await;
        }
        for who in [
            ana.as_str(),
            "ana@acme.com",
            "ANA@acme.com",
            "ana%40acme.com",
            "ext-ana",
        ] {
            let reply = world
                .check("GET", &at(who), Value::Null, 200, wanted.clone())
                .await;
            let reasons = reply.body["reasons"].as_array().unwrap();
            let codes: Vec<_> = reasons
                .iter()
                .map(|reason| reason["code"].as_str().unwrap())
                .collect();
            assert_eq!(codes, ["NOT_IN_SELECTED_GROUP"], "{who}");
            assert!(
                reasons[0]["fix"].as_str().unwrap().len() > 10,
                "it says what to do"
            );
        }
    }
}

#[tokio::test]
async fn nobody_is_404_in_words() {
    let world = World::new().await;
    let id = world.connect("globex", "Theirs").await;
    let stranger = world.person(&id, "zoe").await;
    world.settle().await;
    for who in ["zoe@acme.com", stranger.as_str(), "x"] {
        let detail = format!(
            "no provider of this tenant sent a person with id, address, userName or externalId \"{who}\""
        );
        world
            .check(
                "GET",
                &at(who),
                Value::Null,
                404,
                refused("not_found", &detail),
            )
            .await;
    }
}

#[tokio::test]
async fn e22_two_people_of_two_providers_are_both_explained() {
    let world = World::new().await;
    let (okta, entra) = (world.okta().await, world.connect("acme", "Entra").await);
    let (one, two) = (
        world.person(&okta, "ana").await,
        world.person(&entra, "ana").await,
    );
    world.settle().await;
    let reply = world.get(&at("ana@acme.com")).await;
    let mut ids: Vec<_> = reply.body["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|e| e["person"]["id"].clone())
        .collect();
    ids.sort_by_key(ToString::to_string);
    let mut both = vec![json!(one), json!(two)];
    both.sort_by_key(ToString::to_string);
    assert_eq!(ids, both);
    world
        .check(
            "GET",
            &at(&one),
            Value::Null,
            200,
            json!({"person": {"id": one}}),
        )
        .await;

    world.leave(&okta, &one).await;
    world.settle().await;
    let left = json!({"person": {"id": two}});
    world
        .check("GET", &at("ana@acme.com"), Value::Null, 200, left)
        .await;
}
