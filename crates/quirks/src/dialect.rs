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
    /// Microsoft Entra, and Microsoft's SCIM validator.
    Entra,
    /// Okta.
    Okta,
    /// OneLogin.
    OneLogin,
    /// JumpCloud.
    JumpCloud,
    /// Google Workspace.
    Google,
    /// PingOne, PingFederate and PingDataSync.
    Ping,
    /// Rippling.
    Rippling,
    /// authentik.
    Authentik,
    /// rauthy.
    Rauthy,
    /// The SCIM plugins of Keycloak.
    Keycloak,
    /// WSO2 Identity Server.
    Wso2,
    /// SailPoint.
    SailPoint,
    /// Oracle Cloud Infrastructure.
    Oci,
    /// IBM Verify.
    IbmVerify,
    /// Another provider, set by hand: like `Auto`, but nothing is concluded from headers.
    Generic,
}

/// Every dialect with its name in configuration, the API and the log.
const NAMES: &[(Dialect, &str)] = &[
    (Dialect::Strict, "strict"),
    (Dialect::Auto, "auto"),
    (Dialect::Entra, "entra"),
    (Dialect::Okta, "okta"),
    (Dialect::OneLogin, "onelogin"),
    (Dialect::JumpCloud, "jumpcloud"),
    (Dialect::Google, "google"),
    (Dialect::Ping, "ping"),
    (Dialect::Rippling, "rippling"),
    (Dialect::Authentik, "authentik"),
    (Dialect::Rauthy, "rauthy"),
    (Dialect::Keycloak, "keycloak"),
    (Dialect::Wso2, "wso2"),
    (Dialect::SailPoint, "sailpoint"),
    (Dialect::Oci, "oci"),
    (Dialect::IbmVerify, "ibm-verify"),
    (Dialect::Generic, "generic"),
];

/// Other names people use for a dialect.
const ALIASES: &[(&str, Dialect)] = &[
    ("azure", Dialect::Entra),
    ("azure-ad", Dialect::Entra),
    ("entra-id", Dialect::Entra),
    ("microsoft", Dialect::Entra),
    ("ms-validator", Dialect::Entra),
    ("ibm", Dialect::IbmVerify),
    ("oracle", Dialect::Oci),
];

impl Dialect {
    /// Every dialect.
    pub const ALL: &[Self] = &[
        Self::Strict,
        Self::Auto,
        Self::Entra,
        Self::Okta,
        Self::OneLogin,
        Self::JumpCloud,
        Self::Google,
        Self::Ping,
        Self::Rippling,
        Self::Authentik,
        Self::Rauthy,
        Self::Keycloak,
        Self::Wso2,
        Self::SailPoint,
        Self::Oci,
        Self::IbmVerify,
        Self::Generic,
    ];

    /// Returns the name in configuration, the API and the log: `auto`, `entra` ….
    pub fn name(self) -> &'static str {
        NAMES
            .iter()
            .find(|(dialect, _)| *dialect == self)
            .map_or("generic", |(_, name)| name)
    }

    /// Finds a dialect by name or by another name people use, such as `azure`.
    pub fn named(name: &str) -> Option<Self> {
        let known = NAMES
            .iter()
            .find(|(_, known)| *known == name)
            .map(|(dialect, _)| *dialect);
        known.or_else(|| {
            ALIASES
                .iter()
                .find(|(known, _)| *known == name)
                .map(|(_, d)| *d)
        })
    }

    /// Concludes the provider from request headers where that is certain.
    ///
    /// Entra sends `Adscimversion` with every call (ENTRA-55), Okta names itself in `User-Agent`
    /// (OKTA-23). No other provider can be told by a header, so everything else is `None`.
    ///
    /// ```
    /// use enroll_quirks::Dialect;
    ///
    /// let header = |name: &str| (name == "user-agent").then_some("Okta SCIM Client 1.0.0");
    /// assert_eq!(Dialect::recognise(header), Some(Dialect::Okta));
    /// ```
    pub fn recognise<'a>(header: impl Fn(&str) -> Option<&'a str>) -> Option<Self> {
        let agent = header("user-agent").unwrap_or_default();
        let begins = |known: &&str| {
            agent
                .get(..known.len())
                .is_some_and(|start| start.eq_ignore_ascii_case(known))
        };
        match header("adscimversion") {
            Some(_) => Some(Self::Entra),
            None => OKTA_AGENTS.iter().any(begins).then_some(Self::Okta),
        }
    }

    /// Returns the provider that a `User-Agent` names, for a person to decide: anybody may name it.
    ///
    /// ```
    /// use enroll_quirks::Dialect;
    ///
    /// assert_eq!(Dialect::suggested("authentik@2026.10.1"), Some(Dialect::Authentik));
    /// assert_eq!(Dialect::suggested("Apache-HttpClient/4.5.14 (Java/21)"), None);
    /// ```
    pub fn suggested(agent: &str) -> Option<Self> {
        let words = agent.split(|c: char| !c.is_ascii_alphanumeric());
        let named = |word: &str| {
            let known = |(name, _): &&(&str, Self)| name.eq_ignore_ascii_case(word);
            AGENTS.iter().find(known).map(|(_, dialect)| *dialect)
        };
        let mut named = words.filter_map(named);
        let first = named.next()?;
        named.all(|next| next == first).then_some(first)
    }

    /// Returns what the dialect decides beyond rewriting requests.
    pub fn policy(self) -> Policy {
        let strict = self == Self::Strict;
        Policy {
            mode: if strict { Mode::Strict } else { Mode::Lenient },
            profile: if strict {
                Profile::Strict
            } else {
                Profile::Lenient
            },
            leniency: Leniency {
                replace_creates: self == Self::Entra,
                ignore_unknown: self == Self::Entra,
                any_format: !strict,
                refuse_unknown_links: strict,
            },
            unique_group_names: self == Self::Entra,
            members_always: true,
            group_patch_answers_body: false,
            empty_patch_is_no_op: !strict,
            manager_value_only: self == Self::Entra,
        }
    }
}

