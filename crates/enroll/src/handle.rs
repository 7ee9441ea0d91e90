//! What runs.

use std::sync::Arc;

use enroll_http::{ByToken, Scim};
use enroll_manage::{Api, Manage};
use enroll_store::TenantId;
use enroll_store_sqlite::Sqlite;
use enroll_sync::Capabilities;
use enroll_tenants::{Key, Secret, SecretKind, Tenants as _};
use tokio::{
    sync::{Mutex, watch},
    task::JoinHandle,
};

use crate::{Builder, Everything, Result, TenantHandle, ids, job::JobLoop};

/// SCIM in front, the job behind, one database between: a cheap handle to what runs.
#[derive(Clone, Debug)]
pub struct Enroll(pub(crate) Arc<Running>);

/// What the handles share.
#[derive(Debug)]
pub(crate) struct Running {
    pub(crate) parts: Parts,
    stop: watch::Sender<bool>,
    job: Mutex<Option<JoinHandle<()>>>,
}

/// What the builder put together.
#[derive(Debug)]
pub(crate) struct Parts {
    pub(crate) database: Sqlite,
    pub(crate) manage: Manage<Sqlite, Sqlite, Sqlite>,
    pub(crate) scim: Scim<Sqlite, ByToken<Sqlite>>,
    pub(crate) job: JobLoop,
    pub(crate) capabilities: Capabilities,
}

impl Enroll {
    /// Prepares the database at `url`: `sqlite:` and a path.
    pub fn open(url: impl AsRef<str>) -> Builder {
        Builder::new(url.as_ref())
    }

    pub(crate) async fn start(parts: Parts, sync: bool) -> Result<Self> {
        let (stop, stopped) = watch::channel(false);
        let running = Running {
            parts,
            stop,
            job: Mutex::default(),
        };
        let enroll = Self(Arc::new(running));
        enroll.0.parts.manage.attach_all().await?;
        if sync {
            let job = tokio::spawn(enroll.0.parts.job.clone().run(stopped));
            *enroll.0.job.lock().await = Some(job);
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

    /// Makes a management key; it is shown now and never again.
    ///
    /// # Errors
    /// When there is no randomness, or the database fails.
    pub async fn new_manage_key(&self) -> Result<Secret> {
        let secret = Secret::generate(SecretKind::Key)?;
        let key = Key::new(&ids::named("key_")?, &secret, enroll_http::system_clock());
        self.0.parts.database.add_key(key).await?;
        Ok(secret)
    }

    /// Stops the job after the turn it is in, writes the request log down, and closes the database.
    ///
    /// Stop serving first.
    ///
    /// # Errors
    /// None today; a job that panicked is logged.
    pub async fn close(self) -> Result<()> {
        self.0.stop.send_replace(true);
        let job = self.0.job.lock().await.take();
        if let Some(job) = job
            && let Err(error) = job.await
        {
            tracing::error!(%error, "the job ended badly");
        }
        let Parts { scim, database, .. } = &self.0.parts;
        scim.drained().await;
        database.close();
        Ok(())
    }
}
