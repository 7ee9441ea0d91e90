//! Every scenario with every provider that plays it: it ends well, it is the story that it says,
//! those who do not play it say so, and a server that cannot follow is found out.

use std::collections::{BTreeMap, BTreeSet};

use enroll_simulate::{
    Error, Options, Provider, Report, RosterPerson, Scenario, Simulation, Transport, TransportError,
};
use http::{Method, Request, Response};
use serde_json::Value;

use crate::{
    fake::{Fault, Seen, Server, State},
    options, play,
};

fn told(scenario: Scenario, users: usize, groups: usize, seed: u64) -> Options {
    Options {
        scenario,
        ..options(users, groups, seed)
    }
}

/// What a scenario has to leave at an honest server: the report, the server, and who joined at
/// first.
type Story = fn(&Told<'_>);

struct Told<'a> {
    provider: Provider,
    report: &'a Report,
    state: &'a State,
    /// The server after the scenario `joiners`, and the people then.
    joined: &'a State,
    before: &'a BTreeMap<String, RosterPerson>,
}

const STORIES: &[(Scenario, Story)] = &[
    (Scenario::MassLeave, |told| {
        assert_eq!(told.report.meant.left.len(), 24);
    }),
    (Scenario::ForgotGroupsBox, |told| {
        assert!(told.state.groups.is_empty());
        assert!(told.report.meant.groups.is_empty());
        assert!(
            !told
                .report
                .meant
                .active
                .iter()
                .any(|one| one.groups.is_empty())
        );
    }),
    (Scenario::Pending, |told| {
        assert_eq!(
            told.report.meant.pending.len(),
            4,
            "8 waited, half of them came"
        );
        for person in &told.report.meant.pending {
            assert_eq!(person.standing, "pending");
            assert!(told.user(&person.user_name).is_none());
            assert!(
                told.report
                    .meant
                    .groups
                    .iter()
                    .all(|group| { !group.members.contains(&person.user_name) })
            );
        }
    }),
    (Scenario::RemovedButNothing, |told| {
        assert_eq!(told.report.meant.left.len(), 8);
        for person in &told.report.meant.left {
            assert_eq!(person.standing, "left behind");
            assert_eq!(told.user(&person.user_name).unwrap()["active"], true);
        }
        assert_eq!(told.more("/Users/", &Method::DELETE), 0);
    }),
    (Scenario::GroupRename, |told| {
        let names: Vec<_> = told
            .state
            .groups
            .values()
            .map(|g| &g.display_name)
            .collect();
        assert_eq!(names.len(), 3);
        let renamed = names.iter().filter(|name| name.ends_with(" (Europe)"));
        assert_eq!(
            renamed.count(),
            1,
            "two got another name, one of them its old one back"
        );
        assert_eq!(told.more("/Groups", &Method::POST), 0, "none is made anew");
    }),
    (Scenario::GroupDeleteAndReturn, |told| {
        assert_eq!(told.state.groups.len(), 3);
        assert_eq!(told.more("/Groups/", &Method::DELETE), 1);
        let first = told.last_id("/Groups/", &Method::DELETE);
        assert!(
            !told.state.groups.contains_key(&first),
            "the new one has another id"
        );
        assert_eq!(told.more("/Groups", &Method::POST), 1);
    }),
    (Scenario::ReHire, |told| {
        let deleted = told.more("/Users/", &Method::DELETE);
        let made_again = told.more("/Users", &Method::POST);
        let wanted: &[(usize, usize)] = match told.provider {
            Provider::Okta | Provider::OktaWizard => &[(0, 0)],
            Provider::Entra | Provider::EntraOptscim | Provider::OneLogin => &[(5, 4)],
            _ => &[(0, 0), (5, 4)],
        };
        assert!(
            wanted.contains(&(deleted, made_again)),
            "who was deleted is made again, the others return: {deleted} {made_again}"
        );
        assert_eq!(told.report.meant.left.len(), 2);
        assert_eq!(
            told.changed(|then, now| then.external_id != now.external_id),
            0
        );
    }),
    (Scenario::EmailAndUpn, |told| {
        let renamed = told.by_external_id(|then, now| then.user_name != now.user_name);
        let moved = told.by_external_id(|then, now| then.email != now.email);
        // 4 change both, 4 the one, 4 the other; where the address is the userName, all change both.
        assert!(
            [(8, 8), (12, 12)].contains(&(renamed, moved)),
            "{renamed} {moved}"
        );
        assert_eq!(told.more("/Users", &Method::POST), 0, "nobody is made anew");
    }),
    (Scenario::TimeZones, |told| {
        let junk = told
            .report
            .meant
            .active
            .iter()
            .filter(|one| one.iana_timezone.is_empty());
        assert!(junk.count() >= 4);
        assert!(told.changed(|then, now| then.timezone != now.timezone) >= 25);
    }),
    (Scenario::ExternalRecruiters, |told| {
        let active = told.report.meant.active.iter();
        let (inside, outside): (Vec<_>, Vec<_>) = active.partition(|one| !one.external);
        assert!(inside.len() >= 8 && outside.len() >= 20);
        let employee = |one: &&RosterPerson| one.user_type.as_deref() == Some("Employee");
        assert!(inside.iter().copied().any(|one| employee(&one)));
        let domain = |one: &RosterPerson| one.email.split_once("-agency.").is_some();
        assert!(outside.iter().any(|one| domain(one)));
        assert!(outside.iter().any(|one| !domain(one)));
    }),
    (Scenario::OutOfOrder, |told| {
        let last = |path| requests(told.state, path, &Method::POST).last().unwrap();
        assert!(last("/Groups") < last("/Users"));
        let user = |seen: &&Seen| seen.method == Method::POST && seen.target.contains("/Users");
        let created = told.state.log.iter().filter(user).count();
        let after = told
            .state
            .log
            .iter()
            .skip(last("/Groups"))
            .filter(user)
            .count();
        assert!(after >= 40, "{after} of {created} came after the groups");
        let members: usize = told
            .state
            .groups
            .values()
            .map(|group| group.members.len())
            .sum();
        let meant: usize = told
            .report
            .meant
            .groups
            .iter()
            .map(|group| group.members.len())
            .sum();
        assert_eq!(members, meant);
        assert!(members >= 40);
    }),
    (Scenario::Concurrent, |told| {
        let first = &told.report.meant.groups[0];
        assert!(
            first.members.len() >= 26 && first.members.len() < 40,
            "{first:?}"
        );
    }),
];

