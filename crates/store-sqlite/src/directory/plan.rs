//! Doing a link plan: set operations on rows, in the order the plan says.

use std::collections::{BTreeMap, BTreeSet};

use enroll_filter::{LinkPlan, Unknown};
use enroll_schema::{Relation, ResourceType, Timestamp};
use enroll_store::{Link, LinkKey, StoreError, Touched};
use serde_json::{Value, json};

use super::{
    links::{End, Named},
    resource::Group,
    sql,
    tx::{Done, Tx},
};

/// Members read at a time where all are needed.
const MEMBERS_PER_READ: u32 = 1_000;

/// What a link plan did.
#[derive(Debug)]
pub(super) struct Linked {
    pub(super) changed: bool,
    pub(super) touched: Touched,
    pub(super) before: Vec<String>,
    pub(super) pending: Vec<String>,
}

/// A link plan while it is done.
struct Work<'a> {
    tx: &'a Tx<'a>,
    kind: &'a ResourceType,
    group: &'a mut Group,
    plan: &'a LinkPlan,
    at: Timestamp,
    named: BTreeMap<&'a str, Option<Named>>,
    /// Members that were in and are out now, or the other way round.
    moved: BTreeMap<i64, String>,
    pending: BTreeMap<String, Timestamp>,
}

impl Tx<'_> {
    /// Does a link plan and counts its effect in `group`, which the caller writes.
    pub(super) fn link(
        &self,
        kind: &ResourceType,
        group: &mut Group,
        plan: &LinkPlan,
        at: Timestamp,
    ) -> Done<Linked> {
        let pending = self.pending_of(group.row, at)?;
        let (named, moved) = (BTreeMap::new(), BTreeMap::new());
        Work {
            tx: self,
            kind,
            group,
            plan,
            at,
            named,
            moved,
            pending,
        }
        .done()
    }
}

impl<'a> Work<'a> {
    fn done(mut self) -> Done<Linked> {
        let before = self.linked_before()?;
        let old: Vec<String> = self.pending.keys().cloned().collect();
        let ended = self.plan.clear && self.clear()?;
        if !self.plan.clear {
            self.unlink()?;
        }
        let unknown = self.link_named()?;
        if self.plan.unknown == Unknown::Refuse && !unknown.is_empty() {
            return Err(StoreError::UnknownLinks { values: unknown }.into());
        }
        let new = self.set_pending(&unknown)?;
        let touched = if ended {
            Touched::All
        } else if self.moved.is_empty() {
            Touched::None
        } else {
            Touched::Members(self.moved.into_values().collect())
        };
        let changed = touched != Touched::None || new != old;
        Ok(Linked {
            changed,
            touched,
            before,
            pending: unknown,
        })
    }

    fn named(&mut self, value: &'a str) -> Done<Option<Named>> {
        if let Some(known) = self.named.get(value) {
            return Ok(known.clone());
        }
        let named = self.tx.resolve(value, self.plan.unknown)?;
        self.named.insert(value, named.clone());
        Ok(named)
    }

    fn is_in(&mut self, value: &'a str) -> Done<bool> {
        match self.named(value)? {
            Some(named) => self.tx.has_link(self.group, named.row),
            None => Ok(false),
        }
    }

    /// Returns the values of the plan that are linked, if all that it requires are.
    fn linked_before(&mut self) -> Done<Vec<String>> {
        let plan = self.plan;
        for value in &plan.require {
            if !self.is_in(value)? && !self.pending.contains_key(value) {
                return Err(StoreError::NotLinked {
                    value: value.clone(),
                }
                .into());
            }
        }
        let (mut seen, mut before) = (BTreeSet::new(), Vec::new());
        for value in plan.require.iter().chain(&plan.unlink).chain(&plan.link) {
            if seen.insert(value) && self.is_in(value)? {
                before.push(value.clone());
            }
        }
        Ok(before)
    }

