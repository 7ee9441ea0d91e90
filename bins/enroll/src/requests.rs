//! `enroll requests`: the request log of a server that runs, over its management API.

use std::{process::ExitCode, time::Duration};

use enroll_simulate::{Http, Transport as _};
use serde_json::Value;

use crate::{
    cli::{Log, ShowOptions, TailOptions},
    report::{self, Failure},
};

/// How often a followed log is asked for news.
const EACH: Duration = Duration::from_secs(1);

/// Lists the newest requests, oldest first, and goes on if told to.
pub(crate) async fn tail(options: TailOptions) -> Result<ExitCode, Failure> {
    let server = Server::new(&options.log)?;
    let place = server.place(&options.log).await?;
    let (mut most, mut is_followed, mut is_down) = (options.lines, false, false);
    let mut last: Option<String> = None;
    loop {
        let lines = match server.newest(&place, most, last.as_deref()).await {
            Ok(lines) => {
                is_down = false;
                lines
            }
            // A server that is started again is followed further.
            Err(error) if is_followed => {
                if !std::mem::replace(&mut is_down, true) {
                    report::aside(&format!("{error}; waiting for it"));
                }
                Vec::new()
            }
            Err(error) => return Err(error),
        };
        for line in lines.iter().rev() {
            report::line(&short(line, options.log.json));
        }
        let newest = lines.first().map(|line| text(line, "id").to_owned());
        last = newest.or(last);
        if !options.follow {
            return Ok(ExitCode::SUCCESS);
        }
        (most, is_followed) = (FOLLOWED_MAX, true);
        tokio::select! {
            () = tokio::time::sleep(EACH) => {}
            _ = tokio::signal::ctrl_c() => return Ok(ExitCode::SUCCESS),
        }
    }
}

/// Shows one request whole.
pub(crate) async fn show(options: ShowOptions) -> Result<ExitCode, Failure> {
    let server = Server::new(&options.log)?;
    let place = server.place(&options.log).await?;
    let line = server
        .get(&format!("{place}/{}", segment(&options.id)))
        .await?;
    if options.log.json {
        report::line(&line.to_string());
    } else {
        report::line(&whole(&line));
    }
    Ok(ExitCode::SUCCESS)
}

/// The management API of a server.
struct Server {
    http: Http,
    url: String,
    key: String,
}

impl Server {
    fn new(log: &Log) -> Result<Self, Failure> {
        let url = log.url.trim_end_matches('/');
        let url = url.strip_suffix("/v1").unwrap_or(url).to_owned();
        let http = Http::new(&url).map_err(|error| Failure::new(error.to_string()))?;
        let key = log.key.clone();
        Ok(Self { http, url, key })
    }

    /// Returns the path of the request log; with one tenant and one integration neither needs naming.
    async fn place(&self, log: &Log) -> Result<String, Failure> {
        let tenant = self
            .only("tenant", "tenants", log.tenant.as_deref())
            .await?;
        let all = format!("tenants/{tenant}/integrations");
        let only = self.only("integration", &all, log.integration.as_deref());
        Ok(format!("{all}/{}/requests", only.await?))
    }

    /// Returns the id that was named, or the only one there is.
    async fn only(&self, kind: &str, list: &str, named: Option<&str>) -> Result<String, Failure> {
        if let Some(named) = named {
            return Ok(segment(named));
        }
        let page = self.get(list).await?;
        match items(&page) {
            [one] => Ok(segment(text(one, "id"))),
            [] => Err(Failure::new(format!("there is no {kind} yet"))),
            some => {
                let ids: Vec<_> = some.iter().map(|one| text(one, "id")).collect();
                let ids = ids.join(", ");
                Err(Failure::new(format!(
                    "say which {kind} with --{kind}: {ids}"
                )))
            }
        }
    }

    /// Reads the newest lines, newest first: at most `most`, and none from `last` on.
    async fn newest(
        &self,
        place: &str,
        most: u32,
        last: Option<&str>,
    ) -> Result<Vec<Value>, Failure> {
        let (mut lines, mut after) = (Vec::new(), String::new());
        while let left @ 1.. = u64::from(most).saturating_sub(lines.len() as u64) {
            let page = self
                .get(&format!("{place}?limit={}{after}", left.min(100)))
                .await?;
            for line in items(&page) {
                if last == Some(text(line, "id")) {
                    return Ok(lines);
                }
                lines.push(line.clone());
            }
            match page.get("next").and_then(Value::as_str) {
                Some(next) => after = format!("&after={next}"),
                None => break,
            }
        }
        Ok(lines)
    }

    async fn get(&self, path: &str) -> Result<Value, Failure> {
        let request = http::Request::get(format!("{}/v1/{path}", self.url))
            .header("authorization", format!("Bearer {}", self.key))
            .body(Vec::new())
            .map_err(|error| Failure::new(format!("--url or --key: {error}")))?;
        let answer = self.http.send(request).await;
        let answer = answer.map_err(|error| Failure::new(format!("{}: {error}", self.url)))?;
        let status = answer.status();
        let body: Value = serde_json::from_slice(answer.body()).unwrap_or_default();
        if status.is_success() && body.is_object() {
            return Ok(body);
        }
        let detail = body.get("detail").and_then(Value::as_str);
        let detail = detail.unwrap_or("this is no management API of enroll");
        Err(Failure::new(format!(
            "{} answers {}: {detail}",
            self.url,
            status.as_u16()
        )))
    }
}

/// Writes one request in one line.
fn short(line: &Value, json: bool) -> String {
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
fn whole(line: &Value) -> String {
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

fn items(page: &Value) -> &[Value] {
    page.get("items")
        .and_then(Value::as_array)
        .map_or(&[], Vec::as_slice)
}

fn names<'a>(line: &'a Value, name: &str) -> impl Iterator<Item = String> + use<'a> {
    let list = line.get(name).and_then(Value::as_array);
    list.into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .map(plain)
}

fn text<'a>(line: &'a Value, name: &str) -> &'a str {
    line.get(name).and_then(Value::as_str).unwrap_or_default()
}

fn number(line: &Value, name: &str) -> i64 {
    line.get(name).and_then(Value::as_i64).unwrap_or_default()
}

/// Returns a text of a provider without what could steer a terminal.
fn plain(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).collect()
}

/// Encodes a text as one segment of a path.
fn segment(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' => out.push(byte.into()),
            _ => out = format!("{out}%{byte:02X}"),
        }
    }
    out
}

/// Most lines that a followed log shows at once.
const FOLLOWED_MAX: u32 = 1_000;

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

    #[test]
    fn a_name_is_one_segment() {
        assert_eq!(segment("a-b_c.1"), "a-b_c.1");
        assert_eq!(segment("a/b?é"), "a%2Fb%3F%C3%A9");
    }
}
