//! `enroll sink`.

use clap::{Args, Subcommand, ValueEnum};

#[derive(Debug, Subcommand)]
pub(crate) enum SinkCommand {
    /// Play the whole contract at a receiver and say what to change; fails if a check fails.
    Check(SinkCheckOptions),
    /// Send one sample message, and show it with its answer; fails unless it is applied.
    Send(SinkSendOptions),
}

/// Makes people of its own there and leaves them behind, inactive: use a test instance. What cannot
/// be seen over HTTP is said to be not checked.
#[derive(Debug, Args)]
pub(crate) struct SinkCheckOptions {
    #[command(flatten)]
    pub(crate) receiver: ReceiverOptions,
    /// An access group that exists, by the application's id; give two where roles are fixed.
    #[arg(long = "role", value_name = "ID")]
    pub(crate) roles: Vec<String>,
}

#[derive(Debug, Args)]
pub(crate) struct SinkSendOptions {
    #[command(flatten)]
    pub(crate) receiver: ReceiverOptions,
    /// What the message is about.
    #[arg(long = "type", value_name = "TYPE", default_value = "account.apply")]
    pub(crate) kind: SampleKind,
    /// The webhook-id; a new one unless given. The same again must have no second effect.
    #[arg(long, value_name = "KEY")]
    pub(crate) id: Option<String>,
    /// The id of the person or group in the directory; `sample-ada` or `sample-staff` unless given.
    #[arg(long, value_name = "ID")]
    pub(crate) directory_id: Option<String>,
    /// The application's own id; none unless given.
    #[arg(long, value_name = "REF")]
    pub(crate) app_ref: Option<String>,
    /// The number of the change; grows with time unless given.
    #[arg(long, value_name = "N")]
    pub(crate) revision: Option<u64>,
    /// The person leaves, or the access group is archived.
    #[arg(long)]
    pub(crate) gone: bool,
}

/// A receiver, and what is shared with it.
#[derive(Debug, Args)]
pub(crate) struct ReceiverOptions {
    /// Where messages are posted.
    pub(crate) url: String,
    /// The signing secret, `whsec_…`; several, the new one first, between blanks.
    #[arg(
        long,
        value_name = "SECRET",
        env = "ENROLL_SINK_SECRET",
        hide_env_values = true
    )]
    pub(crate) secret: String,
    /// The URL may lead into a private network, and be plain http.
    #[arg(long)]
    pub(crate) allow_private: bool,
    /// The result as one line of JSON.
    #[arg(long)]
    pub(crate) json: bool,
}

/// What a sample message is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum SampleKind {
    /// Ada Lovelace's account.
    #[value(name = "account.apply")]
    Account,
    /// The access group `Staff`.
    #[value(name = "access_group.apply")]
    AccessGroup,
}
