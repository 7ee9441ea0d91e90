//! An application behind a signed POST: joiners, leavers, and a night on which it is down.

use std::{
    io::{Read as _, Write as _},
    net::{SocketAddr, TcpListener, TcpStream},
    sync::{
        Arc, Mutex,
        atomic::{AtomicI64, AtomicU16, Ordering},
    },
    thread,
};

use enroll::{
    Enroll, Provider,
    deliver::{Circuit, HttpSink, SigningSecret, Target},
    schema::Timestamp,
    sync::{Advice, Preset},
};
use serde_json::{Value, json};
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

use crate::scim::Line;

/// A program of another language: it answers each POST with a status, and keeps the messages.
struct Application {
    address: SocketAddr,
    status: Arc<AtomicU16>,
    messages: Arc<Mutex<Vec<Value>>>,
    /// Hears of every message that was not taken.
    refused: UnboundedReceiver<()>,
}

impl Application {
    fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let (refuse, refused) = unbounded_channel();
        let application = Self {
            address: listener.local_addr().unwrap(),
            status: Arc::new(AtomicU16::new(204)),
            messages: Arc::default(),
            refused,
        };
        let (status, messages) = (
            Arc::clone(&application.status),
            Arc::clone(&application.messages),
        );
        thread::spawn(move || {
            for stream in listener.incoming() {
                let status = status.load(Ordering::SeqCst);
                let message = answer(stream.unwrap(), status);
                if status < 300 {
                    messages.lock().unwrap().push(message);
                } else {
                    // The test may be over.
                    let _ = refuse.send(());
                }
            }
        });
        application
    }

    fn says(&self, status: u16) {
        self.status.store(status, Ordering::SeqCst);
    }

    fn sink(&self) -> HttpSink {
        let secret = SigningSecret::derive(&[7; 32], "test");
        let url = format!("http://{}/sink", self.address);
        HttpSink::new(&Target::new(url, [secret])).unwrap()
    }

    /// Lists what was taken: op and address, or name.
    fn taken(&self) -> Vec<(String, String)> {
        let messages = self.messages.lock().unwrap();
        let of = |message: &Value| {
            let data = &message["data"];
            let name = data["full"]["email"]
                .as_str()
                .or(data["full"]["name"].as_str());
            (
                data["op"].as_str().unwrap().to_owned(),
                name.unwrap().to_owned(),
            )
        };
        messages.iter().map(of).collect()
    }
}

/// Reads one message and answers it; the connection is closed then.
fn answer(mut stream: TcpStream, status: u16) -> Value {
    let mut bytes = Vec::new();
    let mut part = [0; 4_096];
    loop {
        let read = stream.read(&mut part).unwrap();
        bytes.extend_from_slice(&part[..read]);
        let text = String::from_utf8_lossy(&bytes);
        let Some((head, body)) = text.split_once("\r\n\r\n") else {
            continue;
        };
        let length = head.lines().find_map(|line| {
            let (name, value) = line.split_once(": ")?;
            name.eq_ignore_ascii_case("content-length")
                .then(|| value.parse::<usize>().unwrap())
        });
        if body.len() == length.unwrap() {
            let reply = "connection: close\r\ncontent-length: 0";
            write!(stream, "HTTP/1.1 {status} x\r\n{reply}\r\n\r\n").unwrap();
            return serde_json::from_str(body).unwrap();
        }
    }
}

/// Makes people and puts them into the group `Staff`, which is made when there is nobody.
async fn people(okta: &Line, names: Vec<String>) -> Vec<Value> {
    let mut people = Vec::new();
    for name in names {
        let user = json!({
            "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
            "userName": name, "externalId": name, "active": true,
            "name": {"givenName": "Ada", "familyName": name},
            "emails": [{"type": "work", "value": format!("{name}@acme.example")}],
        });
        let (status, made) = okta.call("POST", "/Users", &user).await;
        assert_eq!(status, 201, "{made}");
        people.push(json!({"value": made["id"]}));
    }
    let (_, found) = okta.call("GET", "/Groups", &Value::Null).await;
    let (status, _) = if let Some(id) = found["Resources"][0]["id"].as_str() {
        let add = json!({"op": "add", "path": "members", "value": people});
        let patch = json!({
            "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": [add],
        });
        okta.call("PATCH", &format!("/Groups/{id}"), &patch).await
    } else {
        let group = json!({
            "schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"],
            "displayName": "Staff", "members": people,
        });
        okta.call("POST", "/Groups", &group).await
    };
    assert!(status < 300, "{status}");
    people
}

