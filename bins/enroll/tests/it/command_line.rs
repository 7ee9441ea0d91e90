//! The command line's promises.

use std::{
    fs,
    io::{BufRead as _, BufReader},
    path::{Path, PathBuf},
    process::{Child, Stdio},
};

use serde_json::json;

use crate::harness::{Dev, call, enroll, simulate};

/// Runs a command that must fail, and returns what it says.
fn refused(arguments: &[&str]) -> String {
    let output = enroll()
        .args(arguments)
        .stdin(Stdio::null())
        .output()
        .unwrap();
    assert!(!output.status.success(), "{arguments:?} was accepted");
    String::from_utf8(output.stderr).unwrap()
}

#[test]
fn refusals_say_what_to_change() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).display().to_string();
    fs::write(path("bad.toml"), "[server]\npubic = \"127.0.0.1:0\"\n").unwrap();
    let (data, config, gone) = (path("d"), path("bad.toml"), path("gone.toml"));
    for (arguments, wanted) in [
        (
            vec!["dev", "--data", &data, "--listen", "0.0.0.0:0"],
            "enroll serve",
        ),
        (
            vec!["dev", "--data", &data, "--idp", "otka"],
            "did you mean okta?",
        ),
        (vec!["dev", "--data", &data, "--token", "a b"], "RFC 6750"),
        (
            vec!["dev", "--data", &data, "--listen", "here"],
            "for instance 127.0.0.1:8080",
        ),
        (vec!["serve", "--config", &config], "did you mean `public`?"),
        (vec!["serve", "--config", &gone], "cannot read"),
        (
            vec!["simulate", "okta", "--url", "ftp://x", "--token", "t"],
            "http",
        ),
        (
            vec!["simulate", "okto", "--url", "http://x", "--token", "t"],
            "okta",
        ),
        (
            vec![
                "simulate",
                "okta",
                "--url",
                "http://127.0.0.1:9",
                "--token",
                "t",
                "--users",
                "0",
            ],
            "users",
        ),
    ] {
        let told = refused(&arguments);
        assert!(told.contains(wanted), "{arguments:?}: {told}");
    }
    assert!(
        !folder.path().join("d").exists(),
        "a refused start makes nothing"
    );
}

#[test]
fn p20_the_same_folder_gives_the_same_secrets_and_no_file_holds_them() {
    let folder = tempfile::tempdir().unwrap();
    let first = Dev::start(folder.path(), &["--listen", "127.0.0.1:0"]);
    let secrets = [
        first.text("token").to_owned(),
        first.text("manage_key").to_owned(),
    ];
    assert_eq!(first.text("integration"), "int_demo");
    simulate(
        "okta",
        first.text("base_url"),
        &secrets[0],
        &["--users", "3", "--groups", "1"],
    );
    assert_eq!(first.terminate(), Some(0));
    let again = Dev::start(folder.path(), &["--listen", "127.0.0.1:0"]);
    assert_eq!(
        [again.text("token"), again.text("manage_key")],
        [&*secrets[0], &*secrets[1]]
    );
    drop(again);
    for entry in fs::read_dir(folder.path()).unwrap() {
        let path = entry.unwrap().path();
        let bytes = fs::read(&path).unwrap();
        for secret in &secrets {
            let held = bytes
                .windows(secret.len())
                .any(|window| window == secret.as_bytes());
            assert!(!held, "{} holds a secret", path.display());
        }
    }
}

#[test]
fn a_token_of_ones_own_opens_and_the_derived_one_does_not() {
    let folder = tempfile::tempdir().unwrap();
    let derived = Dev::start(folder.path(), &["--listen", "127.0.0.1:0"])
        .text("token")
        .to_owned();
    let dev = Dev::start(
        folder.path(),
        &["--listen", "127.0.0.1:0", "--token", "my-own-token"],
    );
    let users = format!("{}/Users", dev.text("base_url"));
    assert_eq!(call("GET", &users, "my-own-token", None).0, 200);
    let (status, error) = call("GET", &users, &derived, None);
    assert_eq!((status, &error["status"]), (401, &json!("401")));
    let (status, _) = dev.manage("GET", "/policy", None);
    assert_eq!(status, 200);
    let url = format!("{}/tenants", dev.text("manage_url"));
    assert_eq!(call("GET", &url, "my-own-token", None).0, 401, "B8");
}

