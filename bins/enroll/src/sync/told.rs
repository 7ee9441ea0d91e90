//! How plans and changes read (sync §3).

use serde_json::Value;

use super::items_of;
use crate::client::{number, plain, text};

/// Writes the head of a plan: where it stands, and how much is in it.
pub(super) fn header(plan: &Value) -> String {
    let base = plan.get("base").and_then(Value::as_object);
    let base = base.into_iter().flatten();
    let base: Vec<_> = base
        .map(|(id, revision)| format!("{} {revision}", plain(id)))
        .collect();
    let mut rows = vec![format!(
        "Plan {}   base {}   policy {}   made {} by {}",
        number(plan, "id"),
        if base.is_empty() {
            "-".to_owned()
        } else {
            base.join(", ")
        },
        number(plan, "version"),
        text(plan, "at"),
        plain(text(plan, "by")),
    )];
    let counts = |name: &str| {
        plan.pointer(&format!("/counts/{name}"))
            .and_then(Value::as_object)
            .cloned()
    };
    let mut told = Vec::new();
    for (op, count) in counts("ops").into_iter().flatten() {
        told.push(format!("{} {op} {count}", mark(&op)));
    }
    for (state, count) in counts("states").into_iter().flatten() {
        match state.as_str() {
            "held" => told.push(format!("! held {count}")),
            "blocked" => told.push(format!("x blocked {count}")),
            _ => {}
        }
    }
    let nothing = "nothing to do".to_owned();
    rows.push(format!(
        "  {}",
        if told.is_empty() {
            nothing
        } else {
            told.join("   ")
        }
    ));
    if plan.get("pending") == Some(&Value::Bool(true)) {
        rows.push("  more news is on its way; make another plan soon".to_owned());
    }
    rows.push(String::new());
    rows.join("\n")
}

fn mark(op: &str) -> &'static str {
    match op {
        "create" | "create_group" | "reactivate" => "+",
        "deactivate" | "archive_group" | "release" => "-",
        "link" => "=",
        _ => "~",
    }
}

/// Writes one item of a plan, with what can be done about it.
pub(super) fn item(plan: u64, one: &Value) -> String {
    let (state, fate) = (text(one, "state"), text(one, "fate"));
    let mark = match state {
        "held" => "!",
        "blocked" => "x",
        _ => mark(text(one, "op")),
    };
    let first = items_of(one, "reasons").first();
    let mut rows = vec![format!(
        "  {mark} {:<28} {:<14} {}{}",
        name(one),
        text(one, "op"),
        first.map(reason).unwrap_or_default(),
        if matches!(fate, "" | "stands") {
            String::new()
        } else {
            format!("   [{fate}]")
        },
    )];
    for change in items_of(one, "changed") {
        rows.push(format!(
            "      {:<26} {}",
            plain(text(change, "field")),
            moved(change)
        ));
    }
    if fate == "stands" && state == "held" {
        let place = number(one, "place");
        rows.push(format!(
            "      -> approve: enroll sync approve {plan} --item {place} --reason \"…\""
        ));
    }
    let fix = first.map(|first| text(first, "fix")).unwrap_or_default();
    if state == "blocked" && !fix.is_empty() {
        rows.push(format!("      -> fix: {fix}"));
    }
    rows.join("\n")
}

/// Writes a reason: its code, and this case's particulars.
pub(crate) fn reason(reason: &Value) -> String {
    let told = plain(text(reason, "text"));
    let told = if told.is_empty() {
        text(reason, "meaning").to_owned()
    } else {
        told
    };
    format!("{}  {told}", text(reason, "code"))
}

fn name(one: &Value) -> String {
    let email = text(one, "email");
    plain(if email.is_empty() {
        text(one, "name")
    } else {
        email
    })
}

fn moved(change: &Value) -> String {
    let side = |name: &str| match change.get(name) {
        None | Some(Value::Null) => "-".to_owned(),
        Some(Value::String(text)) => plain(text),
        Some(other) => plain(&other.to_string()),
    };
    format!("{} -> {}", side("from"), side("to"))
}

/// Writes one applied change in one line.
pub(super) fn line(change: &Value) -> String {
    let fields: Vec<_> = items_of(change, "changed")
        .iter()
        .map(|change| format!("{} {}", plain(text(change, "field")), moved(change)))
        .collect();
    let code = items_of(change, "reasons")
        .first()
        .map(|first| text(first, "code"));
    format!(
        "{}  {:>6}  {} {:<28} {:<14} {}  {}",
        text(change, "at"),
        number(change, "seq"),
        mark(text(change, "op")),
        name(change),
        text(change, "op"),
        code.unwrap_or_default(),
        fields.join(", "),
    )
}

/// Writes what a yes or no came to, and how the job stands afterwards.
pub(super) fn decided(done: &Value, state: &Value) -> String {
    let mut rows = vec![format!(
        "plan {}: decided {}   already {}   changed since review {}   held {}   blocked {}",
        number(done, "plan"),
        number(done, "decided"),
        number(done, "already"),
        items_of(done, "changed").len(),
        number(done, "held"),
        number(done, "blocked"),
    )];
    for one in items_of(done, "changed") {
        rows.push(format!(
            "  changed since review: {}",
            plain(text(one, "name"))
        ));
    }
    let left = number(state, "pending");
    if left > 0 {
        rows.push(format!("{left} more wait: enroll sync plan"));
    }
    rows.join("\n")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_plan_reads_as_sync_3_draws_it() {
        let plan = json!({
            "id": 7, "at": "2026-11-21T14:02:11.000Z", "by": "key_1", "version": 12,
            "base": {"int_1": 8124}, "pending": false,
            "counts": {"items": 2, "ops": {"create": 1, "deactivate": 1}, "states": {"ready": 1, "held": 1}},
        });
        assert_eq!(
            header(&plan),
            "Plan 7   base int_1 8124   policy 12   made 2026-11-21T14:02:11.000Z by key_1\n  \
             + create 1   - deactivate 1   ! held 1\n"
        );
        let held = json!({
            "place": 2, "name": "kim", "email": "kim@acme.com", "op": "deactivate",
            "state": "held", "fate": "stands",
            "changed": [{"field": "active", "from": true, "to": false}],
            "reasons": [{"code": "H_LAST_ADMIN", "text": "Admins\u{1b}[2J"}],
        });
        assert_eq!(
            item(7, &held),
            "  ! kim@acme.com                 deactivate     H_LAST_ADMIN  Admins[2J\n      \
             active                     true -> false\n      \
             -> approve: enroll sync approve 7 --item 2 --reason \"…\""
        );
        let empty = json!({"id": 1, "counts": {}});
        assert!(header(&empty).contains("nothing to do"));
    }
}
