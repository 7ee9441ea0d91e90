//! What listeners ask: events in order, the whole they come to, and how far each listener is.

use std::{collections::BTreeSet, time::Duration};

use enroll_store::{Directories, TenantId};
use enroll_sync::{
    Accounts, Consumer, EventKind, FeedEvent, Gone, Ledger, MirrorKey, MirrorObject, Mirrored,
    Stretch, SubjectKind,
};
use enroll_tenants::Tenants;
use serde::Serialize;
use tokio::time::{Instant, timeout_at};

use crate::{
    Manage, Problem, ProblemKind,
    answer::{Answer, Page, ok, one_more},
    asked::Asked,
    cursor::List,
    manage::no_tenant,
    near::nearest,
    problem::quoted,
};

/// Most seconds a call waits for an event.
const WAIT_SECONDS_MAX: u64 = 60;
/// Most characters of a listener's name.
const NAME_CHARS_MAX: usize = 64;

/// A place in a tenant's feed.
struct Place {
    tenant: TenantId,
    seq: u64,
}

impl Place {
    /// Writes the place as a cursor: it is also the id of the event with this number.
    fn cursor(&self) -> String {
        List::Events.after(&format!("{}/{}", self.tenant, self.seq))
    }

    /// Reads a cursor; `key` is where it was sent.
    fn read(cursor: &str, key: &str) -> Result<Self, Problem> {
        let refused = || {
            let detail = format!("{key}: send the `next` of an answer, or the id of an event");
            Problem::new(ProblemKind::InvalidCursor, detail).at(key)
        };
        let place = List::Events.read(cursor).map_err(|_| refused())?;
        let place = place.rsplit_once('/').and_then(|(tenant, seq)| {
            let (tenant, seq) = (TenantId::new(tenant), seq.parse().ok()?);
            Some(Self { tenant, seq })
        });
        place.ok_or_else(refused)
    }
}

/// An event as it is shown.
#[derive(Serialize)]
struct Shown {
    /// The cursor that goes on after it.
    id: String,
    app_ref: Option<String>,
    #[serde(flatten)]
    event: FeedEvent,
}

impl From<FeedEvent> for Shown {
    fn from(event: FeedEvent) -> Self {
        let place = Place {
            tenant: event.tenant.clone(),
            seq: event.seq,
        };
        let app_ref = match &event.object {
            MirrorObject::Account(account) => Some(account.app_ref.to_string()),
            MirrorObject::AccessGroup(_) => None,
        };
        Self {
            id: place.cursor(),
            app_ref,
            event,
        }
    }
}

/// A stretch of the feed as it is shown.
#[derive(Serialize)]
struct Told {
    items: Vec<Shown>,
    /// Where to go on; never null.
    next: String,
    /// Whether to ask again at once.
    more: bool,
}

/// A page of the whole as it is shown.
#[derive(Serialize)]
struct Whole {
    /// The number of the first page.
    seq: u64,
    /// What to send as `after` to the events once every page is read.
    events_after: String,
    #[serde(flatten)]
    page: Page<Mirrored>,
}

/// A listener as it is shown.
#[derive(Serialize)]
struct Listening {
    #[serde(flatten)]
    consumer: Consumer,
    cursor: String,
    /// Changes it has not got yet.
    lag: u64,
}

impl<T: Tenants, D: Directories, L: Ledger + Accounts> Manage<T, D, L> {
    pub(crate) async fn list_events(self, asked: Asked) -> Answer {
        let after = asked.parameter("after");
        let after = after
            .map(|cursor| Place::read(cursor, "after"))
            .transpose()?;
        let tenant = self.listened(&asked, after.as_ref()).await?;
        let kinds = kinds(asked.parameter("types"))?;
        let (limit, wait) = (asked.limit()?, asked.number("wait", 0, WAIT_SECONDS_MAX)?);
        let seq = after.map_or(0, |place| place.seq);
        let wait = Duration::from_secs(wait.unwrap_or(0));
        let told = self.heard(&tenant, (seq, &kinds, limit), wait).await?;
        let next = Place {
            tenant,
            seq: told.last,
        };
        ok(&Told {
            items: told.events.into_iter().map(Shown::from).collect(),
            next: next.cursor(),
            more: told.more,
        })
    }

