//! Cutting pages: what every store does once it knows the matches.

use std::ops::Range;

use enroll_schema::{AttrId, ResourceType};

use crate::{Key, Page, Query, Record, Result, Sort, Window, sort};

impl Window {
    /// Returns which of the sorted `keys` are on the page.
    pub fn cut(&self, sort: Option<Sort>, keys: &[Key], count: u32) -> Range<usize> {
        let count = count as usize;
        let before = |key: &Key| keys.partition_point(|k| sort::compare(sort, k, key).is_lt());
        let upto = |key: &Key| keys.partition_point(|k| sort::compare(sort, k, key).is_le());
        let range = match self {
            Self::Index(position) => {
                let start = (*position as usize).saturating_sub(1).min(keys.len());
                start..start.saturating_add(count)
            }
            Self::After(key) => upto(key)..upto(key).saturating_add(count),
            Self::Before(key) => before(key).saturating_sub(count)..before(key),
        };
        range.start..range.end.min(keys.len())
    }
}

impl Query {
    /// Does the whole search over records that hold all their links, each with its row.
    ///
    /// It is what a store without indexes needs; one with an index gives it the records that
    /// [`Query::pinned`] allows.
    ///
    /// # Errors
    /// [`crate::StoreError::Damaged`] when a document cannot be read.
    pub fn page(&self, records: impl IntoIterator<Item = (i64, Record)>) -> Result<Page> {
        let mut found = Vec::new();
        for (row, record) in records {
            if let Some(sort) = self.place(&record)? {
                found.push((Key { sort, row }, record));
            }
        }
        found.sort_by(|(a, _), (b, _)| sort::compare(self.sort, a, b));
        let keys: Vec<_> = found.iter().map(|(key, _)| key.clone()).collect();
        let range = self.window.cut(self.sort, &keys, self.count);
        let total = self.total.then_some(keys.len() as u64);
        let (keys, records) = found
            .into_iter()
            .skip(range.start)
            .take(range.len())
            .map(|(key, record)| (key, record.limited(self.want)))
            .unzip();
        Ok(Page {
            records,
            keys,
            total,
        })
    }

    /// Returns the sort value of a record that matches; the outer `None` if it does not.
    #[expect(clippy::option_option, reason = "a match may have no value to sort by")]
    fn place(&self, record: &Record) -> Result<Option<Option<String>>> {
        let branch = self.branches.iter().find(|(kind, _)| *kind == record.kind);
        let Some((kind, predicate)) = branch else {
            return Ok(None);
        };
        if predicate.is_none() && self.sort.is_none() {
            return Ok(Some(None));
        }
        let seen = record.seen()?;
        let matches = predicate.as_ref().is_none_or(|p| p.matches(kind, &seen));
        let sort = self.sort_of(kind);
        Ok(matches.then(|| sort.and_then(|sort| sort.key(kind, seen.resource()))))
    }

    /// Compares the places of two records in the order that is asked for.
    pub fn compare(&self, a: &Key, b: &Key) -> std::cmp::Ordering {
        sort::compare(self.sort, a, b)
    }

    /// Returns the sort in the attributes of `kind`; `Sort::attribute` belongs to the first branch.
    pub fn sort_of(&self, kind: &ResourceType) -> Option<Sort> {
        let sort = self.sort?;
        let (first, _) = self.branches.first()?;
        let attribute = same_attribute(first, sort.attribute, kind)?;
        Some(Sort { attribute, ..sort })
    }
}

impl Record {
    /// Keeps as many of all links as `want` asks for.
    pub fn limited(self, want: crate::Want) -> Self {
        Self {
            links: self.links.wanted(want),
            ..self
        }
    }
}

/// Finds the attribute of `to` that has the path of `id` in `from`.
fn same_attribute(from: &ResourceType, id: AttrId, to: &ResourceType) -> Option<AttrId> {
    if from == to {
        return Some(id);
    }
    let urn = from.extension(id).map(|extension| extension.urn.as_str());
    let own = from.attribute(id)?.name.as_str();
    match from.parent(id) {
        Some(parent) => to.find_sub(to.find(urn, from.attribute(parent)?.name.as_str())?, own),
        None => to.find(urn, own),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_cut_what_they_name() {
        let key = |row| Key { sort: None, row };
        let keys: Vec<_> = [2, 4, 6, 8].map(key).into();
        for (window, count, wanted) in [
            (Window::Index(0), 2, 0..2),
            (Window::Index(1), 2, 0..2),
            (Window::Index(4), 9, 3..4),
            (Window::Index(9), 9, 4..4),
            (Window::Index(2), 0, 1..1),
            (Window::After(key(4)), 1, 2..3),
            (Window::After(key(5)), 9, 2..4),
            (Window::After(key(8)), 9, 4..4),
            (Window::Before(key(8)), 2, 1..3),
            (Window::Before(key(7)), 9, 0..3),
            (Window::Before(key(2)), 9, 0..0),
        ] {
            assert_eq!(window.cut(None, &keys, count), wanted, "{window:?} {count}");
        }
    }
}
