//! The command line, as clap reads it.

use std::{net::SocketAddr, path::PathBuf};

use clap::{Args, Parser, Subcommand};
use enroll_simulate::{Provider, Scenario};

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
    /// Management keys.
    #[command(subcommand)]
    Key(KeyCommand),
    /// Tenants: the customers of your application.
    #[command(subcommand)]
    Tenant(TenantCommand),
    /// Integrations: one identity provider of one tenant.
    #[command(subcommand)]
    Integration(IntegrationCommand),
}

#[derive(Debug, Args)]
pub(crate) struct DevOptions {
    /// Where the database and the seed of the token live.
    #[arg(long, value_name = "DIR", default_value = "./enroll-data")]
    pub(crate) data: PathBuf,
    /// Loopback address to listen on; port 0 picks a free one.
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:8080", value_parser = address)]
    pub(crate) listen: SocketAddr,
    /// Take this bearer token (RFC 6750) instead of the one derived from the seed in DIR.
    #[arg(long, value_name = "TOKEN")]
    pub(crate) token: Option<String>,
    /// Which provider's dialect to expect: auto, strict, okta, entra, onelogin …
    #[arg(long, value_name = "IDP", default_value = "auto")]
    pub(crate) idp: String,
    /// The application has these fixed roles and cannot create groups.
    #[arg(long, value_name = "A,B,C", value_delimiter = ',')]
    pub(crate) roles: Vec<String>,
    /// The application is in use: one user and three access groups exist, automatic sync is off.
    #[arg(long)]
    pub(crate) in_use: bool,
    /// One line of JSON on standard output when ready; everything else on standard error.
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct ServeOptions {
    /// The configuration file.
    #[arg(long, value_name = "FILE", env = "ENROLL_CONFIG")]
    pub(crate) config: PathBuf,
}

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

/// Which database an offline command opens.
#[derive(Debug, Args)]
pub(crate) struct Place {
    /// The configuration file that names the database.
    #[arg(long, value_name = "FILE", env = "ENROLL_CONFIG")]
    pub(crate) config: PathBuf,
    /// The answer as one line of JSON.
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum RequestsCommand {
    /// List the newest requests, the newest last.
    Tail(TailOptions),
    /// Show one request: sent, read as, which quirks fired.
    Show(ShowOptions),
}

/// Which request log.
#[derive(Debug, Args)]
pub(crate) struct Log {
    /// Where the management API listens.
    #[arg(long, value_name = "URL", default_value = "http://127.0.0.1:8081")]
    pub(crate) url: String,
    /// A management key.
    #[arg(
        long,
        value_name = "KEY",
        env = "ENROLL_MANAGE_KEY",
        hide_env_values = true
    )]
    pub(crate) key: String,
    /// The tenant; the only one unless given.
    #[arg(long, value_name = "ID")]
    pub(crate) tenant: Option<String>,
    /// The integration; the tenant's only one unless given.
    #[arg(long, value_name = "ID")]
    pub(crate) integration: Option<String>,
    /// The server's own JSON, a request a line.
    #[arg(long)]
    pub(crate) json: bool,
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
    pub(crate) log: Log,
}

#[derive(Debug, Args)]
pub(crate) struct ShowOptions {
    /// The request's id, as in `x-request-id` and in every error.
    pub(crate) id: String,
    #[command(flatten)]
    pub(crate) log: Log,
}

#[derive(Debug, Subcommand)]
pub(crate) enum KeyCommand {
    /// Make a management key and show it once.
    New(Place),
}

#[derive(Debug, Subcommand)]
pub(crate) enum TenantCommand {
    /// Make a tenant under your own id, or rename it.
    Add(TenantOptions),
}

#[derive(Debug, Args)]
pub(crate) struct TenantOptions {
    /// Your own id of the customer.
    pub(crate) id: String,
    /// The name for people; the id unless given.
    #[arg(long)]
    pub(crate) name: Option<String>,
    #[command(flatten)]
    pub(crate) place: Place,
}

#[derive(Debug, Subcommand)]
pub(crate) enum IntegrationCommand {
    /// Make an integration and show its base URL and token, once.
    Add(IntegrationOptions),
}

#[derive(Debug, Args)]
pub(crate) struct IntegrationOptions {
    /// The tenant's id.
    pub(crate) tenant: String,
    /// Which provider: auto, okta, entra, onelogin …
    #[arg(long, default_value = "auto")]
    pub(crate) idp: String,
    /// The name for people; the provider's unless given.
    #[arg(long)]
    pub(crate) name: Option<String>,
    #[command(flatten)]
    pub(crate) place: Place,
}

fn names(all: &[&str]) -> String {
    all.join(", ")
}

/// Reads an address to listen on; `localhost` is the loopback address.
fn address(text: &str) -> Result<SocketAddr, &'static str> {
    let numeric = match text.strip_prefix("localhost:") {
        Some(port) => format!("127.0.0.1:{port}"),
        None => text.to_owned(),
    };
    numeric
        .parse()
        .map_err(|_| "write an IP address and a port, for instance 127.0.0.1:8080")
}
