//! Measures what looking for quirks costs on requests that have none.
//!
//! ```text
//! cargo run --release -p enroll-quirks --example cost
//! ```
//!
//! It prints nanoseconds for one walk over the request, and for what the core does at least with
//! the same request: parse the JSON, read the message, compile paths and values. Routing, the store
//! and the answer come on top of that and are not counted.
//!
//! Of a whole call of `enroll-core` over `Memory`, without HTTP, the walk was 2 to 5 percent on the
//! machine this was written on: 1.1 of 22.6 µs of a POST, 3.0 of 63 µs of a PATCH of five
//! operations, 2.5 of 118 µs of one of a hundred members.
#![allow(
    clippy::print_stdout,
    clippy::expect_used,
    reason = "an example talks to its terminal and may fail loudly"
)]

use std::hint::black_box;
use std::time::{Duration, Instant};

use enroll_filter::{Filter, Patch, Plan};
use enroll_quirks::{Dialect, Incoming, inbound, query};
use enroll_schema::{Document, Schemas, json};

const CREATE: &str = r#"{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User","urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"],"externalId":"00u1","userName":"ada@quay.example","active":true,"displayName":"Ada Brenner","title":"Pilot","name":{"givenName":"Ada","familyName":"Brenner"},"emails":[{"value":"ada@quay.example","type":"work","primary":true}],"phoneNumbers":[{"value":"22","type":"work"}],"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User":{"department":"Locks","employeeNumber":"17","manager":{"value":"7"}}}"#;
const CHANGE: &str = r#"{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[{"op":"replace","path":"displayName","value":"Ada B."},{"op":"replace","path":"emails[type eq \"work\"].value","value":"a@quay.example"},{"op":"replace","path":"name.givenName","value":"A"},{"op":"replace","path":"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department","value":"Tugs"},{"op":"replace","path":"active","value":false}]}"#;
const MEMBERS: usize = 100;

fn members() -> String {
    let each = (0..MEMBERS).map(|n| format!(r#"{{"value":"018f0000-0000-7000-8000-{n:012}"}}"#));
    let list: Vec<String> = each.collect();
    let operation = format!(
        r#"{{"op":"add","path":"members","value":[{}]}}"#,
        list.join(",")
    );
    format!(
        r#"{{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[{operation}]}}"#
    )
}

fn main() {
    let schemas = Schemas::standard();
    println!(
        "{:<34} {:>10} {:>12} {:>8}",
        "clean request", "quirks ns", "core ns", "share"
    );
    let list = "filter=userName+eq+%22ada%40quay.example%22&startIndex=1&count=100";
    for (name, method, path, query, body) in [
        ("GET /Users?filter", "GET", "/Users", Some(list), None),
        ("GET /Users/{id}", "GET", "/Users/7", None, None),
        (
            "POST /Users",
            "POST",
            "/Users",
            None,
            Some(CREATE.to_owned()),
        ),
        (
            "PATCH /Users, 5 operations",
            "PATCH",
            "/Users/7",
            None,
            Some(CHANGE.to_owned()),
        ),
        (
            "PATCH /Groups, 100 members",
            "PATCH",
            "/Groups/7",
            None,
            Some(members()),
        ),
    ] {
        let mut request = Incoming {
            method: method.to_owned(),
            path: path.to_owned(),
            query: query.map(str::to_owned),
            body: body
                .as_deref()
                .map(|body| json::parse(body.as_bytes()).expect("it is JSON")),
            user_agent: None,
        };
        let applied = inbound(Dialect::Entra, &schemas, &mut request);
        assert_eq!(applied.ids().count(), 0, "{name} has no quirk");
        let looked = nanoseconds(|| {
            black_box(inbound(Dialect::Entra, &schemas, black_box(&mut request)));
        });
        let core = nanoseconds(|| work(&schemas, method, path, query, body.as_deref()));
        let share = looked / (looked + core) * 100.0;
        println!("{name:<34} {looked:>10.0} {core:>12.0} {share:>7.1}%");
    }
}

/// What the core does at least before it asks the store.
fn work(schemas: &Schemas, method: &str, path: &str, query: Option<&str>, body: Option<&str>) {
    let policy = Dialect::Entra.policy();
    let endpoint = path.split('/').nth(1).unwrap_or_default();
    let kind = schemas.endpoint(endpoint).expect("a known endpoint");
    if let Some(query) = query {
        for (name, value) in query::pairs(black_box(query)) {
            if name == "filter" {
                black_box(Filter::parse(&value, policy.profile).expect("a filter"));
            }
        }
    }
    let Some(body) = body else { return };
    let body = json::parse(black_box(body.as_bytes())).expect("it is JSON");
    if method == "PATCH" {
        let patch = Patch::read(body, policy.empty_patch_is_no_op).expect("a message");
        black_box(Plan::compile(kind, &patch, policy.leniency).expect("a plan"));
    } else {
        black_box(Document::read(kind, body, policy.mode).expect("a resource"));
    }
}

/// Returns the least time of several runs, so that a busy machine matters little.
fn nanoseconds(mut work: impl FnMut()) -> f64 {
    const RUNS: u32 = 15;
    const TIMES: u32 = 2_000;
    let run = |()| {
        let started = Instant::now();
        (0..TIMES).for_each(|_| work());
        started.elapsed()
    };
    let least = (0..RUNS)
        .map(|_| ())
        .map(run)
        .min()
        .unwrap_or(Duration::ZERO);
    least.as_secs_f64() * 1e9 / f64::from(TIMES)
}
