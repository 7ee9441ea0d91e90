//! A filter bound to a resource type: attributes resolved, literals typed and folded.

use enroll_schema::{
    AttrId, Attribute, Error, ErrorKind, Kind, Relation, ResourceType, Result, Returned, Timestamp,
};
use serde_json::Number;

use crate::{
    AttrPath, Expr, Filter, Literal, Op, Written, numeral, path::schema_named, shown::shown, values,
};

/// A filter ready to evaluate or to push down.
pub type Predicate = Expr<Bound>;

/// A leaf with its attribute resolved.
#[derive(Clone, Debug, PartialEq)]
pub enum Bound {
    /// The attribute has a non-empty value.
    Present(AttrId),
    /// Some value compares so.
    Compare {
        /// The attribute, already the sub-attribute (`emails` is bound as `emails.value`).
        attribute: AttrId,
        /// The operator.
        op: Op,
        /// The literal in the attribute's type.
        operand: Operand,
    },
    /// Some element of the complex multi-valued attribute satisfies the whole predicate.
    Element {
        /// The multi-valued attribute.
        attribute: AttrId,
        /// Leaves inside name sub-attributes of `attribute`; of a simple one, itself.
        inner: Box<Predicate>,
    },
    /// Membership: this resource is linked to `id` (`members.value eq "id"`,
    /// `members[value eq "id"]`, `members eq "id"`, and the same with `groups`).
    Linked {
        /// Which way the row is seen.
        relation: Relation,
        /// The other end, compared by bytes.
        id: String,
    },
    /// Any other test of a relation; its elements are asked of [`crate::Facts::links`], never of
    /// the document (threat B6).
    Related {
        /// Which way the rows are seen.
        relation: Relation,
        /// `Present`, `Compare` or `Element` over the relation's attribute.
        test: Box<Bound>,
    },
}

/// A literal in the type of its attribute.
#[derive(Clone, Debug, PartialEq)]
pub enum Operand {
    /// String or reference.
    Text {
        /// As written.
        raw: String,
        /// The comparison key of [`enroll_schema::fold`].
        key: String,
    },
    /// Integer or decimal.
    Number(Number),
    /// Boolean.
    Bool(bool),
    /// dateTime, in milliseconds since 1970.
    Instant(i64),
    /// Binary, compared exactly.
    Binary(String),
    /// `null`: equal to what is absent.
    Null,
}

impl Filter {
    /// Resolves every attribute and types every literal.
    ///
    /// # Errors
    /// `invalidFilter` for unknown attributes, literals of another type, operators a type does not
    /// have (filter-grammar §5), and attributes that are never returned (threat B6).
    pub fn bind(&self, kind: &ResourceType) -> Result<Predicate> {
        bind(kind, None, self)
    }
}

/// Binds what stands inside `attribute[…]`: leaves are bare names of sub-attributes.
pub(crate) fn inside(kind: &ResourceType, attribute: AttrId, filter: &Filter) -> Result<Predicate> {
    bind(kind, Some(attribute), filter)
}

/// `within` is the attribute before the bracket that the filter stands in.
fn bind(kind: &ResourceType, within: Option<AttrId>, filter: &Filter) -> Result<Predicate> {
    match filter {
        Expr::All(all) => bind_all(kind, within, all).map(Expr::All),
        Expr::Any(any) => bind_all(kind, within, any).map(Expr::Any),
        Expr::Not(inner) => bind(kind, within, inner).map(Box::new).map(Expr::Not),
        Expr::Test(leaf) => bind_leaf(kind, within, leaf),
    }
}

fn bind_all(
    kind: &ResourceType,
    within: Option<AttrId>,
    list: &[Filter],
) -> Result<Vec<Predicate>> {
    // A loop, not an iterator: fewer frames on the stack for each level of brackets.
    let mut bound = Vec::with_capacity(list.len());
    for filter in list {
        bound.push(bind(kind, within, filter)?);
    }
    Ok(bound)
}

