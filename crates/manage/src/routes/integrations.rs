//! Integrations: one identity provider's connection each (S-31, S-45, S-46).

use enroll_schema::Timestamp;
use enroll_store::{Directories, DirectoryId, TenantId};
use enroll_sync::{Accounts, Ledger};
use enroll_tenants::{Integration, Learned, Tenants};
use http::StatusCode;
use serde::Serialize;

use super::tenants::located;
use crate::{
    Manage,
    answer::{Answer, Page, json, ok},
    asked::Asked,
};

/// An integration as it is shown.
#[derive(Serialize)]
struct Shown {
    id: DirectoryId,
    tenant: TenantId,
    name: String,
    idp: String,
    /// What `auto` concluded from requests, and uses.
    #[serde(skip_serializing_if = "Option::is_none")]
    learned: Option<Conclusion>,
    /// What `auto` guesses from requests; only a person may decide that.
    #[serde(skip_serializing_if = "Option::is_none")]
    suggested: Option<Conclusion>,
    base_url: String,
    state: &'static str,
    created: Timestamp,
    last_seen: Option<Timestamp>,
}

/// What requests told about the provider, and what in them.
#[derive(Serialize)]
struct Conclusion {
    idp: String,
    why: String,
    at: Timestamp,
}

impl From<Learned> for Conclusion {
    fn from(learned: Learned) -> Self {
        Self {
            idp: learned.idp,
            why: learned.why,
            at: learned.at,
        }
    }
}

/// An integration that was just made.
#[derive(Serialize)]
struct Made {
    #[serde(flatten)]
    integration: Shown,
    token: String,
    token_id: String,
    /// Whether what the provider sends reaches the application by itself (S-32).
    auto_sync: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    hint: Option<String>,
}

impl<T: Tenants, D: Directories, L: Ledger + Accounts> Manage<T, D, L> {
    pub(crate) async fn list_integrations(self, asked: Asked) -> Answer {
        let tenant = self.tenant_of(&asked).await?;
        let all = self.tenants().integrations(&tenant.id).await?;
        let shown = all
            .into_iter()
            .map(|one| self.shown(one, &asked.origin))
            .collect();
        ok(&Page::<Shown>::whole(shown))
    }

    pub(crate) async fn make_integration(self, asked: Asked) -> Answer {
        let (tenant, origin) = (self.tenant_of(&asked).await?, asked.origin.clone());
        let mut fields = asked.fields()?;
        let idp = fields.text("idp")?.unwrap_or_else(|| "auto".to_owned());
        let name = fields.name("name")?.unwrap_or_else(|| idp.clone());
        let made = self.connect(&tenant.id, &name, &idp, None).await?;
        let auto_sync = self.ledger().context(&tenant.id).await?.policy.auto_sync;
        let below = format!("integrations/{}", made.integration.id);
        let made = Made {
            integration: self.shown(made.integration, &origin),
            token: made.token.expose().to_owned(),
            token_id: made.token_id,
            auto_sync,
            hint: (!auto_sync).then(|| hint(&tenant.id)),
        };
        Ok(located(&below, json(StatusCode::CREATED, &made)?))
    }

    pub(crate) async fn show_integration(self, asked: Asked) -> Answer {
        let integration = self.integration_of(&asked).await?;
        ok(&self.shown(integration, &asked.origin))
    }

    pub(crate) async fn change_integration(self, asked: Asked) -> Answer {
        let (mut integration, origin) = (self.integration_of(&asked).await?, asked.origin.clone());
        let mut fields = asked.fields()?;
        if let Some(idp) = fields.text("idp")? {
            integration.idp = self.idp(&idp)?;
        }
        if let Some(name) = fields.name("name")? {
            integration.name = name;
        }
        let Integration { id, name, idp, .. } = &integration;
        self.tenants().update_integration(id, name, idp).await?;
        self.attach(&integration).await?;
        self.wake();
        // Another dialect has cleared what was learned.
        let changed = self.tenants().integration(&integration.id).await?;
        let integration = changed.unwrap_or(integration);
        ok(&self.shown(integration, &origin))
    }

    fn shown(&self, integration: Integration, origin: &str) -> Shown {
        let (learned, suggested) = match integration.learned {
            Some(learned) if learned.is_certain => (Some(learned.into()), None),
            suggested => (None, suggested.map(Conclusion::from)),
        };
        Shown {
            base_url: self.base_url(&integration.id, Some(origin)),
            state: if integration.last_seen.is_some() {
                "connected"
            } else {
                "waiting"
            },
            id: integration.id,
            tenant: integration.tenant,
            name: integration.name,
            idp: integration.idp,
            learned,
            suggested,
            created: integration.created,
            last_seen: integration.last_seen,
        }
    }
}

fn hint(tenant: &TenantId) -> String {
    format!(
        "automatic sync is off, because the application may be in use; nothing reaches it until \
         PATCH /v1/tenants/{tenant}/policy {{\"auto_sync\": true}}"
    )
}
