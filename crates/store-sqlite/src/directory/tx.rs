//! A connection that is confined to one directory.

use enroll_store::StoreError;
use rusqlite::{Connection, Row, ToSql, types::FromSql};

use crate::fault::Failure;

/// What a step of a read or a write gives.
pub(super) type Done<T> = Result<T, Failure<StoreError>>;

/// A transaction as one directory sees it: it binds the directory to `?1` of every statement, so that
/// none can be without it (threat B4).
#[derive(Clone, Copy, Debug)]
pub(super) struct Tx<'a> {
    sql: &'a Connection,
    dir: i64,
}

impl<'a> Tx<'a> {
    pub(super) fn new(sql: &'a Connection, dir: i64) -> Self {
        Self { sql, dir }
    }

    /// Runs a statement and returns how many rows it changed.
    pub(super) fn run(&self, sql: &str, params: &[&dyn ToSql]) -> Done<usize> {
        let mut statement = self.sql.prepare_cached(sql)?;
        self.bind(&mut statement, params)?;
        Ok(statement.raw_execute()?)
    }

    /// Adds a row and returns its key.
    pub(super) fn add(&self, sql: &str, params: &[&dyn ToSql]) -> Done<i64> {
        self.run(sql, params)?;
        Ok(self.sql.last_insert_rowid())
    }

    /// Reads the first row, if there is one.
    pub(super) fn one<T>(
        &self,
        sql: &str,
        params: &[&dyn ToSql],
        read: impl FnOnce(&Row<'_>) -> rusqlite::Result<T>,
    ) -> Done<Option<T>> {
        let mut statement = self.sql.prepare_cached(sql)?;
        self.bind(&mut statement, params)?;
        let mut rows = statement.raw_query();
        Ok(rows.next()?.map(read).transpose()?)
    }

    /// Reads the one value that is always there.
    pub(super) fn value<T: FromSql>(&self, sql: &str, params: &[&dyn ToSql]) -> Done<T> {
        let found = self.one(sql, params, |row| row.get(0))?;
        found.ok_or_else(|| rusqlite::Error::QueryReturnedNoRows.into())
    }

    /// Reads all rows.
    pub(super) fn all<T>(
        &self,
        sql: &str,
        params: &[&dyn ToSql],
        read: impl FnMut(&Row<'_>) -> rusqlite::Result<T>,
    ) -> Done<Vec<T>> {
        let mut statement = self.sql.prepare_cached(sql)?;
        self.bind(&mut statement, params)?;
        Ok(statement
            .raw_query()
            .mapped(read)
            .collect::<rusqlite::Result<_>>()?)
    }

    /// Runs `job`; what it wrote is undone if it fails.
    pub(super) fn all_or_none<T, E>(
        &self,
        job: impl FnOnce() -> Result<T, E>,
    ) -> Done<Result<T, E>> {
        let step = |sql: &str| self.sql.prepare_cached(sql)?.execute([]);
        step("SAVEPOINT unit")?;
        let done = job();
        if done.is_err() && !self.sql.is_autocommit() {
            step("ROLLBACK TO unit")?;
        }
        step("RELEASE unit")?;
        Ok(done)
    }

    fn bind(&self, statement: &mut rusqlite::Statement<'_>, params: &[&dyn ToSql]) -> Done<()> {
        statement.raw_bind_parameter(1, self.dir)?;
        for (place, param) in (2..).zip(params) {
            statement.raw_bind_parameter(place, param)?;
        }
        Ok(())
    }
}
