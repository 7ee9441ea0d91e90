//! Rules: policy, catalogue, selections, integrations.

use enroll_store::Revision;
use enroll_sync::{
    Capabilities, Counts, Integration, Ledger, LedgerError, Picked, Policy, Preset, SourceGroup,
};

use super::ground::{Ground, at, directory, named, other, selection, source};

/// A tenant nobody attached anything to reads as empty.
pub async fn a_tenant_that_is_unknown_has_the_default_policy_and_nothing_else<L: Ledger>(
    ledger: L,
) {
    let context = ledger.context(&named("nobody")).await.unwrap();
    assert_eq!(context.policy, Policy::default());
    assert_eq!((context.version, context.seq), (0, 0));
    assert!(context.integrations.is_empty() && context.access_groups.is_empty());
    assert_eq!(
        ledger.counts(&named("nobody")).await.unwrap(),
        Counts::default()
    );
    assert_eq!(ledger.agenda(at(0)).await.unwrap(), (vec![], None));
}

/// Attaching again changes name and order, and neither policy nor bookmark.
pub async fn an_integration_is_attached_once_and_renamed<L: Ledger>(ledger: L) {
    let on = Ground::new(ledger).await;
    let context = on.context().await;
    assert!(context.policy.auto_sync);
    on.intake(vec![], 0, 7).await.unwrap();
    let again = Integration {
        id: directory(),
        name: "Renamed".into(),
        order: 3,
    };
    on.ledger
        .attach(&on.tenant, again.clone(), Policy::default())
        .await
        .unwrap();
    let second = Integration {
        id: other(),
        name: "Second".into(),
        order: 1,
    };
    on.ledger
        .attach(&on.tenant, second.clone(), Policy::default())
        .await
        .unwrap();
    let context = on.context().await;
    assert!(context.policy.auto_sync, "the policy is the first one's");
    assert_eq!(context.integrations, [second.clone(), again.clone()]);
    assert_eq!(on.bookmark().await, Revision(7));
    let all = on.ledger.integrations().await.unwrap();
    assert_eq!(
        all,
        [(on.tenant.clone(), second), (on.tenant.clone(), again)]
    );
}

/// A version that is not the one that was read refuses the change.
pub async fn rules_are_changed_only_as_they_were_read<L: Ledger>(ledger: L) {
    let on = Ground::new(ledger).await;
    let version = on.context().await.version;
    let careful = Policy::preset(Preset::Careful);
    on.ledger
        .set_policy(&on.tenant, version, careful.clone(), at(0))
        .await
        .unwrap();
    let late = on
        .ledger
        .set_policy(&on.tenant, version, Policy::default(), at(0))
        .await;
    assert!(matches!(late, Err(LedgerError::Moved)));
    let picked = Picked {
        integration: directory(),
        selections: vec![],
        seen: vec![],
    };
    let late = on.ledger.select(&on.tenant, version, picked, at(0)).await;
    assert!(matches!(late, Err(LedgerError::Moved)));
    let context = on.context().await;
    assert_eq!((context.policy, context.version), (careful, version + 1));
}

/// Policy, catalogue and selections concern everybody, at once; a catalogue that is no news
/// concerns nobody.
pub async fn a_changed_rule_makes_everybody_due<L: Ledger>(ledger: L) {
    let on = Ground::new(ledger).await;
    on.knows(&["ada", "bob"], &["staff"]).await;
    on.ledger
        .set_capabilities(&on.tenant, Capabilities::default(), at(5))
        .await
        .unwrap();
    assert!(on.due(at(9)).await.is_empty());
    let roles = Capabilities::roles(["admin", "member"]);
    on.ledger
        .set_capabilities(&on.tenant, roles.clone(), at(5))
        .await
        .unwrap();
    assert_eq!(
        on.due(at(5)).await,
        ["group/int_1/staff", "person/int_1/ada", "person/int_1/bob"]
    );
    let context = on.context().await;
    assert_eq!(context.capabilities, roles);
    assert_eq!(context.access_groups.len(), 2);
}

/// The groups that were there to pick from count as known, and keep what is known of them.
pub async fn what_was_there_to_pick_from_is_known<L: Ledger>(ledger: L) {
    let on = Ground::new(ledger).await;
    on.knows(&[], &["staff"]).await;
    let seen = vec![
        SourceGroup {
            display_name: "another reading".into(),
            ..source("staff")
        },
        source("crew"),
    ];
    let selection = selection("crew");
    let picked = Picked {
        integration: directory(),
        selections: vec![selection.clone()],
        seen,
    };
    let version = on.context().await.version;
    on.ledger
        .select(&on.tenant, version, picked, at(1))
        .await
        .unwrap();
    let context = on.context().await;
    assert_eq!(context.groups, [source("crew"), source("staff")]);
    assert_eq!(context.selections, [selection]);
    let none = Picked {
        integration: directory(),
        selections: vec![],
        seen: vec![],
    };
    on.ledger
        .select(&on.tenant, context.version, none, at(1))
        .await
        .unwrap();
    assert!(on.context().await.selections.is_empty());
}
