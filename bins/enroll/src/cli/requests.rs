//! `enroll requests`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::Remote;

#[derive(Debug, Subcommand)]
pub(crate) enum RequestsCommand {
    /// List the newest requests, the newest last.
    Tail(TailOptions),
    /// Show one request: sent, read as, which quirks fired.
    Show(ShowOptions),
    /// Say what a request would be answered and change today; nothing is written. Exit code 2: something is different.
    Replay(ShowOptions),
    /// Write requests as anonymised test cases, with what must be there before.
    Export(CaseOptions),
}

#[derive(Debug, Args)]
pub(crate) struct TailOptions {
    /// How many.
    #[arg(short = 'n', long, default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) lines: u32,
    /// Go on as new ones come.
    #[arg(short, long)]
    pub(crate) follow: bool,
    #[command(flatten)]
    pub(crate) remote: Remote,
}

#[derive(Debug, Args)]
pub(crate) struct ShowOptions {
    /// The request's id, as in `x-request-id` and in every error.
    pub(crate) id: String,
    #[command(flatten)]
    pub(crate) remote: Remote,
}

#[derive(Debug, Args)]
pub(crate) struct CaseOptions {
    /// The requests' ids.
    #[arg(required_unless_present = "last", conflicts_with = "last")]
    pub(crate) ids: Vec<String>,
    /// The newest ones instead; what cannot be exported is passed over.
    #[arg(short = 'n', long, value_parser = clap::value_parser!(u32).range(1..=1_000))]
    pub(crate) last: Option<u32>,
    /// Of these, the ones about one resource.
    #[arg(long, value_name = "ID", requires = "last")]
    pub(crate) subject: Option<String>,
    /// A file (`….json`), or a directory that gets a folder for each provider; standard output unless given.
    #[arg(long, value_name = "PATH")]
    pub(crate) out: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) remote: Remote,
}
