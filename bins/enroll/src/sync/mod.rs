//! `enroll sync`: plans, approvals and giving back, over the management API.

mod told;

use std::process::ExitCode;

use serde_json::{Value, json};

use crate::{
    cli::{
        ApplyOptions, DecideOptions, GiveBackOptions, HistoryOptions, PlanOptions, PlanShowOptions,
        ReasonOptions, Remote, StatusOptions, SyncCommand,
    },
    client::{Server, items, number, plain, put, segment, text},
    report::{self, Failure},
    when,
};
pub(crate) use told::reason;
use told::{decided, header, item, line};

/// Something is ready, or not what was reviewed.
pub(crate) const CHANGES: u8 = 2;
/// Something is held by a guard.
pub(crate) const HELD: u8 = 3;

pub(crate) async fn run(command: SyncCommand) -> Result<ExitCode, Failure> {
    match command {
        SyncCommand::Status(options) => status(options).await,
        SyncCommand::Plan(options) => plan(options).await,
        SyncCommand::Apply(options) => apply(options).await,
        SyncCommand::Approve(options) => decide("approve", options).await,
        SyncCommand::Reject(options) => decide("reject", options).await,
        SyncCommand::History(options) => history(options).await,
        SyncCommand::Show(options) => show(options).await,
        SyncCommand::GiveBack(options) => give_back(options).await,
    }
}

async fn status(options: StatusOptions) -> Result<ExitCode, Failure> {
    let (server, tenant) = at(&options.remote).await?;
    let state = server
        .get(&format!("{tenant}/sync?wait={}", options.wait))
        .await?;
    if options.remote.json {
        report::line(&state.to_string());
    } else {
        let count = |name| number(&state, name);
        report::line(&format!(
            "{}   pending {}   held {}   blocked {}   applied so far {}",
            text(&state, "state"),
            count("pending"),
            count("held"),
            count("blocked"),
            count("seq"),
        ));
    }
    Ok(ExitCode::SUCCESS)
}

async fn plan(options: PlanOptions) -> Result<ExitCode, Failure> {
    let (server, tenant) = at(&options.remote).await?;
    let plan = make(&server, &tenant).await?;
    tell(&plan, options.remote.json);
    let states = |name| {
        number(
            plan.get("counts")
                .and_then(|c| c.get("states"))
                .unwrap_or(&Value::Null),
            name,
        )
    };
    Ok(match (states("held"), states("ready")) {
        _ if !options.detailed_exitcode => ExitCode::SUCCESS,
        (1.., _) => ExitCode::from(HELD),
        (_, 1..) => ExitCode::from(CHANGES),
        _ => ExitCode::SUCCESS,
    })
}

async fn apply(options: ApplyOptions) -> Result<ExitCode, Failure> {
    let (server, tenant) = at(&options.remote).await?;
    let id = if let Some(id) = options.plan {
        id
    } else {
        let plan = make(&server, &tenant).await?;
        if !options.remote.json {
            tell(&plan, false);
        }
        number(&plan, "id")
    };
    let path = format!("{tenant}/plans/{id}/apply");
    let done = server.send("POST", &path, &said(&options.said)).await?;
    finish(&server, &tenant, &done, &options.remote).await?;
    Ok(
        match (items_of(&done, "changed").len(), number(&done, "held")) {
            (1.., _) => ExitCode::from(CHANGES),
            (_, 1..) => ExitCode::from(HELD),
            _ => ExitCode::SUCCESS,
        },
    )
}

async fn decide(verb: &str, options: DecideOptions) -> Result<ExitCode, Failure> {
    let (server, tenant) = at(&options.remote).await?;
    let mut body = said(&options.said);
    if options.all {
        put(&mut body, "all", json!(true));
    } else if let Some(guard) = &options.guard {
        put(&mut body, "guard", json!(guard));
    } else {
        put(&mut body, "items", json!(options.item));
    }
    let path = format!("{tenant}/plans/{}/{verb}", segment(&options.plan));
    let done = server.send("POST", &path, &body).await?;
    finish(&server, &tenant, &done, &options.remote).await?;
    Ok(match items_of(&done, "changed") {
        [] => ExitCode::SUCCESS,
        _ => ExitCode::from(CHANGES),
    })
}

/// Waits until what was said yes to is done, and tells it.
async fn finish(
    server: &Server,
    tenant: &str,
    done: &Value,
    remote: &Remote,
) -> Result<(), Failure> {
    let state = server.get(&format!("{tenant}/sync?wait=30")).await?;
    if remote.json {
        let whole = json!({"decided": done, "sync": state});
        report::line(&whole.to_string());
    } else {
        report::line(&decided(done, &state));
    }
    Ok(())
}

