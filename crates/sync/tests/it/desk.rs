//! The operator's side: policy, state, explanation, E-19, S-32, S-36.

use enroll_store::TenantId;
use enroll_sync::{Activity, Integration, Ledger, LedgerError, Policy, Status, SyncError};
use serde_json::json;

use crate::world::World;

#[tokio::test]
async fn s_32_e_19_with_automatic_sync_off_everything_is_planned_and_nothing_applied() {
    let mut world = World::careful().await;
    world.user("ada", json!({})).await;
    world.group("Staff", &["ada"]).await;
    world.settle().await;
    world.select(json!([{"group": "g-Staff"}])).await;
    world.settle().await;
    assert!(world.accounts().await.is_empty() && world.groups().await.is_empty());
    let state = world.state().await;
    assert_eq!(
        (state.state, state.pending, state.blocked),
        (Activity::Paused, 1, 1)
    );
    assert_eq!(world.why("ada").await.status, Status::Blocked);
    assert_eq!(
        world.codes("ada").await,
        ["SYNC_OFF", "E_GROUP_NOT_READY", "NEW_IN_GROUP"]
    );
    world.policy(json!({"auto_sync": true})).await;
    world.settle().await;
    assert_eq!(world.active().await, ["ada: Staff"]);
    assert_eq!(world.state().await.state, Activity::Idle);
}

#[tokio::test]
async fn s_03_what_keeps_somebody_out_stands_first() {
    let mut world = World::new().await;
    world.user("ada", json!({})).await;
    world
        .user("eve", json!({"emails": null, "userName": "eve"}))
        .await;
    world.group("Staff", &["ada", "eve"]).await;
    world.settle().await;
    assert_eq!(
        world.codes("eve").await,
        ["E_EMAIL_MISSING", "NEW_IN_GROUP"]
    );
    world.leave("Staff", "ada").await;
    world.settle().await;
    let why = world.why("ada").await;
    assert_eq!(why.reasons[0].code, "H_REGROUP_GRACE");
    assert!(
        !why.pending && why.next.until.is_some(),
        "a clock is no news"
    );
    world.policy(json!({"auto_sync": false})).await;
    world.pass(3_600);
    world.settle().await;
    let why = world.why("ada").await;
    assert_eq!(
        (why.status, why.reasons[0].code),
        (Status::Pending, "SYNC_OFF")
    );
}

#[tokio::test]
async fn the_state_is_running_from_the_write_on() {
    let mut world = World::new().await;
    assert_eq!(world.state().await.state, Activity::Idle);
    world.user("ada", json!({})).await;
    let state = world.state().await;
    assert_eq!((state.state, state.pending), (Activity::Running, 1));
    world.turns().await;
    assert_eq!(
        world.state().await.state,
        Activity::Running,
        "the settle window is open"
    );
    world.settle().await;
    assert_eq!(world.state().await.state, Activity::Idle);
}

#[tokio::test]
async fn changes_are_numbered_without_gaps() {
    let mut world = World::new().await;
    for name in ["ada", "bob", "eve"] {
        world.user(name, json!({})).await;
    }
    world.group("Staff", &["ada", "bob", "eve"]).await;
    world.settle().await;
    world.set("ada", "active", json!(false)).await;
    world.settle().await;
    let numbers: Vec<_> = world.events.all().iter().map(|event| event.seq).collect();
    assert_eq!(numbers, [1, 2, 3, 4, 5]);
    assert_eq!(world.state().await.seq, 5);
}

#[tokio::test]
async fn explain_finds_people_by_id_address_user_name_and_external_id() {
    let mut world = World::new().await;
    let more = json!({"userName": "AL", "emails": [{"value": "Ada@X.example"}]});
    world.user("ada", more).await;
    for who in ["ada", "al", "ADA@x.example", "ext-ada", " ada "] {
        assert_eq!(
            world.why(who).await.person.user_name,
            "AL",
            "{who}, not read by the job yet"
        );
    }
    world.settle().await;
    for who in ["ada", "al", "ADA@x.example", "ext-ada"] {
        assert_eq!(world.why(who).await.person.user_name, "AL", "{who}");
    }
    for who in [
        "",
        "nobody",
        "\" or userName pr or userName eq \"",
        "a\u{0}b",
        &"x".repeat(100_000),
    ] {
        let told = world
            .job
            .desk()
            .explain(&world.tenant, who, world.now)
            .await
            .unwrap();
        assert!(told.is_none(), "{who:.40}");
    }
}

#[tokio::test]
async fn explain_is_an_answer_for_people_and_programs() {
    let mut world = World::new().await;
    world.user("ada", json!({"timezone": "Sydney"})).await;
    world.group("Staff", &["ada"]).await;
    world.settle().await;
    let told = serde_json::to_value(world.why("ada@x.example").await).unwrap();
    assert_eq!(told["status"], "provisioned");
    assert_eq!(told["entitled"], true);
    assert_eq!(
        told["access_group"],
        json!({"ref": "g_1", "name": "Staff", "via": "g-Staff"})
    );
    assert_eq!(told["account"]["ref"], "u_1");
    assert_eq!(told["account"]["access_groups"], json!(["g_1"]));
    assert_eq!(told["idp"]["groups"][0]["access_group"], "g_1");
    assert_eq!(told["last_outcome"]["outcome"], "applied");
    assert_eq!(told["next"]["op"], "nothing");
    let warning = &told["reasons"][1];
    assert_eq!(warning["code"], "W_TIMEZONE_INVALID");
    assert_eq!(warning["who"], "provider");
    assert_eq!(warning["fix"], "Send an IANA name such as Europe/London.");
}

