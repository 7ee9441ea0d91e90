//! `enroll simulate`.

use clap::Args;
use enroll_simulate::{Provider, Scenario};

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
    /// The report as JSON on standard output.
    #[arg(long)]
    pub(crate) json: bool,
}

fn names(all: &[&str]) -> String {
    all.join(", ")
}
