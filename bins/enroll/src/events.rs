//! `enroll events`: the feed of a server that runs, over its management API.

use std::{collections::VecDeque, process::ExitCode, time::Duration};

use serde_json::Value;

use crate::{
    cli::EventsOptions,
    client::{Server, items, plain, segment, text},
    report::{self, Failure},
};

/// How long the server is let wait for an event, in seconds.
const WAIT_SECONDS: u32 = 25;
/// How long to wait for a server that does not answer.
const PAUSE: Duration = Duration::from_secs(1);

/// Lists the newest events, oldest first, and goes on if told to.
pub(crate) async fn tail(options: EventsOptions) -> Result<ExitCode, Failure> {
    let server = Server::new(&options.remote)?;
    let mut feed = Feed {
        place: format!("{}/events?limit=500", server.tenant(&options.remote).await?),
        after: options.after.as_deref().map(segment),
        server,
    };
    if let Some(types) = &options.types {
        let kinds: Vec<_> = types.split(',').map(|kind| segment(kind.trim())).collect();
        feed.place = format!("{}&types={}", feed.place, kinds.join(","));
    }
    let show = |event: &Value| report::line(&told(event, options.remote.json));
    let most = match options.after {
        None => usize::try_from(options.lines).unwrap_or(usize::MAX),
        Some(_) => usize::MAX,
    };
    let mut newest = VecDeque::new();
    while let Some(event) = feed.next(0).await? {
        newest.extend(event);
        newest.drain(..newest.len().saturating_sub(most));
    }
    newest.iter().for_each(show);
    if !options.follow {
        return Ok(ExitCode::SUCCESS);
    }
    let mut is_down = false;
    loop {
        let news = tokio::select! {
            news = feed.next(WAIT_SECONDS) => news,
            _ = tokio::signal::ctrl_c() => return Ok(ExitCode::SUCCESS),
        };
        match news {
            Ok(news) => {
                is_down = false;
                news.iter().flatten().for_each(show);
            }
            // A server that is started again is followed further.
            Err(error) => {
                if !std::mem::replace(&mut is_down, true) {
                    report::aside(&format!("{error}; waiting for it"));
                }
                tokio::time::sleep(PAUSE).await;
            }
        }
    }
}

/// Where reading goes on.
struct Feed {
    server: Server,
    place: String,
    after: Option<String>,
}

impl Feed {
    /// Reads a stretch of the feed; `None` at its end.
    async fn next(&mut self, wait: u32) -> Result<Option<Vec<Value>>, Failure> {
        let after = self.after.as_deref().unwrap_or_default();
        let path = format!("{}&wait={wait}&after={after}", self.place);
        let page = self.server.get(&path).await?;
        self.after = Some(segment(text(&page, "next")));
        let events = items(&page).to_vec();
        let more = page.get("more").and_then(Value::as_bool) == Some(true);
        Ok((more || !events.is_empty()).then_some(events))
    }
}

/// One event in one line.
fn told(event: &Value, json: bool) -> String {
    if json {
        return event.to_string();
    }
    let part = |of: &str, name: &str| {
        let value = event.get(of).and_then(|object| object.get(name));
        plain(value.and_then(Value::as_str).unwrap_or_default())
    };
    let name = part("account", "email") + &part("access_group", "name");
    let named = part("account", "ref") + &part("access_group", "ref");
    let seq = event.get("seq").and_then(Value::as_u64).unwrap_or_default();
    let reasons = event.get("reasons").and_then(Value::as_array);
    let codes = reasons.into_iter().flatten().map(|one| text(one, "code"));
    let codes: Vec<_> = codes.map(plain).collect();
    format!(
        "{} {seq:>6} {:<22} {name} ({named}) {}",
        plain(text(event, "at")),
        plain(text(event, "type")),
        codes.join(" ")
    )
    .trim_end()
    .to_owned()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_event_is_one_line_and_steers_no_terminal() {
        let event = json!({
            "at": "2026-11-25T10:00:00Z", "seq": 7, "type": "account.updated",
            "account": {"ref": "u_1", "email": "ada\u{1b}@x.example"},
            "reasons": [{"code": "IDP_CHANGED"}, {"code": "W_MULTIPLE_GROUPS"}],
        });
        assert_eq!(
            told(&event, false),
            "2026-11-25T10:00:00Z      7 account.updated        ada@x.example (u_1) \
             IDP_CHANGED W_MULTIPLE_GROUPS"
        );
        let group = json!({
            "at": "t", "seq": 1, "type": "access_group.created",
            "access_group": {"ref": "g_1", "name": "Staff"}, "reasons": [],
        });
        assert_eq!(
            told(&group, false),
            "t      1 access_group.created   Staff (g_1)"
        );
        assert_eq!(told(&group, true), group.to_string());
    }
}
