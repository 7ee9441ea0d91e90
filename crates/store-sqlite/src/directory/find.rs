//! Searching: an index where one helps, then the rest of the predicate in Rust.

use std::cell::RefCell;

use enroll_filter::{Bound, Expr, Op, Operand, Predicate};
use enroll_schema::{AttrId, Relation, ResourceId, ResourceType};
use enroll_store::{Key, Page, Query, StoreError, Window, index};
use serde_json::{Map, Value};

use super::{
    resource::Stored,
    sql,
    tx::{Done, Tx},
};
use crate::fault::Failure;

/// Resources read at a time by a scan.
const SCAN_ROWS: u32 = 500;

type Branch = (ResourceType, Option<Predicate>);

/// Where the matches of a branch are.
enum Source {
    /// In these rows, in order; `exact` if all of them match.
    Rows { rows: Vec<i64>, exact: bool },
    /// Anywhere.
    All,
}

/// Tells whether a search is decided by a few index look-ups.
pub(super) fn is_short(query: &Query) -> bool {
    let [(kind, Some(predicate))] = query.branches.as_slice() else {
        return false;
    };
    let known =
        |(attribute, _): &(AttrId, &str)| is_id(kind, *attribute) || index::has(kind, *attribute);
    predicate.pins().iter().any(known)
}

