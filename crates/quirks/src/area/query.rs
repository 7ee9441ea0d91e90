//! Query strings and what their parameters name.

use enroll_filter::{Filter, Profile};
use enroll_schema::{Schemas, limits::FILTER_BYTES_MAX};

use crate::{Incoming, query::escape};

/// Keys that belong to Microsoft's side of a tenant URL and say nothing to us.
const COMPAT_FLAGS: &[&str] = &["aadOptscim062020", "AzureAdScimPatch2017"];

/// `?aadOptscim062020&filter=…`: the flag switches Microsoft's own behaviour.
pub(crate) fn compat_flag(_: &Schemas, request: &mut Incoming) -> bool {
    let flag = |piece: &&str| {
        let name = piece.split('=').next().unwrap_or_default();
        COMPAT_FLAGS
            .iter()
            .any(|known| known.eq_ignore_ascii_case(name))
    };
    let Some(query) = request.query.as_deref() else {
        return false;
    };
    if !query.split('&').any(|piece| flag(&piece)) {
        return false;
    }
    let kept: Vec<&str> = query.split('&').filter(|piece| !flag(piece)).collect();
    let kept = kept.join("&");
    request.query = (!kept.is_empty()).then_some(kept);
    true
}

/// `%2540` for `%40`: a query that was percent-encoded twice.
pub(crate) fn doubly_encoded(_: &Schemas, request: &mut Incoming) -> bool {
    let Some(query) = request
        .query
        .as_deref()
        .filter(|query| query.contains("%25"))
    else {
        return false;
    };
    let mut changed = false;
    let pieces: Vec<String> = query
        .split('&')
        .map(|piece| {
            let once = decode_once(piece);
            changed |= once.is_some();
            once.unwrap_or_else(|| piece.to_owned())
        })
        .collect();
    if changed {
        request.query = Some(pieces.join("&"));
    }
    changed
}

/// Removes one layer of encoding, if every `%25xx` hides a character that needs encoding at all.
///
/// A per cent sign before two letters or digits that just look like a code (`5%25de`) is no second
/// layer, and a third layer is nobody's habit. A quote that hides among what is encoded once was not
/// meant to end the text it stands in: somebody's userName would become a filter.
fn decode_once(piece: &str) -> Option<String> {
    let bytes = piece.as_bytes();
    let once = is_encoded_once(piece);
    let mut inner = Vec::new();
    let mut out = String::with_capacity(piece.len());
    let mut rest = piece;
    while let Some(found) = rest.find("%25") {
        let (before, after) = rest.split_at(found);
        let after = after.get(3..)?;
        let hidden = escape(after.as_bytes().get(..2));
        match hidden {
            Some(b'%') => return None,
            Some(b'"' | b'\\') if once => return None,
            Some(byte) if byte.is_ascii_alphanumeric() || byte.is_ascii_control() => return None,
            Some(byte) => {
                inner.push(byte);
                out.extend([before, "%"]);
            }
            None => out.extend([before, "%25"]),
        }
        rest = after;
    }
    out.push_str(rest);
    let fits = !inner.is_empty() && std::str::from_utf8(&inner).is_ok();
    (fits && out.as_bytes() != bytes).then_some(out)
}

/// Tells whether something in the piece was encoded once, or not at all, that needs encoding.
fn is_encoded_once(piece: &str) -> bool {
    let mut escapes = piece.split('%').skip(1);
    piece.contains(['"', '\\']) || escapes.any(|after| !after.starts_with("25"))
}

/// `emails[type eq "work"].value eq "x"`: a filter with one reading, outside the grammar.
pub(crate) fn loose(text: &str) -> Option<String> {
    // Written out it is a little longer: not past a limit that it kept.
    if !may_be_loose(text) || text.len() > FILTER_BYTES_MAX / 2 {
        return None;
    }
    if Filter::parse(text, Profile::Strict).is_ok() {
        return None;
    }
    let exact = Filter::parse(text, Profile::Lenient).ok()?.to_string();
    (exact != text).then_some(exact)
}

/// Tells, without parsing, whether something in the filter could be outside the grammar.
fn may_be_loose(text: &str) -> bool {
    let (mut quoted, mut escaped, mut before) = (false, false, b'(');
    for (at, byte) in text.bytes().enumerate() {
        let ends = byte == b'"' && !escaped;
        if !quoted && is_loose(text, at, before, byte) {
            return true;
        }
        escaped = quoted && byte == b'\\' && !escaped;
        quoted ^= ends;
        before = byte;
    }
    before == b' ' && !quoted
}

/// Tells whether the byte, outside of quotes, stands where the grammar has it not.
fn is_loose(text: &str, at: usize, before: u8, byte: u8) -> bool {
    match byte {
        b'\t' => true,
        b' ' => matches!(before, b' ' | b'[' | b'('),
        b']' | b')' => before == b' ',
        b'.' => before == b']',
        b'"' => before != b' ',
        b't' | b'T' | b'f' | b'F' | b'n' | b'N' if !before.is_ascii_alphanumeric() => {
            let rest = text.get(at..).unwrap_or_default();
            ["true", "false", "null"].iter().any(|word| {
                let found = rest.get(..word.len()).unwrap_or_default();
                found.eq_ignore_ascii_case(word) && found != *word
            })
        }
        _ => false,
    }
}

/// `attributes=emails[type eq "work"]`: the attribute is asked for, the filter has no meaning there.
pub(crate) fn filter_in_attributes(entry: &str) -> Option<String> {
    let (head, rest) = entry.split_once('[')?;
    let (_, tail) = rest.rsplit_once(']')?;
    Some(format!("{head}{tail}"))
}
