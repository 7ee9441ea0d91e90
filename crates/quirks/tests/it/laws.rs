//! What holds for every request: idempotent, never a panic, strict does nothing.

use enroll_quirks::{CHANGES_TOLD_MAX, Dialect, Incoming, QUIRKS, explained};
use proptest::prelude::*;
use serde_json::{Map, Value};

use crate::row::{apply, rows, schemas};

/// Words that quirks look at, so that random JSON comes near them often.
const WORDS: &[&str] = &[
    "",
    "True",
    "false",
    "42",
    "x",
    "value",
    "members",
    "emails",
    "manager",
    "managerId",
    "department",
    "grade",
    "share",
    "tags",
    "active",
    "primary",
    "type",
    "work",
    "display",
    "displayName",
    "externalId",
    "nickName",
    "roles",
    "schemas",
    "id",
    "meta",
    "name",
    "name.givenName",
    "Operations",
    "operations",
    "OP",
    "op",
    "path",
    "replace",
    "remove",
    "Add",
    "filter",
    "attributes",
    "emails[type eq \"work\"].value",
    "roles[primary eq \"True\"]",
    "manager.value",
    "manager[value eq \"x\"]",
    "shoeSize",
    "urn:scim:schemas:core:2.0",
    "urn:scim:schemas:extension:enterprise:2.0",
    "urn:scim:schemas:extension:enterprise:2.0:department",
    "urn:ietf:params:scim:schemas:core:2.0:User",
    "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User",
    "urn:ietf:params:scim:schemas:extension:enterprise:2.0User:manager",
    "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager.displayName",
    "urn:example:params:scim:schemas:extension:hr:2.0:User:grade",
    "urn:ietf:params:scim:api:messages:2.0:PatchOp",
    "{\"value\":\"25\",\"displayName\":\"Pilot\"}",
    "{\"value\":\"{\\\"value\\\":\\\"1\\\"}\"}",
];

const LINES: &[&str] = &[
    "POST /Users",
    "POST /users",
    "PUT /Users/1",
    "PATCH /Users/1",
    "PATCH /Groups/1",
    "POST /Groups",
    "POST /Users/.search",
    "GET /Users",
    "GET /",
];

fn word() -> impl Strategy<Value = String> {
    prop_oneof![9 => proptest::sample::select(WORDS).prop_map(str::to_owned), 1 => ".{0,6}"]
}

fn json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        (-9_i64..9).prop_map(Value::from),
        word().prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 48, 5, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            proptest::collection::vec((word(), inner), 0..5)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

/// A PATCH message whose operations have the members that quirks look at.
fn message() -> impl Strategy<Value = Value> {
    let operation = (word(), proptest::option::of(word()), json()).prop_map(|(op, path, value)| {
        let path = path.map(|path| ("path".to_owned(), Value::from(path)));
        let members = [
            ("op".to_owned(), Value::from(op)),
            ("value".to_owned(), value),
        ];
        Value::Object(members.into_iter().chain(path).collect())
    });
    proptest::collection::vec(operation, 0..4).prop_map(|operations| {
        Value::Object(Map::from_iter([(
            "Operations".to_owned(),
            Value::from(operations),
        )]))
    })
}

fn query() -> impl Strategy<Value = Option<String>> {
    let piece = prop_oneof![
        (
            proptest::sample::select(&["filter", "attributes", "sortBy", "x"][..]),
            filter()
        )
            .prop_map(|(name, text)| format!("{name}={text}")),
        Just("aadOptscim062020".to_owned()),
        "[a-z%/?&=+0-9]{0,12}",
    ];
    proptest::option::of(proptest::collection::vec(piece, 0..3).prop_map(|all| all.join("&")))
}

fn filter() -> impl Strategy<Value = String> {
    (word(), word(), 0..4_u8).prop_map(|(name, text, form)| match form {
        0 => format!("{name}+eq+%22{text}%22"),
        1 => format!("{name}%20eq%20%22{text}%22%20and%20{text}%20pr"),
        2 if text.len() > 4 => format!("emails[type+eq+%22{text}%22].value+eq+True"),
        2 => format!("{name}+eq+%22x%2540{text}%22"),
        _ => format!("{name},{text}"),
    })
}

fn request() -> impl Strategy<Value = Incoming> {
    let body = proptest::option::of(prop_oneof![json(), message()]);
    (proptest::sample::select(LINES), query(), body).prop_map(|(line, query, body)| {
        let mut request = crate::row::incoming(line, body.as_ref());
        request.query = query;
        request
    })
}

fn dialect() -> impl Strategy<Value = Dialect> {
    proptest::sample::select(Dialect::ALL)
}

#[track_caller]
fn settled(dialect: Dialect, sent: &Incoming) {
    let (once, _) = apply(dialect, sent);
    let (twice, fired) = apply(dialect, &once);
    assert_eq!(twice, once, "{dialect:?}: {sent:?}");
    let again: Vec<_> = fired.into_iter().filter(|id| rewrites(id)).collect();
    assert_eq!(again, [""; 0], "{dialect:?}: {sent:?} became {once:?}");
    told(dialect, sent, &once);
}

/// Tells whether the quirk rewrites; the others only tell.
fn rewrites(id: &str) -> bool {
    QUIRKS
        .iter()
        .any(|quirk| quirk.id == id && quirk.rewrites())
}

/// What is explained is what happens.
#[track_caller]
fn told(dialect: Dialect, sent: &Incoming, once: &Incoming) {
    let mut again = sent.clone();
    let told = explained(dialect, schemas(), &mut again);
    assert_eq!(&again, once, "{dialect:?}: {sent:?}");
    let ids: Vec<_> = told.iter().map(|told| told.quirk.id).collect();
    assert_eq!(ids, apply(dialect, sent).1, "{dialect:?}: {sent:?}");
    for told in told {
        assert!(
            (1..=CHANGES_TOLD_MAX).contains(&told.changes.len()),
            "{told:?}"
        );
        let full = told.changes.len() == CHANGES_TOLD_MAX;
        assert!(told.more == 0 || full, "{told:?}");
        for change in told.changes {
            let same = change.before.is_some() && change.before == change.after;
            assert!(!same, "{}: {change:?}", told.quirk.id);
        }
    }
}

proptest! {
    // What fails here becomes a row of `tests/data`.
    #![proptest_config(ProptestConfig { cases: 2_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_second_look_finds_nothing(dialect in dialect(), sent in request()) {
        settled(dialect, &sent);
    }

    #[test]
    fn what_fires_nothing_changes_nothing(dialect in dialect(), sent in request()) {
        let (read, fired) = apply(dialect, &sent);
        let changes = fired.iter().any(|id| rewrites(id));
        prop_assert_eq!(changes, read != sent, "{:?} {:?}", fired, read);
    }

    #[test]
    fn strict_does_nothing(sent in request()) {
        prop_assert_eq!(apply(Dialect::Strict, &sent), (sent, vec![]));
    }

    #[test]
    fn what_is_certain_to_auto_is_certain_to_everybody(sent in request()) {
        let (_, auto) = apply(Dialect::Auto, &sent);
        let (_, generic) = apply(Dialect::Generic, &sent);
        prop_assert_eq!(auto, generic);
    }
}

#[test]
fn every_row_is_settled_in_every_dialect() {
    for row in rows() {
        for dialect in Dialect::ALL {
            settled(*dialect, &row.sent);
        }
    }
}