impl Tx<'_> {
    /// Does a whole search.
    pub(super) fn find(&self, query: &Query) -> Done<Page> {
        match query.branches.as_slice() {
            [(kind, None)] if query.sort.is_none() => self.list(kind, query),
            branches => self.search(branches, query),
        }
    }

    /// Lists all resources of a type in the order of creation: one index range.
    fn list(&self, kind: &ResourceType, query: &Query) -> Done<Page> {
        let most = query.count;
        let mut stored = match &query.window {
            Window::After(key) => self.stored_from(kind, sql::RECORDS_AFTER, key.row, most)?,
            Window::Before(key) => self.stored_from(kind, sql::RECORDS_BEFORE, key.row, most)?,
            Window::Index(position) => {
                let skip = position.saturating_sub(1);
                let first: Option<i64> = match skip {
                    0 => Some(0),
                    _ => self.one(sql::ROW_AT, &[&kind.name(), &skip], |row| row.get(0))?,
                };
                match first {
                    Some(row) => {
                        self.stored_from(kind, sql::RECORDS_AFTER, row.saturating_sub(1), most)?
                    }
                    None => Vec::new(),
                }
            }
        };
        if matches!(query.window, Window::Before(_)) {
            stored.reverse();
        }
        let total = if query.total {
            Some(self.count(kind)?)
        } else {
            None
        };
        let keys = stored
            .iter()
            .map(|stored| Key {
                sort: None,
                row: stored.row,
            })
            .collect();
        let records = stored.into_iter().map(|stored| self.record(stored, query));
        Ok(Page {
            records: records.collect::<Done<_>>()?,
            keys,
            total,
        })
    }

    fn record(&self, stored: Stored, query: &Query) -> Done<enroll_store::Record> {
        let links = self.links(&stored, query.want)?;
        Ok(enroll_store::Record {
            links,
            ..stored.record
        })
    }

    fn search(&self, branches: &[Branch], query: &Query) -> Done<Page> {
        let mut found: Vec<(Key, &ResourceType)> = Vec::new();
        for branch in branches {
            let keys = self.matches(branch, query)?;
            found.extend(keys.into_iter().map(|key| (key, &branch.0)));
        }
        found.sort_by(|(a, _), (b, _)| query.compare(a, b));
        let keys: Vec<Key> = found.iter().map(|(key, _)| key.clone()).collect();
        let range = query.window.cut(query.sort, &keys, query.count);
        let total = query.total.then_some(keys.len() as u64);
        let mut page = Page {
            records: Vec::new(),
            keys: Vec::new(),
            total,
        };
        for (key, kind) in found.into_iter().skip(range.start).take(range.len()) {
            let stored = self.stored_at(kind, key.row)?;
            let stored = stored.ok_or_else(|| lost(kind, key.row))?;
            page.records.push(self.record(stored, query)?);
            page.keys.push(key);
        }
        Ok(page)
    }

    /// Returns the keys of what matches, in row order; no more than the page can need.
    fn matches(&self, branch: &Branch, query: &Query) -> Done<Vec<Key>> {
        let (kind, predicate) = branch;
        let mut wanted = Wanted::of(query);
        let source = match predicate {
            Some(predicate) => self.source(kind, predicate)?,
            None if query.sort.is_some() => Source::All,
            None => Source::Rows {
                rows: self.all(sql::ROWS, &[&kind.name()], |r| r.get(0))?,
                exact: true,
            },
        };
        match source {
            Source::Rows { rows, exact: true } if query.sort.is_none() => {
                let keys = rows.into_iter().map(|row| Key { sort: None, row });
                Ok(keys.collect())
            }
            Source::Rows { rows, exact } => {
                for row in rows {
                    if let Some(stored) = self.stored_at(kind, row)? {
                        let decided = exact.then_some(true);
                        self.consider(&stored, branch, query, decided, &mut wanted)?;
                    }
                }
                Ok(wanted.keys)
            }
            Source::All => {
                let mut row = wanted.after;
                loop {
                    let some = self.stored_from(kind, sql::RECORDS_AFTER, row, SCAN_ROWS)?;
                    for stored in &some {
                        row = stored.row;
                        self.consider(stored, branch, query, None, &mut wanted)?;
                        if wanted.is_enough() {
                            return Ok(wanted.keys);
                        }
                    }
                    if some.len() < SCAN_ROWS as usize {
                        return Ok(wanted.keys);
                    }
                }
            }
        }
    }

    /// Adds a resource to what is found if it matches.
    fn consider(
        &self,
        stored: &Stored,
        (kind, predicate): &Branch,
        query: &Query,
        decided: Option<bool>,
        wanted: &mut Wanted,
    ) -> Done<()> {
        let facts = Facts {
            tx: self,
            stored,
            resource: stored.record.resource()?,
            failure: RefCell::default(),
        };
        let whole = || predicate.as_ref().is_none_or(|p| p.matches(kind, &facts));
        let matches = decided.unwrap_or_else(whole);
        if let Some(failure) = facts.failure.take() {
            return Err(failure);
        }
        if matches {
            let sort = query
                .sort_of(kind)
                .and_then(|sort| sort.key(kind, &facts.resource));
            wanted.keys.push(Key {
                sort,
                row: stored.row,
            });
        }
        Ok(())
    }

    /// Chooses the index that leaves least to read.
    fn source(&self, kind: &ResourceType, predicate: &Predicate) -> Done<Source> {
        let exact = |leaf: &Predicate| predicate == leaf;
        let (conjuncts, _) = predicate.clone().split(|_| true);
        for (attribute, key) in predicate.pins() {
            if is_id(kind, attribute) {
                let row = self.row_of(kind, key)?;
                return Ok(Source::Rows {
                    rows: row.into_iter().collect(),
                    exact: false,
                });
            }
        }
        for (attribute, key) in predicate.pins() {
            if index::has(kind, attribute) {
                let rows = self.rows_with_key(kind, attribute, key)?;
                let whole = is_plain_eq(predicate, attribute);
                return Ok(Source::Rows { rows, exact: whole });
            }
        }
        for leaf in &conjuncts {
            if let Expr::Test(Bound::Linked { relation, id }) = leaf {
                let rows = self.rows_linked(kind, *relation, id)?;
                return Ok(Source::Rows {
                    rows,
                    exact: exact(leaf),
                });
            }
        }
        for leaf in &conjuncts {
            if let Some(rows) = self.rows_in_range(kind, leaf)? {
                return Ok(Source::Rows { rows, exact: false });
            }
        }
        Ok(Source::All)
    }

    fn row_of(&self, kind: &ResourceType, id: &str) -> Done<Option<i64>> {
        let Ok(id) = ResourceId::new(id) else {
            return Ok(None);
        };
        Ok(self.stored(kind, &id)?.map(|stored| stored.row))
    }

    /// Returns the resources of `kind` that are linked to `id`, in order.
    fn rows_linked(&self, kind: &ResourceType, relation: Relation, id: &str) -> Done<Vec<i64>> {
        let Some(other) = self.resolve(id, enroll_filter::Unknown::Refuse)? else {
            return Ok(Vec::new());
        };
        match relation {
            Relation::Members => {
                let holders = self.holders(other.row)?.into_iter();
                let of_kind = holders.filter(|end| end.link.kind == kind.name());
                Ok(of_kind.map(|end| end.link.key.0).collect())
            }
            Relation::Groups => self.rows_inside(kind, other.row),
        }
    }

    /// Reads the range of an index that a comparison names.
    fn rows_in_range(&self, kind: &ResourceType, leaf: &Predicate) -> Done<Option<Vec<i64>>> {
        let Expr::Test(Bound::Compare {
            attribute,
            op,
            operand,
        }) = leaf
        else {
            return Ok(None);
        };
        match (op, operand) {
            (Op::Sw, Operand::Text { key, .. })
                if !key.is_empty() && index::has(kind, *attribute) =>
            {
                self.rows_with_prefix(kind, *attribute, key)
            }
            (op, Operand::Instant(at)) if is_last_modified(kind, *attribute) => {
                let Some((from, to)) = span(*op, *at) else {
                    return Ok(None);
                };
                let params: [&dyn rusqlite::ToSql; 3] = [&kind.name(), &from, &to];
                let mut rows = self.all(sql::ROWS_MODIFIED, &params, |row| row.get(0))?;
                rows.sort_unstable();
                Ok(Some(rows))
            }
            _ => Ok(None),
        }
    }
}

