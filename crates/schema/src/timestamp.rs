//! Instants, as `xsd:dateTime` spells them (RFC 7643 §2.3.5).

use std::fmt;

use chrono::{DateTime, NaiveDate, TimeDelta};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// An instant in UTC with millisecond precision; the core gets it as a value and has no clock.
///
/// ```
/// use enroll_schema::Timestamp;
///
/// let at = Timestamp::parse("2011-05-13T06:42:34+02:00").unwrap();
/// assert_eq!(at.to_string(), "2011-05-13T04:42:34.000Z");
/// assert_eq!(Timestamp::parse("2011-05-13"), None);
/// ```
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

    /// Reads a full `xsd:dateTime` of the years 0 to 9999; a date alone is none.
    ///
    /// Without a zone it is UTC (decision in filter-grammar §4). `24:00:00` is the next midnight, and
    /// there is no second 60 (XML Schema 1.1 §3.3.7). What is finer than a millisecond is cut off.
    pub fn parse(text: &str) -> Option<Self> {
        let (date, time) = text.split_once('T')?;
        let (time, zone) = match time.find(['Z', '+', '-']) {
            Some(at) => (time.get(..at)?, offset_minutes(time.get(at..)?)?),
            None => (time, 0),
        };
        let at = day(date)?.and_hms_opt(0, 0, 0)? + since_midnight(time)?;
        let at = at.checked_sub_signed(TimeDelta::minutes(zone))?;
        let millis = at.and_utc().timestamp_millis();
        (YEARS.0..=YEARS.1)
            .contains(&millis)
            .then_some(Self { millis })
    }
}

/// The first and the last millisecond that four digits of a year can spell.
const YEARS: (i64, i64) = (-62_167_219_200_000, 253_402_300_799_999);

fn day(date: &str) -> Option<NaiveDate> {
    let (year, month_and_day) = date.split_once('-')?;
    let (month, day) = month_and_day.split_once('-')?;
    let year = i32::try_from(digits(year, 4)?).ok()?;
    NaiveDate::from_ymd_opt(year, digits(month, 2)?, digits(day, 2)?)
}

fn since_midnight(time: &str) -> Option<TimeDelta> {
    let (hour, minute_and_second) = time.split_once(':')?;
    let (minute, second) = minute_and_second.split_once(':')?;
    let (second, fraction) = match second.split_once('.') {
        Some((second, fraction)) => (second, millis(fraction)?),
        None => (second, 0),
    };
    let parts = (
        digits(hour, 2)?,
        digits(minute, 2)?,
        digits(second, 2)?,
        fraction,
    );
    match parts {
        (0..=23, 0..=59, 0..=59, _) | (24, 0, 0, 0) => {}
        _ => return None,
    }
    let seconds = i64::from(parts.0) * 3_600 + i64::from(parts.1) * 60 + i64::from(parts.2);
    Some(TimeDelta::seconds(seconds) + TimeDelta::milliseconds(i64::from(fraction)))
}

fn millis(fraction: &str) -> Option<u32> {
    if fraction.is_empty() || !fraction.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    format!("{fraction:0<3}").get(..3)?.parse().ok()
}

fn offset_minutes(zone: &str) -> Option<i64> {
    let sign = match zone.chars().next()? {
        'Z' => return (zone.len() == 1).then_some(0),
        '-' => -1,
        _ => 1,
    };
    let (hours, minutes) = zone.get(1..)?.split_once(':')?;
    let (hours, minutes) = (digits(hours, 2)?, digits(minutes, 2)?);
    let within = (hours < 14 && minutes < 60) || (hours == 14 && minutes == 0);
    within.then(|| sign * i64::from(hours * 60 + minutes))
}

fn digits(text: &str, count: usize) -> Option<u32> {
    let all = text.len() == count && text.bytes().all(|b| b.is_ascii_digit());
    if all { text.parse().ok() } else { None }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let at = DateTime::from_timestamp_millis(self.millis).unwrap_or_default();
        write!(f, "{}", at.format("%Y-%m-%dT%H:%M:%S%.3fZ"))
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<str>::deserialize(from)?;
        Self::parse(&text).ok_or_else(|| de::Error::custom("expected an xsd:dateTime"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, wanted: Option<&str>) {
        let shown = Timestamp::parse(text).map(|at| at.to_string());
        assert_eq!(shown.as_deref(), wanted, "{text:?}");
    }

    #[test]
    fn full_date_times_are_instants() {
        for (text, wanted) in [
            ("2011-05-13T04:42:34Z", "2011-05-13T04:42:34.000Z"),
            ("2011-05-13T04:42:34", "2011-05-13T04:42:34.000Z"),
            ("2011-05-13T04:42:34.5Z", "2011-05-13T04:42:34.500Z"),
            (
                "2011-05-13T04:42:34.123456789-00:30",
                "2011-05-13T05:12:34.123Z",
            ),
            ("2011-05-13T04:42:34+14:00", "2011-05-12T14:42:34.000Z"),
            ("2011-12-31T24:00:00Z", "2012-01-01T00:00:00.000Z"),
            ("2024-02-29T00:00:00Z", "2024-02-29T00:00:00.000Z"),
            ("0000-01-01T00:00:00Z", "0000-01-01T00:00:00.000Z"),
            ("9999-12-31T23:59:59.999Z", "9999-12-31T23:59:59.999Z"),
            ("1969-12-31T23:59:59.999Z", "1969-12-31T23:59:59.999Z"),
            (
                "2019-09-18T18:15:26.5788954+00:00",
                "2019-09-18T18:15:26.578Z",
            ),
        ] {
            check(text, Some(wanted));
        }
    }

    #[test]
    fn everything_else_is_none() {
        for text in [
            "",
            "T",
            "2011-05-13",
            "2011-05-13T",
            "2011-05-13T04:42Z",
            "2011-05-13T04:42:34.Z",
            "2011-05-13T04:42:34.1234xZ",
            "2011-05-13t04:42:34Z",
            "2011-05-13T04:42:34z",
            "2011-05-13 04:42:34Z",
            " 2011-05-13T04:42:34Z",
            "2011-05-13T04:42:34Z ",
            "2011-05-13T04:42:34ZZ",
            "2011-05-13T04:42:60Z",
            "2011-05-13T04:60:34Z",
            "2011-05-13T24:00:01Z",
            "2011-05-13T25:00:00Z",
            "2011-13-45T00:00:00Z",
            "2023-02-29T00:00:00Z",
            "11-05-13T04:42:34Z",
            "-2011-05-13T04:42:34Z",
            "12011-05-13T04:42:34Z",
            "2011-05-13T04:42:34+14:01",
            "2011-05-13T04:42:34+0200",
            "2011-05-13T04:42:34+2:00",
            "2011-05-13T04:42:34+02:60",
            "+011-05-13T04:42:34Z",
            "2011-05-13T04:42:3４Z",
            "9999-12-31T23:59:59-01:00",
            "yesterday",
        ] {
            check(text, None);
        }
    }
}
