//! How a line of the request log reads.

use serde_json::Value;

use crate::client::{plain, text};

/// Writes one request in one line.
pub(super) fn short(line: &Value, json: bool) -> String {
    if json {
        return line.to_string();
    }
    let quirks = names(line, "quirks").fold(String::new(), |all, quirk| all + "  " + &quirk);
    let error = line.pointer("/error/detail").and_then(Value::as_str);
    let error = error
        .map(|detail| format!("  {}", plain(detail)))
        .unwrap_or_default();
    format!(
        "{}  {:<8} {:<6} {}  {}  {} ms  {}{quirks}{error}",
        text(line, "at"),
        plain(text(line, "dialect")),
        plain(text(line, "method")),
        target(line),
        number(line, "status"),
        number(line, "ms"),
        text(line, "id"),
    )
}

/// Writes one request as the person who asks about it wants to read it.
pub(super) fn whole(line: &Value) -> String {
    let mut rows = vec![format!(
        "{} {}      {}      {} in {} ms      {}",
        plain(text(line, "method")),
        target(line),
        plain(text(line, "dialect")),
        number(line, "status"),
        number(line, "ms"),
        text(line, "at"),
    )];
    let mut row = |name: &str, told: String| rows.push(format!("  {name:<9} {told}"));
    row("request", text(line, "id").to_owned());
    if !text(line, "subject").is_empty() {
        row("subject", plain(text(line, "subject")));
    }
    match (line.get("sent"), line.get("sent_bytes")) {
        (Some(sent), _) => row("sent", sent.to_string()),
        (None, Some(bytes)) => row("sent", format!("{bytes} bytes that were not kept")),
        (None, None) => {}
    }
    if let Some(read_as) = line.get("read_as") {
        row("read as", read_as.to_string());
    }
    for quirk in names(line, "quirks") {
        row("quirk", quirk);
    }
    for name in names(line, "ignored") {
        row("ignored", name);
    }
    if let Some(revision) = line.get("revision") {
        row("changed", format!("revision {revision}"));
    }
    if let Some(detail) = line.pointer("/error/detail").and_then(Value::as_str) {
        row("refused", plain(detail));
    }
    rows.join("\n")
}

fn target(line: &Value) -> String {
    let query = text(line, "query");
    let mark = if query.is_empty() { "" } else { "?" };
    plain(&format!("{}{mark}{query}", text(line, "path")))
}

fn names<'a>(line: &'a Value, name: &str) -> impl Iterator<Item = String> + use<'a> {
    let list = line.get(name).and_then(Value::as_array);
    list.into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .map(plain)
}

fn number(line: &Value, name: &str) -> i64 {
    line.get(name).and_then(Value::as_i64).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_request_is_shown_with_what_it_was_read_as() {
        let line = json!({
            "id": "req_1", "at": "2026-01-01T00:00:00.000Z", "subject": "u-1", "status": 400,
            "method": "PATCH", "path": "/Users/u-1", "query": "a=b", "dialect": "entra", "ms": 4,
            "quirks": ["op-case"], "ignored": ["nick"], "sent": {"a": 1}, "read_as": {"a": 2},
            "error": {"detail": "no\u{1b}[2J"},
        });
        let wanted =
            "PATCH /Users/u-1?a=b      entra      400 in 4 ms      2026-01-01T00:00:00.000Z
  request   req_1
  subject   u-1
  sent      {\"a\":1}
  read as   {\"a\":2}
  quirk     op-case
  ignored   nick
  refused   no[2J";
        assert_eq!(whole(&line), wanted);
        let one = "2026-01-01T00:00:00.000Z  entra    PATCH  /Users/u-1?a=b  400  4 ms  req_1  op-case  no[2J";
        assert_eq!(short(&line, false), one);
    }
}
