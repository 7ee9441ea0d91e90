//! Given and family name, and where they come from when they are not sent (S-18, S-19).

/// Splits a whole name into given and family name: at a comma (`Lovelace, Ada`), else before the
/// last word.
pub(super) fn split(whole: &str) -> (Option<String>, Option<String>) {
    let owned = |text: &str| {
        let text = text.trim();
        (!text.is_empty()).then(|| text.to_owned())
    };
    let whole = whole.trim();
    if let Some((family, given)) = whole.split_once(',') {
        return (owned(given), owned(family));
    }
    match whole.rsplit_once(char::is_whitespace) {
        Some((given, family)) => (owned(given), owned(family)),
        None => (owned(whole), None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(whole: &str, given: Option<&str>, family: Option<&str>) {
        let (first, last) = split(whole);
        assert_eq!(
            (first.as_deref(), last.as_deref()),
            (given, family),
            "{whole}"
        );
    }

    #[test]
    fn whole_names_are_split_s_18_s_19() {
        check("Ada Lovelace", Some("Ada"), Some("Lovelace"));
        check("Ada King Lovelace", Some("Ada King"), Some("Lovelace"));
        check("Lovelace, Ada", Some("Ada"), Some("Lovelace"));
        check("  Ada   Lovelace ", Some("Ada"), Some("Lovelace"));
        check("Ada", Some("Ada"), None);
        check("李伟", Some("李伟"), None);
    }

    #[test]
    fn nothing_gives_nothing() {
        check("", None, None);
        check("  ", None, None);
        check(",", None, None);
        check("Lovelace,", None, Some("Lovelace"));
    }
}
