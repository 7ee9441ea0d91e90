//! One server with two tenants, a provider that writes into directories, and the job, driven by
//! hand.

use std::sync::{
    Arc,
    atomic::{AtomicI64, AtomicUsize, Ordering},
};

use bytes::Bytes;
use enroll_filter::LinkPlan;
use enroll_manage::{Api, Bell, Manage, Options};
use enroll_schema::{Document, Mode, ResourceId, Schemas, Timestamp};
use enroll_store::{
    Cause, Directories, DirectoryId, Draft, Expected, Journal, MemoryDirectories, Note, RequestId,
    Store, Target, TenantId, Want,
};
use enroll_sync::{BuiltIn, Desk, Job, MemoryLedger};
use enroll_tenants::{Gate, Key, MemoryTenants, Secret, SecretKind, Tenants};
use http::{HeaderMap, Method, Request, StatusCode};
use http_body_util::{BodyExt, Full};
use serde_json::{Value, json};

use crate::openapi;

pub(crate) type Memory = Manage<MemoryTenants, MemoryDirectories, MemoryLedger>;

pub(crate) struct World {
    pub(crate) api: Api,
    pub(crate) manage: Memory,
    pub(crate) tenants: MemoryTenants,
    pub(crate) directories: MemoryDirectories,
    pub(crate) ledger: MemoryLedger,
    pub(crate) job: Job<MemoryDirectories, MemoryLedger, BuiltIn>,
    pub(crate) bell: Bell,
    pub(crate) wakes: Arc<AtomicUsize>,
    pub(crate) key: Secret,
    clock: Arc<AtomicI64>,
}

/// An answer, its body read.
#[derive(Clone, Debug)]
pub(crate) struct Reply {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Value,
}

