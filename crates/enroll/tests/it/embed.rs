//! Embedding: a sink of one's own, a restart, and what stays.

use std::{
    collections::BTreeMap,
    path::Path,
    sync::{Arc, Mutex},
};

use enroll::{
    Enroll, Place, Provider,
    sync::{
        AccountFilter, AccountId, AccountSink, Activity, Event, Item, Outcome, Preset, Profile,
    },
    tenants::{Secret, SecretKind},
};
use serde_json::{Value, json};

use crate::scim::Line;

/// An application that upserts what it is told, and remembers every call.
#[derive(Clone, Default)]
struct Users(Arc<Mutex<Held>>);

#[derive(Default)]
struct Held {
    accounts: BTreeMap<AccountId, Profile>,
    keys: Vec<String>,
}

impl AccountSink for Users {
    async fn apply(&self, item: &Item) -> Outcome {
        let Some(account) = &item.account else {
            return Outcome::Unchanged;
        };
        let own = || AccountId::new(format!("u_{}", item.subject.id));
        let app_ref = item.app_ref.clone().unwrap_or_else(own);
        let mut held = self.0.lock().unwrap();
        held.keys.push(item.key.clone());
        held.accounts.insert(app_ref.clone(), account.clone());
        Outcome::applied(app_ref)
    }
}

impl Users {
    fn emails(&self, active: bool) -> Vec<String> {
        let held = self.0.lock().unwrap();
        held.accounts
            .values()
            .filter(|one| one.active == active)
            .filter_map(|one| one.email.clone())
            .collect()
    }
}

fn url(folder: &Path) -> String {
    format!("sqlite:{}", folder.join("enroll.db").display())
}

fn user(name: &str) -> Value {
    json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
        "userName": name, "externalId": name, "active": true,
        "name": {"givenName": "Ada", "familyName": name},
        "emails": [{"type": "work", "value": format!("{name}@acme.example")}],
        "timezone": "Europe/London"
    })
}

fn group(members: &[&Value]) -> Value {
    let members: Vec<_> = members
        .iter()
        .map(|user| json!({"value": user["id"]}))
        .collect();
    json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"],
        "displayName": "Engineers", "members": members
    })
}

#[tokio::test]
async fn s05_s06_an_own_sink_is_told_of_joiners_and_leavers_once() {
    let folder = tempfile::tempdir().unwrap();
    let (users, events) = (Users::default(), Arc::new(Mutex::new(0)));
    let heard = Arc::clone(&events);
    let enroll = Enroll::open(url(folder.path()))
        .accounts(users.clone())
        .preset(Preset::HandsOff)
        .observe(move |_: &Event| *heard.lock().unwrap() += 1)
        .start()
        .await
        .unwrap();
    let tenant = enroll.tenant("acme");
    let okta = Line::new(&enroll, &tenant.connect(Provider::Okta).await.unwrap());
    let mut people = Vec::new();
    for name in ["ada", "bob"] {
        let (status, made) = okta.call("POST", "/Users", &user(name)).await;
        assert_eq!(status, 201, "{made}");
        people.push(made);
    }
    let (status, _) = okta
        .call(
            "POST",
            "/Groups",
            &group(&people.iter().collect::<Vec<_>>()),
        )
        .await;
    assert_eq!(status, 201);
    tenant.settled().await.unwrap();
    assert_eq!(users.emails(true), ["ada@acme.example", "bob@acme.example"]);

    let path = format!("/Users/{}", people[1]["id"].as_str().unwrap());
    let (status, _) = okta.call("DELETE", &path, &Value::Null).await;
    assert_eq!(status, 204);
    tenant.settled().await.unwrap();
    assert_eq!(
        (users.emails(true), users.emails(false)),
        (
            vec!["ada@acme.example".to_owned()],
            vec!["bob@acme.example".to_owned()]
        )
    );
    let keys = users.0.lock().unwrap().keys.clone();
    assert_eq!(keys.len(), 3, "each effect once: {keys:?}");
    assert_eq!(
        *events.lock().unwrap(),
        4,
        "one access group, two joiners, one leaver"
    );

    let told = tenant.explain("bob@acme.example").await.unwrap();
    assert!(told.is_some(), "a leaver can be explained");
    enroll.close().await.unwrap();
}

