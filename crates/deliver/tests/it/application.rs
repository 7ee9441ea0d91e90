//! A whole application behind a socket, which can be wrong in one point.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
    time::{SystemTime, UNIX_EPOCH},
};

use enroll_deliver::{AccessGroupApply, AccountApply, Message, Named, Signed, Unverified, verify};
use enroll_sync::{Op, Profile};
use serde_json::{Value, json};

use crate::receiver::{Call, Receiver, say, secret};

/// How much the application shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shows {
    /// Nothing: every answer is empty.
    Nothing,
    /// Its own ids.
    Ids,
    /// What an account is, too.
    Observed,
    /// Everything, to `check.account`.
    Everything,
}

/// An application that runs.
pub(crate) struct Running {
    app: Arc<Mutex<Application>>,
    receiver: Receiver,
}

impl Running {
    pub(crate) fn url(&self) -> String {
        self.receiver.url()
    }

    /// Lists the accounts that may enter, and the access groups that are not archived.
    pub(crate) fn open(&self) -> Vec<String> {
        let app = self.app.lock().unwrap();
        let accounts = app.accounts.iter();
        let accounts = accounts.filter(|(_, account)| account.profile.active);
        let groups = app.groups.iter().filter(|(_, group)| !group.archived);
        let accounts = accounts.map(|(app_ref, _)| app_ref.clone());
        accounts
            .chain(groups.map(|(app_ref, _)| app_ref.clone()))
            .collect()
    }
}

/// Starts an application that is wrong in `flaw`, the id of a check; "" is right.
pub(crate) async fn start(flaw: &'static str, shows: Shows) -> Running {
    let app = Application {
        has_own_ids: shows != Shows::Nothing,
        ..Application::default()
    };
    let app = Arc::new(Mutex::new(app));
    let own = Arc::clone(&app);
    let receiver = Receiver::start(move |call| {
        let (status, mut reply) = own.lock().unwrap().receive(flaw, call);
        if let (Value::Object(reply), 200) = (&mut reply, status) {
            let hidden: &[&str] = match shows {
                Shows::Everything => &[],
                Shows::Observed => &["settings", "may_enter"],
                Shows::Ids => &["settings", "may_enter", "observed"],
                Shows::Nothing => &["settings", "may_enter", "observed", "app_ref"],
            };
            reply.retain(|name, _| !hidden.contains(&name.as_str()));
        }
        let is_empty = shows == Shows::Nothing && reply["outcome"] == "applied";
        let text = if is_empty {
            String::new()
        } else {
            reply.to_string()
        };
        Some(say(status, &text))
    })
    .await;
    Running { app, receiver }
}

#[derive(Default)]
struct Application {
    accounts: BTreeMap<String, Account>,
    groups: BTreeMap<String, Group>,
    people: BTreeMap<String, String>,
    answered: BTreeMap<String, (u16, Value)>,
    made: u32,
    /// Who names no accounts keeps them under the directory's own ids.
    has_own_ids: bool,
}

#[derive(Clone, Default)]
struct Account {
    profile: Profile,
    revision: u64,
    sessions: u32,
    settings: u32,
}

#[derive(Default)]
struct Group {
    directory_id: String,
    archived: bool,
}

impl Application {
    fn receive(&mut self, flaw: &str, call: &Call) -> (u16, Value) {
        if flaw == "reached" {
            return (404, Value::Null);
        }
        if let Some(why) = forged(flaw, call) {
            return (401, json!({"message": why}));
        }
        if flaw == "large" && call.body.len() > 100 << 10 {
            return (500, Value::Null);
        }
        let Ok(message) = serde_json::from_slice::<Value>(&call.body) else {
            return (if flaw == "malformed" { 500 } else { 400 }, Value::Null);
        };
        if flaw == "unknown-fields" && message.get("added_later").is_some() {
            return (400, json!({"message": "added_later is not known"}));
        }
        let id = call.header("webhook-id").to_owned();
        let repeat = self.answered.get(&id);
        if let (Some(answer), false) = (repeat, ["same-key", "group-create"].contains(&flaw)) {
            return answer.clone();
        }
        let is_repeat = repeat.is_some();
        let answer = match message["type"].as_str() {
            Some("account.apply") => {
                let message: Message<AccountApply> = serde_json::from_slice(&call.body).unwrap();
                self.account(flaw, &message.data, is_repeat)
            }
            Some("access_group.apply") => {
                let message: Message<AccessGroupApply> =
                    serde_json::from_slice(&call.body).unwrap();
                (200, self.group(flaw, &message.data))
            }
            Some("check.account") => (200, self.look(&message["data"])),
            _ if flaw == "unknown-type" => (500, Value::Null),
            _ => (400, json!({"message": "no such type"})),
        };
        self.answered.insert(id, answer.clone());
        answer
    }

