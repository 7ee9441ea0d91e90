//! What a provider remembers of a server, written down: a story is stopped and goes on elsewhere.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex, PoisonError},
};

use serde::{Deserialize, Serialize};

use crate::{
    cycle::{KnownGroup, KnownPerson, Run},
    transport::Transport,
};

/// The memory of a provider after some phases of its story: ids and what the server acknowledged.
///
/// It is plain JSON, and means something only to the same provider, seed, scenario and numbers of
/// people and groups. The base URL may be another one: that is how a move to another server is played
/// by two runs; [`Moving`](crate::Moving) plays it in one.
///
/// ```
/// use enroll_simulate::Memory;
///
/// let memory: Memory = serde_json::from_str(r#"{"phases":0,"people":{},"groups":{}}"#)?;
/// assert_eq!(memory, Memory::default());
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Memory {
    /// How many phases are played.
    pub(crate) phases: usize,
    people: BTreeMap<usize, Person>,
    groups: BTreeMap<usize, Group>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Person {
    id: String,
    /// Whether the server has acknowledged the person as the directory has it.
    sure: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Group {
    id: String,
    name: String,
    members: BTreeSet<usize>,
    sure: bool,
}

/// Which part of a story is played; clones share what is remembered.
#[derive(Clone, Debug, Default)]
pub(crate) struct Part {
    /// What was remembered when the part before ended.
    pub(crate) before: Memory,
    /// After how many phases of the whole story to stop.
    pub(crate) stop_after: Option<usize>,
    after: Arc<Mutex<Memory>>,
}

impl Part {
    /// Returns what was remembered last.
    pub(crate) fn after(&self) -> Memory {
        let after = self.after.lock();
        after.unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Remembers what `run` knows after so many phases, and tells whether to stop there.
    pub(crate) fn ends<T: Transport>(&self, run: &Run<'_, T>, phases: usize) -> bool {
        *self.after.lock().unwrap_or_else(PoisonError::into_inner) = run.memory(phases);
        self.stop_after.is_some_and(|most| phases >= most)
    }
}

impl<T: Transport> Run<'_, T> {
    fn memory(&self, phases: usize) -> Memory {
        let person = |(key, known): (&usize, &KnownPerson)| {
            let meant = self.directory.people.get(*key);
            let sure = known.acknowledged.is_some() && known.acknowledged.as_ref() == meant;
            let id = known.id.clone();
            (*key, Person { id, sure })
        };
        let group = |(key, known): (&usize, &KnownGroup)| {
            let group = Group {
                id: known.id.clone(),
                name: known.name.clone(),
                members: known.members.clone(),
                sure: known.sure,
            };
            (*key, group)
        };
        Memory {
            phases,
            people: self.people.iter().map(person).collect(),
            groups: self.groups.iter().map(group).collect(),
        }
    }

    /// Remembers; the directory is already as it was then.
    pub(crate) fn remember(&mut self, memory: &Memory) {
        for (key, Person { id, sure }) in &memory.people {
            let meant = self.directory.people.get(*key);
            let known = KnownPerson {
                id: id.clone(),
                acknowledged: meant.filter(|_| *sure).cloned(),
            };
            self.people.insert(*key, known);
        }
        for (key, group) in &memory.groups {
            let known = KnownGroup {
                id: group.id.clone(),
                name: group.name.clone(),
                members: group.members.clone(),
                sure: group.sure,
            };
            self.groups.insert(*key, known);
        }
    }
}
