//! Both sides compared, without holding either.

use std::{
    collections::BTreeMap,
    hash::{DefaultHasher, Hash as _, Hasher as _},
};

use enroll_schema::Timestamp;
use serde::Serialize;

use crate::{Content, Entry};

/// The fingerprints of all resources of one side: a few words for each.
#[derive(Clone, Debug, Default)]
pub struct Prints(BTreeMap<String, Print>);

#[derive(Clone, Debug, Default)]
struct Print {
    kind: String,
    name: String,
    document: u64,
    created: Option<i64>,
    members: Members,
}

/// A set of members, whatever their order and in however many lines they came.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Members {
    count: u64,
    sum: u64,
    mix: u64,
}

/// A resource that is not the same on both sides.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Difference {
    /// Its id.
    pub id: String,
    /// Its type.
    pub kind: String,
    /// Its name for people.
    pub name: String,
    /// `missing`, `not in the source`, or what of it differs.
    pub what: &'static str,
}

impl Prints {
    /// Takes a line into account.
    pub fn add(&mut self, entry: &Entry) {
        let print = self.0.entry(entry.id.as_str().to_owned()).or_default();
        if let Content::Whole {
            document, created, ..
        } = &entry.content
        {
            entry.kind.name().clone_into(&mut print.kind);
            entry.name().clone_into(&mut print.name);
            print.document = hash(&document.to_bytes());
            print.created = created.map(Timestamp::as_millis);
        }
        for member in &entry.members {
            print.members.add(member);
        }
    }

    /// Tells whether a resource of this id was taken into account.
    pub fn contains(&self, id: &str) -> bool {
        self.0.contains_key(id)
    }

    /// Returns how many resources there are of a type.
    pub fn count(&self, kind: &str) -> usize {
        self.0.values().filter(|print| print.kind == kind).count()
    }

    /// Lists what of `source` is not the same in `here`.
    ///
    /// Dates are compared where the source gives them.
    pub fn differences(source: &Self, here: &Self) -> Vec<Difference> {
        let tell = |id: &String, print: &Print, what| Difference {
            id: id.clone(),
            kind: print.kind.clone(),
            name: print.name.clone(),
            what,
        };
        let mut all = Vec::new();
        for (id, print) in &source.0 {
            match here.0.get(id) {
                None => all.push(tell(id, print, "missing")),
                Some(other) => all.extend(print.against(other).map(|what| tell(id, print, what))),
            }
        }
        let added = here.0.iter().filter(|(id, _)| !source.0.contains_key(*id));
        all.extend(added.map(|(id, print)| tell(id, print, "not in the source")));
        all
    }
}

impl Print {
    fn against(&self, here: &Self) -> impl Iterator<Item = &'static str> + use<> {
        let created = self.created.is_some() && self.created != here.created;
        let parts = [
            (self.kind != here.kind, "the resource type"),
            (self.document != here.document, "the attributes"),
            (self.members != here.members, "the members"),
            (created, "meta.created"),
        ];
        parts
            .into_iter()
            .filter_map(|(differs, what)| differs.then_some(what))
    }
}

impl Members {
    fn add(&mut self, member: &str) {
        let print = hash(member.as_bytes());
        self.count += 1;
        self.sum = self.sum.wrapping_add(print);
        self.mix ^= print.rotate_left(17).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    }
}

fn hash(bytes: &[u8]) -> u64 {
    let mut hasher = DefaultHasher::new();
    bytes.hash(&mut hasher);
    hasher.finish()
}
