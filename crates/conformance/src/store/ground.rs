//! What the cases stand on: drafts from JSON, causes with their own time, short names for calls.

use std::{
    cell::Cell,
    future::{Future, poll_fn},
    pin::Pin,
    sync::Arc,
    task::Poll,
};

use enroll_filter::{Filter, LinkPlan, Patch, Plan, Predicate, patch::Leniency};
use enroll_schema::{
    AttrId, Document, Mode, ResourceId, ResourceType, Schemas, Timestamp, Version,
};
use enroll_store::{
    Cause, Draft, Expected, Links, Note, Page, Query, Record, RequestId, Result, Sort, Store,
    Target, Want, Window, Written,
};
use serde_json::{Value, json};

/// A store under test, with a clock that moves a second with every call.
#[derive(Debug)]
pub struct Ground<S> {
    /// The store.
    pub store: S,
    /// User with the enterprise extension, and Group.
    pub schemas: Schemas,
    second: Cell<i64>,
}

impl<S: Store> Ground<S> {
    /// Stands on an empty store.
    pub fn new(store: S) -> Self {
        Self {
            store,
            schemas: Schemas::standard(),
            second: Cell::new(1_700_000_000),
        }
    }

    /// Returns the resource type.
    pub fn kind(&self, name: &str) -> ResourceType {
        self.schemas.named(name).unwrap().clone()
    }

    /// Returns the attribute at `path` (`name`, or `name.sub`) of a type.
    pub fn attribute(&self, kind: &str, path: &str) -> AttrId {
        let kind = self.kind(kind);
        match path.split_once('.') {
            None => kind.find(None, path).unwrap(),
            Some((top, sub)) => kind.find_sub(kind.find(None, top).unwrap(), sub).unwrap(),
        }
    }

    /// Lets time pass.
    pub fn days_later(&self, days: i64) {
        self.second.set(self.second.get() + days * 86_400);
    }

    /// Returns a cause of its own, with the attributes that a directory keeps unique.
    pub fn cause(&self) -> Cause {
        self.second.set(self.second.get() + 1);
        let second = self.second.get();
        Cause {
            request: RequestId::new(format!("req_{second}")),
            at: Timestamp::from_millis(second * 1_000),
            unique: vec![self.attribute("User", "userName")],
            want: Want::UpTo(1_000),
            note: None,
        }
    }

