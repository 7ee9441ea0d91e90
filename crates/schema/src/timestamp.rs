//! Instants, as `xsd:dateTime` spells them (RFC 7643 §2.3.5).

use std::fmt;

/// An instant in UTC with millisecond precision; the core gets it as a value and has no clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Timestamp {
    millis: i64,
}

impl Timestamp {
    /// Makes the instant `millis` milliseconds after 1970-01-01T00:00:00Z.
    pub const fn from_millis(millis: i64) -> Self {
        Self { millis }
    }

    /// Returns the milliseconds since 1970-01-01T00:00:00Z.
    pub const fn as_millis(self) -> i64 {
        self.millis
    }

    /// Reads a full `xsd:dateTime`; without a zone it is UTC; a date alone is none.
    pub fn parse(text: &str) -> Option<Self> {
        let offset = chrono::DateTime::parse_from_rfc3339(text)
            .ok()
            .map(|at| at.timestamp_millis());
        let naive = || {
            chrono::NaiveDateTime::parse_from_str(text, "%Y-%m-%dT%H:%M:%S%.f")
                .ok()
                .map(|at| at.and_utc().timestamp_millis())
        };
        offset.or_else(naive).map(Self::from_millis)
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let at = chrono::DateTime::from_timestamp_millis(self.millis).unwrap_or_default();
        write!(f, "{}", at.format("%Y-%m-%dT%H:%M:%S%.3fZ"))
    }
}
