//! `attributes` and `excludedAttributes` (RFC 7644 §3.9), and what is returned without them (RFC 7643 §7).

use std::borrow::Cow;

use enroll_schema::{AttrId, Relation, ResourceType, Returned};
use enroll_store::Want;
use serde_json::{Map, Value};

use crate::served::Served;

/// Which attributes a request asks for, by the names it used.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) enum Projection {
    /// Nothing was asked.
    #[default]
    Usual,
    /// These, and what is always returned.
    Only(Vec<String>),
    /// All but these; what is always returned stays.
    Except(Vec<String>),
}

impl Projection {
    /// Binds the names to a type; a name the type does not have selects nothing.
    pub(crate) fn bind<'a>(&self, served: &'a Served) -> Cow<'a, Shape> {
        match self {
            Self::Usual => Cow::Borrowed(&served.usual),
            Self::Only(names) => Cow::Owned(Shape::only(&served.kind, &named(served, names))),
            Self::Except(names) => Cow::Owned(Shape::except(served, &named(served, names))),
        }
    }

    pub(crate) fn is_asked(&self) -> bool {
        *self != Self::Usual
    }
}

fn named(served: &Served, names: &[String]) -> Vec<AttrId> {
    names
        .iter()
        .flat_map(|name| resolve(&served.kind, name))
        .collect()
}

/// Finds what `[urn:]name[.sub]` or a bare schema URN names; letter case does not count.
///
/// A name of one extension alone may stand without its URN, and `emails[type eq "work"]` is read as
/// `emails`: both are sent, and neither can mean anything else here.
pub(crate) fn resolve(kind: &ResourceType, name: &str) -> Vec<AttrId> {
    let name = name.trim();
    let name = name.split_once('[').map_or(name, |(name, _)| name);
    let whole = |urn: Option<&str>| {
        let belongs = |id: &AttrId| {
            kind.parent(*id).is_none()
                && kind.extension(*id).map(|e| e.urn.as_str()) == urn
                && kind
                    .attribute(*id)
                    .is_some_and(|a| a.returned != Returned::Request)
        };
        kind.ids().filter(belongs).collect()
    };
    if kind.schema().is(name) {
        return whole(None);
    }
    if let Some(extension) = kind.extensions().iter().find(|e| e.urn.is(name)) {
        return whole(Some(extension.urn.as_str()));
    }
    let (urn, path) = match name.rsplit_once(':') {
        Some((urn, path)) => (Some(urn), path),
        None => (None, name),
    };
    let (top, sub) = path
        .split_once('.')
        .map_or((path, None), |(top, sub)| (top, Some(sub)));
    let top = kind.find(urn, top).or_else(|| match urn {
        None => the_only_extension(kind, top),
        Some(_) => None,
    });
    match (top, sub) {
        (Some(top), Some(sub)) => kind.find_sub(top, sub).into_iter().collect(),
        (top, _) => top.into_iter().collect(),
    }
}

fn the_only_extension(kind: &ResourceType, name: &str) -> Option<AttrId> {
    let mut found = kind
        .extensions()
        .iter()
        .filter_map(|e| kind.find(Some(e.urn.as_str()), name));
    found.next().filter(|_| found.next().is_none())
}

/// Which attributes of one type an answer holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Shape {
    keep: Vec<bool>,
    /// Everything a document can hold is kept, so its bytes go out as they are.
    pub(crate) is_whole: bool,
    /// Which parts of each link are kept; `None` leaves the relation out.
    pub(crate) links: Option<LinkShape>,
    /// Which parts of `meta` are kept.
    pub(crate) meta: Vec<Meta>,
}

/// Which parts of a link an answer holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(
    clippy::struct_excessive_bools,
    reason = "one flag per sub-attribute of RFC 7643 §2.4"
)]
pub(crate) struct LinkShape {
    pub(crate) value: bool,
    pub(crate) reference: bool,
    pub(crate) kind: bool,
    pub(crate) display: bool,
}

impl Shape {
    /// Returns what is returned by default (RFC 7644 §3.4).
    pub(crate) fn usual(kind: &ResourceType) -> Self {
        let keeps = |id| matches!(returned(kind, id), Returned::Always | Returned::Default);
        Self::of(kind, kind.ids().map(keeps).collect())
    }

    fn only(kind: &ResourceType, named: &[AttrId]) -> Self {
        let is_named = |id: AttrId| named.contains(&id);
        let keeps = |id: AttrId| match (returned(kind, id), kind.parent(id)) {
            (Returned::Never, _) => false,
            (Returned::Always, _) => true,
            (_, None) => is_named(id) || kind.subs(id).iter().any(|sub| is_named(*sub)),
            (Returned::Default, Some(parent)) => is_named(id) || is_named(parent),
            (Returned::Request, Some(_)) => is_named(id),
        };
        Self::of(kind, kind.ids().map(keeps).collect())
    }

    fn except(served: &Served, named: &[AttrId]) -> Self {
        let kind = &served.kind;
        let goes = |id: &AttrId| named.contains(id) && returned(kind, *id) != Returned::Always;
        let mut keep = served.usual.keep.clone();
        for id in named.iter().filter(|id| goes(id)) {
            if let Some(slot) = keep.get_mut(id.index()) {
                *slot = false;
            }
        }
        Self::of(kind, keep)
    }

