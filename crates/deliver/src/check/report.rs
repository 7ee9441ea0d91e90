//! What a check found, and how it is told.

use std::fmt;

use serde::Serialize;

/// What became of one check.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "verdict", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Verdict {
    /// The receiver does what the contract asks.
    Passed,
    /// It does not.
    Failed {
        /// What was sent.
        sent: String,
        /// What should have come.
        expected: String,
        /// What came.
        came: String,
        /// What to change in the receiver.
        change: &'static str,
    },
    /// Over HTTP this receiver does not show it.
    NotChecked {
        /// Why, and how to make it visible.
        why: String,
    },
}

/// One check with its verdict.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Row {
    /// [`Check::id`](super::Check::id).
    pub id: &'static str,
    /// [`Check::about`](super::Check::about).
    pub about: &'static str,
    /// What became of it.
    #[serde(flatten)]
    pub verdict: Verdict,
}

/// Every check with its verdict, in the order of [`CHECKS`](super::CHECKS).
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Report {
    /// Whether nothing failed; what is not checked has not failed.
    pub ok: bool,
    /// How many passed.
    pub passed: usize,
    /// How many failed.
    pub failed: usize,
    /// How many could not be checked.
    pub not_checked: usize,
    /// How many accounts were made, and deactivated at the end.
    pub accounts_inactive: usize,
    /// The accounts that were made, and that the receiver did not deactivate.
    pub accounts_open: Vec<String>,
    /// The checks.
    pub checks: Vec<Row>,
}

impl Report {
    pub(super) fn new(checks: Vec<Row>, inactive: usize, open: Vec<String>) -> Self {
        let count = |which: fn(&Verdict) -> bool| {
            let rows = checks.iter();
            rows.filter(|row| which(&row.verdict)).count()
        };
        let failed = count(|verdict| matches!(verdict, Verdict::Failed { .. }));
        Self {
            ok: failed == 0,
            passed: count(|verdict| *verdict == Verdict::Passed),
            failed,
            not_checked: count(|verdict| matches!(verdict, Verdict::NotChecked { .. })),
            accounts_inactive: inactive,
            accounts_open: open,
            checks,
        }
    }

    /// Returns the last line for people.
    pub fn summary(&self) -> String {
        let Self {
            passed,
            failed,
            not_checked,
            ..
        } = self;
        let left = match self.accounts_inactive {
            0 => String::new(),
            left => format!("; {left} inactive accounts are left at @{DOMAIN}"),
        };
        let open = match self.accounts_open.join(", ") {
            open if open.is_empty() => open,
            open => format!("; still active, end them by hand: {open}"),
        };
        format!("{passed} passed, {failed} failed, {not_checked} not checked{left}{open}")
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for row in &self.checks {
            writeln!(f, "{row}")?;
        }
        write!(f, "\n{}", self.summary())
    }
}

impl fmt::Display for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let word = match self.verdict {
            Verdict::Passed => "ok",
            Verdict::Failed { .. } => "FAIL",
            Verdict::NotChecked { .. } => "-",
        };
        write!(f, "{word:<5} {:<17} {}", self.id, self.about)?;
        match &self.verdict {
            Verdict::Passed => Ok(()),
            Verdict::NotChecked { why } => write!(f, "\n{:>16}  {why}", "not checked"),
            Verdict::Failed {
                sent,
                expected,
                came,
                change,
            } => {
                let told = [
                    ("sent", sent.as_str()),
                    ("expected", expected),
                    ("came", came),
                    ("change", change),
                ];
                told.iter()
                    .try_for_each(|(name, text)| write!(f, "\n{name:>16}  {text}"))
            }
        }
    }
}

/// Where the people of the checks have their addresses: nobody's domain (RFC 2606).
pub(super) const DOMAIN: &str = "check.example";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_says_what_to_change() {
        let row = |verdict| Row {
            id: "move",
            about: "a move is one call",
            verdict,
        };
        let failed = Verdict::Failed {
            sent: "a".to_owned(),
            expected: "b".to_owned(),
            came: "c".to_owned(),
            change: "d",
        };
        let why = "w".to_owned();
        let rows = [Verdict::Passed, failed, Verdict::NotChecked { why }].map(row);
        let report = Report::new(rows.to_vec(), 2, vec!["u_3".to_owned()]);
        let wanted = "\
            ok    move              a move is one call\n\
            FAIL  move              a move is one call\n\
            \x20           sent  a\n\
            \x20       expected  b\n\
            \x20           came  c\n\
            \x20         change  d\n\
            -     move              a move is one call\n\
            \x20    not checked  w\n\
            \n\
            1 passed, 1 failed, 1 not checked; 2 inactive accounts are left at @check.example; \
            still active, end them by hand: u_3";
        assert_eq!(report.to_string(), wanted);
        assert!(!report.ok);
        let text = serde_json::to_string(&report.checks.last()).unwrap_or_default();
        let wanted =
            r#"{"id":"move","about":"a move is one call","verdict":"not_checked","why":"w"}"#;
        assert_eq!(text, wanted);
    }
}
