//! The brakes (sync §4): what they hold, and what lifts them. E-09, E-23, E-24.

use enroll_sync::{Capabilities, Groups, OpenFilter, Say, Subject};
use serde_json::{Value, json};

use crate::world::World;

/// Sixty people in one group, and rules that hold what should be held.
async fn company(people: usize, guards: Value) -> World {
    let mut world = World::new().await;
    world.policy(json!({"guards": guards})).await;
    let names: Vec<String> = (0..people).map(|n| format!("p{n:03}")).collect();
    for name in &names {
        world.user(name, json!({})).await;
    }
    let members: Vec<_> = names.iter().map(String::as_str).collect();
    world.group("Staff", &members).await;
    world.settle().await;
    assert_eq!(world.active().await.len(), people);
    world
}

fn tight() -> Value {
    json!({
        "removals": {"count": 5, "percent": 10}, "burst": {"count": 5, "percent": 10},
        "empty_source": "hold", "privilege_gain": "hold",
    })
}

async fn leave(world: &mut World, people: std::ops::Range<usize>) {
    for number in people {
        world
            .set(&format!("p{number:03}"), "active", json!(false))
            .await;
        world.turns().await;
    }
}

async fn approve(world: &World, approved: bool) -> usize {
    let desk = world.job.desk();
    let open = desk
        .open_decisions(&world.tenant, OpenFilter::ALL, None, 1_000)
        .await
        .unwrap();
    let items: Vec<(Subject, String)> = open
        .into_iter()
        .map(|last| (last.item.subject, last.item.key))
        .collect();
    let count = items.len();
    let (by, reason) = ("kim".to_owned(), "seen".to_owned());
    let say = Say {
        approved,
        by,
        reason,
    };
    let changed = desk
        .say(&world.tenant, items, &say, world.now)
        .await
        .unwrap();
    assert!(changed.is_empty(), "{changed:?}");
    count
}

#[tokio::test]
async fn e_23_removals_beyond_the_limit_of_a_day_wait_and_joiners_go_on() {
    let mut world = company(60, tight()).await;
    leave(&mut world, 0..7).await;
    assert_eq!(world.active().await.len(), 54, "six of sixty may go");
    let why = world.why("p006").await;
    assert_eq!(why.reasons[0].code, "H_MASS_DEACTIVATION");
    assert_eq!(why.reasons[0].text, "7 of 60 in 24 h; limit 6");
    world.user("new", json!({})).await;
    world.join("Staff", "new").await;
    world.settle().await;
    assert!(world.has_account("new").await);
    assert_eq!(world.state().await.held, 1);
}

#[tokio::test]
async fn e_23_what_waits_counts_until_it_fits_into_another_day() {
    let mut world = company(60, tight()).await;
    leave(&mut world, 0..7).await;
    world.pass(86_400);
    world.job.reconcile(world.now).await.unwrap();
    world.settle().await;
    assert_eq!(
        world.active().await.len(),
        53,
        "one removal is within the next day's limit"
    );
    leave(&mut world, 7..20).await;
    world.pass(3 * 86_400);
    world.job.reconcile(world.now).await.unwrap();
    world.settle().await;
    assert_eq!(
        world.active().await.len(),
        49,
        "nine that wait never fit: {:?}",
        world.state().await
    );
}

#[tokio::test]
async fn e_23_one_yes_with_a_name_lets_them_go_and_is_not_counted_again() {
    let mut world = company(60, tight()).await;
    leave(&mut world, 0..10).await;
    assert_eq!(world.active().await.len(), 54);
    assert_eq!(approve(&world, true).await, 4);
    world.settle().await;
    assert_eq!(world.active().await.len(), 50);
    assert_eq!(world.last_codes(), ["IDP_INACTIVE", "X_APPROVED"]);
    world.pass(86_400);
    leave(&mut world, 10..12).await;
    assert_eq!(world.active().await.len(), 48, "the next day begins anew");
}

#[tokio::test]
async fn a_no_keeps_access_until_the_person_changes() {
    let mut world = company(60, tight()).await;
    leave(&mut world, 0..7).await;
    approve(&world, false).await;
    world.settle().await;
    assert_eq!(world.active().await.len(), 54);
    let why = world.why("p006").await;
    assert_eq!(
        (why.reasons[0].code, why.reasons[0].text.as_str()),
        ("H_DECLINED", "kim: seen")
    );
    world.set("p006", "active", json!(true)).await;
    world.settle().await;
    assert_eq!(world.why("p006").await.reasons[0].code, "UNCHANGED");
}

#[tokio::test]
async fn a_yes_to_something_that_changed_meanwhile_does_nothing() {
    let mut world = company(60, tight()).await;
    leave(&mut world, 0..7).await;
    let subject = Subject::person(&world.integration, &crate::world::id("p006"));
    let say = Say {
        approved: true,
        by: "kim".into(),
        reason: String::new(),
    };
    let desk = world.job.desk();
    let items = vec![(subject.clone(), "another".to_owned())];
    let changed = desk
        .say(&world.tenant, items, &say, world.now)
        .await
        .unwrap();
    assert_eq!(changed, [subject]);
    world.settle().await;
    assert_eq!(world.active().await.len(), 54);
}

