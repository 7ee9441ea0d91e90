//! The core as a tower and hyper service with bearer authentication.
//!
//! [`Scim`] answers HTTP requests for all directories of a database. It asks an [`Admit`] who is
//! calling before it looks at anything else, reads bodies within limits and deadlines, lets
//! [`enroll_core`] answer, and keeps the request log. It binds no socket and fits into any router.
//!
//! # A server
//!
//! Directories, tokens, rules and options make a service; a listener makes it a server:
//!
//! ```
//! use std::sync::Arc;
//! use enroll_core::{Core, Options as Rules};
//! use enroll_http::{ByToken, Options, Scim, server, system_clock};
//! use enroll_schema::{ResourceId, Schemas};
//! use enroll_store::MemoryDirectories;
//! use enroll_tenants::{Gate, MemoryTenants};
//!
//! # let runtime = tokio::runtime::Runtime::new()?;
//! # runtime.block_on(async {
//! # fn uuid_v7() -> ResourceId { ResourceId::new("018f5b6e-0000-7000-8000-000000000000").unwrap() }
//! let core = Core::new(Arc::new(Schemas::standard()), Rules::new(system_clock, uuid_v7));
//! let admit = ByToken::new(Gate::new(MemoryTenants::default()), system_clock);
//! let scim = Scim::new(MemoryDirectories::default(), admit, core, Options::default());
//!
//! let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
//! let stop = async { /* until a signal comes */ };
//! server::serve(listener, scim.clone(), server::Connections::default(), stop).await?;
//! scim.drained().await;
//! # Ok::<(), std::io::Error>(())
//! # })?;
//! # Ok::<(), std::io::Error>(())
//! ```
//!
//! # One request
//!
//! [`Scim::respond`] needs no socket, which is how tests and other servers call it. Nobody comes in without a token, and
//! the refusal is a SCIM error:
//!
//! ```
//! # use std::sync::Arc;
//! # use enroll_core::{Core, Options as Rules};
//! # use enroll_http::{ByToken, Options, Scim, system_clock};
//! # use enroll_schema::{ResourceId, Schemas};
//! # use enroll_store::MemoryDirectories;
//! # use enroll_tenants::{Gate, MemoryTenants};
//! # fn uuid_v7() -> ResourceId { ResourceId::new("018f5b6e-0000-7000-8000-000000000000").unwrap() }
//! use http_body_util::{BodyExt, Empty};
//!
//! # let runtime = tokio::runtime::Runtime::new()?;
//! # runtime.block_on(async {
//! # let core = Core::new(Arc::new(Schemas::standard()), Rules::new(system_clock, uuid_v7));
//! # let admit = ByToken::new(Gate::new(MemoryTenants::default()), system_clock);
//! # let scim = Scim::new(MemoryDirectories::default(), admit, core, Options::default());
//! let request = http::Request::get("/scim/int_1/v2/Users").body(Empty::<bytes::Bytes>::new())?;
//! let answer = scim.respond(request).await;
//! assert_eq!(answer.status(), 401);
//! let body = answer.into_body().collect().await?.to_bytes();
//! let error: serde_json::Value = serde_json::from_slice(&body)?;
//! assert_eq!(error["status"], "401");
//! # Ok::<(), Box<dyn std::error::Error + Send + Sync>>(())
//! # }).unwrap();
//! # Ok::<(), std::io::Error>(())
//! ```
//!
//! # In a router of yours
//!
//! A [`Scim`] is a [`tower_service::Service`] over any request body, so
//! `Router::new().nest_service("/scim", scim)` puts it under a path of an axum application. Tell it
//! the path by [`Options::prefix`] and, if it stands behind a proxy, its outer address by
//! [`Options::public_url`]: locations are made of both.
//!
//! | path below the prefix | whose directory |
//! |---|---|
//! | `/{integration}/v2/Users` | the integration's; the token must be its own |
//! | `/{integration}/Users` | the same (RFC 7644 §3.13: the version may be left out) |
//! | `/v2/Users` | the token's |
//!
//! A query such as `?aadOptscim062020` and one slash too many after the base URL are tolerated.
//!
//! # Tokens of yours
//!
//! [`ByToken`] admits by the tokens of [`enroll_tenants`]; an application with its own implements
//! [`Admit`], whose page shows how.
//!
//! # Limits and errors
//!
//! Every answer but 204 and 304 has a JSON body; a refusal's is a SCIM error (RFC 7644 §3.12), also
//! for 401, 404, 405, 413, 415, 429, 500 and 503, and with [`server`] for 400, 414 and 431 of what
//! is no HTTP. A body may have 1 MiB, one to `/Groups` 8 MiB, all
//! that are held at a moment 128 MiB; it has 30 s to arrive, an answer 25 s to be made. A handler
//! that panics is answered 500 and harms nobody else. [`server::Connections`] has the deadlines of
//! connections. There is no request rate unless [`Options::rate`] sets one. TLS is not done here.

mod address;
mod admit;
mod body;
mod callers;
mod guard;
mod ids;
mod learn;
mod message;
mod notebook;
mod scim;
pub mod server;
mod watch;

pub use admit::{Admit, Admitted, ByToken, Told};
pub use body::{BoxError, ReplyBody};
pub use callers::Rate;
pub use ids::system_clock;
pub use scim::{Options, Scim};
pub use watch::{Answered, Watch};
