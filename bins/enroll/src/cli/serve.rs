//! `enroll dev` and `enroll serve`.

use std::{net::SocketAddr, path::PathBuf};

use clap::Args;

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
    /// Send accounts and access groups to this URL, as signed messages; the secret is printed.
    #[arg(long, value_name = "URL", conflicts_with = "in_use")]
    pub(crate) sink: Option<String>,
    /// With --sink: sign with this secret, `whsec_…`, instead of the one derived from the seed in DIR.
    #[arg(
        long,
        value_name = "SECRET",
        env = "ENROLL_SINK_SECRET",
        hide_env_values = true
    )]
    pub(crate) sink_secret: Option<String>,
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
