//! An application in use, and what it reports: S-08, S-14, S-33, E-12, E-13, E-16, E-22, E-25.

use enroll_sync::{
    Account, AccountFilter, AccountId, Capabilities, Catalogue, DriftVerb, Link, OpenFilter,
    Profile, Report, Reports as _, Role, Say, Status, SyncError,
};
use serde_json::{Value, json};

use crate::world::World;

fn report(value: Value) -> Report {
    serde_json::from_value(value).unwrap()
}

fn yes() -> Say {
    Say {
        approved: true,
        by: "kim".into(),
        reason: "looked at".into(),
    }
}

impl World {
    /// The application says this about an account.
    async fn told(&mut self, value: Value) {
        let desk = self.job.desk();
        desk.report(&self.tenant, vec![report(value)], self.now)
            .await
            .unwrap();
        self.settle().await;
    }

    async fn drifted(&self) -> Vec<String> {
        let drift = self.job.desk().drift(&self.tenant, None, 100).await;
        let line = |drift: enroll_sync::Drift| {
            let by = drift.by.unwrap_or_default();
            format!(
                "{} {}: {} -> {} want {} {by}",
                drift.account, drift.field, drift.base, drift.observed, drift.want
            )
        };
        drift.unwrap().into_iter().map(line).collect()
    }

    async fn drift(&mut self, account: &str, field: &str, verb: DriftVerb) {
        let account = AccountId::new(account);
        let desk = self.job.desk();
        desk.rule_drift(&self.tenant, &account, field, verb, "kim", self.now)
            .await
            .unwrap();
        self.settle().await;
    }

    async fn proposed(&self) -> Vec<String> {
        let links = self.job.desk().proposed_links(&self.tenant).await.unwrap();
        let line = |item: &enroll_sync::Item| format!("{} {}", item.name, item.reasons[0]);
        links.iter().map(line).collect()
    }

    async fn tie(&self, who: &str, app_ref: &str) -> Result<(), SyncError> {
        let link = Link {
            app_ref: AccountId::new(app_ref),
            by: "kim".into(),
            reason: "asked her".into(),
            at: self.now,
        };
        let desk = self.job.desk();
        desk.tie(&self.tenant, who, link, self.now).await.map(drop)
    }
}

/// Three people in a group that feeds an access group which was there; ada and owner have accounts
/// made by hand.
async fn in_use() -> World {
    let mut world = World::new().await;
    let groups = vec![
        json!({"ref": "admins", "name": "Admins", "origin": "app", "state": "ready", "privileged": true}),
        json!({"ref": "users", "name": "Users", "origin": "app", "state": "ready"}),
    ];
    let groups = groups
        .into_iter()
        .map(|one| serde_json::from_value(one).unwrap());
    let account = |app_ref: &str, email: &str, group: &str| Account {
        app_ref: AccountId::new(app_ref),
        profile: Profile {
            email: Some(email.into()),
            first_name: Some("By".into()),
            last_name: Some("Hand".into()),
            active: true,
            access_groups: vec![enroll_sync::AccessGroupId::new(group)],
            ..Profile::default()
        },
    };
    let accounts = vec![
        account("u_ada", "Ada@x.example", "users"),
        account("u_owner", "owner@x.example", "admins"),
    ];
    let desk = world.job.desk();
    desk.seed(&world.tenant, accounts, groups.collect())
        .await
        .unwrap();
    for name in ["ada", "bob", "owner"] {
        world.user(name, json!({})).await;
    }
    world.group("Staff", &[]).await;
    world.settle().await;
    world
        .select(json!([{"group": "g-Staff", "access_group": "users"}]))
        .await;
    for name in ["ada", "bob", "owner"] {
        world.join("Staff", name).await;
    }
    world.settle().await;
    world
}

