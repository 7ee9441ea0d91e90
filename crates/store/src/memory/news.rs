//! Which directories have changes that nobody took yet.

use std::{
    collections::BTreeSet,
    future::poll_fn,
    sync::{Mutex, MutexGuard, PoisonError},
    task::{Poll, Waker},
};

use crate::DirectoryId;

/// Directories with news, and who waits for them.
#[derive(Debug, Default)]
pub(super) struct News(Mutex<Waiting>);

#[derive(Debug, Default)]
struct Waiting {
    stirred: BTreeSet<DirectoryId>,
    wakers: Vec<Waker>,
}

impl News {
    /// Says that `id` has news, and wakes all who wait: one takes it, the others wait on.
    pub(super) fn mark(&self, id: &DirectoryId) {
        let mut waiting = self.lock();
        waiting.stirred.insert(id.clone());
        let wakers = std::mem::take(&mut waiting.wakers);
        drop(waiting);
        wakers.into_iter().for_each(Waker::wake);
    }

    /// Waits for news and takes them.
    pub(super) async fn take(&self) -> Vec<DirectoryId> {
        poll_fn(|context| {
            let mut waiting = self.lock();
            if waiting.stirred.is_empty() {
                if !waiting
                    .wakers
                    .iter()
                    .any(|waker| waker.will_wake(context.waker()))
                {
                    waiting.wakers.push(context.waker().clone());
                }
                return Poll::Pending;
            }
            Poll::Ready(std::mem::take(&mut waiting.stirred).into_iter().collect())
        })
        .await
    }

    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
