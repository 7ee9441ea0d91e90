//! Stored plans, and the audit log.

use enroll_sync::{Deed, Ledger, PLAN_MILLIS_KEPT, PLANS_MAX, Planned, StoredPlan};

use super::ground::{Ground, at, directory, named};

fn plan(seconds: i64) -> StoredPlan {
    StoredPlan {
        at: at(seconds),
        by: "kim".to_owned(),
        base: [(directory(), enroll_store::Revision(7))].into(),
        complete: true,
        ..StoredPlan::default()
    }
}

async fn numbers<L: Ledger>(on: &Ground<L>, before: Option<u64>, most: u32) -> Vec<u64> {
    let found = on.ledger.stored_plans(&on.tenant, before, most);
    found.await.unwrap().iter().map(|plan| plan.id).collect()
}

/// A plan gets the next number, is shown once it is whole, and gives its items page by page.
pub async fn a_plan_is_kept_with_its_items_in_order<L: Ledger>(ledger: L) {
    let on = Ground::new(ledger).await;
    let (ledger, tenant) = (&on.ledger, &on.tenant);
    let begun = StoredPlan {
        complete: false,
        ..plan(0)
    };
    let first = ledger.put_plan(tenant, begun.clone()).await.unwrap();
    assert_eq!(first, 1);
    assert!(numbers(&on, None, 10).await.is_empty(), "not whole yet");
    let item = |place: u64| Planned::of(place, on.decision(&format!("p{place}"), &[]));
    for places in [[1, 2], [3, 4]] {
        let items = places.into_iter().map(item).collect();
        ledger.add_planned(tenant, first, items).await.unwrap();
    }
    let whole = StoredPlan {
        id: first,
        ..plan(0)
    };
    assert_eq!(ledger.put_plan(tenant, whole.clone()).await.unwrap(), first);
    assert_eq!(
        ledger.stored_plans(tenant, None, 10).await.unwrap(),
        [whole]
    );
    let second = ledger.put_plan(tenant, plan(1)).await.unwrap();
    assert_eq!(second, 2);
    let items = ledger.planned(tenant, first, 1, 2).await.unwrap();
    assert_eq!(items, [item(2), item(3)]);
    assert!(
        ledger
            .planned(tenant, second, 0, 9)
            .await
            .unwrap()
            .is_empty()
    );
    assert_eq!(numbers(&on, None, 1).await, [2]);
    assert_eq!(numbers(&on, Some(2), 9).await, [1]);
    let other = named("globex");
    assert!(
        ledger
            .stored_plans(&other, None, 9)
            .await
            .unwrap()
            .is_empty()
    );
    assert!(
        ledger
            .planned(&other, first, 0, 9)
            .await
            .unwrap()
            .is_empty()
    );
}

/// Plans go after 90 days, and the oldest when there are too many; their items go with them.
pub async fn old_plans_are_forgotten_with_their_items<L: Ledger>(ledger: L) {
    let on = Ground::new(ledger).await;
    let (ledger, tenant) = (&on.ledger, &on.tenant);
    let old = ledger.put_plan(tenant, plan(0)).await.unwrap();
    let item = Planned::of(1, on.decision("ada", &[]));
    ledger.add_planned(tenant, old, vec![item]).await.unwrap();
    let kept = PLAN_MILLIS_KEPT / 1_000;
    ledger.put_plan(tenant, plan(kept)).await.unwrap();
    assert_eq!(numbers(&on, None, 9).await, [2, 1]);
    assert_eq!(ledger.planned(tenant, old, 0, 9).await.unwrap().len(), 1);
    ledger.put_plan(tenant, plan(kept + 1)).await.unwrap();
    assert_eq!(numbers(&on, None, 9).await, [3, 2]);
    assert!(ledger.planned(tenant, old, 0, 9).await.unwrap().is_empty());
    for _ in 3..=PLANS_MAX + 1 {
        ledger.put_plan(tenant, plan(kept + 1)).await.unwrap();
    }
    let all = numbers(&on, None, 1_000).await;
    assert_eq!(all.len() as u64, PLANS_MAX);
    assert_eq!(all.last(), Some(&3));
}

/// Everything done at the desk is listed, newest first, for one tenant and for all.
pub async fn what_was_done_is_listed_newest_first<L: Ledger>(ledger: L) {
    let on = Ground::new(ledger).await;
    let deed = |tenant: &str, target: &str| Deed {
        id: 0,
        at: at(1),
        tenant: named(tenant),
        actor: "key_1".to_owned(),
        by: "kim".to_owned(),
        action: "plan.approve".to_owned(),
        target: target.to_owned(),
        reason: "seen".to_owned(),
    };
    for (tenant, target) in [("acme", "1"), ("globex", "2"), ("acme", "3")] {
        on.ledger.record(deed(tenant, target)).await.unwrap();
    }
    let list = async |tenant: Option<&str>, before, most| {
        let tenant = tenant.map(named);
        let found = on.ledger.deeds(tenant.as_ref(), before, most);
        found.await.unwrap()
    };
    let all = list(None, None, 9).await;
    let targets: Vec<_> = all.iter().map(|deed| deed.target.as_str()).collect();
    assert_eq!(targets, ["3", "2", "1"]);
    assert_eq!(
        all[0],
        Deed {
            id: all[0].id,
            ..deed("acme", "3")
        }
    );
    assert_eq!(list(None, Some(all[0].id), 1).await, all[1..2]);
    let own = list(Some("acme"), None, 9).await;
    assert_eq!(own, [all[0].clone(), all[2].clone()]);
    assert_eq!(list(Some("acme"), Some(own[0].id), 9).await, own[1..]);
    assert!(list(Some("initech"), None, 9).await.is_empty());
}
