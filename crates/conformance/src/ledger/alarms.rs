//! The outbox of alerts.

use enroll_sync::{
    AlertChanges, AlertLevel, Answer, Code, Effect, Finding, Ledger, Op, Outcome, Reason, Sent,
    State, Step, Trouble, settled_alerts,
};

use super::ground::{Ground, at, claim, named, step, subject};

async fn concerns<L: Ledger>(on: &Ground<L>) -> Vec<(String, Trouble)> {
    let found = on.ledger.concerns(&on.tenant, 10).await.unwrap();
    let mut found: Vec<_> = found
        .into_iter()
        .map(|one| (one.subject.id.to_string(), one.trouble))
        .collect();
    found.sort();
    found
}

/// What somebody may have to know stands beside the decision, and goes with it.
pub async fn d_6_a_concern_comes_and_goes_with_its_decision<L: Ledger>(ledger: L) {
    let on = Ground::new(ledger).await;
    for (name, state, code) in [
        ("ada", State::Held, Code::HeldMass),
        ("bob", State::Ready, Code::IdpInactive),
        ("cyd", State::Held, Code::HeldRegroupGrace),
        ("dan", State::Held, Code::HeldProtected),
    ] {
        let mut decision = on.decision(name, &[]);
        decision.item.op = Op::Deactivate;
        decision.item.state = state;
        decision.item.app_ref = Some(enroll_sync::AccountId::new(name));
        decision.item.reasons = vec![Reason::plain(code)];
        let decision = Some(decision);
        on.decide(Step {
            decision,
            ..step(name)
        })
        .await;
    }
    let held = |name: &str| (name.to_owned(), Trouble::Held);
    let open = ("bob".to_owned(), Trouble::Unconfirmed);
    assert_eq!(concerns(&on).await, [held("ada"), open, held("dan")]);
    let troubled = on.ledger.troubled().await.unwrap();
    assert_eq!(troubled, std::slice::from_ref(&on.tenant));
    let page = on.ledger.concerns(&on.tenant, 2).await.unwrap();
    assert_eq!(page.len(), 2);
    // Applied; planned again without a reason to worry; forgotten.
    let known = on
        .ledger
        .known(&on.tenant, vec![subject("bob")])
        .await
        .unwrap();
    let item = known[0].decision.clone().unwrap().item;
    let account = item.app_ref.clone().unwrap();
    on.settle(claim(item, 0), Answer::Account(Outcome::applied(account)))
        .await;
    let decision = Some(on.decision("ada", &[]));
    on.decide(Step {
        decision,
        ..step("ada")
    })
    .await;
    let effects = vec![Effect::ForgetPerson(subject("dan"))];
    on.decide(Step {
        effects,
        ..step("dan")
    })
    .await;
    assert!(concerns(&on).await.is_empty());
    assert!(on.ledger.troubled().await.unwrap().is_empty());
}

fn finding(cause: &str) -> Finding {
    Finding {
        cause: cause.to_owned(),
        level: AlertLevel::ActNow,
        code: "H_BURST".to_owned(),
        integration: None,
        count: 2,
        leavers: 1,
        newest_at: at(1),
        text: "2 are held.".to_owned(),
        sample: vec!["ada".to_owned()],
        repeats: true,
    }
}

/// An alert is kept with what each channel was told of it, and forgotten with that.
pub async fn an_alert_is_kept_with_what_was_told_of_it<L: Ledger>(ledger: L) {
    let on = Ground::new(ledger).await;
    let (ledger, tenant) = (&on.ledger, &on.tenant);
    let found = vec![finding("b"), finding("a")];
    let changes = settled_alerts(tenant, Vec::new(), found, at(1));
    ledger.put_alerts(tenant, changes).await.unwrap();
    let kept = ledger.alerts(tenant).await.unwrap();
    let causes: Vec<_> = kept.iter().map(|one| one.alert.cause.as_str()).collect();
    assert_eq!(causes, ["a", "b"]);
    assert!(kept.iter().all(|one| one.sent.is_empty()));
    let troubled = ledger.troubled().await.unwrap();
    assert_eq!(troubled, std::slice::from_ref(tenant));
    for (channel, outcome) in [("mail", Err("no route".to_owned())), ("hook", Ok(()))] {
        let sent = kept[0].told(channel, outcome, at(2));
        ledger.put_sent(tenant, "a", channel, sent).await.unwrap();
    }
    let told = ledger.alerts(tenant).await.unwrap();
    let sent: Vec<(&str, &Sent)> = told[0]
        .sent
        .iter()
        .map(|(name, sent)| (&**name, sent))
        .collect();
    assert_eq!(sent[0], ("hook", &kept[0].told("hook", Ok(()), at(2))));
    assert_eq!((sent[1].0, &*sent[1].1.error), ("mail", "no route"));
    assert!(told[1].sent.is_empty());
    let forget = AlertChanges {
        forget: vec!["a".to_owned()],
        ..AlertChanges::default()
    };
    ledger.put_alerts(tenant, forget).await.unwrap();
    let again = settled_alerts(tenant, Vec::new(), vec![finding("a")], at(3));
    ledger.put_alerts(tenant, again).await.unwrap();
    let kept = ledger.alerts(tenant).await.unwrap();
    assert!(kept[0].sent.is_empty(), "what was told went with it");
    assert!(
        ledger.alerts(&named("globex")).await.unwrap().is_empty(),
        "B4"
    );
}
