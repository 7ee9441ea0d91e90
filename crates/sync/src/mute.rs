//! Taking one reason's rule out, so that a test must notice: the switch of `cargo xtask rows`.
//!
//! It is there only with the feature `rows`, which nothing but this crate's own tests turns on.

use crate::{Class, Code, Item, State};

/// Names the code that is taken out.
#[cfg(feature = "rows")]
const SWITCH: &str = "ENROLL_SYNC_WITHOUT";

/// Tells whether a code's rule is taken out.
#[cfg(feature = "rows")]
pub(crate) fn is_out(code: Code) -> bool {
    static OUT: std::sync::OnceLock<Option<Code>> = std::sync::OnceLock::new();
    let named = || {
        std::env::var(SWITCH)
            .ok()
            .and_then(|text| Code::parse(&text))
    };
    *OUT.get_or_init(named) == Some(code)
}

/// Tells whether a code's rule is taken out: never.
#[cfg(not(feature = "rows"))]
pub(crate) const fn is_out(_code: Code) -> bool {
    false
}

/// Undoes in an item what the rule that is taken out did: its reason goes, and what only it held or
/// blocked goes on.
pub(crate) fn undo(item: &mut Item) {
    let before = item.reasons.len();
    item.reasons.retain(|reason| !is_out(reason.code));
    if item.reasons.len() == before {
        return;
    }
    let stops = |code: Code| matches!(code.class(), Class::Held | Class::Blocked);
    if !item.reasons.iter().any(|reason| stops(reason.code)) {
        item.state = State::Ready;
    }
}
