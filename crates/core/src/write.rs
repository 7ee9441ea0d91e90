//! From a record to bytes: what is stored goes out as it is, what is derived is spliced in.
//!
//! Derived, never stored: `id`, `meta`, `members`, `groups`, and the manager's `$ref` and
//! `displayName`. Nothing is parsed unless attributes were asked for.

use enroll_schema::{Relation, ResourceId, ResourceType, urns};
use enroll_store::{Link, Links, Manager, Record};
use serde::de::{DeserializeOwned, IgnoredAny};
use serde_json::{Map, Value};

use crate::{
    project::{LinkShape, Meta, Shape},
    served::Served,
    stream::{Json, Out},
};

/// Writes resources as one request wants them.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Writer<'a> {
    pub(crate) types: &'a [Served],
    pub(crate) base_url: &'a str,
    /// Whether a group without members says `"members":[]`.
    pub(crate) members_always: bool,
    /// Whether a manager is shown by `value` alone (ENTRA-63).
    pub(crate) manager_value_only: bool,
}

impl Writer<'_> {
    /// Returns `meta.location`, which is also `Location`.
    pub(crate) fn location(&self, kind: &ResourceType, id: &ResourceId) -> String {
        [self.base_url, kind.endpoint(), "/", id.as_str()].concat()
    }

    /// Writes one resource.
    pub(crate) fn resource(&self, out: &mut Out, served: &Served, shape: &Shape, record: &Record) {
        out.raw("{\"id\":\"");
        out.raw(record.id.as_str());
        out.raw("\"");
        if shape.is_whole {
            self.whole(out, record);
        } else {
            self.part(out, shape, record);
        }
        self.links(out, served, shape, record);
        self.meta(out, shape, record);
        out.raw("}");
    }

    /// Writes all members of the stored document, the manager completed.
    fn whole(&self, out: &mut Out, record: &Record) {
        let document = record.document.as_ref();
        let inner = document
            .get(1..document.len().saturating_sub(1))
            .unwrap_or_default();
        if inner.is_empty() {
            return;
        }
        out.raw(",");
        match manager(inner) {
            Some(found) => {
                let mut manager = found.object;
                self.derive(&mut manager, record.manager.as_ref());
                out.bytes(inner.get(..found.start).unwrap_or_default());
                out.value(&Value::Object(manager));
                out.bytes(inner.get(found.end..).unwrap_or_default());
            }
            None => out.bytes(inner),
        }
    }

    /// Puts in what the manager's own record says, and takes out what only a client said (decision 40).
    fn derive(&self, object: &mut Map<String, Value>, manager: Option<&Manager>) {
        object.remove("$ref");
        object.remove("displayName");
        let manager = manager.filter(|_| !self.manager_value_only);
        let (Some(manager), Some(id)) = (manager, object.get("value").and_then(Value::as_str))
        else {
            return;
        };
        let reference = [self.base_url, "/Users/", id].concat();
        object.insert("$ref".to_owned(), Value::String(reference));
        if let Some(name) = &manager.display_name {
            object.insert("displayName".to_owned(), Value::String(name.clone()));
        }
    }

    fn part(&self, out: &mut Out, shape: &Shape, record: &Record) {
        let mut document: Map<_, _> = serde_json::from_slice(&record.document).unwrap_or_default();
        if let Some(Value::Object(container)) = document.get_mut(urns::ENTERPRISE)
            && let Some(Value::Object(manager)) = container.get_mut("manager")
        {
            self.derive(manager, record.manager.as_ref());
        }
        let mut kept = shape.filter(&record.kind, document);
        let schemas = kept.remove_entry("schemas");
        for (name, value) in schemas.into_iter().chain(kept) {
            out.raw(",");
            out.text(&name);
            out.raw(":");
            out.value(&value);
        }
    }

    fn links(&self, out: &mut Out, served: &Served, shape: &Shape, record: &Record) {
        let (Some((relation, _)), Some(parts)) = (served.relation, shape.links) else {
            return;
        };
        let (name, always) = match relation {
            Relation::Members => ("members", self.members_always),
            Relation::Groups => ("groups", false),
        };
        let rows = Rows { relation, parts };
        match &record.links {
            Links::Omitted => {}
            Links::All(links) if links.is_empty() && !always => {}
            Links::All(links) => {
                out.raw(&[",\"", name, "\":["].concat());
                for (index, link) in links.iter().enumerate() {
                    out.raw(if index == 0 { "" } else { "," });
                    self.link(out, rows, link);
                }
                out.raw("]");
            }
            Links::More(_) => {
                out.raw(&[",\"", name, "\":["].concat());
                out.rows(rows, record);
                out.raw("]");
            }
        }
    }

    /// Writes one link.
    pub(crate) fn link(&self, out: &mut impl Json, rows: Rows, link: &Link) {
        let Rows { relation, parts } = rows;
        let mut members = Members::default();
        if parts.value {
            members.name(out, "value");
            out.text(link.id.as_str());
        }
        let endpoint = self
            .types
            .iter()
            .find(|served| served.kind.name() == link.kind);
        if let (true, Some(served)) = (parts.reference, endpoint) {
            members.name(out, "$ref");
            out.text(&self.location(&served.kind, &link.id));
        }
        if parts.kind {
            members.name(out, "type");
            out.text(match (relation, link.direct) {
                (Relation::Members, _) => &link.kind,
                (Relation::Groups, true) => "direct",
                (Relation::Groups, false) => "indirect",
            });
        }
        if let (true, Some(display)) = (parts.display, &link.display) {
            members.name(out, "display");
            out.text(display);
        }
        members.close(out);
    }

    fn meta(&self, out: &mut Out, shape: &Shape, record: &Record) {
        let Some((first, rest)) = shape.meta.split_first() else {
            return;
        };
        out.raw(",\"meta\":");
        let mut members = Members::default();
        for part in [first].into_iter().chain(rest) {
            members.name(out, part.name());
            match part {
                Meta::ResourceType => out.text(record.kind.name()),
                Meta::Created => out.text(&record.created.to_string()),
                Meta::LastModified => out.text(&record.modified.to_string()),
                Meta::Location => out.text(&self.location(&record.kind, &record.id)),
                Meta::Version => out.text(&record.version.etag()),
            }
        }
        members.close(out);
    }
}

