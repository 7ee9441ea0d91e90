//! The operator's side in Rust: what the API calls, and what a façade calls itself.

use std::sync::Arc;

use enroll_schema::Timestamp;
use enroll_store::{Directories, DirectoryId, TenantId};
use enroll_sync::{Accounts, Desk, Integration as Attached, Ledger};
use enroll_tenants::{Gate, Integration, Lookup, Secret, SecretKind, Tenant, Tenants, Token};

use crate::{Api, Options, Problem, ProblemKind, asked::Asked, near::nearest, problem::quoted};

/// The operator's side over one database; clones share everything.
///
/// [`Manage::service`] makes the HTTP service of it; the methods here are for a façade and a
/// command line.
#[derive(Debug)]
pub struct Manage<T, D, L>(Arc<Inner<T, D, L>>);

#[derive(Debug)]
struct Inner<T, D, L> {
    gate: Gate<T>,
    directories: D,
    desk: Desk<D, L>,
    options: Options,
}

impl<T, D, L> Clone for Manage<T, D, L> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

/// An integration that was just made, with its token in the clear: shown once (threat B3).
#[derive(Clone, Debug)]
pub struct Connected {
    /// The integration.
    pub integration: Integration,
    /// The id of its token.
    pub token_id: String,
    /// Its token.
    pub token: Secret,
}

impl<T: Tenants, D: Directories, L: Ledger + Accounts> Manage<T, D, L> {
    /// Makes the operator's side; call [`Manage::attach_all`] before the first request.
    pub fn new(gate: Gate<T>, directories: D, desk: Desk<D, L>, options: Options) -> Self {
        Self(Arc::new(Inner {
            gate,
            directories,
            desk,
            options,
        }))
    }

    /// Makes the HTTP service.
    pub fn service(&self) -> Api {
        Api::new(self.clone())
    }

    /// Makes a tenant, or renames it; without a name it keeps the one it has, or gets its id.
    ///
    /// # Errors
    /// `InvalidValue` unless `id` is 1–128 unreserved characters.
    pub async fn put_tenant(
        &self,
        id: &TenantId,
        name: Option<&str>,
    ) -> Result<(Tenant, bool), Problem> {
        if !is_tenant_id(id.as_str()) {
            let detail = "a tenant's id is 1 to 128 letters, digits or - . _ ~";
            return Err(Problem::new(ProblemKind::InvalidValue, detail));
        }
        let known = self.tenants().tenant(id).await?;
        let kept = known.as_ref().map_or(id.as_str(), |tenant| &tenant.name);
        let put = self
            .tenants()
            .put_tenant(id, name.unwrap_or(kept), self.now())
            .await?;
        self.begin(id).await?;
        Ok(put)
    }

    /// Makes an integration with its directory and its first token; `token` brings one of the
    /// operator's own.
    ///
    /// # Errors
    /// `NotFound` without the tenant, `InvalidValue` for a dialect that is not in
    /// [`Options::idps`], `Exists` when the token is in use.
    pub async fn connect(
        &self,
        tenant: &TenantId,
        name: &str,
        idp: &str,
        token: Option<Secret>,
    ) -> Result<Connected, Problem> {
        let idp = self.idp(idp)?;
        let token = match token {
            Some(own) => self.unused(own).await?,
            None => Secret::generate(SecretKind::Token)?,
        };
        let id = DirectoryId::new((self.options().ids)("int"));
        let integration = Integration::new(id, tenant.clone(), name, &idp, self.now());
        self.tenants().add_integration(integration.clone()).await?;
        self.attach(&integration).await?;
        // The token comes last: before it nobody can call, so a crash leaves nothing half
        // connected.
        let token_id = self.add_token(&integration.id, &token).await?.id;
        self.wake();
        Ok(Connected {
            integration,
            token_id,
            token,
        })
    }

    /// Does what a crash in the middle of [`Manage::connect`], of a renaming, or of
    /// [`Manage::put_tenant`] left undone; returns how many integrations there are.
    ///
    /// # Errors
    /// Only what the database fails with.
    pub async fn attach_all(&self) -> Result<usize, Problem> {
        let (mut count, mut after) = (0, None);
        loop {
            let tenants = self
                .tenants()
                .tenants(after.as_ref(), SWEEP_TENANTS)
                .await?;
            let Some(last) = tenants.last() else {
                return Ok(count);
            };
            after = Some(last.id.clone());
            for tenant in tenants {
                self.begin(&tenant.id).await?;
                for integration in self.tenants().integrations(&tenant.id).await? {
                    self.attach(&integration).await?;
                    count += 1;
                }
            }
        }
    }

    /// Returns the base URL to paste into an identity provider; `origin` stands in for a public URL
    /// that was not set.
    pub fn base_url(&self, integration: &DirectoryId, origin: Option<&str>) -> String {
        let options = self.options();
        let origin = options.public_url.as_deref().or(origin).unwrap_or_default();
        let (origin, prefix) = (origin.trim_end_matches('/'), &options.scim_prefix);
        format!("{origin}{prefix}/{integration}/v2")
    }

