//! The outbox of alerts, as rows.

use std::collections::BTreeMap;

use enroll_store::TenantId;
use enroll_sync::{Alarms, Alert, AlertChanges, Concern, Decision, LedgerError, Posted, Sent};
use rusqlite::Connection;

use super::{
    Result, change, look, read, rows, sql,
    tx::{Done, Json, Tx, told},
};
use crate::Sqlite;

impl Alarms for Sqlite {
    async fn concerns(&self, tenant: &TenantId, most: u32) -> Result<Vec<Concern>> {
        read(self, tenant, move |tx| tx.jsons(sql::CONCERNS, &[&most])).await
    }

    async fn troubled(&self) -> Result<Vec<TenantId>> {
        self.0
            .readers
            .run::<_, LedgerError>(|sql| troubled(sql).map_err(told))
            .await
    }

    async fn alerts(&self, tenant: &TenantId) -> Result<Vec<Posted>> {
        look(self, tenant, |tx| tx.posted())
    }

    async fn put_alerts(&self, tenant: &TenantId, changes: AlertChanges) -> Result<()> {
        let count = rows(changes.put.len() + changes.forget.len());
        change(self, tenant, count, move |tx| {
            for alert in &changes.put {
                tx.run(sql::ALERT_SET, &[&alert.cause, &Json(alert)])?;
            }
            for cause in &changes.forget {
                tx.run(sql::ALERT_DROP, &[cause])?;
                tx.run(sql::ALERT_SENT_DROP, &[cause])?;
            }
            Ok(())
        })
        .await
    }

    async fn put_sent(
        &self,
        tenant: &TenantId,
        cause: &str,
        channel: &str,
        sent: Sent,
    ) -> Result<()> {
        let (cause, channel) = (cause.to_owned(), channel.to_owned());
        change(self, tenant, 1, move |tx| {
            tx.run(sql::ALERT_SENT_SET, &[&cause, &channel, &Json(sent)])?;
            Ok(())
        })
        .await
    }
}

impl Tx<'_> {
    /// Keeps what somebody may have to know of a decision beside it.
    pub(super) fn put_concern(&self, row: i64, decision: &Decision) -> Done<()> {
        match Concern::of(decision) {
            Some(concern) => self.run(sql::CONCERN_SET, &[&row, &Json(concern)])?,
            None => self.run(sql::CONCERN_DROP, &[&row])?,
        };
        Ok(())
    }

    fn posted(&self) -> Done<Vec<Posted>> {
        let mut told: BTreeMap<String, BTreeMap<String, Sent>> = BTreeMap::new();
        for (cause, channel, sent) in self.all(sql::ALERT_SENT_ALL, &[], |row| {
            let Json(sent): Json<Sent> = row.get(2)?;
            Ok((row.get(0)?, row.get(1)?, sent))
        })? {
            told.entry(cause).or_default().insert(channel, sent);
        }
        let alerts = self.jsons::<Alert>(sql::ALERTS, &[])?.into_iter();
        let posted = alerts.map(|alert| Posted {
            sent: told.remove(&alert.cause).unwrap_or_default(),
            alert,
        });
        Ok(posted.collect())
    }
}

fn troubled(sql: &Connection) -> rusqlite::Result<Vec<TenantId>> {
    let mut statement = sql.prepare_cached(sql::TROUBLED)?;
    let rows = statement.query_map([], |row| Ok(TenantId::new(row.get::<_, String>(0)?)))?;
    rows.collect()
}
