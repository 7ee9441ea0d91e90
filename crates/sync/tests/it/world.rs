//! A provider, a job and an application on one clock.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
};

use enroll_filter::{Leniency, LinkPlan, Patch, Plan};
use enroll_schema::{Document, Mode, ResourceId, ResourceType, Schemas, Timestamp};
use enroll_store::{
    Cause, Directories, DirectoryId, Draft, Expected, MemoryDirectories, RequestId, Store, Target,
    TenantId, Want,
};
use enroll_sync::{
    AccessGroup, Account, AccountFilter, Activity, BuiltIn, Deliver, Event, Explanation,
    Integration, Job, Ledger, MemoryLedger, Observer, Policy, Preset, Subject, SyncState,
};
use serde_json::{Value, json};

/// One tenant with integration `int_1`, hands-off policy, and the built-in sink.
pub(crate) struct World<S: Deliver<MemoryLedger> = BuiltIn> {
    pub(crate) directories: MemoryDirectories,
    pub(crate) ledger: MemoryLedger,
    pub(crate) job: Job<MemoryDirectories, MemoryLedger, S>,
    pub(crate) tenant: TenantId,
    pub(crate) integration: DirectoryId,
    pub(crate) now: Timestamp,
    pub(crate) events: Events,
    requests: u32,
}

/// What the observer heard.
#[derive(Clone, Default)]
pub(crate) struct Events(Arc<Mutex<Vec<Event>>>);

impl Observer for Events {
    fn changed(&self, event: &Event) {
        self.0.lock().unwrap().push(event.clone());
    }
}

impl Events {
    /// Takes what was heard, as `op name` lines.
    pub(crate) fn take(&self) -> Vec<String> {
        let events = std::mem::take(&mut *self.0.lock().unwrap());
        let line = |event: &Event| {
            let account = event
                .account
                .as_ref()
                .and_then(|account| account.profile.email.clone());
            let group = event.access_group.as_ref().map(|group| group.name.clone());
            let name = account.or(group).unwrap_or_default();
            format!("{} {name}", event.op.as_str())
        };
        events.iter().map(line).collect()
    }

    pub(crate) fn all(&self) -> Vec<Event> {
        self.0.lock().unwrap().clone()
    }
}

pub(crate) fn at(seconds: i64) -> Timestamp {
    Timestamp::from_millis(1_800_000_000_000 + seconds * 1_000)
}

pub(crate) fn id(text: &str) -> ResourceId {
    ResourceId::new(text).unwrap()
}

impl World {
    pub(crate) async fn new() -> Self {
        Self::with(BuiltIn, Policy::preset(Preset::HandsOff)).await
    }

    pub(crate) async fn careful() -> Self {
        Self::with(BuiltIn, Policy::default()).await
    }
}

impl World {
    /// Starts a new job over what is there, as a restart does.
    pub(crate) fn take_over(&mut self) {
        let schemas = Schemas::standard();
        let job = Job::new(
            self.directories.clone(),
            self.ledger.clone(),
            BuiltIn,
            &schemas,
        );
        self.job = job.unwrap().observed_by(self.events.clone());
    }
}

impl<S: Deliver<MemoryLedger>> World<S> {
    pub(crate) async fn with(deliver: S, policy: Policy) -> Self {
        let (directories, ledger) = (MemoryDirectories::default(), MemoryLedger::default());
        let tenant = TenantId::new("acme");
        let integration = DirectoryId::new("int_1");
        let one = Integration {
            id: integration.clone(),
            name: "Okta".into(),
            order: 0,
        };
        ledger.attach(&tenant, one, policy).await.unwrap();
        let events = Events::default();
        let schemas = Schemas::standard();
        let job = Job::new(directories.clone(), ledger.clone(), deliver, &schemas).unwrap();
        let job = job.observed_by(events.clone());
        Self {
            directories,
            ledger,
            job,
            tenant,
            integration,
            now: at(0),
            events,
            requests: 0,
        }
    }

    /// Adds a second integration to the tenant.
    pub(crate) async fn attach(&self, name: &str) -> DirectoryId {
        let id = DirectoryId::new(format!("int_{name}"));
        let one = Integration {
            id: id.clone(),
            name: name.into(),
            order: 1,
        };
        self.ledger
            .attach(&self.tenant, one, Policy::default())
            .await
            .unwrap();
        id
    }

