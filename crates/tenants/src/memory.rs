//! The rows in memory: what the contract means, and what tests use.

use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

use enroll_schema::Timestamp;
use enroll_store::{DirectoryId, TenantId};

use crate::{
    Integration, KEYS_LIVE_MAX, Key, Learned, Lookup, Result, TOKENS_LIVE_MAX, Tenant, Tenants,
    TenantsError, Token,
};

/// Tenants in memory; clones share the rows.
#[derive(Clone, Debug, Default)]
pub struct MemoryTenants {
    rows: Arc<Mutex<Rows>>,
    generation: Arc<AtomicU64>,
}

#[derive(Debug, Default)]
struct Rows {
    tenants: BTreeMap<TenantId, Tenant>,
    integrations: Vec<Integration>,
    tokens: Vec<Token>,
    keys: Vec<Key>,
}

impl MemoryTenants {
    fn read(&self) -> MutexGuard<'_, Rows> {
        self.rows.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> MutexGuard<'_, Rows> {
        let rows = self.read();
        // Under the lock: whoever reads the new number reads the new rows.
        self.generation.fetch_add(1, Ordering::Release);
        rows
    }
}

impl Tenants for MemoryTenants {
    async fn put_tenant(
        &self,
        id: &TenantId,
        name: &str,
        now: Timestamp,
    ) -> Result<(Tenant, bool)> {
        let mut rows = self.write();
        let new = !rows.tenants.contains_key(id);
        let fresh = Tenant {
            id: id.clone(),
            name: name.to_owned(),
            created: now,
        };
        let tenant = rows.tenants.entry(id.clone()).or_insert(fresh);
        name.clone_into(&mut tenant.name);
        Ok((tenant.clone(), new))
    }

    async fn tenant(&self, id: &TenantId) -> Result<Option<Tenant>> {
        Ok(self.read().tenants.get(id).cloned())
    }

    async fn tenants(&self, after: Option<&TenantId>, most: u32) -> Result<Vec<Tenant>> {
        let rows = self.read();
        let later = rows
            .tenants
            .values()
            .filter(|tenant| after.is_none_or(|id| tenant.id > *id));
        Ok(later
            .take(usize::try_from(most).unwrap_or(usize::MAX))
            .cloned()
            .collect())
    }

    async fn add_integration(&self, integration: Integration) -> Result<()> {
        let mut rows = self.write();
        if !rows.tenants.contains_key(&integration.tenant) {
            return Err(TenantsError::NoTenant(integration.tenant.to_string()));
        }
        if rows.integrations.iter().any(|row| row.id == integration.id) {
            return Err(TenantsError::Exists(integration.id.to_string()));
        }
        rows.integrations.push(integration);
        Ok(())
    }

    async fn integration(&self, id: &DirectoryId) -> Result<Option<Integration>> {
        Ok(self
            .read()
            .integrations
            .iter()
            .find(|row| row.id == *id)
            .cloned())
    }

    async fn integrations(&self, tenant: &TenantId) -> Result<Vec<Integration>> {
        Ok(self
            .read()
            .integrations
            .iter()
            .filter(|row| row.tenant == *tenant)
            .cloned()
            .collect())
    }

    async fn update_integration(&self, id: &DirectoryId, name: &str, idp: &str) -> Result<()> {
        let mut rows = self.write();
        let row = rows.integrations.iter_mut().find(|row| row.id == *id);
        let row = row.ok_or_else(|| TenantsError::NoIntegration(id.to_string()))?;
        name.clone_into(&mut row.name);
        if row.idp != idp {
            row.learned = None;
        }
        idp.clone_into(&mut row.idp);
        Ok(())
    }

    async fn learn(&self, id: &DirectoryId, learned: Learned) -> Result<()> {
        let mut rows = self.write();
        let is_open = |row: &&mut Integration| {
            row.id == *id && row.idp == "auto" && (learned.is_certain || row.learned.is_none())
        };
        if let Some(row) = rows.integrations.iter_mut().find(is_open) {
            row.learned = Some(learned);
        }
        Ok(())
    }

