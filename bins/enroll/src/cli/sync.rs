//! `enroll sync`, `enroll impact` and `enroll user`: plans, approvals, who lost what, and why.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::Remote;

#[derive(Debug, Subcommand)]
pub(crate) enum SyncCommand {
    /// Say how the job stands.
    Status(StatusOptions),
    /// Store what would be done as a plan, and show it; changes nothing.
    Plan(PlanOptions),
    /// Apply what is ready in a plan, exactly as it was reviewed; without PLAN, a new one.
    Apply(ApplyOptions),
    /// Say yes to items that wait.
    Approve(DecideOptions),
    /// Say no to items that wait.
    Reject(DecideOptions),
    /// List what was applied, newest first.
    History(HistoryOptions),
    /// Show a stored plan and what became of it since.
    Show(PlanShowOptions),
    /// Give back the access that one cause took, for a while; the directory is not touched.
    GiveBack(GiveBackOptions),
}

#[derive(Debug, Args)]
pub(crate) struct StatusOptions {
    /// Wait at most this many seconds until the job rests.
    #[arg(long, value_name = "SECONDS", default_value_t = 0, value_parser = clap::value_parser!(u32).range(0..=60))]
    pub(crate) wait: u32,
    #[command(flatten)]
    pub(crate) remote: Remote,
}

#[derive(Debug, Args)]
pub(crate) struct PlanOptions {
    /// End with 2 when something is ready, 3 when something is held.
    #[arg(long)]
    pub(crate) detailed_exitcode: bool,
    #[command(flatten)]
    pub(crate) remote: Remote,
}

#[derive(Debug, Args)]
pub(crate) struct ApplyOptions {
    /// The plan's number; a new plan unless given.
    #[arg(value_name = "PLAN")]
    pub(crate) plan: Option<u64>,
    #[command(flatten)]
    pub(crate) said: ReasonOptions,
    #[command(flatten)]
    pub(crate) remote: Remote,
}

#[derive(Debug, Args)]
pub(crate) struct DecideOptions {
    /// The plan's number, or latest.
    #[arg(value_name = "PLAN", default_value = "latest")]
    pub(crate) plan: String,
    /// An item by its place, address, userName or subject; may be repeated.
    #[arg(long, value_name = "ITEM", conflicts_with_all = ["guard", "all"], required_unless_present_any = ["guard", "all"])]
    pub(crate) item: Vec<String>,
    /// Every item that this guard holds: `H_MASS_DEACTIVATION`, or a part of it such as mass.
    #[arg(long, value_name = "CODE", conflicts_with = "all")]
    pub(crate) guard: Option<String>,
    /// Every item that is ready or held.
    #[arg(long)]
    pub(crate) all: bool,
    #[command(flatten)]
    pub(crate) said: ReasonOptions,
    #[command(flatten)]
    pub(crate) remote: Remote,
}

/// Who says so, and why.
#[derive(Debug, Args)]
pub(crate) struct ReasonOptions {
    /// Why, for whoever reads it later; needed but for apply.
    #[arg(long, value_name = "TEXT")]
    pub(crate) reason: Option<String>,
    /// Who says so; the management key unless given.
    #[arg(long, value_name = "NAME")]
    pub(crate) by: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct HistoryOptions {
    /// Only about this person: id, address, userName or externalId.
    #[arg(value_name = "WHO")]
    pub(crate) who: Option<String>,
    /// How many changes.
    #[arg(short = 'n', long, value_name = "NUMBER", default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..=1000))]
    pub(crate) lines: u32,
    #[command(flatten)]
    pub(crate) remote: Remote,
}

#[derive(Debug, Args)]
pub(crate) struct PlanShowOptions {
    /// The plan's number, or latest.
    #[arg(value_name = "PLAN", default_value = "latest")]
    pub(crate) plan: String,
    /// Only items that do this: create, update, deactivate …
    #[arg(long, value_name = "OP")]
    pub(crate) op: Option<String>,
    /// Only items in this state.
    #[arg(long, value_name = "STATE", value_parser = ["ready", "held", "blocked"])]
    pub(crate) state: Option<String>,
    /// Only items with this reason.
    #[arg(long, value_name = "CODE")]
    pub(crate) code: Option<String>,
    #[command(flatten)]
    pub(crate) remote: Remote,
}

#[derive(Debug, Args)]
pub(crate) struct GiveBackOptions {
    /// The cause, as enroll impact names it.
    #[arg(long, value_name = "ID")]
    pub(crate) cause: String,
    /// How far back the cause is looked for: an instant, or a span such as 12h.
    #[arg(long, value_name = "WHEN", default_value = "7d")]
    pub(crate) since: String,
    /// For how long.
    #[arg(long = "for", value_name = "SPAN", default_value = "48h")]
    pub(crate) span: String,
    /// Somebody whom the provider set inactive, by address or userName; may be repeated.
    #[arg(long, value_name = "WHO")]
    pub(crate) person: Vec<String>,
    #[command(flatten)]
    pub(crate) said: ReasonOptions,
    #[command(flatten)]
    pub(crate) remote: Remote,
}

#[derive(Debug, Args)]
pub(crate) struct ImpactOptions {
    /// From when: an instant, or a span such as 12h.
    #[arg(long, value_name = "WHEN", default_value = "24h")]
    pub(crate) since: String,
    /// Until when; now unless given.
    #[arg(long, value_name = "INSTANT")]
    pub(crate) until: Option<String>,
    /// Only this effect.
    #[arg(long, value_parser = ["lost", "gained", "moved", "held", "blocked"])]
    pub(crate) effect: Option<String>,
    /// Only people in this file, one address or userName a line; - is standard input.
    #[arg(long, value_name = "FILE")]
    pub(crate) people: Option<PathBuf>,
    /// One line for each person, comma-separated.
    #[arg(long, conflicts_with = "json")]
    pub(crate) csv: bool,
    #[command(flatten)]
    pub(crate) remote: Remote,
}

#[derive(Debug, Args)]
pub(crate) struct WhyOptions {
    /// The person: id, address, userName or externalId.
    pub(crate) who: String,
    #[command(flatten)]
    pub(crate) remote: Remote,
}
