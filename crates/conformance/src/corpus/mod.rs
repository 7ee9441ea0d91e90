//! Requests as identity providers send them, and what a good answer is.
//!
//! A [`Case`] holds what exists before (`given`), one request, and what must be true of the answer
//! and afterwards (`expect`). The files lie in `corpus/<idp>/`, are compiled in, and contain made-up
//! people only. [`run`] plays one against anything that implements [`Wire`]: a router in process, a
//! server over HTTP, somebody else's server.
//!
//! # Running all of them
//! Each case is written for the dialect of its provider ([`dialect_of`]) and must as well be
//! answered sensibly when nobody told the server who is calling (`auto`). Where the two differ,
//! [`EXCEPTIONS`] says how and by which rule; [`Case::under`] applies it.
//!
//! ```
//! use enroll_conformance::corpus::{self, Case};
//!
//! let cases: Vec<Case> = corpus::cases()
//!     .filter(|case| ["okta", "entra"].contains(&case.idp.as_str()))
//!     .flat_map(|case| [case.clone().under(corpus::dialect_of(&case)), case.under("auto")])
//!     .collect();
//! assert!(cases.len() > 180);
//! ```
//!
//! # The match language
//! Answers are described in JSON. An object is partial, at every depth; an array must have the same
//! length, its elements may stand in any order and are partial themselves; scalars must be equal.
//! An operator stands alone in its object:
//!
//! | operator | holds for |
//! |---|---|
//! | `{"$contains": [..]}` | an array among whose elements these are, each with one of its own |
//! | `{"$absent": true}` | missing, `null` or an empty array |
//! | `{"$absentOrEmpty": true}` | the same, or `""` |
//! | `{"$any": true}` | anything present that is not `null` |
//! | `{"$not": x}` | whatever `x` does not match |
//! | `{"$re": "…"}` | a string in which the regular expression is found |
//! | `{"$len": n}` | an array of `n` elements |
//! | `{"$int": true}`, `{"$bool": true}` | a JSON integer, a JSON boolean |
//! | `{"$orAbsent": x}` | missing, or what `x` matches |
//!
//! ```
//! use enroll_conformance::corpus::Pattern;
//! use serde_json::json;
//!
//! let pattern = Pattern::try_from(json!({"emails": [{"type": "work"}, {"type": "home"}]}))?;
//! let found = json!({"id": "7", "emails": [{"type": "home", "value": "h"}, {"type": "work"}]});
//! assert_eq!(pattern.check(Some(&found)), Ok(()));
//!
//! let pattern = Pattern::try_from(json!({"name": {"givenName": "Ada", "formatted": {"$any": true}}}))?;
//! let missing = pattern.check(Some(&json!({"name": {"givenName": "Ada"}}))).unwrap_err();
//! assert_eq!(missing.to_string(), r#"at /name/formatted: wanted {"$any":true}, found nothing"#);
//! # Ok::<(), enroll_conformance::corpus::BadPattern>(())
//! ```
//!
//! # What was recorded
//! `enroll requests export` writes a case from a server's request log, anonymised, and played once
//! before it is written. It may say in `expect.quirks` which quirks fired and under `unnamed` what a
//! server answers that was not told who is calling; a case written by hand may too.
//!
//! # A new case
//! Put the file into `corpus/<idp>/` under its id in lower case and run `cargo xtask corpus-index`.

mod case;
mod exceptions;
mod ids;
mod index;
mod pattern;
mod run;
mod wire;

pub use case::{
    After, Case, Confidence, Expect, Given, Gone, Kind, Request, Standing, Verdict, Which,
};
pub use exceptions::{EXCEPTIONS, Exception, When};
pub use pattern::{BadPattern, Difference, Pattern};
pub use run::run;
pub use wire::{Answer, Exchange, Mismatch, Wire};

/// Returns every case of the corpus, by provider and id, as its file has it.
#[allow(
    clippy::expect_used,
    clippy::missing_panics_doc,
    reason = "the files are compiled in and a test reads each"
)]
pub fn cases() -> impl Iterator<Item = Case> {
    index::FILES
        .iter()
        .map(|(_, text)| text.parse().expect("because a test reads each file"))
}