#[test]
fn tokens_take_turns_and_the_derived_one_comes_back() {
    let folder = tempfile::tempdir().unwrap();
    let turn = |token: Option<&str>| {
        let mut arguments = vec!["--listen", "localhost:0"];
        arguments.extend(token.iter().flat_map(|token| ["--token", token]));
        let dev = Dev::start(folder.path(), &arguments);
        let users = format!("{}/Users", dev.text("base_url"));
        let token = dev.text("token").to_owned();
        assert_eq!(call("GET", &users, &token, None).0, 200, "{token}");
        token
    };
    let derived = turn(None);
    for token in [Some("one"), Some("two"), Some("one")] {
        assert_eq!(turn(token), token.unwrap());
    }
    assert_eq!(turn(None), derived);
}

#[test]
fn a_folder_has_one_server_at_a_time() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().display().to_string();
    let dev = Dev::start(folder.path(), &["--listen", "127.0.0.1:0"]);
    let told = refused(&["dev", "--data", &data, "--listen", "127.0.0.1:0"]);
    assert!(told.contains("in use by another server"), "{told}");
    assert_eq!(dev.manage("GET", "/policy", None).0, 200);
    dev.kill();
    drop(Dev::start(folder.path(), &["--listen", "127.0.0.1:0"]));
}

#[test]
fn damage_is_named_once_with_its_file() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("enroll.db");
    fs::write(&file, "this was a database once").unwrap();
    let data = folder.path().display().to_string();
    let told = refused(&["dev", "--data", &data, "--listen", "127.0.0.1:0"]);
    assert!(told.contains("enroll.db"), "{told}");
    assert_eq!(told.matches("is not a database").count(), 1, "{told}");
    assert_eq!(fs::read(&file).unwrap(), b"this was a database once");
}

#[test]
fn p12_whoever_is_told_of_readiness_may_stop_it_at_once() {
    let folder = tempfile::tempdir().unwrap();
    for _ in 0..5 {
        let dev = Dev::start(folder.path(), &["--listen", "127.0.0.1:0"]);
        assert_eq!(dev.terminate(), Some(0));
    }
    let rest: Vec<_> = fs::read_dir(folder.path())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.contains("-wal") || name.contains("-shm"))
        .collect();
    assert!(rest.is_empty(), "the file alone is the database: {rest:?}");
}

#[test]
fn the_job_goes_on_when_nobody_reads_what_it_says() {
    let folder = tempfile::tempdir().unwrap();
    // The reading ends of both pipes are closed as soon as it is ready.
    let dev = Dev::start_unheard(folder.path(), &["--listen", "127.0.0.1:0"]);
    simulate(
        "okta",
        dev.text("base_url"),
        dev.text("token"),
        &["--users", "3", "--groups", "1"],
    );
    assert_eq!(dev.idle()["state"], "idle");
    assert_eq!(dev.list("/accounts").len(), 3);
    assert_eq!(dev.terminate(), Some(0));
}

