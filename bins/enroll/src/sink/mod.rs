//! `enroll sink`: trying a receiver of signed messages, in any language.

mod send;

use std::process::ExitCode;

use enroll::deliver::{SigningSecret, Target, check as contract};
pub(crate) use send::send;

use crate::{
    cli::{ReceiverOptions, SinkCheckOptions},
    listen::plain,
    report::{self, Failure},
};

/// Plays every check and shows each as it ends; exit code 1 if one fails.
pub(crate) async fn check(options: SinkCheckOptions) -> Result<ExitCode, Failure> {
    let target = target(&options.receiver)?;
    let is_told = !options.receiver.json;
    let played = contract::run(&target, &options.roles, |row| {
        if is_told {
            let told = row.to_string();
            let lines: Vec<String> = told.lines().map(plain).collect();
            report::line(&lines.join("\n"));
        }
    });
    let played = played.await.map_err(failed)?;
    if is_told {
        report::line(&format!("\n{}", played.summary()));
    } else {
        report::line(&serde_json::to_string(&played).map_err(failed)?);
    }
    Ok(if played.ok {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

fn secrets(options: &ReceiverOptions) -> Result<Vec<SigningSecret>, Failure> {
    let secrets = options.secret.split_whitespace().map(SigningSecret::parse);
    let secrets = secrets.collect::<Result<_, _>>();
    secrets.map_err(|error| Failure::new(format!("--secret: {error}")))
}

fn target(options: &ReceiverOptions) -> Result<Target, Failure> {
    Ok(Target::new(&options.url, secrets(options)?).allow_private(options.allow_private))
}

fn failed(error: impl std::fmt::Display) -> Failure {
    Failure::new(error.to_string())
}
