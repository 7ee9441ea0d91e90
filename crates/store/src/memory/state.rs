//! The maps, and the writes that keep them together.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use bytes::Bytes;
use enroll_filter::{LinkPlan, Plan};
use enroll_schema::{AttrId, Document, ResourceId, ResourceType, Timestamp, Version};

use crate::{
    Cause, Change, Dated, Draft, Expected, Lane, Manager, Note, NoteKey, Record, Result, Revision,
    StoreError, Target, Touched, Want, What, Write, Written, index,
};

/// Everything of one directory. A row is the place of a resource in the order of creation.
#[derive(Clone, Debug, Default)]
pub(super) struct State {
    pub(super) rows: BTreeMap<i64, Stored>,
    pub(super) ids: BTreeMap<ResourceId, i64>,
    /// Rows by attribute path and key.
    pub(super) index: BTreeMap<(String, String), BTreeSet<i64>>,
    /// Rows of groups with pending references.
    pub(super) waiting: BTreeSet<i64>,
    pub(super) gone: BTreeSet<ResourceId>,
    pub(super) last_row: i64,
    pub(super) changes: Vec<Change>,
    pub(super) notes: VecDeque<(NoteKey, Note)>,
    last_note: i64,
}

/// One resource.
#[derive(Clone, Debug)]
pub(super) struct Stored {
    pub(super) kind: ResourceType,
    pub(super) id: ResourceId,
    pub(super) version: Version,
    pub(super) created: Timestamp,
    pub(super) modified: Timestamp,
    pub(super) document: Document,
    pub(super) members: BTreeSet<i64>,
    pub(super) pending: BTreeMap<String, Timestamp>,
}

impl State {
    pub(super) fn row(&self, target: &Target) -> Option<i64> {
        let row = *self.ids.get(&target.id)?;
        (self.rows.get(&row)?.kind == target.kind).then_some(row)
    }

    pub(super) fn record(&self, row: i64, want: Want) -> Option<Record> {
        let stored = self.rows.get(&row)?;
        Some(Record {
            kind: stored.kind.clone(),
            id: stored.id.clone(),
            version: stored.version,
            created: stored.created,
            modified: stored.modified,
            document: Bytes::from(stored.document.to_bytes()),
            links: self.links(row).wanted(want),
            manager: self.manager(stored),
        })
    }

    fn manager(&self, stored: &Stored) -> Option<Manager> {
        let id = ResourceId::new(index::manager(stored.document.as_map())?).ok()?;
        let manager = self.rows.get(self.ids.get(&id)?)?;
        (manager.kind.name() == "User").then(|| Manager::of(manager.document.as_map()))
    }

    pub(super) fn create(
        &mut self,
        kind: ResourceType,
        draft: Draft,
        cause: &Cause,
    ) -> Result<Written> {
        if self.ids.contains_key(&draft.id) || self.gone.contains(&draft.id) {
            return Err(StoreError::IdTaken);
        }
        self.check_unique(&kind, None, &draft.document, &cause.unique)?;
        let row = self.last_row + 1;
        self.insert(
            row,
            Stored {
                kind,
                id: draft.id,
                version: Version(1),
                created: cause.at,
                modified: cause.at,
                document: draft.document,
                members: BTreeSet::new(),
                pending: BTreeMap::new(),
            },
        );
        let linked = match self.link(row, &draft.links, cause.at) {
            Ok(linked) => linked,
            Err(error) => {
                self.remove(row);
                return Err(error);
            }
        };
        self.last_row = row;
        let revision = self.change(row, What::Created, linked.touched, None, cause);
        let about = self.rows.get(&row).map(binds).unwrap_or_default();
        self.bind(&about, cause);
        Ok(self.written(row, Some(revision), linked.before, linked.pending, cause))
    }

    pub(super) fn replace(
        &mut self,
        target: &Target,
        expected: &Expected,
        draft: Draft,
        cause: &Cause,
    ) -> Result<Written> {
        let row = self.expect(target, expected)?;
        self.update(row, draft.document, &draft.links, cause)
    }

    pub(super) fn patch(
        &mut self,
        target: &Target,
        expected: &Expected,
        plan: &Plan,
        cause: &Cause,
    ) -> Result<Written> {
        let row = self.expect(target, expected)?;
        let stored = self.rows.get(&row).ok_or(StoreError::NotFound)?;
        let document = plan.apply(&stored.kind, stored.id.as_str(), &stored.document)?;
        self.update(row, document, plan.links(), cause)
    }

