//! An anonymised request, played on an empty directory of its own: what the case will expect.

use std::sync::{Arc, Mutex, PoisonError};

use enroll_quirks::Dialect;
use enroll_schema::{ResourceId, Timestamp};
use enroll_store::Memory;
use serde_json::{Map, Value, json};

use crate::{
    call::{Call, Headers},
    directory::{Core, Directory, Options},
};

/// An empty directory whose next id is told.
#[derive(Debug)]
pub(super) struct Sandbox {
    pub(super) directory: Directory<Memory>,
    next: Arc<Mutex<Option<ResourceId>>>,
}

impl Sandbox {
    pub(super) fn new(core: &Core, at: Timestamp) -> Self {
        let next: Arc<Mutex<Option<ResourceId>>> = Arc::default();
        let (told, made) = (Arc::clone(&next), Arc::clone(&core.options().ids));
        let ids = move || {
            let mut told = told.lock().unwrap_or_else(PoisonError::into_inner);
            told.take().unwrap_or_else(|| made())
        };
        let rules = Core::new(core.shared_schemas(), Options::new(move || at, ids));
        Self {
            directory: rules.directory(Memory::new()),
            next,
        }
    }

    /// Sets the id of the next resource that is created.
    pub(super) fn next_id(&self, id: &ResourceId) {
        let mut next = self.next.lock().unwrap_or_else(PoisonError::into_inner);
        *next = Some(id.clone());
    }
}

/// A case as far as it is written: everything but what it expects.
#[derive(Clone, Debug)]
pub(super) struct Draft {
    /// `{"resourceType", "resource"}`.
    pub(super) given: Vec<Value>,
    pub(super) method: String,
    pub(super) path: String,
    pub(super) query: Option<String>,
    pub(super) user_agent: Option<String>,
    pub(super) body: Option<Value>,
    /// The type and the id that the path names.
    pub(super) subject: Option<(String, String)>,
}

/// What came of it.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Played {
    pub(super) status: u16,
    pub(super) scim_type: Option<String>,
    pub(super) quirks: Vec<String>,
    /// What a case writes under `expect`.
    pub(super) expect: Value,
}

impl Draft {
    /// Plays it as the corpus does; the error says which resource could not be put there.
    pub(super) async fn play(
        &self,
        core: &Core,
        at: Timestamp,
        dialect: Dialect,
    ) -> Result<Played, String> {
        let sandbox = Sandbox::new(core, at);
        for given in &self.given {
            sandbox.put(given, dialect).await?;
        }
        let user_agent = self.user_agent.clone().filter(|_| dialect != Dialect::Auto);
        let call = Call {
            query: self.query.clone(),
            headers: Headers {
                content_type: Some("application/scim+json".to_owned()),
                user_agent,
                ..Headers::default()
            },
            body: self
                .body
                .as_ref()
                .map(Value::to_string)
                .unwrap_or_default()
                .into(),
            dialect,
            noted: true,
            ..Call::new(&self.method, &self.path)
        };
        let reply = sandbox.directory.handle(&call).await;
        let (status, log) = (reply.status, reply.log);
        let body = reply.body.collect().await.unwrap_or_default();
        let body: Value = serde_json::from_slice(&body).unwrap_or_default();
        let text = |name: &str| body.get(name).and_then(Value::as_str).map(str::to_owned);
        let scim_type = text("scimType").filter(|_| status >= 400);
        let quirks: Vec<String> = log.quirks.iter().map(|quirk| quirk.id.to_owned()).collect();
        let mut expect = Map::new();
        expect.insert("status".to_owned(), status.into());
        let mut set = |name: &str, value: Value| _ = expect.insert(name.to_owned(), value);
        match &scim_type {
            Some(name) => set("body", json!({"scimType": name})),
            None if status >= 400 => set("body", json!({"scimType": {"$absent": true}})),
            None if body.is_null() => set("bodyEmpty", true.into()),
            None => {}
        }
        if let Some(total) = body.get("totalResults").filter(|_| status == 200) {
            set("body", json!({"totalResults": total}));
        }
        if !quirks.is_empty() {
            set("quirks", json!(quirks));
        }
        if let Some((name, value)) = self.after(&sandbox, status, &body, dialect).await {
            set(name, value);
        }
        Ok(Played {
            status,
            scim_type,
            quirks,
            expect: Value::Object(expect),
        })
    }

