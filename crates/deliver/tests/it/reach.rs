//! Where calls may go (threat C15): the address is checked when the connection is made.

use std::{
    io,
    net::IpAddr,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use enroll_deliver::{HttpSink, Target};
use enroll_sync::{AccountSink, Outcome};

use crate::receiver::{Receiver, ada, at, say, secret};

/// A receiver that closes every connection, so that the next call asks for the name again.
async fn closing() -> Receiver {
    Receiver::start(|_| {
        let mut response = say(204, "");
        response
            .headers_mut()
            .insert("connection", "close".parse().unwrap());
        Some(response)
    })
    .await
}

/// A resolver that says one thing after the other, and the last for ever.
fn changing(
    answers: &'static [&'static [&'static str]],
) -> (Arc<AtomicUsize>, impl Fn(&str) -> io::Result<Vec<IpAddr>>) {
    let asked = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&asked);
    let names = move |host: &str| {
        assert_eq!(host, "app.example");
        let round = count.fetch_add(1, Ordering::SeqCst).min(answers.len() - 1);
        Ok(answers[round]
            .iter()
            .map(|text| text.parse().unwrap())
            .collect())
    };
    (asked, names)
}

fn sink(target: &Target) -> HttpSink {
    HttpSink::new(target).unwrap().with_clock(|| at(1_000))
}

async fn refusal(sink: &HttpSink) -> String {
    match sink.apply(&ada()).await {
        Outcome::Retry { text, .. } => text,
        other => panic!("a call went out: {other:?}"),
    }
}

#[tokio::test]
async fn c15_a_name_that_changes_its_mind_is_not_followed() {
    let receiver = closing().await;
    for rebound in [
        "169.254.169.254",
        "0.0.0.0",
        "::ffff:169.254.169.254",
        "fe80::1",
    ] {
        let answers: &'static [&'static [&'static str]] = Box::leak(Box::new([
            &["127.0.0.1"][..],
            Box::leak(Box::new([rebound])),
        ]));
        let (asked, names) = changing(answers);
        let url = format!("http://app.example:{}/sink", receiver.address.port());
        let target = Target::new(url, [secret()])
            .allow_private(true)
            .names(names);
        let sink = sink(&target);
        let before = receiver.calls().len();
        assert!(matches!(sink.apply(&ada()).await, Outcome::Applied { .. }));
        let text = refusal(&sink).await;
        assert!(text.contains("which may not be called"), "{text}");
        assert_eq!(receiver.calls().len(), before + 1);
        assert_eq!(
            asked.load(Ordering::SeqCst),
            2,
            "each connection asks again"
        );
    }
}

#[tokio::test]
async fn c15_a_public_name_that_leads_inside_is_not_called() {
    let receiver = closing().await;
    let port = receiver.address.port();
    for (inside, why) in [
        (&["127.0.0.1"][..], "loopback; allow_private"),
        (&["10.0.0.1"], "private; allow_private"),
        (&["::1"], "loopback"),
        (&["64:ff9b::7f00:1"], "loopback"),
        (&["169.254.169.254"], "a cloud metadata service"),
        (&["192.168.0.1", "fd00::1"], "private"),
    ] {
        let (_, names) = changing(Box::leak(Box::new([inside])));
        let url = format!("https://app.example:{port}/sink");
        let target = Target::new(url, [secret()]).names(names);
        let text = refusal(&sink(&target)).await;
        assert!(
            text.contains(&format!("which may not be called: {why}")),
            "{text}"
        );
    }
    assert!(receiver.calls().is_empty());
}

#[tokio::test]
async fn c15_localhost_is_this_machine_or_nothing() {
    let receiver = closing().await;
    let port = receiver.address.port();
    let url = format!("http://localhost:{port}/sink");
    let here = |_: &str| Ok(vec!["127.0.0.1".parse().unwrap()]);
    let target = Target::new(&*url, [secret()]).names(here);
    assert!(matches!(
        sink(&target).apply(&ada()).await,
        Outcome::Applied { .. }
    ));
    let elsewhere = |_: &str| Ok(vec!["10.0.0.1".parse().unwrap()]);
    let target = Target::new(&*url, [secret()]).names(elsewhere);
    let text = refusal(&sink(&target)).await;
    assert!(text.contains("localhost is at 10.0.0.1"), "{text}");
}

#[tokio::test]
async fn what_goes_wrong_before_an_answer_is_said_in_words() {
    // A port that nobody listens on.
    let free = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = free.local_addr().unwrap().port();
    drop(free);
    let target = Target::new(format!("http://127.0.0.1:{port}/?token=hush"), [secret()]);
    let text = refusal(&sink(&target)).await;
    assert!(
        text.contains("Connection refused") && !text.contains("hush"),
        "{text}"
    );

    let unknown = |_: &str| Err(io::Error::other("no such host"));
    let target = Target::new("https://app.example/", [secret()]).names(unknown);
    let text = refusal(&sink(&target)).await;
    assert!(text.contains("no such host"), "{text}");

    let target = Target::new("https://app.example/", [secret()]).names(|_| Ok(Vec::new()));
    let text = refusal(&sink(&target)).await;
    assert!(!text.is_empty());
}

#[tokio::test]
async fn d_6_an_application_that_never_answers_is_given_up() {
    let receiver = Receiver::start(|_| None).await;
    let target = Target::new(receiver.url(), [secret()]).answer_max(Duration::from_millis(200));
    assert_eq!(refusal(&sink(&target)).await, "no answer within 200ms");
}
