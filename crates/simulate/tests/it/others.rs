//! What tells JumpCloud, Google, Ping, authentik, rauthy and Keycloak from the others.

use std::sync::atomic::{AtomicBool, Ordering};

use enroll_simulate::{Options, Provider, Report, Scenario, Transport, TransportError};
use http::{Method, Request, Response};
use serde_json::{Value, json};

use crate::{
    fake::{Fault, Seen, Server},
    options, play,
};
use Provider::{Authentik, Google, JumpCloud, Keycloak, Ping, Rauthy};

const SIX: [Provider; 6] = [Authentik, Google, JumpCloud, Keycloak, Ping, Rauthy];

/// Plays against a server, and returns the report and the requests.
fn played(provider: Provider, seed: u64, server: &Server) -> (Report, Vec<Seen>) {
    let report = play(provider, options(40, 3, seed), server);
    let log = std::mem::take(&mut server.state().log);
    (report, log)
}

#[track_caller]
fn check_well(provider: Provider, seed: u64, scenario: Scenario) -> Vec<Seen> {
    let server = Server::new(Fault::None);
    let options = Options {
        scenario,
        ..options(40, 3, seed)
    };
    let report = play(provider, options, &server);
    assert!(report.ok(), "{report}");
    assert_eq!(report.second_cycle_writes, 0, "{report}");
    std::mem::take(&mut server.state().log)
}

fn sent(log: &[Seen], method: &str, start: &str) -> usize {
    let is = |seen: &&Seen| seen.method.as_str() == method && seen.target.starts_with(start);
    log.iter().filter(is).count()
}

#[test]
fn every_way_of_setting_them_up_ends_well() {
    for provider in SIX {
        // Ping has twelve ways, Keycloak three, JumpCloud two.
        for seed in 0..12 {
            check_well(provider, seed, Scenario::JoinersMoversLeavers);
        }
    }
}

#[test]
fn jumpcloud_tries_out_a_user_and_a_group_and_deletes_both() {
    let log = check_well(JumpCloud, 1, Scenario::Joiners);
    let head: Vec<_> = (log.iter().take(7))
        .map(|seen| format!("{} {}", seen.method, seen.target))
        .collect();
    assert_eq!(
        head,
        [
            "GET /Users",
            "GET /Users?filter=userName%20eq%20%22scim-test%40tidal-1.example%22",
            "POST /Users",
            "DELETE /Users/user-0001",
            "GET /Groups?filter=displayName%20eq%20%22JC%20test%20group%22",
            "POST /Groups",
            "DELETE /Groups/group-0002",
        ],
        "JC-01"
    );
    assert_eq!(sent(&log, "DELETE", ""), 2, "nobody else (JC-02)");
}

#[test]
fn jumpcloud_deletes_what_an_earlier_test_left_behind() {
    let server = Server::new(Fault::None);
    let group = json!({ "displayName": "JC test group", "members": [] });
    server.post("/Groups", &group);
    let (report, log) = played(JumpCloud, 1, &server);
    assert!(report.ok(), "{report}");
    assert_eq!(sent(&log, "POST", "/Groups"), 3, "those of the directory");
    assert_eq!(sent(&log, "DELETE", "/Groups/group-0001"), 1);
}

#[test]
fn google_sends_no_group_and_no_address() {
    for scenario in Scenario::ALL {
        if scenario.players().all(|provider| provider != Google) {
            continue;
        }
        let log = check_well(Google, 3, scenario);
        assert_eq!(sent(&log, "GET", "/Groups/"), 0, "{scenario}");
        let writes = log.iter().filter(|seen| seen.method != Method::GET);
        for write in writes {
            assert!(write.target.starts_with("/Users"), "GW-01: {write:?}");
            assert!(!write.body.to_string().contains("emails"), "GW-02");
        }
    }
    let server = Server::new(Fault::None);
    let report = play(Google, options(40, 3, 3), &server);
    assert!(report.meant.groups.is_empty());
    assert!(server.state().groups.is_empty());
}

