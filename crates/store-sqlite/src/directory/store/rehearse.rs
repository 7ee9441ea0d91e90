//! Rehearsals: the write itself, in a savepoint that is rolled back whatever it answers.

use std::convert::Infallible;

use enroll_store::{Record, Rehearse, Rehearsed, Result, Target, Want, Write};

use super::{SqliteStore, Tx, links_of_write, weight};
use crate::{
    directory::tx::Done,
    fault::{Failure, Fault},
};

/// The answer of a rehearsal, told as a refusal: the writer keeps nothing of a job that is refused.
struct Told(Box<Result<Rehearsed>>);

impl From<Fault> for Told {
    fn from(fault: Fault) -> Self {
        Self(Box::new(Err(fault.into())))
    }
}

impl Rehearse for SqliteStore {
    async fn rehearse(&self, write: Write) -> Result<Rehearsed> {
        let dir = self.directory.key;
        let rows = weight(links_of_write(&write));
        let job = move |sql: &rusqlite::Connection| -> Result<Infallible, Failure<Told>> {
            Err(match Tx::new(sql, dir).rehearse(&write) {
                Ok(rehearsed) => Failure::Refused(Told(Box::new(Ok(rehearsed)))),
                Err(Failure::Refused(refusal)) => Failure::Refused(Told(Box::new(Err(refusal)))),
                Err(Failure::Fault(fault)) => Failure::Fault(fault),
            })
        };
        let writer = &self.database.0.writer;
        match writer.run_then(self.lane(), rows, job, |_| {}).await {
            Ok(never) => match never {},
            Err(Told(answer)) => *answer,
        }
    }
}

impl Tx<'_> {
    fn rehearse(&self, write: &Write) -> Done<Rehearsed> {
        let before = match write {
            Write::Create(..) => None,
            Write::Replace(target, _, _, cause)
            | Write::Patch(target, _, _, cause)
            | Write::Delete(target, _, cause) => self.held(target, cause.want)?,
        };
        let written = self.write(write)?;
        Ok(Rehearsed { before, written })
    }

    fn held(&self, target: &Target, want: Want) -> Done<Option<Record>> {
        let stored = self.stored(&target.kind, &target.id)?;
        stored
            .map(|stored| self.with_links(stored, want))
            .transpose()
    }
}
