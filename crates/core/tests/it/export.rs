//! A recorded request becomes a case that passes, with nothing of anybody in it.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{
        Arc, Mutex,
        atomic::{AtomicI64, AtomicU64, Ordering},
    },
};

use enroll_conformance::corpus::{self, Answer, Case, Exchange, Wire};
use enroll_core::{Call, Core, Directory, Headers, Options, Unexportable};
use enroll_quirks::Dialect;
use enroll_schema::{ResourceId, Schemas, Timestamp};
use enroll_store::{Journal, Memory, Note, NoteFilter, NoteKey, RequestId};
use serde_json::Value;

use crate::bench::{BASE, wait};

/// A directory that keeps its request log, as a server does.
struct Logged {
    directory: Directory<Memory>,
    dialect: Dialect,
    sent: AtomicU64,
    clock: Arc<AtomicI64>,
    quirks: Mutex<Vec<String>>,
}

impl Logged {
    fn new(dialect: &str) -> Self {
        let clock = Arc::new(AtomicI64::new(1_700_000_000_000));
        let (time, made) = (Arc::clone(&clock), AtomicU64::new(0));
        let ids = move || {
            let made = made.fetch_add(1, Ordering::Relaxed);
            ResourceId::new(&format!("018f0000-0000-7000-8000-{made:012x}")).unwrap()
        };
        let options = Options::new(
            move || Timestamp::from_millis(time.load(Ordering::Relaxed)),
            ids,
        );
        let core = Core::new(Arc::new(Schemas::standard()), options);
        Self {
            directory: core.directory(Memory::new()),
            dialect: Dialect::named(dialect).unwrap(),
            sent: AtomicU64::new(0),
            clock,
            quirks: Mutex::default(),
        }
    }

    /// The request log, oldest first.
    fn log(&self) -> Vec<(NoteKey, Note)> {
        let notes = self
            .directory
            .store()
            .notes(NoteFilter::default(), None, 999);
        let mut notes = wait(notes).unwrap();
        notes.reverse();
        notes
    }
}

impl Wire for Logged {
    async fn send(&self, exchange: Exchange) -> Answer {
        self.clock.fetch_add(1_000, Ordering::Relaxed);
        let number = self.sent.fetch_add(1, Ordering::Relaxed);
        let header = |name: &str| {
            let found = exchange.headers.iter();
            let found = found.filter(|(known, _)| known.eq_ignore_ascii_case(name));
            found.map(|(_, value)| value.clone()).next()
        };
        let call = Call {
            request: RequestId::new(format!("req_{number}")),
            query: exchange.query.clone(),
            headers: Headers {
                content_type: header("content-type"),
                accept: header("accept"),
                if_match: header("if-match"),
                if_none_match: header("if-none-match"),
                user_agent: header("user-agent"),
            },
            body: exchange.body.clone().into(),
            dialect: self.dialect,
            noted: true,
            ..Call::new(&exchange.method, &exchange.path)
        };
        let mut reply = self.directory.handle(&call.base_url(BASE)).await;
        if let Some(note) = reply.log.note.take() {
            self.directory.store().append(vec![note]).await.unwrap();
        }
        let fired = reply.log.quirks.iter().map(|quirk| quirk.id.to_owned());
        *self.quirks.lock().unwrap() = fired.collect();
        let headers = reply.headers.into_iter();
        Answer {
            status: reply.status,
            headers: headers
                .map(|(name, value)| (name.to_owned(), value))
                .collect(),
            body: reply.body.collect().await.unwrap().to_vec(),
        }
    }

    async fn quirks(&self) -> Option<Vec<String>> {
        Some(self.quirks.lock().unwrap().clone())
    }
}

/// Attributes whose values tell of a person or a customer.
const PERSONAL: &[&str] = &[
    "userName",
    "givenName",
    "familyName",
    "middleName",
    "formatted",
    "displayName",
    "nickName",
    "externalId",
    "title",
    "department",
    "division",
    "organization",
    "costCenter",
    "employeeNumber",
    "streetAddress",
    "locality",
    "postalCode",
    "value",
    "id",
    "userType",
    "name.givenName",
    "name.familyName",
    "name.formatted",
    "honorificPrefix",
];

/// Collects the words of every personal text below a value.
fn personal(name: &str, value: &Value, words: &mut BTreeSet<String>) {
    match value {
        Value::String(text) if PERSONAL.contains(&name) => words.extend(words_of(text)),
        Value::Array(list) => list.iter().for_each(|one| personal(name, one, words)),
        Value::Object(members) => {
            for (name, value) in members {
                personal(name, value, words);
            }
        }
        _ => {}
    }
}

