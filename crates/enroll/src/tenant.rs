//! One customer of the application, and connecting its identity providers.

use enroll_http::system_clock;
use enroll_manage::doctor::Diagnosis;
use enroll_quirks::Dialect;
use enroll_schema::Timestamp;
use enroll_store::{DirectoryId, TenantId};
use enroll_sync::{
    AccessGroup, Account, AccountFilter, Entry, Explanation, Login, Policy, SyncState,
};
use enroll_tenants::{Integration, Secret, SecretKind, Tenant, Tenants as _, Token};

use crate::{Enroll, Error, Result, ids};

/// One customer of the application; a handle, whether or not the tenant exists yet.
#[derive(Clone, Debug)]
pub struct TenantHandle {
    enroll: Enroll,
    id: TenantId,
}

/// What an integration is to be.
#[derive(Clone, Debug)]
pub struct Place {
    id: Option<DirectoryId>,
    name: String,
    idp: String,
    token: Option<Secret>,
}

impl Place {
    /// Describes an integration that gets an id of its own.
    pub fn fresh(name: &str, idp: &str) -> Self {
        Self {
            id: None,
            name: name.to_owned(),
            idp: idp.to_owned(),
            token: None,
        }
    }

    /// Describes the integration of this id.
    pub fn new(id: &str, name: &str, idp: &str) -> Self {
        Self {
            id: Some(DirectoryId::new(id)),
            ..Self::fresh(name, idp)
        }
    }

    /// Lets this token open it, and no other.
    pub fn only_token(self, token: Secret) -> Self {
        Self {
            token: Some(token),
            ..self
        }
    }
}

/// What an administrator pastes into the identity provider.
#[derive(Clone, Debug)]
pub struct Connection {
    /// The integration's id, which is also its directory's.
    pub integration: String,
    /// The SCIM base URL.
    pub base_url: String,
    /// The bearer token; shown now and never again.
    pub token: Secret,
}

impl TenantHandle {
    pub(crate) fn new(enroll: Enroll, id: TenantId) -> Self {
        Self { enroll, id }
    }

    /// Makes the tenant, or renames it; returns whether it is new.
    ///
    /// # Errors
    /// [`Error::Manage`] when the id cannot be one.
    pub async fn put(&self, name: &str) -> Result<bool> {
        let (_, new) = self.parts().manage.put_tenant(&self.id, Some(name)).await?;
        self.apply_capabilities().await?;
        Ok(new)
    }

