//! The sync job over SQLite: the suites of ledgers and sinks, and sameness of whole jobs with the
//! reference.

use std::collections::BTreeMap;

use enroll_conformance::{job::same_as_memory, sink::Application};
use enroll_schema::Timestamp;
use enroll_store::TenantId;
use enroll_store_sqlite::Sqlite;
use enroll_sync::{
    AccountFilter, AccountId, AccountSink, Accounts, Answer, Claim, Fence, GroupOutcome, Item,
    Joined, Ledger, Outcome, Profile,
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
