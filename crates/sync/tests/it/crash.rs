//! Calls that fail, answers that are lost, jobs that die: D3, P13, D6, sync §5.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
};

use enroll_schema::Schemas;
use enroll_sync::{
    AccountId, AccountSink, Activity, AnySink, Item, Job, Outcome, Outside, Policy, Preset,
    Profile, Status,
};
use serde_json::json;

use crate::world::World;

/// An application that answers as told, and remembers every call.
#[derive(Clone, Default)]
struct App(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    accounts: BTreeMap<AccountId, Profile>,
    by_key: BTreeMap<String, Outcome>,
    calls: Vec<(String, String)>,
    answers: Vec<Answer>,
    made: u32,
}

#[derive(Clone)]
enum Answer {
    /// Does it, and the answer is lost on the way.
    Lost,
    /// Does nothing.
    Say(Outcome),
}

impl App {
    fn next(&self, answer: Answer) {
        self.0.lock().unwrap().answers.push(answer);
    }

    fn calls(&self) -> Vec<(String, String)> {
        std::mem::take(&mut self.0.lock().unwrap().calls)
    }

    fn accounts(&self) -> Vec<Profile> {
        self.0.lock().unwrap().accounts.values().cloned().collect()
    }
}

impl State {
    /// The same key has the effect of one call.
    fn effect(&mut self, item: &Item) -> Outcome {
        if let Some(before) = self.by_key.get(&item.key) {
            return before.clone();
        }
        let app_ref = item.app_ref.clone().unwrap_or_else(|| {
            self.made += 1;
            AccountId::new(format!("a{}", self.made))
        });
        self.accounts
            .insert(app_ref.clone(), item.account.clone().unwrap());
        let outcome = Outcome::applied(app_ref);
        self.by_key.insert(item.key.clone(), outcome.clone());
        outcome
    }
}

impl AccountSink for App {
    async fn apply(&self, item: &Item) -> Outcome {
        let mut state = self.0.lock().unwrap();
        state
            .calls
            .push((item.op.as_str().to_owned(), item.key.clone()));
        match state.answers.pop() {
            Some(Answer::Say(outcome)) => outcome,
            Some(Answer::Lost) => {
                state.effect(item);
                Outcome::retry()
            }
            None => state.effect(item),
        }
    }
}

async fn world(app: &App) -> World<Outside<AnySink>> {
    let sink = Outside(AnySink::new(app.clone()));
    let mut world = World::with(sink, Policy::preset(Preset::HandsOff)).await;
    world.user("ada", json!({})).await;
    world.group("Staff", &["ada"]).await;
    world
}

fn ops(calls: &[(String, String)]) -> Vec<&str> {
    calls.iter().map(|(op, _)| op.as_str()).collect()
}

#[tokio::test]
async fn d_3_p_13_a_create_whose_answer_was_lost_is_repeated_as_it_was() {
    let app = App::default();
    let mut world = world(&app).await;
    app.next(Answer::Lost);
    world.pass(1);
    world.turns().await;
    assert_eq!(world.state().await.state, Activity::Running);
    // Even if the person changed meanwhile: what may have been made is asked for again, then
    // changed.
    world.set("ada", "name.givenName", json!("Ada")).await;
    world.settle().await;
    let calls = app.calls();
    assert_eq!(ops(&calls), ["create", "create", "update"]);
    assert_eq!(calls[0].1, calls[1].1, "the same key");
    assert_ne!(calls[1].1, calls[2].1);
    let accounts = app.accounts();
    assert_eq!(accounts.len(), 1);
    assert_eq!(accounts[0].first_name.as_deref(), Some("Ada"));
    assert_eq!(world.state().await.state, Activity::Idle);
}

#[tokio::test]
async fn p_13_a_job_that_died_after_the_call_repeats_it_with_the_same_key() {
    let app = App::default();
    let mut first = world(&app).await;
    first.pass(1);
    // The job dies between call and record: its future is dropped while the application works.
    let dying = Dying { app: app.clone() };
    let job = Job::new(
        first.directories.clone(),
        first.ledger.clone(),
        Outside(dying),
        &Schemas::standard(),
    );
    let job = job.unwrap();
    // The group's turn first, then the person's, which never ends.
    for _ in 0..5 {
        let turn = job.turn(first.now);
        let polled = futures_poll_once(turn).await;
        if polled.is_none() {
            break;
        }
    }
    assert_eq!(ops(&app.calls()), ["create"]);
    assert_eq!(app.accounts().len(), 1);
    // A new job takes over.
    first.settle().await;
    let calls = app.calls();
    assert_eq!(ops(&calls), ["create"]);
    assert_eq!(app.accounts().len(), 1, "one account");
    assert_eq!(first.why("ada").await.status, Status::Provisioned);
}

