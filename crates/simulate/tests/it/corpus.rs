//! The requests have the shapes of the documented and captured ones.
//!
//! `tests/data/requests.json` holds requests of the provider corpus by their ids. A run sends at
//! least one request of each shape: same method, target, headers; a body with at least the same
//! members, the same schemas, operations, paths and booleans.

use std::collections::BTreeSet;

use enroll_simulate::{Options, Provider, Scenario};
use serde_json::Value;

use crate::{
    fake::{Fault, Seen, Server},
    options, play,
};
use Provider::{
    Authentik, Entra, Google, JumpCloud, Keycloak, Okta, OktaWizard, OneLogin, Ping, Rauthy,
};
use Scenario::{GroupRename, JoinersMoversLeavers, Rename};

const REQUESTS: &str = include_str!("../data/requests.json");

/// Which run sends which requests. OneLogin's template follows the seed.
const ROWS: &[(Provider, u64, Scenario, &[&str])] = &[
    (
        Okta,
        1,
        JoinersMoversLeavers,
        &[
            "OKTA-T-01",
            "OKTA-T-03",
            "OKTA-M-01",
            "OKTA-M-05",
            "OKTA-C-01",
            "OKTA-U-01",
            "OKTA-U-06",
            "OKTA-G-01",
            "OKTA-G-03",
            "OKTA-G-04",
            "OKTA-G-07",
        ],
    ),
    (
        OktaWizard,
        1,
        JoinersMoversLeavers,
        &["OKTA-U-01", "OKTA-U-04", "OKTA-G-11"],
    ),
    (
        Entra,
        1,
        JoinersMoversLeavers,
        &[
            "ENTRA-T-01",
            "ENTRA-T-04",
            "ENTRA-M-11",
            "ENTRA-C-01",
            "ENTRA-U-06",
            "ENTRA-D-01",
            "ENTRA-G-01",
            "ENTRA-G-06",
            "ENTRA-G-09",
            "ENTRA-G-10",
        ],
    ),
    (Entra, 1, Rename, &["ENTRA-U-04"]),
    (
        OneLogin,
        6,
        JoinersMoversLeavers,
        &[
            "OL-M-01", "OL-C-01", "OL-G-01", "OL-G-03", "OL-G-05", "OL-D-01",
        ],
    ),
    (
        OneLogin,
        1,
        JoinersMoversLeavers,
        &["OL-M-02", "OL-C-03", "OL-U-01"],
    ),
    (OneLogin, 2, JoinersMoversLeavers, &["OL-C-05"]),
    (
        JumpCloud,
        1,
        JoinersMoversLeavers,
        &[
            "JC-T-01", "JC-T-02", "JC-T-03", "JC-T-04", "JC-T-105", "JC-T-106", "JC-G-02",
            "JC-G-103",
        ],
    ),
    (JumpCloud, 2, JoinersMoversLeavers, &["JC-U-102"]),
    (JumpCloud, 1, GroupRename, &["JC-G-01"]),
    (
        Google,
        1,
        JoinersMoversLeavers,
        &["GW-T-01", "GW-C-01", "GW-U-101", "GW-D-01", "GW-M-101"],
    ),
    (
        Ping,
        1,
        JoinersMoversLeavers,
        &[
            "PING-M-01",
            "PING-D-01",
            "PING-U-01",
            "PING-U-102",
            "PING-G-01",
            "PING-G-101",
        ],
    ),
    (Ping, 0, JoinersMoversLeavers, &["PING-M-02", "PING-C-02"]),
    (Ping, 2, JoinersMoversLeavers, &["PING-M-103"]),
    (
        Authentik,
        1,
        JoinersMoversLeavers,
        &["AK-T-101", "AK-C-01", "AK-G-01", "AK-G-04", "AK-G-07"],
    ),
    (Authentik, 1, GroupRename, &["AK-G-03"]),
    (
        Rauthy,
        1,
        JoinersMoversLeavers,
        &[
            "RY-M-01", "RY-C-01", "RY-G-01", "RY-G-03", "RY-U-01", "RY-G-04",
        ],
    ),
    (Keycloak, 0, JoinersMoversLeavers, &["KC-C-01", "KC-G-03"]),
    (Keycloak, 1, JoinersMoversLeavers, &["KC-U-01", "KC-G-01"]),
    (Keycloak, 2, JoinersMoversLeavers, &["KC-U-02"]),
];

/// The manager and department of OL-C-05 are macros that this administrator left out.
const LEFT_OUT: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";

