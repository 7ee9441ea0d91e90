//! What the application says of itself: single accounts, all of them, its access groups (sync §7);
//! and what people decide about the difference (E-12).

use enroll_schema::Timestamp;
use enroll_store::{Directories, TenantId};

use super::Desk;
use crate::{
    AccessGroup, AccountId, Accounts, Capabilities, Drift, DriftError, FieldRule, FieldRuling,
    GroupState, Groups, Known, Ledger, Origin, Report, Rule, Snapshot, SnapshotState, Subject,
    SyncError,
};

/// What becomes of a value that was changed in the application.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DriftVerb {
    /// The application owns it for this account from now on.
    Adopt,
    /// The provider's value is written.
    Revert,
    /// It is not shown until it changes again.
    Ignore,
}

/// The access groups of the application, as it says (sync §7).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Catalogue {
    /// What there is.
    pub groups: Vec<crate::Role>,
    /// Whether nothing else can be: fixed roles (S-35b), or groups beside those the job makes.
    pub fixed: bool,
    /// The most managed accounts that can be active at once (E-25).
    pub seats: Option<u64>,
}

/// Accounts of a snapshot taken in by one transaction.
const ABSORB: u32 = 500;
/// People read at once.
const PAGE: u32 = 200;

impl<D: Directories, L: Ledger + Accounts> Desk<D, L> {
    /// Takes in what the application says about single accounts; whom it may concern is planned
    /// again.
    ///
    /// # Errors
    /// When the ledger fails.
    pub async fn report(
        &self,
        tenant: &TenantId,
        reports: Vec<Report>,
        now: Timestamp,
    ) -> Result<(), SyncError> {
        Ok(self.ledger.report(tenant, reports, now).await?)
    }

    /// Begins a snapshot of every account; one that was not committed is forgotten.
    ///
    /// # Errors
    /// When the ledger fails.
    pub async fn begin_snapshot(
        &self,
        tenant: &TenantId,
        now: Timestamp,
    ) -> Result<Snapshot, SyncError> {
        Ok(self.ledger.begin_snapshot(tenant, now).await?)
    }

    /// Says that a snapshot is whole, and takes it in step by step: a crash in between is made good
    /// by committing once more.
    ///
    /// # Errors
    /// [`crate::SnapshotError`] in [`SyncError::Ledger`]: one that shrank to less than half of the
    /// last is refused.
    pub async fn commit_snapshot(
        &self,
        tenant: &TenantId,
        snapshot: u64,
        now: Timestamp,
    ) -> Result<Snapshot, SyncError> {
        let mut stands = self.ledger.commit_snapshot(tenant, snapshot).await?;
        while stands.state == SnapshotState::Committed {
            stands = self.ledger.absorb(tenant, snapshot, ABSORB, now).await?;
        }
        Ok(stands)
    }

    /// Says which access groups the application has, and how many seats.
    ///
    /// # Errors
    /// When the ledger fails.
    pub async fn set_catalogue(
        &self,
        tenant: &TenantId,
        catalogue: Catalogue,
        now: Timestamp,
    ) -> Result<(), SyncError> {
        let Catalogue {
            groups,
            fixed,
            seats,
        } = catalogue;
        let own = groups.iter().filter(|_| !fixed).map(|role| AccessGroup {
            origin: Origin::App,
            state: GroupState::Ready,
            ..role.access_group()
        });
        let own: Vec<_> = own.collect();
        if !own.is_empty() {
            self.ledger.seed(tenant, Vec::new(), own).await?;
        }
        let groups = if fixed {
            Groups::Fixed(groups)
        } else {
            Groups::Created
        };
        self.set_capabilities(tenant, Capabilities { groups, seats }, now)
            .await
    }

    /// Lists values that differ from what was last applied, by person and name: at most about
    /// `most`, after the person `after` (E-12).
    ///
    /// # Errors
    /// When the ledger fails.
    pub async fn drift(
        &self,
        tenant: &TenantId,
        after: Option<Subject>,
        most: usize,
    ) -> Result<Vec<Drift>, SyncError> {
        let (mut found, mut after) = (Vec::new(), after);
        while found.len() < most {
            let page = self.ledger.drifting(tenant, after, PAGE).await?;
            let Some(last) = page.last() else { break };
            after = Some(last.subject.clone());
            found.extend(self.drifts(tenant, page).await?);
        }
        Ok(found)
    }

    async fn drifts(&self, tenant: &TenantId, page: Vec<Known>) -> Result<Vec<Drift>, SyncError> {
        let refs = page.iter().filter_map(|known| known.shadow.as_ref());
        let refs = refs.map(|shadow| shadow.app_ref.clone()).collect();
        let seen = self.ledger.seen(tenant, refs).await?;
        let each = page.iter().flat_map(|known| {
            let own = |one: &&crate::Seen| {
                let shadow = known.shadow.as_ref();
                shadow.is_some_and(|shadow| shadow.app_ref == one.app_ref)
            };
            let seen = seen.iter().find(own);
            Drift::of(known, seen.and_then(|seen| seen.reported.as_ref()))
        });
        Ok(each.collect())
    }

    /// Says what becomes of one value of an account that was changed in the application; the person
    /// is planned again.
    ///
    /// # Errors
    /// [`SyncError::Drift`] unless the value has drifted now.
    pub async fn rule_drift(
        &self,
        tenant: &TenantId,
        account: &AccountId,
        field: &str,
        verb: DriftVerb,
        by: &str,
        now: Timestamp,
    ) -> Result<Drift, SyncError> {
        let seen = self.ledger.seen(tenant, vec![account.clone()]).await?;
        let tied = seen.into_iter().find_map(|seen| seen.tie);
        let known = self.ledger.known(tenant, tied.into_iter().collect());
        let open = self.drifts(tenant, known.await?).await?;
        let drift = open.into_iter().find(|drift| drift.field == field);
        let drift = drift.ok_or(DriftError)?;
        let what = match verb {
            DriftVerb::Adopt => FieldRule::Adopt,
            DriftVerb::Revert => FieldRule::Revert,
            DriftVerb::Ignore => FieldRule::Ignore(drift.observed.clone()),
        };
        let ruling = FieldRuling {
            what,
            by: by.to_owned(),
            at: now,
        };
        let rule = (drift.subject.clone(), Rule::Field(field.to_owned(), ruling));
        self.ledger.rule(tenant, vec![rule], now).await?;
        Ok(drift)
    }
}
