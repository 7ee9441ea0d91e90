//! Who may come in: one place, asked before anything else (threat B1).

use std::{fmt, future::Future, sync::Arc};

use enroll_quirks::Dialect;
use enroll_schema::{Error, ErrorKind, Timestamp};
use enroll_store::DirectoryId;
use enroll_tenants::{Gate, Learned, Tenants, TokenFault};

/// What a caller who was let in may use: one directory, in one dialect.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Admitted {
    /// The directory.
    pub directory: DirectoryId,
    /// The dialect its integration is set to.
    pub dialect: Dialect,
    /// The provider that earlier requests told for certain, while `dialect` is `Auto`.
    pub learned: Option<Dialect>,
    /// Whether a suggestion is of no use, because something is known already.
    pub is_told: bool,
}

/// What a request told about the provider of an integration that is set to `auto`.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Told {
    /// The provider.
    pub dialect: Dialect,
    /// What told it, for people.
    pub why: String,
    /// Whether it is used for later requests; else it is a suggestion for a person.
    pub is_certain: bool,
}

impl Admitted {
    /// Lets a caller into `directory`.
    pub fn new(directory: DirectoryId, dialect: Dialect) -> Self {
        Self {
            directory,
            dialect,
            learned: None,
            is_told: false,
        }
    }
}

/// Decides who may come in; an application with tokens of its own writes its own.
///
/// ```
/// use enroll_http::{Admit, Admitted};
/// use enroll_quirks::Dialect;
/// use enroll_schema::{Error, ErrorKind};
/// use enroll_store::DirectoryId;
///
/// /// One directory, one token from the environment.
/// #[derive(Clone, Debug)]
/// struct OneToken(String);
///
/// impl Admit for OneToken {
///     async fn admit(&self, _: Option<&str>, token: Option<&str>) -> Result<Admitted, Error> {
///         match token {
///             Some(token) if token == self.0 => {
///                 Ok(Admitted::new(DirectoryId::new("int_only"), Dialect::Okta))
///             }
///             _ => Err(Error::new(ErrorKind::Unauthorized, "send a valid bearer token")),
///         }
///     }
/// }
/// ```
pub trait Admit: fmt::Debug + Clone + Send + Sync + 'static {
    /// Lets a caller in.
    ///
    /// `integration` is what the path names, if it names one; the token must belong to it (threat B5).
    ///
    /// # Errors
    /// `Unauthorized` without a valid token; whatever else stopped the look-up.
    fn admit(
        &self,
        integration: Option<&str>,
        token: Option<&str>,
    ) -> impl Future<Output = Result<Admitted, Error>> + Send;

    /// Returns the directory of an integration that exists, so that a refused call can be shown there (S-46).
    ///
    /// Provided: none, and refused calls are only in the process log.
    fn known(&self, integration: &str) -> impl Future<Output = Option<DirectoryId>> + Send {
        let _ = integration;
        async { None }
    }

    /// Says what was wrong with a token that was refused at `directory`, for its request log; the
    /// caller is never told.
    ///
    /// Provided: nothing is said.
    fn fault(
        &self,
        directory: &DirectoryId,
        token: Option<&str>,
    ) -> impl Future<Output = Option<TokenFault>> + Send {
        let _ = (directory, token);
        async { None }
    }

    /// Remembers what a request told about the provider of `directory`.
    ///
    /// Provided: nothing is remembered, and each request is taken for itself.
    fn learn(&self, directory: &DirectoryId, told: Told) -> impl Future<Output = ()> + Send {
        let _ = (directory, told);
        async {}
    }
}

/// Admits by the bearer tokens of [`enroll_tenants`].
#[derive(Clone)]
pub struct ByToken<T> {
    gate: Gate<T>,
    clock: Arc<dyn Fn() -> Timestamp + Send + Sync>,
}

impl<T: Tenants> ByToken<T> {
    /// Admits whom `gate` knows.
    pub fn new(gate: Gate<T>, clock: impl Fn() -> Timestamp + Send + Sync + 'static) -> Self {
        Self {
            gate,
            clock: Arc::new(clock),
        }
    }
}

impl<T: fmt::Debug> fmt::Debug for ByToken<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ByToken").finish_non_exhaustive()
    }
}

impl<T: Tenants> Admit for ByToken<T> {
    async fn admit(
        &self,
        integration: Option<&str>,
        token: Option<&str>,
    ) -> Result<Admitted, Error> {
        let token = token.ok_or_else(|| {
            let detail = "send the integration's token: Authorization: Bearer …";
            Error::new(ErrorKind::Unauthorized, detail)
        })?;
        let access = self
            .gate
            .admit(token, (self.clock)())
            .await
            .map_err(|broken| {
                Error::new(ErrorKind::Unavailable, "tokens cannot be read; try again")
                    .because(broken)
            })?;
        let access = access.filter(|access| {
            integration.is_none_or(|integration| access.directory.as_str() == integration)
        });
        let access = access.ok_or_else(|| {
            let detail = "this token is not valid here; it may be mistyped, expired or revoked";
            Error::new(ErrorKind::Unauthorized, detail)
        })?;
        let dialect = Dialect::named(&access.idp).unwrap_or(Dialect::Auto);
        Ok(Admitted {
            directory: access.directory,
            dialect,
            is_told: access.learned.is_some(),
            learned: access
                .learned
                .filter(|learned| learned.is_certain)
                .and_then(|learned| Dialect::named(&learned.idp)),
        })
    }

    async fn known(&self, integration: &str) -> Option<DirectoryId> {
        let id = DirectoryId::new(integration);
        let found = self.gate.tenants().integration(&id).await;
        found.ok().flatten().map(|integration| integration.id)
    }

    async fn fault(&self, directory: &DirectoryId, token: Option<&str>) -> Option<TokenFault> {
        let fault = self.gate.fault(token, directory, (self.clock)()).await;
        fault.ok()
    }

    async fn learn(&self, directory: &DirectoryId, told: Told) {
        let learned = Learned {
            idp: told.dialect.name().to_owned(),
            why: told.why,
            at: (self.clock)(),
            is_certain: told.is_certain,
        };
        if let Err(error) = self.gate.tenants().learn(directory, learned).await {
            tracing::warn!(%directory, %error, "what a request told of the provider is not remembered");
        }
    }
}
