//! The operator's side of an `enroll` server: the management API.
//!
//! Identity providers write into directories over SCIM; the job turns that into the application's
//! accounts. Here the operator says who may write (tenants, integrations, tokens), what is synced
//! (policy, selections), and sees what came of it (accounts, the job's state, why a person has or
//! has not an account, what the provider sent).
//!
//! | question | type |
//! |---|---|
//! | what is it made of? | [`Manage`], over any [`Tenants`](enroll_tenants::Tenants), [`Directories`](enroll_store::Directories) and [`Ledger`](enroll_sync::Ledger) |
//! | what does a listener get? | [`Api`], a `tower_service::Service`; nest it under any path |
//! | what can be set? | [`Options`]: clock, ids, public URL, dialects, first policy, keys |
//! | how do the job and the API wake each other? | [`Options::wake`], [`Bell`] |
//! | what is refused, and how? | [`Problem`], [`ProblemKind`]: RFC 9457 |
//! | which routes are there? | [`ROUTES`], and as OpenAPI 3.1 [`openapi`] |
//!
//! # A server in memory, and one call
//!
//! ```
//! use bytes::Bytes;
//! use enroll_manage::{Manage, Options};
//! use enroll_schema::Schemas;
//! use enroll_store::MemoryDirectories;
//! use enroll_sync::{Desk, MemoryLedger};
//! use enroll_tenants::{Digest, Gate, MemoryTenants};
//! use http::Request;
//! use http_body_util::{BodyExt, Full};
//!
//! # tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap().block_on(async {
//! let directories = MemoryDirectories::default();
//! let desk = Desk::new(directories.clone(), MemoryLedger::default(), &Schemas::standard());
//! let options = Options { keys: vec![Digest::of("my-key")], ..Options::default() };
//! let gate = Gate::new(MemoryTenants::default());
//! let manage = Manage::new(gate, directories, desk.expect("users and groups"), options);
//! manage.attach_all().await?;
//! let api = manage.service();
//!
//! let call = Request::put("/v1/tenants/acme")
//!     .header("authorization", "Bearer my-key")
//!     .header("content-type", "application/json")
//!     .body(Full::new(Bytes::from(r#"{"name": "Acme"}"#)))?;
//! let answer = api.respond(call).await;
//! assert_eq!(answer.status(), 201);
//! let body = answer.into_body().collect().await.expect("a whole body").to_bytes();
//! let tenant: serde_json::Value = serde_json::from_slice(&body)?;
//! assert_eq!((&tenant["id"], &tenant["name"]), (&"acme".into(), &"Acme".into()));
//! # Ok::<(), Box<dyn std::error::Error>>(()) }).unwrap();
//! ```
//!
//! # Without HTTP
//!
//! A façade and a command line make tenants and integrations by calling [`Manage`]:
//!
//! ```
//! # use enroll_manage::{Manage, Options};
//! # use enroll_schema::Schemas;
//! # use enroll_store::{MemoryDirectories, TenantId};
//! # use enroll_sync::{Desk, MemoryLedger};
//! # use enroll_tenants::{Gate, MemoryTenants};
//! # tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap().block_on(async {
//! # let directories = MemoryDirectories::default();
//! # let desk = Desk::new(directories.clone(), MemoryLedger::default(), &Schemas::standard()).unwrap();
//! # let gate = Gate::new(MemoryTenants::default());
//! let options = Options {
//!     idps: vec!["okta".to_owned(), "entra".to_owned()],
//!     public_url: Some("https://scim.example.com".to_owned()),
//!     ..Options::default()
//! };
//! let manage = Manage::new(gate, directories, desk, options);
//! let acme = TenantId::new("acme");
//! manage.put_tenant(&acme, Some("Acme")).await?;
//! let okta = manage.connect(&acme, "Okta", "okta", None).await?;
//! let base_url = manage.base_url(&okta.integration.id, None);
//! assert!(base_url.starts_with("https://scim.example.com/scim/int_"));
//! assert!(okta.token.expose().starts_with("scim_live_"));
//!
//! let slip = manage.connect(&acme, "Okta", "otka", None).await.unwrap_err();
//! assert_eq!(slip.detail(), "idp: \"otka\" is no provider; did you mean okta?");
//! # Ok::<(), enroll_manage::Problem>(()) }).unwrap();
//! ```
//!
//! # The routes
//!
//! Bodies are JSON, `Authorization: Bearer <management key>` is asked for everywhere but on the two
//! marked ○. A SCIM token is never a key. Each row of [`ROUTES`] names the scope a key needs
//! ([`Scope`](enroll_tenants::Scope)): `read` where nothing changes, `operate` for what is done day
//! by day, `admin` for the rest; a change of `upn_login` needs `staff` (S-27). A key of one tenant
//! sees that tenant alone; every other is unknown to it. Lists are `{"items": […], "next": null}`; where `next` is
//! a text, send it as `after` for the page after.
//!
//! | route | what it does |
//! |---|---|
//! | `GET /healthz` ○ | says that the process lives |
//! | `GET /readyz` ○ | says that the database answers |
//! | `GET /metrics` | counters and gauges for Prometheus, no tenant and no person among the labels |
//! | `GET /version` | says which version runs |
//! | `GET /v1/openapi.json` | all of this as OpenAPI 3.1 |
//! | `GET /v1/sink.schema.json` | the messages to the application, as JSON Schema |
//! | `GET /v1/keys` | lists management keys without the secret |
//! | `POST /v1/keys` | makes one: `{"name", "scopes": ["read"\|"operate"\|"admin"\|"staff"\|"app"], "tenant"?}`, no more than the caller's own; the answer alone holds it |
//! | `DELETE /v1/keys/{key}` | revokes it; refused from the next request on |
//! | `GET /v1/tenants` | lists tenants: `limit`, `after` |
//! | `PUT /v1/tenants/{t}` | makes or renames the tenant of your own id: `{"name"?}`; 201 or 200 |
//! | `GET /v1/tenants/{t}` | shows it |
//! | `GET /v1/tenants/{t}/policy` | shows the rules, and in `differs` the keys that are not the preset's |
//! | `PATCH /v1/tenants/{t}/policy` | changes keys, returns the whole; `auto_sync` is not switched on while changes wait that nobody said yes to, unless with `confirm=true` |
//! | `GET /v1/tenants/{t}/integrations` | lists them in the order they were made |
//! | `POST /v1/tenants/{t}/integrations` | makes one: `{"name"?, "idp"?}`; the answer alone holds the token |
//! | `GET /v1/tenants/{t}/integrations/{i}` | `state` is `waiting` until its provider calls, then `connected`; `last_seen` |
//! | `PATCH /v1/tenants/{t}/integrations/{i}` | changes `name`, `idp` |
//! | `GET /v1/tenants/{t}/integrations/{i}/tokens` | lists tokens without the secret |
//! | `POST /v1/tenants/{t}/integrations/{i}/tokens` | makes another, for rotation; `{"sha256"?, "expires"?}` takes the provider's own by its digest; 409 when there are five |
//! | `DELETE /v1/tenants/{t}/integrations/{i}/tokens/{k}` | revokes it; refused from the next request on |
//! | `GET /v1/tenants/{t}/integrations/{i}/groups` | the picker: `id`, `display_name`, `members`, `state`, `selected`, `selection` |
//! | `GET /v1/tenants/{t}/integrations/{i}/selections` | the selected groups in order |
//! | `PUT /v1/tenants/{t}/integrations/{i}/selections` | replaces them: `{"selections": [{"group_id", "access_group"?, "kind"?, "priority"?, "sync_name"?, "paused"?}]}` |
//! | `GET /v1/tenants/{t}/integrations/{i}/requests` | what the provider sent, newest first: `limit`, `after`, `refused`, `subject` |
//! | `GET /v1/tenants/{t}/integrations/{i}/requests/{r}` | one of them whole |
//! | `POST /v1/tenants/{t}/integrations/{i}/requests/{r}/replay` | what it would be answered and change today; nothing is written |
//! | `GET /v1/tenants/{t}/integrations/{i}/requests/{r}/export` | it as a case of the corpus, anonymised |
//! | `GET /v1/tenants/{t}/integrations/{i}/doctor` | what was seen of the provider, what is wrong and where to put it right ([`doctor`]); with `assigned`, how many people should be here |
//! | `POST /v1/tenants/{t}/integrations/{i}/import` | takes lines of an export in (`application/x-ndjson`, 8 MiB and 1,000 lines at most) and says what became of each |
//! | `GET /v1/tenants/{t}/integrations/{i}/export` | users and groups as lines, some 4 MiB a page; where `x-next` is a header, send it as `after` |
//! | `GET /v1/tenants/{t}/accounts` | `limit`, `after`, `active`; leavers are listed with `"active": false` |
//! | `PUT /v1/tenants/{t}/accounts/{a}` | the application says what an account is: any of its values, `external_id`, `is_admin`, `changed_by`, `changed_at` |
//! | `POST /v1/tenants/{t}/snapshots` | begins a list of all its accounts; one that was not committed is forgotten |
//! | `GET /v1/tenants/{t}/snapshots/{s}` | how far it is: `received` is where the next page begins |
//! | `POST /v1/tenants/{t}/snapshots/{s}/pages` | takes lines with a `ref` each (`application/x-ndjson`, 1,000 at most); `from` is the number of lines before |
//! | `POST /v1/tenants/{t}/snapshots/{s}/commit` | it is whole and counts; refused when it has fewer than half of the last one's accounts |
//! | `GET /v1/tenants/{t}/catalog` | which access groups there can be, and how many seats |
//! | `PUT /v1/tenants/{t}/catalog` | `{"groups": [{"id", "name"?, "privileged"?}], "fixed"?, "seats"? or "seats_left"?}`; `"fixed": false` lets the job make others |
//! | `GET /v1/tenants/{t}/drift` | values that somebody changed in the application: `id`, `account`, `field`, `base`, `observed`, `want`, `by`, `since` |
//! | `POST /v1/tenants/{t}/drift/{d}/adopt` | the application owns the value of this account from now on: `{"by"?, "reason"?}` |
//! | `POST /v1/tenants/{t}/drift/{d}/revert` | the provider's value is written |
//! | `POST /v1/tenants/{t}/drift/{d}/ignore` | it is not listed until it changes again |
//! | `GET /v1/tenants/{t}/links` | accounts that fit a person without one, and that nobody manages |
//! | `POST /v1/tenants/{t}/links/approve` | says yes to all of them but administrators' and protected accounts: `{"by"?, "reason"?}` |
//! | `POST /v1/tenants/{t}/people/{p}/link` | ties a person to an account: `{"account", "by"?, "reason"?}` |
//! | `POST /v1/tenants/{t}/people/{p}/unlink` | cuts the tie; the account stays as it is and is nobody's |
//! | `GET /v1/tenants/{t}/access-groups` | `limit`, `after` |
//! | `GET /v1/tenants/{t}/sync` | `{"state": "idle\|running\|paused", "pending", "held", "blocked", "seq"}`; with `wait` (seconds) once it rests |
//! | `POST /v1/tenants/{t}/sync` | compares everybody again; 202 |
//! | `GET /v1/events` | what was applied, in order, of one tenant: of the cursor's, of `tenant`, of the key's, or of the only one |
//! | `GET /v1/tenants/{t}/events` | the same: `after`, `limit`, `types`; with `wait` (seconds) as soon as there is something; 410 when what came after is not kept any more |
//! | `GET /v1/tenants/{t}/desired` | everything as the changes so far leave it, page by page; then read the events after `events_after` and skip those not above a row's `seq` |
//! | `GET /v1/tenants/{t}/consumers` | the named listeners, and how many changes each has not got yet |
//! | `GET /v1/consumers/{c}/cursor` | one of them |
//! | `PUT /v1/consumers/{c}/cursor` | a listener says how far it is: `{"cursor", "back"?}`; back only with `"back": true` |
//! | `GET /v1/tenants/{t}/login/{name_id}` | whether this NameID may sign in, and as which account |
//! | `POST /v1/tenants/{t}/jit` | what to do with somebody who signs in without an account: `{"name_id", "attributes"?, "groups"?}` |
//! | `GET /v1/tenants/{t}/alerts` | what somebody must know, by cause, and what each channel was told; with `resolved=true` what is over too |
//! | `POST /v1/tenants/{t}/alerts/test` | a trial message through every channel, and what became of each |
//! | `GET /v1/tenants/{t}/people/{p}/explain` | by id, address, userName or externalId; several people make a list |
//! | `GET /v1/tenants/{t}/plans` | stored plans, newest first; kept 90 days, at most 200 |
//! | `POST /v1/tenants/{t}/plans` | stores what stands open as a plan, once news is read (`wait` seconds at most, 30 unless given); changes nothing |
//! | `GET /v1/tenants/{t}/plans/{n}` | a plan (or `latest`) with its items and what became of each: `limit`, `after`, `op`, `state`, `code` |
//! | `POST /v1/tenants/{t}/plans/{n}/apply` | applies its ready items exactly as they were reviewed, and names those that changed since |
//! | `POST /v1/tenants/{t}/plans/{n}/approve` | says yes: `{"items": […]}`, `{"guard": "mass"}` or `{"all": true}`, with `reason` and `by`? |
//! | `POST /v1/tenants/{t}/plans/{n}/reject` | says no, the same way |
//! | `GET /v1/tenants/{t}/open` | what stands open now, without storing it |
//! | `GET /v1/tenants/{t}/history` | what was applied, newest first: `limit`, `after`, `subject` |
//! | `GET /v1/tenants/{t}/impact` | who lost, gained or changed access between `from` and `to`, by cause; `effect` |
//! | `POST /v1/tenants/{t}/give-back` | gives back what a cause took: `{"cause", "since"?, "for"?, "people"?, "reason", "by"?}` |
//! | `POST /v1/tenants/{t}/integrations/{i}/freeze` | holds `{"what": "removals"}`, `"all"` or `"none"`, with `reason`; the brake is the tenant's |
//! | `POST /v1/tenants/{t}/integrations/{i}/expect` | announces `{"removals", "until" or "for", "reason"}`: both limits are raised until then |
//! | `GET /v1/audit` | who changed which setting and said yes to what, newest first; `tenant` |
//!
//! # Limits and errors
//!
//! A body is at most 1 MiB and arrives within 30 seconds; a page has 100 entries, at most 1,000;
//! `wait` is at most 60 seconds; a tenant's id is 1–128 unreserved characters. Unknown keys and
//! parameters are refused with the nearest known one.
//!
//! Every refusal is `application/problem+json` with `type`, `title`, `status`, `code`, `detail`,
//! and, when it is about a key or a parameter, `at`. `code` is for programs
//! ([`ProblemKind::code`]), `detail` says what to change. What broke on our side goes to the log,
//! with the `x-request-id` that every answer carries. Another tenant's integration is answered
//! exactly as an unknown one.
//!
//! There is no locking across two calls yet: of two operators who replace the selections at the same
//! time, the later one's list stands.

mod answer;
mod api;
mod asked;
mod auth;
mod bell;
mod cursor;
pub mod doctor;
mod fields;
mod manage;
mod metrics;
mod near;
mod openapi;
mod options;
mod problem;
mod routes;

pub use api::{AnswerBody, Api, BoxError};
pub use bell::Bell;
pub use manage::{Connected, Manage};
pub use metrics::{Answered, Metrics, SERIES_MAX};
pub use openapi::document as openapi;
pub use options::{Clock, Gauges, Ids, Options, Trial};
pub use problem::{Problem, ProblemKind};
pub use routes::{ROUTES, Route, Takes};
