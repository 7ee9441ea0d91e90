//! The connection itself: reached, let in, heard of, understood.

use enroll::{Place, Provider, manage::doctor::Level};
use enroll_conformance::corpus::{Exchange, Wire as _};
use serde_json::{Value, json};

use super::{DAY, MINUTE, USER, Ward, check};
use crate::scim::Line;

/// S-46: nobody calls.
#[tokio::test]
async fn not_reached() {
    for (provider, fix) in [
        (
            Provider::Okta,
            "SCIM connector base URL = https://scim.example.com/scim/int_",
        ),
        (
            Provider::Entra,
            "/v2?aadOptscim062020, then Test connection",
        ),
        (Provider::OneLogin, "API Connection: Enable"),
        (
            Provider::Ping,
            "check the URL has no space and your firewall",
        ),
    ] {
        let ward = Ward::new(provider).await;
        let soon = ward.ask(9 * MINUTE).await;
        check(
            &soon,
            "reached",
            Level::Ok,
            "waiting for the first request",
            "",
        );
        assert_eq!(soon.level, Level::Ok, "{soon:#?}");
        let late = ward.ask(11 * MINUTE).await;
        check(
            &late,
            "reached",
            Level::Fail,
            "not reached us: no request in the 11 min",
            fix,
        );
    }
}

/// S-46, complaint 26: which token it was that was refused.
#[tokio::test]
async fn wrong_token() {
    let ward = Ward::new(Provider::OneLogin).await;
    let call = async |token: Option<&str>| {
        let header = token.map(|token| ("authorization".to_owned(), token.to_owned()));
        let exchange = Exchange {
            method: "GET".to_owned(),
            path: "/Users".to_owned(),
            query: None,
            headers: header.into_iter().collect(),
            body: Vec::new(),
        };
        assert_eq!(ward.line().send(exchange).await.status, 401);
    };
    let bare = ward.okta.token.expose();
    let cut = format!("Bearer {}", &bare[..bare.len() - 1]);
    let twice = format!("Bearer Bearer {bare}");
    for (token, told) in [
        (
            Some("Bearer something-else"),
            "wrong token, none that was made here",
        ),
        (Some(cut.as_str()), "typing mistake, or cut off"),
        (Some(bare), "no token, or not as"),
        (Some(twice.as_str()), "no token, or not as"),
        (None, "no token, or not as"),
    ] {
        call(token).await;
        let fix = "SCIM Bearer Token (bare, without \"Bearer\")";
        check(&ward.ask(0).await, "token_refused", Level::Fail, told, fix);
    }
    let two = ward
        .enroll
        .tenant("other")
        .connect(Provider::OneLogin)
        .await
        .unwrap();
    call(Some(&format!("Bearer {}", two.token.expose()))).await;
    let asked = ward.ask(0).await;
    check(
        &asked,
        "token_refused",
        Level::Fail,
        "the token of another integration",
        "make a token",
    );
    check(
        &asked,
        "reached",
        Level::Ok,
        "none of them with a right token",
        "",
    );

    // The administrator makes another one; the provider goes on with the old.
    let old = ward.okta.token.expose().to_owned();
    let place = Place::new(&ward.okta.integration, "OneLogin", "onelogin");
    let new = ward.acme.ensure(place).await.unwrap();
    call(Some(&format!("Bearer {old}"))).await;
    check(
        &ward.ask(0).await,
        "token_refused",
        Level::Fail,
        "that is tok_",
        "make a token",
    );
    check(
        &ward.ask(0).await,
        "token_refused",
        Level::Fail,
        "revoked on 20",
        "make a token",
    );
    let (status, _) = Line::new(&ward.enroll, &new)
        .call("GET", "/Users", &Value::Null)
        .await;
    assert_eq!(status, 200);
    let asked = ward.ask(DAY - MINUTE).await;
    check(
        &asked,
        "token_refused",
        Level::Warn,
        "later calls were let in",
        "make a token",
    );
    check(
        &ward.ask(DAY + MINUTE).await,
        "token_refused",
        Level::Ok,
        "no call",
        "",
    );
}

/// E-21: tokens live a year.
#[tokio::test]
async fn token_near_its_end() {
    let ward = Ward::new(Provider::Entra).await;
    for (days, level, text, fix) in [
        (0, Level::Ok, "expires in 36", ""),
        (304, Level::Ok, "expires in 60 d", ""),
        (
            305,
            Level::Warn,
            "expires in 59 d",
            "paste it as Secret token",
        ),
        (
            360,
            Level::Fail,
            "expires in 4 d",
            "then revoke the old one",
        ),
        (
            365,
            Level::Fail,
            "no token opens this integration",
            "make a second token",
        ),
    ] {
        let later = days * DAY + MINUTE;
        check(&ward.ask(later).await, "token_expires", level, text, fix);
    }
}

