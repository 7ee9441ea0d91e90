//! The one writer: a drained queue is one transaction, one savepoint a job, answers after COMMIT.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Arc, Mutex, PoisonError},
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use rusqlite::Connection;
use tokio::sync::oneshot;

use crate::{
    fault::{Failure, Fault},
    queue::{Lane, Queue},
};

/// Longest time a transaction takes further jobs.
pub(crate) const BATCH_TIME_MAX: Duration = Duration::from_millis(5);

/// Most jobs of a transaction.
pub(crate) const BATCH_JOBS_MAX: usize = 256;

/// Longest time of chores after the queue was closed; what is left is done after the next start.
const CHORES_TIME_MAX: Duration = Duration::from_secs(1);

/// What the writer does when nothing waits; returns whether more of it is left.
pub(crate) type Chore = fn(&Connection) -> rusqlite::Result<bool>;

/// The way to the writer thread.
#[derive(Debug)]
pub(crate) struct Writer {
    queue: Arc<Queue<Job>>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

/// A job runs with the transaction, or learns at once that there is none.
type Job = Box<dyn FnOnce(Result<&Connection, Fault>) -> Outcome + Send>;

/// What a job did, and the answer that waits for the commit.
struct Outcome {
    keep: bool,
    fault: Option<Fault>,
    answer: Answer,
}

/// Tells the result to whoever asked, or that the transaction was lost.
type Answer = Box<dyn FnOnce(Option<Fault>) + Send>;

impl Writer {
    /// Starts the thread.
    pub(crate) fn start(connection: Connection, chore: Chore) -> std::io::Result<Self> {
        let queue = Arc::new(Queue::new());
        let served = Arc::clone(&queue);
        let thread = thread::Builder::new()
            .name("enroll-writer".to_owned())
            .spawn(move || serve(&connection, &served, chore))?;
        Ok(Self {
            queue,
            thread: Mutex::new(Some(thread)),
        })
    }

    /// Runs `job` in a savepoint of the next transaction; resolves after its commit.
    ///
    /// An error rolls back what `job` wrote, and nothing else.
    pub(crate) async fn run<T, R>(
        &self,
        lane: Lane,
        job: impl FnOnce(&Connection) -> Result<T, Failure<R>> + Send + 'static,
    ) -> Result<T, R>
    where
        T: Send + 'static,
        R: From<Fault> + Send + 'static,
    {
        self.run_then(lane, 1, job, |_| {}).await
    }

    /// Like [`Writer::run`], for a job of about `rows` rows; `then` runs after the commit, even if nobody waits any more.
    pub(crate) async fn run_then<T, R>(
        &self,
        lane: Lane,
        rows: u64,
        job: impl FnOnce(&Connection) -> Result<T, Failure<R>> + Send + 'static,
        then: impl FnOnce(&T) + Send + 'static,
    ) -> Result<T, R>
    where
        T: Send + 'static,
        R: From<Fault> + Send + 'static,
    {
        let (tell, told) = oneshot::channel();
        let job: Job = Box::new(move |tx| {
            let result = tx.map_err(Failure::Fault).and_then(job);
            let keep = result.is_ok();
            let fault = match &result {
                Err(Failure::Fault(fault)) => Some(fault.clone()),
                _ => None,
            };
            let result = result.map_err(Failure::into_refusal);
            let answer = move |lost: Option<Fault>| {
                // A refusal may rest on a write that was lost with the transaction: it is lost too.
                let result = lost.map_or(result, |fault| Err(R::from(fault)));
                if let Ok(value) = &result {
                    then(value);
                }
                // Whoever asked may have gone; the write stands.
                drop(tell.send(result));
            };
            Outcome {
                keep,
                fault,
                answer: Box::new(answer),
            }
        });
        self.queue.push(lane, rows, job)?;
        told.await.unwrap_or_else(|_| Err(R::from(Fault::Lost)))
    }

