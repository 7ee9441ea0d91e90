//! Who may sign in, and who comes in by signing in: S-16, S-25 … S-27, E-16, E-17, O-4, O-6.

use enroll_sync::{
    AccessGroup, AccessGroupId, Account, AccountId, EntryDecision, GroupState, Login, MatchedBy,
    Origin, Profile,
};
use serde_json::json;

use crate::world::World;

async fn two() -> World {
    let mut world = World::new().await;
    world.user("ada", json!({"userName": "ada.upn"})).await;
    world.user("bob", json!({"userName": "bob.upn"})).await;
    world.group("Staff", &["ada", "bob"]).await;
    world.settle().await;
    world
}

async fn login(world: &World, name: &str) -> Login {
    let desk = world.job.desk();
    desk.login(&world.tenant, name, world.now).await.unwrap()
}

async fn check(world: &World, name: &str, allowed: bool, reason: &str, by: Option<MatchedBy>) {
    let told = login(world, name).await;
    let found = (told.allowed, told.reason.as_str(), told.matched_by);
    assert_eq!(found, (allowed, reason, by), "{name}");
}

async fn jit(world: &World, name: &str) -> (EntryDecision, &'static str) {
    let entry = world.job.desk().jit(&world.tenant, name, world.now).await;
    let entry = entry.unwrap();
    if entry.decision == EntryDecision::Deny {
        assert_eq!((entry.app_ref, entry.account), (None, None), "{name}");
    }
    (entry.decision, entry.reason)
}

#[tokio::test]
async fn s_26_s_27_a_name_id_is_an_address_a_upn_or_an_external_id() {
    let world = two().await;
    let ada = world.account("ada").await.app_ref;
    for (name, by) in [
        ("ada@x.example", MatchedBy::Email),
        (" ADA@X.example ", MatchedBy::Email),
        ("ada.upn", MatchedBy::Upn),
        ("ADA.UPN", MatchedBy::Upn),
        ("ext-ada", MatchedBy::ExternalId),
    ] {
        check(&world, name, true, "LOGIN_OK", Some(by)).await;
        assert_eq!(login(&world, name).await.app_ref.as_ref(), Some(&ada));
    }
    // An externalId is compared as it is; the resource's own id signs nobody in.
    let long = "x".repeat(600);
    for name in [
        "EXT-ADA",
        "ada",
        "nobody@x.example",
        "",
        "  ",
        long.as_str(),
    ] {
        check(&world, name, false, "LOGIN_UNKNOWN", None).await;
    }
}

#[tokio::test]
async fn o_6_a_upn_signs_in_only_while_the_policy_says_so() {
    let world = two().await;
    world.policy(json!({"upn_login": false})).await;
    check(&world, "ada.upn", false, "LOGIN_UPN_OFF", None).await;
    check(
        &world,
        "ada@x.example",
        true,
        "LOGIN_OK",
        Some(MatchedBy::Email),
    )
    .await;
    world.policy(json!({"upn_login": true})).await;
    check(&world, "ada.upn", true, "LOGIN_OK", Some(MatchedBy::Upn)).await;
}

/// S-06: the directory's word counts before the job has read it.
#[tokio::test]
async fn a_leaver_is_denied_before_the_application_is_told() {
    let mut world = two().await;
    world.set("ada", "active", json!(false)).await;
    assert!(world.account("ada").await.profile.active, "not told yet");
    for (name, by) in [
        ("ada@x.example", MatchedBy::Email),
        ("ada.upn", MatchedBy::Upn),
        ("ext-ada", MatchedBy::ExternalId),
    ] {
        check(&world, name, false, "LOGIN_INACTIVE", Some(by)).await;
    }
    world.delete("User", "bob").await;
    check(
        &world,
        "bob@x.example",
        false,
        "LOGIN_DELETED",
        Some(MatchedBy::Email),
    )
    .await;
    world.settle().await;
    check(
        &world,
        "ada@x.example",
        false,
        "LOGIN_INACTIVE",
        Some(MatchedBy::Email),
    )
    .await;
    check(
        &world,
        "bob@x.example",
        false,
        "LOGIN_DELETED",
        Some(MatchedBy::Email),
    )
    .await;
    // E-13: let in again only once the account is.
    world.set("ada", "active", json!(true)).await;
    let by = Some(MatchedBy::Email);
    check(&world, "ada@x.example", false, "LOGIN_ACCOUNT_INACTIVE", by).await;
    world.settle().await;
    check(&world, "ada@x.example", true, "LOGIN_OK", by).await;
}

