//! What a run needs to know, and what can be wrong with it.

use std::{fmt, time::Duration};

use crate::{
    faults::FAULTS_PERCENT_MAX,
    provider::Provider,
    scenario::Scenario,
    settings::{EntraSettings, OktaSettings, OneLoginSettings},
};

/// The most people one run may have.
pub const USERS_MAX: usize = 100_000;
/// The most groups one run may have.
pub const GROUPS_MAX: usize = 1_000;
/// How long one request is tried again while the server is away or busy, unless told otherwise.
pub const PATIENCE: Duration = Duration::from_mins(1);

/// Settings of a run: plain data, to be filled with a struct literal over [`Options::new`].
///
/// ```
/// use enroll_simulate::Options;
///
/// let options = Options { users: 200, groups: 5, ..Options::new("http://127.0.0.1:8080/scim/v2/x", "secret") };
/// assert_eq!(options.seed, 1);
/// assert!(!format!("{options:?}").contains("secret"), "the token is never printed");
/// ```
#[derive(Clone)]
pub struct Options {
    /// The SCIM base URL, `http` or `https`; `?aadOptscim062020` at its end selects that dialect
    /// when the provider is Entra (ENTRA-13).
    pub url: String,
    /// The bearer token.
    pub token: String,
    /// How many people there are, those who join late included.
    pub users: usize,
    /// How many groups there are.
    pub groups: usize,
    /// What happens to them.
    pub scenario: Scenario,
    /// Which people and groups: the same seed makes the same requests, two seeds share nobody.
    pub seed: u64,
    /// How long one request is tried again while the server is away or busy.
    pub patience: Duration,
    /// How the application is set up, when the provider is OneLogin.
    pub onelogin: OneLoginSettings,
    /// What the administrator does, when the provider is Entra.
    pub entra: EntraSettings,
    /// What the administrator does, when the provider is Okta.
    pub okta: OktaSettings,
    /// How many requests in a hundred go wrong on the way, as [`Faulty`](crate::Faulty) does it.
    pub faults: u8,
}

impl Options {
    /// Returns settings for the default run: 20 people, 3 groups, joiners, movers and leavers.
    pub fn new(url: impl Into<String>, token: impl Into<String>) -> Self {
        Self {
            url: url.into(),
            token: token.into(),
            users: 20,
            groups: 3,
            scenario: Scenario::JoinersMoversLeavers,
            seed: 1,
            patience: PATIENCE,
            onelogin: OneLoginSettings::default(),
            entra: EntraSettings::default(),
            okta: OktaSettings::default(),
            faults: 0,
        }
    }
}

impl fmt::Debug for Options {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Options")
            .field("url", &self.url)
            .field("users", &self.users)
            .field("groups", &self.groups)
            .field("scenario", &self.scenario)
            .field("seed", &self.seed)
            .field("patience", &self.patience)
            .field("onelogin", &self.onelogin)
            .field("entra", &self.entra)
            .field("okta", &self.okta)
            .field("faults", &self.faults)
            .finish_non_exhaustive()
    }
}

/// A reason why a run cannot be set up.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The name is no provider's.
    #[error("no provider is called {0:?}; there are {names}", names = names(&Provider::ALL.map(Provider::name)))]
    Provider(String),
    /// The name is no scenario's.
    #[error("no scenario is called {0:?}; there are {names}", names = names(&Scenario::ALL.map(Scenario::name)))]
    Scenario(String),
    /// The scenario makes no sense for this provider.
    #[error("{provider} does not play {scenario}: {why}; {players} can", players = names(&scenario.players().map(Provider::name).collect::<Vec<_>>()))]
    NotPlayed {
        /// The scenario.
        scenario: Scenario,
        /// The provider.
        provider: Provider,
        /// Why not, to follow a colon.
        why: &'static str,
    },
    /// The base URL cannot be used.
    #[error("the SCIM base URL {url:?} {why}")]
    Url {
        /// The URL as given.
        url: String,
        /// What is wrong with it, to follow the URL in a sentence.
        why: &'static str,
    },
    /// A setting has no such choice.
    #[error("no {what} is called {given:?}; there are {known}")]
    Choice {
        /// What is chosen.
        what: &'static str,
        /// The name as given.
        given: String,
        /// The names that there are.
        known: String,
    },
    /// The person to be provisioned on demand does not exist.
    #[error("the person provisioned on demand must be one of number 0 to {0}")]
    OnDemand(usize),
    /// So many faults that nothing might get through.
    #[error("faults must be from 0 to {FAULTS_PERCENT_MAX} in a hundred requests")]
    Faults,
    /// OneLogin's template cannot be used; the text follows "the template".
    #[error("the template {0}")]
    Template(String),
    /// The token cannot stand in a header.
    #[error("the token has characters that no header can carry")]
    Token,
    /// A number is out of range.
    #[error("{what} must be from 1 to {most}")]
    Range {
        /// What is counted.
        what: &'static str,
        /// The largest number allowed.
        most: usize,
    },
}

