//! Every answer an application can give, over a socket, and what it comes to.

use enroll_deliver::Circuit;
use enroll_schema::Timestamp;
use enroll_sync::{
    AccessGroupId, AccountId, AccountSink, GroupOutcome, Item, Kind, Outcome, Profile, Stage,
};
use serde_json::json;

use crate::receiver::{Receiver, ada, at, say, sink, staff};

/// Ada, who has an account already and gets another last name.
fn known() -> Item {
    let mut item = ada();
    item.app_ref = Some(AccountId::new("u_77"));
    item.op = enroll_sync::Op::Update;
    item.from = [("last_name".to_owned(), json!("Byron"))].into();
    item
}

async fn outcome(item: &Item, status: u16, body: &str) -> Outcome {
    let receiver = Receiver::saying(status, body).await;
    let outcome = sink(&receiver.url()).apply(item).await;
    assert_eq!(receiver.calls().len(), 1, "one message, one call");
    outcome
}

fn applied(app_ref: &str) -> Outcome {
    Outcome::applied(AccountId::new(app_ref))
}

fn exists(app_ref: &str) -> Outcome {
    let app_ref = AccountId::new(app_ref);
    Outcome::Exists { app_ref }
}

#[tokio::test]
async fn s_05_a_create_by_every_answer_that_is_one() {
    let own = "0192-ada";
    for (status, body, wanted) in [
        (200, "", applied(own)),
        (204, "", applied(own)),
        (202, " \n", applied(own)),
        (200, r#"{"outcome":"applied"}"#, applied(own)),
        (200, r#"{"outcome":"unchanged"}"#, applied(own)),
        (201, r#"{"app_ref":"u_1"}"#, applied("u_1")),
        (
            200,
            r#"{"outcome":"applied","app_ref":"u_1","more":{"a":1}}"#,
            applied("u_1"),
        ),
        (
            200,
            r#"{"outcome":"unchanged","app_ref":"u_1"}"#,
            applied("u_1"),
        ),
        (
            200,
            r#"{"outcome":"exists","app_ref":"u_9"}"#,
            exists("u_9"),
        ),
        (
            409,
            r#"{"outcome":"exists","app_ref":"u_9"}"#,
            exists("u_9"),
        ),
        (
            200,
            r#"{"outcome":"rejected","code":"no_seats","message":"All seats\nare taken."}"#,
            Outcome::rejected("no_seats", "All seats are taken."),
        ),
        (
            422,
            r#"{"outcome":"rejected","code":"no_seats"}"#,
            Outcome::rejected("no_seats", "the application does not say why"),
        ),
        (
            200,
            r#"{"outcome":"exists"}"#,
            Outcome::rejected(
                "exists",
                "the application has it already and does not say under which app_ref",
            ),
        ),
        (400, "", Outcome::rejected("http_400", "answered 400")),
        (
            404,
            "no such route\n",
            Outcome::rejected("http_404", "answered 404: no such route"),
        ),
        (
            403,
            r#"{"error":"tenant \u0007unknown"}"#,
            Outcome::rejected("http_403", "answered 403: tenant unknown"),
        ),
        (
            409,
            "<html><body>Conflict",
            Outcome::rejected("http_409", "answered 409"),
        ),
        // "Applied" beside an error is no success.
        (
            422,
            r#"{"outcome":"applied"}"#,
            Outcome::rejected("http_422", "answered 422"),
        ),
        (
            422,
            r#"{"app_ref":"u_1"}"#,
            Outcome::rejected("http_422", "answered 422"),
        ),
    ] {
        assert_eq!(
            outcome(&ada(), status, body).await,
            wanted,
            "{status} {body}"
        );
    }
}

#[tokio::test]
async fn c15_an_application_that_does_not_say_what_became_of_it_is_asked_again() {
    for (status, body, words) in [
        (
            200,
            "OK",
            "answered 200 with a body that is no reply: expected value",
        ),
        (200, "<html>", "no reply"),
        (200, "{", "no reply: EOF"),
        (200, "[]", "no reply"),
        (200, "{}", "no reply: it has neither outcome nor app_ref"),
        (200, r#"{"success":false}"#, "neither outcome nor app_ref"),
        (
            200,
            r#"{"outcome":"ok"}"#,
            "unknown variant `ok`, expected one of `applied`",
        ),
        (
            200,
            r#"{"app_ref":77}"#,
            "invalid type: integer `77`, expected a string",
        ),
        (200, r#"{"app_ref":""}"#, "app_ref has 1 to 256 bytes"),
        (
            200,
            r#"{"outcome":"applied","observed":{"active":"yes"}}"#,
            "observed: invalid type",
        ),
        (
            200,
            r#"{"outcome":"conflict"}"#,
            "does not say what is observed",
        ),
        (
            200,
            r#"{"outcome":"retry"}"#,
            "the application asks to wait",
        ),
        (
            400,
            r#"{"outcome":"retry","message":"import runs"}"#,
            "import runs",
        ),
        (
            301,
            "",
            "answered 301: a redirect; redirects are not followed",
        ),
        (
            401,
            "bad signature",
            "answered 401: the signature is not accepted",
        ),
        (408, "", "answered 408"),
        (425, "", "answered 425"),
        (429, "slow down", "answered 429: slow down"),
        (
            500,
            r#"{"message":"null pointer"}"#,
            "answered 500: null pointer",
        ),
        (501, "", "answered 501"),
        (502, "<html>Bad Gateway", "answered 502"),
        (503, "", "answered 503"),
        (504, "", "answered 504"),
        (599, "", "answered 599"),
        (
            410,
            "moved out",
            "answered 410: the endpoint is closed; nothing is sent until it opens again. moved out",
        ),
    ] {
        match outcome(&ada(), status, body).await {
            Outcome::Retry { after: None, text } => {
                assert!(text.contains(words), "{status} {body}: {text}");
            }
            other => panic!("{status} {body}: {other:?}"),
        }
    }
}

#[tokio::test]
async fn an_account_that_is_known_keeps_its_id() {
    for (body, wanted) in [
        ("", applied("u_77")),
        (r#"{"outcome":"unchanged"}"#, Outcome::Unchanged),
        (
            r#"{"outcome":"unchanged","app_ref":"u_77"}"#,
            Outcome::Unchanged,
        ),
        (r#"{"app_ref":"u_77"}"#, applied("u_77")),
    ] {
        assert_eq!(outcome(&known(), 200, body).await, wanted, "{body}");
    }
    let Outcome::Retry { text, .. } = outcome(&known(), 200, r#"{"app_ref":"u_78"}"#).await else {
        panic!("an answer about somebody else was taken");
    };
    assert_eq!(text, "was asked about account u_77 and answered about u_78");
}

#[tokio::test]
async fn e_12_what_is_observed_is_laid_over_what_was_believed() {
    let wanted = ada().account.unwrap();
    let said =
        r#"{"outcome":"applied","observed":{"time_zone":"Asia/Tokyo","fields":{"room":"7"}}}"#;
    let Outcome::Applied { observed, .. } = outcome(&known(), 200, said).await else {
        panic!("it was applied");
    };
    let now = Profile {
        time_zone: Some("Asia/Tokyo".to_owned()),
        fields: [("room".to_owned(), json!("7"))].into(),
        ..wanted.clone()
    };
    assert_eq!(observed.as_deref(), Some(&now));

    // A conflict did not change anything: what is not said is as it was before.
    let said = r#"{"outcome":"conflict","observed":{"kind":"external","email":null}}"#;
    for status in [200, 409, 412] {
        let conflict = outcome(&known(), status, said).await;
        let now = Profile {
            kind: Kind::External,
            email: None,
            last_name: Some("Byron".to_owned()),
            ..wanted.clone()
        };
        let observed = Box::new(now);
        assert_eq!(conflict, Outcome::Conflict { observed });
    }
}

#[tokio::test]
async fn retry_after_is_read_as_seconds_and_as_a_date_and_kept_within_reason() {
    let day = 86_400;
    for (lane, status, header, wanted) in [
        (Stage::Joiners, 429, "120", Some(at(1_120))),
        (
            Stage::Joiners,
            503,
            "Thu, 01 Jan 1970 00:20:00 GMT",
            Some(at(1_200)),
        ),
        (Stage::Joiners, 502, "120", Some(at(1_120))),
        (Stage::Joiners, 504, "120", Some(at(1_120))),
        (Stage::Joiners, 200, "120", Some(at(1_120))),
        (
            Stage::Joiners,
            429,
            "9999999999999999999999",
            Some(at(1_000 + day)),
        ),
        (Stage::Leavers, 429, "9999", Some(at(1_600))),
        (Stage::Leavers, 429, "60", Some(at(1_060))),
        (Stage::Joiners, 429, "soon", None),
    ] {
        let receiver = Receiver::start(move |_| {
            let mut response = say(status, r#"{"outcome":"retry"}"#);
            response
                .headers_mut()
                .insert("retry-after", header.parse().unwrap());
            Some(response)
        });
        let receiver = receiver.await;
        let mut item = ada();
        item.lane = lane;
        let after: Option<Timestamp> = match sink(&receiver.url()).apply(&item).await {
            Outcome::Retry { after, .. } => after,
            other => panic!("{header}: {other:?}"),
        };
        assert_eq!(after, wanted, "{status} {header}");
    }
}

#[tokio::test]
async fn c15_a_redirect_is_shown_and_not_followed() {
    let inner = Receiver::saying(204, "").await;
    let target = inner.url();
    let receiver = Receiver::start(move |_| {
        let mut response = say(307, "");
        response
            .headers_mut()
            .insert("location", target.parse().unwrap());
        Some(response)
    });
    let receiver = receiver.await;
    let Outcome::Retry { text, .. } = sink(&receiver.url()).apply(&ada()).await else {
        panic!("a redirect is no success");
    };
    assert!(
        text.contains(&format!("a redirect to {}", inner.url())),
        "{text}"
    );
    assert_eq!((receiver.calls().len(), inner.calls().len()), (1, 0));
}

#[tokio::test]
async fn c15_64_kib_of_reply_are_read_and_no_more() {
    let reply = |size: usize| {
        let head = r#"{"app_ref":"u_1","message":""#;
        format!("{head}{}\"}}", "x".repeat(size - head.len() - 2))
    };
    assert_eq!(outcome(&ada(), 200, &reply(64 << 10)).await, applied("u_1"));
    let Outcome::Retry { text, .. } = outcome(&ada(), 200, &reply((64 << 10) + 1)).await else {
        panic!("a long reply was taken");
    };
    assert_eq!(text, "answered 200 with more than 64 KiB");
}

#[tokio::test]
async fn c13_the_applications_words_are_bounded() {
    let Outcome::Rejected { text, .. } = outcome(&ada(), 400, &"word ".repeat(1_000)).await else {
        panic!("400 is a refusal");
    };
    assert!(text.chars().count() < 330 && text.ends_with('…'), "{text}");
}

#[tokio::test]
async fn s_07_answers_about_access_groups() {
    let applied = |id: &str| GroupOutcome::Applied {
        group_ref: AccessGroupId::new(id),
    };
    let rejected = |code: &str, text: &str| GroupOutcome::Rejected {
        code: code.to_owned(),
        text: text.to_owned(),
    };
    let later = |text: &str| GroupOutcome::Retry {
        after: None,
        text: text.to_owned(),
    };
    for (status, body, wanted) in [
        (204, "", applied("0192-staff")),
        (200, r#"{"app_ref":"g_1"}"#, applied("g_1")),
        (
            200,
            r#"{"outcome":"unchanged","app_ref":"g_1"}"#,
            applied("g_1"),
        ),
        (
            200,
            r#"{"outcome":"exists","app_ref":"g_1","message":"somebody made one"}"#,
            rejected("exists", "somebody made one"),
        ),
        (
            200,
            r#"{"outcome":"rejected","code":"plan","message":"groups are not in your plan"}"#,
            rejected("plan", "groups are not in your plan"),
        ),
        (
            200,
            r#"{"outcome":"conflict","observed":{}}"#,
            later("\"conflict\" is no answer about an access group"),
        ),
        (500, "", later("answered 500")),
    ] {
        let receiver = Receiver::saying(status, body).await;
        let outcome = sink(&receiver.url()).apply_group(&staff()).await;
        assert_eq!(outcome, wanted, "{status} {body}");
    }
    let receiver = Receiver::saying(204, "").await;
    let mut renamed = staff();
    renamed.group.as_mut().unwrap().group_ref = Some(AccessGroupId::new("g_7"));
    let sink = sink(&receiver.url());
    assert_eq!(sink.apply_group(&renamed).await, applied("g_7"));
    assert_eq!(sink.health().state, Circuit::Closed);
}
