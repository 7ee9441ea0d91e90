//! The suites over what is in memory: the ledger, its built-in sink, and the smallest sink there
//! is.

use std::{collections::BTreeMap, sync::Mutex};

use enroll_conformance::sink::Application;
use enroll_schema::{ResourceId, Timestamp};
use enroll_store::TenantId;
use enroll_sync::{
    AccountFilter, AccountId, AccountSink, Accounts, Answer, Claim, Fence, GroupOutcome, Item,
    Joined, Ledger, MemoryLedger, Outcome, Profile,
};

mod ledger {
    use enroll_sync::MemoryLedger;

    enroll_conformance::ledger_suite!(MemoryLedger::default());
}

mod built_in {
    use super::Beside;

    enroll_conformance::sink_suite!(Beside::default());
}

mod smallest {
    use super::Smallest;

    enroll_conformance::sink_suite!(Smallest::default());
}

#[tokio::test]
async fn a_job_is_the_same_as_itself() {
    for seed in 0..20 {
        enroll_conformance::job::same_as_memory(MemoryLedger::default(), seed, 80).await;
    }
}

/// The built-in sink, called like any other.
#[derive(Default)]
struct Beside(MemoryLedger);

impl Beside {
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
        self.0
            .apply_and_settle(&item.tenant, fence, claim)
            .await
            .unwrap()
            .answer
    }

    async fn all(&self) -> BTreeMap<AccountId, Profile> {
        let filter = AccountFilter {
            most: 100,
            ..AccountFilter::default()
        };
        let all = self
            .0
            .accounts(&TenantId::new("acme"), filter)
            .await
            .unwrap();
        all.into_iter()
            .map(|account| (account.app_ref, account.profile))
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
        self.all()
            .await
            .get(account)
            .is_some_and(|profile| profile.active)
    }

    async fn profile(&self, account: &AccountId) -> Option<Profile> {
        self.all().await.get(account).cloned()
    }

    async fn size(&self) -> usize {
        self.all().await.len()
    }
}

/// An upsert that remembers who was made for whom: all that a sink must do.
#[derive(Default)]
struct Smallest(Mutex<BTreeMap<AccountId, (ResourceId, Profile)>>);

impl AccountSink for Smallest {
    async fn apply(&self, item: &Item) -> Outcome {
        let Some(wanted) = &item.account else {
            return Outcome::Unchanged;
        };
        let mut users = self.0.lock().unwrap();
        let made = users
            .iter()
            .find(|(_, (whose, _))| *whose == item.subject.id);
        let made = made.map(|(id, _)| id.clone());
        let fresh = || AccountId::new(format!("user-{}", users.len() + 1));
        let id = item.app_ref.clone().or(made).unwrap_or_else(fresh);
        let before = users.get(&id).map(|(_, before)| before);
        let profile = before.map_or_else(|| wanted.clone(), |before| wanted.over(before));
        users.insert(id.clone(), (item.subject.id.clone(), profile));
        Outcome::applied(id)
    }
}

impl Application for Smallest {
    type Sink = Self;

    fn sink(&self) -> &Self {
        self
    }

    async fn may_enter(&self, account: &AccountId) -> bool {
        self.0
            .lock()
            .unwrap()
            .get(account)
            .is_some_and(|(_, profile)| profile.active)
    }

    async fn profile(&self, account: &AccountId) -> Option<Profile> {
        self.0
            .lock()
            .unwrap()
            .get(account)
            .map(|(_, profile)| profile.clone())
    }

    async fn size(&self) -> usize {
        self.0.lock().unwrap().len()
    }
}
