//! Membership in filters, and what a store asks of a predicate (threat B6, ENTRA-05, ENTRA-09).

use enroll_filter::{Bound, Expr, Facts, Filter, Predicate};
use enroll_schema::{Relation, ResourceType};
use serde_json::{Map, Value, json};

use crate::kinds;

fn bound(kind: &ResourceType, text: &str) -> Predicate {
    text.parse::<Filter>()
        .unwrap()
        .bind(kind)
        .unwrap_or_else(|e| panic!("{e}: {text}"))
}

/// A resource whose document knows nothing of its links; `links` may be asked or not.
struct Record {
    document: Map<String, Value>,
    members: Option<Vec<Map<String, Value>>>,
}

impl Facts for Record {
    fn document(&self) -> &Map<String, Value> {
        &self.document
    }

    fn linked(&self, relation: Relation, id: &str) -> bool {
        relation == Relation::Members && id == "a"
    }

    fn links(&self, _: Relation) -> Vec<Map<String, Value>> {
        self.members
            .clone()
            .expect("nobody may list the members for this")
    }
}

fn record(members: Option<Value>) -> Record {
    let document = json!({ "displayName": "Crew" })
        .as_object()
        .unwrap()
        .clone();
    Record {
        document,
        members: members.map(|list| serde_json::from_value(list).unwrap()),
    }
}

