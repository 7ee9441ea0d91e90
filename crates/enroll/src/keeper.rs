//! Keeping the request logs as short as they are to be.

use std::time::Duration;

use enroll_http::system_clock;
use enroll_schema::Timestamp;
use enroll_store::{Directories, Journal as _};
use enroll_tenants::Tenants;
use tokio::{sync::watch, time::sleep};

/// How long the request log of one integration is kept; unless told, 30 days and at most 1 GiB.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Retention {
    /// How old a line may become.
    pub age: Duration,
    /// How many bytes the lines of one integration may have; the oldest go first.
    pub bytes: u64,
}

impl Default for Retention {
    fn default() -> Self {
        Self {
            age: Duration::from_hours(30 * 24),
            bytes: 1 << 30,
        }
    }
}

/// Shortens the logs of all integrations at once and then every hour, until `stop` changes.
pub(crate) async fn run<D: Directories + Tenants>(
    database: D,
    retention: Retention,
    mut stop: watch::Receiver<bool>,
) {
    loop {
        tokio::select! {
            biased;
            _ = stop.changed() => return,
            swept = sweep(&database, retention, system_clock()) => match swept {
                Ok(0) => {}
                Ok(gone) => tracing::debug!(gone, "old lines of the request log are gone"),
                Err(error) => tracing::error!(%error, "the request log cannot be shortened; it is tried again"),
            }
        }
        tokio::select! {
            biased;
            _ = stop.changed() => return,
            () = sleep(EACH) => {}
        }
    }
}

/// Shortens each log once; returns how many lines went.
async fn sweep<D: Directories + Tenants>(
    database: &D,
    retention: Retention,
    now: Timestamp,
) -> crate::Result<u64> {
    let age = i64::try_from(retention.age.as_millis()).unwrap_or(i64::MAX);
    let before = Timestamp::from_millis(now.as_millis().saturating_sub(age));
    let (mut gone, mut after) = (0, None);
    loop {
        let tenants = database.tenants(after.as_ref(), PAGE).await?;
        let Some(last) = tenants.last() else {
            return Ok(gone);
        };
        after = Some(last.id.clone());
        for tenant in tenants {
            for integration in database.integrations(&tenant.id).await? {
                let log = database.open(&integration.id).await?;
                gone += log.forget(before, retention.bytes).await?;
            }
        }
    }
}

/// How often the logs are looked at.
const EACH: Duration = Duration::from_hours(1);
/// Tenants of one read.
const PAGE: u32 = 100;

#[cfg(test)]
mod tests {
    use enroll_store::{DirectoryId, Note, NoteFilter, RequestId, TenantId};
    use enroll_store_sqlite::Sqlite;
    use enroll_tenants::Integration;

    use super::*;

    const DAY: i64 = 24 * 3_600 * 1_000;

    async fn kept(database: &Sqlite, directory: &str) -> Vec<String> {
        let log = database.open(&DirectoryId::new(directory)).await.unwrap();
        let notes = log.notes(NoteFilter::default(), None, 100).await.unwrap();
        let mut ids: Vec<_> = notes.iter().map(|(_, note)| note.id.to_string()).collect();
        ids.sort();
        ids
    }

    /// Data §5: lines go by age, then by size, in the logs of every tenant.
    #[tokio::test]
    async fn old_lines_and_too_many_go() {
        let database = Sqlite::temporary().unwrap();
        let (now, epoch) = (Timestamp::from_millis(100 * DAY), Timestamp::from_millis(0));
        for (tenant, directory) in [("acme", "int_a"), ("bolt", "int_b")] {
            let (id, tenant) = (DirectoryId::new(directory), TenantId::new(tenant));
            database.put_tenant(&tenant, "x", epoch).await.unwrap();
            let row = Integration::new(id.clone(), tenant, "x", "auto", epoch);
            database.add_integration(row).await.unwrap();
            let notes = [69, 71, 99].map(|day| Note {
                id: RequestId::new(format!("req_{day}")),
                at: Timestamp::from_millis(day * DAY),
                subject: None,
                status: 200,
                body: vec![b' '; 1_000].into(),
            });
            let log = database.open(&id).await.unwrap();
            log.append(notes.to_vec()).await.unwrap();
        }
        let short = Retention {
            bytes: 1_900,
            ..Retention::default()
        };
        for (retention, gone, left) in [
            (Retention::default(), 2, vec!["req_71", "req_99"]),
            (Retention::default(), 0, vec!["req_71", "req_99"]),
            (short, 2, vec!["req_99"]),
        ] {
            assert_eq!(sweep(&database, retention, now).await.unwrap(), gone);
            for directory in ["int_a", "int_b"] {
                assert_eq!(kept(&database, directory).await, left, "{directory}");
            }
        }
    }
}
