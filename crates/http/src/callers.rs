//! What is counted per directory: its pace, and how much of it is written to its request log.

use std::{
    collections::HashMap,
    hash::{DefaultHasher, Hash, Hasher},
    sync::{
        Arc, PoisonError, RwLock,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
    time::{Duration, Instant},
};

use enroll_store::DirectoryId;

/// A request rate (limits; threat E2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    /// Requests a second that go on for ever.
    pub per_second: u32,
    /// Requests that may come at once.
    pub burst: u32,
}

impl Default for Rate {
    fn default() -> Self {
        Self {
            per_second: 200,
            burst: 2_000,
        }
    }
}

/// Most reads of a directory that are noted in a second; the rest is counted in one line.
const READS_NOTED_PER_SECOND: u64 = 1_000;
/// Most calls without a valid token that are noted in an hour.
const REFUSED_NOTED_PER_HOUR: u64 = 100;
const SHARDS: usize = 16;

/// All directories that were called.
#[derive(Debug)]
pub(crate) struct Callers {
    shards: [RwLock<HashMap<DirectoryId, Arc<Caller>>>; SHARDS],
    started: Instant,
}

/// The counters of one directory.
#[derive(Debug, Default)]
pub(crate) struct Caller {
    /// When, in nanoseconds, the bucket is full again.
    full_at: AtomicU64,
    reads: Window,
    refused: Window,
    unlisted: AtomicU64,
}

/// What becomes of the line of a read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Listing {
    /// It is noted.
    Noted,
    /// It is noted, and so is how many before it were not.
    AfterUnlisted(u64),
    /// It is counted only.
    Counted,
}

impl Callers {
    pub(crate) fn new() -> Self {
        Self {
            shards: Default::default(),
            started: Instant::now(),
        }
    }

    /// Returns the counters of a directory.
    pub(crate) fn of(&self, id: &DirectoryId) -> Arc<Caller> {
        let mut hasher = DefaultHasher::new();
        id.hash(&mut hasher);
        let at = usize::try_from(hasher.finish() % SHARDS as u64).unwrap_or_default();
        let Some(shard) = self.shards.get(at) else {
            return Arc::default();
        };
        let known = shard
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .get(id)
            .cloned();
        known.unwrap_or_else(|| {
            let mut shard = shard.write().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(shard.entry(id.clone()).or_default())
        })
    }

    /// Returns the time since the service was made.
    pub(crate) fn elapsed(&self) -> Duration {
        self.started.elapsed()
    }
}

impl Caller {
    /// Takes one request out of the bucket at `now`, or says how long to wait.
    ///
    /// `method` decides how deep it may go: a deactivation is a PATCH, PUT or DELETE, so these are
    /// shed last.
    ///
    /// # Errors
    /// The time until the next request would be let through.
    pub(crate) fn pace(&self, rate: Rate, now: Duration, method: &str) -> Result<(), Duration> {
        let each = NANOS / u64::from(rate.per_second.max(1));
        let reserve = match method {
            "PATCH" | "PUT" | "DELETE" => rate.burst / 4,
            _ => 0,
        };
        let depth = each.saturating_mul(u64::from(rate.burst.max(1)) + u64::from(reserve));
        let now = nanos(now);
        let take = |full_at: u64| {
            let next = full_at.max(now).saturating_add(each);
            (next - now <= depth).then_some(next)
        };
        match self.full_at.fetch_update(Relaxed, Relaxed, take) {
            Ok(_) => Ok(()),
            Err(full_at) => Err(Duration::from_nanos(full_at + each - now - depth)),
        }
    }

    /// Decides what becomes of the line of a read at `now`.
    pub(crate) fn list(&self, now: Duration) -> Listing {
        let (is_new, count) = self.reads.count(now.as_secs());
        if count > READS_NOTED_PER_SECOND {
            self.unlisted.fetch_add(1, Relaxed);
            return Listing::Counted;
        }
        match if is_new {
            self.unlisted.swap(0, Relaxed)
        } else {
            0
        } {
            0 => Listing::Noted,
            unlisted => Listing::AfterUnlisted(unlisted),
        }
    }

    /// Tells whether one more refused call is noted at `now`.
    pub(crate) fn list_refused(&self, now: Duration) -> bool {
        self.refused.count(now.as_secs() / 3_600).1 <= REFUSED_NOTED_PER_HOUR
    }
}

/// Counts within a period; the number of the period stands in the upper half.
#[derive(Debug, Default)]
struct Window(AtomicU64);

impl Window {
    /// Counts one; tells whether it is the period's first, and how many there are.
    fn count(&self, period: u64) -> (bool, u64) {
        let period = (period + 1) << 32;
        let next = |seen: u64| {
            Some(if seen & !LOW == period {
                seen + 1
            } else {
                period + 1
            })
        };
        let (Ok(seen) | Err(seen)) = self.0.fetch_update(Relaxed, Relaxed, next);
        if seen & !LOW == period {
            (false, (seen & LOW) + 1)
        } else {
            (true, 1)
        }
    }
}

const LOW: u64 = 0xffff_ffff;
const NANOS: u64 = 1_000_000_000;

fn nanos(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX / 2)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bucket_empties_and_fills() {
        let (caller, rate) = (
            Caller::default(),
            Rate {
                per_second: 10,
                burst: 3,
            },
        );
        let at = Duration::from_millis;
        assert!((0..3).all(|_| caller.pace(rate, at(1_000), "GET").is_ok()));
        assert_eq!(caller.pace(rate, at(1_000), "GET"), Err(at(100)));
        assert_eq!(caller.pace(rate, at(1_050), "GET"), Err(at(50)));
        assert_eq!(caller.pace(rate, at(1_100), "GET"), Ok(()));
        assert!((0..3).all(|_| caller.pace(rate, at(9_000), "GET").is_ok()));
    }

    #[test]
    fn deactivations_are_shed_last() {
        let (caller, rate) = (
            Caller::default(),
            Rate {
                per_second: 10,
                burst: 8,
            },
        );
        let now = Duration::from_secs(1);
        assert!((0..8).all(|_| caller.pace(rate, now, "POST").is_ok()));
        assert!(caller.pace(rate, now, "GET").is_err());
        assert!((0..2).all(|_| caller.pace(rate, now, "PATCH").is_ok()));
        assert!(caller.pace(rate, now, "DELETE").is_err());
    }

    #[test]
    fn reads_past_a_thousand_a_second_are_counted() {
        let caller = Caller::default();
        let second = Duration::from_secs(7);
        assert!((0..1_000).all(|_| caller.list(second) == Listing::Noted));
        assert!((0..5).all(|_| caller.list(second) == Listing::Counted));
        assert_eq!(
            caller.list(Duration::from_secs(8)),
            Listing::AfterUnlisted(5)
        );
        assert_eq!(caller.list(Duration::from_secs(8)), Listing::Noted);
    }

    #[test]
    fn refused_calls_are_noted_a_hundred_times_an_hour() {
        let caller = Caller::default();
        let noted = (0..150)
            .filter(|_| caller.list_refused(Duration::ZERO))
            .count();
        assert_eq!(noted, 100);
        assert!(caller.list_refused(Duration::from_hours(1)));
    }
}
