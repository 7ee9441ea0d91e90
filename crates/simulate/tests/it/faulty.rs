//! Lines on which requests and answers go wrong: every provider ends with no difference.

use std::time::Duration;

use enroll_simulate::{
    FAULTS_PERCENT_MAX, Faults, Faulty, Options, Provider, Report, Scenario, Simulation, Transport,
    TransportError,
};
use http::{Method, Request, Response};

use crate::{
    block,
    fake::{Fault, Server},
    options, play,
};

/// The fake server, on which waiting takes no time.
struct Patient<'a>(&'a Server);

impl Transport for Patient<'_> {
    async fn send(&self, request: Request<Vec<u8>>) -> Result<Response<Vec<u8>>, TransportError> {
        Ok(self.0.answer(&request))
    }

    async fn pause(&self, time: Duration) {
        assert!(
            time <= Duration::from_secs(5),
            "{time:?}: no fault asks for more"
        );
    }
}

#[track_caller]
fn check(provider: Provider, told: Options) -> Report {
    let server = Server::new(Fault::None);
    let report = play(provider, told, &Patient(&server));
    assert!(report.ok(), "{report}");
    let state = server.state();
    let deleted = |people: &[enroll_simulate::RosterPerson]| {
        people
            .iter()
            .filter(|one| one.standing == "deleted")
            .count()
    };
    let meant = &report.meant;
    let there = meant.active.len() + meant.left.len() - deleted(&meant.left);
    assert_eq!(state.users.len(), there, "nobody is made twice");
    assert_eq!(
        state.groups.len(),
        meant.groups.len(),
        "no group is made twice"
    );
    drop(state);
    report
}

#[test]
fn every_provider_ends_with_no_difference_under_faults() {
    for provider in Provider::ALL {
        for faults in [5, 20, FAULTS_PERCENT_MAX] {
            for seed in [1, 2] {
                let told = Options {
                    faults,
                    ..options(20, 3, seed)
                };
                let report = check(provider, told);
                assert!(faults == 5 || report.retries > 0);
            }
        }
    }
}

#[test]
fn every_scenario_ends_with_no_difference_under_faults() {
    for provider in Provider::ALL {
        for scenario in Scenario::ALL {
            let told = Options {
                faults: 25,
                scenario,
                ..options(16, 3, 6)
            };
            if Simulation::new(provider, told.clone()).is_ok() {
                check(provider, told);
            }
        }
    }
}

#[test]
fn every_kind_of_fault_happens_and_is_counted() {
    let server = Server::new(Fault::None);
    let line = Faulty::new(
        Patient(&server),
        Faults {
            percent: 30,
            seed: 4,
        },
    );
    let report = play(Provider::Entra, options(100, 3, 1), &line);
    assert!(report.ok(), "{report}");
    let dealt = line.dealt();
    let kinds = [
        dealt.requests_lost,
        dealt.answers_lost,
        dealt.late,
        dealt.too_many,
        dealt.unavailable,
    ];
    assert!(kinds.iter().all(|count| *count > 10), "{dealt:?}");
    assert_eq!(dealt.total(), kinds.iter().sum::<u64>());
    let asked: u64 = report.requests.values().sum();
    let seen = u64::try_from(server.state().log.len()).unwrap();
    let swallowed = dealt.requests_lost + dealt.too_many + dealt.unavailable;
    assert_eq!(seen, asked - swallowed, "the late ones arrive too");
    let creates = server
        .state()
        .log
        .iter()
        .filter(|seen| seen.method == Method::POST && seen.target == "/Users")
        .count();
    assert!(creates > 100, "some creates were delivered twice");
}

#[test]
fn the_same_seed_makes_the_same_faults() {
    let run = |seed| {
        let server = Server::new(Fault::None);
        let line = Faulty::new(Patient(&server), Faults { percent: 30, seed });
        let report = play(Provider::Okta, options(30, 3, 1), &line);
        (
            report,
            line.dealt(),
            std::mem::take(&mut server.state().log),
        )
    };
    assert_eq!(run(5), run(5));
    assert_ne!(run(5).1, run(6).1);
}

#[test]
fn a_request_meets_three_faults_in_a_row_at_most() {
    let server = Server::new(Fault::None);
    let line = Faulty::new(
        Patient(&server),
        Faults {
            percent: 100,
            seed: 1,
        },
    );
    let mut in_a_row = 0;
    block(async {
        for _ in 0..300 {
            let request = Request::builder().uri("http://fake.example/scim/v2/Users");
            let request = request
                .header("authorization", "Bearer letmein")
                .body(Vec::new());
            let answer = line.send(request.unwrap()).await;
            in_a_row = match answer {
                Ok(answer) if answer.status() == 200 => 0,
                _ => in_a_row + 1,
            };
            assert!(in_a_row <= 3);
        }
    });
    assert!(
        line.dealt().total() < 200,
        "more than half is taken for half"
    );
}

#[test]
fn faults_are_from_none_to_half() {
    let told = Options {
        faults: FAULTS_PERCENT_MAX + 1,
        ..options(1, 1, 1)
    };
    let error = Simulation::new(Provider::Okta, told)
        .unwrap_err()
        .to_string();
    assert_eq!(error, "faults must be from 0 to 50 in a hundred requests");
}
