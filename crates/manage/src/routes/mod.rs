//! The routes: one table, and one method behind each row.

mod accounts;
mod alerts;
mod audit;
mod brakes;
mod doctor;
mod drift;
mod feed;
mod groups;
mod health;
mod history;
mod integrations;
mod item;
mod keys;
mod login;
mod metrics;
mod people;
mod plans;
mod policy;
mod replay;
mod reports;
mod requests;
mod sync;
mod tenants;
mod tokens;
mod transfer;

use axum::{
    Router,
    routing::{delete, get, post, put},
};
use enroll_store::Directories;
use enroll_sync::{Accounts, Ledger};
use enroll_tenants::{Scope, Tenants};

use crate::{Manage, Problem, ProblemKind, asked::nowhere};

/// One row of the API: what may be asked, and with what.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Route {
    /// The method.
    pub method: &'static str,
    /// The path; `{t}` is a tenant, `{i}` an integration, `{k}` a token, `{r}` a request, `{p}` a
    /// person, `{key}` a management key, `{n}` a plan.
    pub path: &'static str,
    /// The scope a key needs for it; none is open to anybody.
    pub scope: Option<Scope>,
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

/// Paths without a tenant that a key of one tenant opens too: what they answer is the same for all,
/// or cut to that tenant by the handler. Every other path without a tenant is closed to it.
pub(crate) const BOUND_PATHS: &[&str] = &[
    "/version",
    OPENAPI,
    SINK_SCHEMA,
    "/v1/tenants",
    KEYS,
    KEY,
    ALL_EVENTS,
    CONSUMER,
    AUDIT,
];

const OPEN: Option<Scope> = None;
const READ: Option<Scope> = Some(Scope::Read);
const OPERATE: Option<Scope> = Some(Scope::Operate);
const ADMIN: Option<Scope> = Some(Scope::Admin);
const APP: Option<Scope> = Some(Scope::App);

const PAGED: &[&str] = &["limit", "after"];
const NONE: &[&str] = &[];

const fn row(
    method: &'static str,
    path: &'static str,
    scope: Option<Scope>,
    query: &'static [&'static str],
    body: Takes,
) -> Route {
    Route {
        method,
        path,
        scope,
        query,
        body,
    }
}

