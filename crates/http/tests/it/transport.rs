//! What HTTP adds: headers, locations, HEAD, streams.

use enroll_http::Options;
use http::Request;
use http_body_util::Full;
use serde_json::json;

use crate::support::{Bench, GROUP, TOKEN, USER};

fn user(name: &str) -> String {
    json!({"schemas": [USER], "userName": name}).to_string()
}

/// C13, 7644-3.2-03: every answer says what it is, and that nobody keeps it.
#[tokio::test]
async fn every_answer_has_its_headers() {
    let bench = Bench::new("auto", Options::default()).await;
    let mut ids = Vec::new();
    for (method, path, body, status) in [
        ("POST", "/Users", user("ada"), 201),
        ("POST", "/Users", user("ada"), 409),
        ("GET", "/Users", String::new(), 200),
        ("GET", "/Users/none", String::new(), 404),
        ("PUT", "/Users", String::new(), 405),
        ("GET", "/Me", String::new(), 501),
        ("POST", "/Users", "{".to_owned(), 400),
    ] {
        let answer = bench.call(method, path, body).await;
        assert_eq!(answer.status, status, "{method} {path}");
        assert_eq!(answer.header("cache-control"), Some("no-store"));
        assert_eq!(answer.header("x-content-type-options"), Some("nosniff"));
        assert_eq!(answer.header("content-type"), Some("application/scim+json"));
        ids.push(answer.header("x-request-id").unwrap().to_owned());
        if status >= 400 {
            let detail = answer.json()["detail"].as_str().unwrap().to_owned();
            assert!(
                detail.ends_with(&format!("(request {})", ids.last().unwrap())),
                "{detail}"
            );
        }
    }
    assert!(ids.iter().all(|id| id.starts_with("req_")));
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), 7);
    let refused = bench.call("PUT", "/Users", "{}").await;
    assert_eq!(refused.header("allow"), Some("GET, HEAD, POST"));
}

/// 7644-3.3-08, 7643-3.1-17: locations are what the operator said, or what the client called.
#[tokio::test]
async fn locations() {
    let said = |url: Option<&str>, prefix: &str| {
        let mut options = Options::default();
        options.public_url = url.map(str::to_owned);
        options.prefix = prefix.to_owned();
        options
    };
    for (options, path, wanted) in [
        (
            said(None, "/scim"),
            "/scim/int_1/v2/Users",
            "http://a.example:81/scim/int_1/v2/Users/",
        ),
        (
            said(None, "/scim"),
            "/int_1/v2/Users",
            "http://a.example:81/scim/int_1/v2/Users/",
        ),
        (
            said(None, "/scim"),
            "/scim/v2/Users",
            "http://a.example:81/scim/int_1/v2/Users/",
        ),
        (
            said(Some("https://x.example/"), "/scim"),
            "/scim/int_1/Users",
            "https://x.example/scim/int_1/v2/Users/",
        ),
        (
            said(Some("https://x.example"), "/api/scim"),
            "/int_1/v2/Users",
            "https://x.example/api/scim/int_1/v2/Users/",
        ),
        (
            said(None, ""),
            "/int_1/v2/Users",
            "http://a.example:81/int_1/v2/Users/",
        ),
    ] {
        let bench = Bench::new("auto", options).await;
        let request = Request::builder()
            .method("POST")
            .uri(path)
            .header("host", "a.example:81")
            .header("authorization", format!("Bearer {TOKEN}"));
        let answer = bench
            .send(request.body(Full::new(user("ada").into())).unwrap())
            .await;
        let location = answer.header("location").unwrap();
        assert!(location.starts_with(wanted), "{location}");
        assert_eq!(answer.json()["meta"]["location"], location);
    }
}

