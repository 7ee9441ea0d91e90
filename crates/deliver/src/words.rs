//! Foreign text, made fit for a line of a log and of an explanation.

/// The longest text kept, in characters.
pub(crate) const WORDS_CHARS_MAX: usize = 300;

/// Returns `text` as one plain line of at most `most` characters.
pub(crate) fn plain(text: &str, most: usize) -> String {
    let mut line = String::new();
    let mut length = 0;
    for word in text.split(|c: char| c.is_whitespace() || c.is_control()) {
        for c in word.chars().filter(|c| !is_hidden(*c)) {
            if length >= most {
                line.push('…');
                return line;
            }
            line.push(c);
            length += 1;
        }
        if !line.is_empty() && !line.ends_with(' ') {
            line.push(' ');
            length += 1;
        }
    }
    line.truncate(line.trim_end().len());
    line
}

/// Characters that change how others are shown.
fn is_hidden(c: char) -> bool {
    matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

/// Returns the words of an error and of everything that caused it.
pub(crate) fn whole(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        let words = cause.to_string();
        if !text.contains(&words) {
            text.push_str(": ");
            text.push_str(&words);
        }
        source = cause.source();
    }
    plain(&text, WORDS_CHARS_MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn c13_foreign_text_is_one_bounded_plain_line() {
        for (text, wanted) in [
            ("", ""),
            ("no seats", "no seats"),
            ("  no\r\n\tseats\u{0} left\u{1b}[31m ", "no seats left [31m"),
            ("a\u{202e}b\u{200b}c", "abc"),
            ("123456789012345678901", "12345678901234567890…"),
            ("ÄÖÜ ß", "ÄÖÜ ß"),
        ] {
            assert_eq!(plain(text, 20), wanted, "{text:?}");
        }
    }
}
