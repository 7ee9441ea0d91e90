//! From what was sent to what was meant.

use std::borrow::Cow;

use enroll_schema::{ResourceType, Schemas};
use serde_json::Value;

use crate::{
    Dialect, Effect, Quirk,
    pass::Pass,
    query::{decode, encode},
    rule::{Members, Rule, Spot, member_mut},
    switches::Switches,
    told,
};

/// A request as far as quirks look at it.
#[derive(Clone, Debug, PartialEq)]
pub struct Incoming {
    /// The method in upper case.
    pub method: String,
    /// The path below the base URL, decoded once, for instance `/Users/123`.
    pub path: String,
    /// The raw query without `?`.
    pub query: Option<String>,
    /// The parsed body.
    pub body: Option<Value>,
    /// The `User-Agent` header.
    pub user_agent: Option<String>,
}

/// Which quirks fired, in order, without repeats.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Applied {
    /// The quirks.
    pub fired: Vec<&'static Quirk>,
}

impl Applied {
    /// Returns the stable names of what fired, for a log or a metric.
    pub fn ids(&self) -> impl Iterator<Item = &'static str> + '_ {
        self.fired.iter().map(|quirk| quirk.id)
    }

    /// Returns the provider that what fired points at, if only one is known to send it.
    ///
    /// A hint for a person: it is never certain enough to switch a dialect.
    pub fn suggests(&self) -> Option<Dialect> {
        let only = |quirk: &&'static Quirk| match quirk.dialects {
            [dialect] if quirk.effect == Effect::Accepts => Some(*dialect),
            _ => None,
        };
        let mut found = self.fired.iter().filter_map(only);
        let first = found.next()?;
        found.all(|next| next == first).then_some(first)
    }
}

/// Rewrites `request` into what its sender meant and says which quirks fired.
///
/// Idempotent. A request without quirks is left alone: seeing that costs one walk over the body,
/// and decoding the parameters that name attributes. `Strict` looks at nothing. What cannot be
/// understood stays as sent, so that whoever reads it next refuses it with the right error and
/// position.
///
/// ```
/// use enroll_quirks::{Dialect, Incoming, inbound};
/// use enroll_schema::Schemas;
/// use serde_json::json;
///
/// let mut request = Incoming {
///     method: "POST".into(),
///     path: "/Users".into(),
///     query: None,
///     body: Some(json!({"userName": "ada", "active": "True", "department": "Locks"})),
///     user_agent: None,
/// };
/// let applied = inbound(Dialect::Auto, &Schemas::standard(), &mut request);
/// let enterprise = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";
/// let meant = json!({"userName": "ada", "active": true, enterprise: {"department": "Locks"}});
/// assert_eq!(request.body, Some(meant));
/// let ids: Vec<_> = applied.ids().collect();
/// assert_eq!(ids, ["unqualified-extension-attribute", "text-boolean"]);
/// ```
pub fn inbound(dialect: Dialect, schemas: &Schemas, request: &mut Incoming) -> Applied {
    if dialect == Dialect::Strict {
        return Applied::default();
    }
    let mut switches = Switches::new(dialect);
    rewrite(&mut switches, schemas, request);
    Applied {
        fired: switches.quirks(),
    }
}

/// Does as [`inbound`] without one rule of the quirk called `id`.
///
/// For tests that show what would happen if the rule were not there.
#[doc(hidden)]
pub fn inbound_without(
    (id, rule): (&str, usize),
    dialect: Dialect,
    schemas: &Schemas,
    request: &mut Incoming,
) -> Applied {
    let mut switches = Switches::new(dialect).without(id, rule);
    rewrite(&mut switches, schemas, request);
    Applied {
        fired: switches.quirks(),
    }
}

