//! Plans, approvals, impact and giving back on the built binary (E-19, E-23, sync §8b).

use serde_json::{Value, json};

use crate::harness::{Dev, call, enroll};

const USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";
const GROUP: &str = "urn:ietf:params:scim:schemas:core:2.0:Group";
const PATCH: &str = "urn:ietf:params:scim:api:messages:2.0:PatchOp";

/// Runs `enroll …` against the server and returns its exit code and what it says.
fn run(dev: &Dev, arguments: &str) -> (Option<i32>, String) {
    let (url, key) = (dev.text("manage_url"), dev.text("manage_key"));
    let output = enroll()
        .args(arguments.split(' '))
        .args(["--url", url, "--key", key])
        .output()
        .unwrap();
    let text = [output.stdout, output.stderr].concat();
    (output.status.code(), String::from_utf8(text).unwrap())
}

#[track_caller]
fn check(dev: &Dev, arguments: &str, code: i32, wanted: &[&str]) -> String {
    let (found, told) = run(dev, arguments);
    assert_eq!(found, Some(code), "enroll {arguments}\n{told}");
    for part in wanted {
        assert!(told.contains(part), "enroll {arguments}: {part}\n{told}");
    }
    told
}

/// Three people in one selected group, and a brake that holds every removal.
fn company(dev: &Dev) -> Vec<String> {
    let (base, token) = (dev.text("base_url"), dev.text("token"));
    let mut people = Vec::new();
    for name in ["ada", "bob", "cyd"] {
        let body = json!({
            "schemas": [USER], "userName": format!("{name}@x.example"), "active": true,
            "emails": [{"type": "work", "value": format!("{name}@x.example")}],
        });
        let (status, made) = call("POST", &format!("{base}/Users"), token, Some(&body));
        assert_eq!(status, 201, "{made}");
        people.push(made["id"].as_str().unwrap().to_owned());
    }
    let members: Vec<Value> = people.iter().map(|id| json!({"value": id})).collect();
    let body = json!({"schemas": [GROUP], "displayName": "Staff", "members": members});
    let (status, made) = call("POST", &format!("{base}/Groups"), token, Some(&body));
    assert_eq!(status, 201, "{made}");
    dev.idle();
    assert_eq!(active(dev), 3);
    let none = json!({"count": 0, "percent": 0});
    let guards = json!({"guards": {"removals": none, "burst": none, "mass_removal": "hold"}});
    let (status, told) = dev.manage("PATCH", "/policy", Some(&guards));
    assert_eq!(status, 200, "{told}");
    dev.idle();
    people
}

fn active(dev: &Dev) -> usize {
    let all = dev.list("/accounts");
    let is_active = |account: &&Value| account["active"] == json!(true);
    all.iter().filter(is_active).count()
}

fn leave(dev: &Dev, id: &str) {
    let body = json!({
        "schemas": [PATCH],
        "Operations": [{"op": "replace", "path": "active", "value": false}],
    });
    let url = format!("{}/Users/{id}", dev.text("base_url"));
    let (status, told) = call("PATCH", &url, dev.text("token"), Some(&body));
    assert_eq!(status, 200, "{told}");
    dev.idle();
}

