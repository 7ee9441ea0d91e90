//! What the job remembers of the application's objects: the last thing applied, and the last thing
//! reported.

use std::collections::BTreeMap;

use enroll_schema::{ResourceId, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{
    AccessGroup, AccessGroupId, AccountId, GroupState, Item, Origin, Profile, Subject, wire,
};

/// One account, tied to one person of a directory; it outlives the resource (E-27).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Shadow {
    /// The person.
    pub subject: Subject,
    /// The account.
    pub app_ref: AccountId,
    /// The provider's id of the person.
    pub external_id: Option<String>,
    /// The userName last seen.
    pub user_name: String,
    /// Whether this integration may change the account; `false` after a release (E-04).
    pub managed: bool,
    /// What was last applied, written in the same transaction as its outcome.
    pub base: Profile,
    /// What the application last reported, when it differs from `base`.
    pub observed: Option<Profile>,
    /// The group that grants the access.
    #[serde(with = "wire::maybe_resource_id")]
    pub via: Option<ResourceId>,
    /// Since when the person is in no selected group (E-02).
    #[serde(with = "wire::maybe_instant")]
    pub ungrouped_since: Option<Timestamp>,
    /// When the provider deleted the resource.
    #[serde(with = "wire::maybe_instant")]
    pub gone_at: Option<Timestamp>,
    /// Login names that stay reserved (E-17).
    pub former_logins: Vec<FormerLogin>,
    /// The number of the last change applied to it.
    pub seq: u64,
    /// What calls whose answer is not known may have made of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub doubt: Option<Doubt>,
}

/// Calls whose answer is not known: the application may be as it was before them, or as they said.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Doubt {
    /// The key of the last of them.
    pub key: String,
    /// The key of the one before it: a call after another is not the same as the first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub over: Option<String>,
    /// Values that the application may have in place of those last applied, by name.
    pub may_be: BTreeMap<String, Value>,
}

/// A login name that was in use until a while ago (E-17).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FormerLogin {
    /// The name.
    pub login: String,
    /// Until when nobody else may have it.
    #[serde(with = "wire::instant")]
    pub until: Timestamp,
}

/// How long an old login name stays reserved (E-17): 90 days.
pub const LOGIN_RESERVED_MILLIS: i64 = 90 * 86_400_000;

/// How long after a deletion the same userName is the same person without asking (E-27): 30 days.
pub const RESURRECT_MILLIS: i64 = 30 * 86_400_000;

/// One access group, tied to one group of a directory.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GroupShadow {
    /// The group.
    pub subject: Subject,
    /// The access group.
    pub group_ref: AccessGroupId,
    /// The provider's id of the group (E-11: rebinding).
    pub external_id: Option<String>,
    /// The name last applied.
    pub name: String,
    /// Whether the job made it; one that was there keeps its name (E-10).
    pub made: bool,
    /// Whether it was archived.
    pub archived: bool,
    /// The number of the last change applied to it.
    pub seq: u64,
}

/// One way in which a name is in use.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Holder {
    /// The folded name.
    pub key: String,
    /// As what.
    pub role: NameRole,
    /// By which account.
    pub app_ref: AccountId,
    /// The person it is tied to; `None` for an account nobody manages here.
    pub subject: Option<Subject>,
    /// Until when, for a reserved name.
    #[serde(with = "wire::maybe_instant")]
    pub until: Option<Timestamp>,
}

/// As what a name is in use.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NameRole {
    /// An account's address.
    Email,
    /// An account's login name.
    Login,
    /// A login name that stays reserved.
    Former,
    /// The provider's id of the person, as the application stores it (E-16); not folded.
    External,
}

impl NameRole {
    /// Returns the word that stores use.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Email => "email",
            Self::Login => "login",
            Self::Former => "former",
            Self::External => "external_id",
        }
    }

    /// Finds a role by its word.
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Email, Self::Login, Self::Former, Self::External]
            .into_iter()
            .find(|role| role.as_str() == text)
    }
}

/// Returns the comparison key of an address or login name.
///
/// One key for both, because a login name may not be another account's address (S-27).
pub fn name_key(text: &str) -> String {
    enroll_schema::fold::user_name(text.trim())
}

impl Shadow {
    /// Returns the account as it may be, if `item` leaves something unsaid that is in doubt: what a
    /// call without an answer may have changed, and the item takes for unchanged.
    pub(crate) fn doubted(&self, item: &Item) -> Option<Self> {
        let doubt = self.doubt.as_ref()?;
        let unsaid = |name: &String| !item.changed.contains(name);
        let unsaid: Vec<_> = doubt
            .may_be
            .iter()
            .filter(|(name, _)| unsaid(name))
            .collect();
        if unsaid.is_empty() {
            return None;
        }
        let may_be = |profile: &Profile| {
            let mut flat = profile.to_flat();
            for (name, value) in &unsaid {
                flat.insert((*name).clone(), (*value).clone());
            }
            Profile::from_flat(&flat)
        };
        Some(Self {
            base: may_be(&self.base),
            observed: self.observed.as_ref().map(may_be),
            ..self.clone()
        })
    }

    /// Returns what is in doubt once the application is called with `item`.
    pub(crate) fn called(&self, item: &Item) -> Option<Doubt> {
        let base = self.base.to_flat();
        let before = self.doubt.as_ref();
        let mut may_be = before.map(|doubt| doubt.may_be.clone()).unwrap_or_default();
        for (name, value) in &item.to {
            if base.get(name).unwrap_or(&Value::Null) != value {
                may_be.insert(name.clone(), value.clone());
            }
        }
        let over = match before {
            Some(doubt) if doubt.key == item.key => doubt.over.clone(),
            Some(doubt) => Some(doubt.key.clone()),
            None => None,
        };
        let key = item.key.clone();
        (!may_be.is_empty()).then_some(Doubt { key, over, may_be })
    }

    /// Lists the names this account holds.
    pub fn names(&self) -> Vec<Holder> {
        let held = |role, text: &str, until| Holder {
            key: name_key(text),
            role,
            app_ref: self.app_ref.clone(),
            subject: Some(self.subject.clone()),
            until,
        };
        let email = self
            .base
            .email
            .as_deref()
            .map(|text| held(NameRole::Email, text, None));
        let login = self
            .base
            .login
            .as_deref()
            .map(|text| held(NameRole::Login, text, None));
        let former = self
            .former_logins
            .iter()
            .map(|old| held(NameRole::Former, &old.login, Some(old.until)));
        email.into_iter().chain(login).chain(former).collect()
    }
}

impl GroupShadow {
    /// Shows the access group as far as the job knows it.
    pub fn access_group(&self) -> AccessGroup {
        AccessGroup {
            group_ref: self.group_ref.clone(),
            name: self.name.clone(),
            origin: if self.made { Origin::Scim } else { Origin::App },
            state: if self.archived {
                GroupState::Archived
            } else {
                GroupState::NeedsSetup
            },
            privileged: false,
        }
    }
}
