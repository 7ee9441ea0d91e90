//! What listeners are told, in memory.

use std::ops::Bound;

use enroll_schema::Timestamp;
use enroll_store::TenantId;

use super::{
    super::{CONSUMERS_MAX, Consumer, Feed, Happened, MirrorKey, Mirrored},
    MemoryLedger, Result,
    tenant::Tenant,
};
use crate::Item;

impl Tenant {
    /// Gives a change its number, and keeps it and what it leaves.
    pub(super) fn count(&mut self, item: Item, at: Timestamp) {
        self.seq += 1;
        let seq = self.seq;
        let happened = Happened { seq, at, item };
        let row = Mirrored::after(&happened);
        self.mirror.extend(row.map(|row| (row.key(), row)));
        self.happened.push(happened);
    }

    fn said(&mut self, consumer: Consumer, back: bool) -> Option<Consumer> {
        let before = self.consumers.get(&consumer.name).cloned();
        let most = usize::try_from(CONSUMERS_MAX).unwrap_or(usize::MAX);
        if before.is_none() && self.consumers.len() >= most {
            return None;
        }
        let stands = consumer.said_after(before, back);
        self.consumers.insert(stands.name.clone(), stands.clone());
        Some(stands)
    }
}

impl Feed for MemoryLedger {
    async fn mirrored(
        &self,
        tenant: &TenantId,
        after: Option<MirrorKey>,
        most: u32,
    ) -> Result<Vec<Mirrored>> {
        let most = usize::try_from(most).unwrap_or(usize::MAX);
        let start = after.map_or(Bound::Unbounded, Bound::Excluded);
        Ok(self.read(tenant, |tenant| {
            let later = tenant.mirror.range((start, Bound::Unbounded));
            later.take(most).map(|(_, row)| row.clone()).collect()
        }))
    }

    async fn forget_happened(&self, tenant: &TenantId, upto: u64) -> Result<u64> {
        Ok(self.write(tenant, |tenant| {
            let before = tenant.happened.len();
            tenant.happened.retain(|happened| happened.seq > upto);
            u64::try_from(before - tenant.happened.len()).unwrap_or(u64::MAX)
        }))
    }

    async fn put_consumer(
        &self,
        tenant: &TenantId,
        consumer: Consumer,
        back: bool,
    ) -> Result<Option<Consumer>> {
        Ok(self.write(tenant, |tenant| tenant.said(consumer, back)))
    }

    async fn consumers(&self, tenant: &TenantId) -> Result<Vec<Consumer>> {
        Ok(self.read(tenant, |tenant| {
            tenant.consumers.values().cloned().collect()
        }))
    }
}
