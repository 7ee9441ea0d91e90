//! Edits carried out on a copy of a document (patch-semantics §3 to §6).

use enroll_schema::{
    AttrId, Attribute, Document, Error, ErrorKind, Extension, Mutability, ResourceType, Result,
    limits::VALUES_MAX,
};
use serde_json::{Map, Value};

use super::{
    Action, Choice, Deed, Edit, Otherwise, PatchError, Plan, Step,
    compile::{keeps_base, mutability, object_of},
    list,
    value::{too_many, two_primaries},
};
use crate::Predicate;

impl Plan {
    /// Applies all edits in order to a copy of `before`; the id is needed for `replace id` no-ops.
    ///
    /// The result is canonical: empty values gone, one primary, `schemas` recomputed, required
    /// attributes present. Equal to `before` means nothing changed.
    ///
    /// # Errors
    /// The first refusal; nothing is changed then.
    pub fn apply(
        &self,
        kind: &ResourceType,
        id: &str,
        before: &Document,
    ) -> Result<Document, PatchError> {
        let Some(last) = self.edits.last() else {
            return Ok(before.clone());
        };
        let mut resource = before.as_map().clone();
        for Edit { index, step } in &self.edits {
            run(kind, id, &mut resource, step).map_err(|error| PatchError::at(*index, &error))?;
        }
        complete(kind, before.as_map(), &resource)
            .map_err(|error| PatchError::at(last.index, &error))?;
        let schemas = schemas_of(kind, &resource).map(Value::from).collect();
        resource.insert("schemas".to_owned(), Value::Array(schemas));
        Ok(Document::from_canonical(resource))
    }
}

fn run(
    kind: &ResourceType,
    id: &str,
    resource: &mut Map<String, Value>,
    step: &Step,
) -> Result<()> {
    match step {
        Step::Id(value) if value.as_str() == Some(id) => Ok(()),
        Step::Id(_) => Err(mutability("id is readOnly")),
        Step::Clear(urn) => clear(kind, resource, |extension| extension.urn == *urn),
        Step::Keep(urns) => clear(kind, resource, |extension| !urns.contains(&extension.urn)),
        Step::Drop(filter) => drop_schemas(kind, resource, filter),
        Step::Attribute(attribute, action) => edit(kind, resource, *attribute, action),
    }
}

fn clear(
    kind: &ResourceType,
    resource: &mut Map<String, Value>,
    goes: impl Fn(&Extension) -> bool,
) -> Result<()> {
    for extension in kind.extensions().iter().filter(|extension| goes(extension)) {
        if resource.remove(extension.urn.as_str()).is_some() && extension.required {
            return Err(mutability(&format!("{} is required", extension.urn)));
        }
    }
    Ok(())
}

fn drop_schemas(
    kind: &ResourceType,
    resource: &mut Map<String, Value>,
    filter: &Predicate,
) -> Result<()> {
    let Some(schemas) = kind.find(None, "schemas") else {
        return Ok(());
    };
    let matches = |urn: &str| filter.selects(kind, schemas, &Value::from(urn));
    if matches(kind.schema().as_str()) {
        return Err(keeps_base(kind));
    }
    clear(kind, resource, |extension| matches(extension.urn.as_str()))
}

fn edit(
    kind: &ResourceType,
    resource: &mut Map<String, Value>,
    id: AttrId,
    action: &Action,
) -> Result<()> {
    let Some(attribute) = kind.attribute(id) else {
        return Ok(());
    };
    let Some(extension) = kind.extension(id) else {
        return edit_in(kind, resource, id, attribute, action);
    };
    let urn = extension.urn.as_str();
    let mut container = match resource.remove(urn) {
        Some(Value::Object(container)) => container,
        _ => Map::new(),
    };
    let was_there = !container.is_empty();
    edit_in(kind, &mut container, id, attribute, action)?;
    if !container.is_empty() {
        resource.insert(urn.to_owned(), Value::Object(container));
    } else if was_there && extension.required {
        return Err(mutability(&format!("{urn} is required")));
    }
    Ok(())
}

fn edit_in(
    kind: &ResourceType,
    container: &mut Map<String, Value>,
    id: AttrId,
    attribute: &Attribute,
    action: &Action,
) -> Result<()> {
    let name = attribute.name.as_str();
    let before = container.remove(name);
    let fixed = before
        .clone()
        .filter(|_| attribute.mutability == Mutability::Immutable);
    let after = act(kind, id, attribute, before, action)?;
    if fixed.is_some() && fixed != after {
        return Err(mutability(&format!("{} is immutable", kind.path(id))));
    }
    if after.is_none() && attribute.required {
        return Err(mutability(&format!("{} is required", kind.path(id))));
    }
    if let Some(after) = after {
        whole_values(kind, id, &after)?;
        container.insert(name.to_owned(), after);
    }
    Ok(())
}

