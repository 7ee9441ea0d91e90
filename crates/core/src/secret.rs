//! What the request log never keeps: passwords, and tokens where none belongs.
//!
//! Rather once too often than once too few: what is cut is named in the line as `"[redacted]"`.

use enroll_quirks::query::pairs;
use serde_json::Value;

/// Stands for what was cut.
pub(crate) const REDACTED: &str = "[redacted]";

/// Returns a path as it is noted: as sent, or nothing of it when it may hold a secret.
pub(crate) fn noted_path(path: &str) -> &str {
    match noted_query(&format!("path={path}")) {
        REDACTED => REDACTED,
        _ => path,
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
                let is = |name: &str, wanted: &str| name.eq_ignore_ascii_case(wanted);
                let is_secret = members
                    .iter()
                    .any(|(name, value)| is(name, "path") && names_secret(&value.to_string()));
                for (name, value) in members {
                    // A path that is more than a name may compare the secret with a literal.
                    let stays = is(name, "op") || is(name, "path") && is_path_name(value);
                    let searches = is(name, "filter") && names_secret(&value.to_string());
                    if is_secret && !stays || searches || names_secret(name) {
                        *value = Value::from(REDACTED);
                    } else {
                        open.push(value);
                    }
                }
            }
            // Some providers write a whole value, or a whole operation, into a text.
            Value::String(text) if names_secret(text) && text.contains(QUOTES) => {
                *value = Value::from(REDACTED);
            }
            _ => {}
        }
    }
}

/// Tells whether a path names an attribute and nothing else.
fn is_path_name(path: &Value) -> bool {
    let fits = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b':' | b'_' | b'-' | b'$');
    path.as_str().is_some_and(|path| path.bytes().all(fits))
}

/// Tells whether a name, a path or a filter speaks of a secret.
pub(crate) fn names_secret(text: &str) -> bool {
    has_secret_word(text.as_bytes())
}

/// Tells whether a body could name a secret, escapes included.
pub(crate) fn may_be_secret(body: &[u8]) -> bool {
    body.windows(2).any(|pair| pair == b"\\u") || has_secret_word(body)
}

fn has_secret_word(bytes: &[u8]) -> bool {
    bytes
        .windows(8)
        .any(|window| window.eq_ignore_ascii_case(b"password"))
}

/// What is around a value that is written in a text.
const QUOTES: [char; 2] = ['"', '\''];
