//! A line of the request log, read back into the request it tells of.

use std::fmt;

use bytes::Bytes;
use enroll_quirks::Dialect;
use enroll_store::Note;
use serde::{Deserialize, Serialize};
use serde_json::{Value, value::RawValue};

use crate::{
    call::{Call, Headers},
    note::TEXT_NOTED_BYTES_MAX,
    secret::REDACTED,
};

/// A recorded request that can be played again.
#[derive(Clone, Debug)]
pub struct Recorded {
    /// The request, in the dialect it was read in.
    pub call: Call,
    /// What it was answered, and how it was read.
    pub told: Told,
    /// What of it is not as it was sent.
    pub caveats: Vec<String>,
}

/// How a request was read and answered, as its line says.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Told {
    /// The dialect it was read in.
    pub dialect: String,
    /// The status.
    pub status: u16,
    /// The `scimType` of a refusal.
    #[serde(rename = "scimType", skip_serializing_if = "Option::is_none")]
    pub scim_type: Option<String>,
    /// The detail of a refusal.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    /// The quirks that fired.
    pub quirks: Vec<String>,
    /// What it was read as, if quirks rewrote it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub read_as: Option<Value>,
    /// Names in the body that were not understood.
    pub ignored: Vec<String>,
}

/// Why a recorded request cannot be played again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Unplayable {
    /// The line tells of no request.
    NoRequest,
    /// The log keeps personal data as hashes.
    Hashed,
    /// The body was too long to be kept, or no JSON.
    NoBody,
    /// It was refused before it was read, for what the log does not keep.
    NotRead,
    /// Its path or query may have held a secret.
    SecretQuery,
    /// Path, query or user agent are longer than the log keeps.
    Cut,
    /// It set nothing but a secret, which the log does not keep.
    OnlySecret,
    /// Its `If-Match` decided, which the log does not keep.
    Precondition,
}

impl fmt::Display for Unplayable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NoRequest => "this line tells of no single request",
            Self::Hashed => {
                "this request was kept with pii = hash: its personal values are hashes, so it can be neither replayed nor exported"
            }
            Self::NoBody => "the body of this request was not kept: it was too long, or no JSON",
            Self::NotRead => {
                "this request was refused before it was read, by its token, its length or its headers; these are not kept"
            }
            Self::SecretQuery => {
                "the path or query of this request may have held a secret and was not kept"
            }
            Self::Cut => "the path or query of this request was too long to be kept whole",
            Self::OnlySecret => "this request set nothing but a password, which is not kept",
            Self::Precondition => "this request was decided by its If-Match header, which is not kept",
        })
    }
}

impl std::error::Error for Unplayable {}

/// Statuses that are answered before a request is read, or for a header that the log does not keep.
const UNREAD: &[u16] = &[401, 408, 413, 415, 429];

#[derive(Deserialize)]
struct Line<'a> {
    method: Option<String>,
    #[serde(default)]
    path: String,
    query: Option<String>,
    #[serde(default)]
    dialect: String,
    user_agent: Option<String>,
    pii: Option<String>,
    #[serde(default)]
    quirks: Vec<Fired>,
    read_as: Option<Value>,
    #[serde(default)]
    ignored: Vec<String>,
    #[serde(default)]
    error: Refused,
    #[serde(borrow)]
    sent: Option<&'a RawValue>,
    sent_bytes: Option<u64>,
}

/// A quirk as a line names it.
#[derive(Deserialize)]
#[serde(untagged)]
enum Fired {
    Id(String),
    Told { id: String },
}

#[derive(Default, Deserialize)]
struct Refused {
    #[serde(rename = "scimType")]
    scim_type: Option<String>,
    detail: Option<String>,
}

