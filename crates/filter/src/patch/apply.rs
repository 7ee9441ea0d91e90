//! Edits carried out on a copy of a document (patch-semantics §4, §6).

use enroll_schema::{
    AttrId, Document, Error, ErrorKind, Extension, Mutability, ResourceType, Result,
    limits::GROUP_BODY_BYTES_MAX,
};
use serde_json::{Map, Value};

use super::{
    Action, Edit, PatchError, Plan, Step,
    action::act,
    place::{Place, keeps_base, mutability},
    value::as_list,
};
use crate::{Predicate, values};

impl Plan {
    /// Applies all edits in order to a copy of `before`; the id is needed for `replace id` no-ops.
    ///
    /// The result is canonical: empty values gone, one primary, `schemas` recomputed, required
    /// attributes present. Equal to `before` means nothing changed.
    ///
    /// # Errors
    /// The first refusal; nothing is changed then. `PayloadTooLarge` when the operations together look
    /// at more than 8 MiB of values: a store runs this while others wait.
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
        let mut work = 0;
        for Edit { index, step } in &self.edits {
            let done = within(kind, &resource, step, &mut work)
                .and_then(|()| run(kind, id, &mut resource, step));
            done.map_err(|error| PatchError::at(*index, &error))?;
        }
        complete(kind, before.as_map(), &resource)
            .map_err(|error| PatchError::at(last.index, &error))?;
        let schemas = schemas_of(kind, &resource);
        resource.insert("schemas".to_owned(), schemas);
        Ok(Document::from_canonical(resource))
    }
}

type Object = Map<String, Value>;

/// Most bytes of values that the edits of one PATCH look at, each as often as it is looked at.
///
/// Folding a text that is not ASCII costs some 50 ns a byte; a hundred values of 4 KiB, once for each
/// of a thousand operations, would be a minute.
const WORK_BYTES_MAX: usize = GROUP_BODY_BYTES_MAX;

/// Adds what an edit costs to `work`, before it costs anything.
fn within(kind: &ResourceType, resource: &Object, step: &Step, work: &mut usize) -> Result<()> {
    let Step::Attribute(id, action) = step else {
        return Ok(());
    };
    let looks = match action {
        Action::Choose(choice) => choice.filter.comparisons(),
        _ => 1,
    };
    let values = values::elements(kind, *id, resource);
    *work += looks * values.iter().map(weight).sum::<usize>();
    if *work > WORK_BYTES_MAX {
        let detail = "the operations look at too many values; send fewer at once";
        return Err(Error::new(ErrorKind::PayloadTooLarge, detail));
    }
    Ok(())
}

/// The texts of a value, and something for each of its parts.
fn weight(value: &Value) -> usize {
    const PART: usize = 16;
    match value {
        Value::String(text) => PART + text.len(),
        Value::Object(members) => PART + members.values().map(weight).sum::<usize>(),
        Value::Array(list) => PART + list.iter().map(weight).sum::<usize>(),
        _ => PART,
    }
}

fn run(kind: &ResourceType, id: &str, resource: &mut Object, step: &Step) -> Result<()> {
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
    resource: &mut Object,
    goes: impl Fn(&Extension) -> bool,
) -> Result<()> {
    for extension in kind.extensions().iter().filter(|extension| goes(extension)) {
        if resource.remove(extension.urn.as_str()).is_some() && extension.required {
            return Err(mutability(&format!("{} is required", extension.urn)));
        }
    }
    Ok(())
}

fn drop_schemas(kind: &ResourceType, resource: &mut Object, filter: &Predicate) -> Result<()> {
    let Some(schemas) = kind.find(None, "schemas") else {
        return Ok(());
    };
    let matches = |urn: &str| filter.selects(kind, schemas, &Value::from(urn));
    if matches(kind.schema().as_str()) {
        return Err(keeps_base(kind));
    }
    clear(kind, resource, |extension| matches(extension.urn.as_str()))
}

fn edit(kind: &ResourceType, resource: &mut Object, id: AttrId, action: &Action) -> Result<()> {
    let Some(place) = Place::of(kind, id) else {
        return Ok(());
    };
    let Some(extension) = kind.extension(id) else {
        return edit_in(place, resource, action);
    };
    let urn = extension.urn.as_str();
    let mut container = match resource.remove(urn) {
        Some(Value::Object(container)) => container,
        _ => Map::new(),
    };
    let was_there = !container.is_empty();
    edit_in(place, &mut container, action)?;
    if !container.is_empty() {
        resource.insert(urn.to_owned(), Value::Object(container));
    } else if was_there && extension.required {
        return Err(mutability(&format!("{urn} is required")));
    }
    Ok(())
}

fn edit_in(place: Place<'_>, container: &mut Object, action: &Action) -> Result<()> {
    let before = container.remove(place.name());
    let fixed = if place.is(Mutability::Immutable) {
        before.clone()
    } else {
        None
    };
    let after = act(place, before, action)?;
    if fixed.is_some() && fixed != after {
        return Err(place.is_fixed("immutable"));
    }
    let Some(after) = after else {
        return if place.attribute.required {
            Err(place.is_fixed("required"))
        } else {
            Ok(())
        };
    };
    for sub in place.subs().filter(|sub| sub.is_needed()) {
        if as_list(&after)
            .iter()
            .any(|value| value.get(sub.name()).is_none())
        {
            return Err(sub.refuse("is required"));
        }
    }
    container.insert(place.name().to_owned(), after);
    Ok(())
}

/// Checks that extensions which were not there before have what they must have.
fn complete(kind: &ResourceType, before: &Object, after: &Object) -> Result<()> {
    for place in kind.ids().filter_map(|id| Place::of(kind, id)) {
        let Some(extension) = kind.extension(place.id) else {
            continue;
        };
        if !place.is_needed() || kind.parent(place.id).is_some() {
            continue;
        }
        let urn = extension.urn.as_str();
        let new = after.get(urn).filter(|_| !before.contains_key(urn));
        if new.is_some_and(|container| container.get(place.name()).is_none()) {
            return Err(place.refuse("is required"));
        }
    }
    Ok(())
}

/// The base schema, and every extension with data (patch-semantics §6).
fn schemas_of(kind: &ResourceType, resource: &Object) -> Value {
    let extensions = kind
        .extensions()
        .iter()
        .map(|extension| extension.urn.as_str());
    let with_data = extensions.filter(|urn| resource.contains_key(*urn));
    std::iter::once(kind.schema().as_str())
        .chain(with_data)
        .map(Value::from)
        .collect()
}
