//! Keeps users in a table of the application's own: five methods, and SCIM works on it.
//!
//! `cargo run -p enroll-examples --example own_store` creates, finds and deactivates somebody;
//! `cargo test -p enroll-examples --example own_store` checks the contract every store must hold.

use std::{error::Error, sync::Arc};

use enroll_core::Directory;
use enroll_schema::{AttrId, ResourceId, ResourceType, Schemas, Timestamp, Version, fold};
use enroll_store::{Cause, Draft, Expected, Links, Manager, Page, Places, Query, Record, Result};
use enroll_store::{Store, StoreError, Target, Want, Written};
use rusqlite::Connection;
use serde_json::Value;
use tokio::sync::Mutex;

/// `login` is the userName as it is compared; `name`, `active` and `boss` follow the document.
const TABLE: &str = r#"CREATE TABLE IF NOT EXISTS users (number INTEGER PRIMARY KEY,
    id TEXT UNIQUE, login TEXT UNIQUE, document TEXT, at INTEGER, created INTEGER, version INTEGER,
    name TEXT AS (document ->> '$.displayName'), active INTEGER AS (document ->> '$.active'),
    boss TEXT AS (document ->>
        '$."urn:ietf:params:scim:schemas:extension:enterprise:2.0:User".manager.value'))"#;
const READ: &str = "SELECT u.number, u.id, u.document, u.at, u.created, u.version, b.id, b.name
    FROM users u LEFT JOIN users b ON b.id = u.boss AND b.document IS NOT NULL
    WHERE u.document IS NOT NULL AND ?1 = ";
const CREATE: &str = "INSERT INTO users (id, login, document, at, created, version)
    VALUES (?1, ?2, ?3, ?4, ?4, 1) ON CONFLICT (id) DO NOTHING";
const CHANGE: &str = "UPDATE users SET login = ?2, document = ?3, at = ?4, version = version + 1
    WHERE id = ?1 AND document <> ?3";
/// The row stays without its person, for ids never return; the name is free at once.
const DELETE: &str = "UPDATE users SET login = NULL, document = NULL WHERE id = ?1";

type Tried<T> = std::result::Result<T, Box<dyn Error + Send + Sync>>;

#[derive(Clone, Debug)]
struct Users {
    kind: ResourceType,
    places: Arc<Places>,
    /// Locked from a check to its write; with several processes, begin a transaction as well.
    db: Arc<Mutex<Connection>>,
}

impl Users {
    fn open(path: &str) -> Tried<Self> {
        let (places, db) = (Arc::default(), Connection::open(path)?);
        db.execute_batch(TABLE)?;
        let kind = Schemas::standard().named("User").cloned();
        let (kind, db) = (kind.ok_or("no users")?, Arc::new(Mutex::new(db)));
        Ok(Self { kind, places, db })
    }

    /// Reads whom a key may belong to: one by an index, or everybody where there is none.
    fn owners(&self, db: &Connection, pin: Option<(AttrId, &str)>) -> Tried<Vec<(i64, Record)>> {
        match pin.map(|(attribute, key)| (self.kind.path(attribute), key)) {
            Some((path, key)) if path == "userName" => self.read(db, "u.login", key),
            Some((path, key)) if path == "id" => self.read(db, "u.id", key),
            _ => self.read(db, "''", ""),
        }
    }

    fn read(&self, db: &Connection, column: &str, key: &str) -> Tried<Vec<(i64, Record)>> {
        let mut statement = db.prepare_cached(&format!("{READ}{column}"))?;
        let (mut rows, mut users) = (statement.query([key])?, Vec::new());
        while let Some(row) = rows.next()? {
            let (boss, display_name) = (row.get::<_, Option<String>>(6)?, row.get(7)?);
            let user = Record {
                kind: self.kind.clone(),
                id: ResourceId::new(&row.get::<_, String>(1)?)?,
                document: row.get::<_, String>(2)?.into(),
                modified: Timestamp::from_millis(row.get(3)?),
                created: Timestamp::from_millis(row.get(4)?),
                version: Version(row.get::<_, i64>(5)?.cast_unsigned()),
                manager: boss.map(|_| Manager { display_name }),
                links: Links::All(Vec::new()),
            };
            users.push((row.get(0)?, user));
        }
        Ok(users)
    }

    fn one(&self, db: &Connection, target: &Target) -> Tried<Option<Record>> {
        let found = self.read(db, "u.id", target.id.as_str())?.pop();
        let user = found.filter(|_| target.kind == self.kind);
        Ok(user.map(|(_, user)| user))
    }

    fn save(&self, db: &Connection, sql: &str, draft: &Draft, cause: &Cause) -> Tried<Written> {
        cause.check_unique(&self.kind, draft, |attribute, key| {
            Ok(self.owners(db, Some((attribute, key)))?)
        })?;
        let (id, at) = (draft.id.as_str(), cause.at.as_millis());
        let name = draft.document.as_map().get("userName");
        let login = name.and_then(Value::as_str).map(fold::user_name);
        let text = String::from_utf8(draft.document.to_bytes())?;
        let changed = db.execute(sql, (id, login, text, at))? == 1;
        let user = self.read(db, "u.id", id)?.pop().map(|(_, user)| user);
        Ok(Written::plain(user, changed, cause))
    }
}

impl Store for Users {
    async fn get(&self, target: Target, want: Want) -> Result<Option<Record>> {
        let user = self.one(&*self.db.lock().await, &target)?;
        Ok(user.map(|user| user.limited(want)))
    }

    async fn find(&self, query: Query) -> Result<Page> {
        let pin = query.pinned().map(|(_, attribute, key)| (attribute, key));
        let users = self.owners(&*self.db.lock().await, pin)?;
        self.places.page(&query, users)
    }

    async fn create(&self, _: ResourceType, draft: Draft, cause: Cause) -> Result<Written> {
        let new = self.save(&*self.db.lock().await, CREATE, &draft, &cause)?;
        new.changed.then_some(new).ok_or(StoreError::IdTaken)
    }

    async fn replace(
        &self,
        target: Target,
        expected: Expected,
        mut draft: Draft,
        cause: Cause,
    ) -> Result<Written> {
        let db = self.db.lock().await;
        let user = self.one(&db, &target)?.ok_or(StoreError::NotFound)?;
        expected.check(user.version)?;
        draft.id = target.id;
        Ok(self.save(&db, CHANGE, &draft, &cause)?)
    }

    async fn delete(&self, target: Target, expected: Expected, cause: Cause) -> Result<Written> {
        let db = self.db.lock().await;
        let user = self.one(&db, &target)?.ok_or(StoreError::NotFound)?;
        expected.check(user.version)?;
        let gone = db.execute(DELETE, [target.id.as_str()]);
        Ok(Written::plain(None, gone.map_err(Box::from)? == 1, &cause))
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Tried<()> {
    let schemas = Arc::new(Schemas::standard().without("Group"));
    let options = enroll_examples::options();
    enroll_examples::talk(&Directory::new(schemas, Users::open(":memory:")?, options)).await
}

#[cfg(test)]
mod tests {
    enroll_conformance::store_suite!(users: super::Users::open(":memory:").unwrap());
}
