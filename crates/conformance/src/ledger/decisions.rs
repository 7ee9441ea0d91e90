//! Decisions: what is written, who is woken, what a returning group takes along.

use enroll_store::{RequestId, Revision};
use enroll_sync::{
    AccessGroupId, AccountId, Answer, Counts, Effect, Intake, Joined, Ledger, LedgerError, Outcome,
    Selection, Span, State, Step, WaitKey, Window,
};

use super::ground::{
    Ground, at, binding, claim, directory, group_id, person, selection, shadow, source, step,
    subject,
};

/// Whoever lost the tenant writes nothing any more (D3).
pub async fn d_3_an_older_lease_writes_nothing<L: Joined>(ledger: L) {
    let on = Ground::new(ledger).await;
    let older = on.fence;
    let newer = on.ledger.lease(&on.tenant).await.unwrap();
    assert!(newer > older);
    let (ledger, tenant) = (&on.ledger, &on.tenant);
    let effects = vec![Effect::Source(source("staff"))];
    let late = ledger
        .decide(
            tenant,
            older,
            vec![Step {
                effects,
                ..step("ada")
            }],
        )
        .await;
    assert!(matches!(late, Err(LedgerError::Fenced)));
    let create = claim(on.create("ada", &[]), 0);
    let answer = Answer::Account(Outcome::applied(AccountId::new("a")));
    let late = ledger.settle(tenant, older, create.clone(), answer).await;
    assert!(matches!(late, Err(LedgerError::Fenced)));
    let late = ledger.apply_and_settle(tenant, older, create).await;
    assert!(matches!(late, Err(LedgerError::Fenced)));
    let context = on.context().await;
    assert!(context.groups.is_empty());
    assert_eq!(context.seq, 0);
    ledger
        .decide(tenant, newer, vec![step("ada")])
        .await
        .unwrap();
}

/// A decision is read back as it was, replaces the last one, and is counted by its state.
pub async fn what_is_decided_is_counted_and_found<L: Ledger>(ledger: L) {
    let on = Ground::new(ledger).await;
    let states = [
        ("ada", State::Held, false),
        ("bob", State::Blocked, false),
        ("eve", State::Ready, true),
    ];
    for (name, state, waiting) in states {
        let mut decision = on.decision(name, &[]);
        decision.item.state = state;
        decision.waiting = waiting;
        on.decide(Step {
            decision: Some(decision.clone()),
            ..step(name)
        })
        .await;
        let known = on
            .ledger
            .known(&on.tenant, vec![subject(name), subject("nobody")])
            .await
            .unwrap();
        assert_eq!(known[0].decision.as_ref(), Some(&decision));
        assert_eq!(
            (known[1].subject.clone(), known[1].decision.is_none()),
            (subject("nobody"), true)
        );
    }
    assert_eq!(
        on.counts().await,
        Counts {
            held: 1,
            blocked: 1,
            waiting: 1,
            due: 0,
            seq: 0
        }
    );
    let done = on.decision("ada", &[]);
    on.decide(Step {
        decision: Some(done),
        ..step("ada")
    })
    .await;
    assert_eq!(on.counts().await.held, 0);
    let forget = vec![Effect::ForgetPerson(subject("bob"))];
    on.decide(Step {
        effects: forget,
        ..step("bob")
    })
    .await;
    assert_eq!(on.counts().await.blocked, 0);
}