async fn history(options: HistoryOptions) -> Result<ExitCode, Failure> {
    let (server, tenant) = at(&options.remote).await?;
    let who = options
        .who
        .as_deref()
        .map(|who| format!("&subject={}", segment(who)));
    let path = format!(
        "{tenant}/history?limit={}{}",
        options.lines,
        who.unwrap_or_default()
    );
    let page = server.get(&path).await?;
    for change in items(&page) {
        report::line(&if options.remote.json {
            change.to_string()
        } else {
            line(change)
        });
    }
    Ok(ExitCode::SUCCESS)
}

async fn show(options: PlanShowOptions) -> Result<ExitCode, Failure> {
    let (server, tenant) = at(&options.remote).await?;
    let filters = [
        ("op", &options.op),
        ("state", &options.state),
        ("code", &options.code),
    ];
    let mut query = String::new();
    for (name, value) in filters {
        if let Some(value) = value {
            query = format!("{query}&{name}={}", segment(value));
        }
    }
    let plan = whole(&server, &tenant, &options.plan, &query).await?;
    tell(&plan, options.remote.json);
    Ok(ExitCode::SUCCESS)
}

async fn give_back(options: GiveBackOptions) -> Result<ExitCode, Failure> {
    let (server, tenant) = at(&options.remote).await?;
    let mut body = said(&options.said);
    put(&mut body, "cause", json!(options.cause));
    put(
        &mut body,
        "since",
        json!(when::back(&options.since)?.to_string()),
    );
    put(&mut body, "for", json!(options.span));
    put(&mut body, "people", json!(options.person));
    let back = server
        .send("POST", &format!("{tenant}/give-back"), &body)
        .await?;
    if options.remote.json {
        report::line(&back.to_string());
        return Ok(ExitCode::SUCCESS);
    }
    let (kept, left) = (items_of(&back, "kept"), items_of(&back, "left_out"));
    report::line(&format!(
        "given back to {} until {}; left out {}",
        kept.len(),
        text(&back, "until"),
        left.len()
    ));
    for one in left {
        report::line(&format!(
            "  {}  {}",
            plain(text(one, "name")),
            text(one, "why")
        ));
    }
    Ok(ExitCode::SUCCESS)
}

/// Finds the server and the tenant's path.
async fn at(remote: &Remote) -> Result<(Server, String), Failure> {
    let server = Server::new(remote)?;
    let tenant = server.tenant(remote).await?;
    Ok((server, tenant))
}

/// Makes a plan and reads it with its items.
async fn make(server: &Server, tenant: &str) -> Result<Value, Failure> {
    let made = server
        .send("POST", &format!("{tenant}/plans"), &json!({}))
        .await?;
    let id = number(&made, "id").to_string();
    whole(server, tenant, &id, "").await
}

/// Reads a plan with all its items.
async fn whole(server: &Server, tenant: &str, plan: &str, query: &str) -> Result<Value, Failure> {
    let path = format!("{tenant}/plans/{}?limit=1000{query}", segment(plan));
    let mut first = server.get(&path).await?;
    let mut all = items(&first).to_vec();
    let mut next = text(&first, "next").to_owned();
    while !next.is_empty() {
        let page = server.get(&format!("{path}&after={next}")).await?;
        all.extend(items(&page).iter().cloned());
        text(&page, "next").clone_into(&mut next);
    }
    put(&mut first, "items", Value::Array(all));
    put(&mut first, "next", Value::Null);
    Ok(first)
}

/// Shows a plan.
fn tell(plan: &Value, json: bool) {
    if json {
        report::line(&plan.to_string());
        return;
    }
    report::line(&header(plan));
    let all = items(plan);
    for one in all.iter().take(LISTED_MAX) {
        report::line(&item(number(plan, "id"), one));
    }
    if all.len() > LISTED_MAX {
        let more = all.len() - LISTED_MAX;
        report::line(&format!(
            "  … and {more} more: enroll sync show {} --json",
            number(plan, "id")
        ));
    }
    let ready = all
        .iter()
        .any(|one| text(one, "state") == "ready" && text(one, "fate") == "stands");
    if ready {
        report::line(&format!(
            "Nothing has been changed. Apply with: enroll sync apply {}",
            number(plan, "id")
        ));
    }
}

/// Most items listed for people; JSON has all.
const LISTED_MAX: usize = 200;

pub(crate) fn said(options: &ReasonOptions) -> Value {
    let mut body = json!({});
    for (name, value) in [("reason", &options.reason), ("by", &options.by)] {
        if let Some(value) = value {
            put(&mut body, name, json!(value));
        }
    }
    body
}

pub(crate) fn items_of<'a>(value: &'a Value, name: &str) -> &'a [Value] {
    let list = value.get(name).and_then(Value::as_array);
    list.map_or(&[], Vec::as_slice)
}
