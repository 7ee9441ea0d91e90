//! Measures the ledger of one large tenant on this machine's disk.
//!
//! ```text
//! cargo run --profile bench-quick -p enroll-store-sqlite --example ledger [FOLDER] [PEOPLE]
//! ```
#![allow(clippy::print_stdout, reason = "a figure is to be seen")]

use std::{error::Error, time::Instant};

use enroll_schema::{ResourceId, Timestamp};
use enroll_store::{DirectoryId, Lane, Revision, TenantId};
use enroll_store_sqlite::Sqlite;
use enroll_sync::{
    AccountFilter, Accounts as _, Claim, Decision, Effect, Fence, Hint, Intake, Integration, Item,
    Joined as _, Ledger as _, Next, Person, Policy, Preset, Span, Step, Subject, Window, name_key,
};
use serde_json::json;
use tokio::task::JoinSet;

type Failed = Box<dyn Error + Send + Sync>;

const NOW: Timestamp = Timestamp::from_millis(1_764_000_000_000);

/// Subjects that the job plans at once.
const AT_ONCE: usize = 256;

#[tokio::main]
async fn main() -> Result<(), Failed> {
    let mut arguments = std::env::args().skip(1);
    let folder = arguments.next().unwrap_or_else(|| ".".to_owned());
    let people: usize = arguments.next().map_or(Ok(20_000), |text| text.parse())?;
    let path = std::path::Path::new(&folder).join(format!("ledger-{}.db", std::process::id()));
    let (ledger, tenant) = (Sqlite::open(&path)?, TenantId::new("acme"));
    let integration = DirectoryId::new("int_1");
    let attached = Integration {
        id: integration.clone(),
        name: "Okta".to_owned(),
        order: 0,
    };
    ledger
        .attach(&tenant, attached, Policy::preset(Preset::HandsOff))
        .await?;
    let fence = ledger.lease(&tenant).await?;

    let started = Instant::now();
    intake(&ledger, &tenant, people).await?;
    told("hints taken in", people, started);

    let started = Instant::now();
    for first in (0..people).step_by(AT_ONCE) {
        let numbers = first..people.min(first + AT_ONCE);
        let steps: Result<_, Failed> = numbers.map(step).collect();
        ledger.decide(&tenant, fence, steps?).await?;
    }
    told("people decided, 256 at once", people, started);

    let started = Instant::now();
    settle(&ledger, &tenant, fence, people).await?;
    told("accounts applied and settled, 8 at once", people, started);

    let started = Instant::now();
    ledger.mark_all(&tenant, NOW).await?;
    told("people marked by one change of the rules", people, started);

    let rounds = 20;
    let started = Instant::now();
    for round in 0..rounds {
        let last = people.saturating_sub(AT_ONCE).max(1);
        plan(&ledger, &tenant, round * AT_ONCE % last, people).await?;
    }
    told("reads of a plan for 256 people", rounds, started);

    let started = Instant::now();
    let mut filter = AccountFilter {
        most: 1_000,
        ..AccountFilter::default()
    };
    let mut listed = 0;
    while let Some(last) = ledger.accounts(&tenant, filter.clone()).await?.pop() {
        listed += 1;
        filter.after = Some(last.app_ref);
    }
    told("pages of 1,000 accounts", listed, started);

    let started = Instant::now();
    for _ in 0..1_000 {
        ledger.counts(&tenant).await?;
        ledger.agenda(NOW).await?;
    }
    told("counts and agendas", 1_000, started);
    ledger.close();
    for ending in ["", "-wal", "-shm"] {
        // The last connection may have taken the files beside the database with it.
        drop(std::fs::remove_file(format!("{}{ending}", path.display())));
    }
    Ok(())
}

/// Reads what a plan for 256 people is made from.
async fn plan(
    ledger: &Sqlite,
    tenant: &TenantId,
    first: usize,
    people: usize,
) -> Result<(), Failed> {
    let numbers = first..people.min(first + AT_ONCE);
    let due = ledger.due(tenant, NOW, u32::try_from(AT_ONCE)?).await?;
    ledger.context(tenant).await?;
    let subjects: Result<_, Failed> = numbers.clone().map(subject).collect();
    let known = ledger.known(tenant, subjects?).await?;
    let names = numbers
        .map(|number| name_key(&email(number)))
        .collect::<Vec<_>>();
    let holders = ledger.holders(tenant, names.clone()).await?;
    ledger
        .heirs(tenant, &DirectoryId::new("int_1"), names.clone(), names)
        .await?;
    assert_eq!((due.len(), holders.len()), (known.len(), known.len()));
    Ok(())
}