/// Returns the dialect a case is written for, by the name that `--idp` takes.
///
/// Microsoft's validator tests what Entra sends, so it speaks Entra; `generic` cases come from
/// nobody in particular. A server which has no dialect of the name runs the case as `auto`.
pub fn dialect_of(case: &Case) -> &str {
    match case.idp.as_str() {
        "ms-validator" => "entra",
        "generic" => "auto",
        provider => provider,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;
    use std::path::Path;

    /// Every file below `corpus/`, as `<idp>/<id>.json`.
    fn files() -> BTreeSet<String> {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus");
        let folders = root
            .read_dir()
            .unwrap()
            .map(|folder| folder.unwrap().path());
        let files = folders.flat_map(|folder| folder.read_dir().unwrap());
        files
            .map(|file| file.unwrap().path().strip_prefix(&root).unwrap().to_owned())
            .map(|path| path.to_str().unwrap().to_owned())
            .collect()
    }

    #[test]
    fn the_index_lists_exactly_the_files() {
        let listed: Vec<&str> = index::FILES.iter().map(|(path, _)| *path).collect();
        let files = files();
        let wanted: Vec<&str> = files.iter().map(String::as_str).collect();
        assert_eq!(listed, wanted, "run `cargo xtask corpus-index`");
    }

    #[test]
    fn every_file_holds_the_case_its_path_names() {
        for (path, text) in index::FILES {
            let case: Case = text
                .parse()
                .unwrap_or_else(|error| panic!("{path}: {error}"));
            assert_eq!(
                *path,
                format!("{}/{}.json", case.idp, case.id.to_lowercase())
            );
            assert!(
                !case.catalogue.is_empty() && !case.source.is_empty(),
                "{path}"
            );
            assert!(
                case.request.body.is_none() || case.request.raw_body.is_none(),
                "{path}"
            );
        }
    }

    #[test]
    fn every_exception_reads_and_overrules_a_choice_or_speaks_of_strangers() {
        let mut named = BTreeSet::new();
        for row in EXCEPTIONS {
            let case = cases().find(|case| case.id == row.case).expect(row.case);
            let may = case.policy.is_some() || row.when == When::Unnamed;
            assert!(may, "{}: no policy, so nothing to overrule", row.case);
            serde_json::from_str::<Expect>(row.instead).expect(row.case);
            assert!(named.insert(row.case), "{}: two exceptions", row.case);
        }
    }

    #[test]
    fn exceptions_apply_in_their_dialects_only() {
        let status = |id: &str, dialect| {
            let case = cases().find(|case| case.id == id).unwrap();
            case.under(dialect).expect.status
        };
        let rows = [
            ("ENTRA-G-03", "entra", 409),
            ("ENTRA-G-03", "auto", 201),
            ("ENTRA-U-16", "entra", 200),
            ("ENTRA-U-16", "auto", 400),
            ("ENTRA-U-06", "auto", 200),
        ];
        for (id, dialect, wanted) in rows {
            assert_eq!(status(id, dialect), wanted, "{id} under {dialect}");
        }
        let pending = cases().find(|case| case.id == "OKTA-G-14").unwrap();
        for dialect in ["okta", "auto"] {
            let after = &pending.clone().under(dialect).expect.after[0].pattern;
            let extra = serde_json::json!({"members": [
                {"value": "4671650f-8e7d-5585-82fb-0d06e16bd098"},
                {"value": "b02267fe-7a06-553a-a502-331726949646"},
                {"value": "00000000-0000-4000-8000-00000000dead"},
            ]});
            assert!(
                after.check(Some(&extra)).is_err(),
                "pending ids are no members: {dialect}"
            );
            assert!(pending.expect.after[0].pattern.check(Some(&extra)).is_ok());
        }
    }

    #[test]
    fn under_auto_nothing_tells_who_is_calling() {
        let case = cases().find(|case| case.id == "ENTRA-U-06").unwrap();
        assert!(case.request.headers.contains_key("Adscimversion"));
        let unknown = case.under("auto");
        assert_eq!(
            unknown.request.headers.keys().collect::<Vec<_>>(),
            ["Content-Type"]
        );
    }

    #[test]
    fn dialects_are_the_providers_own() {
        let rows = [
            ("okta", "okta"),
            ("entra", "entra"),
            ("ms-validator", "entra"),
            ("generic", "auto"),
        ];
        for (idp, wanted) in rows {
            let mut written = cases().filter(|case| case.idp == idp).peekable();
            assert!(written.peek().is_some(), "{idp}");
            assert!(written.all(|case| dialect_of(&case) == wanted), "{idp}");
        }
    }
}
