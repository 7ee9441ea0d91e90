//! Threats B1, B2, B4, B8: nobody without a management key learns or changes anything.

use enroll_manage::{Options, ROUTES, Route};
use enroll_store::{DirectoryId, TenantId};
use enroll_tenants::{Digest, Secret, SecretKind, Tenants};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::world::{Reply, World, refused};

const OPEN: [&str; 2] = ["/healthz", "/readyz"];

/// Puts real ids where the table has places.
pub(crate) fn filled(row: &Route, tenant: &str, integration: &str, token: &str) -> String {
    let query = match row.path {
        "/v1/events" | "/v1/consumers/{c}/cursor" if row.method == "GET" => "?tenant=acme",
        path if path.ends_with("/pages") => "?from=0",
        // No job is at work here.
        path if path.ends_with("/plans") && row.method == "POST" => "?wait=0",
        _ => "",
    };
    let field = match row.path.rsplit('/').next() {
        Some("adopt") => "first_name",
        Some("revert") => "last_name",
        _ => "time_zone",
    };
    let path = row
        .path
        .replace("{t}", tenant)
        .replace("{i}", integration)
        .replace("{k}", token)
        .replace("{key}", "key_2")
        .replace("{r}", "req_1")
        .replace("{n}", "1")
        .replace("{p}", "ana@acme.com")
        .replace("{c}", "crm")
        .replace("{a}", "u_1")
        .replace("{s}", "1")
        .replace("{d}", &format!("{field}@u_1"))
        .replace("{name_id}", "ana@acme.com");
    path + query
}

/// A body that the row takes.
pub(crate) fn body(row: &Route) -> Value {
    if row.path.ends_with("selections") {
        return json!({"selections": []});
    }
    if row.path.ends_with("/keys") {
        return json!({"name": "Grafana", "scopes": ["read"]});
    }
    if row.path.ends_with("/cursor") {
        // The beginning of acme's feed.
        return json!({"cursor": "v61636d652f300d"});
    }
    if row.path.ends_with("/jit") {
        return json!({"name_id": "ana@acme.com"});
    }
    if row.path.ends_with("/pages") {
        return json!({"ref": "u_1"});
    }
    if row.path.ends_with("/link") {
        return json!({"account": "u_1"});
    }
    match row.path.rsplit('/').next() {
        Some("approve" | "reject") if row.path.contains("/plans/") => {
            json!({"all": true, "reason": "x"})
        }
        Some("freeze") => json!({"what": "none", "reason": "x"}),
        Some("expect") => json!({"removals": 1, "for": "1h", "reason": "x"}),
        Some("give-back") => json!({"cause": "req_none", "reason": "x"}),
        _ => json!({}),
    }
}

/// Gives ana an account `u_1` of which every value that [`filled`] names was changed by hand.
async fn drifted(world: &World, integration: &str) {
    let ana = world.person(integration, "ana").await;
    let group = world.group(integration, "Sales", &[&ana]).await;
    let path = format!("/v1/tenants/acme/integrations/{integration}/selections");
    let body = json!({"selections": [{"group_id": group}]});
    assert!(world.call("PUT", &path, body).await.status.is_success());
    let on = json!({"auto_sync": true});
    let path = "/v1/tenants/acme/policy";
    assert!(world.call("PATCH", path, on).await.status.is_success());
    world.settle().await;
    let told = json!({"first_name": "A", "last_name": "B", "time_zone": "Europe/Paris"});
    let path = "/v1/tenants/acme/accounts/u_1";
    assert!(world.call("PUT", path, told).await.status.is_success());
    world.settle().await;
}

#[track_caller]
fn check_refused(row: &str, reply: &Reply) {
    assert_eq!(reply.status, 401, "{row}: {reply:?}");
    assert_eq!(reply.body["code"], "unauthorized", "{row}");
    assert_eq!(reply.headers["www-authenticate"], "Bearer", "{row}");
    assert_eq!(reply.headers["cache-control"], "no-store", "{row}");
}

