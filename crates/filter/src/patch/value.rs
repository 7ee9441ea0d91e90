//! Values of operations in canonical form, checked before anything is touched.

use enroll_schema::{
    AttrId, Error, ErrorKind, Kind, Mode, Mutability, ResourceType, Result, limits::VALUES_MAX,
};
use serde_json::{Map, Value};

use super::place::Place;
use crate::shown::shown;

/// Checks values against a resource type, strictly or as the dialect asks.
#[derive(Clone, Copy)]
pub(super) struct Values<'a> {
    pub(super) kind: &'a ResourceType,
    pub(super) mode: Mode,
}

impl Values<'_> {
    /// Returns the canonical form of a whole value of attribute or sub-attribute `id`; `null` when
    /// nothing is in it.
    pub(super) fn whole(self, id: AttrId, value: &Value) -> Result<Value> {
        let canonical = self.kind.canonical(id, value.clone(), self.mode);
        Ok(canonical
            .map_err(|error| invalid(&error))?
            .value
            .unwrap_or_default())
    }

    /// Returns the canonical form of one value of an attribute, be it multi-valued or not.
    pub(super) fn element(self, id: AttrId, value: &Value) -> Result<Value> {
        let canonical = self.kind.canonical_element(id, value.clone(), self.mode);
        Ok(canonical
            .map_err(|error| invalid(&error))?
            .value
            .unwrap_or_default())
    }

    /// Returns the sub-attributes of a complex value, `null` for those to be unset.
    ///
    /// Those that are readOnly are left out: inside a larger value they are ignored
    /// (patch-semantics §4).
    pub(super) fn fields(self, place: Place<'_>, value: &Value) -> Result<Map<String, Value>> {
        let Value::Object(members) = value else {
            // What is no object is refused here, in the words of the schema.
            self.element(place.id, value)?;
            return Ok(Map::new());
        };
        let mut fields = Map::new();
        for (name, value) in members {
            match place.sub(name) {
                Some(sub) if sub.is(Mutability::ReadOnly) => {}
                Some(sub) => {
                    let value = self.whole(sub.id, value)?;
                    if sub.attribute.is_kept() {
                        fields.insert(sub.name().to_owned(), value);
                    }
                }
                None if self.mode == Mode::Lenient => {}
                None => return Err(place.refuse(&format!("has no sub-attribute {}", shown(name)))),
            }
        }
        Ok(fields)
    }

    /// Returns the values of a multi-valued attribute; one value is a list of one.
    pub(super) fn list(self, place: Place<'_>, value: &Value) -> Result<Vec<Value>> {
        let each = few(place, value)?
            .iter()
            .map(|value| self.element(place.id, value));
        let mut values = each.collect::<Result<Vec<_>>>()?;
        values.retain(|value| !value.is_null());
        self.one_primary(place, &mut values)?;
        Ok(values)
    }

    /// Returns what `remove` with a value lists: simple values, or the sub-attributes given of each.
    pub(super) fn listed(self, place: Place<'_>, value: &Value) -> Result<Vec<Value>> {
        let one = |value: &Value| {
            if place.attribute.kind != Kind::Complex {
                return self.element(place.id, value);
            }
            let mut fields = self.fields(place, value)?;
            fields.retain(|_, value| !value.is_null());
            Ok(Value::Object(fields))
        };
        few(place, value)?.iter().map(one).collect()
    }

    /// More than one primary value is a fault (RFC 7643 §2.4), or only the first counts.
    fn one_primary(self, place: Place<'_>, values: &mut [Value]) -> Result<()> {
        let primaries = values
            .iter_mut()
            .filter_map(|value| value.get_mut("primary"));
        for more in primaries
            .filter(|primary| **primary == Value::Bool(true))
            .skip(1)
        {
            if self.mode != Mode::Lenient {
                return Err(place.two_primaries());
            }
            *more = Value::Bool(false);
        }
        Ok(())
    }
}

/// One value is taken as a list of one (RFC 7644 §3.5.2.1).
pub(super) fn as_list(value: &Value) -> &[Value] {
    match value {
        Value::Array(list) => list,
        one => std::slice::from_ref(one),
    }
}

fn few<'a>(place: Place<'_>, value: &'a Value) -> Result<&'a [Value]> {
    let list = as_list(value);
    if list.len() > VALUES_MAX {
        Err(place.too_many())
    } else {
        Ok(list)
    }
}

/// Inside an operation, a value that is not understood is `invalidValue`, never a broken message.
fn invalid(error: &Error) -> Error {
    Error::new(ErrorKind::InvalidValue, error.detail())
}
