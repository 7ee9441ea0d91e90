//! Bodies, parameters and methods that are not what they should be; C9, C11, C13.

use axum::Router;
use enroll_manage::{BoxError, Options, ROUTES, Takes};
use http_body_util::{BodyExt, Full, channel::Channel};
use serde_json::{Value, json};
use tower_service::Service;

use crate::world::{World, refused, send};

const AT: &str = "/v1/tenants/acme";

#[tokio::test]
async fn bodies_that_are_none() {
    let world = World::new().await;
    let auth = format!("Bearer {}", world.key.expose());
    for (body, code) in [
        ("{", "invalid_json"),
        ("[]", "invalid_json"),
        ("7", "invalid_json"),
        ("null", "invalid_json"),
        (r#"{"name":"a","name":"b"}"#, "invalid_json"),
        (r#"{"name":"a","NAME":"b"}"#, "invalid_json"),
        (r#"{"name":"a\u0000"}"#, "invalid_json"),
        (r#"{"name":7}"#, "invalid_value"),
        (r#"{"name":""}"#, "invalid_value"),
        (r#"{"nmae":"a"}"#, "unknown_key"),
        (
            &format!("{}1{}", r#"{"name":"#.repeat(50), "}".repeat(50)),
            "invalid_json",
        ),
    ] {
        let headers = [
            ("authorization", auth.as_str()),
            ("content-type", "application/json"),
        ];
        let reply = world.send("PUT", AT, &headers, body.to_owned()).await;
        assert_eq!(
            (reply.status.as_u16(), &reply.body["code"]),
            (400, &json!(code)),
            "{body}"
        );
        assert_eq!(reply.headers["content-type"], "application/problem+json");
        assert_eq!(reply.body["status"], 400);
    }
    world
        .check("GET", AT, Value::Null, 200, json!({"name": "acme"}))
        .await;
}

#[tokio::test]
async fn c11_a_body_over_the_limit_is_413_and_one_of_another_type_415() {
    let world = World::new().await;
    let auth = format!("Bearer {}", world.key.expose());
    let body = r#"{"name":"Acme"}"#;
    let padded = |bytes: usize| format!("{body}{}", " ".repeat(bytes - body.len()));
    let json = [
        ("authorization", auth.as_str()),
        ("content-type", "application/json; charset=utf-8"),
    ];
    assert_eq!(
        world.send("PUT", AT, &json, padded(1 << 20)).await.status,
        200
    );
    let reply = world.send("PUT", AT, &json, padded((1 << 20) + 1)).await;
    assert_eq!(
        (reply.status.as_u16(), &reply.body["code"]),
        (413, &json!("too_large"))
    );
    for kind in [
        "text/plain",
        "application/x-www-form-urlencoded",
        "application/jsonx",
        "",
    ] {
        let headers = [("authorization", auth.as_str()), ("content-type", kind)];
        let reply = world.send("PUT", AT, &headers, "{}").await;
        assert_eq!(reply.status, 415, "{kind}");
    }
    let scim = [
        ("authorization", auth.as_str()),
        ("content-type", "application/merge-patch+json"),
    ];
    assert_eq!(world.send("PUT", AT, &scim, "{}").await.status, 200);
    assert_eq!(
        world.send("PUT", AT, &scim[..1], "").await.status,
        200,
        "no body needs no type"
    );
}

#[tokio::test(start_paused = true)]
async fn a_body_that_does_not_come_is_408() {
    let world = World::new().await;
    let (sender, body) = Channel::<bytes::Bytes, BoxError>::new(1);
    let key = format!("Bearer {}", world.key.expose());
    let request = http::Request::put(AT).header("authorization", key);
    let response = world.api.respond(request.body(body).unwrap()).await;
    assert_eq!(response.status(), 408);
    drop(sender);
}

#[tokio::test]
async fn every_route_refuses_keys_and_parameters_it_does_not_know() {
    let world = World::new().await;
    let made = world.okta().await;
    let token = world
        .get(&format!("{AT}/integrations/{made}/tokens"))
        .await
        .body["items"][0]["id"]
        .clone();
    for row in ROUTES {
        let path = row
            .path
            .replace("{t}", "acme")
            .replace("{i}", &made)
            .replace("{p}", "a");
        let path = path
            .replace("{k}", token.as_str().unwrap())
            .replace("{r}", "req_1");
        let reply = world
            .call(row.method, &format!("{path}?colour=red"), json!({}))
            .await;
        assert_eq!(
            (reply.status.as_u16(), &reply.body["code"]),
            (400, &json!("unknown_parameter")),
            "{row:?}"
        );
        if !matches!(row.body, Takes::Nothing | Takes::Lines) {
            let reply = world
                .call(row.method, &path, json!({"colour": "red"}))
                .await;
            assert_eq!(
                (reply.status.as_u16(), &reply.body["code"]),
                (400, &json!("unknown_key")),
                "{row:?}"
            );
        }
    }
    let slip = refused(
        "unknown_parameter",
        "there is no parameter \"limt\"; did you mean limit?",
    );
    world
        .check("GET", "/v1/tenants?limt=3", Value::Null, 400, slip)
        .await;
    let none = refused(
        "unknown_parameter",
        "there is no parameter \"x\"; none is known here",
    );
    world
        .check("GET", &format!("{AT}?x=1"), Value::Null, 400, none)
        .await;
    let twice = refused("invalid_parameter", "limit: send it once");
    world
        .check(
            "GET",
            "/v1/tenants?limit=3&limit=4",
            Value::Null,
            400,
            twice,
        )
        .await;
}

#[tokio::test]
async fn other_methods_are_405_and_head_is_get_without_the_body() {
    let world = World::new().await;
    for (method, path, allow) in [
        ("DELETE", AT, "GET,HEAD,PUT"),
        ("POST", AT, "GET,HEAD,PUT"),
        ("OPTIONS", "/v1/tenants", "GET,HEAD"),
        ("PUT", "/v1/tenants/acme/policy", "GET,HEAD,PATCH"),
        ("TRACE", "/healthz", "GET,HEAD"),
    ] {
        let reply = world.call(method, path, Value::Null).await;
        assert_eq!(
            (reply.status.as_u16(), &reply.body["code"]),
            (405, &json!("method_not_allowed")),
            "{method} {path}"
        );
        assert_eq!(reply.headers["allow"], allow, "{method} {path}");
    }
    let head = world.call("HEAD", AT, Value::Null).await;
    assert_eq!((head.status.as_u16(), head.body), (200, Value::Null));
}

#[tokio::test]
async fn c5_c13_what_was_sent_comes_back_quoted_short_and_as_json() {
    let world = World::new().await;
    let name = "<script>alert(1)</script>".repeat(20);
    let reply = world.call("PUT", AT, json!({name.clone(): 1})).await;
    let detail = reply.body["detail"].as_str().unwrap();
    assert!(detail.len() < 200 && !detail.contains(&name), "{detail}");
    assert_eq!(reply.headers["x-content-type-options"], "nosniff");
    assert_eq!(reply.headers["content-type"], "application/problem+json");
    let markup = json!({"name": "<b>${7*7}{{7*7}}</b>"});
    world.check("PUT", AT, markup.clone(), 200, markup).await;
}

#[tokio::test]
async fn it_may_stand_under_any_path() {
    let world = World::new().await;
    let mut app: Router = Router::new().nest_service("/admin/{who}", world.api.clone());
    for (path, key, status) in [
        ("/admin/me/v1/tenants", world.key.expose(), 200),
        ("/admin/me/v1/tenants/acme/sync", world.key.expose(), 200),
        ("/admin/me/healthz", "", 200),
        ("/admin/me/v1/tenants", "", 401),
    ] {
        let request = http::Request::get(path).header("authorization", format!("Bearer {key}"));
        let request = request.body(Full::new(bytes::Bytes::new())).unwrap();
        let response = app.call(request).await.unwrap();
        assert_eq!(response.status(), status, "{path}");
        let body = response.into_body().collect().await.unwrap().to_bytes();
        assert!(serde_json::from_slice::<Value>(&body).is_ok());
    }
}

#[tokio::test]
async fn without_a_public_url_the_base_url_is_what_the_caller_said() {
    let world = World::new().await;
    let id = enroll_store::DirectoryId::new("int_1");
    let told = world.manage.base_url(&id, Some("http://elsewhere"));
    assert_eq!(told, "https://scim.example.com/scim/int_1/v2");
    let options = enroll_manage::Options {
        scim_prefix: String::new(),
        keys: vec![enroll_tenants::Digest::of("k")],
        ..enroll_manage::Options::default()
    };
    let schemas = enroll_schema::Schemas::standard();
    let desk = enroll_sync::Desk::new(world.directories.clone(), world.ledger.clone(), &schemas);
    let gate = enroll_tenants::Gate::new(world.tenants.clone());
    let untold =
        enroll_manage::Manage::new(gate, world.directories.clone(), desk.unwrap(), options);
    let api = untold.service();
    for (host, proto, origin) in [
        ("127.0.0.1:8080", "http", "http://127.0.0.1:8080"),
        ("scim.example.org", "https", "https://scim.example.org"),
        ("a.example/x", "http", "http://localhost"),
        ("a\"b", "", "http://localhost"),
    ] {
        let headers = [
            ("authorization", "Bearer k"),
            ("host", host),
            ("x-forwarded-proto", proto),
        ];
        let made = send(&api, "POST", &format!("{AT}/integrations"), &headers, "")
            .await
            .body;
        assert_eq!(
            made["base_url"],
            format!("{origin}/{}/v2", made["id"].as_str().unwrap()),
            "{host}"
        );
    }
}

#[tokio::test]
async fn the_schema_of_messages_is_served_if_there_are_messages() {
    let path = "/v1/sink.schema.json";
    let none = World::with(Options::default()).await.get(path).await;
    assert_eq!(none.status, 404);
    let served = World::new().await.get(path).await;
    assert_eq!(
        (served.status.as_u16(), &served.body["title"]),
        (200, &json!("messages"))
    );
    assert_eq!(served.headers["content-type"], "application/json");
}