#[test]
fn s35b_fixed_roles_wait_for_a_target_and_take_one() {
    let folder = tempfile::tempdir().unwrap();
    let dev = Dev::start(
        folder.path(),
        &["--listen", "127.0.0.1:0", "--roles", "admin, member,viewer"],
    );
    let names = |dev: &Dev| -> Vec<String> {
        dev.list("/access-groups")
            .iter()
            .map(|group| group["name"].as_str().unwrap().to_owned())
            .collect()
    };
    assert_eq!(names(&dev), ["admin", "member", "viewer"]);
    simulate(
        "okta",
        dev.text("base_url"),
        dev.text("token"),
        &["--users", "6", "--groups", "2"],
    );
    dev.idle();
    assert_eq!(
        dev.list("/accounts").len(),
        0,
        "nobody is let in without a target"
    );
    let (_, groups) = dev.manage("GET", "/integrations/int_demo/groups", None);
    let selections: Vec<_> = groups["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|group| json!({"group_id": group["id"], "access_group": "member"}))
        .collect();
    let body = json!({"selections": selections});
    let (status, answer) = dev.manage("PUT", "/integrations/int_demo/selections", Some(&body));
    assert_eq!(status, 200, "{answer}");
    dev.idle();
    let accounts = dev.list("/accounts");
    assert!(!accounts.is_empty());
    assert!(
        accounts
            .iter()
            .all(|account| account["active"] == false
                || account["access_groups"] == json!(["member"]))
    );
    assert_eq!(
        names(&dev),
        ["admin", "member", "viewer"],
        "no access group was made"
    );
}

#[test]
fn s32_an_application_in_use_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let dev = Dev::start(folder.path(), &["--listen", "127.0.0.1:0", "--in-use"]);
    let before = (dev.list("/accounts"), dev.list("/access-groups"));
    assert_eq!((before.0.len(), before.1.len()), (1, 3), "S-33");
    let (_, policy) = dev.manage("GET", "/policy", None);
    assert_eq!(policy["auto_sync"], false, "{policy}");
    simulate(
        "okta",
        dev.text("base_url"),
        dev.text("token"),
        &["--users", "5", "--groups", "1"],
    );
    dev.idle();
    assert_eq!((dev.list("/accounts"), dev.list("/access-groups")), before);
    // A second start adds nothing.
    drop(dev);
    let dev = Dev::start(folder.path(), &["--listen", "127.0.0.1:0", "--in-use"]);
    assert_eq!(dev.list("/accounts").len(), 1);
}

#[test]
fn a_command_given_twice_or_misspelt_does_no_harm() {
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("enroll.toml");
    let database = folder.path().join("enroll.db");
    let text = format!(
        "[server]\npublic = \"127.0.0.1:0\"\npublic_url = \"https://scim.example.com\"\n\
         [database]\nurl = \"sqlite:{}\"\n",
        database.display()
    );
    fs::write(&config, text).unwrap();
    let config = config.display().to_string();
    for (name, new) in [(Some("Acme"), true), (None, false)] {
        let mut command = enroll();
        command.args(["tenant", "add", "acme", "--json", "--config", &config]);
        command.args(name.iter().flat_map(|name| ["--name", name]));
        let told: serde_json::Value =
            serde_json::from_slice(&command.output().unwrap().stdout).unwrap();
        assert_eq!(told, json!({"tenant": "acme", "name": "Acme", "new": new}));
    }
    let told = refused(&["integration", "add", "acne", "--config", &config]);
    assert!(told.contains("enroll tenant add acne"), "{told}");
}

/// Writes a configuration with two listeners on free ports.
fn inside_and_outside(folder: &Path) -> PathBuf {
    let config = folder.join("enroll.toml");
    let text = format!(
        "[server]\npublic = \"127.0.0.1:0\"\nprivate = \"127.0.0.1:0\"\npublic_url = \"https://scim.example.com\"\n\
         [database]\nurl = \"sqlite:{}\"\n[manage]\nkey = \"env:ENROLL_TEST_KEY\"\n[defaults]\nupn_login = true\n",
        folder.join("enroll.db").display()
    );
    fs::write(&config, text).unwrap();
    config
}

/// Reads the two addresses of a server that has just started.
fn addresses(child: &mut Child) -> [String; 2] {
    let mut told = String::new();
    BufReader::new(child.stdout.as_mut().unwrap())
        .read_line(&mut told)
        .unwrap();
    let words = told.split_whitespace().map(str::to_owned);
    let found: Vec<_> = words
        .filter(|word| word.starts_with("127.0.0.1:"))
        .collect();
    found.try_into().unwrap()
}

fn terminate(mut child: Child) {
    let pid = child.id().to_string();
    let killed = std::process::Command::new("kill")
        .args(["-TERM", &pid])
        .status();
    assert!(killed.unwrap().success());
    assert_eq!(child.wait().unwrap().code(), Some(0), "P12");
}

