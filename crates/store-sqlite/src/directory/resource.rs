//! Resources as rows: reading, writing, counting, and noticing damage.

use bytes::Bytes;
use enroll_schema::{Document, Relation, ResourceId, ResourceType, Timestamp, Version};
use enroll_store::{Dated, Links, Manager, Record, StoreError, index};
use rusqlite::{Row, ToSql};
use serde_json::{Map, Value};

use super::{
    sql,
    tx::{Done, Tx},
};
use crate::fault::Failure;

/// A resource with what only this crate knows of it.
#[derive(Clone, Debug)]
pub(super) struct Stored {
    pub(super) row: i64,
    pub(super) record: Record,
    /// `None` for what has no members.
    pub(super) group: Option<Group>,
}

/// The membership of a group, in short.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Group {
    pub(super) row: i64,
    /// Links of other generations are dead.
    pub(super) generation: i64,
    pub(super) members: u64,
    /// How many of the members are groups.
    pub(super) nested: u64,
}

impl Stored {
    /// Reads the columns of [`sql::RECORD_BY_ID`] and its kin, and checks the document.
    pub(super) fn read(kind: &ResourceType, columns: &Row<'_>) -> Done<Self> {
        let row = columns.get(0)?;
        let text: String = columns.get(1)?;
        let id = ResourceId::new(&text).map_err(|_| damaged(kind, &text))?;
        let document = columns
            .get_ref(9)?
            .as_blob()
            .map_err(rusqlite::Error::from)?;
        if checksum(&text, document) != columns.get::<_, i64>(8)? {
            return Err(damaged(kind, &text));
        }
        let group = match columns.get::<_, Option<i64>>(5)? {
            None => None,
            Some(generation) => Some(Group {
                row,
                generation,
                members: columns.get(6)?,
                nested: columns.get(7)?,
            }),
        };
        let managed: bool = columns.get(10)?;
        let display_name = columns.get(11)?;
        let manager = managed.then_some(Manager { display_name });
        let record = Record {
            kind: kind.clone(),
            id,
            version: Version(columns.get(2)?),
            created: Timestamp::from_millis(columns.get(3)?),
            modified: Timestamp::from_millis(columns.get(4)?),
            document: Bytes::copy_from_slice(document),
            links: Links::Omitted,
            manager,
        };
        Ok(Self { row, record, group })
    }

    /// Returns the document.
    pub(super) fn document(&self) -> Done<Document> {
        let Record {
            kind, id, document, ..
        } = &self.record;
        Document::from_bytes(document).map_err(|_| damaged(kind, id.as_str()))
    }
}

fn damaged(kind: &ResourceType, id: &str) -> Failure<StoreError> {
    tracing::error!(
        kind = kind.name(),
        id,
        "a stored document is not what was written"
    );
    StoreError::Damaged(format!("{} {id}", kind.name())).into()
}

