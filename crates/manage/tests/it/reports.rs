//! What the application reports, over the API: S-33, E-12, E-16, sync §7.

use serde_json::{Value, json};

use crate::world::{World, refused};

const ACME: &str = "/v1/tenants/acme";

async fn in_use(world: &World) {
    let id = world.okta().await;
    let ana = world.person(&id, "ana").await;
    let boss = world.person(&id, "boss").await;
    let group = world.group(&id, "Sales", &[&ana, &boss]).await;
    let catalogue =
        json!({"groups": [{"id": "users"}, {"id": "admins", "privileged": true}], "fixed": false});
    let path = format!("{ACME}/catalog");
    world
        .check("PUT", &path, catalogue, 200, json!({"seats": null}))
        .await;
    for (account, admin) in [("ana", false), ("boss", true)] {
        let body = json!({"email": format!("{account}@acme.com"), "is_admin": admin, "first_name": "By hand"});
        let path = format!("{ACME}/accounts/u_{account}");
        world
            .check(
                "PUT",
                &path,
                body,
                200,
                json!({"tied": false, "active": true}),
            )
            .await;
    }
    let path = format!("{ACME}/integrations/{id}/selections");
    let body = json!({"selections": [{"group_id": group, "access_group": "users"}]});
    world.check("PUT", &path, body, 200, json!({})).await;
    world.settle().await;
}

#[tokio::test]
async fn e_16_links_are_listed_approved_made_and_cut() {
    let world = World::new().await;
    in_use(&world).await;
    let links = json!({"items": [
        {"account": "u_ana", "user_name": "ana@acme.com", "reason": {"code": "H_LINK"}},
        {"account": "u_boss", "user_name": "boss@acme.com", "reason": {"code": "H_LINKS_ADMIN"}},
    ]});
    world
        .check("GET", &format!("{ACME}/links"), Value::Null, 200, links)
        .await;
    let done = world
        .check(
            "POST",
            &format!("{ACME}/links/approve"),
            json!({"reason": "seen"}),
            200,
            json!({"approved": 1}),
        )
        .await;
    assert_eq!(done.body["one_by_one"].as_array().unwrap().len(), 1);
    world.settle().await;
    let ana = json!({"account": {"ref": "u_ana", "first_name": "By hand"}});
    let explain = format!("{ACME}/people/ana@acme.com/explain");
    world.check("GET", &explain, Value::Null, 200, ana).await;
    let link = format!("{ACME}/people/boss@acme.com/link");
    let refusal = refused("not_found", "no account u_9 is known; report it first");
    world
        .check("POST", &link, json!({"account": "u_9"}), 404, refusal)
        .await;
    let refusal = refused(
        "refused",
        "account u_ana is tied to a person already; cut that tie first",
    );
    world
        .check("POST", &link, json!({"account": "u_ana"}), 409, refusal)
        .await;
    world
        .check(
            "POST",
            &link,
            json!({"account": "u_boss"}),
            200,
            json!({"account": "u_boss"}),
        )
        .await;
    world.settle().await;
    let unlink = format!("{ACME}/people/boss@acme.com/unlink");
    world
        .check("POST", &unlink, json!({}), 200, json!({"account": null}))
        .await;
    let refusal = refused("refused", "the person has no account");
    world.check("POST", &unlink, json!({}), 409, refusal).await;
}

