//! Many clients on many threads: no lost member, one winner, no gap.

use enroll_conformance::store::Ground;
use enroll_schema::Timestamp;
use enroll_store::{
    Cause, Directories as _, DirectoryId, Expected, Feed as _, RequestId, Result, Revision,
    Store as _, StoreError, Want, Written,
};
use enroll_store_sqlite::{Sqlite, SqliteStore};
use serde_json::json;
use tokio::task::JoinSet;

const CLIENTS: usize = 32;

async fn ground() -> Ground<SqliteStore> {
    let database = Sqlite::temporary().unwrap();
    Ground::new(database.open(&DirectoryId::new("int_1")).await.unwrap())
}

fn cause(on: &Ground<SqliteStore>, number: usize) -> Cause {
    Cause {
        request: RequestId::new(format!("req_{number}")),
        at: Timestamp::from_millis(1_800_000_000_000),
        unique: vec![on.attribute("User", "userName")],
        want: Want::Omit,
        note: None,
    }
}

/// Clients that add and remove different members of one group at once lose none (threat D1).
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn d1_no_member_is_lost_on_many_threads() {
    const MEMBERS: usize = 8;
    let on = ground().await;
    on.add_group("g", &[]).await;
    for client in 0..CLIENTS {
        for member in 0..MEMBERS {
            on.add_user(&format!("c{client:02}m{member}"), json!({}))
                .await;
        }
    }
    let mut clients = JoinSet::new();
    for client in 0..CLIENTS {
        let store = on.store.clone();
        let target = on.target("Group", "g");
        // Each adds all of its members and removes the odd ones again.
        let op = |verb: &str, member: usize| {
            let value = json!([{"value": format!("c{client:02}m{member}")}]);
            on.plan(
                "Group",
                &json!([{"op": verb, "path": "members", "value": value}]),
            )
        };
        let adds = (0..MEMBERS).map(|member| op("add", member));
        let removes = (0..MEMBERS)
            .filter(|member| member % 2 == 1)
            .map(|member| op("remove", member));
        let plans: Vec<_> = adds.chain(removes).collect();
        let cause = cause(&on, client);
        clients.spawn(async move {
            for plan in plans {
                let done = store
                    .patch(target.clone(), Expected::Any, plan, cause.clone())
                    .await;
                assert!(done.unwrap().changed);
            }
        });
    }
    while let Some(client) = clients.join_next().await {
        client.unwrap();
    }
    let wanted: Vec<String> = (0..CLIENTS)
        .flat_map(|client| {
            (0..MEMBERS)
                .step_by(2)
                .map(move |member| format!("c{client:02}m{member}"))
        })
        .collect();
    assert_eq!(on.links("Group", "g").await, wanted);
    let writes = CLIENTS * (MEMBERS + MEMBERS / 2);
    assert_eq!(on.version("Group", "g").await, 1 + writes as u64);
    let changes = on.store.changes(Revision(0), 9_999).await.unwrap();
    let numbers: Vec<u64> = changes
        .changes
        .iter()
        .map(|change| change.revision.0)
        .collect();
    assert_eq!(numbers, (1..=changes.head.0).collect::<Vec<_>>());
    assert_eq!(numbers.len(), 1 + CLIENTS * MEMBERS + writes);
}

/// Of clients that create the same user at once, exactly one wins (threat D4); the others learn that the
/// name is taken, and a read right after finds the winner.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn d4_one_of_many_creates_wins_on_many_threads() {
    let on = ground().await;
    for round in 0..8 {
        let mut clients = JoinSet::new();
        for client in 0..CLIENTS {
            let store = on.store.clone();
            let kind = on.kind("User");
            let draft = on.user_called(
                &format!("r{round}c{client}"),
                &format!("name{round}"),
                json!({}),
            );
            let cause = cause(&on, client);
            clients.spawn(async move { store.create(kind, draft, cause).await });
        }
        let answers: Vec<Result<Written>> = clients.join_all().await;
        let won: Vec<_> = answers
            .iter()
            .filter_map(|answer| answer.as_ref().ok())
            .collect();
        let taken = answers
            .iter()
            .filter(|a| matches!(a, Err(StoreError::Taken { .. })))
            .count();
        assert_eq!((won.len(), taken), (1, CLIENTS - 1));
        let winner = won[0].record.as_ref().unwrap().id.to_string();
        assert_eq!(
            on.found("User", &format!(r#"userName eq "NAME{round}""#))
                .await,
            [winner]
        );
    }
    assert_eq!(on.found("User", "").await.len(), 8);
}
