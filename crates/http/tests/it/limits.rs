//! Limits and deadlines (design: limits; threats C11, E2), and what happens when something breaks.

use std::{
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use bytes::Bytes;
use enroll_http::{Admit, Admitted, ByToken, Options, Rate, Scim, system_clock};
use enroll_schema::Error;
use enroll_store::{Directories, DirectoryId, Memory, MemoryDirectories};
use enroll_tenants::Gate;
use http::Request;
use http_body::{Frame, SizeHint};
use http_body_util::Full;
use serde_json::{Value, json};

use crate::support::{Answer, Bench, TOKEN, USER, core, read};

fn is_error(answer: &Answer, status: u16, scim_type: Value) {
    let body = answer.json();
    assert_eq!(answer.status, status, "{body}");
    assert_eq!(
        (&body["status"], &body["scimType"]),
        (&status.to_string().into(), &scim_type)
    );
    assert_eq!(
        body["schemas"],
        json!(["urn:ietf:params:scim:api:messages:2.0:Error"])
    );
}

/// A body that says it has `declared` bytes, sends `pieces`, and then nothing for ever.
struct Slow {
    pieces: Vec<Bytes>,
    declared: Option<u64>,
    ends: bool,
}

impl http_body::Body for Slow {
    type Data = Bytes;
    type Error = std::io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        match self.pieces.pop() {
            Some(piece) => Poll::Ready(Some(Ok(Frame::data(piece)))),
            None if self.ends => Poll::Ready(None),
            None => Poll::Pending,
        }
    }

    fn size_hint(&self) -> SizeHint {
        let mut hint = SizeHint::new();
        hint.set_lower(self.declared.unwrap_or(0));
        hint
    }
}

async fn post<B>(bench: &Bench, path: &str, body: B) -> Answer
where
    B: http_body::Body<Data = Bytes, Error: Into<enroll_http::BoxError>> + Send + 'static,
{
    let request = Request::builder()
        .method("POST")
        .uri(format!("/scim/int_1/v2{path}"))
        .header("authorization", format!("Bearer {TOKEN}"));
    read(bench.scim.respond(request.body(body).unwrap()).await).await
}

/// C11, C12, 7644-3.12-13: at once when it is declared, as soon as it is seen when not.
#[tokio::test]
async fn large_bodies() {
    let bench = Bench::new("auto", Options::default()).await;
    let slow = |pieces: usize, declared| Slow {
        pieces: vec![Bytes::from(vec![b' '; 64 << 10]); pieces],
        declared,
        ends: false,
    };
    is_error(
        &post(&bench, "/Users", slow(0, Some(1 << 40))).await,
        413,
        Value::Null,
    );
    is_error(
        &post(&bench, "/Users", slow(17, None)).await,
        413,
        Value::Null,
    );
    is_error(
        &post(&bench, "/Groups", slow(129, None)).await,
        413,
        Value::Null,
    );
    let whole = Slow {
        ends: true,
        ..slow(17, None)
    };
    is_error(
        &post(&bench, "/Groups", whole).await,
        400,
        json!("invalidSyntax"),
    );
    // The endpoint and the type come first, before a byte is read.
    is_error(
        &post(&bench, "/Nope", slow(0, Some(1 << 40))).await,
        404,
        Value::Null,
    );
    is_error(
        &post(&bench, "/Schemas", slow(0, Some(1 << 40))).await,
        405,
        Value::Null,
    );
}

/// C11: all bodies together are bounded too; what was held is given back.
#[tokio::test]
async fn bodies_together() {
    let mut options = Options::default();
    options.bodies_bytes_max = 100 << 10;
    let bench = Bench::new("auto", options).await;
    let body = |bytes: usize| Full::new(Bytes::from(vec![b' '; bytes]));
    for _ in 0..3 {
        let answer = post(&bench, "/Users", body(101 << 10)).await;
        is_error(&answer, 503, Value::Null);
        assert_eq!(answer.header("retry-after"), Some("1"));
        is_error(
            &post(&bench, "/Users", body(99 << 10)).await,
            400,
            json!("invalidSyntax"),
        );
    }
}

/// E1: a body that does not come is 408 after thirty seconds.
#[tokio::test(start_paused = true)]
async fn bodies_that_do_not_come() {
    let bench = Bench::new("auto", Options::default()).await;
    let before = tokio::time::Instant::now();
    let body = Slow {
        pieces: vec![Bytes::from_static(b"{")],
        declared: Some(10),
        ends: false,
    };
    is_error(&post(&bench, "/Users", body).await, 408, Value::Null);
    assert_eq!(before.elapsed().as_secs(), 30);
}

/// Directories that are out of order.
#[derive(Clone, Debug)]
struct Odd {
    all: MemoryDirectories,
    fault: Fault,
}

#[derive(Clone, Copy, Debug)]
enum Fault {
    Hangs,
    Panics,
    Fails,
}

impl Directories for Odd {
    type Store = Memory;

    async fn open(&self, id: &DirectoryId) -> enroll_store::Result<Memory> {
        match self.fault {
            Fault::Hangs if id.as_str() == "int_1" => std::future::pending().await,
            Fault::Panics if id.as_str() == "int_1" => panic!("a secret reason"),
            Fault::Fails if id.as_str() == "int_1" => {
                Err(enroll_store::StoreError::Backend("a secret reason".into()))
            }
            _ => self.all.open(id).await,
        }
    }

