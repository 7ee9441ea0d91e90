//! References that name nothing yet (E-18): kept, bound, given up.

use std::collections::{BTreeMap, BTreeSet, btree_map::Entry};

use enroll_filter::Unknown;
use enroll_schema::Timestamp;
use enroll_store::{Cause, Lane, Pending, Touched, What};
use rusqlite::{Row, ToSql};

use super::{
    changes::resource_id,
    resource::Group,
    sql,
    tx::{Done, Tx},
};

/// A group that a reference waits in.
struct Waiting {
    id: String,
    kind: String,
    group: Group,
    /// Members that came by binding.
    came: Vec<String>,
}

impl Tx<'_> {
    /// Returns since when the oldest reference of the directory waits, or earlier; `None`: none does.
    fn pending_since(&self) -> Done<Option<i64>> {
        self.value(sql::PENDING_SINCE, &[])
    }

    /// Reads the references that wait in a group.
    pub(super) fn pending_of(
        &self,
        group: i64,
        now: Timestamp,
    ) -> Done<BTreeMap<String, Timestamp>> {
        if self.pending_since()?.is_none() {
            return Ok(BTreeMap::new());
        }
        let rows = self.all(sql::PENDING_OF, &[&group, &oldest(now)], |columns| {
            Ok((columns.get(0)?, Timestamp::from_millis(columns.get(1)?)))
        })?;
        Ok(rows.into_iter().collect())
    }

    pub(super) fn add_pending(&self, group: i64, value: &str, since: Timestamp) -> Done<()> {
        // One that is over but was not removed yet gives way.
        self.run(sql::PENDING_DROP, &[&group, &value])?;
        self.run(sql::PENDING_ADD, &[&group, &value, &since.as_millis()])?;
        let known = self.pending_since()?;
        if known.is_none_or(|known| since.as_millis() < known) {
            self.run(sql::PENDING_SINCE_SET, &[&since.as_millis()])?;
        }
        Ok(())
    }

    /// Gives up the references that waited too long.
    pub(super) fn expire(&self, now: Timestamp) -> Done<()> {
        self.run(sql::PENDING_EXPIRE, &[&oldest(now)])?;
        let since: Option<i64> = self.value(sql::PENDING_OLDEST, &[])?;
        self.run(sql::PENDING_SINCE_SET, &[&since])?;
        Ok(())
    }

    /// Binds the references whose value now names something.
    pub(super) fn bind_pending(&self, values: &BTreeSet<String>, cause: &Cause) -> Done<()> {
        if self.pending_since()?.is_none() {
            return Ok(());
        }
        let mut moved: BTreeMap<i64, Waiting> = BTreeMap::new();
        for value in values {
            let groups: Vec<i64> =
                self.all(sql::PENDING_NAMING, &[value, &oldest(cause.at)], |row| {
                    row.get(0)
                })?;
            if groups.is_empty() {
                continue;
            }
            let Some(named) = self.resolve(value, Unknown::Keep)? else {
                continue;
            };
            for row in groups {
                self.run(sql::PENDING_DROP, &[&row, value])?;
                let waiting = match moved.entry(row) {
                    Entry::Occupied(place) => place.into_mut(),
                    Entry::Vacant(place) => place.insert(self.waiting(row)?),
                };
                if self.add_link(&mut waiting.group, &named)? {
                    waiting.came.push(named.id.clone());
                }
            }
        }
        for (
            row,
            Waiting {
                id,
                kind,
                group,
                came,
            },
        ) in moved
        {
            self.set_resource(row, Some(group), None, cause.at)?;
            let touched = if came.is_empty() {
                Touched::None
            } else {
                Touched::Members(came)
            };
            self.change(&kind, &id, (What::Updated, &touched, Lane::Settle), cause)?;
        }
        Ok(())
    }

    fn waiting(&self, row: i64) -> Done<Waiting> {
        let found = self.one(sql::GROUP_BY_ROW, &[&row], |columns| {
            let group = Group {
                row,
                generation: columns.get(2)?,
                members: columns.get(3)?,
                nested: columns.get(4)?,
            };
            Ok(Waiting {
                id: columns.get(0)?,
                kind: columns.get(1)?,
                group,
                came: Vec::new(),
            })
        })?;
        found.ok_or_else(|| rusqlite::Error::QueryReturnedNoRows.into())
    }

    /// Lists the references that wait in a group, or in all.
    pub(super) fn pending(&self, group: Option<i64>, most: u32) -> Done<Vec<Pending>> {
        let read = |columns: &Row<'_>| {
            Ok(Pending {
                group: resource_id(columns, 0)?,
                value: columns.get(1)?,
                since: Timestamp::from_millis(columns.get(2)?),
            })
        };
        match group {
            None => self.all(sql::PENDING_LIST, &[&most], read),
            Some(group) => {
                let of: [&dyn ToSql; 2] = [&group, &most];
                self.all(sql::PENDING_LIST_OF, &of, read)
            }
        }
    }
}

/// Returns the earliest instant from which a reference still waits.
fn oldest(now: Timestamp) -> i64 {
    now.as_millis().saturating_sub(Pending::MILLIS_MAX)
}
