//! How an error repeats what the client sent: short, and without control characters.

use std::fmt::Display;

/// Most characters of input that an error repeats.
const SHOWN_CHARS_MAX: usize = 64;

/// Returns the text with controls as `·`, cut after 64 characters.
pub(crate) fn shown(text: impl Display) -> String {
    let text = text.to_string();
    let mut chars = text.chars();
    let plain = |c: char| if c.is_control() { '·' } else { c };
    let mut shown: String = chars.by_ref().take(SHOWN_CHARS_MAX).map(plain).collect();
    if chars.next().is_some() {
        shown.push('…');
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_shown_is_short_and_on_one_line() {
        assert_eq!(shown("a\nb"), "a·b");
        assert_eq!(shown("é".repeat(64)), "é".repeat(64));
        assert_eq!(shown("é".repeat(65)), format!("{}…", "é".repeat(64)));
    }
}
