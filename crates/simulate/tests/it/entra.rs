//! Entra beside the plain cycles: on demand, restart, quarantine (ENTRA-59, ENTRA-64, ENTRA-65).

use std::sync::Mutex;

use enroll_simulate::{
    EntraSettings, Options, Provider, Report, Scenario, Simulation, Transport, TransportError,
};
use http::{Method, Request, Response};
use serde_json::json;

use crate::{
    block,
    fake::{Fault, Seen, Server},
    options, play,
};

const BOTH: [Provider; 2] = [Provider::Entra, Provider::EntraOptscim];

fn settings(entra: EntraSettings) -> Options {
    Options {
        entra,
        ..options(50, 3, 2)
    }
}

/// What was sent in each stage.
fn stages(
    provider: Provider,
    told: Options,
    server: &Server,
) -> (Report, Vec<(String, Vec<Seen>)>) {
    let mut from: Vec<(String, usize)> = Vec::new();
    let simulation = Simulation::new(provider, told).unwrap();
    let report = block(simulation.run_over(server, |event| {
        if let enroll_simulate::Event::Stage(name) = event {
            from.push((name.clone(), server.state().log.len()));
        }
    }));
    let log = std::mem::take(&mut server.state().log);
    let ends = from.iter().skip(1).map(|(_, at)| *at).chain([log.len()]);
    let cut = from
        .iter()
        .zip(ends)
        .map(|((name, at), end)| (name.clone(), log[*at..end].to_vec()));
    (report, cut.collect())
}

#[test]
fn entra_59_on_demand_is_one_person_and_the_next_cycle_finds_nothing_to_do() {
    for provider in BOTH {
        let server = Server::new(Fault::None);
        let told = Options {
            scenario: Scenario::Joiners,
            ..settings(EntraSettings {
                on_demand: Some(7),
                ..EntraSettings::default()
            })
        };
        let (report, stages) = stages(provider, told, &server);
        assert!(report.ok(), "{report}");
        let sent = |stage: &str| &stages.iter().find(|(name, _)| name == stage).unwrap().1;
        let kinds: Vec<_> = sent("on demand")
            .iter()
            .map(|seen| seen.method.as_str())
            .collect();
        assert_eq!(kinds, ["GET", "POST"], "{provider}");
        let created = &sent("on demand")[1].body["userName"];
        let again = |seen: &&Seen| seen.method == Method::POST && seen.body["userName"] == *created;
        assert_eq!(sent("joiners").iter().filter(again).count(), 0);
        assert_eq!(report.requests["POST /Users"], 50);
    }
}

#[test]
fn entra_59_the_flag_is_not_honoured_on_demand() {
    let server = Server::new(Fault::None);
    let told = |on_demand| Options {
        scenario: Scenario::Joiners,
        ..settings(EntraSettings {
            on_demand,
            ..EntraSettings::default()
        })
    };
    assert!(play(Provider::EntraOptscim, told(None), &server).ok());
    for user in server.state().users.values_mut() {
        user["active"] = false.into();
    }
    server.state().log.clear();
    let (report, stages) = stages(Provider::EntraOptscim, told(Some(7)), &server);
    assert!(report.ok(), "{report}");
    let sent = |stage: &str| {
        let (_, sent) = stages.iter().find(|(name, _)| name == stage).unwrap();
        let patches = sent.iter().filter(|seen| seen.method == Method::PATCH);
        let operations = patches.map(|seen| seen.body["Operations"][0].clone());
        operations
            .filter(|one| one["path"] == "active")
            .collect::<Vec<_>>()
    };
    assert_eq!(
        sent("on demand"),
        [json!({ "op": "Replace", "path": "active", "value": "True" })]
    );
    assert_eq!(sent("joiners").len(), 49);
    assert_eq!(sent("joiners")[0]["value"], true);
}

