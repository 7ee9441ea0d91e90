//! The only door for JSON.

use serde_json::Value;

use crate::Result;

/// Reads JSON text.
///
/// # Errors
/// `invalidSyntax`, with the place, for what is not JSON, for a member named twice in one object (letter case ignored, threat C9),
/// for more than [`crate::limits::JSON_DEPTH_MAX`] levels, and for lone surrogates. `invalidValue` for numbers that neither fit
/// 64 bits nor survive as `f64` (decision 57) and for U+0000.
pub fn parse(bytes: &[u8]) -> Result<Value> {
    let _ = bytes;
    todo!("owner: schema")
}