#[test]
fn rauthy_asks_for_the_name_only_when_the_id_finds_nobody() {
    let server = Server::new(Fault::None);
    let (first, log) = played(Rauthy, 1, &server);
    assert!(first.ok(), "{first}");
    let by_id = "/Users?filter=externalId%20eq";
    let by_name = "/Users?filter=userName%20eq";
    assert_eq!(sent(&log, "GET", by_name), 40, "nobody was there (RY-01)");
    let (second, log) = played(Rauthy, 1, &server);
    assert!(second.ok(), "{second}");
    assert!(sent(&log, "GET", by_id) >= 40);
    let deleted = 1;
    assert!(
        sent(&log, "GET", by_name) <= deleted,
        "all others are found"
    );
}

#[test]
fn authentik_looks_for_a_name_only_after_a_conflict() {
    let log = check_well(Authentik, 1, Scenario::JoinersMoversLeavers);
    assert_eq!(sent(&log, "GET", "/Users?filter"), 0, "AK-06");
    let pages = log
        .iter()
        .filter(|seen| seen.target == "/Users?startIndex=8");
    assert_eq!(pages.count(), 1, "no count");
    assert_eq!(log[0].target, "/ServiceProviderConfig", "AK-01");
    let (report, log) = outrun(Authentik);
    assert!(report.ok(), "{report}");
    assert_eq!(sent(&log, "GET", "/Users?filter=userName+eq"), 1, "AK-07");
}

#[test]
fn keycloak_reads_everything_again_after_a_conflict() {
    let (report, log) = outrun(Keycloak);
    assert!(report.ok(), "{report}");
    let list = |seen: &&Seen| seen.method == Method::GET && seen.target == "/Users";
    let lists = log.iter().filter(list).count();
    assert_eq!(
        lists, 3,
        "before, after the 409, in the second cycle (KC-01)"
    );
}

/// A line on which somebody else is quicker, once: the same user, made just before.
struct Outrun<'a> {
    server: &'a Server,
    done: AtomicBool,
}

impl Transport for Outrun<'_> {
    async fn send(&self, request: Request<Vec<u8>>) -> Result<Response<Vec<u8>>, TransportError> {
        let create = request.method() == Method::POST && request.uri().path().ends_with("/Users");
        if create && !self.done.swap(true, Ordering::Relaxed) {
            self.server.answer(&request);
        }
        Ok(self.server.answer(&request))
    }
}

fn outrun(provider: Provider) -> (Report, Vec<Seen>) {
    let server = Server::new(Fault::None);
    let line = Outrun {
        server: &server,
        done: AtomicBool::new(false),
    };
    let report = play(provider, options(6, 2, 1), &line);
    let log = std::mem::take(&mut server.state().log);
    (report, log)
}

#[test]
fn authentik_puts_groups_whole_where_patch_is_not_supported() {
    let server = Server::new(Fault::None).configured("/patch/supported", json!(false));
    let (report, log) = played(Authentik, 2, &server);
    assert!(report.ok(), "{report}");
    assert_eq!(sent(&log, "PATCH", "/Groups"), 0, "AK-01");
    assert!(sent(&log, "PUT", "/Groups") >= 3);
}

#[test]
fn authentik_sends_as_many_operations_as_the_server_takes() {
    for most in [1_u64, 4, 0] {
        let server = Server::new(Fault::None).configured("/bulk/maxOperations", json!(most));
        let (report, log) = played(Authentik, 2, &server);
        assert!(report.ok(), "{report}");
        let patches = log.iter().filter(|seen| seen.method == Method::PATCH);
        let counts: Vec<_> = patches
            .map(|seen| seen.body["Operations"].as_array().unwrap().len() as u64)
            .collect();
        let longest = counts.iter().max().copied().unwrap();
        assert!(
            if most == 0 {
                longest > 4
            } else {
                longest == most
            },
            "AK-07"
        );
    }
}

