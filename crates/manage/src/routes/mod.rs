//! The routes: one table, and one method behind each row.

mod accounts;
mod doctor;
mod groups;
mod health;
mod integrations;
mod people;
mod policy;
mod replay;
mod requests;
mod sync;
mod tenants;
mod tokens;
mod transfer;

use axum::{
    Router,
    routing::{delete, get, post},
};
use enroll_store::Directories;
use enroll_sync::{Accounts, Ledger};
use enroll_tenants::Tenants;

use crate::{Manage, Problem, ProblemKind, asked::nowhere};

/// One row of the API: what may be asked, and with what.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Route {
    /// The method.
    pub method: &'static str,
    /// The path; `{t}` is a tenant, `{i}` an integration, `{k}` a token, `{r}` a request, `{p}` a
    /// person.
    pub path: &'static str,
    /// Query parameters it knows.
    pub query: &'static [&'static str],
    /// The body it takes.
    pub body: Takes,
}

/// What a route reads of a body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Takes {
    /// Nothing.
    Nothing,
    /// A JSON object with these keys at most.
    Keys(&'static [&'static str]),
    /// A JSON object with keys of [`enroll_sync::Policy`].
    Policy,
    /// Lines of JSON (`application/x-ndjson`).
    Lines,
}

/// Paths that answer without a key.
pub(crate) const OPEN_PATHS: &[&str] = &["/healthz", "/readyz"];

const PAGED: &[&str] = &["limit", "after"];
const NONE: &[&str] = &[];

const fn row(
    method: &'static str,
    path: &'static str,
    query: &'static [&'static str],
    body: Takes,
) -> Route {
    Route {
        method,
        path,
        query,
        body,
    }
}

/// Every route; what is not here is not served.
pub const ROUTES: &[Route] = &[
    row("GET", "/healthz", NONE, Takes::Nothing),
    row("GET", "/readyz", NONE, Takes::Nothing),
    row("GET", "/version", NONE, Takes::Nothing),
    row("GET", SINK_SCHEMA, NONE, Takes::Nothing),
    row("GET", "/v1/tenants", PAGED, Takes::Nothing),
    row("GET", TENANT, NONE, Takes::Nothing),
    row("PUT", TENANT, NONE, Takes::Keys(&["name"])),
    row("GET", POLICY, NONE, Takes::Nothing),
    row("PATCH", POLICY, NONE, Takes::Policy),
    row("GET", INTEGRATIONS, NONE, Takes::Nothing),
    row("POST", INTEGRATIONS, NONE, Takes::Keys(&["name", "idp"])),
    row("GET", INTEGRATION, NONE, Takes::Nothing),
    row("PATCH", INTEGRATION, NONE, Takes::Keys(&["name", "idp"])),
    row("GET", TOKENS, NONE, Takes::Nothing),
    row("POST", TOKENS, NONE, Takes::Keys(&["sha256", "expires"])),
    row("DELETE", TOKEN, NONE, Takes::Nothing),
    row("GET", GROUPS, NONE, Takes::Nothing),
    row("GET", SELECTIONS, NONE, Takes::Nothing),
    row("PUT", SELECTIONS, NONE, Takes::Keys(&["selections"])),
    row("GET", REQUESTS, REQUEST_PARAMETERS, Takes::Nothing),
    row("GET", REQUEST, NONE, Takes::Nothing),
    row("POST", REPLAY, NONE, Takes::Keys(NONE)),
    row("GET", CASE, NONE, Takes::Nothing),
    row("GET", DOCTOR, &["assigned"], Takes::Nothing),
    row("POST", IMPORT, NONE, Takes::Lines),
    row("GET", EXPORT, &["after"], Takes::Nothing),
    row("GET", ACCOUNTS, ACCOUNT_PARAMETERS, Takes::Nothing),
    row("GET", ACCESS_GROUPS, PAGED, Takes::Nothing),
    row("GET", SYNC, &["wait"], Takes::Nothing),
    row("POST", SYNC, NONE, Takes::Keys(NONE)),
    row("GET", EXPLAIN, NONE, Takes::Nothing),
];

