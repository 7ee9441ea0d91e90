//! The command line, as clap reads it: one file for each family of commands.

mod admin;
mod alerts;
mod application;
mod doctor;
mod events;
mod group;
mod remote;
mod requests;
mod serve;
mod simulate;
mod sink;
mod sync;
mod transfer;

use clap::{Parser, Subcommand};

pub(crate) use admin::{
    IntegrationCommand, IntegrationOptions, KeyCommand, KeyOptions, Place, RevokeOptions,
    TenantCommand, TenantOptions,
};
pub(crate) use alerts::AlertsCommand;
pub(crate) use application::{
    AccountsCommand, AccountsOptions, ApproveOptions, DriftCommand, DriftOptions, LinkOptions,
    LinksCommand, SaidOptions, UnlinkOptions, UserCommand,
};
pub(crate) use doctor::DoctorOptions;
pub(crate) use events::{EventsCommand, EventsOptions};
pub(crate) use group::{
    ExpectOptions, FreezeOptions, GroupCommand, TokenRevokeOptions, TokensOptions,
};
pub(crate) use remote::Remote;
pub(crate) use requests::{CaseOptions, RequestsCommand, ShowOptions, TailOptions};
pub(crate) use serve::{DevOptions, ServeOptions};
pub(crate) use simulate::{OneLoginOptions, SimulateOptions, Switch};
pub(crate) use sink::{
    ReceiverOptions, SampleKind, SinkCheckOptions, SinkCommand, SinkSendOptions,
};
pub(crate) use sync::{
    ApplyOptions, DecideOptions, GiveBackOptions, HistoryOptions, ImpactOptions, PlanOptions,
    PlanShowOptions, ReasonOptions, StatusOptions, SyncCommand, WhyOptions,
};
pub(crate) use transfer::{ExportOptions, ImportOptions, TokenCommand, TokenOptions};

/// Receives SCIM 2.0 provisioning and turns it into your application's accounts and access groups.
#[derive(Debug, Parser)]
#[command(name = "enroll", version, propagate_version = true)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,
    /// Log more (-v debug, -vv trace); `RUST_LOG` overrides it.
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    pub(crate) verbose: u8,
    /// Log errors only.
    #[arg(short, long, global = true)]
    pub(crate) quiet: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Try it: one process on loopback with embedded SQLite, a demo tenant and a ready token.
    Dev(DevOptions),
    /// Run it for real, as a configuration file says.
    Serve(ServeOptions),
    /// Play an identity provider (simulated from documentation) against any SCIM URL.
    Simulate(SimulateOptions),
    /// The request log of a running server: what providers sent, and what it was read as.
    #[command(subcommand)]
    Requests(RequestsCommand),
    /// Say what is wrong with a provider's connection, and where to put it right; fails if a check fails.
    Doctor(DoctorOptions),
    /// What somebody must know: leavers who keep access, silent providers, tokens that run out.
    #[command(subcommand)]
    Alerts(AlertsCommand),
    /// Receivers of signed messages: your application, in any language.
    #[command(subcommand)]
    Sink(SinkCommand),
    /// The application's accounts.
    #[command(subcommand)]
    Accounts(AccountsCommand),
    /// Values that somebody changed in the application.
    #[command(subcommand)]
    Drift(DriftCommand),
    /// Accounts that were there before and fit a person.
    #[command(subcommand)]
    Links(LinksCommand),
    /// People: why somebody has, or has not, an account; accounts tied to people.
    #[command(subcommand)]
    User(UserCommand),
    /// The feed of changes that were applied, of a running server.
    #[command(subcommand)]
    Events(EventsCommand),
    /// Plans: what would be done, saying yes or no to it, and what was done.
    #[command(subcommand)]
    Sync(SyncCommand),
    /// Say who lost, gained or changed access, and by which cause.
    Impact(ImpactOptions),
    /// The provider's groups: which give access, and in which order.
    #[command(subcommand)]
    Group(GroupCommand),
    /// Management keys.
    #[command(subcommand)]
    Key(KeyCommand),
    /// Tenants: the customers of your application.
    #[command(subcommand)]
    Tenant(TenantCommand),
    /// Integrations: one identity provider of one tenant.
    #[command(subcommand)]
    Integration(IntegrationCommand),
    /// Bearer tokens of a running server.
    #[command(subcommand)]
    Token(TokenCommand),
}
