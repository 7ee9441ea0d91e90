//! The table itself.

use std::collections::BTreeSet;

use enroll_quirks::{Dialect, Effect, QUIRKS};

#[test]
fn the_table_is_sound() {
    let ids: BTreeSet<_> = QUIRKS.iter().map(|quirk| quirk.id).collect();
    assert_eq!(ids.len(), QUIRKS.len(), "ids are unique");
    for quirk in QUIRKS {
        let kebab = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
        assert!(quirk.id.bytes().all(kebab), "{}", quirk.id);
        assert!(
            quirk.why.len() > 30 && !quirk.source.is_empty(),
            "{}",
            quirk.id
        );
        assert!(quirk.rules() > 0, "{}", quirk.id);
        let named = !quirk.dialects.is_empty();
        assert!(named || quirk.effect == Effect::Accepts, "{}", quirk.id);
        let vague = [Dialect::Strict, Dialect::Auto, Dialect::Generic];
        assert!(
            !quirk.dialects.iter().any(|d| vague.contains(d)),
            "{}",
            quirk.id
        );
    }
}

#[test]
fn strict_has_none_and_auto_only_what_accepts() {
    for quirk in QUIRKS {
        assert!(!quirk.is_on(Dialect::Strict), "{}", quirk.id);
        for vague in [Dialect::Auto, Dialect::Generic] {
            assert_eq!(
                quirk.is_on(vague),
                quirk.effect == Effect::Accepts,
                "{}",
                quirk.id
            );
        }
    }
}

#[test]
fn what_only_spells_is_in_the_table_and_changes_letter_case_alone() {
    let spelling: Vec<_> = QUIRKS.iter().filter(|quirk| quirk.only_spells()).collect();
    assert_eq!(spelling.len(), 2);
    for row in crate::row::rows() {
        let only = row
            .fired
            .iter()
            .all(|id| spelling.iter().any(|quirk| quirk.id == *id));
        if only && !row.fired.is_empty() {
            let lower = |request: &enroll_quirks::Incoming| {
                let body = request.body.as_ref().map(ToString::to_string);
                body.unwrap_or_default().to_lowercase()
            };
            let sorted = |text: String| {
                let mut letters: Vec<char> = text.chars().collect();
                letters.sort_unstable();
                letters
            };
            assert_eq!(
                sorted(lower(&row.sent)),
                sorted(lower(&row.read)),
                "{}",
                row.note
            );
        }
    }
}
