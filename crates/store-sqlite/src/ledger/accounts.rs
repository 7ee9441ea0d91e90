//! The built-in sink's rows, and the list of accounts and access groups.

use std::collections::BTreeMap;

use enroll_sync::{
    AccessGroup, AccessGroupId, Account, AccountFilter, AccountId, Capabilities, GroupShadow,
    Profile, Reported, Role, Shadow, name_key,
};
use rusqlite::{Row, types::Value};

use super::{
    sql,
    tx::{Done, Json, Tx},
};

impl Tx<'_> {
    /// Lists accounts: what the built-in sink holds, else what was last applied.
    pub(super) fn accounts(&self, filter: &AccountFilter) -> Done<Vec<Account>> {
        let most = usize::try_from(filter.most).unwrap_or(usize::MAX);
        let own = self.own_accounts(filter)?;
        // A full page needs no shadow beyond its end; SQLite sorts every text before any blob.
        let end = match own.last() {
            Some((id, _)) if own.len() >= most => Value::Text(id.to_string()),
            _ => Value::Blob(Vec::new()),
        };
        let alone: Vec<Shadow> = self.jsons(
            sql::SHADOWS_ALONE,
            &[&after(filter), &end, &filter.active, &filter.most],
        )?;
        let reported: Vec<Reported> = self.jsons(
            sql::REPORTED_ALONE,
            &[&after(filter), &end, &filter.active, &filter.most],
        )?;
        let mut all: BTreeMap<AccountId, Profile> = own.into_iter().collect();
        all.extend(reported.into_iter().map(|one| (one.app_ref, one.profile)));
        all.extend(
            alone
                .into_iter()
                .map(|shadow| (shadow.app_ref, shadow.base)),
        );
        let account = |(app_ref, profile)| Account { app_ref, profile };
        Ok(all.into_iter().take(most).map(account).collect())
    }

    fn own_accounts(&self, filter: &AccountFilter) -> Done<Vec<(AccountId, Profile)>> {
        let read = |row: &Row<'_>| {
            let Json(profile) = row.get(1)?;
            Ok((AccountId::new(row.get::<_, String>(0)?), profile))
        };
        let (after, most) = (after(filter), filter.most);
        match filter.active {
            Some(active) => self.all(sql::ACCOUNTS_OF, &[&after, &most, &active], read),
            None => self.all(sql::ACCOUNTS, &[&after, &most], read),
        }
    }

    /// Lists what the built-in sink holds, the catalogue, and what was made elsewhere; by id.
    pub(super) fn access_groups(&self, capabilities: &Capabilities) -> Done<Vec<AccessGroup>> {
        let bound: Vec<GroupShadow> = self.jsons(sql::BINDINGS, &[])?;
        let own: Vec<AccessGroup> = self.jsons(sql::ACCESS_GROUPS, &[])?;
        let bound = bound.iter().map(GroupShadow::access_group);
        let roles = capabilities.catalogue().iter().map(Role::access_group);
        let all = bound.chain(roles).chain(own);
        let all: BTreeMap<_, _> = all.map(|group| (group.group_ref.clone(), group)).collect();
        Ok(all.into_values().collect())
    }

    /// Finds one of [`Tx::access_groups`].
    pub(super) fn access_group(&self, id: &AccessGroupId) -> Done<Option<AccessGroup>> {
        if let Some(own) = self.json(sql::ACCESS_GROUP, &[&id.as_str()])? {
            return Ok(Some(own));
        }
        let capabilities = self.capabilities()?;
        if let Some(role) = capabilities.catalogue().iter().rfind(|role| role.id == *id) {
            return Ok(Some(role.access_group()));
        }
        let bound: Option<GroupShadow> = self.json(sql::BINDING_OF_REF, &[&id.as_str()])?;
        Ok(bound.as_ref().map(GroupShadow::access_group))
    }

    pub(super) fn account(&self, id: &AccountId) -> Done<Option<Profile>> {
        self.json(sql::ACCOUNT, &[&id.as_str()])
    }

    /// Finds what the built-in sink holds, else what was last applied.
    pub(super) fn account_or_shadow(&self, id: &AccountId) -> Done<Option<Account>> {
        let own = self.account(id)?;
        let profile = if own.is_some() {
            own
        } else {
            let shadow: Option<Shadow> = self.json(sql::SHADOW_OF_REF, &[&id.as_str()])?;
            shadow.map(|shadow| shadow.base)
        };
        Ok(profile.map(|profile| Account {
            app_ref: id.clone(),
            profile,
        }))
    }

    pub(super) fn put_account(&self, account: &Account) -> Done<()> {
        let profile = &account.profile;
        self.run(
            sql::ACCOUNT_SET,
            &[
                &account.app_ref.as_str(),
                &profile.active,
                &profile.email.as_deref().map(name_key),
                &profile.login.as_deref().map(name_key),
                &Json(profile),
            ],
        )?;
        Ok(())
    }

    pub(super) fn put_access_group(&self, group: &AccessGroup) -> Done<()> {
        self.run(
            sql::ACCESS_GROUP_SET,
            &[&group.group_ref.as_str(), &Json(group)],
        )?;
        Ok(())
    }
}

fn after(filter: &AccountFilter) -> &str {
    filter.after.as_ref().map_or("", AccountId::as_str)
}
