//! A request as a handler sees it: parameters and body already checked against the route's row.

use std::{convert::Infallible, time::Duration};

use axum::{
    body::{Body, Bytes, to_bytes},
    extract::{FromRequest, MatchedPath, Query as Pairs, RawPathParams, Request},
};
use enroll_schema::json;
use http::{HeaderMap, header, request::Parts, uri::Authority};
use serde_json::{Map, Value};
use tokio::time::timeout;

use crate::{
    Problem, ProblemKind,
    auth::Caller,
    cursor::List,
    fields::Fields,
    near::unknown,
    routes::{Route, Takes},
};

/// Most bytes of a body.
pub(crate) const BODY_BYTES_MAX: usize = 1 << 20;
/// Most bytes of lines.
pub(crate) const LINES_BYTES_MAX: usize = 8 << 20;
/// Most entries of a page; the default is [`PAGE_DEFAULT`].
pub(crate) const PAGE_MAX: usize = 1_000;
/// How many entries a page has unless told otherwise.
pub(crate) const PAGE_DEFAULT: usize = 100;
/// How long a body may take to arrive.
const BODY_DEADLINE: Duration = Duration::from_secs(30);

/// A request that fits its route.
pub(crate) struct Asked {
    path: Vec<(String, String)>,
    query: Vec<(String, String)>,
    body: Value,
    lines: Bytes,
    caller: Option<Caller>,
    /// Scheme and host as the caller spelled them.
    pub(crate) origin: String,
}

impl<S: Send + Sync> FromRequest<S> for Asked {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let (mut parts, body) = request.into_parts();
        let route = route(&parts).ok_or_else(nowhere)?;
        let (path, query) = (path(&mut parts, state).await?, query(&parts, route)?);
        let (body, lines) = match route.body {
            Takes::Lines => (Value::Null, read_lines(&parts.headers, body).await?),
            takes => (read(&parts.headers, body, takes).await?, Bytes::new()),
        };
        Ok(Self {
            path,
            query,
            body,
            lines,
            caller: parts.extensions.remove(),
            origin: origin(&parts.headers, parts.uri.authority()),
        })
    }
}

impl Asked {
    /// Returns who asks.
    ///
    /// # Errors
    /// `Unauthorized` on a path that is open to anybody.
    pub(crate) fn caller(&self) -> Result<&Caller, Problem> {
        let nobody = || Problem::new(ProblemKind::Unauthorized, "send a management key");
        self.caller.as_ref().ok_or_else(nobody)
    }

    /// Returns a parameter of the path.
    pub(crate) fn named(&self, name: &str) -> &str {
        value(&self.path, name).unwrap_or_default()
    }

    /// Returns a parameter of the query; an empty one counts as not sent.
    pub(crate) fn parameter(&self, name: &str) -> Option<&str> {
        value(&self.query, name).filter(|value| !value.is_empty())
    }

    /// Returns how many entries the page shall have.
    pub(crate) fn limit(&self) -> Result<usize, Problem> {
        let limit = self.number("limit", 1, PAGE_MAX as u64)?;
        Ok(limit
            .and_then(|limit| usize::try_from(limit).ok())
            .unwrap_or(PAGE_DEFAULT))
    }

    /// Returns the key after which a list goes on.
    pub(crate) fn after(&self, list: List) -> Result<Option<String>, Problem> {
        self.parameter("after")
            .map(|cursor| list.read(cursor))
            .transpose()
    }

    /// Returns the name of the management key that was used, for the audit log.
    pub(crate) fn actor(&self) -> String {
        self.caller
            .as_ref()
            .map(|caller| caller.name.clone())
            .unwrap_or_default()
    }

    /// Returns the number after which a list goes on.
    pub(crate) fn place(&self, list: List) -> Result<Option<u64>, Problem> {
        let refused = |_| {
            let detail = "after: send the `next` of the page before, unchanged";
            Problem::new(ProblemKind::InvalidCursor, detail).at("after")
        };
        let key = self.after(list)?;
        key.map(|key| key.parse().map_err(refused)).transpose()
    }

    /// Returns a parameter that is `true` or `false`.
    pub(crate) fn flag(&self, name: &str) -> Result<Option<bool>, Problem> {
        match self.parameter(name) {
            None => Ok(None),
            Some("true") => Ok(Some(true)),
            Some("false") => Ok(Some(false)),
            Some(_) => Err(misfit(name, "expected true or false")),
        }
    }

    /// Returns a parameter that is a whole number between two bounds.
    pub(crate) fn number(&self, name: &str, least: u64, most: u64) -> Result<Option<u64>, Problem> {
        let Some(text) = self.parameter(name) else {
            return Ok(None);
        };
        let number = text
            .parse()
            .ok()
            .filter(|number| (least..=most).contains(number));
        match number {
            Some(number) if text.bytes().all(|byte| byte.is_ascii_digit()) => Ok(Some(number)),
            _ => Err(misfit(
                name,
                &format!("expected a whole number from {least} to {most}"),
            )),
        }
    }

    /// Returns the lines of the body.
    pub(crate) fn lines(&self) -> &[u8] {
        &self.lines
    }

    /// Returns the body's members; their names are known ones.
    pub(crate) fn fields(self) -> Result<Fields, Problem> {
        Fields::of(self.body, "")
    }

    /// Returns the body's members as they are.
    pub(crate) fn members(self) -> Map<String, Value> {
        match self.body {
            Value::Object(members) => members,
            _ => Map::new(),
        }
    }
}

/// Makes the answer to a path that leads nowhere.
pub(crate) fn nowhere() -> Problem {
    Problem::not_found("there is nothing at this path")
}

