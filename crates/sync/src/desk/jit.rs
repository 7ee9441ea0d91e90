//! What the application does with somebody who signs in and has no account yet (S-16, O-4).

use enroll_schema::Timestamp;
use enroll_store::{Directories, TenantId};
use serde::Serialize;

use super::{Desk, Login, LoginReason};
use crate::{
    AccountId, Accounts, Advice, Code, Explanation, Jit, Ledger, Op, Profile, State, SyncError,
};

/// The decision about somebody who signs in.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Entry {
    /// What to do.
    pub decision: EntryDecision,
    /// Which account to let in, or to link.
    pub app_ref: Option<AccountId>,
    /// The whole account to make: what the provider sent by SCIM, never what an assertion says.
    pub account: Option<Profile>,
    /// Why, in one word.
    pub reason: &'static str,
    /// What that means.
    pub meaning: String,
}

/// What to do with somebody who signs in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum EntryDecision {
    /// Let the account in.
    Allow,
    /// Tie this account to the person, then let it in; the provider takes it over later (E-16).
    Link,
    /// Make this account now; the job finds it and links it.
    Create,
    /// Let nobody in.
    Deny,
}

/// Reasons of this question alone.
const OFF: (&str, &str) = (
    "JIT_OFF",
    "nobody gets an account by signing in (jit = off)",
);
const LINK_ONLY: (&str, &str) = (
    "JIT_LINK_ONLY",
    "only accounts that are there may be linked by signing in (jit = link_only)",
);
const LINK: (&str, &str) = (
    "JIT_LINK",
    "an account that nobody manages has this address",
);
const PRIVILEGED: (&str, &str) = (
    "JIT_PRIVILEGED",
    "the account has administrators' rights; somebody must link it by hand",
);
const CREATE: (&str, &str) = (
    "JIT_IN_DIRECTORY",
    "the person is in the directory and gets this account anyway",
);
const STRANGER: (&str, &str) = (
    "JIT_NOT_IN_DIRECTORY",
    "no provider sent a person with this name",
);
const NOT_ENTITLED: (&str, &str) = (
    "JIT_NOT_ENTITLED",
    "the person is in the directory and in no group that gives access",
);

impl Entry {
    fn deny((reason, meaning): (&'static str, &str)) -> Self {
        Self {
            decision: EntryDecision::Deny,
            app_ref: None,
            account: None,
            reason,
            meaning: meaning.to_owned(),
        }
    }

    fn deny_as(reason: LoginReason) -> Self {
        Self::deny((reason.as_str(), reason.meaning()))
    }

    /// What keeps the account back keeps the person out.
    fn kept_back(advice: &Advice) -> Self {
        Self::deny((advice.code, advice.meaning))
    }
}

impl<D: Directories, L: Ledger + Accounts> Desk<D, L> {
    /// Decides what to do with somebody who signs in: pure advice, nothing is written.
    ///
    /// Whoever a provider set inactive or deleted is denied, whatever the policy says; nobody is
    /// revived by signing in, and no value comes from the assertion.
    ///
    /// # Errors
    /// When a store fails.
    pub async fn jit(
        &self,
        tenant: &TenantId,
        name_id: &str,
        now: Timestamp,
    ) -> Result<Entry, SyncError> {
        let login = self.login(tenant, name_id, now).await?;
        let Login {
            app_ref, reason, ..
        } = login;
        match reason {
            LoginReason::Ok => {
                return Ok(Entry {
                    decision: EntryDecision::Allow,
                    app_ref,
                    ..Entry::deny_as(reason)
                });
            }
            LoginReason::NotManaged | LoginReason::NoAccount | LoginReason::Unknown => {}
            refused => return Ok(Entry::deny_as(refused)),
        }
        let jit = self.ledger.policy(tenant).await?.jit;
        // The directory may know more than the job has read.
        let told = self.explain(tenant, name_id, now).await?;
        if let Some(refused) = told.as_ref().and_then(left) {
            return Ok(Entry::deny_as(refused));
        }
        match (jit, app_ref, told) {
            (Jit::Off, ..) => Ok(Entry::deny(OFF)),
            (_, Some(app_ref), _) => self.takes_over(tenant, app_ref).await,
            (Jit::LinkOnly, None, _) => Ok(Entry::deny(LINK_ONLY)),
            (Jit::IfInDirectory, None, None) => Ok(Entry::deny(STRANGER)),
            (Jit::IfInDirectory, None, Some(told)) => Ok(made(&told)),
        }
    }

    /// An account that nobody manages: never one with administrators' rights, and never one that
    /// somebody switched off (threat A3).
    async fn takes_over(&self, tenant: &TenantId, app_ref: AccountId) -> Result<Entry, SyncError> {
        let Some(account) = self.ledger.account(tenant, &app_ref).await? else {
            return Ok(Entry::deny_as(LoginReason::NotManaged));
        };
        if !account.profile.active {
            return Ok(Entry::deny_as(LoginReason::AccountInactive));
        }
        let context = self.ledger.context(tenant).await?;
        let inside = &account.profile.access_groups;
        let mut groups = context.access_groups.iter();
        let mut roles = context.capabilities.catalogue().iter();
        if groups.any(|group| group.privileged && inside.contains(&group.group_ref))
            || roles.any(|role| role.privileged && inside.contains(&role.id))
        {
            return Ok(Entry::deny(PRIVILEGED));
        }
        Ok(Entry {
            decision: EntryDecision::Link,
            app_ref: Some(app_ref),
            ..Entry::deny(LINK)
        })
    }
}

/// Tells whether the provider says that the person is not here any more.
fn left(told: &Explanation) -> Option<LoginReason> {
    match &told.idp {
        said if said.deleted_at.is_some() => Some(LoginReason::Deleted),
        said if !said.active => Some(LoginReason::Inactive),
        _ => None,
    }
}

/// Somebody in the directory without an account: the job's own next step, taken at once, if it is
/// to make one and nothing holds it.
fn made(told: &Explanation) -> Entry {
    let off = Code::SyncOff.as_str();
    let kept_back = told.reasons.first();
    match kept_back.filter(|first| first.code == off || told.next.state != State::Ready) {
        Some(first) => Entry::kept_back(first),
        None if !told.entitled || told.next.op != Op::Create.as_str() => Entry::deny(NOT_ENTITLED),
        None => Entry {
            decision: EntryDecision::Create,
            account: told.next.account.clone(),
            ..Entry::deny(CREATE)
        },
    }
}
