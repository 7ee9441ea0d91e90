//! The job's own reading of a User: normalised once, so that planning parses no documents.

mod email;
mod glance;
mod mapping;
mod names;

use std::collections::BTreeMap;

use enroll_schema::{Document, ResourceId, Timestamp};
use enroll_store::{DirectoryId, Record};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

pub(crate) use glance::Glance;
pub use mapping::Mapping;

use crate::{Code, Reason, Subject, wire, zone};

/// A User as the job reads it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Person {
    /// The integration whose directory it is in.
    pub integration: DirectoryId,
    /// The resource.
    #[serde(with = "wire::resource_id")]
    pub id: ResourceId,
    /// The resource's version when it was read.
    pub version: u64,
    /// The provider's own id.
    pub external_id: Option<String>,
    /// The userName as sent.
    pub user_name: String,
    /// What the provider says; absent counts as active.
    pub active: bool,
    /// When the provider deleted the resource.
    #[serde(with = "wire::maybe_instant")]
    pub gone_at: Option<Timestamp>,
    /// The groups it is a direct member of, sorted (E-31).
    #[serde(with = "wire::resource_ids")]
    pub groups: Vec<ResourceId>,
    /// The address (S-17).
    pub email: Option<String>,
    /// The given name (S-18).
    pub first_name: Option<String>,
    /// The family name (S-19).
    pub last_name: Option<String>,
    /// The IANA time zone (S-20).
    pub time_zone: Option<String>,
    /// What userType says (S-12).
    pub user_type: Option<String>,
    /// The attributes beyond those (S-55).
    pub fields: BTreeMap<String, Value>,
    /// Fields that name another person: the manager.
    pub references: BTreeMap<String, String>,
    /// What was rewritten or is missing.
    pub notes: Vec<Reason>,
}

impl Person {
    /// Reads a User; `groups` are the groups it is a direct member of.
    ///
    /// # Errors
    /// When the record's document is not what a store keeps.
    pub fn read(
        record: &Record,
        groups: Vec<ResourceId>,
        integration: &DirectoryId,
        mapping: &Mapping,
    ) -> enroll_schema::Result<Self> {
        let document = Document::from_bytes(&record.document)?.into_map();
        let mut notes = mapping.notes().to_vec();
        let user_name = text(&document, "userName").unwrap_or_default();
        let email = mapping.email(&document, &user_name, &mut notes);
        let (first_name, last_name) = mapping.names(&document, &mut notes);
        let time_zone = mapping
            .time_zone(&document)
            .and_then(|sent| time_zone(&sent, &document, &mut notes));
        let (fields, references) = mapping.fields(&document);
        let mut groups = groups;
        groups.sort_unstable();
        groups.dedup();
        Ok(Self {
            integration: integration.clone(),
            id: record.id.clone(),
            version: record.version.0,
            external_id: text(&document, "externalId"),
            user_name,
            active: document
                .get("active")
                .and_then(Value::as_bool)
                .unwrap_or(true),
            gone_at: None,
            groups,
            email,
            first_name,
            last_name,
            time_zone,
            user_type: text(&document, "userType"),
            fields,
            references,
            notes,
        })
    }

    /// Returns the person as it is once the provider deleted the resource.
    pub fn gone(self, at: Timestamp) -> Self {
        let gone_at = Some(self.gone_at.unwrap_or(at));
        Self {
            active: false,
            gone_at,
            groups: Vec::new(),
            ..self
        }
    }

    /// Names the person among subjects.
    pub fn subject(&self) -> Subject {
        Subject::person(&self.integration, &self.id)
    }
}

/// Returns a non-empty string attribute, outer blanks removed.
fn text(document: &Map<String, Value>, name: &str) -> Option<String> {
    let value = document.get(name)?.as_str()?.trim();
    (!value.is_empty()).then(|| value.to_owned())
}

/// Reads the time zone and notes how (E-05 … E-07).
fn time_zone(sent: &str, document: &Map<String, Value>, notes: &mut Vec<Reason>) -> Option<String> {
    let territory = territory(document);
    let (zone, note) = match zone::read(sent, territory.as_deref()) {
        zone::Zone::Unset => (None, None),
        zone::Zone::Iana(name) => (Some(name), None),
        zone::Zone::Respelled(name) => (
            Some(name),
            Some(Reason::new(
                Code::TimezoneCase,
                format!("{} to {name}", cut(sent)),
            )),
        ),
        zone::Zone::Mapped { zone, territory } => {
            let detail = format!("{} to {zone}, territory {territory}", cut(sent));
            (Some(zone), Some(Reason::new(Code::TimezoneMapped, detail)))
        }
        zone::Zone::Invalid(near) if near.is_empty() => {
            (None, Some(Reason::new(Code::TimezoneInvalid, cut(sent))))
        }
        zone::Zone::Invalid(near) => {
            let detail = format!("{}; perhaps {}", cut(sent), near.join(" or "));
            (None, Some(Reason::new(Code::TimezoneInvalid, detail)))
        }
    };
    notes.extend(note);
    zone.map(str::to_owned)
}

/// Returns the person's territory: the work address, else the locale, else the language (E-06).
fn territory(document: &Map<String, Value>) -> Option<String> {
    let addresses = document.get("addresses").and_then(Value::as_array);
    let work = |address: &&Value| {
        address["type"]
            .as_str()
            .is_some_and(|kind| kind.eq_ignore_ascii_case("work"))
    };
    let country = addresses
        .and_then(|all| all.iter().find(work))
        .and_then(|address| address["country"].as_str())
        .map(str::trim)
        .filter(|country| !country.is_empty());
    let spoken = || {
        ["locale", "preferredLanguage"]
            .iter()
            .find_map(|name| zone::territory_of_locale(document.get(*name)?.as_str()?))
    };
    country.or_else(spoken).map(str::to_owned)
}

/// Cuts a sent value to what a message may quote.
pub(crate) fn cut(text: &str) -> String {
    let shown = text
        .chars()
        .filter(|c| !c.is_control())
        .take(QUOTED_CHARS_MAX);
    format!("\"{}\"", shown.collect::<String>())
}

/// Most characters of a sent value that a message quotes.
const QUOTED_CHARS_MAX: usize = 64;
