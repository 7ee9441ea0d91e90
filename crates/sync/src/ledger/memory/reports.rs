//! What the application says about its accounts.

use std::collections::BTreeSet;

use enroll_schema::Timestamp;
use enroll_store::TenantId;

use super::{
    super::{
        Known, LedgerError, Report, Reported, Reports, Result, Rule, Seen, Snapshot, SnapshotError,
        SnapshotState,
    },
    AT_ONCE, MemoryLedger, hint,
    tenant::Tenant,
};
use crate::{AccountId, Holder, NameRole, Subject};

impl Reports for MemoryLedger {
    async fn report(&self, tenant: &TenantId, reports: Vec<Report>, now: Timestamp) -> Result<()> {
        self.write(tenant, |tenant| tenant.report(&reports, now));
        Ok(())
    }

    async fn seen(&self, tenant: &TenantId, accounts: Vec<AccountId>) -> Result<Vec<Seen>> {
        Ok(self.read(tenant, |tenant| {
            let seen = accounts.into_iter().map(|account| tenant.seen(account));
            seen.collect()
        }))
    }

    async fn untie(&self, tenant: &TenantId, subject: Subject, now: Timestamp) -> Result<bool> {
        Ok(self.write(tenant, |tenant| tenant.untie(&subject, now)))
    }

    async fn drifting(
        &self,
        tenant: &TenantId,
        after: Option<Subject>,
        most: u32,
    ) -> Result<Vec<Known>> {
        let most = usize::try_from(most).unwrap_or(usize::MAX);
        Ok(self.read(tenant, |tenant| tenant.drifting(after.as_ref(), most)))
    }

    async fn begin_snapshot(&self, tenant: &TenantId, now: Timestamp) -> Result<Snapshot> {
        Ok(self.write(tenant, |tenant| tenant.begin_snapshot(now)))
    }

    async fn snapshot(&self, tenant: &TenantId) -> Result<Option<Snapshot>> {
        Ok(self.read(tenant, |tenant| tenant.snapshot.clone()))
    }

    async fn stage(
        &self,
        tenant: &TenantId,
        snapshot: u64,
        from: u64,
        page: Vec<Report>,
    ) -> Result<Snapshot> {
        self.write(tenant, |tenant| tenant.stage(snapshot, from, page))
    }

    async fn commit_snapshot(&self, tenant: &TenantId, snapshot: u64) -> Result<Snapshot> {
        self.write(tenant, |tenant| tenant.commit_snapshot(snapshot))
    }

    async fn absorb(
        &self,
        tenant: &TenantId,
        snapshot: u64,
        most: u32,
        now: Timestamp,
    ) -> Result<Snapshot> {
        let most = usize::try_from(most).unwrap_or(usize::MAX);
        self.write(tenant, |tenant| tenant.absorb(snapshot, most, now))
    }
}

impl Tenant {
    /// Takes single reports in; whoever has the account, and whoever is meant by a name that it has
    /// or had, is due.
    pub(super) fn report(&mut self, reports: &[Report], now: Timestamp) {
        for report in reports {
            let mut names = self.names_reported(&report.app_ref);
            self.hear(report, now, 0);
            names.extend(self.names_reported(&report.app_ref));
            let meant = names.iter().flat_map(|name| self.find(name));
            let tied = self.ties(&report.app_ref);
            let due: BTreeSet<Subject> = meant.chain(tied).collect();
            for subject in due {
                self.hint(&hint(subject, now), AT_ONCE);
            }
        }
    }

    fn hear(&mut self, report: &Report, now: Timestamp, snapshot: u64) {
        let app_ref = &report.app_ref;
        let ties = self.ties(app_ref);
        let tied = ties.last().and_then(|tie| self.shadows.get(tie));
        let held = self.accounts.get(app_ref);
        let known = held.or_else(|| tied.map(crate::Shadow::now));
        let reported = report.over(self.reported.get(app_ref), known, now, snapshot);
        for tie in &ties {
            if let Some(shadow) = self.shadows.get_mut(tie) {
                *shadow = reported.seen_by(shadow);
            }
        }
        if let Some(held) = self.accounts.get_mut(app_ref) {
            held.clone_from(&reported.profile);
        }
        self.reported.insert(app_ref.clone(), reported);
    }

    /// Lists the people an account is tied to, by subject.
    fn ties(&self, app_ref: &AccountId) -> Vec<Subject> {
        let tied = self.shadows.values();
        let tied = tied.filter(|shadow| shadow.app_ref == *app_ref);
        tied.map(|shadow| shadow.subject.clone()).collect()
    }

