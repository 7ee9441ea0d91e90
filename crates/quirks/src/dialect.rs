//! Which provider speaks, and what that alone decides.

use enroll_filter::{Profile, patch::Leniency};
use enroll_schema::Mode;

/// The provider of an integration.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Dialect {
    /// The RFC to the letter: no quirk at all.
    Strict,
    /// Unknown: only what has one sensible reading.
    Auto,
    /// Microsoft Entra.
    Entra,
    /// Okta.
    Okta,
    /// OneLogin.
    OneLogin,
    /// JumpCloud.
    JumpCloud,
    /// Another provider, set by hand: like `Auto`.
    Generic,
}

impl Dialect {
    /// Returns the name in configuration, the API and the log: `auto`, `entra` ….
    pub fn name(self) -> &'static str {
        match self {
            Self::Strict => "strict",
            Self::Auto => "auto",
            Self::Entra => "entra",
            Self::Okta => "okta",
            Self::OneLogin => "onelogin",
            Self::JumpCloud => "jumpcloud",
            Self::Generic => "generic",
        }
    }

    /// Every dialect.
    pub const ALL: &[Self] =
        &[Self::Strict, Self::Auto, Self::Entra, Self::Okta, Self::OneLogin, Self::JumpCloud, Self::Generic];

    /// Finds a dialect by name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|dialect| dialect.name() == name)
    }

    /// Returns what the dialect decides beyond rewriting requests.
    pub fn policy(self) -> Policy {
        let strict = self == Self::Strict;
        Policy {
            mode: if strict { Mode::Strict } else { Mode::Lenient },
            profile: if strict { Profile::Strict } else { Profile::Lenient },
            leniency: Leniency {
                replace_creates: self == Self::Entra,
                ignore_unknown: !strict,
                refuse_unknown_links: strict,
            },
            unique_group_names: self == Self::Entra,
            members_always: true,
            group_patch_answers_body: false,
        }
    }
}

/// What a dialect decides beyond rewriting requests; settled before anything is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Policy {
    /// How bodies are read.
    pub mode: Mode,
    /// How filters and paths are read.
    pub profile: Profile,
    /// How PATCH is compiled and applied.
    pub leniency: Leniency,
    /// Whether a second group of the same displayName is 409 (E-30).
    pub unique_group_names: bool,
    /// Whether a group without members answers `"members":[]`.
    pub members_always: bool,
    /// Whether a group PATCH answers 200 with the group instead of 204.
    pub group_patch_answers_body: bool,
}
