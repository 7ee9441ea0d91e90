//! The request log: newest first, short in the list, whole on its own page.

use serde_json::{Value, json};

use crate::world::{World, refused};

#[tokio::test]
async fn lines_are_listed_newest_first_without_their_bodies() {
    let world = World::new().await;
    let id = world.okta().await;
    let at = format!("/v1/tenants/acme/integrations/{id}/requests");
    world
        .check(
            "GET",
            &at,
            Value::Null,
            200,
            json!({"items": [], "next": null}),
        )
        .await;
    let line = r#"{"method":"PATCH","path":"/Users/u-1","dialect":"okta","status":9,"ms":4,
        "quirks":[{"id":"op-letter-case","changes":[{"at":"op","before":"Add","after":"add"}]}],
        "sent":{"a":1},"revision":7,"id":"forged","operations":"forged",
        "read_as":{"body":{"Operations":[{"op":"remove","path":"title"}]}}}"#;
    world.note(&id, "req_1", 200, line).await;
    world.later(1_000);
    world
        .note(
            &id,
            "req_2",
            400,
            r#"{"method":"POST","error":{"detail":"no"}}"#,
        )
        .await;
    world.note(&id, "req_3", 204, "not JSON at all").await;

    let wanted = json!({"next": null, "items": [
        {"id": "req_3", "at": "1970-01-01T00:16:41.000Z", "subject": "u-1", "status": 204},
        {"id": "req_2", "status": 400, "method": "POST", "error": {"detail": "no"}},
        {
            "id": "req_1", "status": 200, "method": "PATCH", "path": "/Users/u-1", "ms": 4,
            "quirks": [{"id": "op-letter-case"}], "revision": 7,
        },
    ]});
    let reply = world.check("GET", &at, Value::Null, 200, wanted).await;
    assert!(reply.body["items"][2].get("sent").is_none());
    assert!(reply.body["items"][2].get("read_as").is_none());
    assert!(reply.body["items"][2].get("operations").is_none());
    assert!(reply.body["items"][2]["quirks"][0].get("changes").is_none());
    let whole = json!({"id": "req_1", "status": 200, "sent": {"a": 1}, "revision": 7,
        "quirks": [{"id": "op-letter-case", "changes": [{"at": "op", "before": "Add", "after": "add"}]}],
        "operations": [{"read": "remove title", "outcome": "applied"}]});
    world
        .check("GET", &format!("{at}/req_1"), Value::Null, 200, whole)
        .await;
    let gone = refused(
        "not_found",
        "the log of this integration has no request \"req_9\"",
    );
    world
        .check("GET", &format!("{at}/req_9"), Value::Null, 404, gone)
        .await;
}

#[tokio::test]
async fn the_list_can_be_narrowed_and_paged() {
    let world = World::new().await;
    let id = world.okta().await;
    let at = format!("/v1/tenants/acme/integrations/{id}/requests");
    for n in 0..5 {
        world
            .note(
                &id,
                &format!("req_{n}"),
                if n % 2 == 0 { 200 } else { 409 },
                "{}",
            )
            .await;
    }
    let refusals = json!({"items": [{"id": "req_3"}, {"id": "req_1"}], "next": null});
    world
        .check(
            "GET",
            &format!("{at}?refused=true"),
            Value::Null,
            200,
            refusals,
        )
        .await;
    world
        .check(
            "GET",
            &format!("{at}?subject=u-2"),
            Value::Null,
            200,
            json!({"items": []}),
        )
        .await;
    world
        .check(
            "GET",
            &format!("{at}?subject=a%20b"),
            Value::Null,
            400,
            json!({"at": "subject"}),
        )
        .await;
    let page = json!({"items": [{"id": "req_4"}, {"id": "req_3"}], "next": "…"});
    let page = world
        .check("GET", &format!("{at}?limit=2"), Value::Null, 200, page)
        .await;
    let next = page.body["next"].as_str().unwrap();
    let page = json!({"items": [{"id": "req_2"}, {"id": "req_1"}, {"id": "req_0"}], "next": null});
    world
        .check(
            "GET",
            &format!("{at}?limit=3&after={next}"),
            Value::Null,
            200,
            page,
        )
        .await;
    world
        .check(
            "GET",
            &format!("{at}?after=r00"),
            Value::Null,
            400,
            json!({"code": "invalid_cursor"}),
        )
        .await;
}

#[tokio::test]
async fn b4_another_integrations_lines_are_not_here() {
    let world = World::new().await;
    let (mine, theirs) = (world.okta().await, world.connect("globex", "Theirs").await);
    world.note(&theirs, "req_1", 200, "{}").await;
    let at = format!("/v1/tenants/acme/integrations/{mine}/requests");
    world
        .check("GET", &at, Value::Null, 200, json!({"items": []}))
        .await;
    world
        .check("GET", &format!("{at}/req_1"), Value::Null, 404, json!({}))
        .await;
}