fn bind_leaf(kind: &ResourceType, within: Option<AttrId>, leaf: &Written) -> Result<Predicate> {
    match within {
        Some(attribute) => leaf_inside(kind, attribute, leaf).map(Expr::Test),
        None => leaf_outside(kind, leaf),
    }
}

fn leaf_outside(kind: &ResourceType, leaf: &Written) -> Result<Predicate> {
    let (path, bound) = match leaf {
        Written::Present(path) => {
            if let Some(any) = schema_present(kind, path) {
                return Ok(any);
            }
            (path, Bound::Present(find(kind, path)?))
        }
        Written::Compare(path, op, literal) => {
            (path, compare(kind, path, find(kind, path)?, *op, literal)?)
        }
        Written::Element(path, inner) => (path, element(kind, path, inner)?),
    };
    let relation = path
        .find(kind)
        .and_then(|id| kind.attribute(kind.parent(id).unwrap_or(id))?.relation);
    Ok(Expr::Test(match relation {
        Some(relation) => related(kind, relation, bound),
        None => bound,
    }))
}

fn leaf_inside(kind: &ResourceType, attribute: AttrId, leaf: &Written) -> Result<Bound> {
    match leaf {
        Written::Present(path) => Ok(Bound::Present(find_inside(kind, attribute, path)?)),
        Written::Compare(path, op, literal) => compare(
            kind,
            path,
            find_inside(kind, attribute, path)?,
            *op,
            literal,
        ),
        Written::Element(path, _) => Err(refused(path, "there is no `[` inside `[…]`")),
    }
}

fn element(kind: &ResourceType, path: &AttrPath, inner: &Filter) -> Result<Bound> {
    let attribute = find(kind, path)?;
    let chosen = |a: &Attribute| path.sub.is_none() && (a.multi || a.kind == Kind::Complex);
    if !kind.attribute(attribute).is_some_and(chosen) {
        return Err(refused(path, "there are no values to choose from"));
    }
    Ok(Bound::Element {
        attribute,
        inner: Box::new(inside(kind, attribute, inner)?),
    })
}

/// `urn:…:enterprise:2.0:User pr`: some attribute of the schema has a value (filter-eval E071).
fn schema_present(kind: &ResourceType, path: &AttrPath) -> Option<Predicate> {
    path.urn.as_ref()?;
    let urn = schema_named(kind, &path.to_string())?;
    if urn == kind.schema() {
        return kind
            .find(None, "schemas")
            .map(|id| Expr::Test(Bound::Present(id)));
    }
    let within = |id: &AttrId| {
        kind.parent(*id).is_none() && kind.extension(*id).is_some_and(|e| e.urn == *urn)
    };
    Some(Expr::Any(
        kind.ids()
            .filter(within)
            .map(|id| Expr::Test(Bound::Present(id)))
            .collect(),
    ))
}

/// Membership is recognised in every spelling, so that a store can ask one row for it.
fn related(kind: &ResourceType, relation: Relation, bound: Bound) -> Bound {
    let asked = match &bound {
        Bound::Element { inner, .. } => match &**inner {
            Expr::Test(leaf) => leaf,
            _ => &bound,
        },
        _ => &bound,
    };
    match asked {
        Bound::Compare {
            attribute,
            op: Op::Eq,
            operand: Operand::Text { raw, .. },
        } if values::is_link(kind, *attribute) => Bound::Linked {
            relation,
            id: raw.clone(),
        },
        _ => Bound::Related {
            relation,
            test: Box::new(bound),
        },
    }
}

fn find(kind: &ResourceType, path: &AttrPath) -> Result<AttrId> {
    let id = path
        .find(kind)
        .ok_or_else(|| refused(path, "there is no such attribute"))?;
    visible(kind, path, id)
}