/// Where requests of a kind stand in the log; a path that ends in `/` goes on with an id.
fn requests<'a>(
    state: &'a State,
    path: &'a str,
    method: &'a Method,
) -> impl Iterator<Item = usize> {
    let fits = move |target: &str| match target.strip_prefix(path) {
        Some(rest) if path.ends_with('/') => !rest.is_empty(),
        Some(rest) => rest.trim_end_matches('?').is_empty(),
        None => false,
    };
    let seen = state.log.iter().enumerate();
    seen.filter(move |(_, seen)| seen.method == *method && fits(&seen.target))
        .map(|(at, _)| at)
}

impl Told<'_> {
    fn user(&self, name: &str) -> Option<&Value> {
        self.state
            .users
            .values()
            .find(|user| user["userName"] == name)
    }

    /// How many more requests of a kind there were than in the scenario `joiners`.
    fn more(&self, path: &str, method: &Method) -> usize {
        requests(self.state, path, method).count() - requests(self.joined, path, method).count()
    }

    /// The id in the last request of a kind.
    fn last_id(&self, path: &str, method: &Method) -> String {
        let at = requests(self.state, path, method).last().unwrap();
        let target = self.state.log[at].target.trim_end_matches('?');
        target.strip_prefix(path).unwrap().to_owned()
    }

    /// How many people are now other than they joined.
    fn changed(&self, what: fn(&RosterPerson, &RosterPerson) -> bool) -> usize {
        let now = self.report.meant.active.iter();
        let then = |now: &RosterPerson| self.before.get(&now.user_name);
        now.filter(|now| then(now).is_some_and(|then| what(then, now)))
            .count()
    }

    fn by_external_id(&self, what: fn(&RosterPerson, &RosterPerson) -> bool) -> usize {
        let now: BTreeMap<_, _> = self
            .report
            .meant
            .active
            .iter()
            .map(|one| (one.external_id.as_str(), one))
            .collect();
        let differs = |then: &&RosterPerson| what(then, now[then.external_id.as_str()]);
        self.before.values().filter(differs).count()
    }
}

