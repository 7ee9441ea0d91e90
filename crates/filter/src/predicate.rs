//! What a store asks of a predicate before it evaluates one.

use enroll_schema::{AttrId, Relation};

use crate::{Bound, Expr, Op, Operand, Predicate};

impl Predicate {
    /// Splits a conjunction: what the backend `can` decide by itself, and the rest;
    /// pushed ∧ residual ≡ whole.
    pub fn split(self, can: impl Fn(&Predicate) -> bool) -> (Vec<Predicate>, Vec<Predicate>) {
        let mut waiting = vec![self];
        let mut conjuncts = Vec::new();
        while let Some(next) = waiting.pop() {
            match next {
                Expr::All(all) => waiting.extend(all.into_iter().rev()),
                other => conjuncts.push(other),
            }
        }
        conjuncts.into_iter().partition(can)
    }

    /// Returns the attribute and key that every match must have: the one index look-up a simple
    /// store needs.
    ///
    /// The first of [`Predicate::pins`].
    pub fn pinned(&self) -> Option<(AttrId, &str)> {
        self.pins().into_iter().next()
    }

    /// Returns every attribute and key that all matches must have, for a store with several
    /// indexes.
    ///
    /// Conjuncts `attr eq "text"` on string attributes count, first those outside brackets, then
    /// those inside `attr[…]`: `emails[type eq "work" and value eq "x"]` pins `emails.type` and
    /// `emails.value`.
    pub fn pins(&self) -> Vec<(AttrId, &str)> {
        let (mut outside, mut within) = (Vec::new(), Vec::new());
        for leaf in leaves(self) {
            match leaf {
                Bound::Element { inner, .. } => {
                    within.extend(leaves(inner).into_iter().filter_map(pin));
                }
                leaf => outside.extend(pin(leaf)),
            }
        }
        outside.append(&mut within);
        outside
    }

    /// Counts the comparisons, those inside brackets too.
    pub(crate) fn comparisons(&self) -> usize {
        let (mut waiting, mut count) = (vec![self], 0);
        while let Some(next) = waiting.pop() {
            match next {
                Expr::All(list) | Expr::Any(list) => waiting.extend(list),
                Expr::Not(inner) | Expr::Test(Bound::Element { inner, .. }) => waiting.push(inner),
                Expr::Test(_) => count += 1,
            }
        }
        count
    }

    /// Returns the relations that deciding this predicate needs (threat B6: never silently false).
    pub fn relations(&self) -> Vec<Relation> {
        let (mut waiting, mut found) = (vec![self], Vec::new());
        while let Some(next) = waiting.pop() {
            match next {
                Expr::All(list) | Expr::Any(list) => waiting.extend(list),
                Expr::Not(inner) => waiting.push(inner),
                Expr::Test(Bound::Linked { relation, .. } | Bound::Related { relation, .. }) => {
                    found.push(*relation);
                }
                Expr::Test(_) => {}
            }
        }
        found.sort_unstable();
        found.dedup();
        found
    }
}

/// Returns the leaves that all must hold.
fn leaves(predicate: &Predicate) -> Vec<&Bound> {
    let (mut waiting, mut found) = (vec![predicate], Vec::new());
    while let Some(next) = waiting.pop() {
        match next {
            Expr::All(all) => waiting.extend(all.iter().rev()),
            Expr::Test(leaf) => found.push(leaf),
            Expr::Any(_) | Expr::Not(_) => {}
        }
    }
    found
}

fn pin(leaf: &Bound) -> Option<(AttrId, &str)> {
    match leaf {
        Bound::Compare {
            attribute,
            op: Op::Eq,
            operand: Operand::Text { key, .. },
        } => Some((*attribute, key)),
        _ => None,
    }
}
