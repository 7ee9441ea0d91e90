//! The tables of the file, and who may open it.

use rusqlite::{Connection, Transaction, TransactionBehavior};

use crate::{error::OpenError, fault::Fault};

/// Every table, each part written where its statements are.
const TABLES: &[&str] = &[
    FACTS,
    crate::directory::TABLES,
    crate::tenants::TABLES,
    crate::ledger::TABLES,
];

const FACTS: &str = "CREATE TABLE fact (name TEXT PRIMARY KEY, value INTEGER NOT NULL) STRICT;";

/// The layout this build writes; it rises with every change of a table.
const LAYOUT: i64 = 3;

/// `PRAGMA application_id` of our files: "enro".
const APPLICATION: i64 = 0x656e_726f;

/// Makes the tables of a new file, or checks that an old one is ours and of this layout.
pub(crate) fn prepare(connection: &Connection) -> Result<(), OpenError> {
    let application = pragma(connection, "application_id")?;
    let layout = pragma(connection, "user_version")?;
    match (application, layout) {
        (0, 0) => create(connection),
        (APPLICATION, LAYOUT) => check_folding(connection),
        (APPLICATION, found) => Err(OpenError::Layout {
            found,
            known: LAYOUT,
        }),
        _ => Err(OpenError::Foreign),
    }
}

/// Makes the tables; of two processes that open a new file at once, one makes them and the other finds them.
fn create(connection: &Connection) -> Result<(), OpenError> {
    let transaction = Transaction::new_unchecked(connection, TransactionBehavior::Immediate)
        .map_err(Fault::from)?;
    if !is_empty(connection)? {
        drop(transaction);
        return match pragma(connection, "application_id")? {
            0 => Err(OpenError::Foreign),
            _ => prepare(connection),
        };
    }
    let all = || {
        for part in TABLES {
            transaction.execute_batch(part)?;
        }
        transaction.pragma_update(None, "application_id", APPLICATION)?;
        transaction.pragma_update(None, "user_version", LAYOUT)?;
        transaction.execute(
            "INSERT INTO fact VALUES ('fold', ?1)",
            [enroll_schema::fold::VERSION],
        )
    };
    all().map_err(Fault::from)?;
    Ok(transaction.commit().map_err(Fault::from)?)
}

fn check_folding(connection: &Connection) -> Result<(), OpenError> {
    let sql = "SELECT value FROM fact WHERE name = 'fold'";
    let found: i64 = connection
        .query_row(sql, [], |row| row.get(0))
        .map_err(Fault::from)?;
    let known = i64::from(enroll_schema::fold::VERSION);
    if found == known {
        Ok(())
    } else {
        Err(OpenError::Folding { found, known })
    }
}

fn is_empty(connection: &Connection) -> Result<bool, Fault> {
    let count: i64 =
        connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
    Ok(count == 0)
}

fn pragma(connection: &Connection, name: &str) -> Result<i64, Fault> {
    Ok(connection.pragma_query_value(None, name, |row| row.get(0))?)
}