    fn update(
        &mut self,
        row: i64,
        document: Document,
        links: &LinkPlan,
        cause: &Cause,
    ) -> Result<Written> {
        let stored = self.rows.get(&row).ok_or(StoreError::NotFound)?;
        let (kind, before) = (stored.kind.clone(), stored.document.clone());
        self.check_unique(&kind, Some(&before), &document, &cause.unique)?;
        let linked = self.link(row, links, cause.at)?;
        if !linked.changed && before.to_bytes() == document.to_bytes() {
            return Ok(self.written(row, None, linked.before, linked.pending, cause));
        }
        let mut about = external(&before);
        about.extend(external(&document));
        self.set_document(row, document);
        self.raise(row, cause.at);
        let revision = self.change(row, What::Updated, linked.touched, Some(&before), cause);
        self.bind(&about, cause);
        Ok(self.written(row, Some(revision), linked.before, linked.pending, cause))
    }

    pub(super) fn delete(
        &mut self,
        target: &Target,
        expected: &Expected,
        cause: &Cause,
    ) -> Result<Written> {
        let row = self.expect(target, expected)?;
        let group = self.is_group(row);
        let touched = if group { Touched::All } else { Touched::None };
        let revision = self.change(row, What::Deleted, touched, None, cause);
        let Some(stored) = self.remove(row) else {
            return Err(StoreError::NotFound);
        };
        self.gone.insert(stored.id.clone());
        for group in self.groups_holding(row) {
            if let Some(holder) = self.rows.get_mut(&group) {
                holder.members.remove(&row);
            }
            self.raise(group, cause.at);
            let touched = Touched::Members(vec![stored.id.as_str().to_owned()]);
            self.change(group, What::Updated, touched, None, cause);
        }
        self.bind(&external(&stored.document), cause);
        if let Some(note) = &cause.note {
            self.note(note.committed(revision));
        }
        let none = Vec::new();
        Ok(Written {
            record: None,
            changed: true,
            revision: Some(revision),
            before: none.clone(),
            pending: none,
        })
    }

    pub(super) fn batch(
        &mut self,
        units: Vec<Vec<Write>>,
        errors_max: Option<u32>,
    ) -> Vec<Vec<Result<Written>>> {
        let mut answers = Vec::new();
        let mut errors = 0;
        for unit in units {
            let answer = self.unit(unit);
            errors += u32::from(answer.iter().any(Result::is_err));
            answers.push(answer);
            if errors_max.is_some_and(|most| errors > 0 && errors >= most) {
                break;
            }
        }
        answers
    }

    /// Does all writes of a unit or, by going back to a copy, none.
    fn unit(&mut self, unit: Vec<Write>) -> Vec<Result<Written>> {
        let size = unit.len();
        let copy = (size > 1).then(|| self.clone());
        let mut answers = Vec::new();
        for (place, write) in unit.into_iter().enumerate() {
            match self.run(write) {
                Ok(written) => answers.push(Ok(written)),
                Err(error) => {
                    let mut fallen: Vec<_> = (0..size).map(|_| Err(StoreError::Undone)).collect();
                    fallen.splice(place..=place, [Err(error)]);
                    if let Some(copy) = copy {
                        *self = copy;
                    }
                    return fallen;
                }
            }
        }
        answers
    }

    pub(super) fn run(&mut self, write: Write) -> Result<Written> {
        match write {
            Write::Create(kind, draft, cause) => self.create(kind, draft, &cause),
            Write::Replace(target, expected, draft, cause) => {
                self.replace(&target, &expected, draft, &cause)
            }
            Write::Patch(target, expected, plan, cause) => {
                self.patch(&target, &expected, &plan, &cause)
            }
            Write::Delete(target, expected, cause) => self.delete(&target, &expected, &cause),
        }
    }

    fn expect(&self, target: &Target, expected: &Expected) -> Result<i64> {
        let row = self.row(target).ok_or(StoreError::NotFound)?;
        let stored = self.rows.get(&row).ok_or(StoreError::NotFound)?;
        expected.check(stored.version)?;
        Ok(row)
    }

    fn check_unique(
        &self,
        kind: &ResourceType,
        before: Option<&Document>,
        after: &Document,
        unique: &[AttrId],
    ) -> Result<()> {
        for attribute in unique {
            let keys = |document: &Document| index::keys(kind, *attribute, document.as_map());
            let old = before.map(keys).unwrap_or_default();
            let new: Vec<_> = keys(after)
                .into_iter()
                .filter(|key| !old.contains(key))
                .collect();
            let others = || self.rows.values().filter(|other| other.kind == *kind);
            let taken = |key: &String| match self.by_key(kind, *attribute, key) {
                Some(rows) => !rows.is_empty(),
                None => others().any(|other| keys(&other.document).contains(key)),
            };
            if new.iter().any(taken) {
                let attribute = kind.path(*attribute);
                return Err(StoreError::Taken {
                    kind: kind.name().to_owned(),
                    attribute,
                });
            }
        }
        Ok(())
    }

