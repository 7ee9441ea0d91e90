//! An endpoint that is down is left in peace, and found again.

use std::sync::{
    Arc,
    atomic::{AtomicI64, AtomicU16, Ordering},
};

use enroll_deliver::{Circuit, HttpSink, Target};
use enroll_schema::Timestamp;
use enroll_sync::{AccountSink, Item, Outcome, Stage};

use crate::receiver::{Receiver, ada, at, say, secret};

/// A receiver whose status, and a sink whose clock, can be set.
struct World {
    status: Arc<AtomicU16>,
    now: Arc<AtomicI64>,
    receiver: Receiver,
    sink: HttpSink,
}

impl World {
    async fn new() -> Self {
        let (status, now) = (Arc::new(AtomicU16::new(503)), Arc::new(AtomicI64::new(0)));
        let (said, clock) = (Arc::clone(&status), Arc::clone(&now));
        let receiver = Receiver::start(move |_| Some(say(said.load(Ordering::SeqCst), "closed")));
        let receiver = receiver.await;
        let sink = HttpSink::new(&Target::new(receiver.url(), [secret()])).unwrap();
        let sink = sink.with_clock(move || at(clock.load(Ordering::SeqCst)));
        Self {
            status,
            now,
            receiver,
            sink,
        }
    }

    async fn call_at(&self, second: i64, item: &Item) -> Outcome {
        self.now.store(second, Ordering::SeqCst);
        self.sink.apply(item).await
    }

    fn says(&self, status: u16) {
        self.status.store(status, Ordering::SeqCst);
    }
}

fn after(outcome: &Outcome) -> Option<Timestamp> {
    match outcome {
        Outcome::Retry { after, .. } => *after,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn ten_calls_that_reach_nobody_open_it_and_one_that_does_closes_it() {
    let world = World::new().await;
    for second in 0..10 {
        assert_eq!(world.sink.health().state, Circuit::Closed);
        assert_eq!(after(&world.call_at(second, &ada()).await), None);
    }
    let health = world.sink.health();
    assert_eq!(
        (health.state, health.since, health.failures),
        (Circuit::Open, at(9), 10)
    );
    assert_eq!(health.last_error.unwrap().text, "answered 503: closed");

    let put_off = world.call_at(20, &ada()).await;
    let text = "not called, the endpoint cannot be reached since 1970-01-01T00:00:09.000Z: answered 503: closed";
    let wanted = Outcome::Retry {
        after: Some(at(39)),
        text: text.to_owned(),
    };
    assert_eq!(put_off, wanted);
    assert_eq!(world.receiver.calls().len(), 10, "no call went out");

    // A leaver came by, so the probe is a leaver's.
    let leaver = Item {
        lane: Stage::Leavers,
        ..ada()
    };
    assert_eq!(after(&world.call_at(21, &leaver).await), Some(at(39)));
    assert_eq!(after(&world.call_at(39, &ada()).await), Some(at(44)));
    assert_eq!(after(&world.call_at(39, &leaver).await), None);
    assert_eq!(world.receiver.calls().len(), 11);

    world.says(204);
    assert_eq!(after(&world.call_at(60, &ada()).await), Some(at(69)));
    assert!(matches!(
        world.call_at(69, &ada()).await,
        Outcome::Applied { .. }
    ));
    assert_eq!(world.sink.health().state, Circuit::Closed);
    world.sink.recovered().await;
    assert!(matches!(
        world.call_at(69, &leaver).await,
        Outcome::Applied { .. }
    ));
}

#[tokio::test]
async fn a_poison_item_does_not_open_it() {
    let world = World::new().await;
    for status in [500, 400, 429, 401].repeat(10) {
        world.says(status);
        world.call_at(0, &ada()).await;
    }
    assert_eq!(world.sink.health().state, Circuit::Closed);
    assert_eq!(world.receiver.calls().len(), 40);
}

#[tokio::test]
async fn an_endpoint_that_is_gone_is_asked_every_ten_minutes() {
    let world = World::new().await;
    world.says(410);
    assert_eq!(after(&world.call_at(0, &ada()).await), None);
    assert_eq!(world.sink.health().state, Circuit::Gone);
    let Outcome::Retry { after, text } = world.call_at(1, &ada()).await else {
        panic!("a call went out");
    };
    assert_eq!(after, Some(at(600)));
    assert!(
        text.starts_with("not called, the endpoint is closed since"),
        "{text}"
    );
    world.says(204);
    assert!(matches!(
        world.call_at(600, &ada()).await,
        Outcome::Applied { .. }
    ));
    assert_eq!(world.receiver.calls().len(), 2);
}

#[test]
fn health_is_json_for_pages_and_metrics() {
    let sink = crate::receiver::sink("http://127.0.0.1:9/");
    let health = serde_json::to_string(&sink.health()).unwrap();
    assert_eq!(
        health,
        r#"{"state":"closed","since":"1970-01-01T00:16:40.000Z","failures":0}"#
    );
}
