//! What runs.

use std::sync::Arc;

use enroll_deliver::{Health, HttpSink};
use enroll_http::{ByToken, Scim};
use enroll_manage::{Api, Manage};
use enroll_store::TenantId;
use enroll_store_sqlite::Sqlite;
use enroll_sync::Capabilities;
use enroll_tenants::{Key, Scopes, Secret, SecretKind, Tenants as _};
use tokio::{
    sync::{Mutex, watch},
    task::JoinHandle,
};

use crate::{
    Builder, Everything, Result, TenantHandle,
    alerts::{self, Lookout},
    claim::Claim,
    ids,
    job::JobLoop,
    keeper,
};

/// SCIM in front, the job behind, one database between: a cheap handle to what runs.
#[derive(Clone, Debug)]
pub struct Enroll(pub(crate) Arc<Running>);

/// What the handles share.
#[derive(Debug)]
pub(crate) struct Running {
    pub(crate) parts: Parts,
    stop: watch::Sender<bool>,
    driver: Mutex<Option<Driver>>,
}

/// The job that runs, and the right to run it.
#[derive(Debug)]
struct Driver {
    job: JoinHandle<()>,
    claim: Claim,
}

/// What the builder put together.
#[derive(Debug)]
pub(crate) struct Parts {
    pub(crate) database: Sqlite,
    pub(crate) manage: Manage<Sqlite, Sqlite, Sqlite>,
    pub(crate) scim: Scim<Sqlite, ByToken<Sqlite>>,
    pub(crate) job: JobLoop,
    pub(crate) capabilities: Capabilities,
    pub(crate) endpoint: Option<HttpSink>,
    pub(crate) retention: keeper::Retention,
    pub(crate) lookout: Lookout,
}

impl Enroll {
    /// Prepares the database at `url`: `sqlite:` and a path.
    pub fn open(url: impl AsRef<str>) -> Builder {
        Builder::new(url.as_ref())
    }

    pub(crate) async fn start(parts: Parts, claim: Option<Claim>) -> Result<Self> {
        let (stop, stopped) = watch::channel(false);
        let running = Running {
            parts,
            stop,
            driver: Mutex::default(),
        };
        let enroll = Self(Arc::new(running));
        enroll.0.parts.manage.attach_all().await?;
        if let Some(claim) = claim {
            let Parts {
                database,
                retention,
                ..
            } = &enroll.0.parts;
            let desk = enroll.0.parts.job.desk().clone();
            tokio::spawn(keeper::run(
                database.clone(),
                desk,
                *retention,
                stopped.clone(),
            ));
            let pulse = enroll.0.parts.job.pulse();
            let lookout = enroll.0.parts.lookout.clone();
            if lookout.channels().is_empty() {
                tracing::warn!(
                    "no channel for alerts is set: nobody is told of leavers who keep access"
                );
            }
            tokio::spawn(alerts::run(lookout, pulse, stopped.clone()));
            let job = enroll.0.parts.job.clone().spawn(stopped);
            *enroll.0.driver.lock().await = Some(Driver { job, claim });
        }
        Ok(enroll)
    }

    /// Returns the SCIM service: nest it under `/scim`, or serve it as it is.
    pub fn scim(&self) -> Scim<Sqlite, ByToken<Sqlite>> {
        self.0.parts.scim.clone()
    }

    /// Returns the management API: `/v1`, `/healthz`, `/readyz`. Keep it away from the internet.
    pub fn manage(&self) -> Api {
        self.0.parts.manage.service()
    }

    /// Returns both on one listener, as `enroll dev` has them.
    pub fn everything(&self) -> Everything {
        Everything::new(self.scim(), self.manage())
    }

    /// Returns the tenant of this id, which need not exist yet.
    pub fn tenant(&self, id: &str) -> TenantHandle {
        TenantHandle::new(self.clone(), TenantId::new(id))
    }

    /// Returns how the endpoint of [`Builder::http_sink`] stands; `None` when there is none.
    pub fn endpoint(&self) -> Option<Health> {
        self.0.parts.endpoint.as_ref().map(HttpSink::health)
    }

    /// Makes a management key; it is shown now and never again.
    ///
    /// # Errors
    /// When there is no randomness, or the database fails.
    pub async fn new_manage_key(&self) -> Result<Secret> {
        Ok(self.make_manage_key(None, Scopes::FULL, None).await?.1)
    }

    /// Makes a management key that opens `scopes` only, of one tenant only if it is given; its secret
    /// is shown now and never again.
    ///
    /// # Errors
    /// When there is no such tenant, there are too many keys, or the database fails.
    pub async fn make_manage_key(
        &self,
        name: Option<&str>,
        scopes: Scopes,
        tenant: Option<&str>,
    ) -> Result<(Key, Secret)> {
        let secret = Secret::generate(SecretKind::Key)?;
        let id = ids::named("key_")?;
        let key = Key::new(&id, &secret, enroll_http::system_clock())
            .named(name.unwrap_or(&id))
            .scoped(scopes)
            .bound(tenant.map(TenantId::new));
        self.0.parts.database.add_key(key.clone()).await?;
        Ok((key, secret))
    }

    /// Lists the management keys in the order they were made, revoked ones too.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn manage_keys(&self) -> Result<Vec<Key>> {
        Ok(self.0.parts.database.keys().await?)
    }

    /// Revokes a management key by its id: it is refused from the next request on.
    ///
    /// # Errors
    /// When there is no such key, or the database fails.
    pub async fn revoke_manage_key(&self, id: &str) -> Result<()> {
        let now = enroll_http::system_clock();
        Ok(self.0.parts.database.revoke_key(id, now).await?)
    }

    /// Stops the job after the turn it is in, writes the request log down, and closes the database.
    ///
    /// Stop serving first.
    ///
    /// # Errors
    /// None today; a job that panicked is logged.
    pub async fn close(self) -> Result<()> {
        self.0.stop.send_replace(true);
        let driver = self.0.driver.lock().await.take();
        let claim = match driver {
            Some(Driver { job, claim }) => {
                if let Err(error) = job.await {
                    tracing::error!(%error, "the job ended badly");
                }
                Some(claim)
            }
            None => None,
        };
        let Parts { scim, database, .. } = &self.0.parts;
        scim.drained().await;
        database.close();
        // Only now may another process serve it.
        drop(claim);
        Ok(())
    }
}
