//! What the provider sends of people and groups.

use enroll::{Provider, manage::doctor::Level};
use serde_json::{Value, json};

use super::{MINUTE, Ward, check};

/// S-48, S-50, complaint 32: the box that everybody misses.
#[tokio::test]
async fn people_without_groups() {
    for (provider, fix) in [
        (
            Provider::Okta,
            "open \"Push Groups\" > \"Find groups by name\"",
        ),
        (Provider::Entra, "Mappings: Groups enabled"),
        (
            Provider::OneLogin,
            "Parameters > Groups > tick \"Include in User Provisioning\"",
        ),
    ] {
        let ward = Ward::new(provider).await;
        ward.person("ana", json!({})).await;
        check(
            &ward.ask(0).await,
            "no_groups",
            Level::Ok,
            "no group yet",
            "",
        );
        let asked = ward.ask(16 * MINUTE).await;
        check(
            &asked,
            "no_groups",
            Level::Fail,
            "1 person, but no group has come",
            fix,
        );
    }
}

/// Complaint 29: groups whose members are not assigned, or not known.
#[tokio::test]
async fn groups_without_members() {
    let ward = Ward::new(Provider::Okta).await;
    let ana = ward.person("ana", json!({})).await;
    ward.group("Staff", &[]).await;
    ward.group("Sales", &["nobody-1", "nobody-2"]).await;
    check(
        &ward.ask(0).await,
        "empty_groups",
        Level::Ok,
        "0 memberships",
        "",
    );
    let asked = ward.ask(16 * MINUTE).await;
    let told =
        "2 of 2 groups without members: \"Staff\", \"Sales\"; 2 were named who are nobody here";
    let fix = "members must be assigned to the app; push a group other than the assignment group";
    check(&asked, "empty_groups", Level::Fail, told, fix);
    ward.group("Editors", &[&ana]).await;
    let asked = ward.ask(16 * MINUTE).await;
    check(
        &asked,
        "empty_groups",
        Level::Warn,
        "2 of 3 groups without members",
        fix,
    );
}

/// E-26, S-17.
#[tokio::test]
async fn people_without_email() {
    let ward = Ward::new(Provider::Entra).await;
    ward.person("ana", json!({})).await;
    check(
        &ward.ask(0).await,
        "no_email",
        Level::Ok,
        "everybody with an address",
        "",
    );
    ward.person("ben", json!({"emails": []})).await;
    let fix = "emails[type eq \"work\"].value <- mail";
    let told = "1 of 2 active people without e-mail; the userName stands in for it";
    check(&ward.ask(0).await, "no_email", Level::Warn, told, fix);
    ward.person("cem", json!({"emails": [], "userName": "cem"}))
        .await;
    ward.person(
        "dee",
        json!({"emails": [], "userName": "dee", "active": false}),
    )
    .await;
    let told = "1 of 3 active people without e-mail: they get no account";
    check(&ward.ask(0).await, "no_email", Level::Warn, told, fix);
}

/// S-24, E-05, complaint 28: the expression is written from the values seen.
#[tokio::test]
async fn time_zones_that_are_none() {
    let ward = Ward::new(Provider::Entra).await;
    let western = "W. Europe Standard Time";
    for (name, more) in [
        ("ana", json!({"timezone": "Europe/London"})),
        (
            "ben",
            json!({"timezone": western, "addresses": [{"type": "work", "country": "NL"}]}),
        ),
        ("cem", json!({"timezone": western})),
        ("dee", json!({"timezone": "Tokyo Standard Time"})),
    ] {
        ward.person(name, more).await;
    }
    check(
        &ward.ask(0).await,
        "time_zones",
        Level::Ok,
        "4 people with a time zone that is one",
        "",
    );
    for (name, zone) in [("eli", "Sydney"), ("fay", "Sydney"), ("gus", "GMT+8")] {
        ward.person(name, json!({"timezone": zone})).await;
    }
    let told = "3 of 7 people with a time zone that is none: \"GMT+8\", \"Sydney\" (perhaps Australia/Sydney)";
    let expression = "Switch([timezone], \"\", \"Europe/London\", \"Europe/London\", \
        \"Sydney\", \"Australia/Sydney\", \"Tokyo Standard Time\", \"Asia/Tokyo\", \
        \"W. Europe Standard Time\", \"W. Europe Standard Time\")";
    check(
        &ward.ask(0).await,
        "time_zones",
        Level::Warn,
        told,
        expression,
    );
}

/// Complaint 29: Okta does not support one group for both.
#[tokio::test]
async fn the_assignment_group_is_pushed() {
    let ward = Ward::new(Provider::Okta).await;
    let mut all = Vec::new();
    for name in ["ana", "ben", "cem"] {
        all.push(ward.person(name, json!({})).await);
    }
    let all: Vec<_> = all.iter().map(String::as_str).collect();
    ward.group("Staff", &all[..2]).await;
    ward.group("Sales", &all[2..]).await;
    check(
        &ward.ask(0).await,
        "assignment_group",
        Level::Ok,
        "no pushed group holds",
        "",
    );
    ward.group("App users", &all).await;
    let fix = "does not support the same group for both";
    check(
        &ward.ask(0).await,
        "assignment_group",
        Level::Warn,
        "\"App users\" holds everybody",
        fix,
    );
}

/// S-51: what the administrator sees assigned, and what has come.
#[tokio::test]
async fn fewer_or_more_than_assigned() {
    let ward = Ward::new(Provider::OneLogin).await;
    ward.person("ana", json!({})).await;
    ward.person("ben", json!({"active": false})).await;
    let told = "1 person active here, 3 assigned";
    let asked = ward.ask_of(Some(3), 0).await;
    check(
        &asked,
        "assigned",
        Level::Warn,
        told,
        "\"Pending\" wait for approval",
    );
    check(
        &ward.ask_of(Some(1), 0).await,
        "assigned",
        Level::Ok,
        "1 assigned",
        "",
    );
    let asked = ward.ask_of(Some(0), 0).await;
    check(
        &asked,
        "assigned",
        Level::Warn,
        "0 assigned",
        "Suspend or Delete",
    );
    assert!(
        ward.ask(0)
            .await
            .hints
            .iter()
            .all(|hint| hint.code != "assigned")
    );
}

/// OneLogin with anything but Suspend or Delete: the leaver loses the groups and stays.
#[tokio::test]
async fn removed_people_are_still_active() {
    let ward = Ward::new(Provider::OneLogin).await;
    let (ana, ben) = (
        ward.person("ana", json!({})).await,
        ward.person("ben", json!({})).await,
    );
    let staff = ward.group("Staff", &[&ana, &ben]).await;
    ward.person("cem", json!({})).await;
    check(
        &ward.ask(0).await,
        "removed_people",
        Level::Ok,
        "nobody active",
        "",
    );
    let remove = json!({
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
        "Operations": [{"op": "remove", "path": format!("members[value eq \"{ben}\"]")}],
    });
    ward.sent("PATCH", &format!("/Groups/{staff}"), remove)
        .await;
    let told = "1 of 3 active people taken out of the last group, but still active";
    let fix = "Suspend or Delete; anything else leaves leavers in, and we cannot see it";
    check(&ward.ask(0).await, "removed_people", Level::Warn, told, fix);
    ward.sent("DELETE", &format!("/Users/{ben}"), Value::Null)
        .await;
    check(
        &ward.ask(0).await,
        "removed_people",
        Level::Ok,
        "nobody active",
        "",
    );
}
