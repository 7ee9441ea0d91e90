//! The one table of comparison rules: uniqueness, index, filter, sort and sync all use it (decision 33).

use crate::{AttrId, ResourceType};

/// The version of these rules; stores keep it beside the keys they folded.
pub const VERSION: u32 = 1;

/// Returns the comparison key of a string value of `attribute`.
///
/// userName: RFC 8265 UsernameCaseMapped mapping (width, lower case, NFC) of each blank-separated part; other caseExact=false
/// strings: NFC of full default case folding; caseExact=true: the text itself.
pub fn key(kind: &ResourceType, attribute: AttrId, text: &str) -> String {
    let _ = (kind, attribute, text);
    todo!("owner: schema")
}

/// Returns the key of a userName.
pub fn user_name(text: &str) -> String {
    let _ = text;
    todo!("owner: schema")
}

/// Returns the key of any other string whose letter case does not count.
pub fn caseless(text: &str) -> String {
    let _ = text;
    todo!("owner: schema")
}
