//! What simulated providers send, exported from the log of a real server: every case passes on an
//! empty directory in memory, and holds no word of anybody.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering},
    },
};

use enroll::{
    Connection, Enroll, Place,
    core::{Call, Core, Directory, Headers},
    quirks::Dialect,
    schema::{ResourceId, Schemas, Timestamp},
    store::Memory,
};
use enroll_conformance::corpus::{self, Answer, Case, Exchange, Wire};
use enroll_simulate::{Options, Provider, Scenario, Simulation};
use http_body_util::{BodyExt as _, Full};
use serde_json::Value;

use crate::simulated::{Within, dialect};

/// How many of a provider's requests are exported, spread over all of them.
const EXPORTED: usize = 40;

/// An empty directory in memory.
struct Fresh {
    directory: Directory<Memory>,
    dialect: Dialect,
    quirks: Mutex<Vec<String>>,
}

impl Fresh {
    fn new(dialect: &str) -> Self {
        let made = AtomicU64::new(0);
        let id = move || {
            let made = made.fetch_add(1, Ordering::Relaxed);
            ResourceId::new(&format!("018f0000-0000-7000-8000-{made:012x}")).unwrap()
        };
        let clock = || Timestamp::from_millis(1_700_000_000_000);
        let options = enroll::core::Options::new(clock, id);
        Self {
            directory: Core::new(Arc::new(Schemas::standard()), options).directory(Memory::new()),
            dialect: Dialect::named(dialect).unwrap(),
            quirks: Mutex::default(),
        }
    }
}

impl Wire for Fresh {
    async fn send(&self, exchange: Exchange) -> Answer {
        let header = |name: &str| {
            let mut all = exchange.headers.iter();
            let found = all.find(|(known, _)| known.eq_ignore_ascii_case(name));
            found.map(|(_, value)| value.clone())
        };
        let call = Call {
            query: exchange.query.clone(),
            headers: Headers {
                content_type: header("content-type"),
                user_agent: header("user-agent"),
                ..Headers::default()
            },
            body: exchange.body.clone().into(),
            dialect: self.dialect,
            ..Call::new(&exchange.method, &exchange.path)
        };
        let reply = self.directory.handle(&call).await;
        let fired = reply.log.quirks.iter().map(|quirk| quirk.id.to_owned());
        *self.quirks.lock().unwrap() = fired.collect();
        Answer {
            status: reply.status,
            headers: Vec::new(),
            body: reply.body.collect().await.unwrap().to_vec(),
        }
    }

    async fn quirks(&self) -> Option<Vec<String>> {
        Some(self.quirks.lock().unwrap().clone())
    }
}

/// The request log of one integration, over the management API.
struct Log {
    enroll: Enroll,
    key: String,
    at: String,
}

impl Log {
    async fn get(&self, path: &str) -> (u16, Value) {
        let request = http::Request::get(format!("{}{path}", self.at))
            .header("authorization", format!("Bearer {}", self.key))
            .body(Full::new(Vec::new().into()))
            .unwrap();
        let (parts, body) = self.enroll.manage().respond(request).await.into_parts();
        let body = body.collect().await.unwrap().to_bytes();
        (
            parts.status.as_u16(),
            serde_json::from_slice(&body).unwrap(),
        )
    }

    /// Every line as its own page shows it, the newest first.
    async fn lines(&self) -> Vec<Value> {
        let (mut lines, mut after) = (Vec::new(), String::new());
        loop {
            let (_, page) = self.get(&format!("?limit=1000{after}")).await;
            for line in page["items"].as_array().unwrap() {
                let id = line["id"].as_str().unwrap();
                lines.push(self.get(&format!("/{id}")).await.1);
            }
            match page["next"].as_str() {
                Some(next) => after = format!("&after={next}"),
                None => return lines,
            }
        }
    }
}

/// Attributes whose values a provider takes from a person.
const PERSONAL: &[&str] = &[
    "userName",
    "givenName",
    "familyName",
    "formatted",
    "externalId",
    "nickName",
    "employeeNumber",
    "display",
];

/// Collects the words of everybody's names, addresses and numbers.
fn people(name: &str, value: &Value, words: &mut BTreeSet<String>) {
    match value {
        Value::String(text) if PERSONAL.contains(&name) || text.contains('@') => {
            words.extend(words_of(text));
        }
        Value::Array(list) => list.iter().for_each(|one| people(name, one, words)),
        Value::Object(members) => {
            for (name, value) in members {
                people(name, value, words);
            }
        }
        _ => {}
    }
}

