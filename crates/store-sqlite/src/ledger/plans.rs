//! Stored plans, and the audit log, as rows.

use enroll_store::TenantId;
use enroll_sync::{
    Archive, DEEDS_MAX, Deed, LedgerError, PLAN_MILLIS_KEPT, PLANS_MAX, Planned, StoredPlan,
};
use rusqlite::{Connection, Row};

use super::{
    Result, change, look, rows, sql,
    tx::{Done, Json, Tx, told},
};
use crate::Sqlite;

impl Archive for Sqlite {
    async fn put_plan(&self, tenant: &TenantId, plan: StoredPlan) -> Result<u64> {
        change(self, tenant, 1, move |tx| tx.put_plan(plan)).await
    }

    async fn add_planned(&self, tenant: &TenantId, plan: u64, items: Vec<Planned>) -> Result<()> {
        let count = rows(items.len());
        change(self, tenant, count, move |tx| {
            items.iter().try_for_each(|item| {
                tx.run(sql::PLANNED_ADD, &[&plan, &item.place, &Json(item)])?;
                Ok(())
            })
        })
        .await
    }

    async fn stored_plans(
        &self,
        tenant: &TenantId,
        before: Option<u64>,
        most: u32,
    ) -> Result<Vec<StoredPlan>> {
        look(self, tenant, |tx| {
            tx.jsons(sql::PLANS, &[&below(before), &most])
        })
    }

    async fn planned(
        &self,
        tenant: &TenantId,
        plan: u64,
        after: u64,
        most: u32,
    ) -> Result<Vec<Planned>> {
        let (plan, after) = (number(plan), number(after));
        super::read(self, tenant, move |tx| {
            tx.jsons(sql::PLANNED, &[&plan, &after, &most])
        })
        .await
    }

    async fn record(&self, deed: Deed) -> Result<()> {
        let tenant = deed.tenant.clone();
        change(self, &tenant, 1, move |tx| {
            let last = tx.add(sql::DEED_ADD, &[&Json(deed)])?;
            let oldest = last.saturating_sub(number(DEEDS_MAX));
            tx.run(sql::DEEDS_TRIM, &[&oldest])?;
            Ok(())
        })
        .await
    }

    async fn deeds(
        &self,
        tenant: Option<&TenantId>,
        before: Option<u64>,
        most: u32,
    ) -> Result<Vec<Deed>> {
        let before = below(before);
        match tenant {
            Some(tenant) => look(self, tenant, |tx| {
                tx.all(sql::DEEDS, &[&before, &most], deed)
            }),
            None => {
                self.0
                    .readers
                    .run::<_, LedgerError>(move |sql| all_deeds(sql, before, most).map_err(told))
                    .await
            }
        }
    }
}

impl Tx<'_> {
    /// Writes a plan down; a new one drives out those that are too old or too many.
    fn put_plan(&self, mut plan: StoredPlan) -> Done<u64> {
        if plan.id == 0 {
            let last: Option<Option<u64>> = self.value(sql::PLAN_LAST, &[])?;
            plan.id = last.flatten().unwrap_or_default() + 1;
            self.forget_plans(&plan)?;
        }
        let (at, complete) = (plan.at.as_millis(), plan.complete);
        self.run(sql::PLAN_SET, &[&plan.id, &at, &complete, &Json(&plan)])?;
        Ok(plan.id)
    }

    fn forget_plans(&self, new: &StoredPlan) -> Done<()> {
        let since = new.at.as_millis().saturating_sub(PLAN_MILLIS_KEPT);
        let least = (new.id + 1).saturating_sub(PLANS_MAX);
        let oldest = || {
            self.one(sql::PLAN_OLDEST, &[], |row| {
                Ok((row.get::<_, u64>(0)?, row.get::<_, i64>(1)?))
            })
        };
        while let Some((id, at)) = oldest()? {
            if id >= least && at >= since {
                break;
            }
            self.run(sql::PLANNED_DROP, &[&id])?;
            self.run(sql::PLAN_DROP, &[&id])?;
        }
        Ok(())
    }
}

fn all_deeds(sql: &Connection, before: i64, most: u32) -> rusqlite::Result<Vec<Deed>> {
    let mut statement = sql.prepare_cached(sql::DEEDS_ALL)?;
    let rows = statement.query_map(rusqlite::params![before, most], deed)?;
    rows.collect()
}

fn deed(row: &Row<'_>) -> rusqlite::Result<Deed> {
    let Json(deed): Json<Deed> = row.get(1)?;
    Ok(Deed {
        id: row.get(0)?,
        ..deed
    })
}

fn below(before: Option<u64>) -> i64 {
    before.map_or(i64::MAX, number)
}

/// Returns a number as a column holds it.
fn number(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}
