//! The ledger of the job and the accounts of the built-in sink, as rows.

mod accounts;
mod alarms;
mod brakes;
mod due;
mod feed;
mod known;
mod plans;
mod reports;
mod rules;
mod settle;
mod sql;
mod tables;
mod tx;
mod write;

use std::future::Future;

use enroll_schema::Timestamp;
use enroll_store::{DirectoryId, Revision, TenantId};
use enroll_sync::{
    AccessGroup, AccessGroupId, Account, AccountFilter, Accounts, Answer, BrakeQuery, Capabilities,
    Claim, Context, Counts, Decision, Due, Fence, Guarding, Happened, Holder, Intake, Integration,
    Joined, Known, Ledger, LedgerError, OpenFilter, Picked, Policy, Rule, Settled, Shadow, Step,
    Subject,
};

use crate::{
    Sqlite,
    fault::{Failure, Fault},
    queue::Lane,
};
pub(crate) use tables::TABLES;
use tx::{Done, Tx};

type Result<T> = std::result::Result<T, LedgerError>;

impl From<Fault> for LedgerError {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::Busy => Self::Busy,
            Fault::Damaged(what) => Self::Damaged(what),
            other @ (Fault::Full | Fault::Lost | Fault::Sqlite(_)) => {
                Self::Backend(Box::new(other))
            }
        }
    }
}

impl From<LedgerError> for Failure<LedgerError> {
    fn from(error: LedgerError) -> Self {
        Self::Refused(error)
    }
}

/// What a change of the rules counts for in the queue of writes: a turn of its own, because it makes everybody due.
const ROWS_OF_A_RULE: u64 = 64;

/// What a settled call counts for.
const ROWS_OF_A_CALL: u64 = 8;

/// Runs one transaction of about `rows` rows.
fn change<T: Send + 'static>(
    database: &Sqlite,
    tenant: &TenantId,
    rows: u64,
    job: impl FnOnce(Tx<'_>) -> Done<T> + Send + 'static,
) -> impl Future<Output = Result<T>> + Send {
    let tenant = tenant.clone();
    let job = move |sql: &rusqlite::Connection| job(Tx::open(sql, &tenant)?);
    database.0.writer.run_then(Lane::Ledger, rows, job, |_| {})
}

/// Runs a read that may be long.
fn read<T: Send + 'static>(
    database: &Sqlite,
    tenant: &TenantId,
    job: impl FnOnce(Tx<'_>) -> Done<T> + Send + 'static,
) -> impl Future<Output = Result<T>> + Send {
    let tenant = tenant.clone();
    database
        .0
        .readers
        .run(move |sql| job(Tx::find(sql, &tenant)?))
}

