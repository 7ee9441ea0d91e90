//! Who may come in (RFC 7644 §2; threats B1–B5).

use enroll_http::{Options, system_clock};
use enroll_schema::Timestamp;
use enroll_store::DirectoryId;
use enroll_tenants::{Secret, Tenants, Token};
use http::Request;
use http_body_util::Full;
use serde_json::{Value, json};

use crate::support::{Answer, Bench, OTHER, TOKEN, USER};

/// B1: whatever the path is spelled like, without a token the answer is 401 and nothing else.
const PATHS: &[&str] = &[
    "/scim/int_1/v2/Users",
    "/scim/int_1/v2/Users/1",
    "/scim/int_1/Users",
    "/scim/v2/Users",
    "/int_1/v2/Users",
    "/v2/Users",
    "/scim/int_1/v2/%55sers",
    "/scim/int_1/v2/Users%2F1",
    "/scim/%69nt_1/v2/Users",
    "/scim/int_1/%76%32/Users",
    "/scim//int_1/v2/Users",
    "/scim/int_1//v2//Users",
    "/scim/int_1/v2/../v2/Users",
    "/scim/./int_1/v2/Users",
    "/scim/int_1/v2/Users/..%2f..",
    "/scim/int_1/v2/Users%00",
    "/scim/int_1/v2/Users;a=b",
    "/scim/int_1/v2/ServiceProviderConfig",
    "/scim/int_1/v2/Schemas",
    "/scim/int_1/v2/ResourceTypes",
    "/scim/int_1/v2/Nope",
    "/scim/nobody/v2/Users",
    "/scim",
    "/",
    "/scim/int_1/v2/Users?filter=userName%20pr",
    "/scim/int_1/v2/Bulk",
    "/scim/int_1/v2/Me",
    "/scim/int_1/v2/.search",
    "/SCIM/int_1/v2/Users",
    "/scim/v1/Users",
];

async fn with(bench: &Bench, method: &str, path: &str, authorization: &[&str]) -> Answer {
    let mut request = Request::builder().method(method).uri(path);
    for value in authorization {
        request = request.header("authorization", *value);
    }
    bench.send(request.body(Full::default()).unwrap()).await
}

fn is_refused(answer: &Answer) {
    let body = answer.json();
    assert_eq!(answer.status, 401, "{body}");
    assert_eq!(
        (&body["status"], &body["scimType"]),
        (&json!("401"), &Value::Null)
    );
    assert_eq!(
        body["schemas"],
        json!(["urn:ietf:params:scim:api:messages:2.0:Error"])
    );
    assert!(
        answer
            .header("www-authenticate")
            .unwrap()
            .starts_with("Bearer realm="),
        "{answer:?}"
    );
    assert_eq!(answer.header("content-type"), Some("application/scim+json"));
}

/// B1, 7644-2-03, 7643-5-13 (declined, decision 53), 7644-2.2-01, 7644-3.12-08.
#[tokio::test]
async fn without_a_token_nothing_answers() {
    let bench = Bench::new("auto", Options::default()).await;
    for path in PATHS {
        for method in ["GET", "POST", "PATCH", "DELETE", "OPTIONS", "HEAD"] {
            let answer = with(&bench, method, path, &[]).await;
            assert_eq!(answer.status, 401, "{method} {path}");
            assert_eq!(
                answer.header("www-authenticate"),
                Some("Bearer realm=\"scim\""),
                "{path}"
            );
            if method != "HEAD" {
                is_refused(&answer);
            }
        }
    }
}

/// B2, B3, B5.
#[tokio::test]
async fn what_is_no_valid_token_is_none() {
    let bench = Bench::new("auto", Options::default()).await;
    let path = "/scim/int_1/v2/Users";
    let (right, other) = (format!("Bearer {TOKEN}"), format!("Bearer {OTHER}"));
    let long = format!("Bearer {}", "a".repeat(5_000));
    let cut = &right[..right.len() - 1];
    let bad = [
        "",
        "Bearer",
        "Bearer ",
        "Bearer null",
        "Bearer undefined",
        "bearer",
        "Basic YTpi",
        "Token x",
        TOKEN,
        "Bearer  ",
        "Bearer \u{e9}",
        &other,
        &long,
        cut,
    ];
    for authorization in bad {
        let answer = with(&bench, "GET", path, &[authorization]).await;
        is_refused(&answer);
    }
    is_refused(&with(&bench, "GET", path, &[&right, &right]).await);
    is_refused(&with(&bench, "GET", path, &[&right, &other]).await);
    for query in ["access_token", "token", "bearer"] {
        is_refused(&with(&bench, "GET", &format!("{path}?{query}={TOKEN}"), &[]).await);
    }
    let invalid = with(&bench, "GET", path, &["Bearer wrong-token"]).await;
    assert!(
        invalid
            .header("www-authenticate")
            .unwrap()
            .contains("error=\"invalid_token\"")
    );
    assert!(
        !String::from_utf8(invalid.body)
            .unwrap()
            .contains("wrong-token")
    );
    assert_eq!(with(&bench, "GET", path, &[&right]).await.status, 200);
    assert_eq!(
        with(&bench, "GET", path, &[&right.replace("Bearer", "bEARER")])
            .await
            .status,
        200
    );
}

