//! Groups: S-07, S-34, S-35, S-35b, E-10, E-30, A4.

use enroll_sync::{Capabilities, GroupRow, Standing};
use serde_json::{Value, json};

use crate::world::World;

async fn rows(world: &World) -> Vec<GroupRow> {
    world
        .job
        .desk()
        .groups(&world.tenant, &world.integration)
        .await
        .unwrap()
}

async fn names(world: &World) -> Vec<String> {
    world
        .groups()
        .await
        .into_iter()
        .map(|group| group.name)
        .collect()
}

#[tokio::test]
async fn s_07_a_selected_group_gets_an_access_group_of_its_own() {
    let mut world = World::new().await;
    world.group("Staff", &[]).await;
    world.settle().await;
    let groups = serde_json::to_value(world.groups().await).unwrap();
    let wanted = json!([{
        "ref": "g_1", "name": "Staff", "origin": "scim", "state": "needs_setup", "privileged": false,
    }]);
    assert_eq!(groups, wanted);
}

#[tokio::test]
async fn s_34_s_35_the_picker_shows_every_group_and_how_it_stands() {
    let mut world = World::careful().await;
    world.user("ada", json!({})).await;
    world.group("B", &["ada", "nobody-yet"]).await;
    world.group("A", &[]).await;
    world.settle().await;
    let found = rows(&world).await;
    assert_eq!(
        found
            .iter()
            .map(|row| row.display_name.as_str())
            .collect::<Vec<_>>(),
        ["A", "B"]
    );
    assert_eq!(
        (found[1].members, found[1].state),
        (1, Standing::NotSelected)
    );
    assert_eq!(found[1].pending_members, ["nobody-yet"]);
    assert_eq!(world.group_codes("g-B").await, ["NOT_SELECTED"]);
    world.select(json!([{"group": "g-B"}])).await;
    assert_eq!(rows(&world).await[0].state, Standing::Waiting);
    world.policy(json!({"auto_sync": true})).await;
    world.settle().await;
    let found = rows(&world).await;
    assert_eq!(
        (found[0].display_name.as_str(), found[0].state),
        ("B", Standing::Selected)
    );
    assert_eq!(found[0].priority, Some(0));
    assert!(found[0].access_group.is_some());
    assert_eq!(found[1].state, Standing::NotSelected);
}

#[tokio::test]
async fn e_10_the_name_follows_and_nobody_moves() {
    let mut world = World::new().await;
    world.user("ada", json!({})).await;
    world.group("Staff", &["ada"]).await;
    world.settle().await;
    world.events.take();
    world
        .patch(
            "Group",
            "g-Staff",
            json!([{"op": "replace", "path": "displayName", "value": "Crew"}]),
        )
        .await;
    world.settle().await;
    assert_eq!(world.active().await, ["ada: Crew"]);
    assert_eq!(world.group_codes("g-Staff").await, ["GROUP_RENAMED"]);
    assert_eq!(world.events.take(), ["rename_group Crew"]);
}

#[tokio::test]
async fn e_10_a_taken_name_is_left_and_the_members_are_unaffected() {
    let mut world = World::new().await;
    world.user("ada", json!({})).await;
    world.group("Staff", &["ada"]).await;
    world.group("Admins", &[]).await;
    world.settle().await;
    world
        .patch(
            "Group",
            "g-Staff",
            json!([{"op": "replace", "path": "displayName", "value": "admins"}]),
        )
        .await;
    world.settle().await;
    assert_eq!(world.active().await, ["ada: Staff"]);
    assert_eq!(world.state().await.blocked, 1);
    let codes = world.group_codes("g-Staff").await;
    assert_eq!(codes, ["E_GROUP_NAME_TAKEN", "W_GROUP_NAME_DUPLICATE"]);
}

#[tokio::test]
async fn e_30_two_groups_of_one_name_get_two_access_groups() {
    let mut world = World::new().await;
    for key in ["one", "two", "three"] {
        let body = json!({
            "schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"],
            "displayName": "Staff", "externalId": key,
        });
        world.create("Group", key, body, vec![]).await;
    }
    world.settle().await;
    let mut found = names(&world).await;
    found.sort();
    assert_eq!(found, ["Staff", "Staff (Okta)", "Staff (Okta) 2"]);
    let codes = world.group_codes("two").await;
    assert_eq!(
        codes,
        [
            "GROUP_SELECTED",
            "N_GROUP_NAME_SUFFIXED",
            "W_GROUP_NAME_DUPLICATE"
        ]
    );
    assert!(rows(&world).await.iter().all(|row| row.name_repeats));
    world.events.take();
    world.job.reconcile(world.now).await.unwrap();
    world.settle().await;
    assert!(
        world.events.take().is_empty(),
        "a longer name is still the group's name"
    );
}

