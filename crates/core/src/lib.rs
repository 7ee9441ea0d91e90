//! The provisioning core, sans-IO: a [`Call`] goes in, a [`Reply`] comes out.
//!
//! It is a SCIM 2.0 service provider (RFC 7643, RFC 7644) without sockets, runtime, clock or
//! randomness: a library that answers requests over any [`Store`](enroll_store::Store). What carries
//! the bytes, who may call, and where resources are kept is somebody else's business; the workspace
//! has a crate for each.
//!
//! # A directory in memory
//!
//! ```
//! use std::sync::{Arc, atomic::{AtomicU32, Ordering}};
//! use enroll_core::{Call, Directory, Options};
//! use enroll_schema::{ResourceId, Schemas, Timestamp};
//! use enroll_store::Memory;
//! # fn wait<T>(f: impl Future<Output = T>) -> T {
//! #     use std::{pin::pin, task::{Context, Poll, Waker}};
//! #     match pin!(f).poll(&mut Context::from_waker(Waker::noop())) {
//! #         Poll::Ready(value) => value,
//! #         Poll::Pending => unreachable!("Memory never waits"),
//! #     }
//! # }
//!
//! // Time and ids are values: a server passes its clock and a UUID generator.
//! let made = AtomicU32::new(0);
//! let id = move || ResourceId::new(&format!("u{}", made.fetch_add(1, Ordering::Relaxed))).unwrap();
//! let options = Options::new(|| Timestamp::from_millis(0), id);
//! let directory = Directory::new(Arc::new(Schemas::standard()), Memory::new(), options);
//!
//! let user = r#"{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":"ada"}"#;
//! let call = Call::new("POST", "/Users").body(user).base_url("https://scim.example/v2");
//! let reply = wait(directory.handle(&call));
//! assert_eq!(reply.status, 201);
//! assert_eq!(reply.header("location"), Some("https://scim.example/v2/Users/u0"));
//!
//! // A refusal is an answer too.
//! let reply = wait(directory.handle(&call));
//! assert_eq!(reply.status, 409);
//! let body = wait(reply.body.collect())?;
//! assert!(String::from_utf8_lossy(&body).contains("\"scimType\":\"uniqueness\""));
//! # Ok::<(), enroll_schema::Error>(())
//! ```
//!
//! An application that keeps people there itself does the same with structs:
//!
//! ```
//! # use std::sync::Arc;
//! # use enroll_core::{Directory, Options};
//! # use enroll_schema::{ResourceId, Schemas, Timestamp};
//! # use enroll_store::Memory;
//! # fn wait<T>(f: impl Future<Output = T>) -> T {
//! #     use std::{pin::pin, task::{Context, Poll, Waker}};
//! #     match pin!(f).poll(&mut Context::from_waker(Waker::noop())) {
//! #         Poll::Ready(value) => value,
//! #         Poll::Pending => unreachable!("Memory never waits"),
//! #     }
//! # }
//! # let options = Options::new(|| Timestamp::from_millis(0), || ResourceId::new("u1").unwrap());
//! # let directory = Directory::new(Arc::new(Schemas::standard()), Memory::new(), options);
//! use enroll_schema::{ErrorKind, User};
//!
//! let mut ada = wait(directory.create(&User::new("ada")))?;
//! let id = ResourceId::new(ada.id.as_deref().unwrap_or_default())?;
//! ada.title = Some("Countess".into());
//! wait(directory.replace(&id, &ada))?;
//!
//! // The version that was read is no longer there.
//! let refused = wait(directory.replace(&id, &ada)).unwrap_err();
//! assert_eq!(refused.kind(), ErrorKind::PreconditionFailed);
//! # Ok::<(), enroll_schema::Error>(())
//! ```
//!
//! # Who speaks
//!
//! Identity providers do not all speak the RFC. The [`dialect`](Call::dialect) of a call says who is
//! calling; what fired is told with the reply, and in the line for the request log:
//!
//! ```
//! # use std::sync::Arc;
//! # use enroll_core::{Call, Directory, Options};
//! # use enroll_schema::{ResourceId, Schemas, Timestamp};
//! # use enroll_store::Memory;
//! # fn wait<T>(f: impl Future<Output = T>) -> T {
//! #     use std::{pin::pin, task::{Context, Poll, Waker}};
//! #     match pin!(f).poll(&mut Context::from_waker(Waker::noop())) {
//! #         Poll::Ready(value) => value,
//! #         Poll::Pending => unreachable!("Memory never waits"),
//! #     }
//! # }
//! # let options = Options::new(|| Timestamp::from_millis(0), || ResourceId::new("u1").unwrap());
//! # let directory = Directory::new(Arc::new(Schemas::standard()), Memory::new(), options);
//! use enroll_quirks::Dialect;
//!
//! let user = r#"{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],
//!                "userName":"ada","active":"False"}"#;
//! let call = Call::new("POST", "/Users").body(user);
//! let strict = wait(directory.handle(&call.clone().dialect(Dialect::Strict)));
//! assert_eq!(strict.status, 400);
//! let entra = wait(directory.handle(&call.dialect(Dialect::Entra)));
//! assert_eq!((entra.status, entra.log.quirks.len()), (201, 1));
//! ```
//!
//! # Large answers
//!
//! A group has any number of members. Up to [`Options::links_held_max`] are part of one read and one
//! [`Body::Whole`]; with more the reply is [`Body::Pulled`], and whoever sends it asks for piece after
//! piece. No snapshot is held while a slow reader reads: who is a member throughout appears once,
//! and the entity tag is that of the beginning. A group PATCH answers 204 unless attributes are asked
//! for, and members that are excluded are not read at all.
//!
//! # Once more, without effect
//!
//! [`Directory::rehearse`] answers a call as [`Directory::handle`] would and writes nothing, over any
//! store that is [`enroll_store::Rehearse`]. [`Recorded::read`] makes a call of a line of the request
//! log, [`Directory::replay`] compares what it was answered with what it would be answered now, and
//! `Directory::export` makes an anonymised case of the corpus of it. [`Unplayable`] and
//! [`Unexportable`] say what of a request the log does not keep.
//!
//! # Many directories
//!
//! [`Core`] is everything that directories share: the rules, worked out once from the schemas.
//! [`Core::directory`] puts a store under them and costs two pointers, so a server makes one per
//! request.
//!
//! # Order of answers
//!
//! 404 for no such endpoint, 405, 501 · 413, 415 · 400 for the message, its paths and its filter,
//! before anything is read · 404 for no such resource · 412 · what the operations meet. Whoever
//! carries the request answers 401 before all of these, and asks [`Core::preflight`] how large a body
//! may be before reading it.
//!
//! # Limits and errors
//!
//! The limits are those of [`enroll_schema::limits`]. [`Directory::handle`] never fails: an error of
//! the store is a reply with its status, whose [`Log::error`] keeps what broke for the operator. Not
//! offered, and answered 501: `/Bulk` and `/Me`. `password` is accepted and dropped.

mod anywhere;
mod call;
mod directory;
mod discovery;
mod exchange;
mod export;
mod media;
mod note;
mod params;
mod pii;
mod precondition;
mod project;
mod refusal;
mod rehearse;
mod replay;
mod reply;
mod route;
mod secret;
mod served;
mod stream;
mod typed;
mod verbs;
mod write;

pub use call::{Call, Headers};
pub use directory::{Core, Directory, Options};
pub use export::Unexportable;
pub use pii::Pii;
pub use rehearse::Rehearsal;
pub use replay::{Difference, LinksMoved, Recorded, Replay, Told, Unplayable, Would};
pub use reply::{Body, BoxFuture, Chunks, Log, Reply};
pub use typed::Resource;