    /// Drops who is not to stay; tells whether that ended the generation, where few stay
    /// ([`Touched::is_all`]).
    fn clear(&mut self) -> Done<bool> {
        let wanted = self.wanted()?;
        let mut kept = 0;
        for row in wanted.keys() {
            kept += u64::from(self.tx.has_link(self.group, *row)?);
        }
        if kept == self.group.members {
            // All that are in stay in; what is missing is added.
            return Ok(false);
        }
        if kept * 2 > self.group.members.max(wanted.len() as u64) {
            self.drop_others(&wanted)?;
            return Ok(false);
        }
        self.tx.drop_all_links(self.group)?;
        Ok(true)
    }

    /// Returns what the plan links, by row.
    fn wanted(&mut self) -> Done<BTreeMap<i64, Named>> {
        let mut wanted = BTreeMap::new();
        for value in &self.plan.link {
            if let Some(named) = self.named(value)? {
                wanted.insert(named.row, named);
            }
        }
        Ok(wanted)
    }

    /// Drops the members that are not wanted, one by one: cheaper where most stay.
    fn drop_others(&mut self, wanted: &BTreeMap<i64, Named>) -> Done<()> {
        self.drop_members(|link| !wanted.contains_key(&link.key.0))
    }

    fn drop_members(&mut self, picks: impl Fn(&Link) -> bool) -> Done<()> {
        let mut after = LinkKey(0);
        loop {
            let members = self.tx.member_ends(self.group, after, MEMBERS_PER_READ)?;
            let Some(last) = members.last() else {
                return Ok(());
            };
            after = last.link.key;
            for End { link, group } in members.into_iter().filter(|end| picks(&end.link)) {
                self.tx.drop_link(self.group, link.key.0, group.is_some())?;
                self.toggle(link.key.0, link.id.as_str().to_owned());
            }
        }
    }

    fn unlink(&mut self) -> Done<()> {
        let plan = self.plan;
        for value in &plan.unlink {
            if let Some(named) = self.named(value)?
                && self.tx.drop_link(self.group, named.row, named.is_group)?
            {
                self.toggle(named.row, named.id);
            }
            self.pending.remove(value);
        }
        let attribute = self.kind.related(Relation::Members);
        let (Some(predicate), Some(attribute)) = (&plan.unlink_where, attribute) else {
            return Ok(());
        };
        let kind = self.kind;
        let picks = |element: &Value| predicate.selects(kind, attribute, element);
        self.pending
            .retain(|value, _| !picks(&json!({ "value": value })));
        self.drop_members(|link| picks(&Value::Object(link.element(Relation::Members))))
    }

    /// Links what the plan names, and returns the values that name nothing.
    fn link_named(&mut self) -> Done<Vec<String>> {
        let plan = self.plan;
        let (mut seen, mut unknown) = (BTreeSet::new(), Vec::new());
        for value in plan.link.iter().filter(|value| seen.insert(*value)) {
            match self.named(value)? {
                Some(named) => {
                    if self.tx.add_link(self.group, &named)? {
                        self.toggle(named.row, named.id);
                    }
                    self.pending.remove(value);
                }
                None => unknown.push(value.clone()),
            }
        }
        Ok(unknown)
    }

    fn toggle(&mut self, row: i64, id: String) {
        if self.moved.remove(&row).is_none() {
            self.moved.insert(row, id);
        }
    }

    /// Writes what is pending now; returns its values in order. What waited before keeps its time.
    fn set_pending(&mut self, unknown: &[String]) -> Done<Vec<String>> {
        let (group, at) = (self.group.row, self.at);
        let old = self.tx.pending_of(group, at)?;
        let kept = self.pending.keys().filter(|_| !self.plan.clear);
        let new: BTreeSet<&String> = kept.chain(unknown).collect();
        for value in old.keys().filter(|value| !new.contains(value)) {
            self.tx.run(sql::PENDING_DROP, &[&group, value])?;
        }
        for value in new.iter().filter(|value| !old.contains_key(**value)) {
            self.tx.add_pending(group, value, at)?;
        }
        Ok(new.into_iter().cloned().collect())
    }
}
