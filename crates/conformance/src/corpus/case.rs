//! One case of the corpus, read strictly: an unknown field is an error.

use std::collections::BTreeMap;
use std::str::FromStr;

use serde::Deserialize;
use serde_json::Value;

use super::dialect_of;
use super::exceptions;
use super::ids::Ids;
use super::pattern::Pattern;

/// One request as a provider sends it, what exists before, and what must be true afterwards.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Case {
    /// Provider, area and number, for instance `ENTRA-G-09`.
    pub id: String,
    /// The provider, which is also the folder the case lies in.
    pub idp: String,
    /// A mode of that provider, such as `aadOptscim062020`.
    #[serde(default)]
    pub variant: Option<String>,
    /// The behaviours of the catalogue which this case shows, such as `ENTRA-49`.
    pub catalogue: Vec<String>,
    /// What the request is, in one sentence.
    pub note: String,
    /// Where the shape of the request was read.
    pub source: Vec<String>,
    /// How sure the source is.
    pub confidence: Confidence,
    /// How the request (not the answer) stands against RFC 7643 and RFC 7644.
    pub rfc: Standing,
    /// Free words for selecting.
    pub tags: Vec<String>,
    /// Says what else an answer could be, where the expectation is a choice.
    #[serde(default)]
    pub policy: Option<String>,
    /// What exists before.
    pub given: Vec<Given>,
    /// What is sent.
    pub request: Request,
    /// What must be true of the answer, and after it.
    pub expect: Expect,
    /// The same for a server that was not told who is calling, where that differs; [`EXCEPTIONS`]
    /// come before it.
    ///
    /// [`EXCEPTIONS`]: super::EXCEPTIONS
    #[serde(default)]
    pub unnamed: Option<Expect>,
}

/// Grades the source of a case.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Confidence {
    /// The vendor's or the RFC's text says so.
    Documented,
    /// Seen in public code or test data which handles that client.
    Fixture,
    /// One thread, log or third-party guide.
    Anecdotal,
    /// A conclusion, not seen on the wire.
    Inferred,
}

/// Places a request against the RFCs.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Standing {
    /// The judgement.
    pub verdict: Verdict,
    /// The section it rests on.
    #[serde(default, rename = "ref")]
    pub section: Option<String>,
}

/// Judges a request by the RFCs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// The request is as the RFC wants it.
    Conforms,
    /// The request is not what the RFC wants.
    Deviates,
    /// The RFC can be read both ways.
    Ambiguous,
    /// The RFC says nothing.
    Silent,
}

/// A resource which exists before the request.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Given {
    /// Its type.
    pub resource_type: Kind,
    /// The resource in the RFC's own form, `id` included.
    pub resource: Value,
}

/// The resource types of the corpus.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
pub enum Kind {
    /// RFC 7643 §4.1.
    User,
    /// RFC 7643 §4.2.
    Group,
}

impl Kind {
    /// Returns the path of the type below the base URL (RFC 7644 §3.2).
    pub fn endpoint(self) -> &'static str {
        match self {
            Self::User => "/Users",
            Self::Group => "/Groups",
        }
    }
}

/// The request as it stands on the wire, without the bearer token.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Request {
    /// `GET`, `POST`, `PUT`, `PATCH` or `DELETE`.
    pub method: String,
    /// The path below the base URL.
    pub path: String,
    /// The raw query: `None` is no `?` at all, `Some("")` a bare one.
    pub query: Option<String>,
    /// Header fields; an empty `User-Agent` says that none is sent.
    pub headers: BTreeMap<String, String>,
    /// A JSON body.
    #[serde(default)]
    pub body: Option<Value>,
    /// A body which is no JSON, sent as it is.
    #[serde(default)]
    pub raw_body: Option<String>,
}

/// What must be true of the answer, and afterwards.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Expect {
    /// The status.
    pub status: u16,
    /// Other statuses which are as good.
    #[serde(default)]
    pub status_also: Vec<u16>,
    /// Header fields by lower-case name.
    #[serde(default)]
    pub headers: BTreeMap<String, Pattern>,
    /// The answer has no body.
    #[serde(default)]
    pub body_empty: bool,
    /// The body, when there is one.
    #[serde(default)]
    pub body: Option<Pattern>,
    /// Resources as a GET must show them afterwards.
    #[serde(default)]
    pub after: Vec<After>,
    /// Resources which must be 404 afterwards.
    #[serde(default)]
    pub gone: Vec<Gone>,
    /// How many resources of a type there are afterwards.
    #[serde(default)]
    pub count: BTreeMap<Kind, u64>,
    /// The quirks that the server notes for the request, by name; asked only of a server whose log
    /// can be read ([`Wire::quirks`](super::Wire::quirks)).
    #[serde(default)]
    pub quirks: Option<Vec<String>>,
}

