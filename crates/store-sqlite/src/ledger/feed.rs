//! What listeners are told, as rows.

use enroll_schema::Timestamp;
use enroll_store::TenantId;
use enroll_sync::{
    CONSUMERS_MAX, Consumer, Feed, Happened, Item, MirrorKey, Mirrored, Removal, SubjectKind,
};
use rusqlite::Row;

use super::{
    Result, change, look, read, sql,
    tx::{Done, Json, Tx, Word, instant},
};
use crate::Sqlite;

/// What forgetting counts for in the queue of writes.
const ROWS_OF_FORGETTING: u64 = 64;

impl Feed for Sqlite {
    async fn mirrored(
        &self,
        tenant: &TenantId,
        after: Option<MirrorKey>,
        most: u32,
    ) -> Result<Vec<Mirrored>> {
        let MirrorKey(kind, id) = after.unwrap_or(MirrorKey(SubjectKind::Group, String::new()));
        read(self, tenant, move |tx| {
            tx.jsons(sql::MIRROR, &[&Word(kind), &id, &most])
        })
        .await
    }

    async fn forget_happened(&self, tenant: &TenantId, upto: u64) -> Result<u64> {
        change(self, tenant, ROWS_OF_FORGETTING, move |tx| {
            let gone = tx.run(sql::HAPPENED_FORGET, &[&upto])?;
            Ok(u64::try_from(gone).unwrap_or(u64::MAX))
        })
        .await
    }

    async fn put_consumer(
        &self,
        tenant: &TenantId,
        consumer: Consumer,
        back: bool,
    ) -> Result<Option<Consumer>> {
        change(self, tenant, 1, move |tx| tx.put_consumer(consumer, back)).await
    }

    async fn consumers(&self, tenant: &TenantId) -> Result<Vec<Consumer>> {
        look(self, tenant, |tx| {
            tx.all(sql::CONSUMERS, &[&CONSUMERS_MAX], consumer)
        })
    }
}

impl Tx<'_> {
    /// Gives a change its number, and keeps it and what it leaves.
    pub(super) fn count(&self, item: Item, at: Timestamp) -> Done<u64> {
        let seq = self.value::<u64>(sql::SEQ, &[])?.unwrap_or_default() + 1;
        self.run(sql::SEQ_SET, &[&seq])?;
        if let Some(removal) = Removal::unseen(&item, at) {
            self.run(sql::REMOVAL_ADD, &[&at.as_millis(), &seq, &Json(removal)])?;
        }
        let happened = Happened { seq, at, item };
        if let Some(row) = Mirrored::after(&happened) {
            let MirrorKey(kind, id) = row.key();
            self.run(sql::MIRROR_SET, &[&Word(kind), &id, &Json(row)])?;
        }
        self.run(sql::HAPPENED_ADD, &[&seq, &Json(happened)])?;
        Ok(seq)
    }

    fn put_consumer(&self, said: Consumer, back: bool) -> Done<Option<Consumer>> {
        let before = self.all(sql::CONSUMERS, &[&CONSUMERS_MAX], consumer)?;
        let is_full = u32::try_from(before.len()).unwrap_or(u32::MAX) >= CONSUMERS_MAX;
        let before = before.into_iter().find(|known| known.name == said.name);
        if before.is_none() && is_full {
            return Ok(None);
        }
        let stands = said.said_after(before, back);
        let at = stands.at.as_millis();
        self.run(sql::CONSUMER_SET, &[&stands.name, &stands.seq, &at])?;
        Ok(Some(stands))
    }
}

fn consumer(row: &Row<'_>) -> rusqlite::Result<Consumer> {
    Ok(Consumer {
        name: row.get(0)?,
        seq: row.get(1)?,
        at: instant(row, 2)?,
    })
}