    /// Reads the tenant, if it exists.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn find(&self) -> Result<Option<Tenant>> {
        Ok(self.parts().database.tenant(&self.id).await?)
    }

    /// Reads the tenant's policy; a tenant that does not exist has the default one.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn policy(&self) -> Result<Policy> {
        Ok(self.parts().job.desk().policy(&self.id).await?)
    }

    /// Connects one more identity provider, making the tenant if need be.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn connect(&self, provider: Dialect) -> Result<Connection> {
        self.connect_as(Place::fresh(provider.name(), provider.name()))
            .await
    }

    /// Connects one more identity provider under a name; the tenant is made if need be.
    ///
    /// # Errors
    /// [`Error::Manage`] for an unknown provider; [`Error::Tenants`] when the id or the token is taken.
    pub async fn connect_as(&self, place: Place) -> Result<Connection> {
        self.exists().await?;
        if let Some(id) = place.id.clone() {
            return self.connect_at(id, place).await;
        }
        let manage = &self.parts().manage;
        let made = manage
            .connect(&self.id, &place.name, &place.idp, place.token)
            .await?;
        Ok(self.connection(&made.integration.id, made.token))
    }

    /// Makes the integration of `place` be as described, whatever was there: name, provider, the one token.
    ///
    /// # Errors
    /// [`Error::Tenants`] when another tenant has this id.
    pub async fn ensure(&self, place: Place) -> Result<Connection> {
        let found = match &place.id {
            Some(id) => self.parts().database.integration(id).await?,
            None => None,
        };
        let Some(found) = found.filter(|found| found.tenant == self.id) else {
            return self.connect_as(place).await;
        };
        self.apply_capabilities().await?;
        self.parts()
            .database
            .update_integration(&found.id, &place.name, &place.idp)
            .await?;
        let token = match place.token {
            Some(token) => token,
            None => Secret::generate(SecretKind::Token)?,
        };
        self.leave_only(&found.id, &token).await?;
        Ok(self.connection(&found.id, token))
    }

    /// Puts accounts and access groups there that nobody manages, as an application in use has them (S-33).
    ///
    /// # Errors
    /// When the database fails.
    pub async fn seed(&self, accounts: Vec<Account>, groups: Vec<AccessGroup>) -> Result<()> {
        self.exists().await?;
        Ok(self
            .parts()
            .job
            .desk()
            .seed(&self.id, accounts, groups)
            .await?)
    }

    /// Lists accounts in order of their ids.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn accounts(&self, filter: AccountFilter) -> Result<Vec<Account>> {
        Ok(self.parts().job.desk().accounts(&self.id, filter).await?)
    }

    /// Lists access groups in order of their ids.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn access_groups(&self) -> Result<Vec<AccessGroup>> {
        Ok(self.parts().job.desk().access_groups(&self.id).await?)
    }

    /// Says why somebody has, or has not, an account; `who` is an id, an address or a userName.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn explain(&self, who: &str) -> Result<Option<Explanation>> {
        Ok(self
            .parts()
            .job
            .desk()
            .explain(&self.id, who, system_clock())
            .await?)
    }

    /// Says whether the person whom a SAML assertion names may sign in, and as which account (S-26,
    /// S-27): by address, by UPN when the policy says `upn_login`, by externalId. Whom the
    /// directory has as inactive or deleted is denied at once, whatever the application knows.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn login(&self, name_id: &str) -> Result<Login> {
        let desk = self.parts().job.desk();
        Ok(desk.login(&self.id, name_id, system_clock()).await?)
    }

    /// Decides what to do with somebody who signs in and may have no account yet, as the policy's
    /// `jit` says (S-16); nothing is written, and nobody who was deactivated is let in.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn jit(&self, name_id: &str) -> Result<Entry> {
        let desk = self.parts().job.desk();
        Ok(desk.jit(&self.id, name_id, system_clock()).await?)
    }

    /// Says what was seen of an integration's provider at `now`, what is wrong and where to put it
    /// right; `assigned` is how many people the provider's administrator says are assigned.
    ///
    /// # Errors
    /// [`Error::Manage`] when this tenant has no such integration.
    pub async fn doctor(
        &self,
        integration: &str,
        assigned: Option<u64>,
        now: Timestamp,
    ) -> Result<Diagnosis> {
        let manage = &self.parts().manage;
        let id = DirectoryId::new(integration);
        Ok(manage.doctor(&self.id, &id, assigned, now).await?)
    }

    /// Changes keys of the tenant's policy (S-32 and others); people are planned again.
    ///
    /// # Errors
    /// [`Error::Sync`] names the key that was refused.
    pub async fn change_policy(&self, change: &serde_json::Value) -> Result<()> {
        self.parts()
            .job
            .desk()
            .patch_policy(&self.id, change, system_clock())
            .await?;
        self.parts().job.wake();
        Ok(())
    }

    /// Waits until the job has nothing to do for this tenant, and says how things stand; where no job
    /// runs, it says so at once.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn settled(&self) -> Result<SyncState> {
        let mut pulse = self.parts().job.pulse();
        loop {
            // Seen before looking: a turn in between is noticed.
            let is_driven = *pulse.borrow_and_update();
            let state = self.parts().job.desk().state(&self.id).await?;
            let is_due = state.state == enroll_sync::Activity::Running;
            if !(is_due && is_driven) || pulse.changed().await.is_err() {
                return Ok(state);
            }
        }
    }

    fn parts(&self) -> &crate::handle::Parts {
        &self.enroll.0.parts
    }

    async fn exists(&self) -> Result<()> {
        self.parts().manage.put_tenant(&self.id, None).await?;
        self.apply_capabilities().await
    }

    /// Tells the job which access groups this application can have, if that is news.
    async fn apply_capabilities(&self) -> Result<()> {
        let wanted = self.parts().capabilities.clone();
        self.parts()
            .job
            .desk()
            .set_capabilities(&self.id, wanted, system_clock())
            .await?;
        Ok(())
    }

    /// Makes an integration under an id that the caller chose.
    async fn connect_at(&self, id: DirectoryId, place: Place) -> Result<Connection> {
        let Some(idp) = Dialect::named(&place.idp) else {
            return Err(Error::Provider(place.idp));
        };
        let token = match place.token {
            Some(token) => token,
            None => Secret::generate(SecretKind::Token)?,
        };
        let token = self.parts().manage.unused(token).await?;
        let integration = Integration::new(
            id.clone(),
            self.id.clone(),
            &place.name,
            idp.name(),
            system_clock(),
        );
        self.parts().database.add_integration(integration).await?;
        self.parts().manage.attach_all().await?;
        self.leave_only(&id, &token).await?;
        self.parts().job.wake();
        Ok(self.connection(&id, token))
    }

    /// Makes `token` open the integration, and revokes every other one.
    async fn leave_only(&self, id: &DirectoryId, token: &Secret) -> Result<()> {
        let (database, now) = (&self.parts().database, system_clock());
        let new = Token::new(&ids::named("tok_")?, id, token, now);
        let (same, others): (Vec<_>, Vec<_>) = database
            .tokens(id)
            .await?
            .into_iter()
            .partition(|row| row.digest == new.digest);
        if same.is_empty() {
            // Asked before anything is revoked.
            self.parts().manage.unused(token.clone()).await?;
        }
        for other in others.iter().filter(|row| row.is_live(now)) {
            database.revoke_token(&other.id, now).await?;
        }
        match same.first() {
            // It may have been revoked by another one's turn, or have expired.
            Some(row) if !row.is_live(now) => database.renew_token(&row.id, new.expires).await?,
            Some(_) => {}
            None => database.add_token(new).await?,
        }
        Ok(())
    }

    fn connection(&self, id: &DirectoryId, token: Secret) -> Connection {
        Connection {
            integration: id.to_string(),
            base_url: self.parts().manage.base_url(id, None),
            token,
        }
    }
}
