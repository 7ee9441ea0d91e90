//! Rehearsals in memory: on a copy.

use super::{Memory, state::State};
use crate::{Record, Rehearse, Rehearsed, Result, Target, Want, Write};

impl Rehearse for Memory {
    async fn rehearse(&self, write: Write) -> Result<Rehearsed> {
        let mut copy = self.state().clone();
        let before = before(&copy, &write);
        let written = copy.run(write)?;
        Ok(Rehearsed { before, written })
    }
}

fn before(state: &State, write: &Write) -> Option<Record> {
    let read = |target: &Target, want: Want| state.record(state.row(target)?, want);
    match write {
        Write::Create(..) => None,
        Write::Replace(target, _, _, cause)
        | Write::Patch(target, _, _, cause)
        | Write::Delete(target, _, cause) => read(target, cause.want),
    }
}
