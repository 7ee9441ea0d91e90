//! `enroll group`: which of the provider's groups give access, and in which order.

use clap::{Args, Subcommand};

use super::Remote;

#[derive(Debug, Subcommand)]
pub(crate) enum GroupCommand {
    /// List the provider's groups and how each is selected.
    List(GroupListOptions),
    /// Let groups give access; later ones count less.
    Select(SelectOptions),
    /// Take groups out: their accounts are left as the policy's `on_deselect` says.
    Deselect(NamedOptions),
    /// Keep a selected group as it is for now.
    Pause(PauseOptions),
    /// Put these groups first, in this order (E-01).
    Order(NamedOptions),
    /// Let a selected group fill another access group.
    Bind(BindOptions),
}

#[derive(Debug, Args)]
pub(crate) struct GroupListOptions {
    #[command(flatten)]
    pub(crate) remote: Remote,
}

#[derive(Debug, Args)]
pub(crate) struct NamedOptions {
    /// Groups, by name or id.
    #[arg(required = true, value_name = "GROUP")]
    pub(crate) groups: Vec<String>,
    #[command(flatten)]
    pub(crate) remote: Remote,
}

#[derive(Debug, Args)]
pub(crate) struct SelectOptions {
    /// Groups, by name or id.
    #[arg(required = true, value_name = "GROUP")]
    pub(crate) groups: Vec<String>,
    /// The access group they fill; one of their own name unless given.
    #[arg(long, value_name = "ACCESS_GROUP")]
    pub(crate) to: Option<String>,
    /// Their people are external.
    #[arg(long)]
    pub(crate) external: bool,
    #[command(flatten)]
    pub(crate) remote: Remote,
}

#[derive(Debug, Args)]
pub(crate) struct PauseOptions {
    /// Groups, by name or id.
    #[arg(required = true, value_name = "GROUP")]
    pub(crate) groups: Vec<String>,
    /// Go on with them.
    #[arg(long)]
    pub(crate) resume: bool,
    #[command(flatten)]
    pub(crate) remote: Remote,
}

#[derive(Debug, Args)]
pub(crate) struct BindOptions {
    /// The group, by name or id.
    pub(crate) group: String,
    /// The access group.
    pub(crate) access_group: String,
    #[command(flatten)]
    pub(crate) remote: Remote,
}

#[derive(Debug, Args)]
pub(crate) struct FreezeOptions {
    /// Hold everything, not only what takes access away.
    #[arg(long)]
    pub(crate) all: bool,
    /// Hold what takes access away; that is the default.
    #[arg(long, conflicts_with = "all")]
    pub(crate) no_removals: bool,
    /// Hold nothing any longer.
    #[arg(long, conflicts_with_all = ["all", "no_removals"])]
    pub(crate) off: bool,
    #[command(flatten)]
    pub(crate) said: super::ReasonOptions,
    #[command(flatten)]
    pub(crate) remote: Remote,
}

#[derive(Debug, Args)]
pub(crate) struct ExpectOptions {
    /// How many removals are expected.
    #[arg(long, value_name = "NUMBER")]
    pub(crate) removals: u32,
    /// Until when, for instance 2027-01-31T18:00:00Z.
    #[arg(long, value_name = "INSTANT", required_unless_present = "span")]
    pub(crate) until: Option<String>,
    /// For how long.
    #[arg(
        long = "for",
        id = "span",
        value_name = "SPAN",
        conflicts_with = "until"
    )]
    pub(crate) span: Option<String>,
    #[command(flatten)]
    pub(crate) said: super::ReasonOptions,
    #[command(flatten)]
    pub(crate) remote: Remote,
}

#[derive(Debug, Args)]
pub(crate) struct TokensOptions {
    #[command(flatten)]
    pub(crate) remote: Remote,
}

#[derive(Debug, Args)]
pub(crate) struct TokenRevokeOptions {
    /// The token's id.
    pub(crate) id: String,
    #[command(flatten)]
    pub(crate) remote: Remote,
}