    fn names_reported(&self, app_ref: &AccountId) -> BTreeSet<String> {
        let names = self.reported.get(app_ref).map(Reported::names);
        let names = names.unwrap_or_default().into_iter();
        names.map(|holder| holder.key).collect()
    }

    /// Lists the names of reported accounts that nobody is tied to: all of them where the account
    /// is not beside the ledger too, else the provider's id.
    pub(super) fn reported_names(&self) -> impl Iterator<Item = Holder> {
        let tied: BTreeSet<AccountId> = self.shadows.values().map(|s| s.app_ref.clone()).collect();
        let loose = self
            .reported
            .values()
            .filter(move |reported| !tied.contains(&reported.app_ref));
        loose.flat_map(|reported| {
            let is_here = self.accounts.contains_key(&reported.app_ref);
            let counts = move |holder: &Holder| !is_here || holder.role == NameRole::External;
            reported.names().into_iter().filter(counts)
        })
    }

    pub(super) fn seen(&self, app_ref: AccountId) -> Seen {
        let tie = self.ties(&app_ref).pop();
        let reported = self.reported.get(&app_ref).cloned();
        let held = self.accounts.get(&app_ref);
        let last = tie.as_ref().and_then(|tie| self.shadows.get(tie));
        let profile = held.or(reported.as_ref().map(|one| &one.profile));
        let profile = profile.or(last.map(crate::Shadow::now)).cloned();
        Seen {
            app_ref,
            tie,
            profile,
            reported,
        }
    }

    pub(super) fn untie(&mut self, subject: &Subject, now: Timestamp) -> bool {
        self.change_ruling(subject.clone(), Rule::Loose);
        let Some(shadow) = self.shadows.remove(subject) else {
            return false;
        };
        let last = shadow.left_alone(self.reported.get(&shadow.app_ref), now);
        self.reported.insert(shadow.app_ref, last);
        self.hint(&hint(subject.clone(), now), AT_ONCE);
        true
    }

    pub(super) fn drifting(&self, after: Option<&Subject>, most: usize) -> Vec<Known> {
        let drifted = self.shadows.values().filter(|shadow| shadow.has_drifted());
        let later = drifted.filter(|shadow| after.is_none_or(|after| shadow.subject > *after));
        let found = later.take(most);
        found
            .map(|shadow| self.known(shadow.subject.clone()))
            .collect()
    }

    pub(super) fn begin_snapshot(&mut self, now: Timestamp) -> Snapshot {
        let last = self.snapshot.take();
        let id = last.as_ref().map_or(0, |last| last.id) + 1;
        let snapshot = Snapshot::begun(id, last.and_then(|last| last.counted()), now);
        self.staged.clear();
        self.snapshot = Some(snapshot.clone());
        snapshot
    }

    fn numbered(&self, id: u64) -> Result<Snapshot> {
        let found = self.snapshot.clone().filter(|one| one.id == id);
        found.ok_or(LedgerError::Snapshot(SnapshotError::Unknown))
    }

    pub(super) fn stage(&mut self, id: u64, from: u64, page: Vec<Report>) -> Result<Snapshot> {
        let mut snapshot = self.numbered(id)?;
        snapshot.takes(from)?;
        snapshot.received += u64::try_from(page.len()).unwrap_or(u64::MAX);
        let page = page.into_iter();
        self.staged
            .extend(page.map(|report| (report.app_ref.clone(), report)));
        snapshot.accounts = u64::try_from(self.staged.len()).unwrap_or(u64::MAX);
        self.snapshot = Some(snapshot.clone());
        Ok(snapshot)
    }

    pub(super) fn commit_snapshot(&mut self, id: u64) -> Result<Snapshot> {
        let snapshot = self.numbered(id)?.committed()?;
        self.snapshot = Some(snapshot.clone());
        Ok(snapshot)
    }

    pub(super) fn absorb(&mut self, id: u64, most: usize, now: Timestamp) -> Result<Snapshot> {
        let mut snapshot = self.numbered(id)?;
        if snapshot.state != SnapshotState::Committed {
            return Ok(snapshot);
        }
        for _ in 0..most {
            let Some((_, report)) = self.staged.pop_first() else {
                break;
            };
            let known = self.reported.get(&report.app_ref);
            if known.is_none_or(|known| !known.is_newer_than(&snapshot)) {
                self.hear(&report, now, id);
            }
        }
        if self.staged.is_empty() {
            let tied: BTreeSet<AccountId> =
                self.shadows.values().map(|s| s.app_ref.clone()).collect();
            self.reported
                .retain(|app_ref, one| one.is_in(&snapshot) || tied.contains(app_ref));
            snapshot.state = SnapshotState::TakenIn;
            self.snapshot = Some(snapshot.clone());
            self.mark_all(now);
        }
        Ok(snapshot)
    }
}