#[tokio::test]
async fn a_4_a_name_gives_no_rights() {
    let mut world = World::careful().await;
    world.policy(json!({"auto_sync": true})).await;
    world.user("ada", json!({})).await;
    world.user("eve", json!({})).await;
    world.group("Admins", &["ada"]).await;
    world.settle().await;
    world.select(json!([{"group": "g-Admins"}])).await;
    world.settle().await;
    // Another group of that name, and one renamed to it, stay what they are: not selected.
    let body = json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"], "displayName": "Admins",
    });
    world
        .create("Group", "fake", body, vec!["eve".to_owned()])
        .await;
    world.settle().await;
    assert_eq!(world.active().await, ["ada: Admins"]);
    // Deleted and made again under the same name but another externalId: none either.
    world.delete("Group", "g-Admins").await;
    let body = json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"],
        "displayName": "Admins", "externalId": "another",
    });
    world
        .create("Group", "again", body, vec!["eve".to_owned()])
        .await;
    world.settle().await;
    assert!(!world.has_account("eve").await);
}

#[tokio::test]
async fn s_35b_with_a_fixed_catalogue_people_wait_until_somebody_chooses() {
    let mut world = World::new().await;
    let roles = Capabilities::roles(["admin", "member"]);
    world
        .job
        .desk()
        .set_capabilities(&world.tenant, roles, world.now)
        .await
        .unwrap();
    world.user("ada", json!({})).await;
    world.group("admin", &["ada"]).await;
    world.settle().await;
    // Not by name, even if the name is the same.
    assert!(world.accounts().await.is_empty());
    assert_eq!(rows(&world).await[0].state, Standing::NeedsTarget);
    assert_eq!(world.codes("ada").await[0], "E_NEEDS_TARGET");
    let found = world.groups().await;
    assert_eq!(found.len(), 2, "no access group was made");
    world
        .select(json!([{"group": "g-admin", "access_group": "member"}]))
        .await;
    world.settle().await;
    assert_eq!(world.active().await, ["ada: member"]);
    assert_eq!(world.events.take(), ["create ada@x.example"]);
    assert_eq!(world.state().await.blocked, 0);
    // A rename in the provider is no affair of a fixed catalogue.
    world
        .patch(
            "Group",
            "g-admin",
            json!([{"op": "replace", "path": "displayName", "value": "x"}]),
        )
        .await;
    world.settle().await;
    assert!(world.events.take().is_empty());
}

#[tokio::test]
async fn s_35b_a_group_without_a_role_does_not_stand_before_one_that_has_one() {
    let mut world = World::new().await;
    let roles = Capabilities::roles(["admin", "member"]);
    world
        .job
        .desk()
        .set_capabilities(&world.tenant, roles, world.now)
        .await
        .unwrap();
    world.user("ada", json!({})).await;
    world.group("A", &["ada"]).await;
    world.group("B", &["ada"]).await;
    world
        .select(json!([{"group": "g-A"}, {"group": "g-B", "access_group": "member"}]))
        .await;
    world.settle().await;
    assert_eq!(world.active().await, ["ada: member"]);
}

#[tokio::test]
async fn s_35b_e_03_a_move_to_a_group_without_a_role_does_not_keep_the_old_rights() {
    let mut world = World::new().await;
    let roles = Capabilities::roles(["admin", "member"]);
    world
        .job
        .desk()
        .set_capabilities(&world.tenant, roles, world.now)
        .await
        .unwrap();
    world.user("ada", json!({})).await;
    world.group("Admins", &["ada"]).await;
    world.group("Others", &[]).await;
    world
        .select(json!([{"group": "g-Admins", "access_group": "admin"}, {"group": "g-Others"}]))
        .await;
    world.settle().await;
    assert_eq!(world.active().await, ["ada: admin"]);
    world.join("Others", "ada").await;
    world.leave("Admins", "ada").await;
    world.settle().await;
    assert_eq!(
        world.codes("ada").await,
        ["H_REGROUP_GRACE", "E_NEEDS_TARGET", "LOST_LAST_GROUP"]
    );
    world.pass(60);
    world.settle().await;
    assert!(world.active().await.is_empty());
    assert_eq!(world.codes("ada").await, ["E_NEEDS_TARGET"]);
    world
        .select(json!([
            {"group": "g-Admins", "access_group": "admin"},
            {"group": "g-Others", "access_group": "member"},
        ]))
        .await;
    world.settle().await;
    assert_eq!(world.active().await, ["ada: member"]);
    // Still in the group, while the group's role is taken away: nothing was left, so it waits.
    world.select(json!([{"group": "g-Others"}])).await;
    world.pass(60);
    world.settle().await;
    assert_eq!(world.active().await, ["ada: member"]);
    assert_eq!(world.codes("ada").await, ["E_NEEDS_TARGET"]);
}

