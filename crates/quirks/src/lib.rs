//! What identity providers really send, rewritten to what they meant.
//!
//! RFC 7644 says how a provider talks to an application; each provider says it a little otherwise.
//! Entra writes `"False"` for `false` and leaves the URN off `manager`, OneLogin sends schema URNs of
//! an old draft, Keycloak wraps single values in a list. A server that takes them at their word
//! refuses the change, and somebody who left stays active. This crate stands in front of the server
//! proper and turns such a request into the one the RFC has for it. It says what it did, so that a
//! log can show it.
//!
//! It is a table, [`QUIRKS`]: a stable name, who sends it, why it means what we read, where it was
//! seen, and a small pure function. No store, no HTTP, no clock: it can stand in front of somebody
//! else's SCIM server as well.
//!
//! # One request
//!
//! ```
//! use enroll_quirks::{Dialect, Incoming, inbound};
//! use enroll_schema::Schemas;
//! use serde_json::json;
//!
//! let mut request = Incoming {
//!     method: "PATCH".into(),
//!     path: "/Users/2819c223".into(),
//!     query: None,
//!     body: Some(json!({
//!         "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
//!         "Operations": [{"op": "Replace", "path": "active", "value": "False"}],
//!     })),
//!     user_agent: None,
//! };
//! let applied = inbound(Dialect::Auto, &Schemas::standard(), &mut request);
//!
//! assert_eq!(request.body.unwrap()["Operations"][0]["value"], false);
//! assert!(applied.ids().eq(["op-letter-case", "text-boolean"]));
//! ```
//!
//! [`explained`] does the same and tells what each quirk changed, with the value before and after,
//! for a log.
//!
//! # Which quirks are on
//!
//! A quirk [accepts](Effect::Accepts) when the request has one sensible reading and no requirement
//! names its error; it is on in every [`Dialect`] but [`Dialect::Strict`]. It
//! [changes](Effect::Changes) when the RFC names the error or has another meaning for it; then it is
//! on in the dialects it lists and nowhere else. [`Dialect::recognise`] tells the two providers whose
//! headers are certain; [`Dialect::suggested`] and [`Applied::suggests`] are hints for a person.
//!
//! ```
//! # use enroll_quirks::{Dialect, Incoming, inbound};
//! # use enroll_schema::Schemas;
//! # use serde_json::json;
//! # let schemas = Schemas::standard();
//! // Okta repeats the read-only id in every rename of a group; from anybody else that is an error.
//! let rename = json!({
//!     "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
//!     "Operations": [{"op": "replace", "value": {"id": "7", "displayName": "A"}}],
//! });
//! let sent = Incoming {
//!     method: "PATCH".into(),
//!     path: "/Groups/7".into(),
//!     query: None,
//!     body: Some(rename),
//!     user_agent: Some("Okta SCIM Client 1.0.0".into()),
//! };
//! let agent = sent.user_agent.clone().unwrap();
//! let told = Dialect::recognise(|name| (name == "user-agent").then_some(agent.as_str()));
//! assert_eq!(told, Some(Dialect::Okta));
//!
//! let mut request = sent.clone();
//! assert!(inbound(Dialect::Okta, &schemas, &mut request).ids().eq(["read-only-key"]));
//! let mut request = sent.clone();
//! assert_eq!(inbound(Dialect::Auto, &schemas, &mut request).ids().count(), 0);
//! assert_eq!(request, sent);
//! ```
//!
//! # Beyond requests
//!
//! What a dialect decides about reading and answering, and not about rewriting, is its [`Policy`]:
//! whether a second group of the same name is 409, whether an empty PATCH succeeds.
//!
//! ```
//! use enroll_quirks::Dialect;
//!
//! assert!(Dialect::named("entra").unwrap().policy().unique_group_names);
//! assert!(!Dialect::named("okta").unwrap().policy().unique_group_names);
//! ```
//!
//! # Limits and errors
//!
//! Nothing here fails. What has no single reading stays as sent and is refused by the core, with the
//! right error. Of two values for one place neither is dropped. Who is a member of a group is never
//! guessed: ids of members are not read out of text, not trimmed, and none is taken for nothing.
//! Operations keep their index. Objects of more than 256 keys keep their keys as sent. SCIM 1.1 is
//! not read half.

mod area;
mod dialect;
mod inbound;
mod notation;
mod pass;
pub mod query;
mod rule;
mod switches;
mod table;
mod told;

pub use dialect::{Dialect, Policy};
pub use inbound::{Applied, Incoming, inbound, inbound_without};
pub use table::{Area, Effect, QUIRKS, Quirk};
pub use told::{CHANGES_TOLD_MAX, Change, Told, explained};
