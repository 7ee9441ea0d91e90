//! The outbox of alerts in memory.

use std::{collections::BTreeMap, sync::PoisonError};

use enroll_store::TenantId;

use super::{super::Alarms, MemoryLedger, Result};
use crate::alert::{Alert, AlertChanges, Concern, Posted, Sent};

/// One tenant's alerts.
#[derive(Debug, Default)]
pub(super) struct Outbox {
    alerts: BTreeMap<String, Alert>,
    sent: BTreeMap<String, BTreeMap<String, Sent>>,
}

impl Outbox {
    fn posted(&self) -> Vec<Posted> {
        let posted = |alert: &Alert| Posted {
            alert: alert.clone(),
            sent: self.sent.get(&alert.cause).cloned().unwrap_or_default(),
        };
        self.alerts.values().map(posted).collect()
    }

    fn put(&mut self, changes: AlertChanges) {
        for alert in changes.put {
            self.alerts.insert(alert.cause.clone(), alert);
        }
        for cause in changes.forget {
            self.alerts.remove(&cause);
            self.sent.remove(&cause);
        }
    }
}

impl Alarms for MemoryLedger {
    async fn concerns(&self, tenant: &TenantId, most: u32) -> Result<Vec<Concern>> {
        let most = usize::try_from(most).unwrap_or(usize::MAX);
        Ok(self.read(tenant, |tenant| {
            let found = tenant.decisions.values().filter_map(Concern::of);
            found.take(most).collect()
        }))
    }

    async fn troubled(&self) -> Result<Vec<TenantId>> {
        let tenants = self.tenants.lock().unwrap_or_else(PoisonError::into_inner);
        let troubled = tenants.iter().filter(|(_, tenant)| {
            let concerned = |decision| Concern::of(decision).is_some();
            !tenant.outbox.alerts.is_empty() || tenant.decisions.values().any(concerned)
        });
        Ok(troubled.map(|(id, _)| id.clone()).collect())
    }

    async fn alerts(&self, tenant: &TenantId) -> Result<Vec<Posted>> {
        Ok(self.read(tenant, |tenant| tenant.outbox.posted()))
    }

    async fn put_alerts(&self, tenant: &TenantId, changes: AlertChanges) -> Result<()> {
        self.write(tenant, |tenant| tenant.outbox.put(changes));
        Ok(())
    }

    async fn put_sent(
        &self,
        tenant: &TenantId,
        cause: &str,
        channel: &str,
        sent: Sent,
    ) -> Result<()> {
        self.write(tenant, |tenant| {
            let told = tenant.outbox.sent.entry(cause.to_owned()).or_default();
            told.insert(channel.to_owned(), sent);
        });
        Ok(())
    }
}
