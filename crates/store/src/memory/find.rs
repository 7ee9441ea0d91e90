//! Searching: candidates by key or all rows, then the predicate.

use enroll_schema::{Relation, ResourceType};
use serde_json::{Map, Value};

use super::state::State;
use crate::{Key, Page, Query, Record, Result, Want, sort};

impl State {
    pub(super) fn find(&self, query: &Query) -> Result<Page> {
        let mut keys = Vec::new();
        for (kind, predicate) in &query.branches {
            let sort = query.sort_of(kind);
            for row in self.candidates(query, kind) {
                let Some(record) = self.record(row, Want::Omit) else {
                    continue;
                };
                let facts = Facts {
                    state: self,
                    row,
                    resource: record.resource()?,
                };
                if predicate.as_ref().is_none_or(|p| p.matches(kind, &facts)) {
                    let sort = sort.and_then(|sort| sort.key(kind, &facts.resource));
                    keys.push(Key { sort, row });
                }
            }
        }
        keys.sort_by(|a, b| sort::compare(query.sort, a, b));
        let total = query.total.then_some(keys.len() as u64);
        let range = query.window.cut(query.sort, &keys, query.count);
        let keys = keys.get(range).unwrap_or_default().to_vec();
        let record = |key: &Key| self.record(key.row, query.want);
        let records: Vec<Record> = keys.iter().filter_map(record).collect();
        Ok(Page {
            records,
            keys,
            total,
        })
    }

    fn candidates(&self, query: &Query, kind: &ResourceType) -> Vec<i64> {
        let pinned = query.pinned().and_then(|(kind, attribute, key)| {
            self.by_key(kind, attribute, key)
                .map(|rows| rows.into_iter().collect())
        });
        let all = || {
            let of_kind = self.rows.iter().filter(|(_, stored)| stored.kind == *kind);
            of_kind.map(|(row, _)| *row).collect()
        };
        pinned.unwrap_or_else(all)
    }
}

struct Facts<'a> {
    state: &'a State,
    row: i64,
    resource: Map<String, Value>,
}

impl enroll_filter::Facts for Facts<'_> {
    fn document(&self) -> &Map<String, Value> {
        &self.resource
    }

    fn linked(&self, _relation: Relation, id: &str) -> bool {
        self.state
            .links(self.row)
            .as_slice()
            .iter()
            .any(|link| link.id.as_str() == id)
    }

    fn links(&self, relation: Relation) -> Vec<Map<String, Value>> {
        let links = self.state.links(self.row);
        links
            .as_slice()
            .iter()
            .map(|link| link.element(relation))
            .collect()
    }
}
