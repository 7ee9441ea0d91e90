//! Everything that is decided before the start.

use std::{path::Path, sync::Arc};

use enroll_alert::{AlertChannel, AnyChannel, Watch};
use enroll_core::{Core, Pii};
use enroll_deliver::HttpSink;
use enroll_http::{ByToken, Rate, Scim, system_clock};
use enroll_manage::{Manage, Metrics};
use enroll_quirks::Dialect;
use enroll_schema::Schemas;
use enroll_store_sqlite::{OpenError, Sqlite};
use enroll_sync::{AccountSink, AnySink, Capabilities, Delivery, Observer, Policy, Preset};
use enroll_tenants::{Gate, Secret};

use crate::{
    Enroll, Error, Result,
    claim::Claim,
    counting::{counted, gauges, heard},
    handle::Parts,
    ids,
    job::{Hearing, JobLoop},
    keeper::Retention,
    steady::Steady,
};

/// Settings of an [`Enroll`] that is not started yet; made by [`Enroll::open`].
#[must_use = "nothing runs before `start`"]
pub struct Builder {
    url: String,
    public_url: String,
    delivery: Delivery,
    capabilities: Capabilities,
    policy: Policy,
    keys: Vec<Secret>,
    rate: Option<Rate>,
    retention: Retention,
    pii: Pii,
    observer: Option<Hearing>,
    endpoint: Option<HttpSink>,
    channels: Vec<AnyChannel>,
    sync: bool,
}

impl Builder {
    pub(crate) fn new(url: &str) -> Self {
        Self {
            url: url.to_owned(),
            public_url: "http://127.0.0.1:8080".to_owned(),
            delivery: Delivery::BuiltIn,
            capabilities: Capabilities::default(),
            policy: Policy::default(),
            keys: Vec::new(),
            rate: None,
            retention: Retention::default(),
            pii: Pii::FULL,
            observer: None,
            endpoint: None,
            channels: Vec::new(),
            sync: true,
        }
    }

    /// Brings accounts to `sink` instead of the built-in one, which keeps them in the same database.
    pub fn accounts(mut self, sink: impl AccountSink) -> Self {
        self.capabilities = sink.capabilities();
        self.delivery = Delivery::Sink(AnySink::new(Steady::new(sink)));
        self.endpoint = None;
        self
    }

