//! What people decided, and what the brakes count.

use enroll_schema::Timestamp;
use enroll_sync::{
    AccessGroupId, AccountId, Answer, Approval, BrakeQuery, Code, Effect, Exception, Holding,
    Ledger, Op, OpenFilter, Outcome, Reason, Rule, Ruling, State, Step, Subject,
};

use super::ground::{Ground, at, claim, directory, group_id, shadow, step, subject};

fn approval(key: &str) -> Approval {
    Approval {
        key: key.to_owned(),
        approved: true,
        by: "kim".to_owned(),
        reason: "seen".to_owned(),
        at: at(1),
    }
}

fn exception() -> Exception {
    Exception {
        access_group: AccessGroupId::new("g_1"),
        via: group_id("staff"),
        until: at(100),
        by: "kim".to_owned(),
        reason: "wrong group".to_owned(),
    }
}

/// A ruling makes its subject due, is read with it, and goes when it has served.
pub async fn a_ruling_is_kept_until_it_has_served<L: Ledger>(ledger: L) {
    let on = Ground::new(ledger).await;
    let (ledger, tenant) = (&on.ledger, &on.tenant);
    let rules = [Rule::Decide(approval("k")), Rule::Keep(exception())];
    let rules = rules
        .into_iter()
        .map(|rule| (subject("ada"), rule))
        .collect();
    ledger.rule(tenant, rules, at(5)).await.unwrap();
    let due = ledger.due(tenant, at(5), 10).await.unwrap();
    assert_eq!(due.len(), 1);
    assert_eq!(
        (due[0].subject.clone(), due[0].not_before),
        (subject("ada"), at(5))
    );
    let ruling = async || {
        let known = ledger.known(tenant, vec![subject("ada")]).await.unwrap();
        known[0].ruling.clone()
    };
    let whole = Ruling {
        verdict: Some(approval("k")),
        exception: Some(exception()),
        ..Ruling::default()
    };
    assert_eq!(ruling().await, whole);
    let effects = vec![Effect::Rule(subject("ada"), Rule::Undecide)];
    on.decide(Step {
        effects,
        ..step("ada")
    })
    .await;
    assert_eq!(
        ruling().await,
        Ruling {
            verdict: None,
            ..whole
        }
    );
    ledger
        .rule(tenant, vec![(subject("ada"), Rule::Unkeep)], at(6))
        .await
        .unwrap();
    assert!(ruling().await.is_empty());
}

/// Decisions that stand open are listed by subject, page by page, by what they wait for.
pub async fn what_stands_open_is_listed_by_subject<L: Ledger>(ledger: L) {
    let on = Ground::new(ledger).await;
    for (name, state, waiting) in [
        ("ada", State::Held, false),
        ("bob", State::Blocked, false),
        ("cyd", State::Ready, true),
        ("dan", State::Ready, false),
    ] {
        let mut decision = on.decision(name, &[]);
        decision.item.state = state;
        decision.waiting = waiting;
        on.decide(Step {
            decision: Some(decision),
            ..step(name)
        })
        .await;
    }
    let (ledger, tenant) = (&on.ledger, &on.tenant);
    let list = async |filter, after: Option<Subject>, most| {
        let found = ledger
            .open_decisions(tenant, filter, after, most)
            .await
            .unwrap();
        found
            .iter()
            .map(|last| last.item.subject.id.to_string())
            .collect::<Vec<_>>()
    };
    assert_eq!(list(OpenFilter::ALL, None, 10).await, ["ada", "bob", "cyd"]);
    assert_eq!(list(OpenFilter::ALL, None, 2).await, ["ada", "bob"]);
    assert_eq!(
        list(OpenFilter::ALL, Some(subject("bob")), 2).await,
        ["cyd"]
    );
    let held = OpenFilter {
        waiting: false,
        held: true,
        blocked: false,
    };
    assert_eq!(list(held, None, 10).await, ["ada"]);
    assert!(list(held, Some(subject("ada")), 10).await.is_empty());
}

fn query(since: Timestamp) -> BrakeQuery {
    BrakeQuery {
        since,
        most: 10,
        privileged: vec![AccessGroupId::new("admin")],
        groups: vec![Subject::group(&directory(), &group_id("staff"))],
    }
}

/// Removals are counted when they are done and while a brake holds them; those somebody said yes to
/// are not (E-23).
pub async fn e_23_removals_are_counted_unless_somebody_saw_them<L: Ledger>(ledger: L) {
    let on = Ground::new(ledger).await;
    for (name, reason) in [
        ("ada", Code::IdpInactive),
        ("bob", Code::Approved),
        ("cyd", Code::HeldMass),
        ("dan", Code::HeldProtected),
    ] {
        let mut item = on.create(name, &[]);
        item.op = Op::Deactivate;
        item.app_ref = Some(AccountId::new(name));
        item.reasons = vec![Reason::plain(reason)];
        if matches!(reason, Code::IdpInactive | Code::Approved) {
            let answer = Answer::Account(Outcome::applied(AccountId::new(name)));
            let settled = on
                .ledger
                .settle(&on.tenant, on.fence, claim(item, 0), answer);
            settled.await.unwrap();
        } else {
            item.state = State::Held;
            let mut decision = on.decision(name, &[]);
            decision.item = item;
            on.decide(Step {
                decision: Some(decision),
                ..step(name)
            })
            .await;
        }
    }
    let counts = on.ledger.guarding(&on.tenant, query(at(-1))).await.unwrap();
    let names = |of: &[enroll_sync::Removal]| {
        of.iter()
            .map(|removal| removal.subject.id.to_string())
            .collect::<Vec<_>>()
    };
    assert_eq!(names(&counts.done), ["ada"]);
    assert!(counts.done[0].left);
    assert_eq!(
        names(&counts.held),
        ["cyd"],
        "the list of protected accounts counts nothing"
    );
    let later = on.ledger.guarding(&on.tenant, query(at(0))).await.unwrap();
    assert!(
        later.done.is_empty(),
        "the window begins after its first instant"
    );
}

/// Managed active accounts are counted, by granting group and in privileged access groups (E-24).
pub async fn e_24_accounts_are_counted_where_the_brakes_look<L: Ledger>(ledger: L) {
    let on = Ground::new(ledger).await;
    for (name, active, managed) in [
        ("ada", true, true),
        ("bob", true, true),
        ("cyd", false, true),
        ("dan", true, false),
    ] {
        let mut tie = shadow(name, name, name);
        tie.base.active = active;
        tie.base.access_groups = vec![AccessGroupId::new("admin")];
        tie.managed = managed;
        tie.via = Some(group_id("staff"));
        let effects = vec![Effect::Shadow(Box::new(tie))];
        on.decide(Step {
            effects,
            ..step(name)
        })
        .await;
    }
    let counts = on.ledger.guarding(&on.tenant, query(at(0))).await.unwrap();
    let staff = Subject::group(&directory(), &group_id("staff"));
    assert_eq!(counts.active, 2);
    assert_eq!(counts.granted, [(staff.clone(), 2)]);
    let holding = Holding {
        access_group: AccessGroupId::new("admin"),
        via: Some(staff),
        active: 3,
    };
    assert_eq!(
        counts.holdings,
        [holding],
        "one who is managed no more still holds the rights"
    );
    let effects = vec![Effect::ForgetShadow(subject("ada"))];
    on.decide(Step {
        effects,
        ..step("ada")
    })
    .await;
    let counts = on.ledger.guarding(&on.tenant, query(at(0))).await.unwrap();
    assert_eq!(counts.active, 1);
}
