//! How the binary speaks: failures, and the log on standard error.

use std::{
    fmt,
    io::{self, Write as _},
    path::Path,
    process::ExitCode,
};

use crate::config::{LogFormat, LogLevel};

/// What stops a command; one sentence that says what to change, and the exit code.
#[derive(Debug)]
pub(crate) struct Failure {
    text: String,
    code: u8,
}

/// The exit code of whatever fails, also of a command line that cannot be read.
pub(crate) const FAILED: u8 = 1;
/// The exit code of what names something that is not there.
const NOT_FOUND: u8 = 4;

impl Failure {
    pub(crate) fn new(text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            code: FAILED,
        }
    }

    pub(crate) fn io(verb: &str, path: &Path, error: &io::Error) -> Self {
        Self::new(format!("cannot {verb} {}: {error}", path.display()))
    }

    /// What was named is not there.
    pub(crate) fn not_found(text: impl Into<String>) -> Self {
        Self {
            code: NOT_FOUND,
            ..Self::new(text)
        }
    }

    /// Says why the command failed and gives its exit code.
    pub(crate) fn told(&self) -> ExitCode {
        aside(&format!("error: {self}"));
        self.code()
    }

    /// Gives the exit code.
    pub(crate) fn code(&self) -> ExitCode {
        ExitCode::from(self.code)
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl From<enroll::Error> for Failure {
    fn from(error: enroll::Error) -> Self {
        Self::new(whole(&error))
    }
}

/// Writes an error with its causes, each once: some already quote theirs.
fn whole(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        let told = cause.to_string();
        if !text.ends_with(&told) {
            text = format!("{text}: {told}");
        }
        source = cause.source();
    }
    text
}

/// Sends the log to standard error: as the configuration says, unless the command line or `RUST_LOG`
/// says otherwise. Names and values are escaped in both formats (threat C14).
pub(crate) fn start_log(verbose: u8, quiet: bool, set: Option<(LogFormat, LogLevel)>) {
    let level = match (quiet, verbose) {
        (true, _) => "error",
        (false, 0) => set.map_or("warn", |(_, level)| level.name()),
        (false, 1) => "debug",
        (false, _) => "trace",
    };
    let filter = tracing_subscriber::EnvFilter::try_from_default_env()
        .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new(format!("warn,enroll={level}")));
    let log = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(io::stderr)
        // It would tell them on standard error, and panic when that is what failed.
        .log_internal_errors(false);
    match set {
        Some((LogFormat::Json, _)) => log.json().flatten_event(true).init(),
        _ => log.init(),
    }
}

/// Writes one line to standard output; a closed pipe is no fault.
pub(crate) fn line(text: &str) {
    let mut out = io::stdout().lock();
    let _ = writeln!(out, "{text}").and_then(|()| out.flush());
}

/// Writes one line to standard error; a closed pipe is no fault, where `eprintln!` would panic.
pub(crate) fn aside(text: &str) {
    let _ = writeln!(io::stderr(), "{text}");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, PartialEq)]
    struct Told(&'static str, Option<Box<Told>>);

    impl fmt::Display for Told {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str(self.0)
        }
    }

    impl std::error::Error for Told {
        fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
            self.1.as_deref().map(|told| told as _)
        }
    }

    #[test]
    fn every_cause_is_told_once() {
        let disk = || Some(Box::new(Told("the disk is full", None)));
        let layers = [
            (Told("no", None), "no"),
            (Told("no", disk()), "no: the disk is full"),
            (Told("no: the disk is full", disk()), "no: the disk is full"),
            (
                Told("no", Some(Box::new(Told("the disk is full", disk())))),
                "no: the disk is full",
            ),
        ];
        for (error, wanted) in layers {
            assert_eq!(whole(&error), wanted);
        }
    }
}
