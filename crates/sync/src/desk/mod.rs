//! The operator's side of the job: rules, groups, accounts, state, and why.

mod feed;
mod impact;
mod jit;
mod links;
mod login;
mod picker;
mod plans;
mod reports;
mod rulings;
mod survey;
mod why;

pub use survey::{SURVEY_GROUPS_MAX, SURVEY_PEOPLE_MAX, SeenGroup, SentZone, Survey};

use enroll_schema::{ResourceType, Schemas, Timestamp};
use enroll_store::{Directories, DirectoryId, Query, Store, TenantId, Want, Window};
use serde_json::Value;

use crate::{
    AccessGroup, Account, AccountFilter, Accounts, Activity, Capabilities, Choice, Context,
    GroupRow, Integration, Ledger, LedgerError, Mapping, Picked, Policy, Selection, SourceGroup,
    SyncError, SyncState,
};
pub use feed::{Gone, Stretch, Whole};
pub use impact::{Affected, CauseImpact, GivenBack, IMPACT_MAX, Impact, LeftOut, Touch};
pub use jit::{Entry, EntryDecision};
pub use links::Linked;
pub use login::{Login, LoginReason, MatchedBy, NAME_ID_BYTES_MAX};
use picker::{chosen, members, rows};
pub use plans::{ChangedSince, Decided, Fate, ItemFilter, Which};
pub use reports::{Catalogue, DriftVerb};
pub use rulings::Say;

/// What an operator asks and sets; knows nothing of the sink.
///
/// Cheap to clone. Whoever changes something here wakes the job afterwards.
#[derive(Clone, Debug)]
pub struct Desk<D, L> {
    pub(crate) directories: D,
    pub(crate) ledger: L,
    pub(crate) kinds: Kinds,
}

/// The two resource types the job reads.
#[derive(Clone, Debug)]
pub(crate) struct Kinds {
    pub(crate) user: ResourceType,
    pub(crate) group: ResourceType,
}

/// Most groups of one integration that can be selected.
pub const SELECTIONS_MAX: usize = 1_000;

impl<D: Directories, L: Ledger + Accounts> Desk<D, L> {
    /// Makes a desk; `None` unless `schemas` has `User` and `Group`.
    pub fn new(directories: D, ledger: L, schemas: &Schemas) -> Option<Self> {
        let user = schemas.named("User")?.clone();
        let group = schemas.named("Group")?.clone();
        Some(Self {
            directories,
            ledger,
            kinds: Kinds { user, group },
        })
    }

    /// Returns the ledger.
    pub fn ledger(&self) -> &L {
        &self.ledger
    }

    /// Ties an integration to a tenant; a tenant that has no policy yet gets `initial`.
    ///
    /// # Errors
    /// When the ledger fails.
    pub async fn attach(
        &self,
        tenant: &TenantId,
        integration: Integration,
        initial: Policy,
    ) -> Result<(), SyncError> {
        Ok(self.ledger.attach(tenant, integration, initial).await?)
    }

    /// Returns a tenant's rules.
    ///
    /// # Errors
    /// When the ledger fails.
    pub async fn policy(&self, tenant: &TenantId) -> Result<Policy, SyncError> {
        Ok(self.ledger.context(tenant).await?.policy)
    }

    /// Changes a tenant's rules key by key; everybody is planned again.
    ///
    /// # Errors
    /// [`SyncError::Policy`] names the key that was refused; nothing is changed then.
    pub async fn patch_policy(
        &self,
        tenant: &TenantId,
        change: &Value,
        now: Timestamp,
    ) -> Result<Policy, SyncError> {
        loop {
            let context = self.ledger.context(tenant).await?;
            let policy = context.policy.patched(change)?;
            Mapping::compile(&policy, &self.kinds.user)?;
            let written = self
                .ledger
                .set_policy(tenant, context.version, policy.clone(), now)
                .await;
            match written {
                // Somebody else changed other keys, or the job selected a group: the change is laid
                // over that.
                Err(LedgerError::Moved) => {}
                written => return Ok(written.map(|()| policy)?),
            }
        }
    }

    /// Says which access groups there can be (S-35b).
    ///
    /// # Errors
    /// When the ledger fails.
    pub async fn set_capabilities(
        &self,
        tenant: &TenantId,
        capabilities: Capabilities,
        now: Timestamp,
    ) -> Result<(), SyncError> {
        Ok(self
            .ledger
            .set_capabilities(tenant, capabilities, now)
            .await?)
    }

    /// Lists the provider's groups as they are now, with how each is selected (S-34); in the order
    /// of the picker.
    ///
    /// # Errors
    /// [`SyncError::UnknownIntegration`], or when a store fails.
    pub async fn groups(
        &self,
        tenant: &TenantId,
        integration: &DirectoryId,
    ) -> Result<Vec<GroupRow>, SyncError> {
        let context = self.ledger.context(tenant).await?;
        known_integration(&context, integration)?;
        let live = self.live_groups(integration).await?;
        let pending = self
            .directories
            .open(integration)
            .await?
            .pending(None, PENDING_MAX)
            .await?;
        let mut rows = rows(&context, integration, &live);
        for row in &mut rows {
            let own = pending.iter().filter(|one| one.group == row.id);
            row.pending_members = own.map(|one| one.value.clone()).collect();
        }
        Ok(rows)
    }

