//! Lines into a directory: each is one write, and none when nothing changes.

use enroll_filter::LinkPlan;
use enroll_schema::{
    AttrId, Document, Error, Mutability, ResourceType, Schemas, Timestamp, Uniqueness,
    limits::LINKS_PER_REQUEST_MAX,
};
use enroll_store::{
    Cause, Dated, Draft, Expected, Links, Record, RequestId, Result, Store, StoreError, Target,
    Want, Write, Written,
};
use serde::{Deserialize, Serialize};

use crate::{Content, Entry, Refused, entry::has_members};

/// On whose behalf lines are taken in.
#[derive(Clone, Debug)]
pub struct Take<'a> {
    /// The schemas they must fit.
    pub schemas: &'a Schemas,
    /// The request that brings them.
    pub request: RequestId,
    /// The time.
    pub now: Timestamp,
}

/// What became of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Became {
    /// It is here now.
    Created,
    /// It was here and differed.
    Updated,
    /// It was here already, equal.
    Same,
    /// It is here, and was changed here after the source last changed it: left as it is.
    Kept,
    /// It cannot be here.
    Refused,
}

/// One line, and what became of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Taken {
    /// The id as written.
    pub id: String,
    /// The resource type's name.
    pub kind: String,
    /// The name for people.
    pub name: String,
    /// What became of it.
    pub became: Became,
    /// Why it was refused or kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
    /// Names of attributes that were not kept.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ignored: Vec<String>,
    /// Members that are not here; they wait 30 days for their resource.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub pending: Vec<String>,
}

/// Takes lines into the directory that `store` is; blank lines and the header have no outcome.
///
/// Each line is a write of its own, checked as a provider's would be. The order matters only for
/// speed: members that come later bind when they do.
///
/// # Errors
/// Whatever the store fails with that is no fault of a line; lines before it are in.
pub async fn take_in<S: Store>(store: &S, take: &Take<'_>, lines: &[u8]) -> Result<Vec<Taken>> {
    let mut batch = Batch::default();
    for line in lines.split(|byte| *byte == b'\n') {
        if line.trim_ascii().is_empty() {
            continue;
        }
        match Entry::read(take.schemas, line) {
            Ok(None) => {}
            Ok(Some(entry)) => batch.add(store, take, entry).await?,
            Err(refused) => batch.taken.push(refused.into()),
        }
    }
    batch.write(store).await?;
    Ok(batch.taken)
}

/// Writes that go to the store together.
#[derive(Debug, Default)]
struct Batch {
    taken: Vec<Taken>,
    units: Vec<Vec<Write>>,
    /// The place in `taken` of each unit, and the dates to set then.
    places: Vec<(usize, Option<Dated>)>,
    dates: Vec<Dated>,
}

impl Batch {
    async fn add<S: Store>(&mut self, store: &S, take: &Take<'_>, entry: Entry) -> Result<()> {
        let target = Target {
            kind: entry.kind.clone(),
            id: entry.id.clone(),
        };
        if matches!(entry.content, Content::More { .. }) {
            // What it adds to may be among the writes that wait.
            self.write(store).await?;
        }
        let most = u32::try_from(LINKS_PER_REQUEST_MAX).unwrap_or(u32::MAX);
        let want = match entry.content {
            Content::Whole { .. } if has_members(&entry.kind) => Want::UpTo(most),
            _ => Want::Omit,
        };
        let before = store.get(target.clone(), want).await?;
        let mut taken = Taken::of(&entry);
        match entry.decide(store, &target, before, take).await? {
            Step::Nothing(became, why, dated) => {
                (taken.became, taken.why) = (became, why);
                self.dates.extend(dated);
            }
            Step::Write(became, write, dated) => {
                taken.became = became;
                self.units.push(vec![*write]);
                self.places.push((self.taken.len(), dated));
            }
        }
        self.taken.push(taken);
        Ok(())
    }

    async fn write<S: Store>(&mut self, store: &S) -> Result<()> {
        let units = std::mem::take(&mut self.units);
        let places = std::mem::take(&mut self.places);
        let answers = if units.is_empty() {
            Vec::new()
        } else {
            store.batch(units, None).await
        };
        for ((place, dated), answer) in places.into_iter().zip(answers) {
            let answer = answer.into_iter().next().unwrap_or(Err(StoreError::Busy));
            if let Some(taken) = self.taken.get_mut(place) {
                let is_in = taken.settle(answer)?;
                self.dates.extend(dated.filter(|_| is_in));
            }
        }
        let dates = std::mem::take(&mut self.dates);
        if !dates.is_empty() {
            store.dated(dates).await?;
        }
        Ok(())
    }
}

/// What to do about one line.
enum Step {
    Nothing(Became, Option<String>, Option<Dated>),
    Write(Became, Box<Write>, Option<Dated>),
}

impl Step {
    fn kept() -> Self {
        let why = "it changed here after it last changed at the source".to_owned();
        Self::Nothing(Became::Kept, Some(why), None)
    }
}

/// Tells whether a resource changed here after it last changed at the source.
fn is_newer(here: &Record, source: Option<Timestamp>) -> bool {
    source.is_some_and(|modified| here.modified > modified)
}

