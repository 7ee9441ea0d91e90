//! Writes the seeds of the fuzz targets: what providers send, and the tables of cases.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::workspace::Workspace;
use crate::{Failure, corpus_index};

/// The seeds of all targets; a set, because many cases ask the same.
#[derive(Debug, Default)]
struct Seeds {
    filter: BTreeSet<String>,
    patch: BTreeSet<String>,
    quirks: BTreeSet<String>,
}

pub(crate) fn write(workspace: &Workspace) -> Result<(), Failure> {
    let mut seeds = Seeds::default();
    let corpus = workspace.root.join("crates/conformance/corpus");
    for name in corpus_index::names(&corpus)? {
        seeds.add_case(&read(&corpus.join(name))?)?;
    }
    let tables = workspace.root.join("crates/filter/tests/data");
    for name in FILTER_TABLES {
        seeds.add_filter_table(&read(&tables.join(name))?);
    }
    seeds.add_patch_cases(&read(&tables.join(PATCH_CASES))?)?;
    let rows = workspace.root.join("crates/quirks/tests/data");
    for name in QUIRK_ROWS {
        seeds.add_quirk_rows(&read(&rows.join(name))?)?;
    }
    for (target, seeds) in [
        ("filter", &seeds.filter),
        ("patch", &seeds.patch),
        ("quirks", &seeds.quirks),
    ] {
        let folder = workspace.root.join("fuzz/corpus").join(target);
        save(&folder, seeds).map_err(|error| format!("{}: {error}", folder.display()))?;
        println!("{}: {} seeds", folder.display(), seeds.len());
    }
    Ok(())
}

impl Seeds {
    /// Takes the filter of the query, and the body and the paths of a PATCH.
    fn add_case(&mut self, text: &str) -> Result<(), Failure> {
        let case = json(text)?;
        let query = case
            .pointer("/request/query")
            .and_then(Value::as_str)
            .unwrap_or_default();
        let filters = query
            .split('&')
            .filter_map(|pair| pair.strip_prefix("filter="));
        self.filter.extend(filters.map(decode));
        if case.pointer("/request/method") == Some(&Value::from("PATCH")) {
            self.add_patch(case.pointer("/request/body").unwrap_or(&Value::Null));
        }
        let text = |name: &str| case.pointer(name).and_then(Value::as_str);
        if let (Some(method), Some(path)) = (text("/request/method"), text("/request/path")) {
            let mark = if query.is_empty() { "" } else { "?" };
            let line = format!("{method} {path}{mark}{query}");
            self.add_request(&line, case.pointer("/request/body"));
        }
        Ok(())
    }

    /// Takes a request as its first line and its body.
    fn add_request(&mut self, line: &str, body: Option<&Value>) {
        let body = body.filter(|body| !body.is_null());
        let body = body.map(|body| format!("\n{body}")).unwrap_or_default();
        self.quirks.insert(format!("{line}{body}"));
    }

    /// Takes what the rows of quirks send.
    fn add_quirk_rows(&mut self, text: &str) -> Result<(), Failure> {
        for row in json(text)?.as_array().into_iter().flatten() {
            if let Some(line) = row.get("send").and_then(Value::as_str) {
                self.add_request(line, row.get("body"));
            }
        }
        Ok(())
    }

    fn add_patch(&mut self, body: &Value) {
        self.patch.insert(body.to_string());
        let operations = body
            .get("Operations")
            .and_then(Value::as_array)
            .into_iter()
            .flatten();
        let paths = operations.filter_map(|operation| operation.get("path")?.as_str());
        self.filter.extend(paths.map(str::to_owned));
    }

    /// Takes the column which the head line calls `filter`.
    fn add_filter_table(&mut self, text: &str) {
        let mut rows = text.lines().map(|row| row.split('\t'));
        let column = rows
            .next()
            .and_then(|mut head| head.position(|name| name == "filter"));
        let Some(column) = column else { return };
        self.filter.extend(
            rows.filter_map(|mut row| row.nth(column))
                .map(str::to_owned),
        );
    }

