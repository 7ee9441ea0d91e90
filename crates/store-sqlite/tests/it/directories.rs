//! Directories of one file: apart from each other, and telling of their news after the commit.

use std::{pin::pin, task::Poll};

use enroll_conformance::store::Ground;
use enroll_store::{
    Directories as _, DirectoryId, Feed as _, Journal as _, NoteFilter, Revision, Store as _,
};
use enroll_store_sqlite::{Sqlite, SqliteStore};
use serde_json::json;

fn id(name: &str) -> DirectoryId {
    DirectoryId::new(name)
}

async fn open(database: &Sqlite, name: &str) -> Ground<SqliteStore> {
    Ground::new(database.open(&id(name)).await.unwrap())
}

/// The same ids, names and numbers in two directories of one file, and neither sees the other's.
#[tokio::test]
async fn b4_directories_do_not_meet() {
    let database = Sqlite::temporary().unwrap();
    let (a, b) = (open(&database, "a").await, open(&database, "b").await);
    for on in [&a, &b] {
        on.add_user("ada", json!({"externalId": "1"})).await;
        let group = on.add_group("g", &["ada"]).await;
        assert_eq!(group.revision, Some(Revision(2)));
    }
    a.add_users(&["only-a"]).await;
    a.store
        .append(a.noted(404, None).note.into_iter().collect())
        .await
        .unwrap();
    let waiting = b.add_group("h", &["only-a"]).await;
    assert_eq!(waiting.pending, ["only-a"]);
    b.delete("User", "ada").await.unwrap();
    assert_eq!(a.links("Group", "g").await, ["ada"]);
    assert_eq!(a.links("User", "ada").await, ["g"]);
    assert_eq!(a.found("User", r#"externalId eq "1""#).await, ["ada"]);
    assert_eq!(b.found("User", "").await, [""; 0]);
    assert_eq!(a.found("User", "").await, ["ada", "only-a"]);
    assert_eq!(
        b.store
            .notes(NoteFilter::default(), None, 9)
            .await
            .unwrap()
            .len(),
        0
    );
    assert_eq!(a.store.pending(None, 9).await.unwrap().len(), 0);
    let heads = [&a, &b].map(|on| on.store.changes(Revision(0), 99));
    for head in heads {
        let changes = head.await.unwrap();
        let numbers: Vec<_> = changes
            .changes
            .iter()
            .map(|change| change.revision.0)
            .collect();
        assert_eq!(numbers, (1..=changes.head.0).collect::<Vec<_>>());
    }
}

/// News are told once, after the commit; a write that changed nothing is none.
#[tokio::test]
async fn news_are_told_once() {
    let database = Sqlite::temporary().unwrap();
    let (a, b) = (open(&database, "a").await, open(&database, "b").await);
    let other = database.clone();
    let (told, _) = tokio::join!(
        async { other.stirred().await.unwrap() },
        a.add_user("ada", json!({}))
    );
    assert_eq!(told, [id("a")]);
    b.add_users(&["ada", "bob"]).await;
    a.delete("User", "ada").await.unwrap();
    assert_eq!(database.stirred().await.unwrap(), [id("a"), id("b")]);
    b.put("User", b.user("ada", json!({}))).await.unwrap();
    let draft = b.user_called("new", "ADA", json!({}));
    b.store
        .create(b.kind("User"), draft, b.cause())
        .await
        .unwrap_err();
    let mut none = pin!(database.stirred());
    let polled = std::future::poll_fn(|context| Poll::Ready(none.as_mut().poll(context))).await;
    assert!(polled.is_pending());
}

/// At the start every directory may have news that nobody took before the crash.
#[tokio::test]
async fn all_directories_stir_at_the_start() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("enroll.db");
    {
        let database = Sqlite::open(&path).unwrap();
        for name in ["b", "a"] {
            open(&database, name).await.add_users(&["ada"]).await;
        }
        database.stirred().await.unwrap();
    }
    let database = Sqlite::open(&path).unwrap();
    assert_eq!(database.stirred().await.unwrap(), [id("a"), id("b")]);
}
