//! What happens in the company, in which order.

use std::{fmt, str::FromStr};

use rand::seq::SliceRandom as _;
use serde::{Deserialize, Serialize};

use crate::{
    directory::{Change, Directory},
    options::Error,
    person::{Person, random},
    provider::Provider,
};

/// A story that a provider's directory goes through.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Scenario {
    /// People join and get groups; some change group, name, address or time zone; at most 4 %
    /// leave; some join late. Everyone active is in a group from the first placing on, also while
    /// moving.
    JoinersMoversLeavers,
    /// Everyone joins and gets a group.
    Joiners,
    /// A third of the people changes group.
    MoveGroup,
    /// Some are suspended (at most 4 %) and return.
    Reactivate,
    /// A fifth of the people gets another `userName`.
    Rename,
    /// Six in ten leave: what a removal guard is for.
    MassLeave,
}

impl Scenario {
    /// Every scenario, the default first.
    pub const ALL: [Self; 6] = [
        Self::JoinersMoversLeavers,
        Self::Joiners,
        Self::MoveGroup,
        Self::Reactivate,
        Self::Rename,
        Self::MassLeave,
    ];

    /// Returns the name on the command line and in JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::JoinersMoversLeavers => "joiners-movers-leavers",
            Self::Joiners => "joiners",
            Self::MoveGroup => "move-group",
            Self::Reactivate => "reactivate",
            Self::Rename => "rename",
            Self::MassLeave => "mass-leave",
        }
    }
}

impl fmt::Display for Scenario {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Scenario {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        Self::ALL
            .into_iter()
            .find(|scenario| scenario.name().eq_ignore_ascii_case(text.trim()))
            .ok_or_else(|| Error::Scenario(text.to_owned()))
    }
}

/// Changes that happen between two cycles of the provider.
#[derive(Clone, Debug)]
pub(crate) struct Phase {
    pub(crate) name: &'static str,
    pub(crate) changes: Vec<Change>,
}

/// The most people, in percent, who leave unless the scenario is about leaving.
const LEAVE_PERCENT: usize = 4;

/// Returns the phases of a scenario over a directory in which nobody has joined.
pub(crate) fn phases(
    scenario: Scenario,
    provider: Provider,
    seed: u64,
    directory: &Directory,
) -> Vec<Phase> {
    let cast = Cast::new(provider, seed, directory);
    let mut phases = vec![cast.join("joiners", cast.staff(scenario))];
    match scenario {
        Scenario::Joiners => {}
        Scenario::JoinersMoversLeavers => {
            phases.push(cast.movers());
            phases.push(cast.leave("leavers", share(cast.order.len(), LEAVE_PERCENT), provider));
            phases.push(cast.join("late joiners", cast.late()));
        }
        Scenario::MoveGroup => phases.push(Phase {
            name: "movers",
            changes: cast.moves(share(cast.order.len(), 33).max(1)),
        }),
        Scenario::Reactivate => {
            let away = cast.first(share(cast.order.len(), LEAVE_PERCENT).max(1));
            let each = |change: fn(usize) -> Change| away.iter().copied().map(change).collect();
            phases.push(Phase {
                name: "suspended",
                changes: each(Change::Suspend),
            });
            phases.push(Phase {
                name: "returned",
                changes: each(Change::Return),
            });
        }
        Scenario::Rename => {
            let renamed = cast.first(share(cast.order.len(), 20).max(1));
            let changes = renamed
                .iter()
                .map(|who| Change::Edit(*who, Person::rename))
                .collect();
            phases.push(Phase {
                name: "renamed",
                changes,
            });
        }
        Scenario::MassLeave => {
            phases.push(cast.leave("leavers", share(cast.order.len(), 60), provider));
        }
    }
    phases
}

/// Who plays which part: people in a shuffled order, leavers first, late joiners last.
struct Cast {
    order: Vec<usize>,
    groups: usize,
}

impl Cast {
    fn new(provider: Provider, seed: u64, directory: &Directory) -> Self {
        let mut order: Vec<usize> = (0..directory.people.len()).collect();
        // Below the groups' numbers and above the people's: a generator of its own.
        order.shuffle(&mut random(provider, seed, usize::MAX / 2));
        Self {
            order,
            groups: directory.groups.len(),
        }
    }

    fn first(&self, count: usize) -> &[usize] {
        self.order.get(..count).unwrap_or(&self.order)
    }

    /// One in ten joins late.
    fn late(&self) -> &[usize] {
        self.order
            .get(self.order.len() - share(self.order.len(), 10)..)
            .unwrap_or_default()
    }

    fn staff(&self, scenario: Scenario) -> &[usize] {
        match scenario {
            Scenario::JoinersMoversLeavers => self.first(self.order.len() - self.late().len()),
            _ => &self.order,
        }
    }

    /// The groups of a person: one, and for every seventh person the next one too.
    fn home(&self, person: usize) -> Vec<usize> {
        let first = person % self.groups;
        let second =
            (person.is_multiple_of(7) && self.groups > 1).then(|| (first + 1) % self.groups);
        [Some(first), second].into_iter().flatten().collect()
    }

    fn join(&self, name: &'static str, who: &[usize]) -> Phase {
        let mut who = who.to_vec();
        who.sort_unstable();
        let place = |person: usize| {
            let groups = self.home(person).into_iter();
            groups.map(move |group| Change::Place { person, group })
        };
        let each = |person: usize| std::iter::once(Change::Join(person)).chain(place(person));
        Phase {
            name,
            changes: who.into_iter().flat_map(each).collect(),
        }
    }

    /// Those who neither leave nor come late.
    fn steady(&self) -> &[usize] {
        let people = self.order.len();
        let from = share(people, LEAVE_PERCENT);
        self.order
            .get(from..people - self.late().len())
            .unwrap_or_default()
    }

    fn movers(&self) -> Phase {
        let part = share(self.order.len(), 15).max(1);
        let mut changes = self.moves(part);
        // Some of the movers change their names and zones too, and some others do.
        let edited = self.steady().iter().skip(part / 2).take(part).enumerate();
        let edits: [fn(&mut Person); 3] = [Person::marry, Person::readdress, Person::travel];
        for (index, person) in edited {
            changes.extend(
                edits
                    .get(index % 3)
                    .map(|edit| Change::Edit(*person, *edit)),
            );
        }
        Phase {
            name: "movers",
            changes,
        }
    }

    /// Moves some people from their group to another one; those who are in all groups stay.
    fn moves(&self, count: usize) -> Vec<Change> {
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

    /// Every second leaver is deleted where the provider deletes at all (Okta does not, OKTA-25).
    fn leave(&self, name: &'static str, count: usize, provider: Provider) -> Phase {
        let deletes = !matches!(provider, Provider::Okta | Provider::OktaWizard);
        let leave = |(index, person): (usize, &usize)| match index % 2 {
            1 if deletes => Change::Delete(*person),
            _ => Change::Suspend(*person),
        };
        Phase {
            name,
            changes: self.first(count).iter().enumerate().map(leave).collect(),
        }
    }
}

fn share(people: usize, percent: usize) -> usize {
    people * percent / 100
}
