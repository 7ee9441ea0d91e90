//! The built-in sink of one tenant: accounts and access groups beside the ledger.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    super::{AccountFilter, Answer},
    tenant::Tenant,
};
use crate::{
    AccessGroup, AccessGroupId, Account, AccountId, Found, GroupShadow, Holder, Item, NameRole,
    Profile, SubjectKind, answer, answer_group, name_key,
};

impl Tenant {
    /// The built-in sink.
    pub(super) fn apply(&mut self, item: &Item) -> Answer {
        if item.subject.kind == SubjectKind::Group {
            let named = item.group.as_ref().and_then(|wish| wish.group_ref.clone());
            let fresh = named.unwrap_or_else(|| self.fresh_group());
            let named = item.group.as_ref().and_then(|wish| wish.group_ref.as_ref());
            let known = self.access_groups();
            let before = named.and_then(|id| known.iter().find(|group| group.group_ref == *id));
            let (outcome, group) = answer_group(item, before, fresh);
            self.groups
                .extend(group.map(|group| (group.group_ref.clone(), group)));
            return Answer::Group(outcome);
        }
        let fresh = item.app_ref.clone().unwrap_or_else(|| self.fresh_account());
        let found = Found {
            account: item.app_ref.as_ref().and_then(|id| self.accounts.get(id)),
            rival: self.rival(item),
            unknown_group: self.unknown_group(item),
            fresh,
        };
        let (outcome, account) = answer(item, found);
        self.accounts
            .extend(account.map(|account| (account.app_ref, account.profile)));
        Answer::Account(outcome)
    }

    fn fresh_account(&mut self) -> AccountId {
        loop {
            self.made[0] += 1;
            let id = AccountId::new(format!("u_{}", self.made[0]));
            if !self.accounts.contains_key(&id) {
                return id;
            }
        }
    }

    fn fresh_group(&mut self) -> AccessGroupId {
        loop {
            self.made[1] += 1;
            let id = AccessGroupId::new(format!("g_{}", self.made[1]));
            if !self.groups.contains_key(&id) {
                return id;
            }
        }
    }

    fn rival(&self, item: &Item) -> Option<AccountId> {
        let profile = item.account.as_ref()?;
        let names = [&profile.email, &profile.login].into_iter().flatten();
        let wanted: BTreeSet<_> = names.map(|name| name_key(name)).collect();
        let others = self
            .accounts
            .iter()
            .filter(|(id, _)| Some(*id) != item.app_ref.as_ref());
        let mut named = others.filter(|(id, profile)| {
            loose_names(id, profile)
                .iter()
                .any(|holder| wanted.contains(&holder.key))
        });
        named.next().map(|(id, _)| id.clone())
    }

    fn unknown_group(&self, item: &Item) -> Option<AccessGroupId> {
        let known = self.access_groups();
        let wanted = item
            .account
            .iter()
            .flat_map(|profile| &profile.access_groups);
        let unknown = |id: &&AccessGroupId| !known.iter().any(|group| group.group_ref == **id);
        wanted.into_iter().find(unknown).cloned()
    }

    pub(super) fn account(&self, id: &AccountId) -> Option<Account> {
        let tied = || {
            let mut shadows = self.shadows.values();
            shadows.rfind(|shadow| shadow.app_ref == *id)
        };
        let own = self.accounts.get(id);
        let profile = own.or_else(|| tied().map(|shadow| &shadow.base))?;
        Some(Account {
            app_ref: id.clone(),
            profile: profile.clone(),
        })
    }

    pub(super) fn list(&self, filter: &AccountFilter) -> Vec<Account> {
        let tied = self
            .shadows
            .values()
            .map(|shadow| (&shadow.app_ref, &shadow.base));
        let reported = self.reported.values();
        let reported = reported.map(|one| (&one.app_ref, &one.profile));
        let mut all: BTreeMap<&AccountId, &Profile> = reported.chain(tied).collect();
        all.extend(&self.accounts);
        let wanted = |(app_ref, profile): &(&AccountId, &Profile)| {
            filter.after.as_ref().is_none_or(|after| *app_ref > after)
                && filter.active.is_none_or(|active| profile.active == active)
        };
        let most = usize::try_from(filter.most).unwrap_or(usize::MAX);
        let found = all.into_iter().filter(wanted).take(most);
        found
            .map(|(app_ref, profile)| Account {
                app_ref: app_ref.clone(),
                profile: profile.clone(),
            })
            .collect()
    }

    /// What the built-in sink holds, the catalogue, and what was made elsewhere; by id.
    pub(super) fn access_groups(&self) -> Vec<AccessGroup> {
        let bound = self.bindings.values().map(GroupShadow::access_group);
        let roles = self
            .capabilities
            .catalogue()
            .iter()
            .map(crate::Role::access_group);
        let own = self.groups.values().cloned();
        let all: BTreeMap<_, _> = bound
            .chain(roles)
            .chain(own)
            .map(|group| (group.group_ref.clone(), group))
            .collect();
        all.into_values().collect()
    }

    pub(super) fn seed(&mut self, accounts: Vec<Account>, groups: Vec<AccessGroup>) {
        self.accounts
            .extend(accounts.into_iter().map(|a| (a.app_ref, a.profile)));
        self.groups.extend(
            groups
                .into_iter()
                .map(|group| (group.group_ref.clone(), group)),
        );
    }
}

/// The names of an account that is tied to nobody.
pub(super) fn loose_names(app_ref: &AccountId, profile: &Profile) -> Vec<Holder> {
    let named = [
        (NameRole::Email, &profile.email),
        (NameRole::Login, &profile.login),
    ];
    let holder = |(role, name): (NameRole, &Option<String>)| {
        let key = name_key(name.as_deref()?);
        Some(Holder {
            key,
            role,
            app_ref: app_ref.clone(),
            subject: None,
            until: None,
        })
    };
    named.into_iter().filter_map(holder).collect()
}