impl World {
    pub(crate) async fn new() -> Self {
        let options = Options {
            sink_schema: Some(r#"{"title": "messages"}"#),
            ..Options::default()
        };
        Self::with(options).await
    }

    /// Makes a world whose other settings are `options`'.
    pub(crate) async fn with(options: Options) -> Self {
        let (clock, wakes) = (
            Arc::new(AtomicI64::new(1_000_000)),
            Arc::new(AtomicUsize::new(0)),
        );
        let (tick, wake) = (Arc::clone(&clock), Arc::clone(&wakes));
        let bell = Bell::default();
        let options = Options {
            clock: Arc::new(move || Timestamp::from_millis(tick.load(Ordering::SeqCst))),
            public_url: Some("https://scim.example.com".to_owned()),
            idps: ["auto", "okta", "entra", "onelogin"]
                .map(str::to_owned)
                .to_vec(),
            bell: bell.clone(),
            wake: Arc::new(move || _ = wake.fetch_add(1, Ordering::SeqCst)),
            ..options
        };
        let (tenants, directories) = (MemoryTenants::default(), MemoryDirectories::default());
        let (ledger, schemas) = (MemoryLedger::default(), Schemas::standard());
        let desk = Desk::new(directories.clone(), ledger.clone(), &schemas).unwrap();
        let job = Job::new(directories.clone(), ledger.clone(), BuiltIn, &schemas).unwrap();
        let manage = Manage::new(
            Gate::new(tenants.clone()),
            directories.clone(),
            desk,
            options,
        );
        let key = Secret::generate(SecretKind::Key).unwrap();
        tenants
            .add_key(Key::new("key_1", &key, Timestamp::from_millis(0)))
            .await
            .unwrap();
        let other = Secret::generate(SecretKind::Key).unwrap();
        tenants
            .add_key(Key::new("key_2", &other, Timestamp::from_millis(0)))
            .await
            .unwrap();
        for id in ["acme", "globex"] {
            manage.put_tenant(&TenantId::new(id), None).await.unwrap();
        }
        let api = manage.service();
        Self {
            api,
            manage,
            tenants,
            directories,
            ledger,
            job,
            bell,
            wakes,
            key,
            clock,
        }
    }

    pub(crate) fn now(&self) -> Timestamp {
        Timestamp::from_millis(self.clock.load(Ordering::SeqCst))
    }

    pub(crate) fn later(&self, millis: i64) {
        self.clock.fetch_add(millis, Ordering::SeqCst);
    }

    /// Makes an integration of `acme` and returns its id.
    pub(crate) async fn okta(&self) -> String {
        self.connect("acme", "Okta").await
    }

    pub(crate) async fn connect(&self, tenant: &str, name: &str) -> String {
        let made = self
            .manage
            .connect(&TenantId::new(tenant), name, "okta", None)
            .await
            .unwrap();
        made.integration.id.to_string()
    }

    /// Calls with the key and a JSON body; `Value::Null` is none.
    pub(crate) async fn call(&self, method: &str, path: &str, body: Value) -> Reply {
        let text = if body.is_null() {
            String::new()
        } else {
            body.to_string()
        };
        let auth = format!("Bearer {}", self.key.expose());
        let kind = if path.contains("/import") || path.contains("/pages") {
            "application/x-ndjson"
        } else {
            "application/json"
        };
        self.send(
            method,
            path,
            &[("authorization", &auth), ("content-type", kind)],
            text,
        )
        .await
    }

    pub(crate) async fn get(&self, path: &str) -> Reply {
        self.call("GET", path, Value::Null).await
    }

    pub(crate) async fn send(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: impl Into<Bytes>,
    ) -> Reply {
        send(&self.api, method, path, headers, body).await
    }

    /// Calls and compares: the answer has at least what `wanted` has.
    #[track_caller]
    pub(crate) fn check(
        &self,
        method: &'static str,
        path: &str,
        body: Value,
        status: u16,
        wanted: Value,
    ) -> impl Future<Output = Reply> {
        let (path, caller) = (path.to_owned(), std::panic::Location::caller());
        async move {
            let reply = self.call(method, &path, body).await;
            let fits = reply.status.as_u16() == status && has(&reply.body, &wanted);
            assert!(
                fits,
                "{caller}: {method} {path}\nwanted {status} {wanted}\nfound {} {:#}",
                reply.status, reply.body
            );
            reply
        }
    }

    /// Writes a person as a provider would.
    pub(crate) async fn person(&self, integration: &str, name: &str) -> String {
        let user = json!({
            "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
            "userName": format!("{name}@acme.com"), "externalId": format!("ext-{name}"),
            "name": {"givenName": name, "familyName": "Ruiz"},
            "emails": [{"type": "work", "value": format!("{name}@acme.com")}],
            "timezone": "Europe/London", "active": true,
        });
        self.write(
            integration,
            &format!("u-{integration}-{name}"),
            "User",
            user,
            vec![],
        )
        .await
    }

    /// Writes a group as a provider would.
    pub(crate) async fn group(&self, integration: &str, name: &str, members: &[&str]) -> String {
        let group = json!({
            "schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"], "displayName": name,
        });
        let members = members.iter().map(ToString::to_string).collect();
        self.write(
            integration,
            &format!("g-{integration}-{name}"),
            "Group",
            group,
            members,
        )
        .await
    }

    async fn write(
        &self,
        integration: &str,
        id: &str,
        kind: &str,
        body: Value,
        link: Vec<String>,
    ) -> String {
        let schemas = Schemas::standard();
        let kind = schemas.named(kind).unwrap().clone();
        let document = Document::read(&kind, body, Mode::Strict).unwrap().document;
        let links = LinkPlan {
            link,
            ..LinkPlan::default()
        };
        let draft = Draft {
            id: ResourceId::new(id).unwrap(),
            document,
            links,
        };
        self.store(integration)
            .await
            .create(kind, draft, self.cause())
            .await
            .unwrap();
        id.to_owned()
    }

    /// The desk of the job.
    pub(crate) fn manage_desk(&self) -> &Desk<MemoryDirectories, MemoryLedger> {
        self.job.desk()
    }

    /// Deletes a person as a provider would.
    pub(crate) async fn leave(&self, integration: &str, id: &str) {
        self.delete(integration, "User", id).await;
    }

    /// Deletes a group as a provider would.
    pub(crate) async fn delete_group(&self, integration: &str, id: &str) {
        self.delete(integration, "Group", id).await;
    }

