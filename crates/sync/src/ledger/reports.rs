//! What the application says about its accounts, and what people decided about the difference.

use std::{collections::BTreeMap, fmt, future::Future};

use enroll_schema::Timestamp;
use enroll_store::TenantId;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{Known, Snapshot};
use crate::{AccountId, Holder, NameRole, Profile, Shadow, Subject, name_key, wire};

/// What the application says about its accounts; every method is one transaction.
pub trait Reports: fmt::Debug + Clone + Send + Sync + 'static {
    /// Takes in what the application says about single accounts; whom it may concern is due now.
    fn report(
        &self,
        tenant: &TenantId,
        reports: Vec<Report>,
        now: Timestamp,
    ) -> impl Future<Output = super::Result<()>> + Send;

    /// Reads what is known of accounts, in their order.
    fn seen(
        &self,
        tenant: &TenantId,
        accounts: Vec<AccountId>,
    ) -> impl Future<Output = super::Result<Vec<Seen>>> + Send;

    /// Unties a person from the account, which belongs to nobody afterwards; tells whether there
    /// was a tie.
    fn untie(
        &self,
        tenant: &TenantId,
        subject: Subject,
        now: Timestamp,
    ) -> impl Future<Output = super::Result<bool>> + Send;

    /// Lists people whose accounts the application reported otherwise than they were applied, by
    /// subject: at most `most`, after `after`.
    fn drifting(
        &self,
        tenant: &TenantId,
        after: Option<Subject>,
        most: u32,
    ) -> impl Future<Output = super::Result<Vec<Known>>> + Send;

    /// Begins a snapshot; one that was not committed is forgotten.
    fn begin_snapshot(
        &self,
        tenant: &TenantId,
        now: Timestamp,
    ) -> impl Future<Output = super::Result<Snapshot>> + Send;

    /// Returns the newest snapshot.
    fn snapshot(
        &self,
        tenant: &TenantId,
    ) -> impl Future<Output = super::Result<Option<Snapshot>>> + Send;

    /// Puts a page beside what came before; `from` is the number of entries before it.
    fn stage(
        &self,
        tenant: &TenantId,
        snapshot: u64,
        from: u64,
        page: Vec<Report>,
    ) -> impl Future<Output = super::Result<Snapshot>> + Send;

    /// Says that the snapshot is whole.
    fn commit_snapshot(
        &self,
        tenant: &TenantId,
        snapshot: u64,
    ) -> impl Future<Output = super::Result<Snapshot>> + Send;

    /// Takes in at most `most` accounts of a committed snapshot, by their ids; with the last ones,
    /// what the snapshot does not have and nobody is tied to is forgotten, and everybody is due.
    fn absorb(
        &self,
        tenant: &TenantId,
        snapshot: u64,
        most: u32,
        now: Timestamp,
    ) -> impl Future<Output = super::Result<Snapshot>> + Send;
}

/// One account as the application reports it (sync §7).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Report {
    /// The application's id.
    #[serde(rename = "ref")]
    pub app_ref: AccountId,
    /// The provider's id of the person, where the application stores one (E-16).
    #[serde(default)]
    pub external_id: Option<String>,
    /// Values by name, as [`Drift::field`] spells them; what is not named stays as it was known.
    #[serde(default)]
    pub values: BTreeMap<String, Value>,
    /// Whether the account has an administrator's rights.
    #[serde(default)]
    pub is_admin: Option<bool>,
    /// Who changed it last.
    #[serde(default)]
    pub changed_by: Option<String>,
    /// When that was.
    #[serde(default, with = "wire::maybe_instant")]
    pub changed_at: Option<Timestamp>,
}

/// Names of an account's values that can be reported; the attributes beyond them are in `fields`.
pub const REPORTED_KEYS: &[&str] = &[
    "email",
    "first_name",
    "last_name",
    "time_zone",
    "login",
    "kind",
    "active",
    "access_groups",
    "fields",
];

fn misfit(name: &str, wrong: &str) -> (String, String) {
    (name.to_owned(), wrong.to_owned())
}

/// Takes a member out; absent and `null` are the same.
fn told<V: serde::de::DeserializeOwned>(
    members: &mut Map<String, Value>,
    name: &str,
) -> Result<Option<V>, (String, String)> {
    let value = members.remove(name).unwrap_or(Value::Null);
    serde_json::from_value(value).map_err(|error| misfit(name, &error.to_string()))
}

