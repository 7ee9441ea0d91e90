//! Tenants, integrations, tokens and keys as rows.

use std::sync::atomic::{AtomicU64, Ordering};

use enroll_schema::Timestamp;
use enroll_store::{DirectoryId, TenantId};
use enroll_tenants::{
    Digest, Integration, KEYS_LIVE_MAX, Key, Learned, Lookup, Result, Scopes, TOKENS_LIVE_MAX,
    Tenant, Tenants, TenantsError, Token,
};
use rusqlite::{Connection, OptionalExtension as _, Row, params};

use crate::{
    Sqlite,
    fault::{Failure, Fault},
    queue::Lane,
};

/// The tables of this part.
pub(crate) const TABLES: &str = "
CREATE TABLE tenant (
    id TEXT PRIMARY KEY, name TEXT NOT NULL, created INTEGER NOT NULL
) STRICT;
CREATE TABLE integration (
    row INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, tenant TEXT NOT NULL, name TEXT NOT NULL,
    idp TEXT NOT NULL, created INTEGER NOT NULL, last_seen INTEGER,
    learned TEXT, learned_why TEXT, learned_at INTEGER, learned_certain INTEGER
) STRICT;
CREATE INDEX integration_of ON integration (tenant, row);
CREATE TABLE token (
    row INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, integration TEXT NOT NULL, lookup INTEGER NOT NULL,
    digest BLOB NOT NULL UNIQUE, created INTEGER NOT NULL, expires INTEGER NOT NULL, revoked INTEGER,
    last_used INTEGER
) STRICT;
CREATE INDEX token_of ON token (integration, row);
CREATE INDEX token_by_lookup ON token (lookup);
CREATE TABLE manage_key (
    row INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, name TEXT NOT NULL, scopes INTEGER NOT NULL,
    tenant TEXT, lookup INTEGER NOT NULL, digest BLOB NOT NULL UNIQUE, created INTEGER NOT NULL,
    revoked INTEGER
) STRICT;
CREATE INDEX manage_key_by_lookup ON manage_key (lookup);
";

/// Counts the writes to these tables, so that nobody trusts what they read before one.
#[derive(Debug, Default)]
pub(crate) struct Generation(AtomicU64);

impl Generation {
    fn rise(&self) {
        self.0.fetch_add(1, Ordering::Release);
    }
}

type Done<T> = Result<T, Failure<TenantsError>>;

impl From<Fault> for TenantsError {
    fn from(fault: Fault) -> Self {
        Self::Backend(Box::new(fault))
    }
}

impl From<TenantsError> for Failure<TenantsError> {
    fn from(error: TenantsError) -> Self {
        Self::Refused(error)
    }
}

impl Sqlite {
    async fn write<T: Send + 'static>(
        &self,
        job: impl FnOnce(&Connection) -> Done<T> + Send + 'static,
    ) -> Result<T> {
        let shared = self.clone();
        // Counted by the writer: whoever asked may be gone before the commit.
        let count = move |_: &T| shared.0.tenants.rise();
        self.0.writer.run_then(Lane::Ledger, 1, job, count).await
    }

    fn read<T>(&self, job: impl FnOnce(&Connection) -> Done<T>) -> Result<T> {
        self.0.readers.here(job)
    }
}

impl Tenants for Sqlite {
    async fn put_tenant(
        &self,
        id: &TenantId,
        name: &str,
        now: Timestamp,
    ) -> Result<(Tenant, bool)> {
        let (id, name) = (id.clone(), name.to_owned());
        self.write(move |tx| {
            let sql =
                "INSERT INTO tenant (id, name, created) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING";
            let new =
                tx.prepare_cached(sql)?
                    .execute(params![id.as_str(), name, now.as_millis()])?
                    > 0;
            tx.prepare_cached("UPDATE tenant SET name = ?2 WHERE id = ?1")?
                .execute(params![id.as_str(), name])?;
            let sql = "SELECT id, name, created FROM tenant WHERE id = ?1";
            Ok((
                tx.prepare_cached(sql)?.query_row([id.as_str()], tenant)?,
                new,
            ))
        })
        .await
    }