/// C14: what people wrote does not steer a terminal.
fn check_keys(listed: &str, revoked: &str) {
    let ends: Vec<_> = listed
        .lines()
        .map(|line| line.split_once("  ").unwrap().1)
        .collect();
    assert_eq!(ends[1], "read, app  tenant acme  Eve\\u{1b}[2J", "C14");
    assert_eq!(ends[2], format!("admin  every tenant  {revoked}  revoked"));
}

#[test]
fn serve_keeps_the_inside_from_the_outside() {
    let folder = tempfile::tempdir().unwrap();
    let config = inside_and_outside(folder.path());
    let run = |arguments: &[&str]| {
        let mut command = enroll();
        command
            .args(arguments)
            .arg("--config")
            .arg(&config)
            .env_remove("ENROLL_TEST_KEY");
        // Only the server needs the key.
        if arguments == ["serve"] {
            command.env("ENROLL_TEST_KEY", "inside-only");
        }
        command
    };
    let json_of = |arguments: &[&str]| -> serde_json::Value {
        let output = run(arguments).arg("--json").output().unwrap();
        assert!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
        serde_json::from_slice(&output.stdout).unwrap()
    };
    let key = json_of(&["key", "new"])["key"].as_str().unwrap().to_owned();
    json_of(&["tenant", "add", "acme", "--name", "Acme"]);
    let named = [
        "--scope",
        "read,app",
        "--tenant",
        "acme",
        "--name",
        "Eve\u{1b}[2J",
    ];
    let reader = json_of(&[&["key", "new"][..], &named].concat());
    let over = json_of(&["key", "new", "--scope", "admin"]);
    json_of(&["key", "revoke", over["id"].as_str().unwrap()]);
    let listed = run(&["key", "list"]).output().unwrap();
    let listed = String::from_utf8(listed.stdout).unwrap();
    check_keys(&listed, over["id"].as_str().unwrap());
    let made = json_of(&["integration", "add", "acme", "--idp", "okta"]);
    assert!(
        made["base_url"]
            .as_str()
            .unwrap()
            .starts_with("https://scim.example.com/scim/int_"),
        "{made}"
    );

    let mut child = run(&["serve"]).stdout(Stdio::piped()).spawn().unwrap();
    let [public, private] = &addresses(&mut child);
    let token = made["token"].as_str().unwrap();
    let id = made["id"].as_str().unwrap();
    for (at, path, secret, status) in [
        (public, format!("/scim/{id}/v2/Users"), token, 200),
        (public, format!("/scim/{id}/v2/Users"), "inside-only", 401),
        (public, "/v1/tenants".to_owned(), "inside-only", 401),
        (private, "/v1/tenants".to_owned(), "inside-only", 200),
        (private, "/v1/tenants".to_owned(), &key, 200),
        (private, "/v1/tenants".to_owned(), token, 401),
        (
            private,
            "/v1/tenants/acme".to_owned(),
            reader["key"].as_str().unwrap(),
            200,
        ),
        (
            private,
            "/v1/tenants/bolt".to_owned(),
            reader["key"].as_str().unwrap(),
            404,
        ),
        (
            private,
            "/v1/keys".to_owned(),
            reader["key"].as_str().unwrap(),
            403,
        ),
        (
            private,
            "/v1/tenants".to_owned(),
            over["key"].as_str().unwrap(),
            401,
        ),
        (private, "/readyz".to_owned(), token, 200),
    ] {
        let (found, body) = call("GET", &format!("http://{at}{path}"), secret, None);
        assert_eq!(found, status, "{path} with {secret}: {body}");
    }
    let (_, policy) = call(
        "GET",
        &format!("http://{private}/v1/tenants/acme/policy"),
        &key,
        None,
    );
    assert_eq!(
        (&policy["upn_login"], &policy["auto_sync"]),
        (&json!(true), &json!(false)),
        "S-27, S-32: {policy}"
    );
    terminate(child);
}

