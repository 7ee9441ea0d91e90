//! Where tenants, integrations, tokens and keys are kept.

use std::{fmt, future::Future};

use enroll_schema::Timestamp;
use enroll_store::{DirectoryId, TenantId};

use crate::{Integration, Key, Learned, Lookup, Result, Tenant, Token};

/// The rows of the operator's side. Every write is one transaction.
pub trait Tenants: fmt::Debug + Clone + Send + Sync + 'static {
    /// Makes the tenant, or renames it if it is there; returns the tenant and whether it is new.
    fn put_tenant(
        &self,
        id: &TenantId,
        name: &str,
        now: Timestamp,
    ) -> impl Future<Output = Result<(Tenant, bool)>> + Send;

    /// Reads a tenant.
    fn tenant(&self, id: &TenantId) -> impl Future<Output = Result<Option<Tenant>>> + Send;

    /// Lists tenants by id, after `after`.
    fn tenants(
        &self,
        after: Option<&TenantId>,
        most: u32,
    ) -> impl Future<Output = Result<Vec<Tenant>>> + Send;

    /// Adds an integration.
    ///
    /// # Errors
    /// `NoTenant`, or `Exists` when the id is taken.
    fn add_integration(&self, integration: Integration) -> impl Future<Output = Result<()>> + Send;

    /// Reads an integration.
    fn integration(
        &self,
        id: &DirectoryId,
    ) -> impl Future<Output = Result<Option<Integration>>> + Send;

    /// Lists the integrations of a tenant in the order they were made.
    fn integrations(
        &self,
        tenant: &TenantId,
    ) -> impl Future<Output = Result<Vec<Integration>>> + Send;

    /// Changes name and dialect of an integration; another dialect clears what was learned.
    ///
    /// # Errors
    /// `NoIntegration`.
    fn update_integration(
        &self,
        id: &DirectoryId,
        name: &str,
        idp: &str,
    ) -> impl Future<Output = Result<()>> + Send;

    /// Remembers what requests told about the provider of an integration that is set to `auto`.
    ///
    /// What is certain replaces what was there; a suggestion is kept only where nothing is. Of an
    /// integration that is set to a dialect, or not there, nothing is learned.
    fn learn(&self, id: &DirectoryId, learned: Learned) -> impl Future<Output = Result<()>> + Send;

    /// Adds a token.
    ///
    /// # Errors
    /// `NoIntegration`, `Exists`, or `TooManyTokens` (E-21).
    fn add_token(&self, token: Token) -> impl Future<Output = Result<()>> + Send;

    /// Lists the tokens of an integration in the order they were made, revoked ones too.
    fn tokens(&self, integration: &DirectoryId) -> impl Future<Output = Result<Vec<Token>>> + Send;

    /// Revokes a token; a second time changes nothing.
    ///
    /// # Errors
    /// `NoToken`.
    fn revoke_token(&self, id: &str, now: Timestamp) -> impl Future<Output = Result<()>> + Send;

    /// Lets a revoked or expired token open again until `until`: for whoever brings the same secret
    /// once more.
    ///
    /// # Errors
    /// `NoToken`.
    fn renew_token(&self, id: &str, until: Timestamp) -> impl Future<Output = Result<()>> + Send;

    /// Finds tokens by look-up value; the caller compares the digests.
    fn find_tokens(&self, lookup: Lookup) -> impl Future<Output = Result<Vec<Token>>> + Send;

    /// Notes that a token was used, and its integration seen.
    fn touch(&self, token: &str, now: Timestamp) -> impl Future<Output = Result<()>> + Send;

    /// Adds a management key.
    ///
    /// # Errors
    /// `Exists`, `TooManyKeys`, or `NoTenant` when it is bound to a tenant that is not there.
    fn add_key(&self, key: Key) -> impl Future<Output = Result<()>> + Send;

    /// Finds keys by look-up value; the caller compares the digests.
    fn find_keys(&self, lookup: Lookup) -> impl Future<Output = Result<Vec<Key>>> + Send;

    /// Lists the management keys in the order they were made, revoked ones too.
    fn keys(&self) -> impl Future<Output = Result<Vec<Key>>> + Send;

    /// Revokes a management key; a second time changes nothing.
    ///
    /// # Errors
    /// `NoKey`.
    fn revoke_key(&self, id: &str, now: Timestamp) -> impl Future<Output = Result<()>> + Send;

    /// Returns a number that every write through this process raises; what was read before is then old.
    fn generation(&self) -> u64;
}
