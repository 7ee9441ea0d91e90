//! Accounts over signed HTTP: the application may be written in any language.
//!
//! [`HttpSink`] is an [`AccountSink`](enroll_sync::AccountSink) that makes one POST of every item,
//! signed as Standard Webhooks 1.0.0 say. The answer's body says what became of it; an empty one
//! says "applied".
//!
//! | question | type |
//! |---|---|
//! | where do messages go, and what signs them? | [`Target`], [`SigningSecret`] |
//! | what does the job call? | [`HttpSink`] |
//! | how does one send a single message? | [`Sender`] |
//! | what is in a message? | [`Message`] with [`AccountApply`] or [`AccessGroupApply`]; [`SCHEMA`] |
//! | what may be answered? | [`Reply`], [`Word`]; [`Answer`] reads it |
//! | how is a message verified? | [`verify()`], in any language the libraries of standardwebhooks.com |
//! | is the endpoint there? | [`HttpSink::health`] |
//! | does my receiver keep the contract? | [`check::run`] |
//!
//! # A message
//!
//! ```text
//! POST /sink
//! content-type: application/json
//! webhook-id: mzxw6ytboi…            the same on every repeat: the idempotency key
//! webhook-timestamp: 1795269732
//! webhook-signature: v1,K5oZfzN95Z…  HMAC-SHA256 over id.timestamp.body; one for each secret
//!
//! {"type": "account.apply", "timestamp": "2026-11-21T14:02:12.000Z", "data": {
//!   "tenant": "acme", "integration": "int_1", "op": "update", "revision": 8124,
//!   "account": {"app_ref": "u_77", "directory_id": "2819…", "external_id": "00u…"},
//!   "set": {"time_zone": "Asia/Shanghai"},
//!   "full": {"email": "li.wei@acme.com", "first_name": "Li", "last_name": "Wei",
//!            "time_zone": "Asia/Shanghai", "kind": "internal", "active": true,
//!            "access_groups": ["hiring-manager"], "fields": {}},
//!   "locks": [], "reasons": ["IDP_CHANGED"]}}
//! ```
//!
//! A receiver that upserts `full` by `app_ref`, without one by `directory_id`, is correct: somebody who
//! comes back may have another `directory_id`. With `"end_access": true` it answers only once sessions,
//! API keys and running jobs have ended. What is missing in `full` stays as it is; `fields` is always
//! whole. Whole receivers are in `examples/receivers`; [`check`] tries any.
//!
//! # An answer
//!
//! | answer | means |
//! |---|---|
//! | 2xx, empty | applied; of a create, the account is known by its `directory_id` from now on |
//! | 2xx `{"app_ref": "u_77"}` | applied, and that is the application's own id |
//! | `{"outcome": "applied"}` or `"unchanged"` | with `app_ref`, and in `observed` any part of `full` as it is now |
//! | `{"outcome": "exists", "app_ref": …}` | another account has the address: a question for people, never a takeover |
//! | `{"outcome": "rejected", "code": …, "message": …}` | no; people see these words |
//! | `{"outcome": "conflict", "observed": {…}}` | the account is something else: planned again at once |
//! | `{"outcome": "retry"}`, 429, 5xx | later: `Retry-After` in seconds or as a date, a day at most, for leavers ten minutes |
//! | 401, 408, 425, 3xx, no answer, a body that is none of this | later, and the explanation of the person says what was wrong |
//! | 410 | the endpoint is closed: nothing is sent but one call every ten minutes |
//! | any other 4xx | no, in the words of the body's `message`, `detail` or `error`, or its plain text; the outcomes above but the first two are understood here too |
//!
//! # Calling an application
//!
//! ```
//! use enroll_deliver::{HttpSink, SigningSecret, Target};
//!
//! let secret = SigningSecret::parse("whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD")?;
//! let sink = HttpSink::new(&Target::new("https://app.example.com/sink", [secret]))?;
//! assert!(sink.health().last_error.is_none());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Receiving in Rust
//!
//! ```
//! use enroll_deliver::{AccountApply, Message, Reply, Signed, SigningSecret, Word, verify};
//!
//! /// Returns status and body of the answer.
//! fn receive(secret: &SigningSecret, signed: Signed<'_>, body: &[u8], now: i64) -> (u16, Vec<u8>) {
//!     if verify(std::slice::from_ref(secret), signed, body, now).is_err() {
//!         return (401, Vec::new());
//!     }
//!     let Ok(message) = serde_json::from_slice::<Message<AccountApply>>(body) else {
//!         return (400, Vec::new());
//!     };
//!     let account = message.data.account;
//!     let app_ref = account.app_ref.unwrap_or(account.directory_id);
//!     // Here `message.data.full` is written under `app_ref`.
//!     let reply = Reply { outcome: Some(Word::Applied), app_ref: Some(app_ref), ..Reply::default() };
//!     (200, serde_json::to_vec(&reply).unwrap_or_default())
//! }
//!
//! let secret = SigningSecret::parse("whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD")?;
//! let unsigned = Signed { id: "1", timestamp: "0", signature: "v1,AAAA" };
//! assert_eq!(receive(&secret, unsigned, b"{}", 0).0, 401);
//! # Ok::<(), enroll_deliver::SecretError>(())
//! ```
//!
//! # Limits and errors
//!
//! An answer may take 15 seconds and 64 KiB. No redirect is followed and no proxy asked. Addresses
//! are checked when a connection is made, each time: private, link-local, metadata, multicast and
//! reserved ones are refused, the IPv4 address inside an IPv6 one included; a URL that says
//! `localhost` or `127.0.0.1` stays on this machine; [`Target::allow_private`] opens private networks
//! (threat C15). After [`FAILURES_MAX`] calls in a row that reach nobody (502 to 504 count) one call
//! goes out every 30 seconds, a leaver's first. [`TargetError`] and [`SecretError`] say what to
//! change; everything later is an outcome of the item, in words.

mod answer;
mod breaker;
pub mod check;
mod message;
mod ranges;
mod reply;
mod retry_after;
pub mod sample;
mod schema;
mod sender;
mod sign;
mod sink;
mod target;
mod words;

pub use answer::{Answer, Contact};
pub use breaker::{Circuit, FAILURES_MAX, Fault, Health};
pub use message::{AccessGroupApply, AccountApply, GroupProfile, Message, MessageType, Named};
pub use reply::{Reply, Word};
pub use schema::SCHEMA;
pub use sender::{REPLY_BYTES_MAX, Sender, Unsent};
pub use sign::{
    ID_HEADER, SIGNATURE_HEADER, SecretError, Signed, SigningSecret, TIMESTAMP_HEADER,
    TOLERANCE_SECONDS, Unverified, sign, verify,
};
pub use sink::HttpSink;
pub use target::{ANSWER_MAX, Target, TargetError};