    /// Adds attributes that are returned because the client itself sent them (RFC 7643 §7).
    pub(crate) fn with(self, kind: &ResourceType, supplied: &[AttrId]) -> Self {
        let mut keep = self.keep;
        for id in supplied {
            for id in kind.parent(*id).into_iter().chain([*id]) {
                if let Some(slot) = keep.get_mut(id.index()) {
                    *slot = true;
                }
            }
        }
        Self::of(kind, keep)
    }

    fn of(kind: &ResourceType, keep: Vec<bool>) -> Self {
        let kept = |id: AttrId| keep.get(id.index()).copied().unwrap_or(false);
        let related = [Relation::Members, Relation::Groups];
        let relation = related
            .into_iter()
            .find_map(|relation| kind.related(relation));
        let is_row = |id: AttrId| relation == Some(id) || kind.parent(id) == relation;
        let is_meta = |id: AttrId| {
            let top = kind.parent(id).unwrap_or(id);
            kind.extension(top).is_none() && kind.attribute(top).is_some_and(|a| a.name.is("meta"))
        };
        let is_held = |id: &AttrId| {
            let has_rows = relation.is_some() && is_row(*id);
            !has_rows && !is_meta(*id) && returned(kind, *id) != Returned::Never
        };
        let links = relation.filter(|id| kept(*id)).map(|id| {
            let sub = |name| kind.find_sub(id, name).is_some_and(kept);
            LinkShape {
                value: sub("value"),
                reference: sub("$ref"),
                kind: sub("type"),
                display: sub("display"),
            }
        });
        let links = links.filter(|l| l.value || l.reference || l.kind || l.display);
        let meta = kind
            .find(None, "meta")
            .filter(|id| kept(*id))
            .map_or_else(Vec::new, |meta| {
                let keeps = |part: &Meta| kind.find_sub(meta, part.name()).is_some_and(kept);
                Meta::ALL.into_iter().filter(keeps).collect()
            });
        Self {
            is_whole: kind.ids().filter(is_held).all(kept),
            links,
            meta,
            keep,
        }
    }

    pub(crate) fn keeps(&self, id: AttrId) -> bool {
        self.keep.get(id.index()).copied().unwrap_or(false)
    }

    /// Returns how many links a record must hold for this answer.
    pub(crate) fn want(&self, most: u32) -> Want {
        if self.links.is_some() {
            Want::UpTo(most)
        } else {
            Want::Omit
        }
    }

    /// Keeps of a document what this answer holds: its members in order.
    pub(crate) fn filter(
        &self,
        kind: &ResourceType,
        document: Map<String, Value>,
    ) -> Map<String, Value> {
        let mut kept = Map::new();
        for (name, value) in document {
            let value = match kind.extensions().iter().find(|e| e.urn.is(&name)) {
                Some(extension) => self.container(kind, extension.urn.as_str(), value),
                None => self.attribute(kind, kind.find(None, &name), value),
            };
            kept.extend(value.map(|value| (name, value)));
        }
        kept
    }

    fn container(&self, kind: &ResourceType, urn: &str, value: Value) -> Option<Value> {
        let Value::Object(members) = value else {
            return None;
        };
        let kept = members.into_iter().filter_map(|(name, value)| {
            let value = self.attribute(kind, kind.find(Some(urn), &name), value)?;
            Some((name, value))
        });
        Some(kept.collect::<Map<_, _>>())
            .filter(|kept| !kept.is_empty())
            .map(Value::Object)
    }

    fn attribute(&self, kind: &ResourceType, id: Option<AttrId>, value: Value) -> Option<Value> {
        let id = id.filter(|id| self.keeps(*id))?;
        if kind.subs(id).iter().all(|sub| self.keeps(*sub)) {
            return Some(value);
        }
        let subs = |value| match value {
            Value::Object(members) => {
                let keeps = |name: &str| kind.find_sub(id, name).is_some_and(|s| self.keeps(s));
                let kept = members.into_iter().filter(|(name, _)| keeps(name));
                Some(kept.collect::<Map<_, _>>())
                    .filter(|kept| !kept.is_empty())
                    .map(Value::Object)
            }
            simple => Some(simple),
        };
        match value {
            Value::Array(values) => {
                let kept: Vec<_> = values.into_iter().filter_map(subs).collect();
                (!kept.is_empty()).then_some(Value::Array(kept))
            }
            single => subs(single),
        }
    }
}

fn returned(kind: &ResourceType, id: AttrId) -> Returned {
    let own = kind
        .attribute(id)
        .map_or(Returned::Never, |attribute| attribute.returned);
    match kind
        .parent(id)
        .and_then(|parent| kind.attribute(parent))
        .map(|a| a.returned)
    {
        Some(Returned::Never) => Returned::Never,
        _ => own,
    }
}

/// A part of `meta` (RFC 7643 §3.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Meta {
    ResourceType,
    Created,
    LastModified,
    Location,
    Version,
}

impl Meta {
    const ALL: [Self; 5] = [
        Self::ResourceType,
        Self::Created,
        Self::LastModified,
        Self::Location,
        Self::Version,
    ];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::ResourceType => "resourceType",
            Self::Created => "created",
            Self::LastModified => "lastModified",
            Self::Location => "location",
            Self::Version => "version",
        }
    }
}
