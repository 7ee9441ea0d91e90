//! A request of the log once more, against today's code and data, without effect.

mod recorded;
mod would;

use enroll_quirks::Dialect;
use enroll_store::Rehearse;
use serde::Serialize;

use crate::{call::Call, directory::Directory};

pub use recorded::{Recorded, Told, Unplayable};
pub use would::{Difference, LinksMoved, Would};

/// What a recorded request was answered then, what it would be answered now, and what it would do.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Replay {
    /// What the log says.
    pub then: Told,
    /// What the same request would be told now.
    pub now: Told,
    /// The members of [`Told`] that are not the same.
    pub differs: Vec<&'static str>,
    /// What it would write; `None` for a read and for a refusal.
    pub would: Option<Would>,
    /// What could not be done as it was then.
    pub caveats: Vec<String>,
}

impl Replay {
    /// Tells whether anything is not as it was: another answer, another reading, or something that
    /// would change.
    pub fn is_different(&self) -> bool {
        !self.differs.is_empty() || self.would.as_ref().is_some_and(|would| would.changed)
    }
}

impl<S: Rehearse> Directory<S> {
    /// Replays a recorded request in the dialect it would be read in now; nothing is written.
    ///
    /// With [`Dialect::Auto`] it is read in the dialect that was recognised then.
    pub async fn replay(&self, recorded: &Recorded, dialect: Dialect) -> Replay {
        let call = Call {
            dialect: match dialect {
                Dialect::Auto => recorded.call.dialect,
                set => set,
            },
            ..recorded.call.clone()
        };
        let rehearsal = self.rehearse(&call).await;
        let now = Told::of(
            rehearsal.reply.status,
            rehearsal.line.as_ref().map(|line| line.body.as_ref()),
        );
        Replay {
            differs: recorded.told.differences(&now),
            then: recorded.told.clone(),
            now,
            would: rehearsal.written.as_ref().map(Would::of),
            caveats: recorded.caveats.clone(),
        }
    }
}