    async fn delete(&self, integration: &str, kind: &str, id: &str) {
        let cause = Cause {
            request: RequestId::new(format!("req_of_{id}")),
            ..self.cause()
        };
        let kind = Schemas::standard().named(kind).unwrap().clone();
        let target = Target {
            kind,
            id: ResourceId::new(id).unwrap(),
        };
        self.store(integration)
            .await
            .delete(target, Expected::Any, cause)
            .await
            .unwrap();
    }

    fn cause(&self) -> Cause {
        Cause {
            request: RequestId::new("req_1"),
            at: self.now(),
            unique: Vec::new(),
            want: Want::Omit,
            note: None,
        }
    }

    async fn store(&self, integration: &str) -> <MemoryDirectories as Directories>::Store {
        self.directories
            .open(&DirectoryId::new(integration))
            .await
            .unwrap()
    }

    /// Writes a line of the request log.
    pub(crate) async fn note(&self, integration: &str, id: &str, status: u16, line: &str) {
        let note = Note {
            id: RequestId::new(id),
            at: self.now(),
            subject: Some(ResourceId::new("u-1").unwrap()),
            status,
            body: Bytes::copy_from_slice(line.as_bytes()),
        };
        self.store(integration)
            .await
            .append(vec![note])
            .await
            .unwrap();
    }

    /// Lets an hour go by, with the job at work.
    pub(crate) async fn settle(&self) {
        for _ in 0..60 {
            self.later(60_000);
            self.job.stir(self.everything().await);
            self.job.turn(self.now()).await.unwrap();
        }
        self.bell.ring();
    }

    async fn everything(&self) -> Vec<DirectoryId> {
        let mut all = Vec::new();
        for tenant in ["acme", "globex"] {
            all.extend(
                self.tenants
                    .integrations(&TenantId::new(tenant))
                    .await
                    .unwrap(),
            );
        }
        all.into_iter().map(|integration| integration.id).collect()
    }
}

/// Sends one request to the service.
pub(crate) async fn send(
    api: &Api,
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
    body: impl Into<Bytes>,
) -> Reply {
    let mut request = Request::new(Full::new(body.into()));
    *request.method_mut() = Method::from_bytes(method.as_bytes()).unwrap();
    *request.uri_mut() = path.parse().unwrap();
    for (name, value) in headers {
        let name: http::HeaderName = name.parse().unwrap();
        request.headers_mut().append(name, value.parse().unwrap());
    }
    let (parts, body) = api.respond(request).await.into_parts();
    let bytes = body.collect().await.unwrap().to_bytes();
    let body = if bytes.is_empty() {
        Value::Null
    } else {
        let text = || Value::from(String::from_utf8_lossy(&bytes).into_owned());
        serde_json::from_slice(&bytes).unwrap_or_else(|_| text())
    };
    // A HEAD has the headers of an answer without the answer.
    if method != "HEAD" {
        openapi::check(method, path, parts.status.as_u16(), &parts.headers, &body);
    }
    Reply {
        status: parts.status,
        headers: parts.headers,
        body,
    }
}

/// Tells whether `found` has all of `wanted`; lists are compared whole, `"…"` is anything but null.
pub(crate) fn has(found: &Value, wanted: &Value) -> bool {
    match (found, wanted) {
        (found, Value::String(any)) if any == "…" => !found.is_null(),
        (Value::Object(found), Value::Object(wanted)) => wanted
            .iter()
            .all(|(key, wanted)| found.get(key).is_some_and(|found| has(found, wanted))),
        (Value::Array(found), Value::Array(wanted)) => {
            found.len() == wanted.len() && found.iter().zip(wanted).all(|(f, w)| has(f, w))
        }
        (found, wanted) => found == wanted,
    }
}

/// Makes what a refusal has at least.
pub(crate) fn refused(code: &str, detail: &str) -> Value {
    let kind = format!("urn:enroll:problem:{code}");
    json!({"type": kind, "title": "…", "status": "…", "code": code, "detail": detail})
}
