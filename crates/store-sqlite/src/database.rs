//! One file: its connections, and the handle that everything in this crate shares.

use std::{
    fs, io,
    path::{Path, PathBuf},
    sync::Arc,
    thread,
    time::Duration,
};

use rusqlite::{Connection, OpenFlags, config::DbConfig};

use crate::{
    directory::Shared, error::OpenError, fault::Fault, layout, readers::Readers, writer::Writer,
};

/// One database: every directory in it, its tenants and its ledger; a cheap handle.
///
/// When the last handle goes, the writer finishes what waits.
#[derive(Clone, Debug)]
pub struct Sqlite(pub(crate) Arc<Database>);

/// What the handles share.
#[derive(Debug)]
pub(crate) struct Database {
    // Fields drop in order: the readers before the writer, as in `Sqlite::close`.
    pub(crate) readers: Readers,
    pub(crate) writer: Writer,
    pub(crate) directories: Shared,
    pub(crate) tenants: crate::tenants::Generation,
    // The folder goes after the connections.
    _folder: Option<Folder>,
}

/// A folder that goes with the database.
#[derive(Debug)]
struct Folder(PathBuf);

impl Sqlite {
    /// Opens the file at `path`, making it if it is not there.
    ///
    /// It is in WAL mode with `synchronous=FULL`: an acknowledged write outlives a power cut.
    ///
    /// # Errors
    /// See [`OpenError`]; a file of another layout or application is left as it was.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, OpenError> {
        Self::start(path.as_ref(), None)
    }

    /// Opens a database of its own in a temporary folder, which goes with the last handle.
    ///
    /// # Errors
    /// See [`OpenError`].
    pub fn temporary() -> Result<Self, OpenError> {
        let folder = Folder::new()?;
        Self::start(&folder.0.join("enroll.db"), Some(folder))
    }

    /// Finishes the writes that wait; further ones fail, and so do reads.
    pub fn close(&self) {
        // The writer last: SQLite moves the log into the file when the last connection goes, if that
        // one may write. Then the file alone is the whole database.
        self.0.readers.close();
        self.0.writer.close();
    }

    fn start(path: &Path, folder: Option<Folder>) -> Result<Self, OpenError> {
        let connection = open_to_write(path)?;
        let directories = Shared::load(&connection)?;
        let writer = Writer::start(connection, crate::directory::chore)?;
        let threads = thread::available_parallelism()
            .map_or(2, usize::from)
            .max(2);
        let readers = Readers::start(path.to_owned(), threads, open_to_read)?;
        Ok(Self(Arc::new(Database {
            writer,
            readers,
            directories,
            tenants: crate::tenants::Generation::default(),
            _folder: folder,
        })))
    }
}

fn open_to_write(path: &Path) -> Result<Connection, OpenError> {
    create_private(path)?;
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags).map_err(Fault::from)?;
    tune(&connection)?;
    // The page size is fixed by the first page written, so it comes before WAL.
    connection
        .pragma_update(None, "page_size", 8192)
        .map_err(Fault::from)?;
    connection
        .pragma_update(None, "cache_size", -65_536)
        .map_err(Fault::from)?;
    set(&connection, "journal_mode", "WAL", "wal")?;
    set(&connection, "synchronous", "FULL", "2")?;
    // After a burst the log shrinks again.
    connection
        .pragma_update(None, "journal_size_limit", 64 << 20)
        .map_err(Fault::from)?;
    layout::prepare(&connection)?;
    Ok(connection)
}

fn open_to_read(path: &Path) -> Result<Connection, Fault> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    tune(&connection)?;
    connection.pragma_update(None, "cache_size", -16_384)?;
    Ok(connection)
}

fn tune(connection: &Connection) -> Result<(), Fault> {
    // Longer than a backup or an operator's shell holds the file, shorter than a request waits.
    connection.busy_timeout(Duration::from_secs(5))?;
    connection.set_prepared_statement_cache_capacity(256);
    // Else a statement is prepared again whenever its values change, to guess a plan from statistics that
    // nobody gathers: nine tenths of the time of a look-up.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    connection.pragma_update(None, "foreign_keys", false)?;
    connection.pragma_update(None, "trusted_schema", false)?;
    connection.pragma_update(None, "cell_size_check", true)?;
    connection.pragma_update(None, "temp_store", "MEMORY")?;
    Ok(())
}

fn set(
    connection: &Connection,
    setting: &'static str,
    value: &str,
    wanted: &str,
) -> Result<(), OpenError> {
    connection
        .pragma_update(None, setting, value)
        .map_err(Fault::from)?;
    let answer: rusqlite::types::Value = connection
        .pragma_query_value(None, setting, |row| row.get(0))
        .map_err(Fault::from)?;
    let answer = match answer {
        rusqlite::types::Value::Text(text) => text,
        rusqlite::types::Value::Integer(number) => number.to_string(),
        other => format!("{other:?}"),
    };
    if answer == wanted {
        Ok(())
    } else {
        Err(OpenError::Setting { setting, answer })
    }
}

impl Folder {
    fn new() -> io::Result<Self> {
        let mut number = 0_u32;
        loop {
            let name = format!("enroll-{}-{number}", std::process::id());
            let path = std::env::temp_dir().join(name);
            match fs::create_dir(&path) {
                Ok(()) => return Ok(Self(path)),
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => number += 1,
                Err(error) => return Err(error),
            }
        }
    }
}

/// Makes a new file readable by its owner alone; SQLite gives the files beside it the same mode.
fn create_private(path: &Path) -> io::Result<()> {
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    match options.open(path) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(error),
        _ => Ok(()),
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        if let Err(error) = fs::remove_dir_all(&self.0) {
            tracing::warn!(%error, path = %self.0.display(), "a temporary folder stays");
        }
    }
}

#[cfg(test)]
mod tests {
    use enroll_conformance::store::Ground;
    use enroll_store::{Directories as _, DirectoryId, Result, Store as _, StoreError};
    use serde_json::json;

    use super::*;
    use crate::{fault::Failure, queue::Lane};

    /// Lets the file grow to this many pages, or to no more than it has.
    async fn pages_max(database: &Sqlite, pages: u32) {
        let set = move |tx: &Connection| -> Result<(), Failure<StoreError>> {
            let sql = format!("PRAGMA max_page_count = {pages}");
            tx.query_row(&sql, [], |_| Ok(()))?;
            Ok(())
        };
        database.0.writer.run(Lane::Ledger, set).await.unwrap();
    }

    /// A full disk refuses writes in the contract's words; what was acknowledged stays, reads go on, and
    /// with new space so do writes (promise P10).
    #[tokio::test]
    async fn p10_a_full_disk_loses_nothing() {
        let database = Sqlite::temporary().unwrap();
        let on = Ground::new(database.open(&DirectoryId::new("int_1")).await.unwrap());
        on.add_users(&["first"]).await;
        pages_max(&database, 1).await;
        let long = "x".repeat(2_000);
        let mut kept = vec!["first".to_owned()];
        let refused = loop {
            let name = format!("u{}", kept.len());
            let draft = on.user(&name, json!({ "title": long }));
            match on.store.create(on.kind("User"), draft, on.cause()).await {
                Ok(_) => kept.push(name),
                Err(error) => break error,
            }
        };
        assert!(matches!(refused, StoreError::Full), "{refused:?}");
        assert_eq!(on.found("User", "").await, kept);
        pages_max(&database, u32::MAX - 1).await;
        let name = format!("u{}", kept.len());
        assert!(on.add_user(&name, json!({})).await.changed);
        kept.push(name);
        assert_eq!(on.found("User", "").await, kept);
    }
}
