//! The bad Monday (sync §8b): who lost what by which cause, and giving it back.

use std::collections::BTreeSet;

use enroll_schema::Timestamp;
use enroll_sync::{Capabilities, CauseImpact, Impact, LeftOut, Say, Touch};
use serde_json::json;

use crate::world::World;

async fn look(world: &World, since: Timestamp) -> Impact {
    let to = Timestamp::from_millis(world.now.as_millis() + 1);
    world
        .job
        .desk()
        .impact(&world.tenant, since, to)
        .await
        .unwrap()
}

fn lines(impact: &Impact) -> Vec<String> {
    let line = |cause: &CauseImpact| {
        let effects: BTreeSet<_> = cause
            .people
            .iter()
            .map(|one| format!("{:?}", one.effect))
            .collect();
        let effects = effects.into_iter().collect::<Vec<_>>().join("+");
        format!("{} {effects} {}", cause.code, cause.people.len())
    };
    impact.causes.iter().map(line).collect()
}

fn kim() -> Say {
    Say {
        approved: true,
        by: "kim".into(),
        reason: "wrong group".into(),
    }
}

fn hours(world: &World, hours: i64) -> Timestamp {
    Timestamp::from_millis(world.now.as_millis() + hours * 3_600_000)
}

/// Takes the limit of seats away.
async fn unlimited(world: &World) {
    let desk = world.job.desk();
    let seats = Capabilities::default();
    desk.set_capabilities(&world.tenant, seats, world.now)
        .await
        .unwrap();
}

/// 600 people: a deleted group takes 40 of them, six leave, four find no seat.
async fn monday() -> (World, Timestamp) {
    let mut world = World::new().await;
    let seats = Capabilities {
        seats: Some(600),
        ..Capabilities::default()
    };
    world
        .job
        .desk()
        .set_capabilities(&world.tenant, seats, world.now)
        .await
        .unwrap();
    let names: Vec<String> = (0..600).map(|n| format!("p{n:03}")).collect();
    for name in &names {
        world.user(name, json!({})).await;
    }
    let of =
        |range: std::ops::Range<usize>| names[range].iter().map(String::as_str).collect::<Vec<_>>();
    world.group("Agency", &of(0..40)).await;
    world.group("Staff", &of(40..600)).await;
    world.settle().await;
    assert_eq!(world.active().await.len(), 600);
    world
        .policy(json!({"guards": {"mass_removal": "apply"}}))
        .await;
    world.settle().await;
    world.pass(3_600);
    let since = world.now;
    for number in 0..4 {
        let name = format!("new{number}");
        world.user(&name, json!({})).await;
        world.join("Staff", &name).await;
    }
    world.settle().await;
    let seats = Capabilities {
        seats: Some(550),
        ..Capabilities::default()
    };
    world
        .job
        .desk()
        .set_capabilities(&world.tenant, seats, world.now)
        .await
        .unwrap();
    for name in &names[594..] {
        world.set(name, "active", json!(false)).await;
    }
    world.delete("Group", "g-Agency").await;
    world.settle().await;
    world.pass(60);
    world.settle().await;
    (world, since)
}

#[tokio::test]
async fn bad_monday_three_causes_are_named_and_forty_get_back_what_six_do_not() {
    let (mut world, since) = monday().await;
    let impact = look(&world, since).await;
    assert_eq!(
        lines(&impact),
        [
            "LOST_LAST_GROUP Lost 40",
            "IDP_INACTIVE Lost 6",
            "E_SEAT_LIMIT Blocked 4"
        ]
    );
    assert!(
        impact.causes[0].request.is_some(),
        "the request that deleted the group"
    );
    unlimited(&world).await;
    world.settle().await;
    assert_eq!(world.active().await.len(), 558);

    let back = world
        .job
        .desk()
        .give_back(
            &world.tenant,
            &impact.causes[0],
            &BTreeSet::new(),
            hours(&world, 48),
            (&kim(), world.now),
        )
        .await
        .unwrap();
    assert_eq!((back.kept.len(), back.left_out.len()), (40, 0));
    world.settle().await;
    assert_eq!(world.active().await.len(), 598);
    let why = world.why("p007").await;
    assert_eq!(why.reasons[0].code, "X_EXCEPTION_UNTIL");
    assert!(
        why.reasons[0]
            .text
            .ends_with("given back by kim: wrong group"),
        "{why:?}"
    );
    assert!(
        !world
            .active()
            .await
            .iter()
            .any(|line| line.starts_with("p594"))
    );

    // The group returns, and the exceptions vanish.
    let members: Vec<String> = (0..40).map(|n| format!("p{n:03}")).collect();
    let body = json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"],
        "displayName": "Agency", "externalId": "ext-Agency",
    });
    world.create("Group", "g-Agency2", body, members).await;
    world.settle().await;
    assert_eq!(world.active().await.len(), 598);
    assert_eq!(world.why("p007").await.reasons[0].code, "UNCHANGED");
    let subject = enroll_sync::Subject::person(&world.integration, &crate::world::id("p007"));
    let known = enroll_sync::Ledger::known(&world.ledger, &world.tenant, vec![subject]);
    assert!(known.await.unwrap()[0].ruling.is_empty());
}

#[tokio::test]
async fn an_exception_runs_out_by_its_clock() {
    let (mut world, since) = monday().await;
    let impact = look(&world, since).await;
    unlimited(&world).await;
    let (named, until) = (BTreeSet::new(), hours(&world, 48));
    let desk = world.job.desk();
    let given = desk
        .give_back(
            &world.tenant,
            &impact.causes[0],
            &named,
            until,
            (&kim(), world.now),
        )
        .await;
    assert_eq!(given.unwrap().kept.len(), 40);
    world.settle().await;
    let before = world.active().await.len();
    world.pass(48 * 3_600 + 1);
    world.settle().await;
    world.pass(60);
    world.settle().await;
    assert_eq!(world.active().await.len(), before - 40);
}

#[tokio::test]
async fn who_was_set_inactive_gets_access_back_only_by_name() {
    let (mut world, since) = monday().await;
    let impact = look(&world, since).await;
    unlimited(&world).await;
    let named = BTreeSet::from(["P595@x.example".to_owned()]);
    let until = hours(&world, 1);
    let desk = world.job.desk();
    let back = desk
        .give_back(
            &world.tenant,
            &impact.causes[1],
            &named,
            until,
            (&kim(), world.now),
        )
        .await
        .unwrap();
    assert_eq!(back.kept.len(), 1);
    assert!(back.left_out.iter().all(|(_, why)| *why == LeftOut::Left));
    world.settle().await;
    assert!(world.account("p595").await.profile.active);
    assert!(!world.account("p596").await.profile.active);
}

#[tokio::test]
async fn a_look_counts_only_its_own_time() {
    let (world, since) = monday().await;
    let desk = world.job.desk();
    let early = desk
        .impact(&world.tenant, crate::world::at(0), since)
        .await
        .unwrap();
    assert_eq!(
        lines(&early),
        ["NEW_IN_GROUP Gained 560", "NEW_IN_GROUP Gained 40"]
    );
    assert!(
        early.causes[0]
            .people
            .iter()
            .all(|one| one.effect == Touch::Gained)
    );
    let none = desk
        .impact(&world.tenant, world.now, world.now)
        .await
        .unwrap();
    assert!(none.causes.is_empty());
}
