//! Commands on the machine itself: `enroll key`, `tenant`, `integration`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::{ExportOptions, ImportOptions};

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
    /// Move users and groups in, with their ids, from another SCIM server or a file.
    Import(ImportOptions),
    /// Write users and groups out, one line of JSON each.
    Export(ExportOptions),
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