/// Returns what becomes of an attribute's JSON.
fn act(
    kind: &ResourceType,
    id: AttrId,
    attribute: &Attribute,
    before: Option<Value>,
    action: &Action,
) -> Result<Option<Value>> {
    match action {
        Action::Set(value) => Ok(Some(value.clone())),
        Action::Unassign => Ok(None),
        Action::Same(sub, value) => same(kind, id, *sub, before, value),
        Action::Merge(fields) => merged(kind, id, before, fields),
        Action::SetSub(sub, value) => {
            let name = kind.attribute(*sub).map_or("", |sub| sub.name.as_str());
            let fields = object_of(name, value.clone());
            if attribute.multi {
                set_in_all(kind, id, before, fields)
            } else {
                merged(kind, id, before, &fields)
            }
        }
        Action::Append(values) => appended(kind, id, elements(before), values),
        Action::Assign(values) => appended(kind, id, Vec::new(), values),
        Action::Withdraw(listed) => {
            let mut list = elements(before);
            list::withdraw(kind, id, &mut list, listed);
            Ok(as_values(list))
        }
        Action::Choose(choice) => {
            let list = chosen(kind, id, attribute, elements(before), choice)?;
            Ok(if attribute.multi {
                as_values(list)
            } else {
                list.into_iter().next()
            })
        }
    }
}

fn same(
    kind: &ResourceType,
    id: AttrId,
    sub: Option<AttrId>,
    before: Option<Value>,
    value: &Value,
) -> Result<Option<Value>> {
    let name = sub
        .and_then(|sub| kind.attribute(sub))
        .map(|sub| sub.name.as_str());
    let equal = match name {
        None => before.as_ref().unwrap_or(&Value::Null) == value,
        Some(name) => {
            let list = elements(before.clone());
            let values = list
                .iter()
                .map(|element| element.get(name).unwrap_or(&Value::Null));
            values.clone().all(|known| known == value) && (values.len() > 0 || value.is_null())
        }
    };
    if equal {
        Ok(before)
    } else {
        Err(mutability(&format!(
            "{} is readOnly",
            kind.path(sub.unwrap_or(id))
        )))
    }
}

fn merged(
    kind: &ResourceType,
    id: AttrId,
    before: Option<Value>,
    fields: &Map<String, Value>,
) -> Result<Option<Value>> {
    let mut known = match before {
        Some(Value::Object(known)) => known,
        _ => Map::new(),
    };
    list::merge(kind, id, &mut known, fields)?;
    Ok((!known.is_empty()).then_some(Value::Object(known)))
}

/// K5: the sub-attribute of every value; of none, a value that holds it.
fn set_in_all(
    kind: &ResourceType,
    id: AttrId,
    before: Option<Value>,
    fields: Map<String, Value>,
) -> Result<Option<Value>> {
    let fields = Value::Object(fields);
    let mut list = elements(before);
    if list.is_empty() {
        list.push(Value::Object(Map::new()));
    }
    if list::is_primary(&fields) && list.len() > 1 {
        return Err(two_primaries(kind, id));
    }
    for element in &mut list {
        do_to(kind, id, element, &fields)?;
    }
    Ok(as_values(list))
}

fn appended(
    kind: &ResourceType,
    id: AttrId,
    mut list: Vec<Value>,
    values: &[Value],
) -> Result<Option<Value>> {
    list::append(kind, id, &mut list, values)?;
    if list.len() > VALUES_MAX {
        return Err(too_many(kind, id));
    }
    Ok(as_values(list))
}

/// K6, K7.
fn chosen(
    kind: &ResourceType,
    id: AttrId,
    attribute: &Attribute,
    mut list: Vec<Value>,
    choice: &Choice,
) -> Result<Vec<Value>> {
    let matching: Vec<bool> = list
        .iter()
        .map(|value| choice.filter.selects(kind, id, value))
        .collect();
    let count = matching.iter().filter(|matches| **matches).count();
    if count == 0 {
        return otherwise(kind, id, attribute, list, &choice.otherwise);
    }
    let mut chosen = matching.iter().copied();
    let fields = match &choice.deed {
        Deed::Remove => {
            list.retain(|_| !chosen.next().unwrap_or_default());
            return Ok(list);
        }
        Deed::Merge(fields) => Value::Object(fields.clone()),
        Deed::Become(value) => value.clone(),
    };
    let primary = list::is_primary(&fields);
    if primary && count > 1 {
        return Err(two_primaries(kind, id));
    }
    for (at, _) in matching.iter().enumerate().filter(|(_, matches)| **matches) {
        let Some(element) = list.get_mut(at) else {
            continue;
        };
        match (&choice.deed, element) {
            (Deed::Become(Value::Object(fields)), Value::Object(known)) => {
                *known = list::replaced(kind, id, known, fields.clone())?;
            }
            (Deed::Become(value), element) => *element = value.clone(),
            (_, element) => do_to(kind, id, element, &fields)?,
        }
        if primary {
            list::only_primary(&mut list, at);
        }
    }
    if count > 1 && matches!(choice.deed, Deed::Become(_)) {
        list = distinct(list);
    }
    list.retain(|value| !is_empty(value));
    Ok(list)
}

