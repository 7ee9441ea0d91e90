//! The sink suite over HTTP: an application that knows nothing but messages.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
};

use enroll_conformance::sink::Application;
use enroll_deliver::{
    AccessGroupApply, AccountApply, HttpSink, Message, Reply, Signed, Word, verify,
};
use enroll_sync::{AccountId, Profile};
use serde_json::Value;

use crate::receiver::{Call, Receiver, say, secret, sink};

enroll_conformance::sink_suite!(Remote::start().await);

/// What the application behind the socket holds.
#[derive(Default)]
struct Users {
    accounts: BTreeMap<String, Profile>,
    groups: BTreeMap<String, String>,
}

struct Remote {
    users: Arc<Mutex<Users>>,
    sink: HttpSink,
    _receiver: Receiver,
}

impl Remote {
    async fn start() -> Self {
        let users: Arc<Mutex<Users>> = Arc::default();
        let own = Arc::clone(&users);
        let receiver = Receiver::start(move |call| {
            let reply = own.lock().unwrap().receive(call);
            Some(say(200, &serde_json::to_string(&reply).unwrap()))
        })
        .await;
        Self {
            users,
            sink: sink(&receiver.url()),
            _receiver: receiver,
        }
    }
}

impl Users {
    fn receive(&mut self, call: &Call) -> Reply {
        let signed = Signed {
            id: call.header("webhook-id"),
            timestamp: call.header("webhook-timestamp"),
            signature: call.header("webhook-signature"),
        };
        verify(&[secret()], signed, &call.body, 1_000).unwrap();
        assert_eq!(call.header("content-type"), "application/json");
        let message: Value = call.json();
        match message["type"].as_str().unwrap() {
            "account.apply" => self.account(serde_json::from_slice(&call.body).unwrap()),
            "access_group.apply" => self.group(serde_json::from_slice(&call.body).unwrap()),
            other => panic!("unknown message {other}"),
        }
    }

    fn account(&mut self, message: Message<AccountApply>) -> Reply {
        let data = message.data;
        assert_eq!(data.end_access, !data.full.active);
        let reply = |outcome, app_ref: &str| Reply {
            outcome: Some(outcome),
            app_ref: Some(app_ref.to_owned()),
            ..Reply::default()
        };
        let own = format!("u_{}", data.account.directory_id);
        let app_ref = data.account.app_ref.unwrap_or(own);
        let taken = |(other, held): &(&String, &Profile)| {
            **other != app_ref && held.email == data.full.email
        };
        if let Some((other, _)) = self.accounts.iter().find(taken) {
            return reply(Word::Exists, other);
        }
        let before = self.accounts.get(&app_ref).cloned().unwrap_or_default();
        self.accounts
            .insert(app_ref.clone(), data.full.over(&before));
        reply(Word::Applied, &app_ref)
    }

    fn group(&mut self, message: Message<AccessGroupApply>) -> Reply {
        let data = message.data;
        let own = format!("g_{}", data.access_group.directory_id);
        let app_ref = data.access_group.app_ref.unwrap_or(own);
        self.groups.insert(app_ref.clone(), data.full.name);
        Reply {
            app_ref: Some(app_ref),
            ..Reply::default()
        }
    }
}

impl Application for Remote {
    type Sink = HttpSink;

    fn sink(&self) -> &HttpSink {
        &self.sink
    }

    async fn may_enter(&self, account: &AccountId) -> bool {
        self.profile(account)
            .await
            .is_some_and(|profile| profile.active)
    }

    async fn profile(&self, account: &AccountId) -> Option<Profile> {
        self.users
            .lock()
            .unwrap()
            .accounts
            .get(account.as_str())
            .cloned()
    }

    async fn size(&self) -> usize {
        self.users.lock().unwrap().accounts.len()
    }
}