impl Recorded {
    /// Reads a line of the request log.
    ///
    /// # Errors
    /// [`Unplayable`], when the log kept too little of it.
    pub fn read(note: &Note) -> Result<Self, Unplayable> {
        let line: Line<'_> =
            serde_json::from_slice(&note.body).map_err(|_| Unplayable::NoRequest)?;
        let method = line.method.clone().ok_or(Unplayable::NoRequest)?;
        let is_cut = |text: &str| text.len() + 3 >= TEXT_NOTED_BYTES_MAX;
        let query = line.query.as_deref();
        match note.status {
            _ if line.pii.is_some() => return Err(Unplayable::Hashed),
            _ if query == Some(REDACTED) || line.path == REDACTED => {
                return Err(Unplayable::SecretQuery);
            }
            _ if is_cut(&line.path) || query.is_some_and(is_cut) => return Err(Unplayable::Cut),
            412 => return Err(Unplayable::Precondition),
            status if UNREAD.contains(&status) => return Err(Unplayable::NotRead),
            _ if line.sent.is_none() && line.sent_bytes.is_some() => {
                return Err(Unplayable::NoBody);
            }
            _ => {}
        }
        let mut caveats = Vec::new();
        let body = line.sent.map_or(Ok(Bytes::new()), |sent| {
            let (body, is_whole) = known(sent)?;
            if !is_whole {
                caveats.push("the log keeps no password: it is played without".to_owned());
            }
            Ok(body)
        })?;
        let headers = Headers {
            content_type: Some("application/scim+json".to_owned()),
            user_agent: line.user_agent.clone(),
            ..Headers::default()
        };
        let call = Call {
            request: note.id.clone(),
            query: line.query.clone(),
            headers,
            body,
            dialect: Dialect::named(&line.dialect).unwrap_or(Dialect::Auto),
            ..Call::new(&method, &line.path)
        };
        let told = line.told(note.status);
        Ok(Self {
            call,
            told,
            caveats,
        })
    }
}

impl Line<'_> {
    fn told(self, status: u16) -> Told {
        let id = |fired| match fired {
            Fired::Id(id) | Fired::Told { id } => id,
        };
        Told {
            dialect: self.dialect,
            status,
            scim_type: self.error.scim_type,
            detail: self.error.detail,
            quirks: self.quirks.into_iter().map(id).collect(),
            read_as: self.read_as.map(unredacted),
            ignored: self.ignored,
        }
    }
}

impl Told {
    /// Reads what a line says of a request that was answered with `status`.
    pub(crate) fn of(status: u16, line: Option<&[u8]>) -> Self {
        let line = line.and_then(|line| serde_json::from_slice::<Line<'_>>(line).ok());
        let bare = Self {
            status,
            ..Self::default()
        };
        line.map_or(bare, |line| line.told(status))
    }

    /// Names what is not the same.
    pub(crate) fn differences(&self, other: &Self) -> Vec<&'static str> {
        let rows = [
            ("dialect", self.dialect == other.dialect),
            ("status", self.status == other.status),
            ("scimType", self.scim_type == other.scim_type),
            ("detail", self.detail == other.detail),
            ("quirks", self.quirks == other.quirks),
            ("read_as", self.read_as == other.read_as),
            ("ignored", self.ignored == other.ignored),
        ];
        let unlike = rows.into_iter().filter(|(_, same)| !same);
        unlike.map(|(name, _)| name).collect()
    }
}

/// Returns a body as it was sent, or, when secrets were cut out of it, the rest and `false`.
fn known(sent: &RawValue) -> Result<(Bytes, bool), Unplayable> {
    let raw = sent.get();
    let whole = || Bytes::copy_from_slice(raw.as_bytes());
    if !raw.contains(REDACTED) {
        return Ok((whole(), true));
    }
    let value: Value = serde_json::from_str(raw).map_err(|_| Unplayable::NoBody)?;
    let rest = unredacted(value.clone());
    if rest == value {
        return Ok((whole(), true));
    }
    if operations(&value).is_some_and(|all| all > 0) && operations(&rest) == Some(0) {
        return Err(Unplayable::OnlySecret);
    }
    Ok((rest.to_string().into(), false))
}

fn operations(body: &Value) -> Option<usize> {
    let members = body.as_object()?;
    let named = |(name, _): &(&String, &Value)| name.eq_ignore_ascii_case("Operations");
    members.iter().find(named)?.1.as_array().map(Vec::len)
}

/// Takes out what the log cut: members that say so, and operations whose path or value does.
pub(crate) fn unredacted(mut value: Value) -> Value {
    let is_cut = |value: &Value| value.as_str() == Some(REDACTED);
    let is_operation = |value: &Value| {
        let members = value.as_object();
        members.is_some_and(|m| m.keys().any(|name| name.eq_ignore_ascii_case("op")))
    };
    let is_secret = |value: &Value| {
        let mut members = value.as_object().into_iter().flatten();
        is_operation(value) && members.any(|(_, member)| is_cut(member))
    };
    let mut open = vec![&mut value];
    while let Some(value) = open.pop() {
        match value {
            Value::Array(list) => {
                list.retain(|element| !is_secret(element) && !is_cut(element));
                open.extend(list);
            }
            Value::Object(members) => {
                members.retain(|_, member| !is_cut(member));
                open.extend(members.values_mut());
            }
            _ => {}
        }
    }
    value
}

