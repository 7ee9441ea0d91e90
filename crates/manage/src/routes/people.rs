//! Why a person has, or has not, an account.

use enroll_schema::Timestamp;
use enroll_store::{Directories, TenantId};
use enroll_sync::{Accounts, Explanation, Known, Ledger, Subject};
use enroll_tenants::Tenants;

use crate::{
    Manage, Problem,
    answer::{Answer, Page, ok},
    asked::Asked,
    problem::quoted,
};

/// Most people explained in one answer.
const PEOPLE_MAX: usize = 20;

impl<T: Tenants, D: Directories, L: Ledger + Accounts> Manage<T, D, L> {
    pub(crate) async fn explain(self, asked: Asked) -> Answer {
        let (tenant, now) = (self.tenant_of(&asked).await?, self.now());
        let who = asked.named("p").trim();
        let several = self.present(&tenant.id, who).await?;
        if several.len() > 1 {
            return ok(&Page::whole(self.each(&tenant.id, several, now).await?));
        }
        match self.desk().explain(&tenant.id, who, now).await? {
            Some(explanation) => ok(&explanation),
            None => Err(Problem::not_found(format!(
                "no provider of this tenant sent a person with id, address, userName or externalId {}",
                quoted(who)
            ))),
        }
    }

    /// Lists the people meant that no provider deleted; two providers may know the same address
    /// (E-22).
    async fn present(&self, tenant: &TenantId, who: &str) -> Result<Vec<Subject>, Problem> {
        let found = self.ledger().find(tenant, who).await?;
        let is_here = |known: &Known| known.person.as_ref().is_some_and(|p| p.gone_at.is_none());
        let known = self.ledger().known(tenant, found).await?;
        Ok(known
            .into_iter()
            .filter(is_here)
            .map(|known| known.subject)
            .collect())
    }

    async fn each(
        &self,
        tenant: &TenantId,
        people: Vec<Subject>,
        now: Timestamp,
    ) -> Result<Vec<Explanation>, Problem> {
        let mut all = Vec::new();
        for person in people.into_iter().take(PEOPLE_MAX) {
            all.extend(self.desk().explain(tenant, person.id.as_str(), now).await?);
        }
        Ok(all)
    }
}
