//! The writes: each one savepoint of the writer's transaction.

use std::{collections::BTreeSet, time::Instant};

use enroll_filter::{LinkPlan, Plan};
use enroll_schema::{Document, ResourceId, ResourceType};
use enroll_store::{
    Cause, Draft, Expected, Lane, Result, Revision, StoreError, Target, Touched, What, Write,
    Written,
};

use super::{
    keys::{Keys, keys_of},
    plan::Linked,
    resource::{Stored, text},
    sql,
    tx::{Done, Tx},
};
use crate::{fault::Failure, writer::BATCH_TIME_MAX};

impl Linked {
    fn nothing() -> Self {
        let (before, pending) = (Vec::new(), Vec::new());
        Self {
            changed: false,
            touched: Touched::None,
            before,
            pending,
        }
    }
}

impl Tx<'_> {
    pub(super) fn create(
        &self,
        kind: &ResourceType,
        draft: &Draft,
        cause: &Cause,
    ) -> Done<Written> {
        if self.knows(&draft.id)? {
            return Err(StoreError::IdTaken.into());
        }
        self.check_unique(kind, None, &draft.document, &cause.unique)?;
        let row = self.add_resource(kind, &draft.id, &draft.document, cause.at)?;
        self.set_keys(kind, row, &Keys::new(), &keys_of(kind, &draft.document))?;
        let linked = self.link_new(kind, row, &draft.links, cause)?;
        let lane = Lane::of(kind.name(), None, Some(&draft.document));
        let what = (What::Created, &linked.touched, lane);
        let revision = self.change(kind.name(), draft.id.as_str(), what, cause)?;
        let mut values = external(&draft.document);
        values.insert(draft.id.as_str().to_owned());
        self.bind_pending(&values, cause)?;
        self.written(kind, row, Some(revision), linked, cause)
    }

    /// Links a resource that was just made; its version stays 1.
    fn link_new(
        &self,
        kind: &ResourceType,
        row: i64,
        links: &LinkPlan,
        cause: &Cause,
    ) -> Done<Linked> {
        if links.is_empty() {
            return Ok(Linked::nothing());
        }
        let stored = self.stored_at(kind, row)?.ok_or(StoreError::NotFound)?;
        let Some(mut group) = stored.group else {
            return Ok(Linked::nothing());
        };
        let linked = self.link(kind, &mut group, links, cause.at)?;
        let counts: [&dyn rusqlite::ToSql; 3] = [&row, &group.members, &group.nested];
        self.run(sql::RESOURCE_COUNT, &counts)?;
        Ok(linked)
    }

    pub(super) fn replace(
        &self,
        target: &Target,
        expected: &Expected,
        draft: &Draft,
        cause: &Cause,
    ) -> Done<Written> {
        let stored = self.expect(target, expected)?;
        self.update(&stored, Some(&draft.document), &draft.links, cause)
    }

    pub(super) fn patch(
        &self,
        target: &Target,
        expected: &Expected,
        plan: &Plan,
        cause: &Cause,
    ) -> Done<Written> {
        let stored = self.expect(target, expected)?;
        if plan.only_links() {
            return self.update(&stored, None, plan.links(), cause);
        }
        let document = plan
            .apply(&target.kind, target.id.as_str(), &stored.document()?)
            .map_err(StoreError::Patch)?;
        self.update(&stored, Some(&document), plan.links(), cause)
    }

    /// Writes a document, if one is given and differs, and does a link plan.
    fn update(
        &self,
        stored: &Stored,
        document: Option<&Document>,
        links: &LinkPlan,
        cause: &Cause,
    ) -> Done<Written> {
        let kind = &stored.record.kind;
        let document = document.filter(|new| new.to_bytes() != stored.record.document);
        let before = document.map(|_| stored.document()).transpose()?;
        if let Some(document) = document {
            self.check_unique(kind, before.as_ref(), document, &cause.unique)?;
        }
        let mut group = stored.group;
        let linked = match &mut group {
            Some(group) if !links.is_empty() => self.link(kind, group, links, cause.at)?,
            _ => Linked::nothing(),
        };
        if document.is_none() && !linked.changed {
            return self.written(kind, stored.row, None, linked, cause);
        }
        let id = &stored.record.id;
        let named = document.map(|document| (id, document));
        self.set_resource(stored.row, group, named, cause.at)?;
        let changed = before.as_ref().zip(document);
        if let Some((before, after)) = changed {
            self.set_keys(
                kind,
                stored.row,
                &keys_of(kind, before),
                &keys_of(kind, after),
            )?;
        }
        let lane = changed.map_or(Lane::Settle, |(before, after)| {
            Lane::of(kind.name(), Some(before), Some(after))
        });
        let what = (What::Updated, &linked.touched, lane);
        let revision = self.change(kind.name(), id.as_str(), what, cause)?;
        if let Some((before, after)) = changed {
            let (before, after) = (external(before), external(after));
            if before != after {
                self.bind_pending(&before.union(&after).cloned().collect(), cause)?;
            }
        }
        self.written(kind, stored.row, Some(revision), linked, cause)
    }

    pub(super) fn delete(
        &self,
        target: &Target,
        expected: &Expected,
        cause: &Cause,
    ) -> Done<Written> {
        let stored = self.expect(target, expected)?;
        let (kind, id, row) = (&target.kind, target.id.as_str(), stored.row);
        let document = stored.document()?;
        let touched = if stored.group.is_some() {
            Touched::All
        } else {
            Touched::None
        };
        let lane = Lane::of(kind.name(), None, None);
        let revision = self.change(kind.name(), id, (What::Deleted, &touched, lane), cause)?;
        self.set_keys(kind, row, &keys_of(kind, &document), &Keys::new())?;
        if let Some(mut group) = stored.group {
            self.drop_all_links(&mut group)?;
            self.run(sql::PENDING_CLEAR, &[&row])?;
        }
        self.leave_groups(&target.id, row, stored.group.is_some(), cause)?;
        self.drop_resource(kind, row)?;
        self.run(sql::GONE_ADD, &[&id, &kind.name(), &revision.0])?;
        self.bind_pending(&external(&document), cause)?;
        if let Some(note) = &cause.note {
            self.note(&note.committed(revision))?;
        }
        let (before, pending) = (Vec::new(), Vec::new());
        Ok(Written {
            record: None,
            changed: true,
            revision: Some(revision),
            before,
            pending,
        })
    }

    /// Takes a resource that goes out of its groups, whose versions rise (decision 40).
    fn leave_groups(&self, id: &ResourceId, row: i64, is_group: bool, cause: &Cause) -> Done<()> {
        for end in self.holders(row)? {
            let Some(mut group) = end.group.filter(|group| group.row != row) else {
                continue;
            };
            self.drop_link(&mut group, row, is_group)?;
            self.set_resource(group.row, Some(group), None, cause.at)?;
            let touched = Touched::Members(vec![id.as_str().to_owned()]);
            let what = (What::Updated, &touched, Lane::Settle);
            self.change(&end.link.kind, end.link.id.as_str(), what, cause)?;
        }
        Ok(())
    }

    fn expect(&self, target: &Target, expected: &Expected) -> Done<Stored> {
        let stored = self
            .stored(&target.kind, &target.id)?
            .ok_or(StoreError::NotFound)?;
        expected.check(stored.record.version)?;
        Ok(stored)
    }

    fn written(
        &self,
        kind: &ResourceType,
        row: i64,
        revision: Option<Revision>,
        linked: Linked,
        cause: &Cause,
    ) -> Done<Written> {
        if let (Some(revision), Some(note)) = (revision, &cause.note) {
            self.note(&note.committed(revision))?;
        }
        let stored = self.stored_at(kind, row)?.ok_or(StoreError::NotFound)?;
        let links = self.links(&stored, cause.want)?;
        let mut record = stored.record;
        record.links = links;
        let Linked {
            before, pending, ..
        } = linked;
        Ok(Written {
            record: Some(record),
            changed: revision.is_some(),
            revision,
            before,
            pending,
        })
    }

    /// Does units until the writer should let others in; returns their answers and the rest.
    pub(super) fn units(
        &self,
        units: Vec<Vec<Write>>,
        mut errors_left: Option<u32>,
    ) -> Done<Units> {
        let started = Instant::now();
        let mut units = units.into_iter();
        let mut answers = Vec::new();
        for unit in units.by_ref() {
            let answer = self.unit(&unit)?;
            if answer.iter().any(Result::is_err) {
                errors_left = errors_left.map(|left| left.saturating_sub(1));
            }
            let stop = errors_left == Some(0) && answer.iter().any(Result::is_err);
            answers.push(answer);
            if stop {
                return Ok(Units {
                    answers,
                    rest: Vec::new(),
                    errors_left,
                });
            }
            if started.elapsed() >= BATCH_TIME_MAX {
                break;
            }
        }
        Ok(Units {
            answers,
            rest: units.collect(),
            errors_left,
        })
    }

    /// Does all writes of a unit, or none.
    fn unit(&self, unit: &[Write]) -> Done<Vec<Result<Written>>> {
        let all = || -> Result<Vec<Written>, (usize, Failure<StoreError>)> {
            let numbered = unit.iter().enumerate();
            numbered
                .map(|(place, write)| self.write(write).map_err(|e| (place, e)))
                .collect()
        };
        Ok(match self.all_or_none(all)? {
            Ok(written) => written.into_iter().map(Ok).collect(),
            Err((_, Failure::Fault(fault))) => return Err(fault.into()),
            Err((place, Failure::Refused(error))) => {
                let mut fallen: Vec<_> = unit.iter().map(|_| Err(StoreError::Undone)).collect();
                fallen.splice(place..=place, [Err(error)]);
                fallen
            }
        })
    }

    pub(super) fn write(&self, write: &Write) -> Done<Written> {
        match write {
            Write::Create(kind, draft, cause) => self.create(kind, draft, cause),
            Write::Replace(target, expected, draft, cause) => {
                self.replace(target, expected, draft, cause)
            }
            Write::Patch(target, expected, plan, cause) => {
                self.patch(target, expected, plan, cause)
            }
            Write::Delete(target, expected, cause) => self.delete(target, expected, cause),
        }
    }
}

/// What became of the first units of a batch.
pub(super) struct Units {
    pub(super) answers: Vec<Vec<Result<Written>>>,
    pub(super) rest: Vec<Vec<Write>>,
    pub(super) errors_left: Option<u32>,
}

fn external(document: &Document) -> BTreeSet<String> {
    text(document.as_map(), "externalId")
        .into_iter()
        .map(str::to_owned)
        .collect()
}
