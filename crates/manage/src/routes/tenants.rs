//! Tenants: the operator's own ids.

use axum::response::{IntoResponse, Response};
use enroll_schema::Timestamp;
use enroll_store::{Directories, TenantId};
use enroll_sync::{Accounts, Ledger};
use enroll_tenants::{Tenant, Tenants};
use http::StatusCode;
use serde::Serialize;

use crate::{
    Manage,
    answer::{Answer, Page, json, ok, one_more},
    asked::Asked,
    cursor::List,
};

/// A tenant as it is shown.
#[derive(Serialize)]
struct Shown {
    id: TenantId,
    name: String,
    created: Timestamp,
}

impl From<Tenant> for Shown {
    fn from(tenant: Tenant) -> Self {
        Self {
            id: tenant.id,
            name: tenant.name,
            created: tenant.created,
        }
    }
}

impl<T: Tenants, D: Directories, L: Ledger + Accounts> Manage<T, D, L> {
    pub(crate) async fn list_tenants(self, asked: Asked) -> Answer {
        let limit = asked.limit()?;
        let after = asked.after(List::Tenants)?.map(TenantId::new);
        if let Some(own) = asked.caller()?.tenant() {
            let own = self.tenants().tenant(own).await?;
            let shown = own.into_iter().map(Shown::from).collect();
            return ok(&Page::<Shown>::whole(shown));
        }
        let tenants = self
            .tenants()
            .tenants(after.as_ref(), one_more(limit))
            .await?;
        let shown = tenants.into_iter().map(Shown::from).collect();
        ok(&Page::cut(List::Tenants, shown, limit, |tenant| {
            tenant.id.to_string()
        }))
    }

    pub(crate) async fn show_tenant(self, asked: Asked) -> Answer {
        ok(&Shown::from(self.tenant_of(&asked).await?))
    }

    pub(crate) async fn make_tenant(self, asked: Asked) -> Answer {
        let id = TenantId::new(asked.named("t"));
        let name = asked.fields()?.name("name")?;
        let (tenant, is_new) = self.put_tenant(&id, name.as_deref()).await?;
        let status = if is_new {
            StatusCode::CREATED
        } else {
            StatusCode::OK
        };
        json(status, &Shown::from(tenant))
    }
}

/// Adds where the thing that was made is, seen from where it was asked for; so it holds under any
/// prefix.
pub(super) fn located(below: &str, response: Response) -> Response {
    ([(http::header::LOCATION, below.to_owned())], response).into_response()
}
