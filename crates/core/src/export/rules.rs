//! The table of what stays, and the forms by which it is known.

/// What is done with the text of an attribute.
#[derive(Clone, Copy)]
pub(super) enum Rule {
    /// It stays if it has the form that this attribute's values have.
    KeepIf(fn(&str) -> bool),
    /// Schema URNs: those of the standards stay.
    Urn,
    /// A path, a filter or names of attributes: names stay, literals go.
    Path,
    /// An instant, which becomes another one.
    Instant,
}

/// What stays, by attribute; the text of every other attribute is replaced word by word.
///
/// An attribute nobody knows is in no row, so nothing of it stays.
pub(super) const RULES: &[(&str, Rule)] = &[
    ("active", Rule::KeepIf(is_flag)),
    ("attributes", Rule::Path),
    ("country", Rule::KeepIf(is_country)),
    ("created", Rule::Instant),
    ("excludedattributes", Rule::Path),
    ("filter", Rule::Path),
    ("lastmodified", Rule::Instant),
    ("locale", Rule::KeepIf(is_locale)),
    ("op", Rule::KeepIf(is_op)),
    ("path", Rule::Path),
    ("preferredlanguage", Rule::KeepIf(is_locale)),
    ("primary", Rule::KeepIf(is_flag)),
    ("resourcetype", Rule::KeepIf(is_type)),
    ("schemas", Rule::Urn),
    ("sortby", Rule::Path),
    ("sortorder", Rule::KeepIf(is_order)),
    ("timezone", Rule::KeepIf(is_zone)),
    ("type", Rule::KeepIf(is_type)),
    ("version", Rule::KeepIf(is_version)),
];

/// Parameters of a query whose values say nothing of anybody.
pub(super) const PARAMETERS: &[&str] = &["count", "startindex", "cursor", "limit", "after"];
/// Segments of a path that are no id.
pub(super) const SEGMENTS: &[&str] = &[
    "",
    "users",
    "groups",
    "me",
    "bulk",
    "schemas",
    "resourcetypes",
    "serviceproviderconfig",
    ".search",
    "scim",
    "v2",
    "aadoptscim062020",
    "azureadscimpatch62020",
    "azureadscimpatch2017",
];
/// What the URNs of the standards, old drafts included, are made of.
pub(super) const URN_WORDS: &[&str] = &[
    "",
    "urn",
    "ietf",
    "params",
    "scim",
    "schemas",
    "api",
    "messages",
    "extension",
    "enterprise",
    "core",
    "user",
    "group",
    "1.0",
    "1.0user",
    "2.0user",
    "2.0group",
    "2.0",
    "patchop",
    "listresponse",
    "searchrequest",
    "bulkrequest",
    "bulkresponse",
    "error",
];
pub(super) const OPERATORS: &[&str] = &["eq", "ne", "co", "sw", "ew", "gt", "ge", "lt", "le"];
pub(super) const FILTER_WORDS: &[&str] = &["and", "or", "not", "pr"];
pub(super) const LITERALS: &[&str] = &["true", "false", "null"];
pub(super) const INSTANT: &str = "2024-01-01T00:00:00Z";

pub(super) fn is_flag(text: &str) -> bool {
    let flags = ["true", "false", "yes", "no", "1", "0", ""];
    flags.contains(&text.trim().to_ascii_lowercase().as_str())
}

fn is_op(text: &str) -> bool {
    let ops = ["add", "remove", "replace"];
    ops.contains(&text.trim().to_ascii_lowercase().as_str())
}

fn is_type(text: &str) -> bool {
    const TYPES: &[&str] = &[
        "work",
        "home",
        "other",
        "mobile",
        "fax",
        "pager",
        "user",
        "group",
        "direct",
        "indirect",
        "photo",
        "thumbnail",
        "aim",
        "gtalk",
        "icq",
        "xmpp",
        "msn",
        "skype",
        "qq",
        "yahoo",
    ];
    TYPES.contains(&text.to_ascii_lowercase().as_str())
}

fn is_locale(text: &str) -> bool {
    let mut parts = text.split(['-', '_']);
    let is_language = |part: &str| part.len() == 2 && part.bytes().all(|b| b.is_ascii_alphabetic());
    parts.next().is_some_and(is_language) && parts.all(|part| part.len() <= 4)
}

fn is_country(text: &str) -> bool {
    text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_alphabetic())
}

fn is_zone(text: &str) -> bool {
    const AREAS: &[&str] = &[
        "Africa/",
        "America/",
        "Antarctica/",
        "Arctic/",
        "Asia/",
        "Atlantic/",
        "Australia/",
        "Etc/",
        "Europe/",
        "Indian/",
        "Pacific/",
        "US/",
        "(UTC",
    ];
    let text = text.trim();
    AREAS.iter().any(|area| text.starts_with(area))
        || text.ends_with(" Time")
        || ["UTC", "GMT", "Z"].contains(&text)
}

fn is_order(text: &str) -> bool {
    ["ascending", "descending"].contains(&text.to_ascii_lowercase().as_str())
}

fn is_version(text: &str) -> bool {
    text.bytes()
        .all(|byte| b"W/\"".contains(&byte) || byte.is_ascii_digit())
}
