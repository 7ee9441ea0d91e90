//! The identifiers of the job; none turns into another (threat A1).

use std::{fmt, sync::Arc};

use enroll_schema::ResourceId;
use enroll_store::DirectoryId;
use serde::{Deserialize, Serialize};

use crate::wire;

macro_rules! application_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(Arc<str>);

        impl $name {
            /// Keeps the application's text.
            pub fn new(text: impl Into<Arc<str>>) -> Self {
                Self(text.into())
            }

            /// Returns the text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{:?}", &*self.0)
            }
        }
    };
}

application_id! {
    /// The application's own id of an account (`ref` in JSON); only ever compared with others of
    /// its kind.
    AccountId
}
application_id! {
    /// The application's own id of an access group; in a fixed catalogue, the role's name.
    AccessGroupId
}

/// What a decision is about: one person or one group of one integration's directory.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Subject {
    /// Groups come before people: a group exists before a member is put in it.
    pub kind: SubjectKind,
    /// The integration, which is also its directory.
    pub integration: DirectoryId,
    /// The resource.
    #[serde(with = "wire::resource_id")]
    pub id: ResourceId,
}

/// The two kinds of subject.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SubjectKind {
    /// A Group resource.
    Group,
    /// A User resource.
    Person,
}

impl SubjectKind {
    /// Returns the word that stores and messages use.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Group => "group",
            Self::Person => "person",
        }
    }
}

impl Subject {
    /// Names a person.
    pub fn person(integration: &DirectoryId, id: &ResourceId) -> Self {
        Self {
            kind: SubjectKind::Person,
            integration: integration.clone(),
            id: id.clone(),
        }
    }

    /// Names a group.
    pub fn group(integration: &DirectoryId, id: &ResourceId) -> Self {
        Self {
            kind: SubjectKind::Group,
            integration: integration.clone(),
            id: id.clone(),
        }
    }
}

/// `group/int_1/0192…`
impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}/{}", self.kind.as_str(), self.integration, self.id)
    }
}

/// The number of the job's lease on a tenant; writes with an older one are refused.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Fence(pub u64);
