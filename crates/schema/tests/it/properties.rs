//! What holds for any input.

use enroll_schema::{
    AttrId, Attribute, Document, Group, Kind, Mode, Schemas, Timestamp, User, fold, json, urns,
};
use proptest::prelude::*;
use serde_json::{Map, Value};

/// Any JSON value; names without their letter case are unique by construction.
fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<f64>()
            .prop_filter("JSON has no NaN", |n| n.is_finite())
            .prop_map(Value::from),
        "[^\u{0}]{0,12}".prop_map(Value::from),
    ];
    leaf.prop_recursive(6, 64, 8, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..8).prop_map(Value::from),
            prop::collection::btree_map("[a-z\u{e9}\\\\\"]{0,6}", inner, 0..8)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

/// Bodies that are right but for letter case, emptiness, repeats, and names nobody knows.
fn right_user() -> impl Strategy<Value = Value> {
    let schemas = Schemas::standard();
    let kind = schemas.named("User").unwrap();
    let top = |extension: bool| {
        let of =
            |id: &AttrId| kind.parent(*id).is_none() && kind.extension(*id).is_some() == extension;
        kind.ids()
            .filter(of)
            .filter_map(|id| member(kind.attribute(id)?))
            .collect::<Vec<_>>()
    };
    (
        object(top(false)),
        object(top(true)),
        "[a-zA-Z]{1,9}",
        any::<bool>(),
    )
        .prop_map(|(mut body, extension, name, upper)| {
            let urn = if upper {
                urns::ENTERPRISE.to_uppercase()
            } else {
                urns::ENTERPRISE.to_owned()
            };
            body.insert(urn, Value::Object(extension));
            body.insert("schemas".into(), Value::from(vec![urns::USER]));
            body.insert("userName".into(), name.into());
            body.insert("nobodyKnows".into(), true.into());
            Value::Object(body)
        })
}

type Member = BoxedStrategy<(String, Value)>;

fn member(attribute: &Attribute) -> Option<Member> {
    if attribute.name.is("userName") || attribute.name.is("schemas") {
        return None;
    }
    let name = attribute.name.to_string();
    let one = match attribute.kind {
        Kind::Complex => object(attribute.sub.iter().filter_map(member).collect())
            .prop_map(Value::Object)
            .boxed(),
        Kind::Boolean => any::<bool>().prop_map(Value::from).boxed(),
        Kind::Binary => Just(Value::from("MAIFAA==")).boxed(),
        Kind::String if ["country", "locale"].contains(&name.as_str()) => {
            "[a-zA-Z]{2}".prop_map(Value::from).boxed()
        }
        Kind::DateTime => Just(Value::from("2011-05-13T04:42:34Z")).boxed(),
        Kind::Reference => "[a-z/:]{0,8}".prop_map(Value::from).boxed(),
        _ => "[ abAB\u{df}\u{e9}\u{301}]{0,3}"
            .prop_map(Value::from)
            .boxed(),
    };
    let value = if attribute.multi {
        prop::collection::vec(one, 0..5)
            .prop_map(Value::from)
            .boxed()
    } else {
        one
    };
    let value = prop_oneof![9 => value, 1 => Just(Value::Null)];
    let spelled = move |(value, upper): (Value, bool)| {
        (
            if upper {
                name.to_ascii_uppercase()
            } else {
                name.clone()
            },
            value,
        )
    };
    Some((value, any::<bool>()).prop_map(spelled).boxed())
}