#[test]
fn every_scenario_ends_well_with_every_provider_that_plays_it() {
    let mut played = 0;
    for scenario in Scenario::ALL {
        for provider in scenario.players() {
            for (users, groups, seed) in [(1, 1, 3), (2, 1, 4), (7, 2, 1), (40, 3, 5)] {
                let server = Server::new(Fault::None);
                let server = if seed % 2 == 0 {
                    server.quiet()
                } else {
                    server
                };
                let report = play(provider, told(scenario, users, groups, seed), &server);
                assert!(report.ok(), "{users} people, {groups} groups\n{report}");
                let meant = &report.meant;
                let people = meant.active.len() + meant.left.len() + meant.pending.len();
                assert_eq!(people, users, "{provider} {scenario}");
                played += 1;
            }
        }
    }
    assert!(played >= 4 * 17 * 4, "only {played} plays");
}

#[test]
fn every_scenario_is_the_story_that_it_says() {
    for (scenario, story) in STORIES {
        for provider in scenario.players() {
            let joined = Server::new(Fault::None);
            let before = play(provider, told(Scenario::Joiners, 40, 3, 5), &joined);
            let before = before.meant.active.into_iter();
            let before = before.map(|one| (one.user_name.clone(), one)).collect();
            let server = Server::new(Fault::None);
            let report = play(provider, told(*scenario, 40, 3, 5), &server);
            assert!(report.ok(), "{report}");
            story(&Told {
                provider,
                report: &report,
                state: &server.state(),
                joined: &joined.state(),
                before: &before,
            });
        }
    }
}

/// All but those in which people or groups have other names at the end; and nobody for whom the
/// address is a name.
#[test]
fn a_story_can_be_told_again_where_names_stay() {
    let renames = [
        Scenario::Rename,
        Scenario::EmailAndUpn,
        Scenario::GroupRename,
    ];
    for scenario in Scenario::ALL {
        let by_address = [Provider::Google, Provider::Ping];
        for provider in scenario.players().filter(|one| !by_address.contains(one)) {
            let server = Server::new(Fault::None);
            let [first, second] = [0, 1].map(|_| play(provider, told(scenario, 30, 3, 2), &server));
            assert!(first.ok(), "{first}");
            if !renames.contains(&scenario) {
                assert!(second.ok(), "{second}");
            }
        }
    }
}

#[test]
fn the_same_seed_tells_the_same_story() {
    for scenario in Scenario::ALL {
        for provider in scenario.players() {
            let [first, second] = [0, 1].map(|_| {
                let server = Server::new(Fault::None);
                let report = play(provider, told(scenario, 20, 3, 9), &server);
                (std::mem::take(&mut server.state().log), report)
            });
            assert_eq!(first, second, "{provider} {scenario}");
        }
    }
}

#[test]
fn who_does_not_play_a_scenario_says_why_and_who_does() {
    let rows = [
        (
            Scenario::Concurrent,
            Provider::OktaWizard,
            &[
                "okta-wizard does not play concurrent: it sends the whole list",
                "okta, onelogin",
            ][..],
        ),
        (
            Scenario::GroupRename,
            Provider::OneLogin,
            &[
                "onelogin does not play group-rename: it creates and lists groups",
                "entra",
            ],
        ),
        (
            Scenario::OutOfOrder,
            Provider::Google,
            &["google does not play out-of-order: it pushes no groups"],
        ),
        (
            Scenario::Pending,
            Provider::Keycloak,
            &[
                "keycloak does not play pending: no such setting",
                "okta-wizard, onelogin can",
            ],
        ),
    ];
    for (scenario, provider, says) in rows {
        let error = Simulation::new(provider, told(scenario, 5, 2, 1)).unwrap_err();
        assert!(matches!(error, Error::NotPlayed { .. }), "{error}");
        for part in says {
            assert!(error.to_string().contains(part), "{error}");
        }
        assert!(!scenario.players().any(|player| player == provider));
    }
}

