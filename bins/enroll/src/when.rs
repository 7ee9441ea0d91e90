//! Instants as people write them on a command line.

use enroll::{http::system_clock, schema::Timestamp, sync::Span};

use crate::report::Failure;

/// Reads an instant, or how long ago it was: `2027-01-31T00:00:00Z`, `12h`.
pub(crate) fn back(text: &str) -> Result<Timestamp, Failure> {
    read(text, system_clock())
}

fn read(text: &str, now: Timestamp) -> Result<Timestamp, Failure> {
    if let Some(at) = Timestamp::parse(text) {
        return Ok(at);
    }
    let span: Result<Span, _> = text.parse();
    match span {
        Ok(span) => Ok(Timestamp::from_millis(
            now.as_millis().saturating_sub(span.as_millis()),
        )),
        Err(_) => Err(Failure::new(format!(
            "{text:?} is no instant such as 2027-01-31T00:00:00Z, and no span such as 12h"
        ))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_instant_or_how_long_ago() {
        let now = Timestamp::parse("2026-01-02T00:00:00Z").unwrap();
        for (text, wanted) in [
            ("2026-01-01T00:00:00Z", Some("2026-01-01T00:00:00.000Z")),
            ("24h", Some("2026-01-01T00:00:00.000Z")),
            ("yesterday", None),
        ] {
            let read = read(text, now).ok().map(|at| at.to_string());
            assert_eq!(read.as_deref(), wanted, "{text}");
        }
    }
}
