//! Outcomes, and the accounts beside the ledger.

use enroll_store::{Lane, Revision};
use enroll_sync::{
    AccessGroupId, Account, AccountFilter, AccountId, Accounts, Answer, Code, Counts, Integration,
    Joined, Kind, Ledger, Outcome, Policy, Profile, Verdict,
};

use super::ground::{Ground, at, binding, claim, directory, hint, named, shadow, subject};

/// Outcome, base, number, tie and queue are one transaction.
pub async fn s_05_a_create_is_settled_whole<L: Ledger>(ledger: L) {
    let on = Ground::new(ledger).await;
    on.intake(vec![hint("ada", Lane::Now, 0, "req_1")], 0, 1)
        .await
        .unwrap();
    let answer = Answer::Account(Outcome::applied(AccountId::new("a_1")));
    let settled = on
        .settle(claim(on.create("ada", &["g_1"]), 1), answer)
        .await;
    assert_eq!(settled.seq, Some(1));
    let known = on
        .ledger
        .known(&on.tenant, vec![subject("ada")])
        .await
        .unwrap();
    let shadow = known[0].shadow.as_ref().unwrap();
    assert_eq!(
        (shadow.app_ref.as_str(), shadow.seq, shadow.managed),
        ("a_1", 1, true)
    );
    assert_eq!(
        Some(&shadow.base),
        on.create("ada", &["g_1"]).account.as_ref()
    );
    let recorded = known[0]
        .decision
        .as_ref()
        .unwrap()
        .recorded
        .as_ref()
        .unwrap();
    assert_eq!(recorded.outcome, Verdict::Applied);
    assert!(known[0].due.is_none());
    assert_eq!(on.context().await.seq, 1);
}

/// Refusals and repeats take no number.
pub async fn outcomes_are_numbered_without_gaps<L: Ledger>(ledger: L) {
    let on = Ground::new(ledger).await;
    let mut numbers = Vec::new();
    let answers = [
        Outcome::applied(AccountId::new("a_1")),
        Outcome::rejected("no", "no"),
        Outcome::retry(),
        Outcome::Exists {
            app_ref: AccountId::new("a_1"),
        },
        Outcome::applied(AccountId::new("a_2")),
    ];
    for (index, answer) in answers.into_iter().enumerate() {
        on.intake(
            vec![hint("ada", Lane::Now, 0, "r")],
            index as u64,
            index as u64 + 1,
        )
        .await
        .unwrap();
        let due = on.ledger.due(&on.tenant, at(0), 9).await.unwrap();
        let claim = claim(on.create(&format!("p{index}"), &[]), due[0].stamp);
        numbers.push(on.settle(claim, Answer::Account(answer)).await.seq);
    }
    assert_eq!(numbers, [Some(1), None, None, None, Some(2)]);
    let happened = on.ledger.happened(&on.tenant, 0, 9).await.unwrap();
    let seen: Vec<_> = happened
        .iter()
        .map(|one| (one.seq, one.item.name.as_str()))
        .collect();
    assert_eq!(seen, [(1, "login-p0"), (2, "login-p4")]);
    assert_eq!(happened[0].item.account, on.create("p0", &[]).account);
    let second = on.ledger.happened(&on.tenant, 1, 9).await.unwrap();
    assert_eq!(second, happened[1..]);
    assert_eq!(
        on.ledger.happened(&on.tenant, 0, 1).await.unwrap(),
        happened[..1]
    );
    let counts = on.counts().await;
    assert_eq!((counts.seq, counts.blocked), (2, 2));
}

/// Whoever is inactive is in no group.
pub async fn an_access_group_is_occupied_by_active_accounts<L: Ledger>(ledger: L) {
    let on = Ground::new(ledger).await;
    let mut inside = shadow("ada", "a_1", "ada@x.example");
    inside.base.access_groups = vec![AccessGroupId::new("g_1")];
    let mut out = shadow("bob", "a_2", "bob@x.example");
    out.base.access_groups = vec![AccessGroupId::new("g_2")];
    out.base.active = false;
    on.ties(&inside).await;
    on.ties(&out).await;
    let asked = ["g_1", "g_2", "g_3"].map(AccessGroupId::new).to_vec();
    let occupied = on.ledger.occupied(&on.tenant, asked.clone()).await.unwrap();
    assert_eq!(occupied, asked[..1]);
    inside.base.active = false;
    on.ties(&inside).await;
    assert!(
        on.ledger
            .occupied(&on.tenant, asked)
            .await
            .unwrap()
            .is_empty()
    );
}

/// Pages follow each other without gap or repeat; the filter holds on each.
pub async fn accounts_are_listed_page_by_page<L: Ledger + Accounts>(ledger: L) {
    let on = Ground::new(ledger).await;
    for number in 0..7 {
        let mut one = shadow(
            &format!("p{number}"),
            &format!("a{number}"),
            &format!("p{number}@x"),
        );
        one.base.active = number % 2 == 0;
        on.ties(&one).await;
    }
    for (active, wanted) in [
        (None, "a0 a1 a2 a3 a4 a5 a6"),
        (Some(true), "a0 a2 a4 a6"),
        (Some(false), "a1 a3 a5"),
    ] {
        let mut found = Vec::new();
        loop {
            let after = found.last().map(|id: &String| AccountId::new(id.as_str()));
            let filter = AccountFilter {
                active,
                after,
                most: 2,
            };
            let page = on.ledger.accounts(&on.tenant, filter).await.unwrap();
            assert!(page.len() <= 2);
            if page.is_empty() {
                break;
            }
            found.extend(page.iter().map(|account| account.app_ref.to_string()));
        }
        assert_eq!(found.join(" "), wanted);
    }
}

