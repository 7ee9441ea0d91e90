//! The application behind a signed POST, as an [`AccountSink`].

use std::{
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{SystemTime, UNIX_EPOCH},
};

use enroll_schema::Timestamp;
use enroll_store::TenantId;
use enroll_sync::{
    Account, AccountId, AccountSink, Capabilities, GroupOutcome, Item, Outcome, Stage,
};
use tokio::sync::Notify;

use crate::{
    Answer, Circuit, Contact, Health, Message, Sender, Target, TargetError, Unsent,
    breaker::{Breaker, Leave},
};

/// Tells the time.
type Clock = Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// An application in any language: every item is one signed message (Standard Webhooks 1.0.0).
///
/// Clones share one circuit breaker. [`HttpSink::health`] says how the endpoint stands.
#[derive(Clone)]
pub struct HttpSink {
    sender: Sender,
    capabilities: Capabilities,
    clock: Clock,
    breaker: Arc<Mutex<Breaker>>,
    recovered: Arc<Notify>,
}

impl HttpSink {
    /// Prepares to call `target`; nothing is sent yet.
    ///
    /// # Errors
    /// [`TargetError`] says what is wrong with the URL or the secrets.
    pub fn new(target: &Target) -> Result<Self, TargetError> {
        Ok(Self {
            sender: Sender::new(target)?,
            capabilities: Capabilities::default(),
            clock: Arc::new(system_clock),
            breaker: Arc::new(Mutex::new(Breaker::new(system_clock()))),
            recovered: Arc::default(),
        })
    }

    /// Says which access groups the application can have; unless told, the job makes them.
    pub fn with_capabilities(mut self, capabilities: Capabilities) -> Self {
        self.capabilities = capabilities;
        self
    }

    /// Takes the time from `clock` instead of the system.
    pub fn with_clock(mut self, clock: impl Fn() -> Timestamp + Send + Sync + 'static) -> Self {
        self.breaker = Arc::new(Mutex::new(Breaker::new(clock())));
        self.clock = Arc::new(clock);
        self
    }

    /// Returns how the endpoint stands.
    pub fn health(&self) -> Health {
        self.breaker().health().clone()
    }

    /// Resolves when the endpoint is reached again after its circuit was open.
    ///
    /// Calls that were put off meanwhile wait for their own time; whoever drives the job may look
    /// at everybody again now.
    pub async fn recovered(&self) {
        self.recovered.notified().await;
    }

    /// Posts a message, unless the circuit is open.
    async fn post(&self, item: &Item, now: Timestamp, body: Vec<u8>) -> Result<Answer, Later> {
        let leave = self.breaker().ask(now, item.lane == Stage::Leavers);
        if let Leave::Wait(at) = leave {
            return Err(Later {
                after: Some(at),
                text: not_called(&self.health()),
            });
        }
        let sent = self.sender.send(&item.key, now, body).await;
        self.note(&sent);
        sent.map_err(|unsent| Later {
            after: None,
            text: unsent.text,
        })
    }

    fn note(&self, sent: &Result<Answer, Unsent>) {
        let now = (self.clock)();
        let mut breaker = self.breaker();
        let before = breaker.health().state;
        let is_back = match sent {
            Ok(answer) => match answer.contact() {
                Contact::Reached => breaker.reached(now),
                Contact::Unreachable => missed(&mut breaker, now, &answer.told()),
                Contact::Gone => {
                    breaker.gone(now, &answer.told());
                    false
                }
            },
            Err(unsent) if unsent.was_reached => breaker.reached(now),
            Err(unsent) => missed(&mut breaker, now, &unsent.text),
        };
        let after = breaker.health().state;
        drop(breaker);
        if before != after {
            log(before, after);
        }
        if is_back {
            self.recovered.notify_one();
        }
    }

    fn breaker(&self) -> MutexGuard<'_, Breaker> {
        // Nothing in it can be half done.
        self.breaker.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A call that was not made, or had no answer.
struct Later {
    after: Option<Timestamp>,
    text: String,
}

#[deny(clippy::missing_trait_methods)]
impl AccountSink for HttpSink {
    async fn apply(&self, item: &Item) -> Outcome {
        let now = (self.clock)();
        let Some(message) = Message::account(item, now) else {
            return Outcome::Unchanged;
        };
        let outcome = match self.post(item, now, message.to_json()).await {
            Ok(answer) => answer.account(item, (self.clock)()),
            Err(Later { after, text }) => Outcome::Retry { after, text },
        };
        if let Outcome::Retry { text, .. } = &outcome {
            again(item, text);
        }
        outcome
    }

    async fn apply_group(&self, item: &Item) -> GroupOutcome {
        let now = (self.clock)();
        let Some(message) = Message::access_group(item, now) else {
            return GroupOutcome::Rejected {
                code: "invalid".to_owned(),
                text: "the call names no access group".to_owned(),
            };
        };
        let outcome = match self.post(item, now, message.to_json()).await {
            Ok(answer) => answer.access_group(item, (self.clock)()),
            Err(Later { after, text }) => GroupOutcome::Retry { after, text },
        };
        if let GroupOutcome::Retry { text, .. } = &outcome {
            again(item, text);
        }
        outcome
    }

    async fn accounts(&self, _: &TenantId, _: Option<&AccountId>) -> Option<Vec<Account>> {
        None
    }

    fn capabilities(&self) -> Capabilities {
        self.capabilities.clone()
    }
}

impl fmt::Debug for HttpSink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpSink")
            .field("sender", &self.sender)
            .field("health", &self.health())
            .finish_non_exhaustive()
    }
}

fn missed(breaker: &mut Breaker, now: Timestamp, text: &str) -> bool {
    breaker.missed(now, text);
    false
}

fn not_called(health: &Health) -> String {
    let why = match health.state {
        Circuit::Gone => "is closed",
        Circuit::Closed | Circuit::Open => "cannot be reached",
    };
    let last = health.last_error.as_ref();
    let last = last.map_or("", |fault| fault.text.as_str());
    format!(
        "not called, the endpoint {why} since {}: {last}",
        health.since
    )
}

fn log(before: Circuit, after: Circuit) {
    if after == Circuit::Closed {
        tracing::info!(
            ?before,
            ?after,
            "the application's endpoint is reached again"
        );
    } else {
        tracing::error!(
            ?before,
            ?after,
            "the application's endpoint is asked now and then only"
        );
    }
}

/// The words may name people, so they are not for every log; explanations have them.
fn again(item: &Item, text: &str) {
    let (key, op, tenant) = (&item.key, item.op.as_str(), item.tenant.as_str());
    tracing::warn!(%key, op, tenant, "the application did not take a call; it is tried again");
    tracing::debug!(%key, text, "why it is tried again");
}

pub(crate) fn system_clock() -> Timestamp {
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    Timestamp::from_millis(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}
