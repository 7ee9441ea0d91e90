//! Attribute notation as text: `[urn:]name[.sub]`, `[urn:]name[filter][.sub]`, or a schema URN.
//!
//! The grammar proper is `enroll_filter`'s; this only finds the parts that quirks rewrite, and
//! leaves everything it does not understand to be refused there.

use enroll_schema::{AttrId, ResourceType};

use crate::rule::{Holds, Place, Target};

/// The parts of a notation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Notation<'a> {
    pub(crate) urn: Option<&'a str>,
    pub(crate) name: &'a str,
    pub(crate) filter: Option<&'a str>,
    pub(crate) sub: Option<&'a str>,
}

impl<'a> Notation<'a> {
    /// Takes `text` apart; `None` when it cannot be a notation.
    pub(crate) fn split(text: &'a str) -> Option<Self> {
        let (head, filter, tail) = brackets(text)?;
        let (urn, local) = match head.rsplit_once(':') {
            Some((urn, local)) => (Some(urn), local),
            None => (None, head),
        };
        let (name, dotted) = match local.split_once('.') {
            Some((name, sub)) => (name, Some(sub)),
            None => (local, None),
        };
        let selected = match tail {
            "" => None,
            tail => Some(tail.strip_prefix('.')?),
        };
        if dotted.is_some() && filter.is_some() {
            return None;
        }
        let sub = dotted.or(selected);
        let sound = is_name(name) && sub.is_none_or(is_name);
        sound.then_some(Self {
            urn,
            name,
            filter,
            sub,
        })
    }

    /// Finds the attribute that the notation names, the sub-attribute if it has one.
    pub(crate) fn find(&self, kind: &ResourceType) -> Option<AttrId> {
        let attribute = kind.find(self.urn, self.name)?;
        self.sub
            .map_or(Some(attribute), |sub| kind.find_sub(attribute, sub))
    }
}

/// What a notation names in a resource type.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Named<'a> {
    /// An attribute or sub-attribute, and how much of it.
    Attribute(Target<'a>),
    /// A whole schema: the attributes of this URN.
    Schema(&'a str),
}

/// Finds what `text` names; `None` when it is no notation or the type does not know it.
pub(crate) fn named<'a>(kind: &'a ResourceType, text: &str, place: Place) -> Option<Named<'a>> {
    if let Some(urn) = schema(kind, text) {
        return Some(Named::Schema(urn));
    }
    let notation = Notation::split(text)?;
    let target = Target::whole(kind, notation.find(kind)?, place)?;
    let selected = notation.filter.is_some() && notation.sub.is_none();
    Some(Named::Attribute(if selected {
        target.holding(Holds::Selected)
    } else {
        target
    }))
}

/// Returns the type's own spelling of the schema URN `text`, if it is one of the type's.
pub(crate) fn schema<'a>(kind: &'a ResourceType, text: &str) -> Option<&'a str> {
    let urns = kind.extensions().iter().map(|extension| &extension.urn);
    urns.chain([kind.schema()])
        .find(|urn| urn.is(text))
        .map(enroll_schema::Urn::as_str)
}

/// Splits `head[filter]tail`; the last bracket closes, because a filter's strings may hold one.
fn brackets(text: &str) -> Option<(&str, Option<&str>, &str)> {
    let Some((head, rest)) = text.split_once('[') else {
        return Some((text, None, ""));
    };
    let (filter, tail) = rest.rsplit_once(']')?;
    Some((head, Some(filter), tail))
}

fn is_name(text: &str) -> bool {
    let first = |b: u8| b.is_ascii_alphabetic() || b == b'$';
    let rest = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'$');
    text.bytes().next().is_some_and(first) && text.bytes().all(rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, wanted: [Option<&str>; 4]) {
        let found = Notation::split(text).map(|n| [n.urn, Some(n.name), n.filter, n.sub]);
        assert_eq!(found.unwrap_or_default(), wanted, "{text}");
    }

    #[test]
    fn takes_notations_apart() {
        let none = None;
        check("title", [none, Some("title"), none, none]);
        check(
            "name.givenName",
            [none, Some("name"), none, Some("givenName")],
        );
        let filter = Some("type eq \"w]\"");
        check(
            "emails[type eq \"w]\"].value",
            [none, Some("emails"), filter, Some("value")],
        );
        let urn = Some("urn:a:2.0:User");
        check(
            "urn:a:2.0:User:manager.$ref",
            [urn, Some("manager"), none, Some("$ref")],
        );
        let filter = Some("value eq \"x:y\"");
        check(
            "urn:a:b[value eq \"x:y\"]",
            [Some("urn:a"), Some("b"), filter, none],
        );
        for bad in [
            "", "a.b.c", "a b", "/title", "a[b", "a.b[c]", "a[b]c", "a[b].c.d", "1a", "a:",
        ] {
            check(bad, [none; 4]);
        }
    }
}
