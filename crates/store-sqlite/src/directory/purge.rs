//! Removing dead links, a little at a time.

use std::time::Instant;

use rusqlite::Connection;

use super::sql;
use crate::writer::BATCH_TIME_MAX;

/// Dead links removed by one statement.
const LINKS_PER_STEP: i64 = 256;

/// Removes dead links for one turn of the writer; returns whether more are left.
pub(crate) fn chore(connection: &Connection) -> rusqlite::Result<bool> {
    let Some(dead) = next(connection)? else {
        return Ok(false);
    };
    let transaction = connection.unchecked_transaction()?;
    let started = Instant::now();
    let mut dead = Some(dead);
    while let Some((dir, group, generation)) = dead {
        let mut links = transaction.prepare_cached(sql::DEAD_LINKS_DROP)?;
        if links.execute((dir, group, generation, LINKS_PER_STEP))? == 0 {
            transaction
                .prepare_cached(sql::DEAD_DROP)?
                .execute((dir, group, generation))?;
            dead = next(&transaction)?;
        }
        if started.elapsed() >= BATCH_TIME_MAX {
            break;
        }
    }
    transaction.commit()?;
    Ok(true)
}

fn next(connection: &Connection) -> rusqlite::Result<Option<(i64, i64, i64)>> {
    let mut statement = connection.prepare_cached(sql::DEAD_NEXT)?;
    let mut rows = statement.query([])?;
    let read = |row: &rusqlite::Row<'_>| Ok((row.get(0)?, row.get(1)?, row.get(2)?));
    rows.next()?.map(read).transpose()
}