#[tokio::test]
async fn e_17_a_former_login_signs_nobody_in_whoever_claims_it() {
    let mut world = two().await;
    world.set("ada", "userName", json!("ada.new")).await;
    world.settle().await;
    check(&world, "ada.upn", false, "LOGIN_FORMER", None).await;
    check(&world, "ada.new", true, "LOGIN_OK", Some(MatchedBy::Upn)).await;
    world.set("bob", "userName", json!("ada.upn")).await;
    world.settle().await;
    check(&world, "ada.upn", false, "LOGIN_FORMER", None).await;
    world.pass(91 * 86_400);
    assert!(
        !login(&world, "ada.upn").await.allowed,
        "bob's is not applied yet"
    );
    world.job.reconcile(world.now).await.unwrap();
    world.settle().await;
    check(&world, "ada.upn", true, "LOGIN_OK", Some(MatchedBy::Upn)).await;
    let bob = world.account("bob").await.app_ref;
    assert_eq!(login(&world, "ada.upn").await.app_ref, Some(bob));
}

#[tokio::test]
async fn e_login_ambiguous_a_upn_that_is_anothers_address_signs_nobody_in() {
    let mut world = two().await;
    world.set("bob", "userName", json!("ada@x.example")).await;
    check(
        &world,
        "ada@x.example",
        true,
        "LOGIN_OK",
        Some(MatchedBy::Email),
    )
    .await;
    world.settle().await;
    check(&world, "ada@x.example", false, "E_LOGIN_AMBIGUOUS", None).await;
    check(
        &world,
        "bob@x.example",
        true,
        "LOGIN_OK",
        Some(MatchedBy::Email),
    )
    .await;
    // Who is not active claims nothing.
    world.set("bob", "active", json!(false)).await;
    world.settle().await;
    check(
        &world,
        "ada@x.example",
        true,
        "LOGIN_OK",
        Some(MatchedBy::Email),
    )
    .await;
    // E-09: nor do two people of one provider share an address.
    world
        .user(
            "eve",
            json!({"emails": [{"type": "work", "value": "ada@x.example"}]}),
        )
        .await;
    world.join("Staff", "eve").await;
    world.settle().await;
    check(&world, "ada@x.example", false, "E_LOGIN_AMBIGUOUS", None).await;
    // An externalId that is another's address.
    world.set("eve", "active", json!(false)).await;
    world.set("bob", "active", json!(true)).await;
    world.set("bob", "userName", json!("bob.upn")).await;
    world.set("bob", "externalId", json!("ada@x.example")).await;
    world.settle().await;
    check(
        &world,
        "bob@x.example",
        true,
        "LOGIN_OK",
        Some(MatchedBy::Email),
    )
    .await;
    check(&world, "ada@x.example", false, "E_LOGIN_AMBIGUOUS", None).await;
}

#[tokio::test]
async fn who_has_no_account_is_denied_with_a_reason() {
    let mut world = two().await;
    world.user("kim", json!({})).await;
    check(&world, "kim@x.example", false, "LOGIN_UNKNOWN", None).await;
    world.settle().await;
    for name in ["kim@x.example", "ext-kim"] {
        check(&world, name, false, "LOGIN_NO_ACCOUNT", None).await;
    }
}

fn own(name: &str, active: bool, group: Option<&str>) -> Account {
    Account {
        app_ref: AccountId::new(format!("own-{name}")),
        profile: Profile {
            email: Some(format!("{name}@x.example")),
            active,
            access_groups: group.into_iter().map(AccessGroupId::new).collect(),
            ..Profile::default()
        },
    }
}

/// Threats A3, A6: an account that nobody manages is linked only by a policy, and never one with
/// administrators' rights.
async fn in_use() -> World {
    let world = two().await;
    let admins = AccessGroup {
        group_ref: AccessGroupId::new("admins"),
        name: "Admins".into(),
        origin: Origin::App,
        state: GroupState::Ready,
        privileged: true,
    };
    let accounts = vec![
        own("eve", true, None),
        own("root", true, Some("admins")),
        own("old", false, None),
    ];
    let desk = world.job.desk();
    desk.seed(&world.tenant, accounts, vec![admins])
        .await
        .unwrap();
    world
}

