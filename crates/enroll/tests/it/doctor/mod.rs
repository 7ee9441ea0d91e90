//! The connection doctor: each hint is caused by requests, as a provider that is set up in that way
//! sends them; the time is a value.

mod connection;
mod people;
mod played;

use enroll::{
    Connection, Enroll, Provider, TenantHandle,
    manage::doctor::{Diagnosis, Hint, Level},
    schema::Timestamp,
};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::scim::Line;

const USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";
const GROUP: &str = "urn:ietf:params:scim:schemas:core:2.0:Group";
const MINUTE: i64 = 60_000;
const DAY: i64 = 24 * 60 * MINUTE;

/// One server with one integration, and the provider that calls it.
struct Ward {
    _place: TempDir,
    enroll: Enroll,
    acme: TenantHandle,
    okta: Connection,
}

impl Ward {
    async fn new(provider: Provider) -> Self {
        let place = tempfile::tempdir().unwrap();
        let url = format!("sqlite:{}", place.path().join("enroll.db").display());
        let open = Enroll::open(url).public_url("https://scim.example.com");
        let enroll = open.start().await.unwrap();
        let acme = enroll.tenant("acme");
        let okta = acme.connect(provider).await.unwrap();
        Self {
            _place: place,
            enroll,
            acme,
            okta,
        }
    }

    fn line(&self) -> Line {
        Line::new(&self.enroll, &self.okta)
    }

    /// Sends a request as the provider does; it must not be refused.
    async fn sent(&self, method: &str, path: &str, body: Value) -> Value {
        let (status, answer) = self.line().call(method, path, &body).await;
        assert!(status < 300, "{method} {path}: {status} {answer}");
        answer
    }

    /// Pushes a person, with more attributes than the plain ones; returns the id.
    async fn person(&self, name: &str, more: Value) -> String {
        let mut user = json!({
            "schemas": [USER], "userName": format!("{name}@acme.com"), "active": true,
            "emails": [{"type": "work", "value": format!("{name}@acme.com")}],
        });
        for (key, value) in more.as_object().unwrap() {
            user[key] = value.clone();
        }
        id(&self.sent("POST", "/Users", user).await)
    }

    /// Pushes a group; returns the id.
    async fn group(&self, name: &str, members: &[&str]) -> String {
        let members: Vec<_> = members.iter().map(|id| json!({"value": id})).collect();
        let group = json!({"schemas": [GROUP], "displayName": name, "members": members});
        id(&self.sent("POST", "/Groups", group).await)
    }

    /// Asks the doctor `later` milliseconds from now.
    async fn ask(&self, later: i64) -> Diagnosis {
        self.ask_of(None, later).await
    }

    async fn ask_of(&self, assigned: Option<u64>, later: i64) -> Diagnosis {
        self.enroll.scim().drained().await;
        let now = enroll::http::system_clock().as_millis() + later;
        let now = Timestamp::from_millis(now);
        let asked = self.acme.doctor(&self.okta.integration, assigned, now);
        asked.await.unwrap()
    }
}

fn id(answer: &Value) -> String {
    answer["id"].as_str().unwrap().to_owned()
}

/// Finds the hint of a code.
fn hint<'a>(diagnosis: &'a Diagnosis, code: &str) -> &'a Hint {
    let mut all = diagnosis.hints.iter();
    let found = all.find(|hint| hint.code == code);
    found.unwrap_or_else(|| panic!("no {code} in {diagnosis:#?}"))
}

/// Checks level and words of a hint.
#[track_caller]
fn check(diagnosis: &Diagnosis, code: &str, level: Level, text: &str, fix: &str) {
    let hint = hint(diagnosis, code);
    let told = hint.fix.as_deref().unwrap_or_default();
    assert_eq!(hint.level, level, "{hint:?}");
    assert!(hint.text.contains(text), "{hint:?}");
    assert!(
        told.contains(fix) && told.is_empty() == fix.is_empty(),
        "{hint:?}"
    );
}
