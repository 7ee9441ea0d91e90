//! A connection that is confined to one tenant, and how values become columns.

use enroll_schema::{ResourceId, Timestamp};
use enroll_store::{DirectoryId, Lane, TenantId};
use enroll_sync::{LedgerError, NameRole, State, Subject, SubjectKind, Why};
use rusqlite::{
    CachedStatement, Connection, Error, Row, ToSql,
    types::{FromSql, FromSqlError, FromSqlResult, ToSqlOutput, ValueRef},
};
use serde::{Serialize, de::DeserializeOwned};

use super::sql;
use crate::fault::{Failure, Fault};

/// What a step of a read or a write gives.
pub(super) type Done<T> = Result<T, Failure<LedgerError>>;

/// A transaction as one tenant sees it: it binds the tenant's ledger to `?1` of every statement, so
/// that none can be without it (threat B4).
#[derive(Clone, Copy, Debug)]
pub(super) struct Tx<'a> {
    sql: &'a Connection,
    ledger: i64,
}

impl<'a> Tx<'a> {
    /// Finds the tenant's ledger; one that is unknown gets the key of none, and sees nothing.
    pub(super) fn find(sql: &'a Connection, tenant: &TenantId) -> Done<Self> {
        let found = key(sql, tenant).map_err(told)?;
        Ok(Self {
            sql,
            ledger: found.unwrap_or(0),
        })
    }

    /// Finds the tenant's ledger, or starts it.
    pub(super) fn open(sql: &'a Connection, tenant: &TenantId) -> Done<Self> {
        let add = || {
            sql.prepare_cached(sql::LEDGER_ADD)?
                .execute([tenant.as_str()])?;
            Ok(sql.last_insert_rowid())
        };
        let found = key(sql, tenant).and_then(|found| found.map_or_else(add, Ok));
        Ok(Self {
            sql,
            ledger: found.map_err(told)?,
        })
    }

    /// Runs a statement and returns how many rows it changed.
    pub(super) fn run(&self, sql: &str, params: &[&dyn ToSql]) -> Done<usize> {
        let bound = self.bound(sql, params);
        bound
            .and_then(|mut statement| statement.raw_execute())
            .map_err(told)
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
        let bound = self.bound(sql, params);
        bound
            .and_then(|mut statement| statement.raw_query().next()?.map(read).transpose())
            .map_err(told)
    }

    /// Reads the first column of the first row, if there is one.
    pub(super) fn value<T: FromSql>(&self, sql: &str, params: &[&dyn ToSql]) -> Done<Option<T>> {
        self.one(sql, params, |row| row.get(0))
    }

    /// Reads the JSON in the first column of the first row, if there is one.
    pub(super) fn json<T: DeserializeOwned>(
        &self,
        sql: &str,
        params: &[&dyn ToSql],
    ) -> Done<Option<T>> {
        Ok(self.value(sql, params)?.map(|Json(value)| value))
    }

    /// Reads all rows.
    pub(super) fn all<T>(
        &self,
        sql: &str,
        params: &[&dyn ToSql],
        read: impl FnMut(&Row<'_>) -> rusqlite::Result<T>,
    ) -> Done<Vec<T>> {
        let bound = self.bound(sql, params);
        bound
            .and_then(|mut statement| statement.raw_query().mapped(read).collect())
            .map_err(told)
    }

    /// Reads the JSON in the first column of all rows.
    pub(super) fn jsons<T: DeserializeOwned>(
        &self,
        sql: &str,
        params: &[&dyn ToSql],
    ) -> Done<Vec<T>> {
        self.all(sql, params, |row| row.get(0).map(|Json(value)| value))
    }

    fn bound(&self, sql: &str, params: &[&dyn ToSql]) -> rusqlite::Result<CachedStatement<'a>> {
        let mut statement = self.sql.prepare_cached(sql)?;
        statement.raw_bind_parameter(1, self.ledger)?;
        for (place, param) in (2..).zip(params) {
            statement.raw_bind_parameter(place, param)?;
        }
        Ok(statement)
    }
}

