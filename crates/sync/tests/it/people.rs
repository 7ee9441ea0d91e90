//! Joiners and movers: S-01, S-05, S-10, S-11, S-12, S-17 … S-24, E-01 … E-03, E-12 … E-17.

use enroll_sync::{Kind, Status};
use serde_json::{Value, json};

use crate::world::World;

/// Somebody active in a group, with a document laid over the usual one.
async fn joined(more: Value) -> World {
    let mut world = World::new().await;
    world.user("ada", more).await;
    world.group("Staff", &["ada"]).await;
    world.settle().await;
    world
}

#[tokio::test]
async fn s_01_s_05_a_joiner_gets_an_account_without_a_person() {
    let world = joined(json!({"timezone": "Europe/London"})).await;
    let account = world.account("ada").await.profile;
    assert_eq!(account.first_name.as_deref(), Some("ada"));
    assert_eq!(account.last_name.as_deref(), Some("Test"));
    assert_eq!(account.time_zone.as_deref(), Some("Europe/London"));
    assert_eq!(account.login.as_deref(), Some("ada@x.example"));
    assert_eq!(
        (account.kind, account.active, account.access_groups.len()),
        (Kind::Internal, true, 1)
    );
    assert_eq!(world.last_codes(), ["NEW_IN_GROUP"]);
    assert_eq!(
        world.events.take(),
        ["create_group Staff", "create ada@x.example"]
    );
    assert_eq!(world.why("ada@x.example").await.status, Status::Provisioned);
}

#[tokio::test]
async fn s_01_a_joiner_waits_for_the_settle_window_and_not_longer() {
    let mut world = World::new().await;
    world.user("ada", json!({})).await;
    world.group("Staff", &["ada"]).await;
    assert_eq!(world.turns().await, 0);
    world.pass(1);
    world.turns().await;
    assert!(world.has_account("ada").await);
}

#[tokio::test]
async fn the_settle_window_ends_after_settle_max_even_without_quiet() {
    let mut world = World::new().await;
    world
        .policy(json!({"settle": "2s", "settle_max": "6s"}))
        .await;
    world.group("Staff", &[]).await;
    world.user("ada", json!({})).await;
    world.join("Staff", "ada").await;
    for second in 1..=6 {
        assert!(!world.has_account("ada").await, "at second {}", second - 1);
        world.pass(1);
        world.set("ada", "title", json!(format!("t{second}"))).await;
        world.turns().await;
    }
    assert!(world.has_account("ada").await);
}

#[tokio::test]
async fn s_10_a_move_is_one_call() {
    let mut world = joined(json!({})).await;
    world.group("Admins", &[]).await;
    world.settle().await;
    world.events.take();
    let before = world.account("ada").await;
    world.leave("Staff", "ada").await;
    world.join("Admins", "ada").await;
    world.settle().await;
    assert_eq!(world.active().await, ["ada: Admins"]);
    assert_eq!(world.account("ada").await.app_ref, before.app_ref);
    let events = world.events.all();
    assert_eq!(events.len(), 1);
    assert_eq!(events[0].changed, ["access_groups"]);
}

#[tokio::test]
async fn e_02_a_move_in_the_other_order_is_one_call_too() {
    let mut world = joined(json!({})).await;
    world.group("Admins", &[]).await;
    world.settle().await;
    world.events.take();
    world.join("Admins", "ada").await;
    world.leave("Staff", "ada").await;
    world.settle().await;
    assert_eq!(world.active().await, ["ada: Admins"]);
    assert_eq!(world.events.take(), ["update ada@x.example"]);
}

#[tokio::test]
async fn e_02_e_03_the_last_group_is_lost_after_the_grace_window() {
    let mut world = joined(json!({})).await;
    world.leave("Staff", "ada").await;
    world.settle().await;
    assert_eq!(world.active().await, ["ada: Staff"]);
    assert_eq!(world.state().await.held, 1);
    assert_eq!(
        world.codes("ada@x.example").await,
        ["H_REGROUP_GRACE", "LOST_LAST_GROUP"]
    );
    world.pass(29);
    world.turns().await;
    assert_eq!(world.active().await, ["ada: Staff"]);
    world.pass(2);
    world.turns().await;
    assert!(world.active().await.is_empty());
    let account = world.account("ada").await.profile;
    assert!(!account.active && account.access_groups.is_empty());
    assert_eq!(world.state().await.held, 0);
}