#[test]
fn e_19_e_23_a_held_leaver_is_planned_approved_looked_back_at_and_given_back() {
    let folder = tempfile::tempdir().unwrap();
    let dev = Dev::start(&folder.path().join("data"), &["--listen", "127.0.0.1:0"]);
    let people = company(&dev);
    check(&dev, "sync plan --detailed-exitcode", 0, &["nothing to do"]);
    leave(&dev, &people[0]);
    assert_eq!(active(&dev), 3, "held");
    let held = [
        "! held 1",
        "! ada@x.example",
        "H_MASS_DEACTIVATION",
        "sync approve 2 --item 1",
    ];
    check(&dev, "sync plan --detailed-exitcode", 3, &held);
    check(&dev, "sync plan", 0, &["Plan 3"]);
    check(&dev, "sync apply 2", 3, &["decided 0", "held 1"]);
    check(&dev, "sync status --wait 5", 0, &["held 1"]);
    check(
        &dev,
        "user why ada@x.example",
        0,
        &["HELD", "H_MASS_DEACTIVATION", "PATCH", "Timeline"],
    );
    check(&dev, "sync approve 2 --guard mass", 1, &["reason: say why"]);
    check(
        &dev,
        "sync approve 9 --all --reason left",
        4,
        &["there is no plan"],
    );
    check(
        &dev,
        "sync approve 2 --item ada@x.example --reason left --by kim",
        0,
        &["decided 1"],
    );
    dev.idle();
    assert_eq!(active(&dev), 2);
    check(&dev, "sync show 2", 0, &["[applied]"]);
    check(
        &dev,
        "sync history -n 1",
        0,
        &["deactivate", "IDP_INACTIVE", "active true -> false"],
    );
    let audit = format!("{}/audit", dev.text("manage_url"));
    let (_, audit) = call("GET", &audit, dev.text("manage_key"), None);
    assert_eq!(audit["items"][0]["by"], "kim", "{audit}");

    let list = folder.path().join("people.txt");
    std::fs::write(&list, "ADA@x.example\neve@x.example\n").unwrap();
    let list = format!(
        "impact --since 1h --effect lost --people {}",
        list.display()
    );
    let lost = [
        "1 lost     IDP_INACTIVE",
        "not touched: eve@x.example",
        "give-back --cause IDP_INACTIVE",
    ];
    check(&dev, &list, 0, &lost);
    check(
        &dev,
        "impact --since 1h --csv",
        0,
        &["IDP_INACTIVE,IDP_INACTIVE,lost,"],
    );
    check(
        &dev,
        "sync give-back --cause IDP_INACTIVE --reason wrong",
        0,
        &["given back to 0", "left out 1"],
    );
    let named =
        "sync give-back --cause IDP_INACTIVE --person ada@x.example --for 2h --reason wrong";
    check(&dev, named, 0, &["given back to 1"]);
    check(
        &dev,
        "sync give-back --cause req_none --reason x",
        4,
        &["no cause"],
    );
    dev.idle();
    assert_eq!(active(&dev), 3);
    check(&dev, "user why ada@x.example", 0, &["X_EXCEPTION_UNTIL"]);
    check(&dev, "user why nobody@x.example", 4, &["answers 404"]);
    let why = check(&dev, "user why bob@x.example --json", 0, &[]);
    let why: Value = serde_json::from_str(&why).unwrap();
    assert_eq!(why["status"], "provisioned");
    assert!(why["timeline"].as_array().unwrap().len() >= 2, "{why}");
}

#[test]
fn s_35_groups_are_picked_brakes_are_set_and_tokens_rotate_on_the_command_line() {
    let folder = tempfile::tempdir().unwrap();
    let dev = Dev::start(&folder.path().join("data"), &["--listen", "127.0.0.1:0"]);
    let people = company(&dev);
    check(&dev, "group list", 0, &["[x] Staff", "3 people"]);
    check(
        &dev,
        "integration freeze --all --reason moving",
        0,
        &["nothing is applied"],
    );
    check(&dev, "group deselect staff", 0, &["[ ] Staff"]);
    check(&dev, "group select Staff", 0, &["[x] Staff"]);
    check(&dev, "group pause Staff", 0, &["paused"]);
    check(&dev, "group pause Staff --resume", 0, &["[x] Staff"]);
    check(&dev, "group order Staff", 0, &["[x] Staff"]);
    check(
        &dev,
        "group bind Staff g_none",
        1,
        &["the application has no access group g_none"],
    );
    check(
        &dev,
        "group select Nobody",
        4,
        &["the provider sent no group"],
    );
    check(
        &dev,
        "integration freeze --off --reason moved",
        0,
        &["frozen any longer"],
    );
    check(&dev, "integration freeze --off", 1, &["reason"]);
    let expect = "integration expect --removals 2 --for 1h --reason closing";
    check(&dev, expect, 0, &["2 removals pass until"]);
    leave(&dev, &people[1]);
    assert_eq!(active(&dev), 2, "announced");

    let made = check(&dev, "token rotate --json", 0, &[]);
    let made: Value = serde_json::from_str(&made).unwrap();
    assert!(made["made"]["token"].as_str().unwrap().starts_with("scim_"));
    let old = made["old"][0]["id"].as_str().unwrap();
    check(&dev, "token list", 0, &[old, "live"]);
    check(
        &dev,
        &format!("token revoke {old}"),
        0,
        &["is refused from now on"],
    );
    check(&dev, "token list", 0, &["ended"]);
    check(&dev, "token new", 0, &["shown once"]);
    let users = format!("{}/Users", dev.text("base_url"));
    assert_eq!(call("GET", &users, dev.text("token"), None).0, 401);
}
