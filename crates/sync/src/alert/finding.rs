//! From concerns to what is told: the table of alerts, and which of them stand.

use std::collections::BTreeMap;

use enroll_schema::Timestamp;
use enroll_store::{DirectoryId, Lane};
use serde::Serialize;

use super::{AlertLevel, Concern, Trouble};
use crate::{Code, Due};

/// A kind of alert that is no reason of an item.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct AlertCode {
    /// The code.
    pub code: &'static str,
    /// How soon somebody must act.
    pub level: AlertLevel,
    /// What it means, in one sentence.
    pub meaning: &'static str,
    /// What to do.
    pub fix: &'static str,
}

const fn row(
    code: &'static str,
    level: AlertLevel,
    meaning: &'static str,
    fix: &'static str,
) -> AlertCode {
    AlertCode {
        code,
        level,
        meaning,
        fix,
    }
}

/// The kinds of alerts beside the reasons that hold an item (`H_…`).
pub const ALERTS: &[AlertCode] = &[
    row(
        "LEAVER_UNCONFIRMED",
        AlertLevel::ActNow,
        "The application has not confirmed for five minutes that access has ended.",
        "Check the application's endpoint; the call is repeated at least every ten minutes.",
    ),
    row(
        "ACCOUNT_UNCONFIRMED",
        AlertLevel::Soon,
        "The application has not said for five minutes whether it made an account: whoever left meanwhile may be in.",
        "Check the application's endpoint; the call is repeated until it is answered.",
    ),
    row(
        "REMOVAL_REFUSED",
        AlertLevel::ActNow,
        "The application refused to end access, or could not be reached for seven days.",
        "End access in the application by hand, put right what it complains of, then sync again.",
    ),
    row(
        "SYNC_FAILED",
        AlertLevel::Soon,
        "The application did not take a change for seven days.",
        "Repair the application's endpoint, then sync again.",
    ),
    row(
        "REMOVALS_WAIT",
        AlertLevel::ActNow,
        "Access should end, and automatic sync is off: nothing happens until somebody applies it.",
        "Look at the plan and apply it, or switch automatic sync on.",
    ),
    row(
        "LEAVER_KEPT",
        AlertLevel::Soon,
        "The directory says that the person left, and the account stays by somebody's decision.",
        "End access in the application, or take the decision back.",
    ),
    row(
        "EXCEPTION_ENDING",
        AlertLevel::Soon,
        "Access that was given back runs out within a day.",
        "Give access in the provider before it runs out.",
    ),
    row(
        "INTEGRATION_SILENT",
        AlertLevel::ActNow,
        "The provider has not called for more than twice its longest pause.",
        "Check that provisioning runs in the provider, and that it reaches this server.",
    ),
    row(
        "INTEGRATION_FAILING",
        AlertLevel::ActNow,
        "The provider's last requests all failed.",
        "Look at them with enroll requests, and at the server's log.",
    ),
    row(
        "SINK_DOWN",
        AlertLevel::ActNow,
        "The application's endpoint cannot be reached: nobody is let in or out there.",
        "Repair the endpoint; whatever changed meanwhile is sent when it is back.",
    ),
    row(
        "SINK_GONE",
        AlertLevel::ActNow,
        "The application's endpoint says that it is closed (410).",
        "Correct the URL of the sink, or open the endpoint again.",
    ),
    row(
        "TOKEN_EXPIRING",
        AlertLevel::Soon,
        "The token that the provider uses runs out soon; provisioning stops silently then.",
        "Make a new token and paste it into the provider.",
    ),
    row(
        "TOKEN_EXPIRED",
        AlertLevel::ActNow,
        "No token opens the integration any more: the provider is turned away.",
        "Make a new token and paste it into the provider.",
    ),
];

impl AlertCode {
    /// Finds a kind of alert by its code.
    pub fn find(code: &str) -> Option<&'static Self> {
        ALERTS.iter().find(|row| row.code == code)
    }
}

