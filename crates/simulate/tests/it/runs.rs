//! Runs against an honest server: nothing fails, nothing differs, and the story is what it says.

use std::collections::{BTreeMap, BTreeSet};

use enroll_simulate::{Event, Options, Provider, Report, RosterPerson, Scenario, Simulation};
use http::Method;
use serde_json::Value;

use crate::{
    block,
    fake::{Fault, Server},
    options, play, sends,
};

const SEEDS: [u64; 4] = [0, 1, 2, 77];

/// An honest server; every second seed meets one that answers PATCH with 204.
fn honest(seed: u64) -> Server {
    let server = Server::new(Fault::None);
    if seed.is_multiple_of(2) {
        server.quiet()
    } else {
        server
    }
}

#[track_caller]
fn check_ok(report: &Report) {
    assert!(report.ok(), "{report}");
    assert_eq!(
        report.second_cycle_writes, 0,
        "a stable provider writes nothing\n{report}"
    );
}

#[test]
fn an_honest_server_has_no_failure_and_no_difference() {
    for provider in Provider::ALL {
        for seed in SEEDS {
            let server = honest(seed);
            let report = play(provider, options(60, 4, seed), &server);
            check_ok(&report);
            assert_eq!(report.retries, 0);
        }
    }
}

#[test]
fn what_is_meant_is_what_the_server_holds() {
    for provider in Provider::ALL {
        let server = honest(3);
        let report = play(provider, options(100, 5, 3), &server);
        let state = server.state();
        let by_name: BTreeMap<&str, &serde_json::Value> = state
            .users
            .values()
            .map(|user| (user["userName"].as_str().unwrap(), user))
            .collect();
        let kept = report
            .meant
            .left
            .iter()
            .filter(|person| person.standing == "suspended");
        let everybody: Vec<&RosterPerson> = report.meant.active.iter().chain(kept).collect();
        assert_eq!(by_name.len(), everybody.len(), "{provider}");
        for person in everybody {
            let user = by_name[person.user_name.as_str()];
            assert_eq!(user["active"], person.standing == "active");
            assert_eq!(user["name"]["familyName"], person.family_name);
            let held = [
                ("emails", &user["emails"][0]["value"], &person.email),
                ("externalId", &user["externalId"], &person.external_id),
                ("timezone", &user["timezone"], &person.timezone),
            ];
            for (attribute, held, meant) in held {
                let meant = sends(provider, attribute).then_some(meant.as_str());
                assert_eq!(held.as_str(), meant, "{provider} {attribute}");
            }
        }
        let members = |group: &crate::fake::Group| -> BTreeSet<String> {
            let name = |id: &String| state.users[id]["userName"].as_str().unwrap().to_owned();
            group.members.iter().map(name).collect()
        };
        let found: BTreeMap<_, _> = state
            .groups
            .values()
            .map(|g| (g.display_name.clone(), members(g)))
            .collect();
        let meant: BTreeMap<_, BTreeSet<_>> = (report.meant.groups.iter())
            .map(|g| (g.display_name.clone(), g.members.iter().cloned().collect()))
            .collect();
        assert_eq!(found, meant, "{provider}");
    }
}

#[test]
fn the_story_keeps_its_promises() {
    for provider in Provider::ALL {
        for (users, groups, seed) in [(1, 1, 1), (5, 2, 1), (20, 3, 1), (50, 1, 4), (200, 5, 9)] {
            let server = honest(seed);
            let report = play(provider, options(users, groups, seed), &server);
            check_ok(&report);
            let meant = &report.meant;
            assert_eq!(meant.active.len() + meant.left.len(), users);
            assert!(meant.left.len() * 100 <= users * 4, "at most 4 % leave");
            assert_eq!(
                meant.left.is_empty(),
                users < 25,
                "and some do, when 4 % is somebody"
            );
            assert!(meant.active.iter().all(|person| !person.groups.is_empty()));
            assert_eq!(
                server.state().groupless,
                Vec::<String>::new(),
                "nobody is ever groupless"
            );
        }
    }
}

#[test]
fn movers_leavers_and_late_joiners_all_happen() {
    for provider in Provider::ALL {
        let server = honest(1);
        let report = play(provider, options(100, 4, 1), &server);
        let joined = play(
            provider,
            Options {
                scenario: Scenario::Joiners,
                ..options(100, 4, 1)
            },
            &honest(1),
        );
        let first: BTreeMap<_, _> = joined
            .meant
            .active
            .iter()
            .map(|person| (&person.external_id, person))
            .collect();
        let differ = |what: fn(&RosterPerson, &RosterPerson) -> bool| {
            report
                .meant
                .active
                .iter()
                .filter(|now| what(first[&now.external_id], now))
                .count()
        };
        assert!(
            differ(|then, now| then.groups != now.groups) >= 10,
            "{provider}"
        );
        assert!(
            differ(|then, now| then.email != now.email) >= 5,
            "{provider}"
        );
        assert!(
            differ(|then, now| then.family_name != now.family_name) >= 3,
            "{provider}"
        );
        assert!(
            differ(|then, now| then.timezone != now.timezone) >= 2,
            "{provider}"
        );
        assert!(
            report
                .meant
                .active
                .iter()
                .any(|person| person.groups.len() == 2)
        );
        let ends: BTreeSet<&str> = report
            .meant
            .left
            .iter()
            .map(|person| person.standing.as_str())
            .collect();
        let never = matches!(
            provider,
            Provider::Okta | Provider::OktaWizard | Provider::JumpCloud
        );
        let wanted: &[&str] = if never {
            &["suspended"]
        } else {
            &["deleted", "suspended"]
        };
        assert_eq!(
            ends,
            wanted.iter().copied().collect(),
            "OKTA-25, ENTRA-64, OL-10, JC-02, GW-03, PING-05"
        );
        let deletes = report.requests.contains_key("DELETE /Users/{id}");
        let tries_out = provider == Provider::JumpCloud;
        assert_eq!(deletes, !never || tries_out, "OKTA-25, JC-01");
    }
}