fn key(sql: &Connection, tenant: &TenantId) -> rusqlite::Result<Option<i64>> {
    let mut statement = sql.prepare_cached(sql::LEDGER_OF)?;
    let mut rows = statement.query([tenant.as_str()])?;
    rows.next()?.map(|row| row.get(0)).transpose()
}

/// Says what went wrong; a value that cannot be read back is damage.
pub(super) fn told(error: Error) -> Failure<LedgerError> {
    match error {
        Error::FromSqlConversionFailure(..) | Error::InvalidColumnType(..) => {
            Failure::Fault(Fault::Damaged(error.to_string()))
        }
        other => Failure::Fault(other.into()),
    }
}

/// A whole value as a column of JSON.
#[derive(Debug)]
pub(super) struct Json<T>(pub(super) T);

impl<T: Serialize> ToSql for Json<T> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        let text = serde_json::to_string(&self.0);
        let text = text.map_err(|error| Error::ToSqlConversionFailure(Box::new(error)))?;
        Ok(text.into())
    }
}

impl<T: DeserializeOwned> FromSql for Json<T> {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        let value = serde_json::from_slice(value.as_bytes()?);
        value.map(Self).map_err(FromSqlError::other)
    }
}

/// A value that is one of a few words.
#[derive(Debug)]
pub(super) struct Word<T>(pub(super) T);

/// The words of a type.
pub(super) trait Worded: Copy + PartialEq + 'static {
    /// Each value with its word.
    const WORDS: &'static [(&'static str, Self)];
}

impl Worded for SubjectKind {
    const WORDS: &'static [(&'static str, Self)] =
        &[("group", Self::Group), ("person", Self::Person)];
}

impl Worded for Lane {
    const WORDS: &'static [(&'static str, Self)] = &[("now", Self::Now), ("settle", Self::Settle)];
}

impl Worded for Why {
    const WORDS: &'static [(&'static str, Self)] = &[
        ("change", Self::Change),
        ("retry", Self::Retry),
        ("clock", Self::Clock),
    ];
}

impl Worded for State {
    const WORDS: &'static [(&'static str, Self)] = &[
        ("ready", Self::Ready),
        ("held", Self::Held),
        ("blocked", Self::Blocked),
    ];
}

impl Worded for NameRole {
    const WORDS: &'static [(&'static str, Self)] = &[
        ("email", Self::Email),
        ("login", Self::Login),
        ("former", Self::Former),
        ("external_id", Self::External),
    ];
}

impl<T: Worded> ToSql for Word<T> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        let named = T::WORDS.iter().find(|(_, value)| *value == self.0);
        let (word, _) = named.ok_or_else(|| {
            Error::ToSqlConversionFailure("a value that this build has no word for".into())
        })?;
        Ok((*word).into())
    }
}

impl<T: Worded> FromSql for Word<T> {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        let text = value.as_str()?;
        let named = T::WORDS.iter().find(|(word, _)| *word == text);
        let unknown = || FromSqlError::Other(format!("the word {text:?} is none of ours").into());
        named.map(|(_, value)| Self(*value)).ok_or_else(unknown)
    }
}

/// A resource's id as a column.
#[derive(Debug)]
pub(super) struct Id(pub(super) ResourceId);

impl FromSql for Id {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        ResourceId::new(value.as_str()?)
            .map(Self)
            .map_err(FromSqlError::other)
    }
}

/// Reads a subject of a known kind from the columns `integration` and `id`.
pub(super) fn subject(kind: SubjectKind, row: &Row<'_>, at: usize) -> rusqlite::Result<Subject> {
    let integration = DirectoryId::new(row.get::<_, String>(at)?);
    let Id(id) = row.get(at + 1)?;
    Ok(Subject {
        kind,
        integration,
        id,
    })
}

/// Reads an instant.
pub(super) fn instant(row: &Row<'_>, at: usize) -> rusqlite::Result<Timestamp> {
    row.get(at).map(Timestamp::from_millis)
}
