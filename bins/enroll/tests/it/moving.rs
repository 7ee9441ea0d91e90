//! Moving in from a stranger's server, while a provider is at work (issue 3.8).
//!
//! The stranger is `scim2-server` from PyPI, in an environment of Python's own below `target`.

use std::{
    fs,
    net::TcpStream,
    path::{Path, PathBuf},
    process::{Child, Command, Output, Stdio},
    sync::OnceLock,
};

use enroll_simulate::{
    Event, Http, Moving, Options, Provider, Report, Scenario, Simulation, Transport, TransportError,
};
use serde_json::Value;

use crate::harness::{Dev, call, enroll, free_port};

/// The version whose answers were read when this was written.
const STRANGER: &str = "scim2-server==0.8.3";
const MODELS: &str = "scim2-models==0.12.3";
/// The stranger's token, which the provider keeps.
const TOKEN: &str = "a-token-of-the-stranger";

/// A running stranger.
struct Stranger {
    child: Child,
    url: String,
}

impl Stranger {
    fn start() -> Self {
        let port = free_port();
        let child = Command::new(program("scim2-server"))
            .args(["--bearer-token", TOKEN, "--port", &port.to_string()])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut stranger = Self {
            child,
            url: format!("http://127.0.0.1:{port}"),
        };
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            let gone = stranger.child.try_wait().unwrap();
            assert!(gone.is_none(), "scim2-server does not start: {gone:?}");
            std::thread::yield_now();
        }
        stranger
    }
}

impl Drop for Stranger {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Returns a program of the environment, which is made the first time.
fn program(name: &str) -> PathBuf {
    static ENVIRONMENT: OnceLock<PathBuf> = OnceLock::new();
    let place = ENVIRONMENT.get_or_init(|| {
        let place = Path::new(env!("CARGO_TARGET_TMPDIR")).join(STRANGER);
        if !place.join("ready").exists() {
            run(Command::new("python3").args(["-m", "venv"]).arg(&place));
            let pip = place.join("bin").join("pip");
            run(Command::new(pip).args(["install", "--quiet", STRANGER, MODELS]));
            fs::write(place.join("ready"), "").unwrap();
        }
        place
    });
    place.join("bin").join(name)
}

/// As the help of the command says.
fn sha256(text: &str) -> String {
    let words = ["-c", "printf %s \"$0\" | sha256sum", text];
    let output = Command::new("sh").args(words).output().unwrap();
    let told = String::from_utf8(output.stdout).unwrap();
    told.split(' ').next().unwrap().to_owned()
}

fn run(command: &mut Command) {
    let output = command.output();
    let output = output.unwrap_or_else(|error| panic!("{command:?}: {error}"));
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?}: {told}");
}

/// Plain HTTP to both servers; the stranger refuses an extension that Entra names without using it.
struct Line(Http);

impl Transport for Line {
    async fn send(
        &self,
        request: http::Request<Vec<u8>>,
    ) -> Result<http::Response<Vec<u8>>, TransportError> {
        let (parts, body) = request.into_parts();
        let to_us = parts.uri.path().starts_with("/scim/");
        let body = match String::from_utf8(body) {
            Ok(text) if !to_us => without_extension(&text).into_bytes(),
            Ok(text) => text.into_bytes(),
            Err(error) => error.into_bytes(),
        };
        self.0.send(http::Request::from_parts(parts, body)).await
    }
}

fn without_extension(body: &str) -> String {
    let named = "\"http://schemas.microsoft.com/2006/11/ResourceManagement/ADSCIM/2.0/Group\"";
    body.replace(&format!(",{named}"), "")
        .replace(&format!("{named},"), "")
}

/// Where an integration of a running server is, for the commands.
struct Place<'a> {
    dev: &'a Dev,
    integration: String,
}

impl Place<'_> {
    fn command(&self, words: &[&str]) -> Output {
        let url = self.dev.text("manage_url");
        let at = ["--url", url, "--key", self.dev.text("manage_key"), "--json"];
        let which = ["--tenant", self.dev.text("tenant"), "--integration"];
        enroll()
            .args(words)
            .args(at)
            .args(which)
            .arg(&self.integration)
            .env_remove("ENROLL_SOURCE_TOKEN")
            .output()
            .unwrap()
    }

    /// Imports, and returns the report of what must have gone well.
    fn import(&self, from: &str) -> Value {
        let words = ["integration", "import", "--from", from, "--token", TOKEN];
        let output = self.command(&words);
        let told = String::from_utf8_lossy(&output.stderr);
        assert!(!told.contains(TOKEN), "{told}");
        assert!(
            output.status.success(),
            "{told}{}",
            String::from_utf8_lossy(&output.stdout)
        );
        serde_json::from_slice(&output.stdout).unwrap()
    }

    fn export(&self) -> String {
        let output = self.command(&["integration", "export"]);
        assert!(output.status.success(), "{output:?}");
        String::from_utf8(output.stdout).unwrap()
    }
}

/// Makes an integration, and returns it with its base URL.
fn connect<'a>(dev: &'a Dev, idp: &str) -> (Place<'a>, String) {
    let body = serde_json::json!({"name": idp, "idp": idp});
    let (status, made) = dev.manage("POST", "/integrations", Some(&body));
    assert_eq!(status, 201, "{made}");
    let text = |name: &str| made[name].as_str().unwrap().to_owned();
    let integration = text("id");
    (Place { dev, integration }, text("base_url"))
}

