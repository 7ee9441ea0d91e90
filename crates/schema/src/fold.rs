//! The one table of comparison rules: uniqueness, index, filter, sort and sync all use it
//! (decision 33).
//!
//! | text | key | source |
//! |---|---|---|
//! | `userName` | width, lower case, NFC | RFC 8265 §3.3.3, mapping only |
//! | `schemas`, URNs | lower case ASCII | RFC 7643 §2.1 |
//! | `caseExact: false` | full default case folding, NFC | RFC 7643 §2.2 |
//! | `caseExact: true` | the text itself | RFC 7643 §2.2 |
//!
//! Keys are for comparing, never for showing. Two rules of RFC 8265 are left out on purpose: blanks
//! and other code points it disallows are kept (`ada_x.example#EXT#@y.example` is a real userName),
//! and `ß` stays apart from `ss`, as it says.
//!
//! ```
//! use enroll_schema::fold;
//!
//! assert_eq!(fold::user_name("ＡＤＡ@x.example"), "ada@x.example");
//! assert_eq!(fold::caseless("Straße"), fold::caseless("STRASSE"));
//! assert_ne!(fold::user_name("Straße"), fold::user_name("STRASSE"));
//! ```

use caseless::Caseless;
use unicode_normalization::UnicodeNormalization;

use crate::{AttrId, Attribute, ResourceType};

/// The version of these rules; stores keep it beside the keys they folded.
pub const VERSION: u32 = 1;

/// Returns the comparison key of a string value of `attribute`, by the table above.
///
/// An id that `kind` does not know gives the text itself.
pub fn key(kind: &ResourceType, attribute: AttrId, text: &str) -> String {
    let Some(definition) = kind.attribute(attribute) else {
        return text.to_owned();
    };
    let common = kind.parent(attribute).is_none() && kind.extension(attribute).is_none();
    match definition {
        Attribute { name, .. } if common && name.is("userName") => user_name(text),
        Attribute { name, .. } if common && name.is("schemas") => text.to_ascii_lowercase(),
        Attribute {
            case_exact: true, ..
        } => text.to_owned(),
        _ => caseless(text),
    }
}

/// Returns the key of a userName: each character's width and case mapped, then NFC.
///
/// Case is mapped character by character, so Greek final sigma stays apart (RFC 8265 §3.5) and the
/// key of a beginning is the beginning of the key.
pub fn user_name(text: &str) -> String {
    if text.is_ascii() {
        return text.to_ascii_lowercase();
    }
    text.chars()
        .map(plain_width)
        .flat_map(char::to_lowercase)
        .nfc()
        .collect()
}

/// Returns the key of any other string whose letter case does not count.
///
/// Decomposed first, so that two spellings of one text have one key (Unicode D145).
pub fn caseless(text: &str) -> String {
    if text.is_ascii() {
        return text.to_ascii_lowercase();
    }
    text.chars().nfd().default_case_fold().nfc().collect()
}

/// Maps a full-width or half-width character to its plain one, one step and no further.
fn plain_width(c: char) -> char {
    let code = u32::from(c);
    if code != 0x3000 && !(0xff01..=0xffee).contains(&code) {
        return c;
    }
    let katakana = || {
        HALF_WIDTH_KATAKANA
            .chars()
            .nth(code.checked_sub(0xff61)? as usize)
    };
    let shifted = || {
        let (first, _, plain) = WIDTHS
            .iter()
            .find(|(first, last, _)| (*first..=*last).contains(&code))?;
        char::from_u32(plain + (code - first))
    };
    shifted().or_else(katakana).unwrap_or(c)
}

/// First and last code point of a run, and the plain form of the first (UnicodeData `<wide>`,
/// `<narrow>`).
const WIDTHS: &[(u32, u32, u32)] = &[
    (0x3000, 0x3000, 0x0020),
    (0xff01, 0xff5e, 0x0021),
    (0xff5f, 0xff60, 0x2985),
    (0xffa0, 0xffa0, 0x3164),
    (0xffa1, 0xffbe, 0x3131),
    (0xffc2, 0xffc7, 0x314f),
    (0xffca, 0xffcf, 0x3155),
    (0xffd2, 0xffd7, 0x315b),
    (0xffda, 0xffdc, 0x3161),
    (0xffe0, 0xffe1, 0x00a2),
    (0xffe2, 0xffe2, 0x00ac),
    (0xffe3, 0xffe3, 0x00af),
    (0xffe4, 0xffe4, 0x00a6),
    (0xffe5, 0xffe5, 0x00a5),
    (0xffe6, 0xffe6, 0x20a9),
    (0xffe8, 0xffe8, 0x2502),
    (0xffe9, 0xffec, 0x2190),
    (0xffed, 0xffed, 0x25a0),
    (0xffee, 0xffee, 0x25cb),
];

/// The plain forms of U+FF61 to U+FF9F.
const HALF_WIDTH_KATAKANA: &str = "。「」、・ヲァィゥェォャュョッーアイウエオカキクケコサシスセソタ\
    チツテトナニヌネノハヒフヘホマミムメモヤユヨラリルレロワン\u{3099}\u{309a}";
