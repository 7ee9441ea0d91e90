//! Leavers: S-06, E-04, E-11, E-27, D6.

use enroll_schema::Timestamp;
use enroll_sync::{Activity, Status};
use serde_json::json;

use crate::world::World;

async fn joined() -> World {
    let mut world = World::new().await;
    world.user("ada", json!({})).await;
    world.user("bob", json!({})).await;
    world.group("Staff", &["ada", "bob"]).await;
    world.settle().await;
    world
}

#[tokio::test]
async fn s_06_active_false_ends_access_in_the_same_instant() {
    let mut world = joined().await;
    world.set("ada", "active", json!(false)).await;
    world.turns().await;
    assert_eq!(world.active().await, ["bob: Staff"]);
    let account = world.account("ada").await.profile;
    assert!(account.access_groups.is_empty());
    assert_eq!(account.first_name.as_deref(), Some("ada"));
    assert_eq!(world.why("ada").await.status, Status::Deactivated);
}

#[tokio::test]
async fn s_06_delete_ends_access_in_the_same_instant_and_keeps_the_account() {
    let mut world = joined().await;
    world.delete("User", "ada").await;
    world.turns().await;
    assert_eq!(world.active().await, ["bob: Staff"]);
    assert!(world.has_account("ada").await);
    let why = world.why("ada@x.example").await;
    assert_eq!(
        (why.status, why.reasons[0].code),
        (Status::Deactivated, "IDP_DELETED")
    );
    assert!(why.idp.deleted_at.is_some());
}

#[tokio::test]
async fn s_06_a_leaver_does_not_wait_for_a_settle_window_that_is_open() {
    let mut world = joined().await;
    world.set("ada", "title", json!("x")).await;
    world.turns().await;
    world.set("ada", "active", json!(false)).await;
    world.turns().await;
    assert_eq!(world.active().await, ["bob: Staff"]);
}

#[tokio::test]
async fn d_6_leavers_go_before_joiners() {
    let mut world = joined().await;
    world.events.take();
    for number in 0..5 {
        let name = format!("new{number}");
        world.user(&name, json!({})).await;
        world.join("Staff", &name).await;
    }
    world.pass(60);
    world.set("ada", "active", json!(false)).await;
    world.turns().await;
    assert_eq!(world.events.take()[0], "deactivate ada@x.example");
}

#[tokio::test]
async fn who_was_never_in_leaves_no_trace() {
    let mut world = World::new().await;
    world.user("ada", json!({})).await;
    world.settle().await;
    world.delete("User", "ada").await;
    world.settle().await;
    let told = world
        .job
        .desk()
        .explain(&world.tenant, "ada", world.now)
        .await
        .unwrap();
    assert!(told.is_none());
    assert!(world.accounts().await.is_empty());
}

#[tokio::test]
async fn e_27_deleted_and_made_again_is_the_same_account() {
    let mut world = joined().await;
    let before = world.account("ada").await.app_ref;
    world.delete("User", "ada").await;
    world.settle().await;
    let again = json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
        "userName": "ada.l@x.example", "externalId": "ext-ada", "active": true,
        "emails": [{"type": "work", "value": "ada@x.example"}],
    });
    world.create("User", "ada-2", again, vec![]).await;
    world.join("Staff", "ada-2").await;
    world.settle().await;
    assert_eq!(world.active().await, ["ada: Staff", "bob: Staff"]);
    assert_eq!(world.account("ada").await.app_ref, before);
    let events = world.events.all();
    let last = events.last().unwrap();
    assert_eq!(
        (last.op.as_str(), last.reasons[0].code.as_str()),
        ("reactivate", "RESURRECTED")
    );
    assert_eq!(world.accounts().await.len(), 2);
}

#[tokio::test]
async fn e_27_two_people_with_one_external_id_do_not_share_an_account() {
    let mut world = joined().await;
    let before = world.account("ada").await.app_ref;
    world.delete("User", "ada").await;
    world.settle().await;
    for name in ["one", "two"] {
        world.user(name, json!({"externalId": "ext-ada"})).await;
        world.join("Staff", name).await;
    }
    world.settle().await;
    assert_eq!(
        world.active().await,
        ["bob: Staff", "one: Staff", "two: Staff"]
    );
    assert_eq!(world.account("one").await.app_ref, before);
    assert_ne!(world.account("two").await.app_ref, before);
}

