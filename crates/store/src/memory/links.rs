//! Membership: sets of rows, and references that name nothing yet (E-18).

use std::collections::{BTreeMap, BTreeSet};

use enroll_filter::{LinkPlan, Unknown};
use enroll_schema::{Relation, ResourceId, Timestamp};
use serde_json::{Value, json};

use super::state::State;
use crate::{
    Cause, Link, LinkKey, LinkPage, Links, Pending, Result, StoreError, Target, Touched, What,
    index,
};

/// What a link plan did.
#[derive(Debug)]
pub(super) struct Linked {
    pub(super) changed: bool,
    pub(super) touched: Touched,
    pub(super) before: Vec<String>,
    pub(super) pending: Vec<String>,
}

/// What a group holds.
#[derive(Clone, Debug, Default)]
struct Held {
    members: BTreeSet<i64>,
    pending: BTreeMap<String, Timestamp>,
}

impl State {
    pub(super) fn is_group(&self, row: i64) -> bool {
        self.rows
            .get(&row)
            .is_some_and(|s| s.kind.related(Relation::Members).is_some())
    }

    /// Returns all links of a resource as its type shows them.
    pub(super) fn links(&self, row: i64) -> Links {
        let Some(stored) = self.rows.get(&row) else {
            return Links::Omitted;
        };
        let others = if stored.kind.related(Relation::Members).is_some() {
            stored
                .members
                .iter()
                .map(|member| (*member, true))
                .collect()
        } else if stored.kind.related(Relation::Groups).is_some() {
            self.groups_of(row)
        } else {
            return Links::Omitted;
        };
        let link = |(row, direct)| self.one_link(row, direct);
        Links::All(others.into_iter().filter_map(link).collect())
    }

    fn one_link(&self, row: i64, direct: bool) -> Option<Link> {
        let other = self.rows.get(&row)?;
        Some(Link {
            key: LinkKey(row),
            id: other.id.clone(),
            kind: other.kind.name().to_owned(),
            display: index::display(other.document.as_map()).map(str::to_owned),
            direct,
        })
    }

    /// Returns the groups that have the resource as a member.
    pub(super) fn groups_holding(&self, row: i64) -> BTreeSet<i64> {
        let holds = |(_, stored): &(&i64, &super::state::Stored)| stored.members.contains(&row);
        self.rows
            .iter()
            .filter(holds)
            .map(|(group, _)| *group)
            .collect()
    }

    /// Returns the groups of a resource, and whether it is in each directly; cycles end.
    pub(super) fn groups_of(&self, row: i64) -> BTreeMap<i64, bool> {
        let direct = self.groups_holding(row);
        let mut found: BTreeMap<_, _> = direct.iter().map(|group| (*group, true)).collect();
        let mut waiting: Vec<_> = direct.into_iter().collect();
        while let Some(group) = waiting.pop() {
            for holder in self.groups_holding(group) {
                if let std::collections::btree_map::Entry::Vacant(place) = found.entry(holder) {
                    place.insert(false);
                    waiting.push(holder);
                }
            }
        }
        found
    }

    pub(super) fn link_page(&self, target: &Target, after: LinkKey, most: u32) -> Result<LinkPage> {
        let row = self.row(target).ok_or(StoreError::NotFound)?;
        let Links::All(mut links) = self.links(row) else {
            return Ok(LinkPage {
                links: Vec::new(),
                next: None,
            });
        };
        links.retain(|link| link.key > after);
        Ok(LinkPage::cut(&mut links, most))
    }

    /// Finds what a link value names: first an id, else the externalId that exactly one has.
    fn resolve(&self, value: &str, unknown: Unknown) -> Option<i64> {
        let by_id = ResourceId::new(value)
            .ok()
            .and_then(|id| self.ids.get(&id).copied());
        let by_external_id = || {
            let rows = self
                .index
                .get(&("externalId".to_owned(), value.to_owned()))?;
            if rows.len() == 1 {
                rows.first().copied()
            } else {
                None
            }
        };
        match unknown {
            Unknown::Keep => by_id.or_else(by_external_id),
            Unknown::Refuse => by_id,
        }
    }

    /// Does a link plan, all or nothing.
    pub(super) fn link(&mut self, row: i64, plan: &LinkPlan, at: Timestamp) -> Result<Linked> {
        let plan = if self.is_group(row) {
            plan
        } else {
            &LinkPlan::default()
        };
        let old = self.held(row, at);
        let mut new = if plan.clear {
            Held::default()
        } else {
            old.clone()
        };
        let before = self.linked_before(&old, plan)?;
        self.unlink(row, plan, &mut new);
        let unknown = self.link_named(plan, &mut new);
        if plan.unknown == Unknown::Refuse && !unknown.is_empty() {
            return Err(StoreError::UnknownLinks { values: unknown });
        }
        for value in &unknown {
            let since = old.pending.get(value).copied().unwrap_or(at);
            new.pending.insert(value.clone(), since);
        }
        let touched = if new.members == old.members {
            Touched::None
        } else if plan.clear && Touched::is_all(&old.members, &new.members) {
            Touched::All
        } else {
            let moved = new.members.symmetric_difference(&old.members);
            Touched::Members(moved.filter_map(|row| self.id_of(*row)).collect())
        };
        let changed = new.members != old.members || !new.pending.keys().eq(old.pending.keys());
        if changed {
            self.set_links(row, new);
        }
        Ok(Linked {
            changed,
            touched,
            before,
            pending: unknown,
        })
    }

