//! Runs other programs: cargo with its environment, tests with their counts, things with a deadline.

use std::fmt;
use std::io::{BufRead, BufReader, IsTerminal, Write};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use crate::Failure;
use crate::workspace::{Workspace, cargo};

/// Counts tests over several runs of `cargo test`.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Tally {
    passed: u64,
    failed: u64,
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} passed, {} failed", self.passed, self.failed)
    }
}

impl Tally {
    /// Runs `cargo test`, shows what it prints, and counts; a run of no test at all has failed.
    pub(crate) fn cargo_test(
        &mut self,
        workspace: &Workspace,
        arguments: &[&str],
    ) -> Result<(), Failure> {
        let before = self.passed;
        let mut command = cargo_command(workspace, arguments);
        let mut child = start(command.stdout(Stdio::piped()))?;
        if let Some(stdout) = child.stdout.take() {
            for line in BufReader::new(stdout).lines() {
                let line = line.map_err(|error| format!("reading the tests' output: {error}"))?;
                println!("{line}");
                self.count(&line);
            }
        }
        let status = child.wait().map_err(|error| error.to_string())?;
        must_be_good(&command, status)?;
        if self.passed == before {
            return Err("no test was run".to_owned());
        }
        Ok(())
    }

    /// Reads one closing line of libtest: `test result: ok. 3 passed; 0 failed; …`.
    fn count(&mut self, line: &str) {
        let Some((_, counts)) = line.trim().split_once("test result: ") else {
            return;
        };
        let count = |word: &str| -> u64 {
            let part = counts
                .split([';', '.'])
                .find_map(|part| part.trim().strip_suffix(word));
            part.and_then(|number| number.trim().parse().ok())
                .unwrap_or_default()
        };
        self.passed += count("passed");
        self.failed += count("failed");
    }
}

/// Runs cargo in the workspace and waits.
pub(crate) fn cargo_step(
    workspace: &Workspace,
    arguments: &[&str],
    environment: &[(&str, &str)],
) -> Result<(), Failure> {
    let mut command = cargo_command(workspace, arguments);
    let status = start(command.envs(environment.iter().copied()))?.wait();
    must_be_good(&command, status.map_err(|error| error.to_string())?)
}

fn cargo_command(workspace: &Workspace, arguments: &[&str]) -> Command {
    let colour = std::io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none();
    let mut command = Command::new(cargo());
    command
        .current_dir(&workspace.root)
        .args(arguments)
        .stdin(Stdio::null());
    if std::env::var_os("CARGO_TERM_COLOR").is_none() {
        command.env("CARGO_TERM_COLOR", if colour { "always" } else { "never" });
    }
    // Where everything is built once and thrown away, bookkeeping for the next build only costs.
    if std::env::var_os("CI").is_some() && std::env::var_os("CARGO_INCREMENTAL").is_none() {
        command.env("CARGO_INCREMENTAL", "0");
    }
    println!("$ {}", shown(&command));
    command
}

/// Runs a program for at most `deadline`; past it, the program and all it started are killed.
pub(crate) fn run_for(command: &mut Command, deadline: Duration) -> Result<(), Failure> {
    use std::os::unix::process::CommandExt as _;
    let mut child = start(command.process_group(0).stdin(Stdio::null()))?;
    let started = Instant::now();
    loop {
        if let Some(status) = child.try_wait().map_err(|error| error.to_string())? {
            return must_be_good(command, status);
        }
        if started.elapsed() > deadline {
            kill_group(&mut child);
            return Err(format!("`{}` still ran after {deadline:?}", shown(command)));
        }
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// Kills a program that leads its own process group, with everything in the group.
fn kill_group(child: &mut Child) {
    let group = format!("-{}", child.id());
    let killed = Command::new("kill").args(["-KILL", "--", &group]).status();
    if !killed.is_ok_and(|status| status.success()) {
        // Without a `kill` program, at least the leader goes; an error here means it is gone already.
        let _ = child.kill();
    }
    let _ = child.wait();
}

/// Returns what a program prints, if it runs well.
pub(crate) fn says(command: &mut Command) -> Option<String> {
    let output = command.stdin(Stdio::null()).output().ok()?;
    output
        .status
        .success()
        .then(|| String::from_utf8_lossy(&output.stdout).into_owned())
}

fn start(command: &mut Command) -> Result<Child, Failure> {
    // What we printed must stand before what the program prints.
    let _ = std::io::stdout().flush();
    command
        .spawn()
        .map_err(|error| format!("cannot run `{}`: {error}", shown(command)))
}

fn must_be_good(command: &Command, status: ExitStatus) -> Result<(), Failure> {
    if status.success() {
        return Ok(());
    }
    Err(format!("`{}` ended with {status}", shown(command)))
}

fn shown(command: &Command) -> String {
    let program = command.get_program().to_string_lossy();
    let program = program.rsplit('/').next().unwrap_or_default().to_owned();
    let arguments = command
        .get_args()
        .map(|argument| argument.to_string_lossy().into_owned());
    std::iter::once(program)
        .chain(arguments)
        .collect::<Vec<_>>()
        .join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn closing_lines_are_counted_and_nothing_else() {
        let mut tally = Tally::default();
        for line in [
            "running 3 tests",
            "test a::b ... ok",
            "test result: ok. 3 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.1s",
            "test result: FAILED. 12 passed; 2 failed; 0 ignored; 0 measured; 0 filtered out",
            "7 passed",
        ] {
            tally.count(line);
        }
        assert_eq!(
            tally,
            Tally {
                passed: 15,
                failed: 2
            }
        );
        assert_eq!(tally.to_string(), "15 passed, 2 failed");
    }

    #[test]
    fn a_program_that_fails_is_named_with_its_status() {
        let failure = run_for(Command::new("sh").args(["-c", "exit 3"]), MINUTE).unwrap_err();
        assert_eq!(failure, "`sh -c exit 3` ended with exit status: 3");
        let failure = run_for(&mut Command::new("/no/such/program"), MINUTE).unwrap_err();
        assert!(failure.starts_with("cannot run `program`:"), "{failure}");
    }

    #[test]
    fn a_program_past_its_deadline_is_killed_with_what_it_started() {
        let mut command = Command::new("sh");
        let failure =
            run_for(command.args(["-c", "sleep 600 & wait"]), Duration::ZERO).unwrap_err();
        assert!(failure.contains("still ran after 0ns"), "{failure}");
    }

    const MINUTE: Duration = Duration::from_mins(1);
}
