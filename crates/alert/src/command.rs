//! Alerts to a program on this machine.

use std::{process::Stdio, time::Duration};

use tokio::{
    io::AsyncWriteExt as _,
    process::{Child, Command},
    time::timeout,
};

use crate::{AlertChannel, AlertMessage};

/// Starts a program for each message, which reads it as JSON from standard input; it must end with
/// success within a time.
///
/// No shell: the first argument is the program, the rest are its arguments as they are.
#[derive(Clone, Debug)]
pub struct Program {
    path: String,
    arguments: Vec<String>,
    most: Duration,
}

/// How long a program may take unless told.
pub const PROGRAM_MAX: Duration = Duration::from_secs(30);

impl Program {
    /// Names the program and its arguments; `None` when there is no program.
    pub fn new(argv: impl IntoIterator<Item = String>) -> Option<Self> {
        let mut argv = argv.into_iter();
        let path = argv.next().filter(|path| !path.is_empty())?;
        Some(Self {
            path,
            arguments: argv.collect(),
            most: PROGRAM_MAX,
        })
    }

    /// Says how long it may take.
    pub fn at_most(mut self, most: Duration) -> Self {
        self.most = most;
        self
    }

    fn start(&self) -> Result<Child, String> {
        let mut command = Command::new(&self.path);
        command
            .args(&self.arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            // A program that takes too long is ended.
            .kill_on_drop(true);
        let child = command.spawn();
        child.map_err(|error| format!("{} cannot be started: {error}", self.path))
    }
}

impl AlertChannel for Program {
    async fn tell(&self, message: &AlertMessage) -> Result<(), String> {
        let mut child = self.start()?;
        let mut line = message.to_json();
        line.push(b'\n');
        let run = async {
            if let Some(mut stdin) = child.stdin.take() {
                // A program that does not read it may still do its work: its end says so.
                let _ = stdin.write_all(&line).await;
            }
            child.wait().await
        };
        match timeout(self.most, run).await {
            Ok(Ok(status)) if status.success() => Ok(()),
            Ok(Ok(status)) => Err(format!("{} ended with {status}", self.path)),
            Ok(Err(error)) => Err(format!("{}: {error}", self.path)),
            Err(_) => Err(format!("{} took longer than {:?}", self.path, self.most)),
        }
    }
}
