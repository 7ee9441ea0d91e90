//! The line of one request in the request log (data §5): what was sent, and what it was read as.
//!
//! A line is one JSON object. The note around it has the request's id, the instant, the subject and
//! the status, so these are not repeated but for `status`.
//!
//! | member | when | what |
//! | --- | --- | --- |
//! | `method` `path` `query` | always; `query` unless empty | as sent; a path or query that may hold a secret is `"[redacted]"` |
//! | `dialect` | always | how it was read: `auto`, `entra` … |
//! | `user_agent` | when sent | the header |
//! | `status` `ms` | always | what was answered; of a write, milliseconds up to the store |
//! | `pii` | only as `"hash"` | personal values are hashed: the line can be neither replayed nor exported |
//! | `quirks` | when any fired | `[{"id", "changes"?, "more"?}]` in the order of the table |
//! | `read_as` | when a quirk rewrote more than letter case | `{"path", "query"?, "body"?}` as they were meant |
//! | `ignored` | when any | names in the body that were not understood |
//! | `error` | of a refusal | `{"scimType"?, "detail", "operation"?}`; `operation` is the index of the one refused |
//! | `sent` | a JSON body of at most 256 KiB | the body, secrets cut out |
//! | `sent_bytes` | any other body | its length |
//! | `sent_sha256` | a body that is no JSON, without `pii` | its hash |
//! | `revision` | of a write that succeeded | the number of the change, written by the store as it commits; `null`: nothing changed |
//!
//! One of a quirk's `changes` is `{"operation"?, "at"?, "before"?, "after"?}`: the index of the
//! operation of a PATCH, the attribute or member, and the value before and after. Long values, and
//! more than five of one quirk, are left out; `more` counts the latter. A body too long to be kept
//! has no `changes`. A quirk that only tells has no `before` and `after`.
//!
//! With `pii` the members keep their form, and each personal value is `sha256:` and 12 digits.
//!
//! Secrets are cut out: whatever a `password` is said to be, wherever it stands and however it is
//! encoded, and a token in a query. A token in its header never comes this far.

use std::borrow::Cow;

use enroll_quirks::{Change, Told};
use enroll_schema::{Error, json};
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

use crate::{
    call::Call,
    pii::{Hider, Pii},
    secret::{REDACTED, may_be_secret, names_secret, noted_path, noted_query, redact},
    stream::Json,
};

/// Most bytes of a body, or of what it was read as, in one line; of a longer one the length is kept.
pub(crate) const BODY_NOTED_BYTES_MAX: usize = 256 << 10;
/// Most bytes of a path, a query or a user agent in one line.
pub(crate) const TEXT_NOTED_BYTES_MAX: usize = 8 << 10;

/// What there is to tell of one request.
#[derive(Debug)]
pub(crate) struct Line<'a> {
    pub(crate) call: &'a Call,
    pub(crate) status: u16,
    /// Milliseconds; of a write, up to the store.
    pub(crate) ms: i64,
    /// The quirks that fired, as [`quirks`] writes them.
    pub(crate) quirks: &'a [Value],
    /// What quirks made of the request, as JSON.
    pub(crate) read_as: Option<&'a Value>,
    /// Names in the body that were not understood.
    pub(crate) ignored: &'a [String],
    pub(crate) error: Option<&'a Error>,
    /// Whether the body was read as JSON.
    pub(crate) is_json: bool,
    /// Whether it was a write that found nothing to change.
    pub(crate) is_no_op: bool,
    pub(crate) pii: &'a Pii,
}