/// What is kept of the last report about an account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reported {
    /// The application's id.
    pub app_ref: AccountId,
    /// The provider's id of the person, where the application stores one.
    pub external_id: Option<String>,
    /// The whole account.
    pub profile: Profile,
    /// Whether it has an administrator's rights.
    pub is_admin: bool,
    /// Who changed it last.
    pub changed_by: Option<String>,
    /// When that was.
    #[serde(with = "wire::maybe_instant")]
    pub changed_at: Option<Timestamp>,
    /// When it was reported.
    #[serde(with = "wire::instant")]
    pub at: Timestamp,
    /// The snapshot that brought it; 0 for a single report.
    pub snapshot: u64,
}

/// Everything known of one account of the application.
#[derive(Clone, Debug, PartialEq)]
pub struct Seen {
    /// The account.
    pub app_ref: AccountId,
    /// Whom it is tied to; of several the last.
    pub tie: Option<Subject>,
    /// What it is: beside the ledger, else as reported, else as last applied.
    pub profile: Option<Profile>,
    /// The last report.
    pub reported: Option<Reported>,
}

impl Report {
    /// Reads the members of an object: those of an account as the management API lists it, of which
    /// none must be there, and `external_id`, `is_admin`, `changed_by`, `changed_at`.
    ///
    /// # Errors
    /// The key that does not fit, with what is wrong.
    pub fn read(
        app_ref: AccountId,
        mut members: Map<String, Value>,
    ) -> Result<Self, (String, String)> {
        let mut report = Self {
            app_ref,
            external_id: told(&mut members, "external_id")?,
            values: BTreeMap::new(),
            is_admin: told(&mut members, "is_admin")?,
            changed_by: told(&mut members, "changed_by")?,
            changed_at: None,
        };
        if let Some(text) = told::<String>(&mut members, "changed_at")? {
            let at = Timestamp::parse(&text);
            let wrong = || misfit("changed_at", "expected an RFC 3339 instant");
            report.changed_at = Some(at.ok_or_else(wrong)?);
        }
        for (name, value) in members {
            if !REPORTED_KEYS.contains(&name.as_str()) {
                return Err(misfit(&name, "an account has no such value"));
            }
            let one = Value::Object(Map::from_iter([(name.clone(), value)]));
            let profile: Profile =
                serde_json::from_value(one).map_err(|error| misfit(&name, &error.to_string()))?;
            let own = format!("{name}.");
            let values = profile.to_flat().into_iter();
            let named = values.filter(|(key, _)| *key == name || key.starts_with(&own));
            report.values.extend(named);
        }
        Ok(report)
    }

    /// Returns the report laid over what was known: what the application holds beside the ledger,
    /// what is tied to a person, or the last report.
    pub fn over(
        &self,
        before: Option<&Reported>,
        known: Option<&Profile>,
        at: Timestamp,
        snapshot: u64,
    ) -> Reported {
        let fresh = || Profile {
            active: true,
            ..Profile::default()
        };
        let profile = known.or(before.map(|before| &before.profile));
        let mut values = profile.cloned().unwrap_or_else(fresh).to_flat();
        values.extend(self.values.clone());
        let external = before.and_then(|before| before.external_id.clone());
        Reported {
            app_ref: self.app_ref.clone(),
            external_id: self.external_id.clone().or(external),
            profile: Profile::from_flat(&values),
            is_admin: self
                .is_admin
                .unwrap_or_else(|| before.is_some_and(|before| before.is_admin)),
            changed_by: self.changed_by.clone(),
            changed_at: self.changed_at,
            at,
            snapshot,
        }
    }
}

impl Reported {
    /// Returns a person's account as it is known from now on.
    pub fn seen_by(&self, shadow: &Shadow) -> Shadow {
        let observed = (self.profile != shadow.base).then(|| self.profile.clone());
        Shadow {
            observed,
            ..shadow.clone()
        }
    }

    /// Tells whether it came by itself after the snapshot was begun.
    pub fn is_newer_than(&self, snapshot: &Snapshot) -> bool {
        self.snapshot < snapshot.id && self.at > snapshot.at
    }

    /// Tells whether the account is still there when the snapshot is taken in as a whole.
    pub fn is_in(&self, snapshot: &Snapshot) -> bool {
        self.snapshot >= snapshot.id || self.at > snapshot.at
    }

    /// Lists the names by which people may be meant: address, login, the provider's id.
    pub fn names(&self) -> Vec<Holder> {
        let profile = &self.profile;
        let folded = |name: &Option<String>| name.as_deref().map(name_key);
        let named = [
            (NameRole::Email, folded(&profile.email)),
            (NameRole::Login, folded(&profile.login)),
            (NameRole::External, self.external_id.clone()),
        ];
        let holder = |(role, key): (NameRole, Option<String>)| {
            Some(Holder {
                key: key?,
                role,
                app_ref: self.app_ref.clone(),
                subject: None,
                until: None,
            })
        };
        named.into_iter().filter_map(holder).collect()
    }
}

