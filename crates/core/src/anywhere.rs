//! A filter over several resource types: what a type does not define has no value there (7644-3.4.2.1-05).

use enroll_filter::{AttrPath, Expr, Filter, Literal, Op, Written};
use enroll_schema::ResourceType;

use crate::project;

/// A filter with everything decided that one type decides by not having an attribute.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Folded {
    /// No resource of the type matches.
    Never,
    /// Every resource of the type matches.
    Always,
    /// This decides.
    Filter(Filter),
}

/// Folds `filter` for `kind`; recursion is bounded by the depth the parser allows.
pub(crate) fn fold(kind: &ResourceType, filter: &Filter) -> Folded {
    match filter {
        Expr::Test(test) => leaf(kind, test),
        Expr::Not(inner) => match fold(kind, inner) {
            Folded::Never => Folded::Always,
            Folded::Always => Folded::Never,
            Folded::Filter(inner) => Folded::Filter(Expr::Not(Box::new(inner))),
        },
        Expr::All(parts) => join(kind, parts, &Folded::Always, Expr::All),
        Expr::Any(parts) => join(kind, parts, &Folded::Never, Expr::Any),
    }
}

/// Joins parts of which `neutral` ones decide nothing and the opposite decides all.
fn join(
    kind: &ResourceType,
    parts: &[Filter],
    neutral: &Folded,
    build: fn(Vec<Filter>) -> Filter,
) -> Folded {
    let mut open = Vec::new();
    for part in parts {
        match fold(kind, part) {
            Folded::Filter(part) => open.push(part),
            decided if decided == *neutral => {}
            decided => return decided,
        }
    }
    if open.is_empty() {
        neutral.clone()
    } else {
        Folded::Filter(build(open))
    }
}

fn leaf(kind: &ResourceType, test: &Written) -> Folded {
    let (path, without_value) = match test {
        // What is absent equals null, and differs from everything else (decision 15).
        Written::Compare(path, Op::Eq, Literal::Null) => (path, true),
        Written::Compare(path, Op::Ne, literal) => (path, *literal != Literal::Null),
        Written::Present(path) | Written::Element(path, _) | Written::Compare(path, ..) => {
            (path, false)
        }
    };
    match (is_defined(kind, path), without_value) {
        (true, _) => Folded::Filter(Expr::Test(test.clone())),
        (false, true) => Folded::Always,
        (false, false) => Folded::Never,
    }
}

fn is_defined(kind: &ResourceType, path: &AttrPath) -> bool {
    let urn = path
        .urn
        .as_ref()
        .map(|urn| format!("{urn}:"))
        .unwrap_or_default();
    let sub = path
        .sub
        .as_ref()
        .map(|sub| format!(".{sub}"))
        .unwrap_or_default();
    !project::resolve(kind, &format!("{urn}{}{sub}", path.name)).is_empty()
}
