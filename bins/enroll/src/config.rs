//! The configuration file of `serve`: unknown keys are errors with a suggestion.

use std::{env, fs, net::SocketAddr, num::NonZeroU32, path::Path, time::Duration};

use enroll::{Rate, deliver};
use serde::Deserialize;

use crate::report::Failure;

/// The whole file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Config {
    pub(crate) server: Server,
    pub(crate) database: Database,
    #[serde(default)]
    pub(crate) manage: Manage,
    /// Where the accounts live; without it, in the database, to look at.
    #[serde(default)]
    pub(crate) sink: Sink,
    /// Where alerts go.
    #[serde(default)]
    pub(crate) alerts: crate::alerts::Alerts,
    /// Copied into each new tenant's policy: any key of the policy.
    #[serde(default)]
    pub(crate) defaults: toml::Table,
    #[serde(default)]
    pub(crate) limits: Limits,
    #[serde(default)]
    pub(crate) retention: Retention,
    #[serde(default)]
    pub(crate) log: Log,
}

/// What the request log keeps.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Log {
    /// `full`: personal values as they were sent; `hash`: hashes of them.
    #[serde(default)]
    pii: Kept,
    /// `env:NAME`: the environment variable that holds the secret of the hashes.
    hash_key: Option<String>,
    /// How the lines of the process log are written to standard error.
    #[serde(default)]
    pub(crate) format: LogFormat,
    /// What the process log is about at least.
    #[serde(default)]
    pub(crate) level: LogLevel,
}

/// How the process log is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum LogFormat {
    /// One object of JSON a line.
    #[default]
    Json,
    /// For people.
    Text,
}

/// What the process log is about at least.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum LogLevel {
    /// What broke.
    Error,
    /// What may break.
    Warn,
    /// A line for each request that came and each call to the application.
    #[default]
    Info,
    /// More.
    Debug,
    /// Everything.
    Trace,
}

impl LogLevel {
    /// Returns its name.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warn => "warn",
            Self::Info => "info",
            Self::Debug => "debug",
            Self::Trace => "trace",
        }
    }
}

#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Kept {
    #[default]
    Full,
    Hash,
}

impl Log {
    /// Returns what the request log keeps of personal values.
    ///
    /// # Errors
    /// When hashes are asked for without a secret, or with a short one.
    pub(crate) fn pii(&self) -> Result<enroll::Pii, Failure> {
        let Kept::Hash = self.pii else {
            return Ok(enroll::Pii::FULL);
        };
        let hint = "a secret that stays the same, for instance of `openssl rand -hex 32`";
        let Some(setting) = &self.hash_key else {
            return Err(Failure::new(format!(
                "[log] pii = \"hash\" needs hash_key = \"env:NAME\": the environment variable with {hint}"
            )));
        };
        let key = from_environment("[log] hash_key", setting)?;
        if key.len() < HASH_KEY_BYTES_MIN {
            return Err(Failure::new(format!(
                "[log] hash_key is shorter than {HASH_KEY_BYTES_MIN} characters: give it {hint}"
            )));
        }
        Ok(enroll::Pii::hash(key.as_bytes()))
    }
}

/// A shorter secret could be tried out.
const HASH_KEY_BYTES_MIN: usize = 32;

/// How long the request log of an integration, and the events of a tenant, are kept.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Retention {
    /// How old a line may become, in days or hours: `"30d"`, `"12h"`.
    requests: Option<String>,
    /// How many bytes the lines may have.
    requests_bytes: Option<u64>,
    /// How old an event may become: `"90d"`.
    events: Option<String>,
}

impl Retention {
    /// Returns the limits; what is not set is as usual.
    ///
    /// # Errors
    /// When an age cannot be read.
    pub(crate) fn limits(&self) -> Result<enroll::Retention, Failure> {
        let usual = enroll::Retention::default();
        let told = |key: &str, text: &Option<String>, usual: Duration| match text {
            None => Ok(usual),
            Some(text) => age(text).ok_or_else(|| {
                let hint = "write days or hours, like \"30d\" or \"12h\"";
                Failure::new(format!("[retention] {key}: {text:?} is no time; {hint}"))
            }),
        };
        Ok(enroll::Retention {
            age: told("requests", &self.requests, usual.age)?,
            bytes: self.requests_bytes.unwrap_or(usual.bytes),
            events: told("events", &self.events, usual.events)?,
        })
    }
}

