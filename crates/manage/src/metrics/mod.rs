//! Counters of this process, and how Prometheus reads them.
//!
//! Counters are atomics; a series is found under a read lock. Labels are bounded: methods, resources
//! and codes are words of ours, integrations are the operator's, and past [`SERIES_MAX`] series of one
//! name the rest is one series. No tenant and no person is ever a label.

mod text;

use std::{
    collections::BTreeMap,
    fmt,
    sync::{
        Arc, PoisonError, RwLock,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

pub(crate) use text::Text;

/// Most series of one name.
pub const SERIES_MAX: usize = 5_000;

/// What is counted since the process began; clones share it.
///
/// ```
/// use enroll_manage::{Answered, Metrics};
/// use std::time::Duration;
///
/// let metrics = Metrics::default();
/// metrics.answered(&Answered {
///     integration: "int_1", method: "PATCH", resource: "Users", status: 200,
///     took: Duration::from_millis(4), idp: "entra", quirks: &["N_OP_CASE"], refused: None,
/// });
/// let text = metrics.text();
/// assert!(text.contains(
///     r#"enroll_scim_requests_total{integration="int_1",method="PATCH",resource="Users",status="200"} 1"#
/// ));
/// assert!(text.contains(r#"enroll_scim_normalisations_total{code="N_OP_CASE",idp="entra"} 1"#));
/// ```
#[derive(Clone, Default)]
pub struct Metrics(Arc<Inner>);

#[derive(Default)]
struct Inner {
    requests: Counter,
    normalisations: Counter,
    auth_failures: Counter,
    changes: Counter,
    seconds: Histogram,
}

/// One SCIM request that was answered.
#[derive(Clone, Copy, Debug)]
pub struct Answered<'a> {
    /// The integration; empty when nobody was let in.
    pub integration: &'a str,
    /// The method as it was sent.
    pub method: &'a str,
    /// `Users`, `Groups`, or another word of ours.
    pub resource: &'static str,
    /// The status of the answer.
    pub status: u16,
    /// How long it took.
    pub took: Duration,
    /// The dialect it was read as.
    pub idp: &'a str,
    /// What had to be read otherwise than it was written.
    pub quirks: &'a [&'static str],
    /// Why nobody was let in.
    pub refused: Option<&'static str>,
}

impl Metrics {
    /// Counts a SCIM request.
    pub fn answered(&self, answered: &Answered<'_>) {
        let method = METHODS.iter().find(|known| **known == answered.method);
        let status = answered.status.to_string();
        self.0.requests.add(&[
            ("integration", answered.integration),
            ("method", method.unwrap_or(&"other")),
            ("resource", answered.resource),
            ("status", &status),
        ]);
        self.0.seconds.observe(answered.took);
        for code in answered.quirks {
            let labels = [("code", *code), ("idp", answered.idp)];
            self.0.normalisations.add(&labels);
        }
        if let Some(reason) = answered.refused {
            self.0.auth_failures.add(&[("reason", reason)]);
        }
    }

    /// Counts a change of the application that was applied.
    pub fn applied(&self, op: &str) {
        self.0.changes.add(&[("op", op), ("outcome", "applied")]);
    }

    /// Writes what was counted in the text format of Prometheus.
    pub fn text(&self) -> String {
        let mut text = Text::default();
        self.write(&mut text);
        text.finish()
    }

    pub(crate) fn write(&self, text: &mut Text) {
        let version = [("version", env!("CARGO_PKG_VERSION"))];
        text.gauge("build_info", "Which version runs.", &version, 1.0);
        let Inner {
            requests,
            normalisations,
            auth_failures,
            changes,
            seconds,
        } = &*self.0;
        for (name, help, counter) in [
            ("scim_requests_total", "SCIM requests answered.", requests),
            (
                "scim_normalisations_total",
                "Requests read otherwise than they were written, by quirk.",
                normalisations,
            ),
            (
                "scim_auth_failures_total",
                "SCIM requests of nobody who may.",
                auth_failures,
            ),
            (
                "outcomes_total",
                "Changes of the application by what came of them.",
                changes,
            ),
        ] {
            text.counter(name, help, &counter.read());
        }
        let (buckets, sum) = seconds.read();
        let help = "How long SCIM requests took.";
        text.histogram("scim_request_seconds", help, &buckets, sum);
    }
}