fn names(all: &[&'static str]) -> String {
    all.join(", ")
}

/// The base URL without its flag, ready to have paths appended, and the provider that the flag means.
pub(crate) fn base(url: &str, provider: Provider) -> Result<(String, Provider), Error> {
    let wrong = |why| Error::Url {
        url: url.to_owned(),
        why,
    };
    let (plain, query) = url.split_once('?').unwrap_or((url, ""));
    let provider = match (provider, query.trim_matches('&')) {
        (provider, "") => provider,
        (Provider::Entra | Provider::EntraOptscim, flag)
            if flag.eq_ignore_ascii_case("aadOptscim062020") =>
        {
            Provider::EntraOptscim
        }
        _ => {
            return Err(wrong(
                "has a query; only Entra knows one, ?aadOptscim062020",
            ));
        }
    };
    let parsed: http::Uri = plain.parse().map_err(|_| wrong("is no URL"))?;
    match parsed.scheme_str() {
        Some("http" | "https") => {}
        _ => return Err(wrong("must begin with http:// or https://")),
    }
    match parsed.authority() {
        Some(authority) if authority.as_str().contains('@') => {
            Err(wrong("carries a user name; the token goes beside it"))
        }
        Some(_) => Ok((plain.trim_end_matches('/').to_owned(), provider)),
        None => Err(wrong("names no host")),
    }
}

/// Checks the numbers and the token.
pub(crate) fn check(options: &Options) -> Result<(), Error> {
    if options.users == 0 || options.users > USERS_MAX {
        return Err(Error::Range {
            what: "users",
            most: USERS_MAX,
        });
    }
    if options.groups == 0 || options.groups > GROUPS_MAX {
        return Err(Error::Range {
            what: "groups",
            most: GROUPS_MAX,
        });
    }
    if options
        .entra
        .on_demand
        .is_some_and(|who| who >= options.users)
    {
        return Err(Error::OnDemand(options.users - 1));
    }
    if options.faults > FAULTS_PERCENT_MAX {
        return Err(Error::Faults);
    }
    let header = format!("Bearer {}", options.token);
    http::HeaderValue::from_str(&header)
        .map(|_| ())
        .map_err(|_| Error::Token)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check_base(url: &str, provider: Provider, wanted: Result<(&str, Provider), &str>) {
        let found = base(url, provider).map_err(|error| error.to_string());
        match wanted {
            Ok((url, provider)) => assert_eq!(found, Ok((url.to_owned(), provider))),
            Err(part) => assert!(found.clone().is_err_and(|e| e.contains(part)), "{found:?}"),
        }
    }

    #[test]
    fn the_base_url_loses_its_slash_and_its_flag() {
        use Provider::{Entra, EntraOptscim, Okta};
        let plain = "http://h:1/scim/v2";
        check_base(plain, Okta, Ok((plain, Okta)));
        check_base("http://h:1/scim/v2/", Okta, Ok((plain, Okta)));
        check_base(
            "http://h:1/scim/v2?aadOptscim062020",
            Entra,
            Ok((plain, EntraOptscim)),
        );
        check_base(
            "http://h:1/scim/v2/?aadoptscim062020&",
            Entra,
            Ok((plain, EntraOptscim)),
        );
        check_base(
            "http://h:1/scim/v2?aadOptscim062020",
            Okta,
            Err("has a query"),
        );
        check_base("http://h:1/scim/v2?x=1", Entra, Err("has a query"));
        check_base("ftp://h/scim", Okta, Err("must begin with"));
        check_base("/scim", Okta, Err("must begin with"));
        check_base("http://", Okta, Err("is no URL"));
        check_base("http://me:pw@h/scim", Okta, Err("carries a user name"));
    }
}