    async fn stirred(&self) -> enroll_store::Result<Vec<DirectoryId>> {
        self.all.stirred().await
    }
}

/// E1, 7644-3.12-14: what hangs, panics or fails inside is answered, says nothing, and harms nobody else.
#[tokio::test(start_paused = true)]
async fn faults_inside() {
    for (fault, status) in [
        (Fault::Hangs, 503),
        (Fault::Panics, 500),
        (Fault::Fails, 500),
    ] {
        let bench = Bench::new("auto", Options::default()).await;
        let admit = ByToken::new(Gate::new(bench.tenants.clone()), system_clock);
        let odd = Odd {
            all: bench.directories.clone(),
            fault,
        };
        let scim = Scim::new(odd, admit, core(), Options::default());
        let before = tokio::time::Instant::now();
        for (path, token, status) in [
            ("/scim/int_1/v2/Users", TOKEN, status),
            ("/scim/int_2/v2/Users", crate::support::OTHER, 200),
        ] {
            let request = Request::builder()
                .uri(path)
                .header("authorization", format!("Bearer {token}"));
            let answer = read(
                scim.respond(request.body(Full::<Bytes>::default()).unwrap())
                    .await,
            )
            .await;
            assert_eq!(answer.status, status, "{fault:?}");
            assert!(
                !String::from_utf8(answer.body.clone())
                    .unwrap()
                    .contains("secret")
            );
            if status != 200 {
                is_error(&answer, status, Value::Null);
            }
        }
        let waited = if matches!(fault, Fault::Hangs) { 25 } else { 0 };
        assert_eq!(before.elapsed().as_secs(), waited);
    }
}

/// Tokens that cannot be looked up.
#[derive(Clone, Debug)]
struct Deaf;

impl Admit for Deaf {
    async fn admit(&self, _: Option<&str>, _: Option<&str>) -> Result<Admitted, Error> {
        std::future::pending().await
    }
}

/// E1: nobody waits for ever at the door either, and nobody is let in for it.
#[tokio::test(start_paused = true)]
async fn a_door_that_does_not_open() {
    let scim = Scim::new(
        MemoryDirectories::default(),
        Deaf,
        core(),
        Options::default(),
    );
    let request = Request::builder().uri("/scim/int_1/v2/Users");
    let answer = read(
        scim.respond(request.body(Full::<Bytes>::default()).unwrap())
            .await,
    )
    .await;
    is_error(&answer, 503, Value::Null);
    assert_eq!(answer.header("www-authenticate"), None);
}

/// E2, ENTRA-67, OKTA-27: 429 with whole seconds, after the burst; deactivations go on longer.
#[tokio::test]
async fn too_many_requests() {
    let mut options = Options::default();
    options.rate = Some(Rate {
        per_second: 1,
        burst: 8,
    });
    let bench = Bench::new("auto", options).await;
    for _ in 0..8 {
        assert_eq!(bench.call("GET", "/Users", "").await.status, 200);
    }
    let answer = bench.call("GET", "/Users", "").await;
    is_error(&answer, 429, Value::Null);
    let wait: u64 = answer.header("retry-after").unwrap().parse().unwrap();
    assert!((1..=8).contains(&wait));
    assert_eq!(bench.call("DELETE", "/Users/x", "").await.status, 404);
    let other = Request::builder()
        .uri("/scim/int_2/v2/Users")
        .header("authorization", format!("Bearer {}", crate::support::OTHER));
    assert_eq!(
        bench
            .send(other.body(Full::default()).unwrap())
            .await
            .status,
        200
    );
    // Without a rate there is no limit.
    let free = Bench::new("auto", Options::default()).await;
    for _ in 0..50 {
        assert_eq!(free.call("GET", "/Users", "").await.status, 200);
    }
    assert_eq!(
        Rate::default(),
        Rate {
            per_second: 200,
            burst: 2_000
        }
    );
    assert_eq!(Options::default().handler_deadline, Duration::from_secs(25));
}

/// 7644-3.12-01: media types that are not read.
#[tokio::test]
async fn media_types() {
    let bench = Bench::new("auto", Options::default()).await;
    for (kind, status) in [
        (Some("text/plain"), 415),
        (Some("application/xml"), 415),
        (Some("application/json;charset=UTF-8"), 201),
        (Some("application/scim+json"), 201),
        (None, 201),
    ] {
        let mut request = Request::builder()
            .method("POST")
            .uri("/scim/int_1/v2/Users")
            .header("authorization", format!("Bearer {TOKEN}"));
        if let Some(kind) = kind {
            request = request.header("content-type", kind);
        }
        let name = format!("u-{kind:?}").replace(|c: char| !c.is_ascii_alphanumeric(), "-");
        let body = json!({"schemas": [USER], "userName": name}).to_string();
        let answer = bench
            .send(request.body(Full::new(body.into())).unwrap())
            .await;
        assert_eq!(answer.status, status, "{kind:?} {}", answer.json());
        if status == 415 {
            is_error(&answer, 415, Value::Null);
        }
    }
}
