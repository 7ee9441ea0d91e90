//! The built binary, started and asked like a user would.

use std::{
    io::{BufRead as _, BufReader},
    net::TcpListener,
    path::Path,
    process::{Child, Command, Output, Stdio},
};

use serde_json::Value;

/// The binary under test.
pub(crate) fn enroll() -> Command {
    Command::new(env!("CARGO_BIN_EXE_enroll"))
}

/// A running `enroll dev --json`.
pub(crate) struct Dev {
    child: Child,
    /// The line it printed when it was ready.
    pub(crate) ready: Value,
}

impl Dev {
    /// Starts it on `data` and waits until it is ready.
    pub(crate) fn start(data: &Path, arguments: &[&str]) -> Self {
        Self::with_errors_to(Stdio::null(), data, arguments)
    }

    /// Starts it, and closes its standard output and standard error when it is ready.
    pub(crate) fn start_unheard(data: &Path, arguments: &[&str]) -> Self {
        let mut dev = Self::with_errors_to(Stdio::piped(), data, arguments);
        drop((dev.child.stdout.take(), dev.child.stderr.take()));
        dev
    }

    fn with_errors_to(errors: Stdio, data: &Path, arguments: &[&str]) -> Self {
        let mut child = enroll()
            .args(["dev", "--json", "--data"])
            .arg(data)
            .args(arguments)
            .stdout(Stdio::piped())
            .stderr(errors)
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.as_mut().unwrap())
            .read_line(&mut line)
            .unwrap();
        let ready =
            serde_json::from_str(&line).unwrap_or_else(|error| panic!("{error} in {line:?}"));
        Self { child, ready }
    }

    pub(crate) fn text(&self, name: &str) -> &str {
        self.ready[name].as_str().unwrap()
    }

    /// Calls the management API below the tenant.
    pub(crate) fn manage(&self, method: &str, path: &str, body: Option<&Value>) -> (u16, Value) {
        let url = format!(
            "{}/tenants/{}{path}",
            self.text("manage_url"),
            self.text("tenant")
        );
        call(method, &url, self.text("manage_key"), body)
    }

    /// Reads a whole list of the management API, page by page.
    pub(crate) fn list(&self, path: &str) -> Vec<Value> {
        let mut items = Vec::new();
        let mut next = String::new();
        loop {
            let (status, page) = self.manage("GET", &format!("{path}?limit=50{next}"), None);
            assert_eq!(status, 200, "{page}");
            items.extend(page["items"].as_array().unwrap().iter().cloned());
            match page["next"].as_str() {
                Some(cursor) => next = format!("&after={cursor}"),
                None => return items,
            }
        }
    }

    /// Waits until the job has nothing to do.
    pub(crate) fn idle(&self) -> Value {
        for _ in 0..10 {
            let (status, state) = self.manage("GET", "/sync?wait=25", None);
            assert_eq!(status, 200, "{state}");
            if state["state"] != "running" {
                return state;
            }
        }
        panic!("the job does not come to rest");
    }

    /// Makes another integration and returns base URL and token.
    pub(crate) fn connect(&self, idp: &str) -> (String, String) {
        let body = serde_json::json!({"name": idp, "idp": idp});
        let (status, made) = self.manage("POST", "/integrations", Some(&body));
        assert_eq!(status, 201, "{made}");
        (
            made["base_url"].as_str().unwrap().to_owned(),
            made["token"].as_str().unwrap().to_owned(),
        )
    }

    /// Kills it as a power cut would.
    pub(crate) fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Asks it to stop, and returns its exit code.
    pub(crate) fn terminate(mut self) -> Option<i32> {
        let pid = self.child.id().to_string();
        assert!(
            Command::new("kill")
                .args(["-TERM", &pid])
                .status()
                .unwrap()
                .success()
        );
        self.child.wait().unwrap().code()
    }
}

impl Drop for Dev {
    fn drop(&mut self) {
        // Already gone when it was killed or terminated.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Sends one request with a bearer token and returns status and JSON.
pub(crate) fn call(method: &str, url: &str, token: &str, body: Option<&Value>) -> (u16, Value) {
    let agent: ureq::Agent = ureq::Agent::config_builder()
        .http_status_as_error(false)
        .build()
        .into();
    let request = ureq::http::Request::builder()
        .method(method)
        .uri(url)
        .header("authorization", format!("Bearer {token}"))
        .header("content-type", "application/json");
    let bytes = body
        .map(|body| serde_json::to_vec(body).unwrap())
        .unwrap_or_default();
    let mut answer = agent.run(request.body(bytes).unwrap()).unwrap();
    let text = answer.body_mut().read_to_string().unwrap();
    let value = if text.is_empty() {
        Value::Null
    } else {
        serde_json::from_str(&text).unwrap()
    };
    (answer.status().as_u16(), value)
}

/// Plays a provider to its end; the report, which must be without failure and difference.
pub(crate) fn simulate(idp: &str, url: &str, token: &str, more: &[&str]) -> Value {
    let output = play(idp, url, token, more).output().unwrap();
    report(idp, &output)
}

/// Prepares a run of a provider.
pub(crate) fn play(idp: &str, url: &str, token: &str, more: &[&str]) -> Command {
    let mut command = enroll();
    command
        .args(["simulate", idp, "--url", url, "--token", token, "--json"])
        .args(more);
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// Reads the report of a run that must have gone well.
pub(crate) fn report(idp: &str, output: &Output) -> Value {
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(
        output.status.success(),
        "{idp}: {}\n{told}",
        String::from_utf8_lossy(&output.stdout)
    );
    serde_json::from_slice(&output.stdout).unwrap()
}

/// Finds a port that is free now.
pub(crate) fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port()
}
