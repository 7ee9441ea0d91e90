//! The circuit breaker of one endpoint: who cannot be reached is left in peace, and asked again now
//! and then.

use enroll_schema::Timestamp;
use serde::Serialize;

/// How an endpoint stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Health {
    /// In one word.
    pub state: Circuit,
    /// Since when.
    pub since: Timestamp,
    /// Calls in a row that did not reach it.
    pub failures: u32,
    /// What went wrong last, and when; kept after it went right.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_error: Option<Fault>,
    /// When it is asked again, unless it is closed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub probe_at: Option<Timestamp>,
}

/// Something that went wrong.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Fault {
    /// When.
    pub at: Timestamp,
    /// What, in words.
    pub text: String,
}

/// Whether calls go out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Circuit {
    /// They do.
    Closed,
    /// [`FAILURES_MAX`] in a row did not reach the endpoint: one call every 30 seconds.
    Open,
    /// The endpoint said 410: one call every ten minutes.
    Gone,
}

/// Counts failures and says who may call; the time is a value.
#[derive(Debug)]
pub(crate) struct Breaker {
    health: Health,
    /// Whether a leaver was sent away since the last probe: then the next probe is a leaver's.
    leaver_waits: bool,
}

/// May this call go out?
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Leave {
    Call,
    /// Not before this.
    Wait(Timestamp),
}

impl Breaker {
    pub(crate) fn new(now: Timestamp) -> Self {
        let health = Health {
            state: Circuit::Closed,
            since: now,
            failures: 0,
            last_error: None,
            probe_at: None,
        };
        Self {
            health,
            leaver_waits: false,
        }
    }

    pub(crate) fn health(&self) -> &Health {
        &self.health
    }

    /// Asks for a call at `now`. While the circuit is open one call goes out each time the clock
    /// comes round, a leaver's before all others.
    pub(crate) fn ask(&mut self, now: Timestamp, is_leaver: bool) -> Leave {
        let Some(probe_at) = self.health.probe_at else {
            return Leave::Call;
        };
        let own_at = if self.leaver_waits && !is_leaver {
            later(probe_at, HEAD_START_MILLIS)
        } else {
            probe_at
        };
        // A clock that was set back must not close the door for longer than a round.
        let is_due = now >= own_at || later(now, self.pause()) < probe_at;
        if !is_due {
            self.leaver_waits |= is_leaver;
            return Leave::Wait(own_at);
        }
        self.leaver_waits = false;
        // Granted before its end is known: a probe that is given up must not keep the door shut.
        self.health.probe_at = Some(later(now, self.pause()));
        Leave::Call
    }

    /// Takes note that the endpoint was reached; tells whether it was not before.
    pub(crate) fn reached(&mut self, now: Timestamp) -> bool {
        let was_open = self.health.state != Circuit::Closed;
        self.health.failures = 0;
        self.turn(Circuit::Closed, now);
        was_open
    }

    /// Takes note that the endpoint was not reached.
    pub(crate) fn missed(&mut self, now: Timestamp, text: &str) {
        self.health.failures = self.health.failures.saturating_add(1);
        self.note(now, text);
        if self.health.failures >= FAILURES_MAX {
            self.turn(Circuit::Open, now);
        }
    }

    /// Takes note that the endpoint is closed.
    pub(crate) fn gone(&mut self, now: Timestamp, text: &str) {
        self.health.failures = self.health.failures.saturating_add(1);
        self.note(now, text);
        self.turn(Circuit::Gone, now);
    }

    fn note(&mut self, at: Timestamp, text: &str) {
        let text = text.to_owned();
        self.health.last_error = Some(Fault { at, text });
    }

    fn turn(&mut self, state: Circuit, now: Timestamp) {
        if self.health.state != state {
            self.health.state = state;
            self.health.since = now;
            self.leaver_waits = false;
            let pause = (state != Circuit::Closed).then(|| self.pause());
            self.health.probe_at = pause.map(|pause| later(now, pause));
        }
    }

    fn pause(&self) -> i64 {
        match self.health.state {
            Circuit::Closed | Circuit::Open => PROBE_MILLIS,
            Circuit::Gone => PROBE_MILLIS_GONE,
        }
    }
}