/// Plays a story whose second half goes to us.
fn play(provider: Provider, stranger: &Stranger, place: &Place<'_>, base: &str) -> Report {
    let carry = || {
        let digest = sha256(TOKEN);
        let taken = place.command(&["token", "import", "--sha256", &digest]);
        assert!(taken.status.success(), "{taken:?}");
        let first = place.import(&stranger.url);
        assert_eq!(first["same"], 0, "{first}");
        assert!(first["created"].as_u64().unwrap() > 12, "{first}");
        // Again: nothing, and nothing is different.
        let again = place.import(&stranger.url);
        assert_eq!(again["created"], 0, "{again}");
        assert_eq!(again["updated"], 0, "{again}");
        assert_eq!(again["same"], first["created"], "{again}");
        Ok(base.to_owned())
    };
    let line = Moving::new(Line(Http::new(base).unwrap()), &stranger.url, carry);
    let options = Options {
        users: 25,
        groups: 4,
        scenario: Scenario::JoinersMoversLeavers,
        ..Options::new(&stranger.url, TOKEN)
    };
    let simulation = Simulation::new(provider, options).unwrap();
    let mut stages = 0;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .unwrap();
    let report = runtime.block_on(simulation.run_over(&line, |event| {
        if matches!(event, Event::Stage(_)) {
            stages += 1;
            // The connection test, the first cycle; then the move.
            if stages == 3 {
                line.depart();
            }
        }
    }));
    assert_eq!(line.moved_to().as_deref(), Some(base));
    report
}

#[track_caller]
fn check(provider: Provider, idp: &str) {
    let (stranger, data) = (Stranger::start(), tempfile::tempdir().unwrap());
    let dev = Dev::start(data.path(), &["--listen", "127.0.0.1:0"]);
    let (place, base) = connect(&dev, idp);
    let report = play(provider, &stranger, &place, &base);
    assert!(report.finished, "{report}");
    assert!(report.failures.is_empty(), "{report}");
    assert!(report.differences.is_empty(), "{report}");
    assert_eq!(report.second_cycle_writes, 0, "{report}");

    // Nobody is there twice, and everybody under the id that the provider remembers.
    let (status, list) = call("GET", &format!("{base}/Users?count=100"), TOKEN, None);
    assert_eq!(status, 200, "{list}");
    let users = list["Resources"].as_array().unwrap();
    let of = |name: &str| -> Vec<String> {
        let texts = users
            .iter()
            .map(|user| user[name].as_str().unwrap().to_lowercase());
        let mut texts: Vec<_> = texts.collect();
        texts.sort();
        texts
    };
    for name in ["id", "userName"] {
        let (all, mut once) = (of(name), of(name));
        once.dedup();
        assert_eq!(all, once);
    }
    for person in &report.meant.active {
        let id = person.id.as_ref().unwrap();
        assert!(
            users.iter().any(|user| user["id"] == id.as_str()),
            "{person:?}"
        );
    }

    // Out, and into another directory: the same.
    let lines = place.export();
    let file = data.path().join("export.ndjson");
    fs::write(&file, &lines).unwrap();
    let (other, _) = connect(&dev, idp);
    let told = other.import(file.to_str().unwrap());
    assert_eq!(told["differences"].as_array().unwrap().len(), 0, "{told}");
    assert_eq!(told["refused"], 0, "{told}");
    assert!(told["created"].as_u64().unwrap() > 20, "{told}");
}

#[test]
fn okta_moves_in_the_middle_of_its_story() {
    check(Provider::Okta, "okta");
}

#[test]
fn entra_moves_in_the_middle_of_its_story() {
    check(Provider::Entra, "entra");
}

#[test]
fn an_import_that_is_killed_is_run_again() {
    let data = tempfile::tempdir().unwrap();
    let dev = Dev::start(data.path(), &["--listen", "127.0.0.1:0"]);
    let (place, _) = connect(&dev, "auto");
    let file = data.path().join("many.ndjson");
    let line = |n: usize| {
        format!(
            "{{\"id\":\"u{n}\",\"userName\":\"u{n}\",\"meta\":{{\"resourceType\":\"User\",\
             \"created\":\"2020-01-01T00:00:00Z\"}}}}\n"
        )
    };
    fs::write(&file, (0..3_000).map(line).collect::<String>()).unwrap();
    let from = file.to_str().unwrap();
    let mut child = enroll()
        .args(["integration", "import", "--from", from, "--url"])
        .arg(dev.text("manage_url"))
        .args([
            "--key",
            dev.text("manage_key"),
            "--tenant",
            dev.text("tenant"),
        ])
        .args(["--integration", &place.integration])
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // It tells of its first chunk; then it is killed.
    let mut told = std::io::BufReader::new(child.stderr.take().unwrap());
    std::io::BufRead::read_line(&mut told, &mut String::new()).unwrap();
    child.kill().unwrap();
    child.wait().unwrap();

    let told = place.import(from);
    let (created, same) = (
        told["created"].as_u64().unwrap(),
        told["same"].as_u64().unwrap(),
    );
    assert_eq!(created + same, 3_000, "{told}");
    assert!(same >= 500, "{told}");
    assert_eq!(told["differences"].as_array().unwrap().len(), 0, "{told}");
}