    /// Returns a cause with a note.
    pub fn noted(&self, status: u16, subject: Option<&str>) -> Cause {
        let cause = self.cause();
        let note = Note {
            id: cause.request.clone(),
            at: cause.at,
            subject: subject.map(id),
            status,
            body: bytes(&format!(r#"{{"note":"{}"}}"#, cause.request)),
        };
        Cause {
            note: Some(note),
            ..cause
        }
    }

    /// Makes a draft from a body as it is sent, links included.
    pub fn draft(&self, kind: &str, name: &str, body: Value) -> Draft {
        let incoming = Document::read(&self.kind(kind), body, Mode::Lenient).unwrap();
        let link = incoming.links.unwrap_or_default();
        Draft {
            id: id(name),
            document: incoming.document,
            links: LinkPlan {
                link,
                ..LinkPlan::default()
            },
        }
    }

    /// Makes a draft of a user whose id is its name; `more` is merged into its body.
    pub fn user(&self, name: &str, more: Value) -> Draft {
        self.user_called(name, name, more)
    }

    /// Makes a draft of a user with an id and a userName.
    pub fn user_called(&self, name: &str, user_name: &str, more: Value) -> Draft {
        let schema = self.kind("User").schema().as_str().to_owned();
        let mut body = json!({"schemas": [schema], "userName": user_name});
        merge(&mut body, more);
        self.draft("User", name, body)
    }

    /// Makes a draft of a group.
    pub fn group(&self, name: &str, members: &[&str]) -> Draft {
        let members: Vec<_> = members
            .iter()
            .map(|value| json!({ "value": value }))
            .collect();
        let schema = self.kind("Group").schema().as_str().to_owned();
        let body = json!({"schemas": [schema], "displayName": name, "members": members});
        self.draft("Group", name, body)
    }

    /// Creates a user; the id is the name.
    pub async fn add_user(&self, name: &str, more: Value) -> Written {
        let draft = self.user(name, more);
        self.store
            .create(self.kind("User"), draft, self.cause())
            .await
            .unwrap()
    }

    /// Creates users without more to them.
    pub async fn add_users(&self, names: &[&str]) {
        for name in names {
            self.add_user(name, json!({})).await;
        }
    }

    /// Creates a group; the id is the name.
    pub async fn add_group(&self, name: &str, members: &[&str]) -> Written {
        let draft = self.group(name, members);
        self.store
            .create(self.kind("Group"), draft, self.cause())
            .await
            .unwrap()
    }

    /// Reads a resource with up to a thousand links.
    pub async fn read(&self, kind: &str, name: &str) -> Option<Record> {
        self.store
            .get(self.target(kind, name), Want::UpTo(1_000))
            .await
            .unwrap()
    }

    /// Returns the version.
    pub async fn version(&self, kind: &str, name: &str) -> u64 {
        self.read(kind, name).await.unwrap().version.0
    }

    /// Returns the ids a resource is linked to, in order.
    pub async fn links(&self, kind: &str, name: &str) -> Vec<String> {
        ids(&self.read(kind, name).await.unwrap().links)
    }

    /// Names a resource.
    pub fn target(&self, kind: &str, name: &str) -> Target {
        Target {
            kind: self.kind(kind),
            id: id(name),
        }
    }

    /// Compiles PATCH operations.
    pub fn plan(&self, kind: &str, operations: &Value) -> Arc<Plan> {
        let schema = "urn:ietf:params:scim:api:messages:2.0:PatchOp";
        let body = json!({"schemas": [schema], "Operations": operations});
        let patch = Patch::read(body, false).unwrap();
        Arc::new(Plan::compile(&self.kind(kind), &patch, Leniency::default()).unwrap())
    }

    /// Applies PATCH operations.
    pub async fn patch(&self, kind: &str, name: &str, operations: Value) -> Result<Written> {
        let plan = self.plan(kind, &operations);
        let target = self.target(kind, name);
        self.store
            .patch(target, Expected::Any, plan, self.cause())
            .await
    }

    /// Puts a draft in the place of what is there.
    pub async fn put(&self, kind: &str, draft: Draft) -> Result<Written> {
        let target = Target {
            kind: self.kind(kind),
            id: draft.id.clone(),
        };
        let links = LinkPlan {
            clear: true,
            ..draft.links
        };
        let draft = Draft { links, ..draft };
        self.store
            .replace(target, Expected::Any, draft, self.cause())
            .await
    }

    /// Does a link plan and changes nothing else.
    pub async fn link(&self, name: &str, links: LinkPlan) -> Result<Written> {
        let before = self.read("Group", name).await.unwrap();
        let document = Document::from_bytes(&before.document).unwrap();
        let draft = Draft {
            id: id(name),
            document,
            links,
        };
        self.store
            .replace(
                self.target("Group", name),
                Expected::Any,
                draft,
                self.cause(),
            )
            .await
    }

    /// Deletes a resource.
    pub async fn delete(&self, kind: &str, name: &str) -> Result<Written> {
        self.store
            .delete(self.target(kind, name), Expected::Any, self.cause())
            .await
    }

    /// Binds a filter.
    pub fn predicate(&self, kind: &str, filter: &str) -> Predicate {
        let filter: Filter = filter.parse().unwrap();
        filter.bind(&self.kind(kind)).unwrap()
    }

    /// Returns a search over one type, first thousand, with total.
    pub fn query(&self, kind: &str, filter: &str) -> Query {
        let predicate = (!filter.is_empty()).then(|| self.predicate(kind, filter));
        Query {
            branches: vec![(self.kind(kind), predicate)],
            sort: None,
            window: Window::Index(1),
            count: 1_000,
            want: Want::UpTo(1_000),
            total: true,
        }
    }

    /// Searches and returns the ids found.
    pub async fn found(&self, kind: &str, filter: &str) -> Vec<String> {
        let page = self.store.find(self.query(kind, filter)).await.unwrap();
        assert_eq!(
            page.total,
            Some(page.records.len() as u64),
            "total of {filter:?}"
        );
        names(&page)
    }

    /// Searches sorted and returns the ids found.
    pub async fn sorted(&self, kind: &str, sort: Sort) -> Vec<String> {
        let query = Query {
            sort: Some(sort),
            ..self.query(kind, "")
        };
        names(&self.store.find(query).await.unwrap())
    }
}

/// Makes an id.
pub fn id(name: &str) -> ResourceId {
    ResourceId::new(name).unwrap()
}

/// Returns the ids of a page.
pub fn names(page: &Page) -> Vec<String> {
    assert_eq!(page.records.len(), page.keys.len());
    page.records
        .iter()
        .map(|record| record.id.as_str().to_owned())
        .collect()
}

/// Returns the ids of links.
pub fn ids(links: &Links) -> Vec<String> {
    links
        .as_slice()
        .iter()
        .map(|link| link.id.as_str().to_owned())
        .collect()
}

/// Expects one of these versions.
pub fn versions(versions: &[u64]) -> Expected {
    Expected::OneOf(versions.iter().copied().map(Version).collect())
}

/// Reads the stored document.
pub fn body(record: &Record) -> Value {
    serde_json::from_slice(&record.document).unwrap()
}

fn bytes<B: From<String>>(text: &str) -> B {
    text.to_owned().into()
}

fn merge(body: &mut Value, more: Value) {
    if let (Value::Object(body), Value::Object(more)) = (body, more) {
        body.extend(more);
    }
}

/// Waits for all futures at once, on the caller's own task.
pub async fn join_all<T>(futures: impl IntoIterator<Item = impl Future<Output = T>>) -> Vec<T> {
    let mut waiting: Vec<(Pin<Box<_>>, Option<T>)> = futures
        .into_iter()
        .map(|future| (Box::pin(future), None))
        .collect();
    poll_fn(|context| {
        for (future, done) in waiting.iter_mut().filter(|(_, done)| done.is_none()) {
            if let Poll::Ready(value) = future.as_mut().poll(context) {
                *done = Some(value);
            }
        }
        if waiting.iter().any(|(_, done)| done.is_none()) {
            return Poll::Pending;
        }
        Poll::Ready(
            waiting
                .iter_mut()
                .filter_map(|(_, done)| done.take())
                .collect(),
        )
    })
    .await
}
