//! S-31, S-32, S-45, S-46: integrations are made, shown and renamed.

use enroll_schema::Timestamp;
use enroll_store::{DirectoryId, TenantId};
use enroll_sync::Ledger;
use enroll_tenants::{Gate, Integration, Learned, Secret, Tenants};
use serde_json::{Value, json};

use crate::world::{World, refused};

const ALL: &str = "/v1/tenants/acme/integrations";

#[tokio::test]
async fn s31_s45_a_new_integration_shows_base_url_and_token_once() {
    let world = World::new().await;
    let wanted = json!({
        "id": "…", "tenant": "acme", "name": "Okta prod", "idp": "okta", "state": "waiting",
        "last_seen": null, "token": "…", "token_id": "…", "created": "1970-01-01T00:16:40.000Z",
    });
    let body = json!({"name": "Okta prod", "idp": "okta"});
    let made = world.check("POST", ALL, body, 201, wanted).await;
    let (id, token) = (
        made.body["id"].as_str().unwrap(),
        made.body["token"].as_str().unwrap(),
    );
    assert_eq!(made.headers["location"], format!("integrations/{id}"));
    assert_eq!(
        made.body["base_url"],
        format!("https://scim.example.com/scim/{id}/v2")
    );
    let opens = Gate::new(world.tenants.clone())
        .admit(token, world.now())
        .await
        .unwrap()
        .unwrap();
    assert_eq!((opens.directory.as_str(), opens.idp.as_str()), (id, "okta"));
    for path in [
        ALL.to_owned(),
        format!("{ALL}/{id}"),
        format!("{ALL}/{id}/tokens"),
    ] {
        let shown = world.get(&path).await.body.to_string();
        assert!(shown.contains("okta") || shown.contains("tok_"), "{shown}");
        assert!(
            !shown.contains(token) && !shown.contains(&token[12..40]),
            "{path} shows the token"
        );
    }
}

#[tokio::test]
async fn s32_automatic_sync_is_off_and_the_answer_says_so() {
    let world = World::new().await;
    let off = world
        .check(
            "POST",
            ALL,
            json!({"idp": "okta"}),
            201,
            json!({"auto_sync": false}),
        )
        .await;
    assert!(
        off.body["hint"]
            .as_str()
            .unwrap()
            .contains("PATCH /v1/tenants/acme/policy")
    );
    world
        .check(
            "PATCH",
            "/v1/tenants/acme/policy",
            json!({"auto_sync": true}),
            200,
            json!({}),
        )
        .await;
    let on = world
        .check(
            "POST",
            ALL,
            json!({"idp": "okta"}),
            201,
            json!({"auto_sync": true}),
        )
        .await;
    assert_eq!(on.body.get("hint"), None);
}

#[tokio::test]
async fn name_and_idp_have_defaults_and_an_unknown_idp_a_suggestion() {
    let world = World::new().await;
    world
        .check(
            "POST",
            ALL,
            json!({}),
            201,
            json!({"name": "auto", "idp": "auto"}),
        )
        .await;
    world
        .check(
            "POST",
            ALL,
            json!({"idp": "Entra"}),
            201,
            json!({"idp": "entra"}),
        )
        .await;
    let near = refused(
        "invalid_value",
        "idp: \"otka\" is no provider; did you mean okta?",
    );
    world
        .check("POST", ALL, json!({"idp": "otka"}), 400, near)
        .await;
    let far = "idp: \"azure\" is no provider; known are auto, okta, entra, onelogin";
    world
        .check(
            "POST",
            ALL,
            json!({"idp": "azure"}),
            400,
            refused("invalid_value", far),
        )
        .await;
    assert_eq!(
        world.get(ALL).await.body["items"].as_array().unwrap().len(),
        2,
        "refusals make nothing"
    );
}

#[tokio::test]
async fn s46_the_first_call_of_the_provider_connects() {
    let world = World::new().await;
    let made = world
        .manage
        .connect(&TenantId::new("acme"), "Okta", "okta", None)
        .await
        .unwrap();
    let path = format!("{ALL}/{}", made.integration.id);
    world
        .check(
            "GET",
            &path,
            Value::Null,
            200,
            json!({"state": "waiting", "last_seen": null}),
        )
        .await;
    world.later(5_000);
    Gate::new(world.tenants.clone())
        .admit(made.token.expose(), world.now())
        .await
        .unwrap()
        .unwrap();
    let connected = json!({"state": "connected", "last_seen": "1970-01-01T00:16:45.000Z"});
    world.check("GET", &path, Value::Null, 200, connected).await;
}

