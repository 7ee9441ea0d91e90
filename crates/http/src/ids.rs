//! Names for requests.

use std::{
    hash::{BuildHasher, RandomState},
    sync::atomic::{AtomicU64, Ordering},
    time::{SystemTime, UNIX_EPOCH},
};

use enroll_schema::Timestamp;
use enroll_store::RequestId;

/// Makes request ids that no other process and no earlier run makes.
#[derive(Debug)]
pub(crate) struct RequestIds {
    seed: RandomState,
    made: AtomicU64,
}

impl RequestIds {
    pub(crate) fn new() -> Self {
        Self {
            seed: RandomState::new(),
            made: AtomicU64::new(0),
        }
    }

    /// Returns the next id: the millisecond, then 64 bits of this process' keyed hash of a counter.
    pub(crate) fn next(&self) -> RequestId {
        let count = self.made.fetch_add(1, Ordering::Relaxed);
        let millis = system_clock().as_millis();
        RequestId::new(format!(
            "req_{millis:011x}{:016x}",
            self.seed.hash_one(count)
        ))
    }
}

/// Returns the time of the system's clock.
pub fn system_clock() -> Timestamp {
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    Timestamp::from_millis(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}
