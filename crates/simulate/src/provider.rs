//! Which identity provider is played.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use crate::options::Error;

/// An identity provider, in one of the ways its administrators can set it up.
///
/// Each is *simulated from documentation*: the request shapes come from the vendors' pages and from
/// captured requests, none was compared with a live tenant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Provider {
    /// Okta, an application of the integration catalogue: profiles by PUT, `active` and groups by
    /// PATCH (OKTA-24).
    Okta,
    /// Okta, an application made with the App Integration Wizard: users and groups by PUT
    /// (OKTA-24).
    OktaWizard,
    /// Microsoft Entra ID, the default job: capitalised operations, `"False"` as text (ENTRA-26,
    /// ENTRA-29).
    Entra,
    /// Microsoft Entra ID with `?aadOptscim062020` on the tenant URL (ENTRA-59).
    EntraOptscim,
    /// OneLogin: template bodies by PUT, one member per PATCH, bare `?` at the end of the URL
    /// (OL-09, OL-12).
    #[serde(rename = "onelogin")]
    OneLogin,
}

impl Provider {
    /// Every provider, in the order of their names.
    pub const ALL: [Self; 5] = [
        Self::Entra,
        Self::EntraOptscim,
        Self::Okta,
        Self::OktaWizard,
        Self::OneLogin,
    ];

    /// Returns the name on the command line and in JSON.
    ///
    /// ```
    /// use enroll_simulate::Provider;
    ///
    /// for provider in Provider::ALL {
    ///     assert_eq!(provider.name().parse(), Ok(provider));
    /// }
    /// ```
    pub fn name(self) -> &'static str {
        match self {
            Self::Okta => "okta",
            Self::OktaWizard => "okta-wizard",
            Self::Entra => "entra",
            Self::EntraOptscim => "entra-optscim",
            Self::OneLogin => "onelogin",
        }
    }

    /// Returns the made-up company whose directory this provider holds: no two share a person.
    pub(crate) fn company(self) -> &'static str {
        match self {
            Self::Okta => "fjord",
            Self::OktaWizard => "skerry",
            Self::Entra => "lumen",
            Self::EntraOptscim => "lantern",
            Self::OneLogin => "delta",
        }
    }
}

impl fmt::Display for Provider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Provider {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        Self::ALL
            .into_iter()
            .find(|provider| provider.name().eq_ignore_ascii_case(text.trim()))
            .ok_or_else(|| Error::Provider(text.to_owned()))
    }
}
