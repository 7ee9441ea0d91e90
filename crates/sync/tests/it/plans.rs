//! Stored plans (sync §3): made, applied exactly as reviewed, decided on item by item. S-36, E-19,
//! E-20, E-23.

use enroll_sync::{Decided, Fate, ItemFilter, Say, State, StoredPlan, Subject, Which};
use serde_json::json;

use crate::world::{World, id};

fn kim(approved: bool) -> Say {
    Say {
        approved,
        by: "kim".into(),
        reason: "seen".into(),
    }
}

async fn make(world: &World) -> StoredPlan {
    let desk = world.job.desk();
    desk.make_plan(&world.tenant, "kim", world.now)
        .await
        .unwrap()
}

async fn decide(world: &World, plan: &StoredPlan, which: Which, approved: bool) -> Decided {
    let desk = world.job.desk();
    let say = kim(approved);
    let done = desk.decide_plan(&world.tenant, plan.id, &which, (&say, world.now));
    done.await.unwrap()
}

async fn fates(world: &World, plan: &StoredPlan) -> Vec<(String, State, Fate)> {
    let desk = world.job.desk();
    let items = desk.planned(&world.tenant, plan.id, ItemFilter::default(), (0, 100));
    let items = items.await.unwrap();
    let line = |(one, fate): (enroll_sync::Planned, Fate)| (one.item.name, one.item.state, fate);
    items.into_iter().map(line).collect()
}

fn counts(of: &std::collections::BTreeMap<String, u64>) -> Vec<(&str, u64)> {
    of.iter()
        .map(|(word, count)| (word.as_str(), *count))
        .collect()
}

/// Three people in a group that is there already, with automatic sync off.
async fn manual() -> World {
    let mut world = World::new().await;
    world.user("first", json!({})).await;
    world.group("Staff", &["first"]).await;
    world.settle().await;
    world.policy(json!({"auto_sync": false})).await;
    for name in ["ada", "bob", "cyd"] {
        world.user(name, json!({})).await;
        world.join("Staff", name).await;
    }
    world.settle().await;
    world
}

#[tokio::test]
async fn e_19_sync_now_applies_exactly_what_was_reviewed_and_shows_what_changed_since() {
    let mut world = manual().await;
    let plan = make(&world).await;
    assert!(plan.complete && !plan.pending);
    assert_eq!((plan.id, plan.by.as_str()), (1, "kim"));
    assert_eq!(counts(&plan.counts.ops), [("create", 3)]);
    assert_eq!(counts(&plan.counts.states), [("ready", 3)]);
    assert!(plan.base[&world.integration].0 > 0);

    // One person is another one meanwhile, and one who was never reviewed comes.
    world.set("bob", "name.familyName", json!("Two")).await;
    world.user("dan", json!({})).await;
    world.join("Staff", "dan").await;
    world.settle().await;
    let done = decide(&world, &plan, Which::Ready, true).await;
    assert_eq!((done.decided, done.changed.len()), (2, 1));
    assert_eq!(done.changed[0].subject, "person/int_1/bob");
    world.settle().await;
    for (name, there) in [("ada", true), ("bob", false), ("cyd", true), ("dan", false)] {
        assert_eq!(world.has_account(name).await, there, "{name}");
    }
    let found = fates(&world, &plan).await;
    let found: Vec<_> = found.iter().map(|(_, _, fate)| *fate).collect();
    assert_eq!(found, [Fate::Applied, Fate::Changed, Fate::Applied]);
    let again = decide(&world, &plan, Which::Ready, true).await;
    assert_eq!((again.decided, again.already), (0, 2), "twice is once");
    let next = make(&world).await;
    assert_eq!(
        (next.id, counts(&next.counts.ops)),
        (2, vec![("create", 2)])
    );
}

#[tokio::test]
async fn a_plan_says_that_news_is_on_its_way() {
    let mut world = manual().await;
    world.user("eve", json!({})).await;
    assert!(make(&world).await.pending);
    world.settle().await;
    assert!(!make(&world).await.pending);
}

