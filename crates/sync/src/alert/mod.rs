//! Telling people: what somebody must know is found in what is written down, kept as a row, and told
//! until it is over (sync §8c). Pure; who sends is somewhere else.

mod concern;
mod finding;
mod outbox;

use std::collections::BTreeMap;

use enroll_schema::Timestamp;
use enroll_store::{DirectoryId, TenantId};
use serde::{Deserialize, Serialize};

pub use concern::{Concern, Trouble};
pub use finding::{
    ALERTS, AlertCode, Finding, SAMPLE_MAX, UNCONFIRMED_MILLIS, findings, next_look,
};
pub use outbox::{ALERT_MILLIS_KEPT, AlertChanges, REPEAT_MILLIS, settled_alerts};

use crate::wire;

/// How soon somebody must act.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AlertLevel {
    /// In the next days.
    Soon,
    /// Now: somebody may keep access who must not.
    ActNow,
}

impl AlertLevel {
    /// Returns the word of messages.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Soon => "soon",
            Self::ActNow => "act_now",
        }
    }
}

/// One cause that somebody must know of, as it stands.
///
/// It is kept before anybody is told, and found again after a crash: the id is the same on every
/// repeat.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Alert {
    /// Its id (`alr_…`).
    pub id: String,
    /// What it is about: the same cause is the same alert.
    pub cause: String,
    /// How soon somebody must act.
    pub level: AlertLevel,
    /// A code of [`ALERTS`], or the reason that holds.
    pub code: String,
    /// The integration, if it is about one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub integration: Option<DirectoryId>,
    /// When it began.
    #[serde(with = "wire::instant")]
    pub first_at: Timestamp,
    /// When it last changed.
    #[serde(with = "wire::instant")]
    pub last_at: Timestamp,
    /// How many people or things it is about.
    pub count: u64,
    /// How many of them are people who left.
    pub leavers: u64,
    /// When the newest of them came.
    #[serde(with = "wire::instant")]
    pub newest_at: Timestamp,
    /// What is the matter and what to do, in a few sentences.
    pub text: String,
    /// The names of some of them, [`SAMPLE_MAX`] at most.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sample: Vec<String>,
    /// Whether it is told again while it lasts.
    pub repeats: bool,
    /// When it was over.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        with = "wire::maybe_instant"
    )]
    pub resolved_at: Option<Timestamp>,
}

/// An alert, and what each channel was told of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Posted {
    /// The alert.
    pub alert: Alert,
    /// By channel.
    pub sent: BTreeMap<String, Sent>,
}

/// What one channel was told of an alert.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sent {
    /// The alert's id: what was sent of an older alert of the same cause does not count.
    pub alert: String,
    /// When it was last told.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        with = "wire::maybe_instant"
    )]
    pub at: Option<Timestamp>,
    /// Messages that arrived.
    pub number: u32,
    /// Messages of this hour that were sent because more people came.
    pub grown: u32,
    /// The newest of the people it was told of.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        with = "wire::maybe_instant"
    )]
    pub newest_at: Option<Timestamp>,
    /// Whether the last message said that it stands.
    pub stands: bool,
    /// Attempts since that failed.
    pub failures: u32,
    /// When the next attempt is, after one that failed.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        with = "wire::maybe_instant"
    )]
    pub retry_at: Option<Timestamp>,
    /// What went wrong last; empty after it went right.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub error: String,
}

/// The place of what concerns the server as a whole: the application's endpoint.
pub fn whole_server() -> TenantId {
    TenantId::new("")
}
