//! What the application says about its accounts, and what people decided about the difference.

use enroll_sync::{
    AccountFilter, AccountId, Accounts, Drift, FieldRule, FieldRuling, Holder, Ledger, LedgerError,
    Link, NameRole, Report, Rule, SnapshotError, SnapshotState, Step,
};
use serde_json::json;

use super::ground::{Ground, at, shadow, step, subject};

fn report(app_ref: &str, email: &str) -> Report {
    Report {
        app_ref: AccountId::new(app_ref),
        external_id: Some(format!("ext-{app_ref}")),
        values: [("email".to_owned(), json!(email))].into(),
        is_admin: Some(true),
        changed_by: Some("sam".to_owned()),
        changed_at: Some(at(1)),
    }
}

fn loose(key: &str, role: NameRole, app_ref: &str) -> Holder {
    Holder {
        key: key.to_owned(),
        role,
        app_ref: AccountId::new(app_ref),
        subject: None,
        until: None,
    }
}

/// An account that nobody manages is known by its names as soon as it is reported, and whoever they
/// mean is due (E-16).
pub async fn e_16_a_reported_account_holds_its_names<L: Ledger + Accounts>(ledger: L) {
    let on = Ground::new(ledger).await;
    on.knows(&["ada"], &[]).await;
    let told = vec![report("u_1", "Ada@x.example")];
    on.ledger.report(&on.tenant, told, at(3)).await.unwrap();
    assert_eq!(on.due(at(3)).await, [subject("ada").to_string()]);
    assert_eq!(
        on.holders(&["ada@x.example", "ext-u_1"]).await,
        [
            loose("ada@x.example", NameRole::Email, "u_1"),
            loose("ext-u_1", NameRole::External, "u_1"),
        ]
    );
    let ids = vec![AccountId::new("u_1"), AccountId::new("u_2")];
    let seen = on.ledger.seen(&on.tenant, ids.clone()).await.unwrap();
    assert!(seen[0].reported.as_ref().unwrap().is_admin && seen[0].tie.is_none());
    assert_eq!(seen[1].profile, None, "nobody reported it");
    let all = AccountFilter {
        most: 9,
        ..AccountFilter::default()
    };
    let listed = on.ledger.accounts(&on.tenant, all).await.unwrap();
    assert_eq!(listed[0].app_ref, ids[0]);
    // Tied, the names are the person's; untied, they are the account's again.
    on.ties(&shadow("ada", "u_1", "ada@x.example")).await;
    let held = on.holders(&["ada@x.example", "ext-u_1"]).await;
    assert!(
        held.iter()
            .all(|holder| holder.subject == Some(subject("ada"))),
        "{held:?}"
    );
    let seen = on.ledger.seen(&on.tenant, ids).await.unwrap();
    assert_eq!(seen[0].tie, Some(subject("ada")));
    let untied = on.ledger.untie(&on.tenant, subject("ada"), at(4)).await;
    assert!(untied.unwrap());
    assert!(
        !on.ledger
            .untie(&on.tenant, subject("ada"), at(4))
            .await
            .unwrap()
    );
    assert_eq!(
        on.holders(&["ext-u_1"]).await,
        [loose("ext-u_1", NameRole::External, "u_1")]
    );
}

/// A value that was changed in the application is listed until somebody decided about it (E-12).
pub async fn e_12_what_drifted_is_listed_by_person<L: Ledger>(ledger: L) {
    let on = Ground::new(ledger).await;
    for name in ["ada", "bob"] {
        on.ties(&shadow(name, name, name)).await;
        let mut decision = on.decision(name, &[]);
        decision.item.kept = vec!["email".to_owned()];
        on.decide(Step {
            decision: Some(decision),
            ..step(name)
        })
        .await;
        let told = vec![report(name, "new@x.example")];
        on.ledger.report(&on.tenant, told, at(3)).await.unwrap();
    }
    let found = async |after| {
        let found = on.ledger.drifting(&on.tenant, after, 9).await.unwrap();
        let names = found.iter().map(|known| known.subject.id.to_string());
        (names.collect::<Vec<_>>(), found)
    };
    let (names, known) = found(None).await;
    assert_eq!(names, ["ada", "bob"]);
    assert_eq!(found(Some(subject("ada"))).await.0, ["bob"]);
    let seen = on
        .ledger
        .seen(&on.tenant, vec![AccountId::new("ada")])
        .await;
    let seen = seen.unwrap().remove(0).reported.unwrap();
    let drift = Drift::of(&known[0], Some(&seen)).remove(0);
    assert_eq!(
        (drift.base, drift.observed, drift.by.as_deref(), drift.since),
        (
            json!("ada"),
            json!("new@x.example"),
            Some("sam"),
            Some(at(1))
        )
    );
    let ruling = FieldRuling {
        what: FieldRule::Ignore(json!("new@x.example")),
        by: "kim".to_owned(),
        at: at(4),
    };
    let rule = Rule::Field("email".to_owned(), ruling);
    on.ledger
        .rule(&on.tenant, vec![(subject("ada"), rule)], at(4))
        .await
        .unwrap();
    let (_, known) = found(None).await;
    assert!(Drift::of(&known[0], Some(&seen)).is_empty());
    let back = vec![report("ada", "ada")];
    on.ledger.report(&on.tenant, back, at(5)).await.unwrap();
    assert_eq!(found(None).await.0, ["bob"]);
}

