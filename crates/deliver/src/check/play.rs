//! The people of the checks, and what is sent about them.

use std::collections::BTreeMap;

use enroll_schema::ResourceId;
use enroll_store::{DirectoryId, TenantId};
use enroll_sync::{AccessGroupId, AccountId, Item, Op, Outcome, Profile, Stage, Subject};
use serde_json::{Map, Value};

use super::report::DOMAIN;
use crate::{
    Answer, Message, Sender, SigningSecret, Target, TargetError,
    reply::Reply,
    sample,
    sign::{ID_HEADER, SIGNATURE_HEADER, TIMESTAMP_HEADER, sign},
    sink::system_clock,
    words::{WORDS_CHARS_MAX, plain},
};

/// Nothing to say against it, or a doubt.
pub(super) type Checked = Result<(), Doubt>;

/// Why a check did not pass.
#[derive(Debug)]
pub(super) enum Doubt {
    /// The contract asks for something else.
    Fault {
        sent: String,
        expected: String,
        came: String,
    },
    /// It does not show.
    Unseen(String),
}

/// A run of the checks.
pub(super) struct Play {
    sender: Sender,
    secrets: Vec<SigningSecret>,
    run: String,
    sent: u64,
    /// Whether `check.account` is understood.
    pub(super) looks: bool,
    /// Access groups to move between.
    pub(super) roles: Vec<AccessGroupId>,
    /// Whether the application says that it can make none.
    pub(super) is_fixed: bool,
    made: Vec<Person>,
    /// The items that made access groups, with their ids.
    pub(super) made_groups: Vec<Item>,
}

/// Somebody who is in no directory.
#[derive(Clone, Debug)]
pub(super) struct Person {
    pub(super) id: ResourceId,
    pub(super) app_ref: Option<AccountId>,
    pub(super) profile: Profile,
}

/// A message with its headers, right or wrong.
pub(super) struct Letter {
    pub(super) about: String,
    pub(super) id: String,
    pub(super) timestamp: i64,
    /// The signatures; `None` sends no such header.
    pub(super) signature: Option<String>,
    pub(super) body: Vec<u8>,
}

/// A message about an account, and what came of it.
pub(super) struct Step {
    pub(super) sent: String,
    pub(super) answer: Answer,
    pub(super) outcome: Outcome,
    /// What the account is now, as far as the application shows.
    seen: Option<Map<String, Value>>,
}

impl Play {
    pub(super) fn new(target: &Target, roles: &[String]) -> Result<Self, TargetError> {
        Ok(Self {
            sender: Sender::new(target)?,
            secrets: target.secrets.clone(),
            run: format!("{:x}", system_clock().as_millis()),
            sent: 0,
            looks: false,
            roles: roles
                .iter()
                .map(|role| AccessGroupId::new(role.as_str()))
                .collect(),
            is_fixed: !roles.is_empty(),
            made: Vec::new(),
            made_groups: Vec::new(),
        })
    }

    /// Returns an active person with an address of their own, who has no account yet.
    pub(super) fn person(&self, name: &str) -> Person {
        let id = self.id(name);
        let mut profile = sample::account(&id).account.unwrap_or_default();
        profile.email = Some(format!("{name}-{}@{DOMAIN}", self.run));
        Person {
            id,
            app_ref: None,
            profile,
        }
    }

    /// Returns the directory id of this run's `name`.
    #[allow(clippy::expect_used, reason = "the names are those of the checks")]
    pub(super) fn id(&self, name: &str) -> ResourceId {
        let id = format!("check-{}-{name}", self.run);
        ResourceId::new(&id).expect("because it is hexadecimal digits and the name of a check")
    }