/// A cause that stands now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// What it is about: the same cause is the same alert.
    pub cause: String,
    /// How soon somebody must act.
    pub level: AlertLevel,
    /// A code of [`ALERTS`], or the reason that holds.
    pub code: String,
    /// The integration, if it is about one.
    pub integration: Option<DirectoryId>,
    /// How many people or things it is about.
    pub count: u64,
    /// How many of them are people who left.
    pub leavers: u64,
    /// When the newest of them came.
    pub newest_at: Timestamp,
    /// What is the matter and what to do.
    pub text: String,
    /// The names of some of them.
    pub sample: Vec<String>,
    /// Whether it is told again while it lasts.
    pub repeats: bool,
}

impl Finding {
    /// Makes the finding of a code of [`ALERTS`] about one thing that is so since `since`: an instant that
    /// stays the same while it lasts.
    pub fn one(kind: &AlertCode, about: &str, since: Timestamp, detail: &str) -> Self {
        Self {
            cause: format!("{}:{about}", kind.code),
            level: kind.level,
            code: kind.code.to_owned(),
            integration: None,
            count: 1,
            leavers: 0,
            newest_at: since,
            text: sentence(&[detail, kind.meaning, kind.fix]),
            sample: Vec::new(),
            repeats: true,
        }
    }

    /// Says which integration it is about.
    pub fn of(mut self, integration: &DirectoryId) -> Self {
        self.integration = Some(integration.clone());
        self
    }

    /// Says that it is told once.
    pub fn once(mut self) -> Self {
        self.repeats = false;
        self
    }
}

/// How long a removal may take before somebody is told (sync §5): 5 minutes.
pub const UNCONFIRMED_MILLIS: i64 = 300_000;
/// How long before its end somebody is told of an exception (sync §8b): a day.
const EXCEPTION_MILLIS: i64 = 86_400_000;
/// Names in a message.
pub const SAMPLE_MAX: usize = 5;

/// Says which causes stand at `now`: those of decisions, and leavers whom the job has not come to.
pub fn findings(concerns: &[Concern], due: &[Due], now: Timestamp) -> Vec<Finding> {
    let mut found: BTreeMap<String, Heap<'_>> = BTreeMap::new();
    for concern in concerns.iter().filter(|concern| stands_at(concern) <= now) {
        let (code, level) = kind(concern);
        let integration = &concern.subject.integration;
        let cause = format!("{code}:{integration}");
        let heap = found.entry(cause);
        heap.or_insert_with(|| Heap::new(code, integration))
            .add(concern, level);
    }
    let late = due
        .iter()
        .filter(|due| due.lane == Lane::Now && after(due.first_at, UNCONFIRMED_MILLIS) <= now);
    for due in late {
        let (code, integration) = ("LEAVER_UNCONFIRMED", &due.subject.integration);
        let heap = found.entry(format!("{code}:{integration}"));
        heap.or_insert_with(|| Heap::new(code, integration))
            .late(due);
    }
    found
        .into_iter()
        .map(|(cause, heap)| heap.told(cause))
        .collect()
}

/// Returns when a concern that does not stand yet will.
pub fn next_look(concerns: &[Concern], now: Timestamp) -> Option<Timestamp> {
    let later = concerns.iter().map(stands_at).filter(|at| *at > now);
    later.min()
}

/// Returns from when on somebody is told.
fn stands_at(concern: &Concern) -> Timestamp {
    match (concern.trouble, concern.until) {
        (Trouble::Unconfirmed, _) => after(concern.since, UNCONFIRMED_MILLIS),
        (Trouble::Kept, Some(until)) if !concern.left => after(until, -EXCEPTION_MILLIS),
        _ => concern.since,
    }
}