/// An application in use keeps what it has (S-33).
pub async fn s_33_what_was_seeded_is_there_and_is_nobodys<L: Ledger + Accounts>(ledger: L) {
    let on = Ground::new(ledger).await;
    let account = Account {
        app_ref: AccountId::new("u_1"),
        profile: Profile {
            kind: Kind::External,
            active: true,
            ..Profile::default()
        },
    };
    let group = binding("x", "g_1").access_group();
    on.ledger
        .seed(&on.tenant, vec![account.clone()], vec![group.clone()])
        .await
        .unwrap();
    let all = AccountFilter {
        most: 9,
        ..AccountFilter::default()
    };
    assert_eq!(
        on.ledger.accounts(&on.tenant, all).await.unwrap(),
        [account]
    );
    assert_eq!(on.ledger.access_groups(&on.tenant).await.unwrap(), [group]);
    assert_eq!(on.context().await.seq, 0);
}

/// The effect, the outcome and the number are there together, and new ids are those of nobody.
pub async fn the_built_in_sink_changes_accounts_and_ledger_together<L: Joined + Accounts>(
    ledger: L,
) {
    let on = Ground::new(ledger).await;
    let seeded = Account {
        app_ref: AccountId::new("u_1"),
        profile: Profile {
            email: Some("boss@x.example".into()),
            ..Profile::default()
        },
    };
    on.ledger
        .seed(&on.tenant, vec![seeded.clone()], vec![])
        .await
        .unwrap();
    let made = on.apply(on.create_group("staff")).await;
    assert_eq!(made.seq, Some(1));
    let groups = on.ledger.access_groups(&on.tenant).await.unwrap();
    assert_eq!((groups.len(), groups[0].name.as_str()), (1, "staff"));
    let inside = groups[0].group_ref.as_str();
    let made = on.apply(on.create("ada", &[inside])).await;
    assert_eq!(
        made.answer,
        Answer::Account(Outcome::applied(AccountId::new("u_2")))
    );
    let known = on
        .ledger
        .known(&on.tenant, vec![subject("ada")])
        .await
        .unwrap();
    assert_eq!(known[0].shadow.as_ref().unwrap().app_ref.as_str(), "u_2");
    // Somebody else's address, an access group that is not there: answered, and nothing changed.
    let taken = on.apply(on.create("boss", &[])).await;
    let exists = Outcome::Exists {
        app_ref: seeded.app_ref.clone(),
    };
    assert_eq!((taken.answer, taken.seq), (Answer::Account(exists), None));
    let nowhere = on.apply(on.create("eve", &["nowhere"])).await;
    assert!(matches!(
        nowhere.answer,
        Answer::Account(Outcome::Rejected { .. })
    ));
    let all = AccountFilter {
        most: 9,
        ..AccountFilter::default()
    };
    let accounts = on.ledger.accounts(&on.tenant, all).await.unwrap();
    assert_eq!(accounts.len(), 2);
    assert_eq!(accounts[0], seeded);
    assert_eq!(on.counts().await.blocked, 2);
    let reason = on
        .ledger
        .known(&on.tenant, vec![subject("boss")])
        .await
        .unwrap();
    assert!(
        reason[0]
            .decision
            .as_ref()
            .unwrap()
            .item
            .has(Code::EmailTaken)
    );
}

/// Nothing of one tenant shows in another (threat B4).
pub async fn b_4_tenants_share_nothing<L: Joined + Accounts>(ledger: L) {
    let on = Ground::new(ledger).await;
    on.knows(&["ada"], &["staff"]).await;
    on.apply(on.create("ada", &[])).await;
    on.intake(vec![hint("ada", Lane::Now, 0, "r")], 0, 1)
        .await
        .unwrap();
    let bolt = named("bolt");
    let integration = Integration {
        id: directory(),
        name: "same id".into(),
        order: 0,
    };
    on.ledger
        .attach(&bolt, integration, Policy::default())
        .await
        .unwrap();
    let ledger = &on.ledger;
    let known = ledger.known(&bolt, vec![subject("ada")]).await.unwrap();
    assert!(known[0].person.is_none() && known[0].shadow.is_none() && known[0].due.is_none());
    assert!(ledger.find(&bolt, "ada").await.unwrap().is_empty());
    assert!(
        ledger
            .holders(&bolt, vec!["ada@x.example".into()])
            .await
            .unwrap()
            .is_empty()
    );
    assert!(ledger.due(&bolt, at(9), 9).await.unwrap().is_empty());
    assert_eq!(
        ledger.bookmark(&bolt, &directory()).await.unwrap(),
        Revision(0)
    );
    assert_eq!(ledger.counts(&bolt).await.unwrap(), Counts::default());
    let all = AccountFilter {
        most: 9,
        ..AccountFilter::default()
    };
    assert!(ledger.accounts(&bolt, all).await.unwrap().is_empty());
    ledger.mark_all(&bolt, at(0)).await.unwrap();
    let (due, _) = ledger.agenda(at(0)).await.unwrap();
    assert_eq!(due, std::slice::from_ref(&on.tenant));
}