    /// Reads the feed; when there is nothing, as soon as there is, at the latest after `wait`.
    async fn heard(
        &self,
        tenant: &TenantId,
        (mut after, kinds, limit): (u64, &BTreeSet<EventKind>, usize),
        wait: Duration,
    ) -> Result<Stretch, Problem> {
        // Listening starts before looking: a ring in between is heard.
        let mut bell = self.options().bell.listen();
        let until = Instant::now() + wait;
        loop {
            let told = self.desk().events(tenant, after, kinds, limit).await?;
            let told = told.map_err(|Gone| gone(tenant))?;
            if !told.events.is_empty() || told.more || Instant::now() >= until {
                return Ok(told);
            }
            after = told.last;
            // The feed is looked at again in any case.
            let _ = timeout_at(until, bell.next()).await;
        }
    }

    pub(crate) async fn show_desired(self, asked: Asked) -> Answer {
        let (tenant, limit) = (self.tenant_of(&asked).await?.id, asked.limit()?);
        let at = asked.number("at", 0, u64::MAX)?;
        let (at, after) = match asked.after(List::Desired)? {
            None => (at, None),
            Some(key) => {
                let (seq, key) = row(&key)?;
                (Some(seq), Some(key))
            }
        };
        let whole = self.desk().whole(&tenant, after, at, one_more(limit));
        let whole = whole.await?.map_err(|Gone| gone(&tenant))?;
        let seq = whole.seq;
        let page = Page::cut(List::Desired, whole.rows, limit, |row| {
            let MirrorKey(kind, id) = row.key();
            format!("{seq}/{}/{id}", kind.as_str())
        });
        let events_after = Place { tenant, seq }.cursor();
        ok(&Whole {
            seq,
            events_after,
            page,
        })
    }

    pub(crate) async fn list_consumers(self, asked: Asked) -> Answer {
        let tenant = self.tenant_of(&asked).await?.id;
        // The end is read last, so that nobody is ahead of it.
        let consumers = self.ledger().consumers(&tenant).await?;
        let end = self.ledger().counts(&tenant).await?.seq;
        let shown = consumers
            .into_iter()
            .map(|consumer| listening(&tenant, consumer, end));
        ok(&Page::whole(shown.collect()))
    }

    pub(crate) async fn show_consumer(self, asked: Asked) -> Answer {
        let tenant = self.listened(&asked, None).await?;
        let name = asked.named("c");
        let mut consumers = self.ledger().consumers(&tenant).await?.into_iter();
        let end = self.ledger().counts(&tenant).await?.seq;
        let Some(consumer) = consumers.find(|consumer| consumer.name == name) else {
            let detail = format!("nobody named {} said how far it is", quoted(name));
            return Err(Problem::not_found(detail));
        };
        ok(&listening(&tenant, consumer, end))
    }

    pub(crate) async fn put_consumer(self, asked: Asked) -> Answer {
        let name = asked.named("c").to_owned();
        let unreserved = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
        if name.len() > NAME_CHARS_MAX || !name.bytes().all(unreserved) {
            let detail = "a listener's name is 1 to 64 letters, digits or - . _ ~";
            return Err(Problem::new(ProblemKind::InvalidValue, detail));
        }
        let caller = asked.caller()?.clone();
        let mut fields = asked.fields()?;
        let back = fields.flag("back")?.unwrap_or(false);
        let cursor = fields.text("cursor")?;
        let cursor = cursor.ok_or_else(|| Problem::value("cursor", "expected a cursor"))?;
        let Place { tenant, seq } = Place::read(&cursor, "cursor")?;
        if !caller.sees(&tenant) || self.tenants().tenant(&tenant).await?.is_none() {
            return Err(no_tenant(tenant.as_str()));
        }
        let end = self.ledger().counts(&tenant).await?.seq;
        if seq > end {
            return Err(gone(&tenant));
        }
        let at = self.now();
        let said = self
            .ledger()
            .put_consumer(&tenant, Consumer { name, seq, at }, back)
            .await?;
        let full = || Problem::new(ProblemKind::TooMany, "this tenant has 100 named listeners");
        ok(&listening(&tenant, said.ok_or_else(full)?, end))
    }

