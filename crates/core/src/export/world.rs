//! What was there before a recorded request, as far as it mattered to it.

use std::collections::{BTreeMap, BTreeSet};

use enroll_filter::Filter;
use enroll_schema::{Document, ResourceId, ResourceType};
use enroll_store::{
    Journal, Links, Note, NoteFilter, NoteKey, Query, Record, Rehearse, Result, Store, Target,
    Want, Window,
};
use serde_json::{Map, Value};

use super::play::Sandbox;
use crate::{call::Call, directory::Directory, replay::Recorded, route};

/// Most earlier requests about the resource that are read to learn what it was.
const HISTORY_MAX: u32 = 1_000;
/// How many of those are read at a time, and about how many bytes of them are kept.
const HISTORY_PAGE: u32 = 50;
const HISTORY_BYTES_MAX: usize = 16 << 20;
/// Most values of a request that are looked up as ids.
const NAMED_MAX: usize = 200;
/// Most resources that a search found and that are taken along.
const FOUND_MAX: usize = 10;

/// A resource that was there.
#[derive(Clone, Debug)]
pub(super) struct Stock {
    pub(super) kind: ResourceType,
    pub(super) id: ResourceId,
    pub(super) document: Map<String, Value>,
    /// Member values, pending ones included.
    pub(super) members: Vec<String>,
}

/// Finds what a request met.
#[derive(Debug)]
pub(super) struct Finder<'a, S> {
    pub(super) directory: &'a Directory<S>,
    pub(super) key: NoteKey,
    pub(super) note: &'a Note,
    pub(super) recorded: &'a Recorded,
}

impl<S: Journal + Rehearse> Finder<'_, S> {
    /// Returns the resource that the request is about, as it was, and what else the request names.
    pub(super) async fn world(&self) -> Result<Vec<Stock>> {
        let mut all: Vec<Stock> = self.subject().await?.into_iter().collect();
        let mut names = named(&self.recorded.call);
        // What the resource itself names matters as far as the request names it too.
        for stock in &mut all {
            let is_named = |value: &String| names.contains(value);
            let (named, others): (Vec<_>, Vec<_>) = stock.members.drain(..).partition(is_named);
            stock.members = named;
            stock.members.extend(others.into_iter().take(OTHERS_MAX));
        }
        names.extend(all.iter().flat_map(|stock| stock.members.clone()));
        names.extend(all.iter().filter_map(manager));
        let known: BTreeSet<ResourceId> = all.iter().map(|stock| stock.id.clone()).collect();
        let mut others = BTreeMap::new();
        for name in names.iter().take(NAMED_MAX) {
            for record in self.called(name).await? {
                others.insert(record.id.clone(), stub(&record));
            }
        }
        for record in self.listed().await? {
            others.insert(record.id.clone(), whole(&record));
        }
        all.extend(
            others
                .into_values()
                .filter(|stock| !known.contains(&stock.id)),
        );
        Ok(all)
    }

    /// Returns the resource that the path names, as the requests before left it.
    async fn subject(&self) -> Result<Option<Stock>> {
        let method = self.recorded.call.method.as_str();
        let Some(id) = self.note.subject.clone().filter(|_| method != "POST") else {
            return Ok(None);
        };
        let earlier = self.earlier(&id).await?;
        let created = earlier
            .iter()
            .any(|(status, told)| told.call.method == "POST" && *status == 201);
        if created {
            let sandbox = Sandbox::new(self.directory.core(), self.note.at);
            for (_, told) in &earlier {
                sandbox.next_id(&id);
                sandbox.directory.handle(&told.call).await;
            }
            return sandbox.stock(&id).await;
        }
        let mut found = self.with_id(&id).await?.as_ref().map(whole);
        if let Some(stock) = &mut found {
            let target = Target {
                kind: stock.kind.clone(),
                id: stock.id.clone(),
            };
            let waiting = self.directory.store().pending(Some(target), 1_000).await?;
            stock
                .members
                .extend(waiting.into_iter().map(|pending| pending.value));
        }
        Ok(found)
    }

    /// Reads the writes about a resource that came before and succeeded, oldest first, each with its
    /// status; of a long history only the newest.
    async fn earlier(&self, id: &ResourceId) -> Result<Vec<(u16, Recorded)>> {
        let store = self.directory.store();
        let (mut found, mut before, mut bytes, mut read) = (Vec::new(), self.key, 0, 0);
        while read < HISTORY_MAX && bytes < HISTORY_BYTES_MAX {
            let filter = NoteFilter {
                subject: Some(id.clone()),
                ..NoteFilter::default()
            };
            let page = store.notes(filter, Some(before), HISTORY_PAGE).await?;
            let Some((last, _)) = page.last() else { break };
            before = *last;
            read += HISTORY_PAGE;
            for (_, note) in page.iter().filter(|(_, note)| note.status < 300) {
                let told = Recorded::read(note).ok();
                let told = told.filter(|told| told.call.method != "GET");
                bytes += told.as_ref().map_or(0, |_| note.body.len());
                found.extend(told.map(|told| (note.status, told)));
            }
        }
        found.reverse();
        Ok(found)
    }

    /// Reads what was there with this id, or with this externalId.
    async fn called(&self, name: &str) -> Result<Vec<Record>> {
        let Ok(id) = ResourceId::new(name) else {
            return Ok(Vec::new());
        };
        let mut found: Vec<Record> = self.with_id(&id).await?.into_iter().collect();
        if found.is_empty() {
            found.extend(self.gone(&id).await?);
        }
        if !found.is_empty() {
            return Ok(found);
        }
        let text = format!("externalId eq {}", Value::from(name));
        let Ok(filter) = text.parse::<Filter>() else {
            return Ok(found);
        };
        let kinds = self.directory.core().schemas().types().iter();
        let branches = kinds.filter_map(|kind| Some((kind.clone(), Some(filter.bind(kind).ok()?))));
        let query = Query {
            branches: branches.collect(),
            sort: None,
            window: Window::Index(1),
            count: 2,
            want: Want::UpTo(0),
            total: false,
        };
        let page = self.directory.store().find(query).await?;
        Ok(page
            .records
            .into_iter()
            .filter(|r| self.was_there(r))
            .collect())
    }

    async fn with_id(&self, id: &ResourceId) -> Result<Option<Record>> {
        for kind in self.directory.core().schemas().types() {
            let target = Target {
                kind: kind.clone(),
                id: id.clone(),
            };
            let found = self
                .directory
                .store()
                .get(target, Want::UpTo(1_000))
                .await?;
            if let Some(record) = found {
                return Ok(Some(record).filter(|record| self.was_there(record)));
            }
        }
        Ok(None)
    }

    /// Reads what was there and has been deleted since, from the request that created it.
    async fn gone(&self, id: &ResourceId) -> Result<Option<Record>> {
        let earlier = self.earlier(id).await?;
        let is_made = earlier.iter().any(|(_, told)| told.call.method == "POST");
        if !is_made {
            return Ok(None);
        }
        let sandbox = Sandbox::new(self.directory.core(), self.note.at);
        for (_, told) in &earlier {
            sandbox.next_id(id);
            sandbox.directory.handle(&told.call).await;
        }
        sandbox.record(id).await
    }

    fn was_there(&self, record: &Record) -> bool {
        record.created <= self.note.at
    }

    /// Reads what a search finds today.
    async fn listed(&self) -> Result<Vec<Record>> {
        let call = &self.recorded.call;
        let is_search = call.method == "GET" || call.path.ends_with("/.search");
        if !is_search || self.note.subject.is_some() || self.note.status != 200 {
            return Ok(Vec::new());
        }
        let reply = self.directory.handle(call).await;
        let body = reply.body.collect().await.unwrap_or_default();
        let body: Value = serde_json::from_slice(&body).unwrap_or_default();
        let found = body.get("Resources").and_then(Value::as_array);
        let mut records = Vec::new();
        for resource in found.into_iter().flatten().take(FOUND_MAX) {
            let id = resource
                .get("id")
                .and_then(Value::as_str)
                .unwrap_or_default();
            if let Ok(id) = ResourceId::new(id) {
                records.extend(self.with_id(&id).await?);
            }
        }
        Ok(records)
    }
}