/// Returns code and level of a concern.
fn kind(concern: &Concern) -> (&'static str, AlertLevel) {
    let by_table = |code| {
        (
            code,
            AlertCode::find(code).map_or(AlertLevel::Soon, |row| row.level),
        )
    };
    match concern.trouble {
        Trouble::Held => {
            let access_stays = concern.removes || concern.code == Code::HeldGroupDeleted;
            // Somebody has seen what was declined.
            let level = if access_stays && concern.code != Code::Declined {
                AlertLevel::ActNow
            } else {
                AlertLevel::Soon
            };
            (concern.code.as_str(), level)
        }
        Trouble::Waiting => by_table("REMOVALS_WAIT"),
        Trouble::Refused if concern.removes => by_table("REMOVAL_REFUSED"),
        Trouble::Refused => by_table("SYNC_FAILED"),
        Trouble::Unconfirmed if !concern.removes => by_table("ACCOUNT_UNCONFIRMED"),
        Trouble::Unconfirmed => by_table("LEAVER_UNCONFIRMED"),
        Trouble::Kept if concern.left => by_table("LEAVER_KEPT"),
        Trouble::Kept => by_table("EXCEPTION_ENDING"),
    }
}

/// Everybody of one cause.
struct Heap<'a> {
    code: &'static str,
    integration: &'a DirectoryId,
    level: AlertLevel,
    count: u64,
    leavers: u64,
    newest_at: Timestamp,
    sample: Vec<String>,
}

impl<'a> Heap<'a> {
    fn new(code: &'static str, integration: &'a DirectoryId) -> Self {
        Self {
            code,
            integration,
            level: AlertLevel::Soon,
            count: 0,
            leavers: 0,
            newest_at: Timestamp::from_millis(i64::MIN),
            sample: Vec::new(),
        }
    }

    fn add(&mut self, concern: &Concern, level: AlertLevel) {
        self.level = self.level.max(level);
        self.leavers += u64::from(concern.left);
        self.one(concern.since, &concern.name);
    }

    fn late(&mut self, due: &Due) {
        self.level = AlertLevel::ActNow;
        self.leavers += 1;
        self.one(due.first_at, due.subject.id.as_str());
    }

    fn one(&mut self, since: Timestamp, name: &str) {
        self.count += 1;
        self.newest_at = self.newest_at.max(since);
        if self.sample.len() < SAMPLE_MAX {
            self.sample.push(name.to_owned());
        }
    }

    fn told(self, cause: String) -> Finding {
        Finding {
            cause,
            level: self.level,
            code: self.code.to_owned(),
            integration: Some(self.integration.clone()),
            text: self.text(),
            count: self.count,
            leavers: self.leavers,
            newest_at: self.newest_at,
            sample: self.sample,
            repeats: true,
        }
    }

    /// `3 held, 2 of them people who left (ada, bob and 1 more). What it means. What to do.`
    fn text(&self) -> String {
        let (meaning, fix) = match (AlertCode::find(self.code), Code::parse(self.code)) {
            (Some(row), _) => (row.meaning, row.fix),
            (None, Some(code)) => (code.meaning(), code.fix()),
            (None, None) => ("", ""),
        };
        let mut names = self.sample.join(", ");
        let more = self.count.saturating_sub(self.sample.len() as u64);
        if more > 0 {
            names = format!("{names} and {more} more");
        }
        let leavers = match self.leavers {
            0 => String::new(),
            1 => ", 1 of them left according to the directory".to_owned(),
            n => format!(", {n} of them left according to the directory"),
        };
        let head = format!("{}{leavers}: {names}.", self.count);
        sentence(&[&head, meaning, fix])
    }
}

fn sentence(parts: &[&str]) -> String {
    let parts = parts.iter().filter(|part| !part.is_empty()).copied();
    parts.collect::<Vec<_>>().join(" ")
}

