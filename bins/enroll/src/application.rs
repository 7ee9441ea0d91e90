//! `enroll accounts`, `enroll drift`, `enroll links` and `enroll user`, over the management API of
//! a server that runs.

use std::{
    fs::File,
    io::{BufRead as _, BufReader},
    process::ExitCode,
};

use serde_json::{Value, json};

use crate::{
    cli::{
        AccountsOptions, ApproveOptions, DriftOptions, LinkOptions, Remote, SaidOptions,
        UnlinkOptions,
    },
    client::{Server, items, plain, segment, text},
    report::{self, Failure},
};

/// Lines sent at once.
const PAGE_LINES: usize = 500;

/// Takes in every account of the application.
pub(crate) async fn import(options: AccountsOptions) -> Result<ExitCode, Failure> {
    let path = options.file.as_path();
    let file = File::open(path).map_err(|error| Failure::io("read", path, &error))?;
    let server = Server::new(&options.remote)?;
    let all = format!("{}/snapshots", server.tenant(&options.remote).await?);
    let (id, received) = begun(&server, &all, options.resume).await?;
    let place = format!("{all}/{id}");
    if let Err(error) = send(&server, &place, BufReader::new(file), received).await {
        report::aside(&format!(
            "interrupted; go on with: enroll accounts import {} --resume {id}",
            path.display()
        ));
        return Err(error);
    }
    let done = post(&server, &format!("{place}/commit"), &json!({})).await?;
    if options.remote.json {
        report::line(&done.to_string());
    } else {
        let accounts = number(&done, "accounts");
        report::line(&format!("snapshot {id}: {accounts} accounts taken in"));
    }
    Ok(ExitCode::SUCCESS)
}

/// Begins a snapshot, or finds the one to go on with, and says how many lines it has.
async fn begun(server: &Server, all: &str, resume: Option<u64>) -> Result<(u64, u64), Failure> {
    let snapshot = match resume {
        Some(id) => server.get(&format!("{all}/{id}")).await?,
        None => post(server, all, &json!({})).await?,
    };
    Ok((number(&snapshot, "id"), number(&snapshot, "received")))
}

async fn send(
    server: &Server,
    place: &str,
    file: BufReader<File>,
    received: u64,
) -> Result<(), Failure> {
    let (mut at, mut page) = (0_u64, Vec::new());
    for line in file.lines() {
        let line = line.map_err(|error| Failure::new(format!("cannot read the file: {error}")))?;
        if line.trim().is_empty() {
            continue;
        }
        at += 1;
        if at <= received {
            continue;
        }
        page.push(line);
        if page.len() >= PAGE_LINES {
            send_page(server, place, &mut page, at).await?;
        }
    }
    if page.is_empty() {
        return Ok(());
    }
    send_page(server, place, &mut page, at).await
}

/// Sends the lines up to number `upto`.
async fn send_page(
    server: &Server,
    place: &str,
    page: &mut Vec<String>,
    upto: u64,
) -> Result<(), Failure> {
    let from = upto.saturating_sub(page.len() as u64);
    let lines = std::mem::take(page).join("\n").into_bytes();
    let path = format!("{place}/pages?from={from}");
    let body = Some(("application/x-ndjson", lines));
    server.call("POST", &path, body).await?;
    report::aside(&format!("{upto} lines sent"));
    Ok(())
}

/// Lists values that drifted.
pub(crate) async fn drift(remote: Remote) -> Result<ExitCode, Failure> {
    let server = Server::new(&remote)?;
    let place = format!("{}/drift", server.tenant(&remote).await?);
    let mut after = String::new();
    loop {
        let page = server.get(&format!("{place}?limit=100{after}")).await?;
        for one in items(&page) {
            report::line(&if remote.json {
                one.to_string()
            } else {
                drifted(one)
            });
        }
        match page.get("next").and_then(Value::as_str) {
            Some(next) => after = format!("&after={next}"),
            None => return Ok(ExitCode::SUCCESS),
        }
    }
}