/// Lets every rule that is on look at the request, and rewrite it.
pub(crate) fn rewrite(switches: &mut Switches, schemas: &Schemas, request: &mut Incoming) {
    switches.each(
        Spot::Request,
        request,
        told::request,
        |request, rule| match rule {
            Rule::Request(rewrite) => rewrite(schemas, request),
            _ => false,
        },
    );
    let Route { kind, message } = route(schemas, &request.method, &request.path);
    if let Some(kind) = kind {
        let mut pass = Pass { kind, switches };
        if let Some(query) = request
            .query
            .as_deref()
            .and_then(|query| parameters(&mut pass, query))
        {
            request.query = Some(query);
        }
        if let Some(Value::Object(body)) = &mut request.body {
            match message {
                Message::Resource => pass.resource(body),
                Message::Patch => pass.patch(body),
                Message::Search => search(&mut pass, body),
                Message::None => {}
            }
        }
    }
}

/// What a request is about.
struct Route<'a> {
    kind: Option<&'a ResourceType>,
    message: Message,
}

/// What its body is.
#[derive(Clone, Copy)]
enum Message {
    Resource,
    Patch,
    Search,
    None,
}

fn route<'a>(schemas: &'a Schemas, method: &str, path: &str) -> Route<'a> {
    let mut segments = path.split('/').skip(1);
    let kind = segments.next().and_then(|first| schemas.endpoint(first));
    let message = match (method, segments.next(), segments.next()) {
        ("POST", Some(".search"), None) => Message::Search,
        ("POST", None, _) | ("PUT", Some(_), None) => Message::Resource,
        ("PATCH", Some(_), None) => Message::Patch,
        _ => Message::None,
    };
    Route { kind, message }
}

/// Looks at the parameters that name attributes; returns the query as it should read.
fn parameters(pass: &mut Pass<'_>, query: &str) -> Option<String> {
    if !query.split('&').any(names_attributes) {
        return None;
    }
    let piece = |piece| parameter(pass, piece).map_or(Cow::Borrowed(piece), Cow::Owned);
    let pieces: Vec<Cow<'_, str>> = query.split('&').map(piece).collect();
    let changed = pieces.iter().any(|piece| matches!(piece, Cow::Owned(_)));
    changed.then(|| pieces.join("&"))
}

fn names_attributes(piece: &str) -> bool {
    let name = piece.split('=').next().unwrap_or_default();
    ["filter", "attributes", "excludedAttributes", "sortBy"].contains(&name)
}

fn parameter(pass: &mut Pass<'_>, piece: &str) -> Option<String> {
    let (name, value) = piece.split_once('=')?;
    let value = match name {
        "filter" => pass.filter(&decode(value)),
        "sortBy" => pass.name(&decode(value)),
        "attributes" | "excludedAttributes" => selection(pass, &decode(value)),
        _ => None,
    };
    value.map(|value| format!("{name}={}", encode(&value)))
}

fn selection(pass: &mut Pass<'_>, list: &str) -> Option<String> {
    let entry = |entry: &'_ str| pass.selection(entry.trim());
    let rewritten: Vec<Option<String>> = entries(list).into_iter().map(entry).collect();
    if rewritten.iter().all(Option::is_none) {
        return None;
    }
    let pairs = entries(list).into_iter().zip(rewritten);
    let entries: Vec<String> = pairs
        .map(|(old, new)| new.unwrap_or_else(|| old.to_owned()))
        .collect();
    Some(entries.join(","))
}

/// Splits at commas that stand outside brackets.
fn entries(list: &str) -> Vec<&str> {
    let mut depth = 0_usize;
    list.split(|c| {
        match c {
            '[' => depth += 1,
            ']' => depth = depth.saturating_sub(1),
            _ => {}
        }
        c == ',' && depth == 0
    })
    .collect()
}

/// Looks at a search message (RFC 7644 §3.4.3).
fn search(pass: &mut Pass<'_>, body: &mut Members) {
    for name in ["filter", "sortBy"] {
        if let Some(Value::String(text)) = member_mut(body, name) {
            let rewritten = if name == "filter" {
                pass.filter(text)
            } else {
                pass.name(text)
            };
            *text = rewritten.unwrap_or_else(|| std::mem::take(text));
        }
    }
    for name in ["attributes", "excludedAttributes"] {
        let Some(Value::Array(list)) = member_mut(body, name) else {
            continue;
        };
        for entry in list.iter_mut() {
            let Value::String(text) = entry else { continue };
            *text = pass.selection(text).unwrap_or_else(|| std::mem::take(text));
        }
    }
}
