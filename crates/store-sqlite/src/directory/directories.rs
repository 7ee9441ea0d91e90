//! All directories of the file: opening them, and telling which have news.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use enroll_store::{DirectoryId, Result};
use rusqlite::Connection;
use tokio::sync::Notify;

use crate::fault::Fault;

/// What all handles know of the directories.
#[derive(Debug, Default)]
pub(crate) struct Shared {
    keys: Mutex<BTreeMap<DirectoryId, i64>>,
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
        let mut statement = connection.prepare("SELECT id, key FROM directory")?;
        let rows = statement.query_map([], |row| {
            Ok((DirectoryId::new(row.get::<_, String>(0)?), row.get(1)?))
        })?;
        let keys = rows.collect::<rusqlite::Result<BTreeMap<_, _>>>()?;
        let ids = Mutex::new(keys.keys().cloned().collect());
        let stirred = Arc::new(Stirred {
            ids,
            news: Notify::new(),
        });
        Ok(Self {
            keys: Mutex::new(keys),
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

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