    fn add_patch_cases(&mut self, text: &str) -> Result<(), Failure> {
        for line in text.lines().filter(|line| !line.trim().is_empty()) {
            let operations = json(line)?.get("operations").cloned().unwrap_or_default();
            self.add_patch(&serde_json::json!({ "schemas": [PATCH_OP], "Operations": operations }));
        }
        Ok(())
    }
}

/// Decodes a query value as forms write it: `+` is a blank, `%41` a byte.
fn decode(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, tail @ ..] = rest {
        rest = tail;
        let byte = match (first, tail) {
            (b'+', _) => b' ',
            (b'%', [high, low, after @ ..]) => match (digit(*high), digit(*low)) {
                (Some(high), Some(low)) => {
                    rest = after;
                    high * 16 + low
                }
                _ => b'%',
            },
            (&byte, _) => byte,
        };
        bytes.push(byte);
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

fn digit(byte: u8) -> Option<u8> {
    char::from(byte)
        .to_digit(16)
        .and_then(|digit| u8::try_from(digit).ok())
}

fn save(folder: &Path, seeds: &BTreeSet<String>) -> std::io::Result<()> {
    fs::create_dir_all(folder)?;
    for (number, seed) in seeds.iter().enumerate() {
        fs::write(folder.join(format!("seed-{number:04}")), seed)?;
    }
    Ok(())
}

fn read(path: &Path) -> Result<String, Failure> {
    fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))
}

fn json(text: &str) -> Result<Value, Failure> {
    serde_json::from_str(text).map_err(|error| format!("{error} in {text}"))
}

const FILTER_TABLES: &[&str] = &["filter-accept.tsv", "filter-reject.tsv", "filter-eval.tsv"];
const QUIRK_ROWS: &[&str] = &[
    "requests.json",
    "names.json",
    "operations.json",
    "values.json",
];
const PATCH_CASES: &str = "patch-cases.jsonl";
const PATCH_OP: &str = "urn:ietf:params:scim:api:messages:2.0:PatchOp";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn queries_are_decoded_as_forms() {
        let rows = [
            ("userName+eq+%22a%40b%22", r#"userName eq "a@b""#),
            ("a%20b%2Bc", "a b+c"),
            ("100%", "100%"),
            ("%zz%4", "%zz%4"),
            ("%C3%A9", "é"),
            ("", ""),
        ];
        for (text, wanted) in rows {
            assert_eq!(decode(text), wanted, "{text}");
        }
    }

    #[test]
    fn a_case_gives_its_filter_or_its_operations() {
        let mut seeds = Seeds::default();
        seeds
            .add_case(r#"{"request": {"method": "GET", "query": "count=1&filter=title%20pr"}}"#)
            .unwrap();
        seeds
            .add_case(
                r#"{"request": {"method": "PATCH", "query": null, "body":
                    {"Operations": [{"op": "remove", "path": "emails[type eq \"work\"]"}, {"op": "add"}]}}}"#,
            )
            .unwrap();
        assert_eq!(
            Vec::from_iter(&seeds.filter),
            [r#"emails[type eq "work"]"#, "title pr"]
        );
        assert_eq!(seeds.patch.len(), 1);
    }

    #[test]
    fn tables_give_their_filters_and_their_operations() {
        let mut seeds = Seeds::default();
        seeds.add_filter_table("id\tfilter\texpected\nE1\ttitle pr\ttrue\n");
        seeds.add_filter_table("no head\n");
        seeds.add_filter_table("id\tprofile\tfilter\tast\nA1\tstrict\ttitle pr\t(pr title)\n");
        assert_eq!(Vec::from_iter(&seeds.filter), ["title pr"]);
        seeds
            .add_patch_cases("{\"operations\": [{\"op\": \"remove\", \"path\": \"title\"}]}\n\n")
            .unwrap();
        assert!(seeds.patch.first().unwrap().contains(PATCH_OP));
        assert!(seeds.add_patch_cases("not json").is_err());
        seeds
            .add_quirk_rows(
                r#"[{"send": "GET /Users?a=b"}, {"send": "PUT /Users/1", "body": {"a": 1}}, {}]"#,
            )
            .unwrap();
        let wanted = ["GET /Users?a=b", "PUT /Users/1\n{\"a\":1}"];
        assert_eq!(Vec::from_iter(&seeds.quirks), wanted);
    }
}