/// Every route; what is not here is not served.
pub const ROUTES: &[Route] = &[
    row("GET", "/healthz", OPEN, NONE, Takes::Nothing),
    row("GET", "/readyz", OPEN, NONE, Takes::Nothing),
    row("GET", "/metrics", READ, NONE, Takes::Nothing),
    row("GET", "/version", READ, NONE, Takes::Nothing),
    row("GET", OPENAPI, READ, NONE, Takes::Nothing),
    row("GET", SINK_SCHEMA, READ, NONE, Takes::Nothing),
    row("GET", KEYS, ADMIN, NONE, Takes::Nothing),
    row(
        "POST",
        KEYS,
        ADMIN,
        NONE,
        Takes::Keys(&["name", "scopes", "tenant"]),
    ),
    row("DELETE", KEY, ADMIN, NONE, Takes::Nothing),
    row("GET", "/v1/tenants", READ, PAGED, Takes::Nothing),
    row("GET", TENANT, READ, NONE, Takes::Nothing),
    row("PUT", TENANT, ADMIN, NONE, Takes::Keys(&["name"])),
    row("GET", POLICY, READ, NONE, Takes::Nothing),
    row("PATCH", POLICY, ADMIN, &["confirm"], Takes::Policy),
    row("GET", INTEGRATIONS, READ, NONE, Takes::Nothing),
    row(
        "POST",
        INTEGRATIONS,
        ADMIN,
        NONE,
        Takes::Keys(&["name", "idp"]),
    ),
    row("GET", INTEGRATION, READ, NONE, Takes::Nothing),
    row(
        "PATCH",
        INTEGRATION,
        ADMIN,
        NONE,
        Takes::Keys(&["name", "idp"]),
    ),
    row("GET", TOKENS, READ, NONE, Takes::Nothing),
    row(
        "POST",
        TOKENS,
        ADMIN,
        NONE,
        Takes::Keys(&["sha256", "expires"]),
    ),
    row("DELETE", TOKEN, ADMIN, NONE, Takes::Nothing),
    row("GET", GROUPS, READ, NONE, Takes::Nothing),
    row("GET", SELECTIONS, READ, NONE, Takes::Nothing),
    row(
        "PUT",
        SELECTIONS,
        OPERATE,
        NONE,
        Takes::Keys(&["selections"]),
    ),
    row("GET", REQUESTS, READ, REQUEST_PARAMETERS, Takes::Nothing),
    row("GET", REQUEST, READ, NONE, Takes::Nothing),
    row("POST", REPLAY, OPERATE, NONE, Takes::Keys(NONE)),
    row("GET", CASE, READ, NONE, Takes::Nothing),
    row("GET", DOCTOR, READ, &["assigned"], Takes::Nothing),
    row("POST", IMPORT, ADMIN, NONE, Takes::Lines),
    row("GET", EXPORT, READ, &["after"], Takes::Nothing),
    row("GET", ACCOUNTS, READ, ACCOUNT_PARAMETERS, Takes::Nothing),
    row("PUT", ACCOUNT, APP, NONE, Takes::Keys(REPORT_KEYS)),
    row("POST", SNAPSHOTS, APP, NONE, Takes::Keys(NONE)),
    row("GET", SNAPSHOT, APP, NONE, Takes::Nothing),
    row("POST", SNAPSHOT_PAGES, APP, &["from"], Takes::Lines),
    row("POST", SNAPSHOT_COMMIT, APP, NONE, Takes::Keys(NONE)),
    row("GET", CATALOG, READ, NONE, Takes::Nothing),
    row("PUT", CATALOG, APP, NONE, Takes::Keys(CATALOG_KEYS)),
    row("GET", DRIFT, READ, PAGED, Takes::Nothing),
    row("POST", DRIFT_ADOPT, OPERATE, NONE, Takes::Keys(SAID)),
    row("POST", DRIFT_REVERT, OPERATE, NONE, Takes::Keys(SAID)),
    row("POST", DRIFT_IGNORE, OPERATE, NONE, Takes::Keys(SAID)),
    row("GET", LINKS, READ, NONE, Takes::Nothing),
    row("POST", LINKS_APPROVE, OPERATE, NONE, Takes::Keys(SAID)),
    row("POST", UNLINK, OPERATE, NONE, Takes::Keys(SAID)),
    row("POST", LINK, OPERATE, NONE, Takes::Keys(LINK_KEYS)),
    row("GET", ACCESS_GROUPS, READ, PAGED, Takes::Nothing),
    row("GET", SYNC, READ, &["wait"], Takes::Nothing),
    row("POST", SYNC, OPERATE, NONE, Takes::Keys(NONE)),
    row("GET", ALERTS, READ, &["resolved"], Takes::Nothing),
    row("POST", ALERTS_TEST, OPERATE, NONE, Takes::Keys(NONE)),
    row("GET", EXPLAIN, READ, NONE, Takes::Nothing),
    row("GET", PLANS, READ, PAGED, Takes::Nothing),
    row("POST", PLANS, OPERATE, &["wait"], Takes::Keys(&["by"])),
    row("GET", PLAN, READ, ITEM_PARAMETERS, Takes::Nothing),
    row("POST", APPLY, OPERATE, NONE, Takes::Keys(SAID)),
    row("POST", APPROVE, OPERATE, NONE, Takes::Keys(DECIDE_KEYS)),
    row("POST", REJECT, OPERATE, NONE, Takes::Keys(DECIDE_KEYS)),
    row("GET", STANDS, READ, ITEM_PARAMETERS, Takes::Nothing),
    row("GET", HISTORY, READ, HISTORY_PARAMETERS, Takes::Nothing),
    row(
        "GET",
        IMPACT,
        READ,
        &["from", "to", "effect"],
        Takes::Nothing,
    ),
    row(
        "POST",
        GIVE_BACK,
        OPERATE,
        NONE,
        Takes::Keys(GIVE_BACK_KEYS),
    ),
    row("POST", FREEZE, OPERATE, NONE, Takes::Keys(FREEZE_KEYS)),
    row("POST", EXPECT, OPERATE, NONE, Takes::Keys(EXPECT_KEYS)),
    row(
        "GET",
        AUDIT,
        ADMIN,
        &["limit", "after", "tenant"],
        Takes::Nothing,
    ),
    row("GET", ALL_EVENTS, APP, ALL_EVENT_PARAMETERS, Takes::Nothing),
    row("GET", EVENTS, APP, EVENT_PARAMETERS, Takes::Nothing),
    row("GET", DESIRED, APP, DESIRED_PARAMETERS, Takes::Nothing),
    row("GET", CONSUMERS, APP, NONE, Takes::Nothing),
    row("PUT", CONSUMER, APP, NONE, Takes::Keys(&["cursor", "back"])),
    row("GET", CONSUMER, APP, &["tenant"], Takes::Nothing),
    row("GET", LOGIN, APP, NONE, Takes::Nothing),
    row("POST", JIT, APP, NONE, Takes::Keys(JIT_KEYS)),
];

