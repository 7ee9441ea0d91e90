//! What the application says about its accounts, as rows.

use std::collections::BTreeSet;

use enroll_schema::Timestamp;
use enroll_store::{Lane, TenantId};
use enroll_sync::{
    Account, AccountId, Hint, Known, LedgerError, Profile, Report, Reported, Reports, Rule, Seen,
    Shadow, Snapshot, SnapshotError, SnapshotState, Subject, SubjectKind,
};

use super::{
    ROWS_OF_A_CALL, ROWS_OF_A_RULE, Result,
    brakes::AT_ONCE,
    change, look, read, rows, sql,
    tx::{Done, Json, Tx, Word, subject},
};
use crate::Sqlite;

impl Reports for Sqlite {
    async fn report(&self, tenant: &TenantId, reports: Vec<Report>, now: Timestamp) -> Result<()> {
        let count = rows(reports.len()).saturating_mul(ROWS_OF_A_CALL);
        change(self, tenant, count, move |tx| {
            reports.iter().try_for_each(|one| tx.report(one, now))
        })
        .await
    }

    async fn seen(&self, tenant: &TenantId, accounts: Vec<AccountId>) -> Result<Vec<Seen>> {
        read(self, tenant, move |tx| {
            accounts.into_iter().map(|one| tx.seen(one)).collect()
        })
        .await
    }

    async fn untie(&self, tenant: &TenantId, subject: Subject, now: Timestamp) -> Result<bool> {
        change(self, tenant, ROWS_OF_A_CALL, move |tx| {
            tx.untie(&subject, now)
        })
        .await
    }

    async fn drifting(
        &self,
        tenant: &TenantId,
        after: Option<Subject>,
        most: u32,
    ) -> Result<Vec<Known>> {
        read(self, tenant, move |tx| tx.drifting(after.as_ref(), most)).await
    }

    async fn begin_snapshot(&self, tenant: &TenantId, now: Timestamp) -> Result<Snapshot> {
        change(self, tenant, ROWS_OF_A_RULE, move |tx| {
            tx.begin_snapshot(now)
        })
        .await
    }

    async fn snapshot(&self, tenant: &TenantId) -> Result<Option<Snapshot>> {
        look(self, tenant, |tx| tx.json(sql::SNAPSHOT, &[]))
    }

    async fn stage(
        &self,
        tenant: &TenantId,
        snapshot: u64,
        from: u64,
        page: Vec<Report>,
    ) -> Result<Snapshot> {
        change(self, tenant, rows(page.len()), move |tx| {
            tx.stage(snapshot, from, &page)
        })
        .await
    }

    async fn commit_snapshot(&self, tenant: &TenantId, snapshot: u64) -> Result<Snapshot> {
        change(self, tenant, 1, move |tx| {
            let committed = tx.numbered(snapshot)?.committed();
            tx.put_snapshot(committed.map_err(refused)?)
        })
        .await
    }

    async fn absorb(
        &self,
        tenant: &TenantId,
        snapshot: u64,
        most: u32,
        now: Timestamp,
    ) -> Result<Snapshot> {
        let count = u64::from(most).saturating_mul(ROWS_OF_A_CALL);
        change(self, tenant, count, move |tx| {
            tx.absorb(snapshot, most, now)
        })
        .await
    }
}

fn refused(error: SnapshotError) -> LedgerError {
    LedgerError::Snapshot(error)
}

