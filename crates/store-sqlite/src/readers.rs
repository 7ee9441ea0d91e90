//! Readers: connections that never write, each read in its own snapshot.

use std::{
    collections::VecDeque,
    path::PathBuf,
    sync::{
        Arc, Condvar, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    thread::{self, JoinHandle},
};

use rusqlite::Connection;
use tokio::sync::oneshot;

use crate::fault::{Failure, Fault};

/// Reads that may wait before more are refused.
const WAITING_MAX: usize = 10_000;

/// Connections kept open for short reads on the caller's own thread.
const IDLE_MAX: usize = 16;

/// The way to the reading connections.
///
/// A short read ([`Readers::here`]) takes an idle connection and runs where it is called: a look-up of about 10 µs costs
/// less than handing it to another thread. A long one ([`Readers::run`]) goes to a thread of its own.
#[derive(Debug)]
pub(crate) struct Readers {
    path: PathBuf,
    open: fn(&std::path::Path) -> Result<Connection, Fault>,
    idle: Mutex<Vec<Connection>>,
    shared: Arc<Shared>,
    threads: Mutex<Vec<JoinHandle<()>>>,
    closed: AtomicBool,
}

#[derive(Default)]
struct Shared {
    state: Mutex<State>,
    filled: Condvar,
}

#[derive(Default)]
struct State {
    waiting: VecDeque<Job>,
    closed: bool,
}

type Job = Box<dyn FnOnce(&Connection) + Send>;

impl Readers {
    /// Starts `threads` reading threads over the file.
    pub(crate) fn start(
        path: PathBuf,
        threads: usize,
        open: fn(&std::path::Path) -> Result<Connection, Fault>,
    ) -> Result<Self, Fault> {
        let shared = Arc::<Shared>::default();
        let readers = Self {
            path,
            open,
            idle: Mutex::default(),
            shared: Arc::clone(&shared),
            threads: Mutex::default(),
            closed: AtomicBool::new(false),
        };
        for number in 0..threads {
            let connection = open(&readers.path)?;
            let shared = Arc::clone(&shared);
            let thread = thread::Builder::new()
                .name(format!("enroll-reader-{number}"))
                .spawn(move || serve(&connection, &shared))
                .map_err(|_| Fault::Lost)?;
            lock(&readers.threads).push(thread);
        }
        Ok(readers)
    }

    /// Runs a read that may take long on a reading thread.
    pub(crate) async fn run<T, R>(
        &self,
        job: impl FnOnce(&Connection) -> Result<T, Failure<R>> + Send + 'static,
    ) -> Result<T, R>
    where
        T: Send + 'static,
        R: From<Fault> + Send + 'static,
    {
        let (tell, told) = oneshot::channel();
        let job: Job = Box::new(move |connection| {
            if !tell.is_closed() {
                drop(tell.send(snapshot(connection, job)));
            }
        });
        self.push(job)?;
        told.await.unwrap_or_else(|_| Err(R::from(Fault::Lost)))
    }

    /// Runs a read of a few rows on the caller's thread.
    pub(crate) fn here<T, R: From<Fault>>(
        &self,
        job: impl FnOnce(&Connection) -> Result<T, Failure<R>>,
    ) -> Result<T, R> {
        if self.closed.load(Ordering::Acquire) {
            return Err(Fault::Lost.into());
        }
        let idle = lock(&self.idle).pop();
        let connection = match idle {
            Some(connection) => connection,
            None => (self.open)(&self.path)?,
        };
        let result = snapshot(&connection, job);
        let mut idle = lock(&self.idle);
        if idle.len() < IDLE_MAX && !self.closed.load(Ordering::Acquire) {
            idle.push(connection);
        }
        result
    }

    fn push(&self, job: Job) -> Result<(), Fault> {
        let mut state = lock(&self.shared.state);
        if state.closed {
            return Err(Fault::Lost);
        }
        if state.waiting.len() >= WAITING_MAX {
            return Err(Fault::Busy);
        }
        state.waiting.push_back(job);
        drop(state);
        self.shared.filled.notify_one();
        Ok(())
    }

    /// Ends the reading threads after what waits.
    pub(crate) fn close(&self) {
        self.closed.store(true, Ordering::Release);
        lock(&self.shared.state).closed = true;
        self.shared.filled.notify_all();
        for thread in lock(&self.threads).drain(..) {
            if thread.thread().id() != thread::current().id() && thread.join().is_err() {
                tracing::error!("a reading thread panicked");
            }
        }
        lock(&self.idle).clear();
    }
}

impl Drop for Readers {
    fn drop(&mut self) {
        self.close();
    }
}

impl std::fmt::Debug for Shared {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Shared").finish_non_exhaustive()
    }
}

fn serve(connection: &Connection, shared: &Shared) {
    let mut state = lock(&shared.state);
    loop {
        if let Some(job) = state.waiting.pop_front() {
            drop(state);
            let ran = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| job(connection)));
            if ran.is_err() {
                tracing::error!("a read panicked");
            }
            state = lock(&shared.state);
        } else if state.closed {
            return;
        } else {
            state = shared
                .filled
                .wait(state)
                .unwrap_or_else(PoisonError::into_inner);
        }
    }
}

/// Runs `job` in one read transaction, so that all its statements see the same state.
fn snapshot<T, R: From<Fault>>(
    connection: &Connection,
    job: impl FnOnce(&Connection) -> Result<T, Failure<R>>,
) -> Result<T, R> {
    let read = || {
        if !connection.is_autocommit() {
            // A read that panicked left its transaction open.
            step(connection, "ROLLBACK")?;
        }
        step(connection, "BEGIN")?;
        let result = job(connection);
        step(connection, "COMMIT")?;
        result
    };
    read().map_err(Failure::into_refusal)
}

fn step(connection: &Connection, sql: &str) -> rusqlite::Result<usize> {
    connection.prepare_cached(sql)?.execute([])
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