impl Line<'_> {
    /// Writes the line.
    pub(crate) fn write(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(256 + self.call.body.len().min(BODY_NOTED_BYTES_MAX));
        let mut hider = self.pii.hider();
        let Call {
            method,
            path,
            query,
            dialect,
            headers,
            ..
        } = self.call;
        out.raw("{");
        member(&mut out, "method", |out| out.text(method));
        let path = hidden(hider.as_mut(), noted_path(path), Hider::url_path);
        member(&mut out, "path", |out| out.text(cut(&path)));
        if let Some(query) = query.as_deref().filter(|query| !query.is_empty()) {
            let query = hidden(hider.as_mut(), noted_query(query), Hider::query);
            member(&mut out, "query", |out| out.text(cut(&query)));
        }
        member(&mut out, "dialect", |out| out.text(dialect.name()));
        if let Some(agent) = &headers.user_agent {
            member(&mut out, "user_agent", |out| out.text(cut(agent)));
        }
        member(&mut out, "status", |out| out.value(&self.status.into()));
        member(&mut out, "ms", |out| out.value(&self.ms.into()));
        if hider.is_some() {
            member(&mut out, "pii", |out| out.text("hash"));
        }
        // The body first hides its values, which an error may repeat.
        let mut body = Vec::new();
        if !self.call.body.is_empty() {
            body = sent(&self.call.body, self.is_json, hider.as_mut());
        }
        self.meaning(&mut out, hider.as_mut());
        if !body.is_empty() {
            out.raw(",");
            out.extend_from_slice(&body);
        }
        if self.is_no_op {
            member(&mut out, "revision", |out| out.raw("null"));
        }
        out.raw("}");
        out
    }

    fn meaning(&self, out: &mut Vec<u8>, mut hider: Option<&mut Hider>) {
        if !self.quirks.is_empty() {
            let mut quirks = self.quirks.to_vec();
            if let Some(hider) = hider.as_deref_mut() {
                for quirk in &mut quirks {
                    hide_quirk(hider, quirk);
                }
            }
            member(out, "quirks", |out| out.value(&Value::Array(quirks)));
        }
        match (self.read_as, hider.as_deref_mut()) {
            (Some(read_as), None) => member(out, "read_as", |out| out.value(read_as)),
            (Some(read_as), Some(hider)) => {
                let mut read_as = read_as.clone();
                hide_meaning(hider, &mut read_as);
                member(out, "read_as", |out| out.value(&read_as));
            }
            (None, _) => {}
        }
        if !self.ignored.is_empty() {
            let names = self.ignored.iter().map(|name| {
                let name = hidden(hider.as_deref_mut(), name, Hider::path);
                Value::from(cut(&name))
            });
            let names = names.collect();
            member(out, "ignored", |out| out.value(&names));
        }
        if let Some(error) = self.error {
            let mut refusal = Map::new();
            if let Some(kind) = error.scim_type() {
                refusal.insert("scimType".to_owned(), kind.into());
            }
            let detail = error.detail();
            if let Some(index) = operation(detail) {
                refusal.insert("operation".to_owned(), index.into());
            }
            let detail = hidden(hider, detail, |hider, detail| hider.detail(detail));
            refusal.insert("detail".to_owned(), cut(&detail).into());
            member(out, "error", |out| out.value(&Value::Object(refusal)));
        }
    }
}

/// Returns the text as it is, or what `hide` makes of it.
fn hidden<'t>(
    hider: Option<&mut Hider>,
    text: &'t str,
    hide: impl Fn(&mut Hider, &str) -> String,
) -> Cow<'t, str> {
    match hider {
        Some(hider) => Cow::Owned(hide(hider, text)),
        None => Cow::Borrowed(text),
    }
}

/// Returns the index of the operation that an error is about (`Operations[3]: …`).
fn operation(detail: &str) -> Option<usize> {
    let (index, _) = detail.strip_prefix("Operations[")?.split_once(']')?;
    index.parse().ok()
}

/// Writes what each quirk did, secrets cut out.
pub(crate) fn quirks(told: &[Told]) -> Vec<Value> {
    let entry = |told: &Told| {
        let mut entry = Map::new();
        entry.insert("id".to_owned(), told.quirk.id.into());
        let changes: Vec<Value> = told.changes.iter().map(change).collect();
        if !changes.is_empty() {
            entry.insert("changes".to_owned(), changes.into());
        }
        if told.more > 0 {
            entry.insert("more".to_owned(), told.more.into());
        }
        Value::Object(entry)
    };
    told.iter().map(entry).collect()
}

