//! `enroll alerts`.

use clap::Subcommand;

use super::Remote;

#[derive(Debug, Subcommand)]
pub(crate) enum AlertsCommand {
    /// List what somebody must know of a tenant.
    List(Remote),
    /// Send a trial message through every channel of `[alerts]`; fails if one does not arrive.
    Test(Remote),
}
