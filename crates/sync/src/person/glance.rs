//! What a survey counts of a User.

use enroll_schema::Document;
use enroll_store::Record;
use serde_json::Value;

use super::{Mapping, territory, text};
use crate::{Code, Reason};

/// A User at a glance.
pub(crate) struct Glance {
    /// What the provider says; absent counts as active.
    pub(crate) active: bool,
    /// Whether there is an address at all.
    pub(crate) has_email: bool,
    /// Whether it is the userName, because no other was sent.
    pub(crate) email_is_user_name: bool,
    /// The time zone as sent, and the person's territory.
    pub(crate) zone: Option<(String, Option<String>)>,
}

impl Glance {
    /// Looks at a User with the tenant's table of fields.
    ///
    /// # Errors
    /// When the record's document is not what a store keeps.
    pub(crate) fn of(record: &Record, mapping: &Mapping) -> enroll_schema::Result<Self> {
        let document = Document::from_bytes(&record.document)?.into_map();
        let user_name = text(&document, "userName").unwrap_or_default();
        let mut notes = Vec::new();
        let has_email = mapping.email(&document, &user_name, &mut notes).is_some();
        let stands_in = |note: &Reason| note.code == Code::EmailFromUsername;
        let sent = mapping.time_zone(&document);
        let sent = sent.filter(|sent| !sent.trim().is_empty());
        Ok(Self {
            active: document.get("active").and_then(Value::as_bool) != Some(false),
            has_email,
            email_is_user_name: notes.iter().any(stands_in),
            zone: sent.map(|sent| (sent, territory(&document))),
        })
    }
}