#[test]
fn entra_64_a_restart_finds_everybody_again_and_writes_nothing() {
    for provider in BOTH {
        for scenario in Scenario::ALL {
            let server = Server::new(Fault::None);
            let told = Options {
                scenario,
                users: 24,
                ..settings(EntraSettings {
                    restart: true,
                    on_demand: Some(3),
                    ..EntraSettings::default()
                })
            };
            let Ok(simulation) = Simulation::new(provider, told.clone()) else {
                continue;
            };
            drop(simulation);
            let (report, stages) = stages(provider, told, &server);
            assert!(report.ok(), "{scenario} {report}");
            let (_, sent) = stages.iter().find(|(name, _)| name == "restart").unwrap();
            assert!(!sent.is_empty());
            assert!(
                sent.iter().all(|seen| seen.method == Method::GET),
                "{provider} {scenario}"
            );
        }
    }
}

#[test]
fn a_restart_shows_a_server_that_cannot_be_searched() {
    let told = settings(EntraSettings {
        restart: true,
        ..EntraSettings::default()
    });
    let report = play(Provider::Entra, told, &Server::new(Fault::ZoneRewritten));
    let restart = report
        .failures
        .iter()
        .find(|failure| failure.request == "the restart");
    assert!(
        restart
            .unwrap()
            .detail
            .ends_with("writes, although nobody had changed"),
        "{report}"
    );
}

/// A server that answers everything with one status for a while; waiting takes no time.
struct Broken {
    server: Server,
    status: u16,
    /// From and to which request.
    span: std::ops::Range<u32>,
    count: Mutex<u32>,
}

impl Transport for Broken {
    async fn send(&self, request: Request<Vec<u8>>) -> Result<Response<Vec<u8>>, TransportError> {
        let count = {
            let mut count = self.count.lock().unwrap();
            *count += 1;
            *count
        };
        if self.span.contains(&count) {
            return Ok(Response::builder()
                .status(self.status)
                .body(Vec::new())
                .unwrap());
        }
        Ok(self.server.answer(&request))
    }

    async fn pause(&self, _: std::time::Duration) {}
}

fn broken(status: u16, span: std::ops::Range<u32>) -> Broken {
    Broken {
        server: Server::new(Fault::None),
        status,
        span,
        count: Mutex::default(),
    }
}

fn quarantined(line: &Broken, quarantine: bool) -> Report {
    let told = settings(EntraSettings {
        quarantine,
        ..EntraSettings::default()
    });
    play(Provider::Entra, told, line)
}

#[test]
fn entra_65_most_calls_fail_and_the_job_slows_down_until_they_succeed() {
    let server = Server::new(Fault::None);
    let (_, stages) = stages(Provider::Entra, settings(EntraSettings::default()), &server);
    let before = stages.iter().take_while(|(name, _)| name != "movers");
    let sent: usize = before.map(|(_, sent)| sent.len()).sum();
    let from = u32::try_from(sent).unwrap() + 1;
    // A revoked token ends a cycle at once, a bug fails it, and an outage uses patience up.
    for (status, requests) in [(401, 10), (400, 300), (503, 100)] {
        let line = broken(status, from..from + requests);
        let report = quarantined(&line, true);
        assert!(report.ok(), "{status} {report}");
        assert!(report.quarantined > 0, "{status}");
        assert_eq!(
            line.server.state().users.len(),
            49,
            "one of 50 was deleted: nobody is made twice"
        );
        let text = report.to_string();
        assert!(text.contains("cycles tried in vain"), "{text}");
    }
}

#[test]
fn entra_65_few_failures_are_no_reason_for_quarantine_and_are_told() {
    let line = broken(400, 60..70);
    let report = quarantined(&line, true);
    assert_eq!(report.quarantined, 0);
    assert!(!report.ok() && report.finished);
    assert_eq!(report.failures.iter().map(|one| one.times).sum::<u64>(), 10);
}

#[test]
fn entra_65_after_four_weeks_the_job_is_disabled() {
    let line = broken(401, 100..u32::MAX);
    let report = quarantined(&line, true);
    assert!(!report.finished && !report.ok());
    assert_eq!(
        report.quarantined, 29,
        "the cycle that failed, and 28 tries"
    );
    assert_eq!(
        report.failures.last().unwrap().detail,
        "disabled after four weeks in quarantine"
    );

    let without = quarantined(&broken(401, 100..u32::MAX), false);
    assert_eq!((without.finished, without.quarantined), (false, 0));
    assert_eq!(without.failures.last().unwrap().status, Some(401));
}
