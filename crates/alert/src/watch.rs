//! Finding what somebody must know, and telling it; the time is a value.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    sync::{Arc, Mutex, PoisonError},
};

use enroll_deliver::{Circuit, Health};
use enroll_schema::Timestamp;
use enroll_store::{Directories, Journal as _, NoteFilter, TenantId};
use enroll_sync::{
    AlertCode, CONCERNS_MAX, Finding, Ledger, LedgerError, Posted, findings, next_look,
    settled_alerts, whole_server,
};
use enroll_tenants::{Tenants, TenantsError};

use crate::{AlertMessage, AnyChannel, Connection};

/// Why nothing could be found or told.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum WatchError {
    /// The ledger failed.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// Tenants or tokens could not be read.
    #[error(transparent)]
    Tenants(#[from] TenantsError),
    /// A request log could not be read.
    #[error("a request log cannot be read")]
    Store(#[from] enroll_store::StoreError),
}

type Endpoint = Arc<dyn Fn() -> Option<Health> + Send + Sync>;

/// Watches one database.
///
/// [`Watch::look`] writes down what stands, [`Watch::tell`] tells one channel. Both are safe to
/// repeat, and to be cut off anywhere: what stands is derived from what is written down, and what
/// was told is written down after it arrived.
#[derive(Clone)]
pub struct Watch<D, L> {
    database: D,
    ledger: L,
    channels: Arc<[AnyChannel]>,
    endpoint: Endpoint,
    surveyed: Arc<Mutex<Surveyed>>,
}

/// What was last seen of the connections, and when it is looked at again.
#[derive(Default)]
struct Surveyed {
    next: Option<Timestamp>,
    found: BTreeMap<TenantId, Vec<Finding>>,
}

impl<D: Directories + Tenants, L: Ledger> Watch<D, L> {
    /// Makes a watch that tells `channels`; `endpoint` says how the application's endpoint stands.
    pub fn new(
        database: D,
        ledger: L,
        channels: Vec<AnyChannel>,
        endpoint: impl Fn() -> Option<Health> + Send + Sync + 'static,
    ) -> Self {
        Self {
            database,
            ledger,
            channels: channels.into(),
            endpoint: Arc::new(endpoint),
            surveyed: Arc::default(),
        }
    }

    /// Returns the channels.
    pub fn channels(&self) -> &[AnyChannel] {
        &self.channels
    }

    /// Writes down what stands at `now` and what is over; returns when to look again at the latest.
    ///
    /// # Errors
    /// When the ledger or the tenants cannot be read; what was found before is kept.
    pub async fn look(&self, now: Timestamp) -> Result<Timestamp, WatchError> {
        let mut next = self.survey(now).await?;
        let (busy, _) = self.ledger.agenda(now).await?;
        let mut tenants: BTreeSet<TenantId> = self.ledger.troubled().await?.into_iter().collect();
        tenants.extend(busy);
        tenants.extend(self.surveyed().found.keys().cloned());
        tenants.insert(whole_server());
        for tenant in tenants {
            let later = self.look_at(&tenant, now).await?;
            next = later.map_or(next, |at| next.min(at));
        }
        Ok(next)
    }

    async fn look_at(
        &self,
        tenant: &TenantId,
        now: Timestamp,
    ) -> Result<Option<Timestamp>, WatchError> {
        let (mut found, mut next) = (Vec::new(), None);
        if *tenant == whole_server() {
            found.extend(self.endpoint());
        } else {
            let concerns = self.ledger.concerns(tenant, CONCERNS_MAX).await?;
            let due = self.ledger.due(tenant, now, LATE_MAX).await?;
            next = next_look(&concerns, now);
            found.extend(findings(&concerns, &due, now));
            let surveyed = self.surveyed();
            found.extend(surveyed.found.get(tenant).into_iter().flatten().cloned());
        }
        let kept = self.ledger.alerts(tenant).await?;
        let kept = kept.into_iter().map(|posted| posted.alert).collect();
        let changes = settled_alerts(tenant, kept, found, now);
        if !changes.is_empty() {
            self.ledger.put_alerts(tenant, changes).await?;
        }
        Ok(next)
    }

    fn endpoint(&self) -> Option<Finding> {
        let health = (self.endpoint)()?;
        let code = match health.state {
            Circuit::Open => "SINK_DOWN",
            Circuit::Gone => "SINK_GONE",
            _ => return None,
        };
        let last = health.last_error.map(|fault| fault.text);
        let detail = format!("Since {}: {}.", health.since, last.unwrap_or_default());
        Some(Finding::one(
            AlertCode::find(code)?,
            "endpoint",
            health.since,
            &detail,
        ))
    }

    /// Looks at every connection now and then; returns when it does the next time.
    async fn survey(&self, now: Timestamp) -> Result<Timestamp, WatchError> {
        let next = self.surveyed().next;
        // A clock that was set back must not put it off.
        let soon = after(now, SURVEY_MILLIS);
        if let Some(next) = next.filter(|next| now < *next && *next <= soon) {
            return Ok(next);
        }
        let (mut found, mut last) = (BTreeMap::new(), None);
        loop {
            let page = self.database.tenants(last.as_ref(), TENANTS_PAGE).await?;
            let Some(end) = page.last() else { break };
            last = Some(end.id.clone());
            for tenant in page {
                let stands = self.connections(&tenant.id, now).await?;
                if !stands.is_empty() {
                    found.insert(tenant.id, stands);
                }
            }
        }
        *self.surveyed() = Surveyed {
            next: Some(soon),
            found,
        };
        Ok(soon)
    }

    async fn connections(
        &self,
        tenant: &TenantId,
        now: Timestamp,
    ) -> Result<Vec<Finding>, WatchError> {
        let mut found = Vec::new();
        for integration in self.database.integrations(tenant).await? {
            let log = self.database.open(&integration.id).await?;
            let notes = log
                .notes(NoteFilter::default(), None, REQUESTS_READ)
                .await?;
            let connection = Connection {
                tokens: self.database.tokens(&integration.id).await?,
                requests: notes
                    .iter()
                    .map(|(_, note)| (note.at, note.status))
                    .collect(),
                id: integration.id,
                name: integration.name,
            };
            found.extend(connection.findings(now));
        }
        Ok(found)
    }

    /// Tells a channel what is due at `now`; returns when it is told next, if anything is to come.
    ///
    /// After three failures in a row the rest waits, so that a channel that is down costs little.
    ///
    /// # Errors
    /// When the ledger fails; what had arrived by then may come again, with the same id.
    pub async fn tell(
        &self,
        channel: &AnyChannel,
        now: Timestamp,
    ) -> Result<Option<Timestamp>, WatchError> {
        let mut due: Vec<(u32, Timestamp, TenantId, Posted)> = Vec::new();
        let mut next = None;
        for tenant in self.ledger.troubled().await? {
            for posted in self.ledger.alerts(&tenant).await? {
                match posted.due_at(channel.name()) {
                    Some(at) if at <= now => {
                        let sent = posted.sent.get(channel.name());
                        let failures = sent.map_or(0, |sent| sent.failures);
                        due.push((failures, at, tenant.clone(), posted));
                    }
                    later => next = next.into_iter().chain(later).min(),
                }
            }
        }
        // What failed before goes last: one that never arrives keeps nothing else back.
        due.sort_by_key(|(failures, at, ..)| (*failures, *at));
        let mut failed = 0;
        for (_, _, tenant, mut posted) in due {
            if failed == FAILURES_MAX {
                let again = after(now, AGAIN_MILLIS);
                return Ok(next.into_iter().chain([again]).min());
            }
            let sent = self.tell_one(channel, &tenant, &posted, now).await?;
            failed = if sent.failures > 0 { failed + 1 } else { 0 };
            posted.sent.insert(channel.name().to_owned(), sent);
            next = next.into_iter().chain(posted.due_at(channel.name())).min();
        }
        Ok(next)
    }

    async fn tell_one(
        &self,
        channel: &AnyChannel,
        tenant: &TenantId,
        posted: &Posted,
        now: Timestamp,
    ) -> Result<enroll_sync::Sent, WatchError> {
        let contacts = self.ledger.policy(tenant).await?.contacts;
        let name = channel.name();
        let message = AlertMessage::of(tenant, posted, name, contacts);
        let outcome = channel.tell(&message).await;
        if let Err(error) = &outcome {
            let alert = &message.alert;
            tracing::error!(channel = name, %alert, error, "an alert did not arrive; it is tried again");
        }
        let sent = posted.told(name, outcome, now);
        let cause = &posted.alert.cause;
        self.ledger
            .put_sent(tenant, cause, name, sent.clone())
            .await?;
        Ok(sent)
    }

    /// Sends a trial message to every channel, and returns what became of each.
    ///
    /// # Errors
    /// When the ledger fails.
    pub async fn test(
        &self,
        tenant: &TenantId,
        now: Timestamp,
    ) -> Result<Vec<(String, Result<(), String>)>, WatchError> {
        let contacts = self.ledger.policy(tenant).await?.contacts;
        let message = AlertMessage::test(tenant, contacts, now);
        let mut told = Vec::new();
        for channel in &*self.channels {
            let outcome = channel.tell(&message).await;
            told.push((channel.name().to_owned(), outcome));
        }
        Ok(told)
    }

    fn surveyed(&self) -> std::sync::MutexGuard<'_, Surveyed> {
        self.surveyed.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<D, L> fmt::Debug for Watch<D, L> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Watch")
            .field("channels", &self.channels)
            .finish_non_exhaustive()
    }
}

fn after(at: Timestamp, millis: i64) -> Timestamp {
    Timestamp::from_millis(at.as_millis().saturating_add(millis))
}

/// How often connections are looked at: every 10 minutes.
const SURVEY_MILLIS: i64 = 600_000;
/// Requests read of each integration.
const REQUESTS_READ: u32 = 500;
/// Leavers in the queue that are looked at.
const LATE_MAX: u32 = 100;
/// Tenants of one read.
const TENANTS_PAGE: u32 = 100;
/// Failures in a row after which a channel is left in peace.
const FAILURES_MAX: u32 = 3;
/// For how long.
const AGAIN_MILLIS: i64 = 5_000;
