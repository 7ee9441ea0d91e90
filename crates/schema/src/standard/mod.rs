//! The standard schemas as tables.