fn pairs(wanted: &[(&str, &str)]) -> Vec<(String, String)> {
    let pair = |(op, name): &(&str, &str)| ((*op).to_owned(), (*name).to_owned());
    wanted.iter().map(pair).collect()
}

async fn started(folder: &tempfile::TempDir, sink: HttpSink) -> Enroll {
    let url = format!("sqlite:{}", folder.path().join("enroll.db").display());
    let builder = Enroll::open(url).http_sink(sink).preset(Preset::HandsOff);
    builder.start().await.unwrap()
}

#[tokio::test]
async fn s05_s06_an_application_in_any_language_is_told_once() {
    let (folder, application) = (tempfile::tempdir().unwrap(), Application::start());
    let enroll = started(&folder, application.sink()).await;
    let tenant = enroll.tenant("acme");
    let okta = Line::new(&enroll, &tenant.connect(Provider::Okta).await.unwrap());
    let people = people(&okta, vec!["ada".to_owned()]).await;
    tenant.settled().await.unwrap();
    let path = format!("/Users/{}", people[0]["value"].as_str().unwrap());
    let (status, _) = okta.call("DELETE", &path, &Value::Null).await;
    assert_eq!(status, 204);
    tenant.settled().await.unwrap();
    let wanted = [
        ("create_group", "Staff"),
        ("create", "ada@acme.example"),
        ("deactivate", "ada@acme.example"),
    ];
    assert_eq!(application.taken(), pairs(&wanted));
    let last = application.messages.lock().unwrap().pop().unwrap();
    let data = &last["data"];
    assert_eq!(
        (&data["end_access"], &data["full"]["active"]),
        (&json!(true), &json!(false))
    );
    // An empty answer made no id, so the directory's own is it.
    assert_eq!(data["account"]["app_ref"], data["account"]["directory_id"]);
    assert_eq!(enroll.endpoint().unwrap().state, Circuit::Closed);
    enroll.close().await.unwrap();
}

#[tokio::test]
async fn p13_after_days_down_there_is_one_call_for_each_account_and_at_once() {
    let (folder, mut application) = (tempfile::tempdir().unwrap(), Application::start());
    // The sink's clock is far ahead of the job's: what is put off until "then" never comes by
    // itself.
    let now = || i64::try_from(std::time::UNIX_EPOCH.elapsed().unwrap().as_millis()).unwrap();
    let ahead = Arc::new(AtomicI64::new(365 * 86_400_000));
    let clock = Arc::clone(&ahead);
    let sink = application.sink();
    let sink =
        sink.with_clock(move || Timestamp::from_millis(now() + clock.load(Ordering::SeqCst)));
    let enroll = started(&folder, sink).await;
    let tenant = enroll.tenant("acme");
    let okta = Line::new(&enroll, &tenant.connect(Provider::Okta).await.unwrap());
    people(&okta, Vec::new()).await;
    tenant.settled().await.unwrap();
    assert_eq!(application.taken(), pairs(&[("create_group", "Staff")]));

    application.says(503);
    let names: Vec<String> = (10..32).map(|number| format!("p{number}")).collect();
    people(&okta, names.clone()).await;
    for _ in 0..10 {
        application.refused.recv().await.unwrap();
    }
    let tried = loop {
        let why = tenant.explain("p10@acme.example").await.unwrap().unwrap();
        let tried = |reason: &Advice| reason.code == "E_SINK_RETRY";
        let is_open = enroll.endpoint().unwrap().state == Circuit::Open;
        if let Some(tried) = why.reasons.into_iter().find(tried).filter(|_| is_open) {
            break tried.text;
        }
    };
    assert!(tried.contains("answered 503"), "{tried}");

    application.says(204);
    ahead.fetch_add(60_000, Ordering::SeqCst);
    tenant.settled().await.unwrap();
    let mut taken = application.taken();
    taken.sort();
    let mut wanted: Vec<(String, String)> = names
        .iter()
        .map(|name| ("create".to_owned(), format!("{name}@acme.example")))
        .collect();
    wanted.push(("create_group".to_owned(), "Staff".to_owned()));
    assert_eq!(taken, wanted);
    enroll.close().await.unwrap();
}
