//! Operations on `members`: `patch-links.tsv`, what a store is told, and what comes of it.

use enroll_filter::{LinkPlan, Patch, Plan, Unknown, patch::Leniency};
use enroll_schema::{ErrorKind, Result, limits::LINKS_PER_REQUEST_MAX, urns};
use serde_json::{Value, json};

use crate::{
    harness::linked,
    kinds,
    tables::{leniency, rows},
};

fn plan(operations: &Value, leniency: Leniency) -> Result<Plan> {
    let message = json!({ "schemas": [urns::PATCH_OP], "Operations": operations });
    Ok(Plan::compile(
        &kinds::group(),
        &Patch::read(message, false)?,
        leniency,
    )?)
}

#[test]
fn every_row_ends_as_it_says() {
    let group = kinds::group();
    let mut count = 0;
    for [id, rule, lenient, before, operations, after] in
        rows(include_str!("../data/patch-links.tsv"))
    {
        let operations: Value =
            serde_json::from_str(&operations).unwrap_or_else(|e| panic!("{id} {e}"));
        let members = before
            .trim_matches(['[', ']'])
            .split_whitespace()
            .map(str::to_owned)
            .collect();
        let found = plan(&operations, leniency(&lenient)).and_then(|plan| {
            assert!(plan.only_links(), "{id}");
            linked(&group, plan.links(), members)
        });
        let found = match &found {
            Ok(ids) => format!("[{}]", ids.join(" ")),
            Err(error) => error.scim_type().unwrap_or("413").to_owned(),
        };
        assert_eq!(found, after, "{id} {rule}: {operations}");
        count += 1;
    }
    assert_eq!(count, 96);
}

fn op(op: &str, path: &str, value: &Value) -> Value {
    json!({ "op": op, "path": path, "value": value })
}

fn all(ids: &str) -> Value {
    ids.split_whitespace()
        .map(|id| json!({ "value": id }))
        .collect()
}

#[test]
fn a_store_is_told_the_least() {
    let told = |operations: Value| {
        plan(&operations, Leniency::default())
            .unwrap()
            .links()
            .clone()
    };
    let ids = |text: &str| {
        text.split_whitespace()
            .map(str::to_owned)
            .collect::<Vec<_>>()
    };
    let remove_a = op("remove", "members", &all("a"));
    assert_eq!(
        told(json!([remove_a, op("add", "members", &all("b a"))])),
        LinkPlan {
            link: ids("b a"),
            ..LinkPlan::default()
        },
    );
    assert_eq!(
        told(json!([remove_a, op("replace", "members", &all("b"))])),
        LinkPlan {
            clear: true,
            link: ids("b"),
            ..LinkPlan::default()
        },
    );
    let groups = json!({ "op": "remove", "path": "members[type eq \"Group\"]" });
    assert_eq!(
        told(json!([groups])).unlink_where,
        told(json!([groups, remove_a])).unlink_where
    );
    assert_eq!(
        told(json!([groups, { "op": "remove", "path": "members" }])),
        LinkPlan {
            clear: true,
            ..LinkPlan::default()
        },
    );
    assert!(told(json!([op("add", "members", &json!([]))])).is_empty());
    assert!(!told(json!([{ "op": "remove", "path": "members" }])).is_empty());
    let no_id = json!({ "op": "remove", "path": "members[value eq \"\\u0000\"]" });
    assert!(told(json!([no_id])).is_empty());
    let refuse = Leniency {
        refuse_unknown_links: true,
        ..Leniency::default()
    };
    assert_eq!(
        plan(&json!([remove_a]), refuse).unwrap().links().unknown,
        Unknown::Refuse
    );
    assert_eq!(told(json!([remove_a])).unknown, Unknown::Keep);
}

#[test]
fn a_rename_next_to_members_touches_both() {
    let operations = json!([{ "op": "replace", "value": { "id": "g1", "displayName": "x", "members": all("a") } }]);
    let plan = plan(&operations, Leniency::default()).unwrap();
    assert!(!plan.only_links() && !plan.links().is_empty());
}

#[test]
fn fifty_thousand_links_are_taken_and_no_more() {
    let many = |count: usize, letter: char| -> Value {
        (0..count)
            .map(|n| json!({ "value": format!("{letter}{n}") }))
            .collect()
    };
    let half = LINKS_PER_REQUEST_MAX / 2;
    let operations = json!([
        op("remove", "members", &many(half, 'a')),
        op("add", "members", &many(half, 'a'))
    ]);
    let links = plan(&operations, Leniency::default())
        .unwrap()
        .links()
        .clone();
    assert_eq!((links.unlink.len(), links.link.len()), (0, half));
    let operations = json!([
        op("add", "members", &many(half, 'a')),
        op("remove", "members", &many(half, 'b')),
        { "op": "remove", "path": "members[value eq \"c\"]" },
    ]);
    let message = json!({ "schemas": [urns::PATCH_OP], "Operations": operations });
    let refused = Plan::compile(
        &kinds::group(),
        &Patch::read(message, false).unwrap(),
        Leniency::default(),
    )
    .unwrap_err();
    assert_eq!(
        (refused.index, refused.kind),
        (2, ErrorKind::PayloadTooLarge)
    );
    assert!(
        refused
            .to_string()
            .starts_with("Operations[2]: a request names at most 50000 members")
    );
}

#[test]
fn a_store_compares_each_member_only_so_often() {
    let remove = |count: usize| {
        let path = format!("members[{}]", vec!["type pr"; count].join(" or "));
        json!({ "op": "remove", "path": path })
    };
    let plan = |operations: &Value| plan(operations, Leniency::default());
    plan(&json!([remove(32)])).unwrap();
    plan(&json!([remove(16), { "op": "remove", "path": "members" }, remove(32)])).unwrap();
    plan(&json!([
        remove(20),
        op("replace", "members", &json!([])),
        remove(20)
    ]))
    .unwrap();
    let refused = plan(&json!([remove(16), remove(17)])).unwrap_err();
    assert_eq!(refused.scim_type(), Some("invalidFilter"));
}

#[test]
fn groups_of_a_user_are_read_only() {
    for operation in [
        op("add", "groups", &all("g")),
        op("replace", "groups", &json!([])),
        op("add", "groups[value eq \"g\"]", &json!({})),
        json!({"op": "remove", "path": "groups.value"}),
    ] {
        let message = json!({ "schemas": [urns::PATCH_OP], "Operations": [operation] });
        let refused = Plan::compile(
            &kinds::user(),
            &Patch::read(message, false).unwrap(),
            Leniency::default(),
        );
        assert_eq!(
            refused.unwrap_err().kind,
            ErrorKind::Mutability,
            "{operation}"
        );
    }
}