    fn held(&self, row: i64, now: Timestamp) -> Held {
        let Some(stored) = self.rows.get(&row) else {
            return Held::default();
        };
        let mut pending = stored.pending.clone();
        pending.retain(|_, since| !Pending::is_over(*since, now));
        Held {
            members: stored.members.clone(),
            pending,
        }
    }

    /// Returns the values of the plan that are linked, if all that it requires are.
    fn linked_before(&self, old: &Held, plan: &LinkPlan) -> Result<Vec<String>> {
        let of = |value: &String| self.resolve(value, plan.unknown);
        let is_in = |value: &&String| of(value).is_some_and(|row| old.members.contains(&row));
        let is_there = |value: &&String| is_in(value) || old.pending.contains_key(*value);
        if let Some(value) = plan.require.iter().find(|value| !is_there(value)) {
            return Err(StoreError::NotLinked {
                value: value.clone(),
            });
        }
        let named = plan.require.iter().chain(&plan.unlink).chain(&plan.link);
        Ok(without_repeats(named.filter(is_in)))
    }

    fn unlink(&self, row: i64, plan: &LinkPlan, new: &mut Held) {
        for value in &plan.unlink {
            if let Some(row) = self.resolve(value, plan.unknown) {
                new.members.remove(&row);
            }
            new.pending.remove(value);
        }
        let kind = self.rows.get(&row).map(|stored| &stored.kind);
        let attribute = kind.and_then(|kind| Some((kind, kind.related(Relation::Members)?)));
        if let (Some(predicate), Some((kind, attribute))) = (&plan.unlink_where, attribute) {
            let picks = |element: &Value| predicate.selects(kind, attribute, element);
            new.members.retain(|row| !picks(&self.element(*row)));
            new.pending
                .retain(|value, _| !picks(&json!({ "value": value })));
        }
    }

    /// Adds what the plan links, and returns the values that name nothing.
    fn link_named(&self, plan: &LinkPlan, new: &mut Held) -> Vec<String> {
        let mut unknown = Vec::new();
        for value in &plan.link {
            match self.resolve(value, plan.unknown) {
                Some(row) => {
                    new.members.insert(row);
                    new.pending.remove(value);
                }
                None => unknown.push(value),
            }
        }
        without_repeats(unknown.into_iter())
    }

    fn element(&self, row: i64) -> Value {
        let link = self.one_link(row, true);
        Value::Object(
            link.map(|link| link.element(Relation::Members))
                .unwrap_or_default(),
        )
    }

    fn id_of(&self, row: i64) -> Option<String> {
        self.rows
            .get(&row)
            .map(|stored| stored.id.as_str().to_owned())
    }

    fn set_links(&mut self, row: i64, held: Held) {
        if held.pending.is_empty() {
            self.waiting.remove(&row);
        } else {
            self.waiting.insert(row);
        }
        if let Some(stored) = self.rows.get_mut(&row) {
            (stored.members, stored.pending) = (held.members, held.pending);
        }
    }

    /// Binds pending references whose value now names something.
    pub(super) fn bind(&mut self, values: &BTreeSet<String>, cause: &Cause) {
        let mut moved: BTreeMap<i64, Vec<String>> = BTreeMap::new();
        for value in values {
            let Some(named) = self.resolve(value, Unknown::Keep) else {
                continue;
            };
            let Some(id) = self.id_of(named) else {
                continue;
            };
            for row in self.waiting.clone() {
                let mut held = self.held(row, cause.at);
                if held.pending.remove(value).is_some() {
                    let new = held.members.insert(named);
                    moved
                        .entry(row)
                        .or_default()
                        .extend(new.then(|| id.clone()));
                    self.set_links(row, held);
                }
            }
        }
        for (row, ids) in moved {
            self.raise(row, cause.at);
            let touched = if ids.is_empty() {
                Touched::None
            } else {
                Touched::Members(ids)
            };
            self.change(row, What::Updated, touched, None, cause);
        }
    }

    /// Gives up the references that waited too long.
    pub(super) fn expire(&mut self, now: Timestamp) {
        for row in self.waiting.clone() {
            let held = self.held(row, now);
            self.set_links(row, held);
        }
    }

    pub(super) fn pending(&self, group: Option<&Target>, most: u32) -> Vec<Pending> {
        let only = group.map(|target| self.row(target));
        let wanted = |row: &i64| only.is_none_or(|only| only == Some(*row));
        let groups = self.rows.iter().filter(|(row, _)| wanted(row));
        let all = groups.flat_map(|(_, stored)| {
            stored.pending.iter().map(|(value, since)| Pending {
                group: stored.id.clone(),
                value: value.clone(),
                since: *since,
            })
        });
        all.take(most as usize).collect()
    }
}

fn without_repeats<'a>(values: impl Iterator<Item = &'a String>) -> Vec<String> {
    let mut seen = BTreeSet::new();
    values
        .filter(|value| seen.insert(*value))
        .cloned()
        .collect()
}
