//! Simple values against the data type of their attribute (RFC 7643 §2.3).

use serde_json::Value;

use super::place::Place;
use crate::{
    Attribute, Kind, Result, Returned, Timestamp,
    limits::{BINARY_BYTES_MAX, REFERENCE_BYTES_MAX, STRING_BYTES_MAX, USER_NAME_CHARS_MAX},
};

/// Checks a simple value; nothing is changed, so that what was written is what is read.
pub(super) fn check(place: Place<'_>, attribute: &Attribute, value: &Value) -> Result<()> {
    let (fits, wanted) = match (attribute.kind, value) {
        (Kind::String, Value::String(text)) => return string(place, attribute, text),
        (Kind::Reference, Value::String(text)) => return reference(place, text),
        (Kind::Binary, Value::String(text)) => return binary(place, text),
        (Kind::DateTime, Value::String(text)) if Timestamp::parse(text).is_some() => {
            return within(place, text, STRING_BYTES_MAX);
        }
        (Kind::String, _) => (false, "a text"),
        (Kind::Reference, _) => (false, "a URI, as a text"),
        (Kind::Binary, _) => (false, "base64, as a text"),
        (Kind::Boolean, value) => (value.is_boolean(), "true or false"),
        (Kind::Decimal, value) => (value.is_number(), "a number"),
        (Kind::Integer, value) => (
            value.is_i64() || value.is_u64(),
            "a whole number without fraction or exponent",
        ),
        (Kind::DateTime, _) => (false, "a date and time like 2011-05-13T04:42:34Z"),
        (Kind::Complex, value) => (value.is_object(), "an object"),
    };
    match fits {
        true => Ok(()),
        false if attribute.returned == Returned::Never => {
            Err(place.refuse(format!("expects {wanted}")))
        }
        false => Err(place.expects(wanted, value)),
    }
}

fn string(place: Place<'_>, attribute: &Attribute, text: &str) -> Result<()> {
    if text.contains('\0') {
        return Err(place.refuse("must not hold U+0000"));
    }
    if attribute.required && text.trim().is_empty() {
        return Err(place.refuse("is required and must not be blank"));
    }
    let identifier = |name| place.name == name && place.urn.is_none() && place.sub.is_none();
    if identifier("userName") && text.chars().count() > USER_NAME_CHARS_MAX {
        return Err(too_long(place, USER_NAME_CHARS_MAX, "characters"));
    }
    // Identifiers end up in logs and look-ups, where a line break is an attack (threat C10).
    let is_identifier = identifier("userName") || identifier("externalId");
    if is_identifier && text.chars().any(char::is_control) {
        return Err(place.refuse("must not hold control characters"));
    }
    within(place, text, STRING_BYTES_MAX)
}

/// Checks the characters of RFC 3986 loosely: non-ASCII is kept, as clients send it.
fn reference(place: Place<'_>, text: &str) -> Result<()> {
    let never = |c: char| c.is_whitespace() || c.is_control() || "<>\"{}|\\^`".contains(c);
    if text.contains(never) {
        return Err(place.refuse("expects a URI, which holds no blanks, quotes or brackets"));
    }
    within(place, text, REFERENCE_BYTES_MAX)
}

/// Checks base64 of RFC 4648 §4, padding optional (RFC 7643 §2.3.6).
fn binary(place: Place<'_>, text: &str) -> Result<()> {
    within(place, text, BINARY_BYTES_MAX)?;
    let digits = text.trim_end_matches('=');
    let padding = text.len() - digits.len();
    let alphabet = |b: u8| b.is_ascii_alphanumeric() || b == b'+' || b == b'/';
    let whole = padding == 0 || (padding <= 2 && text.len().is_multiple_of(4));
    if digits.bytes().all(alphabet) && digits.len() % 4 != 1 && whole {
        return Ok(());
    }
    Err(place.refuse("expects base64 (RFC 4648 section 4)"))
}

fn within(place: Place<'_>, text: &str, most: usize) -> Result<()> {
    if text.len() > most {
        return Err(too_long(place, most, "bytes"));
    }
    Ok(())
}

fn too_long(place: Place<'_>, most: usize, unit: &str) -> crate::Error {
    place.refuse(format!("holds at most {most} {unit}"))
}
