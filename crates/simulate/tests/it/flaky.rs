//! Bad lines and busy servers: lost answers, outages, 429, 503, 500, a wrong token.

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use enroll_simulate::{Options, Provider, Report, Scenario, Transport, TransportError};
use http::{Method, Request, Response};

use crate::{
    fake::{Fault, Server},
    options, play, sends,
};

/// What happens to one request.
enum Mishap {
    Nothing,
    /// The server acts, the answer is lost.
    LoseAnswer,
    /// Nobody is there.
    Refuse,
    /// A proxy answers: status, and Retry-After.
    Answer(u16, Option<&'static str>),
}

/// Requests so far, and time waited so far.
#[derive(Clone, Copy, Debug, Default)]
struct Moment {
    request: u32,
    waited: Duration,
}

type Plan = dyn Fn(Moment, &Request<Vec<u8>>) -> Mishap + Send + Sync;

/// A line to a server on which `plan` decides what goes wrong; waiting takes no time.
struct Line {
    server: Server,
    plan: Box<Plan>,
    now: Mutex<Moment>,
    pauses: Mutex<Vec<Duration>>,
}

impl Line {
    fn new(plan: impl Fn(Moment, &Request<Vec<u8>>) -> Mishap + Send + Sync + 'static) -> Self {
        Self {
            server: Server::new(Fault::None),
            plan: Box::new(plan),
            now: Mutex::default(),
            pauses: Mutex::default(),
        }
    }

    fn pauses(&self) -> Vec<Duration> {
        self.pauses.lock().unwrap().clone()
    }
}

impl Transport for Line {
    async fn send(&self, request: Request<Vec<u8>>) -> Result<Response<Vec<u8>>, TransportError> {
        let moment = {
            let mut now = self.now.lock().unwrap();
            now.request += 1;
            *now
        };
        match (self.plan)(moment, &request) {
            Mishap::Nothing => Ok(self.server.answer(&request)),
            Mishap::LoseAnswer => {
                self.server.answer(&request);
                Err(TransportError::new("connection reset"))
            }
            Mishap::Refuse => Err(TransportError::new("connection refused")),
            Mishap::Answer(status, retry_after) => {
                let mut response = Response::builder().status(status);
                if let Some(text) = retry_after {
                    response = response.header("retry-after", text);
                }
                Ok(response.body(b"busy".to_vec()).unwrap())
            }
        }
    }

