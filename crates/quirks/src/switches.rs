//! Which quirks are on, and which fired: one bit each, by position in the table.

use std::sync::LazyLock;

use crate::{
    Dialect, QUIRKS, Quirk,
    rule::{Rule, Spot},
};

/// The quirks with a rule for each kind of place, one bit each, by [`Spot`].
static ASKED: LazyLock<[u64; Spot::COUNT]> = LazyLock::new(|| {
    let mut asked = [0; Spot::COUNT];
    for (at, quirk) in QUIRKS.iter().enumerate() {
        for rule in quirk.rules {
            if let Some(bits) = asked.get_mut(rule.spot() as usize) {
                *bits |= 1 << at;
            }
        }
    }
    asked
});

/// The quirks that are on in each dialect, one bit each, in the order of [`Dialect::ALL`].
static ON: LazyLock<Vec<(Dialect, u64)>> = LazyLock::new(|| {
    let on = |dialect: Dialect| {
        let quirks = QUIRKS.iter().enumerate();
        let on = quirks.filter(|(_, quirk)| quirk.is_on(dialect));
        on.fold(0, |bits, (at, _)| bits | (1 << at))
    };
    Dialect::ALL
        .iter()
        .map(|dialect| (*dialect, on(*dialect)))
        .collect()
});

/// The quirks of one dialect during one request.
#[derive(Debug)]
pub(crate) struct Switches {
    on: u64,
    fired: u64,
    skipped: Option<(usize, usize)>,
}

impl Switches {
    /// Switches on what is looked for in `dialect`.
    pub(crate) fn new(dialect: Dialect) -> Self {
        let on = ON.iter().find(|(known, _)| *known == dialect);
        Self {
            on: on.map_or(0, |(_, on)| *on),
            fired: 0,
            skipped: None,
        }
    }

    /// Leaves out one rule of the quirk called `id`, by its position.
    pub(crate) fn without(self, id: &str, rule: usize) -> Self {
        let at = QUIRKS.iter().position(|quirk| quirk.id == id);
        Self {
            skipped: at.map(|at| (at, rule)),
            ..self
        }
    }

    /// Offers every rule for `spot` that is on to `act`, in table order, and notes those that acted.
    pub(crate) fn each(&mut self, spot: Spot, mut act: impl FnMut(&Rule) -> bool) {
        let mut left = self.on & ASKED.get(spot as usize).copied().unwrap_or_default();
        while left != 0 {
            let at = left.trailing_zeros() as usize;
            left &= left - 1;
            let rules = QUIRKS.get(at).map_or(&[][..], |quirk| quirk.rules);
            for (number, rule) in rules.iter().enumerate() {
                if self.skipped != Some((at, number)) && act(rule) {
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
