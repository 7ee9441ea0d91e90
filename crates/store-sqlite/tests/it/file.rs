//! The file: what outlives a restart, what is refused, and how damage is noticed.

use std::{fs, path::Path};

use enroll_conformance::store::Ground;
use enroll_store::{
    Directories as _, DirectoryId, Feed as _, Revision, Store as _, StoreError, Want,
};
use enroll_store_sqlite::{OpenError, Sqlite, SqliteStore};
use rusqlite::Connection;
use serde_json::json;

async fn directory(database: &Sqlite) -> Ground<SqliteStore> {
    Ground::new(database.open(&DirectoryId::new("int_1")).await.unwrap())
}

fn sql(path: &Path, sql: &str) {
    Connection::open(path).unwrap().execute_batch(sql).unwrap();
}

/// What was acknowledged is there after a restart, counters and all.
#[tokio::test]
async fn p1_everything_outlives_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("enroll.db");
    let before = {
        let database = Sqlite::open(&path).unwrap();
        let on = directory(&database).await;
        on.add_users(&["ada", "bob"]).await;
        on.add_group("g", &["ada", "late"]).await;
        on.delete("User", "bob").await.unwrap();
        on.read("Group", "g").await
    };
    let database = Sqlite::open(&path).unwrap();
    let on = directory(&database).await;
    assert_eq!(on.read("Group", "g").await, before);
    assert_eq!(on.found("User", "").await, ["ada"]);
    assert_eq!(
        on.store.changes(Revision(0), 9).await.unwrap().head,
        Revision(4)
    );
    on.days_later(1);
    on.add_users(&["late"]).await;
    assert_eq!(on.links("Group", "g").await, ["ada", "late"]);
    // An id that was deleted before the restart is still used.
    let draft = on.user("bob", json!({}));
    let again = on.store.create(on.kind("User"), draft, on.cause()).await;
    assert!(matches!(again, Err(StoreError::IdTaken)), "{again:?}");
}

/// A file of another layout, of other folding rules, of another application, or none at all is refused
/// and left as it was.
#[tokio::test]
async fn p17_other_files_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("enroll.db");
    for (change, wanted) in [
        (
            "PRAGMA user_version = 4",
            "the file has layout 4, this build knows layout",
        ),
        (
            "PRAGMA user_version = 3; UPDATE fact SET value = 99 WHERE name = 'fold'",
            "folded by rules 99",
        ),
        (
            "PRAGMA application_id = 7",
            "a database of another application",
        ),
        (
            "PRAGMA application_id = 0; PRAGMA user_version = 0",
            "a database of another application",
        ),
    ] {
        drop(Sqlite::open(&path).unwrap_or_else(|_| {
            fs::remove_file(&path).unwrap();
            Sqlite::open(&path).unwrap()
        }));
        sql(&path, change);
        let bytes = fs::read(&path).unwrap();
        let refused = Sqlite::open(&path).unwrap_err().to_string();
        assert!(refused.contains(wanted), "{change}: {refused}");
        assert_eq!(fs::read(&path).unwrap(), bytes, "{change}");
    }
    fs::write(
        &path,
        "this is a text file, and long enough to have a header of a hundred bytes, which it \
                      is not going to be read as by any SQLite",
    )
    .unwrap();
    assert!(matches!(Sqlite::open(&path), Err(OpenError::Sqlite(_))));
    let nowhere = folder.path().join("no/such/folder/enroll.db");
    assert!(matches!(Sqlite::open(nowhere), Err(OpenError::Io(_))));
}

/// What was read is what was written, or it is refused (promise P16); others are still served.
#[tokio::test]
async fn p16_damage_is_noticed_and_not_served() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("enroll.db");
    let database = Sqlite::open(&path).unwrap();
    let on = directory(&database).await;
    on.add_users(&["ada", "bob"]).await;
    sql(
        &path,
        "UPDATE resource SET document = CAST(replace(CAST(document AS TEXT), 'bob', 'eve') AS BLOB) WHERE id = 'bob'",
    );
    let damaged =
        |error: &StoreError| matches!(error, StoreError::Damaged(what) if what == "User bob");
    let got = on.store.get(on.target("User", "bob"), Want::Omit).await;
    assert!(damaged(&got.unwrap_err()));
    assert!(damaged(
        &on.put("User", on.user("bob", json!({}))).await.unwrap_err()
    ));
    assert!(damaged(
        &on.store.find(on.query("User", "")).await.unwrap_err()
    ));
    assert!(on.read("User", "ada").await.is_some());
    assert_eq!(on.found("User", r#"userName eq "ada""#).await, ["ada"]);
}

/// Durability and privacy are set, and not left to defaults.
#[tokio::test]
async fn p2_the_file_is_durable_and_private() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("enroll.db");
    let database = Sqlite::open(&path).unwrap();
    directory(&database).await.add_users(&["ada"]).await;
    let other = Connection::open(&path).unwrap();
    let ask = |name| {
        other
            .pragma_query_value(None, name, |row| row.get::<_, i64>(0))
            .unwrap()
    };
    let mode: String = other
        .pragma_query_value(None, "journal_mode", |row| row.get(0))
        .unwrap();
    assert_eq!((mode.as_str(), ask("page_size")), ("wal", 8192));
    #[cfg(unix)]
    for file in ["enroll.db", "enroll.db-wal", "enroll.db-shm"] {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = fs::metadata(folder.path().join(file))
            .unwrap()
            .permissions()
            .mode();
        assert_eq!(mode & 0o777, 0o600, "{file}");
    }
}

/// Another process that holds the file for a while is waited for (promise P11).
#[tokio::test]
async fn p11_a_write_waits_for_who_holds_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("enroll.db");
    let database = Sqlite::open(&path).unwrap();
    let on = directory(&database).await;
    let other = Connection::open(&path).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let mut write = std::pin::pin!(on.add_user("ada", json!({})));
    let first =
        std::future::poll_fn(|context| std::task::Poll::Ready(write.as_mut().poll(context)));
    assert!(first.await.is_pending());
    // Reads are not held up.
    assert_eq!(on.found("User", "").await, [""; 0]);
    other.execute_batch("COMMIT").unwrap();
    assert!(write.await.changed);
}

/// After `close` nothing is done any more, and nothing hangs.
#[tokio::test]
async fn p12_a_closed_database_refuses() {
    let database = Sqlite::temporary().unwrap();
    let on = directory(&database).await;
    on.add_users(&["ada"]).await;
    database.close();
    let draft = on.user("bob", json!({}));
    let late = on.store.create(on.kind("User"), draft, on.cause()).await;
    assert!(matches!(late, Err(StoreError::Backend(_))), "{late:?}");
    let read = on.store.find(on.query("User", "")).await;
    assert!(matches!(read, Err(StoreError::Backend(_))), "{read:?}");
}

/// However it ends, the file alone is the whole database: a copy of it misses nothing.
#[tokio::test]
async fn p12_nothing_is_left_beside_the_file() {
    for closes in [true, false] {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("enroll.db");
        let database = Sqlite::open(&path).unwrap();
        let on = directory(&database).await;
        on.add_users(&["ada"]).await;
        assert_eq!(on.found("User", "").await, ["ada"]);
        if closes {
            database.close();
        }
        drop((on, database));
        let left: Vec<_> = fs::read_dir(folder.path())
            .unwrap()
            .map(|entry| entry.unwrap().file_name())
            .collect();
        assert_eq!(left, ["enroll.db"], "closes: {closes}");
    }
}
