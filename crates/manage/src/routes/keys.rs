//! Management keys: made, listed and revoked; shown in the clear once (threat B3).

use enroll_schema::Timestamp;
use enroll_store::{Directories, TenantId};
use enroll_sync::{Accounts, Ledger};
use enroll_tenants::{Key, Scope, Scopes, Secret, SecretKind, Tenants, TenantsError};
use http::StatusCode;
use serde::Serialize;
use serde_json::Value;

use super::tenants::located;
use crate::{
    Manage, Problem,
    answer::{Answer, Page, json, nothing, ok},
    asked::Asked,
    manage::no_tenant,
    near::nearest,
    problem::quoted,
};

/// A key as it is shown; never the secret or its digest.
#[derive(Serialize)]
struct Shown {
    id: String,
    name: String,
    scopes: Vec<&'static str>,
    tenant: Option<TenantId>,
    created: Timestamp,
    revoked: Option<Timestamp>,
    live: bool,
}

/// A key that was just made.
#[derive(Serialize)]
struct Made {
    #[serde(flatten)]
    row: Shown,
    key: String,
}

impl From<Key> for Shown {
    fn from(key: Key) -> Self {
        Self {
            live: key.is_live(),
            scopes: key.scopes.iter().map(Scope::name).collect(),
            id: key.id,
            name: key.name,
            tenant: key.tenant,
            created: key.created,
            revoked: key.revoked,
        }
    }
}

impl<T: Tenants, D: Directories, L: Ledger + Accounts> Manage<T, D, L> {
    pub(crate) async fn list_keys(self, asked: Asked) -> Answer {
        let own = asked.caller()?.tenant();
        let all = self.tenants().keys().await?;
        let seen = all
            .into_iter()
            .filter(|key| own.is_none() || key.tenant.as_ref() == own);
        ok(&Page::<Shown>::whole(seen.map(Shown::from).collect()))
    }

    pub(crate) async fn make_key(self, asked: Asked) -> Answer {
        let caller = asked.caller()?.clone();
        let mut fields = asked.fields()?;
        let name = fields.name("name")?;
        let name = name.ok_or_else(|| Problem::value("name", "say what the key is for"))?;
        let scopes = scopes(&fields.list("scopes")?.unwrap_or_default())?;
        // Nobody makes a key that opens more than the own one (threat B8).
        for scope in scopes.iter() {
            caller.needs(scope)?;
        }
        let tenant = fields.text("tenant")?.map(TenantId::new);
        let tenant = tenant.or_else(|| caller.tenant().cloned());
        if let Some(id) = tenant.as_ref().filter(|id| !caller.sees(id)) {
            return Err(no_tenant(id.as_str()));
        }
        let secret = Secret::generate(SecretKind::Key)?;
        let row = Key::new(&(self.options().ids)("key"), &secret, self.now())
            .named(&name)
            .scoped(scopes)
            .bound(tenant);
        self.tenants().add_key(row.clone()).await?;
        let below = format!("keys/{}", row.id);
        let made = Made {
            row: row.into(),
            key: secret.expose().to_owned(),
        };
        Ok(located(&below, json(StatusCode::CREATED, &made)?))
    }

    pub(crate) async fn revoke_key(self, asked: Asked) -> Answer {
        let (id, caller) = (asked.named("key"), asked.caller()?);
        let all = self.tenants().keys().await?;
        let unknown = || TenantsError::NoKey(id.chars().take(64).collect());
        let key = all
            .into_iter()
            .find(|key| {
                key.id == id
                    && (caller.tenant().is_none() || key.tenant.as_ref() == caller.tenant())
            })
            .ok_or_else(unknown)?;
        for scope in key.scopes.iter() {
            caller.needs(scope)?;
        }
        self.tenants().revoke_key(id, self.now()).await?;
        Ok(nothing())
    }
}

/// Reads names of scopes, at least one.
fn scopes(names: &[Value]) -> Result<Scopes, Problem> {
    let known = Scope::ALL.map(Scope::name);
    let read = |(at, name): (usize, &Value)| {
        let place = format!("scopes[{at}]");
        let Some(name) = name.as_str() else {
            return Err(Problem::value(&place, "expected a text"));
        };
        Scope::named(name).ok_or_else(|| {
            let advice = nearest(name, known).map_or_else(
                || format!("known are {}", known.join(", ")),
                |near| format!("did you mean {near}?"),
            );
            Problem::value(&place, format!("{} is no scope; {advice}", quoted(name)))
        })
    };
    let scopes = names.iter().enumerate().map(read);
    let scopes: Scopes = scopes.collect::<Result<_, _>>()?;
    if scopes.is_empty() {
        let expected = format!("expected at least one of {}", known.join(", "));
        return Err(Problem::value("scopes", expected));
    }
    Ok(scopes)
}
