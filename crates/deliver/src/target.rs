//! Where messages go, and what is checked before the first one.

use std::{fmt, io, net::IpAddr, sync::Arc, time::Duration};

use reqwest::Url;

use crate::{
    SigningSecret,
    ranges::{Reach, forbidden, is_loopback},
};

/// Finds the addresses of a host name.
pub(crate) type Names = Arc<dyn Fn(&str) -> io::Result<Vec<IpAddr>> + Send + Sync>;

/// An endpoint of the application: its URL, the shared secrets, and how far calls may go.
///
/// The URL is `https`; plain `http` only to this machine, or with
/// [`allow_private`](Target::allow_private). Every address is checked at the moment of connecting,
/// so that a name that changes its mind gains nothing (threat C15).
///
/// ```
/// use enroll_deliver::{Sender, SigningSecret, Target};
///
/// let secret = SigningSecret::parse("whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD")?;
/// let target = |url| Target::new(url, [secret.clone()]);
/// assert!(Sender::new(&target("http://127.0.0.1:9000/sink")).is_ok());
///
/// let error = Sender::new(&target("http://10.0.0.7/sink")).unwrap_err();
/// assert_eq!(error.to_string(), "http://10.0.0.7/sink is plain http: use https, or allow_private inside your own network");
/// # Ok::<(), enroll_deliver::SecretError>(())
/// ```
#[derive(Clone)]
pub struct Target {
    pub(crate) url: String,
    pub(crate) secrets: Vec<SigningSecret>,
    pub(crate) allow_private: bool,
    pub(crate) answer_max: Duration,
    pub(crate) names: Option<Names>,
    is_signed: bool,
}

impl Target {
    /// Names an endpoint and the secrets that sign: the new one first, during a rotation the old one
    /// after it.
    pub fn new(url: impl Into<String>, secrets: impl IntoIterator<Item = SigningSecret>) -> Self {
        Self {
            url: url.into(),
            secrets: secrets.into_iter().collect(),
            allow_private: false,
            answer_max: ANSWER_MAX,
            names: None,
            is_signed: true,
        }
    }

    /// Names an endpoint that takes messages without a signature, as the incoming webhooks of chat
    /// services do: whoever knows their URL may post.
    ///
    /// ```
    /// use enroll_deliver::{Sender, Target};
    ///
    /// assert!(Sender::new(&Target::unsigned("https://chat.example.com/hooks/T1")).is_ok());
    /// ```
    pub fn unsigned(url: impl Into<String>) -> Self {
        Self {
            is_signed: false,
            ..Self::new(url, [])
        }
    }

    /// Lets calls go into private networks, and over plain http: for an application beside this
    /// server. Metadata services and link-local addresses stay closed.
    pub fn allow_private(mut self, allowed: bool) -> Self {
        self.allow_private = allowed;
        self
    }

    /// Says how long an answer may take; 15 seconds unless told.
    pub fn answer_max(mut self, most: Duration) -> Self {
        self.answer_max = most;
        self
    }

    /// Finds addresses by `names` instead of the system's resolver; they are checked all the same.
    pub fn names(
        mut self,
        names: impl Fn(&str) -> io::Result<Vec<IpAddr>> + Send + Sync + 'static,
    ) -> Self {
        self.names = Some(Arc::new(names));
        self
    }

    /// Checks everything that can be checked before connecting.
    pub(crate) fn checked(&self) -> Result<(Url, Reach), TargetError> {
        let url = Url::parse(&self.url).map_err(|error| TargetError::Url {
            url: self.url.clone(),
            why: error.to_string(),
        })?;
        if !url.username().is_empty() || url.password().is_some() {
            return Err(TargetError::Credentials);
        }
        let told = || self.url.clone();
        let host = url.host_str().unwrap_or_default();
        let literal = host
            .trim_start_matches('[')
            .trim_end_matches(']')
            .parse::<IpAddr>()
            .ok();
        let is_here = match literal {
            Some(address) => is_loopback(address),
            None => host == "localhost" || host.ends_with(".localhost"),
        };
        let reach = match (self.allow_private, is_here) {
            (true, _) => Reach::Private,
            (false, true) => Reach::Loopback,
            (false, false) => Reach::Public,
        };
        match url.scheme() {
            "https" => {}
            "http" if reach != Reach::Public => {}
            "http" => return Err(TargetError::Plain(told())),
            _ => return Err(TargetError::Scheme(told())),
        }
        // No resolver is asked about a literal, so it is checked here; it cannot change.
        match literal.and_then(|address| forbidden(address, reach)) {
            Some(why) => Err(TargetError::Address { url: told(), why }),
            None if self.is_signed && self.secrets.is_empty() => Err(TargetError::NoSecret),
            None => Ok((url, reach)),
        }
    }
}

