//! `enroll serve`: for real, as the configuration file says.

use std::process::ExitCode;

use enroll::{Enroll, Rate, tenants::Secret};

use crate::{
    cli::ServeOptions,
    config::{self, Config},
    listen,
    report::{self, Failure},
};

/// Runs until it is told to stop.
pub(crate) async fn run(options: ServeOptions) -> Result<ExitCode, Failure> {
    let config = config::read(&options.config)?;
    let (public, public_address) = listen::bind(config.server.public).await?;
    let (private, private_address) = listen::bind(config.server.private).await?;
    let mut builder = open(&config)?.pii(config.log.pii()?);
    if let Some(setting) = &config.manage.key {
        let key = config::from_environment("[manage] key", setting)?;
        let key =
            Secret::given(&key).map_err(|error| Failure::new(format!("[manage] key: {error}")))?;
        builder = builder.manage_key(key);
    }
    if let Some(sink) = &config.sink.http {
        builder = builder.http_sink(sink.open()?);
    }
    builder = config.alerts.open(builder)?;
    let stop_signal = listen::Stop::catch()?;
    let enroll = builder.start().await?;
    report::line(&format!(
        "enroll {} serves /scim/ on {public_address} (known outside as {}) and /v1 on {private_address}",
        env!("CARGO_PKG_VERSION"),
        config.server.public_url
    ));
    if config.manage.key.is_none() {
        report::line("no [manage] key is set: /v1 opens only to keys made by `enroll key new`");
    }
    let (stop, stopped) = tokio::sync::watch::channel(());
    let wait = |mut stopped: tokio::sync::watch::Receiver<()>| async move {
        // The sender goes only after it sent.
        let _ = stopped.changed().await;
    };
    let outside = tokio::spawn(enroll::serve(public, enroll.scim(), wait(stopped.clone())));
    let inside = tokio::spawn(enroll::serve(private, enroll.manage(), wait(stopped)));
    stop_signal.told().await;
    report::line("stopping: running requests are finished");
    let _ = stop.send(());
    for server in [outside, inside] {
        server
            .await
            .map_err(|error| Failure::new(error.to_string()))??;
    }
    enroll.close().await?;
    Ok(ExitCode::SUCCESS)
}

/// Prepares the façade as `config` says, but for the management key: commands beside the server need
/// none.
///
/// # Errors
/// When a policy key or the retention is wrong.
pub(crate) fn open(config: &Config) -> Result<enroll::Builder, Failure> {
    let builder = Enroll::open(&config.database.url)
        .public_url(&config.server.public_url)
        .rate(Rate {
            per_second: config.limits.requests_per_second.get(),
            burst: config.limits.burst.get(),
        })
        .retention(config.retention.limits()?);
    let defaults =
        serde_json::to_value(&config.defaults).map_err(|error| Failure::new(error.to_string()))?;
    builder
        .defaults(&defaults)
        .map_err(|error| Failure::new(format!("[defaults] {error}")))
}
