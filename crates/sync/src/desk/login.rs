//! "May this NameID sign in, and as whom?", for the application's SAML side (S-25 … S-27).

use std::collections::BTreeMap;

use enroll_schema::{Document, Timestamp};
use enroll_store::{Directories, Store, Target, TenantId, Want};
use serde::Serialize;

use super::Desk;
use crate::{
    AccountId, Accounts, Holder, Known, Ledger, NameRole, Policy, Shadow, Subject, SyncError,
    name_key,
};

/// The answer to a look-up.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Login {
    /// Whether the person may sign in.
    pub allowed: bool,
    /// As which account; also of somebody who may not, when there is exactly one.
    pub app_ref: Option<AccountId>,
    /// By what the account was found.
    pub matched_by: Option<MatchedBy>,
    /// Why, in one word.
    pub reason: LoginReason,
    /// What that means.
    pub meaning: &'static str,
}

/// By what an account was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum MatchedBy {
    /// Its address.
    Email,
    /// Its login name, the UPN (S-27).
    Upn,
    /// The provider's id of the person.
    ExternalId,
}

/// Why somebody may, or may not, sign in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum LoginReason {
    /// The account is active, and so is the person in the directory.
    Ok,
    /// More than one account could be meant (E-17, S-27).
    Ambiguous,
    /// The provider deleted the person.
    Deleted,
    /// The provider says that the person is not active.
    Inactive,
    /// The account is not active.
    AccountInactive,
    /// An account has this name that nobody manages here.
    NotManaged,
    /// It was somebody's login name until a while ago (E-17).
    Former,
    /// It is a UPN, and those do not sign in here (S-27).
    UpnOff,
    /// The person is known, and has no account yet.
    NoAccount,
    /// Nobody is known by this name.
    Unknown,
}

/// Each reason with its word and its meaning; the order is that of telling: what comes first counts
/// when several apply.
const REASONS: &[(LoginReason, &str, &str)] = &[
    (
        LoginReason::Ok,
        "LOGIN_OK",
        "the account is active, and so is the person in the directory",
    ),
    (
        LoginReason::Ambiguous,
        "E_LOGIN_AMBIGUOUS",
        "more than one account could be meant; nobody signs in until the names differ",
    ),
    (
        LoginReason::Deleted,
        "LOGIN_DELETED",
        "the provider deleted this person",
    ),
    (
        LoginReason::Inactive,
        "LOGIN_INACTIVE",
        "the provider says that this person is not active",
    ),
    (
        LoginReason::AccountInactive,
        "LOGIN_ACCOUNT_INACTIVE",
        "the account is not active",
    ),
    (
        LoginReason::NotManaged,
        "LOGIN_NOT_MANAGED",
        "an account has this name that no provider manages; the application decides by itself",
    ),
    (
        LoginReason::Former,
        "LOGIN_FORMER",
        "this was a login name until a while ago; sign in with the new one",
    ),
    (
        LoginReason::UpnOff,
        "LOGIN_UPN_OFF",
        "this is a userName, and signing in by it is not switched on (upn_login)",
    ),
    (
        LoginReason::NoAccount,
        "LOGIN_NO_ACCOUNT",
        "the person is known and has no account; explain says why",
    ),
    (
        LoginReason::Unknown,
        "LOGIN_UNKNOWN",
        "no account and no person has this name",
    ),
];

impl LoginReason {
    /// Returns the word that programs compare.
    pub fn as_str(self) -> &'static str {
        self.row().1
    }

    /// Returns what it means, in a sentence.
    pub fn meaning(self) -> &'static str {
        self.row().2
    }

    fn row(self) -> (Self, &'static str, &'static str) {
        let row = REASONS.iter().find(|(reason, _, _)| *reason == self);
        row.copied().unwrap_or((self, "", ""))
    }
}

impl Serialize for LoginReason {
    fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(self.as_str())
    }
}