impl fmt::Debug for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Target")
            .field("url", &self.url)
            .field("secrets", &self.secrets)
            .field("allow_private", &self.allow_private)
            .finish_non_exhaustive()
    }
}

/// What is wrong with a [`Target`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TargetError {
    /// It is no URL.
    #[error("{url:?} is no URL: {why}")]
    Url {
        /// What was given.
        url: String,
        /// What the parser says.
        why: String,
    },
    /// Neither https nor http.
    #[error("{0} is neither https nor http")]
    Scheme(String),
    /// Plain http to somewhere else.
    #[error("{0} is plain http: use https, or allow_private inside your own network")]
    Plain(String),
    /// Name and password stand in the URL.
    #[error("the URL holds a name or password; messages are signed, take them out")]
    Credentials,
    /// The address may not be connected to.
    #[error("{url} is at an address that may not be called: {why}")]
    Address {
        /// The URL.
        url: String,
        /// What kind of address.
        why: &'static str,
    },
    /// Nothing to sign with.
    #[error("there is no signing secret; make one with: echo whsec_$(openssl rand -base64 32)")]
    NoSecret,
    /// TLS cannot be set up.
    #[error("TLS cannot be set up: {0}")]
    Tls(String),
}

/// How long an answer may take (sync §6.2).
pub const ANSWER_MAX: Duration = Duration::from_secs(15);

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(url: &str, open: bool, open_privately: bool) {
        let secret = SigningSecret::derive(&[7; 32], "test");
        let target = Target::new(url, [secret]);
        assert_eq!(target.checked().is_ok(), open, "{url}");
        let target = target.allow_private(true);
        assert_eq!(
            target.checked().is_ok(),
            open_privately,
            "{url} with allow_private"
        );
    }

    #[test]
    fn c15_urls_are_https_unless_they_stay_here() {
        for (url, open, open_privately) in [
            ("https://app.example.com/sink", true, true),
            ("https://app.example.com:8443/sink?x=1", true, true),
            ("http://app.example.com/sink", false, true),
            ("http://localhost:9000/sink", true, true),
            ("http://app.localhost/sink", true, true),
            ("http://localhost.example.com/sink", false, true),
            ("http://127.0.0.1:9000/", true, true),
            ("http://127.1:9000/", true, true),
            ("http://0x7f000001/", true, true),
            ("http://[::1]:9000/", true, true),
            ("http://[::ffff:127.0.0.1]/", true, true),
            ("https://10.0.0.7/sink", false, true),
            ("https://0xa000007/sink", false, true),
            ("http://10.0.0.7/sink", false, true),
            ("https://[fd00::7]/sink", false, true),
            ("https://1.1.1.1/sink", true, true),
            ("http://1.1.1.1/sink", false, true),
            ("https://169.254.169.254/latest", false, false),
            ("https://2852039166/latest", false, false),
            ("https://[fe80::1]/", false, false),
            ("https://[::ffff:169.254.169.254]/", false, false),
            ("https://0.0.0.0/", false, false),
            ("https://user@app.example.com/", false, false),
            ("https://:pass@app.example.com/", false, false),
            ("ftp://app.example.com/", false, false),
            ("file:///etc/passwd", false, false),
            ("app.example.com/sink", false, false),
            ("", false, false),
        ] {
            check(url, open, open_privately);
        }
    }

    #[test]
    fn b3_no_secret_is_an_error_and_debug_shows_none() {
        let target = Target::new("https://app.example.com/", []);
        assert_eq!(target.checked().unwrap_err(), TargetError::NoSecret);
        let secret = SigningSecret::derive(&[7; 32], "test");
        let shown = format!("{:?}", Target::new("https://x.example/", [secret.clone()]));
        assert!(!shown.contains(&secret.spell()), "{shown}");
    }
}
