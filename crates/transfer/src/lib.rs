//! Moving a directory in and out: from another SCIM server, or as lines of JSON.
//!
//! An identity provider remembers the ids that a server gave. Who moves to another server without
//! keeping them makes every later request of the provider a 404, and every person a duplicate. So
//! what is moved keeps `id`, `externalId`, memberships and the dates of `meta`.
//!
//! | question | type |
//! |---|---|
//! | how is a resource written in one line? | [`Entry`], [`header`] |
//! | how is another server read, page by page? | [`Source`], over any [`Fetch`] |
//! | how do lines come into a directory? | [`take_in`] |
//! | how does a directory become lines? | [`Export`] |
//! | are both the same afterwards? | [`Prints`] |
//! | what could not be kept? | [`Losses`] |
//!
//! # The format
//!
//! Newline-delimited JSON. The first line is [`header`]; each further line is a resource as SCIM
//! shows it, but with `members` as a list of ids:
//!
//! ```
//! use enroll_schema::Schemas;
//! use enroll_transfer::{Entry, header};
//!
//! assert_eq!(header(), r#"{"format":"enroll-directory","version":1}"#);
//! let line = r#"{"id":"7","userName":"ada","pet":"cat","meta":{"resourceType":"User",
//!     "created":"2020-01-01T00:00:00Z"}}"#;
//! let entry = Entry::read(&Schemas::standard(), line.as_bytes())?.expect("no header");
//! assert_eq!((entry.id.as_str(), entry.name()), ("7", "ada"));
//! assert_eq!(entry.ignored, ["pet"]);
//! # Ok::<(), enroll_transfer::Refused>(())
//! ```
//!
//! A group with more members than one line holds says `"partial":true`, and lines
//! `{"more":"<id>","members":[…],"meta":{…}}` follow it.
//!
//! # Into a directory and out again
//!
//! ```
//! use enroll_schema::{Schemas, Timestamp};
//! use enroll_store::{Memory, RequestId};
//! use enroll_transfer::{Became, Export, Take, take_in};
//! # fn wait<T>(f: impl Future<Output = T>) -> T {
//! #     use std::{pin::pin, task::{Context, Poll, Waker}};
//! #     match pin!(f).poll(&mut Context::from_waker(Waker::noop())) {
//! #         Poll::Ready(value) => value,
//! #         Poll::Pending => unreachable!("Memory never waits"),
//! #     }
//! # }
//!
//! let (schemas, store) = (Schemas::standard(), Memory::new());
//! let lines = r#"{"id":"7","userName":"ada","meta":{"resourceType":"User"}}"#;
//! let take = Take {
//!     schemas: &schemas,
//!     request: RequestId::new("req_1"),
//!     now: Timestamp::from_millis(0),
//! };
//! let taken = wait(take_in(&store, &take, lines.as_bytes()))?;
//! assert_eq!(taken[0].became, Became::Created);
//! // Again: nothing changes.
//! let taken = wait(take_in(&store, &take, lines.as_bytes()))?;
//! assert_eq!(taken[0].became, Became::Same);
//!
//! let page = wait(Export::start().page(&store, &schemas))?;
//! assert!(page.lines.contains("\"userName\":\"ada\""));
//! assert!(page.next.is_none());
//! # Ok::<(), enroll_store::StoreError>(())
//! ```
//!
//! # Limits and errors
//!
//! A line that cannot be kept is an outcome, not an error: an id that is not 1–255 unreserved
//! characters, a `userName` that somebody else has, a value that does not fit its attribute.
//! Attributes that no schema knows are dropped and named. Passwords are never read or written.
//! What changed here after the source last changed it is left as it is ([`Became::Kept`]), so that
//! an import that is run again after the provider moved undoes nothing. Only the failures of a store
//! end an import; run it again then.

mod entry;
mod export;
mod intake;
mod losses;
mod prints;
mod source;

/// The schemas that lines must fit, for a client that needs no other crate.
pub use enroll_schema::Schemas;
pub use entry::{Content, Entry, LINE_MEMBERS_MAX, Refused, header, pieces};
pub use export::{Export, ExportPage};
pub use intake::{Became, Take, Taken, take_in};
pub use losses::{Loss, Losses};
pub use prints::{Difference, Prints};
pub use source::{Answer, Fetch, Source, SourceError};