impl Login {
    fn said(reason: LoginReason, found: Option<(AccountId, MatchedBy)>) -> Self {
        let (app_ref, matched_by) = found.unzip();
        Self {
            allowed: reason == LoginReason::Ok,
            app_ref,
            matched_by,
            reason,
            meaning: reason.meaning(),
        }
    }
}

/// Most bytes of a name that are looked up; no address is longer.
pub const NAME_ID_BYTES_MAX: usize = 512;
/// Most people looked at; who shares a name with more is ambiguous.
const CANDIDATES_MAX: usize = 20;

/// What was found under a name.
#[derive(Debug, Default)]
struct Found {
    /// The accounts meant, by what, with the people they are tied to.
    accounts: BTreeMap<AccountId, (MatchedBy, Vec<Subject>)>,
    /// Reasons that count when no account was found.
    beside: Vec<LoginReason>,
    /// Active people whom the provider names so as well, with their accounts.
    claims: Vec<(Subject, Option<AccountId>)>,
}

impl<D: Directories, L: Ledger + Accounts> Desk<D, L> {
    /// Says whether the person whom an assertion names may sign in, and as which account.
    ///
    /// The name is looked for as an address, as a UPN when the policy says `upn_login`, and as an
    /// externalId. Whether the person is active is read from the directory as it is now, so that
    /// a leaver is denied at once, also while the application cannot be reached. A look-up costs a
    /// few index look-ups, however many people there are.
    ///
    /// # Errors
    /// When a store fails.
    pub async fn login(
        &self,
        tenant: &TenantId,
        name_id: &str,
        now: Timestamp,
    ) -> Result<Login, SyncError> {
        let name = name_id.trim();
        if name.is_empty() || name.len() > NAME_ID_BYTES_MAX {
            return Ok(Login::said(LoginReason::Unknown, None));
        }
        let policy = self.ledger.policy(tenant).await?;
        // Folded as names are, and as it is for externalIds.
        let keys = vec![name_key(name), name.to_owned()];
        let holders = self.ledger.holders(tenant, keys).await?;
        let mut people = self.ledger.find(tenant, name).await?;
        if holders.len() > CANDIDATES_MAX || people.len() > CANDIDATES_MAX {
            return Ok(Login::said(LoginReason::Ambiguous, None));
        }
        people.extend(holders.iter().filter_map(|holder| holder.subject.clone()));
        people.sort_unstable();
        people.dedup();
        let known = self.ledger.known(tenant, people).await?;
        let found = Found::under(name, &holders, &known, &policy, now);
        let known: BTreeMap<&Subject, &Known> =
            known.iter().map(|known| (&known.subject, known)).collect();
        self.verdict(found, &known).await
    }

    async fn verdict(
        &self,
        found: Found,
        known: &BTreeMap<&Subject, &Known>,
    ) -> Result<Login, SyncError> {
        let mut judged = Vec::new();
        for (app_ref, (by, subjects)) in found.accounts {
            let ties = subjects.iter().filter_map(|subject| known.get(subject));
            let shadow = ties
                .filter_map(|known| known.shadow.as_ref())
                .min_by_key(|shadow| (!shadow.managed, &shadow.subject));
            let reason = match shadow {
                Some(shadow) => self.judge(shadow).await?,
                None => LoginReason::NotManaged,
            };
            // Another person of the same provider with this name: the assertion could be that one's.
            let claimed = found.claims.iter().any(|(subject, own)| {
                let same = shadow.map(|shadow| &shadow.subject.integration);
                same == Some(&subject.integration) && own.as_ref() != Some(&app_ref)
            });
            let reason = match reason {
                LoginReason::Ok if claimed => LoginReason::Ambiguous,
                reason => reason,
            };
            judged.push((reason, app_ref, by));
        }
        // An account that nobody manages may be active: beside another, it is meant as well.
        let may = |reason: LoginReason| match reason {
            LoginReason::Ok | LoginReason::NotManaged => 1,
            LoginReason::Ambiguous => 2,
            _ => 0,
        };
        let meant: u32 = judged.iter().map(|(reason, ..)| may(*reason)).sum();
        judged.sort_unstable();
        let only = judged.len() == 1;
        match judged.into_iter().next() {
            _ if meant > 1 => Ok(Login::said(LoginReason::Ambiguous, None)),
            Some((reason, app_ref, by)) => {
                let named = (only || reason == LoginReason::Ok).then_some((app_ref, by));
                Ok(Login::said(reason, named))
            }
            None => {
                let beside = found.beside.into_iter().min();
                Ok(Login::said(beside.unwrap_or(LoginReason::Unknown), None))
            }
        }
    }

