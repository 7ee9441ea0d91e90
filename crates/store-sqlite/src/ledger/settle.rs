//! Writing down what the application answered, and being that application (the built-in sink).

use enroll_sync::{
    AccessGroupId, AccountId, Answer, Claim, Found, Item, Prior, Profile, Recorded, Settled,
    Subject, SubjectKind, answer, answer_group, item_applied, name_key, settlement,
};
use serde::Deserialize;

use super::{
    sql,
    tx::{Done, Json, Tx, told},
};

/// The part of a decision that an answer builds on.
#[derive(Deserialize)]
struct Last {
    recorded: Option<Recorded>,
}

impl Tx<'_> {
    /// Writes outcome, base, number and queue.
    pub(super) fn settle(&self, claim: &Claim, answer: Answer) -> Done<Settled> {
        let seq = self.value::<u64>(sql::SEQ, &[])?.unwrap_or_default() + 1;
        let settled = settlement(claim, &answer, &self.prior(&claim.item)?, seq);
        if settled.counted {
            self.count(item_applied(&claim.item, &answer), claim.now)?;
        }
        self.write(&settled.step)?;
        Ok(Settled {
            answer,
            seq: settled.counted.then_some(seq),
        })
    }

    fn prior(&self, item: &Item) -> Done<Prior> {
        let heir = match &item.heir_of {
            Some(id) => self.shadow(&Subject::person(&item.subject.integration, id))?,
            None => None,
        };
        let row = self.row(&item.subject)?;
        let last: Option<Last> = self.json(sql::DECISION, &[&row])?;
        Ok(Prior {
            shadow: self.json(sql::SHADOW, &[&row])?,
            heir,
            binding: self.binding(&item.subject)?,
            recorded: last.and_then(|last| last.recorded),
        })
    }

    /// Has the effect on the accounts and access groups beside the ledger.
    pub(super) fn apply(&self, item: &Item) -> Done<Answer> {
        match item.subject.kind {
            SubjectKind::Group => self.apply_group(item),
            SubjectKind::Person => self.apply_account(item),
        }
    }

    fn apply_group(&self, item: &Item) -> Done<Answer> {
        let named = item.group.as_ref().and_then(|wish| wish.group_ref.clone());
        let (before, fresh) = if let Some(id) = named {
            (self.access_group(&id)?, id)
        } else {
            let id = self.fresh("g", sql::ACCESS_GROUP_NEXT, sql::ACCESS_GROUP)?;
            (None, AccessGroupId::new(id))
        };
        let (outcome, group) = answer_group(item, before.as_ref(), fresh);
        if let Some(group) = group {
            self.put_access_group(&group)?;
        }
        Ok(Answer::Group(outcome))
    }

    fn apply_account(&self, item: &Item) -> Done<Answer> {
        let (account, fresh) = if let Some(id) = item.app_ref.clone() {
            (self.account(&id)?, id)
        } else {
            let id = self.fresh("u", sql::ACCOUNT_NEXT, sql::ACCOUNT)?;
            (None, AccountId::new(id))
        };
        let found = Found {
            account: account.as_ref(),
            rival: self.rival(item)?,
            unknown_group: self.unknown_group(item)?,
            fresh,
        };
        let (outcome, account) = answer(item, found);
        if let Some(account) = account {
            self.put_account(&account)?;
        }
        Ok(Answer::Account(outcome))
    }

    /// Returns an id that nothing has; `next` counts, `taken` looks.
    fn fresh(&self, letter: &str, next: &str, taken: &str) -> Done<String> {
        loop {
            let number = self.value::<i64>(next, &[])?;
            let number = number.ok_or_else(|| told(rusqlite::Error::QueryReturnedNoRows))?;
            let id = format!("{letter}_{number}");
            if self.value::<String>(taken, &[&id])?.is_none() {
                return Ok(id);
            }
        }
    }

    /// Finds another account with the address or login that this one shall have.
    fn rival(&self, item: &Item) -> Done<Option<AccountId>> {
        let keys: Vec<_> = item.account.iter().flat_map(names).map(name_key).collect();
        let own = item.app_ref.as_ref().map(AccountId::as_str);
        let found: Option<Option<String>> = self.value(sql::RIVAL, &[&Json(keys), &own])?;
        Ok(found.flatten().map(AccountId::new))
    }

    fn unknown_group(&self, item: &Item) -> Done<Option<AccessGroupId>> {
        let wanted = item
            .account
            .iter()
            .flat_map(|profile| &profile.access_groups);
        for id in wanted {
            if self.access_group(id)?.is_none() {
                return Ok(Some(id.clone()));
            }
        }
        Ok(None)
    }
}

fn names(profile: &Profile) -> impl Iterator<Item = &str> {
    [&profile.email, &profile.login]
        .into_iter()
        .flatten()
        .map(String::as_str)
}
