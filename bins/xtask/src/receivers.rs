//! Runs `enroll sink check` at each receiver of examples/receivers.
//!
//! A receiver takes its port as argument and the secret from `ENROLL_SINK_SECRET`, prints one line
//! that ends with its URL when it is ready, and ends well at a TERM.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use crate::Failure;
use crate::command::{Tally, cargo_step, run_for};
use crate::workspace::Workspace;

pub(crate) fn run(workspace: &Workspace, _tally: &mut Tally) -> Result<(), Failure> {
    cargo_step(
        workspace,
        &["build", "--locked", "--package", "enroll-server"],
        &[],
    )?;
    let enroll = workspace.debug().join("enroll");
    for (interpreter, program) in RECEIVERS {
        let program = workspace.root.join("examples/receivers").join(program);
        check(&enroll, interpreter, &program)
            .map_err(|failure| format!("{}: {failure}", program.display()))?;
    }
    Ok(())
}

fn check(enroll: &Path, interpreter: &str, program: &Path) -> Result<(), Failure> {
    println!("$ {interpreter} {}", program.display());
    let mut receiver = Receiver::start(interpreter, program)?;
    let mut command = Command::new(enroll);
    command
        .args(["sink", "check", &receiver.url])
        .env(SECRET.0, SECRET.1);
    run_for(&mut command, DEADLINE)?;
    receiver.terminate()
}

/// A receiver that runs until its value goes away.
struct Receiver {
    child: Child,
    url: String,
}

impl Receiver {
    /// Starts a receiver on a free port and waits for its line.
    fn start(interpreter: &str, program: &Path) -> Result<Self, Failure> {
        let mut child = Command::new(interpreter)
            .arg(program)
            .arg("0")
            .env(SECRET.0, SECRET.1)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|error| format!("cannot run `{interpreter}`: {error}"))?;
        let mut line = String::new();
        if let Some(stdout) = child.stdout.take() {
            // A receiver that ends instead gives an empty line.
            let _ = BufReader::new(stdout).read_line(&mut line);
        }
        let url = line
            .split_whitespace()
            .last()
            .unwrap_or_default()
            .to_owned();
        let receiver = Self { child, url };
        if receiver.url.starts_with("http://127.0.0.1:") {
            return Ok(receiver);
        }
        Err(format!(
            "printed {line:?} instead of a line that ends with its URL"
        ))
    }

    fn terminate(&mut self) -> Result<(), Failure> {
        let pid = self.child.id().to_string();
        let told = Command::new("kill").args(["-TERM", &pid]).status();
        told.map_err(|error| format!("cannot run `kill`: {error}"))?;
        let status = self.child.wait().map_err(|error| error.to_string())?;
        if status.success() {
            return Ok(());
        }
        Err(format!("ended with {status} at a TERM"))
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        // Gone already when it was terminated.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

const RECEIVERS: &[(&str, &str)] = &[
    ("python3", "python/receiver.py"),
    ("node", "node/receiver.mjs"),
    ("ruby", "ruby/receiver.rb"),
];
/// Two secrets, as during a rotation: the receivers must know either.
const SECRET: (&str, &str) = (
    "ENROLL_SINK_SECRET",
    "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLwSw",
);
const DEADLINE: Duration = Duration::from_mins(1);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scratch::Scratch;

    /// Checks a receiver that is this shell script; `enroll` is another.
    fn played(receiver: &str, enroll: &str) -> Result<(), Failure> {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = Scratch::new("receivers")?;
        let program = folder.path().join("receiver");
        std::fs::write(&program, receiver).unwrap();
        let stand_in = folder.path().join("enroll");
        std::fs::write(&stand_in, format!("#!/bin/sh\n{enroll}\n")).unwrap();
        std::fs::set_permissions(&stand_in, std::fs::Permissions::from_mode(0o755)).unwrap();
        check(&stand_in, "sh", &program)
    }

    #[test]
    fn a_receiver_must_be_ready_pass_and_end_well() {
        let serve = |at_term: u8| {
            format!(
                "trap 'exit {at_term}' TERM; echo ready: http://127.0.0.1:1/; while :; do sleep 0.1; done"
            )
        };
        let pass = r#"test "$*" = "sink check http://127.0.0.1:1/""#;
        assert_eq!(played(&serve(0), pass), Ok(()));
        for (receiver, enroll, wanted) in [
            (serve(9), pass, "at a TERM"),
            (serve(0), "exit 1", "ended with exit status: 1"),
            ("echo no".to_owned(), pass, "printed \"no\\n\" instead"),
            (String::new(), pass, "printed \"\" instead"),
        ] {
            let failure = played(&receiver, enroll).unwrap_err();
            assert!(failure.contains(wanted), "{failure}");
        }
    }
}
