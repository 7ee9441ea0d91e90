//! One directory of the file as a store.

mod rehearse;

use std::{fmt, sync::Arc};

use enroll_filter::Plan;
use enroll_schema::{ResourceType, Timestamp};
use enroll_store::{
    Cause, Changes, Dated, DirectoryId, Draft, Expected, Feed, Journal, LinkKey, LinkPage, Links,
    Note, NoteFilter, NoteKey, Page, Pending, Places, Query, Record, Result, Revision, Store,
    StoreError, Target, Want, Write, Written,
};

use super::{
    directories::Stirred,
    find,
    tx::{Done, Tx},
    write::Units,
};
use crate::{
    Sqlite,
    fault::{Failure, Fault},
    queue::Lane,
};

/// Links up to which a resource is read where it is asked for; more go to a reading thread.
const LINKS_HERE_MAX: u32 = 64;

/// Rows that one turn of a batch counts as: what fits into the writer's 5 ms.
const TURN_ROWS_MAX: u64 = 512;

/// One directory of a [`Sqlite`] database; a cheap handle.
#[derive(Clone)]
pub struct SqliteStore {
    database: Sqlite,
    directory: Arc<Directory>,
}

/// What all handles of a directory share.
#[derive(Debug)]
pub(crate) struct Directory {
    pub(crate) id: DirectoryId,
    pub(crate) key: i64,
    pub(crate) places: Places,
    pub(crate) stirred: Arc<Stirred>,
}

impl fmt::Debug for SqliteStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("SqliteStore")
            .field(&self.directory.id)
            .finish()
    }
}

impl SqliteStore {
    pub(crate) fn new(database: Sqlite, directory: Arc<Directory>) -> Self {
        Self {
            database,
            directory,
        }
    }

    fn lane(&self) -> Lane {
        Lane::Scim(self.directory.key)
    }

