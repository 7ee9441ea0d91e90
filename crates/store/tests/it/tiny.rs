//! A store with the required methods only: users in a vector and their names in a map.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
};

use bytes::Bytes;
use enroll_schema::{AttrId, ResourceId, ResourceType, Version};
use enroll_store::{
    Cause, Draft, Expected, Links, Manager, Page, Places, Query, Record, Result, Store, StoreError,
    Target, Want, Written, index,
};

#[derive(Clone, Debug, Default)]
pub(crate) struct Tiny {
    users: Arc<Mutex<Users>>,
    places: Arc<Places>,
    /// Whether it reads everybody to find one, which the suite must notice.
    scans: bool,
}

#[derive(Debug, Default)]
struct Users {
    /// At the place of their row; `None` of the version where one was deleted.
    rows: Vec<(Record, bool)>,
    names: BTreeMap<String, usize>,
}

impl Tiny {
    pub(crate) fn scanning() -> Self {
        Self {
            scans: true,
            ..Self::default()
        }
    }
}

impl Users {
    fn row(&self, target: &Target) -> Result<usize> {
        let is = |(record, here): &(Record, bool)| {
            *here && record.id == target.id && record.kind == target.kind
        };
        self.rows.iter().position(is).ok_or(StoreError::NotFound)
    }

    fn here(&self) -> impl Iterator<Item = (usize, &Record)> {
        let rows = self.rows.iter().enumerate().filter(|(_, (_, here))| *here);
        rows.map(|(row, (record, _))| (row, record))
    }

    fn by_key(&self, kind: &ResourceType, attribute: AttrId, key: &str) -> Vec<usize> {
        if Some(attribute) == kind.find(None, "userName") {
            return self.names.get(key).copied().into_iter().collect();
        }
        let has = |record: &Record| keys(record, attribute).iter().any(|own| own == key);
        self.here()
            .filter(|(_, record)| has(record))
            .map(|(row, _)| row)
            .collect()
    }

    fn check(&self, kind: &ResourceType, draft: &Draft, cause: &Cause) -> Result<()> {
        cause.check_unique(kind, draft, |attribute, key| {
            let rows = self.by_key(kind, attribute, key).into_iter();
            Ok(rows.map(|row| self.numbered(row)).collect())
        })
    }

    fn numbered(&self, row: usize) -> (i64, Record) {
        let number = i64::try_from(row).unwrap();
        (number, self.record(row, Want::UpTo(0)))
    }

    fn set(&mut self, row: usize, record: Record) {
        self.names.retain(|_, owner| *owner != row);
        let name = record.kind.find(None, "userName").unwrap();
        self.names
            .extend(keys(&record, name).into_iter().map(|key| (key, row)));
        self.rows[row].0 = record;
    }

    fn record(&self, row: usize, want: Want) -> Record {
        let record = self.rows[row].0.clone().limited(want);
        let document = record.resource().unwrap();
        let id = index::manager(&document).and_then(|id| ResourceId::new(id).ok());
        let boss = self
            .here()
            .find(|(_, other)| Some(&other.id) == id.as_ref());
        Record {
            manager: boss.map(|(_, boss)| Manager::of(&boss.resource().unwrap())),
            ..record
        }
    }

    fn written(&self, row: usize, changed: bool, cause: &Cause) -> Written {
        Written::plain(Some(self.record(row, cause.want)), changed, cause)
    }
}

fn keys(record: &Record, attribute: AttrId) -> Vec<String> {
    index::keys(&record.kind, attribute, &record.resource().unwrap())
}

impl Store for Tiny {
    async fn get(&self, target: Target, want: Want) -> Result<Option<Record>> {
        let users = self.users.lock().unwrap();
        Ok(users.row(&target).ok().map(|row| users.record(row, want)))
    }

    async fn find(&self, query: Query) -> Result<Page> {
        let users = self.users.lock().unwrap();
        let rows = match query.pinned().filter(|_| !self.scans) {
            Some((kind, attribute, key)) => users.by_key(kind, attribute, key),
            None => users.here().map(|(row, _)| row).collect(),
        };
        let found = rows.into_iter().map(|row| users.numbered(row));
        self.places.page(&query, found)
    }

    async fn create(&self, kind: ResourceType, draft: Draft, cause: Cause) -> Result<Written> {
        let mut users = self.users.lock().unwrap();
        if users.rows.iter().any(|(record, _)| record.id == draft.id) {
            return Err(StoreError::IdTaken);
        }
        users.check(&kind, &draft, &cause)?;
        let record = Record {
            kind,
            id: draft.id,
            version: Version(1),
            created: cause.at,
            modified: cause.at,
            document: Bytes::from(draft.document.to_bytes()),
            links: Links::All(Vec::new()),
            manager: None,
        };
        let row = users.rows.len();
        users.rows.push((record.clone(), true));
        users.set(row, record);
        Ok(users.written(row, true, &cause))
    }

    async fn replace(
        &self,
        target: Target,
        expected: Expected,
        draft: Draft,
        cause: Cause,
    ) -> Result<Written> {
        let mut users = self.users.lock().unwrap();
        let row = users.row(&target)?;
        let old = users.rows[row].0.clone();
        expected.check(old.version)?;
        let id = target.id.clone();
        let draft = Draft { id, ..draft };
        users.check(&target.kind, &draft, &cause)?;
        let document = Bytes::from(draft.document.to_bytes());
        let changed = document != old.document;
        if changed {
            let version = Version(old.version.0 + 1);
            users.set(
                row,
                Record {
                    document,
                    version,
                    modified: cause.at,
                    ..old
                },
            );
        }
        Ok(users.written(row, changed, &cause))
    }

    async fn delete(&self, target: Target, expected: Expected, cause: Cause) -> Result<Written> {
        let mut users = self.users.lock().unwrap();
        let row = users.row(&target)?;
        expected.check(users.rows[row].0.version)?;
        users.rows[row].1 = false;
        users.names.retain(|_, owner| *owner != row);
        Ok(Written::plain(None, true, &cause))
    }
}