fn words_of(text: &str) -> BTreeSet<String> {
    let words = text.split(|c: char| !c.is_alphanumeric());
    let is_word = |word: &&str| !word.bytes().all(|byte| byte.is_ascii_digit());
    let long = words
        .filter(|word| word.chars().count() > 3)
        .filter(is_word);
    long.map(str::to_lowercase).collect()
}

/// Words that a case may hold though they are also somebody's: the protocol's own.
const PROTOCOL: &[&str] = &[
    "true",
    "false",
    "work",
    "home",
    "user",
    "users",
    "group",
    "groups",
    "example",
    "null",
    "type",
    "value",
    "emails",
    "members",
    "userName",
    "username",
    "active",
    "direct",
    "mobile",
    "0000",
    "4000",
    "8000",
    "primary",
    "displayname",
    "manager",
    "given",
    "schemas",
    "roles",
    "admin",
    "http",
    "https",
    "none",
    "scim",
    "name",
    "country",
    "title",
    "addresses",
    "externalid",
    "department",
    // An Olson zone stays: quirks and checks look at it.
    "africa",
    "libreville",
];

/// Exports a line; checks what a case must be, plays it, and returns its text.
fn exported(server: &Logged, line: &(NoteKey, Note)) -> Result<Value, Unexportable> {
    let case = wait(server.directory.export(line.0, &line.1))?;
    let text = serde_json::to_string_pretty(&case).unwrap();
    let read: Case = text
        .parse()
        .unwrap_or_else(|error| panic!("{error}: {text}"));
    assert!(
        !read.catalogue.is_empty() && !read.source.is_empty(),
        "{text}"
    );
    let own = corpus::dialect_of(&read).to_owned();
    for dialect in [own.as_str(), "auto"] {
        let again = Logged::new(dialect);
        let case = read.clone().under(dialect);
        if let Err(mismatch) = wait(corpus::run(&case, &again)) {
            panic!("under {dialect}: {mismatch}\n{text}");
        }
    }
    Ok(case)
}

#[test]
fn every_recorded_case_of_the_corpus_is_exported_and_passes() {
    let mut refused: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let (mut done, mut with_quirks, mut leaks) = (0, 0, Vec::new());
    for case in corpus::cases() {
        let server = Logged::new(corpus::dialect_of(&case));
        // Whether it is answered as wanted is other tests' business: as it is answered it is recorded.
        let _ = wait(corpus::run(
            &case.clone().under(corpus::dialect_of(&case)),
            &server,
        ));
        let log = server.log();
        let line = &log[case.given.len().min(log.len() - 1)];
        let mut words = BTreeSet::new();
        let body = case.request.body.clone().unwrap_or_default();
        personal("", &body, &mut words);
        for given in &case.given {
            personal("", &given.resource, &mut words);
        }
        match exported(&server, line) {
            Ok(made) => {
                done += 1;
                with_quirks += u32::from(!made["expect"]["quirks"].is_null());
                let mut found = BTreeSet::new();
                for part in ["given", "request", "expect", "unnamed"] {
                    found.extend(words_of(&strings(&made[part])));
                }
                let told: Vec<_> = found
                    .intersection(&words)
                    .filter(|word| !PROTOCOL.contains(&word.as_str()))
                    .collect();
                if !told.is_empty() {
                    leaks.push(format!("{}: {told:?}\n{}", case.id, made["request"]));
                }
            }
            Err(why) => {
                let why = match &why {
                    Unexportable::NotReproduced { .. } => format!("{}: {why}", case.id),
                    _ => why.to_string(),
                };
                refused.entry(why).or_default().push(case.id.clone());
            }
        }
    }
    assert!(leaks.is_empty(), "{leaks:#?}");
    let refused: Vec<_> = refused.into_iter().collect();
    let wanted = [
        (
            "the body of this request was not kept: it was too long, or no JSON",
            "GEN-E-01",
        ),
        (
            "this request set nothing but a password, which is not kept",
            "OKTA-U-109",
        ),
    ];
    let wanted = wanted.map(|(why, case)| (why.to_owned(), vec![case.to_owned()]));
    assert_eq!(refused, wanted);
    assert!(
        done >= 250 && with_quirks >= 80,
        "{done} done, {with_quirks} with quirks"
    );
}

/// Every text of a value that is no member's name, in one.
fn strings(value: &Value) -> String {
    match value {
        Value::String(text) => format!("{text} "),
        Value::Array(list) => list.iter().map(strings).collect(),
        Value::Object(members) => {
            let told = members
                .iter()
                .filter(|(name, _)| *name != "headers" && *name != "quirks");
            told.map(|(_, value)| strings(value)).collect()
        }
        _ => String::new(),
    }
}