#[tokio::test]
async fn e_16_s_33_accounts_that_fit_are_proposed_and_approved_as_a_list() {
    let mut world = in_use().await;
    assert_eq!(
        world.proposed().await,
        [
            "ada@x.example H_LINK: account u_ada, userName ada@x.example",
            "owner@x.example H_LINKS_ADMIN: account u_owner, userName owner@x.example; \
             an administrator's account",
        ]
    );
    assert_eq!(
        world.active().await,
        ["Ada: Users", "bob: Users", "owner: Admins"]
    );
    let desk = world.job.desk();
    let done = desk
        .approve_links(&world.tenant, &yes(), world.now)
        .await
        .unwrap();
    assert_eq!((done.approved.len(), done.one_by_one.len()), (1, 1));
    world.events.take();
    world.turns().await;
    let ops: Vec<_> = world
        .events
        .all()
        .iter()
        .map(|event| event.op.as_str())
        .collect();
    assert_eq!(
        ops.last(),
        Some(&"update"),
        "address and names follow in a run of their own"
    );
    let link = &world.events.all()[ops.len() - 2];
    assert_eq!(link.op.as_str(), "link");
    let linked = link.account.as_ref().unwrap();
    assert_eq!(
        linked.profile.email.as_deref(),
        Some("Ada@x.example"),
        "only the group is written"
    );
    world.settle().await;
    let ada = world.account("ada").await;
    assert_eq!(
        (ada.app_ref.as_str(), ada.profile.first_name.as_deref()),
        ("u_ada", Some("ada"))
    );
    let owner = world.account("owner").await;
    assert_eq!(
        owner.profile.first_name.as_deref(),
        Some("By"),
        "never unseen"
    );
    assert_eq!(world.why("owner").await.status, Status::Held);
}

#[tokio::test]
async fn e_16_an_administrators_account_is_linked_one_by_one() {
    let mut world = in_use().await;
    let desk = world.job.desk();
    let held = desk
        .open_decisions(&world.tenant, OpenFilter::ALL, None, 9)
        .await
        .unwrap();
    let owner = held
        .iter()
        .find(|last| last.item.name.starts_with("owner"))
        .unwrap();
    let item = (owner.item.subject.clone(), owner.item.key.clone());
    assert!(
        desk.say(&world.tenant, vec![item], &yes(), world.now)
            .await
            .unwrap()
            .is_empty()
    );
    world.settle().await;
    let owner = world.account("owner").await;
    assert_eq!(owner.app_ref.as_str(), "u_owner");
    assert_eq!(owner.profile.access_groups[0].as_str(), "users");
}

#[tokio::test]
async fn e_16_two_accounts_or_two_people_that_fit_are_a_question() {
    let mut world = World::new().await;
    world
        .told(json!({"ref": "u_1", "values": {"email": "ada@x.example"}}))
        .await;
    world
        .told(json!({"ref": "u_2", "external_id": "ext-ada", "values": {"email": "a@x.example"}}))
        .await;
    world
        .told(json!({"ref": "u_3", "values": {"email": "team@x.example"}}))
        .await;
    let same = json!({"emails": [{"type": "work", "value": "team@x.example"}]});
    world.user("ada", json!({})).await;
    world.user("bob", same.clone()).await;
    world.user("eve", same).await;
    world.group("Staff", &["ada", "bob", "eve"]).await;
    world.settle().await;
    let text =
        |why: enroll_sync::Explanation| format!("{} {}", why.reasons[0].code, why.reasons[0].text);
    assert_eq!(
        text(world.why("ada").await),
        "E_AMBIGUOUS_MATCH account u_1 by userName ada@x.example, account u_2 by externalId ext-ada"
    );
    assert_eq!(
        world.proposed().await.len(),
        1,
        "one account is proposed to one person"
    );
    // What stood against it is mended in the application: the other account fits no more.
    world
        .told(json!({"ref": "u_1", "values": {"email": "other@x.example"}}))
        .await;
    assert!(text(world.why("ada").await).starts_with("H_LINK account u_2, externalId ext-ada"));
}

#[tokio::test]
async fn e_16_an_address_outside_the_domains_is_named_as_such() {
    let mut world = World::new().await;
    world
        .policy(json!({"guards": {"domains": ["acme.com"]}}))
        .await;
    world
        .told(json!({"ref": "u_1", "values": {"email": "ada@x.example"}}))
        .await;
    world.user("ada", json!({})).await;
    world.group("Staff", &["ada"]).await;
    world.settle().await;
    assert_eq!(
        world.proposed().await,
        [
            "ada@x.example H_LINK: account u_1, userName ada@x.example (x.example is not among guards.domains)"
        ]
    );
}

