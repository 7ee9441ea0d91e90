//! Which person has which account: proposals that wait, and ties made and cut by hand (E-16).

use enroll_schema::Timestamp;
use enroll_store::{Directories, TenantId};

use super::{Desk, Say};
use crate::{
    Accounts, Code, Item, Ledger, Link, LinkError, Op, OpenFilter, Rule, State, Subject, SyncError,
};

/// What became of a list of proposed links.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Linked {
    /// Links approved; they are made in the next turn.
    pub approved: Vec<Subject>,
    /// Administrators' and protected accounts: these are approved one by one.
    pub one_by_one: Vec<Subject>,
}

/// Decisions read at once.
const PAGE: u32 = 1_000;

impl<D: Directories, L: Ledger + Accounts> Desk<D, L> {
    /// Lists the proposed links that wait for somebody's yes, by person (E-16).
    ///
    /// # Errors
    /// When the ledger fails.
    pub async fn proposed_links(&self, tenant: &TenantId) -> Result<Vec<Item>, SyncError> {
        let held = OpenFilter {
            waiting: false,
            held: true,
            blocked: false,
        };
        let (mut found, mut after) = (Vec::new(), None);
        loop {
            let page = self.open_decisions(tenant, held, after, PAGE).await?;
            let Some(last) = page.last() else {
                return Ok(found);
            };
            after = Some(last.item.subject.clone());
            let links = page.into_iter().map(|last| last.item).filter(is_proposed);
            found.extend(links);
        }
    }

    /// Says yes to every proposed link at once, those to administrators' and protected accounts
    /// left out (E-16).
    ///
    /// # Errors
    /// When the ledger fails.
    pub async fn approve_links(
        &self,
        tenant: &TenantId,
        say: &Say,
        now: Timestamp,
    ) -> Result<Linked, SyncError> {
        let all = self.proposed_links(tenant).await?;
        let (risky, plain): (Vec<_>, Vec<_>) = all
            .into_iter()
            .partition(|item| item.has(Code::HeldLinksAdmin));
        let name = |item: &Item| (item.subject.clone(), item.key.clone());
        let changed = self
            .say(tenant, plain.iter().map(name).collect(), say, now)
            .await?;
        let subjects = |items: Vec<Item>| items.into_iter().map(|item| item.subject);
        let approved = subjects(plain).filter(|one| !changed.contains(one));
        Ok(Linked {
            approved: approved.collect(),
            one_by_one: subjects(risky).collect(),
        })
    }

    /// Ties a person to an account that is there; `who` is as in [`Desk::explain`]. The tie is made
    /// in the next turn, also while automatic sync is off: somebody asked for this very one.
    ///
    /// # Errors
    /// [`SyncError::Link`] says what stands against it; nothing is changed then.
    pub async fn tie(
        &self,
        tenant: &TenantId,
        who: &str,
        link: Link,
        now: Timestamp,
    ) -> Result<Subject, SyncError> {
        let subject = self.person_of(tenant, who).await?;
        let app_ref = link.app_ref.clone();
        let known = self.ledger.known(tenant, vec![subject.clone()]).await?;
        if let Some(shadow) = known.into_iter().find_map(|known| known.shadow) {
            return Err(LinkError::HasAccount(shadow.app_ref).into());
        }
        let seen = self.ledger.seen(tenant, vec![app_ref.clone()]).await?;
        match seen.into_iter().next() {
            Some(seen) if seen.tie.is_some() => return Err(LinkError::Tied(app_ref).into()),
            Some(seen) if seen.profile.is_some() => {}
            _ => return Err(LinkError::UnknownAccount(app_ref).into()),
        }
        let rule = (subject.clone(), Rule::Link(link));
        self.ledger.rule(tenant, vec![rule], now).await?;
        Ok(subject)
    }

    /// Cuts the tie between a person and the account, which stays as it is and belongs to nobody.
    ///
    /// # Errors
    /// [`SyncError::Link`] if there is no such person or no tie.
    pub async fn untie(
        &self,
        tenant: &TenantId,
        who: &str,
        now: Timestamp,
    ) -> Result<Subject, SyncError> {
        let subject = self.person_of(tenant, who).await?;
        if self.ledger.untie(tenant, subject.clone(), now).await? {
            Ok(subject)
        } else {
            Err(LinkError::NoAccount.into())
        }
    }

    async fn person_of(&self, tenant: &TenantId, who: &str) -> Result<Subject, SyncError> {
        let found = self.locate(tenant, who.trim()).await?;
        found.ok_or_else(|| LinkError::UnknownPerson(who.trim().to_owned()).into())
    }
}

fn is_proposed(item: &Item) -> bool {
    item.op == Op::Link && item.state == State::Held
}