#[tokio::test]
async fn e_23_one_request_that_takes_too_many_takes_nobody() {
    let mut world = company(60, json!({"burst": {"count": 5, "percent": 2}})).await;
    let operation = json!([{"op": "remove", "path": "members[value sw \"p00\"]"}]);
    world.patch("Group", "g-Staff", operation).await;
    world.settle().await;
    world.pass(120);
    world.settle().await;
    assert_eq!(world.active().await.len(), 60);
    let why = world.why("p001").await;
    assert_eq!(why.reasons[0].code, "H_BURST");
    // Over an hour later single requests are few again, but that one cause still counts whole.
    world.pass(4_000);
    world.job.reconcile(world.now).await.unwrap();
    world.settle().await;
    assert_eq!(world.active().await.len(), 60);
}

#[tokio::test]
async fn a_selected_group_that_falls_to_nobody_holds_every_removal() {
    let loose = json!({
        "removals": {"percent": 100}, "burst": {"percent": 100}, "empty_source": "hold",
    });
    let mut world = company(60, loose).await;
    world.user("boss", json!({})).await;
    world.group("Admins", &["boss"]).await;
    world.settle().await;
    let operation = json!([{"op": "remove", "path": "members"}]);
    world.patch("Group", "g-Staff", operation).await;
    world.settle().await;
    world.pass(120);
    world.settle().await;
    assert_eq!(world.active().await.len(), 61);
    let why = world.why("p001").await;
    assert_eq!(why.reasons[0].code, "H_EMPTY_SOURCE");
    assert_eq!(why.reasons[0].text, "Staff falls from 60 to nobody");
}

#[tokio::test]
async fn half_of_the_people_vanishing_within_an_hour_is_held() {
    let loose = json!({
        "removals": {"percent": 100}, "burst": {"percent": 100}, "empty_source": "hold",
    });
    let mut world = company(20, loose).await;
    leave(&mut world, 0..11).await;
    assert_eq!(
        world.active().await.len(),
        10,
        "the eleventh is more than half"
    );
    assert_eq!(world.codes("p010").await[0], "H_EMPTY_SOURCE");
}

#[tokio::test]
async fn e_24_a_protected_account_waits_for_a_yes_whatever_the_limits_are() {
    for named in ["P001@x.example", "ref"] {
        let mut world = company(3, json!({})).await;
        let app_ref = world.account("p001").await.app_ref.to_string();
        let entry = if named == "ref" {
            app_ref.as_str()
        } else {
            named
        };
        world
            .policy(json!({"guards": {"protected": [entry]}}))
            .await;
        leave(&mut world, 0..2).await;
        assert_eq!(world.active().await.len(), 2, "{named}");
        assert_eq!(world.codes("p001").await[0], "H_PROTECTED");
        approve(&world, true).await;
        world.settle().await;
        assert_eq!(world.active().await, ["p002: Staff"]);
    }
}

#[tokio::test]
async fn e_09_an_address_outside_the_tenants_domains_waits() {
    let mut world = company(2, json!({"domains": ["X.example"]})).await;
    let mail = json!([{"type": "work", "value": "p000@elsewhere.example"}]);
    world.set("p000", "emails", mail).await;
    world.settle().await;
    let why = world.why("p000").await;
    assert_eq!(
        (why.reasons[0].code, why.reasons[0].text.as_str()),
        ("H_DOMAIN", "elsewhere.example")
    );
    world.policy(json!({"guards": {"domains": []}})).await;
    world.settle().await;
    assert_eq!(world.why("p000").await.reasons[0].code, "UNCHANGED");
}

#[tokio::test]
async fn a_freeze_holds_removals_or_everything() {
    let mut world = company(2, json!({"freeze": "removals"})).await;
    leave(&mut world, 0..1).await;
    world.set("p001", "name.givenName", json!("Pat")).await;
    world.settle().await;
    assert_eq!(world.active().await.len(), 2);
    assert_eq!(
        world.account("p001").await.profile.first_name.as_deref(),
        Some("Pat")
    );
    world.policy(json!({"guards": {"freeze": "all"}})).await;
    world.set("p001", "name.givenName", json!("Kim")).await;
    world.settle().await;
    assert_eq!(world.codes("p001").await[0], "H_FROZEN");
    world.policy(json!({"guards": {"freeze": "none"}})).await;
    world.settle().await;
    assert_eq!(world.active().await, ["p001: Staff"]);
}

