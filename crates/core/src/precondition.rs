//! What `If-Match` and `If-None-Match` ask (RFC 7644 §3.14, decision 1).

use enroll_schema::{IfMatch, Result, Version};
use enroll_store::Expected;

/// Returns the condition that `If-Match` sets on a write.
///
/// # Errors
/// `invalidValue` when it is no list of entity tags: a condition nobody understands must not be dropped.
pub(crate) fn expected(if_match: Option<&str>) -> Result<Expected> {
    Ok(match if_match.map(IfMatch::parse).transpose()? {
        None | Some(IfMatch::Any) => Expected::Any,
        Some(IfMatch::OneOf(versions)) => Expected::OneOf(versions),
    })
}

/// Tells whether the client of a GET has this version already; a header nobody understands says no.
pub(crate) fn has_already(if_none_match: Option<&str>, version: Version) -> bool {
    let asked = if_none_match.and_then(|header| IfMatch::parse(header).ok());
    asked.is_some_and(|asked| asked.matches(version))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn conditions_of_writes() {
        let one_of =
            |versions: &[u64]| Expected::OneOf(versions.iter().copied().map(Version).collect());
        assert_eq!(expected(None).unwrap(), Expected::Any);
        assert_eq!(expected(Some("*")).unwrap(), Expected::Any);
        assert_eq!(expected(Some("W/\"7\", \"8\"")).unwrap(), one_of(&[7, 8]));
        assert_eq!(expected(Some("\"another server's\"")).ok(), None);
        assert_eq!(expected(Some("\"other\"")).unwrap(), one_of(&[]));
        assert!(expected(Some("7")).is_err());
    }

    #[test]
    fn what_a_client_has() {
        assert!(has_already(Some("\"1\", W/\"2\""), Version(2)));
        assert!(has_already(Some("*"), Version(2)));
        assert!(!has_already(Some("W/\"3\""), Version(2)));
        assert!(!has_already(Some("2"), Version(2)));
        assert!(!has_already(None, Version(2)));
    }
}
