//! The ledger in memory: plain maps; it defines the contract.

mod accounts;
mod alarms;
mod brakes;
mod feed;
mod plans;
mod reports;
mod tenant;

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
};

use enroll_schema::Timestamp;
use enroll_store::{DirectoryId, Revision, TenantId};

use super::{
    AccountFilter, Accounts, Answer, BrakeQuery, Claim, Context, Counts, Decision, Due, Guarding,
    Happened, Hint, Intake, Integration, Joined, Known, Ledger, LedgerError, OpenFilter, Picked,
    Result, Rule, Settled, Step, Window,
};
use crate::{
    AccessGroup, AccessGroupId, Account, Capabilities, Fence, Holder, Policy, Shadow, Subject,
    name_key,
};
use tenant::Tenant;

/// A ledger in memory, with the built-in sink's accounts beside it.
///
/// ```
/// use enroll_sync::{Integration, Ledger, MemoryLedger, Policy, Preset};
/// use enroll_store::{DirectoryId, TenantId};
/// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
/// let ledger = MemoryLedger::default();
/// let (tenant, id) = (TenantId::new("acme"), DirectoryId::new("int_1"));
/// let integration = Integration { id, name: "Okta".into(), order: 0 };
/// ledger.attach(&tenant, integration, Policy::preset(Preset::HandsOff)).await?;
/// assert!(ledger.context(&tenant).await?.policy.auto_sync);
/// # Ok::<(), enroll_sync::LedgerError>(()) }).unwrap();
/// ```
#[derive(Clone, Debug, Default)]
pub struct MemoryLedger {
    tenants: Arc<Mutex<BTreeMap<TenantId, Tenant>>>,
    deeds: Arc<Mutex<BTreeMap<u64, super::Deed>>>,
}

impl MemoryLedger {
    fn read<T>(&self, tenant: &TenantId, view: impl FnOnce(&Tenant) -> T) -> T {
        let tenants = self.tenants.lock().unwrap_or_else(PoisonError::into_inner);
        match tenants.get(tenant) {
            Some(tenant) => view(tenant),
            None => view(&Tenant::default()),
        }
    }

    fn write<T>(&self, tenant: &TenantId, change: impl FnOnce(&mut Tenant) -> T) -> T {
        let mut tenants = self.tenants.lock().unwrap_or_else(PoisonError::into_inner);
        change(tenants.entry(tenant.clone()).or_default())
    }

    fn fenced<T>(
        &self,
        tenant: &TenantId,
        fence: Fence,
        change: impl FnOnce(&mut Tenant) -> T,
    ) -> Result<T> {
        self.write(tenant, |tenant| {
            if tenant.fence == fence {
                Ok(change(tenant))
            } else {
                Err(LedgerError::Fenced)
            }
        })
    }
}

impl Ledger for MemoryLedger {
    async fn attach(
        &self,
        tenant: &TenantId,
        integration: Integration,
        initial: Policy,
    ) -> Result<()> {
        self.write(tenant, |tenant| tenant.attach(integration, initial));
        Ok(())
    }

    async fn integrations(&self) -> Result<Vec<(TenantId, Integration)>> {
        let tenants = self.tenants.lock().unwrap_or_else(PoisonError::into_inner);
        let all = tenants.iter().flat_map(|(id, tenant)| {
            tenant
                .integrations()
                .into_iter()
                .map(|one| (id.clone(), one))
        });
        Ok(all.collect())
    }

    async fn context(&self, tenant: &TenantId) -> Result<Context> {
        Ok(self.read(tenant, |known| known.context(tenant)))
    }

    async fn set_policy(
        &self,
        tenant: &TenantId,
        expected: u64,
        policy: Policy,
        now: Timestamp,
    ) -> Result<()> {
        self.write(tenant, |tenant| {
            tenant.expect(expected)?;
            tenant.policy = Some(policy);
            tenant.changed(now);
            Ok(())
        })
    }

    async fn set_capabilities(
        &self,
        tenant: &TenantId,
        capabilities: Capabilities,
        now: Timestamp,
    ) -> Result<()> {
        self.write(tenant, |tenant| {
            if tenant.capabilities != capabilities {
                tenant.capabilities = capabilities;
                tenant.changed(now);
            }
        });
        Ok(())
    }

    async fn select(
        &self,
        tenant: &TenantId,
        expected: u64,
        picked: Picked,
        now: Timestamp,
    ) -> Result<()> {
        self.write(tenant, |tenant| {
            tenant.expect(expected)?;
            tenant.select(picked);
            tenant.changed(now);
            Ok(())
        })
    }

    async fn lease(&self, tenant: &TenantId) -> Result<Fence> {
        Ok(self.write(tenant, |tenant| {
            tenant.fence.0 += 1;
            tenant.fence
        }))
    }

    async fn bookmark(&self, tenant: &TenantId, integration: &DirectoryId) -> Result<Revision> {
        Ok(self.read(tenant, |tenant| tenant.bookmark(integration)))
    }

    async fn intake(&self, tenant: &TenantId, intake: Intake) -> Result<()> {
        self.write(tenant, |tenant| tenant.intake(intake))
    }

    async fn mark_all(&self, tenant: &TenantId, now: Timestamp) -> Result<()> {
        self.write(tenant, |tenant| tenant.mark_all(now));
        Ok(())
    }

    async fn agenda(&self, now: Timestamp) -> Result<(Vec<TenantId>, Option<Timestamp>)> {
        let tenants = self.tenants.lock().unwrap_or_else(PoisonError::into_inner);
        let next = |tenant: &Tenant| tenant.dues.values().map(|due| due.not_before).min();
        let ready = |tenant: &Tenant| next(tenant).is_some_and(|at| at <= now);
        let due = tenants
            .iter()
            .filter(|(_, tenant)| ready(tenant))
            .map(|(id, _)| id.clone());
        Ok((due.collect(), tenants.values().filter_map(next).min()))
    }