#[tokio::test]
async fn e_27_the_same_user_name_with_another_external_id_is_another_person() {
    let mut world = joined().await;
    world.delete("User", "ada").await;
    world.settle().await;
    let other = json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
        "userName": "ada@x.example", "externalId": "somebody-else", "active": true,
    });
    world.create("User", "ada-2", other, vec![]).await;
    world.join("Staff", "ada-2").await;
    world.settle().await;
    assert_eq!(world.active().await, ["bob: Staff"]);
    let why = world.why("ada-2").await;
    assert_eq!(why.status, Status::Blocked);
    assert!(
        why.reasons
            .iter()
            .any(|reason| reason.code == "E_LOGIN_REUSED")
    );
    assert_eq!(world.state().await.blocked, 1);
}

#[tokio::test]
async fn e_27_without_external_ids_the_user_name_decides_for_thirty_days() {
    for (days, active) in [(29, true), (31, false)] {
        let mut world = World::new().await;
        world.user("ada", json!({"externalId": null})).await;
        world.group("Staff", &["ada"]).await;
        world.settle().await;
        world.delete("User", "ada").await;
        world.settle().await;
        world.pass(days * 86_400);
        let again = json!({
            "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
            "userName": "ADA@x.example", "active": true,
        });
        world.create("User", "ada-2", again, vec![]).await;
        world.join("Staff", "ada-2").await;
        world.settle().await;
        assert_eq!(!world.active().await.is_empty(), active, "{days} days");
        if !active {
            assert_eq!(world.codes("ada-2").await[0], "H_RESURRECT");
        }
    }
}

#[tokio::test]
async fn e_04_a_deselected_group_releases_its_people() {
    let mut world = joined().await;
    world.events.take();
    world.select(json!([])).await;
    world.settle().await;
    assert_eq!(world.active().await, ["ada: Staff", "bob: Staff"]);
    assert_eq!(world.why("ada").await.status, Status::Unmanaged);
    assert_eq!(world.codes("ada").await, ["RELEASED"]);
    assert_eq!(world.group_codes("g-Staff").await, ["RELEASED"]);
    // What the provider says afterwards is the application's affair.
    world.set("ada", "active", json!(false)).await;
    world.set("bob", "name.givenName", json!("Robert")).await;
    world.settle().await;
    assert_eq!(world.active().await, ["ada: Staff", "bob: Staff"]);
    assert!(world.events.take().is_empty());
    // Selected again, they are managed again.
    world.select(json!([{"group": "g-Staff"}])).await;
    world.settle().await;
    assert_eq!(
        world.account("bob").await.profile.first_name.as_deref(),
        Some("Robert")
    );
}

#[tokio::test]
async fn e_04_who_is_also_in_another_selected_group_moves_there() {
    let mut world = joined().await;
    world.group("Zebra", &["ada"]).await;
    world.settle().await;
    assert_eq!(world.active().await, ["ada: Staff", "bob: Staff"]);
    world.select(json!([{"group": "g-Zebra"}])).await;
    world.settle().await;
    assert_eq!(world.active().await, ["ada: Zebra", "bob: Staff"]);
    assert_eq!(world.why("bob").await.status, Status::Unmanaged);
}

#[tokio::test]
async fn e_04_deselecting_can_remove_and_pausing_changes_nothing() {
    let mut world = joined().await;
    world
        .select(json!([{"group": "g-Staff", "paused": true}]))
        .await;
    world.leave("Staff", "bob").await;
    world.set("ada", "name.givenName", json!("Ada")).await;
    world.settle().await;
    assert_eq!(world.codes("ada").await, ["PAUSED"]);
    assert_eq!(
        world.account("ada").await.profile.first_name.as_deref(),
        Some("ada")
    );
    world.policy(json!({"on_deselect": "remove"})).await;
    world.select(json!([])).await;
    world.settle().await;
    world.pass(60);
    world.settle().await;
    assert!(world.active().await.is_empty());
}