impl Entry {
    async fn decide<S: Store>(
        self,
        store: &S,
        target: &Target,
        before: Option<Record>,
        take: &Take<'_>,
    ) -> Result<Step> {
        let cause = Cause {
            request: take.request.clone(),
            at: take.now,
            unique: unique(&self.kind),
            want: Want::Omit,
            note: None,
        };
        match (self.content, before) {
            (Content::More { .. }, None) => {
                let why = "members of a group that is not here".to_owned();
                Ok(Step::Nothing(Became::Refused, Some(why), None))
            }
            (Content::More { created, modified }, Some(before)) => {
                if created == Some(before.created) && is_newer(&before, created.max(modified)) {
                    return Ok(Step::kept());
                }
                let dated = dated(target, created, modified);
                let document = document(&before)?;
                let write = replacement(target, &before, document, self.members, false, cause);
                Ok(Step::Write(Became::Updated, Box::new(write), dated))
            }
            (
                Content::Whole {
                    document,
                    created,
                    modified,
                    ..
                },
                None,
            ) => {
                let dated = dated(target, created, modified);
                let links = LinkPlan {
                    link: self.members,
                    ..LinkPlan::default()
                };
                let draft = Draft {
                    id: self.id,
                    document,
                    links,
                };
                let write = Write::Create(self.kind, draft, cause);
                Ok(Step::Write(Became::Created, Box::new(write), dated))
            }
            (
                Content::Whole {
                    document,
                    created,
                    modified,
                    partial,
                },
                Some(before),
            ) => {
                let dated = dated(target, created, modified);
                let is_dated = created.is_none_or(|created| created == before.created);
                let is_same = before.document.as_ref() == document.to_bytes()
                    && has(store, target, &before, &self.members, partial).await?;
                if is_same {
                    return Ok(Step::Nothing(
                        Became::Same,
                        None,
                        dated.filter(|_| !is_dated),
                    ));
                }
                if is_dated && is_newer(&before, modified) {
                    return Ok(Step::kept());
                }
                let clear = has_members(&self.kind) && !partial;
                let write = replacement(target, &before, document, self.members, clear, cause);
                Ok(Step::Write(Became::Updated, Box::new(write), dated))
            }
        }
    }
}

fn replacement(
    target: &Target,
    before: &Record,
    document: Document,
    members: Vec<String>,
    clear: bool,
    cause: Cause,
) -> Write {
    let links = LinkPlan {
        clear,
        link: members,
        ..LinkPlan::default()
    };
    let draft = Draft {
        id: target.id.clone(),
        document,
        links,
    };
    let expected = Expected::OneOf(vec![before.version]);
    Write::Replace(target.clone(), expected, draft, cause)
}

fn document(record: &Record) -> Result<Document> {
    let damaged = |_| StoreError::Damaged(format!("{} {}", record.kind.name(), record.id));
    Document::from_bytes(&record.document).map_err(damaged)
}

fn dated(
    target: &Target,
    created: Option<Timestamp>,
    modified: Option<Timestamp>,
) -> Option<Dated> {
    let created = created?;
    Some(Dated {
        target: target.clone(),
        created,
        modified: modified.unwrap_or(created).max(created),
    })
}

/// Tells whether a group has these members, waiting ones included, and (if they are all) no other.
async fn has<S: Store>(
    store: &S,
    target: &Target,
    before: &Record,
    members: &[String],
    partial: bool,
) -> Result<bool> {
    if !has_members(&before.kind) {
        return Ok(true);
    }
    let Links::All(links) = &before.links else {
        return Ok(false);
    };
    let mut here: std::collections::BTreeSet<&str> =
        links.iter().map(|link| link.id.as_str()).collect();
    let waiting = store
        .pending(Some(target.clone()), PENDING_READ_MAX)
        .await?;
    here.extend(waiting.iter().map(|pending| pending.value.as_str()));
    let there: std::collections::BTreeSet<&str> = members.iter().map(String::as_str).collect();
    Ok(if partial {
        there.is_subset(&here)
    } else {
        there == here
    })
}

/// The attributes whose values no other resource of the type may have.
fn unique(kind: &ResourceType) -> Vec<AttrId> {
    let is_unique = |id: &AttrId| {
        let attribute = kind.attribute(*id);
        attribute.is_some_and(|attribute| {
            attribute.uniqueness != Uniqueness::None && attribute.mutability != Mutability::ReadOnly
        })
    };
    kind.ids().filter(is_unique).collect()
}

impl Taken {
    fn of(entry: &Entry) -> Self {
        Self {
            id: entry.id.as_str().to_owned(),
            kind: entry.kind.name().to_owned(),
            name: entry.name().to_owned(),
            became: Became::Same,
            why: None,
            ignored: entry.ignored.clone(),
            pending: Vec::new(),
        }
    }

    /// Takes the store's answer over; tells whether the line is in.
    fn settle(&mut self, answer: Result<Written>) -> Result<bool> {
        match answer {
            Ok(written) => {
                if !written.changed && self.became == Became::Updated {
                    self.became = Became::Same;
                }
                self.pending = written.pending;
                Ok(true)
            }
            Err(StoreError::IdTaken) => {
                self.refuse("the id belonged to another resource, or to one that was deleted here");
                Ok(false)
            }
            Err(
                error @ (StoreError::Busy
                | StoreError::Full
                | StoreError::Damaged(_)
                | StoreError::Backend(_)),
            ) => Err(error),
            Err(error) => {
                self.refuse(Error::from(error).detail());
                Ok(false)
            }
        }
    }

    fn refuse(&mut self, why: &str) {
        self.became = Became::Refused;
        self.why = Some(why.to_owned());
    }
}

impl From<Refused> for Taken {
    fn from(refused: Refused) -> Self {
        Self {
            id: refused.id,
            kind: refused.kind,
            name: String::new(),
            became: Became::Refused,
            why: Some(refused.why),
            ignored: Vec::new(),
            pending: Vec::new(),
        }
    }
}

/// Most waiting references of one group that are compared.
const PENDING_READ_MAX: u32 = 50_000;
