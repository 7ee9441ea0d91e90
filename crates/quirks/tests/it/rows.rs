//! The rows of `tests/data`.

use std::collections::BTreeSet;

use enroll_quirks::{Dialect, Effect, QUIRKS, Quirk};

use crate::row::{Row, apply, rows};

#[track_caller]
fn check(row: &Row) {
    let name = format!("{} ({}), {:?}", row.quirk, row.note, row.dialect);
    let (read, fired) = apply(row.dialect, &row.sent);
    assert_eq!(read, row.read, "{name}: what it is read as");
    assert_eq!(fired, row.fired, "{name}: what fires");
}

fn quirk(id: &str) -> &'static Quirk {
    QUIRKS
        .iter()
        .find(|quirk| quirk.id == id)
        .unwrap_or_else(|| panic!("no quirk {id}"))
}

#[test]
fn what_is_sent_is_read_as_meant() {
    for row in rows() {
        check(&row);
    }
}

#[test]
fn a_row_names_its_quirk_or_comes_near_it() {
    for row in rows() {
        let fires = row.fired.contains(&row.quirk);
        assert_eq!(fires, !row.near, "{} ({})", row.quirk, row.note);
    }
}

#[test]
fn every_quirk_has_a_row_that_fires_and_one_that_comes_near() {
    let ids = |near: bool| -> BTreeSet<String> {
        rows()
            .into_iter()
            .filter(|row| row.near == near)
            .map(|row| row.quirk)
            .collect()
    };
    let known: BTreeSet<String> = QUIRKS.iter().map(|quirk| quirk.id.to_owned()).collect();
    assert_eq!(ids(false), known, "rows that fire");
    assert_eq!(ids(true), known, "rows that come near");
}

#[test]
fn a_quirk_fires_in_its_dialects_and_nowhere_else() {
    for row in rows().iter().filter(|row| !row.near) {
        let quirk = quirk(&row.quirk);
        for dialect in Dialect::ALL {
            let (_, fired) = apply(*dialect, &row.sent);
            let name = format!("{} ({}) in {dialect:?}", row.quirk, row.note);
            assert_eq!(fired.contains(&quirk.id), on(quirk, *dialect), "{name}");
        }
    }
}

fn on(quirk: &Quirk, dialect: Dialect) -> bool {
    match quirk.effect {
        Effect::Accepts => dialect != Dialect::Strict,
        Effect::Changes => quirk.dialects.contains(&dialect),
    }
}

#[test]
fn strict_leaves_every_row_as_it_was_sent() {
    for row in rows() {
        let (read, fired) = apply(Dialect::Strict, &row.sent);
        assert_eq!(
            (&read, fired.len()),
            (&row.sent, 0),
            "{} ({})",
            row.quirk,
            row.note
        );
    }
}

#[test]
fn only_one_provider_is_suggested_and_only_by_what_it_alone_sends() {
    use crate::row::{incoming, schemas};
    let body = serde_json::json!({"emails": {"value": "a@x"}});
    let mut request = incoming("POST /Users", Some(&body));
    let applied = enroll_quirks::inbound(Dialect::Auto, schemas(), &mut request);
    assert_eq!(applied.suggests(), Some(Dialect::OneLogin), "OL-06");
    let body = serde_json::json!({"active": "True"});
    let mut request = incoming("POST /Users", Some(&body));
    let applied = enroll_quirks::inbound(Dialect::Auto, schemas(), &mut request);
    assert_eq!(
        applied.suggests(),
        None,
        "several providers send text for true"
    );
}

#[test]
fn what_a_quirk_changed_is_told_with_its_place() {
    use crate::row::{incoming, schemas};
    let body = serde_json::json!({"Operations": [
        {"op": "replace", "path": "title", "value": "x"},
        {"op": "Replace", "path": "active", "value": "False"},
        {"op": "remove", "path": "emails", "value": [{"value": "a@x"}]},
    ]});
    let mut request = incoming("PATCH /Users/1", Some(&body));
    let told = enroll_quirks::explained(Dialect::Auto, schemas(), &mut request);
    let lines: Vec<String> = told
        .iter()
        .flat_map(|told| told.changes.iter().map(|change| (told.quirk.id, change)))
        .map(|(id, change)| {
            let show = |value: &Option<serde_json::Value>| {
                value.as_ref().map_or("-".to_owned(), ToString::to_string)
            };
            let (before, after) = (show(&change.before), show(&change.after));
            format!("{id} {:?} {} {before} {after}", change.operation, change.at)
        })
        .collect();
    assert_eq!(
        lines,
        [
            "patch-without-schemas None schemas - [\"urn:ietf:params:scim:api:messages:2.0:PatchOp\"]",
            "op-letter-case Some(1) op \"Replace\" \"replace\"",
            "remove-with-value Some(2) emails - -",
            "text-boolean Some(1) active \"False\" false",
        ]
    );
}

#[test]
fn long_values_and_many_changes_are_only_counted() {
    use crate::row::{incoming, schemas};
    let flags: Vec<_> = (0..9)
        .map(|_| serde_json::json!({"value": "a", "primary": "False"}))
        .collect();
    let body = serde_json::json!({"emails": flags, "title": ["x".repeat(600)]});
    let mut request = incoming("POST /Users", Some(&body));
    let told = enroll_quirks::explained(Dialect::Auto, schemas(), &mut request);
    let [list, flag] = told.as_slice() else {
        panic!("{told:?}");
    };
    assert_eq!(
        (list.quirk.id, flag.quirk.id),
        ("list-of-one", "text-boolean")
    );
    let long = &list.changes[0];
    assert_eq!(
        (long.at.as_str(), &long.before, &long.after),
        ("title", &None, &None)
    );
    assert_eq!(
        (flag.changes.len(), flag.more),
        (enroll_quirks::CHANGES_TOLD_MAX, 4)
    );
}

#[test]
fn ol_04_old_urns_suggest_onelogin_and_a_missing_colon_does_not() {
    use crate::row::{incoming, schemas};
    for (urn, wanted) in [
        ("urn:scim:schemas:core:2.0", Some(Dialect::OneLogin)),
        (
            "urn:ietf:params:scim:schemas:core:2.0User",
            Some(Dialect::Entra),
        ),
        ("urn:ietf:params:scim:schemas:core:2.0:User", None),
    ] {
        let body = serde_json::json!({"schemas": [urn], "userName": "ada"});
        let mut request = incoming("POST /Users", Some(&body));
        let applied = enroll_quirks::inbound(Dialect::Auto, schemas(), &mut request);
        assert_eq!(applied.suggests(), wanted, "{urn}");
    }
}