/// The braces and commas of one object.
#[derive(Default)]
struct Members {
    is_open: bool,
}

impl Members {
    fn name(&mut self, out: &mut impl Json, name: &str) {
        out.raw(if self.is_open { ",\"" } else { "{\"" });
        out.raw(name);
        out.raw("\":");
        self.is_open = true;
    }

    fn close(self, out: &mut impl Json) {
        out.raw(if self.is_open { "}" } else { "{}" });
    }
}

/// Whose rows, and which parts of them.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rows {
    pub(crate) relation: Relation,
    pub(crate) parts: LinkShape,
}

struct Found {
    start: usize,
    end: usize,
    object: Map<String, Value>,
}

/// Finds the enterprise manager in canonical bytes.
///
/// Inside a JSON string every quote has a backslash before it, so these keys are found as keys only.
fn manager(document: &[u8]) -> Option<Found> {
    let text = std::str::from_utf8(document).ok()?;
    let container = text.find(ENTERPRISE_KEY)? + ENTERPRISE_KEY.len() - 1;
    let start = container + text.get(container..)?.find(MANAGER_KEY)? + MANAGER_KEY.len() - 1;
    // Behind the end of the extension another one may have a manager of its own.
    let (_, length) = first::<IgnoredAny>(text.get(container..)?)?;
    if start >= container + length {
        return None;
    }
    let (object, length) = first(text.get(start..)?)?;
    Some(Found {
        start,
        end: start + length,
        object,
    })
}

/// Reads the JSON value that `text` starts with, and says how long it is.
fn first<T: DeserializeOwned>(text: &str) -> Option<(T, usize)> {
    let mut values = serde_json::Deserializer::from_str(text).into_iter();
    let value = values.next()?.ok()?;
    Some((value, values.byte_offset()))
}

const ENTERPRISE_KEY: &str = "\"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User\":{";
const MANAGER_KEY: &str = "\"manager\":{";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_enterprise_manager_is_found() {
        let urn = urns::ENTERPRISE;
        for (document, wanted) in [
            (
                format!(r#""a":"b","{urn}":{{"manager":{{"value":"r2"}},"x":1}}"#),
                true,
            ),
            (format!(r#""a":"b","{urn}":{{"division":"x"}}"#), false),
            (
                format!(r#""{urn}":{{"division":"x"}},"urn:b":{{"manager":{{"value":"r2"}}}}"#),
                false,
            ),
            (r#""urn:b":{"manager":{"value":"r2"}}"#.to_owned(), false),
            (
                format!(r#""title":"\"{urn}\":{{\"manager\":{{\"value\":1}}}}""#),
                false,
            ),
            (String::new(), false),
        ] {
            let found = manager(document.as_bytes());
            let text = found.as_ref().and_then(|f| document.get(f.start..f.end));
            assert_eq!(text, wanted.then_some(r#"{"value":"r2"}"#), "{document}");
        }
    }
}
