//! OneLogin as its administrator sets it up: template, groups, leavers, approval (OL-09 to OL-15).

use enroll_simulate::{Approval, OnRemove, OneLoginSettings, Options, Provider, Report, Scenario};
use http::Method;
use serde_json::{Value, json};

use crate::{
    fake::{Fault, Server},
    options, play,
};

/// As vendors publish it (OL-03), with the URNs of old drafts (OL-04).
const OLD_URNS: &str = r#"{
    "schemas": ["urn:scim:schemas:core:2.0", "urn:scim:schemas:extension:enterprise:2.0"],
    "userName": "{$parameters.scimusername}",
    "externalId": "{$user.id}",
    "name": { "givenName": "{$user.firstname}", "familyName": "{$user.lastname}" },
    "emails": [{ "value": "{$user.email}", "type": "work", "primary": true }],
    "timezone": "{$parameters.timezone}",
    "active": "true",
    "title": "{$user.title}"
}"#;
/// The shortest one that works: people sign in by their address.
const BY_ADDRESS: &str =
    r#"{ "userName": "{$user.email}", "displayName": "{$user.display_name}" }"#;

fn run(onelogin: OneLoginSettings, scenario: Scenario) -> (Server, Report) {
    let server = Server::new(Fault::None);
    let told = Options {
        onelogin,
        scenario,
        ..options(50, 3, 4)
    };
    let report = play(Provider::OneLogin, told, &server);
    assert!(report.ok(), "{report}");
    (server, report)
}

fn bodies(server: &Server, method: &Method) -> Vec<Value> {
    let state = server.state();
    let people =
        |seen: &&crate::fake::Seen| seen.method == *method && seen.target.starts_with("/Users");
    state
        .log
        .iter()
        .filter(people)
        .map(|seen| seen.body.clone())
        .collect()
}

fn with_template(text: &str) -> OneLoginSettings {
    OneLoginSettings {
        template: Some(text.parse().unwrap()),
        ..OneLoginSettings::default()
    }
}

#[test]
fn ol_09_every_create_and_update_is_the_whole_template() {
    let (server, report) = run(with_template(OLD_URNS), Scenario::JoinersMoversLeavers);
    let written = [
        bodies(&server, &Method::POST),
        bodies(&server, &Method::PUT),
    ];
    assert!(written.iter().all(|bodies| bodies.len() > 1));
    for body in written.iter().flatten() {
        assert_eq!(body["schemas"][0], "urn:scim:schemas:core:2.0");
        assert_eq!(
            body["title"], "",
            "OL-07: a macro without a value is empty text"
        );
        assert!(
            body["active"] == "true" || body["active"] == "false",
            "OL-05: {body}"
        );
        let names: Vec<_> = body.as_object().unwrap().keys().collect();
        assert_eq!(names.len(), 8, "nothing but the template: {names:?}");
    }
    let gone = report
        .meant
        .left
        .iter()
        .find(|person| person.standing == "suspended")
        .unwrap();
    let told = written[1]
        .iter()
        .find(|body| body["userName"] == gone.user_name.as_str());
    assert_eq!(told.unwrap()["active"], "false");
}

#[test]
fn ol_14_a_template_decides_what_is_sent_and_compared() {
    let (server, report) = run(with_template(BY_ADDRESS), Scenario::JoinersMoversLeavers);
    for body in bodies(&server, &Method::POST) {
        assert_eq!(
            body.as_object().unwrap().keys().collect::<Vec<_>>(),
            ["active", "displayName", "userName"]
        );
    }
    assert!(
        report
            .meant
            .active
            .iter()
            .all(|person| person.user_name == person.email)
    );
    let renamed = bodies(&server, &Method::PUT);
    let known: Vec<_> = bodies(&server, &Method::POST)
        .iter()
        .map(|one| one["userName"].clone())
        .collect();
    assert!(
        renamed
            .iter()
            .any(|body| !known.contains(&body["userName"])),
        "another address is another userName"
    );
}

#[test]
fn ol_15_without_the_groups_parameter_no_membership_is_ever_sent() {
    let settings = OneLoginSettings {
        groups_parameter: false,
        ..OneLoginSettings::default()
    };
    for scenario in [
        Scenario::JoinersMoversLeavers,
        Scenario::MoveGroup,
        Scenario::MassLeave,
    ] {
        let (server, report) = run(settings.clone(), scenario);
        let state = server.state();
        assert!(state.groups.is_empty());
        let writes = state.log.iter().filter(|seen| seen.method != Method::GET);
        assert!(
            writes
                .into_iter()
                .all(|seen| seen.target.starts_with("/Users"))
        );
        assert!(report.meant.groups.is_empty());
        assert!(state.users.len() > 20, "people come all the same");
    }
}

#[test]
fn ol_10_what_a_leaver_causes_is_a_setting_of_the_application() {
    let leave = |on_remove| {
        let settings = OneLoginSettings {
            on_remove,
            ..OneLoginSettings::default()
        };
        let (server, report) = run(settings, Scenario::MassLeave);
        let left = &report.meant.left;
        assert_eq!(left.len(), 30);
        let standings = |name: &str| left.iter().filter(|one| one.standing == name).count();
        let state = server.state();
        let active = state
            .users
            .values()
            .filter(|user| user["active"] == true)
            .count();
        let written: u64 = ["PUT /Users/{id}", "DELETE /Users/{id}"]
            .iter()
            .filter_map(|kind| report.requests.get(*kind))
            .sum();
        let counts = [
            standings("suspended"),
            standings("deleted"),
            standings("left behind"),
        ];
        (counts, state.users.len(), active, written)
    };
    assert_eq!(leave(None), ([15, 15, 0], 35, 20, 30));
    assert_eq!(leave(Some(OnRemove::Suspend)), ([30, 0, 0], 50, 20, 30));
    assert_eq!(leave(Some(OnRemove::Delete)), ([0, 30, 0], 20, 20, 30));
    assert_eq!(leave(Some(OnRemove::Nothing)), ([0, 0, 30], 50, 50, 0));
}

#[test]
fn people_who_wait_for_approval_are_not_sent_and_told_as_pending() {
    let settings = |approval| OneLoginSettings {
        approval,
        ..OneLoginSettings::default()
    };
    let (server, report) = run(settings(Approval::On), Scenario::JoinersMoversLeavers);
    assert!(server.state().users.is_empty());
    assert!(
        server
            .state()
            .log
            .iter()
            .all(|seen| !seen.target.starts_with("/Users/"))
    );
    assert_eq!(
        (report.meant.pending.len(), report.meant.active.len()),
        (48, 0)
    );
    assert!(
        report
            .meant
            .pending
            .iter()
            .all(|person| !person.groups.is_empty()),
        "what is meant"
    );
    assert!(report.to_string().contains("48 pending"), "{report}");

    let (server, report) = run(settings(Approval::Late), Scenario::JoinersMoversLeavers);
    assert_eq!(
        (report.meant.pending.len(), report.meant.active.len()),
        (0, 48)
    );
    assert_eq!(
        server.state().users.len(),
        48,
        "who left before the approval never came"
    );
}

#[test]
fn a_template_from_a_file_that_is_wrong_says_what_is_known() {
    let told = r#"{"userName": "{$user.shoe}"}"#.parse::<enroll_simulate::Template>();
    let told = told.unwrap_err().to_string();
    assert!(
        told.starts_with("the template has an unknown macro {$user.shoe}; known are"),
        "{told}"
    );
    assert_eq!(json!(OnRemove::Nothing), "nothing");
}
