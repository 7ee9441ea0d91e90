//! Values of the right and of the wrong type (RFC 7643 §2.3, threat C7).

use enroll_schema::{ErrorKind, Mode, urns};
use serde_json::{Value, json};

use crate::{
    document::{kept, read, refused, refused_as, user},
    schemas::HR,
};

/// Members of a body, and why they are refused: the attribute, what is wanted, what was found.
#[rustfmt::skip]
const REFUSED: &[(&str, &str)] = &[
    (r#"{"userName":5}"#, "userName expects a text, found the number 5"), // 7644-3.12-23
    (r#"{"userName":["ada"]}"#, "userName expects a text, found a list"),
    (r#"{"externalId":1}"#, "externalId expects a text, found the number 1"), // A1
    (r#"{"externalId":true}"#, "externalId expects a text, found true"),
    (r#"{"active":"true"}"#, r#"active expects true or false, found the text "true""#), // 7643-2.3.2-01
    (r#"{"active":1}"#, "active expects true or false, found the number 1"),
    (r#"{"name":"Ada"}"#, r#"name expects an object, found the text "Ada""#),
    (r#"{"name":[{}]}"#, "name expects an object, found a list"),
    (r#"{"name":{"givenName":{}}}"#, "name.givenName expects a text, found an object"),
    (r#"{"emails":"a@x"}"#, r#"emails expects a list, found the text "a@x""#),
    (r#"{"emails":{"value":"a@x"}}"#, "emails expects a list, found an object"), // OL-06
    (r#"{"emails":["a@x"]}"#, r#"emails[0] expects an object, found the text "a@x""#),
    (r#"{"emails":[{"value":"a"},null]}"#, "emails[1] expects an object, found null"),
    (r#"{"emails":[{"primary":"x"}]}"#, r#"emails[0].primary expects true or false, found the text "x""#),
    (r#"{"profileUrl":"not a uri"}"#, "profileUrl expects a URI, which holds no blanks, quotes or brackets"), // 7643-2.3.7-01, 7643-4.1.1-07
    (r#"{"profileUrl":7}"#, "profileUrl expects a URI, as a text, found the number 7"),
    (r#"{"photos":[{"value":"<x>"}]}"#, "photos[0].value expects a URI, which holds no blanks, quotes or brackets"), // 7643-4.1.2-06
    (r#"{"x509Certificates":[{"value":"***"}]}"#, "x509Certificates[0].value expects base64 (RFC 4648 section 4)"), // 7643-2.3.6-01
    (r#"{"{enterprise}":"x"}"#, r#"{enterprise} expects an object, found the text "x""#),
    (r#"{"{enterprise}":{"manager":"m"}}"#, r#"{enterprise}:manager expects an object, found the text "m""#),
    (r#"{"{enterprise}":{"manager":{"value":7}}}"#, "{enterprise}:manager.value expects a text, found the number 7"),
    (r#"{"{hr}":{"level":1.5}}"#, "{hr}:level expects a whole number without fraction or exponent, found the number 1.5"), // 7643-2.3.4-01
    (r#"{"{hr}":{"level":1e2}}"#, "{hr}:level expects a whole number without fraction or exponent, found the number 100.0"),
    (r#"{"{hr}":{"score":"1"}}"#, r#"{hr}:score expects a number, found the text "1""#),
    (r#"{"{hr}":{"startDate":"2011-05-13"}}"#, r#"{hr}:startDate expects a date and time like 2011-05-13T04:42:34Z, found the text "2011-05-13""#), // 7643-2.3.5-01
    (r#"{"{hr}":{"badges":["a",5]}}"#, "{hr}:badges[1] expects a text, found the number 5"),
];

#[test]
fn a_value_must_be_of_its_type() {
    for (members, detail) in REFUSED {
        let full = |text: &str| {
            text.replace("{enterprise}", urns::ENTERPRISE)
                .replace("{hr}", HR)
        };
        let members: Value = serde_json::from_str(&full(members)).unwrap();
        refused(user(members), ErrorKind::InvalidValue, &full(detail));
    }
}

/// Every attribute against a value of every JSON type: taken is what fits, the rest is refused.
#[test]
fn every_attribute_refuses_every_other_type() {
    let schemas = crate::schemas::with_hr();
    let kind = schemas.named("User").unwrap();
    let values = [
        json!("QQ=="),
        json!(true),
        json!(7),
        json!(1.5),
        json!(["QQ=="]),
        json!({ "x": 1 }),
    ];
    let mut tried = 0;
    for id in kind.ids() {
        let attribute = kind.attribute(id).unwrap();
        let keys = kind.keys(id);
        let is_written = kind
            .keys(id)
            .iter()
            .all(|key| !key.is("meta") && !key.is("groups"))
            && attribute.mutability != enroll_schema::Mutability::ReadOnly
            && !attribute.name.is("schemas");
        for value in values.iter().filter(|_| is_written) {
            let fits = match attribute.kind.as_str() {
                _ if attribute.multi => match (value, attribute.sub.is_empty()) {
                    (Value::Array(_), is_simple) => is_simple,
                    _ => false,
                },
                "string" | "reference" | "binary" => value.is_string(),
                "boolean" => value.is_boolean(),
                "integer" => value.is_u64(),
                "decimal" => value.is_number(),
                "complex" => value.is_object(),
                _ => false,
            };
            // From the inside out: a value, in a list where its parent is one, in its parents.
            let mut body = value.clone();
            let parent = kind.parent(id).and_then(|parent| kind.attribute(parent));
            for (depth, key) in keys.iter().enumerate().rev() {
                body = json!({ key.as_str(): body });
                let is_element =
                    depth > 0 && parent.is_some_and(|p| p.multi && p.name == keys[depth - 1]);
                body = if is_element { json!([body]) } else { body };
            }
            let result = read("User", user(body.clone()), Mode::Lenient);
            assert_eq!(result.is_ok(), fits, "{body}");
            tried += 1;
        }
    }
    assert!(tried > 400, "{tried}");
}

/// Decision 46, 7643-4.1.2-08, 7643-4.1.2-12: kept as sent, but for the strict.
#[test]
fn only_strict_mode_asks_for_formats() {
    let country = "a country code of two letters, like DE";
    let locale = "a language tag, like en-US";
    let certificate = "the base64 of one DER certificate";
    let strict = |members: &Value, place: &str, wanted: &str, found: &str| {
        for mode in [Mode::Lenient, Mode::Known] {
            read("User", user(members.clone()), mode).unwrap();
        }
        let detail = format!("{place} expects {wanted}, found the text \"{found}\"");
        let invalid = ErrorKind::InvalidValue;
        refused_as(
            "User",
            user(members.clone()),
            Mode::Strict,
            invalid,
            &detail,
        );
    };
    for text in ["USA", "Germany", "D", "", "D1"] {
        let members = json!({ "addresses": [{ "country": text }] });
        strict(&members, "addresses[0].country", country, text);
    }
    for text in ["en_US", "", "-", "en-", "12", "englishes"] {
        strict(&json!({ "locale": text }), "locale", locale, text);
    }
    for text in ["", "QQ==", "MAIFADACBQA="] {
        let members = json!({ "x509Certificates": [{ "value": text }] });
        strict(&members, "x509Certificates[0].value", certificate, text);
    }
    for members in [
        json!({ "addresses": [{ "country": "DE" }, { "country": "de" }] }),
        json!({ "locale": "en" }),
        json!({ "locale": "zh-Hant-TW" }),
        json!({ "x509Certificates": [{ "value": "MAIFAA==" }] }),
    ] {
        kept(&members, &members);
    }
}

#[test]
fn well_typed_values_of_every_kind_are_kept() {
    let hr = crate::schemas::HR;
    for value in [
        json!({ "level": -3, "score": 1.5, "startDate": "2024-02-01T01:00:00+01:00", "badges": ["a"] }),
        json!({ "level": u64::MAX, "score": 1, "startDate": "2024-02-01T01:00:00" }),
    ] {
        let sent = json!({ hr: value });
        let mut wanted = sent.clone();
        wanted["schemas"] = json!([urns::USER, hr]);
        kept(&sent, &wanted);
    }
    // 7643-2.3.6-02: padding may be left out.
    for base64 in ["", "QQ==", "QQ", "QUE=", "QUE", "QUFB", "+/+/"] {
        let sent = user(json!({ "x509Certificates": [{ "value": base64 }] }));
        let document = read("User", sent.clone(), Mode::Lenient).unwrap().document;
        assert_eq!(Value::Object(document.into_map()), sent);
    }
    for wrong in [
        "Q", "QQ=", "QQ===", "=", "QUFB====", "QQ==QQ==", "Q-__", "QUFB\n",
    ] {
        let body = user(json!({ "x509Certificates": [{ "value": wrong }] }));
        assert!(read("User", body, Mode::Lenient).is_err(), "{wrong}");
    }
    for character in " \t\n\u{a0}\u{7f}<>\"{}|\\^`".chars() {
        let body = user(json!({ "profileUrl": format!("a{character}b") }));
        assert!(read("User", body, Mode::Lenient).is_err(), "{character:?}");
    }
    for uri in [
        "https://x.example/a?b=c#d",
        "/Users/1",
        "../Users/1",
        "",
        "tel:+1",
        "https://ü.example/",
    ] {
        let sent = json!({ "profileUrl": uri });
        kept(&sent, &sent);
    }
}