/// Keys that are found, and when they are enough.
struct Wanted {
    keys: Vec<Key>,
    after: i64,
    most: usize,
}

impl Wanted {
    /// Without a total and a sort, a page needs only what stands before its end.
    fn of(query: &Query) -> Self {
        let early = query.sort.is_none() && !query.total;
        let count = query.count as usize;
        let (after, most) = match &query.window {
            Window::After(key) if early => (key.row, count),
            Window::Index(position) if early => (
                0,
                (*position as usize).saturating_sub(1).saturating_add(count),
            ),
            _ => (0, usize::MAX),
        };
        Self {
            keys: Vec::new(),
            after,
            most,
        }
    }

    fn is_enough(&self) -> bool {
        self.keys.len() >= self.most
    }
}

/// A stored resource as a predicate sees it; relations are asked of the rows.
struct Facts<'a> {
    tx: &'a Tx<'a>,
    stored: &'a Stored,
    resource: Map<String, Value>,
    failure: RefCell<Option<Failure<StoreError>>>,
}

impl Facts<'_> {
    fn or_note<T: Default>(&self, done: Done<T>) -> T {
        done.unwrap_or_else(|failure| {
            self.failure.replace(Some(failure));
            T::default()
        })
    }
}

impl enroll_filter::Facts for Facts<'_> {
    fn document(&self) -> &Map<String, Value> {
        &self.resource
    }

    fn linked(&self, _relation: Relation, id: &str) -> bool {
        self.or_note(self.tx.is_linked(self.stored, id))
    }

    fn links(&self, relation: Relation) -> Vec<Map<String, Value>> {
        let links = self.or_note(self.tx.all_links(self.stored));
        links.iter().map(|link| link.element(relation)).collect()
    }
}

fn is_id(kind: &ResourceType, attribute: AttrId) -> bool {
    kind.find(None, "id") == Some(attribute)
}

fn is_last_modified(kind: &ResourceType, attribute: AttrId) -> bool {
    let meta = kind.find(None, "meta");
    meta.and_then(|meta| kind.find_sub(meta, "lastModified")) == Some(attribute)
}

/// Tells whether the whole predicate is `attribute eq "…"`, so that the index alone decides.
fn is_plain_eq(predicate: &Predicate, attribute: AttrId) -> bool {
    matches!(predicate, Expr::Test(Bound::Compare { attribute: own, op: Op::Eq, .. }) if *own == attribute)
}

/// Returns the instants that compare so, as an inclusive span.
fn span(op: Op, at: i64) -> Option<(i64, i64)> {
    Some(match op {
        Op::Eq => (at, at),
        Op::Gt => (at.saturating_add(1), i64::MAX),
        Op::Ge => (at, i64::MAX),
        Op::Lt => (i64::MIN, at.saturating_sub(1)),
        Op::Le => (i64::MIN, at),
        _ => return None,
    })
}

fn lost(kind: &ResourceType, row: i64) -> Failure<StoreError> {
    StoreError::Damaged(format!(
        "an index names {} row {row}, which is not there",
        kind.name()
    ))
    .into()
}
