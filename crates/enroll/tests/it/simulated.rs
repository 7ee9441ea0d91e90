//! Every scenario of every simulated provider against the real server: it ends as the provider
//! means it, with nothing failed, nothing repeated, and nothing left to write.

use std::time::Duration;

use enroll::{Connection, Enroll, Place};
use enroll_simulate::{Options, Provider, Report, Scenario, Simulation, Transport, TransportError};
use http_body_util::{BodyExt as _, Full};

/// The way to the server in the same process.
pub(crate) struct Within(pub(crate) Enroll);

impl Transport for Within {
    async fn send(
        &self,
        request: http::Request<Vec<u8>>,
    ) -> Result<http::Response<Vec<u8>>, TransportError> {
        let request = request.map(|body| Full::new(body.into()));
        let (parts, body) = self.0.scim().respond(request).await.into_parts();
        let body = body.collect().await.unwrap().to_bytes().to_vec();
        Ok(http::Response::from_parts(parts, body))
    }

    async fn pause(&self, _: Duration) {}
}

/// The dialect to which an administrator sets the integration of a provider.
pub(crate) fn dialect(provider: Provider) -> &'static str {
    match provider {
        Provider::OktaWizard => "okta",
        Provider::EntraOptscim => "entra",
        other => other.name(),
    }
}

async fn play(
    enroll: &Enroll,
    (provider, scenario): (Provider, Scenario),
    to: &Connection,
    seed: u64,
) -> Report {
    let options = Options {
        users: 30,
        groups: 4,
        scenario,
        seed,
        ..Options::new(to.base_url.clone(), to.token.expose())
    };
    let simulation = Simulation::new(provider, options).unwrap();
    simulation.run_over(&Within(enroll.clone()), |_| {}).await
}

/// Plays a scenario in a directory of its own; returns what is wrong with the end, if anything is.
async fn end(
    enroll: Enroll,
    plays: (Provider, Scenario),
    dialect: &str,
    seed: u64,
) -> Option<String> {
    let (provider, scenario) = plays;
    let place = Place::fresh(&format!("{scenario} {provider}"), dialect);
    let tenant = enroll.tenant("simulated");
    let to = tenant.connect_as(place).await.unwrap();
    let report = play(&enroll, plays, &to, seed).await;
    let wrong = !report.ok() || report.retries > 0;
    wrong.then(|| format!("dialect {dialect}: {report}"))
}

/// All providers of a scenario at the same time, in one database.
#[tokio::test]
async fn every_scenario_of_every_provider_ends_as_it_is_meant() {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite:{}", folder.path().join("enroll.db").display());
    let enroll = Enroll::open(url).without_sync().start().await.unwrap();
    enroll.tenant("simulated").put("Simulated").await.unwrap();
    let (mut wrong, mut played) = (Vec::new(), 0);
    for scenario in Scenario::ALL {
        let mut running = tokio::task::JoinSet::new();
        for (seed, provider) in (1..).zip(scenario.players()) {
            // With the dialect set, or as a stranger's.
            let dialect = [dialect(provider), "auto"][played % 2];
            running.spawn(end(enroll.clone(), (provider, scenario), dialect, seed));
            played += 1;
        }
        wrong.extend(running.join_all().await.into_iter().flatten());
    }
    enroll.close().await.unwrap();
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
    assert!(played >= 150, "only {played} plays");
}
