//! Alerts of a server that runs: a held leaver reaches whoever listens, also after `kill -9`.

use std::{
    fs,
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::{SocketAddr, TcpListener},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::mpsc::{Receiver, channel},
    thread,
};

use serde_json::{Value, json};

use crate::harness::{call, enroll, free_port};

const KEY: &str = "inside-only";

/// A server whose alerts are set up as told, and one integration.
struct Place {
    config: PathBuf,
    integration: String,
    token: String,
}

impl Place {
    fn new(folder: &Path, alerts: &str) -> Self {
        let config = folder.join("enroll.toml");
        let database = folder.join("enroll.db");
        let text = format!(
            "[server]\npublic = \"127.0.0.1:0\"\nprivate = \"127.0.0.1:0\"\npublic_url = \"https://scim.example.com\"\n\
             [database]\nurl = \"sqlite:{}\"\n[manage]\nkey = \"env:ENROLL_TEST_KEY\"\n\
             [defaults]\npreset = \"hands_off\"\nguards = {{ protected = [\"kim@acme.example\"] }}\n\
             [alerts]\n{alerts}\n",
            database.display()
        );
        fs::write(&config, text).unwrap();
        let run = |arguments: &[&str]| {
            let output = Self::command(&config).args(arguments).output().unwrap();
            let told = String::from_utf8_lossy(&output.stderr);
            assert!(output.status.success(), "{arguments:?}: {told}");
            output.stdout
        };
        let at = config.to_str().unwrap();
        run(&["tenant", "add", "acme", "--config", at]);
        let made = run(&[
            "integration",
            "add",
            "acme",
            "--idp",
            "okta",
            "--json",
            "--config",
            at,
        ]);
        let made: Value = serde_json::from_slice(&made).unwrap();
        Self {
            integration: made["id"].as_str().unwrap().to_owned(),
            token: made["token"].as_str().unwrap().to_owned(),
            config,
        }
    }

    fn command(_: &Path) -> Command {
        let mut command = enroll();
        command.env("ENROLL_TEST_KEY", KEY);
        command
    }

    fn start(&self) -> Serving {
        let mut child = Self::command(&self.config)
            .args(["serve", "--config"])
            .arg(&self.config)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut told = String::new();
        let mut out = BufReader::new(child.stdout.take().unwrap());
        out.read_line(&mut told).unwrap();
        let addresses: Vec<String> = told
            .split_whitespace()
            .filter(|word| word.starts_with("127.0.0.1:"))
            .map(str::to_owned)
            .collect();
        let [public, private] = &addresses[..] else {
            panic!("{told}")
        };
        Serving {
            scim: format!("http://{public}/scim/{}/v2", self.integration),
            manage: format!("http://{private}"),
            token: self.token.clone(),
            _out: out,
            child,
        }
    }
}

struct Serving {
    child: Child,
    // Kept open: a server that is not heard goes on, but that is another test.
    _out: BufReader<std::process::ChildStdout>,
    scim: String,
    manage: String,
    token: String,
}

impl Serving {
    fn scim(&self, method: &str, path: &str, body: &Value) -> Value {
        let url = format!("{}{path}", self.scim);
        let (status, answer) = call(method, &url, &self.token, Some(body));
        assert!(status < 300, "{method} {path}: {answer}");
        answer
    }

    fn manage(&self, path: &str) -> Value {
        let url = format!("{}/v1/tenants/acme{path}", self.manage);
        let (status, answer) = call("GET", &url, KEY, None);
        assert_eq!(status, 200, "{answer}");
        answer
    }

    /// Kim, in a group and in the application; returns her id.
    fn kim(&self) -> String {
        let user = json!({
            "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
            "userName": "kim@acme.example", "name": {"givenName": "Kim", "familyName": "Lee"},
            "emails": [{"type": "work", "value": "kim@acme.example"}],
        });
        let kim = self.scim("POST", "/Users", &user)["id"]
            .as_str()
            .unwrap()
            .to_owned();
        let group = json!({
            "schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"],
            "displayName": "Staff", "members": [{"value": kim}],
        });
        self.scim("POST", "/Groups", &group);
        for _ in 0..10 {
            if self.manage("/sync?wait=25")["state"] != "running" {
                return kim;
            }
        }
        panic!("the job does not come to rest");
    }

    fn activate(&self, kim: &str, active: bool) {
        let patch = json!({
            "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
            "Operations": [{"op": "replace", "path": "active", "value": active}],
        });
        self.scim("PATCH", &format!("/Users/{kim}"), &patch);
    }

    fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        // Already gone when it was killed.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Takes every message at `address` and hands it on.