    /// Brings accounts to an application in any language, by signed messages.
    ///
    /// When its endpoint is reached again after it was down, everybody is looked at again at once:
    /// one call for each account that changed meanwhile. [`Enroll::endpoint`] says how it stands.
    ///
    /// ```
    /// use enroll::{Enroll, deliver::{HttpSink, SigningSecret, Target}};
    ///
    /// let secret = SigningSecret::parse("whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD")?;
    /// let sink = HttpSink::new(&Target::new("https://app.example.com/sink", [secret]))?;
    /// let builder = Enroll::open("sqlite:enroll.db").http_sink(sink);
    /// # let _ = builder;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn http_sink(mut self, sink: HttpSink) -> Self {
        self.capabilities = sink.capabilities();
        self.delivery = Delivery::Sink(AnySink::new(Steady::patient(sink.clone())));
        self.endpoint = Some(sink);
        self
    }

    /// Says under which origin identity providers reach `/scim`, for base URLs and `meta.location`.
    ///
    /// Unless told, it is `http://127.0.0.1:8080`, which nobody reaches from outside.
    pub fn public_url(mut self, origin: &str) -> Self {
        origin
            .trim_end_matches('/')
            .clone_into(&mut self.public_url);
        self
    }

    /// Says that the application has these fixed roles and no others (S-35b); none means that groups are created.
    pub fn roles<'a>(mut self, names: impl IntoIterator<Item = &'a str>) -> Self {
        let roles = Capabilities::roles(names);
        if !roles.catalogue().is_empty() {
            self.capabilities = roles;
        }
        self
    }

    /// Gives new tenants this preset's policy; unless told, it is [`Preset::Careful`].
    ///
    /// It comes before [`Builder::defaults`], whose changes it would undo.
    pub fn preset(mut self, preset: Preset) -> Self {
        self.policy = Policy::preset(preset);
        self
    }

    /// Changes keys of the policy that new tenants get.
    ///
    /// # Errors
    /// [`Error::Policy`] names the key that was refused.
    pub fn defaults(mut self, change: &serde_json::Value) -> Result<Self> {
        self.policy = self.policy.patched(change)?;
        Ok(self)
    }

    /// Lets this key open the management API.
    pub fn manage_key(mut self, key: Secret) -> Self {
        self.keys.push(key);
        self
    }

    /// Limits the requests of one integration; unless told, there is no limit.
    pub fn rate(mut self, rate: Rate) -> Self {
        self.rate = Some(rate);
        self
    }

    /// Says how long the request log of an integration is kept.
    pub fn retention(mut self, retention: Retention) -> Self {
        self.retention = retention;
        self
    }

    /// Says whether the request log keeps personal values, or hashes of them; unless told, it keeps
    /// them.
    pub fn pii(mut self, pii: Pii) -> Self {
        self.pii = pii;
        self
    }

    /// Hears of every account change after it was committed; it must return quickly.
    pub fn observe(mut self, observer: impl Observer) -> Self {
        self.observer = Some(Box::new(move |event| observer.changed(event)));
        self
    }

    /// Tells people through `channel` what they must know: held leavers, removals that are not
    /// confirmed, silent providers, tokens that run out. `name` is where it is remembered what this
    /// channel was told.
    ///
    /// ```
    /// use enroll::{Enroll, alert::Webhook, deliver::Target};
    ///
    /// let hook = Webhook::new(&Target::unsigned("https://chat.example.com/hooks/T1"))?;
    /// let builder = Enroll::open("sqlite:enroll.db").alert("webhook", hook);
    /// # let _ = builder;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn alert(mut self, name: &str, channel: impl AlertChannel) -> Self {
        self.channels.push(AnyChannel::new(name, channel));
        self
    }

    /// Starts no job: for commands beside a server that runs.
    pub fn without_sync(mut self) -> Self {
        self.sync = false;
        self
    }

    /// Opens the database and starts the job on the caller's tokio runtime.
    ///
    /// # Errors
    /// [`Error::Url`], [`Error::Open`] and [`Error::InUse`] say what is wrong with the database,
    /// [`Error::PublicUrl`] what with the origin.
    pub async fn start(self) -> Result<Enroll> {
        let path = path(&self.url)?;
        if !is_origin(&self.public_url) {
            return Err(Error::PublicUrl(self.public_url));
        }
        // Claimed before it is opened: opening may change the layout under the other's feet.
        let claim = if self.sync { Some(claim(path)?) } else { None };
        let database = Sqlite::open(path).map_err(|source| unopened(path, source))?;
        let schemas = Arc::new(Schemas::standard());
        let gate = Gate::new(database.clone());
        let mut rules = enroll_core::Options::new(system_clock, ids::resource);
        rules.pii = self.pii;
        let core = Core::new(Arc::clone(&schemas), rules);
        let mut options = enroll_http::Options::default();
        options.public_url = Some(self.public_url.clone());
        options.rate = self.rate;
        let admit = ByToken::new(gate.clone(), system_clock);
        let metrics = Metrics::default();
        let watch = counted(metrics.clone());
        let scim = Scim::watched(database.clone(), admit, core, options, watch);
        let observer = Some(heard(metrics.clone(), self.observer));
        let gauges = gauges(path, self.endpoint.clone());
        let job = JobLoop::new(database.clone(), self.delivery, &schemas, observer)?
            .resuming(self.endpoint.clone());
        let waker = job.clone();
        let endpoint = self.endpoint.clone();
        let health = move || endpoint.as_ref().map(HttpSink::health);
        let lookout = Watch::new(database.clone(), database.clone(), self.channels, health);
        let trial = lookout.clone();
        let channels = lookout.channels().iter();
        let channels = channels.map(|channel| channel.name().to_owned()).collect();
        let options = enroll_manage::Options {
            public_url: Some(self.public_url),
            idps: Dialect::ALL
                .iter()
                .map(|dialect| dialect.name().to_owned())
                .collect(),
            schemas,
            policy: self.policy,
            sink_schema: Some(enroll_deliver::SCHEMA),
            keys: self.keys.iter().map(Secret::digest).collect(),
            bell: job.bell(),
            metrics,
            gauges,
            wake: Arc::new(move || waker.wake()),
            channels,
            trial: Arc::new(move |tenant| {
                let lookout = trial.clone();
                Box::pin(async move {
                    let told = lookout.test(&tenant, system_clock()).await;
                    told.map_err(|error| error.to_string())
                })
            }),
            ..enroll_manage::Options::default()
        };
        let manage = Manage::new(gate, database.clone(), job.desk().clone(), options);
        let parts = Parts {
            database,
            manage,
            scim,
            job,
            capabilities: self.capabilities,
            endpoint: self.endpoint,
            retention: self.retention,
            lookout,
        };
        Enroll::start(parts, claim).await
    }
}

