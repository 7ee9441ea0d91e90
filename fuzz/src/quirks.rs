//! Quirks: what was sent rewritten to what was meant.

use enroll_quirks::{Dialect, Incoming, QUIRKS, explained, inbound};
use enroll_schema::Schemas;
use serde_json::Value;

/// Rewriting never panics in any dialect; a second look finds nothing more to rewrite; what fires
/// nothing changes nothing, and the other way round; what is explained is what happens.
///
/// The first line is `METHOD /path?query`, the rest the body.
///
/// # Panics
/// When a law is broken.
pub fn quirks(bytes: &[u8]) {
    let Some(sent) = request(bytes) else { return };
    let schemas = Schemas::standard();
    for dialect in Dialect::ALL {
        let mut once = sent.clone();
        let fired: Vec<_> = inbound(*dialect, &schemas, &mut once).ids().collect();
        let rewritten = fired.iter().any(|id| rewrites(id));
        assert_eq!(rewritten, once != sent, "{dialect:?} {fired:?}");
        let mut told = sent.clone();
        let explained = explained(*dialect, &schemas, &mut told);
        let explained: Vec<_> = explained.iter().map(|told| told.quirk.id).collect();
        assert_eq!((&told, &explained), (&once, &fired), "{dialect:?}");
        let mut twice = once.clone();
        let again = inbound(*dialect, &schemas, &mut twice);
        let again: Vec<_> = again.ids().filter(|id| rewrites(id)).collect();
        assert_eq!((&twice, again.len()), (&once, 0), "{dialect:?} {again:?}");
    }
}

fn rewrites(id: &str) -> bool {
    QUIRKS
        .iter()
        .any(|quirk| quirk.id == id && quirk.rewrites())
}

fn request(bytes: &[u8]) -> Option<Incoming> {
    let end = bytes.iter().position(|byte| *byte == b'\n');
    let (line, body) = bytes.split_at(end.unwrap_or(bytes.len()));
    let line = std::str::from_utf8(line).ok()?;
    let (method, target) = line.split_once(' ')?;
    let (path, query) = match target.split_once('?') {
        Some((path, query)) => (path, Some(query.to_owned())),
        None => (target, None),
    };
    let body: Option<Value> = match body.trim_ascii() {
        [] => None,
        body => Some(enroll_schema::json::parse(body).ok()?),
    };
    Some(Incoming {
        method: method.to_owned(),
        path: path.to_owned(),
        query,
        body,
        user_agent: None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_is_a_line_and_a_body() {
        let read = request(b"PATCH /Users/1?a=b\n{\"x\": 1}").unwrap();
        assert_eq!(
            (read.method.as_str(), read.path.as_str()),
            ("PATCH", "/Users/1")
        );
        assert_eq!(read.query.as_deref(), Some("a=b"));
        assert_eq!(read.body, Some(serde_json::json!({"x": 1})));
        assert_eq!(request(b"GET /Users").unwrap().body, None);
        assert_eq!(request(b"GET"), None);
        assert_eq!(request(b"GET /\n{"), None);
    }
}