impl Tx<'_> {
    pub(super) fn stored(&self, kind: &ResourceType, id: &ResourceId) -> Done<Option<Stored>> {
        self.stored_by(kind, sql::RECORD_BY_ID, &id.as_str())
    }

    pub(super) fn stored_at(&self, kind: &ResourceType, row: i64) -> Done<Option<Stored>> {
        self.stored_by(kind, sql::RECORD_BY_ROW, &row)
    }

    fn stored_by(&self, kind: &ResourceType, sql: &str, by: &dyn ToSql) -> Done<Option<Stored>> {
        self.one(sql, &[by, &kind.name()], |columns| {
            Ok(Stored::read(kind, columns))
        })?
        .transpose()
    }

    /// Reads up to `most` resources after (or, backwards, before) a row.
    pub(super) fn stored_from(
        &self,
        kind: &ResourceType,
        sql: &str,
        row: i64,
        most: u32,
    ) -> Done<Vec<Stored>> {
        let read = |columns: &Row<'_>| Ok(Stored::read(kind, columns));
        self.all(sql, &[&kind.name(), &row, &most], read)?
            .into_iter()
            .collect()
    }

    /// Tells whether an id is, or ever was, in use.
    pub(super) fn knows(&self, id: &ResourceId) -> Done<bool> {
        self.value(sql::ID_KNOWN, &[&id.as_str()])
    }

    pub(super) fn count(&self, kind: &ResourceType) -> Done<u64> {
        Ok(self
            .one(sql::COUNT, &[&kind.name()], |row| row.get(0))?
            .unwrap_or(0))
    }

    /// Adds a resource of version 1 and returns its row.
    pub(super) fn add_resource(
        &self,
        kind: &ResourceType,
        id: &ResourceId,
        document: &Document,
        at: Timestamp,
    ) -> Done<i64> {
        let shown = Shown::of(id, document);
        let generation = kind.related(Relation::Members).map(|_| 0_i64);
        let row = self.add(
            sql::RESOURCE_ADD,
            &[
                &kind.name(),
                &id.as_str(),
                &at.as_millis(),
                &generation,
                &shown.name,
                &shown.display,
                &shown.manager,
                &shown.checksum,
                &shown.bytes,
            ],
        )?;
        self.run(sql::COUNT_ADD, &[&kind.name(), &1])?;
        Ok(row)
    }

    /// Gives a resource its next version and, if it changed, its document.
    pub(super) fn set_resource(
        &self,
        row: i64,
        group: Option<Group>,
        document: Option<(&ResourceId, &Document)>,
        at: Timestamp,
    ) -> Done<()> {
        let generation = group.map(|group| group.generation);
        let (members, nested) = group.map_or((0, 0), |group| (group.members, group.nested));
        let common: [&dyn ToSql; 5] = [&row, &at.as_millis(), &generation, &members, &nested];
        match document {
            None => self.run(sql::RESOURCE_RAISE, &common)?,
            Some((id, document)) => {
                let shown = Shown::of(id, document);
                let own: [&dyn ToSql; 5] = [
                    &shown.name,
                    &shown.display,
                    &shown.manager,
                    &shown.checksum,
                    &shown.bytes,
                ];
                self.run(sql::RESOURCE_SET, &[common, own].concat())?
            }
        };
        Ok(())
    }

    /// Sets the dates of a resource, if it is here.
    pub(super) fn dated(&self, dated: &Dated) -> Done<()> {
        let Dated {
            target,
            created,
            modified,
        } = dated;
        let (kind, id) = (target.kind.name(), target.id.as_str());
        let dates: [&dyn ToSql; 2] = [&created.as_millis(), &modified.as_millis()];
        let [created, modified] = dates;
        self.run(sql::RESOURCE_DATE, &[&id, &kind, created, modified])?;
        Ok(())
    }

    pub(super) fn drop_resource(&self, kind: &ResourceType, row: i64) -> Done<()> {
        self.run(sql::RESOURCE_DROP, &[&row])?;
        self.run(sql::COUNT_ADD, &[&kind.name(), &-1])?;
        Ok(())
    }
}

/// The columns that are read out of a document.
struct Shown<'a> {
    name: Option<&'a str>,
    display: Option<&'a str>,
    manager: Option<&'a str>,
    checksum: i64,
    bytes: Vec<u8>,
}

impl<'a> Shown<'a> {
    fn of(id: &ResourceId, document: &'a Document) -> Self {
        let map = document.as_map();
        let bytes = document.to_bytes();
        Self {
            name: text(map, "userName"),
            display: text(map, "displayName"),
            manager: index::manager(map),
            checksum: checksum(id.as_str(), &bytes),
            bytes,
        }
    }
}

/// Returns a text attribute of a document.
pub(super) fn text<'a>(map: &'a Map<String, Value>, name: &str) -> Option<&'a str> {
    map.get(name).and_then(Value::as_str)
}

/// FNV-1a over id and document: finds flipped bits and swapped rows, not an attacker.
fn checksum(id: &str, document: &[u8]) -> i64 {
    let bytes = id.as_bytes().iter().chain(&[0xff]).chain(document);
    let hash = bytes.fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
    });
    hash.cast_signed()
}
