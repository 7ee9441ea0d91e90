//! Which account of the application a person without one may be: unknown is not empty (E-16).

use std::collections::BTreeMap;

use super::{Current, REFUSAL_MILLIS, person::Scope};
use crate::{
    AccountId, Code, Collision, Link, NameRole, Person, Reason, Ruling, Seen, WaitKey, name_key,
};

/// What the application's accounts have to do with a person who has none.
#[derive(Debug)]
pub(super) enum Match<'a> {
    /// Nothing.
    None,
    /// Exactly one fits.
    One(Proposal<'a>),
    /// It cannot be told, or the account is another person's.
    Stuck(Reason),
}

/// A link to be approved.
#[derive(Debug)]
pub(super) struct Proposal<'a> {
    /// The account.
    pub(super) app_ref: &'a AccountId,
    /// How it matched.
    pub(super) how: String,
    /// Who asked for it, if somebody did.
    pub(super) said: Option<&'a Link>,
    /// What is known of the account.
    pub(super) seen: Option<&'a Seen>,
}

/// Compares a person with accounts that nobody manages: by what somebody said, else by the
/// provider's id, the userName and the work address; all of them must mean one account.
pub(super) fn find<'a>(person: &Person, scope: &Scope<'a>) -> Match<'a> {
    let current = scope.current;
    let ruling = current.rulings.get(&person.subject());
    if let Some(said) = ruling.and_then(|ruling| ruling.link.as_ref()) {
        return one(
            &said.app_ref,
            "by hand".to_owned(),
            Some(said),
            person,
            scope,
        );
    }
    let mut found = named(person, scope);
    if let Some(collision) = ruling.and_then(|ruling| stands(ruling, person, scope)) {
        let how = || "the application answered that it has it".to_owned();
        found.entry(&collision.app_ref).or_insert_with(how);
    }
    let mut found = found.into_iter();
    match (found.next(), found.next()) {
        (None, _) => Match::None,
        (Some((app_ref, how)), None) => one(app_ref, how, None, person, scope),
        (Some((first, how)), Some((second, other))) => {
            let detail = format!("account {first} by {how}, account {second} by {other}");
            Match::Stuck(Reason::new(Code::AmbiguousMatch, detail))
        }
    }
}

/// Lists the accounts that nobody manages and that have one of the person's names.
fn named<'a>(person: &Person, scope: &Scope<'a>) -> BTreeMap<&'a AccountId, String> {
    let external = person.external_id.as_deref();
    let asked = [
        ("externalId", external.map(str::to_owned), external),
        (
            "userName",
            Some(name_key(&person.user_name)),
            Some(person.user_name.as_str()),
        ),
        (
            "work address",
            person.email.as_deref().map(name_key),
            person.email.as_deref(),
        ),
    ];
    let mut found = BTreeMap::new();
    for (what, key, sent) in asked {
        let (Some(key), Some(sent)) = (key, sent) else {
            continue;
        };
        let wants_external = what == "externalId";
        let fits = scope.current.holders.iter().filter(|holder| {
            let is_external = holder.role == NameRole::External;
            holder.subject.is_none() && holder.key == key && is_external == wants_external
        });
        for holder in fits {
            let how = || format!("{what} {sent}{}", remark(sent, wants_external, scope));
            found.entry(&holder.app_ref).or_insert_with(how);
        }
    }
    found
}

/// Says when an address is outside the tenant's own domains.
fn remark(sent: &str, is_external: bool, scope: &Scope<'_>) -> String {
    let domains = &scope.context.policy.guards.domains;
    let foreign = sent.rsplit_once('@').filter(|(_, domain)| {
        let own = |own: &String| own.trim().eq_ignore_ascii_case(domain);
        !domains.is_empty() && !domains.iter().any(own)
    });
    match foreign.filter(|_| !is_external) {
        Some((_, domain)) => format!(" ({domain} is not among guards.domains)"),
        None => String::new(),
    }
}

