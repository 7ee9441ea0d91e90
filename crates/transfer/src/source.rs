//! Another SCIM server, read page by page, however loosely it pages.

use std::{collections::BTreeSet, future::Future, time::Duration};

use serde_json::{Map, Value};

use crate::Losses;

/// One answer of the source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// The body.
    pub body: Vec<u8>,
    /// `Retry-After`, if it is in seconds.
    pub retry_after: Option<Duration>,
}

/// How the source is asked: an HTTP client that adds the token, or a test.
pub trait Fetch {
    /// Sends a GET.
    ///
    /// # Errors
    /// A text when there is no answer.
    fn get(&mut self, url: &str) -> impl Future<Output = Result<Answer, String>> + Send;

    /// Waits.
    fn pause(&mut self, time: Duration) -> impl Future<Output = ()> + Send;
}

/// The source cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SourceError {
    /// The URL is none.
    #[error("{0:?} is no base URL: write http:// or https:// and no query")]
    Url(String),
    /// There is no answer.
    #[error("{url}: {why}")]
    Silent {
        /// What was asked for.
        url: String,
        /// What happened.
        why: String,
    },
    /// It refuses.
    #[error("{url} answers {status}")]
    Status {
        /// What was asked for.
        url: String,
        /// The status.
        status: u16,
    },
    /// The answer is no list.
    #[error("{url} answers what is no SCIM list")]
    NoList {
        /// What was asked for.
        url: String,
    },
}

/// A SCIM server that is being read: all Users, then all Groups.
///
/// Pages are asked for by `startIndex` and `count`, and may be shorter than asked; a person who
/// comes twice is taken once; `totalResults` is compared, not believed; groups that a list shows
/// without members are read one by one. Nothing but these URLs is ever asked: links in answers are
/// not followed.
#[derive(Clone, Debug)]
pub struct Source {
    base: String,
    endpoint: usize,
    start: usize,
    seen: BTreeSet<String>,
    given: usize,
    total: Option<u64>,
    stale: u32,
}

impl Source {
    /// Starts to read the server below `base`.
    ///
    /// # Errors
    /// [`SourceError::Url`].
    pub fn new(base: &str) -> Result<Self, SourceError> {
        let trimmed = base.trim().trim_end_matches('/');
        let rest = trimmed
            .strip_prefix("https://")
            .or_else(|| trimmed.strip_prefix("http://"));
        let fits = rest.is_some_and(|rest| !rest.is_empty() && !rest.contains(['?', '#', ' ']));
        if !fits {
            return Err(SourceError::Url(base.to_owned()));
        }
        Ok(Self {
            base: trimmed.to_owned(),
            endpoint: 0,
            start: 1,
            seen: BTreeSet::new(),
            given: 0,
            total: None,
            stale: 0,
        })
    }

    /// Returns the next resources as lines of the format; `None` after the last.
    ///
    /// # Errors
    /// [`SourceError`] when the source cannot be read; what it gave before is good.
    pub async fn next<F: Fetch>(
        &mut self,
        fetch: &mut F,
        losses: &mut Losses,
    ) -> Result<Option<Vec<Value>>, SourceError> {
        while let Some((endpoint, kind)) = ENDPOINTS.get(self.endpoint) {
            let Some(resources) = self.page(fetch, endpoint).await? else {
                self.finish(kind, losses);
                continue;
            };
            let mut lines = Vec::new();
            for resource in resources {
                if let Some(line) = self.line(fetch, (endpoint, kind), resource, losses).await? {
                    lines.push(line);
                }
            }
            if lines.is_empty() {
                self.stale += 1;
            } else {
                self.stale = 0;
                return Ok(Some(lines));
            }
        }
        Ok(None)
    }

    /// Reads one page; `None` when there is none left.
    async fn page<F: Fetch>(
        &mut self,
        fetch: &mut F,
        endpoint: &str,
    ) -> Result<Option<Vec<Value>>, SourceError> {
        // A server that gives the same again and again knows no pages.
        if self.stale >= STALE_PAGES_MAX {
            return Ok(None);
        }
        let url = format!(
            "{}/{endpoint}?startIndex={}&count={PAGE_COUNT}",
            self.base, self.start
        );
        let body = match ask(fetch, &url).await {
            Ok(body) => body,
            // Some refuse a page behind the last one.
            Err(SourceError::Status { status, .. })
                if self.start > 1 && matches!(status, 400 | 404 | 416) =>
            {
                return Ok(None);
            }
            Err(error) => return Err(error),
        };
        let Value::Object(mut list) = body else {
            return Err(SourceError::NoList { url });
        };
        let total = take(&mut list, "totalResults");
        let resources = match take(&mut list, "Resources") {
            Some(Value::Array(resources)) => resources,
            None | Some(Value::Null) if total.is_some() => Vec::new(),
            _ => return Err(SourceError::NoList { url }),
        };
        self.total = total.and_then(|total| total.as_u64()).or(self.total);
        self.start += resources.len();
        Ok(Some(resources).filter(|resources| !resources.is_empty()))
    }