#[tokio::test]
async fn e_16_a_person_is_tied_and_untied_by_hand() {
    let mut world = in_use().await;
    let no = world.tie("bob", "u_ada").await.unwrap_err().to_string();
    assert!(no.contains("has account u_1 already"), "{no}");
    let no = world.tie("ada", "u_9").await.unwrap_err().to_string();
    assert_eq!(no, "no account u_9 is known; report it first");
    let no = world.tie("nobody", "u_ada").await.unwrap_err().to_string();
    assert_eq!(no, "nobody is known as nobody");
    world.policy(json!({"auto_sync": false})).await;
    world.tie("ada", "u_ada").await.unwrap();
    world.settle().await;
    let events = world.events.all();
    let linked = events.iter().find(|event| event.op.as_str() == "link");
    let reasons = &linked.unwrap().reasons;
    let told: Vec<_> = reasons.iter().map(ToString::to_string).collect();
    assert_eq!(told.first().unwrap(), "LINKED: account u_ada, by hand");
    assert_eq!(told.last().unwrap(), "X_APPROVED: kim: asked her");
    assert_eq!(
        world.why("ada").await.account.unwrap().app_ref.as_str(),
        "u_ada"
    );
    let no = world.tie("owner", "u_ada").await.unwrap_err().to_string();
    assert!(no.contains("is tied to a person already"), "{no}");
    let desk = world.job.desk();
    desk.untie(&world.tenant, "ada", world.now).await.unwrap();
    world.settle().await;
    let why = world.why("ada").await;
    assert_eq!(
        (why.status, why.account),
        (Status::Held, None),
        "proposed again, not taken"
    );
    let no = world
        .job
        .desk()
        .untie(&world.tenant, "ada", world.now)
        .await;
    assert_eq!(no.unwrap_err().to_string(), "the person has no account");
}

#[tokio::test]
async fn e_22_an_account_of_another_integration_is_not_linked() {
    let mut world = in_use().await;
    let bob = world.account("bob").await.app_ref;
    world.integration = world.attach("entra").await;
    let same = json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": "bob@x.example",
        "externalId": "ext-bob",
    });
    world.create("User", "bob-entra", same, vec![]).await;
    world.group("Staff", &["bob-entra"]).await;
    world.settle().await;
    assert!(
        world
            .codes("bob-entra")
            .await
            .contains(&"E_CLAIMED_BY_OTHER")
    );
    assert_eq!(world.account("bob").await.app_ref, bob);
}

/// Ada with an account, and a report that somebody renamed her in the application.
async fn renamed() -> (World, String) {
    let mut world = World::new().await;
    world.user("ada", json!({})).await;
    world.group("Staff", &["ada"]).await;
    world.settle().await;
    let account = world.account("ada").await.app_ref.to_string();
    world
        .told(json!({
            "ref": account, "values": {"first_name": "Countess"}, "changed_by": "sam@x.example",
            "changed_at": "2026-11-25T10:00:00Z",
        }))
        .await;
    (world, account)
}

#[tokio::test]
async fn s_14_e_12_a_local_change_is_kept_and_listed_with_who_made_it() {
    let (mut world, account) = renamed().await;
    let line = format!("{account} first_name: \"ada\" -> \"Countess\" want \"ada\" sam@x.example");
    assert_eq!(world.drifted().await, [line]);
    assert!(world.codes("ada").await.contains(&"D_LOCAL_CHANGE_KEPT"));
    assert_eq!(
        world.account("ada").await.profile.first_name.as_deref(),
        Some("Countess")
    );
    // Put back in the application: no drift any more.
    world
        .told(json!({"ref": account, "values": {"first_name": "ada"}}))
        .await;
    assert!(world.drifted().await.is_empty());
    // Changed by the provider: the provider's value counts.
    world
        .told(json!({"ref": account, "values": {"first_name": "Countess"}}))
        .await;
    world.set("ada", "name.givenName", json!("Augusta")).await;
    world.settle().await;
    assert_eq!(
        world.account("ada").await.profile.first_name.as_deref(),
        Some("Augusta")
    );
    assert!(world.last_codes().contains(&"D_LOCAL_CHANGE_OVERRIDDEN"));
    assert!(world.drifted().await.is_empty());
}

#[tokio::test]
async fn e_12_adopted_the_application_owns_the_value() {
    let (mut world, account) = renamed().await;
    world.drift(&account, "first_name", DriftVerb::Adopt).await;
    assert!(world.drifted().await.is_empty());
    world.set("ada", "name.givenName", json!("Augusta")).await;
    world.settle().await;
    assert_eq!(
        world.account("ada").await.profile.first_name.as_deref(),
        Some("Countess")
    );
}

#[tokio::test]
async fn e_12_reverted_the_providers_value_is_written_once() {
    let (mut world, account) = renamed().await;
    world.drift(&account, "first_name", DriftVerb::Revert).await;
    assert_eq!(
        world.account("ada").await.profile.first_name.as_deref(),
        Some("ada")
    );
    assert!(world.last_codes().contains(&"D_LOCAL_CHANGE_REPAIRED"));
    assert!(world.drifted().await.is_empty());
    world
        .told(json!({"ref": account, "values": {"first_name": "Again"}}))
        .await;
    assert_eq!(
        world.drifted().await.len(),
        1,
        "a new change is a new question"
    );
}

