//! The sync job over SQLite: the suites of ledgers and sinks, and sameness of whole jobs with the
//! reference.

use std::collections::BTreeMap;

use enroll_conformance::{job::same_as_memory, sink::Application, store::Ground};
use enroll_schema::{Schemas, Timestamp};
use enroll_store::{Directories as _, DirectoryId, TenantId};
use enroll_store_sqlite::Sqlite;
use enroll_sync::{
    AccountFilter, AccountId, AccountSink, Accounts, Answer, BuiltIn, Claim, Fence, GroupOutcome,
    Integration, Item, Job, Joined, Ledger, Outcome, Policy, Preset, Profile,
};

mod ledger {
    use enroll_store_sqlite::Sqlite;

    enroll_conformance::ledger_suite!(Sqlite::temporary().unwrap());
}

mod built_in {
    use super::Beside;

    enroll_conformance::sink_suite!(Beside::new());
}

#[tokio::test]
async fn whatever_happens_the_job_does_on_sqlite_what_it_does_in_memory() {
    for seed in 0..6 {
        same_as_memory(Sqlite::temporary().unwrap(), seed, 80).await;
    }
}

/// What cannot be read holds up its own tenant and no other, and the turn says when to look again.
#[tokio::test]
async fn one_tenants_damage_stops_nobody_else() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("enroll.db");
    let database = Sqlite::open(&path).unwrap();
    let (job, at) = (
        || {
            let (directories, ledger) = (database.clone(), database.clone());
            Job::new(directories, ledger, BuiltIn, &Schemas::standard()).unwrap()
        },
        |seconds: i64| Timestamp::from_millis(seconds * 1_000),
    );
    let mut grounds = Vec::new();
    for tenant in ["a", "b"] {
        let id = DirectoryId::new(format!("int_{tenant}"));
        grounds.push(Ground::new(database.open(&id).await.unwrap()));
        let one = Integration {
            id,
            name: tenant.to_owned(),
            order: 0,
        };
        let (tenant, policy) = (TenantId::new(tenant), Policy::preset(Preset::HandsOff));
        database.attach(&tenant, one, policy).await.unwrap();
    }
    let arrive = async |name: &str| {
        for on in &grounds {
            on.add_user(name, serde_json::json!({})).await;
        }
    };
    arrive("ada").await;
    let before = job();
    before.turn(at(1)).await.unwrap();
    assert_eq!(before.turn(at(2)).await.unwrap().decided, 2);
    let damage =
        "UPDATE rules SET policy = '{' WHERE ledger = (SELECT key FROM ledger WHERE tenant = 'a')";
    let file = rusqlite::Connection::open(&path).unwrap();
    assert_eq!(file.execute(damage, []).unwrap(), 1);
    arrive("bob").await;
    let after = job();
    after.turn(at(3)).await.unwrap();
    assert_eq!(after.turn(at(4)).await.unwrap().decided, 1);
    let next = after.turn(at(5)).await.unwrap().next_at.unwrap();
    assert!(next > at(5) && next <= at(10), "{next}");
}

/// The built-in sink, called like any other.
struct Beside(Sqlite);

impl Beside {
    fn new() -> Self {
        Self(Sqlite::temporary().unwrap())
    }

    async fn answer(&self, item: &Item) -> Answer {
        let fence = match self.0.decide(&item.tenant, Fence(1), vec![]).await {
            Ok(()) => Fence(1),
            Err(_) => self.0.lease(&item.tenant).await.unwrap(),
        };
        let now = Timestamp::from_millis(0);
        let claim = Claim {
            item: item.clone(),
            stamp: 0,
            now,
            again: false,
        };
        let settled = self.0.apply_and_settle(&item.tenant, fence, claim).await;
        settled.unwrap().answer
    }

    async fn all(&self) -> BTreeMap<AccountId, Profile> {
        let filter = AccountFilter {
            most: 100,
            ..AccountFilter::default()
        };
        let all = self.0.accounts(&TenantId::new("acme"), filter).await;
        let all = all.unwrap().into_iter();
        all.map(|account| (account.app_ref, account.profile))
            .collect()
    }
}

impl AccountSink for Beside {
    async fn apply(&self, item: &Item) -> Outcome {
        match self.answer(item).await {
            Answer::Account(outcome) => outcome,
            Answer::Group(other) => panic!("{other:?}"),
        }
    }

    async fn apply_group(&self, item: &Item) -> GroupOutcome {
        match self.answer(item).await {
            Answer::Group(outcome) => outcome,
            Answer::Account(other) => panic!("{other:?}"),
        }
    }
}

impl Application for Beside {
    type Sink = Self;

    fn sink(&self) -> &Self {
        self
    }

    async fn may_enter(&self, account: &AccountId) -> bool {
        let all = self.all().await;
        all.get(account).is_some_and(|profile| profile.active)
    }

    async fn profile(&self, account: &AccountId) -> Option<Profile> {
        self.all().await.get(account).cloned()
    }

    async fn size(&self) -> usize {
        self.all().await.len()
    }
}
