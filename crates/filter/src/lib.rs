//! SCIM filters, attribute paths and PATCH plans: parse, bind, evaluate.

mod bind;
mod error;
mod evaluate;
mod expr;
mod grammar;
mod numeral;
pub mod patch;
mod path;
mod predicate;
mod print;
mod values;

pub use bind::{Bound, Operand, Predicate};
pub use error::ParseError;
pub use evaluate::Facts;
pub use expr::{AttrPath, Expr, Filter, Literal, Op, Profile, SEARCH_FILTER_BYTES_MAX, Written};
pub use numeral::Numeral;
pub use patch::{LinkPlan, Patch, PatchError, Plan, Unknown};
pub use path::{Path, Selection};
