//! From a directory's feed to the queue: hints, and how far was read, in one transaction.

use enroll_schema::{ResourceId, Timestamp};
use enroll_store::{
    Change, Directories, DirectoryId, Feed, Key, Lane, LinkKey, Query, Revision, Store, Target,
    TenantId, Touched, Want, What, Window as Place,
};

use crate::{Accounts, Desk, Hint, Intake, Ledger, Subject, SyncError, Window, desk::Kinds};

/// Changes read at once.
const CHANGES_MAX: u32 = 500;
/// Hints written down at once.
const HINTS_MAX: usize = 1_000;
/// Links or records read at once.
const PAGE_MAX: u32 = 1_000;

impl<D: Directories, L: Ledger + Accounts> Desk<D, L> {
    /// Reads the next stretch of a feed; returns whether there may be more.
    pub(crate) async fn take_in(
        &self,
        tenant: &TenantId,
        integration: &DirectoryId,
        now: Timestamp,
    ) -> Result<bool, SyncError> {
        let store = self.directories.open(integration).await?;
        let from = self.ledger.bookmark(tenant, integration).await?;
        let read = store.changes(from, CHANGES_MAX).await?;
        let Some(first) = read.changes.first() else {
            return Ok(false);
        };
        let policy = self.ledger.context(tenant).await?.policy;
        let mut intake = Intake {
            integration: integration.clone(),
            from,
            upto: read.changes.last().map_or(from, |change| change.revision),
            hints: Vec::new(),
            members_of: Vec::new(),
            window: Window {
                settle: policy.settle,
                most: policy.settle_max,
            },
        };
        if first.revision.0 > from.0 + 1 {
            // Older changes were dropped: everything there is may have changed.
            self.sweep(&store, integration, now, &mut intake).await?;
            self.ledger.mark_all(tenant, now).await?;
        }
        for change in &read.changes {
            self.note(&store, integration, change, now, &mut intake)
                .await?;
        }
        self.write_down(tenant, intake).await?;
        Ok(u32::try_from(read.changes.len()).unwrap_or(u32::MAX) >= CHANGES_MAX)
    }

    /// Writes hints down a stretch at a time, so that one big group does not keep SCIM writes
    /// waiting; the bookmark moves with the last stretch, and a repeat after a crash does no harm.
    async fn write_down(&self, tenant: &TenantId, mut intake: Intake) -> Result<(), SyncError> {
        while intake.hints.len() > HINTS_MAX {
            let later = intake.hints.split_off(HINTS_MAX);
            let stretch = Intake {
                hints: std::mem::replace(&mut intake.hints, later),
                upto: intake.from,
                members_of: Vec::new(),
                integration: intake.integration.clone(),
                ..intake
            };
            self.ledger.intake(tenant, stretch).await?;
        }
        Ok(self.ledger.intake(tenant, intake).await?)
    }

    /// Turns one change into hints.
    async fn note(
        &self,
        store: &D::Store,
        integration: &DirectoryId,
        change: &Change,
        now: Timestamp,
        intake: &mut Intake,
    ) -> Result<(), SyncError> {
        // A clock that jumped back must not put work off (P19).
        let at = change.at.min(now);
        let Some(subject) = self.kinds.subject(integration, change) else {
            return Ok(());
        };
        let hint = |subject, lane| Hint {
            subject,
            lane,
            at,
            cause: Some(change.request.clone()),
        };
        let person = |id: &ResourceId| hint(Subject::person(integration, id), Lane::Settle);
        let lane = if change.what == What::Deleted {
            Lane::Now
        } else {
            change.lane
        };
        let is_group = change.kind == self.kinds.group.name();
        intake
            .hints
            .push(hint(subject, if is_group { Lane::Settle } else { lane }));
        match &change.touched {
            Touched::None => {}
            Touched::Members(ids) => {
                let ids = ids.iter().filter_map(|id| ResourceId::new(id).ok());
                intake.hints.extend(ids.map(|id| person(&id)));
            }
            Touched::All => {
                intake
                    .members_of
                    .push((change.id.clone(), at, Some(change.request.clone())));
                let members = self.members(store, &change.id).await?;
                intake.hints.extend(members.iter().map(person));
            }
        }
        Ok(())
    }

    /// Lists the members a group has now.
    async fn members(
        &self,
        store: &D::Store,
        group: &ResourceId,
    ) -> Result<Vec<ResourceId>, SyncError> {
        let target = Target {
            kind: self.kinds.group.clone(),
            id: group.clone(),
        };
        let mut found = Vec::new();
        let mut after = LinkKey::default();
        loop {
            let page = match store.links(target.clone(), after, PAGE_MAX).await {
                Err(enroll_store::StoreError::NotFound) => return Ok(found),
                page => page?,
            };
            found.extend(page.links.into_iter().map(|link| link.id));
            match page.next {
                Some(next) => after = next,
                None => return Ok(found),
            }
        }
    }

    /// Hints everybody and everything a directory has.
    async fn sweep(
        &self,
        store: &D::Store,
        integration: &DirectoryId,
        now: Timestamp,
        intake: &mut Intake,
    ) -> Result<(), SyncError> {
        let mut place = Place::Index(1);
        loop {
            let branches = vec![
                (self.kinds.group.clone(), None),
                (self.kinds.user.clone(), None),
            ];
            let query = Query {
                branches,
                sort: None,
                window: place,
                count: PAGE_MAX,
                want: Want::Omit,
                total: false,
            };
            let page = store.find(query).await?;
            for record in &page.records {
                let subject = if record.kind == self.kinds.group {
                    Subject::group(integration, &record.id)
                } else {
                    Subject::person(integration, &record.id)
                };
                intake.hints.push(Hint {
                    subject,
                    lane: Lane::Settle,
                    at: now,
                    cause: None,
                });
            }
            let last: Option<&Key> = page.keys.last();
            match last {
                Some(key) => place = Place::After(key.clone()),
                None => return Ok(()),
            }
        }
    }

    /// Tells whether a directory has changes that were not read.
    pub(crate) async fn has_news(
        &self,
        tenant: &TenantId,
        integration: &DirectoryId,
    ) -> Result<bool, SyncError> {
        let store = self.directories.open(integration).await?;
        let from: Revision = self.ledger.bookmark(tenant, integration).await?;
        Ok(!store.changes(from, 1).await?.changes.is_empty())
    }
}

impl Kinds {
    fn subject(&self, integration: &DirectoryId, change: &Change) -> Option<Subject> {
        if change.kind == self.user.name() {
            return Some(Subject::person(integration, &change.id));
        }
        (change.kind == self.group.name()).then(|| Subject::group(integration, &change.id))
    }
}
