//! Hearing of changes as they happen.

use enroll_schema::Timestamp;
use enroll_store::{RequestId, TenantId};
use serde::Serialize;

use crate::{AccessGroup, Account, Op, Reason, Subject, wire};

/// One change that was applied and written down.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Event {
    /// The customer.
    pub tenant: TenantId,
    /// Its number: rises by one with each change of the tenant.
    pub seq: u64,
    /// When.
    #[serde(with = "wire::instant")]
    pub at: Timestamp,
    /// Whom or which group it is about.
    pub subject: Subject,
    /// What was done.
    pub op: Op,
    /// The account afterwards.
    pub account: Option<Account>,
    /// The access group afterwards; for an account, the one it is in.
    pub access_group: Option<AccessGroup>,
    /// What changed.
    pub changed: Vec<String>,
    /// Why.
    pub reasons: Vec<Reason>,
    /// The requests behind it.
    pub cause: Vec<RequestId>,
}

/// Hears of every change after it was committed; it must return quickly.
pub trait Observer: Send + Sync + 'static {
    /// Takes note of a change.
    fn changed(&self, event: &Event);
}

/// Every `Fn(&Event)` is an observer.
impl<F: Fn(&Event) + Send + Sync + 'static> Observer for F {
    fn changed(&self, event: &Event) {
        self(event);
    }
}
