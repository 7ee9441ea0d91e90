//! Operations on documents: `patch-documents.tsv`, the rows of the decision table that
//! `patch-cases.jsonl` leaves out, and what no row can hold.

use enroll_filter::{Patch, Plan, patch::Leniency};
use enroll_schema::{Document, ErrorKind, ResourceType, limits::VALUES_MAX, urns};
use serde_json::{Value, json};

use crate::{
    harness::patch,
    kinds::{self, HR, LOCK},
    tables::{leniency, rows},
};

/// A user with the attributes in `own`, as stores keep one.
fn user(own: &Value) -> Value {
    let mut user = own.as_object().unwrap().clone();
    let extensions = [urns::ENTERPRISE, HR, LOCK];
    let with_data = extensions.into_iter().filter(|urn| user.contains_key(*urn));
    let schemas: Value = std::iter::once(urns::USER).chain(with_data).collect();
    user.insert("schemas".into(), schemas);
    user.insert("id".into(), "u1".into());
    user.entry("userName").or_insert("bj".into());
    Value::Object(user)
}

#[track_caller]
fn check(
    kind: &ResourceType,
    leniency: Leniency,
    before: &Value,
    operations: &Value,
    wanted: Result<&Value, &str>,
    id: &str,
) {
    let found = patch(kind, &user(before), operations, leniency);
    match (found, wanted) {
        (Ok(after), Ok(wanted)) => assert_eq!(after, user(wanted), "{id}: {operations}"),
        (Err(error), Err(wanted)) => {
            assert_eq!(error.scim_type().unwrap_or("413"), wanted, "{id}: {error}");
        }
        (found, wanted) => panic!("{id}: {operations}: {found:?}, not {wanted:?}"),
    }
}

#[test]
fn every_row_ends_as_it_says() {
    let kinds = [
        ("user", kinds::user()),
        ("lock", kinds::locked()),
        ("mark", kinds::marked()),
    ];
    let mut count = 0;
    for [id, rule, kind, lenient, before, operations, after] in
        rows(include_str!("../data/patch-documents.tsv"))
    {
        let json =
            |text: &str| serde_json::from_str::<Value>(text).unwrap_or_else(|e| panic!("{id} {e}"));
        let (_, kind) = kinds.iter().find(|(name, _)| *name == kind).unwrap();
        let after = if after.starts_with('{') {
            Ok(json(&after))
        } else {
            Err(after.as_str())
        };
        let (before, operations) = (json(&before), json(&operations));
        let label = format!("{id} {rule}");
        let wanted = after.as_ref().map_err(|kind| *kind);
        check(
            kind,
            leniency(&lenient),
            &before,
            &operations,
            wanted,
            &label,
        );
        count += 1;
    }
    assert_eq!(count, 191);
}

#[test]
fn no_more_than_a_hundred_values() {
    let mails = |count: usize| -> Value {
        (0..count)
            .map(|n| json!({ "value": n.to_string() }))
            .collect()
    };
    let op =
        |op: &str, path: &str, value: Value| json!([{ "op": op, "path": path, "value": value }]);
    let (none, full) = (json!({}), json!({ "emails": mails(VALUES_MAX) }));
    let more = mails(VALUES_MAX + 1);
    for (before, operations, wanted) in [
        (&none, op("add", "emails", mails(VALUES_MAX)), Ok(&full)),
        (
            &none,
            op("add", "emails", more.clone()),
            Err("invalidValue"),
        ),
        (&full, op("add", "emails", json!({"value": "5"})), Ok(&full)),
        (
            &full,
            op("add", "emails", json!({"value": "x"})),
            Err("invalidValue"),
        ),
        (
            &full,
            op("add", r#"emails[value eq "x"].type"#, json!("work")),
            Err("invalidValue"),
        ),
        (&full, op("remove", "emails", more), Err("invalidValue")),
        (&full, op("remove", "emails", mails(VALUES_MAX)), Ok(&none)),
    ] {
        check(
            &kinds::user(),
            Leniency::default(),
            before,
            &operations,
            wanted,
            "values",
        );
    }
}

#[test]
fn no_more_than_four_thousand_comparisons() {
    let path = format!("emails[{}]", vec!["type pr"; 100].join(" or "));
    let operations = |count| Value::from(vec![json!({ "op": "remove", "path": path }); count]);
    let none = json!({});
    let kind = kinds::user();
    check(
        &kind,
        Leniency::default(),
        &none,
        &operations(40),
        Ok(&none),
        "comparisons",
    );
    check(
        &kind,
        Leniency::default(),
        &none,
        &operations(41),
        Err("413"),
        "comparisons",
    );
}

#[test]
fn no_more_than_eight_mebibytes_are_looked_at() {
    let long = "x".repeat(4_000);
    let roles: Value = (0..VALUES_MAX)
        .map(|n| json!({ "value": format!("{n}{long}") }))
        .collect();
    let before = json!({ "roles": roles });
    let listed = json!({ "op": "remove", "path": "roles", "value": [{ "value": "nobody" }] });
    let chosen = json!({ "op": "remove", "path": r#"roles[value eq "nobody" or type eq "x"]"# });
    // As many keys as one likes name the same attribute.
    let keys: Value = (1..=30)
        .map(|n| (format!("{}roles", " ".repeat(n)), roles[0].clone()))
        .collect::<serde_json::Map<_, _>>()
        .into();
    for (operations, wanted) in [
        (vec![listed.clone(); 20], Ok(&before)),
        (vec![listed; 21], Err("413")),
        (vec![chosen.clone(); 10], Ok(&before)),
        (vec![chosen; 11], Err("413")),
        (vec![json!({ "op": "add", "value": keys })], Err("413")),
        (
            vec![json!({ "op": "add", "path": "title", "value": long }); 1_000],
            Ok(&json!({ "roles": roles, "title": long })),
        ),
    ] {
        check(
            &kinds::user(),
            Leniency::default(),
            &before,
            &operations.into(),
            wanted,
            "work",
        );
    }
}

fn plan(operations: &Value) -> Plan {
    let message = json!({ "schemas": [urns::PATCH_OP], "Operations": operations });
    let patch = Patch::read(message, false).unwrap();
    Plan::compile(&kinds::user(), &patch, Leniency::default()).unwrap()
}

#[test]
fn a_password_is_not_even_in_the_plan() {
    let plan = plan(&json!([{ "op": "replace", "path": "password", "value": "t0p-s3cret" }]));
    assert!(plan.only_links() && plan.links().is_empty());
    assert!(!format!("{plan:?}").contains("t0p-s3cret"));
}

#[test]
fn a_refusal_names_its_operation_and_leaves_everything() {
    let Value::Object(map) = user(&json!({ "title": "a" })) else {
        panic!()
    };
    let before = Document::from_canonical(map);
    let plan = plan(&json!([
        { "op": "replace", "path": "title", "value": "b" },
        { "op": "remove", "path": "nickName" },
        { "op": "replace", "path": "emails[type eq \"work\"].value", "value": "w" },
    ]));
    let refused = plan.apply(&kinds::user(), "u1", &before).unwrap_err();
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