#[tokio::test]
async fn d11_a_restart_finds_people_accounts_and_token_again() {
    let folder = tempfile::tempdir().unwrap();
    let token = Secret::generate(SecretKind::Token).unwrap();
    let place = || Place::new("int_okta", "Okta", "okta").only_token(token.clone());
    let open = async || {
        Enroll::open(url(folder.path()))
            .preset(Preset::HandsOff)
            .start()
            .await
            .unwrap()
    };

    let enroll = open().await;
    let first = enroll.tenant("acme").ensure(place()).await.unwrap();
    let line = Line::new(&enroll, &first);
    let (_, made) = line.call("POST", "/Users", &user("ada")).await;
    let (status, _) = line.call("POST", "/Groups", &group(&[&made])).await;
    assert_eq!(status, 201);
    // Closed before the job could settle: the work must not be lost.
    enroll.close().await.unwrap();

    let enroll = open().await;
    let tenant = enroll.tenant("acme");
    let again = tenant.ensure(place()).await.unwrap();
    assert_eq!(again.base_url, first.base_url);
    let line = Line::new(&enroll, &again);
    let path = format!("/Users/{}", made["id"].as_str().unwrap());
    let (status, found) = line.call("GET", &path, &Value::Null).await;
    assert_eq!((status, &found["userName"]), (200, &json!("ada")));
    tenant.settled().await.unwrap();
    let all = AccountFilter {
        most: 10,
        ..AccountFilter::default()
    };
    let accounts = tenant.accounts(all).await.unwrap();
    assert_eq!(accounts.len(), 1);
    assert_eq!(
        accounts[0].profile.time_zone.as_deref(),
        Some("Europe/London"),
        "S-20"
    );
    enroll.close().await.unwrap();
}

#[tokio::test]
async fn b4_ensure_never_takes_another_tenants_integration() {
    let folder = tempfile::tempdir().unwrap();
    let enroll = Enroll::open(url(folder.path())).start().await.unwrap();
    enroll
        .tenant("acme")
        .ensure(Place::new("int_x", "x", "okta"))
        .await
        .unwrap();
    let taken = enroll
        .tenant("bolt")
        .ensure(Place::new("int_x", "x", "okta"))
        .await;
    assert!(matches!(taken, Err(enroll::Error::Tenants(_))), "{taken:?}");
    enroll.close().await.unwrap();
}

/// An application with a fault: its first call panics.
#[derive(Clone, Default)]
struct Faulty(Users, Arc<Mutex<u32>>);

impl AccountSink for Faulty {
    async fn apply(&self, item: &Item) -> Outcome {
        let calls = {
            let mut calls = self.1.lock().unwrap();
            *calls += 1;
            *calls
        };
        assert!(calls > 1, "the first call goes wrong");
        self.0.apply(item).await
    }
}

#[tokio::test]
async fn a_sink_or_an_observer_that_panics_spoils_one_call() {
    let folder = tempfile::tempdir().unwrap();
    let sink = Faulty::default();
    let enroll = Enroll::open(url(folder.path()))
        .accounts(sink.clone())
        .preset(Preset::HandsOff)
        .observe(|_: &Event| panic!("an observer's fault"))
        .start()
        .await
        .unwrap();
    let tenant = enroll.tenant("acme");
    let okta = Line::new(&enroll, &tenant.connect(Provider::Okta).await.unwrap());
    let (_, ada) = okta.call("POST", "/Users", &user("ada")).await;
    let (status, _) = okta.call("POST", "/Groups", &group(&[&ada])).await;
    assert_eq!(status, 201);
    // Ada's call panics and waits for its second try; nobody else waits for it.
    tenant.settled().await.unwrap();
    assert!(*sink.1.lock().unwrap() >= 1);
    let (_, bob) = okta.call("POST", "/Users", &user("bob")).await;
    let (status, _) = okta.call("POST", "/Groups", &group(&[&bob])).await;
    assert_eq!(status, 201);
    tenant.settled().await.unwrap();
    let let_in = sink.0.emails(true);
    assert!(
        let_in.contains(&"bob@acme.example".to_owned()),
        "{let_in:?}"
    );
    enroll.close().await.unwrap();
}

