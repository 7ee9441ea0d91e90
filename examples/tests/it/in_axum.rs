//! An application that embeds us is stopped and started again, and knows its people.

use std::{
    io::{BufRead as _, BufReader, Read as _},
    path::Path,
    process::{Child, ChildStdout, Command, Stdio},
};

use serde_json::{Value, json};
use tempfile::TempDir;
use ureq::{Agent, http::Request};

use crate::example;

/// The example as a process of its own.
struct App {
    process: Child,
    lines: BufReader<ChildStdout>,
    scim: String,
}

/// What its first start told Okta: the path below `/scim`, and the token.
struct Okta {
    path: String,
    token: String,
}

impl App {
    fn start(folder: &Path) -> Self {
        let mut process = example("in_axum")
            .current_dir(folder)
            .env_remove("ENROLL_EXAMPLE_ONCE")
            .env("DATABASE_URL", "sqlite:people.db")
            .env("LISTEN", "127.0.0.1:0")
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = BufReader::new(process.stdout.take().unwrap());
        let scim = String::new();
        let mut app = Self {
            process,
            lines,
            scim,
        };
        let line = app.line();
        line.strip_prefix("SCIM is at ")
            .unwrap()
            .clone_into(&mut app.scim);
        app
    }

    /// Reads the next line it prints; the end of the process is the end of the test.
    fn line(&mut self) -> String {
        let mut line = String::new();
        assert_ne!(self.lines.read_line(&mut line).unwrap(), 0, "it has ended");
        line.trim_end().to_owned()
    }

    /// Reads what is told at the first start.
    fn okta(&mut self) -> Okta {
        let line = self.line();
        let (url, token) = line.split_once(", token ").unwrap();
        let url = url.strip_prefix("base URL ").unwrap();
        Okta {
            path: url.strip_prefix(&self.scim).unwrap().to_owned(),
            token: token.to_owned(),
        }
    }

    fn ask(&self, okta: &Okta, method: &str, path: &str, body: &Value) -> (u16, Value) {
        let request = Request::builder()
            .method(method)
            .uri(format!("{}{}{path}", self.scim, okta.path))
            .header("authorization", format!("Bearer {}", okta.token))
            .header("content-type", "application/scim+json");
        let agent = Agent::config_builder()
            .http_status_as_error(false)
            .allow_non_standard_methods(true)
            .build()
            .new_agent();
        let body = if body.is_null() {
            String::new()
        } else {
            body.to_string()
        };
        let mut answer = agent.run(request.body(body).unwrap()).unwrap();
        let text = answer.body_mut().read_to_string().unwrap();
        let body = serde_json::from_str(&text).unwrap_or(Value::Null);
        (answer.status().as_u16(), body)
    }

    /// Finds a user by name.
    fn find(&self, okta: &Okta, name: &str) -> Value {
        let path = format!("/Users?filter=userName+eq+%22{name}%22");
        let (status, found) = self.ask(okta, "GET", &path, &Value::Null);
        assert_eq!(
            (status, &found["totalResults"]),
            (200, &json!(1)),
            "{found}"
        );
        found["Resources"][0].clone()
    }

    /// Presses Ctrl-C, and waits for a good end; returns what was printed until then.
    fn stop(mut self) -> Vec<String> {
        let kill = Command::new("kill")
            .args(["-INT", &self.process.id().to_string()])
            .status();
        assert!(kill.unwrap().success());
        let lines = self.lines.by_ref().lines().map(Result::unwrap).collect();
        assert!(self.process.wait().unwrap().success());
        lines
    }
}

impl Drop for App {
    fn drop(&mut self) {
        // Already gone when it was stopped.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn user(name: &str) -> Value {
    json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
        "userName": name,
        "name": {"givenName": "Ada", "familyName": "Lovelace"},
        "emails": [{"value": name, "type": "work", "primary": true}],
    })
}

/// Issue 2: really restarted, it finds its people again; the same token opens it, and no second
/// integration was made.
#[test]
fn people_are_there_after_a_restart() {
    let folder = TempDir::new().unwrap();
    let mut app = App::start(folder.path());
    let okta = app.okta();
    let (status, ada) = app.ask(&okta, "POST", "/Users", &user("ada@acme.example"));
    assert_eq!(status, 201, "{ada}");
    let group = json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"],
        "displayName": "Engines",
        "members": [{"value": ada["id"]}],
    });
    let (status, group) = app.ask(&okta, "POST", "/Groups", &group);
    assert_eq!(status, 201, "{group}");
    // The application hears of her as soon as the changes have settled.
    let told = app.line();
    assert!(told.starts_with("ada@acme.example: Some("), "{told}");
    assert!(told.contains("active: true"), "{told}");
    app.stop();

    let app = App::start(folder.path());
    let again = app.find(&okta, "ADA@acme.example");
    assert_eq!(
        (&again["id"], &again["meta"]["version"]),
        (&ada["id"], &ada["meta"]["version"])
    );
    assert_eq!(again["groups"][0]["value"], group["id"]);
    let (status, refused) = app.ask(&okta, "POST", "/Users", &user("Ada@acme.example"));
    assert_eq!((status, &refused["scimType"]), (409, &json!("uniqueness")));
    let (status, bob) = app.ask(&okta, "POST", "/Users", &user("bob@acme.example"));
    assert_eq!(status, 201, "{bob}");
    let printed = app.stop();
    assert!(
        !printed.iter().any(|line| line.contains("token")),
        "{printed:?}"
    );
}

/// Who killed it between two requests loses nothing that was answered.
#[test]
fn people_are_there_after_a_crash() {
    let folder = TempDir::new().unwrap();
    let mut app = App::start(folder.path());
    let okta = app.okta();
    let names: Vec<_> = (0..20)
        .map(|number| format!("u{number}@acme.example"))
        .collect();
    for name in &names {
        assert_eq!(app.ask(&okta, "POST", "/Users", &user(name)).0, 201);
    }
    app.process.kill().unwrap();
    app.process.wait().unwrap();
    drop(app);

    let app = App::start(folder.path());
    for name in &names {
        assert_eq!(app.find(&okta, name)["userName"], **name);
    }
    app.stop();
}

/// The application's own routes, and nobody without the token.
#[test]
fn it_is_one_application() {
    let folder = TempDir::new().unwrap();
    let mut app = App::start(folder.path());
    let okta = app.okta();
    let own = app.scim.strip_suffix("scim").unwrap();
    let text = ureq::get(own).call().unwrap().body_mut().read_to_string();
    assert_eq!(text.unwrap(), "the application itself");
    let stranger = Okta {
        token: "stranger".to_owned(),
        ..okta
    };
    let (status, body) = app.ask(&stranger, "GET", "/Users", &Value::Null);
    assert_eq!((status, &body["status"]), (401, &json!("401")));
    app.stop();
}

/// With nobody there to press Ctrl-C, it starts, connects and ends.
#[test]
fn it_ends_by_itself_when_asked_to() {
    let folder = TempDir::new().unwrap();
    let output = example("in_axum")
        .current_dir(folder.path())
        .env("ENROLL_EXAMPLE_ONCE", "1")
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    assert!(String::from_utf8_lossy(&output.stdout).contains("base URL http://127.0.0.1:"));
    assert!(folder.path().join("enroll.db").is_file());
}
