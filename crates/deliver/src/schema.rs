//! The messages as JSON Schema.

/// The JSON Schema (draft 2020-12) of every message and of the reply, as `/v1/sink.schema.json`
/// serves it.
///
/// The document itself is the schema of a message; that of a reply is `#/$defs/reply`.
pub const SCHEMA: &str = include_str!("sink.schema.json");
