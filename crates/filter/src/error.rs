//! Where a text stops being a filter or a path.

/// What was wrong with a filter or path; `Display` names the place.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected {expected} at byte {at}")]
pub struct ParseError {
    /// The byte offset in the text.
    pub at: usize,
    /// What would have been right there.
    pub expected: &'static str,
    /// Whether the place is inside `[…]` (then a path is `invalidFilter`, else `invalidPath`).
    pub in_brackets: bool,
}
