//! Lets schemathesis, a stranger's program from PyPI, read `/v1/openapi.json` of a server that runs and
//! try to make its answers differ from it.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use serde_json::Value;

use crate::Failure;
use crate::command::{Tally, cargo_step, run_for};
use crate::scratch::Scratch;
use crate::workspace::Workspace;

pub(crate) fn run(workspace: &Workspace, _tally: &mut Tally) -> Result<(), Failure> {
    cargo_step(
        workspace,
        &["build", "--locked", "--package", "enroll-server"],
        &[],
    )?;
    let stranger = stranger(&workspace.target)?;
    let folder = Scratch::new("api")?;
    let server = Server::start(&workspace.debug().join("enroll"), folder.path())?;
    server.furnish()?;
    let config = folder.path().join("schemathesis.toml");
    fs::write(&config, CONFIG).map_err(|error| error.to_string())?;
    let origin = server.text("manage_url").trim_end_matches("/v1").to_owned();
    let mut command = Command::new(stranger);
    command
        .current_dir(folder.path())
        .arg("--config-file")
        .arg(&config)
        .args([
            "run",
            &format!("{origin}/v1/openapi.json"),
            "--url",
            &origin,
        ])
        .args([
            "--header",
            &format!("Authorization: Bearer {}", server.text("manage_key")),
        ])
        .args(WORDS);
    run_for(&mut command, DEADLINE)
}

/// Returns schemathesis, which pip puts into an environment of its own below `target`.
fn stranger(target: &Path) -> Result<PathBuf, Failure> {
    let place = target.join("python").join(VERSION.replace("==", "-"));
    let program = place.join("bin").join("schemathesis");
    if !program.exists() {
        run_for(
            Command::new("python3").args(["-m", "venv"]).arg(&place),
            INSTALL,
        )?;
        let mut pip = Command::new(place.join("bin").join("pip"));
        run_for(pip.args(["install", "--quiet", VERSION]), INSTALL)?;
    }
    Ok(program)
}

/// A server of `enroll dev` that runs until its value goes away.
struct Server {
    child: Child,
    program: PathBuf,
    ready: Value,
}

impl Server {
    fn start(program: &Path, folder: &Path) -> Result<Self, Failure> {
        let mut child = Command::new(program)
            .args(["dev", "--json", "--listen", "127.0.0.1:0", "--data"])
            .arg(folder.join("data"))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .map_err(|error| format!("cannot run `enroll dev`: {error}"))?;
        let mut line = String::new();
        if let Some(stdout) = child.stdout.take() {
            // A server that ends instead gives an empty line.
            let _ = BufReader::new(stdout).read_line(&mut line);
        }
        let ready = serde_json::from_str(&line).unwrap_or_default();
        let server = Self {
            child,
            program: program.to_owned(),
            ready,
        };
        if server.text("manage_key").is_empty() {
            return Err(format!(
                "`enroll dev` printed {line:?} instead of where it is"
            ));
        }
        Ok(server)
    }

    fn text(&self, name: &str) -> &str {
        self.ready
            .get(name)
            .and_then(Value::as_str)
            .unwrap_or_default()
    }

    /// Lets a simulated provider bring people and groups, so that lists are not empty.
    fn furnish(&self) -> Result<(), Failure> {
        let mut simulate = Command::new(&self.program);
        simulate
            .args(["simulate", "okta", "--url", self.text("base_url")])
            .args([
                "--token",
                self.text("token"),
                "--users",
                "3",
                "--groups",
                "1",
            ]);
        run_for(&mut simulate, DEADLINE)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Gone already when it failed.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

const VERSION: &str = "schemathesis==4.32.5";

/// The tenant and the integration of `enroll dev`, so that answers are more than 404; long polls are
/// not waited for. That values must also have a meaning (a known zone, a cursor that was given) no
/// schema says, so what fits a schema may still be refused.
const CONFIG: &str = r#"
parameters = { "path.t" = "demo", "path.i" = "int_demo", "query.wait" = 0, "query.tenant" = "demo" }
[checks]
positive_data_acceptance.enabled = false
"#;

/// The same requests each time, at most so long; bodies that are lines of JSON it cannot write.
const WORDS: &[&str] = &[
    "--exclude-path-regex=/(import|pages)$",
    "--phases=coverage,fuzzing",
    "--generation-deterministic",
    "--max-examples=3",
    "--workers=1",
    "--max-time=50",
    "--no-color",
];
const DEADLINE: Duration = Duration::from_secs(90);
const INSTALL: Duration = Duration::from_mins(5);
