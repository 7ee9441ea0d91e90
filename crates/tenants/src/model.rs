//! The rows: plain data.

use enroll_schema::Timestamp;
use enroll_store::{DirectoryId, TenantId};

use crate::{Digest, Scope, Scopes, Secret};

/// Most live tokens of one integration (E-21).
pub const TOKENS_LIVE_MAX: usize = 5;

/// Most live management keys.
pub const KEYS_LIVE_MAX: usize = 1_000;

/// How long a token lives unless told otherwise: one year (decision 47).
pub(crate) const TOKEN_LIFE_MILLIS: i64 = 365 * 24 * 3_600 * 1_000;

/// One customer of the application.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tenant {
    /// The operator's own id.
    pub id: TenantId,
    /// The name for people.
    pub name: String,
    /// When it was made.
    pub created: Timestamp,
}

/// One identity provider's connection of one tenant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Integration {
    /// Its id, which is also its directory's.
    pub id: DirectoryId,
    /// Whose it is.
    pub tenant: TenantId,
    /// The name for people.
    pub name: String,
    /// The dialect's name: `auto`, `okta`, `entra` ….
    pub idp: String,
    /// When it was made.
    pub created: Timestamp,
    /// When an authenticated request last came.
    pub last_seen: Option<Timestamp>,
    /// What requests told about the provider while `idp` is `auto`.
    pub learned: Option<Learned>,
}

/// What requests told about the provider of an integration whose dialect is `auto`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Learned {
    /// The dialect's name.
    pub idp: String,
    /// What told it, for people.
    pub why: String,
    /// When it was told.
    pub at: Timestamp,
    /// Whether it is used; else it is a suggestion for a person.
    pub is_certain: bool,
}

impl Integration {
    /// Makes an integration nobody has called yet.
    pub fn new(
        id: DirectoryId,
        tenant: TenantId,
        name: &str,
        idp: &str,
        created: Timestamp,
    ) -> Self {
        Self {
            id,
            tenant,
            name: name.to_owned(),
            idp: idp.to_owned(),
            created,
            last_seen: None,
            learned: None,
        }
    }
}

/// One SCIM bearer token, without the secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token {
    /// Its id (`tok_…`).
    pub id: String,
    /// The one directory it opens (threat B5).
    pub integration: DirectoryId,
    /// What finds it.
    pub lookup: Lookup,
    /// What proves it.
    pub digest: Digest,
    /// When it was made.
    pub created: Timestamp,
    /// When it ends.
    pub expires: Timestamp,
    /// When it was revoked.
    pub revoked: Option<Timestamp>,
    /// When it was last used, to the minute.
    pub last_used: Option<Timestamp>,
}

impl Token {
    /// Makes the row of a new token that lives one year.
    pub fn new(id: &str, integration: &DirectoryId, secret: &Secret, created: Timestamp) -> Self {
        Self {
            id: id.to_owned(),
            integration: integration.clone(),
            lookup: Lookup::of(&secret.digest()),
            digest: secret.digest(),
            created,
            expires: Timestamp::from_millis(created.as_millis().saturating_add(TOKEN_LIFE_MILLIS)),
            revoked: None,
            last_used: None,
        }
    }

    /// Makes the row of a token that a provider has already, known by its digest alone; it lives one
    /// year unless told otherwise.
    pub fn imported(
        id: &str,
        integration: &DirectoryId,
        digest: Digest,
        created: Timestamp,
        expires: Option<Timestamp>,
    ) -> Self {
        let year = Timestamp::from_millis(created.as_millis().saturating_add(TOKEN_LIFE_MILLIS));
        Self {
            id: id.to_owned(),
            integration: integration.clone(),
            lookup: Lookup::of(&digest),
            digest,
            created,
            expires: expires.unwrap_or(year),
            revoked: None,
            last_used: None,
        }
    }

    /// Tells whether it opens its directory at `now`.
    pub fn is_live(&self, now: Timestamp) -> bool {
        self.revoked.is_none() && now < self.expires
    }
}

/// One management key, without the secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Key {
    /// Its id (`key_…`).
    pub id: String,
    /// The name for people.
    pub name: String,
    /// What it opens.
    pub scopes: Scopes,
    /// The one tenant it opens; none is every tenant.
    pub tenant: Option<TenantId>,
    /// What finds it.
    pub lookup: Lookup,
    /// What proves it.
    pub digest: Digest,
    /// When it was made.
    pub created: Timestamp,
    /// When it was revoked.
    pub revoked: Option<Timestamp>,
}

impl Key {
    /// Makes the row of a new key that opens everything, named by its id.
    pub fn new(id: &str, secret: &Secret, created: Timestamp) -> Self {
        Self {
            id: id.to_owned(),
            name: id.to_owned(),
            scopes: Scopes::FULL,
            tenant: None,
            lookup: Lookup::of(&secret.digest()),
            digest: secret.digest(),
            created,
            revoked: None,
        }
    }

    /// Names it for people.
    #[must_use]
    pub fn named(mut self, name: &str) -> Self {
        name.clone_into(&mut self.name);
        self
    }

    /// Lets it open `scopes` and no more.
    #[must_use]
    pub fn scoped(mut self, scopes: Scopes) -> Self {
        self.scopes = scopes;
        self
    }

    /// Lets it open this tenant and no other.
    #[must_use]
    pub fn bound(mut self, tenant: Option<TenantId>) -> Self {
        self.tenant = tenant;
        self
    }

    /// Tells whether it opens anything.
    pub fn is_live(&self) -> bool {
        self.revoked.is_none()
    }

    /// Tells whether it may do what needs `scope`.
    pub fn opens(&self, scope: Scope) -> bool {
        self.is_live() && self.scopes.opens(scope)
    }

    /// Tells whether it sees `tenant`.
    pub fn sees(&self, tenant: &TenantId) -> bool {
        self.tenant.as_ref().is_none_or(|own| own == tenant)
    }
}

/// The part of a digest that an index may hold: it finds a row, the whole digest proves it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Lookup(pub i64);

impl Lookup {
    /// Returns the look-up value of a digest.
    pub fn of(digest: &Digest) -> Self {
        Self(
            digest
                .as_bytes()
                .first_chunk()
                .map_or(0, |first| i64::from_be_bytes(*first)),
        )
    }
}