    /// Returns the selections of one integration in the order of the picker.
    ///
    /// # Errors
    /// [`SyncError::UnknownIntegration`], or when the ledger fails.
    pub async fn selections(
        &self,
        tenant: &TenantId,
        integration: &DirectoryId,
    ) -> Result<Vec<Selection>, SyncError> {
        let context = self.ledger.context(tenant).await?;
        known_integration(&context, integration)?;
        let own = context
            .selections
            .into_iter()
            .filter(|s| s.integration == *integration);
        let mut own: Vec<_> = own.collect();
        own.sort_by(|a, b| a.order().cmp(&b.order()));
        Ok(own)
    }

    /// Replaces the selections of one integration: the list is the order of the picker (S-35).
    /// Everybody is planned again.
    ///
    /// # Errors
    /// [`SyncError::Choice`] names the entry that was refused; nothing is changed then.
    pub async fn select(
        &self,
        tenant: &TenantId,
        integration: &DirectoryId,
        choices: Vec<Choice>,
        now: Timestamp,
    ) -> Result<Vec<GroupRow>, SyncError> {
        known_integration(&self.ledger.context(tenant).await?, integration)?;
        let live = self.live_groups(integration).await?;
        loop {
            let context = self.ledger.context(tenant).await?;
            let selections = chosen(&context, integration, &live, choices.clone())?;
            let picked = Picked {
                integration: integration.clone(),
                selections,
                seen: live.iter().map(|(group, _)| group.clone()).collect(),
            };
            let written = self
                .ledger
                .select(tenant, context.version, picked, now)
                .await;
            match written {
                Err(LedgerError::Moved) => {}
                Err(error) => return Err(error.into()),
                Ok(()) => return self.groups(tenant, integration).await,
            }
        }
    }

    /// Lists accounts in order of their ids.
    ///
    /// # Errors
    /// When the ledger fails.
    pub async fn accounts(
        &self,
        tenant: &TenantId,
        filter: AccountFilter,
    ) -> Result<Vec<Account>, SyncError> {
        Ok(self.ledger.accounts(tenant, filter).await?)
    }

    /// Lists access groups in order of their ids.
    ///
    /// # Errors
    /// When the ledger fails.
    pub async fn access_groups(&self, tenant: &TenantId) -> Result<Vec<AccessGroup>, SyncError> {
        Ok(self.ledger.access_groups(tenant).await?)
    }

    /// Puts accounts and access groups there that nobody manages, as an application in use has them
    /// (S-33).
    ///
    /// # Errors
    /// When the ledger fails.
    pub async fn seed(
        &self,
        tenant: &TenantId,
        accounts: Vec<Account>,
        groups: Vec<AccessGroup>,
    ) -> Result<(), SyncError> {
        Ok(self.ledger.seed(tenant, accounts, groups).await?)
    }

    /// Says whether the job has something to do.
    ///
    /// Idle: every feed is read, and nobody is due now or within the settle window. Clocks of held
    /// items do not count.
    ///
    /// # Errors
    /// When a store fails.
    pub async fn state(&self, tenant: &TenantId) -> Result<SyncState, SyncError> {
        // News first: a change that is read in between is counted as due, never missed.
        let context = self.ledger.context(tenant).await?;
        let mut news = false;
        for integration in &context.integrations {
            news = news || self.has_news(tenant, &integration.id).await?;
        }
        let counts = self.ledger.counts(tenant).await?;
        let state = match (news || counts.due > 0, context.policy.auto_sync) {
            (true, _) => Activity::Running,
            (false, true) => Activity::Idle,
            (false, false) => Activity::Paused,
        };
        Ok(SyncState {
            state,
            pending: counts.due + counts.waiting + u64::from(news),
            held: counts.held,
            blocked: counts.blocked,
            seq: counts.seq,
        })
    }

    /// Reads every group of a directory, with its number of members.
    async fn live_groups(
        &self,
        integration: &DirectoryId,
    ) -> Result<Vec<(SourceGroup, u64)>, SyncError> {
        let store = self.directories.open(integration).await?;
        let mut found = Vec::new();
        let mut window = Window::Index(1);
        loop {
            let query = Query {
                branches: vec![(self.kinds.group.clone(), None)],
                sort: None,
                window,
                count: PAGE_MAX,
                want: Want::UpTo(0),
                total: false,
            };
            let page = store.find(query).await?;
            for record in &page.records {
                found.push((
                    crate::job::source(integration, record)?,
                    members(&record.links),
                ));
            }
            match page.keys.last() {
                Some(key) => window = Window::After(key.clone()),
                None => return Ok(found),
            }
        }
    }
}

/// Records read at once.
const PAGE_MAX: u32 = 1_000;
/// Pending references shown at most.
const PENDING_MAX: u32 = 10_000;

fn known_integration(context: &Context, id: &DirectoryId) -> Result<(), SyncError> {
    let known = context
        .integrations
        .iter()
        .any(|integration| integration.id == *id);
    if known {
        Ok(())
    } else {
        Err(SyncError::UnknownIntegration(id.to_string()))
    }
}
