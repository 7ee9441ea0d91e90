//! Plans, approvals, brakes, impact and the audit log over the API. S-32, S-36, E-19, E-20, E-23.
#![allow(
    clippy::too_many_lines,
    reason = "a test tells its story from beginning to end"
)]

use enroll_sync::Capabilities;
use serde_json::{Value, json};

use crate::world::{World, refused};

const ACME: &str = "/v1/tenants/acme";

fn at(path: &str) -> String {
    format!("{ACME}/{path}")
}

/// An integration of `count` people in one selected group, all applied, then `policy`.
async fn company(world: &World, count: usize, policy: Value) -> (String, Vec<String>) {
    let i = world.okta().await;
    let mut people = Vec::new();
    for number in 0..count {
        people.push(world.person(&i, &format!("p{number:03}")).await);
    }
    let members: Vec<&str> = people.iter().map(String::as_str).collect();
    let group = world.group(&i, "Staff", &members).await;
    let mut start = json!({"auto_sync": true, "guards": {"mass_removal": "apply"}});
    world
        .check("PATCH", &at("policy"), start.take(), 200, json!({}))
        .await;
    let chosen = json!({"selections": [{"group_id": group}]});
    let selections = at(&format!("integrations/{i}/selections"));
    world
        .check("PUT", &selections, chosen, 200, json!({}))
        .await;
    world.settle().await;
    world
        .check("PATCH", &at("policy"), policy, 200, json!({}))
        .await;
    world.settle().await;
    (i, people)
}

async fn active(world: &World) -> usize {
    let reply = world.get(&at("accounts?active=true&limit=1000")).await;
    reply.body["items"].as_array().unwrap().len()
}

async fn actions(world: &World) -> Vec<String> {
    let reply = world.get("/v1/audit?tenant=acme").await;
    let items = reply.body["items"].as_array().unwrap().clone();
    let line = |deed: &Value| {
        assert_eq!(deed["actor"], "key_1", "{deed}");
        deed["action"].as_str().unwrap().to_owned()
    };
    items.iter().map(line).collect()
}

#[tokio::test]
async fn s_32_e_19_e_20_automatic_sync_waits_until_the_plan_is_approved() {
    let world = World::new().await;
    let i = world.okta().await;
    let ana = world.person(&i, "ana").await;
    let bob = world.person(&i, "bob").await;
    let group = world.group(&i, "Staff", &[&ana]).await;
    let selections = at(&format!("integrations/{i}/selections"));
    let chosen = json!({"selections": [{"group_id": group}]});
    world
        .check("PUT", &selections, chosen, 200, json!({}))
        .await;
    world.settle().await;
    let unseen = refused(
        "unseen",
        "auto_sync: 1 changes wait that nobody has seen; POST …/plans, look, and approve it, or \
         repeat this with ?confirm=true",
    );
    let on = || json!({"auto_sync": true});
    world.check("PATCH", &at("policy"), on(), 409, unseen).await;

    let made = json!({
        "id": 1, "by": "key_1", "pending": false, "more": false,
        "counts": {"items": 2, "states": {"ready": 1, "blocked": 1}},
    });
    world
        .check("POST", &at("plans"), json!({}), 201, made)
        .await;
    let shown = world
        .check(
            "GET",
            &at("plans/1?state=ready"),
            Value::Null,
            200,
            json!({
                "id": 1, "next": null,
                "items": [{"place": 1, "op": "create_group", "name": "Staff", "fate": "stands"}],
            }),
        )
        .await;
    assert!(
        !shown.body["items"][0]["reasons"]
            .as_array()
            .unwrap()
            .is_empty()
    );
    let applied = json!({"plan": 1, "decided": 1, "changed": [], "held": 0, "blocked": 1});
    world
        .check("POST", &at("plans/1/apply"), json!({}), 200, applied)
        .await;
    world.settle().await;
    // The group is there now; who waited for it is the next plan.
    world
        .check(
            "POST",
            &at("plans"),
            json!({"by": "kim"}),
            201,
            json!({"id": 2, "by": "kim"}),
        )
        .await;
    let latest = json!({"id": 2, "items": [{"op": "create", "email": "ana@acme.com"}]});
    world
        .check("GET", &at("plans/latest"), Value::Null, 200, latest)
        .await;
    let open = json!({"items": [{"op": "create", "state": "ready"}], "next": null});
    world
        .check("GET", &at("open"), Value::Null, 200, open)
        .await;
    let all = json!({"all": true, "reason": "looked at it", "by": "kim"});
    world
        .check(
            "POST",
            &at("plans/2/approve"),
            all,
            200,
            json!({"decided": 1}),
        )
        .await;
    // Approved, though not applied yet: nothing is unseen.
    world.check("PATCH", &at("policy"), on(), 200, on()).await;
    world.settle().await;
    assert_eq!(active(&world).await, 1);
    let history = world.get(&at("history")).await;
    assert_eq!(history.body["items"][0]["seq"], 2, "{history:?}");
    assert_eq!(history.body["items"][1]["op"], "create_group");
    let first = world.get(&at("history?limit=1")).await;
    let after = first.body["next"].as_str().unwrap();
    let next = json!({"items": [{"seq": 1}], "next": null});
    world
        .check(
            "GET",
            &at(&format!("history?after={after}")),
            Value::Null,
            200,
            next,
        )
        .await;
    let own = json!({"items": [{"seq": 2, "email": "ana@acme.com"}]});
    world
        .check(
            "GET",
            &at("history?subject=ana@acme.com"),
            Value::Null,
            200,
            own,
        )
        .await;
    let none = at(&format!("history?subject={bob}"));
    world
        .check("GET", &none, Value::Null, 200, json!({"items": []}))
        .await;
    assert_eq!(
        actions(&world).await,
        [
            "policy.change",
            "plan.approve",
            "plan.apply",
            "selections.change"
        ]
    );
}

