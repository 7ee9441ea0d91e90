//! Lines of the request log that no write takes along: queued, and appended in batches (data §5).

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use enroll_store::{DirectoryId, Journal, Note};
use tokio::sync::Notify;

/// Most bytes of lines that wait; more are dropped and counted.
const WAITING_BYTES_MAX: usize = 64 << 20;

/// The queue of one service. It has no task of its own: whoever adds the first line starts one.
#[derive(Debug)]
pub(crate) struct Notebook<S> {
    waiting: Mutex<Waiting<S>>,
    is_empty: Notify,
}

/// Lines, each with where it goes.
type Lines<S> = Vec<(DirectoryId, S, Note)>;

#[derive(Debug)]
struct Waiting<S> {
    notes: Lines<S>,
    bytes: usize,
    dropped: u64,
    is_flushing: bool,
}

impl<S: Journal> Notebook<S> {
    pub(crate) fn new() -> Self {
        let waiting = Waiting {
            notes: Vec::new(),
            bytes: 0,
            dropped: 0,
            is_flushing: false,
        };
        Self {
            waiting: Mutex::new(waiting),
            is_empty: Notify::new(),
        }
    }

    /// Adds a line; it is appended soon, together with others.
    pub(crate) fn add(self: &Arc<Self>, directory: &DirectoryId, store: S, note: Note) {
        let mut waiting = self.lock();
        if waiting.bytes + note.body.len() > WAITING_BYTES_MAX {
            waiting.dropped += 1;
            return;
        }
        waiting.bytes += note.body.len();
        waiting.notes.push((directory.clone(), store, note));
        if !std::mem::replace(&mut waiting.is_flushing, true) {
            drop(waiting);
            tokio::spawn(Arc::clone(self).flush());
        }
    }

    /// Waits until every line that was added is appended.
    pub(crate) async fn drained(&self) {
        loop {
            let empty = self.is_empty.notified();
            if !self.lock().is_flushing {
                return;
            }
            empty.await;
        }
    }

    async fn flush(self: Arc<Self>) {
        while let Some((notes, dropped)) = self.take() {
            if dropped > 0 {
                tracing::warn!(
                    dropped,
                    "the request log could not keep up; lines were dropped"
                );
            }
            let mut batches: HashMap<DirectoryId, (S, Vec<Note>)> = HashMap::new();
            for (id, store, note) in notes {
                batches
                    .entry(id)
                    .or_insert_with(|| (store, Vec::new()))
                    .1
                    .push(note);
            }
            for (id, (store, notes)) in batches {
                if let Err(error) = store.append(notes).await {
                    tracing::warn!(directory = %id, %error, "the request log was not written");
                }
            }
        }
        self.is_empty.notify_waiters();
    }

    /// Takes what waits; when that is nothing, the flushing ends.
    fn take(&self) -> Option<(Lines<S>, u64)> {
        let mut waiting = self.lock();
        if waiting.notes.is_empty() {
            waiting.is_flushing = false;
            return None;
        }
        waiting.bytes = 0;
        let dropped = std::mem::take(&mut waiting.dropped);
        Some((std::mem::take(&mut waiting.notes), dropped))
    }

    fn lock(&self) -> MutexGuard<'_, Waiting<S>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