impl Tx<'_> {
    /// Takes a single report in; whoever has the account, and whoever is meant by a name that it
    /// has or had, is due.
    fn report(&self, report: &Report, now: Timestamp) -> Done<()> {
        let before = self.reported(&report.app_ref)?;
        let after = self.hear(report, before.as_ref(), now, 0)?;
        let names = before.iter().chain([&after]).flat_map(Reported::names);
        let names: BTreeSet<String> = names.map(|holder| holder.key).collect();
        let mut due: BTreeSet<Subject> = BTreeSet::new();
        for name in &names {
            due.extend(self.find_people(name)?);
        }
        let ties = self.ties(&report.app_ref)?;
        due.extend(ties.into_iter().map(|shadow| shadow.subject));
        due.into_iter()
            .try_for_each(|subject| self.wake_up(subject, now))
    }

    fn wake_up(&self, subject: Subject, at: Timestamp) -> Done<()> {
        let row = self.row(&subject)?;
        let hint = Hint {
            subject,
            lane: Lane::Settle,
            at,
            cause: None,
        };
        self.hint(row, &hint, AT_ONCE)
    }

    fn hear(
        &self,
        report: &Report,
        before: Option<&Reported>,
        now: Timestamp,
        snapshot: u64,
    ) -> Done<Reported> {
        let ties = self.ties(&report.app_ref)?;
        let held = self.account(&report.app_ref)?;
        let known = held.as_ref().or(ties.last().map(Shadow::now));
        let reported = report.over(before, known, now, snapshot);
        for shadow in &ties {
            self.put_shadow(&reported.seen_by(shadow))?;
        }
        if held.is_some() {
            self.put_account(&Account {
                app_ref: report.app_ref.clone(),
                profile: reported.profile.clone(),
            })?;
        }
        self.put_reported(&reported)?;
        Ok(reported)
    }

    /// Lists the accounts of people tied to one account, by subject.
    fn ties(&self, app_ref: &AccountId) -> Done<Vec<Shadow>> {
        self.jsons(sql::SHADOWS_OF_REF, &[&app_ref.as_str()])
    }

    fn reported(&self, app_ref: &AccountId) -> Done<Option<Reported>> {
        self.json(sql::REPORTED, &[&app_ref.as_str()])
    }

    fn put_reported(&self, reported: &Reported) -> Done<()> {
        let app_ref = reported.app_ref.as_str();
        self.run(sql::REPORTED_NAMES_DROP, &[&app_ref])?;
        self.run(
            sql::REPORTED_SET,
            &[
                &app_ref,
                &reported.profile.active,
                &reported.snapshot,
                &reported.at.as_millis(),
                &Json(reported),
            ],
        )?;
        for holder in reported.names() {
            self.run(
                sql::REPORTED_NAME_ADD,
                &[&holder.key, &Word(holder.role), &app_ref],
            )?;
        }
        Ok(())
    }

    fn seen(&self, app_ref: AccountId) -> Done<Seen> {
        let tied = self.ties(&app_ref)?.pop();
        let reported = self.reported(&app_ref)?;
        let held: Option<Profile> = self.account(&app_ref)?;
        let told = || reported.as_ref().map(|one| one.profile.clone());
        let applied = || tied.as_ref().map(|tied| tied.now().clone());
        Ok(Seen {
            profile: held.or_else(told).or_else(applied),
            tie: tied.map(|tied| tied.subject),
            app_ref,
            reported,
        })
    }

    fn untie(&self, of: &Subject, now: Timestamp) -> Done<bool> {
        let row = self.row(of)?;
        self.change_ruling(row, Rule::Loose)?;
        let Some(shadow) = self.shadow(of)? else {
            return Ok(false);
        };
        let last = self.reported(&shadow.app_ref)?;
        self.forget_shadow(of)?;
        self.put_reported(&shadow.left_alone(last.as_ref(), now))?;
        self.wake_up(of.clone(), now)?;
        Ok(true)
    }

    fn drifting(&self, after: Option<&Subject>, most: u32) -> Done<Vec<Known>> {
        let integration = after.map_or("", |after| after.integration.as_str());
        let id = after.map_or("", |after| after.id.as_str());
        let found = self.all(sql::DRIFTED, &[&integration, &id, &most], |row| {
            subject(SubjectKind::Person, row, 0)
        })?;
        found
            .into_iter()
            .map(|subject| self.known(subject))
            .collect()
    }

    /// Notes whether an account's report differs from what was applied.
    pub(super) fn put_drift(&self, row: i64, shadow: &Shadow) -> Done<()> {
        let Subject {
            integration, id, ..
        } = &shadow.subject;
        let (integration, id) = (integration.as_str(), id.as_str());
        if shadow.has_drifted() {
            self.run(sql::DRIFTED_ADD, &[&integration, &id, &row])?;
        } else {
            self.run(sql::DRIFTED_DROP, &[&integration, &id])?;
        }
        Ok(())
    }

    fn begin_snapshot(&self, now: Timestamp) -> Done<Snapshot> {
        let last: Option<Snapshot> = self.json(sql::SNAPSHOT, &[])?;
        let id = last.as_ref().map_or(0, |last| last.id) + 1;
        self.run(sql::STAGED_CLEAR, &[])?;
        self.put_snapshot(Snapshot::begun(
            id,
            last.and_then(|last| last.counted()),
            now,
        ))
    }

    fn numbered(&self, id: u64) -> Done<Snapshot> {
        let found: Option<Snapshot> = self.json(sql::SNAPSHOT, &[])?;
        let found = found.filter(|one| one.id == id);
        found.ok_or_else(|| refused(SnapshotError::Unknown).into())
    }

    fn put_snapshot(&self, snapshot: Snapshot) -> Done<Snapshot> {
        self.run(sql::SNAPSHOT_SET, &[&Json(&snapshot)])?;
        Ok(snapshot)
    }

    fn stage(&self, id: u64, from: u64, page: &[Report]) -> Done<Snapshot> {
        let mut snapshot = self.numbered(id)?;
        snapshot.takes(from).map_err(refused)?;
        for report in page {
            let app_ref = report.app_ref.as_str();
            let known: Option<bool> = self.value(sql::STAGED_HERE, &[&app_ref])?;
            snapshot.accounts += u64::from(known != Some(true));
            self.run(sql::STAGED_SET, &[&app_ref, &Json(report)])?;
        }
        snapshot.received += rows(page.len());
        self.put_snapshot(snapshot)
    }

    fn absorb(&self, id: u64, most: u32, now: Timestamp) -> Done<Snapshot> {
        let mut snapshot = self.numbered(id)?;
        if snapshot.state != SnapshotState::Committed {
            return Ok(snapshot);
        }
        let page: Vec<Report> = self.jsons(sql::STAGED, &[&most])?;
        for report in &page {
            let known = self.reported(&report.app_ref)?;
            if known
                .as_ref()
                .is_none_or(|known| !known.is_newer_than(&snapshot))
            {
                self.hear(report, known.as_ref(), now, id)?;
            }
            self.run(sql::STAGED_DROP, &[&report.app_ref.as_str()])?;
        }
        if self.jsons::<Report>(sql::STAGED, &[&1])?.is_empty() {
            let begun = snapshot.at.as_millis();
            self.run(sql::REPORTED_NAMES_FORGET, &[&id, &begun])?;
            self.run(sql::REPORTED_FORGET, &[&id, &begun])?;
            snapshot.state = SnapshotState::TakenIn;
            self.put_snapshot(snapshot.clone())?;
            self.mark_all(now)?;
        }
        Ok(snapshot)
    }
}