#[tokio::test]
async fn e_20_saying_confirm_switches_it_on_unseen() {
    let world = World::new().await;
    let i = world.okta().await;
    let group = world.group(&i, "Staff", &[]).await;
    let selections = at(&format!("integrations/{i}/selections"));
    let chosen = json!({"selections": [{"group_id": group}]});
    world
        .check("PUT", &selections, chosen, 200, json!({}))
        .await;
    world.settle().await;
    let on = || json!({"auto_sync": true});
    world
        .check("PATCH", &at("policy"), on(), 409, json!({"code": "unseen"}))
        .await;
    let no = at("policy?confirm=false");
    world
        .check("PATCH", &no, on(), 409, json!({"at": "auto_sync"}))
        .await;
    world
        .check("PATCH", &at("policy?confirm=true"), on(), 200, on())
        .await;
}

#[tokio::test]
async fn e_23_held_removals_are_approved_by_item_and_by_guard_with_a_reason() {
    let world = World::new().await;
    let tight = json!({"count": 2, "percent": 0});
    let guards = json!({"guards": {"removals": tight, "burst": tight, "mass_removal": "hold"}});
    let (i, people) = company(&world, 8, guards).await;
    for person in &people[..4] {
        world.leave(&i, person).await;
    }
    world.settle().await;
    assert_eq!(active(&world).await, 8);
    world
        .check(
            "POST",
            &at("plans"),
            json!({}),
            201,
            json!({"counts": {
                "states": {"held": 4}, "codes": {"H_MASS_DEACTIVATION": 4},
            }}),
        )
        .await;
    let approve = at("plans/1/approve");
    for (body, code, detail) in [
        (
            json!({"reason": "x"}),
            "invalid_value",
            "items: send items (a list), guard (a code), or all: true",
        ),
        (
            json!({"all": true}),
            "invalid_value",
            "reason: say why, for whoever reads it later",
        ),
        (
            json!({"all": true, "guard": "mass"}),
            "invalid_value",
            "guard: send it or all: true, not both",
        ),
        (
            json!({"items": ["nobody"], "reason": "x"}),
            "not_found",
            "plan 1 has no item of \"nobody\"",
        ),
    ] {
        let status = if code == "not_found" { 404 } else { 400 };
        world
            .check("POST", &approve, body, status, refused(code, detail))
            .await;
    }
    let unknown = json!({"guard": "massive", "reason": "x"});
    world
        .check("POST", &approve, unknown, 400, json!({"at": "guard"}))
        .await;
    world
        .check(
            "POST",
            &at("plans/7/apply"),
            json!({}),
            404,
            json!({"code": "not_found"}),
        )
        .await;

    let one = json!({"items": ["P000@acme.com"], "reason": "left on Friday"});
    world
        .check("POST", &approve, one, 200, json!({"decided": 1, "held": 3}))
        .await;
    let two = json!({"items": [2], "reason": "stays"});
    world
        .check(
            "POST",
            &at("plans/1/reject"),
            two,
            200,
            json!({"decided": 1}),
        )
        .await;
    world.settle().await;
    assert_eq!(active(&world).await, 7);
    let shown = world.get(&at("plans/1")).await;
    let fates = shown.body["items"].as_array().unwrap().iter();
    let fates: Vec<_> = fates.map(|item| item["fate"].as_str().unwrap()).collect();
    assert_eq!(fates, ["applied", "declined", "stands", "stands"]);
    world
        .check("POST", &at("plans"), json!({}), 201, json!({"id": 2}))
        .await;
    let rest = json!({"guard": "mass", "reason": "left too", "by": "kim"});
    world
        .check(
            "POST",
            &at("plans/2/approve"),
            rest,
            200,
            json!({"decided": 2, "held": 1}),
        )
        .await;
    world.settle().await;
    assert_eq!(active(&world).await, 5);
    let audit = world.get("/v1/audit?limit=1").await;
    let wanted = json!({
        "tenant": "acme", "actor": "key_1", "by": "kim", "action": "plan.approve",
        "target": "plan 2: H_MASS_DEACTIVATION, 2 items", "reason": "left too",
    });
    assert!(
        crate::world::has(&audit.body["items"][0], &wanted),
        "{audit:?}"
    );
    let list = json!({"items": [{"id": 2}, {"id": 1}], "next": null});
    world
        .check("GET", &at("plans"), Value::Null, 200, list)
        .await;
}

