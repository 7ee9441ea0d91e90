//! A group as a struct, and what every resource carries.

use serde::{Deserialize, Serialize};

use crate::{Document, Error, Timestamp, document, urns};

/// A Group (RFC 7643 §4.2).
///
/// ```
/// use enroll_schema::{Group, Member};
///
/// let mut group = Group::new("Pilots");
/// group.members.push(Member::new("2819c223"));
/// assert_eq!(serde_json::to_value(&group)?["members"][0]["value"], "2819c223");
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Group {
    /// The schemas whose attributes it holds.
    #[serde(default)]
    pub schemas: Vec<String>,
    /// The service provider's id; absent before the resource exists.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// The client's own id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub external_id: Option<String>,
    /// The name.
    pub display_name: String,
    /// The members.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub members: Vec<Member>,
    /// What the service provider knows about the resource.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub meta: Option<Meta>,
}

/// A member of a group (RFC 7643 §4.2).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Member {
    /// The id of the user or group.
    pub value: String,
    /// Its URI.
    #[serde(default, rename = "$ref", skip_serializing_if = "Option::is_none")]
    pub reference: Option<String>,
    /// Its resource type.
    #[serde(default, rename = "type", skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    /// Its name; only the service provider writes it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub display: Option<String>,
}

impl Member {
    /// Names a member by id.
    pub fn new(value: impl Into<String>) -> Self {
        Self {
            value: value.into(),
            ..Self::default()
        }
    }
}

/// What a service provider knows about a resource (RFC 7643 §3.1).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Meta {
    /// The name of the resource type.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resource_type: Option<String>,
    /// When the resource was created.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub created: Option<Timestamp>,
    /// When it was last changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_modified: Option<Timestamp>,
    /// Its URI.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub location: Option<String>,
    /// Its entity tag, quotes and all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
}

impl Group {
    /// Makes a group that has a name and no members.
    pub fn new(display_name: impl Into<String>) -> Self {
        Self {
            schemas: vec![urns::GROUP.to_owned()],
            display_name: display_name.into(),
            ..Self::default()
        }
    }
}

impl TryFrom<&Document> for Group {
    type Error = Error;

    /// Looks at a document as a group; `id`, `meta` and `members` are not in a document.
    ///
    /// # Errors
    /// `invalidValue` when the document is not one of a Group.
    fn try_from(document: &Document) -> Result<Self, Error> {
        document::view(document, urns::GROUP)
    }
}

impl From<&Group> for Document {
    /// Writes what a document holds; `id`, `meta` and `members` are left out.
    ///
    /// Nothing is checked: a group that came from outside goes through [`Document::read`].
    fn from(group: &Group) -> Self {
        let kept = Group {
            id: None,
            meta: None,
            members: Vec::new(),
            ..group.clone()
        };
        document::from_view(&kept, urns::GROUP, &[])
    }
}