#[tokio::test]
async fn s_36_e_20_what_nobody_has_seen_is_counted_until_the_plan_is_approved() {
    let mut world = manual().await;
    let unseen = async |world: &World| world.job.desk().unseen(&world.tenant).await.unwrap();
    assert_eq!(unseen(&world).await, 3);
    let plan = make(&world).await;
    let one = Subject::person(&world.integration, &id("ada"));
    decide(&world, &plan, Which::Of(vec![one]), true).await;
    assert_eq!(unseen(&world).await, 2);
    decide(&world, &plan, Which::All, true).await;
    assert_eq!(
        unseen(&world).await,
        0,
        "before the job has applied it, too"
    );
    world.settle().await;
    assert_eq!(world.active().await.len(), 4);
}

#[tokio::test]
async fn a_no_to_a_ready_item_keeps_it_back_and_a_later_yes_lets_it_go() {
    let mut world = manual().await;
    let plan = make(&world).await;
    let ada = || Which::Of(vec![Subject::person(&world.integration, &id("ada"))]);
    assert_eq!(decide(&world, &plan, ada(), false).await.decided, 1);
    let (yes, ada) = (Which::Ready, ada());
    world.settle().await;
    let rest = decide(&world, &plan, Which::Of(Vec::new()), true).await;
    assert_eq!(rest.decided, 0);
    let fate = fates(&world, &plan).await[0].2;
    assert_eq!(fate, Fate::Declined);
    let next = make(&world).await;
    assert_eq!(counts(&next.counts.codes), [("H_DECLINED", 1)]);
    assert_eq!(decide(&world, &next, yes, true).await.held, 1);
    assert_eq!(decide(&world, &next, ada, true).await.decided, 1);
    world.settle().await;
    assert_eq!(world.active().await.len(), 4);
}

#[tokio::test]
async fn e_23_held_removals_are_approved_by_guard_and_applying_leaves_them() {
    let mut world = World::new().await;
    let tight = json!({"count": 2, "percent": 0});
    let guards = json!({"removals": tight, "burst": tight});
    world.policy(json!({"guards": guards})).await;
    let names: Vec<String> = (0..9).map(|n| format!("p{n}")).collect();
    for name in &names {
        world.user(name, json!({})).await;
    }
    let all: Vec<_> = names.iter().map(String::as_str).collect();
    world.group("Staff", &all).await;
    world.settle().await;
    for name in &names[..4] {
        world.set(name, "active", json!(false)).await;
    }
    world.settle().await;
    let plan = make(&world).await;
    assert_eq!(counts(&plan.counts.states), [("held", 4)]);
    assert_eq!(counts(&plan.counts.codes), [("H_MASS_DEACTIVATION", 4)]);
    let applied = decide(&world, &plan, Which::Ready, true).await;
    assert_eq!((applied.decided, applied.held), (0, 4));
    let none = decide(&world, &plan, Which::HeldBy("H_BURST".into()), true).await;
    assert_eq!((none.decided, none.held), (0, 4));
    let code = Which::HeldBy("H_MASS_DEACTIVATION".into());
    assert_eq!(decide(&world, &plan, code, true).await.decided, 4);
    world.settle().await;
    assert_eq!(world.active().await.len(), 5);
    assert_eq!(world.last_codes(), ["IDP_INACTIVE", "X_APPROVED"]);
}

#[tokio::test]
async fn what_another_brake_holds_meanwhile_is_not_applied_unseen() {
    let mut world = manual().await;
    world
        .policy(json!({"guards": {"domains": ["y.example"]}}))
        .await;
    world.policy(json!({"guards": {"domains": []}})).await;
    world.settle().await;
    let plan = make(&world).await;
    assert_eq!(counts(&plan.counts.states), [("ready", 3)]);
    world
        .policy(json!({"guards": {"domains": ["y.example"]}}))
        .await;
    world.settle().await;
    let done = decide(&world, &plan, Which::Ready, true).await;
    assert_eq!((done.decided, done.changed.len()), (0, 3), "held since");
    let filter = ItemFilter {
        op: Some("create"),
        state: Some(State::Held),
        code: Some("H_DOMAIN"),
    };
    let desk = world.job.desk();
    let next = make(&world).await;
    let found = desk.planned(&world.tenant, next.id, filter, (0, 2));
    assert_eq!(found.await.unwrap().len(), 2);
    let found = desk.planned(&world.tenant, next.id, filter, (2, 9));
    assert_eq!(found.await.unwrap().len(), 1);
}
