//! Signatures are understood by the libraries of standardwebhooks.com, and theirs by us (issue 4.5).
//!
//! The libraries come from PyPI and npm, into folders below `target`.

use std::{
    fs,
    io::Write as _,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use enroll::deliver::{Signed, SigningSecret, sign, verify};
use enroll::http::system_clock;
use serde_json::{Value, json};

/// One thing that a library is asked.
struct Question {
    ask: Value,
    wanted: Option<bool>,
}

/// A folder of this version, made by `make` the first time.
fn place(name: &str, make: impl FnOnce(&Path)) -> PathBuf {
    let place = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    if !place.join("ready").exists() {
        fs::create_dir_all(&place).unwrap();
        make(&place);
        fs::write(place.join("ready"), "").unwrap();
    }
    place
}

fn run(command: &mut Command) {
    let output = command.output();
    let output = output.unwrap_or_else(|error| panic!("{command:?}: {error}"));
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?}: {told}");
}

fn python() -> Command {
    let place = place("standardwebhooks-1.1.0-pypi", |place| {
        run(Command::new("python3").args(["-m", "venv"]).arg(place));
        let pip = place.join("bin").join("pip");
        run(Command::new(pip).args(["install", "--quiet", "standardwebhooks==1.1.0"]));
    });
    let mut command = Command::new(place.join("bin").join("python"));
    command.args(["-c", PYTHON]);
    command
}

fn node() -> Command {
    let place = place("standardwebhooks-1.1.1-npm", |place| {
        let words = ["install", "--no-save", "--ignore-scripts", "--silent"];
        let mut npm = Command::new("npm");
        run(npm
            .args(words)
            .arg("--prefix")
            .arg(place)
            .arg("standardwebhooks@1.1.1"));
    });
    fs::write(place.join("ask.mjs"), NODE).unwrap();
    let mut command = Command::new("node");
    command.arg(place.join("ask.mjs"));
    command
}

/// Asks a library everything at once: a line each.
fn ask(mut library: Command, questions: &[Question]) -> Vec<Value> {
    let child = library.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn();
    let mut child = child.unwrap_or_else(|error| panic!("{library:?}: {error}"));
    let mut stdin = child.stdin.take().unwrap();
    for question in questions {
        writeln!(stdin, "{}", question.ask).unwrap();
    }
    drop(stdin);
    let output = child.wait_with_output().unwrap();
    let told = String::from_utf8(output.stdout).unwrap();
    let answers = told.lines().map(|line| serde_json::from_str(line).unwrap());
    answers.collect()
}

fn secret(seed: u8, length: usize) -> SigningSecret {
    SigningSecret::from_bytes(&vec![seed; length]).unwrap()
}

/// Asks about a message; who is asked knows `known`, unless `wanted` is left to be signed.
fn question(
    known: &SigningSecret,
    (signers, sent, signed, ago): (&[SigningSecret], &str, &str, i64),
    wanted: Option<bool>,
) -> Question {
    let at = system_clock().as_millis().div_euclid(1_000) - ago;
    let signature = sign(signers, "msg_1", at, signed.as_bytes());
    let ask = json!({
        "secret": known.spell(), "id": "msg_1", "at": at, "body": sent,
        "signature": wanted.map(|_| signature),
    });
    Question { ask, wanted }
}

fn check(library: Command) {
    let (new, old, long) = (secret(7, 24), secret(9, 32), secret(11, 64));
    let bodies = [
        r#"{"type":"account.apply"}"#.to_owned(),
        r#"{ "last_name": "King-Noël 李 \u00e9 🙂" }"#.to_owned(),
        json!({"fields": "x".repeat(100_000)}).to_string(),
    ];
    let mut questions = Vec::new();
    for body in &bodies {
        for known in [&new, &old, &long] {
            let alone = std::slice::from_ref(known);
            let both = [secret(1, 32), known.clone()];
            let changed = format!("{body} ");
            questions.extend([
                question(known, (alone, body, body, 0), Some(true)),
                question(known, (&both, body, body, 0), Some(true)),
                question(known, (&[secret(1, 32)], body, body, 0), Some(false)),
                question(known, (alone, &changed, body, 0), Some(false)),
                question(known, (alone, body, body, 600), Some(false)),
                question(known, (alone, body, body, -600), Some(false)),
                question(known, (alone, body, body, 0), None),
            ]);
        }
    }
    let answers = ask(library, &questions);
    assert_eq!(answers.len(), questions.len());
    for (Question { ask, wanted }, answer) in questions.iter().zip(answers) {
        if let Some(wanted) = wanted {
            assert_eq!(answer, *wanted, "{ask}");
            continue;
        }
        let known = [SigningSecret::parse(ask["secret"].as_str().unwrap()).unwrap()];
        let at = ask["at"].as_i64().unwrap();
        let signed = Signed {
            id: "msg_1",
            timestamp: &at.to_string(),
            signature: answer.as_str().unwrap(),
        };
        let body = ask["body"].as_str().unwrap();
        assert_eq!(verify(&known, signed, body.as_bytes(), at), Ok(()), "{ask}");
        assert!(verify(&[secret(1, 32)], signed, body.as_bytes(), at).is_err());
        assert!(verify(&known, signed, format!("{body} ").as_bytes(), at).is_err());
    }
}

#[test]
fn the_library_of_pypi_understands_our_signatures_and_we_its() {
    check(python());
}

#[test]
fn the_library_of_npm_understands_our_signatures_and_we_its() {
    check(node());
}

const PYTHON: &str = r#"
import datetime, json, sys
from standardwebhooks.webhooks import Webhook, WebhookVerificationError
for line in sys.stdin:
    ask = json.loads(line)
    webhook = Webhook(ask["secret"])
    if ask["signature"] is None:
        at = datetime.datetime.fromtimestamp(ask["at"], datetime.timezone.utc)
        print(json.dumps(webhook.sign(ask["id"], at, ask["body"])))
        continue
    headers = {"webhook-id": ask["id"], "webhook-timestamp": str(ask["at"]), "webhook-signature": ask["signature"]}
    try:
        webhook.verify(ask["body"], headers)
        print("true")
    except WebhookVerificationError:
        print("false")
"#;

const NODE: &str = r#"
import { Webhook, WebhookVerificationError } from "standardwebhooks";
import { createInterface } from "node:readline";
for await (const line of createInterface({ input: process.stdin })) {
  const { secret, id, at, body, signature } = JSON.parse(line);
  const webhook = new Webhook(secret);
  if (signature === null) {
    console.log(JSON.stringify(webhook.sign(id, new Date(at * 1000), body)));
    continue;
  }
  const headers = { "webhook-id": id, "webhook-timestamp": String(at), "webhook-signature": signature };
  try {
    webhook.verify(body, headers);
    console.log("true");
  } catch (error) {
    if (!(error instanceof WebhookVerificationError)) throw error;
    console.log("false");
  }
}
"#;
