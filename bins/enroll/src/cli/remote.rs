//! Which running server a command speaks to, and about what.

use clap::Args;

/// A running server, one of its tenants and one of its integrations.
#[derive(Debug, Args)]
pub(crate) struct Remote {
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
    /// The server's own JSON, one object a line.
    #[arg(long)]
    pub(crate) json: bool,
}
