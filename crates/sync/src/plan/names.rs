//! Which names are free: addresses and logins of accounts, names of access groups.

use std::collections::{BTreeMap, BTreeSet};

use enroll_schema::{Timestamp, fold};

use super::heir::Heir;
use crate::{AccessGroup, AccountId, Code, Holder, NameRole, Reason, Subject, name_key};

/// The names in use, and those that this plan gives out.
#[derive(Debug)]
pub(super) struct Names<'a> {
    held: BTreeMap<&'a str, Vec<&'a Holder>>,
    given: BTreeMap<String, Subject>,
    inherited: BTreeSet<Subject>,
    linked: BTreeMap<AccountId, Subject>,
    now: Timestamp,
}

impl<'a> Names<'a> {
    pub(super) fn new(holders: &'a [Holder], now: Timestamp) -> Self {
        let mut held: BTreeMap<&str, Vec<&Holder>> = BTreeMap::new();
        let named = holders.iter().filter(|one| one.role != NameRole::External);
        for holder in named {
            held.entry(&holder.key).or_default().push(holder);
        }
        for holders in held.values_mut() {
            holders.sort_unstable();
        }
        Self {
            held,
            given: BTreeMap::new(),
            inherited: BTreeSet::new(),
            linked: BTreeMap::new(),
            now,
        }
    }

    /// Returns why `person` with account `own` cannot have `text` as `role`, if it cannot (E-09,
    /// E-17, S-27).
    pub(super) fn refuse(
        &self,
        text: &str,
        role: NameRole,
        person: &Subject,
        own: Option<&AccountId>,
    ) -> Option<Reason> {
        let key = name_key(text);
        let alive = |holder: &&&Holder| holder.until.is_none_or(|until| until > self.now);
        let other = |holder: &&&Holder| Some(&holder.app_ref) != own;
        let holder = self.held.get(key.as_str());
        let holder = holder.and_then(|all| all.iter().filter(alive).find(other));
        if let Some(holder) = holder {
            return Some(refusal(text, role, person, holder));
        }
        let rival = self.given.get(&key).filter(|rival| *rival != person)?;
        let code = if role == NameRole::Email {
            Code::EmailTaken
        } else {
            Code::LoginAmbiguous
        };
        Some(Reason::new(code, format!("{text} goes to {rival}")))
    }

    /// Gives the account of somebody deleted to one person of this plan only: providers send an
    /// externalId twice, and two people in one account would see each other's data (E-27).
    pub(super) fn inherit<'h>(&mut self, heir: Heir<'h>) -> Heir<'h> {
        match heir.shadow() {
            Some(shadow) if !self.inherited.insert(shadow.subject.clone()) => Heir::None,
            _ => heir,
        }
    }

    /// Proposes an account to one person of this plan only; returns who has it already (E-16).
    pub(super) fn link(&mut self, account: &AccountId, person: &Subject) -> Option<Subject> {
        let first = self.linked.entry(account.clone());
        let first = first.or_insert_with(|| person.clone());
        (*first != *person).then(|| first.clone())
    }

    /// Notes that `person` gets `text`.
    pub(super) fn give(&mut self, text: &str, person: &Subject) {
        self.given
            .entry(name_key(text))
            .or_insert_with(|| person.clone());
    }
}

fn refusal(text: &str, role: NameRole, person: &Subject, holder: &Holder) -> Reason {
    let app_ref = &holder.app_ref;
    let owner = holder.subject.as_ref().map(|subject| &subject.integration);
    match (role, holder.role, owner) {
        (NameRole::Email, NameRole::Email, Some(owner)) if *owner != person.integration => {
            let detail = format!("{text} belongs to account {app_ref} of integration {owner}");
            Reason::new(Code::ClaimedByOther, detail)
        }
        (NameRole::Email, NameRole::Email, Some(_)) => Reason::new(
            Code::EmailTaken,
            format!("{text} belongs to account {app_ref}"),
        ),
        (NameRole::Email, NameRole::Email, None) => {
            let detail = format!("{text} belongs to account {app_ref}, which nobody manages here");
            Reason::new(Code::EmailTaken, detail)
        }
        (_, NameRole::Former, _) => {
            let detail = format!("{text} was the login of account {app_ref} until a while ago");
            Reason::new(Code::LoginAmbiguous, detail)
        }
        (_, other, _) => {
            let detail = format!("{text} is the {} of account {app_ref}", other.as_str());
            Reason::new(Code::LoginAmbiguous, detail)
        }
    }
}

/// The names of access groups in use, folded.
#[derive(Debug)]
pub(super) struct GroupNames {
    taken: BTreeMap<String, Option<crate::AccessGroupId>>,
}

impl GroupNames {
    pub(super) fn new(groups: &[AccessGroup]) -> Self {
        let taken = groups
            .iter()
            .map(|group| {
                (
                    fold::caseless(group.name.trim()),
                    Some(group.group_ref.clone()),
                )
            })
            .collect();
        Self { taken }
    }

    /// Tells whether an access group other than `own` has the name.
    pub(super) fn is_taken(&self, name: &str, own: Option<&crate::AccessGroupId>) -> bool {
        let holder = self.taken.get(&fold::caseless(name.trim()));
        holder.is_some_and(|holder| holder.is_none() || holder.as_ref() != own)
    }

    /// Returns `name`, or what E-30 makes of it when it is taken: `name (integration)`, then `name
    /// (integration) 2` ….
    pub(super) fn free(&self, name: &str, integration: &str) -> String {
        if !self.is_taken(name, None) {
            return name.to_owned();
        }
        let longer = format!("{name} ({integration})");
        let numbered = (2_u32..).map(|number| format!("{longer} {number}"));
        let mut tried = std::iter::once(longer.clone()).chain(numbered);
        tried
            .find(|name| !self.is_taken(name, None))
            .unwrap_or(longer)
    }

    /// Notes that a group of this plan gets the name.
    pub(super) fn give(&mut self, name: &str) {
        self.taken
            .entry(fold::caseless(name.trim()))
            .or_insert(None);
    }
}
