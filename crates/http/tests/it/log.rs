//! The request log as HTTP keeps it (data §5, S-46).

use enroll_http::{Options, system_clock};
use enroll_schema::Timestamp;
use enroll_store::DirectoryId;
use enroll_tenants::{Secret, SecretKind, Tenants, Token};
use http::Request;
use http_body_util::Full;
use serde_json::json;

use crate::support::{Bench, OTHER, TOKEN, USER};

/// Writes, reads and refusals each leave one line, under the id the client was told.
#[tokio::test]
async fn every_request_leaves_a_line() {
    let bench = Bench::new("okta", Options::default()).await;
    let user = json!({"schemas": [USER], "userName": "ada", "password": "hunter2"}).to_string();
    let mut told = Vec::new();
    for (method, path, body, status) in [
        ("POST", "/Users", user.as_str(), 201),
        ("GET", "/Users?count=1", "", 200),
        ("POST", "/Users", &user, 409),
        ("GET", "/Users/none", "", 404),
        ("PATCH", "/Users/none", "{", 400),
        ("POST", "/Nope", "{}", 404),
    ] {
        let answer = bench.call(method, path, body.to_owned()).await;
        assert_eq!(answer.status, status, "{method} {path}");
        told.push((
            answer.header("x-request-id").unwrap().to_owned(),
            status,
            method,
        ));
    }
    let notes = bench.notes("int_1").await;
    let mut kept: Vec<_> = notes
        .iter()
        .map(|(note, line)| {
            (
                note.id.to_string(),
                note.status,
                line["method"].as_str().unwrap(),
            )
        })
        .collect();
    let mut told: Vec<_> = told
        .iter()
        .map(|(id, status, method)| (id.clone(), *status, *method))
        .collect();
    kept.sort();
    told.sort();
    assert_eq!(kept, told);
    assert!(notes.iter().all(|(_, line)| line["dialect"] == "okta"));
    assert!(!format!("{notes:?}").contains("hunter2"));
    assert!(!format!("{notes:?}").contains(TOKEN));
    assert!(bench.notes("int_2").await.is_empty());
}

/// S-46: a call with a wrong token is shown where it belongs, at most a hundred an hour, and makes nothing.
#[tokio::test]
async fn wrong_tokens_are_shown() {
    let bench = Bench::new("auto", Options::default()).await;
    let call = async |path: &str| {
        let request = Request::builder()
            .uri(path)
            .header("authorization", "Bearer wrong-secret");
        assert_eq!(
            bench
                .send(request.body(Full::default()).unwrap())
                .await
                .status,
            401
        );
    };
    for _ in 0..120 {
        call("/scim/int_1/v2/Users").await;
    }
    call("/scim/nobody/v2/Users").await;
    call("/scim/v2/Users").await;
    let notes = bench.notes("int_1").await;
    assert_eq!(notes.len(), 100);
    assert!(notes.iter().all(|(note, _)| note.status == 401));
    assert!(!format!("{notes:?}").contains("wrong-secret"));
    assert!(!format!("{:?}", bench.directories).contains("nobody"));
}

/// S-46, complaint 26: the line says which token it was, if it was one of the integration's own.
#[tokio::test]
async fn a_refused_line_says_what_was_wrong_with_the_token() {
    let bench = Bench::new("auto", Options::default()).await;
    let (int_1, now) = (DirectoryId::new("int_1"), system_clock());
    let old = Secret::given("old-token").unwrap();
    let past = Timestamp::from_millis(0);
    let old = Token::new("tok_old", &int_1, &old, past);
    bench.tenants.add_token(old).await.unwrap();
    let gone = Secret::generate(SecretKind::Token).unwrap();
    let row = Token::new("tok_gone", &int_1, &gone, now);
    bench.tenants.add_token(row).await.unwrap();
    bench.tenants.revoke_token("tok_gone", now).await.unwrap();
    let typo = gone.expose().replacen("scim_live_", "scim_live_x", 1);
    for (secret, told) in [
        (
            Some(gone.expose()),
            json!({"is": "revoked", "id": "tok_gone"}),
        ),
        (Some("old-token"), json!({"is": "expired", "id": "tok_old"})),
        (Some(OTHER), json!({"is": "elsewhere"})),
        (Some("no-token"), json!({"is": "unknown"})),
        (Some(&typo), json!({"is": "mistyped"})),
        (None, json!({"is": "missing"})),
    ] {
        let mut request = Request::builder().uri("/scim/int_1/v2/Users");
        if let Some(secret) = secret {
            request = request.header("authorization", format!("Bearer {secret}"));
        }
        let answer = bench.send(request.body(Full::default()).unwrap()).await;
        assert_eq!(answer.status, 401, "{told}");
        let detail = answer.json()["detail"].to_string();
        assert!(
            !detail.contains("tok_"),
            "the caller is told nothing: {detail}"
        );
        let notes = bench.notes("int_1").await;
        assert_eq!(notes.last().unwrap().1["token"], told);
        assert!(!format!("{notes:?}").contains(&typo));
    }
}

/// Data §5: past a thousand reads a second the rest is counted, not listed.
#[tokio::test]
async fn a_flood_of_reads_is_counted() {
    let bench = Bench::new("auto", Options::default()).await;
    for _ in 0..3_000 {
        assert_eq!(bench.call("GET", "/Users?count=0", "").await.status, 200);
    }
    let notes = bench.notes("int_1").await;
    let counted: u64 = notes
        .iter()
        .filter_map(|(_, line)| line["unlisted_reads"].as_u64())
        .sum();
    let listed = notes
        .iter()
        .filter(|(_, line)| line["method"] == "GET")
        .count() as u64;
    // What the last second left uncounted is told by the next read of a later second.
    assert!(
        listed >= 1_000 && listed + counted <= 3_000,
        "{listed} {counted}"
    );
}

/// ENTRA-55, OKTA-01: `auto` takes the dialect of a client that is told by its headers for certain.
#[tokio::test]
async fn certain_headers_tell_the_dialect() {
    let bench = Bench::new("auto", Options::default()).await;
    for (name, value, dialect) in [
        ("user-agent", "curl/8", "auto"),
        ("adscimversion", "Date:2025-11-04", "entra"),
        ("user-agent", "Okta SCIM Client 1.0.0", "okta"),
    ] {
        let request = Request::builder()
            .uri("/scim/int_1/v2/Users")
            .header("authorization", format!("Bearer {TOKEN}"))
            .header(name, value);
        bench.send(request.body(Full::default()).unwrap()).await;
        let (_, line) = bench.notes("int_1").await.pop().unwrap();
        assert_eq!(line["dialect"], dialect);
    }
}
