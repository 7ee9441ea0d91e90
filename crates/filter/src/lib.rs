//! SCIM filters, attribute paths and PATCH plans: parse, bind, evaluate.

mod bind;
mod error;
mod evaluate;
mod expr;
mod path;
pub mod patch;

pub use bind::{Bound, Operand, Predicate};
pub use error::ParseError;
pub use evaluate::Facts;
pub use expr::{AttrPath, Expr, Filter, Literal, Op, Profile, Written};
pub use patch::{Leniency, LinkPlan, Patch, PatchError, Plan, Unknown};
pub use path::Path;