/// Does what it is told and never answers.
struct Dying {
    app: App,
}

impl AccountSink for Dying {
    async fn apply(&self, item: &Item) -> Outcome {
        let outcome = self.app.apply(item).await;
        std::future::pending::<()>().await;
        outcome
    }
}

/// Polls until the future waits for something that never comes, then drops it.
async fn futures_poll_once<F: Future>(future: F) -> Option<F::Output> {
    let mut future = std::pin::pin!(future);
    std::future::poll_fn(|cx| match future.as_mut().poll(cx) {
        std::task::Poll::Ready(output) => std::task::Poll::Ready(Some(output)),
        std::task::Poll::Pending => std::task::Poll::Ready(None),
    })
    .await
}

#[tokio::test]
async fn d_3_the_job_that_was_replaced_can_write_nothing() {
    let app = App::default();
    let mut world = world(&app).await;
    world.settle().await;
    let sink = Outside(AnySink::new(app.clone()));
    let other = Job::new(
        world.directories.clone(),
        world.ledger.clone(),
        sink,
        &Schemas::standard(),
    );
    let other = other.unwrap();
    world.set("ada", "name.givenName", json!("Ada")).await;
    world.pass(5);
    other.turn(world.now).await.unwrap();
    world.set("ada", "name.givenName", json!("Eve")).await;
    world.pass(5);
    let error = world.job.turn(world.now).await.unwrap_err();
    assert_eq!(error.to_string(), "another job took over");
}

#[tokio::test]
async fn repeats_are_spaced_and_the_state_says_so() {
    let app = App::default();
    let mut world = world(&app).await;
    for _ in 0..4 {
        app.next(Answer::Say(Outcome::retry()));
    }
    world.pass(1);
    world.turns().await;
    let why = world.why("ada").await;
    assert_eq!(why.last_outcome.as_ref().unwrap().attempts, 1);
    assert_eq!(why.reasons[0].code, "E_SINK_RETRY");
    assert_eq!(world.state().await.state, Activity::Running);
    world.settle().await;
    assert_eq!(ops(&app.calls()), ["create"; 5]);
    assert_eq!(world.why("ada").await.status, Status::Provisioned);
    // 5 s, 30 s, 2 min, 10 min at the very most.
    assert!(world.now.as_millis() - crate::world::at(0).as_millis() < 756_000);
}

#[tokio::test]
async fn retry_after_is_respected() {
    let app = App::default();
    let mut world = world(&app).await;
    world.pass(1);
    let after = crate::world::at(3_600);
    let text = "503: maintenance".to_owned();
    let later = Outcome::Retry {
        after: Some(after),
        text,
    };
    app.next(Answer::Say(later));
    world.turns().await;
    let why = world.why("ada").await;
    assert_eq!(why.reasons[0].code, "E_SINK_RETRY");
    let words = &why.reasons[0].text;
    assert!(words.starts_with("503: maintenance; next at "), "{words}");
    assert_eq!(why.last_outcome.unwrap().text, "503: maintenance");
    world.pass(3_000);
    world.turns().await;
    assert_eq!(app.calls().len(), 1);
    world.settle().await;
    assert_eq!(app.calls().len(), 1);
    assert!(world.now >= after);
}

#[tokio::test]
async fn a_refusal_is_shown_in_the_applications_words_and_not_repeated_for_an_hour() {
    let app = App::default();
    let mut world = world(&app).await;
    app.next(Answer::Say(Outcome::rejected(
        "no_seats",
        "all seats are taken",
    )));
    world.settle().await;
    assert_eq!(world.state().await.blocked, 1);
    let why = world.why("ada").await;
    assert_eq!(why.status, Status::Blocked);
    let refused = why
        .reasons
        .iter()
        .find(|reason| reason.code == "E_REJECTED")
        .unwrap();
    assert_eq!(refused.text, "no_seats: all seats are taken");
    world.job.reconcile(world.now).await.unwrap();
    world.settle().await;
    assert_eq!(ops(&app.calls()), ["create"]);
    world.pass(3_601);
    world.job.reconcile(world.now).await.unwrap();
    world.settle().await;
    assert_eq!(ops(&app.calls()), ["create"]);
    assert_eq!(world.state().await.blocked, 0);
}

