//! What a diagnosis is made of.

use enroll_schema::Timestamp;
use enroll_sync::Survey;
use enroll_tenants::{Integration, Token};

use super::requests::Requests;

/// Everything the doctor looks at, read before anything is concluded.
#[derive(Clone, Debug)]
pub struct Facts {
    /// The time.
    pub now: Timestamp,
    /// The integration, with what was learned of its provider.
    pub integration: Integration,
    /// Its tokens, revoked ones too.
    pub tokens: Vec<Token>,
    /// What its request log says.
    pub requests: Requests,
    /// What is in its directory.
    pub survey: Survey,
    /// What stands around it.
    pub setting: Setting,
}

/// What stands around an integration.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Setting {
    /// The base URL its provider is to call.
    pub base_url: String,
    /// Whether the base URL is what the operator set, not what the asker happened to use.
    pub is_public: bool,
    /// How many people are assigned, as the provider's administrator says.
    pub assigned: Option<u64>,
    /// The release of the tz database, such as `2025b`.
    pub tzdb: String,
}

impl Facts {
    /// Returns the provider whose words are used: the one set, else learned, else suggested.
    pub fn idp(&self) -> &str {
        let Integration { idp, learned, .. } = &self.integration;
        match learned {
            Some(learned) if idp == "auto" => &learned.idp,
            _ => idp,
        }
    }

    /// Returns how many memberships there are in the groups that were read.
    pub fn memberships(&self) -> u64 {
        self.survey.groups.iter().map(|group| group.members).sum()
    }

    /// Returns the milliseconds since an instant.
    pub(super) fn since(&self, then: Timestamp) -> i64 {
        self.now.as_millis().saturating_sub(then.as_millis())
    }

    /// Tells whether people or groups have ever been written, as far as is known.
    pub(super) fn has_writes(&self) -> bool {
        let there = self.survey.people > 0 || self.survey.groups_total > 0;
        there || self.requests.writes > 0
    }
}
