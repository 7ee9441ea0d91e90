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
    /// `JumpCloud`: a test user and a test group first, one operation per attribute, one member per
    /// PATCH, nobody deleted (JC-01 to JC-05).
    #[serde(rename = "jumpcloud")]
    JumpCloud,
    /// Google Workspace: people without addresses, no groups at all (GW-01 to GW-04).
    Google,
    /// Ping Identity: `PingOne` with two primary addresses or `PingFederate`, by PUT or PATCH, found by
    /// `userName` or by an address (PING-01 to PING-07).
    Ping,
    /// authentik: reads `ServiceProviderConfig` and all that is there, then writes without reading
    /// (AK-01 to AK-07).
    Authentik,
    /// rauthy: found by `externalId` first, memberships decided by the user's `groups` (RY-01 to
    /// RY-04).
    Rauthy,
    /// Keycloak with one of its SCIM plugins: whole lists of members, booleans as text (KC-01 to
    /// KC-04).
    Keycloak,
}

/// How the people of a directory sign in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Naming {
    /// By their address, or by another name of that form.
    Free,
    /// By their address: who changes one changes the other.
    Mail,
    /// By a plain name.
    Plain,
}

impl Provider {
    /// Every provider, in the order of their names.
    pub const ALL: [Self; 11] = [
        Self::Authentik,
        Self::Entra,
        Self::EntraOptscim,
        Self::Google,
        Self::JumpCloud,
        Self::Keycloak,
        Self::Okta,
        Self::OktaWizard,
        Self::OneLogin,
        Self::Ping,
        Self::Rauthy,
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
            Self::JumpCloud => "jumpcloud",
            Self::Google => "google",
            Self::Ping => "ping",
            Self::Authentik => "authentik",
            Self::Rauthy => "rauthy",
            Self::Keycloak => "keycloak",
        }
    }

    /// Returns whether people who leave may be deleted at the server: Okta only deactivates
    /// (OKTA-25), and so does `JumpCloud`, which deletes but its test user (JC-01, JC-02).
    pub(crate) fn deletes(self) -> bool {
        !matches!(self, Self::Okta | Self::OktaWizard | Self::JumpCloud)
    }

    /// Returns how people sign in.
    pub(crate) fn naming(self) -> Naming {
        match self {
            Self::Okta
            | Self::OktaWizard
            | Self::Entra
            | Self::EntraOptscim
            | Self::OneLogin
            | Self::JumpCloud
            | Self::Ping => Naming::Free,
            // GW-02, RY-02.
            Self::Google | Self::Rauthy => Naming::Mail,
            // AK-02, KC-01.
            Self::Authentik | Self::Keycloak => Naming::Plain,
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
            Self::JumpCloud => "tidal",
            Self::Google => "gulf",
            Self::Ping => "reef",
            Self::Authentik => "bay",
            Self::Rauthy => "strait",
            Self::Keycloak => "sound",
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