fn otherwise(
    kind: &ResourceType,
    id: AttrId,
    attribute: &Attribute,
    mut list: Vec<Value>,
    otherwise: &Otherwise,
) -> Result<Vec<Value>> {
    match otherwise {
        Otherwise::Nothing => Ok(list),
        Otherwise::Create(value) if attribute.multi || list.is_empty() => {
            list::append(kind, id, &mut list, std::slice::from_ref(value))?;
            if list.len() > VALUES_MAX {
                return Err(too_many(kind, id));
            }
            list.retain(|value| !is_empty(value));
            Ok(list)
        }
        Otherwise::Create(_) | Otherwise::Refuse => {
            let detail = format!("no value of {} matches", kind.path(id));
            Err(Error::new(ErrorKind::NoTarget, detail))
        }
    }
}

fn do_to(kind: &ResourceType, id: AttrId, element: &mut Value, fields: &Value) -> Result<()> {
    match (element, fields) {
        (Value::Object(known), Value::Object(fields)) => list::merge(kind, id, known, fields),
        (element, _) => {
            *element = fields.clone();
            Ok(())
        }
    }
}

/// Drops the later of equal values.
fn distinct(list: Vec<Value>) -> Vec<Value> {
    let mut kept: Vec<Value> = Vec::with_capacity(list.len());
    for value in list {
        if !kept.contains(&value) {
            kept.push(value);
        }
    }
    kept
}

fn elements(json: Option<Value>) -> Vec<Value> {
    match json {
        None | Some(Value::Null) => Vec::new(),
        Some(Value::Array(list)) => list,
        Some(single) => vec![single],
    }
}

fn as_values(mut list: Vec<Value>) -> Option<Value> {
    list.retain(|value| !is_empty(value));
    (!list.is_empty()).then_some(Value::Array(list))
}

fn is_empty(value: &Value) -> bool {
    value.is_null() || value.as_object().is_some_and(Map::is_empty)
}

/// Checks that each value has the sub-attributes it must have.
fn whole_values(kind: &ResourceType, id: AttrId, after: &Value) -> Result<()> {
    let subs = kind.subs(id).iter().filter_map(|sub| kind.attribute(*sub));
    for name in subs.filter(|sub| sub.required).map(|sub| sub.name.as_str()) {
        if !super::value::as_list(after)
            .iter()
            .all(|value| value.get(name).is_some())
        {
            let detail = format!("{}.{name} is required", kind.path(id));
            return Err(Error::new(ErrorKind::InvalidValue, detail));
        }
    }
    Ok(())
}

/// Checks that extensions which were not there before have what they must have.
fn complete(
    kind: &ResourceType,
    before: &Map<String, Value>,
    after: &Map<String, Value>,
) -> Result<()> {
    for extension in kind.extensions() {
        let urn = extension.urn.as_str();
        let Some(container) = after.get(urn).filter(|_| !before.contains_key(urn)) else {
            continue;
        };
        let own = |id: &AttrId| {
            kind.parent(*id).is_none()
                && kind.extension(*id).is_some_and(|e| e.urn == extension.urn)
        };
        let missing = kind.ids().filter(own).find(|id| {
            kind.attribute(*id).is_some_and(|a| {
                a.required
                    && a.mutability != Mutability::ReadOnly
                    && container.get(a.name.as_str()).is_none()
            })
        });
        if let Some(id) = missing {
            let detail = format!("{} is required", kind.path(id));
            return Err(Error::new(ErrorKind::InvalidValue, detail));
        }
    }
    Ok(())
}

/// The base schema, and every extension with data (patch-semantics §6).
fn schemas_of<'a>(
    kind: &'a ResourceType,
    resource: &'a Map<String, Value>,
) -> impl Iterator<Item = &'a str> {
    let with_data = kind
        .extensions()
        .iter()
        .map(|extension| extension.urn.as_str());
    std::iter::once(kind.schema().as_str())
        .chain(with_data.filter(|urn| resource.contains_key(*urn)))
}
