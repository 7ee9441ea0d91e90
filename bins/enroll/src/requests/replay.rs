//! `enroll requests replay`: what a recorded request would be answered, and change, today.

use std::process::ExitCode;

use serde_json::Value;

use crate::{
    cli::ShowOptions,
    client::{Server, plain, segment, text},
    report::{self, Failure},
};

/// The exit code of a replay that is not as it was.
const DIFFERENT: u8 = 2;

/// Replays one request on the server, which writes nothing, and shows the difference.
pub(crate) async fn replay(options: ShowOptions) -> Result<ExitCode, Failure> {
    let server = Server::new(&options.remote)?;
    let place = super::log(&server, &options.remote).await?;
    let path = format!("{place}/{}/replay", segment(&options.id));
    let body = Some(("application/json", b"{}".to_vec()));
    let answer = server.call("POST", &path, body).await?;
    let replay: Value = serde_json::from_slice(answer.body()).unwrap_or_default();
    if options.remote.json {
        report::line(&replay.to_string());
    } else {
        report::line(&told(&replay));
    }
    let is_different = replay.get("different").and_then(Value::as_bool);
    Ok(match is_different {
        Some(false) => ExitCode::SUCCESS,
        Some(true) => ExitCode::from(DIFFERENT),
        None => return Err(Failure::new("this is no management API of enroll")),
    })
}

/// Writes a replay as the person who asks about it wants to read it.
fn told(replay: &Value) -> String {
    let part = |path: &str| replay.pointer(path).unwrap_or(&Value::Null);
    let mut rows = vec![format!(
        "{} {}      {}",
        plain(text(replay, "method")),
        plain(text(replay, "path")),
        text(replay, "id"),
    )];
    let mut row = |name: &str, told: String| rows.push(format!("  {name:<9} {told}"));
    for (name, key) in ROWS {
        let [then, now] = ["then", "now"].map(|when| part(&format!("/{when}/{key}")));
        match (then == now, is_nothing(then)) {
            (true, true) => {}
            (true, false) => row(name, format!("{}, as then", shown(then))),
            (false, _) => row(name, format!("then {}, now {}", shown(then), shown(now))),
        }
    }
    let would = part("/would");
    if would.get("changed") == Some(&Value::Bool(true)) {
        let what = [
            text(would, "what"),
            text(would, "resourceType"),
            text(would, "id"),
        ];
        row("would", plain(&what.join(" ")));
        for change in list(would, "attributes") {
            let [before, after] = ["before", "after"].map(|when| change.get(when));
            let [before, after] = [before, after].map(|v| shown(v.unwrap_or(&Value::Null)));
            row(
                "",
                format!("{}  {before} -> {after}", plain(text(change, "at"))),
            );
        }
        moved(would, &mut row);
        for value in list(would, "pending") {
            row("", format!("waits for {}", shown(value)));
        }
    } else if would.is_object() {
        row("would", "change nothing".to_owned());
    }
    for caveat in list(replay, "caveats") {
        row("note", plain(caveat.as_str().unwrap_or_default()));
    }
    let is_different = part("/different") == &Value::Bool(true);
    rows.push(
        if is_different {
            "different"
        } else {
            "no difference"
        }
        .to_owned(),
    );
    rows.join("\n")
}

/// What is compared: how a row is called, and where it stands.
const ROWS: &[(&str, &str)] = &[
    ("dialect", "dialect"),
    ("status", "status"),
    ("scimType", "scimType"),
    ("detail", "detail"),
    ("quirks", "quirks"),
    ("read as", "read_as"),
    ("ignored", "ignored"),
];

/// Most members that are named on each side.
const NAMED_MAX: usize = 10;

/// Tells whose membership would move.
fn moved(would: &Value, row: &mut impl FnMut(&str, String)) {
    let Some(links) = would.get("links") else {
        return;
    };
    let name = match text(would, "resourceType") {
        "Group" => "members",
        _ => "groups",
    };
    let count = |when: &str| links.get(when).and_then(Value::as_u64).unwrap_or_default();
    row(
        "",
        format!("{name}  {} -> {}", count("before"), count("after")),
    );
    for (mark, side) in [("+", "added"), ("-", "removed")] {
        let ids = list(links, side);
        for id in ids.iter().take(NAMED_MAX) {
            row(
                "",
                format!("  {mark} {}", plain(id.as_str().unwrap_or_default())),
            );
        }
        if ids.len() > NAMED_MAX {
            row("", format!("  {mark} {} more", ids.len() - NAMED_MAX));
        }
    }
}

fn list<'a>(value: &'a Value, name: &str) -> &'a [Value] {
    let list = value.get(name).and_then(Value::as_array);
    list.map_or(&[], Vec::as_slice)
}

fn is_nothing(value: &Value) -> bool {
    value.is_null() || value.as_array().is_some_and(Vec::is_empty)
}

fn shown(value: &Value) -> String {
    plain(&match value {
        Value::Null => "nothing".to_owned(),
        Value::String(text) => text.clone(),
        Value::Array(all) if all.is_empty() => "nothing".to_owned(),
        Value::Array(all) if all.iter().all(Value::is_string) => {
            let all: Vec<_> = all.iter().filter_map(Value::as_str).collect();
            all.join(", ")
        }
        other => other.to_string(),
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_difference_is_shown_row_by_row() {
        let replay = json!({
            "id": "req_1", "method": "PATCH", "path": "/Groups/g1", "different": true,
            "then": {"dialect": "auto", "status": 400, "scimType": "invalidPath", "detail": "no\u{1b}", "quirks": [], "ignored": []},
            "now": {"dialect": "auto", "status": 200, "quirks": ["op-case", "more"], "ignored": []},
            "differs": ["status"], "caveats": ["without a password"],
            "would": {
                "what": "update", "resourceType": "Group", "id": "g1", "changed": true,
                "attributes": [{"at": "displayName", "before": "A", "after": "B"}],
                "links": {"before": 2, "after": 2, "added": ["u2"], "removed": ["u1"]},
                "pending": ["late"],
            },
        });
        let wanted = "PATCH /Groups/g1      req_1
  dialect   auto, as then
  status    then 400, now 200
  scimType  then invalidPath, now nothing
  detail    then no, now nothing
  quirks    then nothing, now op-case, more
  would     update Group g1
            displayName  A -> B
            members  2 -> 2
              + u2
              - u1
            waits for late
  note      without a password
different";
        assert_eq!(told(&replay), wanted);
    }

    #[test]
    fn what_is_as_it_was_says_so() {
        let same = json!({"dialect": "okta", "status": 200, "quirks": [], "ignored": []});
        let replay = json!({
            "id": "req_1", "method": "PUT", "path": "/Users/u1", "different": false,
            "then": same, "now": same, "differs": [], "caveats": [],
            "would": {"what": "update", "changed": false, "attributes": []},
        });
        let wanted = "PUT /Users/u1      req_1
  dialect   okta, as then
  status    200, as then
  would     change nothing
no difference";
        assert_eq!(told(&replay), wanted);
    }
}