#[cfg(test)]
mod tests {
    use enroll_schema::Timestamp;
    use enroll_store::RequestId;
    use serde_json::json;

    use super::*;

    fn note(status: u16, line: &Value) -> Note {
        Note {
            id: RequestId::new("req_1"),
            at: Timestamp::from_millis(0),
            subject: None,
            status,
            body: line.to_string().into(),
        }
    }

    #[test]
    fn a_line_is_the_request_again() {
        let line = json!({
            "method": "PATCH", "path": "/Users/u1", "query": "a=b", "dialect": "entra",
            "user_agent": "x", "status": 400, "quirks": ["one", {"id": "two", "changes": []}],
            "read_as": {"path": "/Users/u1"}, "ignored": ["nick"],
            "error": {"scimType": "invalidPath", "detail": "no"}, "sent": {"b": 1.0, "a": "é"},
        });
        let read = Recorded::read(&note(400, &line)).unwrap();
        assert_eq!(read.call.body, line["sent"].to_string());
        assert_eq!(
            (read.call.method.as_str(), read.call.dialect),
            ("PATCH", Dialect::Entra)
        );
        assert_eq!(read.told.quirks, ["one", "two"]);
        let refused = (read.told.scim_type.as_deref(), read.told.detail.as_deref());
        assert_eq!(refused, (Some("invalidPath"), Some("no")));
        assert!(read.caveats.is_empty());
    }

    #[test]
    fn what_was_not_kept_is_refused() {
        let sent = json!({"Operations": [{"op": "add", "path": "password", "value": REDACTED}]});
        let long = "x".repeat(9_000);
        for (status, line, wanted) in [
            (200, json!({"unlisted_reads": 7}), Unplayable::NoRequest),
            (
                200,
                json!({"method": "PUT", "pii": "hash"}),
                Unplayable::Hashed,
            ),
            (
                200,
                json!({"method": "PUT", "sent_bytes": 9}),
                Unplayable::NoBody,
            ),
            (
                200,
                json!({"method": "GET", "query": REDACTED}),
                Unplayable::SecretQuery,
            ),
            (200, json!({"method": "GET", "path": long}), Unplayable::Cut),
            (
                401,
                json!({"method": "GET", "path": "/Users"}),
                Unplayable::NotRead,
            ),
            (
                412,
                json!({"method": "PUT", "path": "/Users/1"}),
                Unplayable::Precondition,
            ),
            (
                200,
                json!({"method": "PATCH", "sent": sent}),
                Unplayable::OnlySecret,
            ),
        ] {
            let found = Recorded::read(&note(status, &line)).unwrap_err();
            assert_eq!(found, wanted, "{line}");
            assert!(wanted.to_string().len() > 20);
        }
        let raw = Note {
            body: "no JSON".into(),
            ..note(200, &json!({}))
        };
        assert_eq!(Recorded::read(&raw).unwrap_err(), Unplayable::NoRequest);
    }

    #[test]
    fn a_password_is_left_out_and_said_so() {
        let op = |path: &str, value: &str| json!({"op": "add", "path": path, "value": value});
        for (sent, rest) in [
            (json!({"a": 1, "password": REDACTED}), json!({"a": 1})),
            (
                json!({"Operations": [op("title", "x"), op("password", REDACTED)]}),
                json!({"Operations": [op("title", "x")]}),
            ),
            (
                json!({"Operations": [{"op": "add", "value": {"password": REDACTED, "a": 1}}]}),
                json!({"Operations": [{"op": "add", "value": {"a": 1}}]}),
            ),
        ] {
            let line = json!({"method": "PATCH", "path": "/Users/1", "sent": sent});
            let read = Recorded::read(&note(200, &line)).unwrap();
            let body: Value = serde_json::from_slice(&read.call.body).unwrap();
            assert_eq!(body, rest);
            assert_eq!(read.caveats.len(), 1, "{sent}");
        }
    }
}