/// Returns the collision while it is about the names the person has, and nothing newer is known.
fn stands<'a>(ruling: &'a Ruling, person: &Person, scope: &Scope<'_>) -> Option<&'a Collision> {
    let collision = ruling.collision.as_ref()?;
    let upn_login = scope.context.policy.upn_login;
    let login = Some(&person.user_name).filter(|name| upn_login && !name.is_empty());
    let same = collision.email == person.email && collision.login.as_ref() == login;
    let seen = scope.current.seen.get(&collision.app_ref);
    let is_over = match seen {
        Some(Seen { tie: Some(_), .. }) => {
            let since = scope
                .now
                .as_millis()
                .saturating_sub(collision.at.as_millis());
            since >= REFUSAL_MILLIS
        }
        Some(Seen {
            reported: Some(reported),
            ..
        }) => reported.at > collision.at,
        _ => false,
    };
    (same && !is_over).then_some(collision)
}

/// Proposes an account unless it is another person's.
fn one<'a>(
    app_ref: &'a AccountId,
    how: String,
    said: Option<&'a Link>,
    person: &Person,
    scope: &Scope<'a>,
) -> Match<'a> {
    let seen = scope.current.seen.get(app_ref);
    match seen.and_then(|seen| seen.tie.as_ref()) {
        Some(owner) if owner.integration != person.integration => {
            let detail = format!("account {app_ref} of integration {}", owner.integration);
            Match::Stuck(Reason::new(Code::ClaimedByOther, detail))
        }
        Some(owner) => {
            let detail = format!("account {app_ref} is {owner}'s");
            Match::Stuck(Reason::new(Code::EmailTaken, detail))
        }
        None => Match::One(Proposal {
            app_ref,
            how,
            said,
            seen,
        }),
    }
}

/// Names whatever makes a link to this account more than a routine: an administrator's rights, or
/// the list of protected accounts.
pub(super) fn risk(proposal: &Proposal<'_>, scope: &Scope<'_>) -> Option<&'static str> {
    let seen = proposal.seen?;
    let is_admin = seen.reported.as_ref().is_some_and(|one| one.is_admin);
    let groups = seen
        .profile
        .iter()
        .flat_map(|profile| &profile.access_groups);
    let privileged = super::guard::privileged(scope.context);
    let listed = &scope.context.policy.guards.protected;
    let names = seen.profile.iter().flat_map(|one| [&one.email, &one.login]);
    let mut names = names.flatten().map(|name| name_key(name));
    if is_admin || groups.into_iter().any(|group| privileged.contains(group)) {
        Some("an administrator's account")
    } else if listed
        .iter()
        .any(|entry| entry == proposal.app_ref.as_str())
        || names.any(|name| listed.iter().any(|entry| name_key(entry) == name))
    {
        Some("a protected account")
    } else {
        None
    }
}

/// Returns what a stuck match waits for: one of the person's names becomes free.
pub(super) fn waits(person: &Person) -> Vec<WaitKey> {
    let names = person.email.iter().chain([&person.user_name]);
    names.map(|name| WaitKey::Name(name_key(name))).collect()
}

impl Current {
    /// Lists the accounts that must be looked at before people are tied to them.
    pub(crate) fn asked_for(&self) -> Vec<AccountId> {
        let loose = self
            .holders
            .iter()
            .filter(|holder| holder.subject.is_none());
        let said = self.rulings.values();
        let said = said.flat_map(|ruling| {
            let link = ruling.link.as_ref().map(|link| &link.app_ref);
            let collision = ruling.collision.as_ref().map(|one| &one.app_ref);
            link.into_iter().chain(collision)
        });
        let all = loose.map(|holder| &holder.app_ref).chain(said).cloned();
        all.collect::<std::collections::BTreeSet<_>>()
            .into_iter()
            .collect()
    }
}
