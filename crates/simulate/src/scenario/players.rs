//! What a provider must be able to do for a scenario to make sense.

use super::Scenario;
use crate::{
    dialect::{self, Habits, Members},
    field::Field,
    options::{Error, Options},
    provider::Provider,
};

/// Something that a scenario asks of a provider, and what is said of those who cannot.
#[derive(Debug)]
pub(super) struct Rule {
    fulfilled: Fulfilled,
    why_not: &'static str,
}

#[derive(Debug)]
enum Fulfilled {
    /// By how it behaves.
    By(fn(Habits) -> bool),
    /// By all but these.
    Except(&'static [Provider]),
    /// By these alone.
    Only(&'static [Provider]),
}

pub(super) const GROUPS: Rule = Rule {
    fulfilled: Fulfilled::By(|habits| habits.members != Members::Never),
    why_not: "it pushes no groups",
};

/// OneLogin's documentation knows no request that renames or deletes a group.
pub(super) const GROUP_LIFE: Rule = Rule {
    fulfilled: Fulfilled::Except(&[Provider::OneLogin]),
    why_not: "it creates and lists groups and changes their members, nothing else (OL-11, OL-12)",
};

pub(super) const NAMES: Rule = Rule {
    fulfilled: Fulfilled::By(|habits| habits.fields.contains(&Field::ExternalId)),
    why_not: "it sends no externalId by which a member could be named",
};

pub(super) const ZONES: Rule = Rule {
    fulfilled: Fulfilled::By(|habits| habits.fields.contains(&Field::TimeZone)),
    why_not: "it sends no time zone",
};

/// A whole list is the truth of the moment in which it was made: of two in flight, one is wrong.
pub(super) const SINGLE_MEMBERS: Rule = Rule {
    fulfilled: Fulfilled::Except(&[Provider::Keycloak, Provider::OktaWizard]),
    why_not: "it sends the whole list of members, and the last list is the one that counts",
};

/// An approval: OneLogin's "Pending"; Okta, a member of a pushed group who is not assigned to the
/// application; Entra, somebody outside the scoping filter. Leavers: OneLogin's "Do
/// nothing"; Okta, "Deactivate Users" not ticked; Entra, "Delete" not ticked under target object
/// actions. Of the others no such setting is documented.
pub(super) const SETTING: Rule = Rule {
    fulfilled: Fulfilled::Only(&[
        Provider::Entra,
        Provider::EntraOptscim,
        Provider::Okta,
        Provider::OktaWizard,
        Provider::OneLogin,
    ]),
    why_not: "no such setting of it is documented",
};

impl Rule {
    fn admits(&self, provider: Provider) -> bool {
        match &self.fulfilled {
            Fulfilled::By(condition) => condition(habits(provider)),
            Fulfilled::Except(others) => !others.contains(&provider),
            Fulfilled::Only(these) => these.contains(&provider),
        }
    }
}

/// As its administrator usually sets it up.
pub(super) fn habits(provider: Provider) -> Habits {
    dialect::of(provider, &Options::new("", "")).habits()
}

impl Scenario {
    /// Lists the providers for whom the scenario makes sense.
    pub fn players(self) -> impl Iterator<Item = Provider> {
        Provider::ALL
            .into_iter()
            .filter(move |provider| self.obstacle(*provider).is_none())
    }

    /// Checks that the scenario makes sense for `provider`.
    ///
    /// # Errors
    /// [`Error::NotPlayed`] with the reason, and with those who can.
    pub(crate) fn check(self, provider: Provider) -> Result<(), Error> {
        match self.obstacle(provider) {
            None => Ok(()),
            Some(why) => Err(Error::NotPlayed {
                scenario: self,
                provider,
                why,
            }),
        }
    }

    /// Returns whether the server hears of groups in this scenario.
    pub(crate) fn pushes_groups(self, provider: Provider) -> bool {
        self != Self::ForgotGroupsBox && GROUPS.admits(provider)
    }

    fn obstacle(self, provider: Provider) -> Option<&'static str> {
        let rules = self.row().rules.iter();
        rules
            .copied()
            .find(|rule| !rule.admits(provider))
            .map(|rule| rule.why_not)
    }
}
