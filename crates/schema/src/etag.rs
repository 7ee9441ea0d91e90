//! Entity tags of a request: `If-Match`, `If-None-Match` (RFC 7644 §3.14).

use crate::{Error, ErrorKind, Result, Version, shown::shown};

/// What an `If-Match` or `If-None-Match` header names.
///
/// Compared weakly, that is by the opaque part alone, since SCIM's own examples send `W/` tags where
/// HTTP wants strong ones (decision 1).
///
/// ```
/// use enroll_schema::{IfMatch, Version};
///
/// let asked = IfMatch::parse(r#"W/"6", "7""#)?;
/// assert!(asked.matches(Version(7)));
/// assert!(!asked.matches(Version(8)));
/// assert_eq!(IfMatch::parse("*")?, IfMatch::Any);
/// # Ok::<(), enroll_schema::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum IfMatch {
    /// `*`: any version, as long as there is one.
    Any,
    /// These versions; a tag that is no version of ours is left out, since it matches nothing.
    OneOf(Vec<Version>),
}

impl IfMatch {
    /// Reads the value of the header.
    ///
    /// # Errors
    /// `invalidValue` when it is neither `*` nor a list of quoted tags (RFC 7232 §2.3).
    pub fn parse(header: &str) -> Result<Self> {
        if header.trim_matches(BLANKS) == "*" {
            return Ok(Self::Any);
        }
        let (mut versions, mut rest, mut is_tagged) = (Vec::new(), header, false);
        loop {
            rest = rest.trim_start_matches([' ', '\t', ',']);
            if rest.is_empty() {
                break;
            }
            let (tag, after) = tag(rest).ok_or_else(|| malformed(header))?;
            versions.extend(version(tag).filter(|version| !versions.contains(version)));
            is_tagged = true;
            rest = after.trim_start_matches(BLANKS);
            if !rest.is_empty() && !rest.starts_with(',') {
                return Err(malformed(header));
            }
        }
        if is_tagged {
            Ok(Self::OneOf(versions))
        } else {
            Err(malformed(header))
        }
    }

    /// Tells whether `version` is among the named ones.
    pub fn matches(&self, version: Version) -> bool {
        match self {
            Self::Any => true,
            Self::OneOf(versions) => versions.contains(&version),
        }
    }
}

const BLANKS: [char; 2] = [' ', '\t'];

/// Splits off the opaque part of the first tag.
fn tag(text: &str) -> Option<(&str, &str)> {
    let (opaque, after) = text
        .strip_prefix("W/")
        .unwrap_or(text)
        .strip_prefix('"')?
        .split_once('"')?;
    let is_opaque = opaque.chars().all(|c| c > ' ' && c != '\u{7f}');
    is_opaque.then_some((opaque, after))
}

/// Reads the opaque part as [`Version::etag`] writes it; `007` is another tag than `7`.
fn version(opaque: &str) -> Option<Version> {
    let version = opaque.parse().ok().map(Version)?;
    (version.to_string() == opaque).then_some(version)
}

fn malformed(header: &str) -> Error {
    let detail = format!(
        "{} is no entity tag; send \"*\" or a tag like W/\"7\"",
        shown(header)
    );
    Error::new(ErrorKind::InvalidValue, detail)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(header: &str, wanted: Option<&[u64]>) {
        let read = IfMatch::parse(header).ok();
        let wanted = wanted.map(|list| IfMatch::OneOf(list.iter().copied().map(Version).collect()));
        assert_eq!(read, wanted, "{header:?}");
    }

    #[test]
    fn lists_of_tags_are_read() {
        check("W/\"7\"", Some(&[7]));
        check("\"7\"", Some(&[7]));
        check("\"7\",W/\"7\" , \"8\"", Some(&[7, 8]));
        check(" ,, \"7\" ,", Some(&[7]));
        check("\"18446744073709551615\"", Some(&[u64::MAX]));
        // The tag of another server, a comma inside a tag, a number that is not spelled as ours.
        check("W/\"a330bc54f0671c9\"", Some(&[]));
        check("\"7,8\"", Some(&[]));
        check("\"007\", \"+7\", \"\"", Some(&[]));
        check("\"18446744073709551616\"", Some(&[]));
    }

    #[test]
    fn other_headers_are_refused() {
        for header in [
            "",
            " ",
            ",",
            "7",
            "W/7",
            "w/\"7\"",
            "\"7",
            "\"7\" \"8\"",
            "\"7\"x",
            "\"a b\"",
        ] {
            check(header, None);
        }
        check("*, \"7\"", None);
    }

    #[test]
    fn a_refusal_shows_the_right_form() {
        let error = IfMatch::parse("7").unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidValue);
        assert!(error.detail().contains("W/\"7\""), "{error}");
    }

    #[test]
    fn a_star_is_any_version() {
        assert_eq!(IfMatch::parse(" * ").ok(), Some(IfMatch::Any));
        assert!(IfMatch::Any.matches(Version(1)));
    }

    #[test]
    fn what_is_written_is_read() {
        for number in [1, 7, 10, u64::MAX] {
            check(&Version(number).etag(), Some(&[number]));
        }
    }
}