#[tokio::test]
async fn one_bad_item_stops_nobody_else() {
    let app = App::default();
    let mut world = world(&app).await;
    for name in ["bob", "eve", "kim"] {
        world.user(name, json!({})).await;
        world.join("Staff", name).await;
    }
    app.next(Answer::Say(Outcome::rejected("x", "y")));
    world.settle().await;
    assert_eq!(app.accounts().len(), 3);
    assert_eq!(world.state().await.blocked, 1);
}

#[tokio::test]
async fn e_16_an_account_the_application_already_has_is_a_question() {
    let app = App::default();
    let mut world = world(&app).await;
    app.next(Answer::Say(Outcome::Exists {
        app_ref: AccountId::new("u_812"),
    }));
    world.settle().await;
    let why = world.why("ada").await;
    assert_eq!(why.status, Status::Held);
    let proposed = why
        .reasons
        .iter()
        .find(|reason| reason.code == "H_LINK")
        .unwrap();
    assert_eq!(
        proposed.text,
        "account u_812, the application answered that it has it"
    );
    assert!(why.account.is_none(), "no takeover");
}

#[tokio::test]
async fn e_12_what_was_changed_by_hand_stays_until_the_provider_changes_it() {
    let app = App::default();
    let mut world = world(&app).await;
    world.settle().await;
    let by_hand = Profile {
        first_name: Some("Countess".into()),
        ..world.accounts().await[0].profile.clone()
    };
    // The application reports it by refusing a stale change.
    world.set("ada", "name.familyName", json!("Lovelace")).await;
    app.next(Answer::Say(Outcome::Conflict {
        observed: Box::new(by_hand),
    }));
    world.settle().await;
    let account = &app.accounts()[0];
    assert_eq!(account.first_name.as_deref(), Some("Countess"));
    assert_eq!(account.last_name.as_deref(), Some("Lovelace"));
    assert!(world.codes("ada").await.contains(&"D_LOCAL_CHANGE_KEPT"));
    world.set("ada", "name.givenName", json!("Ada")).await;
    world.settle().await;
    assert_eq!(app.accounts()[0].first_name.as_deref(), Some("Ada"));
    assert!(world.last_codes().contains(&"D_LOCAL_CHANGE_OVERRIDDEN"));
}

#[tokio::test]
async fn a_create_that_names_no_account_is_a_question() {
    let app = App::default();
    let mut world = world(&app).await;
    app.next(Answer::Say(Outcome::Unchanged));
    world.settle().await;
    assert_eq!(world.why("ada").await.status, Status::Blocked);
    assert!(world.codes("ada").await.contains(&"E_NO_REF"));
}

#[tokio::test]
async fn d_6_a_leaver_is_tried_again_at_least_every_ten_minutes() {
    let app = App::default();
    let mut world = world(&app).await;
    world.settle().await;
    app.calls();
    world.set("ada", "active", json!(false)).await;
    let mut last = world.now;
    for _ in 0..50 {
        app.next(Answer::Say(Outcome::retry()));
        world.turns().await;
        let next = world.job.turn(world.now).await.unwrap().next_at.unwrap();
        assert!(next.as_millis() - world.now.as_millis() <= 600_000);
        last = world.now;
        world.now = next;
    }
    assert!(world.now > last);
    world.settle().await;
    assert!(!app.accounts()[0].active);
}

#[tokio::test]
async fn after_seven_days_it_is_said_to_have_failed() {
    let app = App::default();
    let mut world = world(&app).await;
    for _ in 0..200 {
        app.next(Answer::Say(Outcome::retry()));
    }
    world.settle().await;
    let why = world.why("ada").await;
    assert_eq!(why.status, Status::Blocked);
    assert!(
        why.reasons
            .iter()
            .any(|reason| reason.code == "E_SINK_FAILED")
    );
    let days = (world.now.as_millis() - crate::world::at(0).as_millis()) / 86_400_000;
    assert!((7..9).contains(&days), "{days}");
}

#[tokio::test]
async fn the_same_value_at_another_time_is_another_call() {
    let app = App::default();
    let mut world = world(&app).await;
    world.settle().await;
    app.calls();
    for name in ["Ada", "Eve", "Ada"] {
        world.set("ada", "name.givenName", json!(name)).await;
        world.settle().await;
    }
    let calls = app.calls();
    assert_eq!(ops(&calls), ["update"; 3]);
    assert_ne!(calls[0].1, calls[2].1);
    assert_eq!(app.accounts()[0].first_name.as_deref(), Some("Ada"));
}
