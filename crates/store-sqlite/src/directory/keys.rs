//! Folded keys: uniqueness and look-ups by what providers ask for.

use std::collections::BTreeSet;

use enroll_schema::{AttrId, Document, ResourceType};
use enroll_store::{StoreError, index};

use super::{
    sql,
    tx::{Done, Tx},
};

/// Path of the attribute and key.
pub(super) type Keys = BTreeSet<(String, String)>;

/// Returns all indexed keys of a document.
pub(super) fn keys_of(kind: &ResourceType, document: &Document) -> Keys {
    let of = |attribute: AttrId| {
        let path = kind.path(attribute);
        let keys = index::keys(kind, attribute, document.as_map());
        keys.into_iter().map(move |key| (path.clone(), key))
    };
    index::attributes(kind).into_iter().flat_map(of).collect()
}

impl Tx<'_> {
    /// Replaces the keys of a row; those in both stay untouched.
    pub(super) fn set_keys(
        &self,
        kind: &ResourceType,
        row: i64,
        before: &Keys,
        after: &Keys,
    ) -> Done<()> {
        for (attribute, key) in before.difference(after) {
            self.run(sql::KEY_DROP, &[attribute, key, &kind.name(), &row])?;
        }
        for (attribute, key) in after.difference(before) {
            self.run(sql::KEY_ADD, &[attribute, key, &kind.name(), &row])?;
        }
        Ok(())
    }

    /// Refuses a key that the write brings and another resource of the type has.
    pub(super) fn check_unique(
        &self,
        kind: &ResourceType,
        before: Option<&Document>,
        after: &Document,
        unique: &[AttrId],
    ) -> Done<()> {
        for attribute in unique {
            let keys = |document: &Document| index::keys(kind, *attribute, document.as_map());
            let old = before.map(keys).unwrap_or_default();
            for key in keys(after).iter().filter(|key| !old.contains(key)) {
                if self.is_taken(kind, *attribute, key)? {
                    let attribute = kind.path(*attribute);
                    return Err(StoreError::Taken {
                        kind: kind.name().to_owned(),
                        attribute,
                    }
                    .into());
                }
            }
        }
        Ok(())
    }

    fn is_taken(&self, kind: &ResourceType, attribute: AttrId, key: &str) -> Done<bool> {
        if index::has(kind, attribute) {
            return self.value(sql::KEY_TAKEN, &[&kind.path(attribute), &key, &kind.name()]);
        }
        // Nothing in the schema calls it unique, so it has no index; rare enough to read all.
        let mut row = 0;
        loop {
            let some = self.stored_from(kind, sql::RECORDS_AFTER, row, 500)?;
            let Some(last) = some.last() else {
                return Ok(false);
            };
            row = last.row;
            for stored in &some {
                let keys = index::keys(kind, attribute, stored.document()?.as_map());
                if keys.iter().any(|other| other == key) {
                    return Ok(true);
                }
            }
        }
    }

    /// Returns the rows of `kind` with a key, in order.
    pub(super) fn rows_with_key(
        &self,
        kind: &ResourceType,
        attribute: AttrId,
        key: &str,
    ) -> Done<Vec<i64>> {
        self.all(
            sql::KEY_ROWS,
            &[&kind.path(attribute), &key, &kind.name()],
            |row| row.get(0),
        )
    }

    /// Returns the rows of `kind` with a key that begins so, in order.
    pub(super) fn rows_with_prefix(
        &self,
        kind: &ResourceType,
        attribute: AttrId,
        prefix: &str,
    ) -> Done<Option<Vec<i64>>> {
        let Some(end) = after_prefix(prefix) else {
            return Ok(None);
        };
        let path = kind.path(attribute);
        let params: [&dyn rusqlite::ToSql; 4] = [&path, &prefix, &end, &kind.name()];
        let mut rows = self.all(sql::KEY_ROWS_FROM, &params, |row| row.get(0))?;
        rows.sort_unstable();
        rows.dedup();
        Ok(Some(rows))
    }
}

/// Returns the least text after all that begin with `prefix`; `None` if there is none.
fn after_prefix(prefix: &str) -> Option<String> {
    let mut chars: Vec<char> = prefix.chars().collect();
    while let Some(last) = chars.pop() {
        let next = match last {
            // Surrogates are no characters.
            '\u{d7ff}' => Some('\u{e000}'),
            _ => char::from_u32(u32::from(last) + 1),
        };
        if let Some(next) = next {
            chars.push(next);
            return Some(chars.into_iter().collect());
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_prefix_ends_before_the_next_text() {
        for (prefix, end) in [
            ("ada", Some("adb")),
            ("a\u{d7ff}", Some("a\u{e000}")),
            ("a\u{10ffff}", Some("b")),
            ("\u{10ffff}\u{10ffff}", None),
            ("", None),
        ] {
            assert_eq!(after_prefix(prefix).as_deref(), end, "{prefix:?}");
        }
    }
}
