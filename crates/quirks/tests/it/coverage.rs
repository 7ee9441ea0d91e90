//! The catalogue of provider behaviour, row by row: who answers for it.

use std::collections::{BTreeMap, BTreeSet};

use enroll_quirks::QUIRKS;

/// `row, who answers, how`.
const COVERAGE: &str = include_str!("../data/coverage.tsv");

/// Who may answer for a row, besides a quirk.
const OWNERS: &[&str] = &[
    "quirk", "policy", "core", "http", "sync", "conforms", "client", "none",
];

fn coverage() -> BTreeMap<&'static str, (Vec<&'static str>, &'static str)> {
    let row = |line: &'static str| {
        let cells: Vec<_> = line.split('\t').collect();
        let [id, owners, how] = <[&str; 3]>::try_from(cells).unwrap_or_else(|_| panic!("{line}"));
        (id, (owners.split(' ').collect(), how))
    };
    COVERAGE.lines().skip(1).map(row).collect()
}

#[test]
fn every_row_of_the_catalogue_has_an_owner() {
    let coverage = coverage();
    assert_eq!(
        COVERAGE.lines().count() - 1,
        coverage.len(),
        "ids are unique"
    );
    assert_eq!(coverage.len(), 179);
    for (id, (owners, how)) in coverage {
        assert!(
            owners.iter().all(|owner| OWNERS.contains(owner)),
            "{id}: {owners:?}"
        );
        assert!(how.len() > 5, "{id} says how");
    }
}

#[test]
fn quirks_and_coverage_name_each_other() {
    let coverage = coverage();
    let named: BTreeSet<(&str, &str)> = QUIRKS
        .iter()
        .flat_map(|quirk| quirk.source.iter().map(|row| (*row, quirk.id)))
        .collect();
    let ids: BTreeSet<&str> = QUIRKS.iter().map(|quirk| quirk.id).collect();
    let words = |how: &'static str| {
        how.split([' ', ',', ';', ':'])
            .filter(|word| ids.contains(word))
    };
    let told: BTreeSet<(&str, &str)> = coverage
        .iter()
        .flat_map(|(row, (_, how))| words(how).map(|id| (*row, id)))
        .collect();
    assert_eq!(told, named);
    for (row, (owners, how)) in coverage {
        assert_eq!(
            owners.contains(&"quirk"),
            words(how).next().is_some(),
            "{row}"
        );
    }
}