    // What a provider does.

    pub(crate) async fn user(&mut self, name: &str, more: Value) {
        let mut body = json!({
            "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
            "userName": format!("{name}@x.example"),
            "externalId": format!("ext-{name}"),
            "name": {"givenName": name, "familyName": "Test"},
            "emails": [{"type": "work", "value": format!("{name}@x.example")}],
            "active": true,
        });
        merge(&mut body, more);
        self.create("User", name, body, Vec::new()).await;
    }

    pub(crate) async fn group(&mut self, name: &str, members: &[&str]) {
        let body = json!({
            "schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"],
            "displayName": name,
            "externalId": format!("ext-{name}"),
        });
        let members = members.iter().map(|member| (*member).to_owned()).collect();
        self.create("Group", &format!("g-{name}"), body, members)
            .await;
    }

    pub(crate) async fn create(&mut self, kind: &str, key: &str, body: Value, link: Vec<String>) {
        let kind = kind_of(kind);
        let document = Document::read(&kind, body, Mode::Lenient).unwrap().document;
        let links = LinkPlan {
            link,
            ..LinkPlan::default()
        };
        let draft = Draft {
            id: id(key),
            document,
            links,
        };
        let cause = self.cause();
        self.store().await.create(kind, draft, cause).await.unwrap();
        self.stir();
    }

    pub(crate) async fn patch(&mut self, kind: &str, key: &str, operations: Value) {
        let kind = kind_of(kind);
        let body = json!({
            "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
            "Operations": operations,
        });
        let patch = Patch::read(body, true).unwrap();
        let plan = Plan::compile(&kind, &patch, Leniency::default()).unwrap();
        let target = Target { kind, id: id(key) };
        let cause = self.cause();
        self.store()
            .await
            .patch(target, Expected::Any, Arc::new(plan), cause)
            .await
            .unwrap();
        self.stir();
    }

    pub(crate) async fn set(&mut self, user: &str, path: &str, value: Value) {
        let operation = json!([{"op": "replace", "path": path, "value": value}]);
        self.patch("User", user, operation).await;
    }

    pub(crate) async fn join(&mut self, group: &str, user: &str) {
        let operation = json!([{"op": "add", "path": "members", "value": [{"value": user}]}]);
        self.patch("Group", &format!("g-{group}"), operation).await;
    }

    pub(crate) async fn leave(&mut self, group: &str, user: &str) {
        let path = format!("members[value eq \"{user}\"]");
        let operation = json!([{"op": "remove", "path": path}]);
        self.patch("Group", &format!("g-{group}"), operation).await;
    }

    pub(crate) async fn delete(&mut self, kind: &str, key: &str) {
        let target = Target {
            kind: kind_of(kind),
            id: id(key),
        };
        let cause = self.cause();
        self.store()
            .await
            .delete(target, Expected::Any, cause)
            .await
            .unwrap();
        self.stir();
    }

    pub(crate) async fn store(&self) -> enroll_store::Memory {
        self.directories.open(&self.integration).await.unwrap()
    }

    fn cause(&mut self) -> Cause {
        self.requests += 1;
        Cause {
            request: RequestId::new(format!("req_{}", self.requests)),
            at: self.now,
            unique: Vec::new(),
            want: Want::Omit,
            note: None,
        }
    }

    fn stir(&self) {
        self.job.stir([self.integration.clone()]);
    }

    // What time does.

    pub(crate) fn pass(&mut self, seconds: i64) {
        self.now = Timestamp::from_millis(self.now.as_millis() + seconds * 1_000);
    }

    /// Takes turns at this instant until nothing is due any more.
    pub(crate) async fn turns(&mut self) -> usize {
        let mut applied = 0;
        for _ in 0..1_000 {
            let turn = self.job.turn(self.now).await.unwrap();
            applied += turn.applied;
            if turn.next_at.is_none_or(|at| at > self.now) {
                return applied;
            }
        }
        panic!("the job never comes to rest");
    }

    /// Lets time pass until the job says it has nothing to do; clocks of held items do not count.
    pub(crate) async fn settle(&mut self) {
        for _ in 0..1_000 {
            self.turns().await;
            if self.state().await.state != Activity::Running {
                return;
            }
            let turn = self.job.turn(self.now).await.unwrap();
            self.now = self.now.max(turn.next_at.unwrap());
        }
        panic!("the job never becomes idle: {:?}", self.state().await);
    }

    // What can be seen.

    pub(crate) async fn state(&self) -> SyncState {
        self.job.desk().state(&self.tenant).await.unwrap()
    }

    pub(crate) async fn accounts(&self) -> Vec<Account> {
        let filter = AccountFilter {
            most: 10_000,
            ..AccountFilter::default()
        };
        self.job
            .desk()
            .accounts(&self.tenant, filter)
            .await
            .unwrap()
    }

    /// The account of a person, by the local part of the address.
    pub(crate) async fn account(&self, name: &str) -> Account {
        let address = format!("{name}@x.example");
        let all = self.accounts().await;
        let found = all
            .iter()
            .find(|a| a.profile.email.as_deref() == Some(&address));
        found
            .unwrap_or_else(|| panic!("{name} has no account among {all:?}"))
            .clone()
    }

    pub(crate) async fn has_account(&self, name: &str) -> bool {
        let address = format!("{name}@x.example");
        self.accounts()
            .await
            .iter()
            .any(|a| a.profile.email.as_deref() == Some(&address))
    }

    /// Active people and the names of their access groups: `ada: Admins`.
    pub(crate) async fn active(&self) -> Vec<String> {
        let groups: BTreeMap<_, _> = self
            .groups()
            .await
            .into_iter()
            .map(|group| (group.group_ref, group.name))
            .collect();
        let active = self
            .accounts()
            .await
            .into_iter()
            .filter(|account| account.profile.active);
        let mut lines: Vec<_> = active
            .map(|account| {
                let name = account.profile.email.unwrap_or_default();
                let name = name.split('@').next().unwrap().to_owned();
                let inside: Vec<_> = account
                    .profile
                    .access_groups
                    .iter()
                    .map(|id| groups[id].as_str())
                    .collect();
                format!("{name}: {}", inside.join("+"))
            })
            .collect();
        lines.sort();
        lines
    }

    pub(crate) async fn groups(&self) -> Vec<AccessGroup> {
        self.job.desk().access_groups(&self.tenant).await.unwrap()
    }

    pub(crate) async fn why(&self, who: &str) -> Explanation {
        let told = self
            .job
            .desk()
            .explain(&self.tenant, who, self.now)
            .await
            .unwrap();
        told.unwrap_or_else(|| panic!("nobody knows {who}"))
    }

    pub(crate) async fn codes(&self, who: &str) -> Vec<&'static str> {
        self.why(who)
            .await
            .reasons
            .iter()
            .map(|reason| reason.code)
            .collect()
    }

    /// The codes of a group's last decision.
    pub(crate) async fn group_codes(&self, key: &str) -> Vec<&'static str> {
        let subject = Subject::group(&self.integration, &id(key));
        let known = self
            .ledger
            .known(&self.tenant, vec![subject])
            .await
            .unwrap();
        let decision = known[0]
            .decision
            .as_ref()
            .unwrap_or_else(|| panic!("{key} is undecided"));
        decision
            .item
            .reasons
            .iter()
            .map(|reason| reason.code.as_str())
            .collect()
    }

    /// The codes of the last change.
    pub(crate) fn last_codes(&self) -> Vec<&'static str> {
        let events = self.events.all();
        let reasons = events
            .last()
            .map(|event| event.reasons.clone())
            .unwrap_or_default();
        reasons.iter().map(|reason| reason.code.as_str()).collect()
    }

    pub(crate) async fn policy(&self, change: Value) {
        self.job
            .desk()
            .patch_policy(&self.tenant, &change, self.now)
            .await
            .unwrap();
    }

    pub(crate) async fn select(&self, choices: Value) {
        let choices = serde_json::from_value(choices).unwrap();
        let desk = self.job.desk();
        desk.select(&self.tenant, &self.integration, choices, self.now)
            .await
            .unwrap();
    }
}

pub(crate) fn kind_of(name: &str) -> ResourceType {
    Schemas::standard().named(name).unwrap().clone()
}

/// Lays `more` over `body`; `null` takes a member away.
fn merge(body: &mut Value, more: Value) {
    let Value::Object(more) = more else { return };
    let body = body.as_object_mut().unwrap();
    for (name, value) in more {
        match value {
            Value::Null => body.remove(&name),
            value => body.insert(name, value),
        };
    }
}
