//! The watch over one database, on a clock of its own.

use std::sync::{Arc, Mutex};

use enroll_alert::{AlertChannel, AlertMessage, AlertState, AnyChannel, Watch};
use enroll_deliver::{Circuit, Health};
use enroll_schema::Timestamp;
use enroll_store::{Directories as _, DirectoryId, Journal as _, Note, RequestId, TenantId};
use enroll_store_sqlite::Sqlite;
use enroll_sync::{Alarms as _, whole_server};
use enroll_tenants::{Integration, Secret, SecretKind, Tenants as _, Token};

const DAY: i64 = 86_400_000;

fn day(day: i64) -> Timestamp {
    Timestamp::from_millis(day * DAY)
}

/// Remembers what it was told, and fails while it is told to.
#[derive(Clone, Default)]
struct Ear(Arc<Mutex<(bool, Vec<AlertMessage>)>>);

impl Ear {
    fn heard(&self) -> Vec<(String, AlertState)> {
        let heard = std::mem::take(&mut self.0.lock().unwrap().1);
        heard.into_iter().map(|one| (one.code, one.state)).collect()
    }

    fn fail(&self, fails: bool) {
        self.0.lock().unwrap().0 = fails;
    }
}

impl AlertChannel for Ear {
    async fn tell(&self, message: &AlertMessage) -> Result<(), String> {
        let mut inside = self.0.lock().unwrap();
        if inside.0 {
            return Err("deaf".to_owned());
        }
        inside.1.push(message.clone());
        Ok(())
    }
}

struct Scene {
    database: Sqlite,
    watch: Watch<Sqlite, Sqlite>,
    ear: Ear,
    health: Arc<Mutex<Option<Health>>>,
}

impl Scene {
    /// A tenant whose provider has a token of a year.
    async fn new() -> Self {
        let database = Sqlite::temporary().unwrap();
        let (tenant, id) = (TenantId::new("acme"), DirectoryId::new("int_1"));
        database.put_tenant(&tenant, "Acme", day(0)).await.unwrap();
        let row = Integration::new(id.clone(), tenant, "Okta", "okta", day(0));
        database.add_integration(row).await.unwrap();
        let secret = Secret::generate(SecretKind::Token).unwrap();
        let token = Token::new("tok_1", &id, &secret, day(0));
        database.add_token(token).await.unwrap();
        database.touch("tok_1", day(1)).await.unwrap();
        let (ear, health) = (Ear::default(), Arc::new(Mutex::new(None)));
        let seen = Arc::clone(&health);
        let channels = vec![AnyChannel::new("ear", ear.clone())];
        let endpoint = move || seen.lock().unwrap().clone();
        let watch = Watch::new(database.clone(), database.clone(), channels, endpoint);
        Self {
            database,
            watch,
            ear,
            health,
        }
    }

    async fn pass(&self, now: Timestamp) -> Option<Timestamp> {
        self.watch.look(now).await.unwrap();
        let channel = &self.watch.channels()[0];
        self.watch.tell(channel, now).await.unwrap()
    }
}

#[tokio::test]
async fn e_21_a_token_is_told_of_three_times_and_then_that_it_is_over() {
    let scene = Scene::new().await;
    let mut heard = Vec::new();
    for now in 290..=370 {
        scene.pass(day(now)).await;
        heard.extend(
            scene
                .ear
                .heard()
                .into_iter()
                .map(|(code, state)| (now, code, state)),
        );
    }
    let expiring = heard
        .iter()
        .filter(|(_, code, state)| code == "TOKEN_EXPIRING" && *state == AlertState::Open);
    let days: Vec<_> = expiring.map(|(day, ..)| *day).collect();
    assert_eq!(days.len(), 3, "{heard:?}");
    assert_eq!([days[1] - days[0], days[2] - days[1]], [40, 15]);
    assert!(heard.iter().any(|(_, code, _)| code == "TOKEN_EXPIRED"));
}

#[tokio::test]
async fn a_silent_provider_is_told_of_and_a_call_ends_it() {
    let scene = Scene::new().await;
    let log = scene
        .database
        .open(&DirectoryId::new("int_1"))
        .await
        .unwrap();
    let note = |at: Timestamp| Note {
        id: RequestId::new(format!("req_{}", at.as_millis())),
        at,
        subject: None,
        status: 200,
        body: "{}".into(),
    };
    let hour = |hour: i64| Timestamp::from_millis(hour * 3_600_000);
    log.append((0..48).map(|n| note(hour(n))).collect())
        .await
        .unwrap();
    scene.pass(hour(48)).await;
    assert!(scene.ear.heard().is_empty());
    scene.pass(hour(50)).await;
    assert_eq!(
        scene.ear.heard(),
        [("INTEGRATION_SILENT".to_owned(), AlertState::Open)]
    );
    log.append(vec![note(hour(51))]).await.unwrap();
    scene.pass(hour(51)).await;
    assert_eq!(
        scene.ear.heard(),
        [("INTEGRATION_SILENT".to_owned(), AlertState::Resolved)]
    );
}

#[tokio::test]
async fn an_endpoint_that_is_down_concerns_the_whole_server() {
    let scene = Scene::new().await;
    let down = |state| Health {
        state,
        since: day(1),
        failures: 10,
        last_error: None,
        probe_at: None,
    };
    *scene.health.lock().unwrap() = Some(down(Circuit::Gone));
    scene.pass(day(1)).await;
    assert_eq!(
        scene.ear.heard(),
        [("SINK_GONE".to_owned(), AlertState::Open)]
    );
    let kept = scene.database.alerts(&whole_server()).await.unwrap();
    assert_eq!(kept.len(), 1);
    *scene.health.lock().unwrap() = Some(down(Circuit::Closed));
    scene.pass(day(2)).await;
    assert_eq!(
        scene.ear.heard(),
        [("SINK_GONE".to_owned(), AlertState::Resolved)]
    );
}

#[tokio::test]
async fn what_did_not_arrive_is_told_later_also_by_another_process() {
    let scene = Scene::new().await;
    scene.ear.fail(true);
    let next = scene.pass(day(310)).await;
    assert_eq!(next.unwrap().as_millis() - day(310).as_millis(), 5_000);
    assert!(scene.ear.heard().is_empty());
    scene.ear.fail(false);
    // The same database, and nothing else left of the first watch.
    let channels = vec![AnyChannel::new("ear", scene.ear.clone())];
    let again = Watch::new(
        scene.database.clone(),
        scene.database.clone(),
        channels,
        || None,
    );
    let later = Timestamp::from_millis(day(310).as_millis() + 5_000);
    again.look(later).await.unwrap();
    again.tell(&again.channels()[0], later).await.unwrap();
    assert_eq!(
        scene.ear.heard(),
        [("TOKEN_EXPIRING".to_owned(), AlertState::Open)]
    );
    again.tell(&again.channels()[0], later).await.unwrap();
    assert!(scene.ear.heard().is_empty());
}
