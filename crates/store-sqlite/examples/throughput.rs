//! Measures durable creates and look-ups of one directory on this machine's disk.
//!
//! ```text
//! cargo run --profile bench-quick -p enroll-store-sqlite --example throughput [FOLDER] [USERS]
//! ```
#![allow(clippy::print_stdout, reason = "a figure is to be seen")]

use std::{error::Error, time::Instant};

use enroll_filter::{Filter, LinkPlan};
use enroll_schema::{Document, Mode, ResourceId, ResourceType, Schemas, Timestamp};
use enroll_store::{
    Cause, Directories as _, DirectoryId, Draft, Query, RequestId, Store as _, Target, Want, Window,
};
use enroll_store_sqlite::{Sqlite, SqliteStore};
use serde_json::json;
use tokio::task::JoinSet;

type Failed = Box<dyn Error + Send + Sync>;

/// Clients at the same time.
const CLIENTS: usize = 32;

#[tokio::main]
async fn main() -> Result<(), Failed> {
    let mut arguments = std::env::args().skip(1);
    let folder = arguments.next().unwrap_or_else(|| ".".to_owned());
    let users: usize = arguments.next().map_or(Ok(20_000), |text| text.parse())?;
    let path = std::path::Path::new(&folder).join(format!("throughput-{}.db", std::process::id()));
    let database = Sqlite::open(&path)?;
    let store = database.open(&DirectoryId::new("int_1")).await?;
    let schemas = Schemas::standard();
    let kind = schemas.named("User").ok_or("no User")?.clone();

    let started = Instant::now();
    clients(users, |number| create(store.clone(), kind.clone(), number)).await?;
    told("durable creates", users, started);

    let started = Instant::now();
    clients(users, |number| look_up(store.clone(), kind.clone(), number)).await?;
    told("look-ups by userName", users, started);

    let started = Instant::now();
    clients(users, |number| get(store.clone(), kind.clone(), number)).await?;
    told("reads by id", users, started);

    let started = Instant::now();
    let listed = list(&store, &kind).await?;
    told("users listed by startIndex", listed, started);

    let started = Instant::now();
    let predicate = r#"title eq "nobody""#.parse::<Filter>()?.bind(&kind)?;
    let query = Query {
        branches: vec![(kind.clone(), Some(predicate))],
        ..all(&kind, 1)
    };
    let found = store.find(query).await?.records.len();
    told("users scanned", users, started);
    assert_eq!((listed, found), (users, 0));

    database.close();
    for end in ["", "-wal", "-shm"] {
        drop(std::fs::remove_file(format!("{}{end}", path.display())));
    }
    Ok(())
}

/// Shares `total` calls among the clients.
async fn clients<F>(total: usize, call: impl Fn(usize) -> F) -> Result<(), Failed>
where
    F: Future<Output = Result<(), Failed>> + Send + 'static,
{
    let mut calls: Vec<Vec<F>> = (0..CLIENTS).map(|_| Vec::new()).collect();
    for number in 0..total {
        if let Some(client) = calls.get_mut(number % CLIENTS) {
            client.push(call(number));
        }
    }
    let mut clients = JoinSet::new();
    for calls in calls {
        clients.spawn(async move {
            for call in calls {
                call.await?;
            }
            Ok::<(), Failed>(())
        });
    }
    while let Some(client) = clients.join_next().await {
        client??;
    }
    Ok(())
}

fn told(what: &str, count: usize, started: Instant) {
    let seconds = started.elapsed().as_secs_f64();
    #[expect(clippy::cast_precision_loss, reason = "a figure for people")]
    let rate = count as f64 / seconds;
    println!("{what}: {count} in {seconds:.2} s, {rate:.0}/s");
}

async fn create(store: SqliteStore, kind: ResourceType, number: usize) -> Result<(), Failed> {
    let body = json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
        "userName": format!("User{number}@example.com"),
        "externalId": format!("00u{number:08}"),
        "displayName": format!("Person Number {number}"),
        "name": {"givenName": "Person", "familyName": format!("Number {number}")},
        "emails": [{"value": format!("user{number}@example.com"), "type": "work", "primary": true}],
        "active": true,
        "title": "Engineer",
    });
    let document = Document::read(&kind, body, Mode::Lenient)?.document;
    let unique = kind.find(None, "userName").into_iter().collect();
    let cause = Cause {
        request: RequestId::new(format!("req_{number}")),
        at: Timestamp::from_millis(1_800_000_000_000),
        unique,
        want: Want::UpTo(100),
        note: None,
    };
    let draft = Draft {
        id: id(number)?,
        document,
        links: LinkPlan::default(),
    };
    store.create(kind, draft, cause).await?;
    Ok(())
}

fn id(number: usize) -> Result<ResourceId, Failed> {
    // Spread like random ids are.
    let spread = (number as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    Ok(ResourceId::new(&format!("{spread:016x}-{number}"))?)
}

fn all(kind: &ResourceType, position: u32) -> Query {
    Query {
        branches: vec![(kind.clone(), None)],
        sort: None,
        window: Window::Index(position),
        count: 100,
        want: Want::UpTo(100),
        total: true,
    }
}

async fn look_up(store: SqliteStore, kind: ResourceType, number: usize) -> Result<(), Failed> {
    let filter = format!(r#"userName eq "user{number}@example.com""#);
    let predicate = filter.parse::<Filter>()?.bind(&kind)?;
    let query = Query {
        branches: vec![(kind.clone(), Some(predicate))],
        ..all(&kind, 1)
    };
    let page = store.find(query).await?;
    if page.total == Some(1) {
        Ok(())
    } else {
        Err("not found".into())
    }
}

async fn get(store: SqliteStore, kind: ResourceType, number: usize) -> Result<(), Failed> {
    let target = Target {
        kind,
        id: id(number)?,
    };
    store
        .get(target, Want::UpTo(100))
        .await?
        .ok_or("not there")?;
    Ok(())
}

async fn list(store: &SqliteStore, kind: &ResourceType) -> Result<usize, Failed> {
    let mut listed = 0;
    loop {
        let page = store.find(all(kind, u32::try_from(listed + 1)?)).await?;
        if page.records.is_empty() {
            return Ok(listed);
        }
        listed += page.records.len();
    }
}
