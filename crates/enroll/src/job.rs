//! Driving the job: the only place with a timer.

use std::{sync::Arc, time::Duration};

use enroll_http::system_clock;
use enroll_manage::Bell;
use enroll_schema::{Schemas, Timestamp};
use enroll_store::Directories as _;
use enroll_store_sqlite::Sqlite;
use enroll_sync::{Delivery, Desk, Event, Job, Turn};
use tokio::{
    sync::{Notify, watch},
    time::sleep,
};

use crate::{Error, Result};

/// The operator's side of this database's job.
pub(crate) type Counter = Desk<Sqlite, Sqlite>;

/// What drives the job; clones share it.
#[derive(Clone)]
pub(crate) struct JobLoop {
    job: Arc<Job<Sqlite, Sqlite, Delivery>>,
    database: Sqlite,
    wake: Arc<Notify>,
    turns: watch::Sender<u64>,
    bell: Bell,
}

impl JobLoop {
    pub(crate) fn new(
        database: Sqlite,
        delivery: Delivery,
        schemas: &Schemas,
        observer: Option<Box<dyn Fn(&Event) + Send + Sync>>,
    ) -> Result<Self> {
        let job = Job::new(database.clone(), database.clone(), delivery, schemas);
        let job = job.ok_or_else(|| Error::Url("schemas without User and Group".to_owned()))?;
        let job = match observer {
            Some(observer) => job.observed_by(move |event: &Event| observer(event)),
            None => job,
        };
        Ok(Self {
            job: Arc::new(job),
            database,
            wake: Arc::default(),
            turns: watch::Sender::new(0),
            bell: Bell::default(),
        })
    }

    pub(crate) fn desk(&self) -> &Counter {
        self.job.desk()
    }

    /// Makes the job look now: somebody changed something at the desk.
    pub(crate) fn wake(&self) {
        self.wake.notify_one();
    }

    /// Returns what rings after every turn, for calls that wait.
    pub(crate) fn bell(&self) -> Bell {
        self.bell.clone()
    }

    /// Returns what changes after every turn.
    pub(crate) fn turns(&self) -> watch::Receiver<u64> {
        self.turns.subscribe()
    }

    /// Runs until `stop` changes; a turn that began is finished.
    pub(crate) async fn run(self, mut stop: watch::Receiver<bool>) {
        let mut reconcile_at = after(system_clock(), RECONCILE);
        loop {
            let next = self.turn(&mut reconcile_at).await;
            tokio::select! {
                biased;
                _ = stop.changed() => return,
                stirred = self.database.stirred() => match stirred {
                    Ok(directories) => self.job.stir(directories),
                    Err(error) => {
                        tracing::error!(%error, "news of the directories cannot be read");
                        sleep(PAUSE).await;
                    }
                },
                () = self.wake.notified() => {}
                () = sleep(until(next.min(reconcile_at))) => {}
            }
        }
    }

    /// Does one turn and returns when the next is due.
    async fn turn(&self, reconcile_at: &mut Timestamp) -> Timestamp {
        let now = system_clock();
        let done = self.reconcile_if_due(now, reconcile_at).await;
        let turn = match done {
            Ok(()) => self.job.turn(now).await,
            Err(error) => Err(error),
        };
        self.turns
            .send_modify(|turns| *turns = turns.wrapping_add(1));
        self.bell.ring();
        match turn {
            Ok(Turn { next_at, .. }) => next_at.unwrap_or(*reconcile_at),
            Err(error) => {
                tracing::error!(%error, "the job's turn failed; it is tried again");
                after(now, PAUSE)
            }
        }
    }

    async fn reconcile_if_due(
        &self,
        now: Timestamp,
        at: &mut Timestamp,
    ) -> Result<(), enroll_sync::SyncError> {
        if now < *at {
            return Ok(());
        }
        *at = after(now, RECONCILE);
        self.job.reconcile(now).await
    }
}

impl std::fmt::Debug for JobLoop {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("JobLoop").finish_non_exhaustive()
    }
}

fn after(now: Timestamp, pause: Duration) -> Timestamp {
    let millis = i64::try_from(pause.as_millis()).unwrap_or(i64::MAX);
    Timestamp::from_millis(now.as_millis().saturating_add(millis))
}

fn until(at: Timestamp) -> Duration {
    let millis = at.as_millis().saturating_sub(system_clock().as_millis());
    Duration::from_millis(u64::try_from(millis).unwrap_or(0))
}

/// How often everything is compared, whatever was noticed (sync §2).
const RECONCILE: Duration = Duration::from_hours(1);
/// How long the job rests after a failure of its database.
const PAUSE: Duration = Duration::from_secs(5);