const OPENAPI: &str = "/v1/openapi.json";
const SINK_SCHEMA: &str = "/v1/sink.schema.json";
const KEYS: &str = "/v1/keys";
const KEY: &str = "/v1/keys/{key}";
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
const ACCOUNT: &str = "/v1/tenants/{t}/accounts/{a}";
const SNAPSHOTS: &str = "/v1/tenants/{t}/snapshots";
const SNAPSHOT: &str = "/v1/tenants/{t}/snapshots/{s}";
const SNAPSHOT_PAGES: &str = "/v1/tenants/{t}/snapshots/{s}/pages";
const SNAPSHOT_COMMIT: &str = "/v1/tenants/{t}/snapshots/{s}/commit";
const CATALOG: &str = "/v1/tenants/{t}/catalog";
const DRIFT: &str = "/v1/tenants/{t}/drift";
const DRIFT_ADOPT: &str = "/v1/tenants/{t}/drift/{d}/adopt";
const DRIFT_REVERT: &str = "/v1/tenants/{t}/drift/{d}/revert";
const DRIFT_IGNORE: &str = "/v1/tenants/{t}/drift/{d}/ignore";
const LINKS: &str = "/v1/tenants/{t}/links";
const LINKS_APPROVE: &str = "/v1/tenants/{t}/links/approve";
const LINK: &str = "/v1/tenants/{t}/people/{p}/link";
const UNLINK: &str = "/v1/tenants/{t}/people/{p}/unlink";
const ACCESS_GROUPS: &str = "/v1/tenants/{t}/access-groups";
const SYNC: &str = "/v1/tenants/{t}/sync";
const ALERTS: &str = "/v1/tenants/{t}/alerts";
const ALERTS_TEST: &str = "/v1/tenants/{t}/alerts/test";
const EXPLAIN: &str = "/v1/tenants/{t}/people/{p}/explain";
const PLANS: &str = "/v1/tenants/{t}/plans";
const PLAN: &str = "/v1/tenants/{t}/plans/{n}";
const APPLY: &str = "/v1/tenants/{t}/plans/{n}/apply";
const APPROVE: &str = "/v1/tenants/{t}/plans/{n}/approve";
const REJECT: &str = "/v1/tenants/{t}/plans/{n}/reject";
const STANDS: &str = "/v1/tenants/{t}/open";
const HISTORY: &str = "/v1/tenants/{t}/history";
const IMPACT: &str = "/v1/tenants/{t}/impact";
const GIVE_BACK: &str = "/v1/tenants/{t}/give-back";
const FREEZE: &str = "/v1/tenants/{t}/integrations/{i}/freeze";
const EXPECT: &str = "/v1/tenants/{t}/integrations/{i}/expect";
const AUDIT: &str = "/v1/audit";

const ITEM_PARAMETERS: &[&str] = &["limit", "after", "op", "state", "code"];
const HISTORY_PARAMETERS: &[&str] = &["limit", "after", "subject"];
const DECIDE_KEYS: &[&str] = &["items", "guard", "all", "by", "reason"];
const GIVE_BACK_KEYS: &[&str] = &["cause", "since", "for", "people", "by", "reason"];
const FREEZE_KEYS: &[&str] = &["what", "by", "reason"];
const EXPECT_KEYS: &[&str] = &["removals", "until", "for", "by", "reason"];

const ALL_EVENTS: &str = "/v1/events";
const EVENTS: &str = "/v1/tenants/{t}/events";
const DESIRED: &str = "/v1/tenants/{t}/desired";
const CONSUMERS: &str = "/v1/tenants/{t}/consumers";
const CONSUMER: &str = "/v1/consumers/{c}/cursor";
const LOGIN: &str = "/v1/tenants/{t}/login/{name_id}";
const JIT: &str = "/v1/tenants/{t}/jit";

