//! Operations on documents: the rows of the decision table that `patch-cases.jsonl` leaves out.

use enroll_filter::{Patch, Plan, patch::Leniency};
use enroll_schema::{
    Attribute, Document, ErrorKind, Kind, Mutability, Schemas, Urn, limits::VALUES_MAX, urns,
};
use serde_json::{Map, Value, json};

use crate::{harness::patch, kinds::HR};

const ENTERPRISE: &str = urns::ENTERPRISE;

/// A user with the attributes in `own`, in the order canonical documents have.
fn user(own: Value) -> Value {
    let mut user = own.as_object().unwrap().clone();
    let extensions = [ENTERPRISE, HR]
        .into_iter()
        .filter(|urn| user.contains_key(*urn));
    let schemas: Value = std::iter::once(urns::USER).chain(extensions).collect();
    user.insert("schemas".into(), schemas);
    user.insert("id".into(), "u1".into());
    user.entry("userName").or_insert("bj".into());
    Value::Object(user)
}

#[track_caller]
fn check_with(leniency: Leniency, before: Value, operations: Value, wanted: Result<Value, &str>) {
    let found = patch(&user(before), &operations, leniency);
    let found = found.map_err(|error| (error.scim_type().unwrap(), error.to_string()));
    match (found, wanted) {
        (Ok(after), Ok(wanted)) => assert_eq!(after, user(wanted), "{operations}"),
        (Err((kind, _)), Err(wanted)) if kind == wanted => {}
        (found, wanted) => panic!("{operations}: {found:?}, not {wanted:?}"),
    }
}

#[track_caller]
fn check(before: Value, operation: Value, wanted: Result<Value, &str>) {
    check_with(Leniency::default(), before, json!([operation]), wanted);
}

fn add(path: &str, value: Value) -> Value {
    json!({ "op": "add", "path": path, "value": value })
}

fn replace(path: &str, value: Value) -> Value {
    json!({ "op": "replace", "path": path, "value": value })
}

fn remove(path: &str) -> Value {
    json!({ "op": "remove", "path": path })
}

fn remove_listed(path: &str, value: Value) -> Value {
    json!({ "op": "remove", "path": path, "value": value })
}

#[test]
fn single_values() {
    check(
        json!({}),
        replace("EXTERNALID", json!("x")),
        Ok(json!({"externalId": "x"})),
    );
    check(json!({}), add("title", json!("")), Ok(json!({"title": ""})));
    check(
        json!({"title": "a"}),
        remove_listed("title", json!("zz")),
        Ok(json!({})),
    );
    check(
        json!({"name": {"givenName": "B"}}),
        remove("name"),
        Ok(json!({})),
    );
    check(
        json!({"name": {"givenName": "B"}}),
        replace("name", json!(null)),
        Ok(json!({})),
    );
    check(
        json!({"name": {"givenName": "B"}}),
        add("name", json!({})),
        Ok(json!({"name": {"givenName": "B"}})),
    );
    check(
        json!({"name": {"givenName": "B"}}),
        replace("name", json!({"GIVENNAME": null})),
        Ok(json!({})),
    );
    check(
        json!({}),
        replace("name", json!({"givenName": null})),
        Ok(json!({})),
    );
    check(json!({}), replace("name", json!("B")), Err("invalidValue"));
    check(
        json!({}),
        replace("name", json!([{"givenName": "B"}])),
        Err("invalidValue"),
    );
    check(
        json!({}),
        replace("name.givenName", json!(5)),
        Err("invalidValue"),
    );
    check(
        json!({"name": {"givenName": "B"}}),
        replace("name.givenName", json!(null)),
        Ok(json!({})),
    );
    check(json!({}), remove("name.givenName"), Ok(json!({})));
    check(
        json!({}),
        replace("userName", json!(" ")),
        Err("mutability"),
    );
    check(json!({}), add("userName", json!(null)), Err("mutability"));
    check(
        json!({}),
        replace("userName", json!(5)),
        Err("invalidValue"),
    );
    check(
        json!({}),
        replace("userName", json!("x".repeat(257))),
        Err("invalidValue"),
    );
}