    async fn add_token(&self, token: Token) -> Result<()> {
        let mut rows = self.write();
        if !rows
            .integrations
            .iter()
            .any(|row| row.id == token.integration)
        {
            return Err(TenantsError::NoIntegration(token.integration.to_string()));
        }
        if rows
            .tokens
            .iter()
            .any(|row| row.id == token.id || row.digest == token.digest)
        {
            return Err(TenantsError::Exists(token.id));
        }
        let live =
            |row: &&Token| row.integration == token.integration && row.is_live(token.created);
        if rows.tokens.iter().filter(live).count() >= TOKENS_LIVE_MAX {
            return Err(TenantsError::TooManyTokens);
        }
        rows.tokens.push(token);
        Ok(())
    }

    async fn tokens(&self, integration: &DirectoryId) -> Result<Vec<Token>> {
        Ok(self
            .read()
            .tokens
            .iter()
            .filter(|row| row.integration == *integration)
            .cloned()
            .collect())
    }

    async fn revoke_token(&self, id: &str, now: Timestamp) -> Result<()> {
        let mut rows = self.write();
        let row = rows.tokens.iter_mut().find(|row| row.id == id);
        let row = row.ok_or_else(|| TenantsError::NoToken(id.to_owned()))?;
        row.revoked.get_or_insert(now);
        Ok(())
    }

    async fn renew_token(&self, id: &str, until: Timestamp) -> Result<()> {
        let mut rows = self.write();
        let row = rows.tokens.iter_mut().find(|row| row.id == id);
        let row = row.ok_or_else(|| TenantsError::NoToken(id.to_owned()))?;
        (row.revoked, row.expires) = (None, until);
        Ok(())
    }

    async fn find_tokens(&self, lookup: Lookup) -> Result<Vec<Token>> {
        Ok(self
            .read()
            .tokens
            .iter()
            .filter(|row| row.lookup == lookup)
            .cloned()
            .collect())
    }

    async fn touch(&self, token: &str, now: Timestamp) -> Result<()> {
        let mut rows = self.read();
        let Some(row) = rows.tokens.iter_mut().find(|row| row.id == token) else {
            return Ok(());
        };
        row.last_used = Some(now);
        let id = row.integration.clone();
        if let Some(integration) = rows.integrations.iter_mut().find(|row| row.id == id) {
            integration.last_seen = Some(now);
        }
        Ok(())
    }

    async fn add_key(&self, key: Key) -> Result<()> {
        let mut rows = self.write();
        if rows
            .keys
            .iter()
            .any(|row| row.id == key.id || row.digest == key.digest)
        {
            return Err(TenantsError::Exists(key.id));
        }
        if let Some(tenant) = key
            .tenant
            .as_ref()
            .filter(|id| !rows.tenants.contains_key(id))
        {
            return Err(TenantsError::NoTenant(tenant.to_string()));
        }
        if rows.keys.iter().filter(|row| row.is_live()).count() >= KEYS_LIVE_MAX {
            return Err(TenantsError::TooManyKeys);
        }
        rows.keys.push(key);
        Ok(())
    }

    async fn keys(&self) -> Result<Vec<Key>> {
        Ok(self.read().keys.clone())
    }

    async fn revoke_key(&self, id: &str, now: Timestamp) -> Result<()> {
        let mut rows = self.write();
        let row = rows.keys.iter_mut().find(|row| row.id == id);
        let row = row.ok_or_else(|| TenantsError::NoKey(id.to_owned()))?;
        row.revoked.get_or_insert(now);
        Ok(())
    }

    async fn find_keys(&self, lookup: Lookup) -> Result<Vec<Key>> {
        Ok(self
            .read()
            .keys
            .iter()
            .filter(|row| row.lookup == lookup)
            .cloned()
            .collect())
    }

    fn generation(&self) -> u64 {
        self.generation.load(Ordering::Acquire)
    }
}
