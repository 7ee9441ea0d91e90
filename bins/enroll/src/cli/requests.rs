//! `enroll requests`.

use clap::{Args, Subcommand};

use super::Remote;

#[derive(Debug, Subcommand)]
pub(crate) enum RequestsCommand {
    /// List the newest requests, the newest last.
    Tail(TailOptions),
    /// Show one request: sent, read as, which quirks fired.
    Show(ShowOptions),
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