#[test]
fn lists_of_values() {
    let two =
        || json!({"emails": [{"value": "a", "type": "work", "primary": true}, {"value": "b"}]});
    check(
        two(),
        replace("emails", json!({"value": "c"})),
        Ok(json!({"emails": [{"value": "c"}]})),
    );
    check(
        json!({}),
        replace(
            "emails",
            json!([{"value": "c"}, {"value": "C", "display": "d"}]),
        ),
        Ok(json!({"emails": [{"value": "C", "display": "d"}]})),
    );
    check(json!({}), replace("emails", json!([{}])), Ok(json!({})));
    check(
        json!({}),
        replace("emails", json!("c")),
        Err("invalidValue"),
    );
    check(
        json!({}),
        replace("emails", json!([[{"value": "c"}]])),
        Err("invalidValue"),
    );
    check(
        two(),
        remove_listed("emails", json!([{"value": "B"}])),
        Ok(json!({"emails": [{"value": "a", "type": "work", "primary": true}]})),
    );
    check(
        two(),
        remove_listed("emails", json!({"value": "a", "type": "home"})),
        Ok(two()),
    );
    check(
        two(),
        remove_listed("emails", json!({"value": "a", "display": "other"})),
        Ok(json!({"emails": [{"value": "b"}]})),
    );
    check(
        two(),
        remove_listed("emails", json!({"type": "WORK"})),
        Ok(json!({"emails": [{"value": "b"}]})),
    );
    check(two(), remove_listed("emails", json!([{}])), Ok(two()));
    check(
        two(),
        remove_listed("emails", json!([{"value": null}])),
        Ok(two()),
    );
    check(two(), remove_listed("emails", json!([])), Ok(two()));
    check(two(), remove_listed("emails", json!(null)), Ok(json!({})));
    check(
        two(),
        remove_listed("emails", json!("a")),
        Err("invalidValue"),
    );
    check(
        two(),
        remove_listed("emails", json!([{"kind": "a"}])),
        Err("invalidValue"),
    );
    let badges = |list: Value| json!({ HR: { "badges": list } });
    let path = format!("{HR}:badges");
    check(
        badges(json!(["a"])),
        add(&path, json!(["b", "a", "A"])),
        Ok(badges(json!(["a", "b", "A"]))),
    );
    check(
        badges(json!(["a", "b"])),
        remove_listed(&path, json!(["b", "c"])),
        Ok(badges(json!(["a"]))),
    );
    check(
        badges(json!(["a", "b"])),
        remove_listed(&path, json!("a")),
        Ok(badges(json!(["b"]))),
    );
    check(
        badges(json!(["a"])),
        remove_listed(&path, json!("a")),
        Ok(json!({})),
    );
}

