//! The rules of one tenant: what is synced, when, and what waits.

mod guards;
mod patch;
mod preset;
mod span;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

pub use guards::{Announced, Freeze, GUARD_LIST_MAX, Guards, Limit};
pub use patch::PolicyError;
pub use preset::Preset;
pub use span::Span;

/// The rules of one tenant, as `GET …/policy` shows them and `PATCH` changes them.
///
/// ```
/// use enroll_sync::{Policy, Preset};
/// use serde_json::json;
///
/// let policy = Policy::preset(Preset::HandsOff);
/// assert!(policy.auto_sync && policy.select_new_groups);
///
/// let changed = policy.patched(&json!({"settle": "5s", "time_zone": "Europe/Lisbon"})).unwrap();
/// assert_eq!(changed.settle.to_string(), "5s");
/// assert_eq!(changed.differs(), ["settle", "time_zone"]);
///
/// let error = policy.patched(&json!({"setle": "5s"})).unwrap_err();
/// assert_eq!(error.to_string(), "setle: no such key; did you mean settle?");
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Policy {
    /// The table the rest started from (sync §8d).
    pub preset: Preset,
    /// Whether ready items are applied by themselves (S-32).
    pub auto_sync: bool,
    /// Whether groups are selected as they arrive.
    pub select_new_groups: bool,
    /// How many access groups a person may have (S-11).
    pub access_groups: Cardinality,
    /// Which of several selected groups counts (E-01).
    pub pick: Pick,
    /// What a person in no selected group gets (E-03).
    pub no_group: NoGroup,
    /// What becomes of the accounts of a deselected group (E-04).
    pub on_deselect: OnDeselect,
    /// What becomes of the members of a selected group that the provider deletes (E-11).
    pub on_group_deleted: Gate,
    /// Whether a person may become external without somebody's yes (E-15).
    pub to_external: Gate,
    /// What is held until somebody says yes (sync §4).
    pub guards: Guards,
    /// How long a person must be quiet before planning (E-02).
    pub settle: Span,
    /// The longest a person waits for quiet.
    pub settle_max: Span,
    /// How long the loss of the last selected group waits (E-02).
    pub regroup_grace: Span,
    /// How often everything is compared.
    pub reconcile: Span,
    /// Whether `login` is the userName (S-27).
    pub upn_login: bool,
    /// What is answered about people who sign in before they have an account (S-16, O-4).
    pub jit: Jit,
    /// The time zone a new account gets when the provider sends none that is valid (E-05).
    pub time_zone: Option<String>,
    /// Values of `userType` that make a person external (S-12); trimmed, letter case ignored.
    pub external_user_types: Vec<String>,
    /// Mail addresses of the tenant's own people who are told what they must know (sync §8c).
    pub contacts: Vec<String>,
    /// Name in the application ← path in the directory (S-55); the four defaults can be re-pointed.
    pub fields: BTreeMap<String, String>,
}

/// How many access groups a person may have.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Cardinality {
    /// One at a time (S-11).
    #[default]
    Single,
}

/// Which of several selected groups counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Pick {
    /// The first in the order of integrations, then of selections (E-01).
    #[default]
    Priority,
}

/// What a person in no selected group gets (E-03).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum NoGroup {
    /// No account; one that was there is deactivated after the grace window.
    #[default]
    Skip,
}

/// What becomes of the accounts of a deselected group (E-04).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum OnDeselect {
    /// They stay as they are and belong to the application.
    #[default]
    Release,
    /// They count as having lost their last group.
    Remove,
}

/// What is answered about people who sign in before they have an account; each allows what those
/// before it allow.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Jit {
    /// Nobody comes in by signing in (S-16).
    #[default]
    Off,
    /// An account with this address that nobody manages may be linked.
    LinkOnly,
    /// Who is in the directory, and gets an account anyway, may have it at once.
    IfInDirectory,
}

/// Whether something waits for a person.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Gate {
    /// It waits.
    #[default]
    Hold,
    /// It is done.
    Apply,
}

/// The default fields (S-17 … S-20); with exactly these paths the fallbacks of those rows apply.
pub const FIELD_DEFAULTS: &[(&str, &str)] = &[
    ("email", "emails[type eq \"work\"].value"),
    ("first_name", "name.givenName"),
    ("last_name", "name.familyName"),
    ("time_zone", "timezone"),
];

/// Names an account has by itself; `fields` cannot give them another meaning.
pub const FIELD_NAMES_KEPT: &[&str] =
    &["ref", "login", "kind", "active", "access_groups", "fields"];

/// Most entries of `fields`.
pub const FIELDS_MAX: usize = 50;
/// Most entries of `external_user_types`.
pub const USER_TYPES_MAX: usize = 50;
/// Most [`Policy::contacts`].
pub const CONTACTS_MAX: usize = 20;

impl Default for Policy {
    fn default() -> Self {
        Self::preset(Preset::Careful)
    }
}
