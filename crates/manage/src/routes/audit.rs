//! The audit log: who changed which setting, and who said yes to what.

use enroll_store::{Directories, TenantId};
use enroll_sync::{Accounts, Deed, Ledger, Say};
use enroll_tenants::Tenants;

use crate::{
    Manage, Problem,
    answer::{Answer, Page, ok, one_more},
    asked::Asked,
    cursor::List,
    manage::no_tenant,
};

impl<T: Tenants, D: Directories, L: Ledger + Accounts> Manage<T, D, L> {
    pub(crate) async fn list_audit(self, asked: Asked) -> Answer {
        let limit = asked.limit()?;
        let before = asked.place(List::Audit)?;
        let caller = asked.caller()?;
        let named = asked.parameter("tenant").map(TenantId::new);
        if let Some(id) = named.as_ref().filter(|id| !caller.sees(id)) {
            return Err(no_tenant(id.as_str()));
        }
        let tenant = named.or_else(|| caller.tenant().cloned());
        let deeds = self
            .ledger()
            .deeds(tenant.as_ref(), before, one_more(limit))
            .await?;
        ok(&Page::cut(List::Audit, deeds, limit, |deed| {
            deed.id.to_string()
        }))
    }

    /// Writes down what was done.
    pub(crate) async fn noted(
        &self,
        tenant: &TenantId,
        actor: &str,
        action: &str,
        target: String,
        say: Option<&Say>,
    ) -> Result<(), Problem> {
        let deed = Deed {
            id: 0,
            at: self.now(),
            tenant: tenant.clone(),
            actor: actor.to_owned(),
            by: say.map(|say| say.by.clone()).unwrap_or_default(),
            action: action.to_owned(),
            target,
            reason: say.map(|say| say.reason.clone()).unwrap_or_default(),
        };
        Ok(self.ledger().record(deed).await?)
    }
}