    /// Lets the writer finish what waits, and ends it.
    pub(crate) fn close(&self) {
        self.queue.close();
        let thread = self
            .thread
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        let Some(thread) = thread else { return };
        // The last handle may die inside a job, on the writer's own thread.
        if thread.thread().id() != thread::current().id() && thread.join().is_err() {
            tracing::error!("the writer thread panicked");
        }
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.close();
    }
}

fn serve(connection: &Connection, queue: &Queue<Job>, chore: Chore) {
    let mut chores = true;
    loop {
        let next = if chores { queue.pop() } else { queue.wait() };
        match next {
            Some(first) => {
                batch(connection, queue, first);
                chores = true;
            }
            None if chores && !queue.is_over(CHORES_TIME_MAX) => {
                chores = do_chore(connection, chore);
            }
            None if chores => chores = false,
            None => break,
        }
    }
}

fn do_chore(connection: &Connection, chore: Chore) -> bool {
    chore(connection).unwrap_or_else(|error| {
        tracing::warn!(%error, "a chore of the writer failed; it is tried again after the next write");
        false
    })
}

fn batch(connection: &Connection, queue: &Queue<Job>, first: Job) {
    if let Err(error) = statement(connection, "BEGIN IMMEDIATE") {
        return refuse(queue, first, &error.into());
    }
    let started = Instant::now();
    let mut answers = Vec::new();
    let mut next = Some(first);
    let mut lost = None;
    while let Some(job) = next {
        let outcome = run(connection, job);
        answers.extend(outcome.answer);
        if connection.is_autocommit() {
            // SQLite gave the whole transaction up (disk full, out of memory): with every job in it.
            lost = Some(outcome.fault.unwrap_or(Fault::Lost));
            break;
        }
        let more = answers.len() < BATCH_JOBS_MAX && started.elapsed() < BATCH_TIME_MAX;
        next = if more { queue.pop() } else { None };
    }
    let lost = lost.or_else(|| commit(connection).err());
    for answer in answers {
        answer(lost.clone());
    }
}

fn commit(connection: &Connection) -> Result<(), Fault> {
    let committed = statement(connection, "COMMIT");
    if committed.is_err() && !connection.is_autocommit() {
        statement(connection, "ROLLBACK")?;
    }
    Ok(committed?)
}

/// What became of one job in its savepoint.
#[derive(Default)]
struct Ran {
    answer: Option<Answer>,
    fault: Option<Fault>,
}

fn run(connection: &Connection, job: Job) -> Ran {
    let saved = statement(connection, "SAVEPOINT job").map(|()| connection);
    let outcome = catch_unwind(AssertUnwindSafe(|| job(saved.map_err(Fault::from))));
    let keep = outcome.as_ref().is_ok_and(|outcome| outcome.keep);
    let ended = end(connection, keep);
    match (outcome, ended) {
        (Ok(outcome), Ok(())) => Ran {
            answer: Some(outcome.answer),
            fault: outcome.fault,
        },
        (Ok(outcome), Err(error)) => {
            let fault = Fault::from(error);
            (outcome.answer)(Some(fault.clone()));
            Ran {
                answer: None,
                fault: Some(fault),
            }
        }
        (Err(_), _) => {
            tracing::error!("a write panicked; it was rolled back");
            Ran::default()
        }
    }
}

fn end(connection: &Connection, keep: bool) -> rusqlite::Result<()> {
    if connection.is_autocommit() {
        return Ok(());
    }
    if !keep {
        statement(connection, "ROLLBACK TO job")?;
    }
    statement(connection, "RELEASE job")
}

fn refuse(queue: &Queue<Job>, first: Job, fault: &Fault) {
    let waiting = std::iter::from_fn(|| queue.pop()).take(BATCH_JOBS_MAX);
    for job in std::iter::once(first).chain(waiting) {
        (job(Err(fault.clone())).answer)(None);
    }
}

fn statement(connection: &Connection, sql: &str) -> rusqlite::Result<()> {
    connection.prepare_cached(sql)?.execute([]).map(|_| ())
}

#[cfg(test)]
mod tests {
    use std::sync::{
        Barrier,
        atomic::{AtomicUsize, Ordering},
    };

