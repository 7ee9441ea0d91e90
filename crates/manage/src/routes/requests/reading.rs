//! What a recorded PATCH was read as, in words: one sentence for each operation, and its outcome.

use serde::Serialize;
use serde_json::{Map, Value};

/// Most operations that are told; no provider sends more in one request.
const OPERATIONS_TOLD_MAX: usize = 100;
/// Most characters of a value in a sentence.
const VALUE_CHARS_MAX: usize = 120;

/// One operation.
#[derive(Debug, PartialEq, Serialize)]
pub(super) struct Read {
    /// What it was read as: `set active to false`.
    read: String,
    /// What became of it; absent where the line does not say.
    #[serde(skip_serializing_if = "Option::is_none")]
    outcome: Option<&'static str>,
}

/// A line of the log, as far as the sentences need it.
#[derive(Debug, Default)]
pub(super) struct Line<'a> {
    pub(super) status: u16,
    pub(super) read_as: Option<&'a Value>,
    pub(super) sent: Option<&'a Value>,
    pub(super) error: Option<&'a Value>,
    /// The number of the change, or `null`: nothing changed.
    pub(super) revision: Option<&'a Value>,
}

impl Line<'_> {
    /// Tells what each operation was read as; nothing when the body was not kept or is no PATCH.
    pub(super) fn operations(&self) -> Vec<Read> {
        let meant = self.read_as.and_then(|read_as| read_as.get("body"));
        let body = meant.or(self.sent).and_then(Value::as_object);
        let operations = body.and_then(|body| member(body, "Operations"));
        let operations = operations.and_then(Value::as_array).into_iter().flatten();
        let told = operations.take(OPERATIONS_TOLD_MAX).enumerate();
        told.map(|(index, operation)| Read {
            read: sentence(operation),
            outcome: self.outcome(index),
        })
        .collect()
    }

    fn outcome(&self, index: usize) -> Option<&'static str> {
        if self.status < 300 {
            return self.revision.map(|revision| match revision {
                Value::Null => "no change",
                _ => "applied",
            });
        }
        let refused = self.error.and_then(|error| error.get("operation"));
        let refused = refused.and_then(Value::as_u64);
        let is_it = refused.is_some_and(|refused| usize::try_from(refused) == Ok(index));
        Some(if is_it { "refused" } else { "not applied" })
    }
}

/// Says what one operation asks for.
fn sentence(operation: &Value) -> String {
    let Some(members) = operation.as_object() else {
        return "no operation".to_owned();
    };
    let text = |name: &str| member(members, name).and_then(Value::as_str);
    let verb = text("op").unwrap_or_default().to_ascii_lowercase();
    let value = member(members, "value");
    match (text("path"), value) {
        (Some(path), value) => change(&verb, path, value.unwrap_or(&Value::Null)),
        (None, Some(Value::Object(parts))) if verb != "remove" && !parts.is_empty() => {
            let parts = parts.iter().map(|(path, value)| change(&verb, path, value));
            parts.collect::<Vec<_>>().join("; ")
        }
        (None, Some(Value::Object(_))) if verb != "remove" => "do nothing".to_owned(),
        _ => format!("{verb} without a path"),
    }
}

fn change(verb: &str, path: &str, value: &Value) -> String {
    if path.eq_ignore_ascii_case("members") {
        return of_members(verb, value);
    }
    match (verb, value) {
        ("remove", Value::Null) => match chosen_member(path) {
            Some(id) => format!("remove member {id}"),
            None => format!("remove {path}"),
        },
        ("remove", value) => format!("remove {} from {path}", brief(value)),
        (_, Value::Null) => format!("clear {path}"),
        ("add", Value::Array(_)) => format!("add {} to {path}", brief(value)),
        ("add" | "replace", value) => format!("set {path} to {}", brief(value)),
        (verb, _) => format!("{verb} {path}"),
    }
}

fn of_members(verb: &str, value: &Value) -> String {
    let list = value
        .as_array()
        .map_or(std::slice::from_ref(value), Vec::as_slice);
    let id = |one: &Value| {
        let id = one
            .as_object()
            .and_then(|one| member(one, "value"))
            .unwrap_or(one);
        id.as_str().map_or_else(|| brief(id), str::to_owned)
    };
    match (verb, value, list) {
        ("remove", Value::Null, _) => "remove all members".to_owned(),
        ("replace", Value::Null, _) | ("replace", _, []) => "leave no members".to_owned(),
        (_, Value::Null, _) => format!("{verb} no members"),
        ("replace", _, [one]) => format!("leave only member {}", id(one)),
        ("replace", _, list) => format!("leave exactly these {} members", list.len()),
        (verb, _, [one]) => format!("{verb} member {}", id(one)),
        (verb, _, list) => format!("{verb} {} members", list.len()),
    }
}

