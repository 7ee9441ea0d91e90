//! A store that somebody else writes to, and one that breaks while it is read.

use std::{
    future::Future,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering::Relaxed},
    },
};

use enroll_core::{Body, Call, Directory, Options, Reply};
use enroll_schema::{ResourceId, ResourceType, Timestamp};
use enroll_store::{
    Cause, Draft, Expected, LinkKey, LinkPage, Memory, Page, Query, Record, Result, Store,
    StoreError, Target, Want, Written,
};
use serde_json::{Value, json};

use crate::bench::{GROUP, USER, read, schemas, wait};

/// `Memory`, but each read is followed by somebody's write while `meddles` lasts, and links cannot be read.
#[derive(Clone, Debug, Default)]
struct Meddling {
    inner: Memory,
    meddles: Arc<AtomicU32>,
}

impl Store for Meddling {
    async fn get(&self, target: Target, want: Want) -> Result<Option<Record>> {
        let found = self.inner.get(target.clone(), want).await?;
        if self
            .meddles
            .fetch_update(Relaxed, Relaxed, |left| left.checked_sub(1))
            .is_ok()
        {
            let record = found.as_ref().expect("there");
            let mut document = enroll_schema::Document::from_bytes(&record.document).unwrap();
            let title = format!("at {}", record.version);
            document.as_map_mut().insert("title".into(), title.into());
            let draft = Draft {
                id: target.id.clone(),
                document,
                links: enroll_filter::LinkPlan::default(),
            };
            self.inner
                .replace(target, Expected::Any, draft, cause())
                .await?;
        }
        Ok(found)
    }

    fn find(&self, query: Query) -> impl Future<Output = Result<Page>> + Send {
        self.inner.find(query)
    }

    async fn create(&self, kind: ResourceType, draft: Draft, cause: Cause) -> Result<Written> {
        self.inner.create(kind, draft, cause).await
    }

    async fn replace(
        &self,
        target: Target,
        expected: Expected,
        draft: Draft,
        cause: Cause,
    ) -> Result<Written> {
        self.inner.replace(target, expected, draft, cause).await
    }

    async fn delete(&self, target: Target, expected: Expected, cause: Cause) -> Result<Written> {
        self.inner.delete(target, expected, cause).await
    }

    async fn links(&self, _: Target, _: LinkKey, _: u32) -> Result<LinkPage> {
        Err(StoreError::Busy)
    }
}

fn cause() -> Cause {
    Cause {
        request: enroll_store::RequestId::new("req_other"),
        at: Timestamp::from_millis(0),
        unique: Vec::new(),
        want: Want::Omit,
        note: None,
    }
}

fn start() -> (Directory<Meddling>, Arc<AtomicU32>) {
    let store = Meddling::default();
    let meddles = Arc::clone(&store.meddles);
    let made = AtomicU32::new(0);
    let mut options = Options::new(
        || Timestamp::from_millis(0),
        move || ResourceId::new(&format!("r{}", made.fetch_add(1, Relaxed) + 1)).unwrap(),
    );
    options.links_held_max = 1;
    let directory = Directory::new(Arc::new(schemas()), store, options);
    for body in [
        json!({"schemas": [USER], "userName": "ada", "active": false}),
        json!({"schemas": [USER], "userName": "bob"}),
    ] {
        assert_eq!(
            send(
                &directory,
                Call::new("POST", "/Users").body(body.to_string())
            )
            .status,
            201
        );
    }
    (directory, meddles)
}

fn send(directory: &Directory<Meddling>, call: Call) -> Reply {
    wait(directory.handle(&call))
}

fn put() -> Call {
    let user = json!({"schemas": [USER], "userName": "ada", "nickName": "A"});
    Call::new("PUT", "/Users/r1").body(user.to_string())
}

/// D5: what a PUT keeps is read and written at one version, or the PUT starts again.
#[test]
fn a_put_starts_again_when_others_write() {
    let (directory, meddles) = start();
    // As many as a busy client keeps in flight on one resource.
    meddles.store(64, Relaxed);
    let reply = send(&directory, put());
    assert_eq!(
        (reply.status, reply.header("etag")),
        (200, Some("W/\"66\""))
    );
    let user = read(reply);
    assert_eq!(
        (&user["active"], &user["nickName"], &user["title"]),
        (&json!(false), &json!("A"), &Value::Null)
    );
}

/// E3: it does not go on for ever.
#[test]
fn a_put_that_never_gets_through_is_busy() {
    let (directory, meddles) = start();
    meddles.store(1_000, Relaxed);
    let reply = send(&directory, put());
    assert_eq!(
        (reply.status, reply.header("retry-after")),
        (503, Some("1"))
    );
    assert_eq!(read(reply)["status"], "503");
}

/// D5: with `If-Match` a moved version is 412 at once.
#[test]
fn a_put_with_a_condition_does_not_start_again() {
    let (directory, meddles) = start();
    meddles.store(1, Relaxed);
    assert_eq!(send(&directory, put().if_match("W/\"1\"")).status, 412);
    assert_eq!(send(&directory, put().if_match("W/\"1\"")).status, 412);
    assert_eq!(send(&directory, put().if_match("W/\"2\"")).status, 200);
}

/// A pulled body that breaks off says so, once.
#[test]
fn a_pulled_body_ends_with_its_error() {
    let (directory, _) = start();
    let group = json!({"schemas": [GROUP], "displayName": "g", "members": [{"value": "r1"}, {"value": "r2"}]});
    let reply = send(
        &directory,
        Call::new("POST", "/Groups").body(group.to_string()),
    );
    let Body::Pulled(mut chunks) = reply.body else {
        panic!("held in memory")
    };
    assert!(wait(chunks.next()).unwrap().is_ok());
    assert_eq!(wait(chunks.next()).unwrap().unwrap_err().status(), 503);
    assert!(wait(chunks.next()).is_none());
}