const ALL_EVENT_PARAMETERS: &[&str] = &["limit", "after", "wait", "types", "tenant"];
const EVENT_PARAMETERS: &[&str] = &["limit", "after", "wait", "types"];
const DESIRED_PARAMETERS: &[&str] = &["limit", "after", "at"];
const JIT_KEYS: &[&str] = &["name_id", "attributes", "groups"];
const REPORT_KEYS: &[&str] = &[
    "external_id",
    "email",
    "first_name",
    "last_name",
    "time_zone",
    "login",
    "kind",
    "active",
    "access_groups",
    "fields",
    "is_admin",
    "changed_by",
    "changed_at",
];
const CATALOG_KEYS: &[&str] = &["groups", "fixed", "seats", "seats_left"];
const SAID: &[&str] = &["by", "reason"];
const LINK_KEYS: &[&str] = &["account", "by", "reason"];
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
        .route("/metrics", get(M::<T, D, L>::show_metrics))
        .route("/version", get(health::version))
        .route(OPENAPI, get(health::openapi))
        .route(SINK_SCHEMA, get(M::<T, D, L>::show_sink_schema))
        .route(
            KEYS,
            get(M::<T, D, L>::list_keys).post(M::<T, D, L>::make_key),
        )
        .route(KEY, delete(M::<T, D, L>::revoke_key))
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
        .route(ACCOUNT, put(M::<T, D, L>::report_account))
        .route(SNAPSHOTS, post(M::<T, D, L>::begin_snapshot))
        .route(SNAPSHOT, get(M::<T, D, L>::show_snapshot))
        .route(SNAPSHOT_PAGES, post(M::<T, D, L>::add_page))
        .route(SNAPSHOT_COMMIT, post(M::<T, D, L>::commit_snapshot))
        .route(
            CATALOG,
            get(M::<T, D, L>::show_catalogue).put(M::<T, D, L>::put_catalogue),
        )
        .route(DRIFT, get(M::<T, D, L>::list_drift))
        .route(DRIFT_ADOPT, post(M::<T, D, L>::adopt_drift))
        .route(DRIFT_REVERT, post(M::<T, D, L>::revert_drift))
        .route(DRIFT_IGNORE, post(M::<T, D, L>::ignore_drift))
        .route(LINKS, get(M::<T, D, L>::list_links))
        .route(LINKS_APPROVE, post(M::<T, D, L>::approve_links))
        .route(LINK, post(M::<T, D, L>::link_person))
        .route(UNLINK, post(M::<T, D, L>::unlink_person))
        .route(ACCESS_GROUPS, get(M::<T, D, L>::list_access_groups))
        .route(
            SYNC,
            get(M::<T, D, L>::show_sync).post(M::<T, D, L>::sync_now),
        )
        .route(ALERTS, get(M::<T, D, L>::list_alerts))
        .route(ALERTS_TEST, post(M::<T, D, L>::test_alerts))
        .route(EXPLAIN, get(M::<T, D, L>::explain))
        .merge(decisions())
        .route(ALL_EVENTS, get(M::<T, D, L>::list_events))
        .route(EVENTS, get(M::<T, D, L>::list_events))
        .route(DESIRED, get(M::<T, D, L>::show_desired))
        .route(CONSUMERS, get(M::<T, D, L>::list_consumers))
        .route(
            CONSUMER,
            get(M::<T, D, L>::show_consumer).put(M::<T, D, L>::put_consumer),
        )
        .route(LOGIN, get(M::<T, D, L>::show_login))
        .route(JIT, post(M::<T, D, L>::decide_jit))
        .fallback(async || nowhere())
        .method_not_allowed_fallback(async || {
            let detail = "this path knows other methods; the Allow header names them";
            Problem::new(ProblemKind::MethodNotAllowed, detail)
        })
}

/// The routes of plans, brakes and the record of what was done.
fn decisions<T, D, L>() -> Router<Manage<T, D, L>>
where
    T: Tenants,
    D: Directories,
    L: Ledger + Accounts,
{
    type M<T, D, L> = Manage<T, D, L>;
    Router::new()
        .route(
            PLANS,
            get(M::<T, D, L>::list_plans).post(M::<T, D, L>::make_plan),
        )
        .route(PLAN, get(M::<T, D, L>::show_plan))
        .route(APPLY, post(M::<T, D, L>::apply_plan))
        .route(APPROVE, post(M::<T, D, L>::approve_plan))
        .route(REJECT, post(M::<T, D, L>::reject_plan))
        .route(STANDS, get(M::<T, D, L>::list_open))
        .route(HISTORY, get(M::<T, D, L>::list_history))
        .route(IMPACT, get(M::<T, D, L>::show_impact))
        .route(GIVE_BACK, post(M::<T, D, L>::give_back))
        .route(FREEZE, post(M::<T, D, L>::freeze))
        .route(EXPECT, post(M::<T, D, L>::expect_removals))
        .route(AUDIT, get(M::<T, D, L>::list_audit))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn no_two_rows_are_the_same_and_open_paths_are_rows() {
        let rows: BTreeSet<_> = ROUTES.iter().map(|row| (row.method, row.path)).collect();
        assert_eq!(rows.len(), ROUTES.len());
        for row in ROUTES {
            assert_eq!(
                row.scope.is_none(),
                OPEN_PATHS.contains(&row.path),
                "{row:?}"
            );
        }
        let is_row = |path: &&str| ROUTES.iter().any(|row| row.path == *path);
        assert!(OPEN_PATHS.iter().chain(BOUND_PATHS).all(is_row));
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
