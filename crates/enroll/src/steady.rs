//! A sink or an observer that panics or hangs spoils one call, not the job.

use std::{
    future::poll_fn,
    panic::{AssertUnwindSafe, catch_unwind},
    pin::pin,
    task::Poll,
    time::{Duration, Instant},
};

use enroll_store::TenantId;
use enroll_sync::{
    Account, AccountId, AccountSink, Capabilities, Event, GroupOutcome, Item, Outcome,
};

use tokio::time::timeout;

use crate::job::Hearing;

/// A sink whose panics, and calls without an answer in time, are calls to try again.
pub(crate) struct Steady<S> {
    sink: S,
    call_max: Duration,
}

impl<S> Steady<S> {
    /// Gives each call [`CALL_MAX`].
    pub(crate) fn new(sink: S) -> Self {
        Self {
            sink,
            call_max: CALL_MAX,
        }
    }

    /// Gives each call twice as long: for a sink that watches the clock itself and can say what went
    /// wrong.
    pub(crate) fn patient(sink: S) -> Self {
        Self {
            sink,
            call_max: CALL_MAX * 2,
        }
    }
}

#[deny(clippy::missing_trait_methods)]
impl<S: AccountSink> AccountSink for Steady<S> {
    async fn apply(&self, item: &Item) -> Outcome {
        let began = Instant::now();
        let done = caught(self.call_max, async { self.sink.apply(item).await }).await;
        let outcome = done.unwrap_or_else(Outcome::retry_because);
        log(item, word(&outcome), began);
        outcome
    }

    async fn apply_group(&self, item: &Item) -> GroupOutcome {
        let began = Instant::now();
        let done = caught(self.call_max, async { self.sink.apply_group(item).await }).await;
        let outcome = done.unwrap_or_else(|why| GroupOutcome::Retry {
            after: None,
            text: why,
        });
        let word = match outcome {
            GroupOutcome::Applied { .. } => "applied",
            GroupOutcome::Rejected { .. } => "rejected",
            GroupOutcome::Retry { .. } => "retry",
            _ => "other",
        };
        log(item, word, began);
        outcome
    }

    async fn accounts(&self, tenant: &TenantId, after: Option<&AccountId>) -> Option<Vec<Account>> {
        let listed = caught(self.call_max, async {
            self.sink.accounts(tenant, after).await
        });
        listed.await.ok().flatten()
    }

    fn capabilities(&self) -> Capabilities {
        self.sink.capabilities()
    }
}

/// Returns an outcome in a word of ours: the application's own words may hold names.
fn word(outcome: &Outcome) -> &'static str {
    match outcome {
        Outcome::Applied { .. } => "applied",
        Outcome::Unchanged => "unchanged",
        Outcome::Exists { .. } => "exists",
        Outcome::Rejected { .. } => "rejected",
        Outcome::Conflict { .. } => "conflict",
        Outcome::Retry { .. } => "retry",
        _ => "other",
    }
}

/// Writes one line of the process log for a call to the application: no name, no value (threat C14).
fn log(item: &Item, outcome: &'static str, began: Instant) {
    tracing::info!(
        op = item.op.as_str(),
        subject = %item.subject.id,
        outcome,
        ms = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX),
        "called the application"
    );
}

/// Returns an observer whose panics nobody else feels.
pub(crate) fn steady(observer: Hearing) -> Hearing {
    Box::new(move |event: &Event| {
        if catch_unwind(AssertUnwindSafe(|| observer(event))).is_err() {
            tracing::error!("the observer of changes panicked");
        }
    })
}

/// Runs a call of the application; says so when it panicked or gave no answer in time, and it is not polled again.
async fn caught<T>(most: Duration, call: impl Future<Output = T>) -> Result<T, String> {
    let mut call = pin!(call);
    let done = poll_fn(|cx| {
        let poll = AssertUnwindSafe(|| call.as_mut().poll(cx));
        match catch_unwind(poll) {
            Ok(poll) => poll.map(Ok),
            Err(_) => Poll::Ready(Err("the account sink panicked".to_owned())),
        }
    });
    let done = timeout(most, done).await;
    let late = |_| Err(format!("the account sink gave no answer within {most:?}"));
    let done = done.unwrap_or_else(late);
    if let Err(why) = &done {
        tracing::error!("{why}; the call is tried again later");
    }
    done
}

/// How long one call may take: a sink that never answers must not keep leavers of others waiting (sync §6.2).
const CALL_MAX: Duration = Duration::from_secs(15);

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn p13_a_call_that_never_ends_is_given_up() {
        let why = caught(CALL_MAX, std::future::pending::<()>()).await;
        let why = why.unwrap_err();
        assert!(why.contains("no answer within 15s"), "{why}");
        assert_eq!(caught(CALL_MAX, async { 7 }).await, Ok(7));
        let slow = async { tokio::time::sleep(CALL_MAX / 2).await };
        assert_eq!(caught(CALL_MAX, slow).await, Ok(()));
    }
}
