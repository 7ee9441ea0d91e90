//! Where a text stops being a filter or a path.

use crate::shown::plain;

/// What was wrong with a filter or path; `Display` names the place, [`ParseError::caret`] draws it.
///
/// ```
/// use enroll_filter::Filter;
///
/// let text = "userName regex \"x\"";
/// let error = text.parse::<Filter>().unwrap_err();
/// assert_eq!(
///     error.to_string(),
///     "expected one of eq, ne, co, sw, ew, gt, ge, lt, le and pr at byte 9"
/// );
/// assert_eq!(error.caret(text), "userName regex \"x\"\n         ^");
/// ```
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

/// How many characters of the text [`ParseError::caret`] shows on either side of the place.
const SHOWN_CHARS: usize = 60;

impl ParseError {
    /// Draws the line of `text` around the place, and a caret under it.
    ///
    /// Characters that would move the caret (controls, blanks other than the space, marks that turn
    /// text round) are shown as `·`, and of a long text only the surroundings, so that a log line cannot be forged with it.
    pub fn caret(&self, text: &str) -> String {
        let before: Vec<char> = text
            .char_indices()
            .take_while(|(at, _)| *at < self.at)
            .map(|(_, c)| c)
            .collect();
        let hidden = before.len().saturating_sub(SHOWN_CHARS);
        let after = text.chars().skip(before.len()).take(SHOWN_CHARS);
        let line = before.iter().copied().skip(hidden).chain(after);
        let line: String = line.map(plain).collect();
        format!("{line}\n{:indent$}^", "", indent = before.len() - hidden)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, at: usize, drawn: &str) {
        let error = ParseError {
            at,
            expected: "something else",
            in_brackets: false,
        };
        assert_eq!(error.caret(text), drawn);
    }

    #[test]
    fn the_caret_stands_under_the_place() {
        check("", 0, "\n^");
        check("a eq", 4, "a eq\n    ^");
        check("é = 1", 3, "é = 1\n  ^");
        check("a\n\tb", 3, "a··b\n   ^");
        check("a", 99, "a\n ^");
    }

    #[test]
    fn a_long_text_is_cut_on_both_sides() {
        let text = "x".repeat(1_000);
        let error = ParseError {
            at: 500,
            expected: "y",
            in_brackets: false,
        };
        let (line, caret) = {
            let drawn = error.caret(&text);
            let (a, b) = drawn.split_once('\n').unwrap();
            (a.len(), b.len())
        };
        assert_eq!((line, caret), (2 * SHOWN_CHARS, SHOWN_CHARS + 1));
    }
}
