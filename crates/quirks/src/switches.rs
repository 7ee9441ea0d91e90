//! Which quirks are on, and which fired: one bit each, by position in the table.

use std::sync::LazyLock;

use crate::{
    Dialect, QUIRKS, Quirk,
    rule::{Rule, Spot},
    told::{Length, Part, Told, Trace},
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
    trace: Option<Box<Trace>>,
}

/// What had fired, and was told of it, at some point.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Mark(u64, Length);

impl Switches {
    /// Switches on what is looked for in `dialect`.
    pub(crate) fn new(dialect: Dialect) -> Self {
        let on = ON.iter().find(|(known, _)| *known == dialect);
        Self {
            on: on.map_or(0, |(_, on)| *on),
            fired: 0,
            skipped: None,
            trace: None,
        }
    }

    /// Keeps what each rule changes.
    pub(crate) fn traced(self) -> Self {
        Self {
            trace: Some(Box::default()),
            ..self
        }
    }

    /// Says which operation of a PATCH is looked at.
    pub(crate) fn at(&mut self, operation: usize) {
        if let Some(trace) = &mut self.trace {
            trace.operation = Some(operation);
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
    ///
    /// `look` takes apart what `act` may change; it is asked only when changes are to be told.
    pub(crate) fn each<S: ?Sized>(
        &mut self,
        spot: Spot,
        state: &mut S,
        look: impl Fn(&S) -> Vec<Part>,
        mut act: impl FnMut(&mut S, &Rule) -> bool,
    ) {
        let mut left = self.on & ASKED.get(spot as usize).copied().unwrap_or_default();
        let mut before = None;
        while left != 0 {
            let at = left.trailing_zeros() as usize;
            left &= left - 1;
            let rules = QUIRKS.get(at).map_or(&[][..], |quirk| quirk.rules);
            for (number, rule) in rules.iter().enumerate() {
                if rule.spot() != spot || self.skipped == Some((at, number)) {
                    continue;
                }
                if self.trace.is_some() && before.is_none() {
                    before = Some(look(state));
                }
                if act(state, rule) {
                    self.fired |= 1 << at;
                    if let (Some(trace), Some(before)) = (&mut self.trace, before.take()) {
                        trace.add(at, before, look(state));
                    }
                }
            }
        }
    }

    /// Returns the state of what fired, for [`Switches::restore`].
    pub(crate) fn fired(&self) -> Mark {
        let told = self.trace.as_ref().map(|trace| trace.length());
        Mark(self.fired, told.unwrap_or_default())
    }

    /// Forgets what fired since: it was only asked, or could not be carried out.
    pub(crate) fn restore(&mut self, Mark(fired, told): Mark) {
        self.fired = fired;
        if let Some(trace) = &mut self.trace {
            trace.truncate(told);
        }
    }

    /// Returns what the quirks that fired did, in table order.
    pub(crate) fn told(self) -> Vec<Told> {
        let fired = self.fired;
        let trace = self.trace.unwrap_or_default();
        trace.told(|at| fired & (1 << at) != 0)
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