    /// Returns the item that makes the account of `who` be `wanted`; each call makes a new one.
    pub(super) fn item(&mut self, who: &Person, op: Op, wanted: &Profile) -> Item {
        let before = match op {
            Op::Create => BTreeMap::new(),
            _ => flat(&who.profile),
        };
        let after = flat(wanted);
        let is_news = |name: &&String| before.get(*name) != after.get(*name);
        let mut changed: Vec<String> = after.keys().filter(is_news).cloned().collect();
        let is_gone = |name: &&String| name.contains('.') && !after.contains_key(*name);
        changed.extend(before.keys().filter(is_gone).cloned());
        let of = |values: &BTreeMap<String, Value>| -> BTreeMap<String, Value> {
            let value = |name: &String| values.get(name).cloned().unwrap_or_default();
            changed
                .iter()
                .map(|name| (name.clone(), value(name)))
                .collect()
        };
        let (from, to) = (of(&before), of(&after));
        let lane = match op {
            Op::Create | Op::Reactivate | Op::Link => Stage::Joiners,
            Op::Deactivate => Stage::Leavers,
            _ => Stage::Changes,
        };
        Item {
            subject: Subject::person(&integration(), &who.id),
            op,
            lane,
            app_ref: who.app_ref.clone(),
            account: Some(wanted.clone()),
            name: wanted.email.clone().unwrap_or_default(),
            from,
            to,
            changed,
            ..self.numbered(sample::account(&who.id))
        }
    }

    /// Gives an item its tenant, and a key and revision nothing had before.
    pub(super) fn numbered(&mut self, item: Item) -> Item {
        self.sent += 1;
        Item {
            tenant: TenantId::new(TENANT),
            key: format!("check-{}-{}", self.run, self.sent),
            revision: self.sent,
            after: self.sent.saturating_sub(1),
            ..item
        }
    }

    /// Writes the message of an item about a person, rightly signed now.
    pub(super) fn letter(&self, item: &Item) -> Letter {
        let message = Message::account(item, system_clock());
        let body = message.map(|message| message.to_json());
        self.signed(about(item), &item.key, body.unwrap_or_default())
    }

    /// Signs any body rightly.
    pub(super) fn signed(&self, about: String, id: &str, body: Vec<u8>) -> Letter {
        let timestamp = system_clock().as_millis().div_euclid(1_000);
        Letter {
            about,
            id: id.to_owned(),
            timestamp,
            signature: Some(sign(&self.secrets, id, timestamp, &body)),
            body,
        }
    }

    /// Signs a letter again, after something of it was changed.
    pub(super) fn sign(&self, letter: &mut Letter) {
        let signature = sign(&self.secrets, &letter.id, letter.timestamp, &letter.body);
        letter.signature = Some(signature);
    }

    /// Signs a letter with a secret that the receiver does not know.
    pub(super) fn forged(&self, letter: &Letter) -> String {
        let secret = SigningSecret::derive(&[0x5a; 32], &self.run);
        sign(&[secret], &letter.id, letter.timestamp, &letter.body)
    }

    /// Sends a letter as it is.
    pub(super) async fn post(&self, letter: &Letter) -> Result<Answer, Doubt> {
        let mut headers = vec![
            (ID_HEADER, letter.id.clone()),
            (TIMESTAMP_HEADER, letter.timestamp.to_string()),
        ];
        headers.extend(
            letter
                .signature
                .clone()
                .map(|signature| (SIGNATURE_HEADER, signature)),
        );
        let sent = self.sender.post(headers, letter.body.clone()).await;
        sent.map_err(|unsent| Doubt::Fault {
            sent: letter.about.clone(),
            expected: "an answer".to_owned(),
            came: unsent.text,
        })
    }

    /// Sends the message of an item, and reads the answer as the job would.
    pub(super) async fn step(&mut self, item: &Item) -> Result<Step, Doubt> {
        let letter = self.letter(item);
        self.step_of(item, &letter).await
    }

    pub(super) async fn step_of(&mut self, item: &Item, letter: &Letter) -> Result<Step, Doubt> {
        let answer = self.post(letter).await?;
        let outcome = answer.account(item, system_clock());
        let app_ref = match &outcome {
            Outcome::Applied { app_ref, .. } => Some(app_ref.clone()),
            _ => item.app_ref.clone(),
        };
        let person = Person {
            id: item.subject.id.clone(),
            app_ref,
            profile: item.account.clone().unwrap_or_default(),
        };
        let mut seen = reply(&answer).and_then(|reply| reply.observed);
        if self.looks {
            seen = self.look(&person, false).await?.observed.or(seen);
        }
        if matches!(outcome, Outcome::Applied { .. }) {
            self.remember(person);
        }
        Ok(Step {
            sent: letter.about.clone(),
            answer,
            outcome,
            seen,
        })
    }

