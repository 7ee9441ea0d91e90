//! What the operator's side may refuse.

/// The result of a call about tenants.
pub type Result<T, E = TenantsError> = std::result::Result<T, E>;

/// Why a call about tenants had no effect.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TenantsError {
    /// There is no tenant of this id.
    #[error("there is no tenant {0:?}; create it with PUT /v1/tenants/{0}")]
    NoTenant(String),
    /// There is no integration of this id in the tenant.
    #[error("there is no integration {0:?}")]
    NoIntegration(String),
    /// There is no such token.
    #[error("there is no token {0:?}")]
    NoToken(String),
    /// There is no such management key.
    #[error("there is no key {0:?}")]
    NoKey(String),
    /// Something of this id is there already.
    #[error("{0:?} exists already")]
    Exists(String),
    /// The integration has as many live tokens as it may (E-21).
    #[error("the integration has {max} live tokens; revoke one first", max = crate::TOKENS_LIVE_MAX)]
    TooManyTokens,
    /// There are as many live management keys as there may be.
    #[error("there are {max} live keys; revoke one first", max = crate::KEYS_LIVE_MAX)]
    TooManyKeys,
    /// A secret must be 1 to 512 characters that RFC 6750 §2.1 allows.
    #[error(
        "a token is 1 to 512 letters, digits or - . _ ~ + / with = at the end only (RFC 6750 §2.1)"
    )]
    NotAToken,
    /// The system gave no random bytes.
    #[error("the system gave no random bytes: {0}")]
    NoRandom(String),
    /// The backend failed.
    #[error("the store of tenants failed")]
    Backend(#[source] Box<dyn std::error::Error + Send + Sync>),
}
