//! What the application's SAML side asks: who may sign in, and who may come in by signing in.

use enroll_store::Directories;
use enroll_sync::{Accounts, Ledger};
use enroll_tenants::Tenants;
use serde_json::Value;

use crate::{
    Manage, Problem,
    answer::{Answer, ok},
    asked::Asked,
};

impl<T: Tenants, D: Directories, L: Ledger + Accounts> Manage<T, D, L> {
    pub(crate) async fn show_login(self, asked: Asked) -> Answer {
        let (tenant, now) = (self.tenant_of(&asked).await?, self.now());
        let name = asked.named("name_id");
        ok(&self.desk().login(&tenant.id, name, now).await?)
    }

    /// Attributes and groups of an assertion may be sent along as they are; nothing is taken from
    /// them, because what a provider says by SCIM counts.
    pub(crate) async fn decide_jit(self, asked: Asked) -> Answer {
        let (tenant, now) = (self.tenant_of(&asked).await?, self.now());
        let mut members = asked.members();
        let shaped = |key: &str, fits: fn(&Value) -> bool, expected: &str| match members.get(key) {
            None | Some(Value::Null) => Ok(()),
            Some(value) if fits(value) => Ok(()),
            Some(_) => Err(Problem::value(key, expected)),
        };
        shaped("attributes", Value::is_object, "expected an object: {…}")?;
        shaped("groups", Value::is_array, "expected a list: […]")?;
        let Some(Value::String(name)) = members.remove("name_id") else {
            return Err(Problem::value("name_id", "expected a text"));
        };
        ok(&self.desk().jit(&tenant.id, &name, now).await?)
    }
}
