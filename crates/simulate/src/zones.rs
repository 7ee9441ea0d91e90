//! Time zones as the providers' directories hold them.

/// A zone with its IANA name, its Windows name, and a country in which the one means the other.
///
/// The pairs are rows of CLDR 48's `windowsZones`; [`Zone::plain`] says that the Windows name alone
/// (territory 001) already means the IANA name.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Zone {
    pub(crate) iana: &'static str,
    pub(crate) windows: &'static str,
    pub(crate) country: &'static str,
    pub(crate) plain: bool,
}

const fn zone(
    iana: &'static str,
    windows: &'static str,
    country: &'static str,
    plain: bool,
) -> Zone {
    Zone {
        iana,
        windows,
        country,
        plain,
    }
}

/// Zones whose Windows name needs the country stand between those which do not.
pub(crate) const ZONES: &[Zone] = &[
    zone("Europe/Amsterdam", "W. Europe Standard Time", "NL", false),
    zone("Europe/Berlin", "W. Europe Standard Time", "DE", true),
    zone("Asia/Tokyo", "Tokyo Standard Time", "JP", true),
    zone("Europe/Dublin", "GMT Standard Time", "IE", false),
    zone("Europe/London", "GMT Standard Time", "GB", true),
    zone("America/New_York", "Eastern Standard Time", "US", true),
    zone("America/Toronto", "Eastern Standard Time", "CA", false),
    zone("Europe/Paris", "Romance Standard Time", "FR", true),
    zone("Europe/Madrid", "Romance Standard Time", "ES", false),
    zone("Asia/Shanghai", "China Standard Time", "CN", true),
    zone("Europe/Oslo", "W. Europe Standard Time", "NO", false),
    zone("America/Los_Angeles", "Pacific Standard Time", "US", true),
    zone(
        "Europe/Warsaw",
        "Central European Standard Time",
        "PL",
        true,
    ),
    zone("Europe/Helsinki", "FLE Standard Time", "FI", false),
    zone(
        "Africa/Lagos",
        "W. Central Africa Standard Time",
        "NG",
        true,
    ),
    zone("Europe/Lisbon", "GMT Standard Time", "PT", false),
    zone(
        "America/Sao_Paulo",
        "E. South America Standard Time",
        "BR",
        true,
    ),
    zone("Asia/Singapore", "Singapore Standard Time", "SG", true),
    zone("Europe/Zurich", "W. Europe Standard Time", "CH", false),
    zone("Australia/Sydney", "AUS Eastern Standard Time", "AU", true),
    zone("Europe/Stockholm", "W. Europe Standard Time", "SE", false),
];

/// One way of writing a time zone, in a directory that somebody has filled by hand or by a rule.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Spelling {
    pub(crate) text: &'static str,
    /// The zone of [`ZONES`] that is meant; nothing when the text means none.
    pub(crate) iana: Option<&'static str>,
    pub(crate) sent_by: Senders,
}

/// Which providers may send a spelling.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Senders {
    Everyone,
    /// Those who send the country, without which the text means another zone (E-06).
    WithCountry,
    /// Those who send empty values; Entra leaves them out (ENTRA-60, OL-07).
    WithEmptyValues,
}

const fn spelled(text: &'static str, iana: &'static str) -> Spelling {
    Spelling {
        text,
        iana: Some(iana),
        sent_by: Senders::Everyone,
    }
}

const fn junk(text: &'static str) -> Spelling {
    Spelling {
        text,
        iana: None,
        sent_by: Senders::Everyone,
    }
}

/// Spellings that mean a zone (S-20 to S-24, E-06 to E-08), and between them those that do not (E-05).
///
/// Whatever they mean, a SCIM server keeps them as they are.
pub(crate) const SPELLINGS: &[Spelling] = &[
    spelled("Europe/Amsterdam", "Europe/Amsterdam"),
    spelled("W. Europe Standard Time", "Europe/Berlin"),
    junk("Sydney"),
    Spelling {
        sent_by: Senders::WithEmptyValues,
        ..junk("")
    },
    spelled("GMT Standard Time", "Europe/London"),
    Spelling {
        sent_by: Senders::WithCountry,
        ..spelled("GMT Standard Time", "Europe/Dublin")
    },
    junk("GMT+8"),
    // What a rule with Entra's Switch() says: its rows, and its default.
    spelled("America/New_York", "America/New_York"),
    junk("Unknown"),
    spelled("europe/paris", "Europe/Paris"),
    Spelling {
        sent_by: Senders::WithCountry,
        ..spelled("W. Europe Standard Time", "Europe/Amsterdam")
    },
    junk("Not/A_Zone"),
    spelled("Tokyo Standard Time", "Asia/Tokyo"),
    junk("(none)"),
    spelled(" Asia/Tokyo ", "Asia/Tokyo"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_spelling_means_a_zone_of_the_table_or_none() {
        for spelling in SPELLINGS {
            let zone = ZONES.iter().find(|zone| Some(zone.iana) == spelling.iana);
            assert_eq!(zone.is_some(), spelling.iana.is_some(), "{spelling:?}");
            let Some(zone) = zone else { continue };
            let windows = spelling.text == zone.windows;
            let plain = windows && zone.plain;
            let iana = spelling.text.trim().eq_ignore_ascii_case(zone.iana);
            let country = spelling.sent_by == Senders::WithCountry;
            assert!(
                iana || plain || (windows && country),
                "{spelling:?} means {zone:?}"
            );
        }
    }
}
