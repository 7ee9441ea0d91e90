//! `enroll impact`: who lost, gained or changed access, by cause (sync §8b).

use std::{collections::BTreeSet, fs, io, path::Path, process::ExitCode};

use serde_json::{Value, json};

use crate::{
    cli::ImpactOptions,
    client::{Server, plain, put, segment, text},
    report::{self, Failure},
    sync::items_of,
    when,
};

pub(crate) async fn run(options: ImpactOptions) -> Result<ExitCode, Failure> {
    let server = Server::new(&options.remote)?;
    let tenant = server.tenant(&options.remote).await?;
    let since = when::back(&options.since)?.to_string();
    let mut path = format!("{tenant}/impact?from={}", segment(&since));
    for (name, value) in [("to", &options.until), ("effect", &options.effect)] {
        if let Some(value) = value {
            path = format!("{path}&{name}={}", segment(value));
        }
    }
    let mut told = server.get(&path).await?;
    let mut unmet = BTreeSet::new();
    if let Some(file) = &options.people {
        unmet = only(&mut told, &people(file)?);
    }
    if options.remote.json {
        put(&mut told, "not_touched", json!(unmet));
        report::line(&told.to_string());
    } else if options.csv {
        report::line(&csv(&told));
    } else {
        report::line(&shown(&told, &unmet));
    }
    Ok(ExitCode::SUCCESS)
}

/// Reads a list of addresses, one a line.
fn people(file: &Path) -> Result<BTreeSet<String>, Failure> {
    let text = if file == Path::new("-") {
        io::read_to_string(io::stdin())
    } else {
        fs::read_to_string(file)
    };
    let text = text.map_err(|error| Failure::io("read", file, &error))?;
    let names = text.lines().map(|line| line.trim().to_lowercase());
    Ok(names.filter(|name| !name.is_empty()).collect())
}

/// Keeps only the people named; returns those whom nothing touched.
fn only(told: &mut Value, names: &BTreeSet<String>) -> BTreeSet<String> {
    let mut unmet = names.clone();
    let causes = told.get_mut("causes").and_then(Value::as_array_mut);
    let Some(causes) = causes else { return unmet };
    for cause in causes.iter_mut() {
        let Some(people) = cause.get_mut("people").and_then(Value::as_array_mut) else {
            continue;
        };
        people.retain(|one| {
            let known = [text(one, "name"), text(one, "email")].map(str::to_lowercase);
            let met = known.iter().any(|name| names.contains(name));
            for name in &known {
                unmet.remove(name);
            }
            met
        });
    }
    causes.retain(|cause| !items_of(cause, "people").is_empty());
    unmet
}

fn shown(told: &Value, unmet: &BTreeSet<String>) -> String {
    let mut rows = vec![format!(
        "from {} until {}",
        text(told, "from"),
        text(told, "to")
    )];
    let causes = items_of(told, "causes");
    if causes.is_empty() {
        rows.push("  nobody lost, gained or changed access".to_owned());
    }
    for cause in causes {
        let people = items_of(cause, "people");
        let effects: BTreeSet<_> = people.iter().map(|one| text(one, "effect")).collect();
        let effects = effects.into_iter().collect::<Vec<_>>().join("/");
        rows.push(format!(
            "{:>6} {effects:<8} {}  {}",
            people.len(),
            text(cause, "code"),
            text(cause, "meaning"),
        ));
        rows.push(format!(
            "                cause {}   {} … {}",
            plain(text(cause, "id")),
            text(cause, "first_at"),
            text(cause, "last_at"),
        ));
        for one in people.iter().take(PEOPLE_LISTED_MAX) {
            rows.push(format!("                {}", plain(text(one, "name"))));
        }
        if let more @ 1.. = people.len().saturating_sub(PEOPLE_LISTED_MAX) {
            rows.push(format!("                … and {more} more (--csv, --json)"));
        }
        if people.iter().any(|one| text(one, "effect") == "lost") {
            rows.push(format!(
                "                -> give back: enroll sync give-back --cause {} --reason \"…\"",
                plain(text(cause, "id"))
            ));
        }
    }
    for name in unmet {
        rows.push(format!("       not touched: {}", plain(name)));
    }
    rows.join("\n")
}

/// Most people listed under each cause.
const PEOPLE_LISTED_MAX: usize = 5;

fn csv(told: &Value) -> String {
    let mut rows = vec!["cause,code,effect,at,name,email".to_owned()];
    for cause in items_of(told, "causes") {
        for one in items_of(cause, "people") {
            let cells = [
                text(cause, "id"),
                text(cause, "code"),
                text(one, "effect"),
                text(one, "at"),
                text(one, "name"),
                text(one, "email"),
            ];
            rows.push(cells.map(cell).join(","));
        }
    }
    rows.join("\n")
}

/// Writes a cell so that no spreadsheet takes it for a formula.
fn cell(text: &str) -> String {
    let text = plain(text).replace('"', "\"\"");
    let is_formula = text.starts_with(['=', '+', '-', '@']);
    match (is_formula, text.contains([',', '"'])) {
        (true, _) => format!("\"'{text}\""),
        (false, true) => format!("\"{text}\""),
        (false, false) => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told() -> Value {
        json!({"from": "a", "to": "b", "causes": [{
            "id": "req_1", "code": "LOST_LAST_GROUP", "meaning": "m", "first_at": "1", "last_at": "2",
            "people": [
                {"name": "ada", "email": "ada@x.example", "effect": "lost", "at": "1"},
                {"name": "=cmd()", "email": null, "effect": "lost", "at": "2"},
            ],
        }]})
    }

    #[test]
    fn a_list_of_addresses_is_answered_in_one_page() {
        let mut told = told();
        let names = ["ada@x.example", "eve@x.example"].map(str::to_owned).into();
        let unmet = only(&mut told, &names);
        assert_eq!(unmet, BTreeSet::from(["eve@x.example".to_owned()]));
        let text = shown(&told, &unmet);
        assert!(
            text.contains("     1 lost     LOST_LAST_GROUP  m"),
            "{text}"
        );
        assert!(text.contains("not touched: eve@x.example"), "{text}");
        assert!(text.contains("give-back --cause req_1"), "{text}");
    }

    #[test]
    fn no_cell_is_a_formula() {
        let lines = csv(&told());
        let lines: Vec<_> = lines.lines().collect();
        assert_eq!(lines[1], "req_1,LOST_LAST_GROUP,lost,1,ada,ada@x.example");
        assert_eq!(lines[2], "req_1,LOST_LAST_GROUP,lost,2,\"'=cmd()\",");
        assert_eq!(cell("a,\"b\""), "\"a,\"\"b\"\"\"");
    }
}
