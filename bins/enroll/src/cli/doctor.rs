//! `enroll doctor`.

use clap::Args;

use super::Remote;

#[derive(Debug, Args)]
pub(crate) struct DoctorOptions {
    /// How many people are assigned, as the provider shows it; compared with those who came.
    #[arg(long, value_name = "N")]
    pub(crate) assigned: Option<u64>,
    #[command(flatten)]
    pub(crate) remote: Remote,
}
