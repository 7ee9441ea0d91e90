//! Keeping request logs and feeds of events as short as they are to be.

use std::time::Duration;

use enroll_http::system_clock;
use enroll_schema::Timestamp;
use enroll_store::{Directories, Journal as _};
use enroll_sync::{Accounts, Desk, Ledger};
use enroll_tenants::Tenants;
use tokio::{sync::watch, time::sleep};

/// How long things are kept: unless told, the request log of one integration 30 days and at most
/// 1 GiB, a tenant's events 90 days.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Retention {
    /// How old a line may become.
    pub age: Duration,
    /// How many bytes the lines of one integration may have; the oldest go first.
    pub bytes: u64,
    /// How old an event may become: who listens less often reads the whole anew.
    pub events: Duration,
}

impl Default for Retention {
    fn default() -> Self {
        Self {
            age: Duration::from_hours(30 * 24),
            bytes: 1 << 30,
            events: Duration::from_hours(90 * 24),
        }
    }
}

/// Shortens logs and feeds at once and then every hour, until `stop` changes.
pub(crate) async fn run<D: Directories + Tenants, L: Ledger + Accounts>(
    database: D,
    desk: Desk<D, L>,
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
            trimmed = trim(&database, &desk, retention, system_clock()) => match trimmed {
                Ok(0) => {}
                Ok(gone) => tracing::debug!(gone, "old events are gone"),
                Err(error) => tracing::error!(%error, "the events cannot be shortened; it is tried again"),
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
    let before = ago(now, retention.age);
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

/// Forgets the old events of every tenant; returns how many went.
async fn trim<D: Directories + Tenants, L: Ledger + Accounts>(
    database: &D,
    desk: &Desk<D, L>,
    retention: Retention,
    now: Timestamp,
) -> crate::Result<u64> {
    let before = ago(now, retention.events);
    let (mut gone, mut after) = (0, None);
    loop {
        let tenants = database.tenants(after.as_ref(), PAGE).await?;
        let Some(last) = tenants.last() else {
            return Ok(gone);
        };
        after = Some(last.id.clone());
        for tenant in tenants {
            gone += desk.forget_events(&tenant.id, before).await?;
        }
    }
}

fn ago(now: Timestamp, age: Duration) -> Timestamp {
    let age = i64::try_from(age.as_millis()).unwrap_or(i64::MAX);
    Timestamp::from_millis(now.as_millis().saturating_sub(age))
}

/// How often the logs are looked at.
const EACH: Duration = Duration::from_hours(1);
/// Tenants of one read.
const PAGE: u32 = 100;

#[cfg(test)]
mod tests {
    use enroll_schema::Schemas;
    use enroll_store::{DirectoryId, Note, NoteFilter, RequestId, TenantId};
    use enroll_store_sqlite::Sqlite;
    use enroll_sync::{Effect, Item, Next, Step};
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

    fn item(day: i64) -> Item {
        let item = serde_json::json!({
            "tenant": "acme", "key": "k", "subject": {"kind": "person", "integration": "int_a", "id": "u"},
            "op": "update", "state": "ready", "lane": "changes", "app_ref": "u_1", "name": "ada",
            "account": {"email": format!("ada{day}@x.example")}, "reasons": [], "after": 0,
            "revision": 1,
        });
        serde_json::from_value(item).unwrap()
    }

    /// Sync §5: events go by age, in the feeds of every tenant; what they came to stays.
    #[tokio::test]
    async fn old_events_go_and_what_they_came_to_stays() {
        let database = Sqlite::temporary().unwrap();
        let desk = Desk::new(database.clone(), database.clone(), &Schemas::standard()).unwrap();
        let epoch = Timestamp::from_millis(0);
        for tenant in ["acme", "bolt"] {
            let tenant = TenantId::new(tenant);
            database.put_tenant(&tenant, "x", epoch).await.unwrap();
            let fence = database.lease(&tenant).await.unwrap();
            for day in [5, 9, 50, 99] {
                let step = Step {
                    subject: item(day).subject,
                    stamp: None,
                    effects: vec![Effect::Count(Box::new(item(day)))],
                    decision: None,
                    next: Next::Clear,
                    wake: Vec::new(),
                    members_of: Vec::new(),
                    at: Timestamp::from_millis(day * DAY),
                };
                database.decide(&tenant, fence, vec![step]).await.unwrap();
            }
        }
        let (now, usual) = (Timestamp::from_millis(100 * DAY), Retention::default());
        for gone in [4, 0] {
            assert_eq!(trim(&database, &desk, usual, now).await.unwrap(), gone);
        }
        for tenant in ["acme", "bolt"] {
            let tenant = TenantId::new(tenant);
            let kept = database.happened(&tenant, 0, 10).await.unwrap();
            let kept: Vec<u64> = kept.iter().map(|happened| happened.seq).collect();
            assert_eq!(kept, [3, 4], "{tenant}");
            let whole = desk.whole(&tenant, None, None, 10).await.unwrap().unwrap();
            assert_eq!((whole.seq, whole.rows.len()), (4, 1), "{tenant}");
        }
    }
}
