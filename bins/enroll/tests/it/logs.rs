//! The process log of `enroll serve`, and what it counts (threats B3, C14).

use std::{
    fs,
    io::{BufRead as _, BufReader, Read as _},
    path::Path,
    process::{Child, Command, Stdio},
};

use serde_json::{Value, json};

use crate::harness::{call, enroll};

const KEY: &str = "inside-only";
/// What a hostile provider may write into a name: a line of a log, and a steered terminal.
const HOSTILE: &str = "eve\r\n{\"msg\":\"forged\"}\u{1b}[2J@acme.com";

/// A server that writes its log into a file.
struct Serve {
    child: Child,
    scim: String,
    inside: String,
    token: String,
    folder: tempfile::TempDir,
}

impl Serve {
    fn start(log: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let config = folder.path().join("enroll.toml");
        let text = format!(
            "[server]\npublic = \"127.0.0.1:0\"\nprivate = \"127.0.0.1:0\"\npublic_url = \"https://scim.example.com\"\n\
             [database]\nurl = \"sqlite:{}\"\n[manage]\nkey = \"env:ENROLL_TEST_KEY\"\n[log]\n{log}\n",
            folder.path().join("enroll.db").display()
        );
        fs::write(&config, text).unwrap();
        let run = |words: &[&str]| {
            let mut command = enroll();
            command
                .args(words)
                .arg("--config")
                .arg(&config)
                .env_remove("RUST_LOG");
            command
        };
        said(&mut run(&["tenant", "add", "acme", "--json"]));
        let made = said(&mut run(&[
            "integration",
            "add",
            "acme",
            "--idp",
            "okta",
            "--json",
        ]));
        let made: Value = serde_json::from_str(&made).unwrap();
        let errors = fs::File::create(folder.path().join("log")).unwrap();
        let mut serve = run(&["serve"]);
        serve
            .env("ENROLL_TEST_KEY", KEY)
            .stdout(Stdio::piped())
            .stderr(errors);
        let mut child = serve.spawn().unwrap();
        let mut told = String::new();
        BufReader::new(child.stdout.as_mut().unwrap())
            .read_line(&mut told)
            .unwrap();
        let addresses: Vec<&str> = told
            .split_whitespace()
            .filter(|word| word.starts_with("127.0.0.1:"))
            .collect();
        Self {
            child,
            scim: format!(
                "http://{}/scim/{}/v2",
                addresses[0],
                made["id"].as_str().unwrap()
            ),
            inside: format!("http://{}", addresses[1]),
            token: made["token"].as_str().unwrap().to_owned(),
            folder,
        }
    }

    /// Ends the server and returns what it logged.
    fn log(mut self) -> String {
        let pid = self.child.id().to_string();
        assert!(
            Command::new("kill")
                .args(["-TERM", &pid])
                .status()
                .unwrap()
                .success()
        );
        assert_eq!(self.child.wait().unwrap().code(), Some(0));
        read(&self.folder.path().join("log"))
    }
}

fn said(command: &mut Command) -> String {
    let output = command.output().unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout).unwrap()
}

fn read(path: &Path) -> String {
    let mut text = String::new();
    fs::File::open(path)
        .unwrap()
        .read_to_string(&mut text)
        .unwrap();
    text
}

/// Makes a person with a hostile name, and asks with a wrong token.
fn provoke(serve: &Serve) {
    let users = format!("{}/Users", serve.scim);
    let user = json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": HOSTILE,
        "name": {"givenName": "Evelyn\u{1b}[31m", "familyName": "Secretname"}, "active": "True",
    });
    // Whether the name is taken or refused, the line about it is the same.
    call("POST", &users, &serve.token, Some(&user));
    let fit = json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": "secretname@acme.com",
        "name": {"familyName": "Secretname\u{1b}[31m"}, "active": "True",
    });
    assert_eq!(call("POST", &users, &serve.token, Some(&fit)).0, 201);
    assert_eq!(call("GET", &users, "scim_live_wrong", None).0, 401);
}

#[test]
fn c14_b3_a_line_of_json_for_each_request_and_nothing_personal_in_it() {
    let serve = Serve::start("");
    provoke(&serve);
    let (status, _) = call("GET", &format!("{}/v1/tenants", serve.inside), KEY, None);
    assert_eq!(status, 200);
    let token = serve.token.clone();
    let log = serve.log();
    let lines: Vec<Value> = log
        .lines()
        .map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line:?}")))
        .collect();
    let of = |target: &str| -> Vec<&Value> {
        let about = |line: &&Value| line["target"].as_str().unwrap().starts_with(target);
        lines.iter().filter(about).collect()
    };
    let scim = of("enroll_http");
    assert_eq!(scim.len(), 3, "{log}");
    let made = scim[1];
    for (member, wanted) in [
        ("method", json!("POST")),
        ("resource", json!("Users")),
        ("status", json!(201)),
        ("idp", json!("okta")),
        ("level", json!("INFO")),
        ("message", json!("answered")),
    ] {
        assert_eq!(made[member], wanted, "{member} in {made}");
    }
    for member in [
        "request_id",
        "integration",
        "ms",
        "subject",
        "timestamp",
        "normalisations",
    ] {
        assert!(!made[member].is_null(), "{member} in {made}");
    }
    assert_eq!(
        (&scim[2]["status"], &scim[2]["refused"]),
        (&json!(401), &json!("mistyped"))
    );
    let manage = of("enroll_manage");
    assert!(
        manage
            .iter()
            .any(|line| line["route"] == "/v1/tenants" && line["status"] == 200),
        "{log}"
    );
    for secret in [
        token.as_str(),
        KEY,
        "ecretname",
        "forged",
        "Evelyn",
        "\u{1b}",
        "scim_live_wrong",
    ] {
        assert!(!log.contains(secret), "{secret:?} in {log}");
    }
}

#[test]
fn text_and_level_are_settings() {
    let serve = Serve::start("format = \"text\"");
    provoke(&serve);
    let log = serve.log();
    assert_eq!(
        log.lines().filter(|line| line.contains("answered")).count(),
        3,
        "{log}"
    );
    assert!(
        log.lines()
            .all(|line| serde_json::from_str::<Value>(line).is_err()),
        "{log}"
    );
    assert!(
        !log.contains("forged") && !log.contains("ecretname"),
        "{log}"
    );
    let serve = Serve::start("level = \"error\"");
    provoke(&serve);
    assert_eq!(serve.log(), "");
}

#[test]
fn what_was_answered_is_counted() {
    let serve = Serve::start("level = \"error\"");
    provoke(&serve);
    let mut request = Command::new("curl");
    request.args([
        "-sf",
        "-H",
        &format!("Authorization: Bearer {KEY}"),
        &format!("{}/metrics", serve.inside),
    ]);
    let text = said(&mut request);
    for wanted in [
        "method=\"POST\",resource=\"Users\",status=\"201\"} 1",
        "enroll_scim_auth_failures_total{reason=\"mistyped\"} 1",
        "enroll_scim_request_seconds_count 3",
        "enroll_db_size_bytes ",
    ] {
        assert!(text.contains(wanted), "{wanted} in {text}");
    }
    let (status, _) = call("GET", &format!("{}/metrics", serve.inside), "nobody", None);
    assert_eq!(status, 401);
    serve.log();
}
