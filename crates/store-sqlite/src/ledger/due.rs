//! The queue: who is due, when, and why.

use std::collections::BTreeSet;

use enroll_schema::Timestamp;
use enroll_store::{Lane, RequestId, Revision, TenantId};
use enroll_sync::{Due, Hint, Intake, LedgerError, Next, Subject, SubjectKind, WaitKey, Window};
use rusqlite::{Connection, Row};

use super::{
    sql,
    tx::{Done, Json, Tx, Word, instant, subject, told},
};

/// The parts of the queue in the order in which they are served.
const ORDER: &[(Lane, SubjectKind)] = &[
    (Lane::Now, SubjectKind::Group),
    (Lane::Now, SubjectKind::Person),
    (Lane::Settle, SubjectKind::Group),
    (Lane::Settle, SubjectKind::Person),
];

/// Returns the tenants with due subjects, and the next instant at which some tenant has one.
pub(super) fn agenda(sql: &Connection, now: Timestamp) -> Done<(Vec<TenantId>, Option<Timestamp>)> {
    let read = || {
        let mut statement = sql.prepare_cached(sql::AGENDA)?;
        let rows = statement.query_map([], |row| {
            Ok((instant(row, 1)?, TenantId::new(row.get::<_, String>(0)?)))
        })?;
        rows.collect::<rusqlite::Result<BTreeSet<_>>>()
    };
    let firsts = read().map_err(told)?;
    let next = firsts.first().map(|(at, _)| *at);
    let due = firsts.into_iter().filter(|(at, _)| *at <= now);
    let due: BTreeSet<TenantId> = due.map(|(_, tenant)| tenant).collect();
    Ok((due.into_iter().collect(), next))
}

impl Tx<'_> {
    pub(super) fn bookmark(&self, integration: &str) -> Done<Revision> {
        let found = self.value(sql::BOOKMARK, &[&integration])?;
        Ok(found.map(Revision).unwrap_or_default())
    }

    pub(super) fn intake(&self, intake: &Intake) -> Done<()> {
        let integration = intake.integration.as_str();
        if self.bookmark(integration)? != intake.from {
            return Err(LedgerError::Moved.into());
        }
        for hint in &intake.hints {
            self.hint(self.row(&hint.subject)?, hint, intake.window)?;
        }
        for (group, at, cause) in &intake.members_of {
            let group = Subject::group(&intake.integration, group);
            for (row, subject) in self.members(&group)? {
                let hint = Hint {
                    subject,
                    lane: Lane::Settle,
                    at: *at,
                    cause: cause.clone(),
                };
                self.hint(row, &hint, intake.window)?;
            }
        }
        self.run(sql::BOOKMARK_SET, &[&integration, &intake.upto.0])?;
        Ok(())
    }

    /// Makes every known subject due now.
    pub(super) fn mark_all(&self, now: Timestamp) -> Done<()> {
        self.run(sql::DUE_ALL, &[&now.as_millis()])?;
        Ok(())
    }

    /// Makes everybody known to be in the group due now.
    pub(super) fn wake_members(&self, group: &Subject, now: Timestamp) -> Done<()> {
        if let Some(group) = self.find_row(group)? {
            self.run(sql::DUE_MEMBERS, &[&now.as_millis(), &group])?;
        }
        Ok(())
    }

    /// Makes whoever waits for one of these due now, `but` one.
    pub(super) fn wake(&self, but: i64, keys: &[WaitKey], now: Timestamp) -> Done<()> {
        if !keys.is_empty() {
            let keys: Vec<_> = keys.iter().map(wait_key).collect();
            self.run(sql::DUE_WAITING, &[&now.as_millis(), &Json(keys), &but])?;
        }
        Ok(())
    }

    pub(super) fn due(&self, now: Timestamp, most: u32) -> Done<Vec<Due>> {
        let most = usize::try_from(most).unwrap_or(usize::MAX);
        let mut found = Vec::new();
        for (lane, kind) in ORDER {
            let left = most.saturating_sub(found.len());
            let more = self.all(
                sql::DUE_READY,
                &[
                    &Word(*lane),
                    &Word(*kind),
                    &now.as_millis(),
                    &i64::try_from(left).unwrap_or(-1),
                ],
                |row| read_due(subject(*kind, row, 6)?, row, 0),
            )?;
            found.extend(more);
        }
        Ok(found)
    }

    /// Takes the subject out of the queue or puts it off, unless a newer hint came: it has another stamp.
    pub(super) fn answer_due(&self, row: i64, stamp: u64, next: Next) -> Done<()> {
        match next {
            Next::Keep => 0,
            Next::Clear => self.run(sql::DUE_DROP, &[&row, &stamp])?,
            Next::At(at, why) => {
                self.run(sql::DUE_LATER, &[&row, &stamp, &Word(why), &at.as_millis()])?
            }
        };
        Ok(())
    }

    pub(super) fn hint(&self, row: i64, hint: &Hint, window: Window) -> Done<()> {
        let before = self.one(sql::DUE, &[&row], |columns| {
            read_due(hint.subject.clone(), columns, 0)
        })?;
        let due = Due::hinted(before, hint, window);
        let cause = (!due.cause.is_empty()).then_some(Json(&due.cause));
        self.run(
            sql::DUE_SET,
            &[
                &row,
                &Word(due.subject.kind),
                &due.subject.integration.as_str(),
                &due.subject.id.as_str(),
                &Word(due.lane),
                &Word(due.why),
                &due.first_at.as_millis(),
                &due.not_before.as_millis(),
                &due.stamp,
                &cause,
            ],
        )?;
        Ok(())
    }

    fn members(&self, group: &Subject) -> Done<Vec<(i64, Subject)>> {
        let Some(group) = self.find_row(group)? else {
            return Ok(Vec::new());
        };
        self.all(sql::MEMBERS, &[&group], |row| {
            Ok((row.get(2)?, subject(SubjectKind::Person, row, 0)?))
        })
    }
}

/// Reads a place in the queue from the columns of `DUE`.
pub(super) fn read_due(subject: Subject, row: &Row<'_>, at: usize) -> rusqlite::Result<Due> {
    let (Word(lane), Word(why)) = (row.get(at)?, row.get(at + 1)?);
    let cause: Option<Json<Vec<RequestId>>> = row.get(at + 5)?;
    Ok(Due {
        subject,
        lane,
        why,
        first_at: instant(row, at + 2)?,
        not_before: instant(row, at + 3)?,
        stamp: row.get(at + 4)?,
        cause: cause.map(|Json(cause)| cause).unwrap_or_default(),
    })
}

/// Spells what somebody waits for, each kind of it apart from the others.
pub(super) fn wait_key(key: &WaitKey) -> String {
    match key {
        WaitKey::Name(name) => format!("name {name}"),
        WaitKey::Group(group) => format!("group {group}"),
        WaitKey::Account(person) => format!("account {person}"),
        WaitKey::Empty(group) => format!("empty {group}"),
        WaitKey::Seat => "seat".to_owned(),
    }
}