/// Somebody tied a person to an account by hand (E-16).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Link {
    /// The account.
    pub app_ref: AccountId,
    /// Who said so.
    pub by: String,
    /// Why; may be empty.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub reason: String,
    /// When.
    #[serde(with = "wire::instant")]
    pub at: Timestamp,
}

/// The application answered a create with an account that it has already (E-16).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Collision {
    /// That account.
    pub app_ref: AccountId,
    /// The address that was asked for.
    pub email: Option<String>,
    /// The login that was asked for.
    pub login: Option<String>,
    /// When.
    #[serde(with = "wire::instant")]
    pub at: Timestamp,
}

/// What somebody decided about one value that was changed in the application (E-12).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FieldRuling {
    /// What.
    pub what: FieldRule,
    /// Who said so.
    pub by: String,
    /// When.
    #[serde(with = "wire::instant")]
    pub at: Timestamp,
}

/// What becomes of a value that was changed in the application.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FieldRule {
    /// The application owns it from now on: nothing is written.
    Adopt,
    /// The provider's value is written once more.
    Revert,
    /// It is not shown until it changes again.
    Ignore(Value),
}

/// A value that differs from what was last applied (E-12).
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Drift {
    /// The account.
    pub account: AccountId,
    /// The name of the value, for instance `last_name` or `fields.department`.
    pub field: String,
    /// What was last applied.
    pub base: Value,
    /// What the application reported.
    pub observed: Value,
    /// What the provider wants.
    pub want: Value,
    /// Who changed it, if the application says.
    pub by: Option<String>,
    /// Since when, if that is known.
    #[serde(with = "wire::maybe_instant")]
    pub since: Option<Timestamp>,
    /// The person.
    pub subject: Subject,
}

impl Drift {
    /// Lists the values of a person's account that drifted and that nobody decided about, by name.
    ///
    /// Only values that the job writes count; what the last decision says about them is what the
    /// provider wants.
    pub fn of(known: &Known, reported: Option<&Reported>) -> Vec<Self> {
        let (Some(shadow), Some(last)) = (&known.shadow, &known.decision) else {
            return Vec::new();
        };
        let Some(observed) = &shadow.observed else {
            return Vec::new();
        };
        let (base, observed, item) = (shadow.base.to_flat(), observed.to_flat(), &last.item);
        let value =
            |of: &BTreeMap<String, Value>, name: &str| of.get(name).cloned().unwrap_or(Value::Null);
        let names = item.kept.iter().chain(&item.changed);
        let names: std::collections::BTreeSet<&String> = names.collect();
        let drifted = names.into_iter().filter_map(|name| {
            let (base, observed) = (value(&base, name), value(&observed, name));
            let ruling = known.ruling.fields.get(name).map(|ruling| &ruling.what);
            let is_open = match ruling {
                Some(FieldRule::Adopt) => false,
                Some(FieldRule::Ignore(seen)) => *seen != observed,
                Some(FieldRule::Revert) | None => true,
            };
            (base != observed && is_open).then(|| Self {
                account: shadow.app_ref.clone(),
                field: name.clone(),
                want: item.to.get(name).cloned().unwrap_or_else(|| base.clone()),
                base,
                observed,
                by: reported.and_then(|reported| reported.changed_by.clone()),
                since: reported.map(|one| one.changed_at.unwrap_or(one.at)),
                subject: known.subject.clone(),
            })
        });
        drifted.collect()
    }
}

impl Shadow {
    /// Tells whether the application reported the account otherwise than it was applied.
    pub fn has_drifted(&self) -> bool {
        let observed = self.observed.as_ref();
        observed.is_some_and(|observed| *observed != self.base)
    }

    /// Returns what stays known of the account when the tie is cut.
    pub fn left_alone(&self, last: Option<&Reported>, at: Timestamp) -> Reported {
        Reported {
            app_ref: self.app_ref.clone(),
            external_id: last.and_then(|last| last.external_id.clone()),
            profile: self.now().clone(),
            is_admin: last.is_some_and(|last| last.is_admin),
            changed_by: last.and_then(|last| last.changed_by.clone()),
            changed_at: last.and_then(|last| last.changed_at),
            at,
            snapshot: last.map_or(0, |last| last.snapshot),
        }
    }
}
