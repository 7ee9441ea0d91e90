//! Every statement over the tables of a directory; `plans.txt` holds how SQLite runs each.
//!
//! `?1` is the directory, in every one of them. Where more than one index would do, `INDEXED BY` and
//! `CROSS JOIN` and a `+` say which: without statistics SQLite guesses by the first column, which is the same
//! everywhere.

macro_rules! statements {
    ($($name:ident = $sql:expr;)*) => {
        $(pub(super) const $name: &str = $sql;)*

        #[cfg(test)]
        pub(super) const ALL: &[(&str, &str)] = &[$((stringify!($name), $name)),*];
    };
}

/// A record: the resource, and its manager if that is a User here.
macro_rules! record {
    ($from:literal, $rest:literal) => {
        concat!(
            "SELECT r.row, r.id, r.version, r.created, r.modified, r.generation, r.members, r.nested, \
             r.checksum, r.document, m.row IS NOT NULL, m.display FROM resource r ",
            $from,
            " LEFT JOIN resource m INDEXED BY resource_id \
             ON m.dir = ?1 AND m.id = r.manager AND m.kind = 'User' WHERE r.dir = ?1 AND ",
            $rest
        )
    };
}

/// The other end of a link.
macro_rules! link {
    ($rest:literal) => {
        concat!("SELECT o.row, o.id, o.kind, coalesce(o.display, o.name), o.generation, o.members, o.nested FROM link l ", $rest)
    };
}

macro_rules! note {
    ($rest:literal) => {
        concat!(
            "SELECT number, id, at, subject, status, body FROM note ",
            $rest
        )
    };
}

