//! Deciding whether a resource matches (filter-grammar §6).

use std::cmp::Ordering;

use enroll_schema::{AttrId, Kind, Relation, ResourceType, Timestamp};
use serde_json::{Map, Value};

use crate::{Bound, Expr, Op, Operand, Predicate, numeral, values};

/// What a predicate may look at.
pub trait Facts {
    /// Returns the document with `id`, `meta` and `schemas`, without relations.
    fn document(&self) -> &Map<String, Value>;

    /// Tells whether the resource is linked to `id`.
    fn linked(&self, relation: Relation, id: &str) -> bool;

    /// Returns the elements of a relation as JSON objects (`value`, `type`, `display`, …); asked
    /// only if [`Predicate::relations`] names it.
    fn links(&self, relation: Relation) -> Vec<Map<String, Value>>;
}

/// A whole JSON resource, relations included as arrays: what tests and embedders filter.
impl Facts for Map<String, Value> {
    fn document(&self) -> &Map<String, Value> {
        self
    }

    fn linked(&self, relation: Relation, id: &str) -> bool {
        related(self, relation).any(|link| link.get("value").and_then(Value::as_str) == Some(id))
    }

    fn links(&self, relation: Relation) -> Vec<Map<String, Value>> {
        related(self, relation).cloned().collect()
    }
}

fn related(
    resource: &Map<String, Value>,
    relation: Relation,
) -> impl Iterator<Item = &Map<String, Value>> {
    let name = match relation {
        Relation::Members => "members",
        Relation::Groups => "groups",
    };
    let values = values::member(resource, name).and_then(Value::as_array);
    values.into_iter().flatten().filter_map(Value::as_object)
}

impl Predicate {
    /// Tells whether the resource matches.
    ///
    /// Logic has two values: a comparison with nothing is false but for `eq null` and `ne`, and
    /// `not` turns whatever came out (filter-grammar §6).
    pub fn matches(&self, kind: &ResourceType, facts: &impl Facts) -> bool {
        holds(self, &|leaf| on_resource(leaf, kind, facts))
    }

    /// Tells whether one value of `attribute` satisfies a predicate whose leaves name its
    /// sub-attributes: a path's filter, or [`crate::LinkPlan::unlink_where`].
    pub fn selects(&self, kind: &ResourceType, attribute: AttrId, element: &Value) -> bool {
        holds(self, &|leaf| on_element(leaf, kind, attribute, element))
    }
}

fn holds(predicate: &Predicate, leaf: &dyn Fn(&Bound) -> bool) -> bool {
    match predicate {
        Expr::All(all) => all.iter().all(|inner| holds(inner, leaf)),
        Expr::Any(any) => any.iter().any(|inner| holds(inner, leaf)),
        Expr::Not(inner) => !holds(inner, leaf),
        Expr::Test(test) => leaf(test),
    }
}

fn on_resource(leaf: &Bound, kind: &ResourceType, facts: &impl Facts) -> bool {
    match leaf {
        Bound::Linked { relation, id } => facts.linked(*relation, id),
        Bound::Related { relation, test } => {
            let links: Vec<Value> = facts
                .links(*relation)
                .into_iter()
                .map(Value::Object)
                .collect();
            on_elements(test, kind, &links)
        }
        _ => {
            let attribute = attribute_of(leaf);
            let elements = attribute
                .map(|id| values::elements(kind, kind.parent(id).unwrap_or(id), facts.document()));
            on_elements(leaf, kind, elements.unwrap_or_default())
        }
    }
}

/// Decides a leaf over all values of the top-level attribute it is about.
fn on_elements(leaf: &Bound, kind: &ResourceType, elements: &[Value]) -> bool {
    let Some(top) = attribute_of(leaf).map(|id| kind.parent(id).unwrap_or(id)) else {
        return false;
    };
    match leaf {
        Bound::Element { attribute, inner } => elements
            .iter()
            .any(|element| inner.selects(kind, *attribute, element)),
        // No value at all reads as one that is null: `ne` is true, `eq null` too.
        Bound::Compare {
            attribute,
            op,
            operand,
        } if elements.is_empty() => compares(kind, *attribute, *op, operand, None),
        _ => elements
            .iter()
            .any(|element| on_element(leaf, kind, top, element)),
    }
}

