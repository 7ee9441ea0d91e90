//! A database that fails: the answer says so, and nothing about why.

use std::io;

use enroll_manage::{Manage, Options};
use enroll_schema::{Schemas, Timestamp};
use enroll_store::{DirectoryId, MemoryDirectories, TenantId};
use enroll_sync::{Desk, MemoryLedger};
use enroll_tenants::{
    Digest, Gate, Integration, Key, Learned, Lookup, Result, Tenant, Tenants, TenantsError, Token,
};

use crate::world::send;

#[derive(Clone, Debug)]
struct Broken;

fn fault<V>() -> Result<V> {
    Err(TenantsError::Backend(Box::new(io::Error::other(
        "/var/lib/enroll.db is torn",
    ))))
}

impl Tenants for Broken {
    async fn put_tenant(&self, _: &TenantId, _: &str, _: Timestamp) -> Result<(Tenant, bool)> {
        fault()
    }
    async fn tenant(&self, _: &TenantId) -> Result<Option<Tenant>> {
        fault()
    }
    async fn tenants(&self, _: Option<&TenantId>, _: u32) -> Result<Vec<Tenant>> {
        fault()
    }
    async fn renew_token(&self, _: &str, _: Timestamp) -> Result<()> {
        fault()
    }
    async fn add_integration(&self, _: Integration) -> Result<()> {
        fault()
    }
    async fn integration(&self, _: &DirectoryId) -> Result<Option<Integration>> {
        fault()
    }
    async fn integrations(&self, _: &TenantId) -> Result<Vec<Integration>> {
        fault()
    }
    async fn update_integration(&self, _: &DirectoryId, _: &str, _: &str) -> Result<()> {
        fault()
    }
    async fn learn(&self, _: &DirectoryId, _: Learned) -> Result<()> {
        fault()
    }
    async fn add_token(&self, _: Token) -> Result<()> {
        fault()
    }
    async fn tokens(&self, _: &DirectoryId) -> Result<Vec<Token>> {
        fault()
    }
    async fn revoke_token(&self, _: &str, _: Timestamp) -> Result<()> {
        fault()
    }
    async fn find_tokens(&self, _: Lookup) -> Result<Vec<Token>> {
        fault()
    }
    async fn touch(&self, _: &str, _: Timestamp) -> Result<()> {
        fault()
    }
    async fn add_key(&self, _: Key) -> Result<()> {
        fault()
    }
    async fn find_keys(&self, _: Lookup) -> Result<Vec<Key>> {
        fault()
    }
    async fn keys(&self) -> Result<Vec<Key>> {
        fault()
    }
    async fn revoke_key(&self, _: &str, _: Timestamp) -> Result<()> {
        fault()
    }
    fn generation(&self) -> u64 {
        0
    }
}

#[tokio::test]
async fn a_torn_database_is_not_ready_and_not_shown() {
    let directories = MemoryDirectories::default();
    let desk = Desk::new(
        directories.clone(),
        MemoryLedger::default(),
        &Schemas::standard(),
    )
    .unwrap();
    let options = Options {
        keys: vec![Digest::of("k")],
        ..Options::default()
    };
    let api = Manage::new(Gate::new(Broken), directories, desk, options).service();
    for (path, key, status, code) in [
        ("/healthz", "", 200, None),
        ("/readyz", "", 503, Some("unavailable")),
        ("/v1/tenants", "k", 500, Some("internal")),
        ("/v1/tenants/acme/accounts", "k", 500, Some("internal")),
        ("/v1/tenants", "unknown-key", 500, Some("internal")),
    ] {
        let header = format!("Bearer {key}");
        let reply = send(&api, "GET", path, &[("authorization", &header)], "").await;
        assert_eq!(reply.status, status, "{path}");
        assert_eq!(reply.body["code"].as_str(), code, "{path}");
        assert!(
            !reply.body.to_string().contains("enroll.db"),
            "{path}: {}",
            reply.body
        );
    }
}
