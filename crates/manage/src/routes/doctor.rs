//! The connection doctor of an integration.

use enroll_schema::Timestamp;
use enroll_store::{Directories, DirectoryId, TenantId};
use enroll_sync::{Accounts, Ledger, TZDB};
use enroll_tenants::{Integration, Tenants};

use crate::{
    Manage, Problem, ProblemKind,
    answer::{Answer, ok},
    asked::Asked,
    doctor::{Diagnosis, Facts, Requests, Setting, examine},
    problem::quoted,
};

impl<T: Tenants, D: Directories, L: Ledger + Accounts> Manage<T, D, L> {
    /// Says what was seen of the provider of a tenant's integration at `now`, and what to do about it.
    ///
    /// `assigned` is how many people the provider's administrator says are assigned.
    ///
    /// # Errors
    /// `NotFound` when the tenant has no such integration (threat B4); what a store fails with.
    pub async fn doctor(
        &self,
        tenant: &TenantId,
        integration: &DirectoryId,
        assigned: Option<u64>,
        now: Timestamp,
    ) -> Result<Diagnosis, Problem> {
        let found = self.tenants().integration(integration).await?;
        let found = found.filter(|found| found.tenant == *tenant);
        let unknown = || {
            let name = quoted(integration.as_str());
            Problem::not_found(format!("tenant {tenant} has no integration {name}"))
        };
        let setting = self.setting(integration, assigned, None);
        self.diagnose(found.ok_or_else(unknown)?, setting, now)
            .await
    }

    pub(crate) async fn show_doctor(self, asked: Asked) -> Answer {
        let integration = self.integration_of(&asked).await?;
        let assigned = asked.parameter("assigned").map(number).transpose()?;
        let setting = self.setting(&integration.id, assigned, Some(&asked.origin));
        ok(&self.diagnose(integration, setting, self.now()).await?)
    }

    fn setting(&self, id: &DirectoryId, assigned: Option<u64>, origin: Option<&str>) -> Setting {
        Setting {
            base_url: self.base_url(id, origin),
            is_public: self.options().public_url.is_some(),
            assigned,
            tzdb: TZDB.to_owned(),
        }
    }

    async fn diagnose(
        &self,
        integration: Integration,
        setting: Setting,
        now: Timestamp,
    ) -> Result<Diagnosis, Problem> {
        let Integration { id, tenant, .. } = &integration;
        let journal = self.directories().open(id).await?;
        let facts = Facts {
            tokens: self.tenants().tokens(id).await?,
            requests: Requests::read(&journal, now).await?,
            survey: self.desk().survey(tenant, id).await?,
            integration,
            setting,
            now,
        };
        Ok(examine(&facts))
    }
}

fn number(text: &str) -> Result<u64, Problem> {
    text.parse().map_err(|_| {
        let detail = format!("assigned: {} is no number of people", quoted(text));
        Problem::new(ProblemKind::InvalidParameter, detail).at("assigned")
    })
}
