//! The crate's face: providers against an honest server in memory, against broken ones, and over
//! real sockets.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "tests may fail loudly"
)]

mod corpus;
mod entra;
mod fake;
mod faults;
mod faulty;
mod flaky;
mod memory;
mod okta;
mod onelogin;
mod others;
mod runs;
mod scenarios;
mod wire;

use enroll_simulate::{Options, Provider, Report, Simulation, Transport};

/// The token which the fake server knows.
const TOKEN: &str = "letmein";
/// The base URL of the fake server.
const BASE: &str = "http://fake.example/scim/v2";

fn options(users: usize, groups: usize, seed: u64) -> Options {
    Options {
        users,
        groups,
        seed,
        ..Options::new(BASE, TOKEN)
    }
}

/// Returns whether a provider sends an attribute at all.
fn sends(provider: Provider, attribute: &str) -> bool {
    use Provider::{Authentik, Google, JumpCloud, Keycloak, Ping};
    match attribute {
        "emails" | "groups" => provider != Google,
        "externalId" => !matches!(provider, Google | Ping),
        "timezone" => !matches!(provider, Authentik | Google | JumpCloud | Keycloak | Ping),
        _ => true,
    }
}

/// Plays one run in this thread.
fn play<T: Transport>(provider: Provider, options: Options, transport: &T) -> Report {
    let simulation = Simulation::new(provider, options).unwrap();
    block(simulation.run_over(transport, |_| {}))
}

fn block<F: Future>(future: F) -> F::Output {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(future)
}
