//! Membership as rows: link plans as set operations, and reading links by key.

use std::collections::{BTreeMap, BTreeSet, btree_map::Entry};

use enroll_filter::{LinkPlan, Unknown};
use enroll_schema::{Relation, ResourceType, Timestamp};
use enroll_store::{Link, LinkKey, LinkPage, Links, StoreError, Touched, Want};
use rusqlite::{Row, ToSql};
use serde_json::{Value, json};

use super::{
    changes::resource_id,
    resource::{Group, Stored},
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

/// What a link value names.
#[derive(Clone, Debug)]
pub(super) struct Named {
    pub(super) row: i64,
    pub(super) id: String,
    pub(super) is_group: bool,
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

    /// Finds what a link value names: first an id, else the externalId that exactly one has (E-18).
    pub(super) fn resolve(&self, value: &str, unknown: Unknown) -> Done<Option<Named>> {
        let by_id = self.one(sql::NAMED_BY_ID, &[&value], |columns| {
            Ok(Named {
                row: columns.get(0)?,
                is_group: columns.get(1)?,
                id: value.to_owned(),
            })
        })?;
        if by_id.is_some() || unknown == Unknown::Refuse {
            return Ok(by_id);
        }
        let mut some = self.all(sql::NAMED_BY_EXTERNAL_ID, &[&value], |columns| {
            Ok(Named {
                row: columns.get(0)?,
                is_group: columns.get(1)?,
                id: columns.get(2)?,
            })
        })?;
        Ok(if some.len() == 1 { some.pop() } else { None })
    }

    pub(super) fn has_link(&self, group: &Group, member: i64) -> Done<bool> {
        if group.members == 0 {
            return Ok(false);
        }
        self.value(sql::LINK_HAS, &[&group.row, &group.generation, &member])
    }

    /// Adds a link; tells whether it is new.
    pub(super) fn add_link(&self, group: &mut Group, member: &Named) -> Done<bool> {
        let new = self.run(sql::LINK_ADD, &[&group.row, &group.generation, &member.row])? == 1;
        if new {
            group.members += 1;
            self.count_nested(group, i64::from(member.is_group))?;
        }
        Ok(new)
    }

    /// Drops a link; tells whether it was there.
    pub(super) fn drop_link(&self, group: &mut Group, member: i64, is_group: bool) -> Done<bool> {
        let there = self.run(sql::LINK_DROP, &[&group.row, &group.generation, &member])? == 1;
        if there {
            group.members = group.members.saturating_sub(1);
            self.count_nested(group, -i64::from(is_group))?;
        }
        Ok(there)
    }

    /// Drops all links of a group at once: their generation is over, a chore removes the rows.
    pub(super) fn drop_all_links(&self, group: &mut Group) -> Done<()> {
        if group.members > 0 {
            self.run(sql::DEAD_ADD, &[&group.row, &group.generation])?;
            let nested = i64::try_from(group.nested).unwrap_or(i64::MAX);
            self.count_nested(group, -nested)?;
            group.generation += 1;
            group.members = 0;
        }
        Ok(())
    }

    fn count_nested(&self, group: &mut Group, more: i64) -> Done<()> {
        if more != 0 {
            group.nested = group.nested.saturating_add_signed(more);
            self.run(sql::NESTED_ADD, &[&more])?;
        }
        Ok(())
    }

    /// Reads members after a key.
    pub(super) fn members(&self, group: &Group, after: LinkKey, most: u32) -> Done<Vec<Link>> {
        Ok(self
            .member_ends(group, after, most)?
            .into_iter()
            .map(|end| end.link)
            .collect())
    }

    fn member_ends(&self, group: &Group, after: LinkKey, most: u32) -> Done<Vec<End>> {
        if group.members == 0 {
            return Ok(Vec::new());
        }
        let place: [&dyn ToSql; 4] = [&group.row, &group.generation, &after.0, &most];
        self.all(sql::MEMBERS, &place, End::read)
    }

    /// Reads the groups that hold a resource directly, with their own membership.
    pub(super) fn holders(&self, row: i64) -> Done<Vec<End>> {
        self.all(sql::GROUPS, &[&row], End::read)
    }

    /// Reads all groups of a resource; those beyond the direct ones only where groups are nested.
    pub(super) fn groups(&self, row: i64) -> Done<Vec<Link>> {
        let mut found: BTreeMap<i64, Link> = BTreeMap::new();
        for end in self.holders(row)? {
            found.insert(end.link.key.0, end.link);
        }
        if found.is_empty() || self.value::<i64>(sql::NESTED, &[])? == 0 {
            return Ok(found.into_values().collect());
        }
        let mut waiting: Vec<i64> = found.keys().copied().collect();
        while let Some(group) = waiting.pop() {
            for End { link, .. } in self.holders(group)? {
                // What was found is not followed again, so cycles end.
                if let Entry::Vacant(place) = found.entry(link.key.0) {
                    waiting.push(link.key.0);
                    place.insert(Link {
                        direct: false,
                        ..link
                    });
                }
            }
        }
        Ok(found.into_values().collect())
    }

    /// Reads as many links of a resource as are wanted.
    pub(super) fn links(&self, stored: &Stored, want: Want) -> Done<Links> {
        let Want::UpTo(most) = want else {
            return Ok(Links::Omitted);
        };
        match stored.group {
            Some(group) if group.members > u64::from(most) => Ok(Links::More(group.members)),
            Some(group) => Ok(Links::All(self.members(&group, LinkKey(0), most)?)),
            None if stored.record.kind.related(Relation::Groups).is_some() => {
                Ok(Links::All(self.groups(stored.row)?).wanted(want))
            }
            None => Ok(Links::Omitted),
        }
    }

    /// Reads every link of a resource.
    pub(super) fn all_links(&self, stored: &Stored) -> Done<Vec<Link>> {
        match self.links(stored, Want::UpTo(u32::MAX))? {
            Links::All(links) => Ok(links),
            Links::Omitted | Links::More(_) => Ok(Vec::new()),
        }
    }

    /// Tells whether a resource is linked to the one called `id`, as its type sees it.
    pub(super) fn is_linked(&self, stored: &Stored, id: &str) -> Done<bool> {
        let Some(other) = self.resolve(id, Unknown::Refuse)? else {
            return Ok(false);
        };
        match stored.group {
            Some(group) => self.has_link(&group, other.row),
            None => Ok(self
                .groups(stored.row)?
                .iter()
                .any(|link| link.key.0 == other.row)),
        }
    }

    /// Returns the resources of `kind` that are in a group, directly or through others, in order.
    pub(super) fn rows_inside(&self, kind: &ResourceType, group: i64) -> Done<Vec<i64>> {
        let nested = self.value::<i64>(sql::NESTED, &[])? > 0;
        let (mut seen, mut waiting) = (BTreeSet::from([group]), vec![group]);
        let mut found = BTreeSet::new();
        while let Some(row) = waiting.pop() {
            for (member, of_kind, is_group) in self.member_rows(kind, row)? {
                found.extend(of_kind.then_some(member));
                if nested && is_group && seen.insert(member) {
                    waiting.push(member);
                }
            }
        }
        Ok(found.into_iter().collect())
    }

    fn member_rows(&self, kind: &ResourceType, group: i64) -> Done<Vec<(i64, bool, bool)>> {
        self.all(sql::MEMBER_ROWS, &[&group, &kind.name()], |columns| {
            Ok((columns.get(0)?, columns.get(1)?, columns.get(2)?))
        })
    }

    pub(super) fn link_page(&self, stored: &Stored, after: LinkKey, most: u32) -> Done<LinkPage> {
        let mut links = match stored.group {
            Some(group) => self.members(&group, after, most.saturating_add(1))?,
            None if stored.record.kind.related(Relation::Groups).is_some() => {
                self.groups(stored.row)?
            }
            None => Vec::new(),
        };
        links.retain(|link| link.key > after);
        Ok(LinkPage::cut(&mut links, most))
    }
}

/// The other end of a link.
#[derive(Debug)]
pub(super) struct End {
    pub(super) link: Link,
    /// Its membership, if it is a group.
    pub(super) group: Option<Group>,
}

impl End {
    /// Reads the columns of `link!`.
    fn read(columns: &Row<'_>) -> rusqlite::Result<Self> {
        let row = columns.get(0)?;
        let group = match columns.get(4)? {
            None => None,
            Some(generation) => Some(Group {
                row,
                generation,
                members: columns.get(5)?,
                nested: columns.get(6)?,
            }),
        };
        let link = Link {
            key: LinkKey(row),
            id: resource_id(columns, 1)?,
            kind: columns.get(2)?,
            display: columns.get(3)?,
            direct: true,
        };
        Ok(Self { link, group })
    }
}

impl<'a> Work<'a> {
    fn done(mut self) -> Done<Linked> {
        let before = self.linked_before()?;
        let old: Vec<String> = self.pending.keys().cloned().collect();
        let old_members = self.group.members;
        let cleared = self.plan.clear && self.clear()?;
        if !self.plan.clear {
            self.unlink()?;
        }
        let unknown = self.link_named()?;
        if self.plan.unknown == Unknown::Refuse && !unknown.is_empty() {
            return Err(StoreError::UnknownLinks { values: unknown }.into());
        }
        let new = self.set_pending(&unknown)?;
        let touched = match (cleared || !self.moved.is_empty(), self.plan.clear) {
            (false, _) => Touched::None,
            (true, true) if old_members > 0 => Touched::All,
            (true, _) => Touched::Members(self.moved.into_values().collect()),
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

    /// Ends the generation, unless the plan links just what is linked; tells whether it moved anything.
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
        } else {
            self.tx.drop_all_links(self.group)?;
        }
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

    /// Writes what is pending now; returns its values in order.
    fn set_pending(&mut self, unknown: &[String]) -> Done<Vec<String>> {
        let old = self.tx.pending_of(self.group.row, self.at)?;
        let mut new = if self.plan.clear {
            BTreeMap::new()
        } else {
            self.pending.clone()
        };
        for value in unknown {
            let since = old.get(value).copied().unwrap_or(self.at);
            new.insert(value.clone(), since);
        }
        for value in old.keys().filter(|value| !new.contains_key(*value)) {
            self.tx.run(sql::PENDING_DROP, &[&self.group.row, value])?;
        }
        for (value, since) in new.iter().filter(|(value, _)| !old.contains_key(*value)) {
            self.tx.add_pending(self.group.row, value, *since)?;
        }
        Ok(new.into_keys().collect())
    }
}
