//! A small directory that every row starts from.

use std::{
    pin::pin,
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    task::{Context, Poll, Waker},
};

use enroll_core::{Call, Core, Directory, Options, Reply};
use enroll_schema::{
    Attribute, Kind, Mutability, ResourceId, Returned, Schemas, Timestamp, Uniqueness, Urn,
};
use enroll_store::Memory;
use serde_json::{Value, json};

pub(crate) const BASE: &str = "https://scim.example/scim/int_1/v2";
pub(crate) const USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";
pub(crate) const GROUP: &str = "urn:ietf:params:scim:schemas:core:2.0:Group";
pub(crate) const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";
pub(crate) const BADGE: &str = "urn:example:badge:2.0:User";
pub(crate) const PATCH: &str = "urn:ietf:params:scim:api:messages:2.0:PatchOp";
pub(crate) const SEARCH: &str = "urn:ietf:params:scim:api:messages:2.0:SearchRequest";
pub(crate) const LIST: &str = "urn:ietf:params:scim:api:messages:2.0:ListResponse";

/// Waits for a future that never waits: `Memory` answers at once.
pub(crate) fn wait<T>(future: impl Future<Output = T>) -> T {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => value,
        Poll::Pending => panic!("Memory never waits"),
    }
}

/// A directory whose ids are `r1`, `r2` … and whose clock goes on by a second when it is read.
pub(crate) struct Bench {
    pub(crate) directory: Directory<Memory>,
    clock: Arc<AtomicI64>,
}

impl Bench {
    /// Makes an empty directory.
    pub(crate) fn empty() -> Self {
        Self::with(|_| {})
    }

    pub(crate) fn with(set: impl FnOnce(&mut Options)) -> Self {
        let clock = Arc::new(AtomicI64::new(1_700_000_000_000));
        let (time, made) = (Arc::clone(&clock), AtomicI64::new(0));
        let mut options = Options::new(
            move || Timestamp::from_millis(time.load(Ordering::Relaxed)),
            move || {
                let number = made.fetch_add(1, Ordering::Relaxed) + 1;
                ResourceId::new(&format!("r{number}")).unwrap()
            },
        );
        set(&mut options);
        let core = Core::new(Arc::new(schemas()), options);
        Self {
            directory: core.directory(Memory::new()),
            clock,
        }
    }

    /// Makes the directory that most rows start from: users r1 to r3, groups r4 and r5.
    pub(crate) fn filled() -> Self {
        let bench = Self::empty();
        for (path, resource) in people() {
            let made = bench.json(Call::new("POST", path).body(resource.to_string()));
            assert!(made["id"].is_string(), "{made}");
        }
        bench
    }

    /// Sends a call a second after the last one.
    pub(crate) fn send(&self, call: Call) -> Reply {
        self.clock.fetch_add(1_000, Ordering::Relaxed);
        wait(self.directory.handle(&call.base_url(BASE)))
    }

    pub(crate) fn json(&self, call: Call) -> Value {
        read(self.send(call))
    }
}

/// Reads a body as JSON; an empty one is null.
pub(crate) fn read(reply: Reply) -> Value {
    let text = text(reply);
    if text.is_empty() {
        Value::Null
    } else {
        serde_json::from_str(&text).expect("JSON")
    }
}

pub(crate) fn text(reply: Reply) -> String {
    String::from_utf8(wait(reply.body.collect()).expect("a whole body").to_vec()).expect("UTF-8")
}

fn people() -> [(&'static str, Value); 5] {
    [
        (
            "/Users",
            json!({
                "schemas": [USER, ENTERPRISE], "userName": "Ada@x.example", "externalId": "AbC",
                "name": {"givenName": "Ada", "familyName": "Lovelace"}, "displayName": "Ada L.",
                "title": "Countess", "active": true,
                "emails": [
                    {"value": "home@x.example", "type": "home"},
                    {"value": "work@x.example", "type": "work", "primary": true},
                ],
                "x509Certificates": [{"value": "AAECAwQ="}],
                ENTERPRISE: {"department": "Engines", "manager": {"value": "r2"}},
            }),
        ),
        (
            "/Users",
            json!({
                "schemas": [USER], "userName": "bob@x.example", "displayName": "Bob",
                "emails": [{"value": "bob@x.example", "type": "work"}],
            }),
        ),
        (
            "/Users",
            json!({
                "schemas": [USER], "userName": "Cid@x.example", "active": false, "externalId": "abc",
            }),
        ),
        (
            "/Groups",
            json!({
                "schemas": [GROUP], "displayName": "Crew", "members": [{"value": "r1"}, {"value": "r2"}],
            }),
        ),
        (
            "/Groups",
            json!({"schemas": [GROUP], "displayName": "Guests", "externalId": "g-5"}),
        ),
    ]
}

/// The standard schemas with an extension that has what the standard ones lack: attributes that are
/// immutable, unique, or returned only on request.
pub(crate) fn schemas() -> Schemas {
    let text = |name: &str| Attribute::new(name, Kind::String);
    let badge = vec![
        Attribute {
            mutability: Mutability::Immutable,
            ..text("serial")
        },
        Attribute {
            returned: Returned::Request,
            ..text("secret")
        },
        Attribute {
            uniqueness: Uniqueness::Server,
            ..text("door")
        },
        Attribute {
            returned: Returned::Always,
            ..text("stamp")
        },
        Attribute {
            returned: Returned::Never,
            ..text("pin")
        },
    ];
    Schemas::standard()
        .with_extension("User", Urn::from(BADGE), false, badge)
        .expect("a new URN")
}
