//! Every rule of every quirk, left out in turn: some row must then be read otherwise than meant.

use enroll_quirks::{QUIRKS, Quirk, inbound_without};

use crate::{
    corpus::{Case, cases, own},
    row::{Row, rows, schemas},
};

/// Tells whether the row fails when one rule is left out.
fn fails(row: &Row, rule: (&str, usize)) -> bool {
    let mut request = row.sent.clone();
    let applied = inbound_without(rule, row.dialect, schemas(), &mut request);
    request != row.read || !applied.ids().eq(row.fired.iter().map(String::as_str))
}

#[test]
fn without_any_rule_a_row_fails() {
    let rows = rows();
    for quirk in QUIRKS {
        for rule in 0..quirk.rules() {
            let noticed = rows.iter().any(|row| fails(row, (quirk.id, rule)));
            assert!(noticed, "no row needs rule {rule} of {}", quirk.id);
        }
    }
}

#[test]
fn nothing_fails_when_nothing_is_left_out() {
    let beyond = QUIRKS.iter().map(|quirk| (quirk.id, quirk.rules()));
    for rule in beyond.chain([("no-such-quirk", 0)]) {
        let failed = rows().into_iter().find(|row| fails(row, rule));
        assert!(failed.is_none(), "{rule:?}: {failed:?}");
    }
}

/// What needs an extension with a number, which the corpus has not.
///
/// What only tells changes no reading.
fn is_rows_only(quirk: &Quirk) -> bool {
    quirk.id == "text-number" || !quirk.rewrites()
}

/// Tells whether what a provider sent is read otherwise when some rule of the quirk is left out.
fn matters(case: &Case, id: &str, rules: usize) -> bool {
    let (dialect, with) = (own(case), crate::row::apply(own(case), &case.sent).0);
    (0..rules).any(|rule| {
        let mut request = case.sent.clone();
        inbound_without((id, rule), dialect, schemas(), &mut request);
        request != with
    })
}

#[test]
fn without_any_quirk_a_case_of_the_corpus_is_read_otherwise() {
    let cases: Vec<Case> = cases().into_iter().filter(|case| case.succeeds).collect();
    for quirk in QUIRKS.iter().filter(|quirk| !is_rows_only(quirk)) {
        let noticed = cases
            .iter()
            .any(|case| matters(case, quirk.id, quirk.rules()));
        assert!(noticed, "no case of the corpus needs {}", quirk.id);
    }
}
