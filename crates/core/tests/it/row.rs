//! One row: a call, and what must be true of its answer and after it.

use enroll_conformance::corpus::Pattern;
use enroll_core::{Call, Reply};
use enroll_quirks::Dialect;
use enroll_schema::{Error, ErrorKind};
use serde_json::{Value, json};

use crate::bench::{Bench, PATCH, read};

/// A call on the filled directory, and what is wanted.
pub(crate) struct Row {
    ids: &'static str,
    call: Call,
    status: u16,
    wanted: Value,
    headers: Vec<(&'static str, &'static str)>,
    after: Vec<(&'static str, u16, Value)>,
}

/// Starts a row; `ids` names what it holds, `call` is method and path with query.
pub(crate) fn row(ids: &'static str, call: &str) -> Row {
    let (method, path) = call.split_once(' ').expect("a method and a path");
    let call = match path.split_once('?') {
        Some((path, query)) => Call::new(method, path).query(query),
        None => Call::new(method, path),
    };
    let (headers, after) = (Vec::new(), Vec::new());
    Row {
        ids,
        call,
        status: 200,
        wanted: json!({}),
        headers,
        after,
    }
}

impl Row {
    pub(crate) fn body(mut self, body: Value) -> Self {
        self.call = self.call.body(body.to_string());
        self
    }

    /// Makes the body a PATCH of these operations.
    pub(crate) fn patch(self, operations: Value) -> Self {
        self.body(json!({"schemas": [PATCH], "Operations": operations}))
    }

    pub(crate) fn raw(mut self, body: &'static str) -> Self {
        self.call = self.call.body(body);
        self
    }

    pub(crate) fn with(mut self, set: impl FnOnce(Call) -> Call) -> Self {
        self.call = set(self.call);
        self
    }

    pub(crate) fn strict(self) -> Self {
        self.with(|call| call.dialect(Dialect::Strict))
    }

    /// Wants this status and this body (in the corpus' match language).
    pub(crate) fn is(mut self, status: u16, wanted: Value) -> Self {
        (self.status, self.wanted) = (status, wanted);
        self
    }

    /// Wants the refusal of this kind.
    pub(crate) fn fails(self, kind: ErrorKind) -> Self {
        let mut wanted = json!({
            "schemas": ["urn:ietf:params:scim:api:messages:2.0:Error"],
            "status": kind.status().to_string(),
            "scimType": {"$absent": true},
            "detail": {"$re": "^.{8,}$"},
        });
        if let Some(name) = kind.scim_type() {
            wanted["scimType"] = name.into();
        }
        self.is(kind.status(), wanted)
    }

    /// Wants a header.
    pub(crate) fn header(mut self, name: &'static str, value: &'static str) -> Self {
        self.headers.push((name, value));
        self
    }

    /// Wants a GET afterwards to answer this.
    pub(crate) fn then(mut self, path: &'static str, status: u16, wanted: Value) -> Self {
        self.after.push((path, status, wanted));
        self
    }
}

/// Plays every row on a directory of its own.
#[track_caller]
pub(crate) fn check(rows: Vec<Row>) {
    let mut said = Vec::new();
    for row in rows {
        let bench = Bench::filled();
        let told = format!(
            "{}: {} {} {:?}",
            row.ids, row.call.method, row.call.path, row.call.query
        );
        let sent = String::from_utf8_lossy(&row.call.body).into_owned();
        if let Err(fault) = play(&bench, row) {
            said.push(format!("{told} {sent}\n    {fault}\n"));
        }
    }
    assert!(said.is_empty(), "\n{}", said.concat());
}

fn play(bench: &Bench, row: Row) -> Result<(), String> {
    let method = row.call.method.clone();
    let reply = bench.send(row.call);
    agree(&reply)?;
    let (status, headers) = (reply.status, reply.headers.clone());
    let body = read(reply);
    compare(row.status, &row.wanted, status, &body)?;
    for (name, wanted) in row.headers {
        let found = headers
            .iter()
            .find(|(known, _)| *known == name)
            .map(|(_, value)| value);
        if found.map(String::as_str) != Some(wanted) {
            return Err(format!("{name}: wanted {wanted:?}, found {found:?}"));
        }
    }
    if status >= 400 && method != "GET" {
        let whole = |call: &str| bench.json(get(call));
        let fresh = Bench::filled();
        for path in ["/Users?count=9", "/Groups?count=9"] {
            if whole(path) != fresh.json(get(path)) {
                return Err(format!("refused, yet {path} changed"));
            }
        }
    }
    for (path, status, wanted) in row.after {
        let reply = bench.send(get(path));
        let found = reply.status;
        compare(status, &wanted, found, &read(reply))
            .map_err(|fault| format!("{path}: {fault}"))?;
    }
    Ok(())
}

fn get(path: &str) -> Call {
    match path.split_once('?') {
        Some((path, query)) => Call::new("GET", path).query(query),
        None => Call::new("GET", path),
    }
}

fn compare(status: u16, wanted: &Value, found: u16, body: &Value) -> Result<(), String> {
    if found != status {
        return Err(format!("wanted {status}, found {found} {body}"));
    }
    let pattern = Pattern::try_from(wanted.clone()).expect("a pattern");
    let body = Some(body).filter(|body| !body.is_null());
    match (wanted == &json!({}), body) {
        (true, None) => Ok(()),
        _ => pattern
            .check(body)
            .map_err(|difference| format!("{difference} in {body:?}")),
    }
}

/// Holds for every reply: a refusal says in its body what its status says, and only refusals do.
pub(crate) fn agree(reply: &Reply) -> Result<(), String> {
    let Some(error) = &reply.log.error else {
        return if reply.status < 400 {
            Ok(())
        } else {
            Err("an error without a cause".into())
        };
    };
    let enroll_core::Body::Whole(body) = &reply.body else {
        return Err("no error body".into());
    };
    let body: Value = serde_json::from_slice(body).map_err(|broken| broken.to_string())?;
    let said = (body["status"].as_str(), body["scimType"].as_str());
    let status = reply.status.to_string();
    let is_scim = body["schemas"] == json!(["urn:ietf:params:scim:api:messages:2.0:Error"]);
    let is_typed = reply
        .header("content-type")
        .is_some_and(|name| name.ends_with("json"));
    if said != (Some(&status), error.scim_type()) || error.status() != reply.status {
        return Err(format!("{status} with {body}"));
    }
    if !is_scim || !is_typed || leaks(error, &body) {
        return Err(format!("an error body that is none: {body}"));
    }
    Ok(())
}

/// Tells whether a detail says more than the client may know.
fn leaks(error: &Error, body: &Value) -> bool {
    let detail = body["detail"].as_str().unwrap_or_default().to_lowercase();
    let words = [
        "panick",
        "src/",
        ".rs:",
        "sqlite",
        "unwrap",
        "rusqlite",
        "backtrace",
    ];
    words.iter().any(|word| detail.contains(word)) || error.kind() == ErrorKind::Internal
}
