//! What a provider's administrator has chosen, apart from the URL and the token.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use crate::{options::Error, template::Template};

/// How one OneLogin application is set up: plain data, the defaults are those that work.
///
/// ```
/// use enroll_simulate::{OnRemove, OneLoginSettings, Options, Template};
///
/// let template = r#"{"userName": "{$parameters.scimusername}", "emails": [{"value": "{$user.email}"}]}"#;
/// let onelogin = OneLoginSettings {
///     template: Some(template.parse()?),
///     on_remove: Some(OnRemove::Delete),
///     ..OneLoginSettings::default()
/// };
/// let options = Options { onelogin, ..Options::new("http://127.0.0.1:8080/scim/v2/x", "secret") };
/// # let _ = options;
/// # Ok::<(), enroll_simulate::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct OneLoginSettings {
    /// The field "SCIM JSON Template" (OL-14); without one, the seed chooses a documented template.
    pub template: Option<Template>,
    /// The parameter "Groups" has "Include in User Provisioning"; without it no membership is ever
    /// sent (OL-15).
    pub groups_parameter: bool,
    /// What a leaver causes (OL-10); nothing given: those who are deleted are deleted, the others
    /// suspended.
    pub on_remove: Option<OnRemove>,
    /// Whether an administrator must approve before anything is sent about a person.
    pub approval: Approval,
}

impl Default for OneLoginSettings {
    fn default() -> Self {
        Self {
            template: None,
            groups_parameter: true,
            on_remove: None,
            approval: Approval::Off,
        }
    }
}

/// What an Entra administrator does beside letting the job run: plain data, by default nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct EntraSettings {
    /// The number of a person, from 0, who is provisioned on demand before the cycle that would
    /// have done it; the flag of the tenant URL is not honoured then (ENTRA-59).
    pub on_demand: Option<usize>,
    /// "Restart provisioning" when the story is over: the job forgets everything, and an initial
    /// cycle must find everybody and write nothing.
    pub restart: bool,
    /// A cycle in which most calls fail puts the job in quarantine instead of ending the run: it
    /// tries again once in 36 cycles, and is disabled after 28 tries (ENTRA-65).
    pub quarantine: bool,
}

/// What an Okta administrator does beside assigning people: plain data, by default nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct OktaSettings {
    /// "Push now" for every group when the story is over: all members at once (OKTA-18, OKTA-19).
    pub push_now: bool,
    /// The last group is unlinked and deleted at the server when the story is over (OKTA-21).
    pub unlink: bool,
    /// Everybody is imported at the end, page by page, and compared (OKTA-05, OKTA-30).
    pub import: bool,
}

/// OneLogin's "when users are deleted, or the user's app access is removed".
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum OnRemove {
    /// `active` becomes false (OL-09).
    Suspend,
    /// The user is deleted (OL-10).
    Delete,
    /// No request at all: the leaver stays, and the server cannot know.
    Nothing,
}

/// OneLogin's "require admin approval before this action is performed".
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Approval {
    /// Nothing waits.
    #[default]
    Off,
    /// Everything about people waits as "Pending", and nobody ever approves.
    On,
    /// Everything about people waits, and is approved at once when the story is over.
    Late,
}

impl OnRemove {
    /// Every choice.
    pub const ALL: [Self; 3] = [Self::Suspend, Self::Delete, Self::Nothing];

    /// Returns the name on the command line and in JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::Suspend => "suspend",
            Self::Delete => "delete",
            Self::Nothing => "nothing",
        }
    }
}

impl Approval {
    /// Every choice.
    pub const ALL: [Self; 3] = [Self::Off, Self::On, Self::Late];

    /// Returns the name on the command line and in JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::Off => "off",
            Self::On => "on",
            Self::Late => "late",
        }
    }
}

impl fmt::Display for OnRemove {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl fmt::Display for Approval {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for OnRemove {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        named(&Self::ALL, Self::name, "choice for leavers", text)
    }
}

impl FromStr for Approval {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        named(&Self::ALL, Self::name, "choice for approval", text)
    }
}

fn named<T: Copy>(
    all: &[T],
    name: fn(T) -> &'static str,
    what: &'static str,
    text: &str,
) -> Result<T, Error> {
    let is_it = |one: &T| name(*one).eq_ignore_ascii_case(text.trim());
    all.iter()
        .copied()
        .find(is_it)
        .ok_or_else(|| Error::Choice {
            what,
            given: text.to_owned(),
            known: all
                .iter()
                .map(|one| name(*one))
                .collect::<Vec<_>>()
                .join(", "),
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn choices_are_read_by_their_names_and_others_are_told() {
        for choice in OnRemove::ALL {
            assert_eq!(choice.name().to_uppercase().parse(), Ok(choice));
        }
        for choice in Approval::ALL {
            assert_eq!(choice.to_string().parse(), Ok(choice));
        }
        assert_eq!(
            "keep"
                .parse::<OnRemove>()
                .map_err(|error| error.to_string()),
            Err(
                r#"no choice for leavers is called "keep"; there are suspend, delete, nothing"#
                    .to_owned()
            )
        );
    }
}
