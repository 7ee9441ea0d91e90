//! How an error repeats what the client sent: short, and without control characters.

use std::{fmt::Display, ops::RangeInclusive};

/// Most characters of input that an error repeats.
const SHOWN_CHARS_MAX: usize = 64;

/// Returns the text with what cannot be seen as `·`, cut after 64 characters.
pub(crate) fn shown(text: impl Display) -> String {
    let text = text.to_string();
    let mut chars = text.chars();
    let mut shown: String = chars.by_ref().take(SHOWN_CHARS_MAX).map(plain).collect();
    if chars.next().is_some() {
        shown.push('…');
    }
    shown
}

/// Returns `·` for what breaks or turns round a line: controls, blanks other than the space, and
/// the format characters that reverse or hide text.
pub(crate) fn plain(c: char) -> char {
    let blank = c.is_whitespace() && c != ' ';
    if blank || c.is_control() || UNSEEN.iter().any(|range| range.contains(&c)) {
        '·'
    } else {
        c
    }
}

/// Format characters (Unicode `Cf`) that no text in a log needs.
const UNSEEN: &[RangeInclusive<char>] = &[
    '\u{61c}'..='\u{61c}',
    '\u{200b}'..='\u{200f}',
    '\u{202a}'..='\u{202e}',
    '\u{2060}'..='\u{206f}',
    '\u{feff}'..='\u{feff}',
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_shown_is_short_and_on_one_line() {
        assert_eq!(shown("a\nb \u{2028}c\u{202e}d"), "a·b ·c·d");
        assert_eq!(shown("é".repeat(64)), "é".repeat(64));
        assert_eq!(shown("é".repeat(65)), format!("{}…", "é".repeat(64)));
    }
}
