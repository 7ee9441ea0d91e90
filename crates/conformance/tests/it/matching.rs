//! The match language, row by row.

use enroll_conformance::corpus::{Difference, Pattern};
use serde_json::Value;

/// Compares `found` (empty text is: nothing there) with `pattern`; `wanted` is the place and the
/// wording of the first difference.
#[track_caller]
fn check(pattern: &str, found: &str, wanted: Result<(), (&str, &str, &str)>) {
    let read = |text: &str| serde_json::from_str::<Value>(text).unwrap();
    let found = (!found.is_empty()).then(|| read(found));
    let outcome = Pattern::try_from(read(pattern))
        .unwrap()
        .check(found.as_ref());
    let wanted = wanted.map_err(|(at, wanted, found)| Difference {
        at: at.to_owned(),
        wanted: wanted.to_owned(),
        found: found.to_owned(),
    });
    assert_eq!(outcome, wanted, "{pattern} against {found:?}");
}

#[track_caller]
fn good(pattern: &str, found: &str) {
    check(pattern, found, Ok(()));
}

#[track_caller]
fn bad(pattern: &str, found: &str) {
    let shown = if found.is_empty() { "nothing" } else { found };
    check(pattern, found, Err(("", pattern, shown)));
}

#[test]
fn scalars_are_equal() {
    good("true", "true");
    good(r#""a""#, r#""a""#);
    good("null", "null");
    bad("true", r#""true""#);
    bad("1", r#""1""#);
    bad(r#""a""#, r#""A""#);
    bad("null", "");
    bad("false", "");
}

#[test]
fn objects_are_partial_at_every_depth() {
    good("{}", r#"{"a":1}"#);
    good(r#"{"a":{"b":1}}"#, r#"{"a":{"b":1,"c":2},"d":3}"#);
    good(r#"{"$ref":"x"}"#, r#"{"$ref":"x"}"#);
    check(
        r#"{"a":{"b":1}}"#,
        r#"{"a":{"b":2}}"#,
        Err(("/a/b", "1", "2")),
    );
    check(
        r#"{"a":{"b":1}}"#,
        r#"{"a":{}}"#,
        Err(("/a/b", "1", "nothing")),
    );
    check(
        r#"{"a":{"b":1}}"#,
        r#"{"a":[]}"#,
        Err(("/a", r#"{"b":1}"#, "[]")),
    );
    check(r#"{"a":1}"#, r#"{"A":1}"#, Err(("/a", "1", "nothing")));
    check(
        r#"{"x/y":{"~":1}}"#,
        r#"{"x/y":{}}"#,
        Err(("/x~1y/~0", "1", "nothing")),
    );
}

#[test]
fn arrays_have_the_same_length_in_any_order() {
    good("[]", "[]");
    good(r#"[1,"b"]"#, r#"["b",1]"#);
    good(
        r#"[{"type":"work"},{"type":"home"}]"#,
        r#"[{"type":"home","value":"h"},{"type":"work"}]"#,
    );
    bad("[]", "[1]");
    bad("[1]", "[]");
    bad("[1,2]", "[1,2,3]");
    bad("[]", "");
    bad("[1]", "1");
    check(r#"[{"a":1}]"#, r#"[{"a":2}]"#, Err(("/0/a", "1", "2")));
    check(
        "[1,1]",
        "[1,2]",
        Err(("", "an element of its own for 1", "[1,2]")),
    );
}

#[test]
fn elements_are_paired_and_not_taken_greedily() {
    // The first pattern fits both elements; the second only the one a greedy reader gives away.
    good(r#"[{"$any":true},{"a":1}]"#, r#"[{"a":1},{"b":2}]"#);
    good(r#"[{"a":1},{"$any":true}]"#, r#"[{"b":2},{"a":1}]"#);
    // A chain: each must move one place for the last to be seated.
    good(r#"[{"$not":4},{"$not":3},{"$not":2},1]"#, "[1,2,3,4]");
    good(
        r#"[{"a":1},{"a":1,"b":2}]"#,
        r#"[{"a":1,"b":2},{"a":1,"c":3}]"#,
    );
    check(
        r#"[{"a":1},{"a":1}]"#,
        r#"[{"a":1},{"a":2}]"#,
        Err((
            "",
            r#"an element of its own for {"a":1}"#,
            r#"[{"a":1},{"a":2}]"#,
        )),
    );
    check(
        r#"{"m":[1,{"$not":2},{"$not":2}]}"#,
        r#"{"m":[1,2,3]}"#,
        Err(("/m", r#"an element of its own for {"$not":2}"#, "[1,2,3]")),
    );
}

#[test]
fn contains_wants_some_of_the_elements() {
    good(r#"{"$contains":[2]}"#, "[1,2,3]");
    good(r#"{"$contains":[]}"#, "[1]");
    good(
        r#"{"$contains":[{"a":1},{"$any":true}]}"#,
        r#"[{"a":1},{"b":1},3]"#,
    );
    check(
        r#"{"$contains":[4]}"#,
        "[1,2]",
        Err(("", "an element of its own for 4", "[1,2]")),
    );
    check(
        r#"{"$contains":[1,1]}"#,
        "[1,2]",
        Err(("", "an element of its own for 1", "[1,2]")),
    );
    bad(r#"{"$contains":[1]}"#, "1");
    bad(r#"{"$contains":[]}"#, "");
}

#[test]
fn absence_has_three_spellings_and_a_fourth() {
    for absent in ["", "null", "[]"] {
        good(r#"{"$absent":true}"#, absent);
        good(r#"{"$absentOrEmpty":true}"#, absent);
    }
    good(r#"{"$absentOrEmpty":true}"#, r#""""#);
    bad(r#"{"$absent":true}"#, r#""""#);
    for present in ["0", "false", "{}", "[null]", r#"" ""#] {
        bad(r#"{"$absent":true}"#, present);
        bad(r#"{"$absentOrEmpty":true}"#, present);
    }
}

#[test]
fn presence_and_negation() {
    for present in ["0", "false", r#""""#, "{}", "[]"] {
        good(r#"{"$any":true}"#, present);
    }
    bad(r#"{"$any":true}"#, "null");
    bad(r#"{"$any":true}"#, "");
    good(r#"{"$not":true}"#, "false");
    good(r#"{"$not":true}"#, "");
    good(r#"{"$not":{"$absent":true}}"#, "1");
    bad(r#"{"$not":true}"#, "true");
    bad(r#"{"$not":{"a":1}}"#, r#"{"a":1}"#);
}

#[test]
fn shapes_of_values() {
    good(
        r#"{"$re":"^application/scim\\+json"}"#,
        r#""application/scim+json; charset=utf-8""#,
    );
    bad(
        r#"{"$re":"^application/scim\\+json"}"#,
        r#""application/json""#,
    );
    bad(r#"{"$re":"1"}"#, "1");
    bad(r#"{"$re":"1"}"#, "");
    good(r#"{"$len":2}"#, "[1,1]");
    good(r#"{"$len":0}"#, "[]");
    bad(r#"{"$len":2}"#, "[1]");
    bad(r#"{"$len":2}"#, r#""ab""#);
    bad(r#"{"$len":0}"#, "");
    good(r#"{"$int":true}"#, "-3");
    bad(r#"{"$int":true}"#, "3.5");
    bad(r#"{"$int":true}"#, r#""3""#);
    good(r#"{"$bool":true}"#, "false");
    bad(r#"{"$bool":true}"#, r#""false""#);
    good(r#"{"$orAbsent":{"a":1}}"#, "");
    good(r#"{"$orAbsent":{"a":1}}"#, r#"{"a":1}"#);
    check(
        r#"{"$orAbsent":{"a":1}}"#,
        r#"{"a":2}"#,
        Err(("/a", "1", "2")),
    );
    bad(r#"{"$not":{"$orAbsent":1}}"#, "1");
}

#[test]
fn a_pattern_that_means_nothing_is_refused_when_it_is_read() {
    let rows = [
        (r#"{"$absent":false}"#, "$absent does not take false"),
        (r#"{"$contains":1}"#, "$contains does not take 1"),
        (r#"{"$len":-1}"#, "$len does not take -1"),
        (r#"{"$re":1}"#, "$re does not take 1"),
        (r#"{"$maybe":1}"#, "$maybe does not take 1"),
        (
            r#"{"a":{"$any":true,"b":1}}"#,
            "$any must stand alone in its object",
        ),
        (
            r#"{"$not":[{"$contains":[{"$int":1}]}]}"#,
            "$int does not take 1",
        ),
    ];
    for (pattern, wanted) in rows {
        let error = Pattern::try_from(serde_json::from_str::<Value>(pattern).unwrap()).unwrap_err();
        assert_eq!(error.to_string(), wanted, "{pattern}");
    }
    let error = Pattern::try_from(serde_json::json!({"$re": "("})).unwrap_err();
    assert!(error.to_string().starts_with(r#"$re "(": "#), "{error}");
}

#[test]
fn a_difference_reads_as_a_sentence_and_is_cut() {
    let difference = |found: String| Difference {
        at: "/a".into(),
        wanted: "1".into(),
        found,
    };
    assert_eq!(
        difference("2".into()).to_string(),
        "at /a: wanted 1, found 2"
    );
    let whole = Difference {
        at: String::new(),
        ..difference("2".into())
    };
    assert_eq!(whole.to_string(), "wanted 1, found 2");
    let long = difference("é".repeat(5_000)).to_string();
    assert!(
        long.ends_with("é… (10000 bytes)") && long.chars().count() < 700,
        "{long}"
    );
}
