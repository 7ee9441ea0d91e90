//! From a presented secret to what it opens.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use enroll_schema::Timestamp;
use enroll_store::{DirectoryId, TenantId};

use crate::{Digest, Key, Learned, Lookup, Result, Tenants, Token};

/// What a live token opens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Access {
    /// The tenant.
    pub tenant: TenantId,
    /// The one directory, which is also the integration.
    pub directory: DirectoryId,
    /// The integration's dialect name.
    pub idp: String,
    /// What requests told about the provider, if `idp` is `auto`.
    pub learned: Option<Learned>,
    /// The token's id.
    pub token: String,
}

/// Answers who a caller is; clones share what was learned.
///
/// What was read is trusted for at most one second, and not at all once this process wrote a row, so
/// a revoked token is refused on the next request (threat B3, promise P20).
#[derive(Clone, Debug)]
pub struct Gate<T> {
    tenants: T,
    known: Arc<Mutex<Known>>,
}

#[derive(Debug, Default)]
struct Known {
    generation: u64,
    tokens: HashMap<Lookup, Seen>,
}

#[derive(Clone, Debug)]
struct Seen {
    digest: Digest,
    access: Access,
    expires: Timestamp,
    checked: Timestamp,
    touched: Timestamp,
}

impl<T: Tenants> Gate<T> {
    /// Makes a gate over the rows of `tenants`.
    pub fn new(tenants: T) -> Self {
        Self {
            tenants,
            known: Arc::default(),
        }
    }

    /// Returns the rows it asks.
    pub fn tenants(&self) -> &T {
        &self.tenants
    }

    /// Returns what `token` opens at `now`; `None` for unknown, revoked and expired tokens alike.
    ///
    /// # Errors
    /// Only when the rows cannot be read.
    pub async fn admit(&self, token: &str, now: Timestamp) -> Result<Option<Access>> {
        let digest = Digest::of(token);
        let lookup = Lookup::of(&digest);
        if let Some(seen) = self.fresh(lookup, digest, now) {
            return Ok(Some(seen.access));
        }
        let generation = self.tenants.generation();
        let rows = self.tenants.find_tokens(lookup).await?;
        let Some(row) = rows
            .into_iter()
            .find(|row| row.digest == digest && row.is_live(now))
        else {
            return Ok(None);
        };
        let Some(access) = self.access(&row).await? else {
            return Ok(None);
        };
        if row.last_used.is_none_or(|at| minutes(now) > minutes(at)) {
            self.tenants.touch(&row.id, now).await?;
        }
        let seen = Seen {
            digest,
            access: access.clone(),
            expires: row.expires,
            checked: now,
            touched: now,
        };
        self.remember(generation, lookup, seen);
        Ok(Some(access))
    }

    /// Returns the live management key that `key` is; `None` for unknown and revoked ones alike.
    ///
    /// It is read each time, so a revoked key is refused on the next request.
    ///
    /// # Errors
    /// Only when the rows cannot be read.
    pub async fn key(&self, key: &str) -> Result<Option<Key>> {
        let digest = Digest::of(key);
        let rows = self.tenants.find_keys(Lookup::of(&digest)).await?;
        Ok(rows
            .into_iter()
            .find(|row| row.digest == digest && row.is_live()))
    }

    async fn access(&self, row: &Token) -> Result<Option<Access>> {
        let integration = self.tenants.integration(&row.integration).await?;
        Ok(integration.map(|integration| Access {
            tenant: integration.tenant,
            directory: integration.id,
            idp: integration.idp,
            learned: integration.learned,
            token: row.id.clone(),
        }))
    }

    fn fresh(&self, lookup: Lookup, digest: Digest, now: Timestamp) -> Option<Seen> {
        let mut known = self.lock();
        if known.generation != self.tenants.generation() {
            known.tokens.clear();
            return None;
        }
        let seen = known.tokens.get(&lookup)?;
        let age = now.as_millis() - seen.checked.as_millis();
        let good =
            seen.digest == digest && (0..TRUSTED_MILLIS).contains(&age) && now < seen.expires;
        (good && minutes(now) == minutes(seen.touched)).then(|| seen.clone())
    }

    fn remember(&self, generation: u64, lookup: Lookup, seen: Seen) {
        let mut known = self.lock();
        if known.generation != generation || known.tokens.len() >= KNOWN_MAX {
            known.tokens.clear();
            known.generation = generation;
        }
        known.tokens.insert(lookup, seen);
    }

    fn lock(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn minutes(at: Timestamp) -> i64 {
    at.as_millis().div_euclid(60_000)
}

/// How long what was read is trusted.
const TRUSTED_MILLIS: i64 = 1_000;
/// Most tokens that are remembered.
const KNOWN_MAX: usize = 10_000;
