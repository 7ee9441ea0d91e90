//! A story that is stopped goes on with what the provider remembered.

use enroll_simulate::{Memory, Provider, Simulation};
use serde_json::Value;

use crate::{
    block,
    fake::{Fault, Server},
    options,
};

#[track_caller]
fn check(provider: Provider, stop_after: usize) {
    let server = Server::new(Fault::None);
    let simulation = || Simulation::new(provider, options(40, 4, 3)).unwrap();
    let first = simulation().stop_after(stop_after);
    let begun = block(first.run_over(&server, |_| {}));
    assert!(begun.finished && begun.failures.is_empty(), "{begun}");
    let written = serde_json::to_value(first.memory()).unwrap();
    assert_eq!(written["phases"], stop_after, "{provider}");
    let ids = |memory: &Value| memory["people"].as_object().unwrap().clone();
    assert!(!ids(&written).is_empty(), "{provider}");

    let memory: Memory = serde_json::from_value(written.clone()).unwrap();
    let second = simulation().resume(memory);
    let report = block(second.run_over(&server, |_| {}));
    assert!(report.ok(), "{provider} after {stop_after}: {report}");
    assert_eq!(report.second_cycle_writes, 0, "{provider}: {report}");
    // Nobody whom it remembered was made again under another id.
    let after = serde_json::to_value(second.memory()).unwrap();
    for (key, person) in ids(&written) {
        let now = &after["people"][&key];
        assert!(now.is_null() || now["id"] == person["id"], "{provider}");
    }
}

#[test]
fn a_story_goes_on_with_what_was_remembered() {
    for provider in [
        Provider::Okta,
        Provider::OktaWizard,
        Provider::Entra,
        Provider::EntraOptscim,
        Provider::OneLogin,
    ] {
        for stop_after in [1, 2] {
            check(provider, stop_after);
        }
    }
}

#[test]
fn what_is_no_memory_is_refused() {
    for text in ["{}", "[]", r#"{"phases":1,"people":{},"groups":{},"x":1}"#] {
        assert!(serde_json::from_str::<Memory>(text).is_err(), "{text}");
    }
}
