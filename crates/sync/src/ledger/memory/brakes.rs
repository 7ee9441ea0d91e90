//! What the brakes count, over one tenant's rows.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    super::{BrakeQuery, Decision, Guarding, Holding, OpenFilter, Removal},
    tenant::Tenant,
};
use crate::{AccountId, Shadow, Subject};

impl Tenant {
    pub(super) fn guarding(&self, query: &BrakeQuery) -> Guarding {
        let most = usize::try_from(query.most).unwrap_or(usize::MAX);
        let recent = self
            .happened
            .iter()
            .filter(|happened| happened.at > query.since);
        let unseen = recent.filter_map(|happened| {
            let removal = Removal::unseen(&happened.item, happened.at)?;
            Some(((happened.at, happened.seq), removal))
        });
        let mut done: Vec<_> = unseen.collect();
        done.sort_by_key(|(place, _)| *place);
        let done = done.split_off(done.len().saturating_sub(most));
        let done = done.into_iter().map(|(_, removal)| removal).collect();
        let decided = self.decisions.values();
        let held = decided.filter_map(|last| Removal::braked(&last.item, last.at));
        Guarding {
            active: size(self.shadows.values().filter(|shadow| is_in(shadow))),
            done,
            held: held.take(most).collect(),
            holdings: self.holdings(query),
            granted: self.granted(query),
        }
    }

    pub(super) fn open_decisions(
        &self,
        filter: OpenFilter,
        after: Option<&Subject>,
        most: usize,
    ) -> Vec<Decision> {
        let later =
            |(subject, _): &(&Subject, &Decision)| after.is_none_or(|after| after < *subject);
        let wanted = self.decisions.iter().filter(later).map(|(_, last)| last);
        wanted
            .filter(|last| filter.wants(last))
            .take(most)
            .cloned()
            .collect()
    }

    fn holdings(&self, query: &BrakeQuery) -> Vec<Holding> {
        let ties: BTreeSet<&AccountId> = self.shadows.values().map(|s| &s.app_ref).collect();
        let tied = self
            .shadows
            .values()
            .map(|shadow| (via(shadow), &shadow.base));
        let loose = self.accounts.iter().filter(|(id, _)| !ties.contains(id));
        let loose = loose.map(|(_, profile)| (None, profile));
        let mut sums = BTreeMap::new();
        for (via, profile) in tied.chain(loose).filter(|(_, profile)| profile.active) {
            let groups: BTreeSet<_> = profile.access_groups.iter().collect();
            for group in groups
                .into_iter()
                .filter(|group| query.privileged.contains(group))
            {
                *sums.entry((group.clone(), via.clone())).or_default() += 1;
            }
        }
        let holding = |((access_group, via), active)| Holding {
            access_group,
            via,
            active,
        };
        sums.into_iter().map(holding).collect()
    }

    fn granted(&self, query: &BrakeQuery) -> Vec<(Subject, u64)> {
        let inside = |group: &Subject| {
            let own = |shadow: &&Shadow| is_in(shadow) && via(shadow).as_ref() == Some(group);
            size(self.shadows.values().filter(own))
        };
        let counted = query
            .groups
            .iter()
            .map(|group| (group.clone(), inside(group)));
        counted.filter(|(_, count)| *count > 0).collect()
    }
}

fn is_in(shadow: &Shadow) -> bool {
    shadow.managed && shadow.base.active
}

fn via(shadow: &Shadow) -> Option<Subject> {
    let via = shadow.via.as_ref()?;
    Some(Subject::group(&shadow.subject.integration, via))
}

fn size<T>(of: impl Iterator<Item = T>) -> u64 {
    u64::try_from(of.count()).unwrap_or(u64::MAX)
}
