//! `filter-accept.tsv`, `filter-reject.tsv`, `filter-eval.tsv`: every row.

use enroll_filter::{AttrPath, Expr, Filter, Literal, Profile, Written};
use enroll_schema::ErrorKind;
use serde_json::Value;

use crate::{kinds, tables::rows};

#[test]
fn accepted_rows_read_as_their_tree() {
    let mut count = 0;
    for [id, profile, filter, ast, _] in rows(include_str!("../data/filter-accept.tsv")) {
        let lenient = Filter::parse(&filter, Profile::Lenient)
            .unwrap_or_else(|e| panic!("{id} {e}: {filter}"));
        assert_eq!(tree(&lenient), ast, "{id}: {filter}");
        let strict = Filter::parse(&filter, Profile::Strict);
        match profile.as_str() {
            "strict" => assert_eq!(strict.as_ref(), Ok(&lenient), "{id}: {filter}"),
            _ => assert!(strict.is_err(), "{id} must be lenient only: {filter}"),
        }
        let printed = lenient.to_string();
        assert_eq!(
            Filter::parse(&printed, Profile::Strict),
            Ok(lenient),
            "{id} prints {printed}"
        );
        count += 1;
    }
    assert_eq!(count, 166);
}

#[test]
fn rejected_rows_are_refused_in_their_phase() {
    let user = kinds::user();
    let mut count = 0;
    for [id, phase, filter, scim_type, _] in rows(include_str!("../data/filter-reject.tsv")) {
        assert_eq!(
            Some(scim_type.as_str()),
            ErrorKind::InvalidFilter.scim_type(),
            "{id}"
        );
        let lenient = Filter::parse(&filter, Profile::Lenient);
        if phase == "syntax" {
            let error = lenient.expect_err(&id);
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
            let error = parsed.bind(&user).expect_err(&id);
            assert_eq!(error.kind(), ErrorKind::InvalidFilter, "{id}: {error}");
        }
        count += 1;
    }
    assert_eq!(count, 138);
}

#[test]
fn evaluated_rows_match_as_they_say() {
    let user = kinds::user();
    let mut count = 0;
    for [id, filter, resource, expected, why] in rows(include_str!("../data/filter-eval.tsv")) {
        let filter: Filter = filter.parse().unwrap();
        let predicate = filter
            .bind(&user)
            .unwrap_or_else(|e| panic!("{id} {e}: {filter}"));
        let Value::Object(resource) = serde_json::from_str(&resource).unwrap() else {
            panic!("{id}")
        };
        assert_eq!(
            predicate.matches(&user, &resource).to_string(),
            expected,
            "{id} {why}: {filter}"
        );
        count += 1;
    }
    assert_eq!(count, 91);
}

#[test]
fn what_was_grouped_stays_grouped() {
    for text in [
        "a pr and (b pr and c pr)",
        "(a pr and b pr) and c pr",
        "a pr or (b pr or c pr)",
        "(a pr or b pr) and (c pr or not (d pr))",
        "a pr and b pr or c pr and d pr",
        r#"a[b eq "\"\\" and (c pr or d pr)]"#,
    ] {
        assert_eq!(text.parse::<Filter>().unwrap().to_string(), text);
    }
    let needless: Filter = "((a pr)) or ((b pr) and (c pr))".parse().unwrap();
    assert_eq!(needless.to_string(), "a pr or b pr and c pr");
}

#[test]
fn everyday_filters_bind() {
    let user = kinds::user();
    for text in include_str!("../data/filters.txt").lines() {
        let filter: Filter = text.parse().unwrap();
        filter.bind(&user).unwrap_or_else(|e| panic!("{e}: {text}"));
    }
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
    let AttrPath { urn, name, sub } = path;
    let urn = urn.as_ref().map_or(String::new(), |urn| format!("{urn}|"));
    let sub = sub.as_ref().map_or(String::new(), |sub| format!(".{sub}"));
    format!("{urn}{name}{sub}")
}

fn shown(literal: &Literal) -> String {
    match literal {
        Literal::String(text) => serde_json::to_string(text).unwrap(),
        other => other.to_string(),
    }
}
