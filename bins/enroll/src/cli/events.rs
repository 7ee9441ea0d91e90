//! `enroll events`.

use clap::{Args, Subcommand};

use super::Remote;

#[derive(Debug, Subcommand)]
pub(crate) enum EventsCommand {
    /// List the newest changes that were applied, the newest last.
    Tail(EventsOptions),
}

#[derive(Debug, Args)]
pub(crate) struct EventsOptions {
    /// How many; all of them with --after.
    #[arg(short = 'n', long, default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) lines: u32,
    /// Go on as new ones come.
    #[arg(short, long)]
    pub(crate) follow: bool,
    /// Only those after this event: its id, as --json shows it.
    #[arg(long, value_name = "ID")]
    pub(crate) after: Option<String>,
    /// Only these kinds, for instance account.created,account.deactivated.
    #[arg(long, value_name = "KINDS")]
    pub(crate) types: Option<String>,
    #[command(flatten)]
    pub(crate) remote: Remote,
}