#[test]
fn no_more_than_a_hundred_values() {
    let mails = |count: usize| -> Value {
        (0..count)
            .map(|n| json!({ "value": n.to_string() }))
            .collect()
    };
    let full = json!({ "emails": mails(VALUES_MAX) });
    check(
        json!({}),
        add("emails", mails(VALUES_MAX)),
        Ok(full.clone()),
    );
    check(
        json!({}),
        add("emails", mails(VALUES_MAX + 1)),
        Err("invalidValue"),
    );
    check(
        full.clone(),
        add("emails", json!({"value": "5"})),
        Ok(full.clone()),
    );
    check(
        full.clone(),
        add("emails", json!({"value": "x"})),
        Err("invalidValue"),
    );
    check(
        full.clone(),
        add(r#"emails[value eq "x"].type"#, json!("work")),
        Err("invalidValue"),
    );
    check(
        full,
        remove_listed("emails", mails(VALUES_MAX + 1)),
        Err("invalidValue"),
    );
}

#[test]
fn a_sub_attribute_of_every_value() {
    let two = || json!({"emails": [{"value": "a", "display": "x"}, {"display": "y"}]});
    check(
        two(),
        remove("emails.display"),
        Ok(json!({"emails": [{"value": "a"}]})),
    );
    check(
        two(),
        add("emails.type", json!("work")),
        Ok(
            json!({"emails": [{"value": "a", "display": "x", "type": "work"}, {"display": "y", "type": "work"}]}),
        ),
    );
    check(
        two(),
        replace("emails.display", json!(null)),
        Ok(json!({"emails": [{"value": "a"}]})),
    );
    check(
        json!({}),
        add("emails.value", json!("c")),
        Ok(json!({"emails": [{"value": "c"}]})),
    );
    check(json!({}), remove("emails.value"), Ok(json!({})));
    check(
        two(),
        add("emails.primary", json!(true)),
        Err("invalidValue"),
    );
    check(
        json!({"emails": [{"value": "a"}]}),
        add("emails.primary", json!(true)),
        Ok(json!({"emails": [{"value": "a", "primary": true}]})),
    );
}

#[test]
fn chosen_values() {
    let two =
        || json!({"emails": [{"value": "a", "type": "work"}, {"value": "b", "type": "work"}]});
    let work = r#"emails[type eq "work"]"#;
    check(two(), replace(work, json!(null)), Ok(json!({})));
    check(json!({}), replace(work, json!(null)), Err("noTarget"));
    check(two(), add(work, json!(null)), Ok(two()));
    check(
        two(),
        replace(work, json!([{"value": "c"}])),
        Err("invalidValue"),
    );
    check(
        two(),
        replace(work, json!({"value": "c"})),
        Ok(json!({"emails": [{"value": "c"}]})),
    );
    check(
        two(),
        replace(work, json!({"value": "c", "primary": true})),
        Err("invalidValue"),
    );
    check(
        two(),
        add(work, json!({"display": "d", "type": null})),
        Ok(json!({"emails": [{"value": "a", "display": "d"}, {"value": "b", "display": "d"}]})),
    );
    check(
        two(),
        add(work, json!({"primary": true})),
        Err("invalidValue"),
    );
    check(two(), replace(work, json!({"value": null})), Ok(json!({})));
    check(
        json!({}),
        add(work, json!({"value": "c"})),
        Ok(json!({"emails": [{"type": "work", "value": "c"}]})),
    );
    check(
        json!({}),
        add(work, json!({"value": "c", "type": "home"})),
        Ok(json!({"emails": [{"type": "home", "value": "c"}]})),
    );
    check(
        json!({}),
        add(r#"emails[type eq "work"].display"#, json!(null)),
        Ok(json!({})),
    );
    check(
        json!({}),
        replace(r#"emails[type eq "work"].display"#, json!(null)),
        Err("noTarget"),
    );
    check(
        json!({}),
        remove(r#"emails[type eq "work"].display"#),
        Ok(json!({})),
    );
    check(
        json!({"emails": [{"type": "work"}]}),
        remove(r#"emails[type eq "work"].type"#),
        Ok(json!({})),
    );
    check(
        json!({}),
        add(
            r#"emails[type eq "work" and type eq "home"].value"#,
            json!("c"),
        ),
        Err("noTarget"),
    );
    check(
        json!({}),
        add(
            r#"emails[type eq "work" or type eq "home"].value"#,
            json!("c"),
        ),
        Err("noTarget"),
    );
    check(
        json!({}),
        add(r#"emails[not (type eq "work")].value"#, json!("c")),
        Err("noTarget"),
    );
    check(
        json!({}),
        add(
            r#"emails[type eq "work" and (primary eq true and display eq null)].value"#,
            json!("c"),
        ),
        Ok(json!({"emails": [{"type": "work", "primary": true, "value": "c"}]})),
    );
    let primary = json!({"emails": [{"value": "a", "primary": true}]});
    check(
        primary,
        add(
            r#"emails[type eq "work" and primary eq true].value"#,
            json!("c"),
        ),
        Ok(
            json!({"emails": [{"value": "a", "primary": false}, {"type": "work", "primary": true, "value": "c"}]}),
        ),
    );
}

#[test]
fn chosen_among_simple_values_and_of_one_value() {
    let badges = |list: Value| json!({ HR: { "badges": list } });
    let path = |filter: &str| format!("{HR}:badges[{filter}]");
    check(
        badges(json!(["a", "b"])),
        remove(&path(r#"value eq "a""#)),
        Ok(badges(json!(["b"]))),
    );
    check(
        badges(json!(["a", "b"])),
        replace(&path(r#"value eq "a""#), json!("c")),
        Ok(badges(json!(["c", "b"]))),
    );
    check(
        badges(json!(["a", "b"])),
        replace(&path("value pr"), json!("c")),
        Ok(badges(json!(["c"]))),
    );
    check(
        badges(json!(["a"])),
        replace(&path(r#"value eq "z""#), json!("c")),
        Err("noTarget"),
    );
    check(
        badges(json!(["a"])),
        add(&path(r#"value eq "z""#), json!("z")),
        Ok(badges(json!(["a", "z"]))),
    );
    check(
        badges(json!(["a"])),
        add(&path(r#"value eq "a""#), json!(["z"])),
        Err("invalidValue"),
    );
    let manager = |value: Value| json!({ ENTERPRISE: { "manager": value } });
    let path = |filter: &str| format!("{ENTERPRISE}:manager[{filter}]");
    check(
        manager(json!({"value": "m"})),
        remove(&path(r#"value eq "m""#)),
        Ok(json!({})),
    );
    check(
        manager(json!({"value": "m"})),
        remove(&path(r#"value eq "n""#)),
        Ok(manager(json!({"value": "m"}))),
    );
    check(
        manager(json!({"value": "m"})),
        replace(&path(r#"value eq "m""#), json!({"value": "n"})),
        Ok(manager(json!({"value": "n"}))),
    );
    check(
        manager(json!({"value": "m"})),
        add(&path(r#"value eq "n""#), json!({})),
        Err("noTarget"),
    );
    check(
        json!({}),
        add(&path(r#"value eq "n""#), json!({})),
        Ok(manager(json!({"value": "n"}))),
    );
}

#[test]
fn pathless_values() {
    let many = json!({
        "name.givenName": "B", "nickName": null, "schemas": [urns::USER], "id": "u1",
        "emails[type eq \"work\"].value": "w", "emails[type eq \"work\"].display": "d",
        ENTERPRISE: {"department": "D", "MANAGER.value": "m"},
        format!("{HR}:level"): 3,
    });
    let wanted = json!({
        "name": {"givenName": "B"}, "emails": [{"type": "work", "display": "d", "value": "w"}],
        ENTERPRISE: {"department": "D", "manager": {"value": "m"}}, HR: {"level": 3},
    });
    check(
        json!({"nickName": "x"}),
        json!({"op": "add", "value": many}),
        Ok(wanted),
    );
    for bad in [json!(null), json!([]), json!("x"), json!([{"title": "x"}])] {
        check(
            json!({}),
            json!({"op": "replace", "value": bad}),
            Err("invalidValue"),
        );
    }
    for (key, fault) in [
        ("shoeSize", "invalidPath"),
        ("a b", "invalidPath"),
        ("", "invalidPath"),
        ("emails[x", "invalidFilter"),
        ("urn:x:y", "invalidPath"),
    ] {
        check(
            json!({}),
            json!({"op": "add", "value": {key: "x"}}),
            Err(fault),
        );
    }
    check(
        json!({}),
        json!({"op": "add", "value": {urns::USER: {"title": "x"}}}),
        Ok(json!({"title": "x"})),
    );
    check(
        json!({}),
        json!({"op": "add", "value": {urns::USER: {urns::USER: {"title": "x"}}}}),
        Err("invalidPath"),
    );
    check(
        json!({}),
        json!({"op": "add", "value": {ENTERPRISE: {"title": "x"}}}),
        Err("invalidPath"),
    );
    check(
        json!({}),
        json!({"op": "add", "value": {ENTERPRISE: "x"}}),
        Err("invalidValue"),
    );
}

#[test]
fn whole_schemas() {
    let both = || json!({"title": "t", ENTERPRISE: {"department": "D"}, HR: {"level": 1}});
    check(
        both(),
        replace(ENTERPRISE, json!(null)),
        Ok(json!({"title": "t", HR: {"level": 1}})),
    );
    check(both(), add(ENTERPRISE, json!(null)), Ok(both()));
    check(
        both(),
        replace(ENTERPRISE, json!({"department": null})),
        Ok(json!({"title": "t", HR: {"level": 1}})),
    );
    check(
        both(),
        add(urns::USER, json!({"title": "u"})),
        Ok(json!({"title": "u", ENTERPRISE: {"department": "D"}, HR: {"level": 1}})),
    );
    check(both(), remove(urns::USER), Err("mutability"));
    check(both(), replace(urns::USER, json!(null)), Err("mutability"));
    check(json!({}), remove(HR), Ok(json!({})));
    check(json!({}), add("schemas", json!([HR])), Ok(json!({})));
    check(both(), add("schemas", json!(null)), Ok(both()));
    check(
        both(),
        replace("schemas", json!([urns::USER, HR.to_uppercase()])),
        Ok(json!({"title": "t", HR: {"level": 1}})),
    );
    check(both(), replace("schemas", json!([HR])), Err("invalidValue"));
    check(both(), replace("schemas", json!([])), Err("mutability"));
    check(both(), replace("schemas", json!(null)), Err("mutability"));
    check(
        both(),
        replace("schemas", json!([urns::USER, "urn:x"])),
        Err("invalidValue"),
    );
    check(
        both(),
        replace("schemas", json!([urns::USER, 5])),
        Err("invalidValue"),
    );
    check(
        both(),
        remove_listed("schemas", json!([HR])),
        Ok(json!({"title": "t", ENTERPRISE: {"department": "D"}})),
    );
    check(
        both(),
        remove_listed("schemas", json!(urns::USER)),
        Err("invalidValue"),
    );
    check(
        both(),
        remove(r#"schemas[value co "extension"]"#),
        Ok(json!({"title": "t"})),
    );
    check(both(), remove(r#"schemas[value eq "urn:x"]"#), Ok(both()));
    check(
        both(),
        replace(&format!("schemas[value eq \"{HR}\"]"), json!(ENTERPRISE)),
        Err("invalidValue"),
    );
    // A resource sent back by a client that knows no extension keeps what that client cannot see.
    check(
        both(),
        json!({"op": "replace", "value": {"schemas": [urns::USER], "title": "u"}}),
        Ok(json!({"title": "u", ENTERPRISE: {"department": "D"}, HR: {"level": 1}})),
    );
}

#[test]
fn what_only_the_server_writes() {
    let manager = json!({ENTERPRISE: {"manager": {"value": "m"}}});
    let display = format!("{ENTERPRISE}:manager.displayName");
    check(
        manager.clone(),
        replace(&display, json!(null)),
        Ok(manager.clone()),
    );
    check(manager.clone(), remove(&display), Err("mutability"));
    check(
        manager.clone(),
        remove(&format!("{ENTERPRISE}:manager[value eq \"m\"].displayName")),
        Err("mutability"),
    );
    check(json!({}), replace("id", json!("u1")), Ok(json!({})));
    check(json!({}), replace("id", json!("U1")), Err("mutability"));
    check(json!({}), replace("id", json!(null)), Err("mutability"));
    check(
        json!({}),
        replace("meta", json!({"resourceType": "User"})),
        Err("mutability"),
    );
    check(
        json!({}),
        add("meta.version", json!("W/\"1\"")),
        Err("mutability"),
    );
    check(json!({}), replace("meta", json!(null)), Ok(json!({})));
}

#[test]
fn a_password_is_checked_and_forgotten() {
    // Decision 55.
    check(json!({}), replace("password", json!("t0p")), Ok(json!({})));
    check(
        json!({}),
        json!({"op": "replace", "value": {"password": "t0p", "title": "x"}}),
        Ok(json!({"title": "x"})),
    );
    check(
        json!({}),
        replace("password", json!(5)),
        Err("invalidValue"),
    );
    check(json!({}), remove("password"), Ok(json!({})));
    let message =
        json!({"schemas": [urns::PATCH_OP], "Operations": [replace("password", json!("t0p"))]});
    let plan = Plan::compile(
        &crate::kinds::user(),
        &Patch::read(message, false).unwrap(),
        Leniency::default(),
    )
    .unwrap();
    assert!(plan.only_links() && plan.links().is_empty() && !format!("{plan:?}").contains("t0p"));
}

#[test]
fn leniency_for_dialects() {
    let creates = Leniency {
        replace_creates: true,
        ..Leniency::default()
    };
    let fax = r#"phoneNumbers[type eq "fax"]"#;
    let made = json!({"phoneNumbers": [{"type": "fax", "value": "1"}]});
    check_with(
        creates,
        json!({}),
        json!([replace(&format!("{fax}.value"), json!("1"))]),
        Ok(made.clone()),
    );
    check_with(
        creates,
        json!({}),
        json!([replace(fax, json!({"value": "1"}))]),
        Ok(made),
    );
    check_with(
        creates,
        json!({}),
        json!([replace(&format!("{fax}.value"), json!(null))]),
        Ok(json!({})),
    );
    check_with(
        creates,
        json!({}),
        json!([replace(r#"phoneNumbers[type sw "f"].value"#, json!("1"))]),
        Err("noTarget"),
    );
    let ignores = Leniency {
        ignore_unknown: true,
        ..Leniency::default()
    };
    let title = json!({"title": "x"});
    for unknown in [
        add("extensionAttribute7", json!("quay")),
        add("urn:x:1.0:y", json!("quay")),
        add("name.nick", json!("quay")),
        add(r#"emails[type eq "work"].nick"#, json!("quay")),
        json!({"op": "add", "value": {"shoeSize": 44, "a b": 1}}),
        add("name", json!({"nick": "quay"})),
        json!({"op": "add", "value": {ENTERPRISE: {"shoeSize": 44}}}),
    ] {
        check_with(
            ignores,
            json!({}),
            json!([unknown, add("title", json!("x"))]),
            Ok(title.clone()),
        );
    }
    for wrong in [
        add("a b", json!("x")),
        add("emails[nick eq 5]", json!("x")),
        add("title", json!(5)),
        add("title[value pr]", json!("x")),
    ] {
        let fault = if wrong["path"] == "title" {
            "invalidValue"
        } else if wrong["path"].as_str().unwrap().contains("nick") {
            "invalidFilter"
        } else {
            "invalidPath"
        };
        check_with(ignores, json!({}), json!([wrong]), Err(fault));
    }
    let twice = json!([{"value": "a", "primary": true}, {"value": "b", "primary": true}]);
    check_with(
        ignores,
        json!({}),
        json!([add("emails", twice)]),
        Ok(json!({"emails": [{"value": "a", "primary": true}, {"value": "b", "primary": false}]})),
    );
}

#[test]
fn a_refusal_names_its_operation_and_leaves_everything() {
    let kind = crate::kinds::user();
    let Value::Object(map) = user(json!({"title": "a"})) else {
        panic!()
    };
    let before = Document::from_canonical(map);
    let operations = json!([
        replace("title", json!("b")),
        remove("nickName"),
        replace("emails[type eq \"work\"].value", json!("w"))
    ]);
    let message = json!({"schemas": [urns::PATCH_OP], "Operations": operations});
    let plan = Plan::compile(
        &kind,
        &Patch::read(message, false).unwrap(),
        Leniency::default(),
    )
    .unwrap();
    let refused = plan.apply(&kind, "u1", &before).unwrap_err();
    assert_eq!((refused.index, refused.kind), (2, ErrorKind::NoTarget));
    assert_eq!(
        refused.to_string(),
        "Operations[2]: no value of emails matches"
    );
    assert_eq!(
        enroll_schema::Error::from(refused).scim_type(),
        Some("noTarget")
    );
    assert_eq!(before.as_map()["title"], "a");
}

/// An extension with every characteristic the standard schemas have no attribute for.
fn locked() -> Schemas {
    let with = |name: &str, mutability| Attribute {
        mutability,
        ..Attribute::new(name, Kind::String)
    };
    let key = Attribute {
        multi: true,
        sub: vec![
            Attribute {
                required: true,
                ..Attribute::new("value", Kind::String)
            },
            with("serial", Mutability::Immutable),
            with("stamp", Mutability::ReadOnly),
            with("note", Mutability::ReadWrite),
        ],
        ..Attribute::new("keys", Kind::Complex)
    };
    let attributes = vec![
        Attribute {
            required: true,
            ..Attribute::new("owner", Kind::String)
        },
        with("serial", Mutability::Immutable),
        with("stamp", Mutability::ReadOnly),
        key,
    ];
    Schemas::standard()
        .with_extension("User", Urn::from(LOCK), true, attributes)
        .unwrap()
}

const LOCK: &str = "urn:example:params:scim:schemas:extension:lock:2.0:User";

#[track_caller]
fn check_lock(before: Value, operations: Value, wanted: Result<Value, &str>) {
    let schemas = locked();
    let kind = schemas.named("User").unwrap();
    let whole = |lock: Value| {
        let mut map = Map::new();
        map.insert("schemas".into(), json!([urns::USER, LOCK]));
        map.insert("userName".into(), "bj".into());
        map.insert(LOCK.into(), lock);
        Document::from_canonical(map)
    };
    let text = operations.to_string().replace("LOCK", LOCK);
    let message = json!({"schemas": [urns::PATCH_OP], "Operations": serde_json::from_str::<Value>(&text).unwrap()});
    let plan = Plan::compile(
        kind,
        &Patch::read(message, false).unwrap(),
        Leniency::default(),
    );
    let found = plan.and_then(|plan| plan.apply(kind, "u1", &whole(before)));
    let found = found.map_err(|error| error.kind.scim_type().unwrap());
    assert_eq!(found, wanted.map(whole), "{operations}");
}

#[test]
fn immutable_required_and_read_only_of_ones_own() {
    let lock = || json!({"owner": "o", "serial": "1", "stamp": "s", "keys": [{"value": "a", "serial": "1", "stamp": "s", "note": "n"}]});
    let stays = [
        replace("LOCK:serial", json!("1")),
        replace("LOCK:stamp", json!("s")),
        remove("LOCK:title2").clone(),
    ];
    check_lock(lock(), json!([stays[0], stays[1]]), Ok(lock()));
    check_lock(lock(), json!([stays[2]]), Err("invalidPath"));
    for refused in [
        replace("LOCK:serial", json!("2")),
        remove("LOCK:serial"),
        replace("LOCK:stamp", json!("t")),
        remove("LOCK:stamp"),
        remove("LOCK:owner"),
        replace("LOCK:owner", json!("")),
        remove("LOCK"),
        replace("LOCK", json!({"owner": null})),
        replace("LOCK:keys.serial", json!("2")),
        replace("LOCK:keys[value eq \"a\"].serial", json!("2")),
        replace(
            "LOCK:keys[value eq \"a\"]",
            json!({"value": "a", "serial": "2"}),
        ),
        add("LOCK:keys[value eq \"a\"]", json!({"serial": null})),
        remove("LOCK:keys.value"),
        replace("LOCK:keys.stamp", json!("t")),
        add("LOCK:keys", json!({"value": "a", "serial": "2"})),
    ] {
        check_lock(lock(), json!([refused]), Err("mutability"));
    }
    let changed = json!({"owner": "o", "serial": "1", "stamp": "s", "keys": [{"value": "b", "serial": "1", "stamp": "s"}]});
    check_lock(
        lock(),
        json!([replace("LOCK:keys[value eq \"a\"]", json!({"value": "b"}))]),
        Ok(changed),
    );
    check_lock(
        lock(),
        json!([replace("LOCK:keys.stamp", json!("s"))]),
        Ok(lock()),
    );
    check_lock(
        lock(),
        json!([replace("LOCK:keys", json!([{"note": "n"}]))]),
        Err("invalidValue"),
    );
    check_lock(
        lock(),
        json!([replace("LOCK:keys[value eq \"a\"]", json!({"note": "n"}))]),
        Err("invalidValue"),
    );
    check_lock(
        lock(),
        json!([remove("LOCK:keys[value eq \"a\"].value")]),
        Err("mutability"),
    );
    check_lock(
        json!({"owner": "o"}),
        json!([add("LOCK:serial", json!("9"))]),
        Ok(json!({"owner": "o", "serial": "9"})),
    );
    check_lock(
        json!({"owner": "o"}),
        json!([remove("LOCK:serial")]),
        Ok(json!({"owner": "o"})),
    );
}