#[tokio::test]
async fn s_33_a_group_can_feed_an_access_group_that_is_there() {
    let mut world = World::new().await;
    let own = serde_json::from_value(json!([
        {"ref": "own", "name": "Interviewers", "origin": "app", "state": "ready"},
    ]));
    world
        .job
        .desk()
        .seed(&world.tenant, vec![], own.unwrap())
        .await
        .unwrap();
    world.user("ada", json!({})).await;
    world.group("Interviewers-at-Okta", &["ada"]).await;
    world
        .select(json!([{"group": "g-Interviewers-at-Okta", "access_group": "own"}]))
        .await;
    world.settle().await;
    assert_eq!(world.active().await, ["ada: Interviewers"]);
    assert_eq!(names(&world).await, ["Interviewers"]);
}

#[tokio::test]
async fn selections_that_cannot_be_are_refused_whole() {
    let mut world = World::new().await;
    world.group("A", &[]).await;
    world.settle().await;
    let check = async |choices: Value, wanted: &str| {
        let choices = serde_json::from_value(choices).unwrap();
        let desk = world.job.desk();
        let error = desk
            .select(&world.tenant, &world.integration, choices, world.now)
            .await;
        assert_eq!(error.unwrap_err().to_string(), wanted);
    };
    check(
        json!([{"group": "g-A"}, {"group": "nope"}]),
        "selections[1].group: this directory has no group nope",
    )
    .await;
    check(
        json!([{"group": "g-A"}, {"group": "g-A"}]),
        "selections[1].group: g-A is in the list twice",
    )
    .await;
    check(
        json!([{"group": "g-A", "access_group": "x"}]),
        "selections[0].access_group: the application has no access group x; it has g_1",
    )
    .await;
    let unknown =
        serde_json::from_value::<Vec<enroll_sync::Choice>>(json!([{"group": "a", "rank": 1}]));
    assert!(unknown.is_err());
    assert_eq!(rows(&world).await[0].state, Standing::Selected);
}

/// An application that refuses one access group.
struct Picky(&'static str);

impl enroll_sync::AccountSink for Picky {
    async fn apply(&self, item: &enroll_sync::Item) -> enroll_sync::Outcome {
        let own = || enroll_sync::AccountId::new(format!("u_{}", item.subject.id));
        enroll_sync::Outcome::applied(item.app_ref.clone().unwrap_or_else(own))
    }

    async fn apply_group(&self, item: &enroll_sync::Item) -> enroll_sync::GroupOutcome {
        if item.name == self.0 {
            return enroll_sync::GroupOutcome::Rejected {
                code: "no".into(),
                text: "not this one".into(),
            };
        }
        let group_ref = enroll_sync::AccessGroupId::new(item.subject.id.as_str());
        enroll_sync::GroupOutcome::Applied { group_ref }
    }
}

#[tokio::test]
async fn e_03_moved_to_a_group_that_is_refused_nobody_keeps_the_old_rights() {
    let policy = enroll_sync::Policy::preset(enroll_sync::Preset::HandsOff);
    let sink = enroll_sync::Outside(Picky("New"));
    let mut world = crate::world::World::with(sink, policy).await;
    world.user("ada", serde_json::json!({})).await;
    world.group("Old", &["ada"]).await;
    world.group("New", &[]).await;
    world.settle().await;
    assert_eq!(world.active().await, ["ada: Old"]);
    world.leave("Old", "ada").await;
    world.join("New", "ada").await;
    world.settle().await;
    let codes = world.codes("ada").await;
    assert!(
        codes.contains(&"H_REGROUP_GRACE") && codes.contains(&"E_GROUP_NOT_READY"),
        "{codes:?}"
    );
    assert_eq!(world.active().await, ["ada: Old"]);
    world.pass(3_600);
    world.settle().await;
    assert!(world.active().await.is_empty());
}
