//! Sockets, signals, and small things the commands share.

use std::net::SocketAddr;

use tokio::net::TcpListener;

use crate::{config::did_you_mean, report::Failure};

/// Opens the listening socket; port 0 becomes the port that was picked.
pub(crate) async fn bind(address: SocketAddr) -> Result<(TcpListener, SocketAddr), Failure> {
    let failed = |error: std::io::Error| {
        Failure::new(format!(
            "cannot listen on {address}: {error}; choose another with --listen or in [server]"
        ))
    };
    let listener = TcpListener::bind(address).await.map_err(failed)?;
    let address = listener.local_addr().map_err(failed)?;
    Ok((listener, address))
}

/// Ctrl-C and SIGTERM. They are caught from here on: whoever was told that we are ready may stop us
/// at once, and that is no kill.
#[cfg(unix)]
pub(crate) struct Stop {
    interrupt: tokio::signal::unix::Signal,
    terminate: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl Stop {
    /// Starts to catch them.
    pub(crate) fn catch() -> Result<Self, Failure> {
        use tokio::signal::unix::{SignalKind, signal};
        let failed = |error| Failure::new(format!("signals cannot be caught: {error}"));
        Ok(Self {
            interrupt: signal(SignalKind::interrupt()).map_err(failed)?,
            terminate: signal(SignalKind::terminate()).map_err(failed)?,
        })
    }

    /// Resolves when one came.
    pub(crate) async fn told(mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }
}

/// Ctrl-C.
#[cfg(not(unix))]
pub(crate) struct Stop;

#[cfg(not(unix))]
impl Stop {
    pub(crate) fn catch() -> Result<Self, Failure> {
        Ok(Self)
    }

    pub(crate) async fn told(self) {
        // Without a handler Ctrl-C ends the process by itself.
        let _ = tokio::signal::ctrl_c().await;
    }
}

/// Checks the name of a provider.
///
/// # Errors
/// With the name that was probably meant, and all names.
pub(crate) fn known_idp(name: &str) -> Result<String, Failure> {
    let names: Vec<&str> = enroll::quirks::Dialect::ALL
        .iter()
        .map(|dialect| dialect.name())
        .collect();
    if names.contains(&name) {
        return Ok(name.to_owned());
    }
    let all = names.join("`, `");
    let meant = did_you_mean(&format!("unknown idp `{name}`, expected one of `{all}`"));
    let meant = meant
        .map(|meant| format!(" did you mean {meant}?"))
        .unwrap_or_default();
    Err(Failure::new(format!(
        "there is no provider {name:?};{meant} known are {}",
        names.join(", ")
    )))
}

/// Returns how this program was called, so that a hint can be pasted: by name, or through cargo.
pub(crate) fn invocation() -> &'static str {
    // Cargo sets this for what it runs.
    if std::env::var_os("CARGO").is_some() {
        "cargo run --release --"
    } else {
        "enroll"
    }
}

/// Shows a name on one line of a terminal: control characters are escaped (threat C14).
pub(crate) fn plain(name: &str) -> String {
    name.chars()
        .flat_map(|c| {
            if c.is_control() {
                c.escape_default().collect::<Vec<_>>()
            } else {
                vec![c]
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn c14_names_cannot_steer_the_terminal() {
        assert_eq!(plain("Eve\u{1b}[2J\r\nroot"), "Eve\\u{1b}[2J\\r\\nroot");
        assert_eq!(plain("Zoë Østergård"), "Zoë Østergård");
    }

    #[test]
    fn a_misspelt_provider_is_suggested() {
        let error = known_idp("otka").unwrap_err().to_string();
        assert!(error.contains("did you mean okta?"), "{error}");
        assert_eq!(known_idp("entra").unwrap(), "entra");
    }
}
