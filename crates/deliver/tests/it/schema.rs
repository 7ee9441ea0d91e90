//! The JSON Schema says what the types write, no more and no less.

use std::collections::BTreeSet;

use enroll_deliver::{
    AccessGroupApply, AccountApply, GroupProfile, Message, Named, Reply, SCHEMA, Word,
};
use enroll_sync::{AccessGroupId, AccountId, Kind, Op, Profile};
use serde::Serialize;
use serde_json::{Map, Value, json};

use crate::receiver::{ada, at, staff};

fn document() -> Value {
    serde_json::from_str(SCHEMA).unwrap()
}

/// Follows `$ref` and tells whether `value` fits; knows the keywords the document uses, and no other.
fn fits(root: &Value, schema: &Value, value: &Value) -> bool {
    let schema = schema.as_object().unwrap();
    schema.iter().all(|(keyword, rule)| match keyword.as_str() {
        "$schema" | "$defs" | "title" | "description" => true,
        "$ref" => {
            let at = rule.as_str().unwrap().strip_prefix('#').unwrap();
            fits(root, root.pointer(at).unwrap(), value)
        }
        "oneOf" => all(rule).filter(|one| fits(root, one, value)).count() == 1,
        "anyOf" => all(rule).any(|one| fits(root, one, value)),
        "type" => match rule.as_str().unwrap() {
            "object" => value.is_object(),
            "array" => value.is_array(),
            "string" => value.is_string(),
            "boolean" => value.is_boolean(),
            "integer" => value.is_u64() || value.is_i64(),
            other => panic!("type {other}"),
        },
        "enum" => all(rule).any(|one| one == value),
        "const" => rule == value,
        "minimum" => value.as_i64() >= rule.as_i64(),
        "minLength" => value
            .as_str()
            .is_none_or(|text| text.len() as u64 >= rule.as_u64().unwrap()),
        "maxLength" => value
            .as_str()
            .is_none_or(|text| text.len() as u64 <= rule.as_u64().unwrap()),
        "format" => value
            .as_str()
            .is_some_and(|text| enroll_schema::Timestamp::parse(text).is_some()),
        "items" => all(value).all(|one| fits(root, rule, one)),
        "required" => all(rule).all(|name| value.get(name.as_str().unwrap()).is_some()),
        "properties" => rule
            .as_object()
            .unwrap()
            .iter()
            .all(|(name, rule)| value.get(name).is_none_or(|value| fits(root, rule, value))),
        other => panic!("keyword {other}"),
    })
}