/// A resource as a GET must show it afterwards.
#[derive(Clone, Debug, Deserialize)]
#[serde(try_from = "WrittenAfter")]
pub struct After {
    /// Its type.
    pub resource_type: Kind,
    /// Which one.
    pub which: Which,
    /// What it looks like.
    pub pattern: Pattern,
}

/// Points at one resource.
#[derive(Clone, Debug)]
pub enum Which {
    /// The one with this id, as `given` writes it.
    Id(String),
    /// The only one which looks so, for ids the server made.
    Find(Pattern),
}

/// A resource which must be 404 afterwards.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Gone {
    /// Its type.
    pub resource_type: Kind,
    /// Its id, as `given` writes it.
    pub id: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct WrittenAfter {
    resource_type: Kind,
    id: Option<String>,
    find: Option<Pattern>,
    r#match: Pattern,
}

impl TryFrom<WrittenAfter> for After {
    type Error = &'static str;

    fn try_from(written: WrittenAfter) -> Result<Self, &'static str> {
        let WrittenAfter {
            resource_type,
            id,
            find,
            r#match: pattern,
        } = written;
        let which = match (id, find) {
            (Some(id), None) => Which::Id(id),
            (None, Some(find)) => Which::Find(find),
            _ => return Err("`after` names its resource by either `id` or `find`"),
        };
        Ok(Self {
            resource_type,
            which,
            pattern,
        })
    }
}

impl FromStr for Case {
    type Err = serde_json::Error;

    fn from_str(text: &str) -> Result<Self, serde_json::Error> {
        serde_json::from_str(text)
    }
}

impl Case {
    /// Returns the case as it is expected of a server which speaks `dialect` to this client.
    ///
    /// Applies [`EXCEPTIONS`](super::EXCEPTIONS). In a dialect that is not the case's own, such as
    /// `auto`, the request also loses the header fields by which a provider can be recognised: it
    /// comes from a client nobody knows.
    pub fn under(mut self, dialect: &str) -> Self {
        let named = dialect == dialect_of(&self);
        if !named {
            self.request
                .headers
                .retain(|name, _| !TELL_TALES.contains(&name.as_str()));
        }
        let unnamed = self.unnamed.clone().filter(|_| !named);
        if let Some(expect) = exceptions::instead(&self.id, named).or(unnamed) {
            self.expect = expect;
        }
        self
    }

    /// Tells whether the request is sent twice, because a repeat must change nothing.
    pub fn is_repeatable(&self) -> bool {
        let tagged = self
            .tags
            .iter()
            .any(|tag| REPEATED_TAGS.contains(&tag.as_str()));
        tagged && REPEATED_METHODS.contains(&self.request.method.as_str())
    }

    pub(super) fn rename(&mut self, ids: &Ids) {
        let Request {
            path,
            query,
            body,
            raw_body,
            ..
        } = &mut self.request;
        for text in [Some(path), query.as_mut(), raw_body.as_mut()]
            .into_iter()
            .flatten()
        {
            *text = ids.rename_text(text);
        }
        if let Some(body) = body {
            ids.rename(body);
        }
        self.expect.rename(ids);
    }
}

impl Expect {
    fn rename(&mut self, ids: &Ids) {
        self.headers
            .values_mut()
            .chain(&mut self.body)
            .for_each(|pattern| pattern.rename(ids));
        for after in &mut self.after {
            after.pattern.rename(ids);
            match &mut after.which {
                Which::Id(id) => *id = ids.rename_text(id),
                Which::Find(pattern) => pattern.rename(ids),
            }
        }
        self.gone
            .iter_mut()
            .for_each(|gone| gone.id = ids.rename_text(&gone.id));
    }
}

/// Header fields which only one provider sends (ENTRA-55, OKTA-01).
const TELL_TALES: &[&str] = &["Adscimversion", "User-Agent"];

/// Providers repeat these after a lost answer, and Entra cannot see whether they were needed.
const REPEATED_TAGS: &[&str] = &["members-add", "members-remove", "active"];
const REPEATED_METHODS: &[&str] = &["PATCH", "PUT"];
