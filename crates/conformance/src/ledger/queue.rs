//! The queue: who is due, when, and in which order.

use enroll_store::{Lane, RequestId, Revision};
use enroll_sync::{Hint, Ledger, LedgerError, Next, Step, Why};

use super::ground::{Ground, at, hint, source, step, subject};

/// Several hints are one place, with every request behind it.
pub async fn hints_of_one_subject_become_one_place_in_the_queue<L: Ledger>(ledger: L) {
    let on = Ground::new(ledger).await;
    let hints = vec![
        hint("ada", Lane::Settle, 0, "req_1"),
        hint("ada", Lane::Settle, 1, "req_2"),
    ];
    on.intake(hints, 0, 2).await.unwrap();
    on.intake(vec![hint("ada", Lane::Settle, 2, "req_2")], 2, 3)
        .await
        .unwrap();
    let due = on.ledger.due(&on.tenant, at(60), 10).await.unwrap();
    assert_eq!(due.len(), 1);
    assert_eq!(
        (due[0].stamp, due[0].why, due[0].first_at),
        (3, Why::Change, at(0))
    );
    assert_eq!(due[0].cause, ["req_1", "req_2"].map(RequestId::new));
    let known = on
        .ledger
        .known(&on.tenant, vec![subject("ada")])
        .await
        .unwrap();
    assert_eq!(known[0].due.as_ref(), Some(&due[0]));
}

/// Quiet is waited for, but not for ever; a leaver waits for nothing (E-02, S-06).
pub async fn the_settle_window_moves_and_ends<L: Ledger>(ledger: L) {
    let on = Ground::new(ledger).await;
    let mut revision = 0;
    for (second, due_at) in [(0, 5), (4, 9), (8, 13), (12, 17), (16, 20), (19, 20)] {
        let hint = hint("ada", Lane::Settle, second, "req_1");
        on.intake(vec![hint], revision, revision + 1).await.unwrap();
        revision += 1;
        assert_eq!(
            on.ledger.agenda(at(0)).await.unwrap().1,
            Some(at(due_at)),
            "at {second}"
        );
    }
    let leaver = hint("ada", Lane::Now, 19, "req_2");
    on.intake(vec![leaver], revision, revision + 1)
        .await
        .unwrap();
    let (tenants, next) = on.ledger.agenda(at(19)).await.unwrap();
    assert_eq!((tenants, next), (vec![on.tenant.clone()], Some(at(19))));
}

/// A stretch of the feed is taken once.
pub async fn a_bookmark_moves_once<L: Ledger>(ledger: L) {
    let on = Ground::new(ledger).await;
    assert_eq!(on.bookmark().await, Revision(0));
    on.intake(vec![hint("ada", Lane::Settle, 0, "req_1")], 0, 4)
        .await
        .unwrap();
    let again = on
        .intake(vec![hint("bob", Lane::Settle, 0, "req_1")], 0, 4)
        .await;
    assert!(matches!(again, Err(LedgerError::Moved)));
    assert_eq!(on.bookmark().await, Revision(4));
    assert_eq!(
        on.due(at(60)).await,
        ["person/int_1/ada"],
        "nothing of a refused stretch is kept"
    );
}

/// The order in which things are done.
pub async fn the_queue_is_served_leavers_first_then_groups_then_people<L: Ledger>(ledger: L) {
    let on = Ground::new(ledger).await;
    let group = Hint {
        subject: source("staff").subject(),
        ..hint("x", Lane::Settle, 3, "r")
    };
    let hints = vec![
        hint("late", Lane::Settle, 2, "r"),
        hint("early", Lane::Settle, 1, "r"),
        group,
        hint("leaver", Lane::Now, 9, "r"),
        hint("future", Lane::Settle, 100, "r"),
    ];
    on.intake(hints, 0, 5).await.unwrap();
    let wanted = [
        "person/int_1/leaver",
        "group/int_1/staff",
        "person/int_1/early",
        "person/int_1/late",
    ];
    assert_eq!(on.due(at(10)).await, wanted);
    let first = on.ledger.due(&on.tenant, at(10), 2).await.unwrap();
    assert_eq!(first.len(), 2);
}

/// Only the place that was planned is answered; a newer hint stays.
pub async fn a_hint_that_comes_meanwhile_is_not_lost<L: Ledger>(ledger: L) {
    let on = Ground::new(ledger).await;
    on.intake(vec![hint("ada", Lane::Now, 0, "req_1")], 0, 1)
        .await
        .unwrap();
    on.intake(vec![hint("ada", Lane::Now, 1, "req_2")], 1, 2)
        .await
        .unwrap();
    on.decide(Step {
        stamp: Some(1),
        ..step("ada")
    })
    .await;
    assert_eq!(on.due(at(9)).await, ["person/int_1/ada"]);
    on.decide(Step {
        stamp: Some(2),
        next: Next::Keep,
        ..step("ada")
    })
    .await;
    assert_eq!(on.due(at(9)).await, ["person/int_1/ada"]);
    on.decide(Step {
        stamp: Some(2),
        ..step("ada")
    })
    .await;
    assert!(on.due(at(9)).await.is_empty());
}

/// A held item's clock waits without being work; news end the waiting.
pub async fn clocks_do_not_count_as_work<L: Ledger>(ledger: L) {
    let on = Ground::new(ledger).await;
    on.intake(vec![hint("ada", Lane::Now, 0, "req_1")], 0, 1)
        .await
        .unwrap();
    assert_eq!(on.counts().await.due, 1);
    let later = Next::At(at(600), Why::Clock);
    on.decide(Step {
        stamp: Some(1),
        next: later,
        ..step("ada")
    })
    .await;
    assert_eq!(on.counts().await.due, 0);
    assert_eq!(on.ledger.agenda(at(0)).await.unwrap().1, Some(at(600)));
    on.intake(vec![hint("ada", Lane::Settle, 10, "req_2")], 1, 2)
        .await
        .unwrap();
    assert_eq!(on.counts().await.due, 1);
    assert_eq!(on.ledger.agenda(at(0)).await.unwrap().1, Some(at(15)));
    on.decide(Step {
        stamp: Some(2),
        next: Next::At(at(30), Why::Retry),
        ..step("ada")
    })
    .await;
    assert_eq!(on.counts().await.due, 1, "a repeat is work");
}
