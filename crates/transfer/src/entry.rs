//! One line: a resource, or more members of one.

use enroll_schema::{
    Document, Error, Kind, Mode, Relation, ResourceId, ResourceType, Schemas, Timestamp, json,
};
use enroll_store::Record;
use serde_json::{Map, Value, json};

/// Most members that one written line has; a group with more goes on in further lines.
pub const LINE_MEMBERS_MAX: u32 = 10_000;

/// The format's name and version, in the first line.
const FORMAT: &str = "enroll-directory";
const VERSION: u64 = 1;

/// Returns the first line of the format, without its line break.
pub fn header() -> String {
    format!("{{\"format\":\"{FORMAT}\",\"version\":{VERSION}}}")
}

/// Cuts a resource of another server into lines of the format: several when it has many members.
pub fn pieces(mut resource: Value) -> Vec<Value> {
    let Some(map) = resource.as_object_mut() else {
        return vec![resource];
    };
    let Some(members) = take(map, "members").map(values) else {
        return vec![resource];
    };
    let most = usize::try_from(LINE_MEMBERS_MAX).unwrap_or(usize::MAX);
    let id = map.get("id").cloned().unwrap_or_default();
    let mut parts = members.chunks(most);
    map.insert(
        "members".to_owned(),
        parts.next().unwrap_or_default().into(),
    );
    if parts.len() > 0 {
        map.insert("partial".to_owned(), true.into());
    }
    let meta = map.get("meta").cloned().unwrap_or_default();
    let dates = [CREATED, MODIFIED].map(|name| meta.get(name).cloned().unwrap_or_default());
    let more = parts.map(|part| more(&id, part, &dates));
    let more: Vec<_> = more.collect();
    std::iter::once(resource).chain(more).collect()
}

/// Writes more members of a group; with its dates, so that they are left out where the group is.
fn more(id: &Value, members: &[String], [created, modified]: &[Value; 2]) -> Value {
    let meta = json!({CREATED: created, MODIFIED: modified});
    json!({"more": id, "members": members, "meta": meta})
}

/// One line as it is kept: checked against the schemas.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// The resource type.
    pub kind: ResourceType,
    /// The id.
    pub id: ResourceId,
    /// What the line says of it.
    pub content: Content,
    /// The ids of its members, as written.
    pub members: Vec<String>,
    /// Names that no schema knows, or that are never kept.
    pub ignored: Vec<String>,
}

/// What a line says of its resource.
#[derive(Clone, Debug, PartialEq)]
pub enum Content {
    /// All of it.
    Whole {
        /// The attributes.
        document: Document,
        /// `meta.created`.
        created: Option<Timestamp>,
        /// `meta.lastModified`.
        modified: Option<Timestamp>,
        /// Whether further lines have more members.
        partial: bool,
    },
    /// Nothing but members that the lines before had no room for.
    More {
        /// `meta.created` of the group.
        created: Option<Timestamp>,
        /// `meta.lastModified` of the group.
        modified: Option<Timestamp>,
    },
}

/// A line that cannot be kept.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{why}")]
pub struct Refused {
    /// The id as written, as far as there is one.
    pub id: String,
    /// The resource type's name, as far as it is known.
    pub kind: String,
    /// What is wrong.
    pub why: String,
}

impl Entry {
    /// Reads a line; `None` for the header.
    ///
    /// # Errors
    /// [`Refused`] when it is no resource that can be kept here.
    pub fn read(schemas: &Schemas, line: &[u8]) -> Result<Option<Self>, Refused> {
        let parsed = json::parse(line).map_err(|error| refused("", "", error.detail()))?;
        Self::of(schemas, parsed)
    }

    /// Reads a line that is parsed already.
    ///
    /// # Errors
    /// As [`Entry::read`].
    pub fn of(schemas: &Schemas, line: Value) -> Result<Option<Self>, Refused> {
        let Value::Object(mut map) = line else {
            return Err(refused("", "", "a line is a JSON object"));
        };
        if let Some(format) = map.get("format").filter(|_| !map.contains_key("id")) {
            return match (format.as_str(), map.get("version").and_then(Value::as_u64)) {
                (Some(FORMAT), Some(VERSION)) => Ok(None),
                _ => Err(refused("", "", "this version reads enroll-directory 1")),
            };
        }
        let members = take(&mut map, "members").map(values);
        let meta = take(&mut map, "meta").unwrap_or_default();
        let date = |name: &str| Timestamp::parse(meta.get(name)?.as_str()?);
        if let Some(more) = take(&mut map, "more") {
            let members = members.unwrap_or_default();
            let content = Content::More {
                created: date(CREATED),
                modified: date(MODIFIED),
            };
            return Self::more(schemas, &more, members, content).map(Some);
        }
        let text = take(&mut map, "id");
        let text = text.as_ref().and_then(Value::as_str).unwrap_or_default();
        let Some(kind) = kind_of(schemas, &meta, &map) else {
            return Err(refused(text, "", "its resource type is not known here"));
        };
        let not = |why: &str| refused(text, kind.name(), why);
        let id = ResourceId::new(text).map_err(|error| not(error.detail()))?;
        let partial = take(&mut map, "partial") == Some(Value::Bool(true));
        take(&mut map, "groups");
        let has_password = take(&mut map, "password").is_some();
        let read = document(kind, map, members).map_err(|error| not(error.detail()))?;
        let mut ignored = read.ignored;
        // What is derived here is not lost.
        ignored.retain(|name| !DERIVED.iter().any(|derived| name.ends_with(derived)));
        ignored.extend(has_password.then(|| "password".to_owned()));
        Ok(Some(Self {
            kind: kind.clone(),
            id,
            content: Content::Whole {
                document: read.document,
                created: date(CREATED),
                modified: date(MODIFIED),
                partial,
            },
            members: read.links.unwrap_or_default(),
            ignored,
        }))
    }