fn later(at: Timestamp, millis: i64) -> Timestamp {
    Timestamp::from_millis(at.as_millis().saturating_add(millis))
}

/// Calls in a row that must fail to reach the endpoint before the circuit opens (sync §5).
pub const FAILURES_MAX: u32 = 10;
/// How often an open circuit is tried.
const PROBE_MILLIS: i64 = 30_000;
/// How often an endpoint that said 410 is tried.
const PROBE_MILLIS_GONE: i64 = 600_000;
/// By how much a waiting leaver's probe goes before the others'.
const HEAD_START_MILLIS: i64 = 5_000;

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_millis(second * 1_000)
    }

    fn open() -> Breaker {
        let mut breaker = Breaker::new(at(0));
        for second in 0..10 {
            assert_eq!(breaker.ask(at(second), false), Leave::Call);
            breaker.missed(at(second), "connection refused");
        }
        breaker
    }

    #[test]
    fn ten_failures_in_a_row_open_it_and_nine_do_not() {
        let mut breaker = Breaker::new(at(0));
        for _ in 0..9 {
            breaker.missed(at(1), "no");
        }
        assert!(!breaker.reached(at(1)));
        for _ in 0..9 {
            breaker.missed(at(2), "no");
        }
        assert_eq!(breaker.health().state, Circuit::Closed);
        breaker.missed(at(3), "no route");
        let health = breaker.health();
        assert_eq!(
            (health.state, health.since, health.probe_at),
            (Circuit::Open, at(3), Some(at(33)))
        );
        assert_eq!(health.last_error.as_ref().unwrap().text, "no route");
    }

    #[test]
    fn while_open_one_call_every_30_seconds_goes_out() {
        let mut breaker = open();
        assert_eq!(breaker.ask(at(10), false), Leave::Wait(at(39)));
        assert_eq!(breaker.ask(at(39), false), Leave::Call);
        // The probe's end is not known yet, or it was given up.
        assert_eq!(breaker.ask(at(39), false), Leave::Wait(at(69)));
        breaker.missed(at(41), "no");
        assert_eq!(breaker.ask(at(68), false), Leave::Wait(at(69)));
        assert_eq!(breaker.ask(at(70), false), Leave::Call);
        assert!(breaker.reached(at(70)));
        assert_eq!(breaker.ask(at(70), false), Leave::Call);
        assert_eq!(
            (breaker.health().failures, breaker.health().since),
            (0, at(70))
        );
        assert!(breaker.health().last_error.is_some(), "kept to look at");
    }

    #[test]
    fn d6_a_leaver_gets_the_probe_before_others() {
        let mut breaker = open();
        assert_eq!(breaker.ask(at(20), true), Leave::Wait(at(39)));
        assert_eq!(breaker.ask(at(21), false), Leave::Wait(at(44)));
        assert_eq!(breaker.ask(at(40), false), Leave::Wait(at(44)));
        assert_eq!(breaker.ask(at(40), true), Leave::Call);
        // A leaver that never comes back does not keep the door shut.
        let mut breaker = open();
        assert_eq!(breaker.ask(at(20), true), Leave::Wait(at(39)));
        assert_eq!(breaker.ask(at(44), false), Leave::Call);
    }

    #[test]
    fn a_closed_endpoint_is_asked_every_ten_minutes_and_opens_again() {
        let mut breaker = Breaker::new(at(0));
        breaker.gone(at(1), "answered 410");
        assert_eq!(breaker.health().state, Circuit::Gone);
        assert_eq!(breaker.ask(at(2), true), Leave::Wait(at(601)));
        assert_eq!(breaker.ask(at(601), true), Leave::Call);
        assert!(breaker.reached(at(601)));
        assert_eq!(breaker.health().state, Circuit::Closed);
    }

    #[test]
    fn a_clock_that_is_set_back_keeps_no_door_shut() {
        let mut breaker = open();
        assert_eq!(breaker.ask(at(-10_000), false), Leave::Call);
        assert_eq!(breaker.ask(at(-9_999), false), Leave::Wait(at(-9_970)));
    }
}
