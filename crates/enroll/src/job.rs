//! Driving the job: the only place with a timer.

use std::{sync::Arc, time::Duration};

use enroll_deliver::HttpSink;
use enroll_http::system_clock;
use enroll_manage::Bell;
use enroll_schema::{Schemas, Timestamp};
use enroll_store::Directories as _;
use enroll_store_sqlite::Sqlite;
use enroll_sync::{Delivery, Desk, Event, Job, Ledger as _, Turn};
use enroll_tenants::Tenants as _;
use tokio::{
    sync::{Notify, watch},
    task::JoinHandle,
    time::sleep,
};

use crate::{Error, Result, steady::steady};

/// Hears of every change.
pub(crate) type Hearing = Box<dyn Fn(&Event) + Send + Sync>;

/// The operator's side of this database's job.
pub(crate) type Counter = Desk<Sqlite, Sqlite>;

/// What drives the job; clones share it.
#[derive(Clone)]
pub(crate) struct JobLoop {
    job: Arc<Job<Sqlite, Sqlite, Delivery>>,
    database: Sqlite,
    wake: Arc<Notify>,
    /// Whether the job runs; sent after every turn.
    pulse: watch::Sender<bool>,
    bell: Bell,
    endpoint: Option<HttpSink>,
}

impl JobLoop {
    pub(crate) fn new(
        database: Sqlite,
        delivery: Delivery,
        schemas: &Schemas,
        observer: Option<Hearing>,
    ) -> Result<Self> {
        let job = Job::new(database.clone(), database.clone(), delivery, schemas);
        let job = job.ok_or(Error::Schemas)?;
        let job = match observer {
            Some(observer) => {
                let observer = steady(observer);
                job.observed_by(move |event: &Event| observer(event))
            }
            None => job,
        };
        Ok(Self {
            job: Arc::new(job),
            database,
            wake: Arc::default(),
            pulse: watch::Sender::new(false),
            bell: Bell::default(),
            endpoint: None,
        })
    }

    /// Looks at everybody again whenever this endpoint is reached again.
    pub(crate) fn resuming(mut self, endpoint: Option<HttpSink>) -> Self {
        self.endpoint = endpoint;
        self
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

    /// Returns what is sent after every turn: whether there will be another.
    pub(crate) fn pulse(&self) -> watch::Receiver<bool> {
        self.pulse.subscribe()
    }

    /// Starts to run, until `stop` changes; a turn that began is finished.
    pub(crate) fn spawn(self, stop: watch::Receiver<bool>) -> JoinHandle<()> {
        self.pulse.send_replace(true);
        let ended = Ended(self.clone());
        tokio::spawn(async move {
            self.run(stop).await;
            drop(ended);
        })
    }

    async fn run(self, mut stop: watch::Receiver<bool>) {
        loop {
            let next = self.turn().await;
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
                () = self.recovered() => self.resume().await,
                () = sleep(next) => {}
            }
        }
    }

    async fn recovered(&self) {
        match &self.endpoint {
            Some(endpoint) => endpoint.recovered().await,
            None => std::future::pending().await,
        }
    }

    /// Makes everybody due: what was put off while the endpoint was down would wait for hours.
    async fn resume(&self) {
        let now = system_clock();
        let mut last = None;
        loop {
            let page = self.database.tenants(last.as_ref(), TENANTS_PAGE).await;
            let page = page.inspect_err(|error| {
                tracing::error!(%error, "the tenants cannot be read; calls that were put off wait for their own time");
            });
            let Ok(page) = page else { return };
            for tenant in &page {
                if let Err(error) = self.database.mark_all(&tenant.id, now).await {
                    tracing::error!(%error, "calls that were put off wait for their own time");
                }
            }
            match page.into_iter().next_back() {
                Some(tenant) => last = Some(tenant.id),
                None => return,
            }
        }
    }

    /// Does one turn and returns how long to wait for the next.
    async fn turn(&self) -> Duration {
        let job = Arc::clone(&self.job);
        // A task of its own: a panic ends the turn, and the next one goes on.
        let turn = tokio::spawn(async move { job.turn(system_clock()).await }).await;
        self.pulse.send_replace(true);
        self.bell.ring();
        let error: &dyn std::error::Error = match &turn {
            Ok(Ok(Turn { next_at, .. })) => return next_at.map_or(QUIET, until),
            Ok(Err(error)) => error,
            Err(error) => error,
        };
        tracing::error!(error, "the job's turn failed; it is tried again");
        PAUSE
    }
}

impl std::fmt::Debug for JobLoop {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("JobLoop").finish_non_exhaustive()
    }
}

/// Tells those who wait that there will be no further turn, however the job ended.
struct Ended(JobLoop);

impl Drop for Ended {
    fn drop(&mut self) {
        self.0.pulse.send_replace(false);
        self.0.bell.ring();
    }
}

fn until(at: Timestamp) -> Duration {
    let millis = at.as_millis().saturating_sub(system_clock().as_millis());
    Duration::from_millis(u64::try_from(millis).unwrap_or(0))
}

/// How long the job sleeps when nothing is due; news and wake-ups end it sooner.
const QUIET: Duration = Duration::from_hours(1);
/// How many tenants are read at once.
const TENANTS_PAGE: u32 = 100;
/// How long the job rests after a failure of its database.
const PAUSE: Duration = Duration::from_secs(5);
