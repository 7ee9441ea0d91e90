//! Whatever is written, in whatever order, SQLite answers what the reference ledger answers.

use std::collections::BTreeMap;

use enroll_store::{DirectoryId, TenantId};
use enroll_store_sqlite::Sqlite;
use enroll_sync::{Accounts, Fence, Joined, Ledger as _, MemoryLedger, Reports as _};
use proptest::{collection::vec, prelude::*};

use super::{
    dice::{ACCESS_GROUPS, ACCOUNTS, Call, Dice, GROUPS, INTEGRATIONS, NAMES, PEOPLE, State},
    view::{Asked, everywhere, later},
};

const ASKED: Asked<'_> = Asked {
    integrations: INTEGRATIONS,
    people: PEOPLE,
    groups: GROUPS,
    names: NAMES,
    accounts: ACCOUNTS,
    access_groups: ACCESS_GROUPS,
};

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn sqlite_answers_as_the_reference(calls in vec(vec(any::<u8>(), 64), 1..50)) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(compare(&calls));
    }
}

async fn compare(calls: &[Vec<u8>]) {
    let (sqlite, memory) = (Sqlite::temporary().unwrap(), MemoryLedger::default());
    let mut leases = BTreeMap::new();
    for bytes in calls {
        let tenant = TenantId::new(if bytes[0] % 4 == 0 { "bolt" } else { "acme" });
        let leases = leases.entry(tenant.clone()).or_insert(0);
        let state = state(&memory, &tenant, *leases).await;
        let call = Dice::new(&tenant, state, &bytes[1..]).call();
        *leases += u64::from(matches!(call, Call::Lease));
        let answers = (
            run(&sqlite, &tenant, call.clone()).await,
            run(&memory, &tenant, call.clone()).await,
        );
        assert_eq!(answers.0, answers.1, "{call:?}");
        assert_eq!(
            everywhere(&sqlite).await,
            everywhere(&memory).await,
            "{call:?}"
        );
        for tenant in ["acme", "bolt", "ghost"].map(TenantId::new) {
            let views = (
                ASKED.view(&sqlite, &tenant).await,
                ASKED.view(&memory, &tenant).await,
            );
            assert_eq!(views.0, views.1, "{tenant} after {call:?}");
        }
    }
}

/// Reads what a call must name to be heard.
async fn state(ledger: &MemoryLedger, tenant: &TenantId, leases: u64) -> State {
    let mut bookmarks = BTreeMap::new();
    for id in INTEGRATIONS.iter().map(|id| DirectoryId::new(*id)) {
        bookmarks.insert(id.clone(), ledger.bookmark(tenant, &id).await.unwrap());
    }
    let due = ledger.due(tenant, later(1_000_000), 100).await.unwrap();
    let snapshot = ledger.snapshot(tenant).await.unwrap();
    State {
        snapshot: snapshot.map_or((0, 0), |one| (one.id, one.received)),
        fence: Fence(leases),
        version: ledger.context(tenant).await.unwrap().version,
        bookmarks,
        stamps: due
            .into_iter()
            .map(|due| (due.subject, due.stamp))
            .collect(),
    }
}

/// Makes a call, and says what came of it.
async fn run<L: Joined + Accounts>(ledger: &L, tenant: &TenantId, call: Call) -> String {
    match call {
        Call::Attach(integration, policy) => said(ledger.attach(tenant, integration, policy).await),
        Call::Policy(version, policy) => {
            said(ledger.set_policy(tenant, version, policy, later(1)).await)
        }
        Call::Capabilities(wanted) => said(ledger.set_capabilities(tenant, wanted, later(2)).await),
        Call::Select(version, picked) => {
            said(ledger.select(tenant, version, picked, later(3)).await)
        }
        Call::Lease => said(ledger.lease(tenant).await),
        Call::Intake(intake) => said(ledger.intake(tenant, intake).await),
        Call::MarkAll(now) => said(ledger.mark_all(tenant, now).await),
        Call::Decide(fence, steps) => said(ledger.decide(tenant, fence, steps).await),
        Call::Settle(fence, claim, answer) => {
            said(ledger.settle(tenant, fence, *claim, answer).await)
        }
        Call::Apply(fence, claim) => said(ledger.apply_and_settle(tenant, fence, *claim).await),
        Call::Seed(accounts, groups) => said(ledger.seed(tenant, accounts, groups).await),
        Call::Rule(rules, now) => said(ledger.rule(tenant, rules, now).await),
        Call::Report(reports, now) => said(ledger.report(tenant, reports, now).await),
        Call::Untie(subject, now) => said(ledger.untie(tenant, subject, now).await),
        Call::Begin(now) => said(ledger.begin_snapshot(tenant, now).await),
        Call::Stage(id, from, page) => said(ledger.stage(tenant, id, from, page).await),
        Call::Commit(id) => said(ledger.commit_snapshot(tenant, id).await),
        Call::Absorb(id, most, now) => said(ledger.absorb(tenant, id, most, now).await),
    }
}

fn said(answer: impl std::fmt::Debug) -> String {
    format!("{answer:?}")
}
