//! Directories in memory: apart from each other, and telling of their news.

use std::{pin::pin, task::Poll};

use enroll_conformance::store::Ground;
use enroll_store::{Directories, DirectoryId, MemoryDirectories};
use serde_json::json;

fn id(name: &str) -> DirectoryId {
    DirectoryId::new(name)
}

/// What one directory holds, another does not even deny (threat B4).
#[tokio::test]
async fn b4_directories_do_not_meet() {
    let all = MemoryDirectories::default();
    let a = Ground::new(all.open(&id("a")).await.unwrap());
    let b = Ground::new(all.open(&id("b")).await.unwrap());
    a.add_user("ada", json!({})).await;
    assert_eq!(b.read("User", "ada").await, None);
    assert!(b.add_user("ada", json!({})).await.changed);
    b.delete("User", "ada").await.unwrap();
    let again = Ground::new(all.open(&id("a")).await.unwrap());
    assert!(again.read("User", "ada").await.is_some());
}

/// News are told once, to one, after they are there; who waits is woken.
#[tokio::test]
async fn news_are_told_once() {
    let all = MemoryDirectories::default();
    let a = Ground::new(all.open(&id("a")).await.unwrap());
    let b = Ground::new(all.open(&id("b")).await.unwrap());
    let other = all.clone();
    let (told, _) = tokio::join!(
        async { other.stirred().await.unwrap() },
        a.add_user("ada", json!({}))
    );
    assert_eq!(told, [id("a")]);
    b.add_user("ada", json!({})).await;
    b.add_user("bob", json!({})).await;
    a.delete("User", "ada").await.unwrap();
    // A write that changes nothing is no news.
    b.put("User", b.user("ada", json!({}))).await.unwrap();
    assert_eq!(all.stirred().await.unwrap(), [id("a"), id("b")]);
    let mut none = pin!(all.stirred());
    let polled = std::future::poll_fn(|context| Poll::Ready(none.as_mut().poll(context))).await;
    assert!(polled.is_pending());
}
