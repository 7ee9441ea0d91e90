//! `enroll accounts`, `enroll drift`, `enroll links` and `enroll user`: what the application has.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::Remote;

#[derive(Debug, Subcommand)]
pub(crate) enum AccountsCommand {
    /// Take in every account of the application, one JSON object with a `ref` a line; it counts as a whole or not at all.
    Import(AccountsOptions),
}

#[derive(Debug, Args)]
pub(crate) struct AccountsOptions {
    /// The file.
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
    /// Go on with a snapshot that was interrupted.
    #[arg(long, value_name = "NUMBER")]
    pub(crate) resume: Option<u64>,
    #[command(flatten)]
    pub(crate) remote: Remote,
}

#[derive(Debug, Subcommand)]
pub(crate) enum DriftCommand {
    /// List values that somebody changed in the application.
    List(Remote),
    /// The application owns the value of this account from now on.
    Adopt(DriftOptions),
    /// Write the provider's value.
    Revert(DriftOptions),
    /// Do not list it until it changes again.
    Ignore(DriftOptions),
}

#[derive(Debug, Args)]
pub(crate) struct DriftOptions {
    /// Which value, as `enroll drift list` names it: `last_name@u_77`.
    pub(crate) id: String,
    #[command(flatten)]
    pub(crate) said: SaidOptions,
    #[command(flatten)]
    pub(crate) remote: Remote,
}

#[derive(Debug, Subcommand)]
pub(crate) enum LinksCommand {
    /// List accounts that fit a person without one and that nobody manages.
    List(Remote),
    /// Say yes to all of them; administrators' and protected accounts wait for `enroll user link`.
    Approve(ApproveOptions),
}

#[derive(Debug, Args)]
pub(crate) struct ApproveOptions {
    #[command(flatten)]
    pub(crate) said: SaidOptions,
    #[command(flatten)]
    pub(crate) remote: Remote,
}

#[derive(Debug, Subcommand)]
pub(crate) enum UserCommand {
    /// Tie a person to an account that is there.
    Link(LinkOptions),
    /// Cut the tie; the account stays as it is and is nobody's.
    Unlink(UnlinkOptions),
    /// Say why somebody has, or has not, an account; and what happened so far.
    Why(super::WhyOptions),
}

#[derive(Debug, Args)]
pub(crate) struct LinkOptions {
    /// The person: id, address, userName or externalId.
    pub(crate) who: String,
    /// The application's id of the account.
    pub(crate) account: String,
    #[command(flatten)]
    pub(crate) said: SaidOptions,
    #[command(flatten)]
    pub(crate) remote: Remote,
}

#[derive(Debug, Args)]
pub(crate) struct UnlinkOptions {
    /// The person: id, address, userName or externalId.
    pub(crate) who: String,
    #[command(flatten)]
    pub(crate) said: SaidOptions,
    #[command(flatten)]
    pub(crate) remote: Remote,
}

/// What is written down about a decision.
#[derive(Debug, Args)]
pub(crate) struct SaidOptions {
    /// Who decides; the key's name unless given.
    #[arg(long, value_name = "NAME")]
    pub(crate) by: Option<String>,
    /// Why.
    #[arg(long, value_name = "TEXT")]
    pub(crate) reason: Option<String>,
}