#[tokio::test]
async fn a_database_has_one_server_and_commands_beside_it() {
    let folder = tempfile::tempdir().unwrap();
    let open = || Enroll::open(url(folder.path()));
    let enroll = open().start().await.unwrap();
    let second = open().start().await.unwrap_err();
    assert!(matches!(second, enroll::Error::InUse(_)), "{second}");
    let beside = open().without_sync().start().await.unwrap();
    assert!(beside.tenant("acme").put("Acme").await.unwrap());
    beside.close().await.unwrap();
    let other_handle = enroll.clone();
    enroll.close().await.unwrap();
    let next = open().start().await.unwrap();
    let found = next.tenant("acme").find().await.unwrap().unwrap();
    assert_eq!(found.name, "Acme");
    drop(other_handle);
    next.close().await.unwrap();
}

#[tokio::test]
async fn nobody_waits_for_a_job_that_does_not_run() {
    let folder = tempfile::tempdir().unwrap();
    let beside = Enroll::open(url(folder.path())).without_sync();
    let beside = beside.start().await.unwrap();
    let tenant = beside.tenant("acme");
    let okta = Line::new(&beside, &tenant.connect(Provider::Okta).await.unwrap());
    let (status, _) = okta.call("POST", "/Users", &user("ada")).await;
    assert_eq!(status, 201);
    let state = tenant.settled().await.unwrap();
    assert_eq!(
        state.state,
        Activity::Running,
        "there is news, and nobody reads it"
    );
    beside.close().await.unwrap();
}

#[tokio::test]
async fn a_token_comes_back_and_one_that_is_in_use_does_not() {
    let folder = tempfile::tempdir().unwrap();
    let enroll = Enroll::open(url(folder.path())).start().await.unwrap();
    let tenant = enroll.tenant("acme");
    let with = |id: &str, token: &str| {
        Place::new(id, "x", "okta").only_token(Secret::given(token).unwrap())
    };
    for token in ["one", "two", "one"] {
        let made = tenant.ensure(with("int_x", token)).await.unwrap();
        let line = Line::new(&enroll, &made);
        assert_eq!(line.call("GET", "/Users", &Value::Null).await.0, 200);
    }
    let taken = tenant.ensure(with("int_y", "one")).await.unwrap_err();
    assert!(taken.to_string().contains("in use"), "{taken}");
    let made = tenant.ensure(with("int_y", "three")).await.unwrap();
    let taken = tenant.ensure(with("int_y", "one")).await.unwrap_err();
    assert!(taken.to_string().contains("in use"), "{taken}");
    let line = Line::new(&enroll, &made);
    let (status, _) = line.call("GET", "/Users", &Value::Null).await;
    assert_eq!(status, 200, "a refused token revokes nothing");
    enroll.close().await.unwrap();
}

#[tokio::test]
async fn refusals_say_what_to_change() {
    let wrong = Enroll::open("postgres://db").start().await.unwrap_err();
    assert!(wrong.to_string().contains("sqlite:"), "{wrong}");
    let folder = tempfile::tempdir().unwrap();
    let wrong = Enroll::open(url(folder.path()))
        .defaults(&json!({"auto_synk": true}))
        .unwrap_err();
    assert!(
        wrong.to_string().contains("did you mean auto_sync?"),
        "{wrong}"
    );
    let wrong = Enroll::open(url(folder.path())).public_url("scim.example.com");
    let wrong = wrong.start().await.unwrap_err();
    assert!(wrong.to_string().contains("https://"), "{wrong}");
    let enroll = Enroll::open(url(folder.path())).start().await.unwrap();
    let wrong = enroll
        .tenant("a b")
        .connect(Provider::Okta)
        .await
        .unwrap_err();
    assert!(wrong.to_string().contains("1 to 128"), "{wrong}");
    let wrong = enroll
        .tenant("a")
        .connect_as(Place::fresh("x", "otka"))
        .await
        .unwrap_err();
    assert!(wrong.to_string().contains("did you mean okta?"), "{wrong}");
    enroll.close().await.unwrap();
}