impl fmt::Debug for Metrics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Metrics(…)")
    }
}

/// The series of one name, by their labels as they are written.
#[derive(Default)]
struct Counter(RwLock<BTreeMap<String, AtomicU64>>);

impl Counter {
    fn add(&self, labels: &[(&str, &str)]) {
        let labels = text::labels(labels);
        let known = self.0.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = known.get(&labels) {
            count.fetch_add(1, Ordering::Relaxed);
            return;
        }
        drop(known);
        let mut all = self.0.write().unwrap_or_else(PoisonError::into_inner);
        let labels = if all.len() < SERIES_MAX || all.contains_key(&labels) {
            labels
        } else {
            text::labels(&[("series", "other")])
        };
        all.entry(labels)
            .or_default()
            .fetch_add(1, Ordering::Relaxed);
    }

    fn read(&self) -> Vec<(String, u64)> {
        let all = self.0.read().unwrap_or_else(PoisonError::into_inner);
        all.iter()
            .map(|(labels, count)| (labels.clone(), count.load(Ordering::Relaxed)))
            .collect()
    }
}

/// How many took at most how long.
#[derive(Default)]
struct Histogram {
    /// One for each bound, and one for what is longer.
    counts: [AtomicU64; BOUNDS_MILLIS.len() + 1],
    micros: AtomicU64,
}

impl Histogram {
    fn observe(&self, took: Duration) {
        let place = BOUNDS_MILLIS
            .iter()
            .position(|bound| took <= Duration::from_millis(*bound));
        let place = place.unwrap_or(BOUNDS_MILLIS.len());
        if let Some(count) = self.counts.get(place) {
            count.fetch_add(1, Ordering::Relaxed);
        }
        let micros = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
        self.micros.fetch_add(micros, Ordering::Relaxed);
    }

    /// Returns the bounds in milliseconds with how many took at most so long, and the sum.
    fn read(&self) -> (Vec<(Option<u64>, u64)>, Duration) {
        let bounds = BOUNDS_MILLIS.iter().copied().map(Some).chain([None]);
        let mut upto = 0;
        let buckets = bounds.zip(&self.counts).map(|(bound, count)| {
            upto += count.load(Ordering::Relaxed);
            (bound, upto)
        });
        let sum = Duration::from_micros(self.micros.load(Ordering::Relaxed));
        (buckets.collect(), sum)
    }
}

/// Methods that are told apart.
const METHODS: &[&str] = &["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"];
/// Upper ends of the buckets.
const BOUNDS_MILLIS: [u64; 11] = [1, 2, 5, 10, 25, 50, 100, 250, 1_000, 5_000, 25_000];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn series_past_the_limit_are_one() {
        let counter = Counter::default();
        for n in 0..SERIES_MAX + 3 {
            counter.add(&[("n", &n.to_string())]);
        }
        counter.add(&[("n", "0")]);
        let all: BTreeMap<_, _> = counter.read().into_iter().collect();
        assert_eq!(all.len(), SERIES_MAX + 1);
        assert_eq!(all["{n=\"0\"}"], 2);
        assert_eq!(all["{series=\"other\"}"], 3);
    }

    #[test]
    fn buckets_hold_what_took_at_most_so_long() {
        let histogram = Histogram::default();
        for millis in [0, 1, 2, 3, 25_000, 25_001] {
            histogram.observe(Duration::from_millis(millis));
        }
        let (buckets, sum) = histogram.read();
        let found: Vec<_> = buckets.iter().map(|(_, count)| *count).collect();
        assert_eq!(found, [2, 3, 4, 4, 4, 4, 4, 4, 4, 4, 5, 6]);
        assert_eq!((buckets[0].0, buckets[11].0), (Some(1), None));
        assert_eq!(sum, Duration::from_millis(50_007));
    }

    #[test]
    fn c14_an_odd_method_is_no_label() {
        let metrics = Metrics::default();
        metrics.answered(&Answered {
            integration: "",
            method: "BREW\"}\n",
            resource: "other",
            status: 405,
            took: Duration::ZERO,
            idp: "auto",
            quirks: &[],
            refused: Some("missing"),
        });
        let text = metrics.text();
        assert!(
            text.contains("method=\"other\"") && !text.contains("BREW"),
            "{text}"
        );
        assert!(text.contains("enroll_scim_auth_failures_total{reason=\"missing\"} 1"));
    }
}