#[tokio::test]
async fn e_11_a_deleted_group_keeps_its_members_in_until_somebody_decides() {
    let mut world = joined().await;
    world.policy(json!({"on_group_deleted": "hold"})).await;
    world.delete("Group", "g-Staff").await;
    world.settle().await;
    world.pass(86_400);
    world.settle().await;
    assert_eq!(world.active().await, ["ada: Staff", "bob: Staff"]);
    assert_eq!(
        world.codes("ada").await,
        ["H_GROUP_DELETED", "LOST_LAST_GROUP"]
    );
    // Two people and the archiving of the access group.
    assert_eq!(world.state().await.held, 3);
    // An explicit leaver is not held.
    world.set("bob", "active", json!(false)).await;
    world.turns().await;
    assert_eq!(world.active().await, ["ada: Staff"]);
    world.policy(json!({"on_group_deleted": "apply"})).await;
    world.settle().await;
    assert_eq!(
        world.group_codes("g-Staff").await,
        ["GROUP_DELETED", "E_GROUP_IN_USE"]
    );
    world.pass(60);
    world.settle().await;
    assert!(world.active().await.is_empty());
    let groups = world.groups().await;
    assert_eq!(
        serde_json::to_value(groups[0].state).unwrap(),
        json!("archived")
    );
}

#[tokio::test]
async fn e_11_deselecting_a_deleted_group_releases_its_members() {
    let mut world = joined().await;
    world.policy(json!({"on_group_deleted": "hold"})).await;
    world.delete("Group", "g-Staff").await;
    world.settle().await;
    world.select(json!([])).await;
    world.settle().await;
    world.pass(1_000);
    world.settle().await;
    assert_eq!(world.active().await, ["ada: Staff", "bob: Staff"]);
    assert_eq!(world.why("ada").await.status, Status::Unmanaged);
}

#[tokio::test]
async fn e_11_a_group_that_comes_back_keeps_its_access_group() {
    let mut world = joined().await;
    world.policy(json!({"on_group_deleted": "hold"})).await;
    let before = world.groups().await;
    world.delete("Group", "g-Staff").await;
    world.settle().await;
    let again = json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"],
        "displayName": "Staff", "externalId": "ext-Staff",
    });
    world
        .create("Group", "g-Staff-2", again, vec!["ada".to_owned()])
        .await;
    world.settle().await;
    assert_eq!(world.groups().await, before);
    assert!(world.group_codes("g-Staff-2").await.contains(&"REBOUND"));
    assert_eq!(world.state().await.held, 1, "bob was not put back");
    world.pass(60);
    world.settle().await;
    assert_eq!(world.active().await, ["ada: Staff"]);
}

#[tokio::test]
async fn d_6_a_leaver_is_not_stopped_by_anything_else_about_the_person() {
    let mut world = joined().await;
    // The address is taken, the kind would be held, and the group is paused: out is out.
    world.policy(json!({"to_external": "hold"})).await;
    world
        .select(json!([{"group": "g-Staff", "paused": true}]))
        .await;
    world
        .set(
            "ada",
            "emails[type eq \"work\"].value",
            json!("bob@x.example"),
        )
        .await;
    world.set("ada", "userType", json!("external")).await;
    world.set("ada", "active", json!(false)).await;
    world.turns().await;
    assert_eq!(world.active().await, ["bob: Staff"]);
}

#[tokio::test]
async fn p_19_a_clock_that_jumps_back_delays_nobody() {
    let mut world = joined().await;
    let later = world.now;
    world.now = Timestamp::from_millis(later.as_millis() + 10 * 365 * 86_400_000);
    world.set("ada", "name.givenName", json!("Ada")).await;
    world.now = later;
    world.settle().await;
    assert!(world.now.as_millis() - later.as_millis() < 60_000);
    assert_eq!(
        world.account("ada").await.profile.first_name.as_deref(),
        Some("Ada")
    );
    assert_eq!(world.state().await.state, Activity::Idle);
}
