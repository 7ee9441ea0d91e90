//! Time zones: what providers send, and the IANA name in it (S-20 … S-24, E-05 … E-08).

mod described;
mod windows;

use std::collections::BTreeSet;

use chrono_tz::{TZ_VARIANTS, Tz};

use crate::near::nearest;
use windows::{WINDOWS, Windows};

/// The release of the tz database that names are checked against, such as `2025b` (S-22).
pub const TZDB: &str = chrono_tz::IANA_TZDB_VERSION;

/// What a sent time zone is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Zone {
    /// Nothing was sent.
    Unset,
    /// An IANA name in its canonical spelling.
    Iana(&'static str),
    /// An IANA name that was spelled otherwise (E-07).
    Respelled(&'static str),
    /// A Windows name (E-06).
    Mapped {
        /// The IANA name.
        zone: &'static str,
        /// The territory whose row was taken; `001` is the default.
        territory: &'static str,
    },
    /// None of those (E-05), with names that may have been meant.
    Invalid(Vec<&'static str>),
}

/// Returns the canonical spelling of an IANA name, letter case ignored.
pub(crate) fn canonical(name: &str) -> Option<&'static str> {
    Tz::from_str_insensitive(name).ok().map(Tz::name)
}

/// Reads a sent time zone; `territory` is the person's country, if it is known.
pub(crate) fn read(sent: &str, territory: Option<&str>) -> Zone {
    let text = sent.trim();
    if text.is_empty() {
        return Zone::Unset;
    }
    if let Some(name) = canonical(text) {
        return if name == sent {
            Zone::Iana(name)
        } else {
            Zone::Respelled(name)
        };
    }
    let name = described::named(text).unwrap_or(text);
    let row = WINDOWS
        .iter()
        .find(|row| row.name.eq_ignore_ascii_case(name));
    match row {
        Some(row) => mapped(row, territory),
        None => Zone::Invalid(suggestions(text)),
    }
}

fn mapped(row: &Windows, territory: Option<&str>) -> Zone {
    let own = |wanted: &str| {
        row.territories
            .iter()
            .find(|(code, _)| code.eq_ignore_ascii_case(wanted))
    };
    match territory.and_then(own) {
        Some((territory, zone)) => Zone::Mapped { zone, territory },
        None => Zone::Mapped {
            zone: row.zone,
            territory: "001",
        },
    }
}

/// Names zones whose city is in the text, else the nearest name.
///
/// Only places: an offset is nobody's time zone, and `Etc/GMT+8` is west of Greenwich while people
/// who write `GMT+8` live east of it (E-08).
fn suggestions(text: &str) -> Vec<&'static str> {
    let lower: String = text
        .chars()
        .take(CHARS_MAX)
        .flat_map(char::to_lowercase)
        .collect();
    let words: BTreeSet<&str> = words(&lower).collect();
    let names = TZ_VARIANTS.iter().map(|zone| zone.name());
    let places = names.filter(|name| name.contains('/') && !name.starts_with("Etc/"));
    let found = places
        .clone()
        .filter(|name| words.contains(city(name).as_str()));
    let found: Vec<_> = found.take(SUGGESTIONS_MAX).collect();
    if found.is_empty() {
        nearest(text, places).into_iter().collect()
    } else {
        found
    }
}

/// Cuts a display text such as `(UTC+01:00) Amsterdam, Berlin` into what may be cities.
fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split([',', '(', ')', ';', '/'])
        .map(str::trim)
        .filter(|word| !word.is_empty())
}

fn city(zone: &str) -> String {
    zone.rsplit('/')
        .next()
        .unwrap_or_default()
        .replace('_', " ")
        .to_lowercase()
}

/// Most names suggested for an invalid time zone.
const SUGGESTIONS_MAX: usize = 3;
/// A sent time zone is cut here before anything is suggested.
const CHARS_MAX: usize = 128;