    async fn tenant(&self, id: &TenantId) -> Result<Option<Tenant>> {
        let sql = "SELECT id, name, created FROM tenant WHERE id = ?1";
        self.read(|db| {
            Ok(db
                .prepare_cached(sql)?
                .query_row([id.as_str()], tenant)
                .optional()?)
        })
    }

    async fn tenants(&self, after: Option<&TenantId>, most: u32) -> Result<Vec<Tenant>> {
        let sql = "SELECT id, name, created FROM tenant WHERE id > ?1 ORDER BY id LIMIT ?2";
        let after = after.map_or("", TenantId::as_str);
        self.read(|db| all(db, sql, params![after, most], tenant))
    }

    async fn add_integration(&self, integration: Integration) -> Result<()> {
        self.write(move |tx| {
            let Integration { id, tenant, name, idp, created, .. } = &integration;
            if !exists(tx, "SELECT 1 FROM tenant WHERE id = ?1", tenant.as_str())? {
                return Err(TenantsError::NoTenant(tenant.to_string()).into());
            }
            let sql = "INSERT INTO integration (id, tenant, name, idp, created) VALUES (?1, ?2, ?3, ?4, ?5)
                       ON CONFLICT DO NOTHING";
            let values = params![id.as_str(), tenant.as_str(), name, idp, created.as_millis()];
            taken_unless(tx.prepare_cached(sql)?.execute(values)? > 0, id.as_str())
        })
        .await
    }

    async fn integration(&self, id: &DirectoryId) -> Result<Option<Integration>> {
        let sql = format!("SELECT {INTEGRATION} FROM integration WHERE id = ?1");
        self.read(|db| {
            Ok(db
                .prepare_cached(&sql)?
                .query_row([id.as_str()], integration)
                .optional()?)
        })
    }

    async fn integrations(&self, tenant: &TenantId) -> Result<Vec<Integration>> {
        let sql = format!("SELECT {INTEGRATION} FROM integration WHERE tenant = ?1 ORDER BY row");
        self.read(|db| all(db, &sql, [tenant.as_str()], integration))
    }

    async fn update_integration(&self, id: &DirectoryId, name: &str, idp: &str) -> Result<()> {
        let (id, name, idp) = (id.clone(), name.to_owned(), idp.to_owned());
        self.write(move |tx| {
            let sql = "UPDATE integration SET learned = NULL WHERE id = ?1 AND idp <> ?2";
            tx.prepare_cached(sql)?.execute(params![id.as_str(), idp])?;
            let sql = "UPDATE integration SET name = ?2, idp = ?3 WHERE id = ?1";
            match tx
                .prepare_cached(sql)?
                .execute(params![id.as_str(), name, idp])?
            {
                0 => Err(TenantsError::NoIntegration(id.to_string()).into()),
                _ => Ok(()),
            }
        })
        .await
    }

    async fn learn(&self, id: &DirectoryId, learned: Learned) -> Result<()> {
        let id = id.clone();
        self.write(move |tx| {
            let sql = "UPDATE integration
                       SET learned = ?2, learned_why = ?3, learned_at = ?4, learned_certain = ?5
                       WHERE id = ?1 AND idp = 'auto' AND (?5 OR learned IS NULL)";
            let Learned {
                idp,
                why,
                at,
                is_certain,
            } = &learned;
            let values = params![id.as_str(), idp, why, at.as_millis(), is_certain];
            tx.prepare_cached(sql)?.execute(values)?;
            Ok(())
        })
        .await
    }

    async fn add_token(&self, new: Token) -> Result<()> {
        self.write(move |tx| {
            let integration = new.integration.as_str();
            if !exists(tx, "SELECT 1 FROM integration WHERE id = ?1", integration)? {
                return Err(TenantsError::NoIntegration(integration.to_owned()).into());
            }
            let sql = "INSERT INTO token (id, integration, lookup, digest, created, expires)
                       VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT DO NOTHING";
            let values = params![
                new.id,
                integration,
                new.lookup.0,
                new.digest.as_bytes().as_slice(),
                new.created.as_millis(),
                new.expires.as_millis()
            ];
            taken_unless(tx.prepare_cached(sql)?.execute(values)? > 0, &new.id)?;
            // Counted with the new one in: the savepoint takes it back when it is one too many.
            let live = tokens_of(tx, integration)?
                .iter()
                .filter(|row| row.is_live(new.created))
                .count();
            if live > TOKENS_LIVE_MAX {
                Err(TenantsError::TooManyTokens.into())
            } else {
                Ok(())
            }
        })
        .await
    }