fn words_of(text: &str) -> BTreeSet<String> {
    let words = text.split(|c: char| !c.is_alphanumeric());
    let is_word = |word: &&str| word.len() > 3 && !word.bytes().all(|b| b.is_ascii_digit());
    words.filter(is_word).map(str::to_lowercase).collect()
}

/// Every text of a value that is no member's name, in one.
fn texts(value: &Value) -> String {
    match value {
        Value::String(text) => format!("{text} "),
        Value::Array(list) => list.iter().map(texts).collect(),
        Value::Object(members) => members.values().map(texts).collect(),
        _ => String::new(),
    }
}

/// Words of a path, a filter or a URN that may be somebody's too.
const PROTOCOL: &[&str] = &[
    "example", "user", "users", "group", "groups", "scim", "work", "name",
];

async fn sent(enroll: &Enroll, provider: Provider, key: &str) -> (Connection, Log) {
    let tenant = enroll.tenant("exported");
    let place = Place::fresh(&provider.to_string(), dialect(provider));
    let to = tenant.connect_as(place).await.unwrap();
    let options = Options {
        users: 8,
        groups: 2,
        scenario: Scenario::JoinersMoversLeavers,
        seed: 7,
        ..Options::new(to.base_url.clone(), to.token.expose())
    };
    let simulation = Simulation::new(provider, options).unwrap();
    let report = simulation.run_over(&Within(enroll.clone()), |_| {}).await;
    assert!(report.ok(), "{report}");
    let log = Log {
        enroll: enroll.clone(),
        key: key.to_owned(),
        at: format!(
            "/v1/tenants/exported/integrations/{}/requests",
            to.integration
        ),
    };
    enroll.scim().drained().await;
    (to, log)
}

#[tokio::test]
async fn what_every_provider_sends_is_exported_and_passes() {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite:{}", folder.path().join("enroll.db").display());
    let enroll = Enroll::open(url).without_sync().start().await.unwrap();
    let key = enroll.new_manage_key().await.unwrap();
    let (mut wrong, mut done) = (Vec::new(), BTreeMap::new());
    for provider in Scenario::JoinersMoversLeavers.players() {
        let (_, log) = sent(&enroll, provider, key.expose()).await;
        let lines = log.lines().await;
        let mut words = BTreeSet::new();
        for line in &lines {
            people("", &line["sent"], &mut words);
        }
        assert!(words.len() > 8, "{provider}: {words:?}");
        for line in lines.iter().step_by(1 + lines.len() / EXPORTED) {
            let id = line["id"].as_str().unwrap();
            let (status, case) = log.get(&format!("/{id}/export")).await;
            if status != 200 {
                wrong.push(format!("{provider}: {case} of {line}"));
                continue;
            }
            *done.entry(provider.to_string()).or_insert(0) += 1;
            wrong.extend(faults(&case, &words).await);
        }
    }
    enroll.close().await.unwrap();
    assert!(
        wrong.is_empty(),
        "{} wrong\n{}",
        wrong.len(),
        wrong.join("\n")
    );
    assert!(
        done.len() >= 9 && done.values().all(|count| *count >= 15),
        "{done:?}"
    );
}

/// Says what is wrong with an exported case.
async fn faults(case: &Value, words: &BTreeSet<String>) -> Vec<String> {
    let mut wrong = Vec::new();
    let text = case.to_string();
    let read: Case = match text.parse() {
        Ok(read) => read,
        Err(error) => return vec![format!("{error}: {text}")],
    };
    for dialect in [corpus::dialect_of(&read), "auto"] {
        let played = corpus::run(&read.clone().under(dialect), &Fresh::new(dialect)).await;
        wrong.extend(played.err().map(|why| format!("{dialect}: {why}\n{text}")));
    }
    let parts = ["given", "request", "expect", "unnamed"];
    let found: BTreeSet<_> = parts
        .iter()
        .flat_map(|part| words_of(&texts(&case[*part])))
        .collect();
    let told = found.intersection(words);
    let told: Vec<_> = told
        .filter(|word| !PROTOCOL.contains(&word.as_str()))
        .collect();
    if !told.is_empty() {
        wrong.push(format!("holds {told:?}: {text}"));
    }
    wrong
}
