//! The pure functions behind the table, grouped by what they rewrite.

pub(crate) mod elements;
pub(crate) mod keys;
pub(crate) mod operations;
pub(crate) mod path;
pub(crate) mod query;
pub(crate) mod urns;
pub(crate) mod values;