#[test]
fn providers_and_seeds_share_nobody_even_in_one_directory() {
    let server = Server::new(Fault::None);
    let mut people = 0;
    for provider in Provider::ALL {
        for seed in [1, 2] {
            let report = play(provider, options(30, 3, seed), &server);
            check_ok(&report);
            people += report.meant.active.len();
        }
    }
    let state = server.state();
    assert_eq!(
        state
            .users
            .values()
            .filter(|user| user["active"] == true)
            .count(),
        people
    );
    for name in ["externalId", "emails"] {
        let values = || state.users.values().filter_map(|user| user.get(name));
        let distinct: BTreeSet<_> = values().map(Value::to_string).collect();
        assert_eq!(distinct.len(), values().count(), "{name}");
        assert!(distinct.len() > 400, "most send it");
    }
}

#[test]
fn the_same_seed_makes_the_same_requests() {
    for provider in Provider::ALL {
        let [first, second, other] = [5, 5, 6].map(|seed| {
            let server = Server::new(Fault::None);
            let report = play(provider, options(30, 3, seed), &server);
            (std::mem::take(&mut server.state().log), report)
        });
        assert_eq!(first, second, "{provider}");
        assert_ne!(first.0, other.0, "{provider}");
    }
}

#[test]
fn a_second_run_adopts_what_it_finds() {
    // To a provider that looks for the address, who gets another one is somebody new (GW-02,
    // PING-02).
    let known = |provider: &Provider| !matches!(provider, Provider::Google | Provider::Ping);
    for provider in Provider::ALL.into_iter().filter(known) {
        let server = Server::new(Fault::None);
        let first = play(provider, options(50, 3, 8), &server);
        let second = play(provider, options(50, 3, 8), &server);
        check_ok(&second);
        let ids = |report: &Report| -> BTreeMap<String, Option<String>> {
            let active = report.meant.active.iter();
            active
                .map(|person| (person.user_name.clone(), person.id.clone()))
                .collect()
        };
        assert_eq!(
            ids(&first),
            ids(&second),
            "{provider}: nobody is made twice"
        );
    }
}

#[test]
fn the_second_cycle_reads_and_does_not_write() {
    for provider in Provider::ALL {
        let server = Server::new(Fault::None);
        let simulation = Simulation::new(provider, options(30, 3, 2)).unwrap();
        let mut from = None;
        let report = block(simulation.run_over(&server, |event| {
            if matches!(event, Event::Stage(name) if name == "second cycle") {
                from = Some(server.state().log.len());
            }
        }));
        check_ok(&report);
        let state = server.state();
        let second = &state.log[from.expect("the second cycle is announced")..];
        let discovers = matches!(provider, Provider::Authentik | Provider::Keycloak);
        let least = if discovers { 5 } else { 30 };
        assert!(second.len() >= least, "{provider} looks everybody up");
        assert!(
            second.iter().all(|seen| seen.method == Method::GET),
            "{provider}"
        );
    }
}

#[test]
fn a_move_is_two_requests_the_new_group_first() {
    let server = Server::new(Fault::None);
    let options = Options {
        scenario: Scenario::MoveGroup,
        ..options(3, 2, 1)
    };
    let report = play(Provider::Entra, options, &server);
    check_ok(&report);
    let state = server.state();
    let patches: Vec<(&str, &str)> = (state.log.iter())
        .filter(|seen| seen.method == Method::PATCH && seen.target.starts_with("/Groups/"))
        .map(|seen| {
            (
                seen.target.as_str(),
                seen.body["Operations"][0]["op"].as_str().unwrap(),
            )
        })
        .collect();
    let [.., (to, add), (from, remove)] = patches.as_slice() else {
        panic!("{patches:?}")
    };
    assert_eq!((*add, *remove), ("Add", "Remove"));
    assert_ne!(to, from);
}

#[test]
fn the_report_is_json_and_text() {
    let server = Server::new(Fault::None);
    let report = play(Provider::OneLogin, options(25, 2, 1), &server);
    let json = serde_json::to_value(&report).unwrap();
    assert_eq!(json["provider"], "onelogin");
    assert_eq!(json["scenario"], "joiners-movers-leavers");
    assert_eq!(json["meant"]["active"].as_array().unwrap().len(), 24);
    assert_eq!(json["meant"]["left"][0]["standing"], "suspended");
    assert_eq!(serde_json::from_value::<Report>(json).unwrap(), report);
    let text = report.to_string();
    assert!(text.starts_with("onelogin (simulated from documentation), joiners-movers-leavers"));
    assert!(
        text.ends_with("ok: the server says what the provider meant"),
        "{text}"
    );
    assert!(!text.contains(crate::TOKEN));
}
