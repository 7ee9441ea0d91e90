//! The application's accounts and access groups.

use std::ops::Bound;

use enroll_store::Directories;
use enroll_sync::{AccessGroupId, AccountFilter, AccountId, Accounts, Ledger};
use enroll_tenants::Tenants;

use crate::{
    Manage,
    answer::{Answer, Page, ok, one_more},
    asked::Asked,
    cursor::List,
};

impl<T: Tenants, D: Directories, L: Ledger + Accounts> Manage<T, D, L> {
    pub(crate) async fn list_accounts(self, asked: Asked) -> Answer {
        let (tenant, limit) = (self.tenant_of(&asked).await?, asked.limit()?);
        let filter = AccountFilter {
            active: asked.flag("active")?,
            after: asked.after(List::Accounts)?.map(AccountId::new),
            most: one_more(limit),
        };
        let accounts = self.desk().accounts(&tenant.id, filter).await?;
        ok(&Page::cut(List::Accounts, accounts, limit, |account| {
            account.app_ref.to_string()
        }))
    }

    pub(crate) async fn list_access_groups(self, asked: Asked) -> Answer {
        let (tenant, limit) = (self.tenant_of(&asked).await?, asked.limit()?);
        let after = asked.after(List::AccessGroups)?.map(AccessGroupId::new);
        let after = after.as_ref().map_or(Bound::Unbounded, Bound::Excluded);
        let all = self.desk().access_groups(&tenant.id).await?;
        // There are as many access groups as roles in the application: few enough to be read whole.
        let later = all
            .into_iter()
            .filter(|group| is_later(&group.group_ref, after));
        let page = later.take(limit.saturating_add(1)).collect();
        ok(&Page::cut(List::AccessGroups, page, limit, |group| {
            group.group_ref.to_string()
        }))
    }
}

fn is_later(id: &AccessGroupId, after: Bound<&AccessGroupId>) -> bool {
    std::ops::RangeBounds::contains(&(after, Bound::Unbounded), id)
}
