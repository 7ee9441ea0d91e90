//! How the job stands, without asking again and again.

use std::time::Duration;

use enroll_store::{Directories, TenantId};
use enroll_sync::{Accounts, Activity, Ledger, SyncState};
use enroll_tenants::Tenants;
use http::StatusCode;
use tokio::time::{Instant, timeout_at};

use crate::{
    Manage, Problem,
    answer::{Answer, json, ok},
    asked::Asked,
};

/// Most seconds a call waits for the job.
pub(super) const WAIT_SECONDS_MAX: u64 = 60;

impl<T: Tenants, D: Directories, L: Ledger + Accounts> Manage<T, D, L> {
    pub(crate) async fn show_sync(self, asked: Asked) -> Answer {
        let tenant = self.tenant_of(&asked).await?;
        let wait = asked.number("wait", 0, WAIT_SECONDS_MAX)?.unwrap_or(0);
        ok(&self.rested(&tenant.id, Duration::from_secs(wait)).await?)
    }

    pub(crate) async fn sync_now(self, asked: Asked) -> Answer {
        let tenant = self.tenant_of(&asked).await?;
        self.ledger().mark_all(&tenant.id, self.now()).await?;
        self.wake();
        json(StatusCode::ACCEPTED, &self.desk().state(&tenant.id).await?)
    }

    /// Returns how the job stands as soon as it rests, at the latest after `wait`.
    pub(super) async fn rested(
        &self,
        tenant: &TenantId,
        wait: Duration,
    ) -> Result<SyncState, Problem> {
        // Listening starts before looking: a ring in between is heard.
        let mut bell = self.options().bell.listen();
        let until = Instant::now() + wait;
        loop {
            let state = self.desk().state(tenant).await?;
            if state.state != Activity::Running || Instant::now() >= until {
                return Ok(state);
            }
            // The time is looked at again in any case.
            let _ = timeout_at(until, bell.next()).await;
        }
    }
}