fn misfit(name: &str, expected: &str) -> Problem {
    Problem::new(ProblemKind::InvalidParameter, format!("{name}: {expected}")).at(name)
}

fn value<'a>(pairs: &'a [(String, String)], name: &str) -> Option<&'a str> {
    pairs
        .iter()
        .find(|(known, _)| known == name)
        .map(|(_, value)| value.as_str())
}

/// Finds the row of the table; what has none is not served, whatever the router thinks.
fn route(parts: &Parts) -> Option<&'static Route> {
    let path = parts.extensions.get::<MatchedPath>()?;
    Route::find(parts.method.as_str(), path.as_str())
}

async fn path<S: Send + Sync>(
    parts: &mut Parts,
    state: &S,
) -> Result<Vec<(String, String)>, Problem> {
    use axum::extract::FromRequestParts as _;
    let params = RawPathParams::from_request_parts(parts, state)
        .await
        .map_err(|_| nowhere())?;
    Ok(params
        .iter()
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect())
}

fn query(parts: &Parts, route: &Route) -> Result<Vec<(String, String)>, Problem> {
    let unreadable = || {
        let detail = "the query is not name=value pairs joined by &";
        Problem::new(ProblemKind::InvalidParameter, detail)
    };
    let pairs = Pairs::<Vec<(String, String)>>::try_from_uri(&parts.uri);
    let Pairs(pairs) = pairs.map_err(|_| unreadable())?;
    for (at, (name, _)) in pairs.iter().enumerate() {
        if !route.query.contains(&name.as_str()) {
            return Err(unknown(
                ProblemKind::UnknownParameter,
                "parameter",
                name,
                route.query,
            ));
        }
        if pairs.iter().take(at).any(|(earlier, _)| earlier == name) {
            return Err(misfit(name, "send it once"));
        }
    }
    Ok(pairs)
}

/// Reads a body that the route takes; where it takes none, nothing is read.
async fn read(headers: &HeaderMap, body: Body, takes: Takes) -> Result<Value, Problem> {
    let keys = match takes {
        Takes::Nothing | Takes::Lines => return Ok(Value::Null),
        Takes::Keys(keys) => Some(keys),
        Takes::Policy => None,
    };
    let bytes = arrived(body, BODY_BYTES_MAX).await?;
    if bytes.is_empty() {
        return Ok(Value::Object(Map::new()));
    }
    is_json(headers)?;
    let value = json::parse(&bytes)
        .map_err(|error| Problem::new(ProblemKind::InvalidJson, error.detail().to_owned()))?;
    let Value::Object(members) = &value else {
        return Err(Problem::new(
            ProblemKind::InvalidJson,
            "expected a JSON object: {…}",
        ));
    };
    let stranger = keys.and_then(|keys| {
        let name = members.keys().find(|name| !keys.contains(&name.as_str()))?;
        Some(unknown(ProblemKind::UnknownKey, "key", name, keys).at(name))
    });
    stranger.map_or(Ok(value), Err)
}

async fn read_lines(headers: &HeaderMap, body: Body) -> Result<Bytes, Problem> {
    let kind = headers.get(header::CONTENT_TYPE);
    if kind.is_none_or(|kind| {
        !kind
            .as_bytes()
            .eq_ignore_ascii_case(b"application/x-ndjson")
    }) {
        let detail = "send the lines with Content-Type: application/x-ndjson";
        return Err(Problem::new(ProblemKind::UnsupportedMediaType, detail));
    }
    arrived(body, LINES_BYTES_MAX).await
}

async fn arrived(body: Body, most: usize) -> Result<Bytes, Problem> {
    let late = Problem::new(
        ProblemKind::Timeout,
        "send the whole body within 30 seconds",
    );
    let bytes = timeout(BODY_DEADLINE, to_bytes(body, most))
        .await
        .map_err(|_| late)?;
    bytes.map_err(|error| {
        let detail = format!("send at most {most} bytes, whole");
        Problem::new(ProblemKind::TooLarge, detail).because(error)
    })
}

fn is_json(headers: &HeaderMap) -> Result<(), Problem> {
    let kind = headers
        .get(header::CONTENT_TYPE)
        .and_then(|kind| kind.to_str().ok());
    let essence = kind
        .and_then(|kind| kind.split(';').next())
        .unwrap_or_default()
        .trim();
    let is_json = essence.eq_ignore_ascii_case("application/json")
        || essence.to_ascii_lowercase().ends_with("+json");
    if is_json {
        return Ok(());
    }
    let detail = "send the body with Content-Type: application/json";
    Err(Problem::new(ProblemKind::UnsupportedMediaType, detail))
}

/// Returns scheme and host as the caller spelled them, for a server that was not told its own name.
fn origin(headers: &HeaderMap, authority: Option<&Authority>) -> String {
    let host = headers
        .get(header::HOST)
        .and_then(|host| host.to_str().ok());
    let host = authority.map(Authority::as_str).or(host);
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b".-_:[]".contains(&byte);
    let is_plain = |host: &&str| (1..=255).contains(&host.len()) && host.bytes().all(plain);
    let scheme = match headers.get("x-forwarded-proto") {
        Some(proto) if proto == "https" => "https",
        _ => "http",
    };
    format!(
        "{scheme}://{}",
        host.filter(is_plain).unwrap_or("localhost")
    )
}

/// Takes the state itself as the first argument of a handler, so that handlers are methods.
impl<T, D, L> axum::extract::FromRequestParts<Self> for crate::Manage<T, D, L>
where
    Self: Clone + Send + Sync,
{
    type Rejection = Infallible;

    async fn from_request_parts(_: &mut Parts, state: &Self) -> Result<Self, Infallible> {
        Ok(state.clone())
    }
}
