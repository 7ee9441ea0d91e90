//! The outbox of alerts (sync §8c): what they are made of, and what was told.

use std::future::Future;

use enroll_store::TenantId;

use super::Result;
use crate::alert::{AlertChanges, Concern, Posted, Sent};

/// Most concerns of a tenant that are read at once; more are not counted.
pub const CONCERNS_MAX: u32 = 10_000;

/// A ledger that keeps alerts. Every method is one transaction.
///
/// A [`Concern`] is written in the transaction of the decision it is about, so that none is lost by
/// a crash; an alert is written before anybody is told.
pub trait Alarms {
    /// Lists what stands beside a tenant's decisions ([`Concern::of`]), in no particular order.
    fn concerns(
        &self,
        tenant: &TenantId,
        most: u32,
    ) -> impl Future<Output = Result<Vec<Concern>>> + Send;

    /// Lists the tenants with a concern or an alert, by id.
    fn troubled(&self) -> impl Future<Output = Result<Vec<TenantId>>> + Send;

    /// Lists a tenant's alerts, those that are over too, by cause.
    fn alerts(&self, tenant: &TenantId) -> impl Future<Output = Result<Vec<Posted>>> + Send;

    /// Writes alerts down, and forgets others with what was told of them.
    fn put_alerts(
        &self,
        tenant: &TenantId,
        changes: AlertChanges,
    ) -> impl Future<Output = Result<()>> + Send;

    /// Writes down what a channel was told of a cause.
    fn put_sent(
        &self,
        tenant: &TenantId,
        cause: &str,
        channel: &str,
        sent: Sent,
    ) -> impl Future<Output = Result<()>> + Send;
}