#[test]
fn the_runs_send_the_requests_of_the_corpus() {
    let documented: Vec<Value> = serde_json::from_str(REQUESTS).unwrap();
    let mut covered = BTreeSet::new();
    for (provider, seed, scenario, ids) in ROWS {
        let server = Server::new(Fault::None);
        let scenario = Options {
            scenario: *scenario,
            ..options(60, 4, *seed)
        };
        assert!(play(*provider, scenario, &server).ok());
        let state = server.state();
        for id in *ids {
            let wanted = documented.iter().find(|one| one["id"] == *id).unwrap();
            let close = || {
                let method = wanted["method"].as_str().unwrap();
                let seen = state.log.iter().filter(|seen| seen.method == method);
                seen.map(|seen| format!("{} {}", seen.target, seen.body))
                    .next_back()
            };
            assert!(
                state.log.iter().any(|seen| is_like(seen, wanted)),
                "{id}: {:?}",
                close()
            );
            covered.insert(*id);
        }
    }
    assert_eq!(
        covered.len(),
        documented.len(),
        "every copied request is looked for"
    );
}

#[test]
fn a_request_of_another_shape_is_told_apart() {
    let documented: Vec<Value> = serde_json::from_str(REQUESTS).unwrap();
    let server = Server::new(Fault::None);
    play(Okta, options(60, 4, 1), &server);
    let foreign = documented
        .iter()
        .filter(|one| !one["id"].as_str().unwrap().starts_with("OKTA"));
    for wanted in foreign {
        let state = server.state();
        assert!(
            !state.log.iter().any(|seen| is_like(seen, wanted)),
            "{}",
            wanted["id"]
        );
    }
}

fn is_like(seen: &Seen, wanted: &Value) -> bool {
    seen.method == wanted["method"].as_str().unwrap()
        && anonymous(&seen.target) == anonymous(wanted["target"].as_str().unwrap())
        && headers_fit(seen, &wanted["headers"])
        && covers(&seen.body, &wanted["body"])
}

/// The target without the ids and values which differ from case to case.
fn anonymous(target: &str) -> String {
    let (path, query) = target
        .split_once('?')
        .map_or((target, None), |(p, q)| (p, Some(q)));
    let mut parts: Vec<&str> = path.split('/').collect();
    if parts.len() > 2 {
        parts[2] = "id";
    }
    let query = query.map(|query| {
        let values = query.split("%22").enumerate();
        let values = values.map(|(index, part)| if index % 2 == 1 { "x" } else { part });
        format!("?{}", values.collect::<Vec<_>>().join("%22"))
    });
    parts.join("/") + &query.unwrap_or_default()
}

/// The same headers, no others but the token; `""` in the corpus means none.
fn headers_fit(seen: &Seen, wanted: &Value) -> bool {
    let wanted = wanted
        .as_object()
        .unwrap()
        .iter()
        .filter(|(_, value)| *value != "");
    let mut names = BTreeSet::from(["authorization".to_owned()]);
    for (name, value) in wanted {
        let (name, value) = (name.to_lowercase(), value.as_str().unwrap());
        let found = seen.headers.get(&name).map(|found| found.to_str().unwrap());
        let fits = match (name.as_str(), found) {
            ("adscimversion", Some(found)) => {
                let (start, _) = value.split_at(value.find("ActivityId:").unwrap() + 11);
                found.len() == value.len() && found.starts_with(start)
            }
            (_, found) => found == Some(value),
        };
        if !fits {
            return false;
        }
        names.insert(name);
    }
    seen.headers
        .keys()
        .map(|name| name.as_str().to_owned())
        .collect::<BTreeSet<_>>()
        == names
}

fn covers(seen: &Value, wanted: &Value) -> bool {
    match (seen, wanted) {
        (Value::Object(seen), Value::Object(wanted)) => wanted
            .iter()
            .filter(|(name, _)| *name != LEFT_OUT)
            .all(|(name, wanted)| {
                seen.get(name)
                    .is_some_and(|seen| match (name.as_str(), seen, wanted) {
                        ("op" | "schemas", seen, wanted) => seen == wanted,
                        ("path", Value::String(seen), Value::String(wanted)) => {
                            let start = |path: &str| path.split('"').next().unwrap().to_owned();
                            start(seen) == start(wanted)
                        }
                        (_, seen, wanted) => covers(seen, wanted),
                    })
            }),
        (Value::Array(seen), Value::Array(wanted)) if wanted.is_empty() => seen.is_empty(),
        (Value::Array(seen), Value::Array(wanted)) => wanted
            .iter()
            .all(|wanted| seen.iter().any(|seen| covers(seen, wanted))),
        (Value::String(seen), Value::String(wanted)) => {
            let boolean = |text: &str| matches!(text.to_lowercase().as_str(), "true" | "false");
            seen == wanted || !(boolean(seen) || boolean(wanted))
        }
        (seen, wanted) => seen == wanted,
    }
}
