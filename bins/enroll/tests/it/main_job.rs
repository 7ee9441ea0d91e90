//! From three identity providers to the application's accounts (issue 2; S-01, S-05 … S-12, S-17 … S-23, S-53).

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use crate::harness::{Dev, simulate};

#[test]
fn s53_three_providers_fill_the_application() {
    let folder = tempfile::tempdir().unwrap();
    let dev = Dev::start(folder.path(), &["--listen", "127.0.0.1:0"]);
    let size = ["--users", "200", "--groups", "5"];
    let mut reports = vec![simulate(
        "okta",
        dev.text("base_url"),
        dev.text("token"),
        &size,
    )];
    for idp in ["entra", "onelogin"] {
        let (url, token) = dev.connect(idp);
        reports.push(simulate(idp, &url, &token, &size));
    }
    check_accounts(&dev, &reports);
    assert_eq!(dev.terminate(), Some(0));
}

/// Compares the application's accounts with what the providers mean.
pub(crate) fn check_accounts(dev: &Dev, reports: &[Value]) {
    let state = dev.idle();
    assert_eq!(
        (&state["state"], &state["pending"]),
        (&json!("idle"), &json!(0)),
        "{state}"
    );
    let accounts = dev.list("/accounts");
    let by_email: BTreeMap<&str, &Value> = accounts
        .iter()
        .map(|account| (account["email"].as_str().unwrap(), account))
        .collect();
    assert_eq!(by_email.len(), accounts.len(), "no address twice");

    let people = |standing: &str| -> Vec<&Value> {
        reports
            .iter()
            .flat_map(|report| report["meant"][standing].as_array().unwrap())
            .collect()
    };
    let wanted: BTreeSet<&str> = people("active")
        .iter()
        .map(|p| p["email"].as_str().unwrap())
        .collect();
    let found: BTreeSet<&str> = by_email
        .iter()
        .filter(|(_, account)| account["active"] == true)
        .map(|(email, _)| *email)
        .collect();
    assert_eq!(found, wanted, "exactly those who are active have access");

    let groups = dev.list("/access-groups");
    let names: BTreeMap<&str, &str> = groups
        .iter()
        .map(|group| {
            (
                group["ref"].as_str().unwrap(),
                group["name"].as_str().unwrap(),
            )
        })
        .collect();
    for person in people("active") {
        let account = by_email[person["email"].as_str().unwrap()];
        let inside = account["access_groups"].as_array().unwrap();
        assert_eq!(inside.len(), 1, "S-11: one access group: {account}");
        assert!(names.contains_key(inside[0].as_str().unwrap()), "{account}");
        let is_external = person["user_type"]
            .as_str()
            .is_some_and(|kind| kind.eq_ignore_ascii_case("external recruiter"));
        let kind = if is_external { "external" } else { "internal" };
        for (field, wanted) in [
            ("first_name", &person["given_name"]),
            ("last_name", &person["family_name"]),
            ("time_zone", &person["iana_timezone"]),
            ("login", &person["user_name"]),
            ("kind", &json!(kind)),
        ] {
            assert_eq!(&account[field], wanted, "{field} of {account}");
        }
    }
    for person in people("left") {
        if let Some(account) = by_email.get(person["email"].as_str().unwrap()) {
            assert_eq!(account["active"], false, "S-06: {account}");
            assert_eq!(account["access_groups"], json!([]), "{account}");
        }
    }
}