async fn intake(ledger: &Sqlite, tenant: &TenantId, people: usize) -> Result<(), Failed> {
    for first in (0..people).step_by(500) {
        let hint = |number| -> Result<Hint, Failed> {
            Ok(Hint {
                subject: subject(number)?,
                lane: Lane::Settle,
                at: NOW,
                cause: None,
            })
        };
        let upto = people.min(first + 500);
        let intake = Intake {
            integration: DirectoryId::new("int_1"),
            from: Revision(u64::try_from(first)?),
            upto: Revision(u64::try_from(upto)?),
            hints: (first..upto).map(hint).collect::<Result<_, _>>()?,
            members_of: Vec::new(),
            window: Window {
                settle: Span::from_secs(5),
                most: Span::from_secs(60),
            },
        };
        ledger.intake(tenant, intake).await?;
    }
    Ok(())
}

/// Applies everybody's account, as many at the same time as the job does.
async fn settle(
    ledger: &Sqlite,
    tenant: &TenantId,
    fence: Fence,
    people: usize,
) -> Result<(), Failed> {
    let mut running = JoinSet::new();
    for client in 0..8 {
        let (ledger, tenant) = (ledger.clone(), tenant.clone());
        running.spawn(async move {
            for number in (client..people).step_by(8) {
                let claim = Claim {
                    item: item(number)?,
                    stamp: 1,
                    now: NOW,
                    again: false,
                };
                ledger.apply_and_settle(&tenant, fence, claim).await?;
            }
            Ok::<_, Failed>(())
        });
    }
    while let Some(done) = running.join_next().await {
        done??;
    }
    Ok(())
}

fn told(what: &str, count: usize, started: Instant) {
    let seconds = started.elapsed().as_secs_f64();
    let each = seconds * 1e6 / f64::from(u32::try_from(count.max(1)).unwrap_or(u32::MAX));
    println!("{count:>7} {what}: {seconds:.3} s, {each:.0} µs each");
}

fn subject(number: usize) -> Result<Subject, Failed> {
    let id = ResourceId::new(&format!("0192f7a1-7f3c-7cc0-a5cc-{number:012}"))?;
    Ok(Subject::person(&DirectoryId::new("int_1"), &id))
}

fn email(number: usize) -> String {
    format!("person.{number}@acme.example")
}

fn step(number: usize) -> Result<Step, Failed> {
    let person: Person = serde_json::from_value(json!({
        "integration": "int_1", "id": subject(number)?.id.as_str(), "version": 3, "external_id": format!("00u{number}"),
        "user_name": email(number), "active": true, "gone_at": null,
        "groups": [format!("hiring-{}", number % 20), "everybody"], "email": email(number), "first_name": "Ada",
        "last_name": "Li", "time_zone": "Europe/Lisbon", "user_type": null, "fields": {"department": "Sales"},
        "references": {}, "notes": []
    }))?;
    let item = item(number)?;
    let decision = Decision {
        item,
        at: NOW,
        in_flight: false,
        waiting: false,
        recorded: None,
    };
    Ok(Step {
        subject: subject(number)?,
        stamp: Some(1),
        effects: vec![Effect::Person(Box::new(person))],
        decision: Some(decision),
        next: Next::Keep,
        wake: Vec::new(),
        members_of: Vec::new(),
        at: NOW,
    })
}

fn item(number: usize) -> Result<Item, Failed> {
    let account = json!({
        "email": email(number), "first_name": "Ada", "last_name": "Li", "time_zone": "Europe/Lisbon", "login": null,
        "kind": "internal", "active": true, "access_groups": [], "fields": {"department": "Sales"}
    });
    Ok(serde_json::from_value(json!({
        "tenant": "acme", "key": format!("key-{number:040}"), "subject": subject(number)?, "op": "create",
        "state": "ready", "lane": "joiners", "account": account, "external_id": format!("00u{number}"),
        "name": email(number), "to": account, "changed": ["email", "first_name", "last_name", "time_zone"],
        "reasons": [], "via": "everybody", "after": 0, "revision": number
    }))?)
}