#[tokio::test]
async fn an_account_is_written_as_the_management_api_promises() {
    let mut world = World::new().await;
    world.user("ada", json!({})).await;
    world.group("Staff", &["ada"]).await;
    world.settle().await;
    let account = serde_json::to_value(world.account("ada").await).unwrap();
    let wanted = json!({
        "ref": "u_1", "email": "ada@x.example", "first_name": "ada", "last_name": "Test",
        "time_zone": null, "login": "ada@x.example", "kind": "internal", "active": true,
        "access_groups": ["g_1"], "fields": {},
    });
    assert_eq!(account, wanted);
}

#[tokio::test]
async fn a_policy_that_moved_meanwhile_is_not_overwritten() {
    let world = World::new().await;
    let context = world.ledger.context(&world.tenant).await.unwrap();
    world.policy(json!({"settle": "2s"})).await;
    let late = world
        .ledger
        .set_policy(&world.tenant, context.version, Policy::default(), world.now)
        .await;
    assert!(matches!(late, Err(LedgerError::Moved)));
}

#[tokio::test]
async fn a_strange_integration_is_named() {
    let world = World::new().await;
    let id = enroll_store::DirectoryId::new("int_9");
    let error = world
        .job
        .desk()
        .groups(&world.tenant, &id)
        .await
        .unwrap_err();
    assert!(matches!(error, SyncError::UnknownIntegration(_)));
    assert_eq!(error.to_string(), "this tenant has no integration int_9");
}

#[tokio::test]
async fn b_4_tenants_share_nothing() {
    let mut world = World::new().await;
    world.user("ada", json!({})).await;
    world.group("Staff", &["ada"]).await;
    world.settle().await;
    let other = TenantId::new("bolt");
    let one = Integration {
        id: enroll_store::DirectoryId::new("int_b"),
        name: "B".into(),
        order: 0,
    };
    let desk = world.job.desk();
    desk.attach(&other, one, Policy::default()).await.unwrap();
    assert!(
        desk.explain(&other, "ada@x.example", world.now)
            .await
            .unwrap()
            .is_none()
    );
    assert!(desk.groups(&other, &world.integration).await.is_err());
    assert!(desk.access_groups(&other).await.unwrap().is_empty());
    assert_eq!(desk.state(&other).await.unwrap().seq, 0);
}

#[tokio::test]
async fn everything_is_compared_as_often_as_the_policy_says() {
    let mut world = World::new().await;
    world.policy(json!({"reconcile": "10m"})).await;
    world.user("ada", json!({})).await;
    world.group("Staff", &["ada"]).await;
    world.settle().await;
    // What somebody took away behind the job's back is put right in the next round, not before.
    let group = enroll_sync::Subject::group(&world.integration, &crate::world::id("g-Staff"));
    let ada = enroll_sync::Subject::person(&world.integration, &crate::world::id("ada"));
    let fence = world.ledger.lease(&world.tenant).await.unwrap();
    let step = enroll_sync::Step {
        subject: ada.clone(),
        stamp: None,
        effects: vec![enroll_sync::Effect::ForgetShadow(ada)],
        decision: None,
        next: enroll_sync::Next::Clear,
        wake: vec![],
        members_of: vec![],
        at: world.now,
    };
    world
        .ledger
        .decide(&world.tenant, fence, vec![step])
        .await
        .unwrap();
    world.take_over();
    world.turns().await;
    world.pass(500);
    world.turns().await;
    assert_eq!(world.state().await.held, 0);
    world.pass(200);
    world.turns().await;
    // The account is there and tied to nobody: that is a proposed link, not a second account.
    assert_eq!(world.state().await.held, 1);
    assert_eq!(world.accounts().await.len(), 1);
    let known = world
        .ledger
        .known(&world.tenant, vec![group])
        .await
        .unwrap();
    assert_eq!(
        known[0].decision.as_ref().unwrap().item.op.as_str(),
        "nothing"
    );
}

#[tokio::test]
async fn s_03_an_explanation_names_the_request_after_everything_was_compared_again() {
    let mut world = World::new().await;
    world.user("ada", json!({})).await;
    world.group("Staff", &["ada"]).await;
    world.settle().await;
    let request = world.why("ada").await.request;
    assert!(request.is_some(), "somebody's request let her in");
    // A changed policy makes everybody due, and no request of the provider is behind that.
    world.policy(json!({"settle": "200ms"})).await;
    world.settle().await;
    assert_eq!(world.why("ada").await.request, request);
}