/// A freed name, a new access group: whoever waits for it is due at once, and nobody else.
pub async fn whoever_waits_is_woken<L: Ledger>(ledger: L) {
    let on = Ground::new(ledger).await;
    let keys = [
        WaitKey::Name("x@x.example".into()),
        WaitKey::Group(source("staff").subject()),
        WaitKey::Account(subject("boss")),
        WaitKey::Empty(AccessGroupId::new("g_1")),
    ];
    let waiting = [
        ("ada", &keys[..1]),
        ("bob", &keys[1..2]),
        ("eve", &keys[2..3]),
        ("kim", &keys[3..]),
    ];
    for (name, keys) in waiting {
        on.decide(Step {
            decision: Some(on.decision(name, keys)),
            ..step(name)
        })
        .await;
    }
    for (at_second, key, name) in [(1, 0, "ada"), (2, 1, "bob"), (3, 2, "eve"), (4, 3, "kim")] {
        let wake = vec![keys[key].clone(), WaitKey::Name("nobody".into())];
        on.decide(Step {
            wake,
            at: at(at_second),
            ..step("other")
        })
        .await;
        assert_eq!(
            on.due(at(at_second)).await,
            [format!("person/int_1/{name}")]
        );
        on.decide(Step {
            stamp: Some(1),
            ..step(name)
        })
        .await;
    }
    // One who does not wait any more is not woken, and nobody wakes themselves.
    on.decide(Step {
        decision: Some(on.decision("ada", &[])),
        ..step("ada")
    })
    .await;
    on.decide(Step {
        wake: keys.to_vec(),
        ..step("bob")
    })
    .await;
    assert_eq!(
        on.due(at(9)).await,
        ["person/int_1/eve", "person/int_1/kim"]
    );
}

/// Everybody who is known to be in a group is due when it changes, by feed or by decision.
pub async fn members_are_woken<L: Ledger>(ledger: L) {
    let on = Ground::new(ledger).await;
    on.knows(&["ada", "bob", "eve"], &["staff"]).await;
    let effects = vec![Effect::Person(Box::new(person("eve", &["staff"])))];
    on.decide(Step {
        effects,
        ..step("eve")
    })
    .await;
    let left = vec![Effect::Person(Box::new(person("bob", &[])))];
    on.decide(Step {
        effects: left,
        ..step("bob")
    })
    .await;
    on.decide(Step {
        members_of: vec![group_id("staff")],
        at: at(3),
        ..step("x")
    })
    .await;
    assert_eq!(
        on.due(at(3)).await,
        ["person/int_1/ada", "person/int_1/eve"]
    );
    let intake = Intake {
        integration: directory(),
        from: Revision(0),
        upto: Revision(1),
        hints: vec![],
        members_of: vec![(group_id("staff"), at(4), Some(RequestId::new("req_9")))],
        window: Window {
            settle: Span::from_secs(0),
            most: Span::from_secs(0),
        },
    };
    on.ledger.intake(&on.tenant, intake).await.unwrap();
    let due = on.ledger.due(&on.tenant, at(9), 9).await.unwrap();
    assert_eq!(due.len(), 2);
    assert!(
        due.iter()
            .all(|due| due.cause == [RequestId::new("req_9")] && due.stamp == 2)
    );
}

/// Selection, access group and ties go from the deleted group to the new one (E-11).
pub async fn e_11_a_group_that_comes_back_takes_everything_along<L: Ledger>(ledger: L) {
    let on = Ground::new(ledger).await;
    on.knows(&["ada"], &["old"]).await;
    let old = source("old").subject();
    let mut tied = shadow("ada", "a_1", "ada@x.example");
    tied.via = Some(group_id("old"));
    on.ties(&tied).await;
    let effects = vec![
        Effect::Select(selection("old")),
        Effect::Binding(binding("old", "g_1")),
    ];
    let mut held = on.decision("x", &[]);
    held.item.state = State::Held;
    held.item.subject = old.clone();
    on.decide(Step {
        subject: old.clone(),
        effects,
        decision: Some(held),
        ..step("x")
    })
    .await;
    let version = on.context().await.version;
    let back = vec![
        Effect::Source(source("new")),
        Effect::Rebound {
            from: old.clone(),
            to: group_id("new"),
        },
    ];
    on.decide(Step {
        subject: source("new").subject(),
        effects: back,
        at: at(7),
        ..step("x")
    })
    .await;
    let context = on.context().await;
    assert_eq!(context.groups, [source("new")]);
    assert_eq!(context.bindings, [binding("new", "g_1")]);
    assert_eq!(
        context.selections,
        [Selection {
            group: group_id("new"),
            ..selection("old")
        }]
    );
    assert!(context.version > version);
    let known = on
        .ledger
        .known(&on.tenant, vec![subject("ada"), old])
        .await
        .unwrap();
    assert_eq!(known[0].shadow.as_ref().unwrap().via, Some(group_id("new")));
    assert!(known[1].decision.is_none());
    assert_eq!(on.counts().await.held, 0);
    assert_eq!(on.due(at(7)).await, ["person/int_1/ada"]);
}