    async fn pause(&self, time: Duration) {
        self.now.lock().unwrap().waited += time;
        self.pauses.lock().unwrap().push(time);
    }
}

#[track_caller]
fn check_survived(provider: Provider, line: &Line) -> Report {
    let report = play(provider, options(50, 3, 2), line);
    assert!(report.ok(), "{report}");
    assert!(report.retries > 0, "something must have gone wrong");
    let state = line.server.state();
    assert_eq!(state.groupless, Vec::<String>::new());
    let deleted = report
        .meant
        .left
        .iter()
        .filter(|person| person.standing == "deleted")
        .count();
    assert_eq!(state.users.len(), 50 - deleted, "nobody is made twice");
    let groups = if sends(provider, "groups") { 3 } else { 0 };
    assert_eq!(state.groups.len(), groups, "no group is made twice");
    drop(state);
    report
}

#[test]
fn every_kind_of_lost_answer_is_survived() {
    for provider in Provider::ALL {
        for method in [
            Method::GET,
            Method::POST,
            Method::PUT,
            Method::PATCH,
            Method::DELETE,
        ] {
            let used = !matches!(
                (provider, method.as_str()),
                (Provider::Okta | Provider::OktaWizard, "DELETE")
                    | (
                        Provider::Entra
                            | Provider::EntraOptscim
                            | Provider::Google
                            | Provider::JumpCloud
                            | Provider::Keycloak,
                        "PUT"
                    )
                    | (Provider::OktaWizard, "PATCH")
            );
            if used {
                // The repetition of a lost request comes through, for it has an odd number then.
                let last = Mutex::new(false);
                let line = Line::new(move |_, request| {
                    let mut last = last.lock().unwrap();
                    *last = request.method() == method && !*last;
                    if *last {
                        Mishap::LoseAnswer
                    } else {
                        Mishap::Nothing
                    }
                });
                check_survived(provider, &line);
            }
        }
    }
}

#[test]
fn a_lost_create_is_found_again_and_adopted() {
    for provider in Provider::ALL {
        let line = Line::new(|moment, request| {
            let create = request.method() == Method::POST;
            if create && moment.request % 2 == 0 {
                Mishap::LoseAnswer
            } else {
                Mishap::Nothing
            }
        });
        let report = check_survived(provider, &line);
        assert!(
            report.requests["POST /Users"] > 50,
            "some were sent twice, and answered 409"
        );
    }
}

#[test]
fn okta29_each_answer_lost_among_requests_in_flight_is_one_retry() {
    for provider in Scenario::Concurrent.players() {
        let lost = Arc::new(AtomicU64::new(0));
        let counted = Arc::clone(&lost);
        let line = Line::new(move |moment, _| {
            if moment.request % 5 == 0 {
                counted.fetch_add(1, Ordering::SeqCst);
                Mishap::LoseAnswer
            } else {
                Mishap::Nothing
            }
        });
        let story = Options {
            scenario: Scenario::Concurrent,
            ..options(30, 3, 2)
        };
        let report = play(provider, story, &line);
        assert!(report.ok(), "{report}");
        assert_eq!(report.retries, lost.load(Ordering::SeqCst), "{report}");
    }
}

#[test]
fn an_outage_of_half_a_minute_is_waited_for() {
    for provider in Provider::ALL {
        let line = Line::new(|moment, _| {
            let away = moment.request > 60 && moment.waited < Duration::from_secs(30);
            if away {
                Mishap::Refuse
            } else {
                Mishap::Nothing
            }
        });
        check_survived(provider, &line);
        let pauses = line.pauses();
        assert!(
            pauses
                .iter()
                .zip(pauses.iter().skip(1))
                .all(|(one, next)| next >= one)
        );
    }
}

#[test]
fn a_server_that_stays_away_ends_the_run_after_a_minute() {
    for provider in Provider::ALL {
        let line = Line::new(|moment, _| {
            if moment.request > 60 {
                Mishap::Refuse
            } else {
                Mishap::Nothing
            }
        });
        let report = play(provider, options(50, 3, 2), &line);
        assert!(!report.ok() && !report.finished);
        // Whether a group was created whose answer is lost, another request asks: with the patience
        // of its own.
        let waited = line.pauses().iter().sum::<Duration>();
        let minute = Duration::from_mins(1);
        assert!(
            waited == minute || waited == minute + Duration::from_millis(250),
            "{provider} waits for {waited:?}"
        );
        let last = report.failures.last().unwrap();
        assert_eq!(
            last.detail,
            "no answer: connection refused, still so after 60 s of trying again"
        );
        assert_eq!(
            report.meant.active.len(),
            48,
            "what was meant is told all the same"
        );
        assert!(report.to_string().ends_with("NOT OK: given up"));
    }
}

#[test]
fn patience_is_an_option() {
    let line = Line::new(|_, _| Mishap::Refuse);
    let patience = Duration::from_secs(2);
    let report = play(
        Provider::Okta,
        Options {
            patience,
            ..options(5, 1, 1)
        },
        &line,
    );
    assert!(!report.finished);
    assert_eq!(line.pauses().iter().sum::<Duration>(), patience);
}

#[test]
fn retry_after_is_obeyed() {
    for (status, retry_after, wanted) in [
        (429, Some("7"), 7_000),
        (503, Some("2"), 2_000),
        (429, Some("0"), 250),
        (429, Some("Wed, 21 Oct 2026 07:28:00 GMT"), 250),
        (502, None, 250),
        (504, None, 250),
        (500, None, 250),
    ] {
        let line = Line::new(move |moment, _| match moment.request {
            50 => Mishap::Answer(status, retry_after),
            _ => Mishap::Nothing,
        });
        check_survived(Provider::Entra, &line);
        assert_eq!(
            line.pauses(),
            [Duration::from_millis(wanted)],
            "{status} {retry_after:?}"
        );
    }
}

#[test]
fn a_request_that_breaks_the_server_does_not_end_the_run() {
    let line = Line::new(|_, request| {
        let create = request.method() == Method::POST && request.uri().path().ends_with("/Groups");
        if create {
            Mishap::Answer(500, None)
        } else {
            Mishap::Nothing
        }
    });
    let report = play(Provider::Okta, options(10, 1, 1), &line);
    assert!(report.finished && !report.ok());
    let failure = &report.failures[0];
    assert_eq!(
        (failure.request.as_str(), failure.status),
        ("POST /Groups", Some(500))
    );
    assert_eq!(failure.detail, "busy");
    assert!(
        report
            .differences
            .iter()
            .any(|one| one.kind == "Group" && one.field == "group")
    );
}

#[test]
fn a_refusal_is_final_and_quoted() {
    let line = Line::new(|moment, request| {
        let create = request.method() == Method::POST && request.uri().path().ends_with("/Users");
        if create && moment.request < 10 {
            Mishap::Answer(400, None)
        } else {
            Mishap::Nothing
        }
    });
    let report = play(Provider::Okta, options(10, 1, 1), &line);
    assert!(report.finished && !report.ok());
    assert_eq!(report.retries, 0, "OKTA-27: 400 is final");
    let failure = &report.failures[0];
    assert_eq!(
        (failure.status, failure.stage.as_str()),
        (Some(400), "joiners")
    );
    assert!(failure.subject.ends_with("fjord-1.example"), "{failure}");
}

#[test]
fn a_wrong_token_ends_the_run_at_once() {
    for provider in Provider::ALL {
        let server = Server::new(Fault::None);
        let wrong = Options {
            token: "wrong".to_owned(),
            ..options(20, 3, 1)
        };
        let report = play(provider, wrong, &server);
        assert!(!report.finished && !report.ok());
        let said: Vec<_> = report.failures.iter().map(ToString::to_string).collect();
        assert_eq!(said.len(), 1);
        assert!(said[0].contains("401 the token is wrong"), "{said:?}");
        assert_eq!(server.state().log.len(), 1);
    }
}

#[test]
fn a_token_that_is_revoked_ends_the_run_at_once() {
    for provider in Provider::ALL {
        let line = Line::new(|moment, _| {
            if moment.request > 60 {
                Mishap::Answer(401, None)
            } else {
                Mishap::Nothing
            }
        });
        let report = play(provider, options(50, 3, 2), &line);
        assert!(!report.finished);
        assert_eq!(report.requests.values().sum::<u64>(), 61);
        assert_eq!(report.failures.last().unwrap().status, Some(401));
    }
}
