//! Addresses and logins: E-09, E-16, E-17, E-22, E-26, S-27, A3, A6.

use enroll_sync::{Account, AccountId, Profile, Status};
use serde_json::{Value, json};

use crate::world::World;

async fn two() -> World {
    let mut world = World::new().await;
    world.user("ada", json!({})).await;
    world.user("bob", json!({})).await;
    world.group("Staff", &["ada", "bob"]).await;
    world.settle().await;
    world
}

async fn mail(world: &mut World, user: &str, address: &str) {
    world
        .set(user, "emails[type eq \"work\"].value", json!(address))
        .await;
    world.settle().await;
}

#[tokio::test]
async fn e_09_a_taken_address_is_left_and_everything_else_goes_on() {
    let mut world = World::new().await;
    world.user("ada", json!({"userName": "ada"})).await;
    world.user("bob", json!({"userName": "bob"})).await;
    world.group("Staff", &["ada", "bob"]).await;
    world.settle().await;
    world.set("ada", "name.givenName", json!("Ada")).await;
    mail(&mut world, "ada", "BOB@x.example").await;
    let account = world.account("ada").await;
    assert_eq!(account.profile.first_name.as_deref(), Some("Ada"));
    let why = world.why("ada").await;
    let taken = why
        .reasons
        .iter()
        .find(|reason| reason.code == "E_EMAIL_TAKEN")
        .unwrap();
    let bob = world.account("bob").await.app_ref;
    assert_eq!(
        taken.text,
        format!("BOB@x.example belongs to account {bob}")
    );
    // As soon as the address is free it is taken.
    mail(&mut world, "bob", "robert@x.example").await;
    let all = world.accounts().await;
    let ada = all
        .iter()
        .find(|one| one.app_ref == account.app_ref)
        .unwrap();
    assert_eq!(ada.profile.email.as_deref(), Some("BOB@x.example"));
    assert!(!world.codes("ada").await.contains(&"E_EMAIL_TAKEN"));
}

#[tokio::test]
async fn e_09_two_newcomers_with_one_address_are_one_account_and_one_question() {
    let mut world = World::new().await;
    world.group("Staff", &[]).await;
    let same = json!({"emails": [{"type": "work", "value": "team@x.example"}]});
    for name in ["ada", "bob"] {
        world.user(name, same.clone()).await;
        world.join("Staff", name).await;
    }
    world.settle().await;
    assert_eq!(world.active().await, ["team: Staff"]);
    assert_eq!(world.state().await.blocked, 1);
    assert_eq!(world.why("bob").await.status, Status::Blocked);
    mail(&mut world, "ada", "ada@x.example").await;
    assert_eq!(world.active().await, ["ada: Staff", "team: Staff"]);
    assert_eq!(world.state().await.blocked, 0);
}

#[tokio::test]
async fn e_16_a_3_a_6_an_account_that_nobody_manages_is_never_taken_over() {
    let mut world = World::new().await;
    let own = Account {
        app_ref: AccountId::new("existing"),
        profile: Profile {
            email: Some("Ada@x.example".into()),
            first_name: Some("Augusta".into()),
            active: true,
            ..Profile::default()
        },
    };
    world
        .job
        .desk()
        .seed(&world.tenant, vec![own.clone()], vec![])
        .await
        .unwrap();
    world.user("ada", json!({})).await;
    world.group("Staff", &["ada"]).await;
    world.settle().await;
    assert_eq!(world.accounts().await, std::slice::from_ref(&own));
    let why = world.why("ada@x.example").await;
    assert_eq!(why.status, Status::Held);
    let proposed = why
        .reasons
        .iter()
        .find(|reason| reason.code == "H_LINK")
        .unwrap();
    assert_eq!(proposed.text, "account existing, userName ada@x.example");
    // Not for a leaver either.
    world.set("ada", "active", json!(false)).await;
    world.settle().await;
    assert_eq!(world.accounts().await, [own]);
}

#[tokio::test]
async fn a_1_an_external_id_equal_to_another_accounts_id_changes_nothing() {
    let mut world = World::new().await;
    let own = Account {
        app_ref: AccountId::new("1"),
        profile: Profile::default(),
    };
    world
        .job
        .desk()
        .seed(&world.tenant, vec![own.clone()], vec![])
        .await
        .unwrap();
    world.user("ada", json!({"externalId": "1"})).await;
    world.group("Staff", &["ada"]).await;
    world.settle().await;
    let all = world.accounts().await;
    assert_eq!(all.len(), 2);
    assert!(all.contains(&own));
}

