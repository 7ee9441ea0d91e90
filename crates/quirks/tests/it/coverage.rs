//! The catalogue of provider behaviour, row by row: who answers for it.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
};

use enroll_quirks::QUIRKS;

use crate::{corpus::cases, row::rows};

/// `row, who answers, how, which tests hold it besides the corpus and the rows of this crate`.
const COVERAGE: &str = include_str!("../data/coverage.tsv");

/// Who may answer for a row, besides a quirk.
const OWNERS: &[&str] = &[
    "quirk", "policy", "core", "http", "sync", "conforms", "client", "none",
];

/// Who owns what needs no answer: habits of the provider, targets, rows without content.
const SILENT: &[&str] = &["client", "none"];

struct Owned {
    owners: Vec<&'static str>,
    how: &'static str,
    tests: Vec<&'static str>,
}

fn coverage() -> BTreeMap<&'static str, Owned> {
    let row = |line: &'static str| {
        let cells: Vec<_> = line.split('\t').collect();
        let [id, owners, how, tests] =
            <[&str; 4]>::try_from(cells).unwrap_or_else(|_| panic!("{line}"));
        let (owners, tests) = (
            owners.split(' ').collect(),
            tests.split_whitespace().collect(),
        );
        (id, Owned { owners, how, tests })
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
    for (id, Owned { owners, how, .. }) in coverage {
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
        .flat_map(|(row, owned)| words(owned.how).map(|id| (*row, id)))
        .collect();
    assert_eq!(told, named);
    for (row, Owned { owners, how, .. }) in coverage {
        assert_eq!(
            owners.contains(&"quirk"),
            words(how).next().is_some(),
            "{row}"
        );
    }
}

/// Tells whether `crate/tests/it/file::name` is a test that exists.
fn exists(test: &str) -> bool {
    let (file, name) = test
        .split_once("::")
        .unwrap_or_else(|| panic!("{test} is no path::name"));
    let crates = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let path = crates.join(file).with_extension("rs");
    let text = fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    text.contains(&format!("\nfn {name}(")) || text.contains(&format!("\nasync fn {name}("))
}

#[test]
fn every_row_that_needs_an_answer_is_held_by_a_test_that_exists() {
    let shown: BTreeSet<String> = cases()
        .into_iter()
        .flat_map(|case| case.catalogue)
        .collect();
    let notes: String = rows().into_iter().map(|row| row.note + "\n").collect();
    let unheld: Vec<&str> = coverage()
        .into_iter()
        .filter(|(_, owned)| !owned.owners.iter().all(|owner| SILENT.contains(owner)))
        .filter(|(row, owned)| {
            let missing = owned.tests.iter().find(|test| !exists(test));
            assert_eq!(missing, None, "{row}");
            !shown.contains(*row) && owned.tests.is_empty() && !notes.contains(row)
        })
        .map(|(row, _)| row)
        .collect();
    assert_eq!(unheld, [""; 0], "neither a case, a row nor a named test");
}

#[test]
fn cases_show_rows_that_exist() {
    let coverage = coverage();
    for case in cases() {
        for row in &case.catalogue {
            // A request that was exported from a log may show nothing that is known yet.
            let is_known = coverage.contains_key(row.as_str()) || row == "unlisted";
            assert!(is_known, "{}: {row}", case.id);
        }
    }
}
