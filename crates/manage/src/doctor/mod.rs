//! The connection doctor: what was seen of a provider, and what an administrator should do about it.
//!
//! [`examine`] is pure: [`Facts`] in, a [`Diagnosis`] out; the time is one of the facts. What each
//! check means, and which box to tick at which provider, stands in one table, [`CHECKS`].

mod checks;
mod facts;
mod people;
mod requests;
mod rules;
mod zones;

use enroll_schema::Timestamp;
use serde::Serialize;

pub use checks::{CHECKS, Check};
pub use facts::{Facts, Setting};
pub use requests::{REQUESTS_READ_MAX, Refusals, Requests, Turned};
pub use zones::timezone_expression;

use crate::problem::quoted;

/// How a check came out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// Nothing to do.
    Ok,
    /// Somebody should look at it.
    Warn,
    /// It does not work until somebody does something.
    Fail,
}

/// One line of a diagnosis.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Hint {
    /// Which check it is, a code of [`CHECKS`].
    pub code: &'static str,
    /// How it came out.
    pub level: Level,
    /// What was seen.
    pub text: String,
    /// What to do, and where in the provider; none where there is nothing to do.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fix: Option<String>,
}

/// What the doctor says of an integration.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Diagnosis {
    /// When it was asked.
    pub at: Timestamp,
    /// The provider whose words the fixes use.
    pub idp: String,
    /// The worst of the hints.
    pub level: Level,
    /// One for each check that applies, in the order of [`CHECKS`].
    pub hints: Vec<Hint>,
    /// What it was concluded from.
    pub seen: Counts,
}

/// What a diagnosis was concluded from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Counts {
    /// Lines of the request log that were read, the newest.
    pub requests: u64,
    /// Whether that was the whole log.
    pub whole_log: bool,
    /// People in the directory.
    pub people: u64,
    /// People of them that were read.
    pub people_read: u64,
    /// People of those that are active.
    pub active: u64,
    /// Groups in the directory.
    pub groups: u64,
    /// Groups of them that were read.
    pub groups_read: u64,
    /// Memberships in those groups.
    pub memberships: u64,
}

/// Says what the facts mean.
pub fn examine(facts: &Facts) -> Diagnosis {
    let mut hints: Vec<Hint> = rules::RULES.iter().filter_map(|rule| rule(facts)).collect();
    let place = |hint: &Hint| CHECKS.iter().position(|check| check.code == hint.code);
    hints.sort_by_key(place);
    let survey = &facts.survey;
    Diagnosis {
        at: facts.now,
        idp: facts.idp().to_owned(),
        level: hints
            .iter()
            .map(|hint| hint.level)
            .max()
            .unwrap_or(Level::Ok),
        hints,
        seen: Counts {
            requests: facts.requests.read,
            whole_log: facts.requests.is_whole,
            people: survey.people,
            people_read: survey.people_read,
            active: survey.active,
            groups: survey.groups_total,
            groups_read: survey.groups.len() as u64,
            memberships: facts.memberships(),
        },
    }
}

/// Says how long something took, in one unit: `40 s`, `12 min`, `3 h`, `5 d`.
fn span(millis: i64) -> String {
    let seconds = millis.max(0) / 1_000;
    match seconds {
        0..120 => format!("{seconds} s"),
        120..7_200 => format!("{} min", seconds / 60),
        7_200..172_800 => format!("{} h", seconds / 3_600),
        _ => format!("{} d", seconds / 86_400),
    }
}

/// Writes a number with its noun; `one` has no s and `many` is what stands for others.
fn count(number: u64, one: &str, many: &str) -> String {
    format!("{number} {}", if number == 1 { one } else { many })
}

/// Quotes the first few of a list of names.
fn some<'a>(names: impl Iterator<Item = &'a str>, all: u64) -> String {
    let shown: Vec<_> = names.take(NAMES_SHOWN).map(quoted).collect();
    let more = all.saturating_sub(shown.len() as u64);
    let more = if more > 0 {
        format!(" and {more} more")
    } else {
        String::new()
    };
    format!("{}{more}", shown.join(", "))
}

/// How many names a text holds.
const NAMES_SHOWN: usize = 5;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_have_one_unit() {
        for (millis, wanted) in [
            (-5, "0 s"),
            (40_000, "40 s"),
            (119_999, "119 s"),
            (120_000, "2 min"),
            (7_200_000, "2 h"),
            (172_800_000, "2 d"),
        ] {
            assert_eq!(span(millis), wanted);
        }
    }

    #[test]
    fn names_are_quoted_and_the_rest_counted() {
        let names = ["a", "b", "c", "d", "e", "f"];
        assert_eq!(some(names.into_iter().take(2), 2), r#""a", "b""#);
        let wanted = r#""a", "b", "c", "d", "e" and 4 more"#;
        assert_eq!(some(names.into_iter(), 9), wanted);
    }
}
