//! How a line of the request log reads.

use serde_json::Value;

use crate::client::{plain, text};

/// Writes one request in one line.
pub(super) fn short(line: &Value, json: bool) -> String {
    if json {
        return line.to_string();
    }
    let quirks = quirks(line).map(|quirk| plain(text(quirk, "id")));
    let quirks = quirks.fold(String::new(), |all, quirk| all + "  " + &quirk);
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
        (Some(sent), _) => row("sent", plain(&sent.to_string())),
        (None, Some(bytes)) => row("sent", format!("{bytes} bytes that were not kept")),
        (None, None) => {}
    }
    let operations = list(line, "operations");
    for operation in operations {
        row("read as", read(operation));
    }
    if let (Some(read_as), []) = (line.get("read_as"), operations) {
        row("read as", plain(&read_as.to_string()));
    }
    for quirk in quirks(line) {
        for told in changes(quirk) {
            row("quirk", told);
        }
    }
    for name in names(line, "ignored") {
        row("ignored", name);
    }
    match line.get("revision") {
        Some(Value::Null) => row("changed", "nothing".to_owned()),
        Some(revision) => row("changed", format!("revision {revision}")),
        None => {}
    }
    if text(line, "pii") == "hash" {
        row("kept", "personal values as hashes".to_owned());
    }
    if let Some(detail) = line.pointer("/error/detail").and_then(Value::as_str) {
        row("refused", plain(detail));
    }
    rows.join("\n")
}

/// Writes what one operation was read as, and what became of it unless it was simply done.
fn read(operation: &Value) -> String {
    let read = plain(text(operation, "read"));
    match text(operation, "outcome") {
        "" | "applied" => read,
        outcome => format!("{read}      {}", plain(outcome)),
    }
}

/// Writes each change of a quirk in one line: `text-boolean  active "False" -> false`.
fn changes(quirk: &Value) -> Vec<String> {
    let id = plain(text(quirk, "id"));
    let each = list(quirk, "changes").iter().map(|change| {
        let at = match text(change, "at") {
            "" => String::new(),
            at => format!("  {}", plain(at)),
        };
        let told = match (change.get("before"), change.get("after")) {
            (Some(before), Some(after)) => format!(" {before} -> {after}"),
            (Some(before), None) => format!(" {before}"),
            (None, Some(after)) => format!(" -> {after}"),
            (None, None) => String::new(),
        };
        format!("{id}{at}{}", plain(&told))
    });
    let mut rows: Vec<String> = each.collect();
    match quirk.get("more").and_then(Value::as_u64) {
        Some(more) => rows.push(format!("{id}  {more} more")),
        None if rows.is_empty() => rows.push(id),
        None => {}
    }
    rows
}

fn quirks(line: &Value) -> impl Iterator<Item = &Value> {
    list(line, "quirks").iter()
}

fn list<'a>(line: &'a Value, name: &str) -> &'a [Value] {
    let list = line.get(name).and_then(Value::as_array);
    list.map_or(&[], Vec::as_slice)
}

fn target(line: &Value) -> String {
    let query = text(line, "query");
    let mark = if query.is_empty() { "" } else { "?" };
    plain(&format!("{}{mark}{query}", text(line, "path")))
}

fn names<'a>(line: &'a Value, name: &str) -> impl Iterator<Item = String> + use<'a> {
    list(line, name).iter().filter_map(Value::as_str).map(plain)
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
            "quirks": [
                {"id": "op-letter-case", "changes": [
                    {"operation": 0, "at": "op", "before": "Add", "after": "add"},
                ], "more": 3},
                {"id": "remove-with-value", "changes": [{"operation": 1, "at": "mem\u{1b}bers"}]},
                {"id": "path-in-query"},
            ],
            "operations": [
                {"read": "set active to false", "outcome": "not applied"},
                {"read": "remove member 7", "outcome": "refused"},
                {"read": "remove title"},
            ],
            "ignored": ["nick"], "sent": {"a": "1\u{9b}2J"}, "read_as": {"a": 2}, "pii": "hash",
            "error": {"detail": "no\u{1b}[2J"},
        });
        let wanted =
            "PATCH /Users/u-1?a=b      entra      400 in 4 ms      2026-01-01T00:00:00.000Z
  request   req_1
  subject   u-1
  sent      {\"a\":\"12J\"}
  read as   set active to false      not applied
  read as   remove member 7      refused
  read as   remove title
  quirk     op-letter-case  op \"Add\" -> \"add\"
  quirk     op-letter-case  3 more
  quirk     remove-with-value  members
  quirk     path-in-query
  ignored   nick
  kept      personal values as hashes
  refused   no[2J";
        assert_eq!(whole(&line), wanted);
        let one = "2026-01-01T00:00:00.000Z  entra    PATCH  /Users/u-1?a=b  400  4 ms  req_1  op-letter-case  remove-with-value  path-in-query  no[2J";
        assert_eq!(short(&line, false), one);
    }

    #[test]
    fn the_change_a_write_made_is_told_and_so_is_none() {
        for (revision, wanted) in [
            (json!(8125), "  changed   revision 8125"),
            (Value::Null, "  changed   nothing"),
        ] {
            let line = json!({"id": "req_1", "read_as": {"a": "\u{9b}2"}, "revision": revision});
            let told = whole(&line);
            assert_eq!(told.lines().last(), Some(wanted));
            assert!(told.contains("  read as   {\"a\":\"2\"}"), "{told}");
        }
        assert!(!whole(&json!({"id": "req_1"})).contains("changed"));
    }
}