/// RFC 9110 §9.3.2: HEAD is GET without a body.
#[tokio::test]
async fn head_is_get_without_a_body() {
    let bench = Bench::new("auto", Options::default()).await;
    let id = bench.call("POST", "/Users", user("ada")).await.json()["id"].clone();
    let path = format!("/Users/{}", id.as_str().unwrap());
    let (get, head) = (
        bench.call("GET", &path, "").await,
        bench.call("HEAD", &path, "").await,
    );
    assert_eq!((head.status, head.body.len()), (200, 0));
    assert_eq!(
        head.header("content-length"),
        Some(get.body.len().to_string().as_str())
    );
    assert_eq!(head.header("etag"), get.header("etag"));
    assert_eq!(bench.call("HEAD", "/Users/none", "").await.status, 404);
}

/// 7644-3.8-01, GEN-X-01, OKTA-11: text comes back as it was sent.
#[tokio::test]
async fn text_survives() {
    let bench = Bench::new("auto", Options::default()).await;
    let name = "Þóra 🚢 \u{202e}אבג \"\\ \u{1f468}\u{200d}\u{1f469}";
    let body = json!({"schemas": [USER], "userName": "þóra@höfn.example", "displayName": name});
    let made = bench.call("POST", "/Users", body.to_string()).await.json();
    let read = bench
        .call(
            "GET",
            &format!("/Users/{}", made["id"].as_str().unwrap()),
            "",
        )
        .await;
    assert_eq!(read.json()["displayName"], name);
    let found = bench
        .call(
            "GET",
            "/Users?filter=userName%20eq%20%22%C3%9E%C3%93RA%40h%C3%B6fn.example%22",
            "",
        )
        .await;
    assert_eq!(found.json()["totalResults"], 1);
    let bad = bench
        .call("POST", "/Users", &b"{\"userName\":\"\xff\xfe\"}"[..])
        .await;
    assert_eq!(
        (bad.status, &bad.json()["scimType"]),
        (400, &json!("invalidSyntax"))
    );
}

/// D5: a header that is no text counts as what it is, not as absent.
#[tokio::test]
async fn headers_that_are_no_text() {
    let bench = Bench::new("auto", Options::default()).await;
    let made = bench.call("POST", "/Users", user("ada")).await.json();
    let path = format!("/Users/{}", made["id"].as_str().unwrap());
    for (name, value, status) in [
        ("if-match", &b"\xff"[..], 400),
        ("if-match", b"W/\"\xff\"", 412),
        ("content-type", b"text/\xff", 415),
        ("user-agent", b"\xff", 200),
    ] {
        let request = Request::builder()
            .method("PUT")
            .uri(format!("/scim/int_1/v2{path}"))
            .header("authorization", format!("Bearer {TOKEN}"))
            .header(name, value);
        let body = Full::new(user("eve").into());
        let answer = bench.send(request.body(body).unwrap()).await;
        assert_eq!(answer.status, status, "{name} {value:?}");
        let wanted = if status == 200 { "eve" } else { "ada" };
        let read = bench.call("GET", &path, "").await;
        assert_eq!(read.json()["userName"], wanted);
    }
}

/// Data §3: a group of more than a thousand members comes in pieces, and is whole.
#[tokio::test]
async fn large_groups_are_streamed() {
    let bench = Bench::new("auto", Options::default()).await;
    let mut members = Vec::new();
    for number in 0..1_201 {
        let made = bench
            .call("POST", "/Users", user(&format!("u{number}")))
            .await;
        members.push(json!({"value": made.json()["id"]}));
    }
    let group = json!({"schemas": [GROUP], "displayName": "Crowd", "members": members});
    let made = bench.call("POST", "/Groups", group.to_string()).await;
    assert_eq!(
        (
            made.status,
            made.json()["members"].as_array().unwrap().len()
        ),
        (201, 1_201)
    );
    let path = format!("/Groups/{}", made.json()["id"].as_str().unwrap());
    let read = bench.call("GET", &path, "").await;
    assert_eq!(read.json(), made.json());
    assert_eq!(read.header("etag"), Some("W/\"1\""));
}
