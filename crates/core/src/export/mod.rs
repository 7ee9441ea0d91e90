//! A request of the log as a case of the corpus: anonymised, with what must be there before.
//!
//! What was there is worked out from the log (the requests about the same resource that came before)
//! and from the directory (what the request names, searches or collides with). Then everything
//! personal is replaced, and the case is played on an empty directory: it is handed out only if it is
//! answered there as the request was answered, with the same quirks. So a case that is written passes.

mod mask;
mod play;
mod rules;
mod words;
mod world;

use std::fmt;

use enroll_quirks::{Dialect, QUIRKS};
use enroll_store::{Journal, Note, NoteKey, Rehearse, StoreError};
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

use self::{
    mask::Mask,
    play::{Draft, Played},
    words::Words,
    world::{Finder, Stock},
};
use crate::{
    directory::Directory,
    replay::{Recorded, Told, Unplayable},
};

/// Why a recorded request does not become a case.
#[derive(Debug)]
#[non_exhaustive]
pub enum Unexportable {
    /// The log kept too little of it.
    Unplayable(Unplayable),
    /// Started from nothing, it is not answered as it was: what decided is not known any more.
    NotReproduced {
        /// What it was answered.
        then: String,
        /// What the best try was answered.
        now: String,
    },
    /// It is about a type of resource that the corpus does not have.
    ForeignType,
    /// The store failed.
    Store(StoreError),
}

impl fmt::Display for Unexportable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unplayable(why) => why.fmt(f),
            Self::NotReproduced { then, now } => write!(
                f,
                "this request was answered {then}; from what the log and the directory still know, it is answered {now}"
            ),
            Self::ForeignType => f.write_str("the corpus holds users and groups only"),
            Self::Store(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for Unexportable {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Store(error) => Some(error),
            _ => None,
        }
    }
}

