//! The feed of events on the built binary: `enroll events tail`, and a follower that waits.

use std::{
    io::{BufRead as _, BufReader},
    process::Stdio,
};

use serde_json::{Value, json};

use crate::harness::{Dev, call, enroll};

const USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";
const GROUP: &str = "urn:ietf:params:scim:schemas:core:2.0:Group";

fn events(dev: &Dev, arguments: &[&str]) -> std::process::Command {
    let (url, key) = (dev.text("manage_url"), dev.text("manage_key"));
    let mut command = enroll();
    let command_line = command.args(["events", "tail"]).args(arguments);
    command_line.args(["--url", url, "--key", key]);
    command
}

fn told(dev: &Dev, arguments: &[&str]) -> String {
    let output = events(dev, arguments).output().unwrap();
    let text = [output.stdout, output.stderr].concat();
    String::from_utf8(text).unwrap()
}

/// Makes a user and a group around it, and waits until the job rests.
fn arrive(dev: &Dev, name: &str) -> String {
    let (base, token) = (dev.text("base_url"), dev.text("token"));
    let body = json!({"schemas": [USER], "userName": format!("{name}@x.example"), "active": true});
    let (status, made) = call("POST", &format!("{base}/Users"), token, Some(&body));
    assert_eq!(status, 201);
    let id = made["id"].as_str().unwrap().to_owned();
    let members = json!([{"value": id}]);
    let body = json!({"schemas": [GROUP], "displayName": format!("G-{name}"), "members": members});
    assert_eq!(
        call("POST", &format!("{base}/Groups"), token, Some(&body)).0,
        201
    );
    let sync = format!("{}/tenants/demo/sync?wait=60", dev.text("manage_url"));
    let (_, state) = call("GET", &sync, dev.text("manage_key"), None);
    assert_eq!(state["state"], "idle");
    id
}

#[test]
fn events_are_listed_and_followed() {
    let folder = tempfile::tempdir().unwrap();
    let dev = Dev::start(&folder.path().join("data"), &["--listen", "127.0.0.1:0"]);
    let ada = arrive(&dev, "ada");
    let all = told(&dev, &[]);
    let lines: Vec<_> = all.lines().collect();
    assert_eq!(lines.len(), 2, "{all}");
    assert!(lines[0].contains("access_group.created   G-ada"), "{all}");
    assert!(
        lines[1].contains("account.created        ada@x.example"),
        "{all}"
    );
    let newest = told(&dev, &["-n", "1", "--json"]);
    let newest: Value = serde_json::from_str(&newest).unwrap();
    assert_eq!(
        (&newest["type"], &newest["seq"]),
        (&json!("account.created"), &json!(2))
    );
    let after = newest["id"].as_str().unwrap();
    assert_eq!(told(&dev, &["--after", after]), "");
    let wrong = told(&dev, &["--types", "account.create"]);
    assert!(wrong.contains("did you mean account.created?"), "{wrong}");

    // A follower is told as it happens.
    let mut follower = events(&dev, &["--follow", "--json", "--after", after]);
    let mut follower = follower.stdout(Stdio::piped()).spawn().unwrap();
    let mut heard = BufReader::new(follower.stdout.take().unwrap()).lines();
    let user = format!("{}/Users/{ada}", dev.text("base_url"));
    assert_eq!(call("DELETE", &user, dev.text("token"), None).0, 204);
    let line = heard.next().unwrap().unwrap();
    let left: Value = serde_json::from_str(&line).unwrap();
    assert_eq!(left["type"], "account.deactivated");
    assert_eq!(left["account"]["active"], false);
    follower.kill().unwrap();
    follower.wait().unwrap();
}
