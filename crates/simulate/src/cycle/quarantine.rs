//! Quarantine: a job that fails at most of its calls slows down until they succeed (ENTRA-65).

use super::{Run, Scope};
use crate::{
    ledger::{About, Halt},
    transport::Transport,
};

/// Cycles come every 40 minutes, and in quarantine once a day.
const SLOTS_A_TRY: u32 = 36;
/// After so many days the job is disabled.
const TRIES_MAX: u32 = 28;

/// Whether the job is in quarantine, counted in cycles.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Quarantine {
    enabled: bool,
    /// How many cycles failed at most of their calls.
    pub(crate) tried: u32,
    /// How many cycles in a row did, up to now.
    in_a_row: u32,
    /// How many cycles are left out before the next try.
    left_out: u32,
}

impl Quarantine {
    pub(super) fn new(enabled: bool) -> Self {
        Self {
            enabled,
            tried: 0,
            in_a_row: 0,
            left_out: 0,
        }
    }
}

impl<T: Transport> Run<'_, T> {
    /// Plays the cycle that is due, unless quarantine leaves it out.
    ///
    /// # Errors
    /// [`Halt`] when the run must be given up.
    pub(crate) async fn slot(&mut self) -> Result<(), Halt> {
        if self.quarantine.left_out > 0 {
            self.quarantine.left_out -= 1;
            self.client.ledger.stage("a cycle left out in quarantine");
            return Ok(());
        }
        if !self.quarantine.enabled {
            return self.cycle(Scope::Changed).await;
        }
        let before = self.client.ledger.mark();
        let outcome = self.cycle(Scope::Changed).await;
        if outcome.is_ok() && !self.client.ledger.mostly_failed(before) {
            let was_in = std::mem::take(&mut self.quarantine.in_a_row) > 0;
            if was_in && self.client.ledger.has_failed(before) {
                // The few that failed are retried in the next cycle, which comes soon again.
                self.client.ledger.forgive(before);
                return self.cycle(Scope::Changed).await;
            }
            return Ok(());
        }
        self.quarantine.tried += 1;
        self.quarantine.in_a_row += 1;
        if self.quarantine.in_a_row > TRIES_MAX {
            let about = About {
                request: "the job",
                subject: "",
            };
            let detail = "disabled after four weeks in quarantine";
            self.client.ledger.fail(about, None, detail);
            return Err(Halt);
        }
        // What failed is tried again; what fails then is noted then.
        self.client.ledger.forgive(before);
        self.quarantine.left_out = SLOTS_A_TRY - 1;
        Ok(())
    }

    /// Goes on, one try a day, until the job is out of quarantine.
    ///
    /// # Errors
    /// [`Halt`] when the job is disabled before.
    pub(crate) async fn leave_quarantine(&mut self) -> Result<(), Halt> {
        while self.quarantine.in_a_row > 0 {
            self.quarantine.left_out = 0;
            self.client.ledger.stage("a try in quarantine");
            self.slot().await?;
        }
        Ok(())
    }
}