const SINK_SCHEMA: &str = "/v1/sink.schema.json";
const TENANT: &str = "/v1/tenants/{t}";
const POLICY: &str = "/v1/tenants/{t}/policy";
const INTEGRATIONS: &str = "/v1/tenants/{t}/integrations";
const INTEGRATION: &str = "/v1/tenants/{t}/integrations/{i}";
const TOKENS: &str = "/v1/tenants/{t}/integrations/{i}/tokens";
const TOKEN: &str = "/v1/tenants/{t}/integrations/{i}/tokens/{k}";
const GROUPS: &str = "/v1/tenants/{t}/integrations/{i}/groups";
const SELECTIONS: &str = "/v1/tenants/{t}/integrations/{i}/selections";
const REQUESTS: &str = "/v1/tenants/{t}/integrations/{i}/requests";
const REQUEST: &str = "/v1/tenants/{t}/integrations/{i}/requests/{r}";
const REPLAY: &str = "/v1/tenants/{t}/integrations/{i}/requests/{r}/replay";
const CASE: &str = "/v1/tenants/{t}/integrations/{i}/requests/{r}/export";
const DOCTOR: &str = "/v1/tenants/{t}/integrations/{i}/doctor";
const IMPORT: &str = "/v1/tenants/{t}/integrations/{i}/import";
const EXPORT: &str = "/v1/tenants/{t}/integrations/{i}/export";
const ACCOUNTS: &str = "/v1/tenants/{t}/accounts";
const ACCESS_GROUPS: &str = "/v1/tenants/{t}/access-groups";
const SYNC: &str = "/v1/tenants/{t}/sync";
const EXPLAIN: &str = "/v1/tenants/{t}/people/{p}/explain";

const ACCOUNT_PARAMETERS: &[&str] = &["limit", "after", "active"];
const REQUEST_PARAMETERS: &[&str] = &["limit", "after", "refused", "subject"];

impl Route {
    /// Finds the row of a method and a path as the table spells it; HEAD is GET without the body.
    pub(crate) fn find(method: &str, path: &str) -> Option<&'static Self> {
        let method = if method == "HEAD" { "GET" } else { method };
        ROUTES
            .iter()
            .find(|row| row.method == method && row.path == path)
    }
}

/// Wires every row to its method.
pub(crate) fn router<T, D, L>() -> Router<Manage<T, D, L>>
where
    T: Tenants,
    D: Directories,
    L: Ledger + Accounts,
{
    type M<T, D, L> = Manage<T, D, L>;
    Router::new()
        .route("/healthz", get(health::healthz))
        .route("/readyz", get(M::<T, D, L>::readyz))
        .route("/version", get(health::version))
        .route(SINK_SCHEMA, get(M::<T, D, L>::show_sink_schema))
        .route("/v1/tenants", get(M::<T, D, L>::list_tenants))
        .route(
            TENANT,
            get(M::<T, D, L>::show_tenant).put(M::<T, D, L>::make_tenant),
        )
        .route(
            POLICY,
            get(M::<T, D, L>::show_policy).patch(M::<T, D, L>::change_policy),
        )
        .route(
            INTEGRATIONS,
            get(M::<T, D, L>::list_integrations).post(M::<T, D, L>::make_integration),
        )
        .route(
            INTEGRATION,
            get(M::<T, D, L>::show_integration).patch(M::<T, D, L>::change_integration),
        )
        .route(
            TOKENS,
            get(M::<T, D, L>::list_tokens).post(M::<T, D, L>::make_token),
        )
        .route(TOKEN, delete(M::<T, D, L>::revoke_token))
        .route(GROUPS, get(M::<T, D, L>::list_groups))
        .route(
            SELECTIONS,
            get(M::<T, D, L>::list_selections).put(M::<T, D, L>::select),
        )
        .route(REQUESTS, get(M::<T, D, L>::list_requests))
        .route(REQUEST, get(M::<T, D, L>::show_request))
        .route(REPLAY, post(M::<T, D, L>::replay_request))
        .route(CASE, get(M::<T, D, L>::export_request))
        .route(DOCTOR, get(M::<T, D, L>::show_doctor))
        .route(IMPORT, post(M::<T, D, L>::import))
        .route(EXPORT, get(M::<T, D, L>::export))
        .route(ACCOUNTS, get(M::<T, D, L>::list_accounts))
        .route(ACCESS_GROUPS, get(M::<T, D, L>::list_access_groups))
        .route(
            SYNC,
            get(M::<T, D, L>::show_sync).post(M::<T, D, L>::sync_now),
        )
        .route(EXPLAIN, get(M::<T, D, L>::explain))
        .fallback(async || nowhere())
        .method_not_allowed_fallback(async || {
            let detail = "this path knows other methods; the Allow header names them";
            Problem::new(ProblemKind::MethodNotAllowed, detail)
        })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn no_two_rows_are_the_same_and_open_paths_are_rows() {
        let rows: BTreeSet<_> = ROUTES.iter().map(|row| (row.method, row.path)).collect();
        assert_eq!(rows.len(), ROUTES.len());
        assert!(
            OPEN_PATHS
                .iter()
                .all(|path| Route::find("GET", path).is_some())
        );
    }

    #[test]
    fn the_front_page_names_every_route_and_no_other() {
        let page = include_str!("../lib.rs");
        let named = |line: &&str| {
            ["GET /", "PUT /", "POST /", "PATCH /", "DELETE /"]
                .iter()
                .any(|start| line.starts_with(&format!("//! | `{start}")))
        };
        assert_eq!(page.lines().filter(named).count(), ROUTES.len());
        for row in ROUTES {
            let name = format!("//! | `{} {}`", row.method, row.path);
            assert!(page.contains(&name), "{name}");
        }
    }
}
