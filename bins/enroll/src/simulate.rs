//! `enroll simulate`: an identity provider (simulated from documentation) against any SCIM URL.

use std::{
    io::{self, IsTerminal as _, Write as _},
    process::ExitCode,
    time::{Duration, Instant},
};

use enroll_simulate::{Event, Options, Simulation};

use crate::{
    cli::SimulateOptions,
    report::{self, Failure},
};

/// Plays the scenario and reports; exit code 1 on any failure or difference.
pub(crate) async fn run(options: SimulateOptions) -> Result<ExitCode, Failure> {
    let settings = Options {
        users: options.users,
        groups: options.groups,
        scenario: options.scenario,
        seed: options.seed,
        ..Options::new(&options.url, &options.token)
    };
    let failed = |error: &dyn std::fmt::Display| Failure::new(error.to_string());
    let simulation = Simulation::new(options.provider, settings).map_err(|error| failed(&error))?;
    let mut progress = Progress::new();
    let played = simulation.run(|event| progress.tell(event)).await;
    progress.finish();
    let played = played.map_err(|error| failed(&error))?;
    if options.json {
        report::line(&serde_json::to_string(&played).map_err(|error| failed(&error))?);
    } else {
        report::line(played.to_string().trim_end());
    }
    Ok(if played.ok() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

/// What a person sees on standard error while it runs: one line that moves, or one line a stage.
struct Progress {
    is_terminal: bool,
    stage: String,
    answered: u64,
    shown: Instant,
}

impl Progress {
    fn new() -> Self {
        let is_terminal = io::stderr().is_terminal();
        Self {
            is_terminal,
            stage: String::new(),
            answered: 0,
            shown: Instant::now(),
        }
    }

    fn tell(&mut self, event: &Event) {
        match event {
            Event::Stage(name) => {
                name.clone_into(&mut self.stage);
                self.show(true);
            }
            Event::Answered { .. } => {
                self.answered += 1;
                self.show(false);
            }
            other => self.say(&other.to_string()),
        }
    }

    fn show(&mut self, is_stage: bool) {
        if self.is_terminal && (is_stage || self.shown.elapsed() >= REFRESH) {
            self.shown = Instant::now();
            // Nobody to show it to is no fault.
            let _ = write!(
                io::stderr(),
                "\r\x1b[2K{:>6} requests  {}",
                self.answered,
                self.stage
            );
        } else if !self.is_terminal && is_stage {
            self.say(&format!("{:>6} requests  {}", self.answered, self.stage));
        }
    }

    fn say(&self, text: &str) {
        let clear = if self.is_terminal { "\r\x1b[2K" } else { "" };
        let _ = writeln!(io::stderr(), "{clear}{text}");
    }

    fn finish(&self) {
        self.say(&format!("{:>6} requests  done", self.answered));
    }
}

const REFRESH: Duration = Duration::from_millis(100);