    /// Runs a read of a few rows.
    fn here<T>(&self, job: impl FnOnce(&Tx<'_>) -> Done<T>) -> Result<T> {
        let dir = self.directory.key;
        self.database.0.readers.here(|sql| job(&Tx::new(sql, dir)))
    }

    /// Runs a read that may take long.
    async fn read<T: Send + 'static>(
        &self,
        job: impl FnOnce(&Tx<'_>) -> Done<T> + Send + 'static,
    ) -> Result<T> {
        let dir = self.directory.key;
        self.database
            .0
            .readers
            .run(move |sql| job(&Tx::new(sql, dir)))
            .await
    }

    async fn write(
        &self,
        rows: usize,
        job: impl FnOnce(&Tx<'_>) -> Done<Written> + Send + 'static,
    ) -> Result<Written> {
        let directory = Arc::clone(&self.directory);
        let dir = directory.key;
        let stir = move |written: &Written| {
            if written.changed {
                directory.stirred.mark(&directory.id);
            }
        };
        let job = move |sql: &rusqlite::Connection| job(&Tx::new(sql, dir));
        self.database
            .0
            .writer
            .run_then(self.lane(), weight(rows), job, stir)
            .await
    }
}

/// Estimates the rows of a write with so many links.
fn weight(links: usize) -> u64 {
    8 + links as u64
}

fn links_of(plan: &enroll_filter::LinkPlan) -> usize {
    plan.require.len() + plan.unlink.len() + plan.link.len()
}

fn links_of_write(write: &Write) -> usize {
    match write {
        Write::Create(_, draft, _) | Write::Replace(_, _, draft, _) => links_of(&draft.links),
        Write::Patch(_, _, plan, _) => links_of(plan.links()),
        Write::Delete(..) => 0,
    }
}

impl Store for SqliteStore {
    async fn get(&self, target: Target, want: Want) -> Result<Option<Record>> {
        let stored = self.here(|tx| {
            let Some(stored) = tx.stored(&target.kind, &target.id)? else {
                return Ok(None);
            };
            let many = stored
                .group
                .is_some_and(|g| g.members > u64::from(LINKS_HERE_MAX));
            let links = if many && want != Want::Omit {
                None
            } else {
                Some(tx.links(&stored, want)?)
            };
            Ok(Some((stored.record, links)))
        })?;
        match stored {
            None => Ok(None),
            Some((record, Some(links))) => Ok(Some(Record { links, ..record })),
            Some((_, None)) => {
                self.read(move |tx| {
                    let stored = tx.stored(&target.kind, &target.id)?;
                    stored.map(|stored| tx.with_links(stored, want)).transpose()
                })
                .await
            }
        }
    }

    async fn find(&self, query: Query) -> Result<Page> {
        let window = self.directory.places.resume(&query);
        let asked = Query {
            window,
            ..query.clone()
        };
        let page = if find::is_short(&query) {
            self.here(|tx| tx.find(&asked))?
        } else {
            self.read(move |tx| tx.find(&asked)).await?
        };
        self.directory.places.remember(&query, &page);
        Ok(page)
    }

    async fn create(&self, kind: ResourceType, draft: Draft, cause: Cause) -> Result<Written> {
        let links = links_of(&draft.links);
        self.write(links, move |tx| tx.create(&kind, &draft, &cause))
            .await
    }

    async fn replace(
        &self,
        target: Target,
        expected: Expected,
        draft: Draft,
        cause: Cause,
    ) -> Result<Written> {
        let links = links_of(&draft.links);
        self.write(links, move |tx| {
            tx.replace(&target, &expected, &draft, &cause)
        })
        .await
    }

    async fn delete(&self, target: Target, expected: Expected, cause: Cause) -> Result<Written> {
        self.write(0, move |tx| tx.delete(&target, &expected, &cause))
            .await
    }

    async fn patch(
        &self,
        target: Target,
        expected: Expected,
        plan: Arc<Plan>,
        cause: Cause,
    ) -> Result<Written> {
        let links = links_of(plan.links());
        self.write(links, move |tx| tx.patch(&target, &expected, &plan, &cause))
            .await
    }

    async fn links(&self, target: Target, after: LinkKey, most: u32) -> Result<LinkPage> {
        let page = move |tx: &Tx<'_>| {
            let stored = tx
                .stored(&target.kind, &target.id)?
                .ok_or(StoreError::NotFound)?;
            tx.link_page(&stored, after, most)
        };
        if most <= LINKS_HERE_MAX {
            self.here(page)
        } else {
            self.read(page).await
        }
    }

    async fn batch(
        &self,
        units: Vec<Vec<Write>>,
        mut errors_max: Option<u32>,
    ) -> Vec<Vec<Result<Written>>> {
        let mut rest = units;
        let mut answers = Vec::new();
        while !rest.is_empty() {
            let sizes: Vec<usize> = rest.iter().map(Vec::len).collect();
            match self.some_units(std::mem::take(&mut rest), errors_max).await {
                Ok(done) => {
                    answers.extend(done.answers);
                    (rest, errors_max) = (done.rest, done.errors_left);
                }
                Err(fault) => {
                    let lost = |_| Err(StoreError::from(fault.clone()));
                    answers.extend(sizes.into_iter().map(|size| (0..size).map(lost).collect()));
                }
            }
        }
        answers
    }

    async fn pending(&self, group: Option<Target>, most: u32) -> Result<Vec<Pending>> {
        self.read(move |tx| match group {
            None => tx.pending(None, most),
            Some(target) => match tx.stored(&target.kind, &target.id)? {
                Some(stored) => tx.pending(Some(stored.row), most),
                None => Ok(Vec::new()),
            },
        })
        .await
    }

    async fn dated(&self, dates: Vec<Dated>) -> Result<bool> {
        let dir = self.directory.key;
        let job = move |sql: &rusqlite::Connection| {
            let tx = Tx::new(sql, dir);
            dates.iter().try_for_each(|dated| tx.dated(dated))
        };
        self.database.0.writer.run(self.lane(), job).await?;
        Ok(true)
    }
}

impl SqliteStore {
    /// Does the first units of a batch in one turn of the writer.
    async fn some_units(
        &self,
        units: Vec<Vec<Write>>,
        errors_max: Option<u32>,
    ) -> Result<Units, Fault> {
        let directory = Arc::clone(&self.directory);
        let dir = directory.key;
        let stir = move |units: &Units| {
            if units
                .answers
                .iter()
                .flatten()
                .flatten()
                .any(|written| written.changed)
            {
                directory.stirred.mark(&directory.id);
            }
        };
        let rows: u64 = units
            .iter()
            .flatten()
            .map(|write| weight(links_of_write(write)))
            .sum();
        let job = move |sql: &rusqlite::Connection| {
            Tx::new(sql, dir)
                .units(units, errors_max)
                .map_err(Failure::from)
        };
        self.database
            .0
            .writer
            .run_then(self.lane(), rows.min(TURN_ROWS_MAX), job, stir)
            .await
    }
}

impl Feed for SqliteStore {
    async fn changes(&self, after: Revision, most: u32) -> Result<Changes> {
        self.read(move |tx| tx.changes(after, most)).await
    }
}

impl Journal for SqliteStore {
    async fn append(&self, notes: Vec<Note>) -> Result<()> {
        let dir = self.directory.key;
        let job = move |sql: &rusqlite::Connection| {
            notes
                .iter()
                .try_for_each(|note| Tx::new(sql, dir).note(note))
        };
        self.database.0.writer.run(Lane::Notes, job).await
    }

    async fn notes(
        &self,
        filter: NoteFilter,
        before: Option<NoteKey>,
        most: u32,
    ) -> Result<Vec<(NoteKey, Note)>> {
        self.read(move |tx| tx.notes(&filter, before, most)).await
    }

    async fn forget(&self, before: Timestamp, bytes_max: u64) -> Result<u64> {
        let dir = self.directory.key;
        let mut gone = 0;
        loop {
            let turn =
                move |sql: &rusqlite::Connection| Tx::new(sql, dir).forget(before, bytes_max);
            let (some, more) = self.database.0.writer.run(Lane::Notes, turn).await?;
            gone += some;
            if !more {
                return Ok(gone);
            }
        }
    }
}

impl Tx<'_> {
    fn with_links(&self, stored: super::resource::Stored, want: Want) -> Done<Record> {
        let links: Links = self.links(&stored, want)?;
        Ok(Record {
            links,
            ..stored.record
        })
    }
}