    async fn due(&self, tenant: &TenantId, now: Timestamp, most: u32) -> Result<Vec<Due>> {
        Ok(self.read(tenant, |tenant| tenant.due(now, most)))
    }

    async fn known(&self, tenant: &TenantId, subjects: Vec<Subject>) -> Result<Vec<Known>> {
        Ok(self.read(tenant, |tenant| {
            subjects
                .into_iter()
                .map(|subject| tenant.known(subject))
                .collect()
        }))
    }

    async fn holders(&self, tenant: &TenantId, keys: Vec<String>) -> Result<Vec<Holder>> {
        Ok(self.read(tenant, |tenant| tenant.holders(&keys)))
    }

    async fn heirs(
        &self,
        tenant: &TenantId,
        integration: &DirectoryId,
        external_ids: Vec<String>,
        user_names: Vec<String>,
    ) -> Result<Vec<Shadow>> {
        let fits = |shadow: &&Shadow| {
            let external = shadow
                .external_id
                .as_ref()
                .is_some_and(|id| external_ids.contains(id));
            shadow.subject.integration == *integration
                && shadow.gone_at.is_some()
                && (external || user_names.contains(&name_key(&shadow.user_name)))
        };
        Ok(self.read(tenant, |tenant| {
            tenant.shadows.values().filter(fits).cloned().collect()
        }))
    }

    async fn occupied(
        &self,
        tenant: &TenantId,
        groups: Vec<AccessGroupId>,
    ) -> Result<Vec<AccessGroupId>> {
        Ok(self.read(tenant, |tenant| {
            let inside = |group: &AccessGroupId| {
                let shadows = tenant.shadows.values().map(|shadow| &shadow.base);
                shadows
                    .into_iter()
                    .any(|base| base.active && base.access_groups.contains(group))
            };
            groups.into_iter().filter(inside).collect()
        }))
    }

    async fn decide(&self, tenant: &TenantId, fence: Fence, steps: Vec<Step>) -> Result<()> {
        self.fenced(tenant, fence, |tenant| {
            for step in steps {
                tenant.write(step);
            }
        })
    }

    async fn settle(
        &self,
        tenant: &TenantId,
        fence: Fence,
        claim: Claim,
        answer: Answer,
    ) -> Result<Settled> {
        self.fenced(tenant, fence, |tenant| tenant.settle(&claim, answer))
    }

    async fn happened(&self, tenant: &TenantId, after: u64, most: u32) -> Result<Vec<Happened>> {
        let most = usize::try_from(most).unwrap_or(usize::MAX);
        let wanted = |happened: &&Happened| happened.seq > after;
        Ok(self.read(tenant, |tenant| {
            let found = tenant.happened.iter().filter(wanted).take(most);
            found.cloned().collect()
        }))
    }

    async fn rule(
        &self,
        tenant: &TenantId,
        rules: Vec<(Subject, Rule)>,
        now: Timestamp,
    ) -> Result<()> {
        self.write(tenant, |tenant| tenant.rule(rules, now));
        Ok(())
    }

    async fn open_decisions(
        &self,
        tenant: &TenantId,
        filter: OpenFilter,
        after: Option<Subject>,
        most: u32,
    ) -> Result<Vec<Decision>> {
        let most = usize::try_from(most).unwrap_or(usize::MAX);
        Ok(self.read(tenant, |tenant| {
            tenant.open_decisions(filter, after.as_ref(), most)
        }))
    }

    async fn guarding(&self, tenant: &TenantId, query: BrakeQuery) -> Result<Guarding> {
        Ok(self.read(tenant, |tenant| tenant.guarding(&query)))
    }

    async fn counts(&self, tenant: &TenantId) -> Result<Counts> {
        Ok(self.read(tenant, Tenant::counts))
    }

    async fn find(&self, tenant: &TenantId, text: &str) -> Result<Vec<Subject>> {
        Ok(self.read(tenant, |tenant| tenant.find(text)))
    }
}

impl Joined for MemoryLedger {
    async fn apply_and_settle(
        &self,
        tenant: &TenantId,
        fence: Fence,
        claim: Claim,
    ) -> Result<Settled> {
        self.fenced(tenant, fence, |tenant| {
            let answer = tenant.apply(&claim.item);
            tenant.settle(&claim, answer)
        })
    }
}

impl Accounts for MemoryLedger {
    async fn accounts(&self, tenant: &TenantId, filter: AccountFilter) -> Result<Vec<Account>> {
        Ok(self.read(tenant, |tenant| tenant.list(&filter)))
    }

    async fn account(&self, tenant: &TenantId, id: &crate::AccountId) -> Result<Option<Account>> {
        Ok(self.read(tenant, |tenant| tenant.account(id)))
    }

    async fn access_groups(&self, tenant: &TenantId) -> Result<Vec<AccessGroup>> {
        Ok(self.read(tenant, Tenant::access_groups))
    }

    async fn seed(
        &self,
        tenant: &TenantId,
        accounts: Vec<Account>,
        groups: Vec<AccessGroup>,
    ) -> Result<()> {
        self.write(tenant, |tenant| tenant.seed(accounts, groups));
        Ok(())
    }
}

/// The window of work that waits for nothing: a changed rule, a freed name (sync §2).
pub(super) const AT_ONCE: Window = Window {
    settle: crate::Span::from_millis(0),
    most: crate::Span::from_millis(0),
};

/// News that nobody's request brought.
pub(super) fn hint(subject: Subject, at: Timestamp) -> Hint {
    Hint {
        subject,
        lane: enroll_store::Lane::Settle,
        at,
        cause: None,
    }
}
