//! `enroll simulate` with the settings of each provider, against the server itself.

use std::{fs, process::Stdio};

use crate::harness::{Dev, enroll, simulate};

/// The SCIM JSON Template of an application in OneLogin, with the URNs of old drafts (OL-04).
const TEMPLATE: &str = r#"{
    "schemas": ["urn:scim:schemas:core:2.0", "urn:scim:schemas:extension:enterprise:2.0"],
    "userName": "{$parameters.scimusername}",
    "externalId": "{$user.id}",
    "name": { "givenName": "{$user.firstname}", "familyName": "{$user.lastname}" },
    "emails": [{ "value": "{$user.email}", "type": "work", "primary": true }],
    "timezone": "{$parameters.timezone}",
    "active": "true",
    "title": "{$user.title}"
}"#;

#[test]
fn every_setting_of_every_provider_ends_with_no_difference() {
    let folder = tempfile::tempdir().unwrap();
    let template = folder.path().join("template.json").display().to_string();
    fs::write(&template, TEMPLATE).unwrap();
    let dev = Dev::start(&folder.path().join("data"), &["--listen", "127.0.0.1:0"]);
    let rows: [(&str, &[&str]); 11] = [
        ("onelogin", &["--template", &template]),
        ("onelogin", &["--groups-parameter", "off"]),
        ("onelogin", &["--on-remove", "suspend"]),
        ("onelogin", &["--on-remove", "delete"]),
        (
            "onelogin",
            &["--on-remove", "nothing", "--scenario", "mass-leave"],
        ),
        ("onelogin", &["--approval", "on"]),
        ("onelogin", &["--approval", "late"]),
        ("entra", &["--on-demand", "2", "--restart", "--quarantine"]),
        ("entra-optscim", &["--on-demand", "2", "--restart"]),
        ("okta", &["--push-now", "--unlink", "--import"]),
        ("okta-wizard", &["--push-now", "--unlink", "--import"]),
    ];
    for (seed, (idp, settings)) in rows.into_iter().enumerate() {
        let seed = (seed + 1).to_string();
        let numbers = ["--users", "8", "--groups", "2", "--seed", &seed];
        let (url, token) = dev.connect("auto");
        simulate(idp, &url, &token, &[&numbers, settings].concat());
    }
}

#[test]
fn duplicate_deliveries_and_lost_answers_leave_no_difference() {
    let folder = tempfile::tempdir().unwrap();
    let dev = Dev::start(folder.path(), &["--listen", "127.0.0.1:0"]);
    let (url, token) = (dev.text("base_url"), dev.text("token"));
    let report = simulate("okta", url, token, &["--users", "4", "--faults", "20"]);
    assert!(report["retries"].as_u64().unwrap() > 0);
}

#[test]
fn a_setting_that_does_nothing_or_cannot_be_read_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str, text: &str| {
        let path = folder.path().join(name).display().to_string();
        fs::write(&path, text).unwrap();
        path
    };
    let unknown = file("unknown.json", r#"{"userName": "{$user.shoe}"}"#);
    let broken = file("broken.json", "{");
    let gone = folder.path().join("gone.json").display().to_string();
    let rows: [(&str, &[&str], &str); 9] = [
        (
            "okta",
            &["--template", &unknown],
            "--template is a setting of onelogin, not of okta",
        ),
        (
            "okta",
            &["--restart"],
            "--restart is a setting of entra and entra-optscim, not of okta",
        ),
        (
            "entra",
            &["--import"],
            "--import is a setting of okta and okta-wizard, not of entra",
        ),
        (
            "onelogin",
            &["--template", &unknown],
            "unknown macro {$user.shoe}; known are {$parameters.",
        ),
        (
            "onelogin",
            &["--template", &broken],
            "broken.json: the template is no JSON",
        ),
        ("onelogin", &["--template", &gone], "cannot read"),
        (
            "onelogin",
            &["--on-remove", "keep"],
            "there are suspend, delete, nothing",
        ),
        ("entra", &["--on-demand", "20"], "one of number 0 to 19"),
        ("ping", &["--faults", "51"], "51 is not in 0..=50"),
    ];
    for (idp, settings, wanted) in rows {
        let output = enroll()
            .args([
                "simulate",
                idp,
                "--url",
                "http://127.0.0.1:9",
                "--token",
                "t",
            ])
            .args(settings)
            .stdin(Stdio::null())
            .output()
            .unwrap();
        let told = String::from_utf8(output.stderr).unwrap();
        assert!(!output.status.success(), "{idp} {settings:?} was accepted");
        assert!(told.contains(wanted), "{idp} {settings:?}: {told}");
    }
}
