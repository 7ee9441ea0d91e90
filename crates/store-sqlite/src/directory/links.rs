//! Membership as rows: single links, and reading links by key.

use std::collections::{BTreeMap, BTreeSet, btree_map::Entry};

use enroll_filter::Unknown;
use enroll_schema::{Relation, ResourceType};
use enroll_store::{Link, LinkKey, LinkPage, Links, Want};
use rusqlite::{Row, ToSql};

use super::{
    changes::resource_id,
    resource::{Group, Stored},
    sql,
    tx::{Done, Tx},
};

/// What a link value names.
#[derive(Clone, Debug)]
pub(super) struct Named {
    pub(super) row: i64,
    pub(super) id: String,
    pub(super) is_group: bool,
}

impl Tx<'_> {
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

    pub(super) fn member_ends(&self, group: &Group, after: LinkKey, most: u32) -> Done<Vec<End>> {
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

#[cfg(test)]
mod tests {
    use enroll_conformance::store::Ground;
    use enroll_store::{Directories as _, DirectoryId};

    use crate::{
        Sqlite,
        fault::{Failure, Fault},
    };

    fn nested(database: &Sqlite) -> i64 {
        let read = |sql: &rusqlite::Connection| -> Result<i64, Failure<Fault>> {
            Ok(sql.query_row("SELECT nested FROM directory", [], |row| row.get(0))?)
        };
        database.0.readers.here(read).unwrap()
    }

    /// The counter that lets look-ups skip the recursion returns to nothing by every way a nested group
    /// can go.
    #[tokio::test]
    async fn nested_groups_are_counted_exactly() {
        let database = Sqlite::temporary().unwrap();
        let on = Ground::new(database.open(&DirectoryId::new("int_1")).await.unwrap());
        on.add_users(&["ada"]).await;
        for name in ["a", "b", "c"] {
            on.add_group(name, &["ada", "late"]).await;
        }
        assert_eq!(nested(&database), 0);
        on.add_group("outer", &["a", "b", "c", "ada"]).await;
        on.add_group("late", &[]).await;
        assert_eq!(nested(&database), 6);
        on.put("Group", on.group("outer", &["a", "b"]))
            .await
            .unwrap();
        assert_eq!(nested(&database), 5);
        on.put("Group", on.group("a", &[])).await.unwrap();
        on.delete("Group", "b").await.unwrap();
        assert_eq!(nested(&database), 2);
        on.delete("Group", "outer").await.unwrap();
        on.delete("Group", "late").await.unwrap();
        assert_eq!(nested(&database), 0);
    }
}
