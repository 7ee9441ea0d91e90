//! How an error names what the client sent: quoted, escaped, and never long.

/// Most characters of input that an error repeats.
const SHOWN_CHARS_MAX: usize = 64;

/// Returns `text` quoted, with control characters escaped, cut after 64 characters.
pub(crate) fn shown(text: &str) -> String {
    match text.char_indices().nth(SHOWN_CHARS_MAX) {
        Some((end, _)) => format!("{:?}…", text.get(..end).unwrap_or_default()),
        None => format!("{text:?}"),
    }
}
