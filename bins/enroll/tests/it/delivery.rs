//! `enroll dev --sink`: a program of another language gets the accounts.

use std::{
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::TcpListener,
    sync::mpsc::{Receiver, channel},
    thread,
};

use enroll::deliver::{Signed, SigningSecret, verify};
use serde_json::{Value, json};

use crate::harness::{Dev, call, enroll, free_port};

/// A message as it arrived.
struct Arrived {
    headers: Vec<(String, String)>,
    body: String,
}

impl Arrived {
    fn header(&self, name: &str) -> &str {
        let found = self.headers.iter().find(|(known, _)| known == name);
        found.map_or("", |(_, value)| value)
    }
}

/// Takes every message and hands it on.
fn application() -> (String, Receiver<Arrived>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/sink", listener.local_addr().unwrap());
    let (send, arrived) = channel();
    thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = BufReader::new(stream.unwrap());
            let mut headers = Vec::new();
            let mut line = String::new();
            while stream.read_line(&mut line).unwrap() > 2 {
                let header = line.trim_end().split_once(": ");
                headers.extend(header.map(|(name, value)| (name.to_owned(), value.to_owned())));
                line.clear();
            }
            let length = headers.iter().find(|(name, _)| name == "content-length");
            let mut body = vec![0; length.unwrap().1.parse().unwrap()];
            stream.read_exact(&mut body).unwrap();
            let stream = stream.get_mut();
            write!(
                stream,
                "HTTP/1.1 204 No Content\r\nconnection: close\r\n\r\n"
            )
            .unwrap();
            let body = String::from_utf8(body).unwrap();
            // The test may be over.
            let _ = send.send(Arrived { headers, body });
        }
    });
    (url, arrived)
}

#[test]
fn c15_dev_sends_signed_messages_and_prints_the_secret_and_the_schema() {
    let (url, arrived) = application();
    let folder = tempfile::tempdir().unwrap();
    let dev = Dev::start(folder.path(), &["--listen", "127.0.0.1:0", "--sink", &url]);
    assert_eq!(dev.ready["sink"]["url"], json!(url));
    let secret = dev.ready["sink"]["secret"].as_str().unwrap();
    let secrets = [SigningSecret::parse(secret).unwrap()];
    let user = json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
        "userName": "ada@acme.example", "name": {"givenName": "Ada", "familyName": "Lovelace"},
    });
    let post = |path: &str, body: &Value| {
        let url = format!("{}{path}", dev.text("base_url"));
        let (status, made) = call("POST", &url, dev.text("token"), Some(body));
        assert_eq!(status, 201, "{made}");
        made
    };
    let made = post("/Users", &user);
    let group = json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"],
        "displayName": "Staff", "members": [{"value": made["id"]}],
    });
    post("/Groups", &group);
    for (kind, op) in [
        ("access_group.apply", "create_group"),
        ("account.apply", "create"),
    ] {
        let message = arrived.recv().unwrap();
        let timestamp = message.header("webhook-timestamp");
        let signed = Signed {
            id: message.header("webhook-id"),
            timestamp,
            signature: message.header("webhook-signature"),
        };
        let now = timestamp.parse().unwrap();
        verify(&secrets, signed, message.body.as_bytes(), now).unwrap();
        let body: Value = serde_json::from_str(&message.body).unwrap();
        assert_eq!(
            (&body["type"], &body["data"]["op"]),
            (&json!(kind), &json!(op))
        );
    }
    dev.idle();
    let (status, why) = dev.manage("GET", "/people/ada@acme.example/explain", None);
    assert_eq!(
        (status, &why["status"]),
        (200, &json!("provisioned")),
        "{why}"
    );

    let url = format!("{}/sink.schema.json", dev.text("manage_url"));
    let (status, schema) = call("GET", &url, dev.text("manage_key"), None);
    assert_eq!(
        (status, &schema["title"]),
        (200, &json!("Messages to the application"))
    );
}

#[test]
fn c15_a_sink_has_the_roles_and_a_url_that_may_be_called() {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("http://127.0.0.1:{}/sink", free_port());
    let dev = Dev::start(
        folder.path(),
        &[
            "--listen",
            "127.0.0.1:0",
            "--sink",
            &url,
            "--roles",
            "Staff",
        ],
    );
    let names: Vec<Value> = dev.list("/access-groups");
    assert_eq!(names[0]["name"], "Staff", "the roles are the application's");
    assert_eq!(dev.terminate(), Some(0));
    let output = enroll()
        .args(["dev", "--sink", &url, "--in-use", "--data"])
        .arg(folder.path())
        .output()
        .unwrap();
    let told = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{told}");
    assert!(told.contains("cannot be used with '--in-use'"), "{told}");
    let output = enroll()
        .args([
            "dev",
            "--sink",
            "ftp://app.example/",
            "--listen",
            "127.0.0.1:0",
            "--data",
        ])
        .arg(folder.path())
        .output()
        .unwrap();
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(
        told.contains("--sink: ftp://app.example/ is neither https nor http"),
        "{told}"
    );
}
