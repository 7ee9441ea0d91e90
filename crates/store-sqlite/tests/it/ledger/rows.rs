//! What rows must do that maps in memory cannot get wrong: outlive a restart, stay one transaction, stay apart.

use std::path::Path;

use enroll_store::TenantId;
use enroll_store_sqlite::Sqlite;
use enroll_sync::{
    AccessGroupId, AccountFilter, AccountId, Accounts as _, Answer, Due, Effect, Fence, Hint, Item,
    Joined as _, Ledger as _, LedgerError, Outcome, Settled, Span, Step, Subject, SubjectKind,
    WaitKey, Why, Window,
};

use super::{
    some::{acme, ada, claim, create, filled, hint, intake, okta, person, step},
    view::{Asked, NOW, View, id, later},
};

const ASKED: Asked<'_> = Asked {
    integrations: &["int_1"],
    people: &["ada", "bob"],
    groups: &["hiring"],
    names: &["00u1", "ada@acme.com", "bob"],
    accounts: &["u_1"],
    access_groups: &["admin", "staff"],
};

async fn all(database: &Sqlite, tenant: &TenantId) -> View {
    ASKED.view(database, tenant).await
}

/// Everything is found again after a restart, and the lease goes on counting (P1).
#[tokio::test]
async fn p1_everything_outlives_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("enroll.db");
    let (fence, before) = {
        let database = Sqlite::open(&path).unwrap();
        (filled(&database).await, all(&database, &acme()).await)
    };
    assert_eq!(before.context.selections.len(), 1);
    assert_eq!(before.known[0].person, Some(person()));
    assert_eq!(
        before.known[0].shadow.as_ref().unwrap().app_ref.as_str(),
        "u_1"
    );
    assert_eq!(before.occupied, [AccessGroupId::new("staff")]);
    assert_eq!((before.counts.blocked, before.counts.seq), (1, 1));
    let found = before.found.iter().filter(|found| **found == [ada()]);
    assert_eq!(
        found.count(),
        4,
        "by externalId, by name in two spellings, by id: {:?}",
        before.found
    );
    let database = Sqlite::open(&path).unwrap();
    assert_eq!(all(&database, &acme()).await, before);
    assert_eq!(database.lease(&acme()).await.unwrap().0, fence.0 + 1);
}

/// Two tenants with the same ids never see each other's rows (B4).
#[tokio::test]
async fn b4_a_tenant_sees_nothing_of_another() {
    let database = Sqlite::temporary().unwrap();
    filled(&database).await;
    let bolt = TenantId::new("bolt");
    database.lease(&bolt).await.unwrap();
    let nothing = ASKED.view(&Sqlite::temporary().unwrap(), &bolt).await;
    assert_eq!(all(&database, &bolt).await, nothing);
    let before = all(&database, &acme()).await;
    // The other tenant does all the same, and undoes it; the first one keeps what it has.
    database
        .intake(&bolt, intake(vec![hint(ada())]))
        .await
        .unwrap();
    database.mark_all(&bolt, NOW).await.unwrap();
    let forget = vec![Effect::ForgetShadow(ada()), Effect::ForgetPerson(ada())];
    database
        .decide(&bolt, Fence(1), vec![step(ada(), forget, None)])
        .await
        .unwrap();
    assert_eq!(all(&database, &acme()).await, before);
}

/// A job whose lease another one took over writes nothing.
#[tokio::test]
async fn a_stale_fence_is_refused() {
    let database = Sqlite::temporary().unwrap();
    let old = filled(&database).await;
    database.lease(&acme()).await.unwrap();
    let before = all(&database, &acme()).await;
    let forget = step(ada(), vec![Effect::ForgetPerson(ada())], None);
    let decided = database.decide(&acme(), old, vec![forget]).await;
    assert!(matches!(decided, Err(LedgerError::Fenced)));
    let answer = Answer::Account(Outcome::applied(AccountId::new("u_9")));
    let settled = database
        .settle(&acme(), old, claim(create("eve@acme.com")), answer)
        .await;
    assert!(matches!(settled, Err(LedgerError::Fenced)));
    let applied = database
        .apply_and_settle(&acme(), old, claim(create("eve@acme.com")))
        .await;
    assert!(matches!(applied, Err(LedgerError::Fenced)));
    assert_eq!(all(&database, &acme()).await, before);
}

