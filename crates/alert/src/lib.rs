//! Alerts: what somebody must know, told by webhook, mail or command until it is over.
//!
//! The job writes down why it holds, waits for or cannot confirm something, in the transaction of
//! each decision ([`enroll_sync::Concern`]). [`Watch`] derives from that which causes stand
//! ([`enroll_sync::findings`]), keeps each as a row, and tells every channel: at once, once an hour
//! while it lasts, and once when it is over.
//!
//! | question | type |
//! |---|---|
//! | where do alerts go? | [`AlertChannel`]; [`Webhook`], [`Mail`], [`Program`], or your own in an [`AnyChannel`] |
//! | what is told? | [`AlertMessage`] |
//! | what is found? | [`enroll_sync::ALERTS`] and every reason `H_…`; [`Connection`] for tokens and silence |
//! | who drives it? | whoever calls [`Watch::look`] after each turn of the job, and [`Watch::tell`] for each channel |
//!
//! # A message
//!
//! ```text
//! {"type": "alert", "id": "alr_0f3c….1", "alert": "alr_0f3c…", "tenant": "acme",
//!  "integration": "int_1", "level": "act_now", "state": "open", "code": "H_MASS_DEACTIVATION",
//!  "first_at": "…", "last_at": "…", "count": 7, "leavers": 7, "sample": ["ada@x.example", …],
//!  "text": "[act now] acme, int_1: H_MASS_DEACTIVATION: 7, 7 of them left according to …"}
//! ```
//!
//! ```
//! use enroll_alert::{AlertMessage, AnyChannel, Program, Webhook};
//! use enroll_deliver::Target;
//! use enroll_schema::Timestamp;
//! use enroll_store::TenantId;
//!
//! let hook = Webhook::new(&Target::unsigned("https://chat.example.com/hooks/T1"))?;
//! let page = Program::new(["/usr/local/bin/page".to_owned()]).ok_or("no program")?;
//! let channels = [AnyChannel::new("webhook", hook), AnyChannel::new("command", page)];
//!
//! let message = AlertMessage::test(&TenantId::new("acme"), vec![], Timestamp::from_millis(0));
//! assert_eq!(message.text, "[test] acme: this is what an alert of enroll looks like.");
//! # let _ = channels;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Limits and errors
//!
//! At least once: a message that was cut off comes again with the same id. A cause that grows is
//! told after 5 s, then 10 s, 20 s …; one that is back within the hour is the same alert. A channel
//! that fails is tried after 5 s, 30 s, 2 min, then every 10 min. A webhook may take 15 s, a mail
//! server 20 s, a program [`PROGRAM_MAX`]. Addresses of webhooks are checked as those of sinks
//! (threat C15). Mail goes over TLS, or stays on this machine.

mod channel;
mod command;
mod connection;
mod mail;
mod message;
mod watch;
mod webhook;

pub use channel::{AlertChannel, AnyChannel};
pub use command::{PROGRAM_MAX, Program};
pub use connection::{Connection, TOKEN_DAYS};
pub use mail::{Mail, MailError};
pub use message::{AlertMessage, AlertState};
pub use watch::{Watch, WatchError};
pub use webhook::Webhook;