fn find_inside(kind: &ResourceType, attribute: AttrId, path: &AttrPath) -> Result<AttrId> {
    if path.urn.is_some() || path.sub.is_some() {
        return Err(refused(
            path,
            "inside `[…]` sub-attributes are named without their attribute",
        ));
    }
    let simple = kind
        .attribute(attribute)
        .is_some_and(|a| a.kind != Kind::Complex);
    let id = if simple && path.name.is("value") {
        Some(attribute)
    } else {
        kind.find_sub(attribute, path.name.as_str())
    };
    visible(
        kind,
        path,
        id.ok_or_else(|| refused(path, "there is no such sub-attribute"))?,
    )
}

/// What is never returned cannot be asked about either, or answers would tell it bit by bit.
fn visible(kind: &ResourceType, path: &AttrPath, id: AttrId) -> Result<AttrId> {
    let hidden = |id| {
        kind.attribute(id)
            .is_some_and(|a| a.returned == Returned::Never)
    };
    if hidden(id) || kind.parent(id).is_some_and(hidden) {
        return Err(refused(
            path,
            "it is never returned, so it cannot be filtered on",
        ));
    }
    Ok(id)
}

fn compare(
    kind: &ResourceType,
    path: &AttrPath,
    id: AttrId,
    op: Op,
    literal: &Literal,
) -> Result<Bound> {
    let id = plain(kind, path, id)?;
    let data = kind.attribute(id).map_or(Kind::Complex, |a| a.kind);
    let operand = match literal {
        Literal::Null if has(Kind::Boolean, op) => Operand::Null,
        Literal::Null => return Err(refused(path, "null is compared by eq and ne only")),
        _ if !has(data, op) => {
            return Err(refused(
                path,
                &format!("{op} is not for {} values", data.as_str()),
            ));
        }
        _ => operand(kind, id, data, literal).ok_or_else(|| {
            refused(
                path,
                &format!("{} is no {} value", shown(literal), data.as_str()),
            )
        })?,
    };
    Ok(Bound::Compare {
        attribute: id,
        op,
        operand,
    })
}

/// A complex attribute stands for its `value` (decision 14).
fn plain(kind: &ResourceType, path: &AttrPath, id: AttrId) -> Result<AttrId> {
    if kind.attribute(id).is_none_or(|a| a.kind != Kind::Complex) {
        return Ok(id);
    }
    kind.find_sub(id, "value")
        .ok_or_else(|| refused(path, "name one of its sub-attributes"))
}

/// Tells whether values of a type can be compared so (filter-grammar §5).
fn has(data: Kind, op: Op) -> bool {
    let (order, parts) = match data {
        Kind::String | Kind::Reference => (true, true),
        Kind::Integer | Kind::Decimal | Kind::DateTime => (true, false),
        _ => (false, false),
    };
    match op {
        Op::Eq | Op::Ne => true,
        Op::Gt | Op::Ge | Op::Lt | Op::Le => order,
        Op::Co | Op::Sw | Op::Ew => parts,
    }
}

fn operand(kind: &ResourceType, id: AttrId, data: Kind, literal: &Literal) -> Option<Operand> {
    Some(match (data, literal) {
        (Kind::String | Kind::Reference, Literal::String(raw)) => Operand::Text {
            raw: raw.clone(),
            key: values::key(kind, id, raw),
        },
        (Kind::Boolean, Literal::Bool(flag)) => Operand::Bool(*flag),
        (Kind::Integer, Literal::Number(number)) => {
            Operand::Number(number.exact().filter(numeral::is_whole)?)
        }
        (Kind::Decimal, Literal::Number(number)) => Operand::Number(number.exact()?),
        (Kind::DateTime, Literal::String(text)) => {
            Operand::Instant(Timestamp::parse(text)?.as_millis())
        }
        (Kind::Binary, Literal::String(text)) => Operand::Binary(text.clone()),
        _ => return None,
    })
}

fn refused(path: &AttrPath, why: &str) -> Error {
    Error::new(
        ErrorKind::InvalidFilter,
        format!("filter: {}: {why}", shown(path)),
    )
}
