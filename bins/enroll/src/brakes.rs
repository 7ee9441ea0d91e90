//! `enroll integration freeze` and `expect`, and `enroll token`.

use std::process::ExitCode;

use serde_json::{Value, json};

use crate::{
    cli::{ExpectOptions, FreezeOptions, Remote, TokenRevokeOptions, TokensOptions},
    client::{Server, items, number, plain, put, segment, text},
    report::{self, Failure},
    sync::said,
};

/// Keeps removals, or everything, from happening.
pub(crate) async fn freeze(options: FreezeOptions) -> Result<ExitCode, Failure> {
    let what = match (options.all, options.off) {
        (true, _) => "all",
        (_, true) => "none",
        _ => "removals",
    };
    let mut body = said(&options.said);
    put(&mut body, "what", json!(what));
    let told = post(&options.remote, "freeze", &body).await?;
    show(&options.remote, &told, || match what {
        "none" => "nothing is frozen any longer".to_owned(),
        "all" => "nothing is applied until enroll integration freeze --off".to_owned(),
        _ => "nobody loses access until enroll integration freeze --off".to_owned(),
    });
    Ok(ExitCode::SUCCESS)
}

/// Announces removals.
pub(crate) async fn expect(options: ExpectOptions) -> Result<ExitCode, Failure> {
    let mut body = said(&options.said);
    put(&mut body, "removals", json!(options.removals));
    for (name, value) in [("until", &options.until), ("for", &options.span)] {
        if let Some(value) = value {
            put(&mut body, name, json!(value));
        }
    }
    let told = post(&options.remote, "expect", &body).await?;
    show(&options.remote, &told, || {
        let announced = told.pointer("/guards/announced").unwrap_or(&Value::Null);
        format!(
            "{} removals pass until {}",
            number(announced, "removals"),
            text(announced, "until")
        )
    });
    Ok(ExitCode::SUCCESS)
}

/// Lists the tokens of an integration.
pub(crate) async fn tokens(options: TokensOptions) -> Result<ExitCode, Failure> {
    let server = Server::new(&options.remote)?;
    let path = server.integration(&options.remote).await?;
    let all = server.get(&format!("{path}/tokens")).await?;
    for token in items(&all) {
        report::line(&if options.remote.json {
            token.to_string()
        } else {
            row(token)
        });
    }
    Ok(ExitCode::SUCCESS)
}

/// Makes another token and shows it once.
pub(crate) async fn new_token(options: TokensOptions) -> Result<ExitCode, Failure> {
    let made = post(&options.remote, "tokens", &json!({})).await?;
    show(&options.remote, &made, || told(&made));
    Ok(ExitCode::SUCCESS)
}

/// Makes another token, and says what becomes of those that are there.
pub(crate) async fn rotate(options: TokensOptions) -> Result<ExitCode, Failure> {
    let server = Server::new(&options.remote)?;
    let path = server.integration(&options.remote).await?;
    let before = server.get(&format!("{path}/tokens")).await?;
    let made = server
        .send("POST", &format!("{path}/tokens"), &json!({}))
        .await?;
    let live = |token: &&Value| token.get("live") == Some(&Value::Bool(true));
    let old: Vec<&Value> = items(&before).iter().filter(live).collect();
    if options.remote.json {
        report::line(&json!({"made": made, "old": old}).to_string());
        return Ok(ExitCode::SUCCESS);
    }
    report::line(&told(&made));
    for token in old {
        report::line(&format!(
            "{}\n  when the provider uses the new one: enroll token revoke {}",
            row(token),
            text(token, "id")
        ));
    }
    Ok(ExitCode::SUCCESS)
}

/// Refuses a token from the next request on.
pub(crate) async fn revoke(options: TokenRevokeOptions) -> Result<ExitCode, Failure> {
    let server = Server::new(&options.remote)?;
    let path = server.integration(&options.remote).await?;
    let path = format!("{path}/tokens/{}", segment(&options.id));
    server.call("DELETE", &path, None).await?;
    show(&options.remote, &json!({"revoked": options.id}), || {
        format!("token {} is refused from now on", plain(&options.id))
    });
    Ok(ExitCode::SUCCESS)
}

async fn post(remote: &Remote, verb: &str, body: &Value) -> Result<Value, Failure> {
    let server = Server::new(remote)?;
    let path = server.integration(remote).await?;
    server.send("POST", &format!("{path}/{verb}"), body).await
}

fn show(remote: &Remote, told: &Value, line: impl FnOnce() -> String) {
    report::line(&if remote.json {
        told.to_string()
    } else {
        line()
    });
}

fn told(made: &Value) -> String {
    format!(
        "token {}   {}   until {}   (shown once)",
        text(made, "id"),
        text(made, "token"),
        text(made, "expires")
    )
}

fn row(token: &Value) -> String {
    let used = text(token, "last_used");
    format!(
        "{}   {}   until {}   last used {}",
        text(token, "id"),
        if token.get("live") == Some(&Value::Bool(true)) {
            "live"
        } else {
            "ended"
        },
        text(token, "expires"),
        if used.is_empty() { "never" } else { used },
    )
}
