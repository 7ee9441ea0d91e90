//! `enroll requests`: the request log of a server that runs, over its management API.

mod export;
mod replay;
mod told;

use std::{process::ExitCode, time::Duration};

use serde_json::Value;

use crate::{
    cli::{Remote, ShowOptions, TailOptions},
    client::{Server, items, segment, text},
    report::{self, Failure},
};
pub(crate) use export::export;
pub(crate) use replay::replay;
use told::{short, whole};

/// How often a followed log is asked for news.
const EACH: Duration = Duration::from_secs(1);

/// Lists the newest requests, oldest first, and goes on if told to.
pub(crate) async fn tail(options: TailOptions) -> Result<ExitCode, Failure> {
    let server = Server::new(&options.remote)?;
    let place = log(&server, &options.remote).await?;
    let (mut most, mut is_followed, mut is_down) = (options.lines, false, false);
    let mut last: Option<String> = None;
    loop {
        let lines = match newest(&server, &place, most, last.as_deref()).await {
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
            report::line(&short(line, options.remote.json));
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
    let server = Server::new(&options.remote)?;
    let place = log(&server, &options.remote).await?;
    let line = server
        .get(&format!("{place}/{}", segment(&options.id)))
        .await?;
    if options.remote.json {
        report::line(&line.to_string());
    } else {
        report::line(&whole(&line));
    }
    Ok(ExitCode::SUCCESS)
}

/// Most lines that a followed log shows at once.
const FOLLOWED_MAX: u32 = 1_000;

/// Returns the path of the request log.
async fn log(server: &Server, remote: &Remote) -> Result<String, Failure> {
    Ok(format!("{}/requests", server.integration(remote).await?))
}

/// Reads the newest lines, newest first: at most `most`, and none from `last` on.
async fn newest(
    server: &Server,
    place: &str,
    most: u32,
    last: Option<&str>,
) -> Result<Vec<Value>, Failure> {
    let (mut lines, mut after) = (Vec::new(), String::new());
    while let left @ 1.. = u64::from(most).saturating_sub(lines.len() as u64) {
        let page = server
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
