//! Who plays which part.

use rand::seq::SliceRandom as _;

use super::{Phase, players::habits};
use crate::{
    directory::{Change, Directory},
    field::Field,
    person::{Person, random},
    provider::Provider,
    zones::{SPELLINGS, Senders, Spelling},
};

/// The most people, in percent, who leave unless the scenario is about leaving.
pub(super) const LEAVE_PERCENT: usize = 4;

/// People in a shuffled order, leavers first, late joiners last.
pub(super) struct Cast {
    provider: Provider,
    pub(super) order: Vec<usize>,
    pub(super) groups: usize,
}

impl Cast {
    pub(super) fn new(provider: Provider, seed: u64, directory: &Directory) -> Self {
        let mut order: Vec<usize> = (0..directory.people.len()).collect();
        // Below the groups' numbers and above the people's: a generator of its own.
        order.shuffle(&mut random(provider, seed, usize::MAX / 2));
        Self {
            provider,
            order,
            groups: directory.groups.len(),
        }
    }

    pub(super) fn first(&self, count: usize) -> &[usize] {
        self.order.get(..count).unwrap_or(&self.order)
    }

    /// The first `percent` of the people, and somebody at least.
    pub(super) fn part(&self, percent: usize) -> &[usize] {
        self.first(self.share(percent).max(1))
    }

    pub(super) fn share(&self, percent: usize) -> usize {
        self.order.len() * percent / 100
    }

    /// Every third person, beginning with the one at `from`.
    pub(super) fn third(&self, from: usize) -> impl Iterator<Item = usize> {
        self.order.iter().copied().skip(from).step_by(3)
    }

    /// One in ten joins late.
    pub(super) fn late(&self) -> &[usize] {
        self.order
            .get(self.order.len() - self.share(10)..)
            .unwrap_or_default()
    }

    /// Those who do not come late.
    pub(super) fn early(&self) -> &[usize] {
        self.first(self.order.len() - self.late().len())
    }

    /// The groups of a person: one, and for every seventh person the next one too.
    pub(super) fn home(&self, person: usize) -> Vec<usize> {
        let first = person % self.groups;
        let second =
            (person.is_multiple_of(7) && self.groups > 1).then(|| (first + 1) % self.groups);
        [Some(first), second].into_iter().flatten().collect()
    }

    pub(super) fn place(&self, person: usize) -> impl Iterator<Item = Change> + use<> {
        let groups = self.home(person).into_iter();
        groups.map(move |group| Change::Place { person, group })
    }

    pub(super) fn join(&self, name: &'static str, who: &[usize]) -> Phase {
        self.come(name, who, Change::Join)
    }

    /// Places people in their groups after something has happened to them.
    pub(super) fn come(
        &self,
        name: &'static str,
        who: &[usize],
        change: fn(usize) -> Change,
    ) -> Phase {
        let mut who = who.to_vec();
        who.sort_unstable();
        let each = |person: usize| std::iter::once(change(person)).chain(self.place(person));
        Phase {
            changes: who.into_iter().flat_map(each).collect(),
            ..Phase::new(name)
        }
    }

    /// Those who neither leave nor come late.
    fn steady(&self) -> &[usize] {
        let from = self.share(LEAVE_PERCENT);
        self.early().get(from..).unwrap_or_default()
    }

    pub(super) fn movers(&self) -> Phase {
        let part = self.share(15).max(1);
        let mut changes = self.moves(part);
        // Some of the movers change their names and zones too, and some others do.
        let edited = self.steady().iter().skip(part / 2).take(part).enumerate();
        let edits: [fn(&mut Person); 3] = [Person::marry, Person::readdress, Person::travel];
        for (index, person) in edited {
            let edit = edits.get(index % 3);
            changes.extend(edit.map(|edit| Change::Edit(*person, *edit)));
        }
        Phase {
            changes,
            ..Phase::new("movers")
        }
    }

    /// Moves some people from their group to another one; those who are in all groups stay.
    pub(super) fn moves(&self, count: usize) -> Vec<Change> {
        let step = |person: &usize| {
            let (person, home) = (*person, self.home(*person));
            let from = *home.first()?;
            let to = (1..self.groups)
                .map(|step| (from + step) % self.groups)
                .find(|group| !home.contains(group))?;
            Some([
                Change::Place { person, group: to },
                Change::Withdraw {
                    person,
                    group: from,
                },
            ])
        };
        self.steady()
            .iter()
            .filter_map(step)
            .take(count)
            .flatten()
            .collect()
    }

    /// Every second leaver is deleted where the provider deletes at all.
    pub(super) fn leave(&self, name: &'static str, count: usize) -> Phase {
        let deletes = self.provider.deletes();
        let leave = |(index, person): (usize, &usize)| match index % 2 {
            1 if deletes => Change::Delete(*person),
            _ => Change::Suspend(*person),
        };
        Phase {
            changes: self.first(count).iter().enumerate().map(leave).collect(),
            ..Phase::new(name)
        }
    }

    /// The spellings of time zones that this provider may send.
    pub(super) fn spellings(&self) -> Vec<&'static Spelling> {
        let country = habits(self.provider).fields.contains(&Field::Country);
        let entra = matches!(self.provider, Provider::Entra | Provider::EntraOptscim);
        let sends = |spelling: &&Spelling| match spelling.sent_by {
            Senders::Everyone => true,
            Senders::WithCountry => country,
            Senders::WithEmptyValues => !entra,
        };
        SPELLINGS.iter().filter(sends).collect()
    }
}