    /// Returns the rows of `kind` with this key; `None` if the attribute is not indexed.
    pub(super) fn by_key(
        &self,
        kind: &ResourceType,
        attribute: AttrId,
        key: &str,
    ) -> Option<BTreeSet<i64>> {
        if !index::has(kind, attribute) {
            return None;
        }
        let rows = self.index.get(&(kind.path(attribute), key.to_owned()));
        let of_kind = |row: &&i64| {
            self.rows
                .get(row)
                .is_some_and(|stored| stored.kind == *kind)
        };
        Some(
            rows.into_iter()
                .flatten()
                .filter(of_kind)
                .copied()
                .collect(),
        )
    }

    fn insert(&mut self, row: i64, stored: Stored) {
        for place in places(&stored) {
            self.index.entry(place).or_default().insert(row);
        }
        self.ids.insert(stored.id.clone(), row);
        if !stored.pending.is_empty() {
            self.waiting.insert(row);
        }
        self.rows.insert(row, stored);
    }

    fn remove(&mut self, row: i64) -> Option<Stored> {
        let stored = self.rows.remove(&row)?;
        self.waiting.remove(&row);
        self.ids.remove(&stored.id);
        for place in places(&stored) {
            if let Some(rows) = self.index.get_mut(&place) {
                rows.remove(&row);
            }
        }
        Some(stored)
    }

    fn set_document(&mut self, row: i64, document: Document) {
        if let Some(stored) = self.remove(row) {
            self.insert(row, Stored { document, ..stored });
        }
    }

    /// Gives a resource its next version.
    pub(super) fn raise(&mut self, row: i64, at: Timestamp) {
        if let Some(stored) = self.rows.get_mut(&row) {
            stored.version = Version(stored.version.0 + 1);
            stored.modified = at;
        }
    }

    pub(super) fn dated(&mut self, dates: &[Dated]) {
        for dated in dates {
            let row = self.row(&dated.target);
            if let Some(stored) = row.and_then(|row| self.rows.get_mut(&row)) {
                (stored.created, stored.modified) = (dated.created, dated.modified);
            }
        }
    }

    pub(super) fn head(&self) -> Revision {
        self.changes
            .last()
            .map_or(Revision(0), |change| change.revision)
    }

    pub(super) fn change(
        &mut self,
        row: i64,
        what: What,
        touched: Touched,
        before: Option<&Document>,
        cause: &Cause,
    ) -> Revision {
        self.expire(cause.at);
        let revision = Revision(self.head().0 + 1);
        if let Some(stored) = self.rows.get(&row) {
            let after = (what != What::Deleted).then_some(&stored.document);
            self.changes.push(Change {
                revision,
                kind: stored.kind.name().to_owned(),
                id: stored.id.clone(),
                what,
                touched,
                request: cause.request.clone(),
                at: cause.at,
                lane: Lane::of(stored.kind.name(), before, after),
            });
        }
        revision
    }

    pub(super) fn note(&mut self, note: Note) {
        self.last_note += 1;
        self.notes.push_back((NoteKey(self.last_note), note));
    }

    fn written(
        &mut self,
        row: i64,
        revision: Option<Revision>,
        before: Vec<String>,
        pending: Vec<String>,
        cause: &Cause,
    ) -> Written {
        let changed = revision.is_some();
        if let (Some(revision), Some(note)) = (revision, &cause.note) {
            self.note(note.committed(revision));
        }
        Written {
            record: self.record(row, cause.want),
            changed,
            revision,
            before,
            pending,
        }
    }
}

/// The places of a resource in the index.
fn places(stored: &Stored) -> impl Iterator<Item = (String, String)> {
    index::attributes(&stored.kind)
        .into_iter()
        .flat_map(|attribute| {
            let path = stored.kind.path(attribute);
            let keys = index::keys(&stored.kind, attribute, stored.document.as_map());
            keys.into_iter().map(move |key| (path.clone(), key))
        })
}

/// The values by which pending references may name a new resource.
fn binds(stored: &Stored) -> BTreeSet<String> {
    let mut values = external(&stored.document);
    values.insert(stored.id.as_str().to_owned());
    values
}

fn external(document: &Document) -> BTreeSet<String> {
    let text = document
        .as_map()
        .get("externalId")
        .and_then(serde_json::Value::as_str);
    text.into_iter().map(str::to_owned).collect()
}