/// Complaint 26: Entra calls every 40 minutes, the others for changes only.
#[tokio::test]
async fn silent_since() {
    for (provider, later, level, text, fix) in [
        (Provider::Entra, 41 * MINUTE, Level::Ok, "as usual", ""),
        (
            Provider::Entra,
            121 * MINUTE,
            Level::Warn,
            "silent since 20",
            "quarantine",
        ),
        (
            Provider::Entra,
            DAY + MINUTE,
            Level::Fail,
            "(24 h ago)",
            "Start provisioning",
        ),
        (Provider::Okta, 6 * DAY, Level::Ok, "as usual", ""),
        (
            Provider::Okta,
            8 * DAY,
            Level::Warn,
            "(8 d ago)",
            "Dashboard > Tasks",
        ),
    ] {
        let ward = Ward::new(provider).await;
        ward.person("ana", json!({})).await;
        check(&ward.ask(later).await, "silent", level, text, fix);
    }
}

/// S-47, S-51: the connection test, and nothing after it.
#[tokio::test]
async fn reads_only() {
    for (provider, fix) in [
        (
            Provider::Okta,
            "Create Users, Update User Attributes, Deactivate Users",
        ),
        (Provider::Entra, "Start provisioning"),
        (
            Provider::OneLogin,
            "approve the people in state \"Pending\"",
        ),
        (Provider::Ping, "turn provisioning on in the provider"),
    ] {
        let ward = Ward::new(provider).await;
        ward.sent("GET", "/Users?startIndex=1&count=2", Value::Null)
            .await;
        check(
            &ward.ask(0).await,
            "writes",
            Level::Ok,
            "nothing written yet",
            "",
        );
        let asked = ward.ask(11 * MINUTE).await;
        check(
            &asked,
            "writes",
            Level::Fail,
            "1 read and no write in 11 min",
            fix,
        );
        check(&asked, "reached", Level::Ok, "last request 11 min ago", "");
        ward.person("ana", json!({})).await;
        check(
            &ward.ask(11 * MINUTE).await,
            "writes",
            Level::Ok,
            "1 person and 0 groups",
            "",
        );
    }
}

/// S-04: what is only suggested is for a person to decide.
#[tokio::test]
async fn the_provider_is_only_suggested() {
    let ward = Ward::new(Provider::Auto).await;
    ward.person("ana", json!({})).await;
    check(
        &ward.ask(0).await,
        "dialect",
        Level::Ok,
        "no provider recognised",
        "",
    );
    let old = json!({"schemas": ["urn:scim:schemas:core:2.0"]});
    ward.person("ben", old).await;
    let fix = format!(
        "PATCH /v1/tenants/acme/integrations/{} {{\"idp\": \"onelogin\"}}",
        ward.okta.integration
    );
    let asked = ward.ask(16 * MINUTE).await;
    check(
        &asked,
        "dialect",
        Level::Warn,
        "perhaps onelogin, which is not certain",
        &fix,
    );
    let box_of_onelogin = "Include in User Provisioning";
    check(
        &asked,
        "no_groups",
        Level::Fail,
        "2 people",
        box_of_onelogin,
    );
}

/// Complaint 27: what was refused, and which request to look at.
#[tokio::test]
async fn refused_requests() {
    let ward = Ward::new(Provider::Okta).await;
    ward.person("ana", json!({})).await;
    let (status, _) = ward.line().call("GET", "/Users/none", &Value::Null).await;
    assert_eq!(status, 404);
    check(
        &ward.ask(0).await,
        "refused",
        Level::Ok,
        "no request of the last day",
        "",
    );
    let again = json!({"schemas": [USER], "userName": "ana@acme.com"});
    for (body, status) in [
        (&again, 409),
        (&again, 409),
        (&json!({"schemas": [USER]}), 400),
    ] {
        assert_eq!(ward.line().call("POST", "/Users", body).await.0, status);
    }
    let told = "3 requests of the last day refused (1 × 400 invalidValue, 2 × 409 uniqueness)";
    let asked = ward.ask(0).await;
    check(
        &asked,
        "refused",
        Level::Warn,
        told,
        "enroll requests show ",
    );
    check(
        &ward.ask(DAY + MINUTE).await,
        "refused",
        Level::Ok,
        "no request",
        "",
    );
}

/// S-35, and the line for an operator who forgot the public address.
#[tokio::test]
async fn nothing_is_selected_and_nobody_reaches_the_address() {
    let ward = Ward::new(Provider::Okta).await;
    let ana = ward.person("ana", json!({})).await;
    ward.group("Staff", &[&ana]).await;
    let asked = ward.ask(0).await;
    check(
        &asked,
        "selection",
        Level::Warn,
        "0 of 1 group selected",
        "/selections",
    );
    check(
        &asked,
        "public_url",
        Level::Ok,
        "https://scim.example.com/scim/",
        "",
    );
    check(&asked, "tzdb", Level::Ok, "tzdb 20", "");
    check(
        &ward.ask(5 * 366 * DAY).await,
        "tzdb",
        Level::Warn,
        "tzdb 20",
        "newer enroll",
    );
}

/// B4: another tenant's integration is as unknown as any.
#[tokio::test]
async fn b4_another_tenants_integration_is_unknown() {
    let ward = Ward::new(Provider::Okta).await;
    let other = ward.enroll.tenant("other");
    other.put("Other").await.unwrap();
    let now = enroll::http::system_clock();
    for id in [ward.okta.integration.as_str(), "int_none"] {
        let refused = other.doctor(id, None, now).await.unwrap_err();
        assert!(
            refused.to_string().contains("has no integration"),
            "{refused}"
        );
    }
}
