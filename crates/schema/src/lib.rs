//! The words of RFC 7643, as types and tables.
//!
//! # What it is for
//!
//! A SCIM resource arrives as JSON in whatever spelling its sender likes. This crate turns it into
//! *one* form that everything behind it can rely on, or says what the sender has to change:
//!
//! - [`json::parse`] is the door: JSON with no member named twice, no half characters, no numbers
//!   that change on the way in, and no more depth or values than the [`limits`];
//! - [`Schemas`] holds what each [`ResourceType`] consists of: every attribute of RFC 7643 with its
//!   characteristics, errata applied, as tables; extensions of your own join with
//!   [`Schemas::with_extension`];
//! - [`Document::read`] checks a body against its type and gives the canonical [`Document`]: the
//!   schema's spelling, no empty values, one primary, `schemas` computed;
//! - [`fold`] has the rules by which two texts are the same: for uniqueness, filters, sorting, sync;
//! - [`User`], [`Group`], [`EnterpriseUser`] and the messages ([`ListResponse`], [`PatchOp`],
//!   [`SearchRequest`], [`ErrorResponse`]) are structs, for clients as well as servers;
//! - [`Error`] is what a refusal is everywhere: its [`ErrorKind`] alone decides HTTP status and
//!   `scimType`.
//!
//! It has no clock, no randomness, no input or output, and runs wherever Rust does, WebAssembly
//! included. It depends on nothing of this project.
//!
//! # Using it alone
//!
//! A client or an importer needs the structs and nothing else:
//!
//! ```
//! use enroll_schema::{MultiValue, User};
//!
//! let text = r#"{
//!     "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
//!     "userName": "ada@x.example",
//!     "name": { "givenName": "Ada", "familyName": "Kern" }
//! }"#;
//! let mut user: User = serde_json::from_str(text)?;
//! user.emails.push(MultiValue::new("ada@x.example").labelled("work"));
//! assert_eq!(user.name.as_ref().and_then(|name| name.given_name.as_deref()), Some("Ada"));
//! assert!(serde_json::to_string(&user)?.contains(r#""type":"work""#));
//! # Ok::<(), serde_json::Error>(())
//! ```
//!
//! A server reads what clients send, and answers a refusal in the protocol's words:
//!
//! ```
//! use enroll_schema::{Document, Mode, Schemas, error_body, json};
//!
//! let schemas = Schemas::standard();
//! let users = schemas.endpoint("Users").expect("the standard has users");
//!
//! let sent = br#"{
//!     "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
//!     "USERNAME": "Ada", "title": null, "favouriteColour": "red"
//! }"#;
//! let incoming = Document::read(users, json::parse(sent)?, Mode::Lenient)?;
//! assert_eq!(incoming.document.as_map()["userName"], "Ada");
//! assert_eq!(incoming.document.as_map().get("title"), None);
//! assert_eq!(incoming.ignored, ["favouriteColour"]);
//!
//! let sent = br#"{
//!     "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
//!     "userName": "Ada", "active": "True"
//! }"#;
//! let error = Document::read(users, json::parse(sent)?, Mode::Lenient).unwrap_err();
//! assert_eq!(error.detail(), r#"active expects true or false, found the text "True""#);
//! let body: serde_json::Value = serde_json::from_slice(&error_body(&error, None)).unwrap();
//! assert_eq!((&body["status"], &body["scimType"]), (&"400".into(), &"invalidValue".into()));
//! # Ok::<(), enroll_schema::Error>(())
//! ```
//!
//! An extension of your own is a table too, and its attributes are found, checked and compared like
//! those of the standard:
//!
//! ```
//! use enroll_schema::{Attribute, Document, Kind, Mode, Schemas, Urn, fold};
//! use serde_json::json;
//!
//! const BADGE: &str = "urn:example:params:scim:schemas:extension:badge:2.0:User";
//! let number = Attribute { required: true, ..Attribute::new("number", Kind::Integer) };
//! let colour = Attribute::from_json(&json!({ "name": "colour", "canonicalValues": ["red"] }))?;
//! let schemas = Schemas::standard()
//!     .with_extension("User", Urn::from(BADGE), false, vec![number, colour])?;
//!
//! let users = schemas.named("User").expect("the standard has users");
//! let body = json!({
//!     "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
//!     "userName": "Ada", BADGE: { "Number": 7, "colour": "Blue" },
//! });
//! let document = Document::read(users, body, Mode::Strict)?.document;
//! assert_eq!(document.as_map()["schemas"][1], BADGE);
//! assert_eq!(document.as_map()[BADGE]["number"], 7);
//!
//! let colour = users.find(Some(BADGE), "COLOUR").expect("just added");
//! assert_eq!(users.path(colour), format!("{BADGE}:colour"));
//! assert_eq!(fold::key(users, colour, "Blue"), "blue");
//! # Ok::<(), enroll_schema::Error>(())
//! ```
//!
//! # Limits and errors
//!
//! Every limit is a constant of [`limits`]. Every fallible function gives [`Error`], whose
//! [`Error::detail`] names the attribute and what is wanted there, repeats at most 64 characters of
//! what was sent, and never a password. What went wrong on our side is its
//! [`source`](std::error::Error::source) and never leaves the server.
//!
//! The repairs that single identity providers need (texts for Booleans, one object where a list is
//! due) are not made here: the quirks crate makes them first, by name, where an administrator sees
//! them. [`Mode::Lenient`] ignores what nobody can use; it never guesses.

mod attribute;
mod document;
mod error;
mod etag;
pub mod fold;
mod group;
mod id;
pub mod json;
pub mod limits;
mod message;
mod name;
mod resource_type;
mod schemas;
mod shown;
mod standard;
mod timestamp;
pub mod urns;
mod user;

pub use attribute::{Attribute, Kind, Mutability, Relation, Returned, Uniqueness};
pub use document::{Canonical, Document, Incoming, Mode};
pub use error::{Error, ErrorKind, Result};
pub use etag::IfMatch;
pub use group::{Group, Member, Meta};
pub use id::{ExternalId, ResourceId, Version};
pub use message::{
    ErrorResponse, ListResponse, PatchOp, PatchOperation, PatchVerb, SearchRequest, error_body,
};
pub use name::{AttrName, Urn};
pub use resource_type::{AttrId, Extension, ResourceType};
pub use schemas::Schemas;
pub use timestamp::Timestamp;
pub use user::{Address, EnterpriseUser, ManagerRef, MultiValue, Name, User};
