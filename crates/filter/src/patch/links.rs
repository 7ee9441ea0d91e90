//! The links of one request as sets, so that fifty thousand take milliseconds.

use std::collections::HashMap;

/// Distinct texts in the order of their first coming; every step is O(1).
#[derive(Debug, Default)]
pub(super) struct Ordered {
    order: Vec<Option<String>>,
    places: HashMap<String, usize>,
}

impl Ordered {
    pub(super) fn contains(&self, text: &str) -> bool {
        self.places.contains_key(text)
    }

    pub(super) fn insert(&mut self, text: &str) {
        if !self.contains(text) {
            self.places.insert(text.to_owned(), self.order.len());
            self.order.push(Some(text.to_owned()));
        }
    }

    pub(super) fn remove(&mut self, text: &str) {
        if let Some(place) = self
            .places
            .remove(text)
            .and_then(|at| self.order.get_mut(at))
        {
            *place = None;
        }
    }

    pub(super) fn clear(&mut self) {
        self.order.clear();
        self.places.clear();
    }

    pub(super) fn is_empty(&self) -> bool {
        self.places.is_empty()
    }

    pub(super) fn into_vec(self) -> Vec<String> {
        self.order.into_iter().flatten().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_comes_again_after_leaving_comes_last() {
        let mut set = Ordered::default();
        for text in ["a", "b", "a", "c"] {
            set.insert(text);
        }
        set.remove("a");
        set.remove("nobody");
        set.insert("a");
        assert!(set.contains("a") && !set.contains("nobody") && !set.is_empty());
        assert_eq!(set.into_vec(), ["b", "c", "a"]);
    }
}