#[tokio::test]
async fn patch_changes_name_and_dialect_here_and_for_the_job() {
    let world = World::new().await;
    let id = world.okta().await;
    let path = format!("{ALL}/{id}");
    world
        .check(
            "PATCH",
            &path,
            json!({"name": "Okta EU"}),
            200,
            json!({"name": "Okta EU", "idp": "okta"}),
        )
        .await;
    world
        .check(
            "PATCH",
            &path,
            json!({"idp": "entra"}),
            200,
            json!({"name": "Okta EU", "idp": "entra"}),
        )
        .await;
    world
        .check(
            "PATCH",
            &path,
            json!({}),
            200,
            json!({"name": "Okta EU", "idp": "entra"}),
        )
        .await;
    world
        .check(
            "PATCH",
            &path,
            json!({"idp": "entre"}),
            400,
            json!({"at": "idp"}),
        )
        .await;
    let context = world.ledger.context(&TenantId::new("acme")).await.unwrap();
    assert_eq!(context.integrations[0].name, "Okta EU");
}

#[tokio::test]
async fn what_auto_concluded_is_shown_and_the_operator_wins() {
    let world = World::new().await;
    let made = world.call("POST", ALL, json!({"idp": "auto"})).await;
    let id = made.body["id"].as_str().unwrap();
    let path = format!("{ALL}/{id}");
    for (idp, is_certain, shown, other) in [
        ("onelogin", false, "suggested", "learned"),
        ("entra", true, "learned", "suggested"),
    ] {
        let learned = Learned {
            idp: idp.to_owned(),
            why: "a header".to_owned(),
            at: Timestamp::from_millis(0),
            is_certain,
        };
        let id = DirectoryId::new(id);
        world.tenants.learn(&id, learned).await.unwrap();
        let conclusion = json!({"idp": idp, "why": "a header", "at": "1970-01-01T00:00:00.000Z"});
        let wanted = json!({"idp": "auto", shown: conclusion});
        let reply = world.check("GET", &path, Value::Null, 200, wanted).await;
        assert_eq!(reply.body.get(other), None);
    }
    let set = json!({"idp": "okta"});
    let reply = world.check("PATCH", &path, set.clone(), 200, set).await;
    assert_eq!(reply.body.get("learned"), None);
}

#[tokio::test]
async fn e22_integrations_are_listed_and_ordered_as_they_were_made() {
    let world = World::new().await;
    let (a, b) = (world.okta().await, world.connect("acme", "Entra").await);
    world.connect("globex", "Theirs").await;
    let listed = json!({"items": [{"id": a}, {"id": b}], "next": null});
    world.check("GET", ALL, Value::Null, 200, listed).await;
    let context = world.ledger.context(&TenantId::new("acme")).await.unwrap();
    let orders: Vec<_> = context
        .integrations
        .iter()
        .map(|i| (i.id.as_str(), i.order))
        .collect();
    assert_eq!(orders, [(a.as_str(), 0), (b.as_str(), 1)]);
}

#[tokio::test]
async fn what_a_crash_left_half_made_is_finished_at_the_next_start() {
    let world = World::new().await;
    let whole = world.okta().await;
    // The process ended right after the first of the writes.
    let torn = Integration::new(
        DirectoryId::new("int_torn"),
        TenantId::new("acme"),
        "Torn",
        "okta",
        Timestamp::from_millis(0),
    );
    world.tenants.add_integration(torn).await.unwrap();
    world
        .check(
            "GET",
            &format!("{ALL}/int_torn/groups"),
            Value::Null,
            404,
            json!({}),
        )
        .await;
    assert_eq!(world.manage.attach_all().await.unwrap(), 2);
    assert_eq!(
        world.manage.attach_all().await.unwrap(),
        2,
        "a second time changes nothing"
    );
    world
        .check(
            "GET",
            &format!("{ALL}/int_torn/groups"),
            Value::Null,
            200,
            json!({"items": []}),
        )
        .await;
    let context = world.ledger.context(&TenantId::new("acme")).await.unwrap();
    let orders: Vec<_> = context
        .integrations
        .iter()
        .map(|i| (i.id.as_str(), i.order))
        .collect();
    assert_eq!(orders, [(whole.as_str(), 0), ("int_torn", 1)]);
    // Nobody could have called: it has no token yet.
    assert!(
        world
            .tenants
            .tokens(&DirectoryId::new("int_torn"))
            .await
            .unwrap()
            .is_empty()
    );
}

#[tokio::test]
async fn a_token_of_the_operators_own_opens_what_was_made_for_it() {
    let world = World::new().await;
    let secret = Secret::given("dev").unwrap();
    let acme = TenantId::new("acme");
    let made = world
        .manage
        .connect(&acme, "Okta", "okta", Some(secret.clone()))
        .await
        .unwrap();
    let access = Gate::new(world.tenants.clone())
        .admit("dev", world.now())
        .await
        .unwrap()
        .unwrap();
    assert_eq!(access.directory, made.integration.id);
    let twice = world
        .manage
        .connect(&acme, "Okta", "okta", Some(secret))
        .await
        .unwrap_err();
    assert_eq!(twice.kind().code(), "exists");
    let all = world.tenants.integrations(&acme).await.unwrap();
    assert_eq!(
        all.len(),
        1,
        "nothing is made for a token that cannot be used"
    );
}