fn object(members: Vec<Member>) -> impl Strategy<Value = Map<String, Value>> {
    let some: Vec<_> = members.into_iter().map(prop::option::of).collect();
    some.prop_map(|members| members.into_iter().flatten().collect())
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn valid_json_reads_as_serde_json_reads_it(value in any_json(), pretty: bool) {
        let text = if pretty { serde_json::to_vec_pretty(&value) } else { serde_json::to_vec(&value) }.unwrap();
        prop_assert_eq!(json::parse(&text).unwrap(), value);
    }

    #[test]
    fn any_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..64)) {
        let ours = json::parse(&bytes);
        let theirs = serde_json::from_slice::<Value>(&bytes);
        if let Ok(value) = ours {
            prop_assert_eq!(theirs.unwrap(), value);
        }
    }

    #[test]
    fn any_text_is_read_or_refused(text in "[\\[\\]{}:,\"\\\\0-9eE.+\\-trufalsn ]{0,24}") {
        let ours = json::parse(text.as_bytes());
        match serde_json::from_str::<Value>(&text) {
            Ok(value) => if let Ok(ours) = ours { prop_assert_eq!(ours, value) },
            Err(_) => prop_assert!(ours.is_err()),
        }
    }

    #[test]
    fn folding_again_changes_nothing(text: String) {
        let user_name = fold::user_name(&text);
        prop_assert_eq!(&fold::user_name(&user_name), &user_name);
        let caseless = fold::caseless(&text);
        prop_assert_eq!(&fold::caseless(&caseless), &caseless);
    }

    #[test]
    fn canonically_equal_texts_have_one_key(text: String) {
        use unicode_normalization::UnicodeNormalization;
        let (composed, decomposed): (String, String) = (text.nfc().collect(), text.nfd().collect());
        prop_assert_eq!(fold::caseless(&composed), fold::caseless(&decomposed));
        prop_assert_eq!(fold::user_name(&composed), fold::user_name(&decomposed));
    }

    #[test]
    fn letter_case_of_ascii_never_counts(text: String) {
        let upper = text.to_ascii_uppercase();
        prop_assert_eq!(fold::user_name(&text), fold::user_name(&upper));
        prop_assert_eq!(fold::caseless(&text), fold::caseless(&upper));
    }

    #[test]
    fn a_canonical_document_reads_as_itself(body in right_user()) {
        let schemas = Schemas::standard();
        let kind = schemas.named("User").unwrap();
        let first = Document::read(kind, body, Mode::Lenient).unwrap();
        let again = Value::Object(first.document.as_map().clone());
        for mode in [Mode::Lenient, Mode::Strict] {
            let second = Document::read(kind, again.clone(), mode).unwrap();
            prop_assert_eq!(&second.document, &first.document);
            prop_assert!(second.ignored.is_empty());
        }
        prop_assert!(first.ignored.contains(&"nobodyKnows".to_owned()));
        prop_assert_eq!(&Document::from_bytes(&first.document.to_bytes()).unwrap(), &first.document);
        let user = User::try_from(&first.document).unwrap();
        prop_assert_eq!(&Document::from(&user), &first.document);
        prop_assert!(no_empty(first.document.as_map()));
    }

    #[test]
    fn any_body_is_read_or_refused(body in any_json()) {
        let schemas = Schemas::standard();
        for kind in schemas.types() {
            for mode in [Mode::Lenient, Mode::Strict] {
                if let Err(error) = Document::read(kind, body.clone(), mode) {
                    prop_assert_eq!(error.status(), 400);
                }
            }
        }
    }

    #[test]
    fn groups_survive_the_wire(name in "[a-z]{1,8}", members in prop::collection::vec("[a-z0-9]{1,8}", 0..5)) {
        let mut group = Group::new(name);
        group.members = members.into_iter().map(enroll_schema::Member::new).collect();
        let text = serde_json::to_string(&group).unwrap();
        prop_assert_eq!(serde_json::from_str::<Group>(&text).unwrap(), group);
    }

    #[test]
    fn instants_read_as_they_are_shown(millis in -62_167_219_200_000i64..=253_402_300_799_999) {
        let at = Timestamp::from_millis(millis);
        prop_assert_eq!(Timestamp::parse(&at.to_string()), Some(at));
    }

    #[test]
    fn any_text_is_an_instant_or_none(text in "[-0-9TZ:.+]{0,32}") {
        if let Some(at) = Timestamp::parse(&text) {
            prop_assert_eq!(Timestamp::parse(&at.to_string()), Some(at));
        }
    }
}

/// Every character alone: the whole of Unicode is small enough.
#[test]
fn folding_is_stable_for_every_character() {
    for c in char::MIN..=char::MAX {
        let text = c.to_string();
        for fold in [fold::user_name, fold::caseless] {
            let once = fold(&text);
            assert_eq!(fold(&once), once, "U+{:04X}", u32::from(c));
        }
    }
}

/// Width mapping is one step of the compatibility decomposition, for those characters alone.
#[test]
fn width_mapping_covers_the_forms_block() {
    use unicode_normalization::UnicodeNormalization;
    for c in ('\u{3000}'..='\u{3000}').chain('\u{ff00}'..='\u{ffef}') {
        let text = c.to_string();
        let plain: String = fold::user_name(&text);
        let lower: String = text.nfkd().flat_map(char::to_lowercase).collect();
        let mapped: String = plain.nfkd().flat_map(char::to_lowercase).collect();
        assert_eq!(mapped, lower, "U+{:04X}", u32::from(c));
        let has_form = text.nfkd().collect::<String>() != text;
        assert_eq!(plain != text, has_form, "U+{:04X}", u32::from(c));
    }
}

fn no_empty(map: &Map<String, Value>) -> bool {
    let full = |value: &Value| match value {
        Value::Null => false,
        Value::Array(list) => !list.is_empty(),
        Value::Object(map) => !map.is_empty(),
        _ => true,
    };
    map.values().all(|value| {
        full(value)
            && match value {
                Value::Array(list) => list.iter().all(full),
                Value::Object(map) => map.values().all(full),
                _ => true,
            }
    })
}