#[tokio::test]
async fn e_12_ignored_it_is_not_shown_until_it_changes() {
    let (mut world, account) = renamed().await;
    world.drift(&account, "first_name", DriftVerb::Ignore).await;
    assert!(world.drifted().await.is_empty());
    assert_eq!(
        world.account("ada").await.profile.first_name.as_deref(),
        Some("Countess")
    );
    world
        .told(json!({"ref": account, "values": {"first_name": "Duchess"}}))
        .await;
    assert_eq!(world.drifted().await.len(), 1);
    let desk = world.job.desk();
    let none = desk
        .rule_drift(
            &world.tenant,
            &AccountId::new(account.as_str()),
            "email",
            DriftVerb::Adopt,
            "kim",
            world.now,
        )
        .await;
    assert!(none.is_err());
}

#[tokio::test]
async fn e_13_switched_off_in_the_application_stays_off() {
    let (mut world, account) = renamed().await;
    world
        .told(json!({"ref": account, "values": {"active": false}}))
        .await;
    assert!(!world.account("ada").await.profile.active);
    assert!(world.codes("ada").await.contains(&"D_LOCAL_CHANGE_KEPT"));
    world.set("ada", "active", json!(false)).await;
    world.settle().await;
    world.set("ada", "active", json!(true)).await;
    world.settle().await;
    assert!(
        world.account("ada").await.profile.active,
        "the provider said so anew"
    );
}

#[tokio::test]
async fn sync_7_a_snapshot_counts_as_a_whole_or_not_at_all() {
    let world = World::new().await;
    let (desk, tenant, now) = (world.job.desk(), &world.tenant, world.now);
    let page = |names: std::ops::Range<u32>| -> Vec<Report> {
        let one = |n| {
            report(json!({"ref": format!("u_{n}"), "values": {"email": format!("{n}@x.example")}}))
        };
        names.map(one).collect()
    };
    let listed = async || {
        let filter = AccountFilter {
            most: 99,
            ..AccountFilter::default()
        };
        desk.accounts(tenant, filter).await.unwrap().len()
    };
    let first = desk.begin_snapshot(tenant, now).await.unwrap().id;
    let ledger = desk.ledger();
    ledger.stage(tenant, first, 0, page(0..6)).await.unwrap();
    assert_eq!(listed().await, 0, "uncommitted");
    let wrong = ledger
        .stage(tenant, first, 0, page(0..6))
        .await
        .unwrap_err();
    assert_eq!(wrong.to_string(), "the next page begins at entry 6");
    ledger.stage(tenant, first, 6, page(5..10)).await.unwrap();
    let done = desk.commit_snapshot(tenant, first, now).await.unwrap();
    assert_eq!((done.accounts, done.received), (10, 11));
    assert_eq!(listed().await, 10);
    for (count, fits) in [(4, false), (5, true)] {
        let next = desk.begin_snapshot(tenant, now).await.unwrap().id;
        ledger.stage(tenant, next, 0, page(0..count)).await.unwrap();
        let done = desk.commit_snapshot(tenant, next, now).await;
        assert_eq!(done.is_ok(), fits, "{count} after 10");
        assert_eq!(listed().await, if fits { 5 } else { 10 });
    }
}

#[tokio::test]
async fn e_25_the_catalogue_names_groups_and_seats() {
    let mut world = World::new().await;
    world.policy(json!({"select_new_groups": false})).await;
    let role = Role {
        id: enroll_sync::AccessGroupId::new("users"),
        name: "Users".into(),
        privileged: false,
    };
    let catalogue = Catalogue {
        groups: vec![role],
        fixed: false,
        seats: Some(1),
    };
    let desk = world.job.desk();
    desk.set_catalogue(&world.tenant, catalogue, world.now)
        .await
        .unwrap();
    for name in ["ada", "bob"] {
        world.user(name, json!({})).await;
    }
    world.group("Staff", &[]).await;
    world.settle().await;
    world
        .select(json!([{"group": "g-Staff", "access_group": "users"}]))
        .await;
    for name in ["ada", "bob"] {
        world.join("Staff", name).await;
    }
    world.settle().await;
    assert_eq!(world.active().await, ["ada: Users"]);
    assert!(world.codes("bob").await.contains(&"E_SEAT_LIMIT"));
    assert_eq!(world.groups().await.len(), 1, "bound, not made");
    let more = Capabilities {
        seats: Some(2),
        ..Capabilities::default()
    };
    let desk = world.job.desk();
    desk.set_capabilities(&world.tenant, more, world.now)
        .await
        .unwrap();
    world.settle().await;
    assert_eq!(world.active().await, ["ada: Users", "bob: Users"]);
}
