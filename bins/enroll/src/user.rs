//! `enroll user why`: why somebody has, or has not, an account, and what happened so far.

use std::process::ExitCode;

use serde_json::{Value, json};

use crate::{
    cli::WhyOptions,
    client::{Server, items, plain, put, segment, text},
    report::{self, Failure},
    sync::{items_of, reason},
};

pub(crate) async fn why(options: WhyOptions) -> Result<ExitCode, Failure> {
    let server = Server::new(&options.remote)?;
    let tenant = server.tenant(&options.remote).await?;
    let path = format!("{tenant}/people/{}/explain", segment(&options.who));
    let told = server.get(&path).await?;
    let all = match items(&told) {
        [] => vec![told],
        several => several.to_vec(),
    };
    for mut one in all {
        let timeline = timeline(&server, &tenant, &one).await?;
        if options.remote.json {
            put(&mut one, "timeline", Value::Array(timeline));
            report::line(&one.to_string());
        } else {
            report::line(&shown(&one, &timeline));
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// Reads what the provider sent about a person and what was applied, in order.
async fn timeline(server: &Server, tenant: &str, one: &Value) -> Result<Vec<Value>, Failure> {
    let person = |name: &str| {
        one.pointer(&format!("/person/{name}"))
            .and_then(Value::as_str)
    };
    let id = segment(person("id").unwrap_or_default());
    let integration = segment(person("integration").unwrap_or_default());
    let requests = format!("{tenant}/integrations/{integration}/requests?limit=50&subject={id}");
    let history = format!("{tenant}/history?limit=50&subject={id}");
    let (requests, history) = (server.get(&requests).await?, server.get(&history).await?);
    let sent = items(&requests).iter().map(|line| {
        let told = format!("{} {}", text(line, "method"), text(line, "path"));
        json!({
            "at": line.get("at"), "who": line.get("dialect"), "what": told, "status": line.get("status"),
            "id": line.get("id"),
        })
    });
    let applied = items(&history).iter().map(|line| {
        let code = items_of(line, "reasons")
            .first()
            .map(|first| text(first, "code"));
        let fields = items_of(line, "changed")
            .iter()
            .map(|change| text(change, "field"));
        let told = format!(
            "{}  {}",
            text(line, "op"),
            fields.collect::<Vec<_>>().join(", ")
        );
        json!({
            "at": line.get("at"), "who": "applied", "what": told.trim_end(), "status": code,
            "id": line.get("seq"),
        })
    });
    let mut all: Vec<Value> = sent.chain(applied).collect();
    all.sort_by(|a, b| text(a, "at").cmp(text(b, "at")));
    Ok(all)
}

fn shown(one: &Value, timeline: &[Value]) -> String {
    let at = |path: &str| {
        one.pointer(path)
            .and_then(Value::as_str)
            .map(plain)
            .unwrap_or_default()
    };
    let account = one.get("account").filter(|account| !account.is_null());
    let account = account
        .map(|account| text(account, "app_ref"))
        .unwrap_or_default();
    let mut rows = vec![format!(
        "{}   integration {}{}",
        at("/person/user_name"),
        at("/person/integration"),
        if account.is_empty() {
            String::new()
        } else {
            format!("   account {}", plain(account))
        },
    )];
    rows.push(format!(
        "  {}",
        at("/status").to_uppercase().replace('_', " ")
    ));
    for (place, told) in items_of(one, "reasons").iter().enumerate() {
        let word = if place == 0 { "Because" } else { "" };
        rows.push(format!("  {word:<9} {}", reason(told)));
        let fix = text(told, "fix");
        if !fix.is_empty() {
            rows.push(format!("  {:<9} {}: {fix}", "Fix", text(told, "who")));
        }
    }
    let active = one.pointer("/idp/active") == Some(&Value::Bool(true));
    let groups = one.pointer("/idp/groups").and_then(Value::as_array);
    let groups = groups.into_iter().flatten().map(|group| {
        let selected = group.get("selected") == Some(&Value::Bool(true));
        let selected = if selected { "selected" } else { "not selected" };
        format!("\"{}\" ({selected})", plain(text(group, "name")))
    });
    let groups: Vec<_> = groups.collect();
    let groups = if groups.is_empty() {
        "no group".to_owned()
    } else {
        groups.join(", ")
    };
    let active = if active { "active" } else { "not active" };
    rows.push(format!("  {:<9} {active}, in {groups}", "IdP says"));
    if one.get("pending") == Some(&Value::Bool(true)) {
        rows.push(format!("  {:<9} more news is on its way", ""));
    }
    if !timeline.is_empty() {
        rows.push("  Timeline".to_owned());
    }
    for line in timeline {
        let (status, id) = (bare(line, "status"), bare(line, "id"));
        rows.push(format!(
            "    {}  {:<8} {:<40} {status}   {}",
            text(line, "at"),
            plain(text(line, "who")),
            plain(text(line, "what")),
            plain(&id),
        ));
    }
    rows.join("\n")
}

/// Returns a member as text, without quotes.
fn bare(line: &Value, name: &str) -> String {
    match line.get(name) {
        None | Some(Value::Null) => String::new(),
        Some(Value::String(text)) => plain(text),
        Some(other) => other.to_string(),
    }
}
