//! What a channel is told.

use enroll_schema::Timestamp;
use enroll_store::TenantId;
use enroll_sync::{AlertLevel, Posted, whole_server};
use serde::Serialize;

/// One message about one alert, the same on every repeat of an attempt that failed.
///
/// As JSON it has `text`, which chat services show, and everything in it as fields of its own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct AlertMessage {
    /// Always `alert`.
    #[serde(rename = "type")]
    pub kind: &'static str,
    /// The message's id, for receivers that drop what they have: the alert's, a dot, a number.
    pub id: String,
    /// The alert's id.
    pub alert: String,
    /// The tenant; `None` for what concerns the whole server.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tenant: Option<String>,
    /// The integration, if it is about one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub integration: Option<String>,
    /// How soon somebody must act.
    pub level: AlertLevel,
    /// Whether it stands or is over.
    pub state: AlertState,
    /// The code.
    pub code: String,
    /// When it began.
    pub first_at: Timestamp,
    /// When it last changed.
    pub last_at: Timestamp,
    /// How many people or things it is about.
    pub count: u64,
    /// How many of them are people who left.
    pub leavers: u64,
    /// The names of some of them.
    pub sample: Vec<String>,
    /// Everything in one line for people.
    pub text: String,
    /// Addresses of the tenant's own people, for mail.
    #[serde(skip)]
    pub contacts: Vec<String>,
}

/// Whether an alert stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum AlertState {
    /// It does.
    Open,
    /// It is over.
    Resolved,
    /// It is a trial.
    Test,
}

impl AlertMessage {
    /// Makes the next message of an alert to `channel`.
    pub fn of(tenant: &TenantId, posted: &Posted, channel: &str, contacts: Vec<String>) -> Self {
        let alert = &posted.alert;
        let state = match alert.resolved_at {
            None => AlertState::Open,
            Some(_) => AlertState::Resolved,
        };
        let tenant = (*tenant != whole_server()).then(|| tenant.to_string());
        let integration = alert.integration.as_ref().map(ToString::to_string);
        let place = [tenant.as_deref(), integration.as_deref()];
        let place = place.into_iter().flatten().collect::<Vec<_>>().join(", ");
        let place = if place.is_empty() {
            "this server".to_owned()
        } else {
            place
        };
        let text = match state {
            AlertState::Resolved => {
                format!(
                    "[resolved] {place}: {} is over, since {}.",
                    alert.code, alert.last_at
                )
            }
            AlertState::Open | AlertState::Test => {
                let level = level(alert.level);
                format!("[{level}] {place}: {}: {}", alert.code, alert.text)
            }
        };
        Self {
            kind: "alert",
            id: posted.message_id(channel),
            alert: alert.id.clone(),
            tenant,
            integration,
            level: alert.level,
            state,
            code: alert.code.clone(),
            first_at: alert.first_at,
            last_at: alert.last_at,
            count: alert.count,
            leavers: alert.leavers,
            sample: alert.sample.clone(),
            text,
            contacts,
        }
    }

    /// Makes a trial message.
    pub fn test(tenant: &TenantId, contacts: Vec<String>, now: Timestamp) -> Self {
        let id = format!("alr_test.{}", now.as_millis());
        Self {
            kind: "alert",
            alert: "alr_test".to_owned(),
            id,
            tenant: Some(tenant.to_string()),
            integration: None,
            level: AlertLevel::Soon,
            state: AlertState::Test,
            code: "TEST".to_owned(),
            first_at: now,
            last_at: now,
            count: 0,
            leavers: 0,
            sample: Vec::new(),
            text: format!("[test] {tenant}: this is what an alert of enroll looks like."),
            contacts,
        }
    }

    /// Returns a short first line: of a mail, the subject.
    pub fn subject(&self) -> String {
        let place = self.tenant.as_deref().unwrap_or("this server");
        let word = match self.state {
            AlertState::Open => level(self.level),
            AlertState::Resolved => "resolved",
            AlertState::Test => "test",
        };
        format!("[enroll, {word}] {place}: {}", self.code)
    }

    /// Returns the message as JSON.
    pub fn to_json(&self) -> Vec<u8> {
        // Nothing in it can fail to be written.
        serde_json::to_vec(self).unwrap_or_default()
    }
}

fn level(level: AlertLevel) -> &'static str {
    match level {
        AlertLevel::ActNow => "act now",
        AlertLevel::Soon => "soon",
    }
}