#[tokio::test]
async fn announced_removals_raise_the_limits_until_their_time() {
    let mut world = company(60, tight()).await;
    let until = enroll_schema::Timestamp::from_millis(world.now.as_millis() + 3_600_000);
    let announced = json!({"removals": 8, "until": until.to_string(), "reason": "team moves"});
    world
        .policy(json!({"guards": {"announced": announced}}))
        .await;
    world.settle().await;
    leave(&mut world, 0..8).await;
    assert_eq!(world.active().await.len(), 52);
    world.pass(3_601);
    leave(&mut world, 8..9).await;
    assert_eq!(world.codes("p008").await[0], "H_MASS_DEACTIVATION");
}

/// Two roles, of which one holds administrators' rights, each fed by one group.
async fn with_roles(guards: Value) -> World {
    let mut world = World::new().await;
    world.policy(json!({"guards": guards})).await;
    let mut roles = Capabilities::roles(["admin", "member"]);
    if let Groups::Fixed(roles) = &mut roles.groups {
        roles[0].privileged = true;
    }
    let desk = world.job.desk();
    desk.set_capabilities(&world.tenant, roles, world.now)
        .await
        .unwrap();
    for name in ["ada", "bob", "eve"] {
        world.user(name, json!({})).await;
    }
    world.group("Bosses", &["ada", "bob"]).await;
    world.group("Staff", &["eve"]).await;
    world.settle().await;
    let choices = json!([
        {"group": "g-Bosses", "access_group": "admin"},
        {"group": "g-Staff", "access_group": "member"},
    ]);
    world.select(choices).await;
    world.settle().await;
    world
}

#[tokio::test]
async fn e_24_the_last_administrator_stays_until_somebody_says_yes() {
    let mut world = with_roles(json!({})).await;
    assert_eq!(
        world.active().await,
        ["ada: admin", "bob: admin", "eve: member"]
    );
    world.set("ada", "active", json!(false)).await;
    world.set("bob", "active", json!(false)).await;
    world.settle().await;
    assert_eq!(world.active().await, ["bob: admin", "eve: member"]);
    assert_eq!(world.codes("bob").await[0], "H_LAST_ADMIN");
    world.set("ada", "active", json!(true)).await;
    world.settle().await;
    world.job.reconcile(world.now).await.unwrap();
    world.settle().await;
    assert_eq!(
        world.active().await,
        ["ada: admin", "eve: member"],
        "another one is there"
    );
}

#[tokio::test]
async fn e_24_a_move_out_of_the_last_seat_is_held_as_a_removal_is() {
    let mut world = with_roles(json!({})).await;
    world.set("ada", "active", json!(false)).await;
    world.settle().await;
    world.leave("Bosses", "bob").await;
    world.join("Staff", "bob").await;
    world.settle().await;
    assert_eq!(world.active().await, ["bob: admin", "eve: member"]);
    assert_eq!(world.codes("bob").await[0], "H_LAST_ADMIN");
}

#[tokio::test]
async fn the_first_to_gain_privileged_rights_waits_and_those_who_follow_do_not() {
    let mut world = with_roles(json!({"privilege_gain": "hold"})).await;
    assert_eq!(world.active().await, ["eve: member"]);
    assert_eq!(world.codes("ada").await[0], "H_PRIVILEGE_GAIN");
    approve(&world, true).await;
    world.settle().await;
    assert_eq!(
        world.active().await,
        ["ada: admin", "bob: admin", "eve: member"]
    );
    world.user("new", json!({})).await;
    world.join("Bosses", "new").await;
    world.settle().await;
    assert!(world.has_account("new").await);
}

#[tokio::test]
async fn e_25_seats_are_filled_in_order_and_nobody_is_evicted() {
    let mut world = World::new().await;
    let seats = Capabilities {
        seats: Some(2),
        ..Capabilities::default()
    };
    let desk = world.job.desk();
    desk.set_capabilities(&world.tenant, seats, world.now)
        .await
        .unwrap();
    for name in ["ada", "bob", "eve"] {
        world.user(name, json!({})).await;
    }
    world.group("Staff", &["ada", "bob", "eve"]).await;
    world.settle().await;
    assert_eq!(world.active().await, ["ada: Staff", "bob: Staff"]);
    assert_eq!(world.codes("eve").await[0], "E_SEAT_LIMIT");
    world.set("ada", "active", json!(false)).await;
    world.settle().await;
    assert_eq!(world.active().await, ["bob: Staff", "eve: Staff"]);
    world.set("ada", "active", json!(true)).await;
    world.settle().await;
    assert_eq!(world.active().await, ["bob: Staff", "eve: Staff"]);
    assert_eq!(world.codes("ada").await[0], "E_SEAT_LIMIT");
    let more = Capabilities {
        seats: Some(3),
        ..Capabilities::default()
    };
    world
        .job
        .desk()
        .set_capabilities(&world.tenant, more, world.now)
        .await
        .unwrap();
    world.settle().await;
    assert_eq!(world.active().await.len(), 3);
}
