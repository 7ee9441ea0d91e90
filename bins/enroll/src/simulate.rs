//! `enroll simulate`: an identity provider (simulated from documentation) against any SCIM URL.

use std::{
    fs,
    io::{self, IsTerminal as _, Write as _},
    process::ExitCode,
    time::{Duration, Instant},
};

use enroll_simulate::{
    EntraSettings, Event, OktaSettings, OneLoginSettings, Options, Provider, Simulation, Template,
};

use crate::{
    cli::{OneLoginOptions, SimulateOptions, Switch},
    report::{self, Failure},
};

/// Plays the scenario and reports; exit code 1 on any failure or difference.
pub(crate) async fn run(options: SimulateOptions) -> Result<ExitCode, Failure> {
    let settings = settings(&options)?;
    let simulation = Simulation::new(options.provider, settings).map_err(|error| failed(&error))?;
    let simulation = part(simulation, &options)?;
    let mut progress = Progress::new();
    let played = simulation.run(|event| progress.tell(event)).await;
    progress.finish();
    let played = played.map_err(|error| failed(&error))?;
    if let Some(path) = &options.memory {
        let memory = serde_json::to_vec(&simulation.memory()).map_err(|error| failed(&error))?;
        fs::write(path, memory).map_err(|error| Failure::io("write", path, &error))?;
    }
    if options.json {
        report::line(&serde_json::to_string(&played).map_err(|error| failed(&error))?);
    } else {
        let told = played.to_string();
        let told = told.trim_end();
        // The last line is a verdict, and nothing was looked at yet.
        let body = told.rsplit_once('\n').filter(|_| played.ok());
        match body.filter(|_| options.stop_after.is_some()) {
            Some((body, _)) => report::line(&format!("{body}\nstopped: nothing is verified yet")),
            None => report::line(told),
        }
    }
    Ok(if played.ok() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

/// Plays the part of the story that is asked for.
fn part(simulation: Simulation, options: &SimulateOptions) -> Result<Simulation, Failure> {
    let simulation = match &options.memory {
        Some(path) if path.exists() => {
            let memory = fs::read(path).map_err(|error| Failure::io("read", path, &error))?;
            let memory = serde_json::from_slice(&memory)
                .map_err(|error| Failure::new(format!("{}: {error}", path.display())))?;
            simulation.resume(memory)
        }
        _ => simulation,
    };
    Ok(match options.stop_after {
        Some(phases) => simulation.stop_after(phases),
        None => simulation,
    })
}

fn failed(error: &dyn std::fmt::Display) -> Failure {
    Failure::new(error.to_string())
}

fn settings(options: &SimulateOptions) -> Result<Options, Failure> {
    no_strangers(options)?;
    Ok(Options {
        users: options.users,
        groups: options.groups,
        scenario: options.scenario,
        seed: options.seed,
        faults: options.faults,
        onelogin: onelogin(&options.onelogin)?,
        entra: EntraSettings {
            on_demand: options.entra.on_demand,
            restart: options.entra.restart,
            quarantine: options.entra.quarantine,
        },
        okta: OktaSettings {
            push_now: options.okta.push_now,
            unlink: options.okta.unlink,
            import: options.okta.import,
        },
        ..Options::new(&options.url, &options.token)
    })
}

/// Refuses the settings of another provider: they would do nothing.
fn no_strangers(options: &SimulateOptions) -> Result<(), Failure> {
    use Provider::{Entra, EntraOptscim, Okta, OktaWizard, OneLogin};
    let (onelogin, entra, okta) = (&options.onelogin, &options.entra, &options.okta);
    let given: [(bool, &str, &[Provider]); 10] = [
        (onelogin.template.is_some(), "--template", &[OneLogin]),
        (
            onelogin.groups_parameter.is_some(),
            "--groups-parameter",
            &[OneLogin],
        ),
        (onelogin.on_remove.is_some(), "--on-remove", &[OneLogin]),
        (onelogin.approval.is_some(), "--approval", &[OneLogin]),
        (
            entra.on_demand.is_some(),
            "--on-demand",
            &[Entra, EntraOptscim],
        ),
        (entra.restart, "--restart", &[Entra, EntraOptscim]),
        (entra.quarantine, "--quarantine", &[Entra, EntraOptscim]),
        (okta.push_now, "--push-now", &[Okta, OktaWizard]),
        (okta.unlink, "--unlink", &[Okta, OktaWizard]),
        (okta.import, "--import", &[Okta, OktaWizard]),
    ];
    let provider = options.provider;
    let stranger = given
        .iter()
        .find(|(is_given, _, owners)| *is_given && !owners.contains(&provider));
    match stranger {
        None => Ok(()),
        Some((_, flag, owners)) => {
            let owners: Vec<_> = owners.iter().map(|owner| owner.name()).collect();
            let owners = owners.join(" and ");
            Err(Failure::new(format!(
                "{flag} is a setting of {owners}, not of {provider}"
            )))
        }
    }
}

fn onelogin(options: &OneLoginOptions) -> Result<OneLoginSettings, Failure> {
    let template = options.template.as_ref().map(|file| {
        let name = file.display();
        let text = std::fs::read_to_string(file)
            .map_err(|error| Failure::new(format!("cannot read {name}: {error}")))?;
        text.parse::<Template>()
            .map_err(|error| Failure::new(format!("{name}: {error}")))
    });
    let usual = OneLoginSettings::default();
    Ok(OneLoginSettings {
        template: template.transpose()?,
        groups_parameter: options.groups_parameter != Some(Switch::Off),
        on_remove: options.on_remove,
        approval: options.approval.unwrap_or(usual.approval),
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