/// A tie that somebody asked for is kept with the person until it is loosened (E-16).
pub async fn e_16_a_tie_that_was_asked_for_is_kept<L: Ledger>(ledger: L) {
    let on = Ground::new(ledger).await;
    let link = Link {
        app_ref: AccountId::new("u_1"),
        by: "kim".to_owned(),
        reason: String::new(),
        at: at(1),
    };
    for (rule, kept) in [(Rule::Link(link.clone()), Some(link)), (Rule::Loose, None)] {
        on.ledger
            .rule(&on.tenant, vec![(subject("ada"), rule)], at(2))
            .await
            .unwrap();
        let known = on
            .ledger
            .known(&on.tenant, vec![subject("ada")])
            .await
            .unwrap();
        assert_eq!(known[0].ruling.link, kept);
    }
}

/// A snapshot counts as a whole: what it does not have is forgotten, unless somebody has it or it
/// was reported since; one that shrank is refused (sync §7).
pub async fn sync_7_a_snapshot_is_taken_in_as_a_whole<L: Ledger + Accounts>(ledger: L) {
    let on = Ground::new(ledger).await;
    let (ledger, tenant) = (&on.ledger, &on.tenant);
    on.knows(&["ada"], &[]).await;
    let page = |names: &[&str]| {
        names
            .iter()
            .map(|name| report(name, name))
            .collect::<Vec<_>>()
    };
    let listed = async || {
        let all = AccountFilter {
            most: 9,
            ..AccountFilter::default()
        };
        let found = ledger.accounts(tenant, all).await.unwrap();
        found
            .iter()
            .map(|one| one.app_ref.to_string())
            .collect::<Vec<_>>()
    };
    let first = ledger.begin_snapshot(tenant, at(1)).await.unwrap();
    assert_eq!((first.id, first.before), (1, None));
    ledger
        .stage(tenant, 1, 0, page(&["a", "b", "c", "d"]))
        .await
        .unwrap();
    let twice = ledger.stage(tenant, 1, 0, page(&["a"])).await.unwrap_err();
    assert!(matches!(
        twice,
        LedgerError::Snapshot(SnapshotError::Elsewhere(4))
    ));
    let more = ledger.stage(tenant, 1, 4, page(&["d", "e"])).await.unwrap();
    assert_eq!((more.received, more.accounts), (6, 5));
    assert_eq!(
        ledger.absorb(tenant, 1, 9, at(2)).await.unwrap().state,
        SnapshotState::Open
    );
    assert!(listed().await.is_empty());
    ledger.commit_snapshot(tenant, 1).await.unwrap();
    let closed = ledger.stage(tenant, 1, 6, page(&["f"])).await.unwrap_err();
    assert!(matches!(
        closed,
        LedgerError::Snapshot(SnapshotError::Closed)
    ));
    assert_eq!(
        ledger.absorb(tenant, 1, 3, at(2)).await.unwrap().state,
        SnapshotState::Committed
    );
    assert_eq!(
        listed().await,
        ["a", "b", "c"],
        "in steps, so that nobody waits"
    );
    assert_eq!(
        ledger.absorb(tenant, 1, 3, at(2)).await.unwrap().state,
        SnapshotState::TakenIn
    );
    assert_eq!(listed().await, ["a", "b", "c", "d", "e"]);
    assert_eq!(
        on.due(at(2)).await,
        [subject("ada").to_string()],
        "everybody is due"
    );

    for (names, fits) in [(&["a", "b"][..], false), (&["a", "b", "c"], true)] {
        let next = ledger.begin_snapshot(tenant, at(3)).await.unwrap();
        assert_eq!(next.before, Some(5));
        ledger.stage(tenant, next.id, 0, page(names)).await.unwrap();
        let committed = ledger.commit_snapshot(tenant, next.id).await;
        assert_eq!(committed.is_ok(), fits);
    }
    on.ties(&shadow("ada", "d", "d")).await;
    ledger.report(tenant, page(&["z"]), at(4)).await.unwrap();
    ledger.absorb(tenant, 3, 9, at(5)).await.unwrap();
    assert_eq!(
        listed().await,
        ["a", "b", "c", "d", "z"],
        "d is ada's, z is newer"
    );
    let old = ledger.commit_snapshot(tenant, 2).await.unwrap_err();
    assert!(matches!(old, LedgerError::Snapshot(SnapshotError::Unknown)));
}
