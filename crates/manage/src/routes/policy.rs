//! The rules of a tenant: shown whole, changed key by key.

use enroll_store::{Directories, TenantId};
use enroll_sync::{Accounts, Ledger, Policy, SyncError};
use enroll_tenants::{Scope, Tenants};
use serde::Serialize;
use serde_json::{Map, Value};

use crate::{
    Manage, Problem, ProblemKind,
    answer::{Answer, ok},
    asked::Asked,
    near::unknown,
};

/// A policy as it is shown.
#[derive(Serialize)]
struct Shown {
    #[serde(flatten)]
    policy: Policy,
    /// The keys whose values differ from the preset's.
    differs: Vec<String>,
}

impl From<Policy> for Shown {
    fn from(policy: Policy) -> Self {
        Self {
            differs: policy.differs(),
            policy,
        }
    }
}

impl<T: Tenants, D: Directories, L: Ledger + Accounts> Manage<T, D, L> {
    pub(crate) async fn show_policy(self, asked: Asked) -> Answer {
        let tenant = self.tenant_of(&asked).await?;
        ok(&Shown::from(self.desk().policy(&tenant.id).await?))
    }

    pub(crate) async fn change_policy(self, asked: Asked) -> Answer {
        let tenant = self.tenant_of(&asked).await?;
        let (confirmed, caller) = (asked.flag("confirm")?, asked.caller()?.clone());
        let change = change(asked.members())?;
        if change.is_empty() {
            return ok(&Shown::from(self.desk().policy(&tenant.id).await?));
        }
        if change.get("auto_sync") == Some(&Value::Bool(true)) && confirmed != Some(true) {
            self.nothing_unseen(&tenant.id).await?;
        }
        let keys = change.keys().cloned().collect::<Vec<_>>().join(", ");
        let change = Value::Object(change);
        // S-27: whether people may sign in by UPN is the vendor's decision, not the customer's.
        // A preset brings a value of its own, so what comes out is compared, not what was sent.
        let before = self.desk().policy(&tenant.id).await?;
        let after = before.patched(&change).map_err(SyncError::Policy)?;
        if before.upn_login != after.upn_login {
            caller.needs(Scope::Staff)?;
        }
        let policy = self
            .desk()
            .patch_policy(&tenant.id, &change, self.now())
            .await?;
        self.noted(&tenant.id, &caller.name, "policy.change", keys, None)
            .await?;
        self.wake();
        ok(&Shown::from(policy))
    }

    /// Refuses to switch automatic sync on while changes wait that nobody said yes to (E-20).
    async fn nothing_unseen(&self, tenant: &TenantId) -> Result<(), Problem> {
        if self.desk().policy(tenant).await?.auto_sync {
            return Ok(());
        }
        match self.desk().unseen(tenant).await? {
            0 => Ok(()),
            unseen => {
                let detail = format!(
                    "auto_sync: {unseen} changes wait that nobody has seen; POST …/plans, look, and \
                     approve it, or repeat this with ?confirm=true"
                );
                Err(Problem::new(ProblemKind::Unseen, detail).at("auto_sync"))
            }
        }
    }
}

/// Checks the keys; what was shown besides the policy may be sent back.
fn change(mut members: Map<String, Value>) -> Result<Map<String, Value>, Problem> {
    members.remove("differs");
    let Ok(Value::Object(known)) = serde_json::to_value(Policy::default()) else {
        return Ok(members);
    };
    match members.keys().find(|name| !known.contains_key(*name)) {
        None => Ok(members),
        Some(name) => {
            let known: Vec<&str> = known.keys().map(String::as_str).collect();
            Err(unknown(ProblemKind::UnknownKey, "key", name, &known).at(name))
        }
    }
}