impl std::fmt::Debug for Builder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Builder")
            .field("url", &self.url)
            .field("public_url", &self.public_url)
            .finish_non_exhaustive()
    }
}

/// Reads `sqlite:PATH`; `sqlite://PATH` and `sqlite:///abs` are the same in URL spelling.
fn path(url: &str) -> Result<&Path> {
    let rest = url
        .strip_prefix("sqlite:")
        .ok_or_else(|| Error::Url(url.to_owned()))?;
    let path = rest.strip_prefix("//").unwrap_or(rest);
    if path.is_empty() {
        Err(Error::Url(url.to_owned()))
    } else {
        Ok(Path::new(path))
    }
}

fn claim(path: &Path) -> Result<Claim> {
    let claim = Claim::take(path).map_err(|error| unopened(path, error.into()))?;
    claim.ok_or_else(|| Error::InUse(path.to_owned()))
}

fn unopened(path: &Path, source: OpenError) -> Error {
    Error::Open {
        path: path.to_owned(),
        source,
    }
}

/// Tells whether a text is a scheme and a host that `/scim` can be written behind.
fn is_origin(text: &str) -> bool {
    let is_plain = !text.contains(['?', '#']) && !text.ends_with('/');
    let is_web = |uri: http::Uri| {
        let host = uri.host().is_some_and(|host| !host.is_empty());
        host && matches!(uri.scheme_str(), Some("http" | "https"))
    };
    is_plain && text.parse().is_ok_and(is_web)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn public_urls() {
        for (url, wanted) in [
            ("https://scim.example.com", true),
            ("http://127.0.0.1:8080", true),
            ("https://example.com/below", true),
            ("scim.example.com", false),
            ("https://", false),
            ("ftp://scim.example.com", false),
            ("https://scim.example.com/x?y", false),
            ("https://scim.example.com#x", false),
            ("https://scim example.com", false),
            ("", false),
        ] {
            assert_eq!(is_origin(url), wanted, "{url}");
        }
    }

    #[test]
    fn database_urls() {
        for (url, wanted) in [
            ("sqlite:enroll.db", Some("enroll.db")),
            ("sqlite:/data/enroll.db", Some("/data/enroll.db")),
            ("sqlite:///data/enroll.db", Some("/data/enroll.db")),
            ("sqlite://enroll.db", Some("enroll.db")),
            ("sqlite:", None),
            ("postgres://x", None),
            ("enroll.db", None),
        ] {
            assert_eq!(path(url).ok(), wanted.map(Path::new), "{url}");
        }
    }
}