#[tokio::test]
async fn e_22_an_address_of_another_integrations_account_is_a_question() {
    let mut world = two().await;
    world.integration = world.attach("entra").await;
    let same = json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": "ada@x.example",
        "externalId": "ext-ada",
    });
    world.create("User", "ada-entra", same, vec![]).await;
    world.group("Staff", &["ada-entra"]).await;
    world.settle().await;
    assert!(
        world
            .codes("ada-entra")
            .await
            .contains(&"E_CLAIMED_BY_OTHER")
    );
    assert_eq!(world.accounts().await.len(), 2);
}

#[tokio::test]
async fn e_26_without_any_address_nothing_is_made_and_nothing_is_lost() {
    let mut world = World::new().await;
    world
        .user("ada", json!({"userName": "ada", "emails": null}))
        .await;
    world.group("Staff", &["ada"]).await;
    world.settle().await;
    assert!(world.accounts().await.is_empty());
    let why = world.why("ada").await;
    assert_eq!(why.status, Status::Blocked);
    let missing = why
        .reasons
        .iter()
        .find(|reason| reason.code == "E_EMAIL_MISSING")
        .unwrap();
    assert!(missing.fix.contains("emails[type eq \"work\"].value"));
    world
        .patch(
            "User",
            "ada",
            json!([{"op": "add", "value": {"emails": [{"value": "ada@x.example"}]}}]),
        )
        .await;
    world.settle().await;
    assert_eq!(world.active().await, ["ada: Staff"]);
    world
        .patch("User", "ada", json!([{"op": "remove", "path": "emails"}]))
        .await;
    world.settle().await;
    assert_eq!(world.active().await, ["ada: Staff"]);
    assert!(world.codes("ada").await.contains(&"E_EMAIL_MISSING"));
}

#[tokio::test]
async fn s_27_the_user_name_is_the_login_only_if_the_policy_says_so() {
    let mut world = World::careful().await;
    world
        .policy(json!({"auto_sync": true, "select_new_groups": true}))
        .await;
    world
        .user("ada", json!({"userName": "ada@upn.example"}))
        .await;
    world.group("Staff", &["ada"]).await;
    world.settle().await;
    assert_eq!(world.account("ada").await.profile.login, None);
    world.policy(json!({"upn_login": true})).await;
    world.settle().await;
    assert_eq!(
        world.account("ada").await.profile.login.as_deref(),
        Some("ada@upn.example")
    );
}

#[tokio::test]
async fn s_27_e_17_a_login_that_is_anothers_address_is_refused() {
    let mut world = two().await;
    world.set("ada", "userName", json!("bob@x.example")).await;
    world.settle().await;
    let account = world.account("ada").await.profile;
    assert_eq!(account.login.as_deref(), Some("ada@x.example"));
    assert!(world.codes("ada").await.contains(&"E_LOGIN_AMBIGUOUS"));
}

#[tokio::test]
async fn e_17_an_old_login_stays_reserved_for_ninety_days() {
    for (days, login) in [(89, None), (91, Some("ada@x.example"))] {
        let mut world = two().await;
        world
            .set("ada", "userName", json!("countess@x.example"))
            .await;
        mail(&mut world, "ada", "countess@x.example").await;
        let events = world.events.all();
        let reasons = &events.last().unwrap().reasons;
        assert!(
            reasons
                .iter()
                .any(|reason| reason.code.as_str() == "LOGIN_CHANGED")
        );
        world.pass(days * 86_400);
        let taker: Value = json!({"userName": "ada@x.example", "externalId": "new",
            "emails": [{"type": "work", "value": "new@x.example"}]});
        world.user("new", taker).await;
        world.join("Staff", "new").await;
        world.settle().await;
        let all = world.accounts().await;
        let found = all
            .iter()
            .find(|one| one.profile.email.as_deref() == Some("new@x.example"));
        let found = found.and_then(|account| account.profile.login.as_deref());
        assert_eq!(found, login, "{days} days");
    }
}
