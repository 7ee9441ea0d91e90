//! Which groups of the provider feed which access groups (S-35).

use enroll_schema::ResourceId;
use enroll_store::DirectoryId;
use serde::{Deserialize, Serialize};

use crate::{AccessGroupId, Kind, wire};

/// "The provider's group G feeds access group H": by id, never by name (threat A4).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Selection {
    /// The integration whose group it is.
    pub integration: DirectoryId,
    /// The group in that directory.
    #[serde(with = "wire::resource_id")]
    pub group: ResourceId,
    /// The access group chosen by a person; `None` lets the job make one, where it may.
    pub access_group: Option<AccessGroupId>,
    /// What its members become (S-12).
    pub kind: Kind,
    /// The place in the picker, smaller wins (E-01); groups selected by themselves come after all
    /// placed ones.
    pub priority: Option<u32>,
    /// The folded name and externalId at the time of selection: the order among those selected by
    /// themselves.
    pub rank: (String, String),
    /// Whether the access group follows the group's name; `None`: only if the job made it (E-10).
    pub sync_name: Option<bool>,
    /// Syncing stops, the mapping stays (E-04).
    pub paused: bool,
}

/// What a person says about one selection; the order of a list of them is the order of the picker.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Choice {
    /// The group in the directory.
    #[serde(with = "wire::resource_id")]
    pub group: ResourceId,
    /// The access group it feeds; absent lets the job make one, where it may.
    #[serde(default)]
    pub access_group: Option<AccessGroupId>,
    /// What its members become.
    #[serde(default)]
    pub kind: Kind,
    /// Whether the access group follows the group's name.
    #[serde(default)]
    pub sync_name: Option<bool>,
    /// Whether syncing stops while the mapping stays.
    #[serde(default)]
    pub paused: bool,
}

/// How a group of the provider stands, as the picker shows it (S-34).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// Stored, never applied.
    NotSelected,
    /// Selected and feeding an access group.
    Selected,
    /// Selected, its access group is not there yet.
    Waiting,
    /// Selected, but the catalogue is fixed and nobody named a target (S-35b).
    NeedsTarget,
    /// Selected and paused (E-04).
    Paused,
    /// Selected, and the provider deleted it (E-11).
    Deleted,
}

/// A group as the job knows it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct SourceGroup {
    /// The integration.
    pub integration: DirectoryId,
    /// The group.
    #[serde(with = "wire::resource_id")]
    pub id: ResourceId,
    /// The provider's id of it.
    pub external_id: Option<String>,
    /// Its name.
    pub display_name: String,
    /// Whether the provider deleted it.
    pub gone: bool,
}

/// One line of the groups picker (S-34).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GroupRow {
    /// The group's id in the directory.
    #[serde(with = "wire::resource_id")]
    pub id: ResourceId,
    /// Its name.
    pub display_name: String,
    /// The provider's id of it.
    pub external_id: Option<String>,
    /// How many direct members it has.
    pub members: u64,
    /// Members that are no resource here yet, as sent (E-18).
    pub pending_members: Vec<String>,
    /// How it stands.
    pub state: Standing,
    /// The access group it feeds.
    pub access_group: Option<AccessGroupId>,
    /// What its members become.
    pub kind: Kind,
    /// Its place in the picker.
    pub priority: Option<u32>,
    /// Whether another group here has the same name (E-30).
    pub name_repeats: bool,
}