/// S-50, complaint 32: the doctor ends with 1 when something must be done, and says where.
#[test]
fn the_doctor_says_what_is_wrong() {
    let folder = tempfile::tempdir().unwrap();
    let dev = Dev::start(folder.path(), &["--listen", "127.0.0.1:0"]);
    let told = |arguments: &[&str], key: &str| {
        let output = enroll()
            .args(["doctor", "--url", dev.text("manage_url"), "--key", key])
            .args(arguments)
            .output()
            .unwrap();
        let text = [output.stdout, output.stderr].concat();
        (output.status.code(), String::from_utf8(text).unwrap())
    };
    let key = dev.text("manage_key");
    let (code, shown) = told(&[], key);
    assert_eq!(code, Some(0), "{shown}");
    assert!(
        shown.contains("ok    reached           waiting for the first request"),
        "{shown}"
    );
    let users = format!("{}/Users", dev.text("base_url"));
    assert_eq!(call("GET", &users, "a-token-of-long-ago", None).0, 401);
    // A refusal is noted with the next batch of writes, not before it is answered.
    let noted = || told(&["--tenant", "demo"], key);
    let seen = |(code, _): &(Option<i32>, String)| *code == Some(1);
    let (_, shown) = std::iter::repeat_with(noted)
        .take(1_000)
        .find(seen)
        .unwrap();
    assert!(
        shown.contains("fail  token_refused     1 call of the last day refused"),
        "{shown}"
    );
    assert!(
        shown.contains("      fix  make a token (POST /v1/tenants/demo/integrations/"),
        "{shown}"
    );
    assert_eq!(call("GET", &users, dev.text("token"), None).0, 200);
    let noted = || told(&["--assigned", "2", "--json"], key);
    let seen = |(code, _): &(Option<i32>, String)| *code == Some(0);
    let found = std::iter::repeat_with(noted).take(1_000).find(seen);
    let (_, shown) = found.expect("only warnings");
    let shown: serde_json::Value = serde_json::from_str(&shown).unwrap();
    assert_eq!(shown["level"], "warn");
    let hints = shown["hints"].as_array().unwrap();
    let assigned = hints
        .iter()
        .find(|hint| hint["code"] == "assigned")
        .unwrap();
    assert_eq!(assigned["text"], "0 people active here, 2 assigned");
    let (code, shown) = told(&["--integration", "int_none"], key);
    assert_eq!(code, Some(4));
    assert!(shown.contains("answers 404"), "{shown}");
}

/// The request id of an answer finds, on the command line, what was sent and what it was read as.
#[test]
fn a_request_is_found_by_the_id_its_sender_was_told() {
    let folder = tempfile::tempdir().unwrap();
    let dev = Dev::start(folder.path(), &["--listen", "127.0.0.1:0"]);
    let schema = "urn:ietf:params:scim:schemas:core:2.0:User";
    let body = json!({"schemas": [schema], "userName": "ada", "active": "True"});
    let url = format!("{}/Users", dev.text("base_url"));
    assert_eq!(call("POST", &url, dev.text("token"), Some(&body)).0, 201);
    let told = |arguments: &[&str], key: &str| {
        let output = enroll()
            .args(["requests"])
            .args(arguments)
            .args(["--url", dev.text("manage_url"), "--key", key])
            .output()
            .unwrap();
        let text = [output.stdout, output.stderr].concat();
        (output.status.success(), String::from_utf8(text).unwrap())
    };
    let key = dev.text("manage_key");
    let (_, listed) = told(&["tail", "--json"], key);
    let line: serde_json::Value = serde_json::from_str(listed.trim()).unwrap();
    let id = line["id"].as_str().unwrap();
    let (_, listed) = told(&["tail"], key);
    assert!(
        listed.contains("POST   /Users  201") && listed.contains(id),
        "{listed}"
    );
    let (is_shown, shown) = told(&["show", id], key);
    assert!(is_shown && shown.starts_with("POST /Users"), "{shown}");
    for row in [
        "sent ",
        "\"active\":\"True\"",
        "read as ",
        "\"active\":true",
        "quirk ",
    ] {
        assert!(shown.contains(row), "{row}: {shown}");
    }
    for (arguments, key, why) in [
        (
            ["show", "req_none"],
            key,
            "answers 404: the log of this integration has no request",
        ),
        (["tail", "-n1"], "wrong", "answers 401"),
    ] {
        let (is_shown, refused) = told(&arguments, key);
        assert!(!is_shown && refused.contains(why), "{refused}");
    }
}