#[tokio::test]
async fn a_frozen_tenant_removes_nobody_and_an_announced_removal_passes() {
    let world = World::new().await;
    let tight = json!({"count": 1, "percent": 0});
    let guards = json!({"guards": {"removals": tight, "burst": tight, "mass_removal": "hold"}});
    let (i, people) = company(&world, 6, guards).await;
    let freeze = at(&format!("integrations/{i}/freeze"));
    let why = || json!({"reason": "moving to another provider"});
    world
        .check("POST", &freeze, json!({}), 400, json!({"at": "reason"}))
        .await;
    let frozen = json!({"guards": {"freeze": "removals"}});
    world.check("POST", &freeze, why(), 200, frozen).await;
    world.leave(&i, &people[0]).await;
    world.settle().await;
    let open = json!({"items": [{"state": "held", "reasons": [{"code": "H_FROZEN"}, {}]}]});
    world
        .check("GET", &at("open?code=H_FROZEN"), Value::Null, 200, open)
        .await;
    let thaw = json!({"what": "none", "reason": "moved"});
    world
        .check(
            "POST",
            &freeze,
            thaw,
            200,
            json!({"guards": {"freeze": "none"}}),
        )
        .await;
    world.settle().await;
    assert_eq!(active(&world).await, 5);

    let expect = at(&format!("integrations/{i}/expect"));
    for (body, place) in [
        (json!({"for": "1h", "reason": "x"}), "removals"),
        (json!({"removals": 5, "reason": "x"}), "until"),
        (json!({"removals": 5, "for": "1h"}), "reason"),
        (json!({"removals": 5, "for": "soon", "reason": "x"}), "for"),
    ] {
        world
            .check("POST", &expect, body, 400, json!({"at": place}))
            .await;
    }
    let announced = json!({"removals": 5, "for": "6h", "reason": "a site closes"});
    let shown = json!({"guards": {"announced": {"removals": 5, "reason": "a site closes"}}});
    world.check("POST", &expect, announced, 200, shown).await;
    for person in &people[1..4] {
        world.leave(&i, person).await;
    }
    world.settle().await;
    assert_eq!(active(&world).await, 2);
    assert_eq!(
        actions(&world).await[..3],
        [
            "integration.expect",
            "integration.freeze",
            "integration.freeze"
        ]
    );
}

