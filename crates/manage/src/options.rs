//! What the operator's side is told when it is made.

use std::{
    fmt,
    hash::{BuildHasher, RandomState},
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{SystemTime, UNIX_EPOCH},
};

use enroll_schema::{Schemas, Timestamp};
use enroll_store::TenantId;
use enroll_sync::Policy;
use enroll_tenants::Digest;

use crate::{Bell, Metrics};

/// Tells the time.
pub type Clock = Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// Says how things stand: names, what they mean, and values.
pub type Gauges = Arc<dyn Fn() -> Vec<(&'static str, &'static str, f64)> + Send + Sync>;

/// Makes an id from a prefix: `int` gives `int_…`.
pub type Ids = Arc<dyn Fn(&'static str) -> String + Send + Sync>;

/// Sends a trial message about a tenant through every channel of alerts: each name with what became
/// of it; an error in words when not even that can be tried.
pub type Trial = Arc<
    dyn Fn(
            TenantId,
        ) -> Pin<
            Box<dyn Future<Output = Result<Vec<(String, Result<(), String>)>, String>> + Send>,
        > + Send
        + Sync,
>;

/// Settings; everything has a default.
///
/// ```
/// use enroll_manage::Options;
/// use enroll_sync::{Policy, Preset};
///
/// let options = Options {
///     public_url: Some("https://scim.example.com".to_owned()),
///     idps: ["auto", "okta", "entra"].map(str::to_owned).to_vec(),
///     policy: Policy::preset(Preset::HandsOff),
///     ..Options::default()
/// };
/// # assert_eq!(options.scim_prefix, "/scim");
/// ```
#[derive(Clone)]
pub struct Options {
    /// The clock; the system's by default.
    pub clock: Clock,
    /// Makes ids; by default no two processes and no two runs make the same.
    pub ids: Ids,
    /// Scheme, host and port that identity providers reach SCIM by; without it, what each caller
    /// said.
    pub public_url: Option<String>,
    /// The path that SCIM stands under; `/scim` by default.
    pub scim_prefix: String,
    /// The dialects an integration can have; only `auto` by default.
    pub idps: Vec<String>,
    /// The schemas that imported lines must fit; those of the RFC by default.
    pub schemas: Arc<Schemas>,
    /// The policy a new tenant starts with.
    pub policy: Policy,
    /// The JSON Schema of the messages to the application, if there are any.
    pub sink_schema: Option<&'static str>,
    /// Digests of management keys that stand in the configuration, besides the stored ones.
    pub keys: Vec<Digest>,
    /// Rung by the job after each round.
    pub bell: Bell,
    /// Called after every change that the job should look at.
    pub wake: Arc<dyn Fn() + Send + Sync>,
    /// What this process counted, for `/metrics`.
    pub metrics: Metrics,
    /// Returns more of how things stand, for `/metrics`: name without `enroll_`, help, value.
    pub gauges: Gauges,
    /// Names of the channels that alerts go through; none by default.
    pub channels: Vec<String>,
    /// Tries them.
    pub trial: Trial,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            clock: Arc::new(system_clock),
            ids: unlike_any_other(),
            public_url: None,
            scim_prefix: "/scim".to_owned(),
            idps: vec!["auto".to_owned()],
            schemas: Arc::new(Schemas::standard()),
            policy: Policy::default(),
            sink_schema: None,
            keys: Vec::new(),
            bell: Bell::default(),
            wake: Arc::new(|| ()),
            metrics: Metrics::default(),
            gauges: Arc::new(Vec::new),
            channels: Vec::new(),
            trial: Arc::new(|_| Box::pin(async { Ok(Vec::new()) })),
        }
    }
}

impl fmt::Debug for Options {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Options")
            .field("public_url", &self.public_url)
            .field("scim_prefix", &self.scim_prefix)
            .field("idps", &self.idps)
            .field("policy", &self.policy)
            .field("keys", &self.keys)
            .finish_non_exhaustive()
    }
}

fn system_clock() -> Timestamp {
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    Timestamp::from_millis(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}

/// Counts, and hides the count behind a hash whose 128-bit key the system chose for this process.
fn unlike_any_other() -> Ids {
    let (seed, made) = (RandomState::new(), AtomicU64::new(0));
    Arc::new(move |prefix| {
        let count = made.fetch_add(1, Ordering::Relaxed);
        format!(
            "{prefix}_{}",
            base32(seed.hash_one((count, system_clock().as_millis())))
        )
    })
}

/// Spells 64 bits as 13 letters and digits, without those that look alike.
fn base32(mut bits: u64) -> String {
    const DIGITS: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";
    let mut text = String::with_capacity(13);
    for _ in 0..13 {
        let digit = usize::try_from(bits % 32)
            .ok()
            .and_then(|at| DIGITS.get(at));
        text.push(digit.map_or('0', |digit| char::from(*digit)));
        bits /= 32;
    }
    text
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn ids_differ_from_each_other_and_from_those_of_another_run() {
        let (one, other) = (Options::default(), Options::default());
        let made = (0..1_000).flat_map(|_| [(one.ids)("int"), (other.ids)("int")]);
        let made: BTreeSet<String> = made.collect();
        assert_eq!(made.len(), 2_000);
        assert!(
            made.iter()
                .all(|id| id.len() == 17 && id.starts_with("int_"))
        );
    }

    #[test]
    fn every_bit_is_spelled() {
        assert_eq!(base32(0), "0".repeat(13));
        assert_eq!(base32(31), format!("z{}", "0".repeat(12)));
        assert_ne!(base32(1 << 63), base32(0));
    }

    #[test]
    fn b3_debug_shows_no_key() {
        let keys = vec![Digest::of("hush")];
        let shown = format!(
            "{:?}",
            Options {
                keys,
                ..Options::default()
            }
        );
        assert!(shown.contains("Digest(…)"), "{shown}");
    }
}