    /// Asks, by a message of the checks alone, what an account is; all is empty when it is not understood.
    pub(super) async fn look(&mut self, who: &Person, customize: bool) -> Result<Look, Doubt> {
        self.sent += 1;
        let mut data = serde_json::json!({
            "tenant": TENANT,
            "integration": TENANT,
            "account": {"app_ref": who.app_ref, "directory_id": who.id.as_str()},
        });
        if let (Some(data), true) = (data.as_object_mut(), customize) {
            data.insert("customize".to_owned(), true.into());
        }
        let at = system_clock().to_string();
        let message = serde_json::json!({"type": LOOK, "timestamp": at, "data": data});
        let id = format!("check-{}-{}", self.run, self.sent);
        let letter = self.signed(LOOK.to_owned(), &id, message.to_string().into_bytes());
        let answer = self.post(&letter).await?;
        let is_good = (200..=299).contains(&answer.status);
        let look = is_good.then(|| serde_json::from_slice(&answer.body).ok());
        Ok(look.flatten().unwrap_or_default())
    }

    /// Makes an account that is needed for what comes next.
    pub(super) async fn joiner(&mut self, name: &str) -> Result<Person, Doubt> {
        let mut who = self.person(name);
        self.apply(&mut who, Op::Create, |_| {}).await?;
        Ok(who)
    }

    /// Changes an account, which must go well.
    pub(super) async fn apply(
        &mut self,
        who: &mut Person,
        op: Op,
        change: impl FnOnce(&mut Profile),
    ) -> Result<Step, Doubt> {
        let mut wanted = who.profile.clone();
        change(&mut wanted);
        let item = self.item(who, op, &wanted);
        let step = self.step(&item).await?;
        who.app_ref = Some(step.done(who.app_ref.as_ref())?);
        who.profile = wanted;
        Ok(step)
    }

    fn remember(&mut self, person: Person) {
        match self
            .made
            .iter_mut()
            .find(|made| made.app_ref == person.app_ref)
        {
            Some(made) => *made = person,
            None => self.made.push(person),
        }
    }

    /// Deactivates the accounts that were made; returns how many, and those that could not be.
    pub(super) async fn clear(&mut self) -> (usize, Vec<String>) {
        let made = std::mem::take(&mut self.made);
        let mut open = Vec::new();
        for person in &made {
            let mut out = person.profile.clone();
            leave(&mut out);
            let item = self.item(person, Op::Deactivate, &out);
            let answer = self.post(&self.letter(&item)).await;
            let outcome = answer.map(|answer| answer.account(&item, system_clock()));
            let is_out = matches!(outcome, Ok(Outcome::Applied { .. } | Outcome::Unchanged));
            if let (Some(app_ref), false) = (&person.app_ref, is_out) {
                open.push(plain(app_ref.as_str(), WORDS_CHARS_MAX));
            }
        }
        (made.len() - open.len(), open)
    }
}

/// What `check.account` answers.
#[derive(Debug, Default, serde::Deserialize)]
#[serde(default)]
pub(super) struct Look {
    pub(super) observed: Option<Map<String, Value>>,
    pub(super) may_enter: Option<bool>,
    pub(super) settings: Option<Value>,
}

impl Look {
    pub(super) fn is_empty(&self) -> bool {
        self.observed.is_none() && self.may_enter.is_none() && self.settings.is_none()
    }
}

impl Step {
    /// Returns the account; `known` is what it must be.
    pub(super) fn done(&self, known: Option<&AccountId>) -> Result<AccountId, Doubt> {
        match (&self.outcome, known) {
            (Outcome::Applied { app_ref, .. }, None) => Ok(app_ref.clone()),
            (Outcome::Applied { app_ref, .. }, Some(known)) if app_ref == known => {
                Ok(known.clone())
            }
            (Outcome::Unchanged, Some(known)) => Ok(known.clone()),
            (_, Some(known)) => Err(self.fault(format!("200, applied to the account {known}"))),
            (_, None) => Err(self.fault("200, applied, with or without an app_ref")),
        }
    }

