//! `cargo xtask rows`: takes each reason's rule out in turn, and looks which tests notice.
//!
//! The rule is taken out by a switch that only the tests of `enroll-sync` have, so nothing is built
//! again. A code that nobody misses fails.

use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::thread;

use enroll_sync::Code;
use serde_json::Value;

use crate::Failure;
use crate::workspace::{Workspace, cargo};

const SWITCH: &str = "ENROLL_SYNC_WITHOUT";

/// Codes whose rule is no rule of this crate's own: each with the reason why nothing can miss it.
const NOT_A_RULE: &[(Code, &str)] = &[];

pub(crate) fn run(workspace: &Workspace) -> Result<(), Failure> {
    let tests = build(workspace)?;
    let whole = noticed(&tests, None, &[])?;
    if !whole.is_empty() {
        return Err(format!(
            "these fail with every rule there: {}",
            whole.join(", ")
        ));
    }
    let mut missed = Vec::new();
    for code in Code::ALL {
        let mut by = noticed(&tests, Some(*code), LONG)?;
        if by.is_empty() {
            by = noticed(&tests, Some(*code), &[])?;
        }
        println!("{:<24} {:<28} {}", rows_of(*code), code.as_str(), told(&by));
        let excused = NOT_A_RULE.iter().any(|(known, _)| known == code);
        if by.is_empty() && !excused {
            missed.push(code.as_str());
        }
    }
    if missed.is_empty() {
        return Ok(());
    }
    Err(format!(
        "no test notices when these are gone: {}",
        missed.join(", ")
    ))
}

/// Modules whose tests take long: they are asked only when nobody else noticed.
const LONG: &[&str] = &["impact::", "laws::", "simulation::", "theorem::"];

/// Builds the tests of the crate and returns their programs.
fn build(workspace: &Workspace) -> Result<Vec<PathBuf>, Failure> {
    let mut command = Command::new(cargo());
    command
        .current_dir(&workspace.root)
        .args(["test", "-p", "enroll-sync", "--tests", "--no-run"])
        .arg("--message-format=json")
        .stderr(Stdio::inherit());
    let built = command
        .output()
        .map_err(|error| format!("cargo: {error}"))?;
    if !built.status.success() {
        return Err("the tests of enroll-sync do not build".to_owned());
    }
    let told = String::from_utf8_lossy(&built.stdout);
    let messages = told
        .lines()
        .filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let program = |message: Value| {
        let is_ours = message.pointer("/target/name").and_then(Value::as_str)?;
        let is_ours = matches!(is_ours, "it" | "enroll_sync");
        let path = message.get("executable").and_then(Value::as_str)?;
        is_ours.then(|| PathBuf::from(path))
    };
    Ok(messages.filter_map(program).collect())
}

/// Runs the tests without one rule, `but` some, and returns those that fail.
fn noticed(tests: &[PathBuf], without: Option<Code>, but: &[&str]) -> Result<Vec<String>, Failure> {
    let mut failed = Vec::new();
    thread::scope(|scope| {
        let runs: Vec<_> = tests
            .iter()
            .map(|program| {
                scope.spawn(move || {
                    let mut command = Command::new(program);
                    command.env("RUST_BACKTRACE", "0");
                    command.args(but.iter().flat_map(|name| ["--skip", name]));
                    command.env_remove(SWITCH);
                    if let Some(code) = without {
                        command.env(SWITCH, code.as_str());
                    }
                    command.output()
                })
            })
            .collect();
        for run in runs {
            let output = run
                .join()
                .map_err(|_| "a run of the tests panicked".to_owned())?
                .map_err(|error| error.to_string())?;
            let told = String::from_utf8_lossy(&output.stdout).into_owned();
            let lines = told.lines().filter_map(|line| line.strip_prefix("test "));
            failed.extend(
                lines
                    .filter_map(|line| line.strip_suffix(" ... FAILED"))
                    .map(str::to_owned),
            );
        }
        Ok(failed)
    })
}

/// Returns the product's rules that a code's meaning names.
fn rows_of(code: Code) -> String {
    let meaning = code.meaning();
    let Some((_, tail)) = meaning.rsplit_once('(') else {
        return String::new();
    };
    tail.trim_end_matches(['.', ')']).to_owned()
}

fn told(by: &[String]) -> String {
    match by {
        [] => "nobody".to_owned(),
        [first] => first.clone(),
        [first, rest @ ..] => format!("{first} and {} more", rest.len()),
    }
}