#[tokio::test]
async fn e_12_drift_is_listed_and_decided() {
    let world = World::new().await;
    in_use(&world).await;
    let link = format!("{ACME}/people/ana@acme.com/link");
    world
        .check("POST", &link, json!({"account": "u_ana"}), 200, json!({}))
        .await;
    let on = json!({"auto_sync": true});
    world
        .check("PATCH", &format!("{ACME}/policy"), on, 200, json!({}))
        .await;
    world.settle().await;
    let account = format!("{ACME}/accounts/u_ana");
    let told = json!({"last_name": "Roe", "first_name": "An", "changed_by": "sam", "changed_at": "2026-11-25T10:00:00Z"});
    world
        .check(
            "PUT",
            &account,
            told,
            200,
            json!({"tied": true, "last_name": "Roe"}),
        )
        .await;
    world.settle().await;
    let drift = format!("{ACME}/drift");
    let whole = json!({"items": [
        {"id": "first_name@u_ana", "base": "ana", "observed": "An", "want": "ana", "by": "sam"},
        {"id": "last_name@u_ana", "field": "last_name", "account": "u_ana", "since": "2026-11-25T10:00:00.000Z"},
    ], "next": null});
    world.check("GET", &drift, Value::Null, 200, whole).await;
    world
        .check(
            "POST",
            &format!("{drift}/first_name@u_ana/revert"),
            json!({}),
            200,
            json!({}),
        )
        .await;
    world
        .check(
            "POST",
            &format!("{drift}/last_name@u_ana/ignore"),
            json!({}),
            200,
            json!({}),
        )
        .await;
    world.settle().await;
    world
        .check("GET", &drift, Value::Null, 200, json!({"items": []}))
        .await;
    let shown = json!({"account": {"first_name": "ana", "last_name": "Roe"}});
    world
        .check(
            "GET",
            &format!("{ACME}/people/ana@acme.com/explain"),
            Value::Null,
            200,
            shown,
        )
        .await;
    let refusal = refused(
        "not_found",
        "no such value of this account differs from what was applied",
    );
    world
        .check(
            "POST",
            &format!("{drift}/email@u_ana/adopt"),
            json!({}),
            404,
            refusal,
        )
        .await;
}

#[tokio::test]
async fn what_does_not_fit_is_refused_with_its_key() {
    let world = World::new().await;
    let account = format!("{ACME}/accounts/u_1");
    for (body, code, detail) in [
        (
            json!({"activ": true}),
            "unknown_key",
            "there is no key \"activ\"; did you mean active?",
        ),
        (json!({"active": "yes"}), "invalid_value", "…"),
        (
            json!({"changed_at": "today"}),
            "invalid_value",
            "changed_at: expected an RFC 3339 instant",
        ),
    ] {
        world
            .check("PUT", &account, body, 400, refused(code, detail))
            .await;
    }
    let both = json!({"seats": 3, "seats_left": 1});
    let refusal = refused("invalid_value", "seats_left: send seats or seats_left");
    world
        .check("PUT", &format!("{ACME}/catalog"), both, 400, refusal)
        .await;
}

#[tokio::test]
async fn sync_7_a_snapshot_comes_in_pages_and_a_shrunken_one_is_refused() {
    let world = World::new().await;
    let all = format!("{ACME}/snapshots");
    let begun = world
        .check(
            "POST",
            &all,
            json!({}),
            201,
            json!({"state": "open", "before": null}),
        )
        .await;
    let place = format!("{all}/{}", begun.body["id"]);
    let page = async |place: &str, from: u32, count: u32| {
        let line = |n| format!("{{\"ref\": \"u_{n}\", \"email\": \"{n}@acme.com\"}}\n");
        let lines: String = (from..from + count).map(line).collect();
        let path = format!("{place}/pages?from={from}");
        let key = format!("Bearer {}", world.key.expose());
        let headers = [
            ("content-type", "application/x-ndjson"),
            ("authorization", key.as_str()),
        ];
        world.send("POST", &path, &headers, lines).await
    };
    assert_eq!(page(&place, 0, 3).await.body["received"], 3);
    let twice = page(&place, 0, 3).await;
    assert_eq!(
        (twice.status.as_u16(), &twice.body["detail"]),
        (409, &json!("the next page begins at entry 3"))
    );
    page(&place, 3, 3).await;
    world
        .check("GET", &place, Value::Null, 200, json!({"received": 6}))
        .await;
    let done = json!({"state": "taken_in", "accounts": 6});
    world
        .check("POST", &format!("{place}/commit"), json!({}), 200, done)
        .await;
    let begun = world
        .check("POST", &all, json!({}), 201, json!({"before": 6}))
        .await;
    let place = format!("{all}/{}", begun.body["id"]);
    page(&place, 0, 2).await;
    let refusal = refused(
        "refused",
        "2 accounts are fewer than half of the last snapshot's 6",
    );
    world
        .check("POST", &format!("{place}/commit"), json!({}), 409, refusal)
        .await;
    let gone = refused(
        "not_found",
        "there is no such snapshot; a newer one may have replaced it",
    );
    world
        .check("GET", &format!("{all}/1"), Value::Null, 404, gone)
        .await;
    let listed = world.get(&format!("{ACME}/accounts")).await.body;
    assert_eq!(listed["items"].as_array().unwrap().len(), 6);
}