    async fn tokens(&self, integration: &DirectoryId) -> Result<Vec<Token>> {
        self.read(|db| tokens_of(db, integration.as_str()))
    }

    async fn revoke_token(&self, id: &str, now: Timestamp) -> Result<()> {
        let id = id.to_owned();
        self.write(move |tx| {
            let sql = "UPDATE token SET revoked = coalesce(revoked, ?2) WHERE id = ?1";
            match tx
                .prepare_cached(sql)?
                .execute(params![id, now.as_millis()])?
            {
                0 => Err(TenantsError::NoToken(id).into()),
                _ => Ok(()),
            }
        })
        .await
    }

    async fn renew_token(&self, id: &str, until: Timestamp) -> Result<()> {
        let id = id.to_owned();
        self.write(move |tx| {
            let sql = "UPDATE token SET revoked = NULL, expires = ?2 WHERE id = ?1";
            let values = params![id, until.as_millis()];
            match tx.prepare_cached(sql)?.execute(values)? {
                0 => Err(TenantsError::NoToken(id).into()),
                _ => Ok(()),
            }
        })
        .await
    }

    async fn find_tokens(&self, lookup: Lookup) -> Result<Vec<Token>> {
        let sql = "SELECT id, integration, lookup, digest, created, expires, revoked, last_used
                   FROM token WHERE lookup = ?1";
        self.read(|db| all(db, sql, [lookup.0], token))
    }

    async fn touch(&self, token: &str, now: Timestamp) -> Result<()> {
        let token = token.to_owned();
        let job = move |tx: &Connection| -> Done<()> {
            let sql = "UPDATE token SET last_used = ?2 WHERE id = ?1";
            tx.prepare_cached(sql)?
                .execute(params![token, now.as_millis()])?;
            let sql = "UPDATE integration SET last_seen = ?2
                       WHERE id = (SELECT integration FROM token WHERE id = ?1)";
            tx.prepare_cached(sql)?
                .execute(params![token, now.as_millis()])?;
            Ok(())
        };
        // It opens and closes nothing, so what was read stays good.
        self.0.writer.run(Lane::Notes, job).await
    }

    async fn add_key(&self, key: Key) -> Result<()> {
        self.write(move |tx| {
            let tenant = key.tenant.as_ref().map(TenantId::as_str);
            if let Some(id) = tenant
                && !exists(tx, "SELECT 1 FROM tenant WHERE id = ?1", id)?
            {
                return Err(TenantsError::NoTenant(id.to_owned()).into());
            }
            let sql = "INSERT INTO manage_key (id, name, scopes, tenant, lookup, digest, created)
                       VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) ON CONFLICT DO NOTHING";
            let values = params![
                key.id,
                key.name,
                key.scopes.bits(),
                tenant,
                key.lookup.0,
                key.digest.as_bytes().as_slice(),
                key.created.as_millis()
            ];
            taken_unless(tx.prepare_cached(sql)?.execute(values)? > 0, &key.id)?;
            // Counted with the new one in: the savepoint takes it back when it is one too many.
            let sql = "SELECT count(*) FROM manage_key WHERE revoked IS NULL";
            let live: usize = tx.prepare_cached(sql)?.query_row([], |row| row.get(0))?;
            if live > KEYS_LIVE_MAX {
                Err(TenantsError::TooManyKeys.into())
            } else {
                Ok(())
            }
        })
        .await
    }

    async fn find_keys(&self, lookup: Lookup) -> Result<Vec<Key>> {
        let sql = format!("SELECT {KEY} FROM manage_key WHERE lookup = ?1");
        self.read(|db| all(db, &sql, [lookup.0], key))
    }

    async fn keys(&self) -> Result<Vec<Key>> {
        let sql = format!("SELECT {KEY} FROM manage_key ORDER BY row");
        self.read(|db| all(db, &sql, [], key))
    }

    async fn revoke_key(&self, id: &str, now: Timestamp) -> Result<()> {
        let id = id.to_owned();
        self.write(move |tx| {
            let sql = "UPDATE manage_key SET revoked = coalesce(revoked, ?2) WHERE id = ?1";
            let values = params![id, now.as_millis()];
            match tx.prepare_cached(sql)?.execute(values)? {
                0 => Err(TenantsError::NoKey(id).into()),
                _ => Ok(()),
            }
        })
        .await
    }

    fn generation(&self) -> u64 {
        self.0.tenants.0.load(Ordering::Acquire)
    }
}

