//! An application already in use, from the command line: S-32, S-33, E-12, E-16.

use std::{fs, process::Output};

use serde_json::{Value, json};

use crate::harness::{Dev, call, enroll};

/// Runs a command against the management API of `dev`.
fn run(dev: &Dev, arguments: &[&str]) -> Output {
    let mut command = enroll();
    command.args(arguments);
    command.args([
        "--url",
        dev.text("manage_url"),
        "--key",
        dev.text("manage_key"),
    ]);
    command.output().unwrap()
}

#[track_caller]
fn told(dev: &Dev, arguments: &[&str]) -> String {
    let output = run(dev, arguments);
    let errors = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{arguments:?}: {errors}");
    String::from_utf8(output.stdout).unwrap()
}

fn post(dev: &Dev, kind: &str, body: &Value) -> String {
    let url = format!("{}/{kind}", dev.text("base_url"));
    let (status, made) = call("POST", &url, dev.text("token"), Some(body));
    assert_eq!(status, 201, "{made}");
    made["id"].as_str().unwrap().to_owned()
}

fn person(dev: &Dev, name: &str) -> String {
    let body = json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
        "userName": format!("{name}@demo.example"), "externalId": format!("ext-{name}"),
        "name": {"givenName": name, "familyName": "Lee"}, "active": true,
        "emails": [{"type": "work", "value": format!("{name}@demo.example")}],
    });
    post(dev, "Users", &body)
}

#[test]
fn e_16_e_12_links_and_drift_are_decided_at_the_command_line() {
    let folder = tempfile::tempdir().unwrap();
    let dev = Dev::start(folder.path(), &["--listen", "127.0.0.1:0", "--in-use"]);
    let file = folder.path().join("accounts.ndjson");
    let lines = "{\"ref\": \"u_owner\", \"is_admin\": true}\n\n\
                 {\"ref\": \"u_pat\", \"email\": \"pat@demo.example\", \"first_name\": \"Patty\"}\n";
    fs::write(&file, lines).unwrap();
    let file = file.display().to_string();
    let done = "snapshot 1: 2 accounts taken in\n";
    assert_eq!(told(&dev, &["accounts", "import", &file]), done);
    assert_eq!(
        told(&dev, &["accounts", "import", &file, "--resume", "1"]),
        done,
        "what was sent is not sent again"
    );
    let members: Vec<Value> = ["owner", "pat"]
        .map(|name| json!({"value": person(&dev, name)}))
        .to_vec();
    let group = post(
        &dev,
        "Groups",
        &json!({
            "schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"],
            "displayName": "Interviewers", "members": members,
        }),
    );
    dev.idle();
    let body = json!({"selections": [{"group_id": group, "access_group": "interviewers"}]});
    let path = format!("/integrations/{}/selections", dev.text("integration"));
    assert_eq!(dev.manage("PUT", &path, Some(&body)).0, 200);
    dev.idle();

    let listed = told(&dev, &["links", "list"]);
    let lines: Vec<Vec<&str>> = listed
        .lines()
        .map(|line| line.split_whitespace().collect())
        .collect();
    assert_eq!(lines.len(), 2, "{listed}");
    assert!(
        listed.contains("H_LINKS_ADMIN") && listed.contains("H_LINK "),
        "{listed}"
    );
    assert_eq!(
        told(
            &dev,
            &["links", "approve", "--by", "kim", "--reason", "looked at"]
        ),
        "1 links approved; 1 wait for `enroll user link` one by one\n"
    );
    assert_eq!(
        told(&dev, &["user", "link", "owner@demo.example", "u_owner"]),
        "owner@demo.example has u_owner\n"
    );
    dev.idle();
    let accounts = dev.list("/accounts");
    let of = |app_ref: &str| {
        accounts
            .iter()
            .find(|one| one["ref"] == app_ref)
            .unwrap()
            .clone()
    };
    for app_ref in ["u_pat", "u_owner"] {
        assert_eq!(of(app_ref)["access_groups"], json!(["interviewers"]));
    }
    assert_eq!(of("u_pat")["first_name"], "Patty", "automatic sync is off");

    let on = json!({"auto_sync": true});
    // What waits is known here; unseen changes are refused otherwise (E-20).
    let path = "/policy?confirm=true";
    assert_eq!(dev.manage("PATCH", path, Some(&on)).0, 200);
    dev.idle();
    let by_hand = json!({"first_name": "P.", "changed_by": "sam"});
    assert_eq!(dev.manage("PUT", "/accounts/u_pat", Some(&by_hand)).0, 200);
    dev.idle();
    let drift = told(&dev, &["drift", "list"]);
    let wanted = "first_name@u_pat             \"pat\" -> \"P.\", provider \"pat\"";
    assert!(
        drift.starts_with(wanted) && drift.ends_with("by sam\n"),
        "{drift}"
    );
    assert_eq!(
        told(&dev, &["drift", "revert", "first_name@u_pat"]),
        "first_name@u_pat: the provider's value is written\n"
    );
    dev.idle();
    assert_eq!(told(&dev, &["drift", "list"]), "");
    let again = run(&dev, &["drift", "adopt", "first_name@u_pat"]);
    assert!(!again.status.success());

    assert_eq!(
        told(&dev, &["user", "unlink", "pat@demo.example"]),
        "pat@demo.example has no account any more\n"
    );
    dev.idle();
    assert!(told(&dev, &["links", "list"]).contains("u_pat"));
}
