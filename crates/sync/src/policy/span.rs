//! Lengths of time as people write them: `5s`, `10m`, `24h`.

use std::{fmt, str::FromStr};

use enroll_schema::Timestamp;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};

/// A length of time; `500ms`, `5s`, `10m`, `24h` or `30d`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span {
    millis: i64,
}

impl Span {
    /// Makes a span of milliseconds.
    pub const fn from_millis(millis: i64) -> Self {
        Self {
            millis: if millis < 0 { 0 } else { millis },
        }
    }

    /// Makes a span of seconds.
    pub const fn from_secs(seconds: i64) -> Self {
        Self::from_millis(seconds.saturating_mul(1_000))
    }

    /// Returns the milliseconds.
    pub const fn as_millis(self) -> i64 {
        self.millis
    }

    /// Returns the instant this long after `at`.
    pub const fn after(self, at: Timestamp) -> Timestamp {
        Timestamp::from_millis(at.as_millis().saturating_add(self.millis))
    }
}

/// The units, from the longest; `ms` before `m` and `s`, because a text is matched by its end.
const UNITS: &[(&str, i64)] = &[
    ("ms", 1),
    ("d", 86_400_000),
    ("h", 3_600_000),
    ("m", 60_000),
    ("s", 1_000),
];

/// The longest span: ten years, so that sums of spans and instants stay far from the edges.
const MILLIS_MAX: i64 = 10 * 366 * 86_400_000;

impl FromStr for Span {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let wanted = "expected a length of time such as \"5s\", \"10m\" or \"24h\"";
        let (digits, unit) = UNITS
            .iter()
            .find_map(|(name, millis)| Some((text.strip_suffix(name)?, millis)))
            .ok_or(wanted)?;
        if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
            return Err(wanted);
        }
        let millis = digits
            .parse::<i64>()
            .ok()
            .and_then(|count| count.checked_mul(*unit));
        match millis {
            Some(millis) if millis <= MILLIS_MAX => Ok(Self { millis }),
            _ => Err("expected at most ten years"),
        }
    }
}

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let fits = |(_, unit): &&(&str, i64)| self.millis != 0 && self.millis % unit == 0;
        let units = UNITS.iter().filter(|(name, _)| *name != "ms");
        match units.clone().find(fits) {
            Some((name, unit)) => write!(f, "{}{name}", self.millis / unit),
            None if self.millis == 0 => f.write_str("0s"),
            None => write!(f, "{}ms", self.millis),
        }
    }
}

impl Serialize for Span {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Span {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        String::deserialize(from)?.parse().map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, millis: Option<i64>) {
        assert_eq!(
            text.parse::<Span>().ok().map(Span::as_millis),
            millis,
            "{text}"
        );
    }

    #[test]
    fn spans_are_read_as_people_write_them() {
        check("0s", Some(0));
        check("500ms", Some(500));
        check("5s", Some(5_000));
        check("10m", Some(600_000));
        check("24h", Some(86_400_000));
        check("30d", Some(2_592_000_000));
    }

    #[test]
    fn anything_else_is_refused() {
        for text in [
            "",
            "5",
            "s",
            "-5s",
            "+5s",
            "5 s",
            "5S",
            "1.5h",
            "99999999999999999999s",
            "9999999d",
        ] {
            check(text, None);
        }
    }

    #[test]
    fn what_is_written_is_read_again() {
        for text in ["0s", "500ms", "5s", "10m", "1h", "1d", "90s"] {
            assert_eq!(text.parse::<Span>().unwrap().to_string(), text);
        }
        assert_eq!("24h".parse::<Span>().unwrap().to_string(), "1d");
        assert_eq!("60s".parse::<Span>().unwrap().to_string(), "1m");
    }
}
