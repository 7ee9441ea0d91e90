//! The only door for JSON (threats C1, C2, C9, C10; decision 57).

use enroll_schema::{
    ErrorKind, json,
    limits::{JSON_DEPTH_MAX, JSON_VALUES_MAX},
};
use serde_json::Value;

#[track_caller]
fn refused(text: impl AsRef<[u8]>, kind: ErrorKind, part: &str) {
    let text = text.as_ref();
    let error = json::parse(text).expect_err(&String::from_utf8_lossy(text));
    assert_eq!(error.kind(), kind, "{error}");
    assert!(
        error.detail().contains(part),
        "{part:?} is not in {:?}",
        error.detail()
    );
}

#[track_caller]
fn read(text: &str) -> Value {
    json::parse(text.as_bytes()).unwrap_or_else(|error| panic!("{text}: {error}"))
}

#[test]
fn what_is_not_json_is_refused_with_its_place() {
    for (text, part) in [
        ("", "the body is empty"),
        (" \n ", "line 2 column 1"),
        ("{", "line 1 column 1"),
        (r#"{"schemas":["a"],"userName":"#, "line 1 column 28"),
        ("{\"a\":1,\n\"b\":}", "line 2 column 5"),
        (r#"{"a":1}x"#, "trailing characters at line 1 column 8"),
        (r#"{"a":1}{}"#, "trailing characters at line 1 column 8"),
        (r#"{"a":1,}"#, "trailing comma at line 1 column 8"),
        ("[1,]", "line 1 column 4"),
        ("{'a':1}", "line 1 column 2"),
        ("{a:1}", "line 1 column 2"),
        ("nul", "line 1 column 3"),
        ("NaN", "line 1 column 1"),
        ("01", "line 1 column 2"),
        ("+1", "line 1 column 1"),
        (".5", "line 1 column 1"),
        ("1.", "line 1 column 2"),
        ("0x10", "line 1 column 2"),
        ("\"a\nb\"", "line 2 column 0"),
        (r#""\x""#, "line 1 column 3"),
        (r#""\u12"#, "line 1 column 5"),
        ("\u{feff}{}", "byte order mark"),
        ("// no\n{}", "line 1 column 1"),
    ] {
        refused(text, ErrorKind::InvalidSyntax, part);
    }
}

/// Threat C10.
#[test]
fn text_that_is_not_unicode_is_refused() {
    for text in [
        &b"\"\xff\""[..],
        b"\"\xc0\xaf\"",
        b"\"\xed\xa0\x80\"",
        b"{\"\xff\":1}",
    ] {
        refused(text, ErrorKind::InvalidSyntax, "at line 1 column");
    }
    for text in [
        r#""\ud800""#,
        r#""\udc00""#,
        r#""\ud800x""#,
        r#""\ud800\u0041""#,
        r#""\ud800\ud800""#,
        r#"{"\ud800":1}"#,
    ] {
        refused(text, ErrorKind::InvalidSyntax, "at line 1 column");
    }
    assert_eq!(read(r#""\ud83d\ude00""#), "\u{1f600}");
    for text in [r#""a\u0000""#, r#"{"a\u0000":1}"#, r#"[{"a":["\u0000"]}]"#] {
        refused(text, ErrorKind::InvalidValue, "U+0000 at line 1 column");
    }
}

/// Threat C9.
#[test]
fn a_member_is_named_once() {
    for text in [
        r#"{"a":1,"a":1}"#,
        r#"{"userName":"a","USERNAME":"b"}"#,
        r#"{"a":1,"\u0061":2}"#,
        r#"{"x":[{"y":{"k":1,"K":2}}]}"#,
    ] {
        refused(text, ErrorKind::InvalidSyntax, "twice");
    }
    // Letter case of ASCII alone is ignored, as in attribute names (RFC 7643 §2.1).
    assert_eq!(read(r#"{"é":1,"É":2}"#)["É"], 2);
    assert_eq!(read(r#"{"a":{"k":1},"b":{"K":2}}"#)["b"]["K"], 2);
}

#[test]
fn a_member_is_named_once_in_large_objects_too() {
    for count in [15, 16, 17, 18, 1_000] {
        let members: Vec<_> = (0..count).map(|n| format!("\"Key{n}\":{n}")).collect();
        let members = members.join(",");
        assert_eq!(
            read(&format!("{{{members}}}")).as_object().unwrap().len(),
            count
        );
        for twice in ["Key0", "key0", "KEY0", &format!("kEY{}", count - 1)] {
            let text = format!("{{{members},\"{twice}\":0}}");
            refused(text, ErrorKind::InvalidSyntax, "twice");
        }
    }
}

#[test]
fn errors_repeat_little_of_the_input() {
    let name = "n".repeat(1_000);
    let text = format!("{{\"{name}\":1,\"{name}\":2}}");
    let error = json::parse(text.as_bytes()).unwrap_err();
    assert!(error.detail().chars().count() < 150, "{}", error.detail());
    let number = "1".repeat(1_000);
    let error = json::parse(format!("[0.5,{number}]").as_bytes()).unwrap_err();
    assert!(error.detail().chars().count() < 150, "{}", error.detail());
}

/// Threat C2.
#[test]
fn nesting_has_a_limit() {
    let nested = |open: &str, close: &str, levels: usize| {
        format!("{}{}", open.repeat(levels), close.repeat(levels))
    };
    assert!(json::parse(nested("[", "]", JSON_DEPTH_MAX).as_bytes()).is_ok());
    refused(
        nested("[", "]", JSON_DEPTH_MAX + 1),
        ErrorKind::InvalidSyntax,
        "16 levels",
    );
    let objects = |levels: usize| format!("{}1{}", "{\"a\":".repeat(levels), "}".repeat(levels));
    assert!(json::parse(objects(JSON_DEPTH_MAX).as_bytes()).is_ok());
    refused(
        objects(JSON_DEPTH_MAX + 1),
        ErrorKind::InvalidSyntax,
        "16 levels",
    );
    refused("[".repeat(1 << 20), ErrorKind::InvalidSyntax, "16 levels");
    refused(
        "{\"a\":".repeat(1 << 18),
        ErrorKind::InvalidSyntax,
        "16 levels",
    );
}

#[test]
fn the_number_of_values_has_a_limit() {
    let list = |count: usize| format!("[{}0]", "0,".repeat(count - 1));
    assert!(json::parse(list(JSON_VALUES_MAX - 1).as_bytes()).is_ok());
    refused(
        list(JSON_VALUES_MAX),
        ErrorKind::PayloadTooLarge,
        "400000 values",
    );
}

/// Decision 57.
#[test]
fn numbers_are_kept_or_refused() {
    for text in [
        "0",
        "-0",
        "1",
        "-1",
        "1.5",
        "-1.5",
        "0.1",
        "1e2",
        "1E+2",
        "1e-7",
        "1.0",
        "100.00",
        "0.000001",
        "1.7976931348623157e308",
        "5e-324",
        "9223372036854775807",
        "-9223372036854775808",
        "18446744073709551615",
        "123456789012345680000",
        "0.30000000000000004",
        "6.02e+23",
        "1.25E-2",
    ] {
        let value = read(text);
        assert_eq!(value.as_f64(), text.parse().ok(), "{text}");
    }
    assert_eq!(read("18446744073709551615").as_u64(), Some(u64::MAX));
    assert_eq!(read("-9223372036854775808").as_i64(), Some(i64::MIN));
    for text in [
        "18446744073709551616",
        "-9223372036854775809",
        "123456789012345678901",
        "0.1000000000000000055511151231257827",
        "9007199254740993.0",
        "1e400",
        "-1e400",
        "1e-400",
        "[1, {\"a\": 0.12345678901234567890}]",
    ] {
        refused(text, ErrorKind::InvalidValue, "send");
    }
    // What looks like a number inside a text is text.
    assert_eq!(
        read(r#"[0.5, "\"18446744073709551616\\", 1]"#)[1],
        "\"18446744073709551616\\"
    );
}
