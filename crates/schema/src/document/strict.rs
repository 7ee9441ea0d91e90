//! Formats that RFC 7643 demands and providers ignore; [`Mode::Strict`](super::Mode) alone asks for
//! them (decision 46).

use crate::{AttrId, ResourceType};

/// An attribute's path, what its text must be, and how to tell.
type Format = (&'static str, &'static str, fn(&str) -> bool);

const FORMATS: &[Format] = &[
    // RFC 7643 §4.1.2; the RFC's own examples said "USA" (errata 5990, 5991).
    (
        "addresses.country",
        "a country code of two letters, like DE",
        is_country,
    ),
    // RFC 7643 §4.1.1, RFC 5646.
    ("locale", "a language tag, like en-US", is_language_tag),
    // RFC 7643 §4.1.2: one certificate per value.
    (
        "x509Certificates.value",
        "the base64 of one DER certificate",
        is_one_certificate,
    ),
];

/// Returns what `text` should be, if it is something else.
pub(super) fn unmet(kind: &ResourceType, id: AttrId, text: &str) -> Option<&'static str> {
    let path = kind.path(id);
    let (_, wanted, is_met) = FORMATS.iter().find(|(known, ..)| *known == path)?;
    (!is_met(text)).then_some(*wanted)
}

fn is_country(text: &str) -> bool {
    text.len() == 2 && text.bytes().all(|b| b.is_ascii_alphabetic())
}

fn is_language_tag(text: &str) -> bool {
    let part = |part: &str| {
        (1..=8).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_alphanumeric())
    };
    text.starts_with(|c: char| c.is_ascii_alphabetic()) && text.split('-').all(part)
}

/// Tells whether the outermost DER element is a sequence that ends where the text ends.
fn is_one_certificate(base64: &str) -> bool {
    let der = decoded(base64);
    let (length, content) = match der.as_slice() {
        [0x30, 0x81, length, content @ ..] => (u16::from(*length), content),
        [0x30, 0x82, high, low, content @ ..] => (u16::from_be_bytes([*high, *low]), content),
        [0x30, length, content @ ..] if *length < 0x80 => (u16::from(*length), content),
        // Three length bytes and more would be past the limit of a binary value.
        _ => return false,
    };
    content.len() == usize::from(length)
}

/// Decodes base64 that was checked to be base64.
fn decoded(base64: &str) -> Vec<u8> {
    let digits = base64
        .bytes()
        .filter_map(|b| ALPHABET.iter().position(|known| *known == b));
    let (mut bytes, mut held, mut bits) = (Vec::with_capacity(base64.len() * 3 / 4), 0, 0);
    for digit in digits {
        held = (held << 6 | digit) & 0x3fff;
        bits += 6;
        if bits >= 8 {
            bits -= 8;
            bytes.extend(u8::try_from(held >> bits & 0xff));
        }
    }
    bytes
}

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_is_decoded() {
        for (text, bytes) in [
            ("", &b""[..]),
            ("Zg==", b"f"),
            ("Zg", b"f"),
            ("Zm8=", b"fo"),
            ("Zm9v", b"foo"),
            ("Zm9vYmFy", b"foobar"),
            ("/+8A", b"\xff\xef\0"),
        ] {
            assert_eq!(decoded(text), bytes, "{text}");
        }
    }

    #[test]
    fn one_certificate_is_one_sequence() {
        let check =
            |base64: &str, wanted| assert_eq!(is_one_certificate(base64), wanted, "{base64}");
        check("MAIFAA==", true); // 30 02 05 00
        check("MAIFADACBQA=", false); // two of them
        check("MAIF", false);
        check("BQA=", false);
        check("", false);
        let long = |head: &[u8], length: usize| {
            let der: Vec<u8> = head
                .iter()
                .copied()
                .chain(std::iter::repeat_n(0, length))
                .collect();
            der.chunks(3).map(encoded).collect::<String>()
        };
        check(&long(&[0x30, 0x7f], 127), true);
        check(&long(&[0x30, 0x80], 128), false); // an indefinite length, which DER forbids
        check(&long(&[0x30, 0x81, 0x80], 128), true);
        check(&long(&[0x30, 0x81, 0x80], 127), false);
        check(&long(&[0x30, 0x82, 0x03, 0xe8], 1_000), true);
        check(&long(&[0x30, 0x82, 0x03, 0xe8], 1_001), false);
    }

    fn encoded(chunk: &[u8]) -> String {
        let held = chunk
            .iter()
            .fold(0, |held, byte| held << 8 | usize::from(*byte));
        let held = held << (8 * (3 - chunk.len()));
        let digit = |n: usize| char::from(ALPHABET[held >> (18 - 6 * n) & 63]);
        (0..=chunk.len()).map(digit).collect()
    }
}
