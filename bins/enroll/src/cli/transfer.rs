//! `enroll integration import`, `enroll integration export` and `enroll token import`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::{Remote, TokenRevokeOptions, TokensOptions};

#[derive(Debug, Args)]
pub(crate) struct ImportOptions {
    /// The base URL of another SCIM server, or a file that an export wrote.
    #[arg(long, value_name = "URL|FILE")]
    pub(crate) from: String,
    /// The bearer token of the other server.
    #[arg(
        long,
        visible_alias = "token",
        value_name = "TOKEN",
        env = "ENROLL_SOURCE_TOKEN",
        hide_env_values = true
    )]
    pub(crate) source_token: Option<String>,
    /// A file that holds the bearer token of the other server.
    #[arg(long, value_name = "FILE", conflicts_with = "source_token")]
    pub(crate) source_token_file: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) remote: Remote,
}

#[derive(Debug, Args)]
pub(crate) struct ExportOptions {
    /// Where to write; standard output unless given.
    #[arg(short, long, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) remote: Remote,
}

#[derive(Debug, Subcommand)]
pub(crate) enum TokenCommand {
    /// Let the provider keep the token it has: take it by its SHA-256.
    Import(TokenOptions),
    /// List the tokens of an integration.
    List(TokensOptions),
    /// Make another token and show it once.
    New(TokensOptions),
    /// Make another token, and say when the old ones were last used.
    Rotate(TokensOptions),
    /// Refuse a token from the next request on.
    Revoke(TokenRevokeOptions),
}

#[derive(Debug, Args)]
pub(crate) struct TokenOptions {
    /// The SHA-256 of the token, 64 hex digits: `printf %s "$TOKEN" | sha256sum`.
    #[arg(long, value_name = "HEX")]
    pub(crate) sha256: String,
    /// When it ends, for instance 2027-01-31T00:00:00Z; in one year unless given.
    #[arg(long, value_name = "INSTANT")]
    pub(crate) expires: Option<String>,
    #[command(flatten)]
    pub(crate) remote: Remote,
}
