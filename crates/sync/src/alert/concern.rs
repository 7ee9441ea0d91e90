//! Which decisions somebody must be told of; kept beside them, in the same transaction.

use enroll_schema::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{Code, Decision, Item, Op, Recorded, State, Subject, Verdict, wire};

/// Why somebody may have to be told about one subject.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Concern {
    /// Whom it is about.
    pub subject: Subject,
    /// The userName, or the group's name.
    pub name: String,
    /// What is the matter.
    pub trouble: Trouble,
    /// The reason that leads.
    pub code: Code,
    /// Whether access would end.
    pub removes: bool,
    /// Whether the provider says that the person is not active, or gone.
    pub left: bool,
    /// Since when.
    #[serde(with = "wire::instant")]
    pub since: Timestamp,
    /// When it ends by itself.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        with = "wire::maybe_instant"
    )]
    pub until: Option<Timestamp>,
}

/// What is the matter with a decision.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Trouble {
    /// A brake holds it.
    Held,
    /// It waits for automatic sync.
    Waiting,
    /// The application will not do it.
    Refused,
    /// The application has not said yet that access has ended, or that an account is made.
    Unconfirmed,
    /// Access stays although the directory says otherwise: an exception, or an account that was
    /// left to the application.
    Kept,
}

impl Concern {
    /// Returns what somebody may have to know of a decision, and nothing for one that is as it
    /// should be.
    pub fn of(decision: &Decision) -> Option<Self> {
        let item = &decision.item;
        let case = Case {
            item,
            left: item.has(Code::IdpInactive) || item.has(Code::IdpDeleted),
            removes: item.takes_access(),
        };
        let (trouble, code) = case.trouble(decision)?;
        let open = decision.recorded.as_ref().filter(|last| is_open(last));
        let since = open.map_or(decision.at, |last| last.first_at);
        Some(Self {
            subject: item.subject.clone(),
            name: item.name.clone(),
            trouble,
            code,
            removes: case.removes,
            left: case.left,
            since: if trouble == Trouble::Unconfirmed {
                since
            } else {
                decision.at
            },
            until: item.until,
        })
    }
}

struct Case<'a> {
    item: &'a Item,
    left: bool,
    removes: bool,
}

impl Case<'_> {
    fn trouble(&self, decision: &Decision) -> Option<(Trouble, Code)> {
        let leading = || self.item.stopping().next();
        match self.item.state {
            State::Held => leading()
                .filter(|code| *code != Code::HeldRegroupGrace)
                .map(|code| (Trouble::Held, code)),
            State::Blocked if self.removes || self.item.has(Code::SinkFailed) => {
                leading().map(|code| (Trouble::Refused, code))
            }
            State::Ready if self.removes && decision.waiting => {
                Some((Trouble::Waiting, Code::SyncOff))
            }
            // Whoever left meanwhile may have got in by a call whose answer is not known.
            State::Ready if decision.in_flight || (self.removes && !is_done(decision)) => {
                Some((Trouble::Unconfirmed, Code::SinkRetry))
            }
            State::Blocked | State::Ready => self.kept(),
        }
    }

    /// Somebody is in whom the directory does not let in.
    fn kept(&self) -> Option<(Trouble, Code)> {
        if self.item.has(Code::ExceptionUntil) {
            return Some((Trouble::Kept, Code::ExceptionUntil));
        }
        let is_in = |item: &Item| item.account.as_ref().is_some_and(|account| account.active);
        let stays = self.left && !self.removes && is_in(self.item);
        stays.then_some((Trouble::Kept, Code::Released))
    }
}

/// Tells whether the application said that this very item is done.
fn is_done(decision: &Decision) -> bool {
    let item = &decision.item;
    let done = |last: &Recorded| {
        last.key == item.key && matches!(last.outcome, Verdict::Applied | Verdict::Unchanged)
    };
    item.op == Op::Nothing || decision.recorded.as_ref().is_some_and(done)
}

fn is_open(last: &Recorded) -> bool {
    matches!(last.outcome, Verdict::Retrying | Verdict::Conflict)
}
