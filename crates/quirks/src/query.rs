//! Query strings: what follows the `?`, as names and values.

use std::fmt::Write as _;

/// Reads a raw query into names and values, decoded, in order.
///
/// Empty pieces are skipped, so a bare `?` and a trailing `&` are nothing (OL-01, OL-09); a name
/// without `=` has an empty value. `+` is a blank, as every form encoder writes it (ENTRA-06),
/// unless the same piece spells its blanks `%20`: then whoever sent it left a plus sign bare. What
/// is not percent-encoded UTF-8 stays as sent, so nothing is ever replaced by something else.
///
/// ```
/// use enroll_quirks::query::pairs;
///
/// let read = pairs("filter=userName+eq+%22a%2Bb%40x.org%22&count=2&flag&");
/// assert_eq!(read[0], ("filter".to_owned(), r#"userName eq "a+b@x.org""#.to_owned()));
/// assert_eq!(read[1], ("count".to_owned(), "2".to_owned()));
/// assert_eq!(read[2], ("flag".to_owned(), String::new()));
/// assert_eq!(pairs("filter=userName%20eq%20%22a+b%22")[0].1, r#"userName eq "a+b""#);
/// ```
pub fn pairs(query: &str) -> Vec<(String, String)> {
    let pieces = query.split('&').filter(|piece| !piece.is_empty());
    let split = |piece: &str| {
        let (name, value) = piece.split_once('=').unwrap_or((piece, ""));
        (decode(name), decode(value))
    };
    pieces.map(split).collect()
}

/// Decodes one piece of a query.
pub(crate) fn decode(piece: &str) -> String {
    percent(piece, piece.contains('+') && !piece.contains("%20"))
}

/// Writes `text` so that [`pairs`], and any other reader, gets it back.
///
/// ```
/// assert_eq!(enroll_quirks::query::encode("a b"), "a%20b");
/// ```
pub fn encode(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + text.len() / 2);
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') {
            out.push(char::from(byte));
        } else {
            // Writing to a `String` cannot fail.
            let _ = write!(out, "%{byte:02X}");
        }
    }
    out
}

/// Returns the byte that a `%` before `digits` encodes.
pub(crate) fn escape(digits: Option<&[u8]>) -> Option<u8> {
    let &[high, low] = digits? else { return None };
    let digit = |b: u8| {
        char::from(b)
            .to_digit(16)
            .and_then(|d| u8::try_from(d).ok())
    };
    Some(digit(high)? * 16 + digit(low)?)
}

fn percent(text: &str, plus_is_blank: bool) -> String {
    if !plus_is_blank && !text.contains('%') {
        return text.to_owned();
    }
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        let escaped = if byte == b'%' {
            escape(bytes.get(at + 1..at + 3))
        } else {
            None
        };
        at += if escaped.is_some() { 3 } else { 1 };
        out.push(escaped.unwrap_or(if byte == b'+' && plus_is_blank {
            b' '
        } else {
            byte
        }));
    }
    String::from_utf8(out).unwrap_or_else(|_| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn odd_pieces_stay_as_sent() {
        for (raw, wanted) in [
            ("a=%", "%"),
            ("a=%4", "%4"),
            ("a=%zz", "%zz"),
            ("a=%FF", "%FF"),
            ("a=%C3%A9", "é"),
            ("a=b=c", "b=c"),
            ("a=1+2", "1 2"),
            ("a=1%2B2", "1+2"),
            ("a=1+2%203", "1+2 3"),
        ] {
            assert_eq!(pairs(raw), [("a".to_owned(), wanted.to_owned())], "{raw}");
        }
        assert_eq!(pairs(""), []);
        assert_eq!(pairs("&&"), []);
    }

    proptest::proptest! {
        #[test]
        fn what_is_encoded_is_read_back(text in "\\PC*") {
            let raw = format!("filter={}", encode(&text));
            proptest::prop_assert_eq!(pairs(&raw), [("filter".to_owned(), text)]);
        }
    }
}