    /// Makes the line of a resource that is new.
    async fn line<F: Fetch>(
        &mut self,
        fetch: &mut F,
        (endpoint, kind): (&str, &str),
        resource: Value,
        losses: &mut Losses,
    ) -> Result<Option<Value>, SourceError> {
        let Value::Object(mut resource) = resource else {
            losses.note("a list holds what is no resource", kind);
            return Ok(None);
        };
        let id = resource
            .get("id")
            .and_then(Value::as_str)
            .map(str::to_owned);
        let Some(id) = id else {
            losses.note("no id", kind);
            return Ok(None);
        };
        if !self.seen.insert(id.clone()) {
            return Ok(None);
        }
        self.given += 1;
        let has_members = resource
            .keys()
            .any(|key| key.eq_ignore_ascii_case("members"));
        if *kind == *GROUP && !has_members {
            let url = format!("{}/{endpoint}/{}", self.base, segment(&id));
            match ask(fetch, &url).await {
                Ok(Value::Object(whole)) => resource = whole,
                Ok(_) | Err(SourceError::Status { status: 404, .. }) => {
                    losses.note("a listed group cannot be read by its id", &id);
                }
                Err(error) => return Err(error),
            }
        }
        name_kind(&mut resource, kind);
        Ok(Some(Value::Object(resource)))
    }

    /// Goes on to the next type.
    fn finish(&mut self, kind: &str, losses: &mut Losses) {
        let given = u64::try_from(self.given).unwrap_or(u64::MAX);
        if let Some(total) = self.total.filter(|total| *total > given) {
            let what = format!("the source says totalResults {total}, and gives {given}");
            losses.note(&what, kind);
        }
        self.endpoint += 1;
        (self.start, self.given, self.total, self.stale) = (1, 0, None, 0);
    }
}

/// Asks until there is an answer to work with.
async fn ask<F: Fetch>(fetch: &mut F, url: &str) -> Result<Value, SourceError> {
    let mut pause = PAUSE_FIRST;
    for tries in 1.. {
        let asked = fetch.get(url).await;
        let (wait, failure) = match asked {
            Ok(answer) if answer.status == 200 => {
                return serde_json::from_slice(&answer.body).map_err(|_| SourceError::NoList {
                    url: url.to_owned(),
                });
            }
            Ok(Answer {
                status,
                retry_after,
                ..
            }) => {
                let failure = SourceError::Status {
                    url: url.to_owned(),
                    status,
                };
                if !matches!(status, 429 | 500 | 502..=504) {
                    return Err(failure);
                }
                (retry_after.unwrap_or(pause).min(PAUSE_LONGEST), failure)
            }
            Err(why) => {
                let url = url.to_owned();
                (pause, SourceError::Silent { url, why })
            }
        };
        if tries >= TRIES_MAX {
            return Err(failure);
        }
        fetch.pause(wait).await;
        pause *= 2;
    }
    Err(SourceError::NoList {
        url: url.to_owned(),
    })
}

/// Says the type as the format does, whatever the source says.
fn name_kind(resource: &mut Map<String, Value>, kind: &str) {
    let meta = resource
        .entry("meta")
        .or_insert_with(|| Value::Object(Map::new()));
    if !meta.is_object() {
        *meta = Value::Object(Map::new());
    }
    if let Some(meta) = meta.as_object_mut() {
        meta.insert("resourceType".to_owned(), kind.into());
    }
}

fn take(map: &mut Map<String, Value>, name: &str) -> Option<Value> {
    let key = map
        .keys()
        .find(|key| key.eq_ignore_ascii_case(name))?
        .clone();
    map.remove(&key)
}

/// Encodes an id as one segment of a path.
fn segment(id: &str) -> String {
    let mut text = String::with_capacity(id.len());
    for byte in id.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                text.push(byte.into());
            }
            _ => {
                text.push('%');
                text.extend([byte >> 4, byte & 15].map(|digit| {
                    char::from_digit(digit.into(), 16)
                        .unwrap_or('0')
                        .to_ascii_uppercase()
                }));
            }
        }
    }
    text
}

const GROUP: &str = "Group";
const ENDPOINTS: &[(&str, &str)] = &[("Users", "User"), ("Groups", GROUP)];
/// How many resources are asked for at once.
const PAGE_COUNT: usize = 100;
/// After so many pages with nothing new a list is over.
const STALE_PAGES_MAX: u32 = 2;
const TRIES_MAX: u32 = 6;
const PAUSE_FIRST: Duration = Duration::from_millis(250);
const PAUSE_LONGEST: Duration = Duration::from_mins(1);
