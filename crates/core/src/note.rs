//! The line of one request in the request log (data §5): what was sent, and what it was read as.
//!
//! Secrets are cut out: whatever a `password` is said to be, wherever it stands and however it is
//! encoded, and a token in a query. A token in its header never comes this far.

use enroll_quirks::{Quirk, query::pairs};
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
            member(&mut out, "query", |out| out.text(cut(noted_query(query))));
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

/// Returns a query as it is noted: as sent, or nothing of it when it may hold a secret.
pub(crate) fn noted_query(query: &str) -> &str {
    let is_secret = |(name, value): (String, String)| {
        // RFC 6750 §2.3 has such a parameter; it is not read here, but it is sent.
        let is_token = name.eq_ignore_ascii_case("access_token");
        is_token || names_secret(&name) || names_secret(&value)
    };
    // Some clients encode twice.
    let twice = |(_, value): &(String, String)| pairs(value);
    let once = pairs(query);
    let is_told = once.iter().flat_map(twice).any(is_secret) || once.into_iter().any(is_secret);
    if is_told { REDACTED } else { query }
}

/// Cuts every secret out of a body.
pub(crate) fn redact(value: &mut Value) {
    let mut open = vec![value];
    while let Some(value) = open.pop() {
        match value {
            Value::Array(list) => open.extend(list),
            Value::Object(members) => {
                let is_path = |name: &str| name.eq_ignore_ascii_case("path");
                let is_secret = members
                    .iter()
                    .any(|(name, value)| is_path(name) && value.as_str().is_some_and(names_secret));
                for (name, value) in members {
                    // A path may compare the secret with a literal.
                    let compares = is_path(name) && value.as_str().is_some_and(|p| p.contains('['));
                    let is_part = compares || name.eq_ignore_ascii_case("value");
                    if is_secret && is_part || names_secret(name) {
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

/// Tells whether a name, a path or a filter speaks of a secret; rather once too often than once too few.
fn names_secret(text: &str) -> bool {
    has_secret_word(text.as_bytes())
}

/// Tells whether a body could name a secret, escapes included.
fn may_be_secret(body: &[u8]) -> bool {
    body.windows(2).any(|pair| pair == b"\\u") || has_secret_word(body)
}

fn has_secret_word(bytes: &[u8]) -> bool {
    bytes
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
