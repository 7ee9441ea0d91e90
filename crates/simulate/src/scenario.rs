//! What happens in the company, in which order.

mod cast;
mod players;
mod stories;
mod table;

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use crate::{directory::Change, options::Error};

pub(crate) use stories::phases;

/// A story that a provider's directory goes through.
///
/// ```
/// use enroll_simulate::{Provider, Scenario};
///
/// for scenario in Scenario::ALL {
///     assert_eq!(scenario.name().parse(), Ok(scenario));
///     println!("{:<24} {}", scenario.name(), scenario.about());
/// }
/// let none_left_out = Provider::ALL.len();
/// assert_eq!(Scenario::ReHire.players().count(), none_left_out);
/// assert!(Scenario::Concurrent.players().all(|provider| provider != Provider::OktaWizard));
/// ```
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
    /// Joiners, movers and leavers, but the box that makes the provider push groups is not ticked:
    /// the people are there, no group and no membership ever comes (S-50).
    ForgotGroupsBox,
    /// A fifth of the people waits for an approval in the provider, and half of them gets it: of the
    /// others the server never hears (S-51).
    Pending,
    /// A fifth of the people leaves, and the provider is set up to say nothing of it: they are left
    /// behind at the server, active.
    RemovedButNothing,
    /// Half of the groups get another name, while people move; some get the old name back (E-10).
    GroupRename,
    /// A group is deleted, and made again with the same name: another group, with other members
    /// (E-11).
    GroupDeleteAndReturn,
    /// A fifth of the people leaves, suspended or deleted, and is hired again (E-13, E-27).
    ReHire,
    /// A third of the people gets another address, another `userName`, or both (E-09, E-17).
    EmailAndUpn,
    /// Time zones come in all spellings: IANA, Windows names, what an expression makes of them, and
    /// junk, which must go through a server unharmed; and they change (E-05 to E-08).
    TimeZones,
    /// Two in three people are recruiters from outside, told by `userType`, by the domain of the
    /// address or by both; some are hired, some are lent (S-12, E-14, E-15).
    ExternalRecruiters,
    /// Groups come before the people, with members by `externalId`: all must be members once they
    /// are there (S-41, E-18).
    OutOfOrder,
    /// Everyone comes into one group and half of them goes, by many requests in flight at the same
    /// time: no member may be lost (OKTA-29).
    Concurrent,
}

impl Scenario {
    /// Every scenario, the default first.
    pub const ALL: [Self; 17] = [
        Self::JoinersMoversLeavers,
        Self::Joiners,
        Self::MoveGroup,
        Self::Reactivate,
        Self::Rename,
        Self::MassLeave,
        Self::ForgotGroupsBox,
        Self::Pending,
        Self::RemovedButNothing,
        Self::GroupRename,
        Self::GroupDeleteAndReturn,
        Self::ReHire,
        Self::EmailAndUpn,
        Self::TimeZones,
        Self::ExternalRecruiters,
        Self::OutOfOrder,
        Self::Concurrent,
    ];

    /// Returns the name on the command line and in JSON.
    pub fn name(self) -> &'static str {
        self.row().name
    }

    /// Returns what happens, as one line of help.
    pub fn about(self) -> &'static str {
        self.row().about
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
    pub(crate) way: Way,
}

/// How the provider brings the changes to the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Way {
    /// By a cycle: people first, one request at a time.
    Cycle,
    /// The groups overtake the people, who come with the next phase.
    GroupsFirst,
    /// By a cycle whose membership requests are in flight at the same time.
    AtOnce,
}

impl Phase {
    /// Returns a phase in which nothing changes, to be followed by a usual cycle.
    pub(crate) fn new(name: &'static str) -> Self {
        Self {
            name,
            changes: Vec::new(),
            way: Way::Cycle,
        }
    }
}