    /// Gives the tenant the policy it starts with, unless it has one.
    async fn begin(&self, tenant: &TenantId) -> Result<(), Problem> {
        let context = self.ledger().context(tenant).await?;
        if context.version > 0 || !context.integrations.is_empty() {
            return Ok(());
        }
        let policy = self.options().policy.clone();
        match self
            .ledger()
            .set_policy(tenant, context.version, policy, self.now())
            .await
        {
            // Somebody else was quicker, and the tenant has one.
            Err(enroll_sync::LedgerError::Moved) => Ok(()),
            done => Ok(done?),
        }
    }

    pub(crate) fn ledger(&self) -> &L {
        self.0.desk.ledger()
    }

    /// Opens the directory and tells the job; a second time changes nothing but the name.
    pub(crate) async fn attach(&self, integration: &Integration) -> Result<(), Problem> {
        self.0.directories.open(&integration.id).await?;
        let all = self.tenants().integrations(&integration.tenant).await?;
        let order = all.iter().position(|one| one.id == integration.id);
        let attached = Attached {
            id: integration.id.clone(),
            name: integration.name.clone(),
            order: order
                .and_then(|order| u32::try_from(order).ok())
                .unwrap_or(u32::MAX),
        };
        let policy = self.options().policy.clone();
        Ok(self
            .ledger()
            .attach(&integration.tenant, attached, policy)
            .await?)
    }

    /// Checks that a token of the operator's own opens nothing yet, before anything is made for it.
    ///
    /// # Errors
    /// `Exists` when it does, or once did.
    pub async fn unused(&self, token: Secret) -> Result<Secret, Problem> {
        let digest = token.digest();
        let alike = self.tenants().find_tokens(Lookup::of(&digest)).await?;
        if alike.iter().any(|row| row.digest == digest) {
            let detail = "this token is in use; choose another";
            return Err(Problem::new(ProblemKind::Exists, detail));
        }
        Ok(token)
    }

    pub(crate) async fn add_token(
        &self,
        of: &DirectoryId,
        token: &Secret,
    ) -> Result<Token, Problem> {
        let row = Token::new(&(self.options().ids)("tok"), of, token, self.now());
        self.tenants().add_token(row.clone()).await?;
        Ok(row)
    }

    /// Finds the dialect meant, as [`Options::idps`] spells it.
    pub(crate) fn idp(&self, name: &str) -> Result<String, Problem> {
        let known = &self.options().idps;
        if let Some(found) = known.iter().find(|idp| idp.eq_ignore_ascii_case(name)) {
            return Ok(found.clone());
        }
        let expected = match nearest(name, known.iter().map(String::as_str)) {
            Some(near) => format!("{} is no provider; did you mean {near}?", quoted(name)),
            None => format!(
                "{} is no provider; known are {}",
                quoted(name),
                known.join(", ")
            ),
        };
        Err(Problem::value("idp", expected))
    }

    /// Finds the tenant that the path names.
    pub(crate) async fn tenant_of(&self, asked: &Asked) -> Result<Tenant, Problem> {
        let id = asked.named("t");
        let found = if is_tenant_id(id) {
            self.tenants().tenant(&TenantId::new(id)).await?
        } else {
            None
        };
        found.ok_or_else(|| no_tenant(id))
    }

    /// Finds the integration that the path names, in the tenant it names: another tenant's is as
    /// unknown as any (threat B4).
    pub(crate) async fn integration_of(&self, asked: &Asked) -> Result<Integration, Problem> {
        let (tenant, id) = (self.tenant_of(asked).await?, asked.named("i"));
        let found = self.tenants().integration(&DirectoryId::new(id)).await?;
        let found = found.filter(|integration| integration.tenant == tenant.id);
        found.ok_or_else(|| {
            let detail = format!("tenant {} has no integration {}", tenant.id, quoted(id));
            Problem::not_found(detail)
        })
    }
}

impl<T: Tenants, D, L> Manage<T, D, L> {
    pub(crate) fn gate(&self) -> &Gate<T> {
        &self.0.gate
    }

    pub(crate) fn tenants(&self) -> &T {
        self.0.gate.tenants()
    }
}

impl<T, D, L> Manage<T, D, L> {
    pub(crate) fn desk(&self) -> &Desk<D, L> {
        &self.0.desk
    }

    pub(crate) fn directories(&self) -> &D {
        &self.0.directories
    }

    pub(crate) fn options(&self) -> &Options {
        &self.0.options
    }

    pub(crate) fn now(&self) -> Timestamp {
        (self.0.options.clock)()
    }

    /// Tells the job that something changed.
    pub(crate) fn wake(&self) {
        (self.0.options.wake)();
    }
}

/// Makes the answer about a tenant that is not there, or not to be seen.
pub(crate) fn no_tenant(id: &str) -> Problem {
    let id = quoted(id);
    Problem::not_found(format!(
        "there is no tenant {id}; PUT /v1/tenants/{{t}} makes one"
    ))
}

/// Tells whether a text can be a tenant's id: 1–128 characters that a path needs no escape for.
fn is_tenant_id(text: &str) -> bool {
    let unreserved = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    (1..=128).contains(&text.len()) && text.bytes().all(unreserved) && text != "." && text != ".."
}

/// How many tenants [`Manage::attach_all`] reads at once.
const SWEEP_TENANTS: u32 = 500;
