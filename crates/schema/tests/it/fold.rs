//! Comparison keys (decision 33).

use enroll_schema::{Schemas, fold, urns};

/// Two texts, whether they are one userName, whether they are one other text.
const PAIRS: &[(&str, &str, bool, bool)] = &[
    ("ada@x.example", "ADA@X.EXAMPLE", true, true), // A7, 7643-4.1.1-03
    ("ada", "bob", false, false),
    ("ada", "ada ", false, false),
    ("Ada  Kern", "ada kern", false, false), // two blanks are not one
    (
        "ada_x.example#EXT#@y.example",
        "ADA_X.EXAMPLE#ext#@Y.example",
        true,
        true,
    ),
    ("straße", "STRASSE", false, true), // RFC 8265 §3.5, examples 2 and 3
    ("straße", "STRAẞE", true, true),
    ("ｆｕｌｌ＠ｘ", "full@x", true, false),
    ("ＦＵＬＬ　ｗｉｄｔｈ", "full width", true, false),
    ("ｶﾞ", "ガ", true, false),
    ("ﾡ", "ㄱ", true, false),
    ("é", "e\u{301}", true, true), // NFC
    ("É", "e\u{301}", true, true),
    ("Å", "\u{212b}", true, true), // the Ångström sign
    ("k", "\u{212a}", true, true), // the Kelvin sign
    ("ΟΔΟΣ", "οδοσ", true, true),
    ("οδος", "οδοσ", false, true), // RFC 8265 §3.5, examples 6 and 7
    ("ა", "Ა", true, true),        // Georgian Mkhedruli and Mtavruli
    ("ⴀ", "Ⴀ", true, true),        // Georgian Nuskhuri and Asomtavruli
    ("İ", "i\u{307}", true, true),
    ("İ", "i", false, false),
    ("I", "ı", false, false),
    ("ﬁ", "fi", false, true),
    ("ﬁ", "ﬁ", true, true),
    ("ǆ", "ǅ", true, true), // title case
    ("Ⅷ", "ⅷ", true, true),
    ("²", "2", false, false), // compatibility forms other than width stay apart
    ("ж", "Ж", true, true),
    ("а", "a", false, false), // Cyrillic and Latin
    ("", "", true, true),
];

#[test]
fn keys_are_equal_where_texts_are_the_same() {
    for (one, other, user_name, text) in PAIRS {
        let same = |key: fn(&str) -> String| key(one) == key(other);
        assert_eq!(
            same(fold::user_name),
            *user_name,
            "userName {one:?} {other:?}"
        );
        assert_eq!(same(fold::caseless), *text, "text {one:?} {other:?}");
    }
}

#[test]
fn keys_themselves_are_stable() {
    for (text, user_name, caseless) in [
        ("Straße", "straße", "strasse"),
        ("ＡＤＡ", "ada", "ａｄａ"),
        ("İ", "i\u{307}", "i\u{307}"),
        ("ΣΑΣ", "σασ", "σασ"),
        ("A\u{30a}", "å", "å"),
        ("Ა", "ა", "ა"),
    ] {
        assert_eq!(fold::user_name(text), user_name, "{text}");
        assert_eq!(fold::caseless(text), caseless, "{text}");
    }
    assert_eq!(fold::VERSION, 1);
}

/// 7643-2.3.6-03, 7643-2.3.7-05, 7643-3.1-10, filter-eval E001 to E004, E064.
#[test]
fn each_attribute_has_its_rule() {
    let schemas = Schemas::standard();
    let check = |kind: &str, urn: Option<&str>, path: &str, text: &str, wanted: &str| {
        let kind = schemas.named(kind).unwrap();
        let (top, sub) = path
            .split_once('.')
            .map_or((path, None), |(top, sub)| (top, Some(sub)));
        let top = kind.find(urn, top).unwrap();
        let id = sub.map_or(top, |sub| kind.find_sub(top, sub).unwrap());
        assert_eq!(fold::key(kind, id, text), wanted, "{path}");
    };
    check("User", None, "userName", "Straße", "straße");
    check("User", None, "displayName", "Straße", "strasse");
    check("User", None, "emails.value", "Ada@X", "ada@x");
    check("User", None, "id", "AbC", "AbC");
    check("User", None, "externalId", "AbC", "AbC");
    check("User", None, "profileUrl", "HTTP://X", "HTTP://X");
    check("User", None, "x509Certificates.value", "AbC=", "AbC=");
    check("User", None, "schemas", "URN:X", "urn:x");
    check(
        "User",
        Some(urns::ENTERPRISE),
        "manager.value",
        "AbC",
        "AbC",
    );
    check("User", Some(urns::ENTERPRISE), "department", "AbC", "abc");
    check("Group", None, "displayName", "Ａ", "ａ");
}

#[test]
fn an_unknown_attribute_compares_as_it_stands() {
    let schemas = Schemas::standard();
    let (user, group) = (
        schemas.named("User").unwrap(),
        schemas.named("Group").unwrap(),
    );
    let last = user.ids().last().unwrap();
    assert_eq!(group.attribute(last), None);
    assert_eq!(fold::key(group, last, "AbC"), "AbC");
}
