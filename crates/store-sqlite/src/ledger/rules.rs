//! What a tenant's people set: integrations, policy, catalogue, selections; and the lease.

use enroll_schema::Timestamp;
use enroll_store::{DirectoryId, TenantId};
use enroll_sync::{
    Capabilities, Context, Counts, Fence, Integration, LedgerError, Picked, Policy, Selection,
};
use rusqlite::{Connection, Row};

use super::{
    sql,
    tx::{Done, Json, Tx, told},
};

/// Lists every integration with its tenant.
pub(super) fn all_integrations(sql: &Connection) -> Done<Vec<(TenantId, Integration)>> {
    let read = || {
        let mut statement = sql.prepare_cached(sql::ATTACHED_ALL)?;
        let rows = statement.query_map([], |row| {
            Ok((TenantId::new(row.get::<_, String>(3)?), integration(row)?))
        })?;
        rows.collect::<rusqlite::Result<Vec<_>>>()
    };
    read().map_err(told)
}

impl Tx<'_> {
    pub(super) fn attach(&self, integration: &Integration, initial: &Policy) -> Done<()> {
        self.run(sql::POLICY_FIRST, &[&Json(initial)])?;
        let Integration { id, name, order } = integration;
        self.run(sql::ATTACH, &[&id.as_str(), name, order])?;
        Ok(())
    }

    pub(super) fn context(&self, tenant: &TenantId) -> Done<Context> {
        let numbers = self.one(sql::NUMBERS, &[], |row| Ok((row.get(0)?, row.get(1)?)))?;
        let (version, seq) = numbers.unwrap_or_default();
        let rules = self.one(sql::RULES, &[], |row| Ok((row.get(0)?, row.get(1)?)))?;
        let (policy, capabilities): (Option<Json<Policy>>, Option<Json<Capabilities>>) =
            rules.unwrap_or_default();
        let capabilities = capabilities.map_or_else(Capabilities::default, |Json(known)| known);
        Ok(Context {
            tenant: tenant.clone(),
            policy: policy.map_or_else(Policy::default, |Json(policy)| policy),
            version,
            seq,
            integrations: self.all(sql::ATTACHED, &[], integration)?,
            selections: self.jsons(sql::SELECTIONS, &[])?,
            groups: self.jsons(sql::SOURCES, &[])?,
            bindings: self.jsons(sql::BINDINGS, &[])?,
            access_groups: self.access_groups(&capabilities)?,
            capabilities,
        })
    }

    pub(super) fn capabilities(&self) -> Done<Capabilities> {
        let known: Option<Option<Json<Capabilities>>> = self.value(sql::CAPABILITIES, &[])?;
        Ok(known
            .flatten()
            .map_or_else(Capabilities::default, |Json(known)| known))
    }

    /// Refuses unless the rules are those that were read.
    pub(super) fn expect(&self, version: u64) -> Done<()> {
        match self.value::<u64>(sql::VERSION, &[])? {
            Some(found) if found == version => Ok(()),
            _ => Err(LedgerError::Moved.into()),
        }
    }

    pub(super) fn policy(&self) -> Done<Policy> {
        let policy: Option<Option<Json<Policy>>> = self.value(sql::RULES, &[])?;
        Ok(policy
            .flatten()
            .map_or_else(Policy::default, |Json(policy)| policy))
    }

    pub(super) fn set_policy(&self, policy: &Policy, now: Timestamp) -> Done<()> {
        self.run(sql::POLICY_SET, &[&Json(policy)])?;
        self.changed(now)
    }

    pub(super) fn set_capabilities(&self, wanted: &Capabilities, now: Timestamp) -> Done<()> {
        if self.capabilities()? == *wanted {
            return Ok(());
        }
        self.run(sql::CAPABILITIES_SET, &[&Json(wanted)])?;
        self.changed(now)
    }

    /// Replaces the selections of one integration.
    pub(super) fn select(&self, picked: &Picked, now: Timestamp) -> Done<()> {
        self.run(sql::SELECTIONS_DROP, &[&picked.integration.as_str()])?;
        for selection in &picked.selections {
            self.put_selection(selection)?;
        }
        for group in &picked.seen {
            self.put_source(group, sql::SOURCE_FIRST)?;
        }
        self.changed(now)
    }

    pub(super) fn put_selection(&self, selection: &Selection) -> Done<()> {
        let (integration, group) = (selection.integration.as_str(), selection.group.as_str());
        self.run(
            sql::SELECTION_SET,
            &[&integration, &group, &Json(selection)],
        )?;
        Ok(())
    }

    pub(super) fn lease(&self) -> Done<Fence> {
        let fence = self.value(sql::LEASE, &[])?;
        fence
            .map(Fence)
            .ok_or_else(|| told(rusqlite::Error::QueryReturnedNoRows))
    }

    /// Refuses a job whose lease another one took over.
    pub(super) fn check(&self, fence: Fence) -> Done<()> {
        match self.value::<u64>(sql::FENCE, &[])? {
            Some(found) if found == fence.0 => Ok(()),
            _ => Err(LedgerError::Fenced.into()),
        }
    }

    pub(super) fn counts(&self) -> Done<Counts> {
        let counts = self.one(sql::COUNTS, &[], |row| {
            Ok(Counts {
                due: row.get(0)?,
                waiting: row.get(1)?,
                held: row.get(2)?,
                blocked: row.get(3)?,
                seq: row.get(4)?,
            })
        })?;
        Ok(counts.unwrap_or_default())
    }

    /// A rule changed: everybody is due.
    fn changed(&self, now: Timestamp) -> Done<()> {
        self.run(sql::VERSION_NEXT, &[])?;
        self.mark_all(now)
    }
}

fn integration(row: &Row<'_>) -> rusqlite::Result<Integration> {
    Ok(Integration {
        id: DirectoryId::new(row.get::<_, String>(0)?),
        name: row.get(1)?,
        order: row.get(2)?,
    })
}