/// A server that cannot follow a story: scenario, fault, the field that differs, and whether
/// something is found there.
const FOUND_OUT: &[(Scenario, Fault, &str, bool)] = &[
    (Scenario::GroupRename, Fault::RenameIgnored, "group", false),
    (
        Scenario::GroupDeleteAndReturn,
        Fault::GroupDeleteKeeps,
        "members",
        true,
    ),
    (
        Scenario::OutOfOrder,
        Fault::StrangersDropped,
        "members",
        false,
    ),
    (
        Scenario::TimeZones,
        Fault::JunkZoneDropped,
        "timezone",
        false,
    ),
    (Scenario::ReHire, Fault::UpdateNotStored, "active", true),
    (
        Scenario::EmailAndUpn,
        Fault::UpdateNotStored,
        r#"emails[type eq "work"].value"#,
        true,
    ),
];

#[test]
fn a_server_that_cannot_follow_the_story_is_found_out() {
    for (scenario, fault, field, something) in FOUND_OUT {
        // Okta reads the members before it changes them, and so repairs what it finds.
        let okta = [Provider::Okta]
            .into_iter()
            .filter(|_| *fault != Fault::GroupDeleteKeeps);
        for provider in okta.chain([Provider::Entra, Provider::EntraOptscim]) {
            let server = Server::new(*fault);
            let report = play(provider, told(*scenario, 40, 3, 5), &server);
            assert!(!report.ok(), "{fault:?} goes unnoticed by {report}");
            let named = report
                .differences
                .iter()
                .any(|one| one.field == *field && one.found.is_some() == *something);
            assert!(named, "{fault:?} {report}");
        }
    }
}

/// Reads a group, lets others in between, and writes back what it read with the one change.
struct ReadsThenWrites(Server);

impl Transport for ReadsThenWrites {
    async fn send(&self, request: Request<Vec<u8>>) -> Result<Response<Vec<u8>>, TransportError> {
        let path = request.uri().path().trim_start_matches("/scim/v2/Groups/");
        let read = self.0.state().groups.get(path).cloned();
        if let (Some(read), &Method::PATCH) = (read, request.method()) {
            tokio::task::yield_now().await;
            self.0.state().groups.insert(path.to_owned(), read);
        }
        Ok(self.0.answer(&request))
    }
}

#[test]
fn a_server_that_loses_members_between_two_requests_is_found_out() {
    for provider in Scenario::Concurrent.players() {
        let server = ReadsThenWrites(Server::new(Fault::None));
        let fine = play(
            provider,
            told(Scenario::JoinersMoversLeavers, 40, 3, 5),
            &server,
        );
        assert!(fine.ok(), "one request at a time does no harm\n{fine}");
        let server = ReadsThenWrites(Server::new(Fault::None));
        let report = play(provider, told(Scenario::Concurrent, 40, 3, 5), &server);
        let lost: BTreeSet<_> = report
            .differences
            .iter()
            .filter(|one| one.field == "members" && one.found.is_none())
            .map(|one| &one.wanted)
            .collect();
        assert!(lost.len() >= 5, "{report}");
    }
}

/// The line of a scenario in the table for users.
fn line(scenario: Scenario) -> String {
    let plays = |provider: &Provider| scenario.players().any(|player| player == *provider);
    let (players, others): (Vec<_>, Vec<_>) = Provider::ALL.into_iter().partition(plays);
    let names = |all: Vec<Provider>| {
        all.into_iter()
            .map(Provider::name)
            .collect::<Vec<_>>()
            .join(", ")
    };
    let who = match others.len() {
        0 => "all".to_owned(),
        1..4 => format!("all but {}", names(others)),
        _ => names(players),
    };
    format!("| `{scenario}` | {} | {who} |", scenario.about())
}

#[test]
fn the_page_for_users_has_the_table_of_scenarios_and_providers() {
    let page = include_str!("../../../../docs/simulate.md");
    let lines: Vec<String> = Scenario::ALL.into_iter().map(line).collect();
    let table = lines.join("\n");
    assert!(
        page.contains(&table),
        "docs/simulate.md lacks this table:\n{table}"
    );
}
