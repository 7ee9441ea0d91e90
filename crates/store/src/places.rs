//! Where `startIndex` pages ended, so that the next one goes on from there.

use std::{
    collections::VecDeque,
    hash::{DefaultHasher, Hash, Hasher},
    sync::{Mutex, PoisonError},
};

use crate::{Key, Page, Query, Record, Result, Window};

/// Pages that are remembered; more than as many readers of one directory begin to count from the
/// start again, which is slower and no less right.
const PLACES_MAX: usize = 64;

/// The ends of the last pages of one directory.
///
/// A provider that reads page after page is not disturbed by writes between them: deletions do not
/// pull unread records onto pages it has already read (threat D10), and a full listing costs as much
/// as its records.
#[derive(Debug, Default)]
pub struct Places {
    ends: Mutex<VecDeque<Place>>,
}

#[derive(Debug, PartialEq)]
struct Place {
    query: u64,
    next: u32,
    last: Key,
}

impl Places {
    /// Does a search as [`Query::page`] does, going on where the page before ended.
    ///
    /// # Errors
    /// As [`Query::page`].
    pub fn page(
        &self,
        query: &Query,
        records: impl IntoIterator<Item = (i64, Record)>,
    ) -> Result<Page> {
        let window = self.resume(query);
        let resumed = Query {
            window,
            ..query.clone()
        };
        let page = resumed.page(records)?;
        self.remember(query, &page);
        Ok(page)
    }

    /// Turns an index into the key it continues, if the page before it was given.
    pub fn resume(&self, query: &Query) -> Window {
        let position = match query.window {
            Window::Index(position) if position > 1 => position,
            _ => return query.window.clone(),
        };
        let Some(hash) = fingerprint(query) else {
            return query.window.clone();
        };
        let ends = self.ends.lock().unwrap_or_else(PoisonError::into_inner);
        let place = ends
            .iter()
            .find(|place| place.query == hash && place.next == position);
        place.map_or(Window::Index(position), |place| {
            Window::After(place.last.clone())
        })
    }

    /// Remembers where a full page ended.
    pub fn remember(&self, query: &Query, page: &Page) {
        let Window::Index(position) = query.window else {
            return;
        };
        let full = page.keys.len() == query.count as usize;
        let Some(last) = page.keys.last().filter(|_| full) else {
            return;
        };
        let Some(hash) = fingerprint(query) else {
            return;
        };
        let next = position.max(1).saturating_add(query.count);
        let mut ends = self.ends.lock().unwrap_or_else(PoisonError::into_inner);
        ends.retain(|place| place.query != hash || place.next != next);
        ends.push_back(Place {
            query: hash,
            next,
            last: last.clone(),
        });
        if ends.len() > PLACES_MAX {
            ends.pop_front();
        }
    }
}

/// Names a query without its window; sorted ones have none, for their keys move with writes.
fn fingerprint(query: &Query) -> Option<u64> {
    if query.sort.is_some() {
        return None;
    }
    let mut hasher = DefaultHasher::new();
    format!("{:?}", query.branches).hash(&mut hasher);
    Some(hasher.finish())
}

#[cfg(test)]
mod tests {
    use enroll_schema::Schemas;

    use super::*;
    use crate::Want;

    fn query(window: Window) -> Query {
        let user = Schemas::standard().named("User").unwrap().clone();
        let branches = vec![(user, None)];
        Query {
            branches,
            sort: None,
            window,
            count: 2,
            want: Want::Omit,
            total: false,
        }
    }

    fn page(rows: &[i64]) -> Page {
        let keys = rows
            .iter()
            .map(|row| Key {
                sort: None,
                row: *row,
            })
            .collect();
        Page {
            records: Vec::new(),
            keys,
            total: None,
        }
    }

    #[test]
    fn the_next_page_goes_on_where_the_last_one_ended() {
        let places = Places::default();
        places.remember(&query(Window::Index(1)), &page(&[3, 9]));
        let after = Window::After(Key { sort: None, row: 9 });
        assert_eq!(places.resume(&query(Window::Index(3))), after);
        for other in [1, 2, 4] {
            assert_eq!(
                places.resume(&query(Window::Index(other))),
                Window::Index(other)
            );
        }
    }

    #[test]
    fn a_short_page_is_the_last_and_not_remembered() {
        let places = Places::default();
        places.remember(&query(Window::Index(1)), &page(&[3]));
        assert_eq!(places.resume(&query(Window::Index(3))), Window::Index(3));
    }

    #[test]
    fn memory_is_bounded() {
        let places = Places::default();
        for position in 0..200 {
            places.remember(&query(Window::Index(position)), &page(&[1, 2]));
        }
        assert_eq!(places.ends.lock().unwrap().len(), PLACES_MAX);
    }
}