#[tokio::test]
async fn b1_b8_no_route_answers_without_a_management_key() {
    let world = World::new().await;
    let made = world
        .manage
        .connect(&TenantId::new("acme"), "Okta", "okta", None)
        .await
        .unwrap();
    let (id, token_id) = (made.integration.id.to_string(), made.token_id.clone());
    let (scim, key) = (made.token.expose(), world.key.expose());
    let other = Secret::generate(SecretKind::Key).unwrap();
    let wrong = [
        String::new(),
        "Bearer".to_owned(),
        "Bearer null".to_owned(),
        format!("Basic {key}"),
        key.to_owned(),
        format!("Bearer {scim}"),
        format!("Bearer {}", other.expose()),
        format!("Bearer {key}x"),
        format!("Bearer {}", &key[..key.len() - 1]),
        format!("Bearer {key} {key}"),
    ];
    for row in ROUTES.iter().filter(|row| !OPEN.contains(&row.path)) {
        let path = filled(row, "acme", &id, &token_id);
        let json = ("content-type", "application/json");
        check_refused(
            row.path,
            &world.send(row.method, &path, &[json], "{}").await,
        );
        for header in &wrong {
            let reply = world
                .send(row.method, &path, &[json, ("authorization", header)], "{}")
                .await;
            check_refused(&format!("{} {} {header}", row.method, row.path), &reply);
        }
        let good = format!("Bearer {key}");
        let twice = [
            ("authorization", good.as_str()),
            ("authorization", good.as_str()),
        ];
        check_refused(row.path, &world.send(row.method, &path, &twice, "{}").await);
        let in_query = format!("{path}?access_token={key}&key={key}");
        check_refused(
            row.path,
            &world.send(row.method, &in_query, &[], "{}").await,
        );
    }
    let tokens = world.tenants.tokens(&DirectoryId::new(id)).await.unwrap();
    assert_eq!(tokens.len(), 1, "nothing was made");
    assert!(tokens[0].revoked.is_none(), "nothing was revoked");
    assert!(
        tokens[0].last_used.is_none(),
        "a SCIM token was not even used"
    );
}

#[tokio::test]
async fn every_row_of_the_table_is_served_with_the_key() {
    let world = World::new().await;
    let made = world
        .manage
        .connect(&TenantId::new("acme"), "Okta", "okta", None)
        .await
        .unwrap();
    let line = r#"{"method":"GET","path":"/ServiceProviderConfig","dialect":"okta"}"#;
    world
        .note(made.integration.id.as_str(), "req_1", 200, line)
        .await;
    drifted(&world, made.integration.id.as_str()).await;
    for row in ROUTES {
        let path = filled(row, "acme", made.integration.id.as_str(), &made.token_id);
        let reply = world.call(row.method, &path, body(row)).await;
        let detail = reply.body["detail"].as_str().unwrap_or_default();
        let is_served = reply.status.is_success() || detail.starts_with("no cause \"req_none\"");
        assert!(is_served, "{} {}: {reply:?}", row.method, row.path);
        assert_eq!(
            reply.headers["x-content-type-options"], "nosniff",
            "{}",
            row.path
        );
        assert_eq!(reply.headers["cache-control"], "no-store", "{}", row.path);
        assert!(
            reply.headers["x-request-id"]
                .to_str()
                .unwrap()
                .starts_with("req_")
        );
        if row.method != "DELETE" && reply.status.is_success() {
            let is_lines = row.path.ends_with("{i}/export");
            let kind = match row.path {
                "/metrics" => "text/plain; version=0.0.4; charset=utf-8",
                _ if is_lines => "application/x-ndjson",
                _ => "application/json",
            };
            assert_eq!(reply.headers["content-type"], kind, "{}", row.path);
        }
    }
}

#[tokio::test]
async fn open_routes_answer_anybody_and_say_nothing() {
    let world = World::new().await;
    let reply = world.send("GET", "/healthz", &[], "").await;
    assert_eq!(
        (reply.status.as_u16(), reply.body),
        (200, json!({"status": "ok"}))
    );
    let reply = world.send("GET", "/readyz", &[], "").await;
    assert_eq!(
        (reply.status.as_u16(), reply.body),
        (200, json!({"status": "ready"}))
    );
}

#[tokio::test]
async fn a_configured_key_opens_as_a_stored_one_does() {
    let keys = vec![Digest::of("of-my-own"), Digest::of("another")];
    let world = World::with(Options {
        keys,
        ..Options::default()
    })
    .await;
    for (key, status) in [
        ("of-my-own", 200),
        ("another", 200),
        ("of-my-ow", 401),
        ("stranger", 401),
    ] {
        let header = format!("Bearer {key}");
        let reply = world
            .send("GET", "/v1/tenants", &[("authorization", &header)], "")
            .await;
        assert_eq!(reply.status, status, "{key}");
    }
}

