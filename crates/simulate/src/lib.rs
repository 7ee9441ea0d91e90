//! Identity providers as SCIM clients: Okta, Microsoft Entra ID, OneLogin, `JumpCloud`, Google
//! Workspace, Ping Identity, authentik, rauthy and Keycloak, *simulated from documentation*.
//!
//! Use it to see whether a SCIM 2.0 server, this project's or any other, does what the providers
//! need, without an account at any of them. Nothing here was compared with a live tenant: request
//! shapes, headers and habits are those of the vendors' pages, of their source where it is open, and
//! of captured requests, by the ids of the provider catalogue (OKTA-08, ENTRA-49, OL-12 and so on).
//!
//! A provider is no script of requests. It holds a directory of its own, remembers the ids that the
//! server gave, and decides its next request from the last answer: it looks people up by the filter
//! it really uses, adopts or creates, reads before it writes, sends the difference only, and tries
//! again when the server is busy or away. A [`Scenario`] changes the directory, and the provider
//! follows: joiners, movers, leavers. At the end everything is read back and compared with what was
//! meant, and a second cycle checks that there is nothing left to write.
//!
//! # A run
//!
//! Point it at a base URL. Nobody listens at this one, and the report says so:
//!
//! ```
//! use std::time::Duration;
//! use enroll_simulate::{Options, Provider, Simulation};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let options = Options {
//!     users: 200,
//!     groups: 5,
//!     patience: Duration::ZERO, // a real run waits a minute for a server that restarts
//!     ..Options::new("http://127.0.0.1:9/scim/v2/demo", "the-token")
//! };
//! let okta = Simulation::new(Provider::Okta, options)?;
//! let report = okta.run(|event| eprintln!("{event}")).await?;
//!
//! assert!(!report.ok());
//! assert!(report.failures[0].detail.starts_with("no answer"));
//! println!("{report}"); // requests by kind, failures, differences
//! # Ok(())
//! # }
//! ```
//!
//! # A server in the same process
//!
//! Anything that answers requests is a [`Transport`]. This server is broken in a way which only a
//! strict client notices:
//!
//! ```
//! use enroll_simulate::{Options, Provider, Simulation, Transport, TransportError};
//!
//! struct Broken;
//!
//! impl Transport for Broken {
//!     async fn send(
//!         &self,
//!         request: http::Request<Vec<u8>>,
//!     ) -> Result<http::Response<Vec<u8>>, TransportError> {
//!         let (status, body) = match request.method().as_str() {
//!             "GET" => (200, r#"{"schemas":["urn:ietf:params:scim:api:messages:2.0:ListResponse"],
//!                                "totalResults":"0","Resources":[]}"#),
//!             _ => (501, r#"{"detail":"writing is not done yet"}"#),
//!         };
//!         let answer = http::Response::builder().status(status);
//!         answer.body(body.into()).map_err(|error| TransportError::new(error.to_string()))
//!     }
//! }
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let options = Options { users: 1, groups: 1, ..Options::new("http://in.process", "t") };
//! let entra = Simulation::new(Provider::Entra, options)?;
//! let report = entra.run_over(&Broken, |_| {}).await;
//!
//! let said: Vec<_> = report.failures.iter().map(|failure| failure.detail.as_str()).collect();
//! assert!(said.contains(&"totalResults of the list is text, not an integer"));
//! assert!(said.contains(&"writing is not done yet"));
//! assert_eq!(report.differences[0].field, "user");
//! assert_eq!(report.differences[0].found, None, "the person is not there");
//! # Ok(())
//! # }
//! ```
//!
//! # What was meant
//!
//! [`Report::meant`](Report) is the state which the provider means, also after failures: compare it
//! with an application's accounts, as JSON from another program or here:
//!
//! ```
//! # use enroll_simulate::{Options, Provider, Scenario, Simulation, Transport, TransportError};
//! # struct Nobody;
//! # impl Transport for Nobody {
//! #     async fn send(
//! #         &self,
//! #         _: http::Request<Vec<u8>>,
//! #     ) -> Result<http::Response<Vec<u8>>, TransportError> {
//! #         Err(TransportError::new("nobody"))
//! #     }
//! #     async fn pause(&self, _: std::time::Duration) {}
//! # }
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let options = Options { users: 50, ..Options::new("http://in.process", "t") };
//! let report = Simulation::new(Provider::Entra, options)?.run_over(&Nobody, |_| {}).await;
//!
//! assert_eq!(report.meant.active.len(), 48);
//! assert_eq!(report.meant.left.len(), 2, "4 % of 50");
//! assert!(report.meant.active.iter().all(|person| !person.groups.is_empty()));
//! let json = serde_json::to_value(&report)?;
//! assert_eq!(json["meant"]["left"][1]["standing"], "deleted");
//! # Ok(())
//! # }
//! ```
//!
//! # Settings, and bad days
//!
//! Administrators set their providers up, and tick or forget boxes: [`OneLoginSettings`] (its
//! template, groups, leavers, approval), [`EntraSettings`] (on demand, restart, quarantine) and
//! [`OktaSettings`] (push now, unlink, import) are plain data in [`Options`]. `faults` there, or
//! [`Faulty`] around any transport, loses requests and answers, delivers twice or late, and is busy:
//!
//! ```
//! use enroll_simulate::{OnRemove, OneLoginSettings, Options, Provider, Simulation, Template};
//!
//! # fn main() -> Result<(), enroll_simulate::Error> {
//! let template: Template = r#"{ "userName": "{$user.email}", "active": "true" }"#.parse()?;
//! let options = Options {
//!     onelogin: OneLoginSettings {
//!         template: Some(template),
//!         on_remove: Some(OnRemove::Nothing),
//!         ..OneLoginSettings::default()
//!     },
//!     faults: 10,
//!     ..Options::new("http://127.0.0.1:8080/scim/v2/x", "the-token")
//! };
//! let onelogin = Simulation::new(Provider::OneLogin, options)?;
//! # let _ = onelogin;
//! # Ok(())
//! # }
//! ```
//!
//! # A move to another server
//!
//! A provider remembers ids. [`Simulation::stop_after`], [`Simulation::memory`] and
//! [`Simulation::resume`] play a story in two runs, the second perhaps at another base URL; [`Moving`]
//! changes the base URL in the middle of one run.
//!
//! # Limits
//!
//! * [`USERS_MAX`] people and [`GROUPS_MAX`] groups; one request at a time, but in the scenario
//!   `concurrent`, which has eight in flight, as Okta does (OKTA-29).
//! * People of different providers and seeds are different people; the same seed makes the same
//!   requests. A second run with the same arguments adopts what the first one left. With the same
//!   seed but other numbers, people may be left in groups that nobody means any more; the scenarios
//!   `rename`, `email-and-upn` and `group-rename` cannot be repeated at all, and with Google and
//!   Ping, who look for addresses, nothing in which those change. Use another seed.
//! * Not every scenario makes sense for every provider: [`Scenario::players`] lists those for whom
//!   it does, and [`Simulation::new`] refuses the others with the reason.
//! * Little is documented of `JumpCloud`, Google and Ping: where a request is inferred, its dialect
//!   says so. Google sends no groups, so nothing of memberships is expected there.
//! * Patience is counted in waits between tries; time spent waiting for answers comes on top.
//! * Not played: managers, roles, phone numbers, password changes, nested groups, compressed
//!   answers.
//! * Quarantine is counted in cycles: no run waits for a day.
//! * Answers up to 64 MiB are read, and lists up to a million resources.
//!
//! # Errors
//!
//! [`Error`] says why a run cannot be set up, [`TransportError`] that an exchange had no answer.
//! Whatever the server does wrong is no error but a [`Failure`] (an answer no provider could work
//! with) or a [`Difference`] (a value that was not meant) in the [`Report`].

mod answer;
mod client;
mod cycle;
mod dialect;
mod directory;
mod faults;
mod field;
mod http_client;
mod ledger;
mod memory;
mod moving;
mod names;
mod options;
mod person;
mod provider;
mod report;
mod scenario;
mod set_up;
mod settings;
mod simulation;
mod template;
mod transport;
mod verify;
mod zones;

pub use faults::{Dealt, FAULTS_PERCENT_MAX, Faults, Faulty};
pub use http_client::Http;
pub use ledger::Event;
pub use memory::Memory;
pub use moving::Moving;
pub use options::{Error, GROUPS_MAX, Options, PATIENCE, USERS_MAX};
pub use provider::Provider;
pub use report::{Difference, Failure, Report, Roster, RosterGroup, RosterPerson};
pub use scenario::Scenario;
pub use settings::{Approval, EntraSettings, OktaSettings, OnRemove, OneLoginSettings};
pub use simulation::Simulation;
pub use template::Template;
pub use transport::{Transport, TransportError};
