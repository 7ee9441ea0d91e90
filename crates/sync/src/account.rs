//! The application's side: accounts and access groups.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{AccessGroupId, AccountId};

/// An account of the application, as the management API lists it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Account {
    /// The application's id.
    #[serde(rename = "ref")]
    pub app_ref: AccountId,
    /// Everything else.
    #[serde(flatten)]
    pub profile: Profile,
}

/// Everything of an account but its id: the whole of what it is or shall be, never a difference.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Profile {
    /// The work address (S-17).
    pub email: Option<String>,
    /// The given name (S-18).
    pub first_name: Option<String>,
    /// The family name (S-19).
    pub last_name: Option<String>,
    /// An IANA name (S-22); `None` leaves the application's own value.
    pub time_zone: Option<String>,
    /// The name that signs in besides the address (S-27); `None` unless the policy says
    /// `upn_login`.
    pub login: Option<String>,
    /// Internal, or external recruiter (S-12).
    pub kind: Kind,
    /// Whether the person may enter.
    pub active: bool,
    /// At most one while the policy says `single` (S-11); none for an inactive account.
    pub access_groups: Vec<AccessGroupId>,
    /// The attributes beyond those (S-55).
    pub fields: BTreeMap<String, Value>,
}

/// Whether an account belongs to the organisation (S-12).
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// One of the organisation.
    #[default]
    Internal,
    /// An external recruiter: fewer rights.
    External,
}

/// An access group of the application.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccessGroup {
    /// The application's id.
    #[serde(rename = "ref")]
    pub group_ref: AccessGroupId,
    /// The name people see.
    pub name: String,
    /// Who made it.
    pub origin: Origin,
    /// How far it is.
    pub state: GroupState,
    /// Whether it holds administrators' rights.
    #[serde(default)]
    pub privileged: bool,
}

/// Who made an access group (S-07).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Origin {
    /// This job, for a selected group.
    Scim,
    /// Somebody in the application.
    App,
    /// The fixed catalogue of roles (S-35b).
    Catalogue,
}

/// How far an access group is (S-08, E-11).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GroupState {
    /// Made by this job; nobody has set its permissions yet.
    NeedsSetup,
    /// Set up.
    Ready,
    /// Its group is gone; it grants nothing any more.
    Archived,
}

/// Which access groups the application can have (S-35b).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub struct Capabilities {
    /// Where access groups come from.
    pub groups: Groups,
    /// The most managed accounts that can be active at once (E-25); `None` for no limit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seats: Option<u64>,
}

/// Where access groups come from (S-35b).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Groups {
    /// The job creates one for each selected group.
    Created,
    /// The application has these and no others; nothing creates, renames or archives one.
    Fixed(Vec<Role>),
}

/// One entry of a fixed catalogue.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Role {
    /// The application's id of it.
    pub id: AccessGroupId,
    /// The name people see.
    pub name: String,
    /// Whether it holds administrators' rights.
    #[serde(default)]
    pub privileged: bool,
}

impl Default for Capabilities {
    fn default() -> Self {
        Self {
            groups: Groups::Created,
            seats: None,
        }
    }
}

impl Capabilities {
    /// Makes the fixed catalogue whose ids and names are `names`, as `enroll dev --roles` does.
    pub fn roles<'a>(names: impl IntoIterator<Item = &'a str>) -> Self {
        let role = |name: &str| Role {
            id: AccessGroupId::new(name),
            name: name.to_owned(),
            privileged: false,
        };
        Self {
            groups: Groups::Fixed(names.into_iter().map(role).collect()),
            seats: None,
        }
    }

    /// Returns the catalogue; empty when groups are created.
    pub fn catalogue(&self) -> &[Role] {
        match &self.groups {
            Groups::Created => &[],
            Groups::Fixed(roles) => roles,
        }
    }

    /// Tells whether the catalogue is fixed.
    pub fn is_fixed(&self) -> bool {
        matches!(self.groups, Groups::Fixed(_))
    }
}

impl Role {
    /// Shows the role as the access group it is.
    pub fn access_group(&self) -> AccessGroup {
        AccessGroup {
            group_ref: self.id.clone(),
            name: self.name.clone(),
            origin: Origin::Catalogue,
            state: GroupState::Ready,
            privileged: self.privileged,
        }
    }
}
