//! What an import tells of itself.

use enroll_transfer::{Became, Difference, Losses, Prints};
use serde::Serialize;

use crate::client::plain;

/// Most differences that are listed for people; JSON has all.
const LISTED_MAX: usize = 20;

/// The report of one import.
#[derive(Debug, Serialize)]
pub(super) struct Told {
    from: String,
    users: usize,
    groups: usize,
    created: u64,
    updated: u64,
    same: u64,
    kept: u64,
    refused: u64,
    not_kept: Losses,
    differences: Vec<Difference>,
}

impl Told {
    pub(super) fn new(from: &str) -> Self {
        Self {
            from: from.to_owned(),
            users: 0,
            groups: 0,
            created: 0,
            updated: 0,
            same: 0,
            kept: 0,
            refused: 0,
            not_kept: Losses::default(),
            differences: Vec::new(),
        }
    }

    pub(super) fn count(&mut self, became: Became) {
        let count = match became {
            Became::Created => &mut self.created,
            Became::Updated => &mut self.updated,
            Became::Same => &mut self.same,
            Became::Kept => &mut self.kept,
            _ => &mut self.refused,
        };
        *count += 1;
    }

    pub(super) fn lost(&mut self, what: &str, whom: &str) {
        self.not_kept.note(what, whom);
    }

    /// Takes over what the reading of the source noted.
    pub(super) fn losses(&mut self, losses: &Losses) {
        self.not_kept.merge(losses);
    }

    pub(super) fn compared(&mut self, source: &Prints, here: &Prints) {
        (self.users, self.groups) = (source.count("User"), source.count("Group"));
        self.differences = Prints::differences(source, here);
    }

    /// Tells whether all that the source has is here.
    pub(super) fn is_good(&self) -> bool {
        self.refused == 0 && self.differences.is_empty()
    }

    pub(super) fn progress(&self) -> String {
        format!(
            "created {}   updated {}   the same {}   kept {}   refused {}",
            self.created, self.updated, self.same, self.kept, self.refused
        )
    }

    pub(super) fn show(&self, json: bool) -> String {
        if json {
            return serde_json::to_string(self).unwrap_or_default();
        }
        let (from, users, groups) = (plain(&self.from), self.users, self.groups);
        let mut rows = vec![
            format!("{from}: {users} users, {groups} groups"),
            format!("  {}", self.progress()),
        ];
        if !self.not_kept.is_empty() {
            rows.push("Not kept".to_owned());
        }
        for (what, loss) in self.not_kept.iter() {
            let of = plain(&loss.examples.join(", "));
            rows.push(format!("  {:>6}  {}   {of}", loss.count, plain(what)));
        }
        rows.push(match self.differences.len() {
            0 => "No difference".to_owned(),
            1 => "1 difference".to_owned(),
            many => format!("{many} differences"),
        });
        for one in self.differences.iter().take(LISTED_MAX) {
            let name = plain(&one.name);
            rows.push(format!(
                "  {} {}  {name}: {}",
                one.kind,
                plain(&one.id),
                one.what
            ));
        }
        if self.differences.len() > LISTED_MAX {
            rows.push("  … (--json lists all)".to_owned());
        }
        rows.join("\n")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_says_what_was_not_kept_and_whether_both_sides_agree() {
        let mut told = Told::new("https://old.example/scim");
        told.count(Became::Created);
        told.lost("attribute pet", "a\u{1b}da");
        told.compared(&Prints::default(), &Prints::default());
        assert!(told.is_good());
        let wanted = "https://old.example/scim: 0 users, 0 groups
  created 1   updated 0   the same 0   kept 0   refused 0
Not kept
       1  attribute pet   ada
No difference";
        assert_eq!(told.show(false), wanted);
        told.count(Became::Refused);
        assert!(!told.is_good());
    }
}
