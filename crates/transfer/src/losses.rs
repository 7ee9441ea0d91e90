//! What could not be kept, counted by its cause.

use std::collections::BTreeMap;

use serde::Serialize;

/// Most examples of one cause.
const EXAMPLES_MAX: usize = 3;
/// Most causes that are told apart.
const CAUSES_MAX: usize = 1_000;

/// Something that was not kept: once or many times.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Loss {
    /// How often.
    pub count: u64,
    /// Names or ids of the first few.
    pub examples: Vec<String>,
}

/// Everything that was not kept, by cause.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Losses(BTreeMap<String, Loss>);

impl Losses {
    /// Notes that something was not kept of `whom`.
    pub fn note(&mut self, what: &str, whom: &str) {
        self.add(what, 1, &[whom.to_owned()]);
    }

    /// Takes over everything that others noted.
    pub fn merge(&mut self, others: &Self) {
        for (what, loss) in others.iter() {
            self.add(what, loss.count, &loss.examples);
        }
    }

    fn add(&mut self, what: &str, count: u64, examples: &[String]) {
        if self.0.len() >= CAUSES_MAX && !self.0.contains_key(what) {
            return;
        }
        let loss = self.0.entry(what.to_owned()).or_default();
        loss.count += count;
        let room = EXAMPLES_MAX.saturating_sub(loss.examples.len());
        loss.examples.extend(examples.iter().take(room).cloned());
    }

    /// Tells whether nothing was lost.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Lists the causes by name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Loss)> {
        self.0.iter().map(|(what, loss)| (what.as_str(), loss))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cause_is_counted_and_shows_its_first_examples() {
        let mut losses = Losses::default();
        assert!(losses.is_empty());
        for whom in ["a", "b", "c", "d"] {
            losses.note("attribute pet", whom);
        }
        losses.note("password", "a");
        let all: Vec<_> = losses.iter().collect();
        assert_eq!(all[0].0, "attribute pet");
        assert_eq!((all[0].1.count, all[0].1.examples.len()), (4, 3));
        assert_eq!(all[1].1.count, 1);

        let mut whole = Losses::default();
        whole.note("password", "e");
        whole.merge(&losses);
        let all: Vec<_> = whole.iter().collect();
        assert_eq!((all[0].1.count, all[0].1.examples.len()), (4, 3));
        assert_eq!(
            (all[1].1.count, &all[1].1.examples[..]),
            (2, &["e", "a"].map(str::to_owned)[..])
        );
    }
}
