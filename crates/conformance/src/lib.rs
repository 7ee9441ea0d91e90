//! What every implementation must hold, as code that anybody may run.
//!
//! Use it as a dev-dependency, in an integration test: the crate brings the tests, you bring the
//! thing under test.
//!
//! | module | you bring | it checks |
//! |---|---|---|
//! | [`store`] | a store of one directory | the storage contract |
//! | [`ledger`] | a ledger of the sync job | what the job writes down |
//! | [`job`] | the same | that a whole job over it does what it does in memory |
//! | [`sink`] | a sink, and three questions about its application | what the job counts on |
//! | [`corpus`] | a way to send one HTTP request ([`corpus::Wire`]) | requests as identity providers send them |
//!
//! # The corpus against your own server
//! One fresh, empty tenant per case; the rest is [`corpus::run`].
//!
//! ```
//! use enroll_conformance::corpus::{self, Answer, Exchange, Wire};
//!
//! /// A server which knows nobody.
//! struct Nobody;
//!
//! impl Wire for Nobody {
//!     async fn send(&self, _exchange: Exchange) -> Answer {
//!         let body = r#"{"schemas":["urn:ietf:params:scim:api:messages:2.0:Error"],
//!                        "status":"404","detail":"no such resource"}"#;
//!         Answer { status: 404, headers: Vec::new(), body: body.into() }
//!     }
//! }
//!
//! # fn block_on<T>(future: impl Future<Output = T>) -> T {
//! #     let mut future = std::pin::pin!(future);
//! #     let mut context = std::task::Context::from_waker(std::task::Waker::noop());
//! #     match future.as_mut().poll(&mut context) {
//! #         std::task::Poll::Ready(value) => value,
//! #         std::task::Poll::Pending => unreachable!("nothing here waits"),
//! #     }
//! # }
//! let case = |id: &str| corpus::cases().find(|case| case.id == id).expect("a case of the corpus");
//!
//! // "Unknown user id: 404 with SCIM error": that much it can do.
//! assert_eq!(block_on(corpus::run(&case("ENTRA-M-14"), &Nobody)), Ok(()));
//!
//! // "An empty listing": here it cannot pretend, and the report says what is missing.
//! let mismatch = block_on(corpus::run(&case("OKTA-X-01"), &Nobody)).unwrap_err();
//! assert!(mismatch.to_string().starts_with("OKTA-X-01: status: wanted status 200"));
//! ```
//!
//! # A contract against your own implementation
//! Each suite is a macro that makes one test of each case; the cases are functions, too.
//!
//! ```
//! use enroll_conformance::tenants;
//! use enroll_tenants::MemoryTenants;
//!
//! // In tests/it: enroll_conformance::tenants_suite!(MyTenants::empty());
//! # fn block_on<T>(future: impl Future<Output = T>) -> T {
//! #     let mut future = std::pin::pin!(future);
//! #     let mut context = std::task::Context::from_waker(std::task::Waker::noop());
//! #     match future.as_mut().poll(&mut context) {
//! #         std::task::Poll::Ready(value) => value,
//! #         std::task::Poll::Pending => unreachable!("nothing here waits"),
//! #     }
//! # }
//! block_on(tenants::e21_at_most_five_live_tokens(MemoryTenants::default()));
//! ```
//!
//! # Limits
//! The corpus was written from documentation, public code and public reports, not from recordings
//! of live tenants; each case says how sure it is ([`corpus::Confidence`]).

pub mod corpus;
pub mod job;
pub mod ledger;
pub mod sink;
pub mod store;
pub mod tenants;
