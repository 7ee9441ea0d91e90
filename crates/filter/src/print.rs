//! Printing what was parsed: the strict profile, with no bracket that changes nothing.

use std::fmt::{self, Display, Formatter};

use crate::{AttrPath, Expr, Filter, Literal, Op, Path, Written};

impl Display for Filter {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Expr::All(all) => list(f, all, " and ", |inner| {
                matches!(inner, Expr::All(_) | Expr::Any(_))
            }),
            Expr::Any(any) => list(f, any, " or ", |inner| matches!(inner, Expr::Any(_))),
            Expr::Not(inner) => write!(f, "not ({inner})"),
            Expr::Test(leaf) => leaf.fmt(f),
        }
    }
}

/// `a and (b and c)` is kept apart from `a and b and c`: what was grouped stays grouped.
fn list(
    f: &mut Formatter<'_>,
    all: &[Filter],
    between: &str,
    grouped: fn(&Filter) -> bool,
) -> fmt::Result {
    for (at, inner) in all.iter().enumerate() {
        if at > 0 {
            f.write_str(between)?;
        }
        if grouped(inner) {
            write!(f, "({inner})")?;
        } else {
            inner.fmt(f)?;
        }
    }
    Ok(())
}

impl Display for Written {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Present(path) => write!(f, "{path} pr"),
            Self::Compare(path, op, literal) => write!(f, "{path} {op} {literal}"),
            Self::Element(path, inner) => write!(f, "{path}[{inner}]"),
        }
    }
}

impl Display for Op {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Display for Literal {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::String(text) => {
                f.write_str(&serde_json::to_string(text).map_err(|_| fmt::Error)?)
            }
            Self::Number(number) => number.fmt(f),
            Self::Bool(flag) => flag.fmt(f),
            Self::Null => f.write_str("null"),
        }
    }
}

impl Display for AttrPath {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        if let Some(urn) = &self.urn {
            write!(f, "{urn}:")?;
        }
        self.name.fmt(f)?;
        self.sub.iter().try_for_each(|sub| write!(f, ".{sub}"))
    }
}

impl Display for Path {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Attribute(path) => path.fmt(f),
            Self::Selected(path, filter, sub) => {
                write!(f, "{path}[{filter}]")?;
                sub.iter().try_for_each(|sub| write!(f, ".{sub}"))
            }
            Self::Schema(urn) => urn.fmt(f),
        }
    }
}
