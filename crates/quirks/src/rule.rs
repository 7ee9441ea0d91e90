//! What a quirk may touch: each rule is a pure function that says whether it changed anything.

use enroll_filter::Written;
use enroll_schema::{AttrId, Attribute, ResourceType, Schemas};
use serde_json::{Map, Value};

use crate::Incoming;

/// The members of a JSON object.
pub(crate) type Members = Map<String, Value>;

/// One place where a quirk acts. The driver walks the request once and offers every place to the
/// rules in table order.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Rule {
    /// Path, raw query, or the envelope of a message.
    Request(fn(&Schemas, &mut Incoming) -> bool),
    /// A filter, in a parameter or in the brackets of a path.
    Filter(fn(&str) -> Option<String>),
    /// An operation of a PATCH as sent, which the core reads as it is: only told.
    Sees(fn(&ResourceType, &Members) -> bool),
    /// One entry of `attributes` or `excludedAttributes`.
    Selection(fn(&str) -> Option<String>),
    /// An attribute as it is named in a path, a filter, a parameter, or as a member's key.
    Name(fn(&ResourceType, &str) -> Option<String>),
    /// A comparison in a filter; the attribute is given inside `attribute[…]`.
    Leaf(fn(&ResourceType, Option<AttrId>, &mut Written) -> bool),
    /// A member of a POST or PUT body whose key names no top-level attribute.
    Key(fn(&ResourceType, &mut Members, &str) -> bool),
    /// An operation of a PATCH.
    Operation(fn(&ResourceType, &mut Members) -> bool),
    /// The value of an attribute, or of one element of it, before its parts are looked at.
    Value(fn(&Target<'_>, &mut Value) -> bool),
    /// All values of a multi-valued attribute, after each was looked at.
    List(fn(&Target<'_>, &mut Vec<Value>) -> bool),
}

/// The kinds of places, so that at each only the quirks with a rule for it are asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Spot {
    Request,
    Filter,
    Sees,
    Selection,
    Name,
    Leaf,
    Key,
    Operation,
    Value,
    List,
}

impl Spot {
    /// How many there are.
    pub(crate) const COUNT: usize = Self::List as usize + 1;
}

impl Rule {
    /// Returns the kind of place the rule acts at.
    pub(crate) fn spot(&self) -> Spot {
        match self {
            Self::Request(_) => Spot::Request,
            Self::Filter(_) => Spot::Filter,
            Self::Sees(_) => Spot::Sees,
            Self::Selection(_) => Spot::Selection,
            Self::Name(_) => Spot::Name,
            Self::Leaf(_) => Spot::Leaf,
            Self::Key(_) => Spot::Key,
            Self::Operation(_) => Spot::Operation,
            Self::Value(_) => Spot::Value,
            Self::List(_) => Spot::List,
        }
    }
}

/// The attribute that a value is meant for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Target<'a> {
    pub(crate) kind: &'a ResourceType,
    pub(crate) id: AttrId,
    pub(crate) attribute: &'a Attribute,
    pub(crate) holds: Holds,
    pub(crate) place: Place,
}

/// How much of the attribute a value is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Holds {
    /// All values of a multi-valued attribute.
    List,
    /// The value of a single-valued attribute.
    Single,
    /// What replaces the elements that a filter selects.
    Selected,
    /// One element of a list.
    Element,
}

/// Which message a value is in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// The body of a POST or PUT.
    Body,
    /// An operation of a PATCH.
    Operation,
}

impl<'a> Target<'a> {
    /// Makes the target for all of the attribute `id`.
    pub(crate) fn whole(kind: &'a ResourceType, id: AttrId, place: Place) -> Option<Self> {
        let attribute = kind.attribute(id)?;
        let holds = if attribute.multi {
            Holds::List
        } else {
            Holds::Single
        };
        Some(Self {
            kind,
            id,
            attribute,
            holds,
            place,
        })
    }

    /// Returns the target for one part of the attribute.
    pub(crate) fn holding(self, holds: Holds) -> Self {
        Self { holds, ..self }
    }

    /// Returns the target for the sub-attribute called `name`.
    pub(crate) fn sub(&self, name: &str) -> Option<Self> {
        Self::whole(self.kind, self.kind.find_sub(self.id, name)?, self.place)
    }

    /// Tells whether the attribute has a sub-attribute called `name`.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.kind.find_sub(self.id, name).is_some()
    }
}

/// Finds the key that spells `name`, ASCII letter case ignored (RFC 7643 §2.1).
pub(crate) fn key_of<'a>(members: &'a Members, name: &str) -> Option<&'a str> {
    if let Some((key, _)) = members.get_key_value(name) {
        return Some(key);
    }
    members
        .keys()
        .map(String::as_str)
        .find(|key| key.eq_ignore_ascii_case(name))
}

/// Returns the member called `name`, ASCII letter case ignored.
pub(crate) fn member<'a>(members: &'a Members, name: &str) -> Option<&'a Value> {
    members.get(key_of(members, name)?)
}

/// Returns the member called `name` for changing, ASCII letter case ignored.
pub(crate) fn member_mut<'a>(members: &'a mut Members, name: &str) -> Option<&'a mut Value> {
    if members.contains_key(name) {
        return members.get_mut(name);
    }
    members
        .iter_mut()
        .find(|(key, _)| key.eq_ignore_ascii_case(name))
        .map(|(_, value)| value)
}

/// Takes the member called `name` out, ASCII letter case ignored.
pub(crate) fn take(members: &mut Members, name: &str) -> Option<Value> {
    let key = key_of(members, name)?.to_owned();
    members.remove(&key)
}