/// Returns the id in `members[value eq "id"]`.
fn chosen_member(path: &str) -> Option<&str> {
    let filter = path.strip_prefix("members[")?.strip_suffix("\"]")?;
    let (name, id) = filter.split_once(" eq \"")?;
    (name == "value" && !id.contains('"')).then_some(id)
}

fn brief(value: &Value) -> String {
    let text = value.to_string();
    match text.char_indices().nth(VALUE_CHARS_MAX) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text,
    }
}

fn member<'a>(members: &'a Map<String, Value>, name: &str) -> Option<&'a Value> {
    let other = || {
        members
            .iter()
            .find(|(key, _)| key.eq_ignore_ascii_case(name))
    };
    members
        .get(name)
        .or_else(|| other().map(|(_, value)| value))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn each_operation_is_one_sentence() {
        let id = "2819c223";
        for (operation, wanted) in [
            (
                json!({"op": "Replace", "path": "active", "value": false}),
                "set active to false",
            ),
            (
                json!({"op": "add", "path": "title", "value": "VP"}),
                "set title to \"VP\"",
            ),
            (json!({"op": "remove", "path": "title"}), "remove title"),
            (
                json!({"op": "replace", "path": "title", "value": null}),
                "clear title",
            ),
            (
                json!({"op": "add", "path": "emails", "value": [{"value": "a"}]}),
                "add [{\"value\":\"a\"}] to emails",
            ),
            (
                json!({"op": "remove", "path": "emails", "value": "a"}),
                "remove \"a\" from emails",
            ),
            (
                json!({"op": "replace", "value": {"title": "x", "active": true}}),
                "set active to true; set title to \"x\"",
            ),
            (json!({"op": "add", "value": {}}), "do nothing"),
            (json!({"op": "remove"}), "remove without a path"),
            (json!({"op": "move", "path": "a", "value": 1}), "move a"),
            (json!(7), "no operation"),
            (
                json!({"op": "add", "path": "members", "value": [{"value": id}]}),
                "add member 2819c223",
            ),
            (
                json!({"op": "add", "path": "members", "value": [{"value": "a"}, {"value": "b"}, "c"]}),
                "add 3 members",
            ),
            (
                json!({"op": "remove", "path": "members", "value": [{"value": id}]}),
                "remove member 2819c223",
            ),
            (
                json!({"op": "remove", "path": "members[value eq \"2819c223\"]"}),
                "remove member 2819c223",
            ),
            (
                json!({"op": "remove", "path": "members"}),
                "remove all members",
            ),
            (
                json!({"op": "replace", "path": "members", "value": []}),
                "leave no members",
            ),
            (
                json!({"op": "replace", "value": {"members": [{"value": "a"}, {"value": "b"}]}}),
                "leave exactly these 2 members",
            ),
        ] {
            assert_eq!(sentence(&operation), wanted, "{operation}");
        }
    }

    #[test]
    fn an_outcome_stands_with_each_operation() {
        let sent = json!({"Operations": [
            {"op": "add", "path": "title", "value": "x"}, {"op": "add", "path": "nope", "value": 1},
        ]});
        let (seven, null) = (json!(7), Value::Null);
        let (second, whole) = (json!({"operation": 1}), json!({"detail": "no"}));
        for (status, error, revision, wanted) in [
            (200, None, Some(&seven), [Some("applied"); 2]),
            (200, None, Some(&null), [Some("no change"); 2]),
            (200, None, None, [None; 2]),
            (
                400,
                Some(&second),
                None,
                [Some("not applied"), Some("refused")],
            ),
            (404, Some(&whole), None, [Some("not applied"); 2]),
        ] {
            let line = Line {
                status,
                error,
                revision,
                sent: Some(&sent),
                read_as: None,
            };
            let told: Vec<_> = line.operations().iter().map(|read| read.outcome).collect();
            assert_eq!(told, wanted, "{status}");
        }
        let meant = json!({"body": {"Operations": [{"op": "remove", "path": "title"}]}});
        let line = Line {
            read_as: Some(&meant),
            sent: Some(&sent),
            ..Line::default()
        };
        assert_eq!(line.operations().len(), 1, "what it was read as counts");
        assert!(
            Line {
                sent: Some(&json!([1])),
                ..Line::default()
            }
            .operations()
            .is_empty()
        );
        let many = json!({"Operations": vec![json!({"op": "remove", "path": "a"}); 101]});
        let line = Line {
            sent: Some(&many),
            ..Line::default()
        };
        assert_eq!(line.operations().len(), OPERATIONS_TOLD_MAX);
    }
}