#[tokio::test]
async fn e_02_who_comes_back_within_the_grace_window_never_left() {
    let mut world = joined(json!({})).await;
    world.events.take();
    world.leave("Staff", "ada").await;
    world.settle().await;
    world.pass(20);
    world.join("Staff", "ada").await;
    world.settle().await;
    world.pass(100);
    world.settle().await;
    assert_eq!(world.active().await, ["ada: Staff"]);
    assert!(world.events.take().is_empty());
    // The next loss has a window of its own.
    world.leave("Staff", "ada").await;
    world.settle().await;
    assert_eq!(world.active().await, ["ada: Staff"]);
}

#[tokio::test]
async fn s_11_e_01_one_access_group_by_the_order_of_selections() {
    let mut world = World::careful().await;
    for group in ["A", "B", "C"] {
        world.group(group, &[]).await;
    }
    world.user("ada", json!({})).await;
    for group in ["A", "B", "C"] {
        world.join(group, "ada").await;
    }
    world.policy(json!({"auto_sync": true})).await;
    world
        .select(json!([{"group": "g-B"}, {"group": "g-A"}]))
        .await;
    world.settle().await;
    assert_eq!(world.active().await, ["ada: B"]);
    let why = world.why("ada").await;
    let several = why
        .reasons
        .iter()
        .find(|reason| reason.code == "W_MULTIPLE_GROUPS")
        .unwrap();
    assert_eq!(several.text, "B before A, by the order of selections");
    world
        .select(json!([{"group": "g-A"}, {"group": "g-B"}]))
        .await;
    world.settle().await;
    assert_eq!(world.active().await, ["ada: A"]);
}

#[tokio::test]
async fn e_01_groups_that_select_themselves_rank_after_placed_ones_by_name() {
    let mut world = World::new().await;
    for group in ["Zoo", "alpha", "Beta"] {
        world.group(group, &[]).await;
    }
    world.user("ada", json!({})).await;
    for group in ["Zoo", "Beta", "alpha"] {
        world.join(group, "ada").await;
    }
    world.settle().await;
    assert_eq!(world.active().await, ["ada: alpha"]);
    world.select(json!([{"group": "g-Zoo"}])).await;
    world.group("Aaa", &["ada"]).await;
    world.settle().await;
    assert_eq!(world.active().await, ["ada: Zoo"]);
}

#[tokio::test]
async fn e_03_nobody_outside_the_selected_groups_gets_an_account() {
    let mut world = World::careful().await;
    world.policy(json!({"auto_sync": true})).await;
    world.group("All", &["ada"]).await;
    world.user("ada", json!({})).await;
    world.join("All", "ada").await;
    world.user("bob", json!({})).await;
    world.settle().await;
    assert!(world.accounts().await.is_empty());
    assert!(world.groups().await.is_empty());
    let why = world.why("ada@x.example").await;
    assert_eq!((why.status, why.entitled), (Status::NotProvisioned, false));
    assert_eq!(why.reasons[0].code, "NOT_IN_SELECTED_GROUP");
    assert_eq!(why.reasons[0].text, "in All");
    assert!(!why.idp.groups[0].selected);
    assert_eq!(world.why("bob").await.reasons[0].text, "in no group at all");
}

#[tokio::test]
async fn s_12_an_external_recruiter_by_user_type_or_selection() {
    for (said, wanted) in [
        ("External Recruiter", Kind::External),
        (" external ", Kind::External),
        ("AGENCY RECRUITER", Kind::External),
        ("Contractor", Kind::Internal),
        ("Employee", Kind::Internal),
    ] {
        let world = joined(json!({"userType": said})).await;
        assert_eq!(world.account("ada").await.profile.kind, wanted, "{said}");
    }
    let mut world = World::new().await;
    world.group("Agency", &[]).await;
    world.user("ada", json!({})).await;
    world.join("Agency", "ada").await;
    world
        .select(json!([{"group": "g-Agency", "kind": "external"}]))
        .await;
    world.settle().await;
    assert_eq!(world.account("ada").await.profile.kind, Kind::External);
    let why = world.why("ada").await;
    let rule = why
        .reasons
        .iter()
        .find(|reason| reason.code == "KIND_DECIDED")
        .unwrap();
    assert_eq!(rule.text, "group \"Agency\" is selected as external");
}