/// Decides a leaf over one value of the attribute `within`.
fn on_element(leaf: &Bound, kind: &ResourceType, within: AttrId, element: &Value) -> bool {
    match leaf {
        Bound::Present(id) => inner_value(kind, *id, within, element).is_some_and(values::present),
        Bound::Compare {
            attribute,
            op,
            operand,
        } => {
            let value = inner_value(kind, *attribute, within, element);
            let value = value.or_else(|| assumed(kind, *attribute));
            match value {
                Some(Value::Array(list)) if !list.is_empty() => {
                    let holds = |value| compares(kind, *attribute, *op, operand, Some(value));
                    list.iter().any(holds)
                }
                value => compares(kind, *attribute, *op, operand, value),
            }
        }
        Bound::Element { .. } | Bound::Linked { .. } | Bound::Related { .. } => false,
    }
}

fn attribute_of(leaf: &Bound) -> Option<AttrId> {
    match leaf {
        Bound::Present(attribute)
        | Bound::Compare { attribute, .. }
        | Bound::Element { attribute, .. } => Some(*attribute),
        Bound::Linked { .. } | Bound::Related { .. } => None,
    }
}

fn inner_value<'a>(
    kind: &ResourceType,
    id: AttrId,
    within: AttrId,
    element: &'a Value,
) -> Option<&'a Value> {
    if id == within {
        return Some(element).filter(|value| !value.is_null());
    }
    values::sub(element, kind.attribute(id)?.name.as_str())
}

/// A value without `primary` is not the primary one (RFC 7643 §2.4, filter-eval E047).
fn assumed(kind: &ResourceType, id: AttrId) -> Option<&'static Value> {
    static NOT_PRIMARY: Value = Value::Bool(false);
    let parent = kind.parent(id).and_then(|parent| kind.attribute(parent))?;
    let primary = kind
        .attribute(id)
        .is_some_and(|a| a.kind == Kind::Boolean && a.name.is("primary"));
    (parent.multi && primary).then_some(&NOT_PRIMARY)
}

fn compares(
    kind: &ResourceType,
    id: AttrId,
    op: Op,
    operand: &Operand,
    value: Option<&Value>,
) -> bool {
    let Some(value) = value else {
        return matches!((op, operand), (Op::Eq, Operand::Null))
            || op == Op::Ne && *operand != Operand::Null;
    };
    match operand {
        Operand::Null => op == Op::Ne,
        Operand::Text { raw, key } => match value.as_str() {
            Some(text) => texts(kind, id, op, text, raw, key),
            None => op == Op::Ne,
        },
        _ => order(operand, value).map_or(op == Op::Ne, |order| ordered(op, order)),
    }
}

fn texts(kind: &ResourceType, id: AttrId, op: Op, text: &str, raw: &str, key: &str) -> bool {
    // A part of a reference is a part of what was written, not of the resource it names.
    let reference = kind.attribute(id).is_some_and(values::names_resource);
    let (text, part) = match op {
        Op::Co | Op::Sw | Op::Ew if reference => (text.to_owned(), raw),
        _ => (values::key(kind, id, text), key),
    };
    match op {
        Op::Co => text.contains(part),
        Op::Sw => text.starts_with(part),
        Op::Ew => text.ends_with(part),
        _ => ordered(op, text.as_str().cmp(part)),
    }
}

/// Returns how the value stands to the operand; `None` if it is of another type.
fn order(operand: &Operand, value: &Value) -> Option<Ordering> {
    match (operand, value) {
        (Operand::Number(wanted), Value::Number(number)) => numeral::compare(number, wanted),
        (Operand::Bool(wanted), Value::Bool(flag)) => Some(flag.cmp(wanted)),
        (Operand::Instant(wanted), Value::String(text)) => {
            Some(Timestamp::parse(text)?.as_millis().cmp(wanted))
        }
        (Operand::Binary(wanted), Value::String(text)) => Some(text.as_str().cmp(wanted)),
        _ => None,
    }
}

fn ordered(op: Op, order: Ordering) -> bool {
    match op {
        Op::Eq => order.is_eq(),
        Op::Ne => order.is_ne(),
        Op::Gt => order.is_gt(),
        Op::Ge => order.is_ge(),
        Op::Lt => order.is_lt(),
        Op::Le => order.is_le(),
        Op::Co | Op::Sw | Op::Ew => false,
    }
}
