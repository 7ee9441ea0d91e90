//! Operations on `members`: what a store is told, and what comes of it.

use enroll_filter::{LinkPlan, Patch, Plan, Unknown, patch::Leniency};
use enroll_schema::{ErrorKind, Result, limits::LINKS_PER_REQUEST_MAX, urns};
use serde_json::{Value, json};

use crate::{harness::linked, kinds};

fn plan(operations: &Value, leniency: Leniency) -> Result<Plan> {
    let message = json!({ "schemas": [urns::PATCH_OP], "Operations": operations });
    Ok(Plan::compile(
        &kinds::group(),
        &Patch::read(message, false)?,
        leniency,
    )?)
}

/// Members before, operations, members after or the scimType.
#[track_caller]
fn check_with(leniency: Leniency, before: &str, operations: &Value, wanted: Result<&str, &str>) {
    let rows = before.split_whitespace().map(str::to_owned).collect();
    let after = plan(operations, leniency).and_then(|plan| {
        assert!(plan.only_links(), "{operations}");
        linked(&kinds::group(), plan.links(), rows)
    });
    let found = after
        .map(|ids| ids.join(" "))
        .map_err(|error| error.scim_type().unwrap_or("413"));
    assert_eq!(
        found.as_ref().map(String::as_str).map_err(|e| *e),
        wanted,
        "{operations}"
    );
}

#[track_caller]
fn check(before: &str, operations: &Value, wanted: Result<&str, &str>) {
    check_with(Leniency::default(), before, operations, wanted);
}

fn op(op: &str, path: &str, value: Value) -> Value {
    json!({ "op": op, "path": path, "value": value })
}

fn all(ids: &str) -> Value {
    ids.split_whitespace()
        .map(|id| json!({ "value": id }))
        .collect()
}

#[test]
fn members_come_and_go() {
    check(
        "a",
        &json!([op("add", "members", all("b a c"))]),
        Ok("a b c"),
    );
    check(
        "a",
        &json!([op("add", "members", json!({"value": "b"}))]),
        Ok("a b"),
    );
    check("a", &json!([op("add", "members", json!([]))]), Ok("a"));
    check("a", &json!([op("add", "members", json!(null))]), Ok("a"));
    check(
        "a b",
        &json!([op("replace", "members", all("c b"))]),
        Ok("c b"),
    );
    check("a b", &json!([op("replace", "members", json!([]))]), Ok(""));
    check(
        "a b",
        &json!([op("replace", "members", json!(null))]),
        Ok(""),
    );
    check("a b", &json!([{"op": "remove", "path": "members"}]), Ok(""));
    check(
        "a b",
        &json!([{"op": "replace", "value": {"members": [{"value": "c"}]}}]),
        Ok("c"),
    );
    check(
        "a",
        &json!([{"op": "add", "value": {"MEMBERS": [{"VALUE": "c"}]}}]),
        Ok("a c"),
    );
    let urn = format!("{}:members", urns::GROUP);
    check("a", &json!([op("add", &urn, all("b"))]), Ok("a b"));
    check(
        "a",
        &json!([{"op": "add", "value": {urns::GROUP: {"members": all("b")}}}]),
        Ok("a b"),
    );
}

#[test]
fn remove_takes_those_listed_and_nobody_else() {
    // ENTRA-49, decision 9, threat D2.
    check(
        "a b c",
        &json!([op("remove", "members", all("a zz"))]),
        Ok("b c"),
    );
    check(
        "a b",
        &json!([op("remove", "members", json!({"value": "a", "$ref": null}))]),
        Ok("b"),
    );
    check(
        "a b",
        &json!([op("remove", "members", json!([]))]),
        Ok("a b"),
    );
    check(
        "a b",
        &json!([op("remove", "members", json!([{"$ref": "../Users/a"}]))]),
        Err("invalidValue"),
    );
    check(
        "a b",
        &json!([op("remove", "members", json!(["a"]))]),
        Err("invalidValue"),
    );
    check(
        "a b",
        &json!([op("remove", "members", json!("a"))]),
        Err("invalidValue"),
    );
    check(
        "a b",
        &json!([op("remove", "members", json!([null]))]),
        Err("invalidValue"),
    );
}