/// What a server does wrong, and what the provider says.
const COMPLAINTS: &[(Provider, Fault, &str)] = &[
    (
        Rauthy,
        Fault::GroupExternalIdForgotten,
        "the created group does not echo its externalId",
    ),
    (
        Rauthy,
        Fault::GroupsNameless,
        "groups of the user do not display the group's name",
    ),
    (
        Authentik,
        Fault::EmptyMembersLeftOut,
        "the group does not list its members",
    ),
];

#[test]
fn what_a_provider_insists_on_is_a_failure_when_it_is_missing() {
    for (provider, fault, detail) in COMPLAINTS {
        let (report, _) = played(*provider, 1, &Server::new(*fault));
        let said = report
            .failures
            .iter()
            .any(|failure| failure.detail == *detail);
        assert!(said, "{provider} {fault:?}: {report}");
        // Nobody else minds.
        let (report, _) = played(Ping, 1, &Server::new(*fault));
        assert!(report.ok(), "{fault:?}: {report}");
    }
}

#[test]
fn authentik_reads_the_configuration_strictly() {
    let rows: &[(&str, Value, &str)] = &[
        (
            "/patch/supported",
            json!("true"),
            "patch.supported of the configuration is no boolean",
        ),
        (
            "/filter/supported",
            Value::Null,
            "filter.supported of the configuration is no boolean",
        ),
        (
            "/bulk/maxOperations",
            json!("0"),
            "bulk.maxOperations of the configuration is no integer",
        ),
    ];
    for (pointer, value, detail) in rows {
        let server = Server::new(Fault::None).configured(pointer, value.clone());
        let (report, _) = played(Authentik, 1, &server);
        let said: Vec<_> = (report.failures.iter())
            .map(|failure| failure.detail.as_str())
            .collect();
        assert_eq!(said, [*detail], "AK-01");
    }
}

#[test]
fn an_address_that_nobody_sent_is_a_difference() {
    let rows = [
        (Google, "no address", "one address"),
        (Ping, "2 addresses", "3 addresses"),
        (Rauthy, "one address", "2 addresses"),
    ];
    for (provider, wanted, found) in rows {
        let (report, _) = played(provider, 2, &Server::new(Fault::AddressInvented));
        let seen = report.differences.iter().any(|difference| {
            difference.field == "emails"
                && difference.wanted == wanted
                && difference.found.as_deref() == Some(found)
        });
        assert!(seen, "GW-02, PING-04: {report}");
    }
}

#[test]
fn keycloak_reads_everything_and_looks_nobody_up() {
    for seed in 0..3 {
        let log = check_well(Keycloak, seed, Scenario::JoinersMoversLeavers);
        assert!(log.iter().all(|seen| !seen.target.contains("filter=")));
        let put = seed == 0;
        assert_eq!(sent(&log, "PUT", "/Users") > 0, put, "KC-02");
        assert_eq!(sent(&log, "PATCH", "/Groups") > 0, !put, "KC-03");
    }
}

#[test]
fn keycloak_empties_a_group_without_naming_a_member() {
    let mut emptied = [0; 3];
    for seed in 0..12 {
        let server = Server::new(Fault::None);
        let move_one = Options {
            scenario: Scenario::MoveGroup,
            ..options(3, 3, seed)
        };
        let report = play(Keycloak, move_one, &server);
        assert!(report.ok(), "{report}");
        let remove = json!({ "op": "remove", "path": "members" });
        let bare = |seen: &&Seen| match seen.method.as_str() {
            "PUT" => seen.target.starts_with("/Groups") && seen.body.get("members").is_none(),
            _ => seen.body["Operations"][0] == remove,
        };
        emptied[usize::try_from(seed % 3).unwrap()] +=
            server.state().log.iter().filter(bare).count();
    }
    assert!(
        emptied.iter().all(|times| *times > 0),
        "KC-03, KC-G-02: {emptied:?}"
    );
}
