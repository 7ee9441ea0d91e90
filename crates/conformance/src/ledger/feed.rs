//! What listeners are told.

use std::collections::BTreeMap;

use enroll_sync::{
    Answer, CONSUMERS_MAX, Consumer, Effect, GroupOutcome, Item, Ledger, MirrorKey, Mirrored, Op,
    Outcome, Step, SubjectKind,
};

use super::ground::{Ground, at, claim, named, step};

async fn mirror<L: Ledger>(on: &Ground<L>, after: Option<MirrorKey>, most: u32) -> Vec<Mirrored> {
    let found = on.ledger.mirrored(&on.tenant, after, most);
    found.await.unwrap()
}

/// Every change has the id of what it made, and all of them kept by key are the whole.
pub async fn what_happened_comes_to_the_whole<L: Ledger>(ledger: L) {
    let on = Ground::new(ledger).await;
    assert!(mirror(&on, None, 10).await.is_empty());
    let made = GroupOutcome::Applied {
        group_ref: enroll_sync::AccessGroupId::new("g_1"),
    };
    on.settle(claim(on.create_group("staff"), 0), Answer::Group(made))
        .await;
    for (key, app_ref) in [("bob", "u_2"), ("ada", "u_1")] {
        let applied = Outcome::applied(enroll_sync::AccountId::new(app_ref));
        on.settle(claim(on.create(key, &["g_1"]), 0), Answer::Account(applied))
            .await;
    }
    let over = Item {
        op: Op::Release,
        app_ref: Some(enroll_sync::AccountId::new("u_2")),
        ..on.create("bob", &["g_1"])
    };
    on.decide(Step {
        effects: vec![Effect::Count(Box::new(over))],
        ..step("bob")
    })
    .await;
    assert_eq!(on.counts().await.seq, 4);
    let happened = on.ledger.happened(&on.tenant, 0, 10).await.unwrap();
    let numbers: Vec<_> = happened.iter().map(|happened| happened.seq).collect();
    assert_eq!(numbers, [1, 2, 3, 4]);
    let rows = happened.iter().map(|one| Mirrored::after(one).unwrap());
    let heard: BTreeMap<_, _> = rows.map(|row| (row.key(), row)).collect();
    let heard: Vec<_> = heard.into_values().collect();
    let whole = mirror(&on, None, 10).await;
    assert_eq!(whole, heard);
    let lines = whole.iter().map(|row| (row.key().1, row.seq, row.managed));
    let wanted = [("g_1", 1, true), ("u_1", 3, true), ("u_2", 4, false)];
    assert_eq!(
        lines.collect::<Vec<_>>(),
        wanted.map(|(key, seq, managed)| (key.to_owned(), seq, managed))
    );
    // Page by page it is the same.
    let mut paged = Vec::new();
    while let [row] = &mirror(&on, paged.last().map(Mirrored::key), 1).await[..] {
        paged.push(row.clone());
    }
    assert_eq!(paged, whole);
}

/// What is forgotten leaves the numbers and the whole as they are.
pub async fn what_happened_is_forgotten_from_the_front<L: Ledger>(ledger: L) {
    let on = Ground::new(ledger).await;
    for key in ["a", "b", "c"] {
        let applied = Outcome::applied(enroll_sync::AccountId::new(format!("u_{key}")));
        on.settle(claim(on.create(key, &[]), 0), Answer::Account(applied))
            .await;
    }
    let whole = mirror(&on, None, 10).await;
    for (upto, gone, left) in [
        (0, 0, vec![1, 2, 3]),
        (2, 2, vec![3]),
        (2, 0, vec![3]),
        (9, 1, vec![]),
    ] {
        let forgot = on.ledger.forget_happened(&on.tenant, upto).await.unwrap();
        assert_eq!(forgot, gone, "up to {upto}");
        let kept = on.ledger.happened(&on.tenant, 0, 10).await.unwrap();
        let kept: Vec<u64> = kept.iter().map(|happened| happened.seq).collect();
        assert_eq!(kept, left, "up to {upto}");
    }
    assert_eq!(on.counts().await.seq, 3);
    assert_eq!(mirror(&on, None, 10).await, whole);
    let next = Outcome::applied(enroll_sync::AccountId::new("u_d"));
    let settled = on.settle(claim(on.create("d", &[]), 0), Answer::Account(next));
    assert_eq!(settled.await.seq, Some(4), "numbers are never used twice");
}

/// A listener's place goes on, and back only when it says so.
pub async fn a_listener_says_how_far_it_is<L: Ledger>(ledger: L) {
    let on = Ground::new(ledger).await;
    let said = async |name: &str, seq: u64, back: bool| {
        let consumer = Consumer {
            name: name.to_owned(),
            seq,
            at: at(i64::try_from(seq).unwrap()),
        };
        let stands = on.ledger.put_consumer(&on.tenant, consumer, back).await;
        stands.unwrap().map(|stands| (stands.seq, stands.at))
    };
    for (seq, back, stands) in [(3, false, 3), (7, false, 7), (5, false, 7), (5, true, 5)] {
        let when = at(i64::try_from(stands).unwrap());
        assert_eq!(said("crm", seq, back).await, Some((stands, when)));
    }
    assert_eq!(said("billing", 0, false).await, Some((0, at(0))));
    let all = on.ledger.consumers(&on.tenant).await.unwrap();
    let all: Vec<_> = all.iter().map(|one| (one.name.as_str(), one.seq)).collect();
    assert_eq!(all, [("billing", 0), ("crm", 5)]);
    assert!(
        on.ledger
            .consumers(&named("globex"))
            .await
            .unwrap()
            .is_empty()
    );
    for more in 2..CONSUMERS_MAX {
        assert!(said(&format!("n{more}"), 1, false).await.is_some());
    }
    assert_eq!(said("one-too-many", 1, false).await, None);
    assert_eq!(said("crm", 8, false).await, Some((8, at(8))));
    let kinds = [SubjectKind::Group, SubjectKind::Person];
    assert!(kinds.is_sorted(), "access groups come before those in them");
}
