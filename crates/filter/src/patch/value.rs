//! Values of operations in canonical form, checked before anything is touched.

use enroll_schema::{
    AttrId, Error, ErrorKind, Kind, Mode, Mutability, ResourceType, Result, limits::VALUES_MAX,
};
use serde_json::{Map, Value};

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
        let canonical = self
            .kind
            .canonical(id, value.clone(), self.mode)
            .map_err(|e| invalid(&e))?;
        Ok(canonical.value.unwrap_or_default())
    }

    /// Returns the canonical form of one value of an attribute, be it multi-valued or not.
    pub(super) fn element(self, id: AttrId, value: &Value) -> Result<Value> {
        let canonical = self.kind.canonical_element(id, value.clone(), self.mode);
        Ok(canonical
            .map_err(|e| invalid(&e))?
            .value
            .unwrap_or_default())
    }

    /// Returns the sub-attributes of a complex value, `null` for those to be unset.
    ///
    /// Those that are readOnly are left out: inside a larger value they are ignored
    /// (patch-semantics §4).
    pub(super) fn fields(self, id: AttrId, value: &Value) -> Result<Map<String, Value>> {
        let Value::Object(members) = value else {
            // What is no object is refused here, in the words of the schema.
            self.element(id, value)?;
            return Ok(Map::new());
        };
        let mut fields = Map::new();
        for (name, value) in members {
            let known = self
                .kind
                .find_sub(id, name)
                .and_then(|sub| Some((sub, self.kind.attribute(sub)?)));
            let Some((sub, definition)) = known else {
                if self.mode == Mode::Lenient {
                    continue;
                }
                let detail = format!("there is no attribute {}.{name}", self.kind.path(id));
                return Err(Error::new(ErrorKind::InvalidValue, detail));
            };
            if definition.mutability != Mutability::ReadOnly {
                fields.insert(definition.name.as_str().to_owned(), self.whole(sub, value)?);
            }
        }
        Ok(fields)
    }

    /// Returns the values of a multi-valued attribute; one value is a list of one.
    pub(super) fn list(self, id: AttrId, value: &Value) -> Result<Vec<Value>> {
        let given = as_list(value);
        if given.len() > VALUES_MAX {
            return Err(too_many(self.kind, id));
        }
        let each = given.iter().map(|value| self.element(id, value));
        let mut values = each.collect::<Result<Vec<_>>>()?;
        values.retain(|value| !value.is_null());
        self.one_primary(id, &mut values)?;
        Ok(values)
    }

    /// Returns what `remove` with a value lists: simple values, or the sub-attributes given of each.
    pub(super) fn listed(self, id: AttrId, value: &Value) -> Result<Vec<Value>> {
        let given = as_list(value);
        if given.len() > VALUES_MAX {
            return Err(too_many(self.kind, id));
        }
        let complex = self
            .kind
            .attribute(id)
            .is_some_and(|a| a.kind == Kind::Complex);
        let one = |value: &Value| {
            if !complex {
                return self.element(id, value);
            }
            let mut fields = self.fields(id, value)?;
            fields.retain(|_, value| !value.is_null());
            Ok(Value::Object(fields))
        };
        given.iter().map(one).collect()
    }

    /// More than one primary value is a fault (RFC 7643 §2.4), or only the first counts.
    fn one_primary(self, id: AttrId, values: &mut [Value]) -> Result<()> {
        let primaries = values
            .iter_mut()
            .filter_map(|value| value.get_mut("primary"));
        for more in primaries
            .filter(|primary| **primary == Value::Bool(true))
            .skip(1)
        {
            if self.mode == Mode::Strict {
                return Err(two_primaries(self.kind, id));
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

pub(super) fn two_primaries(kind: &ResourceType, id: AttrId) -> Error {
    let detail = format!("{} can have one primary value only", kind.path(id));
    Error::new(ErrorKind::InvalidValue, detail)
}

pub(super) fn too_many(kind: &ResourceType, id: AttrId) -> Error {
    let detail = format!("{} holds at most {VALUES_MAX} values", kind.path(id));
    Error::new(ErrorKind::InvalidValue, detail)
}

/// Inside an operation, a value that is not understood is `invalidValue`, never a broken message.
fn invalid(error: &Error) -> Error {
    Error::new(ErrorKind::InvalidValue, error.detail())
}