#[tokio::test]
async fn b4_another_tenants_integration_is_as_unknown_as_any() {
    let world = World::new().await;
    let foreign = world
        .manage
        .connect(&TenantId::new("globex"), "Okta", "okta", None)
        .await
        .unwrap();
    let (id, token) = (
        foreign.integration.id.to_string(),
        foreign.token_id.as_str(),
    );
    let unknown = "int_0000000000000";
    assert_eq!(id.len(), unknown.len());
    for row in ROUTES.iter().filter(|row| row.path.contains("{i}")) {
        let theirs = world
            .call(row.method, &filled(row, "acme", &id, token), body(row))
            .await;
        let nobodys = world
            .call(row.method, &filled(row, "acme", unknown, token), body(row))
            .await;
        assert_eq!(theirs.status, 404, "{} {}", row.method, row.path);
        let same = theirs.body.to_string().replace(&id, unknown);
        assert_eq!(
            same,
            nobodys.body.to_string(),
            "{} {}",
            row.method,
            row.path
        );
    }
    let tokens = world.tenants.tokens(&foreign.integration.id).await.unwrap();
    assert!(
        tokens.len() == 1 && tokens[0].revoked.is_none(),
        "theirs is untouched"
    );
    assert_eq!(
        world
            .tenants
            .integration(&foreign.integration.id)
            .await
            .unwrap()
            .unwrap()
            .name,
        "Okta"
    );
}

#[tokio::test]
async fn b4_another_integrations_token_is_not_revoked() {
    let world = World::new().await;
    let mine = world.okta().await;
    let foreign = world
        .manage
        .connect(&TenantId::new("acme"), "Entra", "entra", None)
        .await
        .unwrap();
    let path = format!(
        "/v1/tenants/acme/integrations/{mine}/tokens/{}",
        foreign.token_id
    );
    world
        .check(
            "DELETE",
            &path,
            Value::Null,
            404,
            json!({"code": "not_found"}),
        )
        .await;
    assert!(
        world.tenants.tokens(&foreign.integration.id).await.unwrap()[0]
            .revoked
            .is_none()
    );
}

#[tokio::test]
async fn b1_paths_with_two_readings_lead_nowhere() {
    let world = World::new().await;
    let nowhere = refused("not_found", "there is nothing at this path");
    for path in [
        "/v1//tenants",
        "/v1/tenants/",
        "//v1/tenants",
        "/v1/./tenants",
        "/v1/x/../tenants",
        "/v1/%2e%2e/v1/tenants",
        "/v1%2Ftenants",
        "/v1/tenants/acme%2Fpolicy",
        "/v1/tenants/acme%00",
        "/v1/tenants/acme%0d%0aX:1",
        "/v1/tenants/acme/people/a%2Fb/explain",
        "/v1/tenants/acme/people/a%5cb/explain",
        "/v1/tenants/acme/people/a%zz/explain",
        "/V1/tenants",
        "/healthz/",
        "/healthz/../v1/tenants",
        "/v1",
        "/",
        "/nothing",
    ] {
        let open = world.send("GET", path, &[], "").await;
        assert_eq!(open.status, 401, "{path}");
        world
            .check("GET", path, Value::Null, 404, nowhere.clone())
            .await;
    }
    let reply = world.get("/v1/tenants/%61cme").await;
    assert_eq!(reply.body["id"], "acme", "decoded once");
    world
        .check(
            "GET",
            "/v1/tenants/%2561cme",
            Value::Null,
            404,
            json!({"code": "not_found"}),
        )
        .await;
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn b1_whatever_the_path_it_needs_the_key(
        method in "GET|HEAD|POST|PUT|PATCH|DELETE|OPTIONS|TRACE|X",
        path in "(/(v1|tenants|acme|policy|accounts|sync|healthz|readyz|version|%76%31|%2e|\\.\\.|%2F|[a-z%~.]{0,4})){0,6}/?(\\?[a-z=&]{0,9})?",
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let world = World::new().await;
            let uri: Result<http::Uri, _> = path.parse();
            let bare = path.split('?').next().unwrap_or_default();
            if uri.is_err() || OPEN.contains(&bare) || path.starts_with("//") {
                return;
            }
            let request = http::Request::builder().method(method.as_str()).uri(path.as_str());
            let request = request.body(http_body_util::Full::new(bytes::Bytes::new())).unwrap();
            let status = world.api.respond(request).await.status();
            assert_eq!(status, 401, "{method} {path}");
        });
    }
}
