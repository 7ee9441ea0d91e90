//! Lines of the request log that no write takes along: queued, and appended in batches (data §5).

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use enroll_schema::Error;
use enroll_store::{Directories, DirectoryId, Journal, Note};
use tokio::{sync::Notify, time::timeout};

use crate::guard::Guarded;

/// Most bytes of lines that wait; more are dropped and counted.
const WAITING_BYTES_MAX: usize = 64 << 20;
/// How long one directory may take for its lines; then they are given up.
const APPEND_DEADLINE: Duration = Duration::from_secs(25);

/// The queue of one service. It has no task of its own: whoever adds the first line starts one.
#[derive(Debug)]
pub(crate) struct Notebook<D> {
    directories: D,
    waiting: Mutex<Waiting>,
    is_empty: Notify,
}

#[derive(Debug, Default)]
struct Waiting {
    notes: Vec<(DirectoryId, Note)>,
    bytes: usize,
    dropped: u64,
    is_flushing: bool,
}

impl<D: Directories> Notebook<D> {
    pub(crate) fn new(directories: D) -> Self {
        Self {
            directories,
            waiting: Mutex::default(),
            is_empty: Notify::new(),
        }
    }

    /// Adds a line; it is appended soon, together with others.
    pub(crate) fn add(self: &Arc<Self>, directory: &DirectoryId, note: Note) {
        let mut waiting = self.lock();
        if waiting.bytes + note.body.len() > WAITING_BYTES_MAX {
            waiting.dropped += 1;
            return;
        }
        waiting.bytes += note.body.len();
        waiting.notes.push((directory.clone(), note));
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
        while let Some(notes) = self.take() {
            let mut batches: HashMap<DirectoryId, Vec<Note>> = HashMap::new();
            for (id, note) in notes {
                batches.entry(id).or_default().push(note);
            }
            for (id, notes) in batches {
                let (directories, directory) = (self.directories.clone(), id.clone());
                let append = Guarded::new(async move {
                    let store = directories.open(&directory).await?;
                    Ok::<_, Error>(store.append(notes).await?)
                });
                match timeout(APPEND_DEADLINE, append).await {
                    Ok(Ok(Ok(()))) => {}
                    failed => {
                        tracing::warn!(directory = %id, ?failed, "log lines were not written");
                    }
                }
            }
        }
        self.is_empty.notify_waiters();
    }

    /// Takes what waits; when that is nothing, the flushing ends.
    fn take(&self) -> Option<Vec<(DirectoryId, Note)>> {
        let mut waiting = self.lock();
        if waiting.dropped > 0 {
            let dropped = std::mem::take(&mut waiting.dropped);
            tracing::warn!(
                dropped,
                "the request log could not keep up; lines were dropped"
            );
        }
        if waiting.notes.is_empty() {
            waiting.is_flushing = false;
            return None;
        }
        waiting.bytes = 0;
        Some(std::mem::take(&mut waiting.notes))
    }

    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