/// Returns the territory in a locale such as `en-GB`, `en_US` or `zh-Hant-TW` (E-06).
pub(crate) fn territory_of_locale(locale: &str) -> Option<&str> {
    let mut parts = locale.trim().split(['-', '_']).skip(1);
    parts.find(|part| part.len() == 2 && part.bytes().all(|b| b.is_ascii_alphabetic()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(sent: &str, territory: Option<&str>, wanted: impl Into<Option<Zone>>) {
        assert_eq!(Some(read(sent, territory)), wanted.into(), "{sent}");
    }

    #[test]
    fn iana_names_are_taken_as_they_are_s_23() {
        for name in [
            "Europe/London",
            "America/Los_Angeles",
            "Australia/Sydney",
            "US/Pacific",
            "Asia/Calcutta",
        ] {
            check(name, None, Zone::Iana(canonical(name).unwrap()));
            assert_eq!(canonical(name), Some(name));
        }
    }

    #[test]
    fn case_and_blanks_are_put_right_e_07() {
        check("europe/london", None, Zone::Respelled("Europe/London"));
        check(" Europe/London ", None, Zone::Respelled("Europe/London"));
        check(
            "AMERICA/NEW_YORK",
            None,
            Zone::Respelled("America/New_York"),
        );
        check("", None, Zone::Unset);
        check("  ", None, Zone::Unset);
    }

    #[test]
    fn windows_names_are_mapped_with_territory_e_06() {
        let mapped = |zone, territory| Zone::Mapped { zone, territory };
        let western = "W. Europe Standard Time";
        check(western, Some("NL"), mapped("Europe/Amsterdam", "NL"));
        check(western, Some("nl"), mapped("Europe/Amsterdam", "NL"));
        check(western, None, mapped("Europe/Berlin", "001"));
        check(western, Some("DE"), mapped("Europe/Berlin", "001"));
        check(western, Some("Germany"), mapped("Europe/Berlin", "001"));
        check(
            "gmt standard time",
            Some("IE"),
            mapped("Europe/Dublin", "IE"),
        );
        check(
            "Manitoba Standard Time",
            None,
            mapped("America/Winnipeg", "001"),
        );
        check("UTC-08", None, mapped("Etc/GMT+8", "001"));
    }

    #[test]
    fn what_is_neither_is_invalid_with_suggestions_e_05_e_08() {
        check("Sydney", None, Zone::Invalid(vec!["Australia/Sydney"]));
        check("Europe/Londn", None, Zone::Invalid(vec!["Europe/London"]));
        for text in [
            "GMT+8",
            "+01:00",
            "UTC+1",
            "-5",
            "Customized Time Zone",
            "UTC-03",
            "Mars/Olympus Mons",
        ] {
            check(text, None, Zone::Invalid(Vec::new()));
        }
        let shown = read("(UTC+01:00) Amsterdam, Berlin, Rome", None);
        let cities = vec!["Europe/Amsterdam", "Europe/Berlin", "Europe/Rome"];
        assert_eq!(shown, Zone::Invalid(cities));
    }

    #[test]
    fn what_windows_shows_people_is_mapped_e_08() {
        let mapped = |zone, territory| Zone::Mapped { zone, territory };
        let western = "(UTC+01:00) Amsterdam, Berlin, Bern, Rome, Stockholm, Vienna";
        check(western, None, mapped("Europe/Berlin", "001"));
        check(western, Some("NL"), mapped("Europe/Amsterdam", "NL"));
        let eastern = "(GMT-05:00)  eastern time (US & Canada)";
        check(eastern, None, mapped("America/New_York", "001"));
        let japan = "(UTC+09:00) Osaka; Sapporo; Tokyo";
        check(japan, None, mapped("Asia/Tokyo", "001"));
        assert!(
            matches!(read("Adelaide", None), Zone::Invalid(_)),
            "no offset, no list"
        );
        assert!(matches!(read("(UTC+09:30)", None), Zone::Invalid(_)));
        assert!(matches!(read("(x) Adelaide", None), Zone::Invalid(_)));
    }

    #[test]
    fn every_description_is_of_a_row_and_every_old_row_has_one() {
        let texts: Vec<_> = described::DESCRIBED.iter().map(|(text, _)| *text).collect();
        assert!(texts.is_sorted_by(|a, b| a < b));
        for (text, name) in described::DESCRIBED {
            assert!(WINDOWS.iter().any(|row| row.name == *name), "{text}");
        }
        let shown = |row: &&Windows| {
            described::DESCRIBED
                .iter()
                .any(|(_, name)| *name == row.name)
        };
        let without: Vec<_> = WINDOWS
            .iter()
            .filter(|row| !shown(row))
            .map(|row| row.name)
            .collect();
        let newest = ["Alberta", "British Columbia", "Manitoba"];
        let newest = newest.map(|place| format!("{place} Standard Time"));
        assert_eq!(without, newest);
    }

    #[test]
    fn hostile_text_costs_little() {
        assert!(matches!(
            read(&"x/".repeat(50_000), Some("DE")),
            Zone::Invalid(_)
        ));
        assert!(matches!(read("\u{0}\u{202e}Ａ", None), Zone::Invalid(_)));
    }

    #[test]
    fn territories_are_found_in_locales() {
        assert_eq!(territory_of_locale("en-GB"), Some("GB"));
        assert_eq!(territory_of_locale("en_us"), Some("us"));
        assert_eq!(territory_of_locale("zh-Hant-TW"), Some("TW"));
        assert_eq!(territory_of_locale("de"), None);
        assert_eq!(territory_of_locale(""), None);
    }

    #[test]
    fn the_table_is_sorted_unique_and_names_only_known_zones() {
        assert_eq!(WINDOWS.len(), 142);
        let lower: Vec<_> = WINDOWS.iter().map(|row| row.name.to_lowercase()).collect();
        assert!(lower.is_sorted_by(|a, b| a < b));
        for row in WINDOWS {
            assert_eq!(canonical(row.zone), Some(row.zone), "{}", row.name);
            assert!(
                row.territories.is_sorted_by(|a, b| a.0 < b.0),
                "{}",
                row.name
            );
            for (territory, zone) in row.territories {
                assert_eq!(canonical(zone), Some(*zone), "{} {territory}", row.name);
                assert_ne!(*zone, row.zone, "{} {territory}", row.name);
            }
        }
    }
}
