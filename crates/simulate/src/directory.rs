//! The provider's own directory: the truth of the simulation.

use std::collections::BTreeSet;

use crate::{
    names::GROUPS,
    person::{Person, Standing, guid, random},
    provider::Provider,
    zones::Spelling,
};

/// A group with its members as numbers of people.
#[derive(Clone, Debug)]
pub(crate) struct Group {
    pub(crate) name: String,
    pub(crate) external_id: String,
    pub(crate) members: BTreeSet<usize>,
    /// Deleted, until it is made again.
    pub(crate) gone: bool,
}

/// Everything the provider knows about its people, whoever else knows it.
#[derive(Clone, Debug)]
pub(crate) struct Directory {
    pub(crate) people: Vec<Person>,
    pub(crate) groups: Vec<Group>,
    /// Whether the server hears of groups at all; otherwise somebody forgot a box (S-50).
    pub(crate) pushes_groups: bool,
}

/// One event in the company.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Change {
    Join(usize),
    Place {
        person: usize,
        group: usize,
    },
    Withdraw {
        person: usize,
        group: usize,
    },
    Edit(usize, fn(&mut Person)),
    /// Gives another `userType`.
    Mark(usize, &'static str),
    /// Writes the time zone in another way.
    Spell(usize, &'static Spelling),
    /// Joins, and waits for somebody's approval.
    Pend(usize),
    Suspend(usize),
    Delete(usize),
    /// Leaves without the server being told.
    LeaveBehind(usize),
    Return(usize),
    /// Gives a group another name.
    RenameGroup(usize),
    DeleteGroup(usize),
    /// Makes a deleted group again: the same name, and nothing else of the old one.
    ReturnGroup(usize),
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
            pushes_groups: true,
        }
    }

    /// Makes `change` happen.
    pub(crate) fn apply(&mut self, change: Change) {
        match change {
            Change::Join(person) | Change::Return(person) => self.stand(person, Standing::Active),
            Change::Pend(person) => self.stand(person, Standing::Pending),
            Change::Suspend(person) => self.stand(person, Standing::Suspended),
            Change::LeaveBehind(person) => self.stand(person, Standing::LeftBehind),
            Change::Delete(person) => {
                self.stand(person, Standing::Deleted);
                for group in &mut self.groups {
                    group.members.remove(&person);
                }
            }
            Change::Place { person, group } => self.group(group, |group| {
                group.members.insert(person);
            }),
            Change::Withdraw { person, group } => self.group(group, |group| {
                group.members.remove(&person);
            }),
            Change::Edit(person, edit) => self.person(person, edit),
            Change::Mark(person, mark) => {
                self.person(person, |person| person.user_type = Some(mark));
            }
            Change::Spell(person, spelling) => self.person(person, |person| person.spell(spelling)),
            Change::RenameGroup(group) => self.group(group, Group::rename),
            Change::DeleteGroup(group) => self.group(group, |group| {
                group.gone = true;
                group.members.clear();
            }),
            Change::ReturnGroup(group) => self.group(group, Group::make_again),
        }
    }

    /// Returns the groups that there are, by number.
    pub(crate) fn existing_groups(&self) -> impl Iterator<Item = (usize, &Group)> {
        let pushed = self.pushes_groups;
        let there = move |(_, group): &(usize, &Group)| pushed && !group.gone;
        self.groups.iter().enumerate().filter(there)
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
        self.person(person, |person| person.standing = standing);
    }

    fn person(&mut self, key: usize, change: impl FnOnce(&mut Person)) {
        if let Some(person) = self.people.get_mut(key) {
            change(person);
        }
    }

    fn group(&mut self, key: usize, change: impl FnOnce(&mut Group)) {
        if let Some(group) = self.groups.get_mut(key) {
            change(group);
        }
    }
}

impl Group {
    /// Between two names, the longer one being the new one.
    fn rename(&mut self) {
        self.name = match self.name.strip_suffix(NEW_NAME) {
            Some(old) => old.to_owned(),
            None => format!("{}{NEW_NAME}", self.name),
        };
    }

    fn make_again(&mut self) {
        self.gone = false;
        // Another object of the directory, so another id: the last digits turned round.
        self.external_id = match self.external_id.rsplit_once('-') {
            Some((front, back)) => format!("{front}-{}", back.chars().rev().collect::<String>()),
            None => format!("{}-2", self.external_id),
        };
    }
}

/// What a renamed group has at the end of its name.
const NEW_NAME: &str = " (Europe)";

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
        gone: false,
    }
}