    /// Finds the tenant that is listened to: in the path, in the cursor, in the query, the key's
    /// own, or the only one there is.
    async fn listened(&self, asked: &Asked, after: Option<&Place>) -> Result<TenantId, Problem> {
        if !asked.named("t").is_empty() {
            let tenant = self.tenant_of(asked).await?.id;
            return match after {
                Some(place) if place.tenant != tenant => {
                    let detail = "after: this is a cursor of another tenant";
                    Err(Problem::new(ProblemKind::InvalidCursor, detail).at("after"))
                }
                _ => Ok(tenant),
            };
        }
        let caller = asked.caller()?;
        let named = asked.parameter("tenant").map(TenantId::new);
        let named = after.map(|place| place.tenant.clone()).or(named);
        let Some(tenant) = named.or_else(|| caller.tenant().cloned()) else {
            return self.only_tenant().await;
        };
        if !caller.sees(&tenant) || self.tenants().tenant(&tenant).await?.is_none() {
            return Err(no_tenant(tenant.as_str()));
        }
        Ok(tenant)
    }

    async fn only_tenant(&self) -> Result<TenantId, Problem> {
        match &self.tenants().tenants(None, 2).await?[..] {
            [only] => Ok(only.id.clone()),
            [] => Err(Problem::not_found("there is no tenant yet")),
            _ => {
                let detail = "tenant: there are several; say which";
                Err(Problem::new(ProblemKind::InvalidParameter, detail).at("tenant"))
            }
        }
    }
}

fn listening(tenant: &TenantId, consumer: Consumer, end: u64) -> Listening {
    let place = Place {
        tenant: tenant.clone(),
        seq: consumer.seq,
    };
    Listening {
        cursor: place.cursor(),
        lag: end.saturating_sub(consumer.seq),
        consumer,
    }
}

/// The answer about a place that is not kept any more.
fn gone(tenant: &TenantId) -> Problem {
    let detail = "what came after this is not kept any more, or the database is older: read \
                  the whole anew, then the events after it";
    Problem::new(ProblemKind::Gone, detail).resync(format!("/v1/tenants/{tenant}/desired"))
}

/// Reads a list of kinds; none is all of them.
fn kinds(types: Option<&str>) -> Result<BTreeSet<EventKind>, Problem> {
    let words = types.into_iter().flat_map(|types| types.split(','));
    words
        .map(|word| {
            EventKind::parse(word.trim()).ok_or_else(|| {
                let near = match nearest(word, EventKind::words()) {
                    Some(near) => format!("; did you mean {near}?"),
                    None => String::new(),
                };
                let detail = format!("types: there is no event {}{near}", quoted(word));
                Problem::new(ProblemKind::InvalidParameter, detail).at("types")
            })
        })
        .collect()
}

/// Reads where a page of the whole ended.
fn row(key: &str) -> Result<(u64, MirrorKey), Problem> {
    let mut parts = key.splitn(3, '/');
    let mut read = || {
        let (seq, kind, id) = (parts.next()?, parts.next()?, parts.next()?);
        let kinds = [SubjectKind::Group, SubjectKind::Person];
        let kind = kinds.into_iter().find(|known| known.as_str() == kind)?;
        Some((seq.parse().ok()?, MirrorKey(kind, id.to_owned())))
    };
    read().ok_or_else(|| {
        let detail = "after: send the `next` of the page before, unchanged";
        Problem::new(ProblemKind::InvalidCursor, detail).at("after")
    })
}