    use enroll_store::StoreError;

    use super::*;
    use crate::Sqlite;

    type Tried<T = ()> = Result<T, Failure<StoreError>>;

    fn add(tx: &Connection, name: &str) -> Tried {
        tx.execute("INSERT INTO fact VALUES (?1, 1)", [name])?;
        Ok(())
    }

    async fn names(db: &Sqlite) -> Vec<String> {
        let read = |connection: &Connection| -> Tried<Vec<String>> {
            let sql = "SELECT name FROM fact WHERE name != 'fold' ORDER BY name";
            let mut statement = connection.prepare(sql)?;
            let names = statement
                .query_map([], |row| row.get(0))?
                .collect::<Result<_, _>>()?;
            Ok(names)
        };
        db.0.readers.run(read).await.unwrap()
    }

    #[tokio::test]
    async fn a_failed_job_takes_back_its_own_writes_alone() {
        let db = Sqlite::temporary().unwrap();
        let writer = &db.0.writer;
        let gate = Arc::new(Barrier::new(2));
        let held = Arc::clone(&gate);
        let (_, first, second, third) = tokio::join!(
            writer.run(Lane::Ledger, move |_| -> Tried {
                held.wait();
                Ok(())
            }),
            writer.run(Lane::Ledger, |tx| add(tx, "first")),
            writer.run(Lane::Ledger, |tx| {
                add(tx, "second")?;
                Tried::<()>::Err(StoreError::NotFound.into())
            }),
            async {
                let third = writer.run(Lane::Ledger, |tx| add(tx, "third"));
                let (third, ()) = tokio::join!(third, async {
                    gate.wait();
                });
                third
            },
        );
        assert!(first.is_ok() && third.is_ok());
        assert!(matches!(second, Err(StoreError::NotFound)));
        assert_eq!(names(&db).await, ["first", "third"]);
    }

    #[tokio::test]
    async fn a_panic_is_rolled_back_and_the_writer_lives() {
        let db = Sqlite::temporary().unwrap();
        let panics = db.0.writer.run(Lane::Ledger, |tx| -> Tried {
            add(tx, "half")?;
            panic!("for the test")
        });
        assert!(matches!(panics.await, Err(StoreError::Backend(_))));
        db.0.writer
            .run(Lane::Ledger, |tx| add(tx, "whole"))
            .await
            .unwrap();
        assert_eq!(names(&db).await, ["whole"]);
    }

    #[tokio::test]
    async fn a_duplicate_fails_alone_and_its_error_is_told() {
        let db = Sqlite::temporary().unwrap();
        db.0.writer
            .run(Lane::Ledger, |tx| add(tx, "one"))
            .await
            .unwrap();
        let again = db.0.writer.run(Lane::Ledger, |tx| add(tx, "one")).await;
        assert!(matches!(again, Err(StoreError::Backend(_))), "{again:?}");
    }

    #[tokio::test]
    async fn what_follows_a_commit_happens_even_if_nobody_waits() {
        let db = Sqlite::temporary().unwrap();
        let done = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&done);
        {
            let write = db.0.writer.run_then(
                Lane::Ledger,
                1,
                |tx| add(tx, "kept"),
                move |()| {
                    count.fetch_add(1, Ordering::SeqCst);
                },
            );
            let mut write = std::pin::pin!(write);
            let polled = std::future::poll_fn(|cx| std::task::Poll::Ready(write.as_mut().poll(cx)));
            assert!(polled.await.is_pending());
        }
        db.0.writer
            .run(Lane::Ledger, |_| -> Tried { Ok(()) })
            .await
            .unwrap();
        assert_eq!(
            (done.load(Ordering::SeqCst), names(&db).await.len()),
            (1, 1)
        );
    }

    #[tokio::test]
    async fn a_closed_writer_refuses() {
        let db = Sqlite::temporary().unwrap();
        db.close();
        let late = db.0.writer.run(Lane::Ledger, |tx| add(tx, "late")).await;
        assert!(matches!(late, Err(StoreError::Backend(_))));
    }
}
