//! What somebody must know of a tenant, and whether anybody is told.

use enroll_store::{Directories, TenantId};
use enroll_sync::{Accounts, Ledger, Posted, whole_server};
use enroll_tenants::Tenants;
use serde::Serialize;
use serde_json::{Map, Value, json};

use crate::{
    Manage, Problem, ProblemKind,
    answer::{Answer, ok},
    asked::Asked,
};

/// The alerts of a tenant.
#[derive(Debug, Serialize)]
struct Alerts {
    items: Vec<Value>,
    next: Option<String>,
    /// Where alerts go.
    channels: Vec<String>,
    /// That they go nowhere.
    #[serde(skip_serializing_if = "Option::is_none")]
    warning: Option<&'static str>,
}

/// What is said where no channel is set.
const NO_CHANNEL: &str = "no channel is set: nobody is told of leavers who keep access; set [alerts] webhook, smtp or command";

impl<T: Tenants, D: Directories, L: Ledger + Accounts> Manage<T, D, L> {
    pub(crate) async fn list_alerts(self, asked: Asked) -> Answer {
        let tenant = self.tenant_of(&asked).await?;
        let all = asked.flag("resolved")?.unwrap_or(false);
        let mut items = self.alerts_of(&tenant.id, all).await?;
        // What concerns the whole server is for those who may see all of it.
        if asked.caller()?.tenant().is_none() {
            items.extend(self.alerts_of(&whole_server(), all).await?);
        }
        let channels = self.options().channels.clone();
        ok(&Alerts {
            items,
            next: None,
            warning: channels.is_empty().then_some(NO_CHANNEL),
            channels,
        })
    }

    async fn alerts_of(&self, tenant: &TenantId, all: bool) -> Result<Vec<Value>, Problem> {
        let found = self.desk().ledger().alerts(tenant).await;
        let found = found.map_err(enroll_sync::SyncError::from)?;
        let wanted = |posted: &&Posted| all || posted.alert.resolved_at.is_none();
        Ok(found.iter().filter(wanted).map(shown).collect())
    }

    pub(crate) async fn test_alerts(self, asked: Asked) -> Answer {
        let tenant = self.tenant_of(&asked).await?;
        let told = (self.options().trial)(tenant.id).await.map_err(|error| {
            let detail = "the channels could not be tried; try again";
            Problem::new(ProblemKind::Internal, detail).because(error)
        })?;
        let line = |(channel, outcome): &(String, Result<(), String>)| match outcome {
            Ok(()) => json!({"channel": channel, "arrived": true}),
            Err(error) => json!({"channel": channel, "arrived": false, "error": error}),
        };
        let items: Vec<_> = told.iter().map(line).collect();
        let warning = items.is_empty().then_some(NO_CHANNEL);
        ok(&json!({"items": items, "warning": warning}))
    }
}

/// Shows an alert, with what each channel was told of it.
fn shown(posted: &Posted) -> Value {
    let alert = &posted.alert;
    let sent = posted
        .sent
        .iter()
        .filter(|(_, sent)| sent.alert == alert.id);
    let sent: Map<String, Value> = sent
        .map(|(channel, sent)| {
            let told = json!({
                "at": sent.at, "messages": sent.number, "failures": sent.failures,
                "retry_at": sent.retry_at, "error": sent.error,
            });
            (channel.clone(), told)
        })
        .collect();
    json!({
        "id": alert.id, "level": alert.level, "code": alert.code,
        "integration": alert.integration, "first_at": alert.first_at, "last_at": alert.last_at,
        "resolved_at": alert.resolved_at, "count": alert.count, "leavers": alert.leavers,
        "sample": alert.sample, "text": alert.text, "sent": sent,
    })
}
