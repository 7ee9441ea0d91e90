//! A sink or an observer that panics spoils one call, not the job.

use std::{
    future::poll_fn,
    panic::{AssertUnwindSafe, catch_unwind},
    pin::pin,
    task::Poll,
};

use enroll_store::TenantId;
use enroll_sync::{
    Account, AccountId, AccountSink, Capabilities, Event, GroupOutcome, Item, Outcome,
};

use crate::job::Hearing;

/// A sink whose panics are calls to try again.
pub(crate) struct Steady<S>(pub(crate) S);

#[deny(clippy::missing_trait_methods)]
impl<S: AccountSink> AccountSink for Steady<S> {
    async fn apply(&self, item: &Item) -> Outcome {
        let done = caught(async { self.0.apply(item).await }).await;
        done.unwrap_or(Outcome::Retry { after: None })
    }

    async fn apply_group(&self, item: &Item) -> GroupOutcome {
        let done = caught(async { self.0.apply_group(item).await }).await;
        done.unwrap_or(GroupOutcome::Retry { after: None })
    }

    async fn accounts(&self, tenant: &TenantId, after: Option<&AccountId>) -> Option<Vec<Account>> {
        let listed = caught(async { self.0.accounts(tenant, after).await });
        listed.await.flatten()
    }

    fn capabilities(&self) -> Capabilities {
        self.0.capabilities()
    }
}

/// Returns an observer whose panics nobody else feels.
pub(crate) fn steady(observer: Hearing) -> Hearing {
    Box::new(move |event: &Event| {
        if catch_unwind(AssertUnwindSafe(|| observer(event))).is_err() {
            tracing::error!("the observer of changes panicked");
        }
    })
}

/// Runs a call of the application; `None` when it panicked, and it is not polled again.
async fn caught<T>(call: impl Future<Output = T>) -> Option<T> {
    let mut call = pin!(call);
    let done = poll_fn(|cx| {
        let poll = AssertUnwindSafe(|| call.as_mut().poll(cx));
        match catch_unwind(poll) {
            Ok(poll) => poll.map(Some),
            Err(_) => Poll::Ready(None),
        }
    });
    let done = done.await;
    if done.is_none() {
        tracing::error!("the account sink panicked; the call is tried again later");
    }
    done
}