/// B3, E-21, 7644-7.4-03: a token ends when it expires or is revoked, on the next request.
#[tokio::test]
async fn tokens_end() {
    let bench = Bench::new("auto", Options::default()).await;
    let id = DirectoryId::new("int_1");
    let second = Secret::given("second-token-0123456789abcdef").unwrap();
    let mut token = Token::new("tok_2", &id, &second, system_clock());
    token.expires = Timestamp::from_millis(system_clock().as_millis() - 1);
    bench.tenants.add_token(token).await.unwrap();
    let path = "/scim/int_1/v2/Users";
    is_refused(
        &with(
            &bench,
            "GET",
            path,
            &["Bearer second-token-0123456789abcdef"],
        )
        .await,
    );
    let right = format!("Bearer {TOKEN}");
    assert_eq!(with(&bench, "GET", path, &[&right]).await.status, 200);
    bench
        .tenants
        .revoke_token("tok_int_1", system_clock())
        .await
        .unwrap();
    is_refused(&with(&bench, "GET", path, &[&right]).await);
}

/// B4, B5, 7644-2-04: another directory's resources are exactly as unknown as nobody's.
#[tokio::test]
async fn directories_do_not_see_each_other() {
    let bench = Bench::new("auto", Options::default()).await;
    let made = bench
        .call(
            "POST",
            "/Users",
            json!({"schemas": [USER], "userName": "ada"}).to_string(),
        )
        .await;
    let id = made.json()["id"].as_str().unwrap().to_owned();
    let other = format!("Bearer {OTHER}");
    let get = async |id: &str| {
        let path = format!("/scim/int_2/v2/Users/{id}");
        let mut body = with(&bench, "GET", &path, &[&other]).await.json();
        // The request's id is the one thing that may differ.
        body["detail"] = body["detail"]
            .as_str()
            .unwrap()
            .split(" (request")
            .next()
            .into();
        body
    };
    assert_eq!(get(&id).await, get("nobody").await);
    assert_eq!(get(&id).await["status"], "404");
    for method in ["PUT", "PATCH", "DELETE"] {
        let path = format!("/scim/int_2/v2/Users/{id}");
        assert!([400, 404].contains(&with(&bench, method, &path, &[&other]).await.status));
    }
    let list = with(&bench, "GET", "/scim/v2/Users", &[&other]).await;
    assert_eq!(list.json()["totalResults"], 0);
    // 7643-3.1-09, A7: names and external ids are taken per directory.
    let user = json!({"schemas": [USER], "userName": "ada", "externalId": "x"}).to_string();
    let post = Request::builder()
        .method("POST")
        .uri("/scim/v2/Users")
        .header("authorization", &other);
    assert_eq!(
        bench
            .send(post.body(Full::new(user.into())).unwrap())
            .await
            .status,
        201
    );
    assert_eq!(
        bench.call("GET", &format!("/Users/{id}"), "").await.status,
        200
    );
}

/// S-02, S-45, 7644-3.13-01, 7644-3.13-02, 7644-3.13-04, X-01: the ways to say the base URL.
#[tokio::test]
async fn base_urls() {
    let bench = Bench::new("auto", Options::default()).await;
    let right = format!("Bearer {TOKEN}");
    for path in [
        "/scim/int_1/v2/Users",
        "/scim/int_1/Users",
        "/scim/v2/Users",
        "/int_1/v2/Users",
        "/v2/Users",
        "/scim/int_1/v2//Users",
        "/scim/int_1/v2/Users?aadOptscim062020",
        "/scim/int_1/v2/Users?aadOptscim062020&count=1",
        "/scim/int_1/v2/Users?",
        "/scim/int_1/v2/",
        "/scim/int_1/v2",
    ] {
        let answer = with(&bench, "GET", path, &[&right]).await;
        assert_eq!(
            (answer.status, &answer.json()["totalResults"]),
            (200, &json!(0)),
            "{path}"
        );
    }
    for (path, status) in [
        ("/scim/int_1/v2/Users/", 404),
        ("/scim/int_1/v2///Users", 404),
        ("/scim/int_1/v3/Users", 400),
        ("/scim/v1/Users", 400),
        ("/scim/int_1/v2/v2/Users", 404),
        ("/scim/int_2/v2/Users", 401),
    ] {
        assert_eq!(
            with(&bench, "GET", path, &[&right]).await.status,
            status,
            "{path}"
        );
    }
}