/// A create that comes twice makes one account.
#[tokio::test]
async fn the_same_claim_twice_has_one_effect() {
    let database = Sqlite::temporary().unwrap();
    let fence = database.lease(&acme()).await.unwrap();
    let first = database
        .apply_and_settle(&acme(), fence, claim(create("ada@acme.com")))
        .await;
    let made = Settled {
        answer: Answer::Account(Outcome::applied(AccountId::new("u_1"))),
        seq: Some(1),
    };
    assert_eq!(first.unwrap(), made);
    let again = database
        .apply_and_settle(&acme(), fence, claim(create("ada@acme.com")))
        .await;
    let taken = Outcome::Exists {
        app_ref: AccountId::new("u_1"),
    };
    assert_eq!(
        again.unwrap(),
        Settled {
            answer: Answer::Account(taken),
            seq: None
        }
    );
    let update = Item {
        app_ref: Some(AccountId::new("u_1")),
        ..create("ada@acme.com")
    };
    let again = database
        .apply_and_settle(&acme(), fence, claim(update))
        .await
        .unwrap();
    assert_eq!(again.answer, Answer::Account(Outcome::Unchanged));
    let everybody = AccountFilter {
        most: 100,
        ..AccountFilter::default()
    };
    assert_eq!(
        database.accounts(&acme(), everybody).await.unwrap().len(),
        1
    );
}

fn sql(path: &Path, sql: &str) {
    rusqlite::Connection::open(path)
        .unwrap()
        .execute_batch(sql)
        .unwrap();
}

/// The effect and what is written of it are there together, or neither is (sync §8, guarantee 2).
#[tokio::test]
async fn an_effect_without_its_outcome_does_not_happen() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("enroll.db");
    let database = Sqlite::open(&path).unwrap();
    let fence = database.lease(&acme()).await.unwrap();
    let before = all(&database, &acme()).await;
    for table in ["decision", "shadow_account", "account"] {
        let halt = format!(
            "CREATE TRIGGER halt BEFORE INSERT ON {table} BEGIN SELECT raise(ABORT, 'halt'); END"
        );
        sql(&path, &halt);
        let halted = database
            .apply_and_settle(&acme(), fence, claim(create("ada@acme.com")))
            .await;
        assert!(
            matches!(halted, Err(LedgerError::Backend(_))),
            "{table}: {halted:?}"
        );
        assert_eq!(all(&database, &acme()).await, before, "{table}");
        sql(&path, "DROP TRIGGER halt");
    }
    let done = database
        .apply_and_settle(&acme(), fence, claim(create("ada@acme.com")))
        .await;
    assert_eq!(
        done.unwrap().answer,
        Answer::Account(Outcome::applied(AccountId::new("u_1")))
    );
}

/// A row that cannot be read back is said to be damaged, and never taken for an absent one (P16).
#[tokio::test]
async fn p16_damage_is_noticed() {
    for change in [
        "UPDATE person SET value = '{\"id\": 7}'",
        "UPDATE shadow_account SET value = 'x'",
        "UPDATE decision SET value = ''",
        "UPDATE due SET lane = 'soon'",
        "UPDATE due SET cause = '[7]'",
    ] {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("enroll.db");
        let database = Sqlite::open(&path).unwrap();
        filled(&database).await;
        database.mark_all(&acme(), NOW).await.unwrap();
        assert!(database.known(&acme(), vec![ada()]).await.is_ok());
        sql(&path, change);
        let read = database.known(&acme(), vec![ada()]).await;
        assert!(
            matches!(read, Err(LedgerError::Damaged(_))),
            "{change}: {read:?}"
        );
    }
}

