//! Members that come before their users (E-18, S-41).

use enroll_filter::{LinkPlan, Unknown};
use enroll_store::{Store, StoreError};
use serde_json::json;

use super::{
    Ground,
    ground::{id, ids},
    members::{op, values},
};

/// Users, groups and members in any order end in the same membership (S-41, E-18).
pub async fn s41_e18_members_may_come_before_their_users<S: Store>(store: S) {
    let on = Ground::new(store);
    let member_values = ["ada", "00u-bob", "cyd", "nobody"];
    let group = on.add_group("early", &member_values).await;
    assert_eq!(group.pending, member_values);
    assert_eq!(ids(&group.record.unwrap().links), [""; 0]);
    on.add_user("ada", json!({})).await;
    on.add_user("bob", json!({"externalId": "00u-bob"})).await;
    // It may also learn its externalId later.
    on.add_user("cyd-1", json!({"userName": "c"})).await;
    on.put(
        "User",
        on.user("cyd-1", json!({"userName": "c", "externalId": "cyd"})),
    )
    .await
    .unwrap();
    let late = on.add_group("late", &member_values).await;
    assert_eq!(late.pending, ["nobody"]);
    for group in ["early", "late"] {
        assert_eq!(
            on.links("Group", group).await,
            ["ada", "bob", "cyd-1"],
            "{group}"
        );
    }
    assert_eq!(on.version("Group", "early").await, 4);
    // By the value it came with, it goes too.
    let gone = on
        .patch("Group", "early", op("remove", &["00u-bob", "nobody"]))
        .await
        .unwrap();
    assert_eq!(gone.before, ["00u-bob"]);
    assert_eq!(on.links("Group", "early").await, ["ada", "cyd-1"]);
}

/// A reference that waits is not shown, binds by id or by the one externalId, and by nothing else.
pub async fn e18_what_a_pending_member_is_not<S: Store>(store: S) {
    let on = Ground::new(store);
    on.add_group("g", &["Ada", "7"]).await;
    // Not by userName, not by displayName, not in another letter case.
    on.add_user(
        "u1",
        json!({"userName": "Ada", "displayName": "Ada", "externalId": "ADA"}),
    )
    .await;
    assert_eq!(on.links("Group", "g").await, [""; 0]);
    // Two that have it are none; the one that is left is it.
    on.add_user("u2", json!({"externalId": "6"})).await;
    on.add_user("u3", json!({"externalId": "6"})).await;
    on.patch("Group", "g", op("add", &["6"])).await.unwrap();
    assert_eq!(on.links("Group", "g").await, [""; 0]);
    on.delete("User", "u2").await.unwrap();
    assert_eq!(on.links("Group", "g").await, ["u3"]);
    let waiting = on
        .store
        .pending(Some(on.target("Group", "g")), 9)
        .await
        .unwrap();
    let waiting: Vec<_> = waiting.into_iter().map(|p| (p.group, p.value)).collect();
    assert_eq!(
        waiting,
        [(id("g"), "7".to_owned()), (id("g"), "Ada".to_owned())]
    );
    assert!(
        on.store
            .pending(Some(on.target("User", "u1")), 9)
            .await
            .unwrap()
            .is_empty()
    );
}

/// They go by `remove`, by `replace members`, with the group, and after thirty days.
pub async fn e18_pending_members_go<S: Store>(store: S) {
    let on = Ground::new(store);
    on.add_group("g", &["a", "b", "c"]).await;
    on.add_group("h", &["a"]).await;
    let waiting = async || {
        let waiting = on.store.pending(None, 99).await.unwrap();
        waiting
            .into_iter()
            .map(|p| format!("{}:{}", p.group, p.value))
            .collect::<Vec<_>>()
    };
    assert_eq!(waiting().await, ["g:a", "g:b", "g:c", "h:a"]);
    assert!(
        on.patch("Group", "g", op("remove", &["a"]))
            .await
            .unwrap()
            .changed
    );
    assert_eq!(waiting().await, ["g:b", "g:c", "h:a"]);
    assert!(
        on.put("Group", on.group("g", &["c"]))
            .await
            .unwrap()
            .changed
    );
    assert!(
        !on.put("Group", on.group("g", &["c"]))
            .await
            .unwrap()
            .changed
    );
    assert_eq!(waiting().await, ["g:c", "h:a"]);
    on.delete("Group", "h").await.unwrap();
    assert_eq!(waiting().await, ["g:c"]);
    on.days_later(29);
    on.add_user("x", json!({})).await;
    assert_eq!(waiting().await, ["g:c"]);
    on.days_later(2);
    on.add_user("c", json!({})).await;
    assert_eq!(
        (waiting().await.len(), on.links("Group", "g").await.len()),
        (0, 0)
    );
}

/// With `Unknown::Refuse` only ids count, and nothing is changed.
pub async fn strict_refuses_unknown_members<S: Store>(store: S) {
    let on = Ground::new(store);
    on.add_users(&["ada"]).await;
    on.add_user("bob", json!({"externalId": "7"})).await;
    on.add_group("g", &[]).await;
    let strict = |named: &[&str]| LinkPlan {
        link: values(named),
        unknown: Unknown::Refuse,
        ..LinkPlan::default()
    };
    let refused = on.link("g", strict(&["ada", "7", "x", "7"])).await;
    let wanted = values(&["7", "x"]);
    assert!(
        matches!(&refused, Err(StoreError::UnknownLinks { values }) if *values == wanted),
        "{refused:?}"
    );
    assert_eq!(on.links("Group", "g").await, [""; 0]);
    let draft = enroll_store::Draft {
        links: strict(&["x"]),
        ..on.group("h", &[])
    };
    let created = on.store.create(on.kind("Group"), draft, on.cause()).await;
    assert!(
        matches!(created, Err(StoreError::UnknownLinks { .. })),
        "{created:?}"
    );
    assert_eq!(on.read("Group", "h").await, None);
    assert!(on.add_group("h", &["ada"]).await.changed);
}
