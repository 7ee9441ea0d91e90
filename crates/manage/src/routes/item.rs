//! One decision as it is shown: in plans, in what stands open, and in the history.

use enroll_schema::Timestamp;
use enroll_store::RequestId;
use enroll_sync::{Advice, Fate, Item, State};
use serde::Serialize;
use serde_json::Value;

/// A line about one person or group.
#[derive(Serialize)]
pub(super) struct Line {
    /// Its place in the plan.
    #[serde(skip_serializing_if = "Option::is_none")]
    place: Option<u64>,
    /// The number of the change that was applied.
    #[serde(skip_serializing_if = "Option::is_none")]
    seq: Option<u64>,
    /// What became of a reviewed item since.
    #[serde(skip_serializing_if = "Option::is_none")]
    fate: Option<Fate>,
    /// Since when it stands so, or when it was applied.
    at: Timestamp,
    subject: String,
    name: String,
    email: Option<String>,
    app_ref: Option<String>,
    op: &'static str,
    state: State,
    changed: Vec<Change>,
    reasons: Vec<Advice>,
    /// The requests behind it.
    requests: Vec<RequestId>,
    until: Option<Timestamp>,
    key: String,
}

/// One value before and after.
#[derive(Serialize)]
struct Change {
    field: String,
    from: Value,
    to: Value,
}

impl Line {
    pub(super) fn of(item: &Item, at: Timestamp) -> Self {
        let change = |field: &String| Change {
            field: field.clone(),
            from: item.from.get(field).cloned().unwrap_or_default(),
            to: item.to.get(field).cloned().unwrap_or_default(),
        };
        let account = item.account.as_ref();
        Self {
            place: None,
            seq: None,
            fate: None,
            at,
            subject: item.subject.to_string(),
            name: item.name.clone(),
            email: account.and_then(|account| account.email.clone()),
            app_ref: item.app_ref.as_ref().map(ToString::to_string),
            op: item.op.as_str(),
            state: item.state,
            changed: item.changed.iter().map(change).collect(),
            reasons: item.reasons.iter().map(Advice::from).collect(),
            requests: item.cause.clone(),
            until: item.until,
            key: item.key.clone(),
        }
    }

    /// Adds the place in a plan, and what became of the item since.
    pub(super) fn placed(self, place: u64, fate: Fate) -> Self {
        Self {
            place: Some(place),
            fate: Some(fate),
            ..self
        }
    }

    /// Adds the number of the change that was applied.
    pub(super) fn numbered(self, seq: u64) -> Self {
        Self {
            seq: Some(seq),
            ..self
        }
    }
}
