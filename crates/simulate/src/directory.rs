//! The provider's own directory: the truth of the simulation.

use std::collections::BTreeSet;

use crate::{
    names::GROUPS,
    person::{Person, Standing, guid, random},
    provider::Provider,
};

/// A group with its members as numbers of people.
#[derive(Clone, Debug)]
pub(crate) struct Group {
    pub(crate) name: String,
    pub(crate) external_id: String,
    pub(crate) members: BTreeSet<usize>,
}

/// Everything the provider knows about its people, whoever else knows it.
#[derive(Clone, Debug)]
pub(crate) struct Directory {
    pub(crate) people: Vec<Person>,
    pub(crate) groups: Vec<Group>,
}

/// One event in the company.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Change {
    Join(usize),
    Place { person: usize, group: usize },
    Withdraw { person: usize, group: usize },
    Edit(usize, fn(&mut Person)),
    Suspend(usize),
    Delete(usize),
    Return(usize),
}

impl Directory {
    /// Makes a directory in which nobody has joined and all groups are empty.
    pub(crate) fn new(provider: Provider, seed: u64, users: usize, groups: usize) -> Self {
        Self {
            people: (0..users)
                .map(|index| Person::new(provider, seed, index))
                .collect(),
            groups: (0..groups)
                .map(|index| group(provider, seed, index))
                .collect(),
        }
    }

    /// Makes `change` happen.
    pub(crate) fn apply(&mut self, change: Change) {
        match change {
            Change::Join(person) | Change::Return(person) => self.stand(person, Standing::Active),
            Change::Suspend(person) => self.stand(person, Standing::Suspended),
            Change::Delete(person) => {
                self.stand(person, Standing::Deleted);
                for group in &mut self.groups {
                    group.members.remove(&person);
                }
            }
            Change::Place { person, group } => {
                if let Some(group) = self.groups.get_mut(group) {
                    group.members.insert(person);
                }
            }
            Change::Withdraw { person, group } => {
                if let Some(group) = self.groups.get_mut(group) {
                    group.members.remove(&person);
                }
            }
            Change::Edit(person, edit) => {
                if let Some(person) = self.people.get_mut(person) {
                    edit(person);
                }
            }
        }
    }

    /// Returns in which groups a person is, by number.
    pub(crate) fn groups_of(&self, person: usize) -> BTreeSet<usize> {
        let inside = |(_, group): &(usize, &Group)| group.members.contains(&person);
        self.groups
            .iter()
            .enumerate()
            .filter(inside)
            .map(|(index, _)| index)
            .collect()
    }

    fn stand(&mut self, person: usize, standing: Standing) {
        if let Some(person) = self.people.get_mut(person) {
            person.standing = standing;
        }
    }
}

fn group(provider: Provider, seed: u64, index: usize) -> Group {
    let company = provider.company();
    let (first, rest) = company.split_at(1);
    let role = GROUPS.get(index % GROUPS.len()).copied().unwrap_or("Crew");
    let round = match index / GROUPS.len() {
        0 => String::new(),
        round => format!(" {}", round + 1),
    };
    Group {
        name: format!("{}{rest} {seed} {role}{round}", first.to_uppercase()),
        // Numbers far above the people's, so that no group shares a generator with a person.
        external_id: guid(&mut random(provider, seed, usize::MAX - index)),
        members: BTreeSet::new(),
    }
}