fn change(change: &Change) -> Value {
    let mut told = Map::new();
    if let Some(operation) = change.operation {
        told.insert("operation".to_owned(), operation.into());
    }
    if !change.at.is_empty() {
        told.insert("at".to_owned(), cut(&change.at).into());
    }
    let values = [("before", &change.before), ("after", &change.after)];
    let speaks = |value: &Option<Value>| value.as_ref().is_some_and(speaks_of_secret);
    let is_secret = names_secret(&change.at) || values.iter().any(|(_, value)| speaks(value));
    for (name, value) in values {
        if let Some(value) = value {
            let value = if is_secret {
                REDACTED.into()
            } else {
                value.clone()
            };
            told.insert(name.to_owned(), value);
        }
    }
    Value::Object(told)
}

/// Tells whether a value names a secret anywhere, also in a query that is encoded.
fn speaks_of_secret(value: &Value) -> bool {
    let encoded = value
        .as_str()
        .is_some_and(|text| noted_query(text) == REDACTED);
    encoded || names_secret(&value.to_string())
}

fn hide_quirk(hider: &mut Hider, quirk: &mut Value) {
    let changes = quirk.get_mut("changes").and_then(Value::as_array_mut);
    for change in changes.into_iter().flatten() {
        let at = change.get("at").and_then(Value::as_str).unwrap_or_default();
        let at = at.to_owned();
        if let Some(told) = change.get_mut("at") {
            *told = hider.path(&at).into();
        }
        for name in ["before", "after"] {
            match (at.as_str(), change.get_mut(name)) {
                ("filter", Some(Value::String(text))) => *text = hider.filter(text),
                ("query", Some(Value::String(text))) => *text = hider.query(text),
                ("name" | "path" | "op" | "attributes", Some(Value::String(text))) => {
                    *text = hider.path(text);
                }
                ("members", Some(Value::Array(names))) => {
                    for name in names {
                        *name = hider.path(name.as_str().unwrap_or_default()).into();
                    }
                }
                (at, Some(value)) => hider.value(last_name(at), value),
                (_, None) => {}
            }
        }
    }
}

fn last_name(at: &str) -> &str {
    at.rsplit(['.', ':']).next().unwrap_or_default()
}

fn hide_meaning(hider: &mut Hider, meaning: &mut Value) {
    if let Some(Value::String(path)) = meaning.get_mut("path") {
        *path = hider.url_path(path);
    }
    if let Some(Value::String(query)) = meaning.get_mut("query") {
        *query = hider.query(query);
    }
    if let Some(body) = meaning.get_mut("body") {
        hider.body(body);
    }
}

fn member(out: &mut Vec<u8>, name: &str, write: impl FnOnce(&mut Vec<u8>)) {
    if out.len() > 1 {
        out.raw(",");
    }
    out.text(name);
    out.raw(":");
    write(out);
}

/// Writes the body as sent; one that is no JSON leaves only its length and hash.
fn sent(body: &[u8], is_json: bool, hider: Option<&mut Hider>) -> Vec<u8> {
    let mut out = Vec::with_capacity(16 + body.len().min(BODY_NOTED_BYTES_MAX));
    if is_json && body.len() <= BODY_NOTED_BYTES_MAX {
        if hider.is_none() && !may_be_secret(body) {
            out.raw("\"sent\":");
            out.extend_from_slice(body.trim_ascii());
            return out;
        }
        if let Ok(mut value) = json::parse(body) {
            redact(&mut value);
            if let Some(hider) = hider {
                hider.body(&mut value);
            }
            out.raw("\"sent\":");
            out.value(&value);
            return out;
        }
    }
    out.raw("\"sent_bytes\":");
    out.value(&body.len().into());
    // Whoever guesses the body could try the hash.
    if !is_json && hider.is_none() {
        let digits = |byte: u8| [byte >> 4, byte & 15].map(u32::from);
        let hash = Sha256::digest(body).into_iter().flat_map(digits);
        let hash: String = hash
            .filter_map(|digit| char::from_digit(digit, 16))
            .collect();
        member(&mut out, "sent_sha256", |out| out.text(&hash));
    }
    out
}

fn cut(text: &str) -> &str {
    let mut end = text.len().min(TEXT_NOTED_BYTES_MAX);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text.get(..end).unwrap_or_default()
}
