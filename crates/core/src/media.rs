//! Media types (RFC 7644 §3.8).

const SCIM: &str = "application/scim+json";
const JSON: &str = "application/json";

/// Tells whether a body of this `Content-Type` is read (decision 49): JSON of either name, with any
/// parameters, or unlabelled.
pub(crate) fn is_json(content_type: Option<&str>) -> bool {
    match content_type.map(essence) {
        None | Some("") => true,
        Some(name) => [SCIM, JSON]
            .iter()
            .any(|known| known.eq_ignore_ascii_case(name)),
    }
}

/// Returns the `Content-Type` of an answer: SCIM's own, unless only the general one is wanted (decision 48).
pub(crate) fn answer(accept: Option<&str>) -> &'static str {
    let names = || accept.unwrap_or_default().split(',').map(essence);
    let wants = |name: &str| names().any(|wanted| wanted.eq_ignore_ascii_case(name));
    let takes_scim = wants(SCIM) || wants("*/*") || wants("application/*");
    if !takes_scim && wants(JSON) {
        JSON
    } else {
        SCIM
    }
}

fn essence(media_type: &str) -> &str {
    media_type.split(';').next().unwrap_or_default().trim()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bodies_that_are_read() {
        for good in [
            None,
            Some(""),
            Some(SCIM),
            Some("Application/JSON ; charset=UTF-8"),
        ] {
            assert!(is_json(good), "{good:?}");
        }
        for bad in [
            "text/plain",
            "application/xml",
            "application/jsonp",
            "application",
        ] {
            assert!(!is_json(Some(bad)), "{bad}");
        }
    }

    #[test]
    fn types_of_answers() {
        for (accept, wanted) in [
            (None, SCIM),
            (Some("*/*"), SCIM),
            (Some("text/html"), SCIM),
            (Some("application/json"), JSON),
            (Some("application/json, application/scim+json"), SCIM),
            (Some("application/json;q=1, */*;q=0.1"), SCIM),
            (Some("APPLICATION/JSON; charset=utf-8"), JSON),
        ] {
            assert_eq!(answer(accept), wanted, "{accept:?}");
        }
    }
}