/// 600 people: one deleted group takes 40, six leave, four find no seat; one question names the
/// three causes, one call gives back the 40 and not the six.
#[tokio::test]
async fn bad_monday_is_told_by_cause_and_given_back_over_the_api() {
    let world = World::new().await;
    let i = world.okta().await;
    let mut people = Vec::new();
    for number in 0..600 {
        people.push(world.person(&i, &format!("p{number:03}")).await);
    }
    let of = |range: std::ops::Range<usize>| {
        people[range].iter().map(String::as_str).collect::<Vec<_>>()
    };
    let agency = world.group(&i, "Agency", &of(0..40)).await;
    let staff = world.group(&i, "Staff", &of(40..600)).await;
    let rules = json!({"auto_sync": true, "guards": {"mass_removal": "apply", "empty_source": "apply"}, "on_group_deleted": "apply"});
    world
        .check("PATCH", &at("policy"), rules, 200, json!({}))
        .await;
    let chosen = json!({"selections": [{"group_id": agency}, {"group_id": staff}]});
    world
        .check(
            "PUT",
            &at(&format!("integrations/{i}/selections")),
            chosen,
            200,
            json!({}),
        )
        .await;
    world.settle().await;
    assert_eq!(active(&world).await, 600);
    let since = world.now();
    let tenant = enroll_store::TenantId::new("acme");
    let desk = world.manage_desk();
    let seats = |seats| Capabilities {
        seats,
        ..Capabilities::default()
    };
    desk.set_capabilities(&tenant, seats(Some(550)), world.now())
        .await
        .unwrap();
    world.delete_group(&i, &agency).await;
    for person in &people[594..] {
        world.leave(&i, person).await;
    }
    let mut fresh = Vec::new();
    for number in 0..4 {
        fresh.push(world.person(&i, &format!("new{number}")).await);
    }
    let members: Vec<&str> = fresh.iter().map(String::as_str).collect();
    let more = world.group(&i, "More", &members).await;
    let chosen =
        json!({"selections": [{"group_id": staff}, {"group_id": more}, {"group_id": agency}]});
    let put = world
        .call("PUT", &at(&format!("integrations/{i}/selections")), chosen)
        .await;
    assert!(put.status.is_success(), "{put:?}");
    world.settle().await;

    let look = world.get(&at(&format!("impact?from={since}"))).await;
    let told = |reply: &crate::world::Reply| {
        let causes = reply.body["causes"].as_array().unwrap().clone();
        let line = |cause: &Value| {
            let people = cause["people"].as_array().unwrap();
            format!(
                "{} {} {}",
                cause["code"].as_str().unwrap(),
                people[0]["effect"].as_str().unwrap(),
                people.len()
            )
        };
        causes.iter().map(line).collect::<Vec<_>>()
    };
    assert_eq!(
        told(&look),
        [
            "LOST_LAST_GROUP lost 40",
            "IDP_DELETED lost 6",
            "E_SEAT_LIMIT blocked 4"
        ]
    );
    let lost = world
        .get(&at(&format!("impact?from={since}&effect=blocked")))
        .await;
    assert_eq!(told(&lost), ["E_SEAT_LIMIT blocked 4"]);
    let cause = &look.body["causes"][0]["id"];
    desk.set_capabilities(&tenant, seats(None), world.now())
        .await
        .unwrap();
    let nothing = json!({"cause": "req_none", "since": since, "reason": "x"});
    world
        .check(
            "POST",
            &at("give-back"),
            nothing,
            404,
            json!({"code": "not_found"}),
        )
        .await;
    let back =
        json!({"cause": cause, "since": since, "for": "48h", "reason": "wrong group", "by": "kim"});
    let given = world
        .check("POST", &at("give-back"), back, 200, json!({"left_out": []}))
        .await;
    assert_eq!(given.body["kept"].as_array().unwrap().len(), 40);
    world.settle().await;
    assert_eq!(
        active(&world).await,
        598,
        "600 - 6 leavers + 4 who found a seat"
    );
    let why = json!({"reasons": [{"code": "X_EXCEPTION_UNTIL"}, {}]});
    let why_of = world.get(&at("people/p007@acme.com/explain")).await;
    assert_eq!(
        why_of.body["reasons"][0]["code"], why["reasons"][0]["code"],
        "{why_of:?}"
    );
    let six = json!({
        "cause": look.body["causes"][1]["id"], "since": since, "reason": "all of them",
    });
    let none = world
        .check("POST", &at("give-back"), six, 200, json!({"kept": []}))
        .await;
    let left = none.body["left_out"].as_array().unwrap();
    assert!(
        left.len() == 6 && left.iter().all(|one| one["why"] == "left"),
        "{none:?}"
    );
    assert_eq!(
        actions(&world).await[..2],
        ["sync.give_back", "sync.give_back"]
    );
}