#[tokio::test]
async fn e_14_e_15_becoming_external_waits_for_somebody_and_becoming_internal_does_not() {
    let mut world = joined(json!({"userType": "external"})).await;
    world.policy(json!({"to_external": "hold"})).await;
    world.events.take();
    world.set("ada", "userType", json!("Employee")).await;
    world.settle().await;
    assert_eq!(world.account("ada").await.profile.kind, Kind::Internal);
    assert_eq!(world.last_codes(), ["IDP_CHANGED", "KIND_CHANGED"]);
    assert_eq!(world.events.take(), ["convert_kind ada@x.example"]);
    world.set("ada", "userType", json!("external")).await;
    world.settle().await;
    assert_eq!(world.account("ada").await.profile.kind, Kind::Internal);
    assert_eq!(world.codes("ada").await[0], "H_INTERNAL_TO_EXTERNAL");
    world.policy(json!({"to_external": "apply"})).await;
    world.settle().await;
    assert_eq!(world.account("ada").await.profile.kind, Kind::External);
}

#[tokio::test]
async fn s_17_s_18_s_19_where_address_and_names_come_from() {
    let bare = json!({"emails": null, "name": null, "displayName": "Lovelace, Ada"});
    let world = joined(bare).await;
    let account = world.account("ada").await.profile;
    assert_eq!(account.first_name.as_deref(), Some("Ada"));
    assert_eq!(account.last_name.as_deref(), Some("Lovelace"));
    let codes = world.codes("ada").await;
    let wanted = [
        "UNCHANGED",
        "W_EMAIL_FROM_USERNAME",
        "W_NAME_DERIVED",
        "W_NAME_DERIVED",
    ];
    assert_eq!(codes, wanted);
}

#[tokio::test]
async fn s_18_a_name_is_never_blanked_because_it_is_gone() {
    let mut world = joined(json!({})).await;
    world
        .patch(
            "User",
            "ada",
            json!([{"op": "remove", "path": "name.givenName"}]),
        )
        .await;
    world.settle().await;
    assert_eq!(
        world.account("ada").await.profile.first_name.as_deref(),
        Some("ada")
    );
}

#[tokio::test]
async fn s_20_e_05_e_06_e_07_time_zones() {
    for (sent, more, wanted, code) in [
        ("Europe/London", json!({}), Some("Europe/London"), None),
        (
            "america/los_angeles",
            json!({}),
            Some("America/Los_Angeles"),
            Some("N_TIMEZONE_CASE"),
        ),
        (
            "W. Europe Standard Time",
            json!({}),
            Some("Europe/Berlin"),
            Some("N_TIMEZONE_MAPPED"),
        ),
        (
            "W. Europe Standard Time",
            json!({"addresses": [{"type": "work", "country": "NL"}]}),
            Some("Europe/Amsterdam"),
            Some("N_TIMEZONE_MAPPED"),
        ),
        (
            "GMT Standard Time",
            json!({"locale": "en-IE"}),
            Some("Europe/Dublin"),
            Some("N_TIMEZONE_MAPPED"),
        ),
        ("Sydney", json!({}), None, Some("W_TIMEZONE_INVALID")),
        ("GMT+8", json!({}), None, Some("W_TIMEZONE_INVALID")),
    ] {
        let mut body = more;
        body["timezone"] = json!(sent);
        let world = joined(body).await;
        let account = world.account("ada").await.profile;
        assert_eq!(account.time_zone.as_deref(), wanted, "{sent}");
        let codes = world.codes("ada").await;
        let noted = codes.iter().find(|code| code.contains("TIMEZONE")).copied();
        assert_eq!(noted, code, "{sent}");
    }
}

