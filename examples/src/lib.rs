//! Ways of embedding, each a program of its own: `cargo run -p enroll-examples --example NAME`.
//!
//! | example | shows | depends on |
//! |---|---|---|
//! | `filter_rows` | SCIM filters over rows of your own | `enroll-filter` |
//! | `normalise` | what a provider sent, and what it meant | `enroll-quirks` |
//! | `own_store` | SCIM over a table of your own: five methods | `enroll-core`, `enroll-store` |
//! | `in_axum` | all of it inside an axum application | `enroll` |
//!
//! Here is only what a program around [`enroll_core`] needs anyway, and somebody to talk to it.
#![allow(clippy::print_stdout, reason = "examples talk to whoever runs them")]

use std::{error::Error, str, time::UNIX_EPOCH};

use enroll_core::{Call, Directory, Options};
use enroll_schema::{ResourceId, Timestamp};
use enroll_store::Store;
use serde_json::{Value, json};
use uuid::Uuid;

/// Returns the clock and the ids of this program: the core has neither.
pub fn options() -> Options {
    let now = || {
        let since = UNIX_EPOCH.elapsed().unwrap_or_default();
        Timestamp::from_millis(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
    };
    let id = || {
        let id = ResourceId::new(&Uuid::now_v7().to_string());
        id.unwrap_or_else(|_| unreachable!("a UUID is an id"))
    };
    Options::new(now, id)
}

/// Says to a directory what an identity provider says about somebody who comes and goes, and prints
/// the answers.
///
/// # Errors
/// The first answer that is not what a provider counts on.
pub async fn talk<S: Store>(directory: &Directory<S>) -> Result<(), Box<dyn Error + Send + Sync>> {
    let ada = json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
        "userName": "ada@acme.example",
        "displayName": "Ada Lovelace",
    });
    let find = Call::new("GET", "/Users").query(r#"filter=userName+eq+"ADA@acme.example""#);
    let leave = json!({
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
        "Operations": [{"op": "replace", "path": "active", "value": false}],
    });

    ask(directory, Call::new("POST", "/Users").body(ada.to_string())).await?;
    let found = ask(directory, find).await?;
    let id = found.pointer("/Resources/0/id").and_then(Value::as_str);
    let path = format!("/Users/{}", id.ok_or("who was created is not found")?);
    ask(directory, Call::new("PATCH", &path).body(leave.to_string())).await?;
    let left = ask(directory, Call::new("GET", &path)).await?;
    match left.get("active") {
        Some(Value::Bool(false)) => Ok(()),
        active => Err(format!("who has left is active: {active:?}").into()),
    }
}

async fn ask<S: Store>(
    directory: &Directory<S>,
    call: Call,
) -> Result<Value, Box<dyn Error + Send + Sync>> {
    let query = call.query.as_deref().map(|query| format!("?{query}"));
    println!("{} {}{}", call.method, call.path, query.unwrap_or_default());
    if !call.body.is_empty() {
        println!("    {}", str::from_utf8(&call.body)?);
    }
    let reply = directory.handle(&call).await;
    let (status, body) = (reply.status, reply.body.collect().await?);
    println!("{status} {}\n", str::from_utf8(&body)?);
    match status {
        204 => Ok(Value::Null),
        200..=299 => Ok(serde_json::from_slice(&body)?),
        _ => Err(format!("the answer is {status}").into()),
    }
}