#[test]
fn membership_is_one_row_in_every_spelling() {
    let group = kinds::group();
    let wanted = Expr::Test(Bound::Linked {
        relation: Relation::Members,
        id: "A-1".into(),
    });
    for text in [
        r#"members.value eq "A-1""#,
        r#"members eq "A-1""#,
        r#"members[value eq "A-1"]"#,
        r#"MEMBERS[VALUE EQ "A-1"]"#,
        r#"(members[(value eq "A-1")])"#,
        r#"urn:ietf:params:scim:schemas:core:2.0:Group:members.value eq "A-1""#,
    ] {
        assert_eq!(bound(&group, text), wanted, "{text}");
    }
    let of_user = Expr::Test(Bound::Linked {
        relation: Relation::Groups,
        id: "g".into(),
    });
    assert_eq!(bound(&kinds::user(), r#"groups.value eq "g""#), of_user);
    assert_eq!(bound(&kinds::user(), r#"groups[value eq "g"]"#), of_user);
}

#[test]
fn membership_needs_no_list() {
    let group = kinds::group();
    let record = record(None);
    for (text, wanted) in [
        (r#"members eq "a""#, true),
        (r#"members eq "A""#, false),
        (r#"not (members.value eq "a")"#, false),
        (r#"displayName eq "crew" and members[value eq "a"]"#, true),
        (r#"members[value eq "b"] or displayName pr"#, true),
    ] {
        let predicate = bound(&group, text);
        assert_eq!(predicate.matches(&group, &record), wanted, "{text}");
        assert_eq!(predicate.relations(), [Relation::Members], "{text}");
    }
}

#[test]
fn any_other_question_is_asked_of_the_links() {
    let group = kinds::group();
    let two = json!([{"value": "a", "type": "User"}, {"value": "g", "type": "Group"}]);
    for (text, with_two, with_none) in [
        ("members pr", true, false),
        ("members.value pr", true, false),
        ("members.display pr", false, false),
        ("not (members pr)", false, true),
        (r#"members.value ne "a""#, true, true),
        (r#"not (members.value ne "a")"#, false, false),
        (r#"members.value sw "a""#, true, false),
        (r#"members.value sw "A""#, false, false),
        (r#"members.type eq "group""#, true, false),
        (r#"members[value eq "a" and type eq "Group"]"#, false, false),
        (r#"members[value eq "g" and type eq "Group"]"#, true, false),
        (r#"members[not (type eq "User")]"#, true, false),
        ("members eq null", false, true),
        ("members ne null", true, false),
        ("members[display eq null]", true, false),
    ] {
        let predicate = bound(&group, text);
        assert_eq!(predicate.relations(), [Relation::Members], "{text}");
        assert_eq!(
            predicate.matches(&group, &record(Some(two.clone()))),
            with_two,
            "{text}"
        );
        assert_eq!(
            predicate.matches(&group, &record(Some(json!([])))),
            with_none,
            "{text}"
        );
    }
}

#[test]
fn a_relation_inside_the_document_counts_for_nothing() {
    let group = kinds::group();
    let mut record = record(Some(json!([])));
    record
        .document
        .insert("members".into(), json!([{ "value": "b" }]));
    assert!(!bound(&group, "members pr").matches(&group, &record));
}

#[test]
fn relations_are_found_wherever_they_stand() {
    let user = kinds::user();
    for (text, wanted) in [
        ("userName pr", vec![]),
        (r#"emails[value eq "x"]"#, vec![]),
        (
            r#"not (userName pr and not (groups eq "g"))"#,
            vec![Relation::Groups],
        ),
        (
            r#"groups pr or groups.type eq "direct""#,
            vec![Relation::Groups],
        ),
    ] {
        assert_eq!(bound(&user, text).relations(), wanted, "{text}");
    }
}

#[track_caller]
fn pins(text: &str, wanted: &[(&str, &str)]) {
    let user = kinds::user();
    let predicate = bound(&user, text);
    let named = |(id, key): (_, &str)| (user.path(id), key.to_owned());
    let found: Vec<_> = predicate.pins().into_iter().map(named).collect();
    let wanted: Vec<_> = wanted
        .iter()
        .map(|(path, key)| ((*path).to_owned(), (*key).to_owned()))
        .collect();
    assert_eq!(found, wanted, "{text}");
    assert_eq!(
        predicate.pinned().map(named),
        wanted.first().cloned(),
        "{text}"
    );
}

#[test]
fn what_every_match_must_have_is_pinned_by_its_key() {
    pins(r#"userName eq "ADA@x""#, &[("userName", "ada@x")]);
    pins(r#"emails eq "A@x""#, &[("emails.value", "a@x")]);
    pins(
        r#"emails[type eq "work"].value eq "A@x""#,
        &[("emails.type", "work"), ("emails.value", "a@x")],
    );
    pins(
        r#"emails.value eq "a" and (active eq true and externalId eq "X")"#,
        &[("emails.value", "a"), ("externalId", "X")],
    );
    pins(
        r#"emails[value eq "a"] and id eq "1""#,
        &[("id", "1"), ("emails.value", "a")],
    );
    for none in [
        "userName pr",
        r#"userName ne "x""#,
        r#"userName sw "x""#,
        r#"userName eq "a" or userName eq "b""#,
        r#"not (userName eq "a")"#,
        "title eq null",
        "active eq true",
        r#"emails[value eq "a" or value eq "b"]"#,
        r#"groups eq "g""#,
        r#"meta.created eq "2020-01-01T00:00:00Z""#,
    ] {
        pins(none, &[]);
    }
}

#[test]
fn a_conjunction_is_split_into_what_the_store_can_do() {
    let user = kinds::user();
    let whole = bound(
        &user,
        r#"userName eq "a" and (title pr and not (active eq true)) and (nickName pr or title pr)"#,
    );
    let (pushed, residual) = whole.split(|part| matches!(part, Expr::Test(_)));
    assert_eq!(
        pushed,
        [bound(&user, r#"userName eq "a""#), bound(&user, "title pr")]
    );
    assert_eq!(
        residual,
        [
            bound(&user, "not (active eq true)"),
            bound(&user, "nickName pr or title pr")
        ]
    );
    let alone = bound(&user, "title pr or title pr");
    assert_eq!(alone.clone().split(|_| false), (vec![], vec![alone]));
}

#[track_caller]
fn matches(resource: &Value, text: &str, wanted: bool) {
    let user = kinds::user();
    let found = bound(&user, text).matches(&user, resource.as_object().unwrap());
    assert_eq!(found, wanted, "{text} on {resource}");
}

#[test]
fn corners_of_evaluation() {
    let hr = kinds::HR;
    let numbers = json!({ hr: { "level": 9_007_199_254_740_993_u64, "score": 0.1 } });
    matches(&numbers, &format!("{hr}:level eq 9007199254740993"), true);
    matches(&numbers, &format!("{hr}:level eq 9007199254740992"), false);
    matches(&numbers, &format!("{hr}:level gt 9007199254740992"), true);
    matches(&numbers, &format!("{hr}:level eq 9007199254740993.0"), true);
    matches(&numbers, &format!("{hr}:score eq 1e-1"), true);
    let odd =
        json!({ "userName": 5, "active": "true", "emails": "x", "name": [], "title": ["a", "b"] });
    matches(&odd, r#"userName eq "5""#, false);
    matches(&odd, r#"userName ne "5""#, true);
    matches(&odd, "active eq true", false);
    matches(&odd, r#"emails.value eq "x""#, false);
    matches(&odd, "name pr", false);
    matches(&odd, r#"title eq "b""#, true);
    let spelled = json!({ "USERNAME": "ada", "Emails": [{ "VALUE": "x" }], "urn:ietf:params:scim:schemas:extension:enterprise:2.0:user": { "Department": "d" } });
    matches(&spelled, r#"userName eq "ADA""#, true);
    matches(&spelled, r#"emails[value eq "x"]"#, true);
    matches(
        &spelled,
        r#"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department eq "D""#,
        true,
    );
    let manager = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager";
    let referred = json!({ "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User": { "manager": { "$ref": "https://x.example/scim/v2/Users/M1", "value": "M1" } } });
    matches(
        &referred,
        &format!(r#"{manager}.$ref eq "../Users/M1""#),
        true,
    );
    matches(
        &referred,
        &format!(r#"{manager}.$ref eq "../Users/m1""#),
        false,
    );
    matches(
        &referred,
        &format!(r#"{manager}.$ref sw "https://x""#),
        true,
    );
    matches(&referred, &format!(r#"{manager}[value eq "M1"]"#), true);
    matches(&referred, &format!(r#"{manager} eq "M1""#), true);
    matches(&referred, &format!(r#"{manager} eq "m1""#), false);
    matches(&json!({}), &format!(r#"{manager} ne "m1""#), true);
    matches(
        &json!({}),
        "urn:ietf:params:scim:schemas:core:2.0:User pr",
        false,
    );
    matches(
        &json!({ "schemas": ["x"] }),
        "urn:ietf:params:scim:schemas:core:2.0:User pr",
        true,
    );
}

#[test]
fn characteristics_of_ones_own() {
    let locked = kinds::locked();
    let lock = kinds::LOCK;
    let boxed =
        json!({ lock: { "box": { "value": "x" }, "keys": [{ "value": "a", "tags": ["t"] }] } });
    let asks = |text: &str| bound(&locked, text).matches(&locked, boxed.as_object().unwrap());
    // Only one of several values is assumed not to be the primary one.
    assert!(!asks(&format!("{lock}:box.primary eq false")));
    assert!(asks(&format!("{lock}:keys.tags pr")));
    assert!(asks(&format!("{lock}:keys.tags eq \"t\"")));
    assert!(!asks(&format!("{lock}:keys[tags sw \"x\"]")));
    for hidden in [
        "secret pr",
        "secret.value pr",
        "secret.value eq \"s\"",
        "secret[value pr]",
    ] {
        let filter: Filter = format!("{lock}:{hidden}").parse().unwrap();
        assert_eq!(
            filter.bind(&locked).unwrap_err().scim_type(),
            Some("invalidFilter"),
            "{hidden}"
        );
    }
}

#[track_caller]
fn refuses(text: &str, reason: &str) {
    let error = text
        .parse::<Filter>()
        .unwrap()
        .bind(&kinds::user())
        .unwrap_err();
    assert_eq!(
        (error.scim_type(), error.detail()),
        (Some("invalidFilter"), reason),
        "{text}"
    );
}

#[test]
fn refusals_say_what_to_change() {
    refuses("nosuch pr", "filter: nosuch: there is no such attribute");
    refuses(
        "active gt true",
        "filter: active: gt is not for boolean values",
    );
    refuses("userName eq 5", "filter: userName: 5 is no string value");
    refuses(
        "name eq \"x\"",
        "filter: name: name one of its sub-attributes",
    );
    refuses(
        "title gt null",
        "filter: title: null is compared by eq and ne only",
    );
    refuses(
        "password pr",
        "filter: password: it is never returned, so it cannot be filtered on",
    );
    refuses(
        "emails[a.b pr]",
        "filter: a.b: inside `[…]` sub-attributes are named without their attribute",
    );
    let hr = kinds::HR;
    let long = "123456789012345678901234567890";
    refuses(
        &format!("{hr}:level lt {long}"),
        &format!("filter: {hr}:level: {long} is no integer value"),
    );
}
