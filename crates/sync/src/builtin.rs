//! The built-in sink's own decisions: pure, so that every ledger that holds accounts answers alike.

use crate::{
    AccessGroup, AccessGroupId, Account, AccountId, GroupOutcome, GroupState, Item, Outcome,
    Profile,
};

/// What the built-in sink needs to know about one call.
#[derive(Debug)]
pub struct Found<'a> {
    /// The account named by [`Item::app_ref`].
    pub account: Option<&'a Profile>,
    /// Another account with the same address or login.
    pub rival: Option<AccountId>,
    /// An access group that the item names and the application does not have.
    pub unknown_group: Option<AccessGroupId>,
    /// The id a new account gets.
    pub fresh: AccountId,
}

/// Answers a call about an account, and returns the account to be written, if any.
///
/// A create whose address is taken is [`Outcome::Exists`], never a second account and never a
/// takeover (E-16).
pub fn answer(item: &Item, found: Found<'_>) -> (Outcome, Option<Account>) {
    let Some(wanted) = &item.account else {
        return (Outcome::Unchanged, None);
    };
    if let Some(group) = found.unknown_group {
        let text = format!("there is no access group {group}");
        return (Outcome::rejected("unknown_access_group", text), None);
    }
    match (&item.app_ref, found.rival) {
        (None, Some(app_ref)) => return (Outcome::Exists { app_ref }, None),
        (Some(_), Some(rival)) if wanted.active => {
            let text = format!("account {rival} has this address or login");
            return (Outcome::rejected("taken", text), None);
        }
        _ => {}
    }
    let app_ref = item.app_ref.clone().unwrap_or(found.fresh);
    let profile = match found.account {
        Some(before) => wanted.over(before),
        None => wanted.clone(),
    };
    if found.account == Some(&profile) {
        return (Outcome::Unchanged, None);
    }
    (
        Outcome::applied(app_ref.clone()),
        Some(Account { app_ref, profile }),
    )
}

/// Answers a call about an access group, and returns the access group to be written, if any.
pub fn answer_group(
    item: &Item,
    before: Option<&AccessGroup>,
    fresh: AccessGroupId,
) -> (GroupOutcome, Option<AccessGroup>) {
    let Some(wish) = &item.group else {
        let text = "the call names no access group".to_owned();
        return (
            GroupOutcome::Rejected {
                code: "invalid".to_owned(),
                text,
            },
            None,
        );
    };
    let group_ref = wish.group_ref.clone().unwrap_or(fresh);
    let made = wish.as_made(group_ref.clone());
    let group = match before {
        // What somebody set up stays set up; only name and archiving are the job's (S-08).
        Some(before) if !wish.archived => AccessGroup {
            name: made.name,
            ..before.clone()
        },
        Some(before) => AccessGroup {
            name: made.name,
            state: GroupState::Archived,
            ..before.clone()
        },
        None => made,
    };
    (GroupOutcome::Applied { group_ref }, Some(group))
}

impl Profile {
    /// Returns this account laid over `before`: what it does not say stays.
    pub fn over(&self, before: &Self) -> Self {
        let text = |new: &Option<String>, old: &Option<String>| new.clone().or_else(|| old.clone());
        Self {
            email: text(&self.email, &before.email),
            first_name: text(&self.first_name, &before.first_name),
            last_name: text(&self.last_name, &before.last_name),
            time_zone: text(&self.time_zone, &before.time_zone),
            login: text(&self.login, &before.login),
            ..self.clone()
        }
    }
}
