//! What people say about what waits: yes, no, and what is given back.

use enroll_schema::Timestamp;
use enroll_store::{Directories, TenantId};

use super::Desk;
use crate::{Accounts, Approval, Decision, Ledger, OpenFilter, Rule, Subject, SyncError};

/// Who says yes or no, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Say {
    /// Yes or no.
    pub approved: bool,
    /// Who says so, for the record.
    pub by: String,
    /// Why.
    pub reason: String,
}

impl<D: Directories, L: Ledger + Accounts> Desk<D, L> {
    /// Lists decisions that stand open, by subject.
    ///
    /// # Errors
    /// When the ledger fails.
    pub async fn open_decisions(
        &self,
        tenant: &TenantId,
        filter: OpenFilter,
        after: Option<Subject>,
        most: u32,
    ) -> Result<Vec<Decision>, SyncError> {
        Ok(self
            .ledger
            .open_decisions(tenant, filter, after, most)
            .await?)
    }

    /// Says yes or no to items, each by its subject and key; their subjects are planned again.
    ///
    /// A verdict binds to the very item. One whose key is no longer that of the subject's open
    /// decision is left out, and its subject returned: what it was about has changed since.
    ///
    /// # Errors
    /// When the ledger fails.
    pub async fn say(
        &self,
        tenant: &TenantId,
        items: Vec<(Subject, String)>,
        say: &Say,
        now: Timestamp,
    ) -> Result<Vec<Subject>, SyncError> {
        let subjects = items.iter().map(|(subject, _)| subject.clone()).collect();
        let known = self.ledger.known(tenant, subjects).await?;
        let (mut rules, mut changed) = (Vec::new(), Vec::new());
        for ((subject, key), known) in items.into_iter().zip(known) {
            let stands = known
                .decision
                .is_some_and(|last| last.item.key == key && OpenFilter::ALL.wants(&last));
            if !stands {
                changed.push(subject);
                continue;
            }
            let approval = Approval {
                key,
                approved: say.approved,
                by: say.by.clone(),
                reason: say.reason.clone(),
                at: now,
            };
            rules.push((subject, Rule::Decide(approval)));
        }
        self.ledger.rule(tenant, rules, now).await?;
        Ok(changed)
    }
}