/// Runs a read of a few rows.
fn look<T>(database: &Sqlite, tenant: &TenantId, job: impl FnOnce(Tx<'_>) -> Done<T>) -> Result<T> {
    database.0.readers.here(|sql| job(Tx::find(sql, tenant)?))
}

fn rows(count: usize) -> u64 {
    u64::try_from(count).unwrap_or(u64::MAX)
}

impl Ledger for Sqlite {
    async fn attach(
        &self,
        tenant: &TenantId,
        integration: Integration,
        initial: Policy,
    ) -> Result<()> {
        change(self, tenant, 1, move |tx| tx.attach(&integration, &initial)).await
    }

    async fn integrations(&self) -> Result<Vec<(TenantId, Integration)>> {
        self.0.readers.run(rules::all_integrations).await
    }

    async fn context(&self, tenant: &TenantId) -> Result<Context> {
        let id = tenant.clone();
        read(self, tenant, move |tx| tx.context(&id)).await
    }

    async fn policy(&self, tenant: &TenantId) -> Result<Policy> {
        look(self, tenant, |tx| tx.policy())
    }

    async fn set_policy(
        &self,
        tenant: &TenantId,
        expected: u64,
        policy: Policy,
        now: Timestamp,
    ) -> Result<()> {
        change(self, tenant, ROWS_OF_A_RULE, move |tx| {
            tx.expect(expected)?;
            tx.set_policy(&policy, now)
        })
        .await
    }

    async fn set_capabilities(
        &self,
        tenant: &TenantId,
        capabilities: Capabilities,
        now: Timestamp,
    ) -> Result<()> {
        let job = move |tx: Tx<'_>| tx.set_capabilities(&capabilities, now);
        change(self, tenant, ROWS_OF_A_RULE, job).await
    }

    async fn select(
        &self,
        tenant: &TenantId,
        expected: u64,
        picked: Picked,
        now: Timestamp,
    ) -> Result<()> {
        change(self, tenant, ROWS_OF_A_RULE, move |tx| {
            tx.expect(expected)?;
            tx.select(&picked, now)
        })
        .await
    }

    async fn lease(&self, tenant: &TenantId) -> Result<Fence> {
        change(self, tenant, 1, |tx| tx.lease()).await
    }

    async fn bookmark(&self, tenant: &TenantId, integration: &DirectoryId) -> Result<Revision> {
        look(self, tenant, |tx| tx.bookmark(integration.as_str()))
    }

    async fn intake(&self, tenant: &TenantId, intake: Intake) -> Result<()> {
        let count = rows(intake.hints.len() + intake.members_of.len());
        change(self, tenant, count, move |tx| tx.intake(&intake)).await
    }

    async fn mark_all(&self, tenant: &TenantId, now: Timestamp) -> Result<()> {
        change(self, tenant, ROWS_OF_A_RULE, move |tx| tx.mark_all(now)).await
    }

    async fn agenda(&self, now: Timestamp) -> Result<(Vec<TenantId>, Option<Timestamp>)> {
        self.0.readers.here(|sql| due::agenda(sql, now))
    }

    async fn due(&self, tenant: &TenantId, now: Timestamp, most: u32) -> Result<Vec<Due>> {
        read(self, tenant, move |tx| tx.due(now, most)).await
    }

    async fn known(&self, tenant: &TenantId, subjects: Vec<Subject>) -> Result<Vec<Known>> {
        read(self, tenant, move |tx| {
            subjects
                .into_iter()
                .map(|subject| tx.known(subject))
                .collect()
        })
        .await
    }

    async fn holders(&self, tenant: &TenantId, keys: Vec<String>) -> Result<Vec<Holder>> {
        read(self, tenant, move |tx| tx.holders(keys)).await
    }

    async fn heirs(
        &self,
        tenant: &TenantId,
        integration: &DirectoryId,
        external_ids: Vec<String>,
        user_names: Vec<String>,
    ) -> Result<Vec<Shadow>> {
        let integration = integration.clone();
        read(self, tenant, move |tx| {
            tx.heirs(&integration, &external_ids, &user_names)
        })
        .await
    }

    async fn occupied(
        &self,
        tenant: &TenantId,
        groups: Vec<AccessGroupId>,
    ) -> Result<Vec<AccessGroupId>> {
        read(self, tenant, move |tx| tx.occupied(groups)).await
    }

    async fn decide(&self, tenant: &TenantId, fence: Fence, steps: Vec<Step>) -> Result<()> {
        change(self, tenant, rows(steps.len()), move |tx| {
            tx.check(fence)?;
            steps.iter().try_for_each(|step| tx.write(step))
        })
        .await
    }

    async fn settle(
        &self,
        tenant: &TenantId,
        fence: Fence,
        claim: Claim,
        answer: Answer,
    ) -> Result<Settled> {
        change(self, tenant, ROWS_OF_A_CALL, move |tx| {
            tx.check(fence)?;
            tx.settle(&claim, answer)
        })
        .await
    }

    async fn happened(&self, tenant: &TenantId, after: u64, most: u32) -> Result<Vec<Happened>> {
        look(self, tenant, |tx| tx.jsons(sql::HAPPENED, &[&after, &most]))
    }

    async fn rule(
        &self,
        tenant: &TenantId,
        rules: Vec<(Subject, Rule)>,
        now: Timestamp,
    ) -> Result<()> {
        let count = rows(rules.len());
        change(self, tenant, count, move |tx| tx.rule(rules, now)).await
    }

    async fn open_decisions(
        &self,
        tenant: &TenantId,
        filter: OpenFilter,
        after: Option<Subject>,
        most: u32,
    ) -> Result<Vec<Decision>> {
        read(self, tenant, move |tx| {
            tx.open_decisions(filter, after.as_ref(), most)
        })
        .await
    }

    async fn guarding(&self, tenant: &TenantId, query: BrakeQuery) -> Result<Guarding> {
        read(self, tenant, move |tx| tx.guarding(&query)).await
    }

    async fn counts(&self, tenant: &TenantId) -> Result<Counts> {
        look(self, tenant, |tx| tx.counts())
    }

    async fn find(&self, tenant: &TenantId, text: &str) -> Result<Vec<Subject>> {
        look(self, tenant, |tx| tx.find_people(text))
    }
}

impl Joined for Sqlite {
    async fn apply_and_settle(
        &self,
        tenant: &TenantId,
        fence: Fence,
        claim: Claim,
    ) -> Result<Settled> {
        change(self, tenant, ROWS_OF_A_CALL, move |tx| {
            tx.check(fence)?;
            let answer = tx.apply(&claim.item)?;
            tx.settle(&claim, answer)
        })
        .await
    }
}

impl Accounts for Sqlite {
    async fn accounts(&self, tenant: &TenantId, filter: AccountFilter) -> Result<Vec<Account>> {
        read(self, tenant, move |tx| tx.accounts(&filter)).await
    }

    async fn account(
        &self,
        tenant: &TenantId,
        id: &enroll_sync::AccountId,
    ) -> Result<Option<Account>> {
        look(self, tenant, |tx| tx.account_or_shadow(id))
    }

    async fn access_groups(&self, tenant: &TenantId) -> Result<Vec<AccessGroup>> {
        read(self, tenant, |tx| tx.access_groups(&tx.capabilities()?)).await
    }

    async fn seed(
        &self,
        tenant: &TenantId,
        accounts: Vec<Account>,
        groups: Vec<AccessGroup>,
    ) -> Result<()> {
        change(
            self,
            tenant,
            rows(accounts.len() + groups.len()),
            move |tx| {
                accounts
                    .iter()
                    .try_for_each(|account| tx.put_account(account))?;
                groups
                    .iter()
                    .try_for_each(|group| tx.put_access_group(group))
            },
        )
        .await
    }
}
