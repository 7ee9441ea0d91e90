//! Stored plans and the audit log in memory.

use enroll_store::TenantId;

use super::{
    super::{Archive, Deed, PLAN_MILLIS_KEPT, PLANS_MAX, Planned, StoredPlan, plans::DEEDS_MAX},
    MemoryLedger, Result,
};
use std::{collections::BTreeMap, sync::PoisonError};

/// One tenant's plans.
#[derive(Debug, Default)]
pub(super) struct Plans {
    heads: BTreeMap<u64, StoredPlan>,
    items: BTreeMap<(u64, u64), Planned>,
}

impl Plans {
    fn put(&mut self, mut plan: StoredPlan) -> u64 {
        if plan.id == 0 {
            plan.id = self.heads.keys().next_back().map_or(1, |last| last + 1);
            let oldest = plan.at.as_millis().saturating_sub(PLAN_MILLIS_KEPT);
            let least = (plan.id + 1).saturating_sub(PLANS_MAX);
            self.heads
                .retain(|id, old| *id >= least && old.at.as_millis() >= oldest);
            let kept = &self.heads;
            self.items.retain(|(id, _), _| kept.contains_key(id));
        }
        let id = plan.id;
        self.heads.insert(id, plan);
        id
    }

    fn list(&self, before: u64, most: usize) -> Vec<StoredPlan> {
        let older = self.heads.range(..before).rev().map(|(_, plan)| plan);
        older
            .filter(|plan| plan.complete)
            .take(most)
            .cloned()
            .collect()
    }

    fn items(&self, plan: u64, after: u64, most: usize) -> Vec<Planned> {
        let later = self
            .items
            .range((plan, after.saturating_add(1))..=(plan, u64::MAX));
        later.take(most).map(|(_, item)| item.clone()).collect()
    }
}

impl Archive for MemoryLedger {
    async fn put_plan(&self, tenant: &TenantId, plan: StoredPlan) -> Result<u64> {
        Ok(self.write(tenant, |tenant| tenant.plans.put(plan)))
    }

    async fn add_planned(&self, tenant: &TenantId, plan: u64, items: Vec<Planned>) -> Result<()> {
        self.write(tenant, |tenant| {
            let placed = items.into_iter().map(|item| ((plan, item.place), item));
            tenant.plans.items.extend(placed);
        });
        Ok(())
    }

    async fn stored_plans(
        &self,
        tenant: &TenantId,
        before: Option<u64>,
        most: u32,
    ) -> Result<Vec<StoredPlan>> {
        let before = before.unwrap_or(u64::MAX);
        Ok(self.read(tenant, |tenant| tenant.plans.list(before, many(most))))
    }

    async fn planned(
        &self,
        tenant: &TenantId,
        plan: u64,
        after: u64,
        most: u32,
    ) -> Result<Vec<Planned>> {
        Ok(self.read(tenant, |tenant| tenant.plans.items(plan, after, many(most))))
    }

    async fn record(&self, deed: Deed) -> Result<()> {
        let mut deeds = self.deeds.lock().unwrap_or_else(PoisonError::into_inner);
        let id = deeds.keys().next_back().map_or(1, |last| last + 1);
        deeds.insert(id, Deed { id, ..deed });
        *deeds = deeds.split_off(&(id + 1).saturating_sub(DEEDS_MAX));
        Ok(())
    }

    async fn deeds(
        &self,
        tenant: Option<&TenantId>,
        before: Option<u64>,
        most: u32,
    ) -> Result<Vec<Deed>> {
        let deeds = self.deeds.lock().unwrap_or_else(PoisonError::into_inner);
        let older = deeds.range(..before.unwrap_or(u64::MAX)).rev();
        let wanted = older
            .map(|(_, deed)| deed)
            .filter(|deed| tenant.is_none_or(|tenant| deed.tenant == *tenant));
        Ok(wanted.take(many(most)).cloned().collect())
    }
}

fn many(most: u32) -> usize {
    usize::try_from(most).unwrap_or(usize::MAX)
}