    /// Reads back what the request was about.
    async fn after(
        &self,
        sandbox: &Sandbox,
        status: u16,
        answered: &Value,
        dialect: Dialect,
    ) -> Option<(&'static str, Value)> {
        if let Some((kind, id)) = &self.subject {
            return match sandbox.state(kind, id, dialect).await {
                Some(state) => {
                    let after = json!([{"resourceType": kind, "id": id, "match": state}]);
                    Some(("after", after))
                }
                None if status < 300 && self.method == "DELETE" => {
                    Some(("gone", json!([{"resourceType": kind, "id": id}])))
                }
                None => None,
            };
        }
        let id = answered
            .get("id")
            .and_then(Value::as_str)
            .filter(|_| status == 201)?;
        let kind = answered.pointer("/meta/resourceType")?.as_str()?;
        let state = sandbox.state(kind, id, dialect).await?;
        let name = ["userName", "displayName"];
        let name = name.into_iter().find(|name| state.get(*name).is_some())?;
        let find = json!({name: state.get(name)});
        let is_other = |given: &Value| {
            given.get("resourceType").and_then(Value::as_str) == Some(kind)
                && given.pointer(&format!("/resource/{name}")) == state.get(name)
        };
        // Two of that name cannot be told apart.
        if self.given.iter().any(is_other) {
            return None;
        }
        Some((
            "after",
            json!([{"resourceType": kind, "find": find, "match": state}]),
        ))
    }
}

impl Sandbox {
    /// Creates a resource as the corpus does.
    async fn put(&self, given: &Value, dialect: Dialect) -> Result<(), String> {
        let kind = given
            .get("resourceType")
            .and_then(Value::as_str)
            .unwrap_or_default();
        let mut resource = given.get("resource").cloned().unwrap_or_default();
        let id = resource
            .get("id")
            .and_then(Value::as_str)
            .map(ResourceId::new);
        if let Some(Ok(id)) = id {
            self.next_id(&id);
        }
        if let Some(members) = resource.as_object_mut() {
            members.remove("id");
        }
        let call = Call::new("POST", &format!("/{kind}s")).body(resource.to_string());
        let mut call = call.dialect(dialect);
        call.headers.content_type = Some("application/scim+json".to_owned());
        let reply = self.directory.handle(&call).await;
        if reply.status == 201 {
            return Ok(());
        }
        let error = reply.log.error.map(|error| error.detail().to_owned());
        Err(format!(
            "a {kind} that was there: {}",
            error.unwrap_or_default()
        ))
    }

    /// Reads a resource as a case expects it: what the server decides left out.
    async fn state(&self, kind: &str, id: &str, dialect: Dialect) -> Option<Value> {
        let call = Call::new("GET", &format!("/{kind}s/{id}")).dialect(dialect);
        let reply = self.directory.handle(&call).await;
        if reply.status != 200 {
            return None;
        }
        let body = reply.body.collect().await.ok()?;
        let mut state: Map<String, Value> = serde_json::from_slice(&body).ok()?;
        for name in ["id", "meta", "groups", "schemas"] {
            state.remove(name);
        }
        let value = |element: &Value| json!({"value": element.get("value")});
        for extension in state.values_mut().filter_map(Value::as_object_mut) {
            if let Some(manager) = extension.get_mut("manager").filter(|m| m.is_object()) {
                *manager = value(manager);
            }
        }
        let members = state.remove("members");
        let members: Vec<Value> = match members {
            Some(Value::Array(list)) => list.iter().map(value).collect(),
            _ => Vec::new(),
        };
        if !members.is_empty() {
            state.insert("members".to_owned(), Value::Array(members));
        } else if kind == "Group" {
            state.insert("members".to_owned(), json!({"$absent": true}));
        }
        Some(Value::Object(state))
    }
}
