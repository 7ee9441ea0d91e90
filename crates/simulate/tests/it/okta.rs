//! Okta beside its cycles: push now, unlink, import (OKTA-05, OKTA-18 to OKTA-21, OKTA-24, OKTA-30).

use std::{sync::Mutex, time::Duration};

use enroll_simulate::{
    OktaSettings, Options, Provider, Report, Scenario, Transport, TransportError,
};
use http::{Method, Request, Response};

use crate::{
    fake::{Fault, Seen, Server},
    options, play,
};

const BOTH: [Provider; 2] = [Provider::Okta, Provider::OktaWizard];

fn run(provider: Provider, okta: OktaSettings, fault: Fault) -> (Report, Vec<Seen>, Server) {
    let server = Server::new(fault);
    let told = Options {
        okta,
        ..options(130, 3, 2)
    };
    let report = play(provider, told, &server);
    let log = std::mem::take(&mut server.state().log);
    (report, log, server)
}

fn sent(log: &[Seen], method: &Method, under: &str) -> usize {
    let is_it = |seen: &&Seen| seen.method == *method && seen.target.starts_with(under);
    log.iter().filter(is_it).count()
}

#[test]
fn okta_24_the_wizard_puts_and_the_catalogue_patches() {
    // Method, path, and by which of the two it is sent; the catalogue puts profiles.
    let rows = [
        (Method::PUT, "/Users/", [true, true]),
        (Method::PATCH, "/Users/", [true, false]),
        (Method::PUT, "/Groups/", [false, true]),
        (Method::PATCH, "/Groups/", [true, false]),
        (Method::DELETE, "/", [false, false]),
    ];
    for (index, provider) in BOTH.into_iter().enumerate() {
        let (report, log, _) = run(provider, OktaSettings::default(), Fault::None);
        assert!(report.ok(), "{report}");
        for (method, under, wanted) in &rows {
            assert_eq!(
                sent(&log, method, under) > 0,
                wanted[index],
                "{provider} {method} {under}"
            );
        }
    }
}

#[test]
fn okta_18_push_now_sends_all_members_of_each_group_at_once() {
    let push = OktaSettings {
        push_now: true,
        ..OktaSettings::default()
    };
    let (report, log, server) = run(Provider::Okta, push, Fault::None);
    assert!(report.ok(), "{report}");
    let operation = |seen: &Seen| seen.body["Operations"][0].clone();
    let all: Vec<_> = log
        .iter()
        .map(operation)
        .filter(|one| one["path"] == "members" && one["op"] == "replace")
        .collect();
    assert_eq!(all.len(), 3);
    let pushed: usize = all
        .iter()
        .map(|one| one["value"].as_array().unwrap().len())
        .sum();
    assert_eq!(
        pushed,
        server
            .state()
            .groups
            .values()
            .map(|group| group.members.len())
            .sum::<usize>()
    );

    let (report, with, _) = run(Provider::OktaWizard, push, Fault::None);
    assert!(report.ok(), "{report}");
    let (_, without, _) = run(Provider::OktaWizard, OktaSettings::default(), Fault::None);
    let puts = |log| sent(log, &Method::PUT, "/Groups/");
    assert_eq!(puts(&with), puts(&without) + 3, "OKTA-19");
}

#[test]
fn okta_21_an_unlinked_group_is_deleted_and_its_people_stay() {
    for provider in BOTH {
        let unlink = OktaSettings {
            unlink: true,
            ..OktaSettings::default()
        };
        let (report, log, server) = run(provider, unlink, Fault::None);
        assert!(report.ok(), "{report}");
        assert_eq!(sent(&log, &Method::DELETE, "/Groups/"), 1);
        assert_eq!(server.state().groups.len(), 2);
        assert_eq!(report.meant.groups.len(), 2);
        assert_eq!(server.state().users.len(), 130);
    }
}

#[test]
fn okta_30_an_import_reads_all_pages_and_finds_what_is_meant() {
    for provider in BOTH {
        let import = OktaSettings {
            import: true,
            ..OktaSettings::default()
        };
        let (report, log, _) = run(provider, import, Fault::None);
        assert!(report.ok(), "{report}");
        let targets: Vec<_> = log.iter().map(|seen| seen.target.as_str()).collect();
        for target in [
            "/Users?startIndex=1&count=100",
            "/Users?startIndex=8&count=100",
            "/Users?startIndex=131&count=100",
            "/Groups?startIndex=1&count=100",
            "/Groups?startIndex=4&count=100",
        ] {
            assert!(targets.contains(&target), "{target}");
        }
    }
}

#[test]
fn an_import_finds_out_what_the_pages_hide() {
    let import = OktaSettings {
        import: true,
        ..OktaSettings::default()
    };
    let (report, ..) = run(Provider::Okta, import, Fault::PagesRepeat);
    let mut imports = report
        .differences
        .iter()
        .filter(|one| one.field == "import");
    let missing = imports.find(|one| one.found.as_deref() == Some("0 times"));
    let missing = missing.unwrap();
    assert_eq!(missing.stage, "import");
    let beyond = "the page after the last one is not empty";
    assert!(
        report.failures.iter().any(|one| one.detail == beyond),
        "{report}"
    );
}

#[test]
fn all_of_it_at_once_and_in_every_scenario() {
    let everything = OktaSettings {
        push_now: true,
        unlink: true,
        import: true,
    };
    for provider in BOTH {
        for scenario in [
            Scenario::Joiners,
            Scenario::MoveGroup,
            Scenario::MassLeave,
            Scenario::Rename,
        ] {
            let told = Options {
                scenario,
                okta: everything,
                ..options(40, 3, 5)
            };
            let report = play(provider, told, &Server::new(Fault::None));
            assert!(report.ok(), "{report}");
        }
    }
}

/// A server that is busy once, and says so in its own way; what is waited is noted.
struct Busy {
    server: Server,
    retry_after: &'static str,
    count: Mutex<u32>,
    pauses: Mutex<Vec<Duration>>,
}

impl Transport for Busy {
    async fn send(&self, request: Request<Vec<u8>>) -> Result<Response<Vec<u8>>, TransportError> {
        let count = {
            let mut count = self.count.lock().unwrap();
            *count += 1;
            *count
        };
        if count == 20 {
            let busy = Response::builder().status(429);
            let busy = busy.header("retry-after", self.retry_after);
            return Ok(busy.body(Vec::new()).unwrap());
        }
        Ok(self.server.answer(&request))
    }

    async fn pause(&self, time: Duration) {
        self.pauses.lock().unwrap().push(time);
    }
}

#[test]
fn okta_27_anything_but_seconds_in_retry_after_means_five_minutes() {
    for (retry_after, seconds) in [
        ("7", 7),
        ("Wed, 21 Oct 2026 07:28:00 GMT", 300),
        ("1.5", 300),
    ] {
        let line = Busy {
            server: Server::new(Fault::None),
            retry_after,
            count: Mutex::default(),
            pauses: Mutex::default(),
        };
        let told = Options {
            patience: Duration::from_mins(10),
            ..options(20, 2, 1)
        };
        let report = play(Provider::Okta, told, &line);
        assert!(report.ok(), "{report}");
        assert_eq!(
            *line.pauses.lock().unwrap(),
            [Duration::from_secs(seconds)],
            "{retry_after}"
        );
    }
}