#[tokio::test]
async fn e_05_an_invalid_time_zone_leaves_the_accounts_value_and_a_new_account_the_tenants() {
    let mut world = joined(json!({"timezone": "Asia/Shanghai"})).await;
    world.set("ada", "timezone", json!("Sydney")).await;
    world.settle().await;
    assert_eq!(
        world.account("ada").await.profile.time_zone.as_deref(),
        Some("Asia/Shanghai")
    );
    let why = world.why("ada").await;
    let note = why
        .reasons
        .iter()
        .find(|reason| reason.code == "W_TIMEZONE_INVALID")
        .unwrap();
    assert_eq!(note.text, "\"Sydney\"; perhaps Australia/Sydney");
    world.policy(json!({"time_zone": "Europe/Lisbon"})).await;
    world.user("bob", json!({"timezone": "nowhere"})).await;
    world.join("Staff", "bob").await;
    world.settle().await;
    assert_eq!(
        world.account("bob").await.profile.time_zone.as_deref(),
        Some("Europe/Lisbon")
    );
    assert_eq!(
        world.account("ada").await.profile.time_zone.as_deref(),
        Some("Asia/Shanghai")
    );
}

#[tokio::test]
async fn values_that_the_provider_changes_change_and_say_which_request_did_it() {
    let mut world = joined(json!({})).await;
    world.events.take();
    world.set("ada", "name.familyName", json!("Lovelace")).await;
    world.settle().await;
    let events = world.events.all();
    assert_eq!(events.len(), 1);
    assert_eq!(events[0].changed, ["last_name"]);
    assert_eq!(world.last_codes(), ["IDP_CHANGED"]);
    assert_eq!(events[0].cause[0].as_str(), "req_3");
    assert_eq!(world.why("ada").await.request.unwrap().as_str(), "req_3");
    world.set("ada", "title", json!("Countess")).await;
    world.settle().await;
    assert_eq!(world.events.all().len(), 1, "a title is no account's value");
}

#[tokio::test]
async fn e_13_d_7_reactivated_in_todays_group() {
    let mut world = joined(json!({})).await;
    world.group("Admins", &[]).await;
    world.settle().await;
    let before = world.account("ada").await.app_ref;
    world.set("ada", "active", json!(false)).await;
    world.settle().await;
    world.leave("Staff", "ada").await;
    world.join("Admins", "ada").await;
    world.settle().await;
    assert!(world.active().await.is_empty());
    world.set("ada", "active", json!(true)).await;
    world.settle().await;
    assert_eq!(world.active().await, ["ada: Admins"]);
    assert_eq!(world.account("ada").await.app_ref, before);
    assert_eq!(world.events.all().last().unwrap().op.as_str(), "reactivate");
    assert_eq!(world.last_codes(), ["REACTIVATED"]);
}

#[tokio::test]
async fn e_31_a_nested_group_gives_nothing() {
    let mut world = World::new().await;
    world.user("ada", json!({})).await;
    world.group("Inner", &["ada"]).await;
    world.group("Outer", &["g-Inner"]).await;
    world.select(json!([{"group": "g-Outer"}])).await;
    world.settle().await;
    assert!(world.accounts().await.is_empty());
}

#[tokio::test]
async fn e_32_members_who_are_not_active_are_not_entitled_until_they_are() {
    let mut world = joined(json!({"active": false})).await;
    assert!(world.accounts().await.is_empty());
    assert_eq!(world.codes("ada").await, ["IDP_INACTIVE"]);
    world.set("ada", "active", json!(true)).await;
    world.settle().await;
    assert_eq!(world.active().await, ["ada: Staff"]);
}

#[tokio::test]
async fn s_09_nobody_of_a_group_bigger_than_one_stretch_of_the_queue_is_missed() {
    let mut world = World::new().await;
    let names: Vec<String> = (0..1_100).map(|number| format!("p{number}")).collect();
    for name in &names {
        world.user(name, json!({})).await;
    }
    world.settle().await;
    assert!(world.accounts().await.is_empty());
    let members: Vec<&str> = names.iter().map(String::as_str).collect();
    world.group("Staff", &members).await;
    world.settle().await;
    assert_eq!(world.active().await.len(), 1_100);
    assert_eq!(world.events.take().len(), 1_101);
}
