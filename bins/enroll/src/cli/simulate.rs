//! `enroll simulate`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use enroll_simulate::{Approval, FAULTS_PERCENT_MAX, OnRemove, Provider, Scenario};

#[derive(Debug, Args)]
pub(crate) struct SimulateOptions {
    #[arg(help = format!("Which provider to play: {}", names(&Provider::ALL.map(Provider::name))))]
    pub(crate) provider: Provider,
    /// The SCIM base URL.
    #[arg(long, value_name = "BASE_URL")]
    pub(crate) url: String,
    /// The bearer token.
    #[arg(
        long,
        value_name = "TOKEN",
        env = "ENROLL_TOKEN",
        hide_env_values = true
    )]
    pub(crate) token: String,
    /// How many people the provider knows.
    #[arg(long, default_value_t = 20)]
    pub(crate) users: usize,
    /// How many groups.
    #[arg(long, default_value_t = 3)]
    pub(crate) groups: usize,
    #[arg(
        long,
        value_name = "NAME",
        default_value = Scenario::JoinersMoversLeavers.name(),
        help = format!("What happens to them: {}", names(&Scenario::ALL.map(Scenario::name)))
    )]
    pub(crate) scenario: Scenario,
    /// Which people and which course of events.
    #[arg(long, default_value_t = 1)]
    pub(crate) seed: u64,
    /// How many requests in a hundred go wrong on the way: lost, delivered twice or late, 429, 503.
    #[arg(
        long,
        value_name = "PERCENT",
        default_value_t = 0,
        value_parser = clap::value_parser!(u8).range(..=i64::from(FAULTS_PERCENT_MAX))
    )]
    pub(crate) faults: u8,
    /// What the provider remembers: read if it is there, written at the end. A second run with it
    /// and another --url plays a move to another server.
    #[arg(long, value_name = "FILE")]
    pub(crate) memory: Option<PathBuf>,
    /// Stop after so many phases of the story, without verification.
    #[arg(long, value_name = "PHASES", requires = "memory")]
    pub(crate) stop_after: Option<usize>,
    /// The report as JSON on standard output.
    #[arg(long)]
    pub(crate) json: bool,
    #[command(flatten)]
    pub(crate) onelogin: OneLoginOptions,
    #[command(flatten)]
    pub(crate) entra: EntraOptions,
    #[command(flatten)]
    pub(crate) okta: OktaOptions,
}

/// How the application in OneLogin is set up.
#[derive(Debug, Args)]
#[command(next_help_heading = "OneLogin")]
pub(crate) struct OneLoginOptions {
    /// The SCIM JSON Template, with macros such as {$user.email}; a documented one unless given.
    #[arg(long, value_name = "FILE")]
    pub(crate) template: Option<PathBuf>,
    /// Whether groups are included in user provisioning; without, no membership is ever sent.
    #[arg(long, value_name = "on|off", hide_possible_values = true)]
    pub(crate) groups_parameter: Option<Switch>,
    /// What a leaver causes: suspend, delete, nothing; both of the first two unless given.
    #[arg(long, value_name = "WHAT")]
    pub(crate) on_remove: Option<OnRemove>,
    /// Whether people wait as "Pending": off, on (nobody approves), late (approved at the end).
    #[arg(long, value_name = "on|off|late")]
    pub(crate) approval: Option<Approval>,
}

/// What the administrator of Entra does beside letting the job run.
#[derive(Debug, Args)]
#[command(next_help_heading = "Entra")]
pub(crate) struct EntraOptions {
    /// Provision person N (from 0) on demand, before the cycle that would have done it.
    #[arg(long, value_name = "N")]
    pub(crate) on_demand: Option<usize>,
    /// Restart provisioning at the end: the job forgets everybody and must find them again.
    #[arg(long)]
    pub(crate) restart: bool,
    /// Go into quarantine when most calls of a cycle fail, instead of giving up.
    #[arg(long)]
    pub(crate) quarantine: bool,
}

/// What the administrator of Okta does beside assigning people.
#[derive(Debug, Args)]
#[command(next_help_heading = "Okta")]
pub(crate) struct OktaOptions {
    /// Push every group with all its members at the end.
    #[arg(long)]
    pub(crate) push_now: bool,
    /// Unlink the last group at the end, and delete it at the server.
    #[arg(long)]
    pub(crate) unlink: bool,
    /// Import everybody at the end, page by page, and compare.
    #[arg(long)]
    pub(crate) import: bool,
}

/// On or off.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Switch {
    On,
    Off,
}

fn names(all: &[&str]) -> String {
    all.join(", ")
}