fn drifted(one: &Value) -> String {
    let value = |name: &str| plain(&one.get(name).map(Value::to_string).unwrap_or_default());
    let by = match text(one, "by") {
        "" => String::new(),
        by => format!(" by {}", plain(by)),
    };
    format!(
        "{:<28} {} -> {}, provider {}   {}{by}",
        plain(text(one, "id")),
        value("base"),
        value("observed"),
        value("want"),
        text(one, "since"),
    )
}

/// Says what becomes of a value that drifted.
pub(crate) async fn rule_drift(options: DriftOptions, verb: &str) -> Result<ExitCode, Failure> {
    let server = Server::new(&options.remote)?;
    let tenant = server.tenant(&options.remote).await?;
    let path = format!("{tenant}/drift/{}/{verb}", segment(&options.id));
    let done = post(&server, &path, &said(&options.said)).await?;
    let words = match verb {
        "adopt" => "the application's from now on",
        "revert" => "the provider's value is written",
        _ => "not listed until it changes again",
    };
    let line = format!("{}: {words}", plain(text(&done, "id")));
    Ok(told(&options.remote, &done, &line))
}

/// Lists proposed links.
pub(crate) async fn links(remote: Remote) -> Result<ExitCode, Failure> {
    let server = Server::new(&remote)?;
    let page = server
        .get(&format!("{}/links", server.tenant(&remote).await?))
        .await?;
    for one in items(&page) {
        let reason = one.get("reason").cloned().unwrap_or_default();
        let line = format!(
            "{:<40} {:<16} {:<14} {}",
            plain(text(one, "user_name")),
            plain(text(one, "account")),
            text(&reason, "code"),
            plain(text(&reason, "detail")),
        );
        report::line(&if remote.json { one.to_string() } else { line });
    }
    Ok(ExitCode::SUCCESS)
}

/// Says yes to the proposed links.
pub(crate) async fn approve_links(options: ApproveOptions) -> Result<ExitCode, Failure> {
    let server = Server::new(&options.remote)?;
    let path = format!("{}/links/approve", server.tenant(&options.remote).await?);
    let done = post(&server, &path, &said(&options.said)).await?;
    let left = done.get("one_by_one").and_then(Value::as_array);
    let left = left.map_or(0, Vec::len);
    let approved = number(&done, "approved");
    let mut line = format!("{approved} links approved");
    if left > 0 {
        line = format!("{line}; {left} wait for `enroll user link` one by one");
    }
    Ok(told(&options.remote, &done, &line))
}

/// Ties a person to an account.
pub(crate) async fn link(options: LinkOptions) -> Result<ExitCode, Failure> {
    let server = Server::new(&options.remote)?;
    let tenant = server.tenant(&options.remote).await?;
    let path = format!("{tenant}/people/{}/link", segment(&options.who));
    let mut body = said(&options.said);
    if let Some(body) = body.as_object_mut() {
        body.insert("account".to_owned(), options.account.as_str().into());
    }
    let done = post(&server, &path, &body).await?;
    let line = format!("{} has {}", plain(&options.who), plain(&options.account));
    Ok(told(&options.remote, &done, &line))
}

/// Cuts the tie of a person.
pub(crate) async fn unlink(options: UnlinkOptions) -> Result<ExitCode, Failure> {
    let server = Server::new(&options.remote)?;
    let tenant = server.tenant(&options.remote).await?;
    let path = format!("{tenant}/people/{}/unlink", segment(&options.who));
    let done = post(&server, &path, &said(&options.said)).await?;
    let line = format!("{} has no account any more", plain(&options.who));
    Ok(told(&options.remote, &done, &line))
}

fn said(said: &SaidOptions) -> Value {
    json!({"by": said.by, "reason": said.reason})
}

fn told(remote: &Remote, done: &Value, line: &str) -> ExitCode {
    report::line(&if remote.json {
        done.to_string()
    } else {
        line.to_owned()
    });
    ExitCode::SUCCESS
}

async fn post(server: &Server, path: &str, body: &Value) -> Result<Value, Failure> {
    let body = Some(("application/json", body.to_string().into_bytes()));
    let answer = server.call("POST", path, body).await?;
    serde_json::from_slice(answer.body())
        .map_err(|error| Failure::new(format!("the server's answer: {error}")))
}

fn number(of: &Value, name: &str) -> u64 {
    of.get(name).and_then(Value::as_u64).unwrap_or_default()
}
