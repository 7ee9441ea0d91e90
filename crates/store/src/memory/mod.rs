//! The reference store: plain maps behind one lock; it defines the contract.

mod find;
mod links;
mod news;
mod rehearse;
mod state;

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use enroll_filter::Plan;
use enroll_schema::{ResourceType, Timestamp};

use self::{news::News, state::State};
use crate::{
    Cause, Changes, Dated, Directories, DirectoryId, Draft, Expected, Feed, Journal, LinkKey,
    LinkPage, Note, NoteFilter, NoteKey, Page, Pending, Places, Query, Record, Result, Revision,
    Store, Target, Want, Write, Written,
};

/// A directory in memory: complete, simple, and gone when the last clone is.
///
/// It is what tests and the simulation use, and what every other store is compared with. Look-ups by
/// `userName`, `externalId`, `displayName` and e-mail address use a map; all else reads everything.
#[derive(Clone, Debug, Default)]
pub struct Memory {
    state: Arc<Mutex<State>>,
    places: Arc<Places>,
    news: Option<(DirectoryId, Arc<News>)>,
}

/// Directories in memory.
#[derive(Clone, Debug, Default)]
pub struct MemoryDirectories {
    all: Arc<Mutex<BTreeMap<DirectoryId, Memory>>>,
    news: Arc<News>,
}

impl Memory {
    /// Makes an empty directory.
    pub fn new() -> Self {
        Self::default()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // A panic inside left at worst a refused write half done in a test that fails anyway.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn write<T>(&self, job: impl FnOnce(&mut State) -> T) -> T {
        let mut state = self.state();
        let before = state.head();
        let done = job(&mut state);
        let after = state.head();
        drop(state);
        if let Some((id, news)) = self.news.as_ref().filter(|_| after > before) {
            news.mark(id);
        }
        done
    }
}

impl Store for Memory {
    async fn get(&self, target: Target, want: Want) -> Result<Option<Record>> {
        let state = self.state();
        Ok(state.row(&target).and_then(|row| state.record(row, want)))
    }

    async fn find(&self, query: Query) -> Result<Page> {
        let window = self.places.resume(&query);
        let page = self.state().find(&Query {
            window,
            ..query.clone()
        })?;
        self.places.remember(&query, &page);
        Ok(page)
    }

    async fn create(&self, kind: ResourceType, draft: Draft, cause: Cause) -> Result<Written> {
        self.write(|state| state.create(kind, draft, &cause))
    }

    async fn replace(
        &self,
        target: Target,
        expected: Expected,
        draft: Draft,
        cause: Cause,
    ) -> Result<Written> {
        self.write(|state| state.replace(&target, &expected, draft, &cause))
    }

    async fn delete(&self, target: Target, expected: Expected, cause: Cause) -> Result<Written> {
        self.write(|state| state.delete(&target, &expected, &cause))
    }

    async fn patch(
        &self,
        target: Target,
        expected: Expected,
        plan: Arc<Plan>,
        cause: Cause,
    ) -> Result<Written> {
        self.write(|state| state.patch(&target, &expected, &plan, &cause))
    }

    async fn links(&self, target: Target, after: LinkKey, most: u32) -> Result<LinkPage> {
        self.state().link_page(&target, after, most)
    }

    async fn batch(
        &self,
        units: Vec<Vec<Write>>,
        errors_max: Option<u32>,
    ) -> Vec<Vec<Result<Written>>> {
        self.write(|state| state.batch(units, errors_max))
    }

    async fn pending(&self, group: Option<Target>, most: u32) -> Result<Vec<Pending>> {
        Ok(self.state().pending(group.as_ref(), most))
    }

    async fn dated(&self, dates: Vec<Dated>) -> Result<bool> {
        self.state().dated(&dates);
        Ok(true)
    }
}

impl Feed for Memory {
    async fn changes(&self, after: Revision, most: u32) -> Result<Changes> {
        let state = self.state();
        let later = state
            .changes
            .iter()
            .filter(|change| change.revision > after);
        Ok(Changes {
            changes: later.take(most as usize).cloned().collect(),
            head: state.head(),
        })
    }
}

impl Journal for Memory {
    async fn append(&self, notes: Vec<Note>) -> Result<()> {
        let mut state = self.state();
        for note in notes {
            state.note(note);
        }
        Ok(())
    }

    async fn notes(
        &self,
        filter: NoteFilter,
        before: Option<NoteKey>,
        most: u32,
    ) -> Result<Vec<(NoteKey, Note)>> {
        let state = self.state();
        let older = state
            .notes
            .iter()
            .rev()
            .filter(|(key, _)| before.is_none_or(|b| *key < b));
        let wanted = older.filter(|(_, note)| filter.wants(note));
        Ok(wanted.take(most as usize).cloned().collect())
    }

    async fn forget(&self, before: Timestamp, bytes_max: u64) -> Result<u64> {
        let mut state = self.state();
        let mut bytes: u64 = state
            .notes
            .iter()
            .map(|(_, note)| note.body.len() as u64)
            .sum();
        let mut gone = 0;
        while let Some((_, oldest)) = state.notes.front() {
            if oldest.at >= before && bytes <= bytes_max {
                break;
            }
            bytes -= oldest.body.len() as u64;
            state.notes.pop_front();
            gone += 1;
        }
        Ok(gone)
    }
}

impl NoteFilter {
    /// Tells whether a note is listed.
    pub fn wants(&self, note: &Note) -> bool {
        self.id.as_ref().is_none_or(|id| note.id == *id)
            && self
                .subject
                .as_ref()
                .is_none_or(|subject| note.subject.as_ref() == Some(subject))
            && (!self.refused || note.status >= 400)
    }
}

impl Directories for MemoryDirectories {
    type Store = Memory;

    async fn open(&self, id: &DirectoryId) -> Result<Memory> {
        let mut all = self.all.lock().unwrap_or_else(PoisonError::into_inner);
        let news = Some((id.clone(), Arc::clone(&self.news)));
        let new = || Memory {
            news,
            ..Memory::default()
        };
        Ok(all.entry(id.clone()).or_insert_with(new).clone())
    }

    async fn stirred(&self) -> Result<Vec<DirectoryId>> {
        Ok(self.news.take().await)
    }
}
