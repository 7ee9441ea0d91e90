//! Presets: a table; any key overrides it and is shown as a difference (sync §8d).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{
    Cardinality, FIELD_DEFAULTS, Freeze, Gate, Guards, Jit, Limit, NoGroup, OnDeselect, Pick,
    Policy, Span,
};

/// A named starting point.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Preset {
    /// Nothing is applied until somebody switches automatic sync on; what takes rights away waits.
    #[default]
    Careful,
    /// For a fresh application: new groups are selected, nothing waits for a yes. `enroll dev` uses
    /// it.
    HandsOff,
}

/// One row for each preset: the keys in which presets differ.
struct Row {
    preset: Preset,
    auto_sync: bool,
    select_new_groups: bool,
    on_group_deleted: Gate,
    to_external: Gate,
    settle: Span,
    settle_max: Span,
    regroup_grace: Span,
    upn_login: bool,
    removals: Limit,
    burst: Limit,
    brakes: Gate,
}

const PRESETS: [Row; 2] = [
    Row {
        preset: Preset::Careful,
        auto_sync: false,
        select_new_groups: false,
        on_group_deleted: Gate::Hold,
        to_external: Gate::Hold,
        settle: Span::from_secs(5),
        settle_max: Span::from_secs(60),
        regroup_grace: Span::from_secs(600),
        upn_login: false,
        removals: limit(5, 10, None),
        burst: limit(5, 2, Some(25)),
        brakes: Gate::Hold,
    },
    Row {
        preset: Preset::HandsOff,
        auto_sync: true,
        select_new_groups: true,
        on_group_deleted: Gate::Apply,
        to_external: Gate::Apply,
        settle: Span::from_millis(100),
        settle_max: Span::from_secs(10),
        regroup_grace: Span::from_secs(30),
        upn_login: true,
        removals: limit(25, 10, None),
        burst: limit(25, 5, None),
        brakes: Gate::Apply,
    },
];

const fn limit(count: u32, percent: u32, most: Option<u32>) -> Limit {
    Limit {
        count,
        percent,
        most,
    }
}

/// Values of `userType` that say external recruiter (S-12); a contractor is none.
const EXTERNAL_USER_TYPES: &[&str] = &["external", "external recruiter", "agency recruiter"];

impl Policy {
    /// Returns the policy that `preset` stands for.
    pub fn preset(preset: Preset) -> Self {
        let row = match preset {
            Preset::Careful => &PRESETS[0],
            Preset::HandsOff => &PRESETS[1],
        };
        Self {
            preset: row.preset,
            auto_sync: row.auto_sync,
            select_new_groups: row.select_new_groups,
            access_groups: Cardinality::Single,
            pick: Pick::Priority,
            no_group: NoGroup::Skip,
            on_deselect: OnDeselect::Release,
            on_group_deleted: row.on_group_deleted,
            to_external: row.to_external,
            settle: row.settle,
            settle_max: row.settle_max,
            regroup_grace: row.regroup_grace,
            reconcile: Span::from_secs(3_600),
            upn_login: row.upn_login,
            jit: Jit::Off,
            guards: Guards {
                removals: row.removals,
                burst: row.burst,
                mass_removal: Gate::Hold,
                empty_source: row.brakes,
                privilege_gain: row.brakes,
                protected: Vec::new(),
                domains: Vec::new(),
                freeze: Freeze::None,
                announced: None,
            },
            contacts: Vec::new(),
            time_zone: None,
            external_user_types: EXTERNAL_USER_TYPES
                .iter()
                .map(ToString::to_string)
                .collect(),
            fields: default_fields(),
        }
    }

    /// Returns the keys whose values differ from the preset's.
    pub fn differs(&self) -> Vec<String> {
        let mine = keys(self);
        let theirs = keys(&Self::preset(self.preset));
        mine.into_iter()
            .filter(|(key, value)| theirs.get(key) != Some(value))
            .map(|(key, _)| key)
            .collect()
    }
}

fn default_fields() -> BTreeMap<String, String> {
    FIELD_DEFAULTS
        .iter()
        .map(|(name, path)| ((*name).to_owned(), (*path).to_owned()))
        .collect()
}

/// Returns a policy's keys and values.
pub(super) fn keys(policy: &Policy) -> BTreeMap<String, Value> {
    match serde_json::to_value(policy) {
        Ok(Value::Object(map)) => map.into_iter().collect(),
        _ => BTreeMap::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_preset_differs_from_itself_in_nothing() {
        for preset in [Preset::Careful, Preset::HandsOff] {
            assert_eq!(Policy::preset(preset).preset, preset);
            assert!(Policy::preset(preset).differs().is_empty());
        }
        assert_eq!(PRESETS.len(), 2);
    }

    #[test]
    fn careful_applies_nothing_by_itself() {
        let policy = Policy::default();
        assert!(!policy.auto_sync && !policy.select_new_groups && !policy.upn_login);
        assert_eq!(
            (policy.on_group_deleted, policy.to_external),
            (Gate::Hold, Gate::Hold)
        );
    }
}