    fn account(&mut self, flaw: &str, data: &AccountApply, is_repeat: bool) -> (u16, Value) {
        let nowhere = |group: &&enroll_sync::AccessGroupId| {
            !self.groups.contains_key(group.as_str()) && !group.as_str().starts_with("role-")
        };
        if data.full.access_groups.iter().any(|group| nowhere(&group)) {
            let status = if flaw == "unknown-group" { 500 } else { 200 };
            return (
                status,
                json!({"outcome": "rejected", "code": "unknown_group"}),
            );
        }
        let found = match flaw {
            "same-key" if is_repeat => None,
            "reactivate-anew" if data.op == Op::Reactivate => None,
            _ => self.find(flaw, data),
        };
        let taken = self.accounts.iter().find(|(app_ref, account)| {
            account.profile.email == data.full.email && found.as_ref() != Some(*app_ref)
        });
        let taken = taken.map(|(app_ref, _)| app_ref.clone());
        let app_ref = match (found, taken) {
            (None, Some(taken)) if flaw == "taken-address" => taken,
            (Some(found), None) => found,
            (None, Some(_))
                if ["same-key", "by-directory-id", "reactivate-anew"].contains(&flaw) =>
            {
                self.fresh("u", &data.account.directory_id)
            }
            (None, None) => self.fresh("u", &data.account.directory_id),
            (_, Some(taken)) => return (200, json!({"outcome": "exists", "app_ref": taken})),
        };
        self.people
            .insert(data.account.directory_id.clone(), app_ref.clone());
        let account = self.accounts.entry(app_ref.clone()).or_default();
        if flaw == "out-of-order" || data.revision >= account.revision {
            account.revision = data.revision;
            write(flaw, account, data);
        }
        let observed = serde_json::to_value(&account.profile).unwrap();
        (
            200,
            json!({"outcome": "applied", "app_ref": app_ref, "observed": observed}),
        )
    }

    fn find(&self, flaw: &str, data: &AccountApply) -> Option<String> {
        let Named {
            app_ref,
            directory_id,
            ..
        } = &data.account;
        if flaw == "two-people" && directory_id.contains("two-") {
            let other = self.people.iter().find(|(id, _)| id.contains("two-"));
            return other.map(|(_, app_ref)| app_ref.clone());
        }
        let known = app_ref.clone().filter(|_| flaw != "by-app-ref");
        let by_id = self
            .people
            .get(directory_id)
            .filter(|_| flaw != "by-directory-id");
        known.or_else(|| by_id.cloned())
    }

    fn group(&mut self, flaw: &str, data: &AccessGroupApply) -> Value {
        let id = data.access_group.directory_id.as_str();
        let known = self
            .groups
            .iter()
            .find(|(_, group)| group.directory_id == id);
        let known = known.map(|(app_ref, _)| app_ref.clone());
        let app_ref = match (data.access_group.app_ref.clone(), known) {
            (Some(_), _) if flaw == "group-changes" => self.fresh("g", id),
            (Some(app_ref), _) => app_ref,
            (None, Some(known)) if flaw != "group-create" => known,
            (None, _) => self.fresh("g", id),
        };
        assert!(!data.full.name.is_empty());
        let group = Group {
            directory_id: id.to_owned(),
            archived: data.full.archived,
        };
        self.groups.insert(app_ref.clone(), group);
        json!({"outcome": "applied", "app_ref": app_ref})
    }

    fn look(&mut self, data: &Value) -> Value {
        let named: Named = serde_json::from_value(data["account"].clone()).unwrap();
        let app_ref = self.people.get(&named.directory_id).cloned();
        let account = app_ref.and_then(|app_ref| self.accounts.get_mut(&app_ref));
        let Some(account) = account else {
            return json!({});
        };
        if data["customize"] == true {
            account.settings += 1;
        }
        json!({
            "observed": account.profile,
            "may_enter": account.sessions > 0,
            "settings": {"notifications": account.settings},
        })
    }

    fn fresh(&mut self, letter: &str, directory_id: &str) -> String {
        if !self.has_own_ids {
            return directory_id.to_owned();
        }
        self.made += 1;
        format!("{letter}_{}", self.made)
    }
}

/// Makes the account what the message says.
fn write(flaw: &str, account: &mut Account, data: &AccountApply) {
    let before = account.profile.clone();
    let mut now = match flaw {
        "not-said" => data.full.clone(),
        _ => data.full.over(&before),
    };
    let is_new = before.email.is_none();
    let is_back = data.op == Op::Reactivate;
    match flaw {
        "update" if !is_new => now.email.clone_from(&before.email),
        "fields" => now.fields.extend(before.fields.clone()),
        "move" if now.active => {
            now.access_groups.extend(before.access_groups.clone());
            now.access_groups.dedup();
        }
        "external" => now.kind = before.kind,
        "deactivate" => now.active = true,
        "reactivate" if is_back => now.active = false,
        "settings-move" if before.access_groups != now.access_groups && now.active => {
            account.settings = 0;
        }
        "settings-return" if is_back => account.settings = 0,
        _ => {}
    }
    if data.full.active {
        account.sessions += u32::from(is_new);
    } else if flaw != "end-access" {
        assert!(data.end_access);
        account.sessions = 0;
    }
    account.profile = now;
}

/// Says why a message is not to be believed.
fn forged(flaw: &str, call: &Call) -> Option<String> {
    let header = |name: &str| {
        call.headers
            .get(name)
            .map_or("", |value| value.to_str().unwrap())
    };
    let mut signature = header("webhook-signature");
    if signature.is_empty() {
        return (flaw != "signature-missing").then(|| "no signature".to_owned());
    }
    if flaw == "signature-list" {
        signature = signature.split(' ').next().unwrap();
    }
    if flaw == "signature-bytes" && call.body.contains(&b'\n') {
        return Some("another body".to_owned());
    }
    let signed = Signed {
        id: header("webhook-id"),
        timestamp: header("webhook-timestamp"),
        signature,
    };
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    let now = i64::try_from(now.as_secs()).unwrap();
    let why = verify(&[secret()], signed, &call.body, now).err()?;
    let is_passed_over = match why {
        Unverified::Old => flaw == "signature-old",
        Unverified::Early => flaw == "signature-early",
        Unverified::Wrong => flaw == "signature-wrong",
        _ => false,
    };
    (!is_passed_over).then(|| why.to_string())
}