#[tokio::test]
async fn s_16_nobody_comes_in_by_signing_in_unless_the_policy_says_so() {
    use EntryDecision::{Allow, Deny, Link};
    let world = in_use().await;
    for (policy, name, wanted) in [
        ("off", "ada@x.example", (Allow, "LOGIN_OK")),
        ("off", "eve@x.example", (Deny, "JIT_OFF")),
        ("off", "new@x.example", (Deny, "JIT_OFF")),
        ("link_only", "eve@x.example", (Link, "JIT_LINK")),
        ("link_only", "new@x.example", (Deny, "JIT_LINK_ONLY")),
        ("link_only", "root@x.example", (Deny, "JIT_PRIVILEGED")),
        (
            "link_only",
            "old@x.example",
            (Deny, "LOGIN_ACCOUNT_INACTIVE"),
        ),
        ("if_in_directory", "eve@x.example", (Link, "JIT_LINK")),
        (
            "if_in_directory",
            "new@x.example",
            (Deny, "JIT_NOT_IN_DIRECTORY"),
        ),
        (
            "if_in_directory",
            "root@x.example",
            (Deny, "JIT_PRIVILEGED"),
        ),
    ] {
        world.policy(json!({"jit": policy})).await;
        assert_eq!(jit(&world, name).await, wanted, "{policy}: {name}");
    }
    let before = world.accounts().await;
    jit(&world, "eve@x.example").await;
    assert_eq!(world.accounts().await, before, "advice writes nothing");
}

#[tokio::test]
async fn o_4_who_is_in_the_directory_and_gets_an_account_anyway_may_have_it_at_once() {
    let mut world = in_use().await;
    world.policy(json!({"jit": "if_in_directory"})).await;
    world
        .user("kim", json!({"name": {"givenName": "Kim"}}))
        .await;
    let denied = EntryDecision::Deny;
    // In the directory, and in no selected group.
    assert_eq!(
        jit(&world, "kim@x.example").await,
        (denied, "JIT_NOT_ENTITLED")
    );
    world.join("Staff", "kim").await;
    // The job has read nothing of it yet.
    let made = (EntryDecision::Create, "JIT_IN_DIRECTORY");
    assert_eq!(jit(&world, "kim@x.example").await, made);
    let entry = world
        .job
        .desk()
        .jit(&world.tenant, "kim@x.example", world.now)
        .await;
    let account = entry.unwrap().account.unwrap();
    assert_eq!(
        account.first_name.as_deref(),
        Some("Kim"),
        "as sent by SCIM"
    );
    assert!(account.active);
    // S-32: nothing is made while nothing is to be made.
    world.policy(json!({"auto_sync": false})).await;
    assert_eq!(jit(&world, "kim@x.example").await, (denied, "SYNC_OFF"));
    world
        .policy(json!({"auto_sync": true, "jit": "link_only"}))
        .await;
    assert_eq!(
        jit(&world, "kim@x.example").await,
        (denied, "JIT_LINK_ONLY")
    );
    // A provider's no outranks every policy, also in what the job has not read.
    world.policy(json!({"jit": "if_in_directory"})).await;
    world.set("kim", "active", json!(false)).await;
    assert_eq!(
        jit(&world, "kim@x.example").await,
        (denied, "LOGIN_INACTIVE")
    );
}

#[tokio::test]
async fn o_4_whoever_was_deactivated_by_scim_is_denied_whatever_the_policy() {
    let mut world = in_use().await;
    world.user("eve", json!({"active": false})).await;
    world.join("Staff", "eve").await;
    world.set("ada", "active", json!(false)).await;
    world.delete("User", "bob").await;
    let denied = EntryDecision::Deny;
    for settled in [false, true] {
        for policy in ["off", "link_only", "if_in_directory"] {
            world.policy(json!({"jit": policy})).await;
            if settled {
                world.settle().await;
            }
            for (name, reason) in [
                ("ada@x.example", "LOGIN_INACTIVE"),
                ("ada.upn", "LOGIN_INACTIVE"),
                ("bob@x.example", "LOGIN_DELETED"),
                // An account nobody manages: the directory has this person, and says no.
                ("eve@x.example", "LOGIN_INACTIVE"),
            ] {
                assert_eq!(
                    jit(&world, name).await,
                    (denied, reason),
                    "{policy}: {name}"
                );
            }
        }
    }
    assert!(
        !world.account("ada").await.profile.active,
        "nobody is revived"
    );
}
