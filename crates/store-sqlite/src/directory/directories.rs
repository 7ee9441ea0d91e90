//! All directories of the file: opening them, and telling which have news.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use enroll_store::{DirectoryId, Places, Result, StoreError};
use rusqlite::{Connection, params};
use tokio::sync::Notify;

use super::store::{Directory, SqliteStore};
use crate::{
    Sqlite,
    fault::{Failure, Fault},
    queue::Lane,
};

/// What all handles know of the directories.
#[derive(Debug, Default)]
pub(crate) struct Shared {
    known: Mutex<BTreeMap<DirectoryId, Arc<Directory>>>,
    stirred: Arc<Stirred>,
}

/// Directories with changes that nobody took yet.
#[derive(Debug, Default)]
pub(crate) struct Stirred {
    ids: Mutex<BTreeSet<DirectoryId>>,
    news: Notify,
}

impl Shared {
    /// Reads the directories of the file; all of them may have news.
    pub(crate) fn load(connection: &Connection) -> Result<Self, Fault> {
        let mut statement = connection.prepare("SELECT id FROM directory")?;
        let ids = statement.query_map([], |row| Ok(DirectoryId::new(row.get::<_, String>(0)?)))?;
        let ids = Mutex::new(ids.collect::<rusqlite::Result<_>>()?);
        let stirred = Arc::new(Stirred {
            ids,
            news: Notify::new(),
        });
        Ok(Self {
            known: Mutex::default(),
            stirred,
        })
    }
}

impl Stirred {
    /// Says that `id` has news.
    pub(crate) fn mark(&self, id: &DirectoryId) {
        if lock(&self.ids).insert(id.clone()) {
            self.news.notify_one();
        }
    }

    async fn take(&self) -> Vec<DirectoryId> {
        loop {
            let ids = std::mem::take(&mut *lock(&self.ids));
            if !ids.is_empty() {
                return ids.into_iter().collect();
            }
            self.news.notified().await;
        }
    }
}

impl enroll_store::Directories for Sqlite {
    type Store = SqliteStore;

    async fn open(&self, id: &DirectoryId) -> Result<SqliteStore> {
        let shared = &self.0.directories;
        let known = lock(&shared.known).get(id).cloned();
        if let Some(directory) = known {
            return Ok(SqliteStore::new(self.clone(), directory));
        }
        let new = id.clone();
        let key = self
            .0
            .writer
            .run(Lane::Ledger, move |tx| key_of(tx, &new))
            .await?;
        let opened = || {
            let (id, stirred) = (id.clone(), Arc::clone(&shared.stirred));
            Arc::new(Directory {
                id,
                key,
                places: Places::default(),
                stirred,
            })
        };
        let directory = Arc::clone(lock(&shared.known).entry(id.clone()).or_insert_with(opened));
        Ok(SqliteStore::new(self.clone(), directory))
    }

    async fn stirred(&self) -> Result<Vec<DirectoryId>> {
        Ok(self.0.directories.stirred.take().await)
    }
}

fn key_of(tx: &Connection, id: &DirectoryId) -> Result<i64, Failure<StoreError>> {
    let sql = "INSERT OR IGNORE INTO directory (id) VALUES (?1)";
    tx.prepare_cached(sql)?.execute(params![id.as_str()])?;
    let sql = "SELECT key FROM directory WHERE id = ?1";
    Ok(tx
        .prepare_cached(sql)?
        .query_row(params![id.as_str()], |row| row.get(0))?)
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