    /// Tells whether the answer named the account.
    pub(super) fn is_named(&self) -> bool {
        is_named(&self.answer)
    }

    /// Compares what the account is with what it shall be.
    pub(super) fn shows(&self, name: &str, wanted: impl Into<Value>) -> Checked {
        let wanted = wanted.into();
        match self.seen.as_ref().map(|seen| seen.get(name)) {
            None => Err(Doubt::Unseen(format!("{UNSEEN} `observed`"))),
            Some(None) => Err(Doubt::Unseen(format!("{UNSEEN} `{name}` in `observed`"))),
            Some(Some(seen)) if *seen == wanted => Ok(()),
            Some(Some(seen)) => Err(Doubt::Fault {
                sent: self.sent.clone(),
                expected: format!("the account has {name} {wanted} now"),
                came: format!("{}; the account has {name} {seen}", came(&self.answer)),
            }),
        }
    }

    pub(super) fn fault(&self, expected: impl Into<String>) -> Doubt {
        let came = match &self.outcome {
            Outcome::Retry { text, .. } if !text.is_empty() && !text.starts_with("answered") => {
                format!("{} ({text})", came(&self.answer))
            }
            _ => came(&self.answer),
        };
        Doubt::Fault {
            sent: self.sent.clone(),
            expected: expected.into(),
            came,
        }
    }
}

/// Makes a profile that of somebody who left.
pub(super) fn leave(profile: &mut Profile) {
    profile.active = false;
    profile.access_groups.clear();
}

/// Says in a line what was answered.
pub(super) fn came(answer: &Answer) -> String {
    let body = plain(&String::from_utf8_lossy(&answer.body), WORDS_CHARS_MAX);
    match body.as_str() {
        "" => format!("{} with an empty body", answer.status),
        body => format!("{} {body}", answer.status),
    }
}

/// Tells whether an answer has an id of the application's own.
pub(super) fn is_named(answer: &Answer) -> bool {
    reply(answer).is_some_and(|reply| reply.app_ref.is_some())
}

pub(super) fn unnamed() -> Checked {
    Err(Doubt::Unseen(
        "the replies name no `app_ref`: whether it is the same does not show".to_owned(),
    ))
}

fn reply(answer: &Answer) -> Option<Reply> {
    serde_json::from_slice(&answer.body).ok()
}

/// Says in a line what is sent.
fn about(item: &Item) -> String {
    let (op, revision) = (item.op.as_str(), item.revision);
    let whom = match &item.app_ref {
        Some(app_ref) => format!("app_ref {app_ref}"),
        None => format!("directory_id {}, no app_ref", item.subject.id),
    };
    let values: Vec<String> = item
        .to
        .iter()
        .map(|(name, value)| format!("{name} {value}"))
        .collect();
    let values = match item.op {
        Op::Create => String::new(),
        _ => format!(": {}", values.join(", ")),
    };
    plain(
        &format!("account.apply {op}, revision {revision}, {whom}{values}"),
        WORDS_CHARS_MAX,
    )
}

/// The values of an account by name; those of `fields` as `fields.…`.
fn flat(profile: &Profile) -> BTreeMap<String, Value> {
    let Ok(Value::Object(whole)) = serde_json::to_value(profile) else {
        return BTreeMap::new();
    };
    let mut flat = BTreeMap::new();
    for (name, value) in whole {
        match value {
            Value::Object(fields) => {
                let field = |(field, value)| (format!("{name}.{field}"), value);
                flat.extend(fields.into_iter().map(field));
            }
            Value::Null => {}
            value => drop(flat.insert(name, value)),
        }
    }
    flat
}

pub(super) fn integration() -> DirectoryId {
    DirectoryId::new(TENANT)
}

/// Tenant and integration of everybody here.
const TENANT: &str = "check";
/// The message that only the checks send.
const LOOK: &str = "check.account";
const UNSEEN: &str = "neither the reply nor the answer to `check.account` has";