    /// Says whether the person behind an account may sign in, from the directory as it is now.
    async fn judge(&self, shadow: &Shadow) -> Result<LoginReason, SyncError> {
        let target = Target {
            kind: self.kinds.user.clone(),
            id: shadow.subject.id.clone(),
        };
        let store = self.directories.open(&shadow.subject.integration).await?;
        let Some(record) = store.get(target, Want::Omit).await? else {
            return Ok(LoginReason::Deleted);
        };
        let document = Document::from_bytes(&record.document)?.into_map();
        let says = document.get("active").and_then(serde_json::Value::as_bool);
        Ok(if says == Some(false) {
            LoginReason::Inactive
        } else if !shadow.now().active {
            LoginReason::AccountInactive
        } else {
            LoginReason::Ok
        })
    }
}

impl Found {
    fn under(
        name: &str,
        holders: &[Holder],
        known: &[Known],
        policy: &Policy,
        now: Timestamp,
    ) -> Self {
        let mut found = Self::default();
        for holder in holders {
            let is_over = holder.until.is_some_and(|until| until <= now);
            match holder.role {
                NameRole::Email => found.account(holder, MatchedBy::Email),
                NameRole::Login if policy.upn_login => found.account(holder, MatchedBy::Upn),
                NameRole::Login => found.beside.push(LoginReason::UpnOff),
                NameRole::External => found.account(holder, MatchedBy::ExternalId),
                NameRole::Former if is_over => {}
                NameRole::Former => found.beside.push(LoginReason::Former),
            }
        }
        for known in known {
            found.person(name, known, policy.upn_login);
        }
        found
    }

    /// What the job's reading of a person adds.
    fn person(&mut self, name: &str, known: &Known, upn_login: bool) {
        let Some(person) = &known.person else { return };
        let own = known.shadow.as_ref().map(|shadow| shadow.app_ref.clone());
        if person.external_id.as_deref() == Some(name) {
            match own {
                Some(app_ref) => self.add(app_ref, MatchedBy::ExternalId, Some(&known.subject)),
                None => self.beside.push(LoginReason::NoAccount),
            }
            return;
        }
        let key = name_key(name);
        let is_upn = name_key(&person.user_name) == key;
        let is_email = person.email.as_deref().map(name_key) == Some(key);
        if !is_upn && !is_email {
            return;
        }
        if is_upn && !is_email && !upn_login {
            self.beside.push(LoginReason::UpnOff);
            return;
        }
        if own.is_none() {
            self.beside.push(LoginReason::NoAccount);
        }
        if person.active && person.gone_at.is_none() {
            self.claims.push((known.subject.clone(), own));
        }
    }

    fn account(&mut self, holder: &Holder, by: MatchedBy) {
        self.add(holder.app_ref.clone(), by, holder.subject.as_ref());
    }

    fn add(&mut self, app_ref: AccountId, by: MatchedBy, subject: Option<&Subject>) {
        let (first, subjects) = self
            .accounts
            .entry(app_ref)
            .or_insert_with(|| (by, Vec::new()));
        *first = by.min(*first);
        subjects.extend(subject.cloned());
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_reason_has_one_word() {
        let words: BTreeSet<_> = REASONS.iter().map(|(_, word, _)| *word).collect();
        assert_eq!(words.len(), REASONS.len());
        assert_eq!(LoginReason::Unknown.as_str(), "LOGIN_UNKNOWN");
        assert!(REASONS.is_sorted_by_key(|(reason, _, _)| *reason));
    }
}
