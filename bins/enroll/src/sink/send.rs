//! One sample message, and its answer.

use std::process::ExitCode;

use enroll::{
    deliver::{
        Answer, ID_HEADER, Message, SIGNATURE_HEADER, Sender, TIMESTAMP_HEADER, sample, sign,
    },
    http::system_clock,
    schema::{ResourceId, Timestamp},
    sync::{AccessGroupId, AccountId, GroupOutcome, Item, Op, Outcome, Stage},
};
use serde_json::{Value, json};

use super::{failed, secrets, target};
use crate::{
    cli::{SampleKind, SinkSendOptions},
    listen::plain,
    report::{self, Failure},
};

/// Sends it, shows request and answer, and says what the job would make of it.
pub(crate) async fn send(options: SinkSendOptions) -> Result<ExitCode, Failure> {
    let at = system_clock();
    let item = item(&options, at)?;
    let body = match options.kind {
        SampleKind::Account => Message::account(&item, at).map(|message| message.to_json()),
        SampleKind::AccessGroup => {
            Message::access_group(&item, at).map(|message| message.to_json())
        }
    };
    let body = body.unwrap_or_default();
    let seconds = at.as_millis().div_euclid(1_000);
    let headers = [
        ("content-type", "application/json".to_owned()),
        (ID_HEADER, item.key.clone()),
        (TIMESTAMP_HEADER, seconds.to_string()),
        (
            SIGNATURE_HEADER,
            sign(&secrets(&options.receiver)?, &item.key, seconds, &body),
        ),
    ];
    let sender = Sender::new(&target(&options.receiver)?).map_err(failed)?;
    let text = String::from_utf8_lossy(&body).into_owned();
    let shown = headers
        .iter()
        .map(|(name, value)| format!("{name}: {value}\n"));
    let request = format!(
        "POST {}\n{}\n{text}",
        options.receiver.url,
        shown.collect::<String>()
    );
    if !options.receiver.json {
        report::line(&format!("{request}\n"));
    }
    let answer = sender.send(&item.key, at, body).await;
    let answer = answer.map_err(|unsent| Failure::new(format!("no answer: {unsent}")))?;
    let (is_applied, outcome, words) = read(&answer, &item, options.kind);
    let came = String::from_utf8_lossy(&answer.body);
    if options.receiver.json {
        let headers: serde_json::Map<String, Value> = headers
            .map(|(name, value)| (name.to_owned(), value.into()))
            .into_iter()
            .collect();
        let line = json!({
            "request": {"url": options.receiver.url, "headers": headers, "body": text},
            "answer": {"status": answer.status, "body": came},
            "outcome": outcome,
        });
        report::line(&line.to_string());
    } else {
        let came: Vec<String> = came.lines().map(plain).collect();
        report::line(&format!(
            "{}\n{}\n\n{}",
            answer.status,
            came.join("\n"),
            plain(&words)
        ));
    }
    Ok(if is_applied {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

fn item(options: &SinkSendOptions, at: Timestamp) -> Result<Item, Failure> {
    let usual = match options.kind {
        SampleKind::Account => "sample-ada",
        SampleKind::AccessGroup => "sample-staff",
    };
    let id = ResourceId::new(options.directory_id.as_deref().unwrap_or(usual))
        .map_err(|error| Failure::new(format!("--directory-id: {error}")))?;
    let mut item = match options.kind {
        SampleKind::Account => sample::account(&id),
        SampleKind::AccessGroup => sample::access_group(&id),
    };
    // Later samples have higher numbers, so that none is taken for a late one.
    let number = u64::try_from(at.as_millis()).unwrap_or_default();
    item.revision = options.revision.unwrap_or(number);
    item.key = options
        .id
        .clone()
        .unwrap_or_else(|| format!("sample-{number}"));
    if let Some(group) = &mut item.group {
        group.group_ref = options.app_ref.as_deref().map(AccessGroupId::new);
    } else {
        item.app_ref = options.app_ref.as_deref().map(AccountId::new);
    }
    if options.gone {
        gone(&mut item);
    }
    Ok(item)
}

/// Makes the sample that of a leaver, or of a group that was deleted.
fn gone(item: &mut Item) {
    let name = if item.group.is_some() {
        "archived"
    } else {
        "active"
    };
    if let Some(group) = &mut item.group {
        group.archived = true;
        (item.op, item.lane) = (Op::ArchiveGroup, Stage::Archives);
    }
    if let Some(account) = &mut item.account {
        account.active = false;
        (item.op, item.lane) = (Op::Deactivate, Stage::Leavers);
    }
    item.to = [(name.to_owned(), json!(item.group.is_some()))].into();
    item.changed = vec![name.to_owned()];
}

/// Reads the answer as the job does.
fn read(answer: &Answer, item: &Item, kind: SampleKind) -> (bool, Value, String) {
    let now = system_clock();
    match kind {
        SampleKind::Account => {
            let outcome = answer.account(item, now);
            let told = serde_json::to_value(&outcome).unwrap_or_default();
            let is_applied = matches!(outcome, Outcome::Applied { .. } | Outcome::Unchanged);
            (is_applied, told, account(&outcome))
        }
        SampleKind::AccessGroup => {
            let outcome = answer.access_group(item, now);
            let told = serde_json::to_value(&outcome).unwrap_or_default();
            let is_applied = matches!(outcome, GroupOutcome::Applied { .. });
            (is_applied, told, access_group(&outcome))
        }
    }
}

fn account(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Applied { app_ref, observed } => {
            let seen = if observed.is_some() {
                ", and it says what it is now"
            } else {
                ""
            };
            format!("applied: the account is {app_ref}{seen}")
        }
        Outcome::Unchanged => "unchanged: it was so already".to_owned(),
        Outcome::Exists { app_ref } => {
            format!(
                "exists: {app_ref} has the address; people are asked whether it is the same person"
            )
        }
        Outcome::Rejected { code, text } => format!("rejected for good: {code}, {text}"),
        Outcome::Conflict { .. } => "conflict: it would be planned again at once".to_owned(),
        Outcome::Retry { text, .. } => format!("it would be tried again: {text}"),
        _ => String::new(),
    }
}

fn access_group(outcome: &GroupOutcome) -> String {
    match outcome {
        GroupOutcome::Applied { group_ref } => format!("applied: the access group is {group_ref}"),
        GroupOutcome::Rejected { code, text } => format!("rejected for good: {code}, {text}"),
        GroupOutcome::Retry { text, .. } => format!("it would be tried again: {text}"),
        _ => String::new(),
    }
}