#[test]
fn a_filter_chooses_members() {
    let remove = |path: &str| json!([{ "op": "remove", "path": path }]);
    check("a b", &remove(r#"members[value eq "a"]"#), Ok("b"));
    check("a b", &remove(r#"members[value eq "A"]"#), Ok("a b"));
    check(
        "a b c",
        &remove(r#"members[value eq "a" or value eq "c"]"#),
        Ok("b"),
    );
    check("a g1 g2", &remove(r#"members[type eq "Group"]"#), Ok("a"));
    check(
        "a g1 g2",
        &remove(r#"members[type eq "group" and not (value eq "g1")]"#),
        Ok("a g1"),
    );
    check("a g1", &remove("members[value pr]"), Ok(""));
    check(
        "a",
        &remove(r#"members[value eq "a"].value"#),
        Err("mutability"),
    );
    check(
        "a",
        &remove(r#"members[value eq "a"].display"#),
        Err("mutability"),
    );
    check("a", &remove("members.value"), Err("mutability"));
    check("a", &remove("members[nosuch pr]"), Err("invalidFilter"));
    check("a", &remove("groups"), Err("invalidPath"));
}

#[test]
fn a_member_is_never_changed_into_another() {
    let a = r#"members[value eq "a"]"#;
    check(
        "a",
        &json!([op("replace", a, json!({"value": "a", "display": "A"}))]),
        Ok("a"),
    );
    check(
        "a",
        &json!([op("replace", a, json!({"type": "User"}))]),
        Ok("a"),
    );
    check(
        "a",
        &json!([op("replace", a, json!({"value": "b"}))]),
        Err("mutability"),
    );
    check(
        "b",
        &json!([op("replace", a, json!({"value": "a"}))]),
        Err("noTarget"),
    );
    check("a b", &json!([op("replace", a, json!(null))]), Ok("b"));
    check(
        "b",
        &json!([op("replace", a, json!(null))]),
        Err("noTarget"),
    );
    check(
        "a",
        &json!([op("replace", a, all("a"))]),
        Err("invalidValue"),
    );
    check(
        "b",
        &json!([op("add", a, json!({"value": "a"}))]),
        Ok("b a"),
    );
    check(
        "b",
        &json!([op("add", a, json!({"display": "A"}))]),
        Ok("b a"),
    );
    check(
        "b",
        &json!([op("add", a, json!({"value": "c"}))]),
        Err("mutability"),
    );
    check("b", &json!([op("add", a, json!(null))]), Ok("b"));
    check(
        "a",
        &json!([op(
            "add",
            r#"members[type eq "User"]"#,
            json!({"value": "c"})
        )]),
        Err("mutability"),
    );
    let sub = |name: &str| format!("{a}.{name}");
    check(
        "a",
        &json!([op("replace", &sub("value"), json!("a"))]),
        Ok("a"),
    );
    check(
        "a",
        &json!([op("replace", &sub("value"), json!("b"))]),
        Err("mutability"),
    );
    check(
        "a",
        &json!([op("replace", &sub("type"), json!("User"))]),
        Err("mutability"),
    );
    check(
        "a",
        &json!([op("replace", &sub("display"), json!("x"))]),
        Err("mutability"),
    );
    check("", &json!([op("add", &sub("value"), json!("a"))]), Ok("a"));
    check(
        "a",
        &json!([op("add", "members.value", json!("b"))]),
        Err("mutability"),
    );
    check(
        "a",
        &json!([op("replace", "members.display", json!("b"))]),
        Err("mutability"),
    );
    let creates = Leniency {
        replace_creates: true,
        ..Leniency::default()
    };
    check_with(
        creates,
        "b",
        &json!([op("replace", a, json!({"value": "a"}))]),
        Ok("b a"),
    );
}

#[test]
fn a_member_is_an_object_with_an_id() {
    let add = |member: Value| json!([op("add", "members", json!([member]))]);
    let a = |extra: Value| {
        let mut member = json!({ "value": "a" });
        member
            .as_object_mut()
            .unwrap()
            .extend(extra.as_object().unwrap().clone());
        add(member)
    };
    for good in [
        json!({}),
        json!({"display": 5}),
        json!({"type": "User"}),
        json!({"type": null}),
        json!({"$ref": null}),
        json!({"$ref": ""}),
        json!({"$ref": "a"}),
        json!({"$ref": "../Users/a"}),
        json!({"$ref": "https://x.example/v2/Users/a/"}),
    ] {
        check("", &a(good), Ok("a"));
    }
    for bad in [
        json!({"kind": "x"}),
        json!({"type": 5}),
        json!({"$ref": 5}),
        json!({"$ref": "../Users/b"}),
        json!({"$ref": "https://x.example/v2/Users/b?x=/a"}),
        json!({"operation": "delete"}),
    ] {
        check("", &a(bad), Err("invalidValue"));
    }
    for none in [
        json!({}),
        json!({"value": null}),
        json!({"value": ""}),
        json!({"value": " "}),
        json!({"value": 5}),
        json!({"value": ["a"]}),
        json!({"value": "a\nb"}),
        json!({"value": "x".repeat(256)}),
        json!("a"),
        json!(null),
        json!([]),
    ] {
        check("", &add(none), Err("invalidValue"));
    }
    let lenient = Leniency {
        ignore_unknown: true,
        ..Leniency::default()
    };
    check_with(lenient, "", &a(json!({"kind": "x"})), Ok("a"));
}

#[test]
fn each_operation_sees_the_ones_before() {
    let remove = |ids: &str| op("remove", "members", all(ids));
    let add = |ids: &str| op("add", "members", all(ids));
    let clear = json!({ "op": "remove", "path": "members" });
    check("a b", &json!([remove("a"), add("a")]), Ok("a b"));
    check("b", &json!([add("a"), remove("a")]), Ok("b"));
    check("a b", &json!([clear, add("c")]), Ok("c"));
    check("a b", &json!([add("c"), clear, add("d")]), Ok("d"));
    check(
        "a b",
        &json!([op("replace", "members", all("c d")), remove("c")]),
        Ok("d"),
    );
    let only_a = op("replace", r#"members[value eq "a"]"#, json!({"value": "a"}));
    check("b", &json!([add("a"), only_a]), Ok("b a"));
    check("a", &json!([only_a, remove("a")]), Ok(""));
    check("a", &json!([remove("a"), only_a]), Err("noTarget"));
    check("a", &json!([clear, only_a]), Err("noTarget"));
    let groups = json!({ "op": "remove", "path": r#"members[type eq "Group"]"# });
    let starting = json!({ "op": "remove", "path": r#"members[value sw "g"]"# });
    check("a g1", &json!([groups, add("g2")]), Ok("a g2"));
    check("a g1", &json!([add("g2"), starting]), Ok("a"));
    check(
        "a g1 b",
        &json!([groups, op("remove", "members[value ew \"b\"]", json!(null))]),
        Ok("a"),
    );
    check(
        "a g1",
        &json!([
            starting,
            op("replace", r#"members[value eq "g1"]"#, json!({}))
        ]),
        Err("noTarget"),
    );
    check("a g1", &json!([starting, only_a]), Ok("a"));
    // Whether `x` is a group is not known before the transaction: refused, never guessed.
    check("a g1", &json!([add("x"), groups]), Err("invalidFilter"));
    check("a g1", &json!([groups, only_a]), Err("invalidFilter"));
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
    let remove_a = op("remove", "members", all("a"));
    assert_eq!(
        told(json!([remove_a, op("add", "members", all("b a"))])),
        LinkPlan {
            link: ids("b a"),
            ..LinkPlan::default()
        },
    );
    assert_eq!(
        told(json!([remove_a, op("replace", "members", all("b"))])),
        LinkPlan {
            clear: true,
            link: ids("b"),
            ..LinkPlan::default()
        },
    );
    assert!(told(json!([op("add", "members", json!([]))])).is_empty());
    assert!(!told(json!([{ "op": "remove", "path": "members" }])).is_empty());
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
        op("remove", "members", many(half, 'a')),
        op("add", "members", many(half, 'a'))
    ]);
    let links = plan(&operations, Leniency::default())
        .unwrap()
        .links()
        .clone();
    assert_eq!((links.unlink.len(), links.link.len()), (0, half));
    let operations = json!([
        op("add", "members", many(half, 'a')),
        op("remove", "members", many(half, 'b')),
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
fn groups_of_a_user_are_read_only() {
    for operation in [
        op("add", "groups", all("g")),
        op("replace", "groups", json!([])),
        op("add", "groups[value eq \"g\"]", json!({})),
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