statements! {
    RECORD_BY_ID = record!("INDEXED BY resource_id", "r.id = ?2 AND r.kind = ?3");
    RECORD_BY_ROW = record!("NOT INDEXED", "r.row = ?2 AND r.kind = ?3");
    RECORDS_AFTER = record!("INDEXED BY resource_page", "r.kind = ?2 AND r.row > ?3 ORDER BY r.row LIMIT ?4");
    RECORDS_BEFORE = record!("INDEXED BY resource_page", "r.kind = ?2 AND r.row < ?3 ORDER BY r.row DESC LIMIT ?4");
    ROWS = "SELECT row FROM resource INDEXED BY resource_page WHERE dir = ?1 AND kind = ?2 ORDER BY row";
    ROW_AT = "SELECT row FROM resource INDEXED BY resource_page WHERE dir = ?1 AND kind = ?2 ORDER BY row LIMIT 1 OFFSET ?3";
    ROWS_MODIFIED = "SELECT row FROM resource INDEXED BY resource_modified WHERE dir = ?1 AND kind = ?2 AND modified BETWEEN ?3 AND ?4";
    ID_KNOWN = "SELECT EXISTS (SELECT 1 FROM resource INDEXED BY resource_id WHERE dir = ?1 AND id = ?2) OR EXISTS (SELECT 1 FROM gone WHERE dir = ?1 AND id = ?2)";
    RESOURCE_ADD = "INSERT INTO resource (dir, kind, id, version, created, modified, generation, name, display, manager, checksum, document) VALUES (?1, ?2, ?3, 1, ?4, ?4, ?5, ?6, ?7, ?8, ?9, ?10)";
    RESOURCE_SET = "UPDATE resource NOT INDEXED SET version = version + 1, modified = ?3, generation = ?4, members = ?5, nested = ?6, name = ?7, display = ?8, manager = ?9, checksum = ?10, document = ?11 WHERE dir = ?1 AND row = ?2";
    RESOURCE_RAISE = "UPDATE resource NOT INDEXED SET version = version + 1, modified = ?3, generation = ?4, members = ?5, nested = ?6 WHERE dir = ?1 AND row = ?2";
    RESOURCE_DATE = "UPDATE resource INDEXED BY resource_id SET created = ?4, modified = ?5 WHERE dir = ?1 AND id = ?2 AND kind = ?3";
    RESOURCE_COUNT = "UPDATE resource NOT INDEXED SET members = ?3, nested = ?4 WHERE dir = ?1 AND row = ?2";
    RESOURCE_DROP = "DELETE FROM resource NOT INDEXED WHERE dir = ?1 AND row = ?2";
    GONE_ADD = "INSERT INTO gone (dir, id, kind, revision) VALUES (?1, ?2, ?3, ?4)";

    COUNT = "SELECT count FROM counter WHERE dir = ?1 AND kind = ?2";
    COUNT_ADD = "INSERT INTO counter (dir, kind, count) VALUES (?1, ?2, ?3) ON CONFLICT (dir, kind) DO UPDATE SET count = count + excluded.count";

    KEY_ADD = "INSERT INTO key (dir, attribute, key, kind, row) VALUES (?1, ?2, ?3, ?4, ?5)";
    KEY_DROP = "DELETE FROM key WHERE dir = ?1 AND attribute = ?2 AND key = ?3 AND kind = ?4 AND row = ?5";
    KEY_ROWS = "SELECT row FROM key WHERE dir = ?1 AND attribute = ?2 AND key = ?3 AND kind = ?4 ORDER BY row";
    KEY_ROWS_FROM = "SELECT row FROM key WHERE dir = ?1 AND attribute = ?2 AND key >= ?3 AND key < ?4 AND kind = ?5";
    KEY_TAKEN = "SELECT EXISTS (SELECT 1 FROM key WHERE dir = ?1 AND attribute = ?2 AND key = ?3 AND kind = ?4)";

    NAMED_BY_ID = "SELECT row, generation IS NOT NULL FROM resource INDEXED BY resource_id WHERE dir = ?1 AND id = ?2";
    NAMED_BY_EXTERNAL_ID = "SELECT r.row, r.generation IS NOT NULL, r.id FROM key k CROSS JOIN resource r ON r.row = k.row WHERE k.dir = ?1 AND k.attribute = 'externalId' AND k.key = ?2 LIMIT 2";
    GROUP_BY_ROW = "SELECT id, kind, generation, members, nested FROM resource NOT INDEXED WHERE dir = ?1 AND row = ?2";

    NESTED = "SELECT nested FROM directory WHERE key = ?1";
    NESTED_ADD = "UPDATE directory SET nested = nested + ?2 WHERE key = ?1";
    LINK_HAS = "SELECT EXISTS (SELECT 1 FROM link WHERE dir = ?1 AND grp = ?2 AND generation = ?3 AND member = ?4)";
    LINK_ADD = "INSERT OR IGNORE INTO link (dir, grp, generation, member) VALUES (?1, ?2, ?3, ?4)";
    LINK_DROP = "DELETE FROM link WHERE dir = ?1 AND grp = ?2 AND generation = ?3 AND member = ?4";
    MEMBERS = link!("CROSS JOIN resource o ON o.row = l.member WHERE l.dir = ?1 AND l.grp = ?2 AND l.generation = ?3 AND l.member > ?4 ORDER BY l.member LIMIT ?5");
    MEMBER_ROWS = "SELECT l.member, o.kind = ?3, o.generation IS NOT NULL FROM resource g CROSS JOIN link l ON l.dir = ?1 AND l.grp = g.row AND l.generation = g.generation CROSS JOIN resource o ON o.row = l.member WHERE g.dir = ?1 AND g.row = ?2";
    GROUPS = link!("INDEXED BY link_member CROSS JOIN resource o ON o.row = l.grp AND o.generation = l.generation WHERE l.dir = ?1 AND l.member = ?2 ORDER BY l.grp");
    DEAD_ADD = "INSERT OR IGNORE INTO dead (dir, grp, generation) VALUES (?1, ?2, ?3)";
    // Of all directories: the one chore that no directory asks for.
    DEAD_NEXT = "SELECT dir, grp, generation FROM dead LIMIT 1";
    DEAD_DROP = "DELETE FROM dead WHERE dir = ?1 AND grp = ?2 AND generation = ?3";
    DEAD_LINKS_DROP = "DELETE FROM link WHERE dir = ?1 AND grp = ?2 AND generation = ?3 AND member <= (SELECT max(member) FROM (SELECT member FROM link WHERE dir = ?1 AND grp = ?2 AND generation = ?3 ORDER BY member LIMIT ?4))";

    PENDING_SINCE = "SELECT pending_since FROM directory WHERE key = ?1";
    PENDING_SINCE_SET = "UPDATE directory SET pending_since = ?2 WHERE key = ?1";
    PENDING_OLDEST = "SELECT min(since) FROM pending WHERE dir = ?1";
    PENDING_ADD = "INSERT OR IGNORE INTO pending (dir, grp, value, since) VALUES (?1, ?2, ?3, ?4)";
    PENDING_DROP = "DELETE FROM pending WHERE dir = ?1 AND grp = ?2 AND value = ?3";
    PENDING_CLEAR = "DELETE FROM pending WHERE dir = ?1 AND grp = ?2";
    PENDING_EXPIRE = "DELETE FROM pending WHERE dir = ?1 AND since < ?2";
    PENDING_OF = "SELECT value, since FROM pending WHERE dir = ?1 AND grp = ?2 AND +since >= ?3";
    PENDING_NAMING = "SELECT grp FROM pending INDEXED BY pending_value WHERE dir = ?1 AND value = ?2 AND since >= ?3 ORDER BY grp";
    PENDING_LIST = "SELECT g.id, p.value, p.since FROM pending p CROSS JOIN resource g ON g.row = p.grp WHERE p.dir = ?1 ORDER BY p.grp, p.value LIMIT ?2";
    PENDING_LIST_OF = "SELECT g.id, p.value, p.since FROM pending p CROSS JOIN resource g ON g.row = p.grp WHERE p.dir = ?1 AND p.grp = ?2 ORDER BY p.value LIMIT ?3";

    HEAD = "SELECT revision FROM directory WHERE key = ?1";
    HEAD_NEXT = "UPDATE directory SET revision = revision + 1 WHERE key = ?1 RETURNING revision, pending_since";
    CHANGE_ADD = "INSERT INTO change (dir, revision, kind, id, what, touched, request, at, lane) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)";
    CHANGES = "SELECT revision, kind, id, what, touched, request, at, lane FROM change WHERE dir = ?1 AND revision > ?2 ORDER BY revision LIMIT ?3";

    NOTE_NEXT = "UPDATE directory SET note = note + 1, note_bytes = note_bytes + ?2 WHERE key = ?1 RETURNING note";
    NOTE_ADD = "INSERT INTO note (dir, number, id, at, subject, status, body) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
    NOTES = note!("WHERE dir = ?1 AND number < ?2 ORDER BY number DESC LIMIT ?3");
    NOTES_OF_ID = note!("INDEXED BY note_id WHERE dir = ?1 AND id = ?2 AND number < ?3 ORDER BY number DESC");
    NOTES_OF_SUBJECT = note!("INDEXED BY note_subject WHERE dir = ?1 AND subject = ?2 AND number < ?3 AND status >= ?4 ORDER BY number DESC LIMIT ?5");
    NOTES_REFUSED = note!("INDEXED BY note_refused WHERE dir = ?1 AND number < ?2 AND status >= 400 ORDER BY number DESC LIMIT ?3");
    NOTES_OLDEST = "SELECT number, at, length(body) FROM note WHERE dir = ?1 ORDER BY number LIMIT ?2";
    NOTES_DROP = "DELETE FROM note WHERE dir = ?1 AND number <= ?2";
    NOTE_BYTES = "SELECT note_bytes FROM directory WHERE key = ?1";
    NOTE_BYTES_LESS = "UPDATE directory SET note_bytes = note_bytes - ?2 WHERE key = ?1";
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use super::*;
    use crate::{Sqlite, fault::Failure};

    /// Reads how SQLite runs a statement, one line a step.
    fn plan(database: &Sqlite, sql: &str) -> Vec<String> {
        let read = |connection: &rusqlite::Connection| -> Result<_, Failure<crate::fault::Fault>> {
            let mut statement = connection.prepare(&format!("EXPLAIN QUERY PLAN {sql}"))?;
            let steps = statement
                .raw_query()
                .mapped(|row| row.get(3))
                .collect::<Result<_, _>>()?;
            Ok(steps)
        };
        database.0.readers.here(read).unwrap()
    }

    /// The plans are those that were measured; a new one is to be looked at before it is written here.
    #[test]
    fn every_statement_runs_as_planned() {
        let database = Sqlite::temporary().unwrap();
        let mut plans = String::new();
        for (name, sql) in ALL {
            writeln!(plans, "{name}").unwrap();
            for step in plan(&database, sql) {
                writeln!(plans, "  {step}").unwrap();
            }
        }
        assert!(
            plans == include_str!("plans.txt"),
            "plans.txt should be:\n{plans}"
        );
    }

    /// Nothing is read whole and nothing is sorted aside; by a directory alone nothing is sought.
    #[test]
    fn no_statement_reads_more_than_it_must() {
        let database = Sqlite::temporary().unwrap();
        for (name, sql) in ALL {
            for step in plan(&database, sql) {
                let few = step.starts_with("SCAN (subquery") || step == "SCAN CONSTANT ROW";
                let whole = step.contains("SCAN") && !few && *name != "DEAD_NEXT";
                assert!(!whole && !step.contains("TEMP B-TREE"), "{name}: {step}");
                let leading = step.ends_with("(dir=?)");
                assert!(!leading || ONE_COLUMN.contains(name), "{name}: {step}");
            }
        }
    }

    /// Those that want the first or the last rows of a directory, or all of its few.
    const ONE_COLUMN: &[&str] = &["PENDING_OLDEST", "PENDING_LIST", "NOTES_OLDEST"];
}
