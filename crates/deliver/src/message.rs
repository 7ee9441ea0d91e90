//! The messages: what the application is told, as JSON.

use enroll_schema::Timestamp;
use enroll_sync::{AccessGroupId, AccountId, Item, Op, Profile, Reason};
use serde::{Deserialize, Serialize, Serializer};
use serde_json::{Map, Value};

use crate::reply::put;

/// What a message is about; `type` in JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub enum MessageType {
    /// An account shall be what `data.full` says.
    #[serde(rename = "account.apply")]
    AccountApply,
    /// An access group shall be what `data.full` says.
    #[serde(rename = "access_group.apply")]
    AccessGroupApply,
}

/// One message, as it is signed and posted.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Message<T> {
    /// What it is about.
    #[serde(rename = "type")]
    pub kind: MessageType,
    /// When it was sent.
    pub timestamp: Timestamp,
    /// Everything else.
    pub data: T,
}

/// What an account shall be.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AccountApply {
    /// The customer.
    pub tenant: String,
    /// The integration whose provider is behind it.
    pub integration: String,
    /// What the change is; who upserts `full` need not look.
    pub op: Op,
    /// The number of the change: never goes down for one account.
    pub revision: u64,
    /// Which account.
    pub account: Named,
    /// Only what changes.
    pub set: Map<String, Value>,
    /// The whole account; a value that is missing stays what it is.
    #[serde(serialize_with = "sparse")]
    pub full: Profile,
    /// Answer "applied" only once sessions, API keys and running jobs have ended; only ever `true`.
    #[serde(default, skip_serializing_if = "is_false")]
    pub end_access: bool,
    /// Values that people shall not change in the application.
    pub locks: Vec<String>,
    /// Why: codes of the table of reasons.
    pub reasons: Vec<String>,
}

/// What an access group shall be.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AccessGroupApply {
    /// The customer.
    pub tenant: String,
    /// The integration whose provider is behind it.
    pub integration: String,
    /// What the change is.
    pub op: Op,
    /// The number of the change: never goes down for one access group.
    pub revision: u64,
    /// Which access group.
    pub access_group: Named,
    /// Only what changes.
    pub set: Map<String, Value>,
    /// The whole access group.
    pub full: GroupProfile,
    /// Why: codes of the table of reasons.
    pub reasons: Vec<String>,
}

/// The names an account or access group goes by.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Named {
    /// The application's own id; missing in the message that makes it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub app_ref: Option<String>,
    /// The id of the person or group in the directory: always there, never changes.
    pub directory_id: String,
    /// The provider's own id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub external_id: Option<String>,
}

/// The whole of an access group.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct GroupProfile {
    /// The name people see.
    pub name: String,
    /// Whether its group is gone, so that it grants nothing any more.
    pub archived: bool,
}

impl Message<AccountApply> {
    /// Writes the message about an account; `None` when the item is about none.
    ///
    /// ```
    /// use enroll_deliver::{AccountApply, Message, sample};
    /// use enroll_schema::{ResourceId, Timestamp};
    ///
    /// let at = Timestamp::from_millis(0);
    /// let ada = ResourceId::new("0192-ada")?;
    /// let message = Message::account(&sample::account(&ada), at).expect("about an account");
    /// assert_eq!(message.data.full.last_name.as_deref(), Some("Lovelace"));
    /// let text = String::from_utf8(message.to_json())?;
    /// assert!(text.starts_with(r#"{"type":"account.apply","timestamp":"1970-01-01T00:00:00.000Z""#));
    ///
    /// // A receiver in Rust reads it with the same type.
    /// let read: Message<AccountApply> = serde_json::from_str(&text)?;
    /// assert_eq!(read, message);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn account(item: &Item, at: Timestamp) -> Option<Self> {
        let full = item.account.clone()?;
        let data = AccountApply {
            tenant: item.tenant.as_str().to_owned(),
            integration: item.subject.integration.as_str().to_owned(),
            op: item.op,
            revision: item.revision,
            account: Named::of(item, item.app_ref.as_ref().map(AccountId::as_str)),
            set: changes(item),
            end_access: !full.active,
            full,
            locks: Vec::new(),
            reasons: codes(item),
        };
        Some(Self {
            kind: MessageType::AccountApply,
            timestamp: at,
            data,
        })
    }
}

impl Message<AccessGroupApply> {
    /// Writes the message about an access group; `None` when the item is about none.
    pub fn access_group(item: &Item, at: Timestamp) -> Option<Self> {
        let wish = item.group.as_ref()?;
        let data = AccessGroupApply {
            tenant: item.tenant.as_str().to_owned(),
            integration: item.subject.integration.as_str().to_owned(),
            op: item.op,
            revision: item.revision,
            access_group: Named::of(item, wish.group_ref.as_ref().map(AccessGroupId::as_str)),
            set: changes(item),
            full: GroupProfile {
                name: wish.name.clone(),
                archived: wish.archived,
            },
            reasons: codes(item),
        };
        Some(Self {
            kind: MessageType::AccessGroupApply,
            timestamp: at,
            data,
        })
    }
}

impl<T: Serialize> Message<T> {
    /// Writes the bytes that are signed and posted.
    pub fn to_json(&self) -> Vec<u8> {
        serde_json::to_vec(self).unwrap_or_default()
    }
}

impl Named {
    fn of(item: &Item, app_ref: Option<&str>) -> Self {
        Self {
            app_ref: app_ref.map(str::to_owned),
            directory_id: item.subject.id.as_str().to_owned(),
            external_id: item.external_id.clone(),
        }
    }
}

fn codes(item: &Item) -> Vec<String> {
    let code = |reason: &Reason| reason.code.as_str().to_owned();
    item.reasons.iter().map(code).collect()
}

/// The item's new values by name; those of `fields.…` stand together under `fields`.
fn changes(item: &Item) -> Map<String, Value> {
    let mut set = Map::new();
    for (name, value) in &item.to {
        // Nothing to say about a standard value is nothing to set: the application keeps its own.
        if name.contains('.') || !value.is_null() {
            put(&mut set, name, value);
        }
    }
    set
}

/// Writes an account without the values it does not say.
fn sparse<S: Serializer>(profile: &Profile, to: S) -> Result<S::Ok, S::Error> {
    let mut value = serde_json::to_value(profile).map_err(serde::ser::Error::custom)?;
    if let Some(object) = value.as_object_mut() {
        object.retain(|_, value| !value.is_null());
    }
    value.serialize(to)
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde's `skip_serializing_if` passes the field by reference"
)]
fn is_false(flag: &bool) -> bool {
    !flag
}
