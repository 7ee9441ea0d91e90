//! The line of one request in the request log (data §5): what was sent, and what it was read as.
//!
//! Secrets are cut out: the value of `password` wherever it stands. A token never comes this far.

use enroll_quirks::Quirk;
use enroll_schema::{Error, json};
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

use crate::{call::Call, stream::Json};

/// Most bytes of a body, or of what it was read as, in one line; of a longer one the length is kept.
pub(crate) const BODY_NOTED_BYTES_MAX: usize = 256 << 10;
/// Most bytes of a path, a query or a user agent in one line.
const TEXT_NOTED_BYTES_MAX: usize = 8 << 10;

/// What there is to tell of one request.
#[derive(Debug)]
pub(crate) struct Line<'a> {
    pub(crate) call: &'a Call,
    pub(crate) status: u16,
    /// Milliseconds; of a write, up to the store.
    pub(crate) ms: i64,
    pub(crate) quirks: &'a [&'static Quirk],
    /// What quirks made of the request, as JSON.
    pub(crate) read_as: Option<&'a [u8]>,
    /// Names in the body that were not understood.
    pub(crate) ignored: &'a [String],
    pub(crate) error: Option<&'a Error>,
    /// Whether the body was read as JSON.
    pub(crate) is_json: bool,
}

impl Line<'_> {
    /// Writes the line.
    pub(crate) fn write(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(256 + self.call.body.len().min(BODY_NOTED_BYTES_MAX));
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
        member(&mut out, "path", |out| out.text(cut(path)));
        if let Some(query) = query.as_deref().filter(|query| !query.is_empty()) {
            let query = if is_secret_text(query) {
                REDACTED
            } else {
                cut(query)
            };
            member(&mut out, "query", |out| out.text(query));
        }
        member(&mut out, "dialect", |out| out.text(dialect.name()));
        if let Some(agent) = &headers.user_agent {
            member(&mut out, "user_agent", |out| out.text(cut(agent)));
        }
        member(&mut out, "status", |out| out.value(&self.status.into()));
        member(&mut out, "ms", |out| out.value(&self.ms.into()));
        self.meaning(&mut out);
        if !self.call.body.is_empty() {
            sent(&mut out, &self.call.body, self.is_json);
        }
        out.raw("}");
        out
    }

    fn meaning(&self, out: &mut Vec<u8>) {
        if !self.quirks.is_empty() {
            let ids = self
                .quirks
                .iter()
                .map(|quirk| Value::from(quirk.id))
                .collect();
            member(out, "quirks", |out| out.value(&ids));
        }
        if let Some(read_as) = self.read_as {
            member(out, "read_as", |out| out.extend_from_slice(read_as));
        }
        if !self.ignored.is_empty() {
            let names = self
                .ignored
                .iter()
                .map(|name| Value::from(cut(name)))
                .collect();
            member(out, "ignored", |out| out.value(&names));
        }
        if let Some(error) = self.error {
            let mut refusal = Map::new();
            if let Some(kind) = error.scim_type() {
                refusal.insert("scimType".to_owned(), kind.into());
            }
            refusal.insert("detail".to_owned(), cut(error.detail()).into());
            member(out, "error", |out| out.value(&Value::Object(refusal)));
        }
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
fn sent(out: &mut Vec<u8>, body: &[u8], is_json: bool) {
    if is_json && body.len() <= BODY_NOTED_BYTES_MAX {
        if !may_be_secret(body) {
            return member(out, "sent", |out| out.extend_from_slice(body.trim_ascii()));
        }
        if let Ok(mut value) = json::parse(body) {
            redact(&mut value);
            return member(out, "sent", |out| out.value(&value));
        }
    }
    member(out, "sent_bytes", |out| out.value(&body.len().into()));
    if !is_json {
        let digits = |byte: u8| [byte >> 4, byte & 15].map(u32::from);
        let hash = Sha256::digest(body).into_iter().flat_map(digits);
        let hash: String = hash
            .filter_map(|digit| char::from_digit(digit, 16))
            .collect();
        member(out, "sent_sha256", |out| out.text(&hash));
    }
}

/// Cuts every secret out of a body.
pub(crate) fn redact(value: &mut Value) {
    let mut open = vec![value];
    while let Some(value) = open.pop() {
        match value {
            Value::Array(list) => open.extend(list),
            Value::Object(members) => {
                let names_secret = members.iter().any(|(name, value)| {
                    name.eq_ignore_ascii_case("path") && value.as_str().is_some_and(is_secret_name)
                });
                for (name, value) in members {
                    let is_value = names_secret && name.eq_ignore_ascii_case("value");
                    if is_value || is_secret_name(name) {
                        *value = Value::from(REDACTED);
                    } else {
                        open.push(value);
                    }
                }
            }
            _ => {}
        }
    }
}

/// Tells whether a name or a PATCH path is that of a secret, with or without its URN.
fn is_secret_name(name: &str) -> bool {
    let last = name.trim().rsplit(':').next().unwrap_or_default();
    last.eq_ignore_ascii_case("password")
}

fn is_secret_text(text: &str) -> bool {
    text.as_bytes()
        .windows(8)
        .any(|window| window.eq_ignore_ascii_case(b"password"))
}

/// Tells whether a body could name a secret, escapes included.
fn may_be_secret(body: &[u8]) -> bool {
    body.windows(2).any(|pair| pair == b"\\u")
        || body
            .windows(8)
            .any(|window| window.eq_ignore_ascii_case(b"password"))
}

fn cut(text: &str) -> &str {
    let mut end = text.len().min(TEXT_NOTED_BYTES_MAX);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text.get(..end).unwrap_or_default()
}

const REDACTED: &str = "[redacted]";
