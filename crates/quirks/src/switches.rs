//! Which quirks are on, and which fired: one bit each, by position in the table.

use crate::{Dialect, QUIRKS, Quirk, rule::Rule};

/// The quirks of one dialect during one request.
#[derive(Debug)]
pub(crate) struct Switches {
    on: u64,
    fired: u64,
}

impl Switches {
    /// Switches on what is looked for in `dialect`.
    pub(crate) fn new(dialect: Dialect) -> Self {
        let on = QUIRKS
            .iter()
            .enumerate()
            .filter(|(_, quirk)| quirk.is_on(dialect));
        Self {
            on: on.fold(0, |bits, (at, _)| bits | (1 << at)),
            fired: 0,
        }
    }

    /// Offers every rule that is on to `act`, in table order, and notes those that acted.
    pub(crate) fn each(&mut self, mut act: impl FnMut(&Rule) -> bool) {
        for (at, quirk) in QUIRKS.iter().enumerate() {
            if self.on & (1 << at) == 0 {
                continue;
            }
            for rule in quirk.rules {
                if act(rule) {
                    self.fired |= 1 << at;
                }
            }
        }
    }

    /// Returns the state of what fired, for [`Switches::restore`].
    pub(crate) fn fired(&self) -> u64 {
        self.fired
    }

    /// Forgets what fired since: it was only asked, or could not be carried out.
    pub(crate) fn restore(&mut self, fired: u64) {
        self.fired = fired;
    }

    /// Returns the quirks that fired, in table order.
    pub(crate) fn quirks(&self) -> Vec<&'static Quirk> {
        let fired = |at: usize| self.fired & (1 << at) != 0;
        QUIRKS
            .iter()
            .enumerate()
            .filter(|(at, _)| fired(*at))
            .map(|(_, quirk)| quirk)
            .collect()
    }
}
