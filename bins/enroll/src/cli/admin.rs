//! Commands on the machine itself: `enroll key`, `tenant`, `integration`.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use enroll::tenants::Scope;

use super::{ExpectOptions, ExportOptions, FreezeOptions, ImportOptions};

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
pub(crate) enum KeyCommand {
    /// Make a management key and show it once.
    New(KeyOptions),
    /// List the keys, revoked ones too; no secret is kept.
    List(Place),
    /// Revoke a key: it is refused from the next request on.
    Revoke(RevokeOptions),
}

#[derive(Debug, Args)]
pub(crate) struct KeyOptions {
    /// What it may do: read, operate, admin, staff, app; everything unless given.
    #[arg(long, value_name = "SCOPE", value_delimiter = ',', value_parser = scope)]
    pub(crate) scope: Vec<Scope>,
    /// The only tenant it opens; every one unless given.
    #[arg(long, value_name = "ID")]
    pub(crate) tenant: Option<String>,
    /// What it is for; its id unless given.
    #[arg(long)]
    pub(crate) name: Option<String>,
    #[command(flatten)]
    pub(crate) place: Place,
}

#[derive(Debug, Args)]
pub(crate) struct RevokeOptions {
    /// The key's id, as `enroll key list` shows it.
    pub(crate) id: String,
    #[command(flatten)]
    pub(crate) place: Place,
}

fn scope(name: &str) -> Result<Scope, String> {
    let known = Scope::ALL.map(Scope::name).join(", ");
    Scope::named(name).ok_or_else(|| format!("known are {known}"))
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
    /// Move users and groups in, with their ids, from another SCIM server or a file.
    Import(ImportOptions),
    /// Write users and groups out, one line of JSON each.
    Export(ExportOptions),
    /// Keep removals, or everything, from happening; the brake is the tenant's.
    Freeze(FreezeOptions),
    /// Announce removals, so that they pass the limits for a while.
    Expect(ExpectOptions),
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