fn after(at: Timestamp, millis: i64) -> Timestamp {
    Timestamp::from_millis(at.as_millis().saturating_add(millis))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use enroll_schema::ResourceId;

    use super::*;
    use crate::Subject;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_millis(second * 1_000)
    }

    fn concern(trouble: Trouble, code: Code) -> Concern {
        let id = ResourceId::new("1").unwrap();
        Concern {
            subject: Subject::person(&DirectoryId::new("int_1"), &id),
            name: "ada".to_owned(),
            trouble,
            code,
            removes: true,
            left: true,
            since: at(0),
            until: None,
        }
    }

    #[test]
    fn codes_are_unique_and_say_what_to_do() {
        let codes: BTreeSet<_> = ALERTS.iter().map(|row| row.code).collect();
        assert_eq!(codes.len(), ALERTS.len());
        for row in ALERTS {
            assert!(
                row.meaning.ends_with('.') && row.fix.ends_with('.'),
                "{row:?}"
            );
            assert!(Code::parse(row.code).is_none(), "{row:?}");
        }
    }

    #[test]
    fn levels_and_clocks() {
        let held = concern(Trouble::Held, Code::HeldMass);
        let joins = Concern {
            removes: false,
            left: false,
            ..held.clone()
        };
        let exception = Concern {
            until: Some(at(100_000)),
            left: false,
            removes: false,
            ..concern(Trouble::Kept, Code::ExceptionUntil)
        };
        let kept = Concern {
            left: true,
            ..exception.clone()
        };
        for (concern, second, wanted) in [
            (
                held.clone(),
                0,
                Some(("H_MASS_DEACTIVATION", AlertLevel::ActNow)),
            ),
            (
                Concern {
                    code: Code::Declined,
                    ..held.clone()
                },
                0,
                Some(("H_DECLINED", AlertLevel::Soon)),
            ),
            (
                Concern {
                    code: Code::HeldLink,
                    ..joins.clone()
                },
                0,
                Some(("H_LINK", AlertLevel::Soon)),
            ),
            (
                Concern {
                    code: Code::HeldGroupDeleted,
                    ..joins
                },
                0,
                Some(("H_GROUP_DELETED", AlertLevel::ActNow)),
            ),
            (concern(Trouble::Unconfirmed, Code::SinkRetry), 299, None),
            (
                concern(Trouble::Unconfirmed, Code::SinkRetry),
                300,
                Some(("LEAVER_UNCONFIRMED", AlertLevel::ActNow)),
            ),
            (
                concern(Trouble::Waiting, Code::SyncOff),
                0,
                Some(("REMOVALS_WAIT", AlertLevel::ActNow)),
            ),
            (
                concern(Trouble::Refused, Code::Rejected),
                0,
                Some(("REMOVAL_REFUSED", AlertLevel::ActNow)),
            ),
            (exception.clone(), 13_599, None),
            (
                exception,
                13_600,
                Some(("EXCEPTION_ENDING", AlertLevel::Soon)),
            ),
            (kept, 0, Some(("LEAVER_KEPT", AlertLevel::Soon))),
        ] {
            let found = findings(std::slice::from_ref(&concern), &[], at(second));
            let found = found
                .first()
                .map(|found| (found.code.as_str(), found.level));
            assert_eq!(found, wanted, "{concern:?} at {second}");
            let next = next_look(std::slice::from_ref(&concern), at(second));
            assert_eq!(next.is_some(), wanted.is_none(), "{concern:?} at {second}");
        }
    }

    #[test]
    fn one_cause_is_one_finding_with_counts_and_some_names() {
        let seven: Vec<_> = (0..7)
            .map(|n| Concern {
                name: format!("p{n}"),
                left: n < 2,
                since: at(n),
                ..concern(Trouble::Held, Code::HeldBurst)
            })
            .collect();
        let found = findings(&seven, &[], at(9));
        assert_eq!(found.len(), 1);
        let one = &found[0];
        assert_eq!((one.count, one.leavers, one.newest_at), (7, 2, at(6)));
        let head = "7, 2 of them left according to the directory: p0, p1, p2, p3, p4 and 2 more. ";
        assert!(one.text.starts_with(head), "{}", one.text);
        assert_eq!(one.cause, "H_BURST:int_1");
    }
}
