//! Every scenario of every simulated provider, with a `kill -9` of the server in the middle of each.
//!
//! Where the server dies is counted in answers and chosen by the seed: in which phase of the story,
//! after how many answers, and how much of the next exchange it lives to see.

use std::{
    any::Any,
    collections::VecDeque,
    fmt,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Mutex,
    thread,
};

use enroll_simulate::{Event, Options, Provider, Report, Scenario, Simulation};
use serde_json::{Value, json};

use crate::{
    applied,
    harness::Dev,
    mortal::{Blow, Line, Moment, start},
};

/// How many servers are played against at the same time.
const LANES: usize = 3;
const USERS: usize = 12;
const GROUPS: usize = 3;
/// The longest a request is on its way when the server is killed, in turns of the runtime.
const TURNS_MAX: usize = 1_024;

/// One play: who, what, and where the server is killed.
#[derive(Clone, Copy)]
struct Pair {
    provider: Provider,
    scenario: Scenario,
    seed: u64,
}

impl Pair {
    /// Lists all pairs, each with a seed of its own.
    fn all() -> Vec<Self> {
        let of = |scenario: Scenario| {
            let players = scenario.players();
            players.map(move |provider| (provider, scenario))
        };
        let pairs = Scenario::ALL.into_iter().flat_map(of);
        let numbered = (1..).zip(pairs);
        let pair = |(seed, (provider, scenario))| Self {
            provider,
            scenario,
            seed,
        };
        numbered.map(pair).collect()
    }

    /// The dialect of the integration: every second provider is a stranger.
    fn dialect(self) -> &'static str {
        match self.provider {
            _ if self.seed.is_multiple_of(2) => "auto",
            Provider::OktaWizard => "okta",
            Provider::EntraOptscim => "entra",
            other => other.name(),
        }
    }

    /// A loss is applied at once, for the clocks of E-02 are not what is tried here; and for every
    /// second two the job is at work on all that comes when the server is killed.
    fn policy(self) -> Value {
        match self.seed / 2 % 2 {
            0 => json!({"regroup_grace": "0s", "settle": "0s"}),
            _ => json!({"regroup_grace": "0s"}),
        }
    }

    fn simulation(self, dev: &Dev) -> Simulation {
        let options = Options {
            users: USERS,
            groups: GROUPS,
            scenario: self.scenario,
            seed: self.seed,
            ..Options::new(dev.text("base_url"), dev.text("token"))
        };
        Simulation::new(self.provider, options).unwrap()
    }

    fn blow(self, phases: usize) -> Blow {
        let mut rest = usize::try_from(mixed(self.seed)).unwrap();
        let mut choose = |of: usize| {
            let chosen = rest % of;
            rest /= of;
            chosen
        };
        let stage = 1 + choose(phases);
        // Everybody comes in the first phase, some change in the others.
        let answers = choose(if stage == 1 { 40 } else { 8 });
        let moment = match choose(3) {
            0 => Moment::Between,
            1 => Moment::OnTheWay(1 + choose(TURNS_MAX)),
            _ => Moment::Answered,
        };
        Blow {
            stage,
            answers,
            moment,
        }
    }
}

/// Splitmix64: neighbouring seeds are killed in places which have nothing to do with each other.
fn mixed(seed: u64) -> u64 {
    let mut mixed = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}

impl fmt::Display for Pair {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            provider,
            scenario,
            seed,
        } = self;
        write!(f, "{provider} {scenario} (seed {seed})")
    }
}

/// Plays one pair; what was wrong, if anything.
fn play(pair: Pair) -> Vec<String> {
    let folder = tempfile::tempdir().unwrap();
    let dev = start(folder.path(), &["--idp", pair.dialect()]);
    let (status, policy) = dev.manage("PATCH", "/policy", Some(&pair.policy()));
    assert_eq!(status, 200, "{policy}");
    let simulation = pair.simulation(&dev);
    let line = Line::new(folder.path(), dev, pair.blow(simulation.phases()));
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let report = runtime.block_on(simulation.run_over(&line, |event| {
        if matches!(event, Event::Stage(_)) {
            line.enter_stage();
        }
    }));
    let (dev, kills) = line.end();
    let mut wrong = at_the_server(&report, kills);
    let token = dev.text("token").to_owned();
    wrong.extend(applied::differences(&dev, &token, &report));
    wrong
}

fn at_the_server(report: &Report, kills: usize) -> Vec<String> {
    let mut wrong = Vec::new();
    if !report.ok() {
        wrong.push(report.to_string());
    }
    if kills != 1 || report.retries == 0 {
        wrong.push(format!("{kills} kills, {} retries", report.retries));
    }
    wrong
}

/// Says how the play is seen again.
fn told(pair: Pair, wrong: &[String]) -> String {
    let Pair {
        provider,
        scenario,
        seed,
    } = pair;
    let nowhere = Options {
        scenario,
        ..Options::new("http://127.0.0.1:9", "t")
    };
    let blow = pair.blow(Simulation::new(provider, nowhere).unwrap().phases());
    format!(
        "{pair}, dialect {}, killed in {blow}:\n{}\n\
         again: ENROLL_KILL=\"{provider} {scenario}\" cargo test -p enroll-server --test it kill9\n\
         by hand: enroll dev --data D --idp {}, and then enroll simulate {provider} --scenario {scenario} \
         --users {USERS} --groups {GROUPS} --seed {seed} --url … --token …; kill -9 there, and start it again",
        pair.dialect(),
        wrong.join("\n"),
        pair.dialect(),
    )
}

fn words(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().cloned();
    let text = text.or_else(|| panic.downcast_ref::<&str>().map(ToString::to_string));
    text.unwrap_or_else(|| "a panic without words".to_owned())
}

#[test]
fn every_scenario_of_every_provider_survives_a_kill_9_in_its_middle() {
    let only = std::env::var("ENROLL_KILL").ok();
    let wanted = |pair: &Pair| {
        let name = format!("{} {}", pair.provider, pair.scenario);
        only.as_ref().is_none_or(|only| *only == name)
    };
    let pairs: VecDeque<Pair> = Pair::all().into_iter().filter(wanted).collect();
    let count = pairs.len();
    assert!(
        count >= if only.is_some() { 1 } else { 150 },
        "only {count}"
    );
    let (queue, wrong) = (Mutex::new(pairs), Mutex::new(Vec::new()));
    thread::scope(|scope| {
        for _ in 0..LANES {
            scope.spawn(|| {
                loop {
                    let next = queue.lock().unwrap().pop_front();
                    let Some(pair) = next else { break };
                    let found = catch_unwind(AssertUnwindSafe(|| play(pair)))
                        .unwrap_or_else(|panic| vec![words(&*panic)]);
                    if !found.is_empty() {
                        wrong.lock().unwrap().push(told(pair, &found));
                    }
                }
            });
        }
    });
    let wrong = wrong.into_inner().unwrap();
    assert!(
        wrong.is_empty(),
        "{} of {count} plays:\n\n{}",
        wrong.len(),
        wrong.join("\n\n")
    );
}