/// How Okta's client and Okta's own test suite begin their `User-Agent`.
const OKTA_AGENTS: &[&str] = &["Okta SCIM Client", "OKTA SCIM Integration"];

/// Words of a `User-Agent` that name a provider. authentik's client calls itself `authentik@…`; of
/// the others none is recorded, so a name is no more than a hint.
const AGENTS: &[(&str, Dialect)] = &[
    ("authentik", Dialect::Authentik),
    ("goauthentik", Dialect::Authentik),
    ("azure", Dialect::Entra),
    ("entra", Dialect::Entra),
    ("google", Dialect::Google),
    ("ibm", Dialect::IbmVerify),
    ("jumpcloud", Dialect::JumpCloud),
    ("keycloak", Dialect::Keycloak),
    ("okta", Dialect::Okta),
    ("onelogin", Dialect::OneLogin),
    ("oracle", Dialect::Oci),
    ("pingdatasync", Dialect::Ping),
    ("pingfederate", Dialect::Ping),
    ("pingidentity", Dialect::Ping),
    ("pingone", Dialect::Ping),
    ("rauthy", Dialect::Rauthy),
    ("rippling", Dialect::Rippling),
    ("sailpoint", Dialect::SailPoint),
    ("wso2", Dialect::Wso2),
];

/// What a dialect decides beyond rewriting requests; settled before anything is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is one independent row of the policy"
)]
pub struct Policy {
    /// How bodies are read.
    pub mode: Mode,
    /// How filters and paths are read.
    pub profile: Profile,
    /// How PATCH is compiled and applied (ENTRA-32, ENTRA-52).
    pub leniency: Leniency,
    /// Whether a second group of the same displayName is 409 (E-30, ENTRA-45).
    pub unique_group_names: bool,
    /// Whether a group without members answers `"members":[]` (AK-05).
    pub members_always: bool,
    /// Whether a group PATCH answers 200 with the group instead of 204 (ENTRA-46).
    pub group_patch_answers_body: bool,
    /// Whether a PATCH without operations succeeds and changes nothing (MSVAL-04).
    pub empty_patch_is_no_op: bool,
    /// Whether `manager` is answered as `{"value": …}` alone; another form makes Entra patch the
    /// manager again in every cycle (ENTRA-63).
    pub manager_value_only: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_dialect_has_one_name_and_is_found_by_it() {
        assert_eq!(NAMES.len(), Dialect::ALL.len());
        for dialect in Dialect::ALL {
            assert_eq!(
                Dialect::named(dialect.name()),
                Some(*dialect),
                "{dialect:?}"
            );
        }
        assert_eq!(Dialect::named("ms-validator"), Some(Dialect::Entra));
        assert_eq!(Dialect::named("Entra"), None);
    }

    #[test]
    fn only_certain_headers_are_believed() {
        let told = |pairs: &[(&str, &'static str)]| {
            let pairs = pairs.to_vec();
            Dialect::recognise(|name| pairs.iter().find(|(n, _)| *n == name).map(|(_, v)| *v))
        };
        assert_eq!(
            told(&[("adscimversion", "Date:2025-11-04")]),
            Some(Dialect::Entra)
        );
        assert_eq!(
            told(&[("user-agent", "okta scim client 1.0.0")]),
            Some(Dialect::Okta)
        );
        assert_eq!(
            told(&[("user-agent", "OKTA SCIM Integration")]),
            Some(Dialect::Okta)
        );
        assert_eq!(told(&[("user-agent", "My Okta")]), None);
        assert_eq!(told(&[("user-agent", "é")]), None);
        assert_eq!(told(&[]), None);
    }

    #[test]
    fn a_name_in_the_agent_only_suggests() {
        for (agent, wanted) in [
            ("JumpCloud-SCIM/1.0", Some(Dialect::JumpCloud)),
            ("My Okta", Some(Dialect::Okta)),
            ("Rauthy OIDC Client v0.30", Some(Dialect::Rauthy)),
            ("okta to google bridge", None),
            ("google google/2", Some(Dialect::Google)),
            ("googlebot", None),
            ("ping", None),
            ("é", None),
            ("", None),
        ] {
            assert_eq!(Dialect::suggested(agent), wanted, "{agent}");
        }
        for (name, dialect) in AGENTS {
            assert_eq!(Dialect::suggested(name), Some(*dialect), "{name}");
        }
    }

    #[test]
    fn strict_is_strict_and_entra_has_its_own_answers() {
        let strict = Dialect::Strict.policy();
        assert_eq!(strict.mode, Mode::Strict);
        assert!(strict.leniency.refuse_unknown_links && !strict.empty_patch_is_no_op);
        let entra = Dialect::Entra.policy();
        assert!(entra.unique_group_names && entra.leniency.replace_creates);
        assert!(entra.manager_value_only);
        let auto = Dialect::Auto.policy();
        assert!(!auto.unique_group_names && !auto.leniency.replace_creates);
        assert!(auto.leniency.any_format && !strict.leniency.any_format);
    }
}