/// A waiting subject, the members of a group and everybody are due at once; what was due sooner stays so.
#[tokio::test]
async fn news_about_many_is_one_statement_and_the_same_news() {
    let database = Sqlite::temporary().unwrap();
    let fence = filled(&database).await;
    let window = Window {
        settle: Span::from_millis(0),
        most: Span::from_millis(0),
    };
    let before = database.due(&acme(), later(60_000), 10).await.unwrap();
    let news = |at| Hint {
        cause: None,
        at,
        ..hint(ada())
    };
    let one = Due::hinted(
        before.into_iter().find(|due| due.subject == ada()),
        &news(later(9)),
        window,
    );
    let wake = Step {
        wake: vec![WaitKey::Name("eve@acme.com".to_owned())],
        members_of: vec![id("hiring"), id("nobody")],
        at: later(9),
        ..step(Subject::group(&okta(), &id("hiring")), Vec::new(), None)
    };
    database.decide(&acme(), fence, vec![wake]).await.unwrap();
    let bob = Due {
        subject: Subject::person(&okta(), &id("bob")),
        cause: Vec::new(),
        stamp: 1,
        first_at: later(9),
        not_before: later(9),
        ..one.clone()
    };
    let people = |due: Vec<Due>| {
        due.into_iter()
            .filter(|due| due.subject.kind == SubjectKind::Person)
            .collect::<Vec<_>>()
    };
    let mut wanted = vec![one, bob];
    wanted.sort_by_key(|due| (due.not_before, due.subject.clone()));
    assert_eq!(
        people(database.due(&acme(), later(60_000), 10).await.unwrap()),
        wanted
    );
    assert!(wanted.iter().all(|due| due.why == Why::Change));
}

/// Calls without an answer are counted, over restarts too, from the first one on (sync §5).
#[tokio::test]
async fn a_repeated_call_is_counted() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("enroll.db");
    for attempt in 1..4 {
        let database = Sqlite::open(&path).unwrap();
        let fence = database.lease(&acme()).await.unwrap();
        let mut call = claim(create("ada@acme.com"));
        call.now = later(i64::from(attempt) * 1_000);
        let retry = Answer::Account(Outcome::retry());
        let settled = database.settle(&acme(), fence, call, retry).await.unwrap();
        assert_eq!(settled.seq, None);
        let known = database.known(&acme(), vec![ada()]).await.unwrap();
        let recorded = known[0].decision.clone().unwrap().recorded.unwrap();
        assert_eq!(
            (recorded.attempts, recorded.first_at),
            (attempt, later(1_000))
        );
    }
}

/// When a deleted group comes back under another id, those whose access it granted are due and tied to it (E-11).
#[tokio::test]
async fn e11_members_of_a_group_that_came_back_are_due() {
    let database = Sqlite::temporary().unwrap();
    let fence = filled(&database).await;
    let granted = Item {
        via: Some(id("hiring")),
        app_ref: Some(AccountId::new("u_1")),
        ..create("ada@acme.com")
    };
    let unchanged = Answer::Account(Outcome::Unchanged);
    database
        .settle(&acme(), fence, claim(granted), unchanged)
        .await
        .unwrap();
    assert_eq!(database.due(&acme(), later(0), 10).await.unwrap(), []);
    let rebound = Effect::Rebound {
        from: Subject::group(&okta(), &id("hiring")),
        to: id("hiring-2"),
    };
    let about = Subject::group(&okta(), &id("hiring-2"));
    let back = step(about, vec![rebound], None);
    database.decide(&acme(), fence, vec![back]).await.unwrap();
    let due = database.due(&acme(), later(0), 10).await.unwrap();
    let due: Vec<_> = due.into_iter().map(|due| due.subject).collect();
    assert_eq!(due, [ada()]);
    let known = database.known(&acme(), due).await.unwrap();
    assert_eq!(known[0].shadow.clone().unwrap().via, Some(id("hiring-2")));
    let selections = database.context(&acme()).await.unwrap().selections;
    assert_eq!(selections[0].group, id("hiring-2"));
}
