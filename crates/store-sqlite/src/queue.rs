//! The queue of writes: lanes, and fairness between directories.

use std::{
    collections::{BTreeMap, VecDeque},
    fmt,
    sync::{Condvar, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use crate::fault::Fault;

/// What a write is for; each lane is served in turn, so none starves another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Lane {
    /// A SCIM write into the directory with this key.
    Scim(i64),
    /// The ledger, the accounts, tenants: everything of the job and of the operator.
    Ledger,
    /// The request log.
    Notes,
}

/// Writes of one lane that may wait before more are refused.
pub(crate) const WAITING_MAX: usize = 1_000;

/// Rows that a lane may write before the next lane has its turn.
const ROWS_PER_TURN: u64 = 64;

/// Jobs in the order they are served: deficit round robin by rows over lanes and directories.
pub(crate) struct Queue<J> {
    state: Mutex<State<J>>,
    filled: Condvar,
}

struct State<J> {
    waiting: BTreeMap<Lane, Line<J>>,
    turns: VecDeque<Lane>,
    closed: Option<Instant>,
}

struct Line<J> {
    jobs: VecDeque<(u64, J)>,
    credit: u64,
}

impl<J> Queue<J> {
    pub(crate) fn new() -> Self {
        let state = State {
            waiting: BTreeMap::new(),
            turns: VecDeque::new(),
            closed: None,
        };
        Self {
            state: Mutex::new(state),
            filled: Condvar::new(),
        }
    }

    /// Adds a job that writes about `rows` rows.
    pub(crate) fn push(&self, lane: Lane, rows: u64, job: J) -> Result<(), Fault> {
        let mut state = self.state();
        if state.closed.is_some() {
            return Err(Fault::Lost);
        }
        let State { waiting, turns, .. } = &mut *state;
        let line = waiting.entry(lane).or_insert_with(|| {
            turns.push_back(lane);
            Line {
                jobs: VecDeque::new(),
                credit: ROWS_PER_TURN,
            }
        });
        if line.jobs.len() >= WAITING_MAX {
            return Err(Fault::Busy);
        }
        line.jobs.push_back((rows, job));
        drop(state);
        self.filled.notify_one();
        Ok(())
    }

    /// Takes the next job if there is one.
    pub(crate) fn pop(&self) -> Option<J> {
        self.state().pop()
    }

    /// Waits for a job; `None` once the queue is closed and empty.
    pub(crate) fn wait(&self) -> Option<J> {
        let mut state = self.state();
        loop {
            if let Some(job) = state.pop() {
                return Some(job);
            }
            if state.closed.is_some() {
                return None;
            }
            state = self
                .filled
                .wait(state)
                .unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Refuses new jobs; those that wait are still served.
    pub(crate) fn close(&self) {
        self.state().closed.get_or_insert_with(Instant::now);
        self.filled.notify_all();
    }

    /// Tells whether the queue was closed longer ago than `span`.
    pub(crate) fn is_over(&self, span: Duration) -> bool {
        self.state()
            .closed
            .is_some_and(|closed| closed.elapsed() > span)
    }

    fn state(&self) -> MutexGuard<'_, State<J>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<J> fmt::Debug for Queue<J> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Queue")
            .field("turns", &self.state().turns)
            .finish_non_exhaustive()
    }
}

impl<J> State<J> {
    fn pop(&mut self) -> Option<J> {
        loop {
            let lane = *self.turns.front()?;
            let line = self.waiting.get_mut(&lane)?;
            match line.jobs.front() {
                Some((rows, _)) if *rows <= line.credit => {
                    let (rows, job) = line.jobs.pop_front()?;
                    line.credit -= rows;
                    if line.jobs.is_empty() {
                        self.waiting.remove(&lane);
                        self.turns.pop_front();
                    }
                    return Some(job);
                }
                _ => {
                    line.credit = line.credit.saturating_add(ROWS_PER_TURN);
                    self.turns.rotate_left(1);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drained(queue: &Queue<&'static str>) -> Vec<&'static str> {
        std::iter::from_fn(|| queue.pop()).collect()
    }

    #[test]
    fn one_lane_keeps_its_order() {
        let queue = Queue::new();
        for job in ["a", "b", "c"] {
            queue.push(Lane::Ledger, 1, job).unwrap();
        }
        assert_eq!(drained(&queue), ["a", "b", "c"]);
    }

    #[test]
    fn a_directory_with_big_writes_waits_for_one_with_small_ones() {
        let queue = Queue::new();
        for _ in 0..3 {
            queue
                .push(Lane::Scim(1), 10 * ROWS_PER_TURN, "big")
                .unwrap();
        }
        for _ in 0..4 {
            queue.push(Lane::Scim(2), 1, "small").unwrap();
        }
        assert_eq!(drained(&queue)[..4], ["small"; 4]);
    }

    #[test]
    fn equal_lanes_take_turns() {
        let queue = Queue::new();
        for _ in 0..3 {
            queue.push(Lane::Scim(1), ROWS_PER_TURN, "one").unwrap();
            queue.push(Lane::Scim(2), ROWS_PER_TURN, "two").unwrap();
        }
        assert_eq!(drained(&queue), ["one", "two", "one", "two", "one", "two"]);
    }

    #[test]
    fn a_full_lane_refuses_and_leaves_the_others_open() {
        let queue = Queue::new();
        for _ in 0..WAITING_MAX {
            queue.push(Lane::Scim(1), 1, "job").unwrap();
        }
        assert!(matches!(
            queue.push(Lane::Scim(1), 1, "job"),
            Err(Fault::Busy)
        ));
        assert!(queue.push(Lane::Scim(2), 1, "job").is_ok());
    }

    #[test]
    fn a_closed_queue_still_gives_what_waits() {
        let queue = Queue::new();
        queue.push(Lane::Notes, 1, "last").unwrap();
        queue.close();
        assert!(matches!(
            queue.push(Lane::Notes, 1, "late"),
            Err(Fault::Lost)
        ));
        assert_eq!((queue.wait(), queue.wait()), (Some("last"), None));
    }
}