fn all(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

/// Says that `definition` has exactly the names that the fullest value has, and requires exactly
/// those of the barest.
fn check(definition: &str, fullest: &impl Serialize, barest: &impl Serialize) {
    let root = document();
    let schema = &root["$defs"][definition];
    let names = |value: &Value| -> BTreeSet<String> {
        value.as_object().unwrap().keys().cloned().collect()
    };
    let (fullest, barest) = (json!(fullest), json!(barest));
    assert_eq!(
        names(&schema["properties"]),
        names(&fullest),
        "{definition}"
    );
    let required: BTreeSet<String> = all(&schema["required"])
        .map(|name| name.as_str().unwrap().to_owned())
        .collect();
    assert_eq!(required, names(&barest), "{definition}");
    assert!(fits(&root, schema, &fullest), "{fullest}");
}

fn messages() -> [Value; 4] {
    let mut leaver = ada();
    leaver.app_ref = Some(AccountId::new("u_77"));
    leaver.account = Some(Profile {
        login: Some("ada".to_owned()),
        access_groups: vec![AccessGroupId::new("g")],
        fields: [("room".to_owned(), json!(7))].into(),
        kind: Kind::External,
        ..leaver.account.unwrap()
    });
    leaver.account.as_mut().unwrap().active = false;
    let mut bare = ada();
    bare.external_id = None;
    bare.account = Some(Profile {
        active: true,
        ..Profile::default()
    });
    let mut renamed = staff();
    renamed.external_id = Some("00g1".to_owned());
    renamed.group.as_mut().unwrap().group_ref = Some(AccessGroupId::new("g_1"));
    [
        json!(Message::account(&leaver, at(1)).unwrap()),
        json!(Message::account(&bare, at(1)).unwrap()),
        json!(Message::access_group(&renamed, at(1)).unwrap()),
        json!(Message::access_group(&staff(), at(1)).unwrap()),
    ]
}

#[test]
fn every_definition_is_its_type() {
    let [full, bare, group, bare_group] = messages();
    check("account_message", &full, &bare);
    check("account_data", &full["data"], &bare["data"]);
    check("account", &full["data"]["full"], &bare["data"]["full"]);
    check("named", &full["data"]["account"], &bare["data"]["account"]);
    check("access_group_message", &group, &bare_group);
    check("access_group_data", &group["data"], &bare_group["data"]);
    check(
        "access_group",
        &group["data"]["full"],
        &bare_group["data"]["full"],
    );
    let reply = Reply {
        outcome: Some(Word::Conflict),
        app_ref: Some("u_77".to_owned()),
        observed: Some(full["data"]["full"].as_object().unwrap().clone()),
        code: Some("c".to_owned()),
        message: Some("m".to_owned()),
    };
    check("reply", &reply, &Reply::default());
    let definitions = document()["$defs"].as_object().unwrap().len();
    assert_eq!(definitions, 8, "a definition without a row above");
}

#[test]
fn every_message_fits_and_wrong_ones_do_not() {
    let root = document();
    for message in messages() {
        assert!(fits(&root, &root, &message), "{message}");
        // Newer names are nobody's error.
        let mut newer = message.clone();
        newer["data"]["more"] = json!(1);
        assert!(fits(&root, &root, &newer));
        let wrong = [
            ("/type", json!("account.destroy")),
            ("/timestamp", json!("yesterday")),
            ("/data/op", json!("destroy")),
            ("/data/revision", json!(-1)),
            ("/data/full", json!({})),
            ("/data/reasons", json!([7])),
        ];
        for (place, value) in wrong {
            let mut wrong = message.clone();
            *wrong.pointer_mut(place).unwrap() = value;
            assert!(!fits(&root, &root, &wrong), "{place}");
        }
    }
}

#[test]
fn words_are_those_of_the_types() {
    let root = document();
    let words =
        |place: &str| -> Vec<Value> { all(root.pointer(place).unwrap()).cloned().collect() };
    for op in words("/$defs/account_data/properties/op/enum") {
        let op: Op = serde_json::from_value(op).unwrap();
        assert!(op.is_sent());
    }
    for op in words("/$defs/access_group_data/properties/op/enum") {
        let op: Op = serde_json::from_value(op).unwrap();
        assert!(op.as_str().ends_with("_group"));
    }
    let sent = words("/$defs/account_data/properties/op/enum").len()
        + words("/$defs/access_group_data/properties/op/enum").len();
    // All of `Op` but `release` and `nothing`, for which nothing is sent.
    assert_eq!(sent, 9);
    let known = [
        "applied",
        "unchanged",
        "exists",
        "rejected",
        "conflict",
        "retry",
    ];
    assert_eq!(
        words("/$defs/reply/properties/outcome/enum"),
        known.map(Value::from)
    );
    for word in known {
        assert!(serde_json::from_value::<Word>(word.into()).is_ok());
    }
    let error = serde_json::from_value::<Word>("ok".into())
        .unwrap_err()
        .to_string();
    assert_eq!(error.matches('`').count(), 2 * (known.len() + 1), "{error}");
}

#[test]
fn the_types_read_what_they_write() {
    let [full, _, group, _] = messages();
    let account: Message<AccountApply> = serde_json::from_value(full.clone()).unwrap();
    assert_eq!(json!(account), full);
    let read: Message<AccessGroupApply> = serde_json::from_value(group.clone()).unwrap();
    assert_eq!(json!(read), group);
    assert_eq!(
        json!(GroupProfile::default()),
        json!({"name": "", "archived": false})
    );
    assert_eq!(json!(Named::default()), json!({"directory_id": ""}));
    assert_eq!(json!(Reply::default()), Value::Object(Map::new()));
}