/// Reads a number of days or hours.
fn age(text: &str) -> Option<Duration> {
    let (number, hours) = match text.strip_suffix('d') {
        Some(days) => (days, 24),
        None => (text.strip_suffix('h')?, 1),
    };
    let number: u32 = number.parse().ok().filter(|number| *number > 0)?;
    Some(Duration::from_hours(u64::from(number) * hours))
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Server {
    /// Serves `/scim/` only.
    pub(crate) public: SocketAddr,
    /// Serves `/v1`, `/healthz`, `/readyz`.
    #[serde(default = "private_default")]
    pub(crate) private: SocketAddr,
    /// What identity providers reach the public listener by, for instance `https://scim.example.com`.
    pub(crate) public_url: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Database {
    /// `sqlite:PATH`.
    pub(crate) url: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Manage {
    /// `env:NAME`: the environment variable that holds the management key; else `enroll key new`.
    pub(crate) key: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Sink {
    /// An application that takes signed messages.
    pub(crate) http: Option<HttpSink>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct HttpSink {
    /// Where messages are posted: https, or this machine.
    url: String,
    /// `env:NAME` each: the environment variables that hold `whsec_…`, the new one first.
    secrets: Vec<String>,
    /// Whether the URL may lead into a private network, and be plain http.
    #[serde(default)]
    allow_private: bool,
}

impl HttpSink {
    /// Prepares to call the application.
    ///
    /// # Errors
    /// When a secret is missing or none, or the URL may not be called.
    pub(crate) fn open(&self) -> Result<deliver::HttpSink, Failure> {
        let secret = |setting: &String| {
            let text = from_environment("[sink.http] secrets", setting)?;
            let failed = |error| Failure::new(format!("[sink.http] secrets: {setting}: {error}"));
            deliver::SigningSecret::parse(&text).map_err(failed)
        };
        let secrets = self.secrets.iter().map(secret);
        let secrets = secrets.collect::<Result<Vec<_>, _>>()?;
        let target = deliver::Target::new(&self.url, secrets).allow_private(self.allow_private);
        deliver::HttpSink::new(&target)
            .map_err(|error| Failure::new(format!("[sink.http] {error}")))
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Limits {
    /// Requests a second of one integration.
    pub(crate) requests_per_second: NonZeroU32,
    /// How many more at once.
    pub(crate) burst: NonZeroU32,
}

impl Default for Limits {
    fn default() -> Self {
        let usual = Rate::default();
        let at_least_one = |number| NonZeroU32::new(number).unwrap_or(NonZeroU32::MIN);
        Self {
            requests_per_second: at_least_one(usual.per_second),
            burst: at_least_one(usual.burst),
        }
    }
}

fn private_default() -> SocketAddr {
    SocketAddr::from(([127, 0, 0, 1], 8081))
}

/// Reads the file.
///
/// # Errors
/// With file, line and, for a misspelt key, the key that was probably meant.
pub(crate) fn read(path: &Path) -> Result<Config, Failure> {
    let text = fs::read_to_string(path).map_err(|error| Failure::io("read", path, &error))?;
    parse(&text).map_err(|error| Failure::new(format!("{}: {error}", path.display())))
}

fn parse(text: &str) -> Result<Config, String> {
    toml::from_str(text).map_err(|error| {
        let suggestion =
            did_you_mean(error.message()).map(|meant| format!("did you mean `{meant}`?\n"));
        format!("{error}{}", suggestion.unwrap_or_default())
    })
}

/// Finds, in serde's words "unknown field `a`, expected one of `b`, `c`", the expected name nearest to the unknown one.
pub(crate) fn did_you_mean(message: &str) -> Option<String> {
    let mut names = message.split('`').skip(1).step_by(2);
    let unknown = names.next().filter(|_| message.starts_with("unknown "))?;
    names
        .map(|name| (strsim::damerau_levenshtein(unknown, name), name))
        .filter(|(distance, name)| *distance <= 1 + name.len() / 3)
        .min()
        .map(|(_, name)| name.to_owned())
}

/// Looks up a value written as `env:NAME`.
///
/// # Errors
/// When it is written in the clear, or the variable is not set.
pub(crate) fn from_environment(setting: &str, value: &str) -> Result<String, Failure> {
    let name = value.strip_prefix("env:").ok_or_else(|| {
        Failure::new(format!("{setting} must name an environment variable, like \"env:ENROLL_MANAGE_KEY\"; secrets do not stand in files"))
    })?;
    env::var(name)
        .ok()
        .filter(|value| !value.is_empty())
        .ok_or_else(|| {
            Failure::new(format!(
                "{setting}: the environment variable {name} is not set"
            ))
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = r#"
        [server]
        public = "0.0.0.0:8080"
        public_url = "https://scim.example.com"
        [database]
        url = "sqlite:enroll.db"
        [manage]
        key = "env:ENROLL_MANAGE_KEY"
        [defaults]
        auto_sync = false
    "#;

    #[test]
    fn a_whole_file_is_read_and_defaults_are_safe() {
        let config = parse(GOOD).unwrap();
        assert!(config.server.private.ip().is_loopback());
        assert_eq!(
            (
                config.limits.requests_per_second.get(),
                config.limits.burst.get()
            ),
            (200, 2_000)
        );
        assert_eq!(
            config.defaults.get("auto_sync"),
            Some(&toml::Value::Boolean(false))
        );
    }

    #[test]
    fn a_misspelt_key_is_named_with_its_line_and_what_was_meant() {
        for (wrong, right) in [("pubic_url", "public_url"), ("privat", "private")] {
            let text = GOOD.replace("[server]", &format!("[server]\n        {wrong} = \"x\""));
            let error = parse(&text).unwrap_err();
            assert!(
                error.contains(&format!("did you mean `{right}`?")),
                "{error}"
            );
            assert!(error.contains("line 3"), "{error}");
        }
        let error = parse(&GOOD.replace("[manage]", "[mange]")).unwrap_err();
        assert!(error.contains("did you mean `manage`?"), "{error}");
    }

    #[test]
    fn limits_of_nothing_are_refused_and_the_key_may_be_left_out() {
        for wrong in ["requests_per_second = 0", "burst = 0"] {
            let error = parse(&format!("{GOOD}\n[limits]\n{wrong}\n")).unwrap_err();
            assert!(error.contains("nonzero"), "{error}");
        }
        let (without, _) = GOOD.split_once("[manage]").unwrap();
        assert!(parse(without).unwrap().manage.key.is_none());
    }

    #[test]
    fn a_name_far_from_all_gets_no_guess() {
        assert_eq!(
            did_you_mean("unknown field `zzzzzz`, expected one of `public`, `private`"),
            None
        );
        assert_eq!(did_you_mean("missing field `public`"), None);
    }

    #[test]
    fn the_request_log_is_kept_as_long_as_told() {
        let day = Duration::from_hours(24);
        for (text, wanted) in [
            ("", Some((30 * day, 1 << 30))),
            ("requests = \"7d\"", Some((7 * day, 1 << 30))),
            ("requests = \"12h\"\nrequests_bytes = 5", Some((day / 2, 5))),
            ("requests = \"0d\"", None),
            ("requests = \"30\"", None),
            ("requests = \"+d\"", None),
        ] {
            let config = parse(&format!("{GOOD}\n[retention]\n{text}")).unwrap();
            let limits = config.retention.limits().ok();
            let limits = limits.map(|limits| (limits.age, limits.bytes));
            assert_eq!(limits, wanted, "{text}");
        }
    }

    #[test]
    fn events_are_kept_as_long_as_told() {
        for (text, days) in [
            ("", Some(90)),
            ("events = \"7d\"", Some(7)),
            ("events = \"48h\"", Some(2)),
            ("events = \"0d\"", None),
        ] {
            let config = parse(&format!("{GOOD}\n[retention]\n{text}")).unwrap();
            let limits = config.retention.limits().ok();
            let wanted = days.map(|days| days * Duration::from_hours(24));
            assert_eq!(limits.map(|limits| limits.events), wanted, "{text}");
        }
    }

    #[test]
    fn hashes_need_a_secret_from_the_environment() {
        for (text, wanted) in [
            ("", Ok("Full")),
            ("pii = \"full\"", Ok("Full")),
            ("pii = \"hash\"", Err("needs hash_key = \"env:NAME\"")),
            ("pii = \"hash\"\nhash_key = \"hunter2\"", Err("env:")),
            (
                "pii = \"hash\"\nhash_key = \"env:ENROLL_NO_SUCH_VARIABLE\"",
                Err("is not set"),
            ),
            // The value itself does not matter; only that every test run has one this long, or shorter.
            (
                "pii = \"hash\"\nhash_key = \"env:CARGO_MANIFEST_DIR\"",
                kept("CARGO_MANIFEST_DIR"),
            ),
            (
                "pii = \"hash\"\nhash_key = \"env:CARGO_PKG_NAME\"",
                kept("CARGO_PKG_NAME"),
            ),
        ] {
            let config = parse(&format!("{GOOD}\n[log]\n{text}")).unwrap();
            match (config.log.pii(), wanted) {
                (Ok(pii), Ok(wanted)) => assert_eq!(format!("{pii:?}"), wanted, "{text}"),
                (Err(error), Err(wanted)) => {
                    let error = error.to_string();
                    assert!(
                        error.contains(wanted) && !error.contains("hunter2"),
                        "{error}"
                    );
                }
                (told, _) => panic!("{text}: {told:?}"),
            }
        }
        let error = parse(&format!("{GOOD}\n[log]\npii = \"hashed\"")).unwrap_err();
        assert!(error.contains("did you mean `hash`?"), "{error}");
    }

    /// Says what a variable that the test run sets is good for.
    fn kept(name: &str) -> Result<&'static str, &'static str> {
        if env::var(name).unwrap().len() < HASH_KEY_BYTES_MIN {
            Err("shorter than 32 characters")
        } else {
            Ok("Hash")
        }
    }

    #[test]
    fn c15_a_sink_has_a_url_that_may_be_called_and_secrets_from_the_environment() {
        for (text, wanted) in [
            (
                "[sink.http]\nurl = \"https://a.example/\"\nsecrets = []",
                "no signing secret",
            ),
            (
                "[sink.http]\nurl = \"https://a.example/\"\nsecrets = [\"whsec_hunter2\"]",
                "like \"env:",
            ),
            (
                "[sink.http]\nurl = \"https://a.example/\"\nsecrets = [\"env:ENROLL_NO_SUCH\"]",
                "ENROLL_NO_SUCH is not set",
            ),
            (
                "[sink.http]\nurl = \"http://10.0.0.1/\"\nsecrets = []",
                "use https, or allow_private",
            ),
            (
                "[sink.http]\nurl = \"http://10.0.0.1/\"\nsecrets = []\nallow_private = true",
                "no signing secret",
            ),
            (
                "[sink.http]\nurl = \"https://169.254.169.254/\"\nsecrets = []\nallow_private = true",
                "a cloud metadata service",
            ),
        ] {
            let config = parse(&format!("{GOOD}\n{text}")).unwrap();
            let error = config.sink.http.unwrap().open().unwrap_err().to_string();
            assert!(
                error.starts_with("[sink.http] ") && error.contains(wanted),
                "{error}"
            );
            assert!(!error.contains("hunter2"), "{error}");
        }
        let error = parse(&format!("{GOOD}\n[sink.http]\nurl = \"x\"\nsecret = []")).unwrap_err();
        assert!(error.contains("did you mean `secrets`?"), "{error}");
        assert!(parse(GOOD).unwrap().sink.http.is_none());
    }

    #[test]
    fn b3_a_key_in_the_clear_is_refused() {
        let error = from_environment("[manage] key", "hunter2")
            .unwrap_err()
            .to_string();
        assert!(
            error.contains("env:") && !error.contains("hunter2"),
            "{error}"
        );
        assert!(from_environment("[manage] key", "env:ENROLL_NO_SUCH_VARIABLE").is_err());
    }
}
