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

#[cfg(test)]
mod tests {
    use enroll_conformance::store::Ground;
    use enroll_store::{Directories as _, DirectoryId};

    use crate::{
        Sqlite,
        fault::{Failure, Fault},
    };

    fn count(database: &Sqlite, table: &str) -> i64 {
        let count = |sql: &rusqlite::Connection| -> Result<i64, Failure<Fault>> {
            Ok(
                sql.query_row(&format!("SELECT count(*) FROM {table}"), [], |row| {
                    row.get(0)
                })?,
            )
        };
        database.0.readers.here(count).unwrap()
    }

    /// Links of cleared and deleted groups are dead at once and gone later; live ones stay.
    #[tokio::test]
    async fn dead_links_are_removed_and_live_ones_are_not() {
        let database = Sqlite::temporary().unwrap();
        let on = Ground::new(database.open(&DirectoryId::new("int_1")).await.unwrap());
        let users: Vec<String> = (0..300).map(|number| format!("u{number}")).collect();
        for user in &users {
            on.add_user(user, serde_json::json!({})).await;
        }
        let all: Vec<&str> = users.iter().map(String::as_str).collect();
        for group in ["cleared", "deleted", "kept"] {
            on.add_group(group, &all).await;
        }
        assert_eq!(
            (count(&database, "link"), count(&database, "dead")),
            (900, 0)
        );
        on.put("Group", on.group("cleared", &["u7"])).await.unwrap();
        on.delete("Group", "deleted").await.unwrap();
        assert_eq!(on.links("User", "u7").await, ["cleared", "kept"]);
        assert_eq!(on.links("User", "u8").await, ["kept"]);
        // The writer does chores when nothing waits, and finishes them before it ends.
        database.0.writer.close();
        assert_eq!(
            (count(&database, "link"), count(&database, "dead")),
            (301, 0)
        );
        assert_eq!(on.links("Group", "cleared").await, ["u7"]);
        assert_eq!(on.links("Group", "kept").await.len(), 300);
    }
}
