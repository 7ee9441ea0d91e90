//! Every recorded request: what fires in its provider's dialect, and in `auto`.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use enroll_quirks::{Dialect, Incoming};
use serde_json::Value;

use crate::row::{apply, incoming};

/// A case of the corpus, as far as quirks look at it.
pub(crate) struct Case {
    pub(crate) id: String,
    idp: String,
    pub(crate) sent: Incoming,
    /// Whether a 2xx is expected.
    pub(crate) succeeds: bool,
    /// The rows of the catalogue it shows.
    pub(crate) catalogue: Vec<String>,
    /// What fires in the provider's dialect and in auto, of a case that was exported from a request
    /// log: it says so itself, and no table needs a row for it.
    said: Option<(String, String)>,
}

/// Returns the dialect of the provider that sends the case.
pub(crate) fn own(case: &Case) -> Dialect {
    Dialect::named(&case.idp).unwrap_or_else(|| panic!("{}", case.idp))
}

/// The requests of the conformance corpus whose body is JSON, of every provider.
pub(crate) fn cases() -> Vec<Case> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../conformance/corpus");
    let files = |folder: &Path| -> Vec<PathBuf> {
        let entries = fs::read_dir(folder).unwrap_or_else(|e| panic!("{}: {e}", folder.display()));
        entries.map(|entry| entry.unwrap().path()).collect()
    };
    let folders = files(&root).into_iter().filter(|path| path.is_dir());
    let mut cases: Vec<Case> = folders
        .flat_map(|folder| files(&folder))
        .filter(|path| path.extension().is_some_and(|ending| ending == "json"))
        .map(|path| case(&fs::read_to_string(&path).unwrap()))
        .collect();
    cases.sort_by(|a, b| a.id.cmp(&b.id));
    cases
}

fn case(text: &str) -> Case {
    let case: Value = serde_json::from_str(text).unwrap();
    let request = &case["request"];
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let mut line = format!("{} {}", text(&request["method"]), text(&request["path"]));
    if let Some(query) = request["query"].as_str() {
        line = line + "?" + query;
    }
    Case {
        id: text(&case["id"]),
        idp: text(&case["idp"]),
        sent: incoming(&line, request.get("body")),
        succeeds: case["expect"]["status"].as_u64().unwrap() < 300,
        catalogue: case["catalogue"]
            .as_array()
            .unwrap()
            .iter()
            .map(text)
            .collect(),
        said: said(&case),
    }
}

/// Reads the quirks that an exported case expects.
fn said(case: &Value) -> Option<(String, String)> {
    let tags = case["tags"].as_array()?;
    let quirks = |expect: &Value| -> String {
        let all = expect["quirks"].as_array().into_iter().flatten();
        let all: Vec<_> = all.filter_map(Value::as_str).collect();
        all.join(" ")
    };
    let own = quirks(&case["expect"]);
    let auto = case.get("unnamed").map_or(own.clone(), quirks);
    tags.contains(&"exported".into()).then_some((own, auto))
}

/// `case id, provider's dialect, in auto`, only for cases in which something fires.
fn table() -> BTreeMap<String, (String, String)> {
    let text = include_str!("../data/corpus.tsv");
    let row = |line: &str| {
        let cells: Vec<_> = line.split('\t').map(str::to_owned).collect();
        let [id, own, auto] = <[String; 3]>::try_from(cells).unwrap_or_else(|_| panic!("{line}"));
        (id, (own, auto))
    };
    text.lines().skip(1).map(row).collect()
}

fn fired(dialect: Dialect, case: &Case) -> String {
    apply(dialect, &case.sent).1.join(" ")
}

#[test]
fn each_case_fires_what_the_table_says_and_nothing_else() {
    let mut table = table();
    let mut found = Vec::new();
    for case in cases() {
        let told = (fired(own(&case), &case), fired(Dialect::Auto, &case));
        let wanted = case.said.clone().or_else(|| table.remove(&case.id));
        if wanted.unwrap_or_default() != told {
            found.push(format!("{}\t{}\t{}", case.id, told.0, told.1));
        }
    }
    assert!(
        found.is_empty(),
        "other than the table says:\n{}",
        found.join("\n")
    );
    assert!(table.is_empty(), "no such case: {:?}", table.keys());
}

#[test]
fn every_provider_of_the_corpus_has_cases() {
    let cases = cases();
    for idp in [
        "entra",
        "okta",
        "onelogin",
        "ms-validator",
        "generic",
        "jumpcloud",
        "keycloak",
    ] {
        assert!(cases.iter().any(|case| case.idp == idp), "{idp}");
    }
    assert!(cases.len() >= 363, "{}", cases.len());
}

/// Reads what is meant as the core does: the message, then every path and value of it.
fn understood(dialect: Dialect, case: &Case) -> Result<(), enroll_schema::Error> {
    let (meant, _) = apply(dialect, &case.sent);
    let policy = dialect.policy();
    let schemas = enroll_schema::Schemas::standard();
    let endpoint = meant.path.split('/').nth(1).unwrap();
    let Some((kind, body)) = schemas.endpoint(endpoint).zip(meant.body) else {
        return Ok(());
    };
    match meant.method.as_str() {
        "PATCH" => {
            let patch = enroll_filter::Patch::read(body, policy.empty_patch_is_no_op)?;
            enroll_filter::Plan::compile(kind, &patch, policy.leniency)?;
        }
        _ => {
            enroll_schema::Document::read(kind, body, policy.mode)?;
        }
    }
    Ok(())
}

#[test]
fn what_is_meant_is_understood_where_success_is_due() {
    for case in cases().iter().filter(|case| case.succeeds) {
        if let Err(error) = understood(own(case), case) {
            panic!("{} as {}: {error}", case.id, case.idp);
        }
    }
}

#[test]
fn what_accepts_suffices_without_knowing_the_provider() {
    let mut refused = Vec::new();
    // An exported case says itself where a server that does not know the provider answers otherwise.
    let written = cases().into_iter().filter(|case| case.said.is_none());
    for case in written.filter(|case| case.succeeds) {
        if understood(Dialect::Auto, &case).is_err() {
            refused.push(case.id);
        }
    }
    // They need a quirk that changes the RFC's meaning. (Others do where the state decides.)
    assert_eq!(refused, ["ENTRA-U-137", "ENTRA-U-37", "OKTA-G-105"]);
}