/// Most members that a group keeps though the request does not name them.
const OTHERS_MAX: usize = 3;

fn manager(stock: &Stock) -> Option<String> {
    let mut extensions = stock.document.values();
    let manager = extensions.find_map(|value| value.get("manager"))?;
    Some(manager.get("value")?.as_str()?.to_owned())
}

/// Collects every text of a request that could be an id.
fn named(call: &Call) -> BTreeSet<String> {
    let mut texts = Vec::new();
    texts.extend(route::decode(&call.path).map(std::borrow::Cow::into_owned));
    let query = call.query.as_deref().unwrap_or_default();
    texts.extend(
        enroll_quirks::query::pairs(query)
            .into_iter()
            .map(|(_, value)| value),
    );
    let body: Value = serde_json::from_slice(&call.body).unwrap_or_default();
    let mut open = vec![body];
    while let Some(value) = open.pop() {
        match value {
            Value::String(text) => texts.push(text),
            Value::Array(list) => open.extend(list),
            Value::Object(members) => {
                for (name, value) in members {
                    texts.push(name);
                    open.push(value);
                }
            }
            _ => {}
        }
    }
    let parts = texts.iter().flat_map(|text| text.split(['"', '/', '\'']));
    let mut names: BTreeSet<String> = parts.map(str::to_owned).collect();
    names.extend(texts);
    names.remove("");
    names
}

/// Takes what names a resource, and nothing else of it.
fn stub(record: &Record) -> Stock {
    let stock = whole(record);
    let named = ["schemas", "userName", "displayName", "externalId", "active"];
    let mut document = stock.document;
    document.retain(|name, _| named.contains(&name.as_str()));
    document.insert(
        "schemas".to_owned(),
        Value::from(vec![record.kind.schema().as_str()]),
    );
    Stock {
        document,
        members: Vec::new(),
        ..stock
    }
}

fn whole(record: &Record) -> Stock {
    let document = Document::from_bytes(&record.document).map(Document::into_map);
    let members = match &record.links {
        Links::All(links) if record.kind.name() == "Group" => links.as_slice(),
        _ => &[],
    };
    Stock {
        kind: record.kind.clone(),
        id: record.id.clone(),
        document: document.unwrap_or_default(),
        members: members.iter().map(|link| link.id.to_string()).collect(),
    }
}

impl Sandbox {
    /// Reads a resource with its members and with those that wait.
    async fn stock(&self, id: &ResourceId) -> Result<Option<Stock>> {
        let Some(record) = self.record(id).await? else {
            return Ok(None);
        };
        let target = Target {
            kind: record.kind.clone(),
            id: id.clone(),
        };
        let waiting = self.directory.store().pending(Some(target), 1_000).await?;
        let mut stock = whole(&record);
        stock
            .members
            .extend(waiting.into_iter().map(|pending| pending.value));
        Ok(Some(stock))
    }

    async fn record(&self, id: &ResourceId) -> Result<Option<Record>> {
        for kind in self.directory.core().schemas().types() {
            let target = Target {
                kind: kind.clone(),
                id: id.clone(),
            };
            let found = self
                .directory
                .store()
                .get(target, Want::UpTo(1_000))
                .await?;
            if found.is_some() {
                return Ok(found);
            }
        }
        Ok(None)
    }
}
