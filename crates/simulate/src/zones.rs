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