impl From<StoreError> for Unexportable {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

/// How often what was there is corrected by what the answer tells.
const TRIES: u32 = 4;

impl<S: Journal + Rehearse> Directory<S> {
    /// Writes a recorded request as a case of the corpus, with nothing personal in it.
    ///
    /// # Errors
    /// [`Unexportable`]: what is handed out passes, so what cannot be reproduced is refused.
    pub async fn export(&self, key: NoteKey, note: &Note) -> Result<Value, Unexportable> {
        let recorded = Recorded::read(note).map_err(Unexportable::Unplayable)?;
        let finder = Finder {
            directory: self,
            key,
            note,
            recorded: &recorded,
        };
        let world = finder.world().await?;
        let corpus = |stock: &Stock| ["User", "Group"].contains(&stock.kind.name());
        if !world.iter().all(corpus) {
            return Err(Unexportable::ForeignType);
        }
        let name = name(note);
        let mut mask = Mask::new(self.core().schemas(), Words::new(&name));
        let mut draft = draft(&mut mask, &world, &recorded, note);
        let dialect = recorded.call.dialect;
        let mut last = String::new();
        for _ in 0..TRIES {
            let played = match draft.play(self.core(), note.at, dialect).await {
                Ok(played) => played,
                Err(fault) => {
                    last = fault;
                    break;
                }
            };
            if fits(&recorded.told, &played) {
                let unnamed = draft.play(self.core(), note.at, Dialect::Auto).await;
                let unnamed = unnamed.ok().filter(|other| other.expect != played.expect);
                return Ok(case(&name, dialect, &draft, &played, unnamed.as_ref()));
            }
            last = shown(played.status, played.scim_type.as_deref(), &played.quirks);
            if !repair(&mut draft, &mut mask, &recorded.told, &played) {
                break;
            }
        }
        let told = &recorded.told;
        Err(Unexportable::NotReproduced {
            then: shown(told.status, told.scim_type.as_deref(), &told.quirks),
            now: last,
        })
    }
}

fn fits(told: &Told, played: &Played) -> bool {
    told.status == played.status
        && told.scim_type == played.scim_type
        && told.quirks == played.quirks
}

fn shown(status: u16, scim_type: Option<&str>, quirks: &[String]) -> String {
    let kind = scim_type.map(|kind| format!(" {kind}")).unwrap_or_default();
    let quirks = if quirks.is_empty() {
        String::new()
    } else {
        format!(" with {}", quirks.join(", "))
    };
    format!("{status}{kind}{quirks}")
}

/// Makes eight hex digits that no other request has, without the letters of a name.
fn name(note: &Note) -> String {
    let hash = Sha256::digest(note.id.as_str().as_bytes());
    let digits = hash.iter().take(4).flat_map(|byte| [byte >> 4, byte & 15]);
    let digit = |digit: u8| match digit {
        10 => 'b',
        14 => 'f',
        other => char::from_digit(other.into(), 16).unwrap_or('0'),
    };
    digits.map(digit).collect()
}

fn draft(mask: &mut Mask, world: &[Stock], recorded: &Recorded, note: &Note) -> Draft {
    // Ids first: they are replaced wherever they stand.
    for stock in world {
        mask.words.id(stock.id.as_str());
    }
    let call = &recorded.call;
    let is_about = call.method != "POST";
    let subject = note.subject.as_ref().filter(|_| is_about);
    let kind = ["User", "Group"]
        .into_iter()
        .find(|kind| {
            call.path
                .to_ascii_lowercase()
                .contains(&format!("/{}s", kind.to_ascii_lowercase()))
        })
        .or_else(|| {
            subject
                .and_then(|id| world.iter().find(|s| s.id == *id))
                .map(|s| s.kind.name())
        });
    let subject = subject
        .zip(kind)
        .map(|(id, kind)| (kind.to_owned(), mask.words.id(id.as_str())));
    let agent = call.headers.user_agent.clone();
    let known = |agent: &String| {
        let header = |name: &str| (name == "user-agent").then_some(agent.as_str());
        Dialect::recognise(header).is_some()
    };
    let body: Option<Value> = serde_json::from_slice(&call.body).ok();
    let mut given: Vec<Value> = world.iter().map(|stock| given(mask, stock)).collect();
    given.sort_by_key(|given| given.get("resourceType").and_then(Value::as_str) == Some("Group"));
    Draft {
        given,
        method: call.method.clone(),
        path: mask.url_path(&call.path),
        query: call.query.as_deref().map(|query| mask.query(query)),
        user_agent: agent.filter(known),
        body: body.map(|body| mask.value("", &body)),
        subject,
    }
}

fn given(mask: &mut Mask, stock: &Stock) -> Value {
    let mut resource = match mask.value("", &Value::Object(stock.document.clone())) {
        Value::Object(members) => members,
        _ => Map::new(),
    };
    resource.insert("id".to_owned(), mask.words.id(stock.id.as_str()).into());
    if !stock.members.is_empty() {
        let member = |value: &String| json!({"value": mask.words.text(value)});
        let members = stock.members.iter().map(member).collect();
        resource.insert("members".to_owned(), Value::Array(members));
    }
    json!({"resourceType": stock.kind.name(), "resource": resource})
}

/// Corrects what was there by what the answer then says of it; tells whether there was anything to do.
fn repair(draft: &mut Draft, mask: &mut Mask, told: &Told, played: &Played) -> bool {
    let subject = draft.subject.clone();
    let is_subject = |given: &Value| {
        let id = given.pointer("/resource/id").and_then(Value::as_str);
        subject.as_ref().is_some_and(|(_, known)| id == Some(known))
    };
    match (told.status, played.status) {
        // It was not there any more.
        (404, 200..300) => {
            let count = draft.given.len();
            draft.given.retain(|given| !is_subject(given));
            draft.given.len() < count
        }
        // It was there, and nothing is known of it.
        (200..300 | 400 | 409, 404) => {
            let Some((kind, id)) = subject
                .clone()
                .filter(|_| !draft.given.iter().any(is_subject))
            else {
                return false;
            };
            let name = format!("{}-{id}", mask.words.text("somebody"));
            draft.given.push(stub(&kind, &id, &name));
            true
        }
        // Somebody had its name.
        (409, 200..300) => {
            let kind = match &subject {
                Some((kind, _)) => kind.clone(),
                None if draft.path.to_ascii_lowercase().contains("/groups") => "Group".to_owned(),
                None => "User".to_owned(),
            };
            let wanted = if kind == "Group" {
                "displayname"
            } else {
                "username"
            };
            let name = draft.body.as_ref().and_then(|body| value_of(body, wanted));
            let (Some(name), id) = (name, mask.words.new_id()) else {
                return false;
            };
            draft.given.insert(0, stub(&kind, &id, &name));
            true
        }
        // Whoever has its name now did not have it then.
        (200..300, 409) => {
            let count = draft.given.len();
            draft.given.retain(is_subject);
            draft.given.len() < count
        }
        _ => false,
    }
}

fn stub(kind: &str, id: &str, name: &str) -> Value {
    let attribute = if kind == "Group" {
        "displayName"
    } else {
        "userName"
    };
    let schema = format!("urn:ietf:params:scim:schemas:core:2.0:{kind}");
    json!({
        "resourceType": kind,
        "resource": {"schemas": [schema], "id": id, attribute: name},
    })
}

/// Finds the text that a body sets for an attribute: as a member, or as the value of an operation.
fn value_of(body: &Value, wanted: &str) -> Option<String> {
    let mut open = vec![body];
    while let Some(value) = open.pop() {
        match value {
            Value::Array(list) => open.extend(list),
            Value::Object(members) => {
                let member = |name: &str| {
                    let mut all = members.iter();
                    all.find(|(known, _)| known.eq_ignore_ascii_case(name))
                        .map(|(_, v)| v)
                };
                let is_set = member("path").and_then(Value::as_str);
                let is_set = is_set.is_some_and(|path| path.eq_ignore_ascii_case(wanted));
                let own = if is_set { member("value") } else { None };
                if let Some(text) = member(wanted).or(own).and_then(Value::as_str) {
                    return Some(text.to_owned());
                }
                open.extend(members.values());
            }
            _ => {}
        }
    }
    None
}

fn case(
    name: &str,
    dialect: Dialect,
    draft: &Draft,
    played: &Played,
    unnamed: Option<&Played>,
) -> Value {
    let idp = match dialect {
        Dialect::Auto => "generic",
        named => named.name(),
    };
    let mut headers = Map::new();
    headers.insert("Accept".to_owned(), "application/scim+json".into());
    headers.insert(
        "User-Agent".to_owned(),
        draft.user_agent.clone().unwrap_or_default().into(),
    );
    if draft.body.is_some() {
        headers.insert("Content-Type".to_owned(), "application/scim+json".into());
    }
    let mut request = json!({
        "method": draft.method, "path": draft.path, "query": draft.query, "headers": headers,
    });
    if let (Some(request), Some(body)) = (request.as_object_mut(), &draft.body) {
        request.insert("body".to_owned(), body.clone());
    }
    let fired = || played.quirks.iter();
    let mut catalogue: Vec<&str> = QUIRKS
        .iter()
        .filter(|quirk| fired().any(|id| id == quirk.id))
        .flat_map(|quirk| quirk.source.iter().copied())
        .collect();
    // The provider's own rows, if it has any.
    let own = format!("{}-", idp.to_uppercase());
    if catalogue.iter().any(|row| row.starts_with(&own)) {
        catalogue.retain(|row| row.starts_with(&own));
    }
    catalogue.sort_unstable();
    catalogue.dedup();
    if catalogue.is_empty() {
        catalogue.push("unlisted");
    }
    let verdict = if played.quirks.is_empty() {
        "silent"
    } else {
        "deviates"
    };
    let mut case = json!({
        "id": format!("{}-LOG-{}", idp.to_uppercase(), name.to_uppercase()),
        "idp": idp,
        "catalogue": catalogue,
        "note": format!("{} as a {idp} integration recorded it, anonymised", draft.method),
        "source": ["the request log of a server"],
        "confidence": "fixture",
        "rfc": {"verdict": verdict},
        "tags": ["exported"],
        "given": draft.given,
        "request": request,
        "expect": played.expect,
    });
    if let (Some(case), Some(unnamed)) = (case.as_object_mut(), unnamed) {
        case.insert("unnamed".to_owned(), unnamed.expect.clone());
    }
    case
}