    fn more(
        schemas: &Schemas,
        more: &Value,
        members: Vec<String>,
        content: Content,
    ) -> Result<Self, Refused> {
        let text = more.as_str().unwrap_or_default();
        let kind = schemas.types().iter().find(|kind| has_members(kind));
        let kind = kind.ok_or_else(|| refused(text, "", "no resource type has members"))?;
        let not = |error: Error| refused(text, kind.name(), error.detail());
        Ok(Self {
            kind: kind.clone(),
            id: ResourceId::new(text).map_err(not)?,
            content,
            members,
            ignored: Vec::new(),
        })
    }

    /// Returns the name for people: `userName`, else `displayName`, else nothing.
    pub fn name(&self) -> &str {
        match &self.content {
            Content::Whole { document, .. } => named(document.as_map()),
            Content::More { .. } => "",
        }
    }
}

impl Content {
    /// Writes the line of a record with these members.
    pub(crate) fn line(record: &Record, members: &[String], partial: bool) -> Option<String> {
        let mut map = Document::from_bytes(&record.document).ok()?.into_map();
        map.insert("id".to_owned(), record.id.as_str().into());
        if has_members(&record.kind) {
            map.insert("members".to_owned(), members.into());
        }
        if partial {
            map.insert("partial".to_owned(), true.into());
        }
        let meta = json!({
            "resourceType": record.kind.name(),
            "created": record.created.to_string(),
            "lastModified": record.modified.to_string(),
        });
        map.insert("meta".to_owned(), meta);
        Some(Value::Object(map).to_string())
    }

    /// Writes a line of more members of a record.
    pub(crate) fn more_line(record: &Record, members: &[String]) -> String {
        let dates = [record.created, record.modified].map(|date| date.to_string().into());
        more(&record.id.as_str().into(), members, &dates).to_string()
    }
}

/// Tells whether resources of a type have members.
pub(crate) fn has_members(kind: &ResourceType) -> bool {
    kind.related(Relation::Members).is_some()
}

/// Returns the name for people of a resource.
pub(crate) fn named(map: &Map<String, Value>) -> &str {
    let text = |name| map.get(name).and_then(Value::as_str);
    text("userName")
        .or_else(|| text("displayName"))
        .unwrap_or_default()
}

fn refused(id: &str, kind: &str, why: &str) -> Refused {
    Refused {
        id: id.to_owned(),
        kind: kind.to_owned(),
        why: why.to_owned(),
    }
}

/// Reads the attributes as a POST would be read: who has no `active` is active.
fn document(
    kind: &ResourceType,
    mut map: Map<String, Value>,
    members: Option<Vec<String>>,
) -> Result<enroll_schema::Incoming, Error> {
    if let Some(members) = members.filter(|_| has_members(kind)) {
        let elements = members.into_iter().map(|value| json!({"value": value}));
        map.insert("members".to_owned(), elements.collect());
    }
    // Some servers leave `schemas` out, or name extensions only.
    let base = kind.schema().as_str();
    let mut urns = match take(&mut map, "schemas") {
        Some(Value::Array(urns)) => urns,
        _ => Vec::new(),
    };
    let is_base = |urn: &Value| {
        urn.as_str()
            .is_some_and(|urn| urn.eq_ignore_ascii_case(base))
    };
    if !urns.iter().any(is_base) {
        urns.insert(0, base.into());
    }
    map.insert("schemas".to_owned(), urns.into());
    let mut read = Document::read(kind, Value::Object(map), Mode::Lenient)?;
    let active = kind.find(None, "active").and_then(|id| kind.attribute(id));
    if let Some(active) = active.filter(|active| active.kind == Kind::Boolean) {
        let name = active.name.as_str().to_owned();
        read.document
            .as_map_mut()
            .entry(name)
            .or_insert(true.into());
    }
    Ok(read)
}

/// Takes a member out, however its name is capitalised.
fn take(map: &mut Map<String, Value>, name: &str) -> Option<Value> {
    let key = map
        .keys()
        .find(|key| key.eq_ignore_ascii_case(name))?
        .clone();
    map.remove(&key)
}

/// The values of `members`: texts, or objects with `value`.
fn values(members: Value) -> Vec<String> {
    let Value::Array(members) = members else {
        return Vec::new();
    };
    let value = |member: Value| match member {
        Value::String(id) => Some(id),
        Value::Object(mut member) => match take(&mut member, "value") {
            Some(Value::String(id)) => Some(id),
            _ => None,
        },
        _ => None,
    };
    members.into_iter().filter_map(value).collect()
}

fn kind_of<'a>(
    schemas: &'a Schemas,
    meta: &Value,
    map: &Map<String, Value>,
) -> Option<&'a ResourceType> {
    let named = meta.get("resourceType").and_then(Value::as_str);
    if let Some(kind) = named.and_then(|name| schemas.named(name)) {
        return Some(kind);
    }
    let urns = map.get("schemas").and_then(Value::as_array)?;
    let is_listed = |kind: &&ResourceType| {
        let is_its = |urn: &Value| urn.as_str().is_some_and(|urn| kind.schema().is(urn));
        urns.iter().any(is_its)
    };
    schemas.types().iter().find(is_listed)
}

const CREATED: &str = "created";
const MODIFIED: &str = "lastModified";
/// Attributes that are worked out again wherever they are shown.
const DERIVED: &[&str] = &["manager.displayName", "manager.$ref"];