fn tokens_of(db: &Connection, integration: &str) -> Done<Vec<Token>> {
    let sql = "SELECT id, integration, lookup, digest, created, expires, revoked, last_used
               FROM token WHERE integration = ?1 ORDER BY row";
    all(db, sql, [integration], token)
}

fn all<T>(
    db: &Connection,
    sql: &str,
    values: impl rusqlite::Params,
    read: fn(&Row<'_>) -> rusqlite::Result<T>,
) -> Done<Vec<T>> {
    let mut statement = db.prepare_cached(sql)?;
    let rows = statement
        .query_map(values, read)?
        .collect::<rusqlite::Result<_>>()?;
    Ok(rows)
}

fn exists(tx: &Connection, sql: &str, id: &str) -> rusqlite::Result<bool> {
    tx.prepare_cached(sql)?.exists([id])
}

fn taken_unless(added: bool, id: &str) -> Done<()> {
    if added {
        Ok(())
    } else {
        Err(TenantsError::Exists(id.to_owned()).into())
    }
}

fn tenant(row: &Row<'_>) -> rusqlite::Result<Tenant> {
    Ok(Tenant {
        id: TenantId::new(row.get::<_, String>(0)?),
        name: row.get(1)?,
        created: instant(row.get(2)?),
    })
}

/// The columns that [`integration`] reads.
const INTEGRATION: &str = "id, tenant, name, idp, created, last_seen, learned, learned_why, learned_at, \
                           learned_certain";

fn integration(row: &Row<'_>) -> rusqlite::Result<Integration> {
    let learned = match row.get::<_, Option<String>>(6)? {
        Some(idp) => Some(Learned {
            idp,
            why: row.get(7)?,
            at: instant(row.get(8)?),
            is_certain: row.get(9)?,
        }),
        None => None,
    };
    Ok(Integration {
        id: DirectoryId::new(row.get::<_, String>(0)?),
        tenant: TenantId::new(row.get::<_, String>(1)?),
        name: row.get(2)?,
        idp: row.get(3)?,
        created: instant(row.get(4)?),
        last_seen: row.get::<_, Option<i64>>(5)?.map(instant),
        learned,
    })
}

fn token(row: &Row<'_>) -> rusqlite::Result<Token> {
    Ok(Token {
        id: row.get(0)?,
        integration: DirectoryId::new(row.get::<_, String>(1)?),
        lookup: Lookup(row.get(2)?),
        digest: Digest::from_bytes(row.get(3)?),
        created: instant(row.get(4)?),
        expires: instant(row.get(5)?),
        revoked: row.get::<_, Option<i64>>(6)?.map(instant),
        last_used: row.get::<_, Option<i64>>(7)?.map(instant),
    })
}

/// The columns that [`key`] reads.
const KEY: &str = "id, name, scopes, tenant, lookup, digest, created, revoked";

fn key(row: &Row<'_>) -> rusqlite::Result<Key> {
    Ok(Key {
        id: row.get(0)?,
        name: row.get(1)?,
        scopes: Scopes::from_bits(row.get(2)?),
        tenant: row.get::<_, Option<String>>(3)?.map(TenantId::new),
        lookup: Lookup(row.get(4)?),
        digest: Digest::from_bytes(row.get(5)?),
        created: instant(row.get(6)?),
        revoked: row.get::<_, Option<i64>>(7)?.map(instant),
    })
}

fn instant(millis: i64) -> Timestamp {
    Timestamp::from_millis(millis)
}
