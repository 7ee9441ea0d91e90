//! `filter-accept.tsv`, `filter-reject.tsv`, `filter-eval.tsv`: every row.

use std::fmt::Write as _;

use enroll_filter::{AttrPath, Expr, Filter, Literal, Profile, Written};
use enroll_schema::ErrorKind;
use serde_json::Value;

use crate::kinds;

#[test]
fn accepted_rows_read_as_their_tree() {
    let mut rows = 0;
    for [id, profile, filter, ast, _] in rows_of(include_str!("../data/filter-accept.tsv")) {
        let filter = spelled(filter);
        let lenient = Filter::parse(&filter, Profile::Lenient)
            .unwrap_or_else(|e| panic!("{id} {e}: {filter}"));
        assert_eq!(tree(&lenient), spelled(ast), "{id}: {filter}");
        let strict = Filter::parse(&filter, Profile::Strict);
        match profile {
            "strict" => assert_eq!(strict.as_ref(), Ok(&lenient), "{id}: {filter}"),
            _ => assert!(strict.is_err(), "{id} must be lenient only: {filter}"),
        }
        let printed = lenient.to_string();
        assert_eq!(
            Filter::parse(&printed, Profile::Strict),
            Ok(lenient),
            "{id} prints {printed}"
        );
        rows += 1;
    }
    assert_eq!(rows, 166);
}

#[test]
fn rejected_rows_are_refused_in_their_phase() {
    let user = kinds::user();
    let mut rows = 0;
    for [id, phase, filter, scim_type, _] in rows_of(include_str!("../data/filter-reject.tsv")) {
        let filter = spelled(filter);
        assert_eq!(
            Some(scim_type),
            ErrorKind::InvalidFilter.scim_type(),
            "{id}"
        );
        let lenient = Filter::parse(&filter, Profile::Lenient);
        if phase == "syntax" {
            let error = lenient.expect_err(id);
            assert!(
                error.at <= filter.len() && !error.caret(&filter).is_empty(),
                "{id}: {error}"
            );
            assert!(
                Filter::parse(&filter, Profile::Strict).is_err(),
                "{id}: {filter}"
            );
        } else {
            let parsed = lenient.unwrap_or_else(|e| panic!("{id} {e}: {filter}"));
            let error = parsed.bind(&user).expect_err(id);
            assert_eq!(error.kind(), ErrorKind::InvalidFilter, "{id}: {error}");
        }
        rows += 1;
    }
    assert_eq!(rows, 138);
}

#[test]
fn evaluated_rows_match_as_they_say() {
    let user = kinds::user();
    let mut rows = 0;
    for [id, filter, resource, expected, why] in rows_of(include_str!("../data/filter-eval.tsv")) {
        let filter: Filter = spelled(filter).parse().unwrap();
        let predicate = filter
            .bind(&user)
            .unwrap_or_else(|e| panic!("{id} {e}: {filter}"));
        let Value::Object(resource) = serde_json::from_str(resource).unwrap() else {
            panic!("{id}")
        };
        assert_eq!(
            predicate.matches(&user, &resource).to_string(),
            expected,
            "{id} {why}: {filter}"
        );
        rows += 1;
    }
    assert_eq!(rows, 91);
}

#[test]
fn everyday_filters_bind() {
    let user = kinds::user();
    for text in include_str!("../data/filters.txt").lines() {
        let filter: Filter = text.parse().unwrap();
        filter.bind(&user).unwrap_or_else(|e| panic!("{e}: {text}"));
    }
}

/// The rows under the heading, as fields.
fn rows_of<const FIELDS: usize>(table: &str) -> impl Iterator<Item = [&str; FIELDS]> {
    table.lines().skip(1).map(|row| {
        let fields: Vec<&str> = row.split('\t').collect();
        fields
            .try_into()
            .unwrap_or_else(|_| panic!("{FIELDS} fields in {row}"))
    })
}

/// The text a field stands for: blanks and controls have names in the tables.
fn spelled(field: &str) -> String {
    let names = [
        ("{EMPTY}", ""),
        ("{SP}", " "),
        ("{TAB}", "\t"),
        ("{LF}", "\n"),
        ("{NUL}", "\0"),
        ("{NBSP}", "\u{a0}"),
        ("{DEL}", "\u{7f}"),
    ];
    names.iter().fold(field.to_owned(), |text, (name, meant)| {
        text.replace(name, meant)
    })
}

/// The tree in the notation of the tables, where `and` and `or` have two sides.
fn tree(filter: &Filter) -> String {
    let sides = |word: &str, list: &[Filter]| {
        let all = list.iter().map(tree);
        all.reduce(|left, right| format!("({word} {left} {right})"))
            .unwrap_or_default()
    };
    match filter {
        Expr::All(all) => sides("and", all),
        Expr::Any(any) => sides("or", any),
        Expr::Not(inner) => format!("(not {})", tree(inner)),
        Expr::Test(Written::Present(path)) => format!("(pr {})", place(path)),
        Expr::Test(Written::Compare(path, op, literal)) => {
            format!("({op} {} {})", place(path), shown(literal))
        }
        Expr::Test(Written::Element(path, inner)) => {
            format!("(vp {} {})", place(path), tree(inner))
        }
    }
}

fn place(path: &AttrPath) -> String {
    let mut text = path
        .urn
        .iter()
        .map(|urn| format!("{urn}|"))
        .collect::<String>();
    text += path.name.as_str();
    path.sub
        .iter()
        .for_each(|sub| write!(text, ".{sub}").unwrap());
    text
}

fn shown(literal: &Literal) -> String {
    match literal {
        Literal::String(text) => serde_json::to_string(text).unwrap(),
        other => other.to_string(),
    }
}
