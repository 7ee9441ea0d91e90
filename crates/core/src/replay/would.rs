//! What a write would change in its resource, attribute by attribute.

use enroll_store::{Links, Record, Rehearsed};
use serde::Serialize;
use serde_json::{Map, Value};

/// What a request would write.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Would {
    /// `create`, `update` or `delete`.
    pub what: &'static str,
    /// The resource type.
    #[serde(rename = "resourceType")]
    pub kind: String,
    /// The resource; for `create` an id that will never be used.
    pub id: String,
    /// Whether anything would change.
    pub changed: bool,
    /// The attributes that would be others.
    pub attributes: Vec<Difference>,
    /// The memberships that would move: a group's members, or a user's groups.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub links: Option<LinksMoved>,
    /// Members that are no resource here: they would wait.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub pending: Vec<String>,
}

/// An attribute before and after.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Difference {
    /// Its path: `name.givenName`.
    pub at: String,
    /// What it is now.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub before: Option<Value>,
    /// What it would be.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after: Option<Value>,
}

/// Memberships before and after.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct LinksMoved {
    /// How many there are.
    pub before: u64,
    /// How many there would be.
    pub after: u64,
    /// Who would come; not listed when there are too many to compare.
    pub added: Vec<String>,
    /// Who would go; not listed when there are too many to compare.
    pub removed: Vec<String>,
}

impl Would {
    pub(crate) fn of(rehearsed: &Rehearsed) -> Self {
        let (before, after) = (rehearsed.before.as_ref(), rehearsed.written.record.as_ref());
        let what = match (before, after) {
            (None, _) => "create",
            (Some(_), Some(_)) => "update",
            (Some(_), None) => "delete",
        };
        let any = after.or(before);
        let mut attributes = Vec::new();
        compare("", &document(before), &document(after), &mut attributes);
        Self {
            what,
            kind: any.map(|r| r.kind.name().to_owned()).unwrap_or_default(),
            id: any.map(|r| r.id.to_string()).unwrap_or_default(),
            changed: rehearsed.written.changed,
            attributes,
            links: moved(before, after),
            pending: rehearsed.written.pending.clone(),
        }
    }
}

fn document(record: Option<&Record>) -> Map<String, Value> {
    let read = |record: &Record| serde_json::from_slice(&record.document).ok();
    record.and_then(read).unwrap_or_default()
}

/// Compares two objects; objects in them member by member, all else as a whole.
fn compare(
    path: &str,
    before: &Map<String, Value>,
    after: &Map<String, Value>,
    out: &mut Vec<Difference>,
) {
    let gone = before.keys().filter(|name| !after.contains_key(*name));
    for name in after.keys().chain(gone) {
        let (old, new) = (before.get(name), after.get(name));
        if old == new || path.is_empty() && name == "schemas" {
            continue;
        }
        // An extension's attributes are named behind a colon (RFC 7644 §3.10).
        let mark = if path.starts_with("urn:") { ":" } else { "." };
        let at = if path.is_empty() {
            name.clone()
        } else {
            [path, mark, name].concat()
        };
        let inner = |value: Option<&Value>| match value {
            Some(Value::Object(members)) => Some(members.clone()),
            None => Some(Map::new()),
            Some(_) => None,
        };
        // Two levels: an extension and a complex attribute in it.
        let is_deep = at.matches('.').count() > 4;
        match (inner(old), inner(new)) {
            (Some(old), Some(new)) if !is_deep => compare(&at, &old, &new, out),
            _ => out.push(Difference {
                at,
                before: old.cloned(),
                after: new.cloned(),
            }),
        }
    }
}

fn moved(before: Option<&Record>, after: Option<&Record>) -> Option<LinksMoved> {
    let links = |record: Option<&Record>| record.map(|record| record.links.clone());
    let (before, after) = (links(before), links(after));
    let count = |links: &Option<Links>| match links {
        Some(Links::All(all)) => all.len() as u64,
        Some(Links::More(count)) => *count,
        Some(Links::Omitted) | None => 0,
    };
    let ids = |links: &Option<Links>| match links {
        Some(Links::More(_)) => None,
        Some(links) => Some(links.as_slice().iter().map(|l| l.id.to_string()).collect()),
        None => Some(Vec::new()),
    };
    let mut moved = LinksMoved {
        before: count(&before),
        after: count(&after),
        ..LinksMoved::default()
    };
    if let (Some(old), Some(new)) = (ids(&before), ids(&after)) {
        let less = |all: &[String], other: &[String]| -> Vec<String> {
            let held: std::collections::BTreeSet<_> = other.iter().collect();
            all.iter()
                .filter(|id| !held.contains(id))
                .cloned()
                .collect()
        };
        (moved.added, moved.removed) = (less(&new, &old), less(&old, &new));
        let is_still = moved.added.is_empty() && moved.removed.is_empty();
        return (!is_still).then_some(moved);
    }
    (before != after).then_some(moved)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn attributes_are_compared_member_by_member() {
        let urn = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";
        let before = json!({
            "schemas": ["a"], "active": true, "name": {"givenName": "A", "familyName": "B"},
            "emails": [{"value": "a"}], "title": "x",
        });
        let after = json!({
            "schemas": ["a", urn], "active": false, "name": {"givenName": "A", "familyName": "C"},
            "emails": [{"value": "b"}], urn: {"department": "D"},
        });
        let mut found = Vec::new();
        let map = |value: &Value| value.as_object().cloned().unwrap();
        compare("", &map(&before), &map(&after), &mut found);
        let mut said: Vec<_> = found
            .iter()
            .map(|d| (d.at.as_str(), d.before.clone(), d.after.clone()))
            .collect();
        said.sort_by_key(|(at, ..)| *at);
        let department = format!("{urn}:department");
        let wanted = [
            ("active", Some(json!(true)), Some(json!(false))),
            (
                "emails",
                Some(json!([{"value": "a"}])),
                Some(json!([{"value": "b"}])),
            ),
            ("name.familyName", Some(json!("B")), Some(json!("C"))),
            ("title", Some(json!("x")), None),
            (department.as_str(), None, Some(json!("D"))),
        ];
        assert_eq!(said, wanted);
    }
}
