//! Looking up: subjects, names, heirs.

use std::collections::BTreeSet;

use enroll_schema::Timestamp;
use enroll_store::{DirectoryId, Lane};
use enroll_sync::{
    AccessGroupId, AccountId, Decision, Holder, Known, Person, Ruling, Shadow, Subject,
    SubjectKind, name_key,
};
use rusqlite::Row;

use super::{
    due::read_due,
    sql,
    tx::{Done, Json, Tx, Word, subject},
};

impl Tx<'_> {
    /// Finds the row of a subject, or starts one.
    pub(super) fn row(&self, subject: &Subject) -> Done<i64> {
        match self.find_row(subject)? {
            Some(row) => Ok(row),
            None => self.add(
                sql::SUBJECT_ADD,
                &[
                    &subject.id.as_str(),
                    &Word(subject.kind),
                    &subject.integration.as_str(),
                ],
            ),
        }
    }

    /// Finds the row of a subject.
    pub(super) fn find_row(&self, subject: &Subject) -> Done<Option<i64>> {
        let Subject {
            kind,
            integration,
            id,
        } = subject;
        self.value(
            sql::SUBJECT,
            &[&id.as_str(), &Word(*kind), &integration.as_str()],
        )
    }

    pub(super) fn known(&self, subject: Subject) -> Done<Known> {
        let Subject {
            kind,
            integration,
            id,
        } = &subject;
        let found = self.one(
            sql::KNOWN,
            &[&id.as_str(), &Word(*kind), &integration.as_str()],
            |row| read_known(subject.clone(), row),
        )?;
        Ok(found.unwrap_or(Known {
            subject,
            person: None,
            shadow: None,
            decision: None,
            due: None,
            ruling: Ruling::default(),
        }))
    }

    pub(super) fn holders(&self, keys: Vec<String>) -> Done<Vec<Holder>> {
        let keys: BTreeSet<_> = keys.into_iter().collect();
        let mut found = self.all(sql::HOLDERS, &[&Json(keys)], holder)?;
        found.sort_unstable();
        Ok(found)
    }

    pub(super) fn heirs(
        &self,
        integration: &DirectoryId,
        external_ids: &[String],
        user_names: &[String],
    ) -> Done<Vec<Shadow>> {
        self.jsons(
            sql::HEIRS,
            &[
                &integration.as_str(),
                &Json(external_ids),
                &Json(user_names),
            ],
        )
    }

    pub(super) fn occupied(&self, groups: Vec<AccessGroupId>) -> Done<Vec<AccessGroupId>> {
        let mut found = Vec::new();
        for group in groups {
            if self.value(sql::OCCUPIED, &[&group.as_str()])? == Some(true) {
                found.push(group);
            }
        }
        Ok(found)
    }

    pub(super) fn find_people(&self, text: &str) -> Done<Vec<Subject>> {
        self.all(sql::FIND, &[&name_key(text), &text], |row| {
            subject(SubjectKind::Person, row, 0)
        })
    }
}

fn read_known(subject: Subject, row: &Row<'_>) -> rusqlite::Result<Known> {
    let person: Option<Json<Person>> = row.get(0)?;
    let shadow: Option<Json<Shadow>> = row.get(1)?;
    let decision: Option<Json<Decision>> = row.get(2)?;
    let lane: Option<Word<Lane>> = row.get(3)?;
    let ruling: Option<Json<Ruling>> = row.get(9)?;
    Ok(Known {
        person: person.map(|Json(person)| person),
        shadow: shadow.map(|Json(shadow)| shadow),
        decision: decision.map(|Json(decision)| decision),
        ruling: ruling.map(|Json(ruling)| ruling).unwrap_or_default(),
        due: lane
            .map(|_| read_due(subject.clone(), row, 3))
            .transpose()?,
        subject,
    })
}

fn holder(row: &Row<'_>) -> rusqlite::Result<Holder> {
    let Word(role) = row.get(1)?;
    let tied: Option<String> = row.get(3)?;
    let until: Option<i64> = row.get(5)?;
    Ok(Holder {
        key: row.get(0)?,
        role,
        app_ref: AccountId::new(row.get::<_, String>(2)?),
        subject: tied
            .map(|_| subject(SubjectKind::Person, row, 3))
            .transpose()?,
        until: until.map(Timestamp::from_millis),
    })
}