fn listen(address: SocketAddr) -> Receiver<Value> {
    let listener = TcpListener::bind(address).unwrap();
    let (send, arrived) = channel();
    thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = BufReader::new(stream.unwrap());
            let (mut length, mut line) = (0, String::new());
            while stream.read_line(&mut line).unwrap() > 2 {
                if let Some(text) = line.strip_prefix("content-length: ") {
                    length = text.trim().parse().unwrap();
                }
                line.clear();
            }
            let mut body = vec![0; length];
            stream.read_exact(&mut body).unwrap();
            let answer = "HTTP/1.1 204 No Content\r\nconnection: close\r\n\r\n";
            stream.get_mut().write_all(answer.as_bytes()).unwrap();
            // The test may be over.
            let _ = send.send(serde_json::from_slice(&body).unwrap());
        }
    });
    arrived
}

fn hook() -> (SocketAddr, String) {
    let address = SocketAddr::from(([127, 0, 0, 1], free_port()));
    (address, format!("webhook = \"http://{address}/hook\""))
}

#[test]
fn a_held_leaver_reaches_a_webhook_and_so_does_the_end() {
    let folder = tempfile::tempdir().unwrap();
    let (address, alerts) = hook();
    let place = Place::new(folder.path(), &alerts);
    let arrived = listen(address);
    let server = place.start();
    let kim = server.kim();
    server.activate(&kim, false);
    let told = arrived.recv().unwrap();
    assert_eq!(told["code"], "H_PROTECTED", "{told}");
    assert_eq!(
        (&told["level"], &told["state"]),
        (&json!("act_now"), &json!("open"))
    );
    assert_eq!(
        (&told["tenant"], &told["leavers"]),
        (&json!("acme"), &json!(1))
    );
    let text = told["text"].as_str().unwrap();
    assert!(
        text.starts_with("[act now] acme") && text.contains("kim@acme.example"),
        "{text}"
    );
    server.activate(&kim, true);
    let over = arrived.recv().unwrap();
    assert_eq!(
        (&over["alert"], &over["state"]),
        (&told["alert"], &json!("resolved"))
    );
    assert_ne!(over["id"], told["id"]);
}

#[test]
fn a_held_leaver_reaches_a_webhook_also_after_a_kill_9_in_between() {
    let folder = tempfile::tempdir().unwrap();
    let (address, alerts) = hook();
    let place = Place::new(folder.path(), &alerts);
    let server = place.start();
    let kim = server.kim();
    // Nobody listens yet: whatever was tried before the blow told nobody.
    server.activate(&kim, false);
    server.kill();
    let arrived = listen(address);
    let server = place.start();
    let told = arrived.recv().unwrap();
    assert_eq!(
        (&told["code"], &told["leavers"]),
        (&json!("H_PROTECTED"), &json!(1))
    );
    // What arrived is written down: another blow tells it again at most with the same id.
    server.kill();
    let server = place.start();
    let stands = loop {
        let alerts = server.manage("/alerts");
        if alerts["items"][0]["sent"]["webhook"]["messages"] == 1 {
            break alerts;
        }
        for again in arrived.try_iter() {
            assert_eq!(again["id"], told["id"]);
        }
    };
    assert_eq!(stands["items"][0]["id"], told["alert"]);
    assert_eq!(stands["channels"], json!(["webhook"]));
}

#[test]
fn a_trial_goes_through_every_channel_and_no_channel_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("told.json");
    let alerts = format!(
        "command = [\"/bin/sh\", \"-c\", \"cat > {}\"]",
        file.display()
    );
    let place = Place::new(folder.path(), &alerts);
    let server = place.start();
    let run = |server: &Serving, what: &str| {
        let mut command = enroll();
        command.args(["alerts", what, "--url", &server.manage, "--key", KEY]);
        let output = command.output().unwrap();
        let text = |bytes| String::from_utf8(bytes).unwrap();
        (
            output.status.success(),
            text(output.stdout),
            text(output.stderr),
        )
    };
    let (arrived, told, _) = run(&server, "test");
    assert!(arrived && told == "command    arrived\n", "{told}");
    let body: Value = serde_json::from_slice(&fs::read(&file).unwrap()).unwrap();
    assert_eq!(
        (&body["state"], &body["code"]),
        (&json!("test"), &json!("TEST"))
    );
    assert_eq!(run(&server, "list").1, "nothing stands\n");
    server.kill();

    let quiet = tempfile::tempdir().unwrap();
    let server = Place::new(quiet.path(), "").start();
    let (arrived, told, warned) = run(&server, "test");
    assert!(!arrived && told.is_empty(), "{told}");
    assert!(warned.starts_with("warning: no channel is set"), "{warned}");
    assert!(
        server.manage("/alerts")["warning"]
            .as_str()
            .unwrap()
            .contains("nobody is told")
    );
}
