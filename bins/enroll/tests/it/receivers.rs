//! `enroll sink check` and `enroll sink send` at the receiver in Python (issue 4.5).

use std::{
    io::{BufRead as _, BufReader},
    process::{Child, Command, Output, Stdio},
};

use serde_json::{Value, json};

use crate::harness::{Dev, enroll, free_port};

const SECRET: &str = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD";

/// The running receiver.
struct Receiver {
    child: Child,
    url: String,
}

impl Receiver {
    fn start() -> Self {
        let program = concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/../../examples/receivers/python/receiver.py"
        );
        let mut child = Command::new("python3")
            .args([program, "0"])
            .env("ENROLL_SINK_SECRET", SECRET)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        let mut stdout = BufReader::new(child.stdout.take().unwrap());
        stdout.read_line(&mut line).unwrap();
        let url = line.split_whitespace().last().unwrap().to_owned();
        Self { child, url }
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn sink(words: &[&str], secret: &str) -> Output {
    let mut command = enroll();
    command
        .arg("sink")
        .args(words)
        .env("ENROLL_SINK_SECRET", secret);
    command.output().unwrap()
}

fn json_of(output: &Output) -> Value {
    serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {output:?}"))
}

#[test]
fn a_right_receiver_passes_and_a_wrong_secret_is_explained() {
    let receiver = Receiver::start();
    let output = sink(&["check", &receiver.url, "--json"], SECRET);
    let report = json_of(&output);
    assert_eq!(output.status.code(), Some(0), "{report}");
    assert_eq!(
        (&report["ok"], &report["failed"], &report["not_checked"]),
        (&json!(true), &json!(0), &json!(0)),
        "{report}"
    );
    assert_eq!(report["checks"].as_array().unwrap().len(), report["passed"]);

    let wrong = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLwSw";
    let output = sink(&["check", &receiver.url], wrong);
    assert_eq!(output.status.code(), Some(1));
    let told = String::from_utf8(output.stdout).unwrap();
    assert!(told.starts_with("FAIL  reached "), "{told}");
    for part in ["came  401", "base64-decoded", "0 passed, 1 failed"] {
        assert!(told.contains(part), "{part} in {told}");
    }
    assert!(!told.contains(wrong), "{told}");
}

#[test]
fn what_cannot_be_reached_or_may_not_be_called_is_an_error() {
    let nobody = format!("http://127.0.0.1:{}/", free_port());
    let output = sink(&["check", &nobody, "--json"], SECRET);
    assert_eq!(output.status.code(), Some(1));
    let report = json_of(&output);
    assert_eq!(report["checks"][0]["verdict"], "failed", "{report}");
    for (words, secret, wanted) in [
        (
            ["check", "http://10.0.0.7/"],
            SECRET,
            "use https, or allow_private",
        ),
        (
            ["send", "http://10.0.0.7/"],
            SECRET,
            "use https, or allow_private",
        ),
        (
            ["check", "https://app.example.com/"],
            "hunter2",
            "--secret: a signing secret",
        ),
        (
            ["send", "https://app.example.com/"],
            " ",
            "no signing secret",
        ),
    ] {
        let output = sink(&words, secret);
        let told = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(1), "{told}");
        assert!(told.contains(wanted) && !told.contains("hunter2"), "{told}");
    }
}

#[test]
fn one_message_is_shown_with_its_answer() {
    let receiver = Receiver::start();
    let send = |more: &[&str]| sink(&[&["send", &receiver.url][..], more].concat(), SECRET);
    let output = send(&[]);
    let told = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(0), "{told}");
    for part in [
        "POST http",
        "\nwebhook-id: sample-",
        "\nwebhook-signature: v1,",
        "\n200\n{",
        "applied: the account is u_1",
    ] {
        assert!(told.contains(part), "{part} in {told}");
    }
    let rows: [(&[&str], i32, &str); 5] = [
        (
            &["--gone", "--app-ref", "u_1"],
            0,
            "/outcome/observed/active",
        ),
        // Another person with the same address.
        (&["--directory-id", "sample-eve"], 1, "/outcome/app_ref"),
        (&["--type", "access_group.apply"], 0, "/outcome/group_ref"),
        (
            &["--type", "access_group.apply", "--gone", "--app-ref", "g_1"],
            0,
            "/outcome/group_ref",
        ),
        (&["--id", "again", "--revision", "1"], 0, "/outcome/app_ref"),
    ];
    let wanted = [
        json!(false),
        json!("u_1"),
        json!("g_1"),
        json!("g_1"),
        json!("u_1"),
    ];
    for ((words, code, path), wanted) in rows.iter().zip(wanted) {
        let output = send(&[words, &["--json"][..]].concat());
        let line = json_of(&output);
        assert_eq!(output.status.code(), Some(*code), "{line}");
        assert_eq!(line.pointer(path), Some(&wanted), "{line}");
        assert_eq!(line["answer"]["status"], 200);
    }
}

#[test]
fn dev_signs_with_the_secret_it_is_given_and_the_receiver_takes_it() {
    let (receiver, folder) = (Receiver::start(), tempfile::tempdir().unwrap());
    let words = [
        "--listen",
        "127.0.0.1:0",
        "--sink",
        &receiver.url,
        "--sink-secret",
        SECRET,
    ];
    let dev = Dev::start(folder.path(), &words);
    assert_eq!(dev.ready["sink"]["secret"], SECRET);
    let report = crate::harness::simulate(
        "okta",
        dev.text("base_url"),
        dev.text("token"),
        &["--users", "5", "--groups", "2"],
    );
    assert_eq!(report["failures"], json!([]), "{report}");
    dev.idle();
    let people = report["meant"]["active"].as_array().unwrap();
    assert!(!people.is_empty(), "{report}");
    // The receiver has them: each account bears the id that the receiver gave it.
    let accounts = dev.list("/accounts");
    assert!(accounts.len() >= people.len(), "{accounts:?}");
    for account in &accounts {
        let app_ref = account["ref"].as_str().unwrap();
        assert!(app_ref.starts_with("u_"), "{account}");
    }
}
