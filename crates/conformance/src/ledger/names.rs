//! Names: who holds them, who inherits, who is found by them.

use enroll_sync::{
    Account, AccountId, Accounts, Effect, FormerLogin, Ledger, NameRole, Profile, Step,
};

use super::ground::{Ground, at, directory, other, shadow, step, subject};

/// Names belong to the account that has them now; a name given up is free.
pub async fn e_09_names_are_held_by_accounts_and_by_nobody_elses<L: Ledger + Accounts>(ledger: L) {
    let on = Ground::new(ledger).await;
    let loose = Account {
        app_ref: AccountId::new("loose"),
        profile: Profile {
            email: Some("Boss@x.example".into()),
            ..Profile::default()
        },
    };
    on.ledger
        .seed(&on.tenant, vec![loose], vec![])
        .await
        .unwrap();
    on.ties(&shadow("ada", "a_1", "ada@x.example")).await;
    let holders = on
        .holders(&["ada@x.example", "boss@x.example", "nobody@x.example"])
        .await;
    let seen: Vec<_> = holders
        .iter()
        .map(|h| {
            (
                h.key.as_str(),
                h.role,
                h.app_ref.as_str(),
                h.subject.is_some(),
            )
        })
        .collect();
    let wanted = [
        ("ada@x.example", NameRole::Email, "a_1", true),
        ("ada@x.example", NameRole::Login, "a_1", true),
        ("boss@x.example", NameRole::Email, "loose", false),
    ];
    assert_eq!(seen, wanted);
    on.ties(&shadow("ada", "a_1", "new@x.example")).await;
    assert!(on.holders(&["ada@x.example"]).await.is_empty());
    // An account that is tied now is held by its tie alone.
    on.ties(&shadow("bob", "loose", "boss@x.example")).await;
    let holders = on.holders(&["boss@x.example"]).await;
    assert!(
        holders
            .iter()
            .all(|holder| holder.subject == Some(subject("bob")))
    );
    let effects = vec![Effect::ForgetShadow(subject("ada"))];
    on.decide(Step {
        effects,
        ..step("ada")
    })
    .await;
    assert!(on.holders(&["new@x.example"]).await.is_empty());
}

/// A login that was given up is held with its end (E-17).
pub async fn e_17_a_former_login_is_held_until_its_day<L: Ledger>(ledger: L) {
    let on = Ground::new(ledger).await;
    let mut old = shadow("ada", "a_1", "ada@x.example");
    old.former_logins = vec![FormerLogin {
        login: "Old@x.example".into(),
        until: at(90),
    }];
    on.ties(&old).await;
    let holders = on.holders(&["old@x.example"]).await;
    assert_eq!(
        (holders[0].role, holders[0].until),
        (NameRole::Former, Some(at(90)))
    );
}

/// Only deleted people have heirs, in their own directory, by externalId or userName (E-27).
pub async fn e_27_heirs_are_the_deleted<L: Ledger>(ledger: L) {
    let on = Ground::new(ledger).await;
    let mut gone = shadow("ada", "a_1", "ada@x.example");
    gone.gone_at = Some(at(5));
    on.ties(&gone).await;
    on.ties(&shadow("bob", "a_2", "bob@x.example")).await;
    let heirs = async |external: &str, name: &str| {
        let (external, names) = (vec![external.to_owned()], vec![name.to_owned()]);
        on.ledger
            .heirs(&on.tenant, &directory(), external, names)
            .await
            .unwrap()
    };
    assert_eq!(heirs("ext-ada", "nobody").await, [gone.clone()]);
    assert_eq!(heirs("nobody", "ada@x.example").await, [gone.clone()]);
    assert_eq!(heirs("ext-ada", "ada@x.example").await, [gone]);
    assert!(heirs("ext-bob", "bob@x.example").await.is_empty());
    let elsewhere = on
        .ledger
        .heirs(&on.tenant, &other(), vec!["ext-ada".into()], vec![])
        .await
        .unwrap();
    assert!(elsewhere.is_empty());
}

/// Id, userName, address, externalId; letter case counts for ids alone.
pub async fn people_are_found_by_every_name<L: Ledger>(ledger: L) {
    let on = Ground::new(ledger).await;
    on.knows(&["ada", "bob"], &[]).await;
    for (text, found) in [
        ("ada", true),
        ("ADA", false),
        ("ADA@X.example", true),
        ("login-ADA", true),
        ("ext-ada", true),
        ("EXT-ada", false),
        ("", false),
        ("%", false),
    ] {
        let wanted = if found { vec![subject("ada")] } else { vec![] };
        assert_eq!(
            on.ledger.find(&on.tenant, text).await.unwrap(),
            wanted,
            "{text}"
        );
    }
}
