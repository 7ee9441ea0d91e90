//! The outbox and the request log, in the transaction of the write they tell of.

use enroll_schema::{ResourceId, Timestamp};
use enroll_store::{
    Cause, Change, Changes, Lane, Note, NoteFilter, NoteKey, Pending, RequestId, Revision, Touched,
    What,
};
use rusqlite::{Row, types::Type};
use serde::{Serialize, de::DeserializeOwned};

use super::{
    sql,
    tx::{Done, Tx},
};

/// Notes that one turn of forgetting looks at.
const FORGET_ROWS_MAX: u32 = 500;

impl Tx<'_> {
    /// Adds a change row with the next number, and gives up what waited too long.
    pub(super) fn change(
        &self,
        kind: &str,
        id: &str,
        (what, touched, lane): (What, &Touched, Lane),
        cause: &Cause,
    ) -> Done<Revision> {
        let next = self.one(sql::HEAD_NEXT, &[], |row| Ok((row.get(0)?, row.get(1)?)))?;
        let (revision, since): (u64, Option<i64>) =
            next.ok_or(rusqlite::Error::QueryReturnedNoRows)?;
        self.run(
            sql::CHANGE_ADD,
            &[
                &revision,
                &kind,
                &id,
                &written(&what)?,
                &written(touched)?,
                &cause.request.as_str(),
                &cause.at.as_millis(),
                &written(&lane)?,
            ],
        )?;
        if since.is_some_and(|since| Pending::is_over(Timestamp::from_millis(since), cause.at)) {
            self.expire(cause.at)?;
        }
        Ok(Revision(revision))
    }

    pub(super) fn changes(&self, after: Revision, most: u32) -> Done<Changes> {
        let changes = self.all(sql::CHANGES, &[&after.0, &most], read_change)?;
        Ok(Changes {
            changes,
            head: Revision(self.value(sql::HEAD, &[])?),
        })
    }

    pub(super) fn note(&self, note: &Note) -> Done<()> {
        let number: i64 = self.value(sql::NOTE_NEXT, &[&note.body.len()])?;
        let subject = note.subject.as_ref().map(ResourceId::as_str);
        self.run(
            sql::NOTE_ADD,
            &[
                &number,
                &note.id.as_str(),
                &note.at.as_millis(),
                &subject,
                &note.status,
                &&note.body[..],
            ],
        )?;
        Ok(())
    }

    pub(super) fn notes(
        &self,
        filter: &NoteFilter,
        before: Option<NoteKey>,
        most: u32,
    ) -> Done<Vec<(NoteKey, Note)>> {
        let before = before.map_or(i64::MAX, |key| key.0);
        match filter {
            // An id names a handful of notes at most.
            NoteFilter { id: Some(id), .. } => {
                let mut notes = self.all(sql::NOTES_OF_ID, &[&id.as_str(), &before], read_note)?;
                notes.retain(|(_, note)| filter.wants(note));
                notes.truncate(most as usize);
                Ok(notes)
            }
            NoteFilter {
                subject: Some(subject),
                refused,
                ..
            } => {
                let status = if *refused { 400 } else { 0 };
                let params: [&dyn rusqlite::ToSql; 4] =
                    [&subject.as_str(), &before, &status, &most];
                self.all(sql::NOTES_OF_SUBJECT, &params, read_note)
            }
            NoteFilter { refused: true, .. } => {
                self.all(sql::NOTES_REFUSED, &[&before, &most], read_note)
            }
            _ => self.all(sql::NOTES, &[&before, &most], read_note),
        }
    }

    /// Forgets some of the oldest notes; returns how many, and whether to go on.
    pub(super) fn forget(&self, before: Timestamp, bytes_max: u64) -> Done<(u64, bool)> {
        let mut bytes: u64 = self.value(sql::NOTE_BYTES, &[])?;
        let oldest: Vec<(i64, i64, u64)> =
            self.all(sql::NOTES_OLDEST, &[&FORGET_ROWS_MAX], |row| {
                Ok((row.get(0)?, row.get(1)?, row.get(2)?))
            })?;
        let (mut gone, mut last, mut freed) = (0, None, 0);
        for (number, at, size) in &oldest {
            if *at >= before.as_millis() && bytes <= bytes_max {
                break;
            }
            bytes = bytes.saturating_sub(*size);
            freed += size;
            gone += 1;
            last = Some(*number);
        }
        if let Some(last) = last {
            self.run(sql::NOTES_DROP, &[&last])?;
            self.run(sql::NOTE_BYTES_LESS, &[&freed])?;
        }
        Ok((gone, gone > 0 && gone == oldest.len() as u64))
    }
}

fn read_change(row: &Row<'_>) -> rusqlite::Result<Change> {
    Ok(Change {
        revision: Revision(row.get(0)?),
        kind: row.get(1)?,
        id: resource_id(row, 2)?,
        what: parsed(row, 3)?,
        touched: parsed(row, 4)?,
        request: RequestId::new(row.get::<_, String>(5)?),
        at: Timestamp::from_millis(row.get(6)?),
        lane: parsed(row, 7)?,
    })
}

fn read_note(row: &Row<'_>) -> rusqlite::Result<(NoteKey, Note)> {
    let subject = match row.get_ref(3)? {
        rusqlite::types::ValueRef::Null => None,
        _ => Some(resource_id(row, 3)?),
    };
    let note = Note {
        id: RequestId::new(row.get::<_, String>(1)?),
        at: Timestamp::from_millis(row.get(2)?),
        subject,
        status: row.get(4)?,
        body: row.get::<_, Vec<u8>>(5)?.into(),
    };
    Ok((NoteKey(row.get(0)?), note))
}

/// Reads an id column.
pub(super) fn resource_id(row: &Row<'_>, column: usize) -> rusqlite::Result<ResourceId> {
    let text = row.get_ref(column)?.as_str()?;
    ResourceId::new(text).map_err(|error| {
        rusqlite::Error::FromSqlConversionFailure(column, Type::Text, Box::new(error))
    })
}

fn written(value: &impl Serialize) -> rusqlite::Result<String> {
    serde_json::to_string(value)
        .map_err(|error| rusqlite::Error::ToSqlConversionFailure(Box::new(error)))
}

fn parsed<T: DeserializeOwned>(row: &Row<'_>, column: usize) -> rusqlite::Result<T> {
    serde_json::from_str(row.get_ref(column)?.as_str()?).map_err(|error| {
        rusqlite::Error::FromSqlConversionFailure(column, Type::Text, Box::new(error))
    })
}

#[cfg(test)]
mod tests {
    use enroll_conformance::store::Ground;
    use enroll_store::{Directories as _, DirectoryId, Journal as _};

    use super::*;
    use crate::Sqlite;

    /// Forgetting goes on until nothing is left to forget, whatever one turn takes.
    #[tokio::test]
    async fn forgetting_takes_as_many_turns_as_it_needs() {
        let database = Sqlite::temporary().unwrap();
        let on = Ground::new(database.open(&DirectoryId::new("int_1")).await.unwrap());
        let count = u64::from(FORGET_ROWS_MAX) * 2 + 1;
        let notes = (0..count).filter_map(|_| on.noted(200, None).note);
        on.store.append(notes.collect()).await.unwrap();
        let now = on.cause().at;
        assert_eq!(on.store.forget(now, u64::MAX).await.unwrap(), count);
        let left = on
            .store
            .notes(NoteFilter::default(), None, 9)
            .await
            .unwrap();
        assert_eq!(left, []);
    }
}
