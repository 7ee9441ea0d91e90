//! The mapping table: S-55.

use enroll_sync::Ledger;
use serde_json::{Value, json};

use crate::world::World;

const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";

async fn world(fields: Value) -> World {
    let mut world = World::new().await;
    world.policy(json!({ "fields": fields })).await;
    world.user("boss", json!({})).await;
    world.group("Staff", &["boss"]).await;
    world
}

#[tokio::test]
async fn s_55_values_come_from_paths_in_the_grammar_of_patch() {
    let fields = json!({
        "department": format!("{ENTERPRISE}:department"),
        "phone": "phoneNumbers[type eq \"mobile\"].value",
        "phones": "phoneNumbers.value",
        "title": "title",
        "photo": "photos",
    });
    let mut world = world(fields).await;
    let more = json!({
        "title": "Countess",
        "phoneNumbers": [{"type": "work", "value": "1"}, {"type": "mobile", "value": "2"}],
        ENTERPRISE: {"department": "Engines"},
    });
    world.user("ada", more).await;
    world.join("Staff", "ada").await;
    world.settle().await;
    let account = world.account("ada").await.profile;
    let wanted =
        json!({"department": "Engines", "phone": "2", "phones": ["1", "2"], "title": "Countess"});
    assert_eq!(serde_json::to_value(&account.fields).unwrap(), wanted);
    // What is gone in the provider is gone in the account.
    world
        .patch("User", "ada", json!([{"op": "remove", "path": "title"}]))
        .await;
    world.settle().await;
    assert!(
        !world
            .account("ada")
            .await
            .profile
            .fields
            .contains_key("title")
    );
    assert_eq!(world.events.all().last().unwrap().changed, ["fields.title"]);
}

#[tokio::test]
async fn s_55_the_four_defaults_can_be_pointed_elsewhere() {
    let fields = json!({"email": "userName", "first_name": "nickName", "time_zone": "locale"});
    let mut world = world(fields).await;
    let more =
        json!({"userName": "ada@login.example", "nickName": "Lady", "locale": "Europe/Paris"});
    world.user("ada", more).await;
    world.join("Staff", "ada").await;
    world.settle().await;
    let all = world.accounts().await;
    let account = all
        .iter()
        .find(|a| a.profile.email.as_deref() == Some("ada@login.example"));
    let profile = &account.unwrap().profile;
    assert_eq!(profile.first_name.as_deref(), Some("Lady"));
    assert_eq!(profile.time_zone.as_deref(), Some("Europe/Paris"));
}

#[tokio::test]
async fn s_55_the_manager_is_the_managers_account_as_soon_as_there_is_one() {
    let mut world = world(json!({"manager": format!("{ENTERPRISE}:manager")})).await;
    let more = json!({ENTERPRISE: {"manager": {"value": "lead"}}});
    world.user("ada", more).await;
    world.join("Staff", "ada").await;
    world.settle().await;
    assert!(world.account("ada").await.profile.fields.is_empty());
    world.user("lead", json!({})).await;
    world.join("Staff", "lead").await;
    world.settle().await;
    let lead = world.account("lead").await.app_ref;
    let fields = world.account("ada").await.profile.fields;
    assert_eq!(fields["manager"], json!(lead.as_str()));
}

#[tokio::test]
async fn s_55_a_path_is_checked_when_it_is_saved() {
    let world = World::new().await;
    let check = async |path: &str, wanted: &str| {
        let change = json!({"fields": {"x": path}});
        let error = world
            .job
            .desk()
            .patch_policy(&world.tenant, &change, world.now)
            .await;
        assert_eq!(error.unwrap_err().to_string(), wanted);
    };
    check("shoeSize", "fields.x: User has no attribute shoeSize").await;
    check(
        "password",
        "fields.x: expected an attribute that is returned",
    )
    .await;
    check(
        "urn:ietf:params:scim:schemas:core:2.0:User",
        "fields.x: expected an attribute, not a schema",
    )
    .await;
    let error = world
        .job
        .desk()
        .patch_policy(
            &world.tenant,
            &json!({"fields": {"x": "emails[type eq"}}),
            world.now,
        )
        .await;
    let text = error.unwrap_err().to_string();
    assert!(
        text.starts_with("fields.x: expected ") && text.contains('\n'),
        "{text}"
    );
    assert!(
        !world
            .job
            .desk()
            .policy(&world.tenant)
            .await
            .unwrap()
            .fields
            .contains_key("x")
    );
}

#[tokio::test]
async fn s_55_a_changed_table_reaches_everybody() {
    let mut world = world(json!({})).await;
    world.user("ada", json!({"title": "Countess"})).await;
    world.join("Staff", "ada").await;
    world.settle().await;
    world.policy(json!({"fields": {"title": "title"}})).await;
    world.settle().await;
    assert_eq!(
        world.account("ada").await.profile.fields["title"],
        json!("Countess")
    );
}

#[tokio::test]
async fn s_55_a_path_that_no_longer_fits_stops_nobody() {
    let mut world = world(json!({})).await;
    let context = world.ledger.context(&world.tenant).await.unwrap();
    let mut policy = context.policy;
    policy.fields.insert("gone".into(), "shoeSize".into());
    let written = world
        .ledger
        .set_policy(&world.tenant, context.version, policy, world.now);
    written.await.unwrap();
    world.settle().await;
    assert_eq!(world.active().await, ["boss: Staff"]);
    let why = world.why("boss").await;
    let note = why
        .reasons
        .iter()
        .find(|reason| reason.code == "W_FIELD_UNREADABLE")
        .unwrap();
    assert_eq!(note.text, "fields.gone: User has no attribute shoeSize");
}
