//! What is held until somebody says yes (sync §4): limits and lists, as data.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{Gate, PolicyError};

/// The brakes of one tenant, the key `guards` of a policy (sync §4).
///
/// ```
/// use enroll_sync::{Policy, Preset};
/// use serde_json::json;
///
/// let careful = Policy::default().guards;
/// assert_eq!(careful.removals.of(60), 6, "10 % of 60 are more than 5");
/// assert_eq!(careful.burst.of(3_000), 25, "never more than 25 unseen");
///
/// let change = json!({"guards": {"removals": {"count": 40}, "freeze": "removals"}});
/// let changed = Policy::default().patched(&change).unwrap().guards;
/// assert_eq!((changed.removals.of(60), changed.removals.percent), (40, 10));
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Guards {
    /// The most removals within a rolling day that nobody has seen (E-23).
    pub removals: Limit,
    /// The most within an hour, or from one cause (E-23).
    pub burst: Limit,
    /// What happens to removals beyond a limit: they wait, or are done and alerted.
    pub mass_removal: Gate,
    /// Whether a source that seems to have lost its people holds every removal: a selected group
    /// that falls to nobody, or half of the active people within an hour.
    pub empty_source: Gate,
    /// Whether the first person whom a group brings into a privileged access group waits.
    pub privilege_gain: Gate,
    /// Accounts, by the application's id or by address, whose removal always waits (E-24).
    pub protected: Vec<String>,
    /// The tenant's own e-mail domains; an address outside them waits (E-09). Empty: every domain.
    pub domains: Vec<String>,
    /// What waits in any case.
    pub freeze: Freeze,
    /// Removals that were announced: they raise both limits for a while.
    pub announced: Option<Announced>,
}

/// A number, or a share of the managed active accounts, whichever is more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Limit {
    /// The number.
    pub count: u32,
    /// The share in percent.
    pub percent: u32,
    /// Not more than this, however large the share is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub most: Option<u32>,
}

impl Limit {
    /// Returns the limit for a tenant with this many managed active accounts.
    pub fn of(self, accounts: u64) -> u64 {
        let share = accounts.saturating_mul(u64::from(self.percent)) / 100;
        let limit = share.max(u64::from(self.count));
        self.most.map_or(limit, |most| {
            limit.min(u64::from(most).max(u64::from(self.count)))
        })
    }
}

/// What is kept from happening.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Freeze {
    /// Nothing.
    #[default]
    None,
    /// What takes access away.
    Removals,
    /// Everything.
    All,
}

/// Removals somebody expects, for instance before a reorganisation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Announced {
    /// How many; both limits are at least this.
    pub removals: u32,
    /// Until when.
    #[serde(with = "crate::wire::instant")]
    pub until: enroll_schema::Timestamp,
    /// Why, for whoever reads it later.
    pub reason: String,
}

/// Most entries of `protected`, and of `domains`.
pub const GUARD_LIST_MAX: usize = 1_000;

impl Guards {
    /// Lays the keys of `change` over `now`; limits are changed key by key too.
    pub(super) fn merged(now: &Value, change: &Map<String, Value>) -> Value {
        let mut merged = now.as_object().cloned().unwrap_or_default();
        for (key, value) in change {
            let slot = merged.entry(key.clone()).or_insert(Value::Null);
            match (slot.as_object_mut(), value.as_object()) {
                (Some(limit), Some(part)) if matches!(key.as_str(), "removals" | "burst") => {
                    limit.extend(part.clone());
                }
                _ => slot.clone_from(value),
            }
        }
        Value::Object(merged)
    }

    /// Checks what types alone cannot say.
    pub(super) fn checked(&self) -> Result<(), PolicyError> {
        let wrong =
            |key: &str, detail: &str| Err(PolicyError::new(format!("guards.{key}"), detail));
        for (key, limit) in [("removals", self.removals), ("burst", self.burst)] {
            if limit.percent > 100 {
                return wrong(&format!("{key}.percent"), "expected at most 100");
            }
        }
        for (key, list) in [("protected", &self.protected), ("domains", &self.domains)] {
            if list.len() > GUARD_LIST_MAX {
                return wrong(key, "expected at most 1000 entries");
            }
            if list.iter().any(|entry| entry.trim().is_empty()) {
                return wrong(key, "expected no empty entry");
            }
        }
        if self
            .domains
            .iter()
            .any(|domain| domain.contains('@') || !domain.contains('.'))
        {
            return wrong("domains", "expected domains such as acme.com, without @");
        }
        match &self.announced {
            Some(announced) if announced.reason.trim().is_empty() => {
                wrong("announced.reason", "say why, for whoever reads it later")
            }
            _ => Ok(()),
        }
    }
}

impl Default for Guards {
    fn default() -> Self {
        super::Policy::default().guards
    }
}
