//! `auto` learns the provider where a header is certain, and suggests it elsewhere.

use enroll_http::Options;
use enroll_store::DirectoryId;
use enroll_tenants::{Learned, Tenants};
use http::Request;
use http_body_util::Full;
use serde_json::json;

use crate::support::{Bench, GROUP, TOKEN, USER};

async fn learned(bench: &Bench) -> Option<Learned> {
    let id = DirectoryId::new("int_1");
    let row = bench.tenants.integration(&id).await.unwrap().unwrap();
    row.learned
}

async fn test_connection(bench: &Bench, header: (&str, &str)) {
    let request = Request::builder()
        .uri("/scim/int_1/v2/Users?count=1")
        .header("authorization", format!("Bearer {TOKEN}"))
        .header(header.0, header.1);
    let answer = bench.send(request.body(Full::default()).unwrap()).await;
    assert_eq!(answer.status, 200);
}

/// ENTRA-55, ENTRA-45: after one request with the header, all requests are read as Entra's.
#[tokio::test]
async fn a_certain_header_is_remembered() {
    let group = json!({"schemas": [GROUP], "displayName": "Sales"}).to_string();
    for (idp, is_told, second) in [
        ("auto", true, 409),
        ("auto", false, 201),
        ("generic", true, 201),
    ] {
        let bench = Bench::new(idp, Options::default()).await;
        if is_told {
            test_connection(&bench, ("adscimversion", "Date:2025-11-04")).await;
        }
        for status in [201, second] {
            let answer = bench.call("POST", "/Groups", group.clone()).await;
            assert_eq!(answer.status, status, "{idp} {is_told}");
        }
        let known = learned(&bench).await;
        let known = known.map(|known| (known.idp, known.why, known.is_certain));
        let wanted = ("entra".to_owned(), "header Adscimversion".to_owned(), true);
        assert_eq!(known, (second == 409).then_some(wanted));
    }
}

/// OKTA-23: the reason names what Okta's client said; a later provider is learned anew.
#[tokio::test]
async fn the_latest_certain_header_counts() {
    let bench = Bench::new("auto", Options::default()).await;
    let agent = "Okta SCIM Client 1.0.0";
    for (header, idp, why) in [
        (
            ("adscimversion", "x"),
            "entra",
            "header Adscimversion".to_owned(),
        ),
        (
            ("user-agent", agent),
            "okta",
            format!("User-Agent {agent:?}"),
        ),
    ] {
        test_connection(&bench, header).await;
        let known = learned(&bench).await.unwrap();
        assert_eq!((known.idp.as_str(), known.why), (idp, why));
    }
    bench.call("GET", "/Users?count=1", "").await;
    let dialects: Vec<_> = bench.notes("int_1").await;
    let dialects: Vec<_> = dialects.iter().map(|(_, line)| &line["dialect"]).collect();
    assert_eq!(dialects, ["entra", "okta", "okta"]);
}

/// OL-06: what only one provider sends is a suggestion, and changes no later request.
#[tokio::test]
async fn what_one_provider_sends_is_only_suggested() {
    let bench = Bench::new("auto", Options::default()).await;
    let body = json!({"schemas": [USER], "userName": "ada", "emails": {"value": "ada@acme.com"}});
    let answer = bench.call("POST", "/Users", body.to_string()).await;
    assert_eq!(answer.status, 201);
    let known = learned(&bench).await.unwrap();
    assert_eq!((known.idp.as_str(), known.is_certain), ("onelogin", false));
    assert!(known.why.contains("one-for-list"), "{}", known.why);
    bench.call("GET", "/Users?count=1", "").await;
    let notes = bench.notes("int_1").await;
    assert!(notes.iter().all(|(_, line)| line["dialect"] == "auto"));
}

/// OL-04, ENTRA-15, OL-06: old URNs point at OneLogin, a colon that is missing at Entra, and neither
/// a name nor a habit turns on what changes the RFC's meaning.
#[tokio::test]
async fn names_and_habits_suggest_with_their_reason() {
    const COLON: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0User";
    let agent = |name: &'static str| ("user-agent", name);
    for (schemas, header, idp, why) in [
        (
            json!(["urn:scim:schemas:core:2.0"]),
            agent(""),
            "onelogin",
            "requests need draft-schema-urn",
        ),
        (
            json!([USER, COLON]),
            agent("Apache-HttpClient/4.5"),
            "entra",
            "requests need schema-urn-colon",
        ),
        (
            json!([USER]),
            agent("authentik@2026.10.1"),
            "authentik",
            "User-Agent \"authentik@2026.10.1\"",
        ),
        (
            json!([USER]),
            agent("JumpCloud-SCIM/1.0"),
            "jumpcloud",
            "User-Agent \"JumpCloud-SCIM/1.0\"",
        ),
        (
            json!([USER, COLON]),
            agent("Rauthy SCIM Client"),
            "rauthy",
            "User-Agent \"Rauthy SCIM Client\"",
        ),
    ] {
        let bench = Bench::new("auto", Options::default()).await;
        let body = json!({"schemas": schemas, "userName": "ada"}).to_string();
        let request = Request::post("/scim/int_1/v2/Users")
            .header("authorization", format!("Bearer {TOKEN}"))
            .header("content-type", "application/scim+json")
            .header(header.0, header.1);
        let answer = bench.send(request.body(body.into()).unwrap()).await;
        assert_eq!(answer.status, 201, "{idp}");
        let known = learned(&bench).await.unwrap();
        let wanted = (idp.to_owned(), why.to_owned(), false);
        assert_eq!((known.idp, known.why, known.is_certain), wanted);
        let group = json!({"schemas": [GROUP], "displayName": "Sales"}).to_string();
        for _ in 0..2 {
            let answer = bench.call("POST", "/Groups", group.clone()).await;
            assert_eq!(answer.status, 201, "{idp}: Entra alone keeps names apart");
        }
        let notes = bench.notes("int_1").await;
        assert!(
            notes.iter().all(|(_, line)| line["dialect"] == "auto"),
            "{idp}"
        );
    }
}
