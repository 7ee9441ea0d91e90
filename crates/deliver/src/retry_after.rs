//! `Retry-After` (RFC 9110 §10.2.3): seconds, or a date in one of three spellings (§5.6.7).

use chrono::NaiveDateTime;
use enroll_schema::Timestamp;

/// Reads when a call may be repeated; `None` for anything else.
pub(crate) fn instant(text: &str, now: Timestamp) -> Option<Timestamp> {
    let text = text.trim();
    if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
        let seconds = text.parse::<i64>().unwrap_or(i64::MAX);
        let at = now
            .as_millis()
            .saturating_add(seconds.saturating_mul(1_000));
        return Some(Timestamp::from_millis(at));
    }
    let date = |format: &&str| NaiveDateTime::parse_from_str(text, format).ok();
    let at = DATES.iter().find_map(date)?;
    Some(Timestamp::from_millis(at.and_utc().timestamp_millis()))
}

/// IMF-fixdate, and the two obsolete forms that a recipient must still read.
const DATES: &[&str] = &[
    "%a, %d %b %Y %H:%M:%S GMT",
    "%A, %d-%b-%y %H:%M:%S GMT",
    "%a %b %e %H:%M:%S %Y",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seconds_and_the_three_dates_of_rfc_9110() {
        let now = Timestamp::from_millis(784_111_700_000);
        let wanted = Some(Timestamp::from_millis(784_111_777_000));
        for (text, wanted) in [
            ("77", wanted),
            (" 77 ", wanted),
            ("Sun, 06 Nov 1994 08:49:37 GMT", wanted),
            ("Sunday, 06-Nov-94 08:49:37 GMT", wanted),
            ("Sun Nov  6 08:49:37 1994", wanted),
            ("0", Some(now)),
            ("", None),
            ("-5", None),
            ("1.5", None),
            ("soon", None),
            ("Sun, 06 Nov 1994 08:49:37 +0100", None),
        ] {
            assert_eq!(instant(text, now), wanted, "{text:?}");
        }
        let far = instant("99999999999999999999999", now);
        assert!(far.is_some_and(|far| far > now));
    }
}
