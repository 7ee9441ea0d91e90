//! Asks rows of your own with SCIM filters: no server, no database, one crate.
//!
//! ```text
//! cargo run -p enroll-examples --example filter_rows
//! cargo run -p enroll-examples --example filter_rows -- 'title co "pilot" and active eq true'
//! cargo test -p enroll-examples --example filter_rows
//! ```
#![allow(clippy::print_stdout, reason = "an example talks to whoever runs it")]

use std::{env, error::Error};

use enroll_filter::{Facts, Filter};
use enroll_schema::{Relation, ResourceType, Schemas};
use serde_json::{Map, Value, json};

/// The table, as a spreadsheet exports it: login, family name, title, active, address, teams.
const TABLE: &str = "\
ada,Lovelace,Lead engineer,yes,ada@work.example,engines poetry
bob,Builder,Pilot,yes,bob@work.example,harbour
cyd,Charisse,Harbour pilot,no,cyd@home.example,harbour
dan,Dare,,yes,,";

/// What is asked when nobody asks; the last one has an operator SCIM does not know.
const SAMPLES: &[&str] = &[
    r#"userName eq "ADA""#,
    r#"title co "pilot" and active eq true"#,
    r#"not (emails[value ew "@work.example"])"#,
    r#"groups.value eq "harbour""#,
    r#"userName sw "d" and title like "pilot""#,
];

/// One line, readable as a SCIM User.
struct Row {
    user: Map<String, Value>,
    teams: Vec<String>,
}

impl Row {
    /// Reads a line of the table; a cell that is empty is a value that is not there.
    fn read(line: &str) -> Self {
        let mut cells = line.split(',');
        let mut next = || cells.next().filter(|cell| !cell.is_empty());
        let work = |address| [json!({ "value": address, "type": "work" })];
        let pairs = [
            ("userName", json!(next())),
            ("name", json!({ "familyName": next() })),
            ("title", json!(next())),
            ("active", json!(next() == Some("yes"))),
            ("emails", json!(next().map(work))),
        ];
        let user = pairs.map(|(name, value)| (name.to_owned(), value));
        let user = user.into_iter().filter(|(_, value)| !value.is_null());
        let teams = next().unwrap_or_default().split_whitespace();
        Self {
            user: user.collect(),
            teams: teams.map(str::to_owned).collect(),
        }
    }
}

/// A filter sees attributes as JSON, and asks about relations one by one.
impl Facts for Row {
    fn document(&self) -> &Map<String, Value> {
        &self.user
    }

    fn linked(&self, relation: Relation, id: &str) -> bool {
        relation == Relation::Groups && self.teams.iter().any(|team| team == id)
    }

    fn links(&self, relation: Relation) -> Vec<Map<String, Value>> {
        let teams = self.teams.iter().filter(|_| relation == Relation::Groups);
        teams
            .map(|team| Map::from_iter([("value".to_owned(), json!(team))]))
            .collect()
    }
}

/// Returns the rows that match, or the reason why nothing can, with a caret where it can be drawn.
fn ask<'a>(kind: &ResourceType, rows: &'a [Row], text: &str) -> Result<Vec<&'a Row>, String> {
    let filter: Filter = text
        .parse()
        .map_err(|wrong: enroll_filter::ParseError| format!("{}\n{wrong}", wrong.caret(text)))?;
    let predicate = filter.bind(kind).map_err(|wrong| wrong.to_string())?;
    let matching = rows.iter().filter(|row| predicate.matches(kind, *row));
    Ok(matching.collect())
}

fn main() -> Result<(), Box<dyn Error>> {
    let schemas = Schemas::standard();
    let user = schemas.named("User").ok_or("the standard has users")?;
    let rows: Vec<_> = TABLE.lines().map(Row::read).collect();
    let arguments: Vec<_> = env::args().skip(1).collect();
    let samples = SAMPLES.iter().map(ToString::to_string);
    let asked = if arguments.is_empty() {
        samples.collect()
    } else {
        arguments
    };
    for text in asked {
        println!("{text}");
        match ask(user, &rows, &text) {
            Ok(found) if found.is_empty() => println!("    nobody"),
            Ok(found) => found
                .iter()
                .for_each(|row| println!("    {}", Value::Object(row.user.clone()))),
            Err(reason) => println!("{reason}"),
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Result<Vec<String>, String> {
        let schemas = Schemas::standard();
        let rows: Vec<_> = TABLE.lines().map(Row::read).collect();
        let names = |row: &Row| row.user["userName"].as_str().unwrap().to_owned();
        let rows = ask(schemas.named("User").unwrap(), &rows, text)?;
        Ok(rows.into_iter().map(names).collect())
    }

    #[test]
    fn filters_find_the_rows_they_describe() {
        for (text, wanted) in [
            (r#"userName eq "ADA""#, ["ada"].as_slice()),
            (r#"title co "pilot" and active eq true"#, &["bob"]),
            (r#"not (emails[value ew "@work.example"])"#, &["cyd", "dan"]),
            (r#"groups.value eq "harbour""#, &["bob", "cyd"]),
            (r#"groups[value sw "poe"]"#, &["ada"]),
            (r#"groups eq "Harbour""#, &[]),
            ("not (title pr)", &["dan"]),
            ("emails pr", &["ada", "bob", "cyd"]),
            (r#"name.familyName gt "c""#, &["ada", "cyd", "dan"]),
        ] {
            assert_eq!(found(text).unwrap(), wanted, "{text}");
        }
    }

    #[test]
    fn a_wrong_filter_is_shown_its_place() {
        for (text, wanted) in [
            (
                r#"userName sw "d" and title like "pilot""#,
                "userName sw \"d\" and title like \"pilot\"\n                          ^\nexpected one of",
            ),
            ("title pr and", "title pr and\n         ^\nexpected"),
            ("shoeSize eq 43", "shoeSize"),
            ("active co true", "active"),
        ] {
            let told = found(text).unwrap_err();
            assert!(told.contains(wanted), "{told}");
        }
    }
}
